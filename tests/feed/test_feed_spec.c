/* What `--feed` understands, and what it says about the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed/feed_spec.h"

struct good {
    const char *text;
    enum feed_kind kind;
    uint64_t seed;
    int64_t rate_microhz, speed_millionths;
    const char *files; /* joined by | */
};

static const struct good GOOD[] = {
    {"sim", FEED_SIMULATOR, 1, 10000000, 1000000, ""},
    {"sim:seed=7", FEED_SIMULATOR, 7, 10000000, 1000000, ""},
    {"sim:rate=100000", FEED_SIMULATOR, 1, 100000000000, 1000000, ""},
    {"sim:rate=0.5,seed=18446744073709551615", FEED_SIMULATOR, UINT64_MAX, 500000, 1000000, ""},
    {"sim:seed=0,rate=0.001", FEED_SIMULATOR, 0, 1000, 1000000, ""},
    {"none", FEED_NONE, 1, 10000000, 1000000, ""},
    {"recording:a.gz", FEED_RECORDING, 1, 10000000, 1000000, "a.gz"},
    {"recording:/x y/a.gz;b", FEED_RECORDING, 1, 10000000, 1000000, "/x y/a.gz|b"},
    {"recording:a;b;c,speed=max", FEED_RECORDING, 1, 10000000, 0, "a|b|c"},
    {"recording:a,speed=2.5", FEED_RECORDING, 1, 10000000, 2500000, "a"},
    {"recording:a,speed=1000000", FEED_RECORDING, 1, 10000000, 1000000000000, "a"},
    {"recording:C:a,1.gz,speed=0.001", FEED_RECORDING, 1, 10000000, 1000, "C:a,1.gz"},
    {"recording:2024-08,09", FEED_RECORDING, 1, 10000000, 1000000, "2024-08,09"},
};

static void accepts_what_is_documented(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
        const struct good *good = &GOOD[i];
        struct feed_spec spec;
        struct error error = {0};
        if (feed_spec_parse(&spec, good->text, &error))
            fail_msg("%s: %s", good->text, error.text);
        assert_int_equal(spec.kind, good->kind);
        assert_true(spec.seed == good->seed);
        assert_int_equal(spec.rate_microhz, good->rate_microhz);
        assert_int_equal(spec.speed_millionths, good->speed_millionths);
        char files[256] = "";
        for (size_t file = 0; file < spec.file_count; file++) {
            strcat(files, file == 0 ? "" : "|");
            strcat(files, feed_spec_file(&spec, file));
        }
        assert_string_equal(files, good->files);
    }
}

static void knows_the_options_of_the_simulator(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t instruments;
        int64_t session_s;
        bool crash_day;
    } cases[] = {
        {"sim", 0, 0, false},
        {"sim:instruments=500,rate=20", 500, 0, false},
        {"sim:session=23400", 0, 23400, false},
        {"sim:seed=7,faults=crash-day", 0, 0, true},
        {"sim:faults=none,session=60,instruments=10000", 10000, 60, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct feed_spec spec;
        assert_int_equal(feed_spec_parse(&spec, cases[i].text, NULL), 0);
        assert_int_equal(spec.instruments, cases[i].instruments);
        assert_int_equal(spec.session_s, cases[i].session_s);
        assert_int_equal(spec.crash_day, cases[i].crash_day);
    }
}

