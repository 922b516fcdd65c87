/* Changes over HTTP other than placing an order: replacements, cancels, halts, acknowledgements; and the views of risk,
 * alerts and an order's events. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "test_gateway_rig.h"

static int set_up(void **state)
{
    *state = rig_create();
    return 0;
}

static int tear_down(void **state)
{
    rig_destroy(*state);
    return 0;
}

static void assert_answer(const struct answer *answer, long status, const char *part)
{
    if (answer->status != status)
        fail_msg("status %ld instead of %ld: %s", answer->status, status, answer->body);
    if (strstr(answer->body, part) == NULL)
        fail_msg("\"%s\" is not in: %s", part, answer->body);
    const char *type = status >= 400 ? "Content-Type: application/problem+json" : "Content-Type: application/json";
    if (strstr(answer->headers, type) == NULL)
        fail_msg("not %s: %s", type, answer->headers);
}

static struct answer ask(struct rig *rig, const char *method, const char *path, const char *body)
{
    return rig_ask(rig, method, path, body, NULL);
}

/* An order that works. */
static void place(struct rig *rig, const char *id, const char *symbol)
{
    char body[256];
    snprintf(body, sizeof body,
             "{\"client_order_id\":\"%s\",\"symbol\":\"%s\",\"side\":\"buy\",\"type\":\"limit\",\"quantity\":100,"
             "\"limit_price\":189.01}",
             id, symbol);
    struct answer answer = ask(rig, "POST", "/v1/orders", body);
    assert_answer(&answer, 201, "\"order_id\"");
    struct event accepted = event_empty(EVENT_ORDER_ACCEPTED);
    text_copy(accepted.acknowledgement.order_id, ID_SIZE, id);
    rig_fold(rig, &accepted);
}

static void a_replacement_is_asked_for(void **state)
{
    struct rig *rig = *state;
    place(rig, "first", "AAPL");
    struct answer answer = ask(rig, "PATCH", "/v1/orders/first",
                               "{\"quantity\":\"50\",\"limit_price\":188.5,\"request_id\":\"request-1\"}");
    assert_answer(&answer, 202, "\"request_id\":\"request-1\"");
    assert_answer(&answer, 202, "\"order_id\":\"first\"");
    struct event sent = rig_last(rig);
    assert_int_equal(sent.kind, EVENT_ORDER_REPLACE);
    assert_string_equal(sent.change.order_id, "first");
    assert_string_equal(sent.change.request_id, "request-1");
    assert_string_equal(sent.change.account, "SIM-1");
    assert_string_equal(sent.change.source, "rest");
    assert_true(sent.change.quantity == 50 * QUANTITY_ONE);
    assert_true(sent.change.limit_price == 188 * PRICE_ONE + PRICE_ONE / 2);
    assert_true(sent.change.stop_price == DECIMAL_NONE);
    answer = ask(rig, "GET", "/v1/orders/first", NULL);
    assert_answer(&answer, 200, "\"replace_pending\":true");
}

