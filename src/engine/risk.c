/* The state of the risk rules: quotes with their watches, published positions, accounts, conditions. */
#include "engine/risk.h"

#include <stdlib.h>
#include <string.h>

#include "engine/account_risk.h"
#include "engine/condition.h"
#include "engine/fill_watch.h"
#include "engine/mark.h"
#include "engine/market_watch.h"
#include "engine/plumbing_watch.h"
#include "engine/position_table.h"
#include "engine/quotes.h"
#include "engine/return_history.h"
#include "engine/stream_watch.h"

/* What is kept beside a published position. */
struct held {
    size_t account; /* index */
    size_t first;   /* index of the first position of the same symbol */
    int64_t multiplier;
    const struct market *market; /* that gives its mark; NULL: none yet */
    size_t markets_seen;         /* how many there were when it was chosen */
    int128 value;                /* of all accounts in the symbol; kept at the first position of it, by risk_value */
};

/* What all accounts hold together is looked at when there are two. */
static const char ALL_ACCOUNTS[] = "*";

struct risk {
    struct risk_config config;
    const struct instruments *instruments;
    struct conditions *conditions;
    struct fill_watch *fills;
    struct stream_watch streams;
    struct plumbing_watch plumbing; /* its conditions are there from the first tick on */
    bool has_plumbing;
    struct quotes *quotes;
    struct rates *rates;
    struct position_table *positions;
    struct market_watch **watches; /* by the market's index */
    size_t watch_count, watch_capacity;
    struct held *held; /* by the position's index */
    size_t held_count, held_capacity;
    struct account_risk **accounts;
    struct holdings *holdings; /* beside accounts, for risk_tick */
    size_t account_count, account_capacity;
    struct account_risk *all;       /* NULL: not yet */
    bool marks_moved;               /* since the accounts were valued */
    struct return_history *returns; /* of the markets, at the places of their watches */
    int64_t step_due_ns;            /* monotonic: the end of the step of `returns` */
};

/* Room for one more item of `size` bytes; doubles, never shrinks. */
static void *grown(void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity == 0 ? 16 : *capacity * 2;
    items = realloc(items, *capacity * size);
    if (items == NULL)
        abort();
    return items;
}

static struct account_risk *account_create(const char *name, const struct account_limits *limits,
                                           const struct risk *risk, int64_t monotonic_ns)
{
    struct account_risk *account = calloc(1, sizeof *account);
    if (account == NULL)
        abort();
    account_risk_init(account, name, limits, &risk->config, risk->conditions, monotonic_ns);
    return account;
}

static struct account_limits limits_of_all(const struct risk_config *config)
{
    return (struct account_limits){
        .gross = config->all_gross_limit, .net = config->all_net_limit, .daily_loss = config->all_daily_loss_limit};
}

static struct account_limits limits_of_one(const struct risk_config *config)
{
    return (struct account_limits){
        .gross = config->gross_limit, .net = config->net_limit, .daily_loss = config->daily_loss_limit};
}

static struct account_risk *all_accounts(struct risk *risk, int64_t monotonic_ns)
{
    const struct account_limits limits = limits_of_all(&risk->config);
    if (risk->all == NULL)
        risk->all = account_create(ALL_ACCOUNTS, &limits, risk, monotonic_ns);
    return risk->all;
}

/* A session may have few accounts, and asks for them by name only when a position or an exposure is folded. */
static size_t account_index(struct risk *risk, const char *name, int64_t monotonic_ns)
{
    for (size_t i = 0; i < risk->account_count; i++) {
        if (strcmp(risk->accounts[i]->account, name) == 0)
            return i;
    }
    size_t capacity = risk->account_capacity;
    const struct account_limits limits = limits_of_one(&risk->config);
    risk->accounts = grown(risk->accounts, risk->account_count, &risk->account_capacity, sizeof *risk->accounts);
    risk->holdings = grown(risk->holdings, risk->account_count, &capacity, sizeof *risk->holdings);
    risk->accounts[risk->account_count] = account_create(name, &limits, risk, monotonic_ns);
    if (risk->account_count == 1)
        all_accounts(risk, monotonic_ns);
    return risk->account_count++;
}

