/* Recordings: files that are plain, compressed, broken or none; the merge by time; and the recordings of an exchange,
 * compared with a scan of their text that shares nothing with the parser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "feed/lines.h"
#include "feed/recording.h"
#include "files.h"

#define BTC "hftbacktest_binance_spot_btcusdt_20240808.gz"
#define ETH "hftbacktest_binance_spot_ethusdt_20240808.gz"

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

/* Opens the paths, joined by semicolons. */
static struct recording *open_paths(const char *paths, struct error *error)
{
    char text[4 * PATH_SIZE];
    snprintf(text, sizeof text, "recording:%s", paths);
    struct feed_spec spec;
    assert_int_equal(feed_spec_parse(&spec, text, error), 0);
    return recording_open(&spec, error);
}

/* Opens one or two files of the test's directory. */
static struct recording *open_files(const char *first, const char *second)
{
    char paths[2 * PATH_SIZE], path[PATH_SIZE];
    files_path(paths, first);
    if (second != NULL) {
        files_path(path, second);
        strcat(strcat(paths, ";"), path);
    }
    struct error error = {0};
    struct recording *recording = open_paths(paths, &error);
    if (recording == NULL)
        fail_msg("%s", error.text);
    return recording;
}

/* Steps over depth that came without a quote. */
static int next_quote(struct recording *recording, struct quote *raw)
{
    int result;
    do {
        result = recording_next(recording, raw, NULL);
    } while (result == 1 && raw->symbol[0] == '\0');
    return result;
}

static void check_sample(const char *name)
{
    struct recording *recording = open_files(name, NULL);
    static const struct {
        int64_t time_ms, bid, last;
    } expected[] = {
        {0, 10000000000, DECIMAL_NONE},   {10, DECIMAL_NONE, 10010000000},  {10, 10000000000, DECIMAL_NONE},
        {200, 10000000000, DECIMAL_NONE}, {300, DECIMAL_NONE, 10000000000}, {1000, 9990000000, DECIMAL_NONE},
    };
    struct quote raw;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_int_equal(next_quote(recording, &raw), 1);
        assert_string_equal(raw.symbol, "ABCUSDT");
        assert_int_equal(raw.received_ns, 1700000000000000000 + expected[i].time_ms * 1000000);
        assert_int_equal(raw.bid, expected[i].bid);
        assert_int_equal(raw.last, expected[i].last);
    }
    assert_int_equal(recording_next(recording, &raw, NULL), 0);
    assert_int_equal(recording_next(recording, &raw, NULL), 0);
    const struct recording_counts *counts = recording_counts(recording);
    assert_int_equal(counts->books, 4);
    assert_int_equal(counts->trades, 2);
    assert_int_equal(counts->ignored, 3); /* depth, snapshot, a blank line */
    assert_int_equal(counts->bad_lines, 2);
    char path[PATH_SIZE], place[PATH_SIZE + 8];
    files_path(path, name);
    snprintf(place, sizeof place, "%s:7: ", path);
    assert_memory_equal(counts->first_bad, place, strlen(place));
    recording_close(recording);
}

static void reads_plain_and_compressed_files(void **state)
{
    (void)state;
    size_t length;
    char *sample = files_sample(&length);
    files_write("plain", sample, length, FILES_PLAIN);
    files_write("sample.gz", sample, length, FILES_GZIP);
    files_write("no newline", sample, length - 1, FILES_PLAIN);
    check_sample("plain");
    files_write("sample.zst", sample, length, FILES_ZSTD);
    check_sample("sample.gz");
    check_sample("sample.zst");
    check_sample("no newline");

    /* Lines that end in carriage return and newline. */
    char *crlf = malloc(2 * length);
    assert_non_null(crlf);
    size_t at = 0;
    for (size_t i = 0; i < length; i++) {
        if (sample[i] == '\n')
            crlf[at++] = '\r';
        crlf[at++] = sample[i];
    }
    files_write("crlf", crlf, at, FILES_PLAIN);
    check_sample("crlf");
    free(crlf);
    free(sample);
}

