/* What the arguments of `tapedeck watch` mean: times, and which stretch of which stream. */
/* cmocka.h needs these before it, in this order. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <string.h>

#include "app/command_line.h"
#include "app/watch_source.h"
#include "app/watch_time.h"
#include "core/clock.h"
#include "core/pace.h"
#include "core/timestamp.h"

static int64_t time_of(const char *text)
{
    int64_t time_ns = 0;

    assert_true(timestamp_parse(text, strlen(text), &time_ns));
    return time_ns;
}

static void test_times(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected; /* NULL: refused */
    } CASES[] = {
        {"2026-11-23T14:30:00.123456789Z", "2026-11-23T14:30:00.123456789Z"},
        {"2026-11-23T14:30:00", "2026-11-23T14:30:00Z"},
        {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
        {"14:30", "2026-11-23T14:30:00Z"},
        {"14:30:05", "2026-11-23T14:30:05Z"},
        {"00:00", "2026-11-23T00:00:00Z"},
        {"23:59:59", "2026-11-23T23:59:59Z"},
        {"-10m", "2026-11-23T09:50:00.5Z"},
        {"-2h", "2026-11-23T08:00:00.5Z"},
        {"-1d", "2026-11-22T10:00:00.5Z"},
        {"-90s", "2026-11-23T09:58:30.5Z"},
        {"-0s", "2026-11-23T10:00:00.5Z"},
        {"", NULL},
        {"-", NULL},
        {"-m", NULL},
        {"-10", NULL},
        {"-10x", NULL},
        {"-10mm", NULL},
        {"-10m ", NULL},
        {"--10m", NULL},
        {"10m", NULL},
        {"+10m", NULL},
        {"-1.5h", NULL},
        {"-9223372036854775808s", NULL},
        {"-106752d", NULL}, /* beyond what nanoseconds hold */
        {"-99999999999999999999d", NULL},
        {"24:00", NULL},
        {"14:60", NULL},
        {"14:30:60", NULL},
        {"4:30", NULL},
        {"14.30", NULL},
        {"14:30Z", NULL},
        {"1430", NULL},
        {"aa:bb", NULL},
        {"14:3\n", NULL},
        {"2026-02-30T00:00:00Z", NULL},
        {"2026-11-23", NULL},
        {"2026-11-23 14:30:00", NULL},
        {"9999-01-01T00:00:00Z", NULL},
        {"yesterday", NULL},
        {"nan", NULL},
        {"1e9", NULL},
    };
    const int64_t now_ns = time_of("2026-11-23T10:00:00.5Z");

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct error error = {0};
        int64_t time_ns = -1;
        int result = watch_time_parse(CASES[i].text, now_ns, &time_ns, &error);

        if ((result == 0) != (CASES[i].expected != NULL))
            fail_msg("'%s' gave %d", CASES[i].text, result);
        if (CASES[i].expected != NULL)
            assert_int_equal(time_ns, time_of(CASES[i].expected));
        else
            assert_int_equal(error.kind, ERROR_USAGE);
    }
}

static void test_bounds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t sequence; /* 0: refused */
    } CASES[] = {
        {"1", 1},  {"4711", 4711}, {"9223372036854775807", INT64_MAX}, {"0", 0}, {"9223372036854775808", 0}, {"-1", 0},
        {"1 ", 0}, {"", 0},
    };

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct replay_bound bound = {0};
        int result = watch_time_parse_bound(CASES[i].text, 0, &bound, NULL);

        assert_int_equal(result, CASES[i].sequence != 0 ? 0 : -1);
        if (result == 0)
            assert_true(bound.kind == REPLAY_SEQUENCE && bound.sequence == CASES[i].sequence);
    }
    struct replay_bound bound;
    assert_int_equal(watch_time_parse_bound("-1s", 5 * NS_PER_SECOND, &bound, NULL), 0);
    assert_true(bound.kind == REPLAY_TIME && bound.time_ns == 4 * NS_PER_SECOND);
}

/* Reads a command line and chooses; the caller frees the options. */
static int choose(struct watch_source *source, struct options *options, const char *line, struct error *error)
{
    char whole[512];

    command_line_clear();
    snprintf(whole, sizeof(whole), "watch %s", line);
    if (command_line_read(options, whole, NULL, error) != 0)
        return -1;
    int result = watch_source_choose(source, options, error);
    if (result != 0)
        options_free(options);
    return result;
}

