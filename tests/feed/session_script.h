/* Plays a script to a session with a clock of its own, for the tests of the venues: what happens in, what the session
 * says and does out. */
#ifndef TESTS_FEED_SESSION_SCRIPT_H
#define TESTS_FEED_SESSION_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include "feed/session.h"

/* One step: first the clock goes on by `ms`, then `in` happens.
 *
 *   in     NULL: nothing but time; `connected`, `pong`, `part`, `closed REASON`, `snapshot INDEX JSON`,
 *          `failed INDEX WAIT_S REASON`, `pause`; else a message of the venue
 *   out    what came of both, each on a line: `connect`, `close`, `ping`, `send TEXT`, `fetch PATH`,
 *          `quote SYMBOL BID/ASK`, `trade SYMBOL PRICE`, `depth SYMBOL`, `stale SYMBOL: REASON`, `fresh SYMBOL`, `say
 * TEXT` */
struct session_step {
    int64_t ms;
    const char *in;
    const char *out;
};

/* Plays the steps to a new session of two instruments, and fails at the first that is not as it says. While the clock
 * goes on, the session is asked when it wants to be, and at no other time. Returns the session's counts. */
struct session_counts session_script_play(const struct venue *venue, const char *const symbols[2],
                                          const struct session_step *steps, size_t count);

#define SESSION_SCRIPT_PLAY(venue, symbols, steps)                                                                     \
    session_script_play(venue, symbols, steps, sizeof(steps) / sizeof(steps)[0])

#endif