static void bad_replacements_change_nothing(void **state)
{
    static const struct {
        const char *path, *body;
        long status;
        const char *code;
    } cases[] = {
        {"/v1/orders/first", "", 400, "BAD_JSON"},
        {"/v1/orders/first", "{}", 400, "BAD_REQUEST"},
        {"/v1/orders/first", "[]", 400, "BAD_JSON"},
        {"/v1/orders/first", "{\"quantity\":null}", 400, "BAD_REQUEST"},
        {"/v1/orders/first", "{\"quantity\":\"ten\"}", 400, "BAD_REQUEST"},
        {"/v1/orders/first", "{\"quantity\":1e3}", 400, "BAD_REQUEST"},
        {"/v1/orders/first", "{\"quantity\":1,\"quantity\":2}", 400, "DOUBLED_FIELD"},
        {"/v1/orders/first", "{\"quantity\":1,\"request_id\":\"short\"}", 400, "BAD_REQUEST"},
        {"/v1/orders/first", "{\"quantity\":0}", 422, "BAD_LOT"},
        {"/v1/orders/first", "{\"quantity\":-5}", 422, "BAD_LOT"},
        {"/v1/orders/first", "{\"quantity\":99999999999999999999}", 422, "BAD_LOT"},
        {"/v1/orders/first", "{\"limit_price\":1.0000000001}", 422, "BAD_TICK"},
        {"/v1/orders/first", "{\"stop_price\":180}", 422, "BAD_TYPE"},
        {"/v1/orders/nobody", "{\"quantity\":1}", 404, "UNKNOWN_ORDER"},
        {"/v1/orders/done", "{\"quantity\":1}", 409, "ORDER_DONE"},
    };
    struct rig *rig = *state;
    place(rig, "first", "AAPL");
    rig_tape(rig, RIG_REJECTS, "PRICE_COLLAR");
    assert_int_equal(ask(rig, "POST", "/v1/orders",
                         "{\"client_order_id\":\"done\",\"symbol\":\"AAPL\",\"side\":\"buy\",\"type\":\"market\","
                         "\"quantity\":1}")
                         .status,
                     403);
    size_t published = rig_published(rig);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer answer = ask(rig, "PATCH", cases[i].path, cases[i].body);
        assert_answer(&answer, cases[i].status, cases[i].code);
    }
    assert_int_equal(
        rig_ask(rig, "PATCH", "/v1/orders/first", "{}", &(struct oddities){.content_type = "text/plain"}).status, 415);
    assert_int_equal(rig_published(rig), published);
}

static void what_becomes_of_a_change(void **state)
{
    static const struct {
        enum rig_tape tape;
        long status;
        const char *part;
    } cases[] = {
        {RIG_ACKNOWLEDGES, 202, "\"order_id\":\"first\""},
        {RIG_UNKNOWN, 503, "\"UNKNOWN\""},
        {RIG_REFUSES, 503, "\"NOT_STORED\""},
        {RIG_FULL, 503, "\"BUSY\""},
    };
    struct rig *rig = *state;
    place(rig, "first", "AAPL");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rig_tape(rig, cases[i].tape, NULL);
        struct answer answer = ask(rig, "PATCH", "/v1/orders/first", "{\"quantity\":7}");
        assert_answer(&answer, cases[i].status, cases[i].part);
        answer = ask(rig, "DELETE", "/v1/orders/first", NULL);
        assert_answer(&answer, cases[i].status, cases[i].part);
        answer = ask(rig, "POST", "/v1/risk/halt", "{}");
        assert_answer(&answer, cases[i].status, i == 0 ? "\"state\":\"halted\"" : cases[i].part);
    }
    rig_connect(rig, false);
    struct answer answer = ask(rig, "POST", "/v1/risk/halt", "{}");
    assert_answer(&answer, 503, "NOT_CONNECTED");
    answer = ask(rig, "DELETE", "/v1/orders", NULL);
    assert_answer(&answer, 503, "NOT_CONNECTED");
}

static void all_orders_of_a_scope_are_cancelled(void **state)
{
    static const struct {
        const char *path;
        int cancels;
    } cases[] = {
        {"/v1/orders?symbol=MSFT", 1},
        {"/v1/orders?symbol=NOTHING", 0},
        {"/v1/orders?account=OTHER", 0},
        {"/v1/orders?account=SIM-1&exchange=nyse", 2},
        {"/v1/orders", 3},
    };
    struct rig *rig = *state;
    place(rig, "a", "AAPL");
    place(rig, "b", "MSFT");
    place(rig, "c", "BTC-USD");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t before = rig_published(rig);
        struct answer answer = ask(rig, "DELETE", cases[i].path, NULL);
        assert_answer(&answer, 207, "{\"orders\":[");
        int cancels = 0;
        for (const char *at = answer.body; (at = strstr(at, "\"status\":202")) != NULL; at++)
            cancels++;
        if (cancels != cases[i].cancels || rig_published(rig) - before != (size_t)cancels)
            fail_msg("%s: %s", cases[i].path, answer.body);
    }
    assert_int_equal(rig_last(rig).kind, EVENT_ORDER_CANCEL);
    rig_tape(rig, RIG_UNKNOWN, NULL);
    struct answer answer = ask(rig, "DELETE", "/v1/orders?symbol=AAPL", NULL);
    assert_answer(&answer, 207, "{\"order_id\":\"a\",\"status\":503}");
}

