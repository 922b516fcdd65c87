/* The formats of recordings: lines in, raw quotes out; and the recordings of exchanges that stand beside the project.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/timestamp.h"
#include "feed/feed_spec.h"
#include "feed/format.h"
#include "feed/recording.h"
#include "files.h"

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

/* One line of a file, and what it says: quotes as `describe` writes them, joined by semicolons, or "!" and a part of
 * what is wrong with it. */
struct line {
    const char *text, *says;
};

struct file {
    const char *name, *format;
    struct line lines[12];
};

static const char *number(char text[DECIMAL_TEXT_SIZE], int64_t value, int decimals)
{
    if (value == DECIMAL_NONE)
        return "-";
    decimal_format(text, value, decimals);
    return text;
}

static void describe(const struct quote *raw, char *out, size_t size)
{
    static const char *const SIDES[] = {[SIDE_NONE] = "?", [SIDE_BUY] = "buy", [SIDE_SELL] = "sell"};
    char bid[DECIMAL_TEXT_SIZE], bid_size[DECIMAL_TEXT_SIZE], ask[DECIMAL_TEXT_SIZE], ask_size[DECIMAL_TEXT_SIZE];
    char last[DECIMAL_TEXT_SIZE], last_size[DECIMAL_TEXT_SIZE], time[TIMESTAMP_TEXT_SIZE];
    timestamp_format(time, raw->received_ns);
    int length = snprintf(out, size, "%s %s %s %sx%s %sx%s", time, raw->exchange, raw->symbol,
                          number(bid, raw->bid, PRICE_DECIMALS), number(bid_size, raw->bid_size, QUANTITY_DECIMALS),
                          number(ask, raw->ask, PRICE_DECIMALS), number(ask_size, raw->ask_size, QUANTITY_DECIMALS));
    if (raw->last != DECIMAL_NONE)
        length +=
            snprintf(out + length, size - (size_t)length, " %s %sx%s", SIDES[raw->last_side],
                     number(last, raw->last, PRICE_DECIMALS), number(last_size, raw->last_size, QUANTITY_DECIMALS));
    if (raw->status != QUOTE_OPEN)
        snprintf(out + length, size - (size_t)length, " status %d", (int)raw->status);
}

static void describe_all(const struct quote_list *quotes, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < quotes->count; i++) {
        char one[512];
        describe(&quotes->items[i], one, sizeof one);
        snprintf(out + strlen(out), size - strlen(out), "%s%s", i > 0 ? "; " : "", one);
    }
}

static void check_file(const struct file *file)
{
    char path[PATH_SIZE];
    struct error error = {0};
    struct quote_list quotes = {0};
    files_path(path, file->name);
    struct format *format = format_open(path, file->lines[0].text, strlen(file->lines[0].text), &error);
    if (format == NULL)
        fail_msg("%s: %s", file->name, error.text);
    assert_string_equal(format_name(format), file->format);
    for (const struct line *line = file->lines; line->text != NULL; line++) {
        /* A copy that ends where the line ends, so that a sanitizer sees reads behind it. */
        size_t length = strlen(line->text);
        char *copy = malloc(length), says[2048];
        const char *problem = NULL;
        int64_t time_ns = 0;
        assert_non_null(copy);
        memcpy(copy, line->text, length);
        bool good = format_read(format, copy, length, &time_ns, &quotes, &problem);
        free(copy);
        describe_all(&quotes, says, sizeof says);
        if (!good)
            snprintf(says, sizeof says, "!%s", problem);
        bool as_said =
            line->says[0] == '!' ? !good && strstr(says, line->says + 1) != NULL : strcmp(says, line->says) == 0;
        if (!as_said)
            fail_msg("%s: %s says: %s", file->name, line->text, says);
    }
    format_close(format);
    free(quotes.items);
    free(quotes.depths.items);
}

