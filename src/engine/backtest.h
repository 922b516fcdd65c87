/* The order checks, the paper exchange, the positions and the risk rules on a tape in memory with a virtual clock: the
 * same rules as the services', driven as engine/service.h drives them, without a server, a thread or a wait. A backtest
 * runs it as fast as it goes; a test lets it read in any order it likes. Pure; one thread owns it.
 *
 * Nothing takes time here: what follows from an event is stored at the time of that event. The same events at the same
 * times give the same tape. */
#ifndef ENGINE_BACKTEST_H
#define ENGINE_BACKTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/depth.h"
#include "core/event.h"
#include "core/instrument.h"
#include "engine/checks_config.h"
#include "engine/exchange_config.h"
#include "engine/orders.h"
#include "engine/positions.h"
#include "engine/risk_config.h"

struct backtest_options {
    const struct instruments *instruments; /* outlives it */
    const struct checks_config *checks;    /* these three are copied */
    const struct exchange_config *exchange;
    const struct risk_config *risk;
    enum position_method position_method;
    int64_t start_ns; /* where the clock begins, since the epoch */
    /* Optional: given each event of the tape once, after the rules have read it. It may publish. */
    void (*observe)(void *context, const struct event *event);
    /* Optional, for tests: each rule, and the observer, reads each of its streams at its own pace. Of `count` readings
     * that are possible, which comes next; `count`: none for the time being. Without it everything is read in the
     * order in which it was stored, by one rule after the other in the direction in which orders travel. With it the
     * tape forgets nothing. */
    size_t (*choose)(void *context, size_t count);
    void *context; /* of both */
};

struct backtest_counts {
    uint64_t stored[EVENT_KINDS];
    uint64_t duplicates, fenced; /* what the tape refused */
};

enum backtest_rule { BACKTEST_CHECKS, BACKTEST_EXCHANGE, BACKTEST_POSITIONS, BACKTEST_RISK, BACKTEST_RULES };

struct backtest;

struct backtest *backtest_create(const struct backtest_options *options);
void backtest_destroy(struct backtest *backtest); /* NULL is allowed */

/* Lets time pass until `now_ns`, the rules' ticks included; a time before the present one changes nothing. */
void backtest_advance(struct backtest *backtest, int64_t now_ns);
int64_t backtest_now_ns(const struct backtest *backtest);

/* Stores an event, a quote or somebody's request, at the present time. Nothing of it is read yet. False when an event
 * of this message id was stored less than two minutes ago: this one is not. */
bool backtest_publish(struct backtest *backtest, const struct event *event);

/* The levels behind the touch from now on, for the paper exchange. They are not on the tape: an exchange that is
 * started again waits for the next ones. */
void backtest_depth(struct backtest *backtest, const struct depth *depth);

/* Reads, and stores what follows, until nothing is left to read. */
void backtest_settle(struct backtest *backtest);

/* For tests, with `choose`: ends a rule where it stands, and starts it from what it saves there, as a service starts
 * from its snapshot: it reads the last quotes again, then what it has said and not read, then what else there is, and
 * proposes everything that is missing. */
void backtest_restart(struct backtest *backtest, enum backtest_rule rule);

/* The orders as the paper exchange knows them, and the positions. */
const struct order_book *backtest_book(const struct backtest *backtest);
const struct positions *backtest_positions(const struct backtest *backtest);
struct backtest_counts backtest_counts(const struct backtest *backtest);

#endif