static void accepts_live_venues(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const struct venue *venue;
        const char *symbols; /* joined by | */
        const char *url, *rest_url, *ca_file;
    } CASES[] = {
        {"kraken:BTC/USD", &VENUE_KRAKEN, "BTC/USD", "", "", ""},
        {"kraken:BTC/USD,AAPLx/USD", &VENUE_KRAKEN, "BTC/USD|AAPLx/USD", "", "", ""},
        {"binance:btcusdt,ETHUSDT", &VENUE_BINANCE, "BTCUSDT|ETHUSDT", "", "", ""},
        {"coinbase:btc-usd", &VENUE_COINBASE, "BTC-USD", "", "", ""},
        {"kraken:url=wss://localhost:7/v2,BTC/USD", &VENUE_KRAKEN, "BTC/USD", "wss://localhost:7/v2", "", ""},
        {"binance:btcusdt,rest=https://[::1]:7,ca=/a b/ca.pem", &VENUE_BINANCE, "BTCUSDT", "", "https://[::1]:7",
         "/a b/ca.pem"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct feed_spec spec;
        struct error error = {0};
        if (feed_spec_parse(&spec, CASES[i].text, &error))
            fail_msg("%s: %s", CASES[i].text, error.text);
        assert_int_equal(spec.kind, FEED_LIVE);
        assert_ptr_equal(spec.venue, CASES[i].venue);
        assert_string_equal(feed_spec_kind(&spec), CASES[i].venue->name);
        char symbols[256] = "";
        for (size_t j = 0; j < spec.symbol_count; j++) {
            strcat(symbols, j == 0 ? "" : "|");
            strcat(symbols, spec.symbols[j]);
        }
        assert_string_equal(symbols, CASES[i].symbols);
        assert_string_equal(spec.url, CASES[i].url);
        assert_string_equal(spec.rest_url, CASES[i].rest_url);
        assert_string_equal(spec.ca_file, CASES[i].ca_file);
    }
}

static void has_a_limit_of_instruments(void **state)
{
    (void)state;
    char text[2048] = "kraken:I0";
    struct feed_spec spec;
    for (int i = 1; i <= VENUE_SYMBOLS_MAX; i++) {
        struct error error = {0};
        assert_int_equal(feed_spec_parse(&spec, text, &error), 0);
        assert_int_equal(spec.symbol_count, i);
        sprintf(text + strlen(text), ",I%d", i);
    }
    assert_int_equal(feed_spec_parse(&spec, text, NULL), -1);
}

static const struct {
    const char *text, *said;
} BAD[] = {
    {"", "is no feed"},
    {"simulator", "'simulator' is no feed"},
    {"SIM", "is no feed"},
    {"none:", "is no feed"},
    {"none:x", "is no feed"},
    {"recording", "is no feed"},
    {" sim", "is no feed"},
    {"sim:", "not ''"},
    {"sim:seed", "'seed' lacks a value"},
    {"sim:seed=", "seed of a feed"},
    {"sim:seed=-1", "seed of a feed"},
    {"sim:seed=1.5", "not '1.5'"},
    {"sim:seed=18446744073709551616", "2^64-1"},
    {"sim:seed=1,", "not ''"},
    {"sim:seed=1,seed=2", "'seed' stands twice"},
    {"sim:rate=1,rate=1", "'rate' stands twice"},
    {"sim:speed=2", "not 'speed=2'"},
    {"sim:instruments=0", "from 1 to 10000"},
    {"sim:instruments=10001", "from 1 to 10000"},
    {"sim:instruments=", "from 1 to 10000"},
    {"sim:instruments=1,instruments=1", "'instruments' stands twice"},
    {"sim:session=59", "from 60 to 86400"},
    {"sim:session=86401", "from 60 to 86400"},
    {"sim:session=6.5h", "not '6.5h'"},
    {"sim:faults=", "none or crash-day"},
    {"sim:faults=crash", "not 'crash'"},
    {"sim:faults", "'faults' lacks a value"},
    {"sim:rate=0", "0.001 to 100000"},
    {"sim:rate=-5", "0.001 to 100000"},
    {"sim:rate=100000.1", "0.001 to 100000"},
    {"sim:rate=0.0001", "0.001 to 100000"},
    {"sim:rate=1e3", "not '1e3'"},
    {"sim:rate=nan", "not 'nan'"},
    {"sim:rate=99999999999999999999", "0.001 to 100000"},
    {"sim:rate= 5", "not ' 5'"},
    {"recording:", "empty file name"},
    {"recording:a;", "empty file name"},
    {"recording:;a", "empty file name"},
    {"recording:a;;b", "empty file name"},
    {"recording:,speed=2", "empty file name"},
    {"recording:a,speed=", "speed of a recording"},
    {"recording:a,speed=0", "0.001 to 1000000"},
    {"recording:a,speed=-1", "0.001 to 1000000"},
    {"recording:a,speed=1000000.5", "0.001 to 1000000"},
    {"recording:a,speed=fast", "not 'fast'"},
    {"recording:a,speed=max,speed=max", "'speed' stands twice"},
    {"recording:a,sped=2", "not 'sped=2'"},
    {"recording:a,rate=2,speed=2", "not 'rate=2'"},
    {"kraken", "is no feed"},
    {"bitmex:XBTUSD", "is no feed"},
    {"kraken:", "'' is no instrument of kraken"},
    {"kraken:BTC/USD,", "'' is no instrument of kraken"},
    {"kraken:BTC USD", "'BTC USD' is no instrument of kraken"},
    {"kraken:BTC\"USD", "is no instrument of kraken"},
    {"binance:btcusdt,BTCUSDT", "'BTCUSDT' of binance stands twice"},
    {"kraken:url=wss://localhost", "lacks its instruments"},
    {"kraken:BTC/USD,url=ws://localhost", "url= of kraken wants wss://..., not 'ws://localhost'"},
    {"kraken:BTC/USD,url=wss://", "wants wss://"},
    {"kraken:BTC/USD,url=wss://a,url=wss://b", "'url' of kraken stands twice"},
    {"binance:btcusdt,rest=http://localhost", "wants https://"},
    {"binance:btcusdt,ca=", "wants a file"},
    {"binance:btcusdt,depth=5", "not 'depth=5'"},
};

