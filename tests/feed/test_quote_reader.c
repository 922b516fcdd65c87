/* Feeds read as fast as one asks: their order, their numbers, their clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/timestamp.h"
#include "feed/quote_reader.h"
#include "files.h"

#define RECORDED INT64_C(1700000000000000000)
#define START_NS INT64_C(1767623400000000000)

static int setup(void **state)
{
    (void)state;
    files_setup();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    files_teardown();
    return 0;
}

static struct quote_reader *open_reader(char *first, char *second)
{
    struct instruments instruments;
    struct error error = {0};
    char *const specs[] = {first, second};
    assert_int_equal(instruments_init_builtin(&instruments, NULL), 0);
    struct quote_reader_options options = {.specs = specs,
                                           .spec_count = second == NULL ? 1 : 2,
                                           .instruments = &instruments,
                                           .start_wall_ns = START_NS,
                                           .depths_per_second = 5};
    struct quote_reader *reader = quote_reader_open(&options, &error);
    instruments_free(&instruments);
    if (reader == NULL)
        fail_msg("%s", error.text);
    return reader;
}

/* A recording with a book at each of these times, in ms; the bid counts the lines. */
static char *recording_of(const char *name, const char *symbol, const int64_t *times_ms, size_t count)
{
    char text[4096], path[PATH_SIZE], *spec = NULL;
    size_t at = 0;
    for (size_t i = 0; i < count; i++)
        at += (size_t)sprintf(text + at,
                              "%lld {\"u\":%zu,\"s\":\"%s\",\"b\":\"%zu\",\"B\":\"1\",\"a\":\"%zu\",\"A\":\"1\"}\n",
                              (long long)(RECORDED + times_ms[i] * NS_PER_MS), i + 1, symbol, i + 1, i + 2);
    files_write(name, text, at, false);
    files_path(path, name);
    assert_true(asprintf(&spec, "recording:%s,speed=0.001", path) > 0);
    return spec;
}

static void feeds_are_merged_by_time(void **state)
{
    (void)state;
    static const struct {
        int64_t time_ms;
        const char *symbol;
        uint64_t seq;
    } expected[] = {{0, "A", 1},  {0, "B", 1},  {5, "B", 2},       {10, "A", 2},
                    {20, "A", 3}, {20, "B", 3}, {86400000, "B", 4}};
    char *first = recording_of("first", "A", (int64_t[]){0, 10, 20}, 3);
    char *second = recording_of("second", "B", (int64_t[]){0, 5, 20, 86400000}, 4);
    struct quote_reader *reader = open_reader(first, second);
    struct quote quote;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_true(quote_reader_next(reader, &quote));
        assert_int_equal(quote.received_ns, RECORDED + expected[i].time_ms * NS_PER_MS);
        assert_string_equal(quote.symbol, expected[i].symbol);
        assert_int_equal(quote.seq, expected[i].seq);
        assert_string_equal(quote.source, quote.symbol[0] == 'A' ? "feed-1" : "feed-2");
    }
    assert_false(quote_reader_next(reader, &quote));
    assert_false(quote_reader_next(reader, &quote));
    assert_int_equal(quote_reader_counts(reader, 0).published, 3);
    assert_int_equal(quote_reader_counts(reader, 1).published, 4);
    quote_reader_close(reader);
    free(first);
    free(second);
}

/* The lines of a file keep their order; the other feed goes on by time. */
static void times_that_go_back_lose_nothing(void **state)
{
    (void)state;
    static const int64_t expected_ms[] = {0, 60000, 100, 61000};
    char *spec = recording_of("back", "A", expected_ms, 4);
    struct quote_reader *reader = open_reader(spec, NULL);
    struct quote quote;
    for (size_t i = 0; i < 4; i++) {
        assert_true(quote_reader_next(reader, &quote));
        assert_int_equal(quote.received_ns, RECORDED + expected_ms[i] * NS_PER_MS);
    }
    assert_false(quote_reader_next(reader, &quote));
    quote_reader_close(reader);
    free(spec);
}