static const struct file FILES[] = {
    {"ticks",
     "messages",
     {{"1700000000000000000 {\"u\":1,\"s\":\"X\",\"b\":\"1\",\"B\":\"2\",\"a\":\"3\",\"A\":\"4\"}",
       "2023-11-14T22:13:20.000000000Z BINANCE X 1x2 3x4"},
      {"1700000000000000001 {\"result\":null}", ""},
      {"1700000000 {\"result\":null}", "!does not begin with a time"},
      {"x", "!does not begin with a time"},
      {"1700000000000000001 {\"u\":", "!"}}},
    {"capture",
     "cryptofeed",
     {{"wss://ws.kraken.com <-> 1618678132.3858151", ""},
      {"wss://ws.kraken.com <- 1618678132.8253062: {\"event\":\"subscribe\"}", ""},
      {"1618678132.9258188: {\"event\":\"systemStatus\",\"status\":\"online\"}", ""},
      {"1618678133.5: [464,{\"as\":[[\"3\",\"4\",\"1618678117.2\"]],\"bs\":[[\"1\",\"2\",\"1618678117.2\"]]},"
       "\"book-1000\",\"A/B\"]",
       "2021-04-17T16:48:53.500000000Z KRAKEN A/B 1x2 3x4"},
      {"1618678134: [464,{\"a\":[[\"2\",\"5\",\"1618678117.2\"]],\"c\":\"1\"},\"book-1000\",\"A/B\"]", "!checksum"},
      {"1618678134.x: {}", "!does not begin with a time"},
      {"configuration: {}", ""}}},
    {"capture", "cryptofeed", {{"wss://example.org <-> 1", ""}, {"1618678134: {}", "!names the venue"}}},
    {"own",
     "tapedeck",
     {{"{\"symbol\":\"AAPL\",\"exchange\":\"NYSE\",\"bid\":1,\"ask\":2,\"timestamp\":\"2026-11-23T14:30:00Z\","
       "\"spread\":1}",
       "2026-11-23T14:30:00.000000000Z NYSE AAPL 1x- 2x-"},
      {"{\"symbol\":\"AAPL\",\"exchange\":\"NYSE\",\"bid\":1,\"ask\":2,\"timestamp\":\"2026-11-23T14:30:00Z\","
       "\"stored\":\"2026-11-23T14:30:01Z\",\"subject\":\"md.nyse.AAPL\",\"stream_sequence\":7}",
       "2026-11-23T14:30:01.000000000Z NYSE AAPL 1x- 2x-"},
      {"{\"order_id\":\"o\",\"subject\":\"orders.cancel\"}", ""},
      {"{\"order_id\":\"o\",\"status\":\"FILLED\",\"price\":1,\"subject\":\"orders.executed.o\"}", ""},
      {"{\"symbol\":\"AAPL\",\"exchange\":\"NYSE\",\"bid\":1,\"ask\":2,\"timestamp\":\"2026-11-23T14:30:00Z\","
       "\"subject\":\"risk.acks\"}",
       ""},
      {"{\"symbol\":\"AAPL\"}", "!no quote"},
      {"{\"symbol\":\"AAPL\",\"subject\":\"md.nyse.AAPL\",\"stored\":\"2026-11-23T14:30:01Z\"}", "!no quote"},
      {"{\"symbol\":\"AAPL\",\"subject\":\"md.nyse.AAPL\"", "!ends too early"},
      {"{\"symbol\":\"AAPL\",\"exchange\":\"NYSE\",\"bid\":1,\"ask\":2,\"timestamp\":\"2026-11-23T14:30:00Z\","
       "\"stored\":5}",
       "!stored"}}},
    {"trades.csv",
     "databento",
     {{"ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,size,flags,ts_in_delta,sequence,"
       "symbol",
       ""},
      {"1700000000000000001,1700000000000000000,0,1,1,T,A,0,100500000000,3,0,0,12,ESZ3",
       "2023-11-14T22:13:20.000000001Z DATABENTO ESZ3 100.5x0 100.5x0 sell 100.5x3"},
      {"1700000000000000002,1700000000000000000,0,1,1,T,B,0,100.75,1,0,0,13,ESZ3",
       "2023-11-14T22:13:20.000000002Z DATABENTO ESZ3 100.5x0 100.75x0 buy 100.75x1"},
      {"2023-11-14T22:13:21Z,1700000000000000000,0,1,1,T,N,0,100.25,1,0,0,13,ESZ3",
       "2023-11-14T22:13:21.000000000Z DATABENTO ESZ3 100.25x0 100.75x0 ? 100.25x1"},
      {"1700000000000000002,1700000000000000000,0,1,1,T,B,0,x,1,0,0,13,ESZ3", "!price or size"},
      {"1700000000000000002,1700000000000000000,0,1,1,T,B,0,1,1,0,0,13,", "!symbol"},
      {"5,1700000000000000000,0,1,1,T,B,0,1,1,0,0,13,ESZ3", "!no time"},
      {"1,2,3", "!another number of fields"}}},
    {"mbp.csv",
     "databento",
     {{"ts_recv,ts_event,action,side,price,size,bid_px_00,ask_px_00,bid_sz_00,ask_sz_00,symbol", ""},
      {"1700000000000000001,1700000000000000000,A,B,100,5,100,101,5,6,X",
       "2023-11-14T22:13:20.000000001Z DATABENTO X 0.0000001x5 0.000000101x6"},
      {"1700000000000000001,1700000000000000000,T,B,101.0,2,100.0,,5,0,X",
       "2023-11-14T22:13:20.000000001Z DATABENTO X 100x5 -x0 buy 101x2"},
      {"1700000000000000001,1700000000000000000,T,B,101.0,2,100.0,9223372036854775807,5,0,X",
       "2023-11-14T22:13:20.000000001Z DATABENTO X 100x5 -x0 buy 101x2"},
      {"1700000000000000001,1700000000000000000,A,B,1,2,-1,1,5,0,X", "!bid_px_00"}}},
    {"half.csv", "databento", {{"ts_recv,ts_event,price,size", "!lacks a column"}}},
    {"BTCUSDT-trades-2025-01-01.csv",
     "bulk trades",
     {{"4359,93576.00,0.00123,115.09,1735689600000,True,True",
       "2025-01-01T00:00:00.000000000Z BINANCE BTCUSDT 93576x0 93576x0 sell 93576x0.00123"},
      {"4360,93577.00,0.1,1,1735689600000001,false,true",
       "2025-01-01T00:00:00.000001000Z BINANCE BTCUSDT 93576x0 93577x0 buy 93577x0.1"},
      {"4361,93577.00,0.1,1,1735689600,false,true", "!milliseconds"},
      {"4361,0,0.1,1,1735689600000,false,true", "!the trade lacks"},
      {"1,2,3", "!six or seven"}}},
    {"EURUSD-2013-01.csv",
     "truefx",
     {{"EUR/USD,20130101 22:00:00.295,1.31921,1.31949",
       "2013-01-01T22:00:00.295000000Z TRUEFX EUR/USD 1.31921x- 1.31949x-"},
      {"EUR/USD,20130101,1,2", "!neither"},
      {"EUR/USD,20130101 22:00:00.295,x,2", "!bid or ask"}}},
    {"usdjpy-ticks.csv",
     "truefx",
     {{"timestamp,bid,ask", ""},
      {"2013-01-01 22:00:00.295000+00:00,86.655,86.728",
       "2013-01-01T22:00:00.295000000Z TRUEFX USDJPY 86.655x- 86.728x-"},
      {"2013-01-01 22:00:00.295000+01:00,86.655,86.728", "!neither"}}},
};

