/* Proposals that were sent and have not been read back from the tape yet. Pure; one service owns a table.
 *
 * While a proposal is in flight, its key gets no other: an order's id, the rule and scope of an alert. A flight ends
 * when the event itself, or another that holds its name, has been read from the tape. */
#ifndef ENGINE_IN_FLIGHT_H
#define ENGINE_IN_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/subject.h"

enum { FLIGHT_KEY_SIZE = 256 };

struct in_flight;

struct in_flight *in_flight_create(void);
void in_flight_destroy(struct in_flight *table); /* NULL is allowed */

/* What a proposal is about: at most one per key is in flight. False for events that nobody waits for (exposure). */
bool flight_key(const struct event *event, char key[FLIGHT_KEY_SIZE]);

bool in_flight_has(const struct in_flight *table, const char *key);
size_t in_flight_count(const struct in_flight *table);
/* Those that the server has not answered: their fate is not known. */
size_t in_flight_unanswered(const struct in_flight *table);

/* Remembers a proposal as sent under `cookie`. The key is not in the table yet. */
void in_flight_add(struct in_flight *table, const char *key, uint64_t cookie, const struct event *event);

/* The server said that the event, or another under its name, stands at `sequence`: the flight ends when the follower
 * has read that far. False when no flight has this cookie (any more). */
bool in_flight_answered(struct in_flight *table, uint64_t cookie, uint64_t sequence);

/* The event of a flight, or NULL; good until the flight ends. */
const struct event *in_flight_event(const struct in_flight *table, uint64_t cookie);

/* Ends a flight that came to nothing. */
void in_flight_end(struct in_flight *table, uint64_t cookie);

/* An event was read from the stream of own outputs: ends the flight of the same message id. Returns whether there was
 * one. */
bool in_flight_landed(struct in_flight *table, const struct event *event);

/* Ends the flights that were answered with a sequence at or below `sequence`, which has been read. Returns how many:
 * those were read without being recognised, and their subjects should be decided again. */
size_t in_flight_sweep(struct in_flight *table, uint64_t sequence);

#endif
