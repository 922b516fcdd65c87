/* A day of the simulator with faults, and one without, through the risk rules in memory: what is raised and cleared, to
 * the letter. The list is crash_day.txt beside this; what was found instead is left in the directory of the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "feed/faults.h"
#include "feed/quote_reader.h"
#include "risk_world.h"

#define MINUTE_NS (60 * NS_PER_SECOND)
/* Behind the faults of eleven minutes the server is paused. */
#define PAUSE_NS     (11 * MINUTE_NS + 40 * NS_PER_SECOND)
#define PAUSE_END_NS (PAUSE_NS + 12 * NS_PER_SECOND)
#define DAY_NS       (13 * MINUTE_NS)

enum { SEED = 1, HELD_BACK_MAX = 4096 };

struct day {
    struct quote_reader *reader;
    int64_t start_wall_ns, start_monotonic_ns;
    struct event held_back[HELD_BACK_MAX]; /* that nobody took while the server was paused */
    size_t held_back_count;
    FILE *list;
    char *text; /* of `list` */
    size_t bytes;
};

static struct day day;

static int64_t passed_ns(void)
{
    return world.wall_ns - day.start_wall_ns;
}

static void start(const char *feed)
{
    char spec[64];
    char *specs[] = {spec};
    struct error error = {0};
    snprintf(spec, sizeof spec, "%s", feed);
    world_measures(true);
    risk_destroy(world.risk);
    world_start();
    day = (struct day){.start_wall_ns = world.wall_ns, .start_monotonic_ns = world.monotonic_ns};
    day.reader = quote_reader_open(
        &(struct quote_reader_options){
            .specs = specs, .spec_count = 1, .instruments = &world.instruments, .start_wall_ns = world.wall_ns},
        &error);
    assert_non_null(day.reader);
    day.list = open_memstream(&day.text, &day.bytes);
    assert_non_null(day.list);
    risk_connection(world.risk, &(struct connection_status){.state = CONNECTION_CONNECTED}, world.monotonic_ns);
}

static void end(void)
{
    quote_reader_close(day.reader);
    fclose(day.list);
    free(day.text);
}

/* 10:02:04.500  critical  raised   locked_crossed  CRYPTO.BTC-USD  BTC-USD is crossed: … */
static void list_alert(const struct alert *alert)
{
    const char *scope = strchr(alert->alert_id, ':') + 1;
    int64_t ms = alert->timestamp_ns % NS_PER_DAY / NS_PER_MS;
    fprintf(day.list, "%02d:%02d:%02d.%03d  %-8s  %-7s  %-14s  %-15.*s  %s\n", (int)(ms / 3600000),
            (int)(ms / 60000 % 60), (int)(ms / 1000 % 60), (int)(ms % 1000), severity_name(alert->severity),
            !alert->raised        ? "cleared"
            : alert->version == 1 ? "raised"
                                  : "changed",
            alert->rule, (int)(strrchr(scope, ':') - scope), scope, alert->message);
}

static void list_alerts(void)
{
    for (; world.read < world.count; world.read++) {
        if (world.tape[world.read].kind == EVENT_ALERT)
            list_alert(&world.tape[world.read].alert);
    }
}

static bool is_paused(void)
{
    return passed_ns() >= PAUSE_NS && passed_ns() < PAUSE_END_NS;
}

static void fold(const struct event *event)
{
    world_fold_quote(event, 0);
    list_alerts();
}

static void set_connected(bool connected)
{
    const struct connection_status status = {.state = connected ? CONNECTION_CONNECTED : CONNECTION_DISCONNECTED};
    risk_connection(world.risk, &status, world.monotonic_ns);
}

static void take_held_back(void)
{
    for (size_t i = 0; i < day.held_back_count; i++)
        fold(&day.held_back[i]);
    day.held_back_count = 0;
}

/* Who has no server has no lease and is not asked; the feed keeps what nobody takes, and that comes after the first
 * look at what was. */
static void tick(bool has_pause)
{
    bool was_paused = has_pause && is_paused();
    world.wall_ns += WORLD_TICK_NS;
    world.monotonic_ns += WORLD_TICK_NS;
    bool paused = has_pause && is_paused();
    if (paused != was_paused)
        set_connected(!paused);
    if (paused)
        return;
    world.wall_ns -= WORLD_TICK_NS;
    world.monotonic_ns -= WORLD_TICK_NS;
    world_pass(WORLD_TICK_NS);
    list_alerts();
    take_held_back();
}

/* At its own time, between two ticks. */
static void take(const struct quote *quote, bool has_pause)
{
    struct event event = event_empty(EVENT_QUOTE);
    event.quote = *quote;
    event.stored_ns = quote->received_ns;
    if (has_pause && is_paused()) {
        assert_true(day.held_back_count < HELD_BACK_MAX);
        day.held_back[day.held_back_count++] = event;
        return;
    }
    int64_t wall_ns = world.wall_ns, monotonic_ns = world.monotonic_ns;
    world.wall_ns = quote->received_ns;
    world.monotonic_ns = day.start_monotonic_ns + quote->received_ns - day.start_wall_ns;
    fold(&event);
    world.wall_ns = wall_ns;
    world.monotonic_ns = monotonic_ns;
}