static void reads_each_format(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++)
        check_file(&FILES[i]);
}

static void reads_two_files_of_lobster(void **state)
{
    (void)state;
    static const char BOOK[] = "5859400,200,5853300,18\n5859400,200,5853300,18\n9999999999,0,5853300,18\n"
                               "5859400,200,-9999999999,0\n5859400,200,5853300\n5859400,200,5853300,18\n"
                               "5859400,200,5853300,18\n5859400,200,5853300,18\n";
    static const struct file MESSAGES = {
        "AAPL_2012-06-21_34200000_57600000_message_1.csv",
        "lobster",
        {{"34200.004241176,1,16113575,18,5853300,1", "2012-06-21T13:30:00.004241176Z NASDAQ AAPL 585.33x18 585.94x200"},
         {"34200.5,4,16113575,10,5853300,1",
          "2012-06-21T13:30:00.500000000Z NASDAQ AAPL 585.33x18 585.94x200 sell 585.33x10"},
         {"34201,7,0,0,-1,-1", "2012-06-21T13:30:01.000000000Z NASDAQ AAPL 585.33x18 -x0 status 1"},
         {"34202,7,0,0,1,-1", "2012-06-21T13:30:02.000000000Z NASDAQ AAPL -x0 585.94x200"},
         {"34203,1,1,1,1,1", "!no such line"},
         {"34203,4,1,0,1,1", "!the execution lacks"},
         {"8999999999,1,1,1,1,1", "!the message lacks its time"},
         {"-1,1,1,1,1,1", "!the message lacks its time"},
         {"34203,1,1,1,1,1", "!no such line"}}};
    files_write("AAPL_2012-06-21_34200000_57600000_orderbook_1.csv", BOOK, sizeof BOOK - 1, FILES_PLAIN);
    check_file(&MESSAGES);
    /* In winter New York is five hours behind. */
    files_write("AAPL_2012-01-21_34200000_57600000_orderbook_1.csv", BOOK, sizeof BOOK - 1, FILES_PLAIN);
    static const struct file WINTER = {
        "AAPL_2012-01-21_34200000_57600000_message_1.csv",
        "lobster",
        {{"34200,1,16113575,18,5853300,1", "2012-01-21T14:30:00.000000000Z NASDAQ AAPL 585.33x18 585.94x200"}}};
    check_file(&WINTER);
    char path[PATH_SIZE];
    struct error error = {0};
    files_path(path, "AAPL_2012-06-22_34200000_57600000_message_1.csv");
    assert_null(format_open(path, "34200,1,1,18,5853300,1", 22, &error));
    assert_non_null(strstr(error.text, "orderbook"));
}