static struct account_risk *account_of(struct risk *risk, const char *name, int64_t monotonic_ns)
{
    if (strcmp(name, ALL_ACCOUNTS) == 0)
        return all_accounts(risk, monotonic_ns);
    size_t index = account_index(risk, name, monotonic_ns); /* may move the accounts */
    return risk->accounts[index];
}

struct risk *risk_create(const struct risk_config *config, const struct instruments *instruments)
{
    struct risk *risk = calloc(1, sizeof *risk);
    if (risk == NULL)
        abort();
    risk->config = *config;
    risk->instruments = instruments;
    risk->conditions = conditions_create();
    risk->fills = fill_watch_create();
    risk->quotes = quotes_create();
    risk->rates = rates_create(&risk->config.rates, instruments, risk->quotes);
    risk->positions = position_table_create();
    risk->returns = return_history_create();
    return risk;
}

void risk_destroy(struct risk *risk)
{
    if (risk == NULL)
        return;
    for (size_t i = 0; i < risk->watch_count; i++)
        free(risk->watches[i]);
    free(risk->watches);
    for (size_t i = 0; i < risk->account_count; i++)
        free(risk->accounts[i]);
    free(risk->accounts);
    free(risk->all);
    free(risk->holdings);
    return_history_destroy(risk->returns);
    free(risk->held);
    position_table_destroy(risk->positions);
    rates_destroy(risk->rates);
    quotes_destroy(risk->quotes);
    fill_watch_destroy(risk->fills);
    plumbing_watch_free(&risk->plumbing);
    conditions_destroy(risk->conditions);
    free(risk);
}

/* Ends the steps of the returns. One that lasted twice its time, because nobody looked, is a pause. */
static void step_returns(struct risk *risk, int64_t monotonic_ns)
{
    int64_t step_ns = risk->config.var_step_ns, late_ns = monotonic_ns - risk->step_due_ns;
    if (late_ns < 0)
        return;
    if (late_ns < step_ns)
        return_history_step(risk->returns);
    else
        return_history_pause(risk->returns);
    risk->step_due_ns = late_ns < step_ns ? risk->step_due_ns + step_ns : monotonic_ns + step_ns;
}

static struct plumbing_watch *plumbing_of(struct risk *risk, int64_t monotonic_ns)
{
    if (!risk->has_plumbing)
        plumbing_watch_init(&risk->plumbing, risk->conditions, &risk->config, monotonic_ns);
    risk->has_plumbing = true;
    return &risk->plumbing;
}

static void fold_hole(struct risk *risk, struct market_watch *watch, int64_t monotonic_ns)
{
    int64_t missing = (int64_t)(watch->market->lost - watch->lost_seen);
    plumbing_watch_gap(plumbing_of(risk, monotonic_ns), watch->market->quote.exchange, missing, monotonic_ns);
    watch->lost_seen = watch->market->lost;
}

static void fold_quote(struct risk *risk, const struct event *event, int64_t age_ns, int64_t wall_ns,
                       int64_t monotonic_ns)
{
    const struct market *market = quotes_fold(risk->quotes, event, age_ns, monotonic_ns);
    step_returns(risk, monotonic_ns);
    if (market->index == risk->watch_count) {
        risk->watches = grown(risk->watches, risk->watch_count, &risk->watch_capacity, sizeof *risk->watches);
        struct market_watch *watch = calloc(1, sizeof *watch);
        if (watch == NULL)
            abort();
        market_watch_init(watch, market, risk->instruments, &risk->config, risk->conditions, monotonic_ns);
        watch->returns = return_history_series(risk->returns, market->quote.exchange, market->quote.symbol);
        risk->watches[risk->watch_count++] = watch;
    }
    struct market_watch *watch = risk->watches[market->index];
    market_watch_fold(watch, &risk->config, age_ns, wall_ns, monotonic_ns);
    risk->marks_moved |= watch->is_held;
    if (watch->lost_seen != market->lost)
        fold_hole(risk, watch, monotonic_ns);
    if (age_ns == 0 && market_is_tradable(market, monotonic_ns, INT64_MAX))
        return_history_mark(risk->returns, watch->returns, market_mid(market));
}

