/* The lines of `tapedeck watch`: what a pattern stands for, and quotes as text and as JSON. */
/* cmocka.h needs these before it, in this order. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdlib.h>
#include <string.h>

#include "app/watch_line.h"
#include "core/event.h"

static void test_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *filter; /* NULL: refused */
    } CASES[] = {
        {NULL, "md.>"},
        {"md.>", "md.>"},
        {"md.nyse.>", "md.nyse.>"},
        {"md.*.AAPL", "md.*.AAPL"},
        {"md.nyse.BRK%2EB", "md.nyse.BRK%2EB"},
        {"AAPL", "md.*.AAPL"},
        {"BTC-USD", "md.*.BTC-USD"},
        {"A/B", "md.*.A%2FB"},
        {"BRK%2EB", "md.*.BRK%2EB"},
        {"50%", "md.*.50%25"},
        {"", NULL},
        {">", NULL},
        {"*", NULL},
        {"nyse.AAPL", NULL},
        {"orders.>", NULL},
        {"md.", NULL},
        {"md..AAPL", NULL},
        {"md.>.AAPL", NULL},
        {"md.nyse.A*", NULL},
        {"md.nyse.A>", NULL},
        {"md nyse", NULL},
        {"AAPL\r\nPUB x 0", NULL},
    };

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        char filter[SUBJECT_SIZE];
        struct error error = {0};
        int result = watch_line_filter(filter, CASES[i].pattern, &error);

        assert_int_equal(result, CASES[i].filter != NULL ? 0 : -1);
        if (CASES[i].filter != NULL)
            assert_string_equal(filter, CASES[i].filter);
        else
            assert_int_equal(error.kind, ERROR_USAGE);
    }
    char filter[SUBJECT_SIZE], huge[1000];
    memset(huge, 'A', sizeof(huge) - 1);
    huge[sizeof(huge) - 1] = '\0';
    assert_int_equal(watch_line_filter(filter, huge, NULL), -1);
}

static struct quote quote_of(const char *bid, const char *ask)
{
    struct quote quote = event_empty(EVENT_QUOTE).quote;

    strcpy(quote.symbol, "AAPL");
    strcpy(quote.exchange, "NYSE");
    assert_true(decimal_parse(bid, strlen(bid), PRICE_DECIMALS, &quote.bid));
    assert_true(decimal_parse(ask, strlen(ask), PRICE_DECIMALS, &quote.ask));
    return quote;
}

static void test_lines_of_text(void **state)
{
    (void)state;
    static const struct {
        const char *bid, *ask, *line;
    } CASES[] = {
        {"189.01", "189.02", "AAPL: bid=189.01, ask=189.02, spread=0.0100\n"},
        {"189", "189.125", "AAPL: bid=189.00, ask=189.125, spread=0.1250\n"},
        {"0.000000001", "0.00000001", "AAPL: bid=0.000000001, ask=0.00000001, spread=0.000000009\n"},
        {"1.5", "1.5", "AAPL: bid=1.50, ask=1.50, spread=0.0000\n"},
        {"2", "1.9", "AAPL: bid=2.00, ask=1.90, spread=-0.1000\n"},
        {"-9000000000", "9000000000", "AAPL: bid=-9000000000.00, ask=9000000000.00, spread=18000000000.0000\n"},
    };

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        char line[WATCH_LINE_SIZE];
        struct quote quote = quote_of(CASES[i].bid, CASES[i].ask);

        assert_int_equal(watch_line_text(line, &quote), strlen(CASES[i].line));
        assert_string_equal(line, CASES[i].line);
    }
}

static void test_lines_of_json(void **state)
{
    (void)state;
    static const struct {
        const char *payload, *line;
    } CASES[] = {
        {"{\"symbol\":\"AAPL\",\"bid\":189.01,\"ask\":189.02}",
         "{\"symbol\":\"AAPL\",\"bid\":189.01,\"ask\":189.02,\"spread\":0.01}\n"},
        {"{ \"bid\" : \"189.010\",\n  \"x\": [1, {\"y\": null}], \"spread\": 7, \"t\": \"a\\\"\\u001b\" }",
         "{\"bid\":\"189.010\",\"x\":[1, {\"y\": null}],\"t\":\"a\\\"\\u001b\",\"spread\":0.01}\n"},
        {"{}", "{\"spread\":0.01}\n"},
        {"{\"t\":\"a\xC2\x9B\xE2\x80\xAE\"}", "{\"t\":\"a\",\"spread\":0.01}\n"},
    };
    struct quote quote = quote_of("189.01", "189.02");

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        size_t bytes = strlen(CASES[i].payload), size = watch_line_json_size(bytes);
        char *line = malloc(size), *scratch = malloc(size);

        assert_true(line != NULL && scratch != NULL);
        assert_int_equal(watch_line_json(line, scratch, CASES[i].payload, bytes, &quote), strlen(CASES[i].line));
        assert_string_equal(line, CASES[i].line);
        free(line);
        free(scratch);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_lines_of_text),
        cmocka_unit_test(test_lines_of_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
