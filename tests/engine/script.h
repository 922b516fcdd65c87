/* Events as lines of text, so that a test of a rule reads like a table: events in, events out.
 *
 *   quote AAPL 189.00 x 100 / 189.02 x 50 [last 189.01 x 10 buy|sell] [halted|auction]      "-" is an unknown size
 *   new A buy 10 AAPL [limit 189.01] [stop 190] [gtc|ioc|fok] [post_only] [account OTHER]   no price: a market order
 *   validated A [reference 189.01] | rejected A CODE
 *   accepted A [queue 100] | refused A | triggered A 190
 *   fill A 1 4 @ 189.01 [quote_seq 7]          the first fill of A, 4 pieces
 *   cancelled A requested|expired|ioc|fok|post_only|halt [R1]
 *   cancel A R1 | replace A R2 [quantity 5] [limit 188] [stop 190]
 *   replace_validated A R2 | replace_rejected A R2 | replaced A R2 5 [limit 188] [stop 190] | cancel_rejected A R1
 *   state halted|reducing|active * S1 [flatten]
 *   limits checks max_notional 500             a limit is changed while tapedeck runs
 *   exposure SIM-1 -500 day -20                the account's profit, and that of its session
 *
 * script_text writes events in much the same words. A line that cannot be read fails the test. */
#ifndef TESTS_ENGINE_SCRIPT_H
#define TESTS_ENGINE_SCRIPT_H

#include <stddef.h>

#include "core/depth.h"
#include "core/event.h"
#include "engine/proposals.h"

enum { SCRIPT_ORDERS_MAX = 64, SCRIPT_TEXT_SIZE = 512 };

/* The tape of a test: what stamps events, and what later lines need to know of earlier ones. */
struct script {
    uint64_t orders_sequence, market_sequence;
    int64_t wall_ns;      /* stored time of the next event; a test moves it */
    int64_t monotonic_ns; /* moves with it, see script_wait */
    struct order_request orders[SCRIPT_ORDERS_MAX];
    int64_t filled[SCRIPT_ORDERS_MAX];
    size_t order_count;
};

void script_init(struct script *script);

/* Lets time pass on both clocks. */
void script_wait(struct script *script, int64_t ns);

/* The event of one line, stamped with the next sequence of its stream and the script's time. */
struct event script_event(struct script *script, const char *line);

/* "depth AAPL 99.90 x 100 99.80 x 50 / 100.10 x 50 100.20 x 30": bids, then asks, the best first; any number of them.
 */
struct depth script_depth(const char *line);

/* Stamps a proposal as if the stream had stored it. */
struct event script_store(struct script *script, const struct event *proposed);

/* One line for an event, e.g. "executed A-1 buy 4 @ 189.01 leaves 6 taker". */
void script_text(char *text, size_t size, const struct event *event);

/* Fails the test unless a proposal survives its way over the wire: encoded, and decoded to the same line of text. */
void script_check_wire(const struct event *proposed);

int64_t script_price(const char *text);
int64_t script_quantity(const char *text);

#endif
