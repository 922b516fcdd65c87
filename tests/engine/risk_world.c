/* See risk_world.h. */
#include "risk_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/text.h"

enum { LINE_SIZE = 160 };

struct world world;

void world_start(void)
{
    world.risk = risk_create(&world.config, &world.instruments);
    world.exposures_due_ns = 0;
    for (size_t i = 0; i < world.count; i++)
        risk_fold(world.risk, &world.tape[i], 0, world.wall_ns, world.monotonic_ns);
}

void world_measures(bool on)
{
    struct risk_config defaults;
    risk_config_init(&defaults);
    world.config.volatility = world.config.price_spike = on;
    world.config.concentration_warning = on ? defaults.concentration_warning : 0;
    world.config.drawdown_warning = on ? defaults.drawdown_warning : 0;
    world.config.var_warning = on ? defaults.var_warning : 0;
}

int world_setup(void **state)
{
    (void)state;
    struct error error = {0};
    world = (struct world){.monotonic_ns = NS_PER_DAY, .wall_ns = INT64_C(1795000000) * NS_PER_SECOND};
    world.wall_ns = timestamp_day_start(world.wall_ns) + 10 * 3600 * NS_PER_SECOND;
    assert_int_equal(instruments_init_builtin(&world.instruments, &error), 0);
    risk_config_init(&world.config);
    world_currency("USD");
    world_measures(false);
    world_start();
    return 0;
}

int world_teardown(void **state)
{
    (void)state;
    risk_destroy(world.risk);
    proposals_free(&world.proposals);
    instruments_free(&world.instruments);
    return 0;
}

void world_store(void)
{
    for (size_t i = 0; i < world.proposals.count; i++) {
        assert_true(world.count < WORLD_TAPE_MAX);
        struct event *event = &world.tape[world.count++];
        *event = world.proposals.items[i].event;
        event->sequence = world.count;
        event->stored_ns = world.wall_ns;
        risk_fold(world.risk, event, 0, world.wall_ns, world.monotonic_ns);
    }
    proposals_clear(&world.proposals);
}

static void world_tick(void)
{
    risk_tick(world.risk, world.wall_ns, world.monotonic_ns);
    risk_decide(world.risk, NULL, world.wall_ns, world.monotonic_ns, &world.proposals);
    if (world.monotonic_ns >= world.exposures_due_ns) {
        world.exposures_due_ns = world.monotonic_ns + world.config.exposure_period_ns;
        risk_decide_exposures(world.risk, world.wall_ns, &world.proposals);
    }
    world_store();
}

void world_pass(int64_t ns)
{
    for (int64_t passed = 0; passed < ns; passed += WORLD_TICK_NS) {
        world.wall_ns += WORLD_TICK_NS;
        world.monotonic_ns += WORLD_TICK_NS;
        world_tick();
    }
}

int64_t world_price(double value)
{
    return (int64_t)(value * 1000 + (value < 0 ? -0.5 : 0.5)) * (PRICE_ONE / 1000);
}

struct event world_quote_event(const char *symbol, double bid, double ask)
{
    struct event event = event_empty(EVENT_QUOTE);
    text_copy(event.quote.symbol, sizeof event.quote.symbol, symbol);
    text_copy(event.quote.exchange, sizeof event.quote.exchange, "NYSE");
    event.quote.bid = world_price(bid);
    event.quote.ask = world_price(ask);
    event.quote.bid_size = event.quote.ask_size = 100 * QUANTITY_ONE;
    event.stored_ns = world.wall_ns;
    return event;
}

void world_fold_quote(const struct event *event, int64_t age_ns)
{
    risk_fold(world.risk, event, age_ns, world.wall_ns, world.monotonic_ns);
    risk_decide(world.risk, event, world.wall_ns, world.monotonic_ns, &world.proposals);
    world_store();
}

void world_quote(const char *symbol, double bid, double ask)
{
    struct event event = world_quote_event(symbol, bid, ask);
    world_fold_quote(&event, 0);
}