/* Keeps what belongs to a position that was not there before. */
static void hold_positions(struct risk *risk, int64_t monotonic_ns)
{
    while (risk->held_count < position_table_count(risk->positions)) {
        const struct position_event *position = position_table_at(risk->positions, risk->held_count);
        const struct instrument *instrument = instruments_primary(risk->instruments, position->symbol);
        size_t first = 0;
        while (first < risk->held_count &&
               strcmp(position_table_at(risk->positions, first)->symbol, position->symbol) != 0)
            first++;
        risk->held = grown(risk->held, risk->held_count, &risk->held_capacity, sizeof *risk->held);
        risk->held[risk->held_count++] = (struct held){
            .account = account_index(risk, position->account, monotonic_ns),
            .first = first,
            .multiplier = instrument != NULL ? instrument->multiplier : 1,
        };
    }
}

static void fold_position(struct risk *risk, const struct event *event, int64_t monotonic_ns)
{
    position_table_fold(risk->positions, event);
    hold_positions(risk, monotonic_ns);
}

/* Those that stood on the tape before are older than the configuration. */
static void change_limit(struct risk *risk, const struct limit_change *change, int64_t age_ns)
{
    if (age_ns > 0 || strcmp(change->section, "risk") != 0 ||
        !risk_config_may_change(change->key, change->value, change->old) ||
        risk_config_set(&risk->config, change->key, change->value, NULL) != 0)
        return;
    const struct account_limits one = limits_of_one(&risk->config), all = limits_of_all(&risk->config);
    for (size_t i = 0; i < risk->account_count; i++)
        account_risk_set_limits(risk->accounts[i], &one);
    if (risk->all != NULL)
        account_risk_set_limits(risk->all, &all);
}

const struct risk_config *risk_configuration(const struct risk *risk)
{
    return &risk->config;
}

void risk_fold(struct risk *risk, const struct event *event, int64_t age_ns, int64_t wall_ns, int64_t monotonic_ns)
{
    if (event->kind == EVENT_QUOTE) {
        fold_quote(risk, event, age_ns, wall_ns, monotonic_ns);
    } else if (event->kind == EVENT_POSITION) {
        fold_position(risk, event, monotonic_ns);
    } else if (event->kind == EVENT_LIMITS) {
        change_limit(risk, &event->limits, age_ns);
    } else if (event->kind == EVENT_EXPOSURE) {
        account_risk_fold(account_of(risk, event->exposure.account, monotonic_ns), &event->exposure);
    } else {
        stream_watch_fold(&risk->streams, event);
        conditions_fold(risk->conditions, event, monotonic_ns);
        fill_watch_fold(risk->fills, event);
    }
}

void risk_hold(struct risk *risk, const struct hold *hold)
{
    risk->streams.hold = *hold;
}

void risk_plumbing(struct risk *risk, const struct plumbing *plumbing, int64_t wall_ns, int64_t monotonic_ns)
{
    plumbing_watch_look(plumbing_of(risk, monotonic_ns), plumbing, wall_ns, monotonic_ns);
}

void risk_connection(struct risk *risk, const struct connection_status *status, int64_t monotonic_ns)
{
    struct plumbing_watch *plumbing = plumbing_of(risk, monotonic_ns);
    bool was_away = plumbing->away.lasts || plumbing->silent.lasts;
    plumbing_watch_connection(plumbing, status, monotonic_ns);
    for (size_t i = 0; was_away && !plumbing->away.lasts && !plumbing->silent.lasts && i < risk->watch_count; i++)
        risk->watches[i]->expected_ns = monotonic_ns;
}

