/* Subjects and message ids are read by programs in other languages: each is compared with docs/wire.md letter by
 * letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/subject.h"
#include "samples.h"

static void every_kind_has_its_subject_and_id(void **state)
{
    (void)state;
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        const struct sample *sample = &samples[kind];
        char payload[SAMPLE_PAYLOAD_SIZE];
        char subject[SUBJECT_SIZE];
        char id[MESSAGE_ID_SIZE];
        struct event event;
        size_t length = sample_write(sample, sample_all(sample), 0, NULL, payload);
        assert_int_equal(event_decode_kind(&event, sample->kind, payload, length, NULL, NULL), 0);
        subject_of(&event, subject);
        message_id_of(&event, id);
        assert_string_equal(subject, sample->subject);
        assert_string_equal(id, sample->message_id);
        assert_int_equal(subject_kind(subject), kind);
        assert_true(subject_agrees(subject, &event));
    }
}

static void both_decisions_have_one_id(void **state)
{
    (void)state;
    struct event event = event_empty(EVENT_ORDER_VALIDATED);
    char validated[MESSAGE_ID_SIZE];
    char rejected[MESSAGE_ID_SIZE];
    strcpy(event.decision.order.order_id, "x");
    message_id_of(&event, validated);
    event.kind = EVENT_ORDER_REJECTED;
    message_id_of(&event, rejected);
    assert_string_equal(validated, rejected);
}

static void strange_subjects_are_none_of_ours(void **state)
{
    (void)state;
    static const char *const strange[] = {
        "",
        ".",
        "md",
        "md.",
        "md.nyse",
        "md.nyse.",
        "md..AAPL",
        "md.nyse.AAPL.extra",
        "mdx.nyse.AAPL",
        "MD.nyse.AAPL",
        " md.nyse.AAPL",
        "orders",
        "orders.",
        "orders.new.x",
        "orders.newer",
        "orders.accepted",
        "orders.accepted.",
        "orders.accepted.a.b",
        "orders.replace.x",
        "orders.replaced",
        "orders.state.x",
        "positions.SIM-1",
        "positions.SIM-1.AAPL.x",
        "risk.alerts",
        "risk.alerts.a.b",
        "risk.acks.x",
        "risk.exposure",
        "dead.ORDERS",
        "$JS.API.INFO",
    };
    for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
        if (subject_kind(strange[i]) != -1) {
            fail_msg("\"%s\" is taken for a %s", strange[i],
                     event_kind_name((enum event_kind)subject_kind(strange[i])));
        }
    }
}

static void tokens_are_escaped_and_back(void **state)
{
    (void)state;
    static const struct {
        const char *text, *token;
    } cases[] = {
        {"AAPL", "AAPL"}, {"BTC-USD", "BTC-USD"}, {"a_Z-09", "a_Z-09"}, {"BRK.B", "BRK%2EB"},   {"ES Z6", "ES%20Z6"},
        {"*", "%2A"},     {">", "%3E"},           {"100%", "100%25"},   {"A/B:C", "A%2FB%3AC"}, {"\xC3\xA9", "%C3%A9"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char token[64];
        char text[64];
        assert_int_equal(subject_escape(token, sizeof(token), cases[i].text), strlen(cases[i].token));
        assert_string_equal(token, cases[i].token);
        assert_true(subject_unescape(text, sizeof(text), token, strlen(token)));
        assert_string_equal(text, cases[i].text);
    }
    static const char *const bad[] = {"%", "%2", "BRK%2", "%GG", "%2e", "%2G", "%00", "A%00B", "%%", "% 1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[64];
        assert_false(subject_unescape(text, sizeof(text), bad[i], strlen(bad[i])));
    }
    char text[4];
    assert_true(subject_unescape(text, sizeof(text), "ABC.D", 3)); /* only the bytes given */
    assert_string_equal(text, "ABC");
    assert_true(subject_unescape(text, sizeof(text), "A%2EB", 5));
    assert_false(subject_unescape(text, sizeof(text), "ABCD", 4));
    assert_false(subject_unescape(text, 0, "", 0));
}