void world_stream(const char *symbol, double bid, double ask, int64_t ns)
{
    for (int64_t passed = 0; passed < ns; passed += WORLD_TICK_NS) {
        world_pass(WORLD_TICK_NS);
        world_quote(symbol, bid, ask);
    }
}

void world_currency(const char *currency)
{
    text_copy(world.currency, sizeof world.currency, currency);
}

void world_hold(const char *symbol, int64_t pieces, double average, double realized, double fees)
{
    world_hold_in("SIM-1", symbol, pieces, average, realized, fees);
}

void world_hold_in(const char *account, const char *symbol, int64_t pieces, double average, double realized,
                   double fees)
{
    struct event event = event_empty(EVENT_POSITION);
    struct position_event *position = &event.position;
    text_copy(position->account, sizeof position->account, account);
    text_copy(position->symbol, sizeof position->symbol, symbol);
    text_copy(position->currency, sizeof position->currency, world.currency);
    position->quantity = pieces * QUANTITY_ONE;
    position->average_price = world_price(average);
    position->cost = money_of(world_price(average), position->quantity);
    position->realized_pnl = (int128)world_price(realized) * QUANTITY_ONE;
    position->fees = (int128)world_price(fees) * QUANTITY_ONE;
    position->last_price = world_price(average);
    position->epoch = 1;
    position->orders_seq = ++world.orders_seq;
    risk_fold(world.risk, &event, 0, world.wall_ns, world.monotonic_ns);
}

static void line_of(char *line, const struct alert *alert)
{
    const char *scope = strchr(alert->alert_id, ':') + 1;
    int length = (int)(strrchr(alert->alert_id, ':') - scope);
    snprintf(line, LINE_SIZE, "%s %.*s %s %s %u", alert->rule, length, scope, severity_name(alert->severity),
             alert->raised ? "raised" : "cleared", alert->version);
}

void world_expect(const char *const *lines)
{
    for (; world.read < world.count; world.read++) {
        const struct event *event = &world.tape[world.read];
        if (event->kind != EVENT_ALERT)
            continue;
        char line[LINE_SIZE];
        line_of(line, &event->alert);
        if (*lines == NULL)
            fail_msg("an alert too many: %s (%s)", line, event->alert.message);
        assert_string_equal(line, *lines);
        lines++;
    }
    if (*lines != NULL)
        fail_msg("not raised: %s", *lines);
}

void world_flap(void (*bad)(void), void (*good)(void), const char *line)
{
    enum { TIMES = 4 };
    char raised[LINE_SIZE], cleared[LINE_SIZE];
    snprintf(raised, sizeof raised, "%s raised 1", line);
    snprintf(cleared, sizeof cleared, "%s cleared 2", line);
    for (int i = 0; i < TIMES; i++) {
        bad();
        good();
    }
    EXPECT(raised);
    for (int i = 0; i < 4; i++)
        good();
    EXPECT(cleared);
    assert_int_equal(world_last_alert()->count, TIMES);
}

const struct alert *world_last_alert(void)
{
    for (size_t i = world.count; i-- > 0;) {
        if (world.tape[i].kind == EVENT_ALERT)
            return &world.tape[i].alert;
    }
    fail_msg("there is no alert");
    return NULL;
}

const struct exposure *world_last_exposure(void)
{
    return world_last_exposure_of("SIM-1");
}

const struct exposure *world_last_exposure_of(const char *account)
{
    for (size_t i = world.count; i-- > 0;) {
        if (world.tape[i].kind == EVENT_EXPOSURE && strcmp(world.tape[i].exposure.account, account) == 0)
            return &world.tape[i].exposure;
    }
    fail_msg("there is no exposure of %s", account);
    return NULL;
}

void world_assert_money(int128 money, double expected)
{
    int128 value = (int128)world_price(expected) * QUANTITY_ONE;
    if (money == value)
        return;
    char text[DECIMAL_TEXT_SIZE];
    money_format(text, money);
    fail_msg("%s is not %.3f", text, expected);
}
