/* See account_risk.h. */
#include "engine/account_risk.h"

#include <math.h>

#include "core/pack_value.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "engine/position_table.h"
#include "engine/settings.h"
#include "engine/wide.h"

static void add(int128 *sum, int128 money)
{
    *sum = money_bounded(*sum + money_bounded(money));
}

int128 valuation_add(struct valuation *valuation, const struct position_event *position, int64_t multiplier,
                     struct mark mark, struct rate rate)
{
    add(&valuation->realized, rate_convert(rate, position->realized_pnl));
    add(&valuation->fees, rate_convert(rate, position->fees));
    valuation->stale |= !rate.is_known;
    valuation->unrated |= !rate.is_known;
    if (position->quantity == 0)
        return 0;
    bool is_up = (mark.mid > 0) == (position->quantity > 0);
    int128 value, profit_mid, profit_out;
    if (!position_event_value(position, mark.mid, multiplier, &value))
        value = is_up ? MONEY_LARGEST : -MONEY_LARGEST;
    if (!position_event_unrealized(position, mark.mid, multiplier, &profit_mid))
        profit_mid = is_up ? MONEY_LARGEST : -MONEY_LARGEST;
    if (!position_event_unrealized(position, mark.out, multiplier, &profit_out))
        profit_out = profit_mid;
    value = money_bounded(rate_convert(rate, value));
    add(&valuation->net, value);
    add(&valuation->gross, value < 0 ? -value : value);
    add(&valuation->unrealized_mid, rate_convert(rate, profit_mid));
    add(&valuation->unrealized_out, rate_convert(rate, profit_out));
    valuation->stale |= mark.stale;
    return value;
}

void valuation_merge(struct valuation *valuation, const struct valuation *other)
{
    add(&valuation->gross, other->gross);
    add(&valuation->net, other->net);
    add(&valuation->realized, other->realized);
    add(&valuation->fees, other->fees);
    add(&valuation->unrealized_mid, other->unrealized_mid);
    add(&valuation->unrealized_out, other->unrealized_out);
    valuation->stale |= other->stale;
    valuation->unrated |= other->unrated;
}

void account_risk_init(struct account_risk *account, const char *name, const struct account_limits *limits,
                       const struct risk_config *config, struct conditions *conditions, int64_t monotonic_ns)
{
    text_copy(account->account, sizeof account->account, name);
    account->limits = *limits;
    account->starting_cash = config->starting_cash;
    const struct {
        struct condition **place;
        enum risk_rule rule;
        bool on;
    } rules[] = {
        {&account->gross, RULE_GROSS_EXPOSURE, limits->gross != MONEY_NONE},
        {&account->net, RULE_NET_EXPOSURE, limits->net != MONEY_NONE},
        {&account->loss, RULE_DAILY_LOSS, limits->daily_loss != MONEY_NONE},
        {&account->rate, RULE_NO_RATE, true},
        {&account->concentration, RULE_CONCENTRATION, config->concentration_warning != 0},
        {&account->drawdown, RULE_DRAWDOWN, config->drawdown_warning != 0},
        {&account->value_at_risk, RULE_VALUE_AT_RISK, config->var_warning != 0},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (rules[i].on)
            *rules[i].place = conditions_get(conditions, rules[i].rule, name, "", "", monotonic_ns);
    }
}

void account_risk_set_limits(struct account_risk *account, const struct account_limits *limits)
{
    account->limits = *limits;
}

void account_risk_fold(struct account_risk *account, const struct exposure *exposure)
{
    session_profit_fold(&account->session, exposure);
    account->recorded = *exposure;
    /* The starting cash of then may not be that of now: what counts is how far the peak was above it. */
    if (exposure->peak_equity == MONEY_NONE)
        return;
    int128 profit = account->session.recorded;
    int128 peak = money_bounded(exposure->peak_equity) - money_bounded(exposure->equity) + profit;
    if (peak > account->peak_profit)
        account->peak_profit = peak;
}

/* A share of a level in basis points, as a ratio in 1e-17. */
static int128 ratio_of_basis_points(int64_t share)
{
    return share * (MONEY_ONE / BASIS_POINTS_WHOLE);
}

