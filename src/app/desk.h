/* What a command that trades has of the tape: a connection, what it reads of it, with the orders folded into a book,
 * and what it publishes. One thread, which waits; a signal ends every wait. */
#ifndef APP_DESK_H
#define APP_DESK_H

#include <stdbool.h>
#include <stdint.h>

#include "app/options.h"
#include "bus/follower.h"
#include "bus/inbox.h"
#include "core/event.h"
#include "engine/orders.h"

struct desk;

struct desk_options {
    const struct options *options;
    const char *name; /* of the connection */
    /* Optional: called with each event that was read, after the book has folded it; `result` is what that gave. */
    void (*listen)(void *context, const struct inbox_item *item, const struct event *event, enum fold_result result);
    void *context;
};

/* Connects. NULL with ERROR_SERVER when the server cannot be reached or no tapedeck runs; see server_access.h. Call
 * before any thread starts. */
struct desk *desk_open(const struct desk_options *options, struct error *error);
void desk_close(struct desk *desk); /* NULL is allowed */

/* Reads a stream from now on, whenever one of the functions below waits; up to four. `filter` may be NULL. What cannot
 * be decoded is skipped. As follower_create. */
int desk_follow(struct desk *desk, const char *stream, const char *filter, enum follow_from from, uint64_t sequence,
                struct error *error);

/* The same with ORDERS, but the book takes up what the order checks have saved and the stream is read on behind it, so
 * that orders are found which are older than what the stream still has. `listen` hears of the events behind it only. */
int desk_follow_orders(struct desk *desk, struct error *error);

/* Reads all that is followed to its present end. */
int desk_read_all(struct desk *desk, struct error *error);

/* Reads on until `done` says so: 1; until `timeout_ms` have passed (-1: never): 0. -1 when a signal came (ERROR_FAILED)
 * or the server is gone for good (ERROR_SERVER). */
int desk_wait(struct desk *desk, bool (*done)(void *context), void *context, int timeout_ms, struct error *error);

/* Publishes a request and waits until the tape has it: 0, with its sequence, or with that of the first of its name,
 * when there is one. -1 with ERROR_SERVER or ERROR_FAILED when it was not stored, ERROR_UNKNOWN when nobody can tell.
 */
int desk_publish(struct desk *desk, const struct event *event, uint64_t *sequence, struct error *error);

/* For what goes wrong behind a publish, before the answer: the error becomes ERROR_UNKNOWN. `what`: "order A-1".
 * Returns -1. */
int desk_fate_unknown(struct error *error, const char *what);

/* The sequence of the last message of a stream of ours, as the server says now. */
int desk_last_sequence(struct desk *desk, const char *stream, uint64_t *sequence, struct error *error);

const struct order_book *desk_book(const struct desk *desk);

#endif
