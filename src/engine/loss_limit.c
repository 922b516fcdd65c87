/* See loss_limit.h. */
#include "engine/loss_limit.h"

#include <stdio.h>

#include "core/text.h"
#include "core/timestamp.h"

/* One look at all accounts. */
struct look {
    const struct loss_limit *limit;
    int64_t wall_ns, monotonic_ns, stored_ns;
    struct proposals *out;
};

static void propose(const struct look *look, const char *account, const char *request_id, int128 lost, int128 allowed)
{
    char lost_text[DECIMAL_TEXT_SIZE], allowed_text[DECIMAL_TEXT_SIZE];
    struct state_change *change = &proposals_add(look->out, EVENT_TRADING_STATE, NO_FENCE)->state;
    money_format_fixed(lost_text, lost, 2, false);
    money_format(allowed_text, allowed);
    change->state = TRADING_REDUCING;
    text_copy(change->scope, sizeof change->scope, account);
    text_copy(change->request_id, sizeof change->request_id, request_id);
    text_copy(change->by, sizeof change->by, "order checks");
    snprintf(change->reason, sizeof change->reason, "lost %s this session, the limit is %s", lost_text, allowed_text);
    change->timestamp_ns = look->wall_ns;
}

static void look_at(const char *account, void *context)
{
    const struct look *look = context;
    const struct loss_limit *limit = look->limit;
    struct check_limits limits = checks_config_limits(limit->config, account, "", "");
    char request_id[ID_SIZE];
    if (limits.off[CHECK_DAILY_LOSS] || order_book_trading_state(limit->book, account, NULL) != TRADING_ACTIVE)
        return;
    int128 lost =
        daily_loss_of(limit->daily_loss, account, look->stored_ns, look->monotonic_ns, limit->config->stale_after_ns);
    if (lost < limits.daily_loss)
        return;
    snprintf(request_id, sizeof request_id, "loss-%lld-%016llx", (long long)(look->stored_ns / NS_PER_DAY),
             (unsigned long long)text_hash(TEXT_HASH, account));
    if (!order_book_knows_state(limit->book, request_id))
        propose(look, account, request_id, lost, limits.daily_loss);
}

void loss_limit_decide(const struct loss_limit *limit, int64_t wall_ns, int64_t monotonic_ns, int64_t stored_ns,
                       struct proposals *out)
{
    struct look look = {
        .limit = limit, .wall_ns = wall_ns, .monotonic_ns = monotonic_ns, .stored_ns = stored_ns, .out = out};
    account_guard_each(limit->guard, look_at, &look);
}