static void refuses_what_is_no_file(void **state)
{
    (void)state;
    char missing[PATH_SIZE], directory[PATH_SIZE], pipe[PATH_SIZE];
    files_path(missing, "missing");
    files_path(directory, ".");
    files_path(pipe, "pipe");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    const char *const paths[] = {missing, directory, pipe, "/dev/zero", "/dev/null"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct error error = {0};
        assert_null(open_paths(paths[i], &error));
        assert_int_equal(error.kind, ERROR_USAGE);
        assert_non_null(strstr(error.text, paths[i]));
        assert_null(open_paths(paths[i], NULL));
    }
    recording_close(NULL);
    lines_close(NULL);
}

static void empty_files_have_no_quotes(void **state)
{
    (void)state;
    files_write("empty", "", 0, FILES_PLAIN);
    files_write("empty.gz", "", 0, FILES_GZIP);
    static const char *const names[] = {"empty", "empty.gz"};
    for (size_t i = 0; i < 2; i++) {
        struct recording *recording = open_files(names[i], NULL);
        struct quote raw;
        assert_int_equal(recording_next(recording, &raw, NULL), 0);
        recording_close(recording);
    }
}

static void foreign_files_are_refused(void **state)
{
    (void)state;
    char noise[5000], path[PATH_SIZE];
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)(i * 7919 >> 3);
    files_write("noise", noise, sizeof noise, FILES_PLAIN);
    files_path(path, "noise");
    struct error error = {0};
    assert_null(open_paths(path, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_non_null(strstr(error.text, "no format that is known"));
}

/* A book of `symbol` at a time, with its price. */
static void append_book(char *text, int64_t time_ns, const char *symbol, int price)
{
    sprintf(text + strlen(text), "%lld {\"u\":%d,\"s\":\"%s\",\"b\":\"%d\",\"B\":\"1\",\"a\":\"%d\",\"A\":\"1\"}\n",
            (long long)time_ns, price, symbol, price, price + 1);
}

static void merges_files_by_time(void **state)
{
    (void)state;
    enum { EACH = 500 };
    char *a = calloc(1, EACH * 120), *b = calloc(1, EACH * 120);
    assert_true(a != NULL && b != NULL);
    const int64_t start_ns = 1700000000000000000;
    for (int i = 0; i < EACH; i++) {
        append_book(a, start_ns + i * 10, "A", 1 + i);
        append_book(b, start_ns + i * 7 + i % 3, "B", 1 + i); /* often at the time of a line of the other */
    }
    files_write("a", a, strlen(a), FILES_PLAIN);
    files_write("b.gz", b, strlen(b), FILES_GZIP);
    free(a);
    free(b);
    struct recording *recording = open_files("a", "b.gz");
    struct quote raw, before = {0};
    int counts[2] = {0};
    while (recording_next(recording, &raw, NULL) == 1) {
        int which = raw.symbol[0] - 'A';
        counts[which]++;
        assert_int_equal(raw.bid, counts[which] * PRICE_ONE);
        assert_true(raw.received_ns >= before.received_ns);
        if (raw.received_ns == before.received_ns)
            assert_true(strcmp(before.symbol, raw.symbol) <= 0); /* the file named first goes first */
        before = raw;
    }
    assert_int_equal(counts[0], EACH);
    assert_int_equal(counts[1], EACH);
    recording_close(recording);
}

/* Within a file the order of the lines holds, whatever their times. */
static void keeps_the_order_of_a_file(void **state)
{
    (void)state;
    char text[1024] = "";
    const int64_t start_ns = 1700000000000000000;
    append_book(text, start_ns + 5, "A", 1);
    append_book(text, start_ns + 2, "A", 2);
    append_book(text, start_ns + 9, "A", 3);
    files_write("back", text, strlen(text), FILES_PLAIN);
    struct recording *recording = open_files("back", NULL);
    struct quote raw;
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(recording_next(recording, &raw, NULL), 1);
        assert_int_equal(raw.bid, i * PRICE_ONE);
    }
    recording_close(recording);
}