static void refuses_foreign_lines(void **state)
{
    (void)state;
    static const struct {
        const char *name, *line;
    } cases[] = {
        {"a", ""},
        {"a", "hello"},
        {"a", "1,2,3,4,5,true"},
        {"a", "\x7f\x45LF"},
        {"ticks.csv", "timestamp,bid,ask"},
        {"x-trades.csv", "hello,1,2,3,4,5"},
        {"a", "1700000000000000000 [1]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = {0};
        struct format *format = format_open(cases[i].name, cases[i].line, strlen(cases[i].line), &error);
        if (format != NULL)
            fail_msg("%s: %s is taken for %s", cases[i].name, cases[i].line, format_name(format));
        assert_int_equal(error.kind, ERROR_USAGE);
    }
    format_close(NULL);
}

static void reads_the_recordings_beside_the_project(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint64_t books, trades;
    } recordings[] = {
        {"cryptofeed_BINANCE.ws.1.0", 0, 0},
        {"cryptofeed_COINBASE.ws.28.0", 0, 97},
        {"cryptofeed_KRAKEN.ws.50.0", 0, 0},
        {"nautilus_truefx_usdjpy_ticks_20130101.csv", 1000, 0},
    };
    for (size_t i = 0; i < sizeof recordings / sizeof *recordings; i++) {
        char path[PATH_SIZE], text[2 * PATH_SIZE];
        if (!files_shared(path, recordings[i].name))
            skip();
        struct feed_spec spec;
        struct error error = {0};
        struct quote raw;
        snprintf(text, sizeof text, "recording:%s", path);
        assert_int_equal(feed_spec_parse(&spec, text, &error), 0);
        struct recording *recording = recording_open(&spec, &error);
        if (recording == NULL)
            fail_msg("%s", error.text);
        while (recording_next(recording, &raw, &error) == 1) {
        }
        const struct recording_counts *counts = recording_counts(recording);
        printf("%s: %llu books, %llu trades, %llu other lines, %llu bad %s\n", recordings[i].name,
               (unsigned long long)counts->books, (unsigned long long)counts->trades,
               (unsigned long long)counts->ignored, (unsigned long long)counts->bad_lines, counts->first_bad);
        assert_int_equal(counts->bad_lines, 0);
        assert_true(counts->books >= recordings[i].books && counts->books > 0);
        assert_int_equal(counts->trades, recordings[i].trades);
        recording_close(recording);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_each_format, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_two_files_of_lobster, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_foreign_lines, setup, teardown),
        cmocka_unit_test(reads_the_recordings_beside_the_project),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