/* part / whole in 1e-9, held below a million; the largest when there is a part of nothing. */
static int64_t share_of(int128 part, int128 whole)
{
    const int64_t largest = 1000000 * PRICE_ONE;
    if (part <= 0)
        return 0;
    if (whole <= 0 || part / whole >= 1000000)
        return largest;
    return (int64_t)rint((double)part / (double)whole * (double)PRICE_ONE);
}

/* An estimate in units as money, rounded to 1e-9. */
static int128 money_of_estimate(double value)
{
    const double largest = (double)MONEY_LARGEST / (double)MONEY_ONE;
    return value >= largest ? MONEY_LARGEST : (int128)rint(value * (double)PRICE_ONE) * QUANTITY_ONE;
}

static void measure_var(struct exposure *measured, const struct risk_config *config,
                        const struct var_portfolio *portfolio)
{
    double scale = sqrt((double)config->var_horizon_ns / (double)config->var_step_ns);
    const double *profits = portfolio->profits;
    measured->var_left_out = portfolio->left_out;
    if (!portfolio->measured)
        return;
    measured->var_parametric = money_of_estimate(scale * var_parametric(profits, portfolio->steps, VAR_99));
    measured->var_historical = money_of_estimate(scale * var_historical(profits, portfolio->steps, VAR_99));
    measured->var_parametric_95 = money_of_estimate(scale * var_parametric(profits, portfolio->steps, VAR_95));
    measured->var_historical_95 = money_of_estimate(scale * var_historical(profits, portfolio->steps, VAR_95));
    measured->var_history_s = portfolio->steps * (uint64_t)config->var_step_ns / (uint64_t)NS_PER_SECOND;
    measured->var_horizon_s = (uint64_t)(config->var_horizon_ns / NS_PER_SECOND);
}

static void measure(struct account_risk *account, const struct risk_config *config, const struct holdings *holdings)
{
    const struct valuation *valuation = &holdings->valuation;
    int128 profit = valuation->realized + valuation->unrealized_mid - valuation->fees;
    int128 peak = profit > account->peak_profit && !valuation->stale ? profit : account->peak_profit;
    struct event empty = event_empty(EVENT_EXPOSURE);
    struct exposure *measured = &account->measured;
    *measured = empty.exposure;
    text_copy(measured->account, sizeof measured->account, account->account);
    text_copy(measured->currency, sizeof measured->currency, config->rates.base);
    measured->gross = valuation->gross;
    measured->net = valuation->net;
    measured->realized_pnl = valuation->realized;
    measured->unrealized_pnl = valuation->unrealized_mid;
    measured->fees = valuation->fees;
    measured->equity = money_bounded(account->starting_cash + profit);
    measured->day_pnl = money_bounded(profit - holdings->profit_at_start);
    measured->gross_limit = account->limits.gross;
    measured->net_limit = account->limits.net;
    measured->daily_loss_limit = account->limits.daily_loss;
    measured->peak_equity = money_bounded(account->starting_cash + peak);
    measured->drawdown = share_of(measured->peak_equity - measured->equity, measured->peak_equity);
    measured->concentration = share_of(holdings->largest, valuation->gross);
    measured->stale = valuation->stale;
    measure_var(measured, config, &holdings->portfolio);
}

static void observe_limit(struct condition *condition, const struct risk_config *config, int128 value, int128 limit,
                          int64_t wall_ns, int64_t monotonic_ns)
{
    if (condition == NULL)
        return;
    int128 warning =
        wide_round(wide_share(wide_of(limit), (uint64_t)config->limit_warning, (uint64_t)BASIS_POINTS_WHOLE));
    condition_observe_value(condition, config, value, warning, limit, wall_ns, monotonic_ns);
}

static void observe_share(struct condition *condition, const struct risk_config *config, int64_t share, int64_t warning,
                          int64_t critical, int64_t wall_ns, int64_t monotonic_ns)
{
    if (condition != NULL)
        condition_observe_value(condition, config, money_of(share, QUANTITY_ONE), ratio_of_basis_points(warning),
                                ratio_of_basis_points(critical), wall_ns, monotonic_ns);
}

