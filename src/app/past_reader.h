/* Reads stretches of MARKET_DATA for the screen, one at a time, from a thread of its own: starting a replay waits for
 * the server, which the screen must not. */
#ifndef APP_PAST_READER_H
#define APP_PAST_READER_H

#include "bus/tape.h"
#include "core/event.h"
#include "ui/past.h"

struct past_reader;

enum past_found {
    PAST_NOTHING, /* yet */
    PAST_EVENT,
    PAST_END,    /* the stretch is read */
    PAST_FAILED, /* it cannot be */
};

/* The tape outlives the reader. Never NULL: aborts when memory or threads are out. */
struct past_reader *past_reader_create(struct tape *tape);
/* Waits for what it is doing, at most 5 s. NULL is allowed. */
void past_reader_destroy(struct past_reader *reader);

/* Never waits. What was asked for before is given up: nothing of it is found any more. */
void past_reader_ask(struct past_reader *reader, const struct past_wish *wish);

/* A descriptor that polls readable while there may be something to find. */
int past_reader_fd(const struct past_reader *reader);

/* The next of the stretch that was asked for last. Never waits. */
enum past_found past_reader_next(struct past_reader *reader, struct event *event);

#endif