static void the_simulator_has_its_own_clock(void **state)
{
    (void)state;
    char spec[] = "sim:seed=7";
    struct quote_reader *one = open_reader(spec, NULL), *other = open_reader(spec, NULL); /* the same twice */
    int64_t before_ns = START_NS;
    size_t depths = 0;
    for (int i = 0; i < 20000; i++) {
        struct quote quote, same;
        size_t count, same_count;
        assert_true(quote_reader_next(one, &quote));
        assert_true(quote_reader_next(other, &same));
        assert_string_equal(quote.symbol, same.symbol);
        assert_true(quote.bid == same.bid && quote.ask == same.ask && quote.bid_size == same.bid_size);
        assert_int_equal(quote.received_ns, same.received_ns);
        assert_true(quote.received_ns >= before_ns);
        assert_int_equal(quote.timestamp_ns, quote.received_ns);
        before_ns = quote.received_ns;
        const struct depth *depth = quote_reader_depths(one, &count);
        const struct depth *same_depth = quote_reader_depths(other, &same_count);
        assert_int_equal(count, same_count);
        for (size_t j = 0; j < count; j++) {
            assert_memory_equal(&depth[j], &same_depth[j], sizeof depth[j]);
            assert_true(depth[j].timestamp_ns <= quote.received_ns);
        }
        depths += count;
    }
    assert_true(depths > 1000);
    /* 7 instruments, 10 quotes each per second. */
    assert_true(before_ns > START_NS + 200 * NS_PER_SECOND && before_ns < START_NS + 400 * NS_PER_SECOND);
    quote_reader_close(one);
    quote_reader_close(other);
}

/* Not before its time: with the first quote behind it. */
static void depth_comes_with_quotes(void **state)
{
    (void)state;
    enum { LINES = 7 };
    static const char *const lines[LINES] = {"quote", "depth", "quote", "depth", "depth", "quote", "depth"};
    static const struct {
        size_t count;
        int first; /* the line that its first depth has; its price is 2 more */
    } expected[] = {{0, 0}, {1, 1}, {2, 3}};
    char text[4096], path[PATH_SIZE], *spec = NULL;
    size_t at = 0;
    for (int i = 0; i < LINES; i++) {
        bool is_quote = lines[i][0] == 'q';
        at += (size_t)sprintf(text + at,
                              "{\"stored\":\"2023-11-14T22:13:2%dZ\",\"subject\":\"%s.nyse.AAPL\",\"symbol\":\"AAPL\","
                              "\"exchange\":\"NYSE\",%s%d%s,\"timestamp\":\"2023-11-14T22:13:2%dZ\"}\n",
                              i, is_quote ? "md" : "depth", is_quote ? "\"bid\":1,\"ask\":" : "\"bids\":[],\"asks\":[[",
                              i + 2, is_quote ? "" : ",5]]", i);
    }
    files_write("depth", text, at, false);
    files_path(path, "depth");
    assert_true(asprintf(&spec, "recording:%s", path) > 0);
    struct quote_reader *reader = open_reader(spec, NULL);
    struct quote quote;
    size_t count;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_true(quote_reader_next(reader, &quote));
        const struct depth *depths = quote_reader_depths(reader, &count);
        assert_int_equal(count, expected[i].count);
        for (size_t j = 0; j < count; j++)
            assert_int_equal(depths[j].asks[0].price, (expected[i].first + 2 + (int)j) * PRICE_ONE);
    }
    assert_false(quote_reader_next(reader, &quote));
    assert_null(quote_reader_depths(reader, &count));
    assert_int_equal(count, 0);
    assert_string_equal(quote_reader_first_bad(reader), "");
    quote_reader_close(reader);
    free(spec);
}

static void none_and_bad_lines(void **state)
{
    (void)state;
    char none[] = "none", *spec = NULL, path[PATH_SIZE];
    static const char text[] =
        "1700000000000000000 {\"u\":1}\nnonsense\n"
        "1700000000000000001 {\"u\":1,\"s\":\"A\",\"b\":\"1\",\"B\":\"1\",\"a\":\"2\",\"A\":\"1\"}\n";
    files_write("bad", text, sizeof text - 1, false);
    files_path(path, "bad");
    assert_true(asprintf(&spec, "recording:%s", path) > 0);
    struct quote_reader *reader = open_reader(none, spec);
    struct quote quote;
    assert_true(quote_reader_next(reader, &quote));
    assert_int_equal(quote.bid, PRICE_ONE);
    assert_false(quote_reader_next(reader, &quote));
    assert_non_null(strstr(quote_reader_first_bad(reader), "bad:"));
    assert_string_equal(quote_reader_broken_file(reader), "");
    assert_int_equal(quote_reader_counts(reader, 0).published, 0);
    quote_reader_close(reader);
    free(spec);

    struct error error = {0};
    char missing[] = "recording:no-such-file";
    char *const specs[] = {none, missing};
    assert_null(quote_reader_open(&(struct quote_reader_options){.specs = specs, .spec_count = 2}, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(feeds_are_merged_by_time),
        cmocka_unit_test(times_that_go_back_lose_nothing),
        cmocka_unit_test(the_simulator_has_its_own_clock),
        cmocka_unit_test(depth_comes_with_quotes),
        cmocka_unit_test(none_and_bad_lines),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