static void observe_shares(const struct account_risk *account, const struct risk_config *config, int64_t wall_ns,
                           int64_t monotonic_ns)
{
    const struct exposure *measured = &account->measured;
    int128 from = wide_round(wide_share(wide_of(measured->equity > 0 ? measured->equity : 0),
                                        (uint64_t)config->concentration_from, (uint64_t)BASIS_POINTS_WHOLE));
    int64_t concentration = measured->gross >= from ? measured->concentration : 0, at_risk = 0;
    if (measured->var_parametric != MONEY_NONE) {
        bool is_normal = measured->var_parametric > measured->var_historical;
        at_risk = share_of(is_normal ? measured->var_parametric : measured->var_historical, measured->equity);
    }
    observe_share(account->concentration, config, concentration, config->concentration_warning,
                  config->concentration_critical, wall_ns, monotonic_ns);
    observe_share(account->drawdown, config, measured->drawdown, config->drawdown_warning, config->drawdown_critical,
                  wall_ns, monotonic_ns);
    observe_share(account->value_at_risk, config, at_risk, config->var_warning, config->var_critical, wall_ns,
                  monotonic_ns);
}

void account_risk_observe(struct account_risk *account, const struct risk_config *config,
                          const struct holdings *holdings, int64_t wall_ns, int64_t monotonic_ns)
{
    const struct valuation *valuation = &holdings->valuation;
    measure(account, config, holdings);
    int128 profit = valuation->realized + valuation->unrealized_out - valuation->fees;
    int128 loss = holdings->profit_at_start - profit;
    int128 net = valuation->net < 0 ? -valuation->net : valuation->net;
    enum severity unrated = valuation->unrated ? SEVERITY_WARNING : NO_SEVERITY;
    condition_observe(account->rate, &(struct observation){.reached = unrated, .kept = unrated}, wall_ns, monotonic_ns);
    observe_limit(account->gross, config, valuation->gross, account->limits.gross, wall_ns, monotonic_ns);
    observe_limit(account->net, config, net, account->limits.net, wall_ns, monotonic_ns);
    observe_limit(account->loss, config, loss > 0 ? loss : 0, account->limits.daily_loss, wall_ns, monotonic_ns);
    observe_shares(account, config, wall_ns, monotonic_ns);
}

static bool same(const struct exposure *a, const struct exposure *b)
{
    return a->gross == b->gross && a->net == b->net && a->realized_pnl == b->realized_pnl &&
           a->unrealized_pnl == b->unrealized_pnl && a->fees == b->fees && a->equity == b->equity &&
           a->day_pnl == b->day_pnl && a->gross_limit == b->gross_limit && a->net_limit == b->net_limit &&
           a->daily_loss_limit == b->daily_loss_limit && a->peak_equity == b->peak_equity &&
           a->drawdown == b->drawdown && a->concentration == b->concentration &&
           a->var_parametric == b->var_parametric && a->var_historical == b->var_historical &&
           a->var_parametric_95 == b->var_parametric_95 && a->var_historical_95 == b->var_historical_95 &&
           a->var_left_out == b->var_left_out && a->var_history_s == b->var_history_s &&
           a->var_horizon_s == b->var_horizon_s && a->stale == b->stale;
}

void account_risk_decide(const struct account_risk *account, int64_t wall_ns, struct proposals *out)
{
    /* A new session is recorded even when nothing moved: it starts with the equity of that moment. */
    if (!session_profit_is_new(&account->session, wall_ns) && same(&account->measured, &account->recorded))
        return;
    struct exposure *exposure = &proposals_add(out, EVENT_EXPOSURE, NO_FENCE)->exposure;
    *exposure = account->measured;
    exposure->timestamp_ns = wall_ns;
}

void account_risk_pack(struct account_risk *account, struct pack *pack)
{
    session_profit_pack(&account->session, pack);
    pack_i128(pack, &account->peak_profit);
    pack_exposure(pack, &account->recorded);
}
