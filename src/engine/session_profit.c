/* See session_profit.h. */
#include "engine/session_profit.h"

#include "core/timestamp.h"
#include "engine/wide.h"

static int128 profit_of(const struct exposure *exposure)
{
    return money_bounded(exposure->realized_pnl) + money_bounded(exposure->unrealized_pnl) -
           money_bounded(exposure->fees);
}

void session_profit_fold(struct session_profit *profit, const struct exposure *exposure)
{
    int64_t session_ns = timestamp_day_start(exposure->timestamp_ns);
    profit->recorded = profit_of(exposure);
    /* A clock that was set back does not begin an old session again. */
    if (!profit->has_recorded || session_ns >= profit->session_ns) {
        profit->session_ns = session_ns;
        profit->at_start = profit->recorded - money_bounded(exposure->day_pnl);
    }
    profit->has_recorded = true;
}

int128 session_profit_at_start(const struct session_profit *profit, int64_t time_ns)
{
    if (!profit->has_recorded)
        return 0;
    return session_profit_is_new(profit, time_ns) ? profit->recorded : profit->at_start;
}

bool session_profit_is_new(const struct session_profit *profit, int64_t time_ns)
{
    return !profit->has_recorded || timestamp_day_start(time_ns) > profit->session_ns;
}

void session_profit_pack(struct session_profit *profit, struct pack *pack)
{
    pack_bool(pack, &profit->has_recorded);
    pack_i64(pack, &profit->session_ns);
    pack_i128(pack, &profit->at_start);
    pack_i128(pack, &profit->recorded);
}