static void the_longest_names_fit(void **state)
{
    (void)state;
    char subject[SUBJECT_SIZE];
    char id[MESSAGE_ID_SIZE];
    struct event event = event_empty(EVENT_POSITION);
    memset(event.position.account, '.', ACCOUNT_SIZE - 1);
    memset(event.position.symbol, '.', SYMBOL_SIZE - 1);
    event.position.epoch = event.position.orders_seq = UINT64_MAX;
    subject_of(&event, subject);
    message_id_of(&event, id);
    assert_int_equal(strlen(subject), strlen("positions..") + 3 * (ACCOUNT_SIZE - 1 + SYMBOL_SIZE - 1));
    assert_true(subject_agrees(subject, &event));
    assert_non_null(strstr(id, ":18446744073709551615:18446744073709551615"));
    event = event_empty(EVENT_QUOTE);
    memset(event.quote.exchange, 'X', EXCHANGE_SIZE - 1);
    event.quote.exchange[0] = '.';
    memset(event.quote.symbol, '%', SYMBOL_SIZE - 1);
    subject_of(&event, subject);
    assert_memory_equal(subject, "md.%2Exxx", 9);
    assert_int_equal(subject_kind(subject), EVENT_QUOTE);
    assert_true(subject_agrees(subject, &event));
}

static void patterns_match_as_the_server_does(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *subject;
        bool matches;
    } cases[] = {
        {"md.>", "md.nyse.AAPL", true},
        {"md.nyse.>", "md.nyse.AAPL", true},
        {"md.nyse.>", "md.nasdaq.TSLA", false},
        {"md.*.AAPL", "md.nyse.AAPL", true},
        {"md.*.AAPL", "md.nyse.GOOG", false},
        {"md.*.*", "md.nyse.AAPL", true},
        {"md.*", "md.nyse.AAPL", false},
        {"md.*.*.*", "md.nyse.AAPL", false},
        {"*.nyse.*", "md.nyse.AAPL", true},
        {"orders.executed.*", "orders.executed.o-1", true},
        {"orders.executed.*", "orders.executed.o.1", false},
        {"orders.executed.*", "orders.executed", false},
        {"orders.>", "orders.new", true},
        {"orders.>", "orders", false},
        {">", "orders", true},
        {">", "a.b.c", true},
        {">", "", false},
        {"orders.new", "orders.new", true},
        {"orders.new", "orders.newer", false},
        {"orders.newer", "orders.new", false},
        {"orders", "orders.new", false},
        {"md.>.AAPL", "md.nyse.AAPL", false},
        {"md.nyse*.AAPL", "md.nyse.AAPL", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (subject_matches(cases[i].pattern, cases[i].subject) != cases[i].matches) {
            fail_msg("%s and %s", cases[i].pattern, cases[i].subject);
        }
    }
}

static void test_filters_of_quotes(void **state)
{
    (void)state;
    static const struct {
        const char *exchange, *symbol, *filter;
    } CASES[] = {
        {NULL, NULL, "md.*.>"},
        {"NYSE", NULL, "md.nyse.>"},
        {NULL, "BRK.B", "md.*.BRK%2EB"},
        {"A.B", "BTC-USD", "md.a%2Eb.BTC-USD"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char filter[SUBJECT_SIZE];
        subject_of_quotes(filter, CASES[i].exchange, CASES[i].symbol);
        assert_string_equal(filter, CASES[i].filter);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filters_of_quotes),
        cmocka_unit_test(every_kind_has_its_subject_and_id),
        cmocka_unit_test(both_decisions_have_one_id),
        cmocka_unit_test(strange_subjects_are_none_of_ours),
        cmocka_unit_test(tokens_are_escaped_and_back),
        cmocka_unit_test(the_longest_names_fit),
        cmocka_unit_test(patterns_match_as_the_server_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