static void live(int64_t ns, bool has_pause)
{
    struct quote quote;
    while (quote_reader_next(day.reader, &quote) && quote.received_ns - day.start_wall_ns < ns) {
        while (world.wall_ns + WORLD_TICK_NS <= quote.received_ns)
            tick(has_pause);
        take(&quote, has_pause);
    }
    while (passed_ns() < ns)
        tick(has_pause);
}

/* How often an alert of this rule was raised anew between two times of the day. */
static int raised(const char *rule, int64_t from_ns, int64_t to_ns)
{
    int count = 0;
    for (size_t i = 0; i < world.count; i++) {
        const struct alert *alert = &world.tape[i].alert;
        int64_t at_ns = alert->timestamp_ns - day.start_wall_ns;
        count += world.tape[i].kind == EVENT_ALERT && alert->version == 1 && strcmp(alert->rule, rule) == 0 &&
                 at_ns >= from_ns && at_ns < to_ns;
    }
    return count;
}

static int simulated(void)
{
    int count = 0;
    for (size_t i = 0; i < world.instruments.count; i++)
        count += world.instruments.items[i].start_price > 0;
    return count;
}

/* Each alert is raised once, and at the end none stands. */
static void expect_each_raised_once_and_cleared(void)
{
    for (size_t i = 0; i < world.count; i++) {
        const struct alert *alert = &world.tape[i].alert;
        int firsts = 0;
        bool stands = false;
        if (world.tape[i].kind != EVENT_ALERT)
            continue;
        for (size_t j = 0; j < world.count; j++) {
            const struct alert *other = &world.tape[j].alert;
            if (world.tape[j].kind != EVENT_ALERT || strcmp(alert->alert_id, other->alert_id) != 0)
                continue;
            firsts += other->version == 1;
            stands = other->raised;
        }
        assert_int_equal(firsts, 1);
        if (stands)
            fail_msg("still raised: %s", alert->alert_id);
    }
}

static void expect_list(const char *name)
{
    const char *source = getenv("TAPEDECK_SOURCE_DIR");
    char path[512], line[512];
    snprintf(path, sizeof path, "%s/tests/engine/%s", source != NULL ? source : ".", name);
    FILE *found = fopen(name, "w"), *expected = fopen(path, "r");
    assert_non_null(found);
    fflush(day.list);
    fwrite(day.text, 1, day.bytes, found);
    fclose(found);
    if (expected == NULL)
        fail_msg("%s is not there", path);
    const char *at = day.text;
    for (int number = 1; fgets(line, sizeof line, expected) != NULL; number++) {
        if (strncmp(at, line, strlen(line)) != 0)
            fail_msg("%s:%d: expected %sbut found %.*s", name, number, line, (int)strcspn(at, "\n"), at);
        at += strlen(line);
    }
    fclose(expected);
    if (*at != '\0')
        fail_msg("%s ends, but then comes %s", name, at);
}

static void test_crash_day(void **state)
{
    (void)state;
    static const char *const RULES[FAULT_KINDS] = {
        [FAULT_STALE] = "stale_quote", [FAULT_LOCKED] = "locked_crossed", [FAULT_CROSSED] = "locked_crossed",
        [FAULT_SPIKE] = "price_spike", [FAULT_SPREAD] = "spread_blowout", [FAULT_GAP] = "feed_gap",
    };
    char feed[64];
    snprintf(feed, sizeof feed, "sim:seed=%d,faults=crash-day", SEED);
    start(feed);
    fprintf(day.list,
            "# %s from 10:00 on: one fault in each of eleven minutes, and at 10:11:40 a server that is paused\n"
            "# for 12 s. SIM-1 holds 1,000 AAPL, 1,100 AMZN and -500 MSFT.\n",
            feed);
    /* A balanced book of shares, so that losses are of the market's making. */
    world_hold("MSFT", -500, 402.55, 0, 0);
    world_hold("AAPL", 1000, 189, 0, 0);
    world_hold("AMZN", 1100, 172.8, 0, 0);
    live(DAY_NS, true);
    expect_list("crash_day.txt");
    expect_each_raised_once_and_cleared();
    for (int64_t minute = 0; minute < FAULT_KINDS; minute++) {
        struct fault fault = fault_of_minute(SEED, minute);
        int64_t end_ns = (minute + 1) * MINUTE_NS;
        if (RULES[fault.kind] != NULL)
            assert_int_equal(raised(RULES[fault.kind], fault.start_ns, end_ns), 1);
        else if (fault.kind == FAULT_DISCONNECT)
            assert_int_equal(raised("stale_quote", fault.start_ns, end_ns), simulated());
    }
    assert_int_equal(raised("server_away", PAUSE_NS, DAY_NS), 1);
    end();
}

static void test_quiet_day(void **state)
{
    (void)state;
    start("sim");
    live(30 * MINUTE_NS, false);
    fflush(day.list);
    assert_string_equal(day.text, "");
    end();
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_crash_day),
        TEST(test_quiet_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
