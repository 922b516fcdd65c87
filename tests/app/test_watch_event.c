/* Lines of events: text, JSON, CSV. */
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

#include "app/watch_event.h"
#include "core/event.h"

#define TIME "1970-01-01T00:00:01.000000000Z"

enum form { TEXT, JSON, CSV };

/* The line of a message that is the seventh of its stream; the caller frees it. */
static char *line_of(enum form form, const char *subject, const char *payload, uint64_t *kinds)
{
    struct event decoded;
    struct watch_event event = {.sequence = 7,
                                .stored_ns = 1000000000,
                                .subject = subject,
                                .payload = payload,
                                .payload_bytes = strlen(payload)};
    size_t size = watch_event_size(&event), length;
    char *line = malloc(size), *scratch = malloc(size);

    assert_true(line != NULL && scratch != NULL);
    if (event_decode(&decoded, subject, payload, strlen(payload), NULL, NULL) == 0 && decoded.kind == EVENT_QUOTE)
        event.quote = &decoded.quote;
    if (form == TEXT)
        length = watch_event_text(line, scratch, &event);
    else if (form == JSON)
        length = watch_event_json(line, scratch, &event);
    else
        length = watch_event_csv(line, scratch, &event, kinds);
    assert_int_equal(length, strlen(line));
    free(scratch);
    return line;
}

static void test_text_and_json(void **state)
{
    (void)state;
    static const struct {
        enum form form;
        const char *subject, *payload, *line;
    } CASES[] = {
        {TEXT, "orders.new", "{\"a\":1}", "7 " TIME " orders.new {\"a\":1}\n"},
        {TEXT, "orders.new", "{\n\t\"a\":\x1b[31m1}", "7 " TIME " orders.new {\"a\":[31m1}\n"},
        {TEXT, "a.b", "", "7 " TIME " a.b \n"},
        {TEXT, "a.\xE2\x80\xAE", "\xFF", "7 " TIME " a. \xEF\xBF\xBD\n"},
        {JSON, "orders.new", "{\"a\":1.50,\"b\":\"x\\\"y\",\"c\":{\"d\":[]}}",
         "{\"a\":1.50,\"b\":\"x\\\"y\",\"c\":{\"d\":[]},\"stream_sequence\":7,\"stored\":\"" TIME
         "\",\"subject\":\"orders.new\"}\n"},
        {JSON, "s", "{}", "{\"stream_sequence\":7,\"stored\":\"" TIME "\",\"subject\":\"s\"}\n"},
        {JSON, "s", "{\"subject\":\"other\",\"k\":null}",
         "{\"k\":null,\"stream_sequence\":7,\"stored\":\"" TIME "\",\"subject\":\"s\"}\n"},
        {JSON, "s", "no \"json\"\n",
         "{\"payload\":\"no \\\"json\\\"\",\"stream_sequence\":7,\"stored\":\"" TIME "\",\"subject\":\"s\"}\n"},
        {JSON, "s", "", "{\"payload\":\"\",\"stream_sequence\":7,\"stored\":\"" TIME "\",\"subject\":\"s\"}\n"},
    };

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        char *line = line_of(CASES[i].form, CASES[i].subject, CASES[i].payload, NULL);

        assert_string_equal(line, CASES[i].line);
        free(line);
    }
}

static void test_csv(void **state)
{
    (void)state;
    static const struct {
        const char *subject, *payload, *line;
    } CASES[] = {
        {"orders.cancelled.A",
         "{\"order_id\":\"A\",\"reason\":\"a,\\\"b\\\"\",\"symbol\":\"X\",\"unknown\":1,\"cumulative_quantity\":5.50}",
         "kind,sequence,time,subject,order_id,account,symbol,exchange,cumulative_quantity,reason,request_id,timestamp\n"
         "order cancelled,7," TIME ",orders.cancelled.A,A,,X,,5.50,\"a,\"\"b\"\"\",,\n"},
        {"orders.cancelled.B", "{\"order_id\":null}", "order cancelled,7," TIME ",orders.cancelled.B,,,,,,,,\n"},
        {"dead.ORDERS", "no, json", "kind,sequence,time,subject,payload\nother,7," TIME ",dead.ORDERS,\"no, json\"\n"},
        {"orders.cancelled.C", "no json", "other,7," TIME ",orders.cancelled.C,no json\n"},
        {"md.nyse.AAPL",
         "{\"symbol\":\"AAPL\",\"exchange\":\"NYSE\",\"bid\":189.01,\"ask\":189.02,\"timestamp\":\"2026-11-23T14:30:"
         "00Z\"}",
         "kind,sequence,time,subject,symbol,exchange,bid,ask,bid_size,ask_size,last,last_size,last_side,trade_id,"
         "volume,"
         "seq,source,conflated,status,condition,received,timestamp,spread\n"
         "quote,7," TIME ",md.nyse.AAPL,AAPL,NYSE,189.01,189.02,,,,,,,,,,,,,,2026-11-23T14:30:00Z,0.01\n"},
        {"md.nyse.MSFT", "{\"symbol\":1}", "quote,7," TIME ",md.nyse.MSFT,1,,,,,,,,,,,,,,,,,,\n"},
    };
    uint64_t kinds = 0;

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        char *line = line_of(CSV, CASES[i].subject, CASES[i].payload, &kinds);

        assert_string_equal(line, CASES[i].line);
        free(line);
    }
}

static void test_large_and_ugly(void **state)
{
    (void)state;
    static const char *const PAYLOADS[] = {"\xFF", "\"", "{\"order_id\":\"\\\"\"}", "\x01", "\\"};

    /* Whatever the bytes, the lines fit into their room. */
    for (size_t i = 0; i < sizeof(PAYLOADS) / sizeof(PAYLOADS[0]); i++) {
        size_t length = strlen(PAYLOADS[i]);
        char *payload = calloc(1, 100000 * length + 1);
        uint64_t kinds = 0;

        assert_non_null(payload);
        for (size_t n = 0; n < (PAYLOADS[i][0] == '{' ? 1u : 100000u); n++)
            memcpy(payload + n * length, PAYLOADS[i], length);
        for (enum form form = TEXT; form <= CSV; form++)
            free(line_of(form, "orders.cancelled.X", payload, &kinds));
        free(payload);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_and_json),
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_large_and_ugly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