static void the_trading_state_is_changed(void **state)
{
    static const struct {
        const char *call, *body, *word, *scope, *by;
    } cases[] = {
        {"/v1/risk/halt", "", "halted", "*", "rest"},
        {"/v1/risk/reduce", "{\"scope\":\"SIM-1\",\"reason\":\"too much\"}", "reducing", "SIM-1", "rest"},
        {"/v1/risk/halt", "{\"scope\":\"SIM-1/AAPL\",\"by\":null}", "halted", "SIM-1/AAPL", "rest"},
        {"/v1/risk/flatten", "{\"scope\":\"SIM-2\",\"by\":\"Kim\"}", "halted", "SIM-2", "Kim"},
        {"/v1/risk/resume", "{\"scope\":null,\"by\":\"Ana María\"}", "active", "*", "Ana María"},
    };
    struct rig *rig = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char part[64];
        struct answer answer = ask(rig, "POST", cases[i].call, cases[i].body);
        snprintf(part, sizeof part, "{\"state\":\"%s\",\"scope\":\"%s\"", cases[i].word, cases[i].scope);
        assert_answer(&answer, 202, part);
        assert_string_equal(rig_last(rig).state.scope, cases[i].scope);
        assert_string_equal(rig_last(rig).state.by, cases[i].by);
        bool flattens = strstr(cases[i].call, "flatten") != NULL;
        assert_int_equal(rig_last(rig).state.step, flattens ? STEP_FLATTEN : STEP_NONE);
    }
    struct answer answer = ask(rig, "GET", "/v1/risk", NULL);
    assert_answer(&answer, 200, "{\"trading_state\":\"reducing\",\"states\":[{\"state\":\"active\",\"scope\":\"*\"");
    assert_answer(&answer, 200, "\"reason\":\"too much\"");
    assert_answer(&answer, 200, "\"exposures\":[]}");
    static const char *const bad[] = {"{\"scope\":\"\"}",
                                      "{\"scope\":\"a/b/c\"}",
                                      "{\"scope\":\"/x\"}",
                                      "{\"scope\":\"x/\"}",
                                      "{\"scope\":\"**\"}",
                                      "{\"scope\":7}",
                                      "{\"reason\":7}",
                                      "{\"scope\":\"\\u202e\"}",
                                      "{\"by\":\"\"}",
                                      "{\"by\":7}",
                                      "{\"by\":\"12345678901234567890123456789012\"}",
                                      "nonsense"};
    size_t published = rig_published(rig);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        answer = ask(rig, "POST", "/v1/risk/resume", bad[i]);
        assert_answer(&answer, 400, "\"code\":\"BAD_");
    }
    assert_int_equal(rig_published(rig), published);
}

/* Nobody has to wait for a long history to be read before trading can be stopped. */
static void a_halt_waits_for_no_history(void **state)
{
    struct rig *rig = *state;
    rig_live(rig, false);
    assert_int_equal(ask(rig, "POST", "/v1/risk/halt", "{}").status, 202);
    assert_int_equal(rig_last(rig).kind, EVENT_TRADING_STATE);
}

static struct event make_alert(const char *id, bool raised, uint32_t version)
{
    struct event event = event_empty(EVENT_ALERT);
    text_copy(event.alert.alert_id, ALERT_ID_SIZE, id);
    text_copy(event.alert.rule, RULE_SIZE, "stale_quote");
    text_copy(event.alert.message, REASON_SIZE, "no quote for 6 s");
    event.alert.severity = SEVERITY_WARNING;
    event.alert.raised = raised;
    event.alert.version = version;
    return event;
}