static void refuses_the_rest_with_a_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        struct feed_spec spec = {.seed = 42};
        struct error error = {0};
        if (feed_spec_parse(&spec, BAD[i].text, &error) != -1)
            fail_msg("'%s' was accepted", BAD[i].text);
        assert_int_equal(error.kind, ERROR_USAGE);
        if (strstr(error.text, BAD[i].said) == NULL)
            fail_msg("'%s' gave: %s", BAD[i].text, error.text);
        assert_true(spec.seed == 42);
        assert_int_equal(feed_spec_parse(&spec, BAD[i].text, NULL), -1);
    }
}

/* `count` names of `length` bytes each behind "recording:". */
static char *many_files(size_t count, size_t length)
{
    char *text = malloc(16 + count * (length + 1));
    assert_non_null(text);
    size_t at = (size_t)sprintf(text, "recording:");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            text[at++] = ';';
        memset(text + at, 'f', length);
        at += length;
    }
    text[at] = '\0';
    return text;
}

static void has_limits(void **state)
{
    (void)state;
    static const struct {
        size_t count, length;
        int result;
    } cases[] = {
        {FEED_FILES_MAX, 10, 0},  {FEED_FILES_MAX + 1, 1, -1},     {1, FEED_FILES_SIZE - 1, 0},
        {1, FEED_FILES_SIZE, -1}, {2, FEED_FILES_SIZE / 2 - 1, 0}, {2, FEED_FILES_SIZE / 2, -1},
        {1, 10000000, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = many_files(cases[i].count, cases[i].length);
        struct feed_spec spec;
        struct error error = {0};
        int result = feed_spec_parse(&spec, text, &error);
        free(text);
        assert_int_equal(result, cases[i].result);
        assert_int_equal(error.kind, result == 0 ? ERROR_NONE : ERROR_USAGE);
        if (result == 0)
            assert_int_equal(strlen(feed_spec_file(&spec, cases[i].count - 1)), cases[i].length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_what_is_documented),
        cmocka_unit_test(knows_the_options_of_the_simulator),
        cmocka_unit_test(accepts_live_venues),
        cmocka_unit_test(has_a_limit_of_instruments),
        cmocka_unit_test(refuses_the_rest_with_a_sentence),
        cmocka_unit_test(has_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
