/* See account_risk.h. */
#include "engine/account_risk.h"

#include "core/pack_value.h"
#include "core/text.h"
#include "engine/position_table.h"
#include "engine/settings.h"
#include "engine/wide.h"

static void add(int128 *sum, int128 money)
{
    *sum = money_bounded(*sum + money_bounded(money));
}

void valuation_add(struct valuation *valuation, const struct position_event *position, int64_t multiplier,
                   struct mark mark, struct rate rate)
{
    add(&valuation->realized, rate_convert(rate, position->realized_pnl));
    add(&valuation->fees, rate_convert(rate, position->fees));
    valuation->stale |= !rate.is_known;
    valuation->unrated |= !rate.is_known;
    if (position->quantity == 0)
        return;
    bool is_up = (mark.mid > 0) == (position->quantity > 0);
    int128 value, profit_mid, profit_out;
    if (!position_event_value(position, mark.mid, multiplier, &value))
        value = is_up ? MONEY_LARGEST : -MONEY_LARGEST;
    if (!position_event_unrealized(position, mark.mid, multiplier, &profit_mid))
        profit_mid = is_up ? MONEY_LARGEST : -MONEY_LARGEST;
    if (!position_event_unrealized(position, mark.out, multiplier, &profit_out))
        profit_out = profit_mid;
    value = rate_convert(rate, value);
    add(&valuation->net, value);
    add(&valuation->gross, value < 0 ? -money_bounded(value) : value);
    add(&valuation->unrealized_mid, rate_convert(rate, profit_mid));
    add(&valuation->unrealized_out, rate_convert(rate, profit_out));
    valuation->stale |= mark.stale;
}

void account_risk_init(struct account_risk *account, const char *name, const struct risk_config *config,
                       struct conditions *conditions, int64_t monotonic_ns)
{
    *account = (struct account_risk){0};
    text_copy(account->account, sizeof account->account, name);
    if (config->gross_limit != MONEY_NONE)
        account->gross = conditions_get(conditions, RULE_GROSS_EXPOSURE, name, "", "", monotonic_ns);
    if (config->net_limit != MONEY_NONE)
        account->net = conditions_get(conditions, RULE_NET_EXPOSURE, name, "", "", monotonic_ns);
    if (config->daily_loss_limit != MONEY_NONE)
        account->loss = conditions_get(conditions, RULE_DAILY_LOSS, name, "", "", monotonic_ns);
    account->rate = conditions_get(conditions, RULE_NO_RATE, name, "", "", monotonic_ns);
}

void account_risk_fold(struct account_risk *account, const struct exposure *exposure)
{
    session_profit_fold(&account->session, exposure);
    account->recorded = *exposure;
}

static void observe_limit(struct condition *condition, const struct risk_config *config, int128 value, int128 limit,
                          int64_t wall_ns, int64_t monotonic_ns)
{
    if (condition == NULL)
        return;
    struct observation observation = {.value = value};
    observation.limits[SEVERITY_WARNING] =
        wide_round(wide_share(wide_of(limit), (uint64_t)config->limit_warning, (uint64_t)BASIS_POINTS_WHOLE));
    observation.limits[SEVERITY_CRITICAL] = limit;
    for (int s = SEVERITY_WARNING; s <= SEVERITY_CRITICAL; s++) {
        if (value >= observation.limits[s])
            observation.reached = (enum severity)s;
        if (value >= risk_config_clear_level(config, observation.limits[s]))
            observation.kept = (enum severity)s;
    }
    condition_observe(condition, &observation, wall_ns, monotonic_ns);
}

void account_risk_observe(struct account_risk *account, const struct risk_config *config,
                          const struct valuation *valuation, int64_t wall_ns, int64_t monotonic_ns)
{
    account->valuation = *valuation;
    int128 profit = valuation->realized + valuation->unrealized_out - valuation->fees;
    int128 loss = session_profit_at_start(&account->session, wall_ns) - profit;
    int128 net = valuation->net < 0 ? -valuation->net : valuation->net;
    enum severity unrated = valuation->unrated ? SEVERITY_WARNING : NO_SEVERITY;
    condition_observe(account->rate, &(struct observation){.reached = unrated, .kept = unrated}, wall_ns, monotonic_ns);
    observe_limit(account->gross, config, valuation->gross, config->gross_limit, wall_ns, monotonic_ns);
    observe_limit(account->net, config, net, config->net_limit, wall_ns, monotonic_ns);
    observe_limit(account->loss, config, loss > 0 ? loss : 0, config->daily_loss_limit, wall_ns, monotonic_ns);
}

static bool same(const struct exposure *a, const struct exposure *b)
{
    return a->gross == b->gross && a->net == b->net && a->realized_pnl == b->realized_pnl &&
           a->unrealized_pnl == b->unrealized_pnl && a->fees == b->fees && a->equity == b->equity &&
           a->day_pnl == b->day_pnl && a->gross_limit == b->gross_limit && a->daily_loss_limit == b->daily_loss_limit &&
           a->stale == b->stale;
}

void account_risk_decide(const struct account_risk *account, const struct risk_config *config, int64_t wall_ns,
                         struct proposals *out)
{
    const struct valuation *valuation = &account->valuation;
    int128 profit = valuation->realized + valuation->unrealized_mid - valuation->fees;
    struct exposure exposure = {
        .gross = valuation->gross,
        .net = valuation->net,
        .realized_pnl = valuation->realized,
        .unrealized_pnl = valuation->unrealized_mid,
        .fees = valuation->fees,
        .equity = money_bounded(config->starting_cash + profit),
        .day_pnl = money_bounded(profit - session_profit_at_start(&account->session, wall_ns)),
        .gross_limit = config->gross_limit,
        .daily_loss_limit = config->daily_loss_limit,
        .stale = valuation->stale,
        .timestamp_ns = wall_ns,
    };
    text_copy(exposure.account, sizeof exposure.account, account->account);
    text_copy(exposure.currency, sizeof exposure.currency, config->rates.base);
    /* A new session is recorded even when nothing moved: it starts with the equity of that moment. */
    if (!session_profit_is_new(&account->session, wall_ns) && same(&exposure, &account->recorded))
        return;
    proposals_add(out, EVENT_EXPOSURE, NO_FENCE)->exposure = exposure;
}

void account_risk_pack(struct account_risk *account, struct pack *pack)
{
    session_profit_pack(&account->session, pack);
    pack_exposure(pack, &account->recorded);
}