/* The mark of a position; which market gives it is looked up again only when there are new ones. */
static struct mark mark_at(struct risk *risk, size_t index, int64_t monotonic_ns)
{
    struct held *held = &risk->held[index];
    const struct position_event *position = position_table_at(risk->positions, index);
    if (held->markets_seen != risk->watch_count) {
        held->market = mark_market(risk->quotes, risk->instruments, position->symbol);
        held->markets_seen = risk->watch_count;
        if (held->market != NULL)
            risk->watches[held->market->index]->is_held = true;
    }
    int64_t stale_after_ns =
        held->market == NULL ? 0 : market_watch_stale_after_ns(risk->watches[held->market->index], &risk->config);
    return mark_of(position->quantity, mark_last_price(position), held->market, monotonic_ns, stale_after_ns);
}

static int128 absolute(int128 money)
{
    return money < 0 ? -money : money;
}

static void value_position(struct risk *risk, size_t index, int64_t monotonic_ns)
{
    struct held *held = &risk->held[index];
    struct holdings *holdings = &risk->holdings[held->account];
    const struct position_event *position = position_table_at(risk->positions, index);
    struct mark mark = mark_at(risk, index, monotonic_ns);
    int128 value = valuation_add(&holdings->valuation, position, held->multiplier, mark,
                                 rates_of(risk->rates, position->currency));
    if (absolute(value) > holdings->largest)
        holdings->largest = absolute(value);
    var_portfolio_add(&holdings->portfolio, risk->returns,
                      held->market == NULL ? NULL : risk->watches[held->market->index]->returns, value);
    held->value = 0;
    struct held *first = &risk->held[held->first];
    first->value = money_bounded(first->value + value);
}

/* The sum over the accounts; the largest position is that of a symbol over all of them. */
static void add_up(const struct risk *risk, struct holdings *sum)
{
    for (size_t i = 0; i < risk->account_count; i++) {
        const struct holdings *holdings = &risk->holdings[i];
        valuation_merge(&sum->valuation, &holdings->valuation);
        var_portfolio_merge(&sum->portfolio, &holdings->portfolio);
        sum->profit_at_start = money_bounded(sum->profit_at_start + holdings->profit_at_start);
    }
    for (size_t i = 0; i < risk->held_count; i++) {
        if (absolute(risk->held[i].value) > sum->largest)
            sum->largest = absolute(risk->held[i].value);
    }
}

bool risk_marks_moved(const struct risk *risk)
{
    return risk->marks_moved;
}

void risk_value(struct risk *risk, int64_t wall_ns, int64_t monotonic_ns)
{
    risk->marks_moved = false;
    for (size_t i = 0; i < risk->account_count; i++)
        risk->holdings[i] =
            (struct holdings){.profit_at_start = session_profit_at_start(&risk->accounts[i]->session, wall_ns)};
    for (size_t i = 0; i < risk->held_count; i++)
        value_position(risk, i, monotonic_ns);
    for (size_t i = 0; i < risk->account_count; i++)
        account_risk_observe(risk->accounts[i], &risk->config, &risk->holdings[i], wall_ns, monotonic_ns);
    if (risk->all == NULL)
        return;
    struct holdings sum = {0};
    add_up(risk, &sum);
    risk->all->starting_cash = risk->config.starting_cash * (int128)risk->account_count;
    account_risk_observe(risk->all, &risk->config, &sum, wall_ns, monotonic_ns);
}

void risk_tick(struct risk *risk, int64_t wall_ns, int64_t monotonic_ns)
{
    if (risk->config.account[0] != '\0')
        account_index(risk, risk->config.account, monotonic_ns);
    step_returns(risk, monotonic_ns);
    plumbing_watch_tick(plumbing_of(risk, monotonic_ns), wall_ns, monotonic_ns);
    for (size_t i = 0; i < risk->watch_count; i++)
        market_watch_tick(risk->watches[i], &risk->config, wall_ns, monotonic_ns);
    risk_value(risk, wall_ns, monotonic_ns);
}

enum which { ALL_CONDITIONS, CRITICAL_ONES, THE_OTHERS, OF_ACCOUNTS };

static bool is_meant(const struct condition *condition, enum which which, const struct risk_config *config,
                     int64_t monotonic_ns)
{
    if (which == OF_ACCOUNTS)
        return condition->account[0] != '\0';
    return which == ALL_CONDITIONS ||
           condition_wants_critical(condition, config, monotonic_ns) == (which == CRITICAL_ONES);
}