/* A file that was cut off gives what it has and then an error, once; the other file goes on. */
static void check_broken_file(enum files_packing packing, bool damage)
{
    enum { LINES = 3000 };
    char *text = calloc(1, LINES * 120), path[PATH_SIZE];
    assert_non_null(text);
    for (int i = 0; i < LINES; i++)
        append_book(text, 1700000000000000000 + (i * 7919 % 1000) + i * 1000, "A", 1 + i * 7919 % 3001);
    files_write("whole", text, strlen(text), packing);
    char other[256] = "";
    append_book(other, 1800000000000000000, "B", 1);
    files_write("other", other, strlen(other), FILES_PLAIN);
    free(text);

    files_path(path, "whole");
    FILE *whole = fopen(path, "rb");
    assert_non_null(whole);
    static char bytes[1 << 20];
    size_t length = fread(bytes, 1, sizeof bytes, whole);
    fclose(whole);
    files_path(path, "broken");
    FILE *broken = fopen(path, "wb");
    assert_non_null(broken);
    if (damage) /* in the check sum: gzip has the length behind it */
        bytes[length - (packing == FILES_GZIP ? 6 : 2)] ^= 1;
    fwrite(bytes, 1, damage ? length : length * 2 / 3, broken);
    fclose(broken);

    struct recording *recording = open_files("broken", "other");
    struct quote raw;
    struct error error = {0};
    int errors = 0, quotes = 0, result;
    while ((result = recording_next(recording, &raw, &error)) != 0) {
        *(result < 0 ? &errors : &quotes) += 1;
        if (result < 0) {
            assert_int_equal(error.kind, ERROR_FAILED);
            assert_non_null(strstr(error.text, "broken"));
            assert_non_null(strstr(error.text, damage ? "damaged" : "cut off"));
        }
    }
    assert_int_equal(errors, 1);
    assert_true(quotes > LINES / 3 && quotes <= LINES + 1);
    assert_string_equal(raw.symbol, "B");
    recording_close(recording);
}

static void tells_of_a_broken_file(void **state)
{
    (void)state;
    check_broken_file(FILES_GZIP, false);
    check_broken_file(FILES_GZIP, true);
    check_broken_file(FILES_ZSTD, false);
    check_broken_file(FILES_ZSTD, true);
}

static void long_lines_are_cut(void **state)
{
    (void)state;
    static const struct {
        size_t length, handed_out;
    } cases[] = {{LINE_LONGEST_BYTES - 1, LINE_LONGEST_BYTES - 1},
                 {LINE_LONGEST_BYTES, LINE_LONGEST_BYTES},
                 {10000000, LINE_LONGEST_BYTES}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *bytes = malloc(cases[i].length + 8), path[PATH_SIZE];
        assert_non_null(bytes);
        memset(bytes, 'x', cases[i].length);
        memcpy(bytes + cases[i].length, "\nab\n\nc", 6);
        files_write("long", bytes, cases[i].length + 6, FILES_PLAIN);
        free(bytes);
        files_path(path, "long");
        struct lines *lines = lines_open(path, NULL);
        assert_non_null(lines);
        assert_string_equal(lines_path(lines), path);
        const char *text;
        size_t length;
        static const char *const rest[] = {"ab", "", "c"};
        assert_int_equal(lines_next(lines, &text, &length, NULL), 1);
        assert_int_equal(length, cases[i].handed_out);
        for (size_t line = 0; line < 3; line++) {
            assert_int_equal(lines_next(lines, &text, &length, NULL), 1);
            assert_int_equal(length, strlen(rest[line]));
            assert_memory_equal(text, rest[line], length);
            assert_int_equal(lines_number(lines), line + 2);
        }
        assert_int_equal(lines_next(lines, &text, &length, NULL), 0);
        lines_close(lines);
    }
}

