/* Faults of a market and of the way from it, on a schedule that a seed draws: what the simulator's `faults=crash-day`
 * asks for. Pure; one thread owns it.
 *
 * There is one fault in every minute, and each kind once in eleven minutes. It begins in the seconds 2 to 12 of its
 * minute and is over before the minute is. All but a disconnect strike one instrument: the first that quotes after the
 * beginning.
 *
 * Faults of the market, on the quotes as they come from it (faults_arrive):
 *
 *   halt         one quote with the status `halted`, silence, an auction
 *   auction      quotes with the status `auction`, no trades
 *   stale        silence
 *   locked       the ask is the bid
 *   crossed      bid and ask have changed places
 *   disconnect   silence of all instruments
 *   spike        prices are higher by a twentieth
 *   spread       the spread is 31 times as wide
 *
 * Faults on the way to the tape, on the quotes as they leave, with their numbers (faults_leave):
 *
 *   gap          quotes are lost
 *   duplicate    each quote leaves twice
 *   reorder      two quotes change places */
#ifndef FEED_FAULTS_H
#define FEED_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/quote.h"

enum fault_kind {
    FAULT_HALT,
    FAULT_AUCTION,
    FAULT_STALE,
    FAULT_LOCKED,
    FAULT_CROSSED,
    FAULT_DISCONNECT,
    FAULT_SPIKE,
    FAULT_SPREAD,
    FAULT_GAP,
    FAULT_DUPLICATE,
    FAULT_REORDER,
    FAULT_KINDS
};

/* One fault, in nanoseconds since the start. */
struct fault {
    enum fault_kind kind;
    int64_t start_ns, end_ns;
};

/* The fault of a minute, counted from 0. */
struct fault fault_of_minute(uint64_t seed, int64_t minute);

/* The words above. */
const char *fault_kind_name(enum fault_kind kind);

struct faults;

/* `start_ns`: where the time of the quotes that arrive begins. Never NULL: aborts when memory is out. */
struct faults *faults_create(uint64_t seed, int64_t start_ns);
void faults_destroy(struct faults *faults); /* NULL is allowed */

/* A quote comes from the market; their times never go back. Changes it when a fault is on. False: it does not come. */
bool faults_arrive(struct faults *faults, struct quote *quote);

/* A quote is about to leave. Writes the quotes that leave in its place, and returns how many: 0 to 2. Asking again
 * changes nothing before they have left. */
size_t faults_leave(const struct faults *faults, const struct quote *quote, struct quote leaving[2]);
/* They have left, or were lost. */
void faults_left(struct faults *faults, const struct quote *quote);

/* How many faults have begun, and what the last of them is: `crossed on NYSE AAPL for 2.5 s`, "" before the first. The
 * text is the faults' own. */
uint64_t faults_count(const struct faults *faults);
const char *faults_latest(const struct faults *faults);

#endif
