/* The requests to cancel or replace that nobody has answered yet: part of the fold of ORDERS, kept by the order book.
 *
 * Every request is answered once, also one about an order that is done or that nobody knows; whoever has to answer
 * (the order checks for replaces, the paper exchange for the rest) finds here what is still owed, so that a restart
 * forgets no request. Pure; one thread owns it. */
#ifndef ENGINE_REQUESTS_H
#define ENGINE_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/pack.h"

struct open_request {
    struct change_request request;
    bool is_replace;
    bool validated;    /* a replace that the order checks let through; the exchange has it to answer */
    uint64_t sequence; /* ORDERS sequence of the request */
    int64_t stored_ns; /* its stored time */
    struct open_request *next, *previous;                   /* all that are open, oldest first */
    struct open_request *next_of_order, *previous_of_order; /* those of the same order, oldest first */
};

struct requests;

struct requests *requests_create(void);
void requests_destroy(struct requests *requests); /* NULL is allowed */

/* Takes in an EVENT_ORDER_CANCEL or EVENT_ORDER_REPLACE and returns its record, good until requests_close. NULL when
 * this order had a request of this id before, answered or not: the event stands on the tape twice. */
const struct open_request *requests_open(struct requests *requests, const struct event *event);

/* The order checks let this replace through. Unknown and answered ones are left alone. */
void requests_validate(struct requests *requests, const char *order_id, const char *request_id);

/* The request was answered; unknown and answered ones are left alone. */
void requests_close(struct requests *requests, const char *order_id, const char *request_id);

/* The oldest open request; follow `next` for the rest. NULL when there is none. */
const struct open_request *requests_oldest(const struct requests *requests);
/* The oldest of one order; follow `next_of_order`. NULL when there is none. */
const struct open_request *requests_oldest_of(const struct requests *requests, const char *order_id);
size_t requests_count(const struct requests *requests);
/* The open request of this name; NULL when there is none. */
const struct open_request *requests_find(const struct requests *requests, const char *order_id, const char *request_id);

/* For snapshots; into fresh requests. -1: what was read cannot be. A new field of open_request is saved with the others
 * (requests.c). */
void requests_save(const struct requests *requests, struct pack *pack);
int requests_load(struct requests *requests, struct pack *pack);

#endif