/* The text between the quotes behind `"name":"`. */
static void scan_text(const char *line, const char *name, char *out)
{
    const char *at = strstr(line, name);
    assert_non_null(at);
    at += strlen(name);
    size_t length = strcspn(at, "\"");
    assert_true(length < 32);
    memcpy(out, at, length);
    out[length] = '\0';
}

struct scan {
    int books, trades;
    char bid[32], ask[32];
};

/* The naive reading of a recording. */
static struct scan scan_file(const char *path)
{
    struct scan scan = {0};
    char command[PATH_SIZE + 8];
    snprintf(command, sizeof command, "zcat '%s'", path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, pipe) > 0) {
        if (strstr(line, "@bookTicker\"") != NULL) {
            scan.books++;
            scan_text(line, "\"b\":\"", scan.bid);
            scan_text(line, "\"a\":\"", scan.ask);
        } else if (strstr(line, "@trade\"") != NULL) {
            scan.trades++;
        }
    }
    free(line);
    assert_int_equal(pclose(pipe), 0);
    return scan;
}

static void check_last(const struct scan *scan, const struct quote *last)
{
    int64_t bid, ask;
    assert_true(decimal_parse(scan->bid, strlen(scan->bid), PRICE_DECIMALS, &bid));
    assert_true(decimal_parse(scan->ask, strlen(scan->ask), PRICE_DECIMALS, &ask));
    assert_int_equal(last->bid, bid);
    assert_int_equal(last->ask, ask);
}

static void reads_the_recordings_of_an_exchange(void **state)
{
    (void)state;
    char paths[2][PATH_SIZE], both[2 * PATH_SIZE + 2];
    if (!files_shared(paths[0], BTC) || !files_shared(paths[1], ETH))
        skip();
    snprintf(both, sizeof both, "%s;%s", paths[0], paths[1]);
    struct error error = {0};
    struct recording *recording = open_paths(both, &error);
    assert_non_null(recording);
    struct quote raw, last[2] = {0};
    int books[2] = {0}, trades[2] = {0};
    int64_t time_ns = 0;
    while (recording_next(recording, &raw, &error) == 1) {
        if (raw.symbol[0] == '\0')
            continue;
        int which = strcmp(raw.symbol, "BTCUSDT") == 0 ? 0 : 1;
        assert_true(which == 0 || strcmp(raw.symbol, "ETHUSDT") == 0);
        assert_true(raw.received_ns >= time_ns);
        time_ns = raw.received_ns;
        if (raw.last == DECIMAL_NONE) {
            books[which]++;
            last[which] = raw;
        } else {
            trades[which]++;
        }
    }
    const struct recording_counts *counts = recording_counts(recording);
    assert_int_equal(books[0], 28040);
    assert_int_equal(trades[0], 9757);
    assert_int_equal(books[1], 24077);
    assert_int_equal(trades[1], 6106);
    assert_int_equal(counts->books, 28040 + 24077);
    assert_int_equal(counts->trades, 9757 + 6106);
    assert_int_equal(counts->ignored, 3451 + 1 + 3434 + 1);
    assert_int_equal(counts->bad_lines, 0);
    for (int i = 0; i < 2; i++) {
        struct scan scan = scan_file(paths[i]);
        assert_int_equal(scan.books, books[i]);
        assert_int_equal(scan.trades, trades[i]);
        check_last(&scan, &last[i]);
    }
    recording_close(recording);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_plain_and_compressed_files, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_file, setup, teardown),
        cmocka_unit_test_setup_teardown(empty_files_have_no_quotes, setup, teardown),
        cmocka_unit_test_setup_teardown(foreign_files_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(merges_files_by_time, setup, teardown),
        cmocka_unit_test_setup_teardown(keeps_the_order_of_a_file, setup, teardown),
        cmocka_unit_test_setup_teardown(tells_of_a_broken_file, setup, teardown),
        cmocka_unit_test_setup_teardown(long_lines_are_cut, setup, teardown),
        cmocka_unit_test(reads_the_recordings_of_an_exchange),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