/* As far as there is room. */
static void decide_those(const struct risk *risk, enum which which, size_t room, int64_t wall_ns, int64_t monotonic_ns,
                         struct proposals *out)
{
    const struct risk_config *config = &risk->config;
    for (size_t i = 0; i < conditions_count(risk->conditions) && out->count < room; i++) {
        const struct condition *condition = conditions_at(risk->conditions, i);
        if (is_meant(condition, which, config, monotonic_ns))
            condition_decide(condition, config, wall_ns, monotonic_ns, out);
    }
}

static void decide_all(const struct risk *risk, int64_t wall_ns, int64_t monotonic_ns, struct proposals *out)
{
    size_t before = out->count, room = before + RISK_ALERTS_MAX;
    decide_those(risk, ALL_CONDITIONS, room, wall_ns, monotonic_ns, out);
    if (out->count < room)
        return;
    out->count = before; /* a flood */
    decide_those(risk, CRITICAL_ONES, room, wall_ns, monotonic_ns, out);
    decide_those(risk, THE_OTHERS, room, wall_ns, monotonic_ns, out);
}

void risk_decide(const struct risk *risk, const struct event *event, int64_t wall_ns, int64_t monotonic_ns,
                 struct proposals *out)
{
    if (event == NULL) {
        decide_all(risk, wall_ns, monotonic_ns, out);
        fill_watch_decide(risk->fills, wall_ns, out);
        stream_watch_decide(&risk->streams, wall_ns, out);
        return;
    }
    if (event->kind != EVENT_QUOTE)
        return;
    const struct market *market = quotes_find(risk->quotes, event->quote.exchange, event->quote.symbol);
    market_watch_decide(risk->watches[market->index], &risk->config, wall_ns, monotonic_ns, out);
}

void risk_decide_accounts(const struct risk *risk, int64_t wall_ns, int64_t monotonic_ns, struct proposals *out)
{
    decide_those(risk, OF_ACCOUNTS, out->count + RISK_ALERTS_MAX, wall_ns, monotonic_ns, out);
}

void risk_decide_exposures(const struct risk *risk, int64_t wall_ns, struct proposals *out)
{
    for (size_t i = 0; i < risk->account_count; i++)
        account_risk_decide(risk->accounts[i], wall_ns, out);
    if (risk->all != NULL)
        account_risk_decide(risk->all, wall_ns, out);
}

void risk_save(const struct risk *risk, struct pack *pack)
{
    pack_section(pack, "RISK", 4);
    conditions_save(risk->conditions, pack);
    pack_count(pack, risk->account_count);
    for (size_t i = 0; i < risk->account_count; i++) {
        PACK_TEXT(pack, risk->accounts[i]->account);
        account_risk_pack(risk->accounts[i], pack);
    }
    bool has_all = risk->all != NULL;
    pack_bool(pack, &has_all);
    if (has_all)
        account_risk_pack(risk->all, pack);
    position_table_save(risk->positions, pack);
    return_history_save(risk->returns, pack);
    fill_watch_save(risk->fills, pack);
}

int risk_load(struct risk *risk, struct pack *pack, int64_t monotonic_ns)
{
    pack_section(pack, "RISK", 4);
    conditions_load(risk->conditions, pack, monotonic_ns);
    for (size_t left = pack_count(pack, 0); left > 0 && !pack->failed; left--) {
        char account[ACCOUNT_SIZE] = "";
        PACK_TEXT(pack, account);
        if (!pack->failed)
            account_risk_pack(account_of(risk, account, monotonic_ns), pack);
    }
    bool has_all = false;
    pack_bool(pack, &has_all);
    if (has_all)
        account_risk_pack(all_accounts(risk, monotonic_ns), pack);
    position_table_load(risk->positions, pack);
    return_history_load(risk->returns, pack);
    hold_positions(risk, monotonic_ns);
    return fill_watch_load(risk->fills, pack);
}