static void test_sources(void **state)
{
    (void)state;
    static const struct {
        const char *line, *stream, *filter;
        bool quotes, past;
        enum follow_from follow;
    } CASES[] = {
        {"", "MARKET_DATA", "md.>", true, false, FOLLOW_LAST_PER_SUBJECT},
        {"AAPL --json", "MARKET_DATA", "md.*.AAPL", true, false, FOLLOW_LAST_PER_SUBJECT},
        {"md.nyse.> --csv", "MARKET_DATA", "md.nyse.>", true, false, FOLLOW_LAST_PER_SUBJECT},
        {"depth.nyse.>", "MARKET_DEPTH", "depth.nyse.>", false, false, FOLLOW_LAST_PER_SUBJECT},
        {"md.> --from -10m", "MARKET_DATA", "md.>", true, true, FOLLOW_LAST_PER_SUBJECT},
        {"orders.>", "ORDERS", "orders.>", false, false, FOLLOW_NEW},
        {"orders.executed.* --seq 5", "ORDERS", "orders.executed.*", false, true, FOLLOW_NEW},
        {"positions.SIM-1.*", "POSITIONS", "positions.SIM-1.*", false, false, FOLLOW_LAST_PER_SUBJECT},
        {"risk.alerts.> --to 14:30", "RISK", "risk.alerts.>", false, true, FOLLOW_NEW},
        {"risk.> --speed 10", "RISK", "risk.>", false, true, FOLLOW_NEW},
        {"--stream ORDERS", "ORDERS", "", false, false, FOLLOW_NEW},
        {"--stream MARKET_DATA md.nyse.*", "MARKET_DATA", "md.nyse.*", false, false, FOLLOW_LAST_PER_SUBJECT},
        {"--stream TAPEDECK_DEAD_LETTERS dead.>", "TAPEDECK_DEAD_LETTERS", "dead.>", false, false, FOLLOW_NEW},
    };

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct watch_source source;
        struct options options;
        struct error error = {0};

        if (choose(&source, &options, CASES[i].line, &error) != 0)
            fail_msg("%s: %s", CASES[i].line, error.text);
        assert_string_equal(source.stream, CASES[i].stream);
        assert_string_equal(source.filter, CASES[i].filter);
        assert_int_equal(source.quotes, CASES[i].quotes);
        assert_int_equal(source.past, CASES[i].past);
        assert_int_equal(source.follow, CASES[i].follow);
        options_free(&options);
    }
}

static void test_stretches(void **state)
{
    (void)state;
    struct watch_source source;
    struct options options;

    assert_int_equal(choose(&source, &options, "orders.> --seq 5 --to 9 --speed 0.5", NULL), 0);
    assert_true(source.from.kind == REPLAY_SEQUENCE && source.from.sequence == 5);
    assert_true(source.to.kind == REPLAY_SEQUENCE && source.to.sequence == 9);
    assert_int_equal(options.watch.speed_millionths, PACE_ONE / 2);
    options_free(&options);
    int64_t before_ns = clock_wall_ns();
    assert_int_equal(choose(&source, &options, "md.> --from -2h --to -1h --speed max", NULL), 0);
    int64_t after_ns = clock_wall_ns();
    assert_true(source.from.kind == REPLAY_TIME && source.to.kind == REPLAY_TIME);
    assert_in_range(source.from.time_ns, before_ns - 7200 * NS_PER_SECOND, after_ns - 7200 * NS_PER_SECOND);
    assert_in_range(source.to.time_ns, before_ns - 3600 * NS_PER_SECOND, after_ns - 3600 * NS_PER_SECOND);
    assert_int_equal(options.watch.speed_millionths, PACE_MAX);
    options_free(&options);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *line, *expected; /* the beginning of the sentence */
    } CASES[] = {
        {"--json --csv", "--json and --csv exclude each other"},
        {"--from -1h --seq 3", "--from and --seq exclude each other"},
        {"--from soon", "--from: 'soon' is no time; give 2026-11-23T14:30:00Z, 14:30 or"},
        {"--to 0", "--to: '0' is not a whole number from 1 to"},
        {"--seq x", "--seq: 'x' is not a whole number"},
        {"--speed 0", "--speed: '0' is neither a number from 0.001 to 1000000 nor max"},
        {"--speed fast", "--speed: 'fast' is neither a number"},
        {"--stream a.b", "--stream: 'a.b' is no name of a stream"},
        {"--stream=", "--stream: '' is no name of a stream"},
        {"--stream ORDERS orders..x", "'orders..x' is no subject pattern"},
        {"orders.>.x", "'orders.>.x' is no subject pattern"},
        {"risk.", "'risk.' is no subject pattern"},
        {"trades.>", "'trades.>' is no pattern of quotes"},
    };

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct watch_source source;
        struct options options;
        struct error error = {0};

        assert_int_equal(choose(&source, &options, CASES[i].line, &error), -1);
        assert_int_equal(error.kind, ERROR_USAGE);
        if (strncmp(error.text, CASES[i].expected, strlen(CASES[i].expected)) != 0)
            fail_msg("%s: %s", CASES[i].line, error.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),     cmocka_unit_test(test_bounds),   cmocka_unit_test(test_sources),
        cmocka_unit_test(test_stretches), cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