static void alerts_are_seen_and_acknowledged(void **state)
{
    struct rig *rig = *state;
    struct event alert = make_alert("stale_quote:SIM-1/AAPL:17", true, 1);
    struct event cleared = make_alert("stale_quote:MSFT:18", false, 2);
    rig_fold(rig, &alert);
    rig_fold(rig, &cleared);
    struct answer answer = ask(rig, "GET", "/v1/alerts", NULL);
    assert_answer(&answer, 200, "\"alert_id\":\"stale_quote:SIM-1/AAPL:17\"");
    assert_answer(&answer, 200, "\"acknowledged\":false");
    answer = ask(rig, "GET", "/v1/alerts?state=cleared", NULL);
    assert_answer(&answer, 200, "{\"alerts\":[{\"alert_id\":\"stale_quote:MSFT:18\"");
    answer = ask(rig, "GET", "/v1/alerts?state=other", NULL);
    assert_answer(&answer, 400, "BAD_REQUEST");
    static const char *const paths[] = {"/v1/alerts/stale_quote:SIM-1/AAPL:17/ack",
                                        "/v1/alerts/stale_quote%3ASIM-1%2FAAPL%3A17/ack"};
    for (size_t i = 0; i < 2; i++) {
        answer = ask(rig, "POST", paths[i], "");
        assert_answer(&answer, 202, "\"alert_id\":\"stale_quote:SIM-1/AAPL:17\",\"action\":\"ack\",\"by\":\"rest\"");
    }
    answer = ask(rig, "GET", "/v1/alerts?state=raised", NULL);
    assert_answer(&answer, 200, "\"acknowledged\":true,\"acknowledged_by\":\"rest\"");
    answer = ask(rig, "POST", paths[0], "{\"action\":\"shelve\",\"until\":\"2030-01-01T00:00:00Z\"}");
    assert_answer(&answer, 202, "\"until\":\"2030-01-01T00:00:00.000000000Z\"");
    answer = ask(rig, "GET", "/v1/alerts", NULL);
    assert_answer(&answer, 200, "\"shelved_until\":\"2030-01-01T00:00:00.000000000Z\"");
    size_t published = rig_published(rig);
    answer = ask(rig, "POST", "/v1/alerts/nothing/ack", "");
    assert_answer(&answer, 404, "UNKNOWN_ALERT");
    static const char *const bad[] = {"{\"action\":\"dance\"}",   "{\"action\":\"shelve\"}",
                                      "{\"action\":\"comment\"}", "{\"until\":\"yesterday\"}",
                                      "{\"action\":1}",           "["};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        answer = ask(rig, "POST", paths[0], bad[i]);
        assert_answer(&answer, 400, "\"code\":\"BAD_");
    }
    assert_int_equal(rig_published(rig), published);
}

static void an_order_has_its_events(void **state)
{
    struct rig *rig = *state;
    place(rig, "first", "AAPL");
    place(rig, "other", "AAPL");
    ask(rig, "DELETE", "/v1/orders/first", NULL);
    struct answer answer = ask(rig, "GET", "/v1/orders/first/events", NULL);
    assert_answer(&answer, 200,
                  "{\"order_id\":\"first\",\"complete\":true,\"events\":[{\"stream\":\"ORDERS\",\"sequence\":1,");
    assert_answer(&answer, 200, "\"subject\":\"orders.new\",\"message\":{\"order_id\":\"first\"");
    assert_answer(&answer, 200, "\"subject\":\"orders.validated\"");
    assert_answer(&answer, 200, "\"subject\":\"orders.accepted.first\"");
    assert_answer(&answer, 200, "\"subject\":\"orders.cancel\"");
    assert_null(strstr(answer.body, "other"));
}

int main(void)
{
#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_RIG(a_replacement_is_asked_for),       WITH_RIG(bad_replacements_change_nothing),
        WITH_RIG(what_becomes_of_a_change),         WITH_RIG(all_orders_of_a_scope_are_cancelled),
        WITH_RIG(the_trading_state_is_changed),     WITH_RIG(a_halt_waits_for_no_history),
        WITH_RIG(alerts_are_seen_and_acknowledged), WITH_RIG(an_order_has_its_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
