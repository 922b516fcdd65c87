/* With which profit an account started its session: a fold of the exposures that RISK has of it. Pure.
 *
 * The session of an account is a day in UTC, whatever the sessions of the exchanges are that it trades on. It starts
 * with the profit of the last exposure that was recorded before it, so that what was made or lost while nothing ran
 * counts for the session in which it is found. */
#ifndef ENGINE_SESSION_PROFIT_H
#define ENGINE_SESSION_PROFIT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/pack.h"

/* Money. All zero: nothing was recorded. */
struct session_profit {
    bool has_recorded;
    int64_t session_ns; /* start of the session of the last exposure */
    int128 at_start;    /* profit when that one started */
    int128 recorded;    /* profit of the last exposure */
};

void session_profit_fold(struct session_profit *profit, const struct exposure *exposure);

/* Realized plus unrealized minus fees with which the session of this time started; 0 when nothing was recorded. */
int128 session_profit_at_start(const struct session_profit *profit, int64_t time_ns);

/* For snapshots, writing and reading. */
void session_profit_pack(struct session_profit *profit, struct pack *pack);

/* True when no exposure of the session of this time is on the tape. */
bool session_profit_is_new(const struct session_profit *profit, int64_t time_ns);

#endif
