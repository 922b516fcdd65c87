/* Orders over HTTP: what each fate on the tape is answered with, and that an id is an order once. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"
#include "test_gateway_rig.h"

#define LIMIT_ORDER(id)                                                                                                \
    "{\"client_order_id\":\"" id "\",\"symbol\":\"AAPL\",\"side\":\"buy\",\"type\":\"limit\",\"quantity\":100,"        \
    "\"limit_price\":189.01}"

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

static struct answer post(struct rig *rig, const char *body)
{
    return rig_ask(rig, "POST", "/v1/orders", body, NULL);
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in: %s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("\"%s\" is in: %s", part, text);
}

static void assert_problem(const struct answer *answer, long status, const char *code)
{
    char wanted[64];
    if (answer->status != status)
        fail_msg("status %ld instead of %ld: %s", answer->status, status, answer->body);
    assert_has(answer->headers, "Content-Type: application/problem+json");
    snprintf(wanted, sizeof wanted, "\"status\":%ld", status);
    assert_has(answer->body, wanted);
    snprintf(wanted, sizeof wanted, "\"code\":\"%s\"", code);
    assert_has(answer->body, wanted);
    assert_has(answer->body, "\"type\":");
    assert_has(answer->body, "\"title\":");
    assert_has(answer->body, "\"detail\":");
}

static void a_validated_order_is_created(void **state)
{
    struct rig *rig = *state;
    struct answer answer = post(rig, LIMIT_ORDER("first"));
    assert_int_equal(answer.status, 201);
    assert_has(answer.headers, "Content-Type: application/json");
    assert_has(answer.headers, "Location: /v1/orders/first");
    assert_has(answer.body, "\"order_id\":\"first\"");
    assert_has(answer.body, "\"symbol\":\"AAPL\"");
    assert_has(answer.body, "\"quantity\":100,");
    assert_has(answer.body, "\"limit_price\":189.01");
    assert_has(answer.body, "\"state\":\"SUBMITTED\"");
    assert_has(answer.body, "\"cumulative_quantity\":0");
    assert_lacks(answer.body, "average_price");

    struct event sent = rig_last(rig);
    assert_int_equal(sent.kind, EVENT_ORDER_NEW);
    assert_string_equal(sent.request.exchange, "NYSE");
    assert_string_equal(sent.request.account, "SIM-1");
    assert_string_equal(sent.request.source, "rest");
    assert_true(sent.request.timestamp_ns > 0);
    assert_true(sent.request.quantity == 100 * QUANTITY_ONE);
    assert_true(sent.request.limit_price == INT64_C(189010000000));
    assert_int_equal(sent.request.time_in_force, TIF_DAY);
}

static void decimals_are_exact_as_strings_and_as_numbers(void **state)
{
    struct rig *rig = *state;
    struct answer answer = post(
        rig, "{\"symbol\":\"BTC-USD\",\"side\":\"sell\",\"type\":\"limit\",\"quantity\":\"0.00000001\","
             "\"limit_price\":123456789.123456789,\"time_in_force\":\"ioc\",\"account\":\"B\",\"post_only\":true}");
    assert_int_equal(answer.status, 201);
    assert_has(answer.body, "\"quantity\":0.00000001");
    assert_has(answer.body, "\"limit_price\":123456789.123456789");
    assert_has(answer.body, "\"post_only\":true");
    struct event sent = rig_last(rig);
    assert_true(sent.request.quantity == 1);
    assert_true(sent.request.limit_price == INT64_C(123456789123456789));
    assert_string_equal(sent.request.exchange, "CRYPTO");
    assert_string_equal(sent.request.account, "B");
    assert_true(text_is_id(sent.request.order_id, strlen(sent.request.order_id), 64)); /* generated */
}

static void an_id_is_an_order_once(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(post(rig, LIMIT_ORDER("once")).status, 201);
    /* the same content, spelt otherwise */
    struct answer again =
        post(rig, "{ \"side\":\"buy\", \"symbol\":\"AAPL\", \"exchange\":\"nyse\", \"type\":\"limit\","
                  "\"quantity\":\"100.00\", \"limit_price\":\"189.010\", \"time_in_force\":\"day\","
                  "\"account\":\"SIM-1\", \"stop_price\":null, \"client_order_id\":\"once\"}");
    assert_int_equal(again.status, 200);
    assert_has(again.body, "\"order_id\":\"once\"");
    struct answer other = post(rig, "{\"client_order_id\":\"once\",\"symbol\":\"AAPL\",\"side\":\"sell\","
                                    "\"type\":\"limit\",\"quantity\":100,\"limit_price\":189.01}");
    assert_problem(&other, 409, "ID_IN_USE");
    assert_int_equal(rig_published(rig), 1);
}

static void an_id_keeps_its_content_through_a_replace(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(post(rig, LIMIT_ORDER("replaced")).status, 201);
    struct event sent = rig_last(rig);
    struct event accepted = event_empty(EVENT_ORDER_ACCEPTED);
    text_copy(accepted.acknowledgement.order_id, ID_SIZE, "replaced");
    rig_fold(rig, &accepted);
    struct event replace = event_empty(EVENT_ORDER_REPLACE);
    text_copy(replace.change.order_id, ID_SIZE, "replaced");
    text_copy(replace.change.request_id, ID_SIZE, "request-1");
    replace.change.quantity = 50 * QUANTITY_ONE;
    rig_fold(rig, &replace);
    struct event allowed = event_empty(EVENT_REPLACE_VALIDATED);
    allowed.decision.order = sent.request;
    allowed.decision.order.quantity = 50 * QUANTITY_ONE;
    text_copy(allowed.decision.request_id, ID_SIZE, "request-1");
    rig_fold(rig, &allowed);
    struct event replaced = event_empty(EVENT_ORDER_REPLACED);
    text_copy(replaced.answer.order_id, ID_SIZE, "replaced");
    text_copy(replaced.answer.request_id, ID_SIZE, "request-1");
    replaced.answer.quantity = 50 * QUANTITY_ONE;
    rig_fold(rig, &replaced);
    struct answer again = post(rig, LIMIT_ORDER("replaced"));
    assert_int_equal(again.status, 200);
    assert_has(again.body, "\"quantity\":50");
}

static void checks_refuse(void **state)
{
    static const struct {
        const char *code;
        long status;
        bool retry;
    } cases[] = {
        {"PRICE_COLLAR", 403, false},       {"MAX_NOTIONAL", 403, false}, {"REDUCE_ONLY", 403, false},
        {"DUPLICATE", 403, false},          {"BAD_TICK", 422, false},     {"BAD_LOT", 422, false},
        {"UNKNOWN_INSTRUMENT", 422, false}, {"RATE_LIMIT", 429, true},    {"TRADING_HALTED", 503, true},
    };
    struct rig *rig = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char body[256];
        rig_tape(rig, RIG_REJECTS, cases[i].code);
        snprintf(body, sizeof body,
                 "{\"client_order_id\":\"denied-%zu\",\"symbol\":\"AAPL\",\"side\":\"buy\",\"type\":\"market\","
                 "\"quantity\":1}",
                 i);
        struct answer answer = post(rig, body);
        assert_problem(&answer, cases[i].status, cases[i].code);
        assert_has(answer.body, "\"detail\":\"the checks of the rig say no\"");
        assert_has(answer.body, "\"value\":12.5,\"limit\":10");
        assert_int_equal(strstr(answer.headers, "Retry-After:") != NULL, cases[i].retry);
        answer = post(rig, body); /* again: the order is the answer */
        assert_int_equal(answer.status, 200);
        assert_has(answer.body, "\"state\":\"DENIED\"");
        assert_has(answer.body, cases[i].code);
    }
}

#define ORDER(rest) "{\"symbol\":\"AAPL\",\"side\":\"buy\"," rest "}"

static void what_is_no_order_is_refused(void **state)
{
    static const struct {
        const char *body;
        long status;
        const char *code;
    } cases[] = {
        {"", 400, "BAD_JSON"},
        {"[]", 400, "BAD_JSON"},
        {"{", 400, "BAD_JSON"},
        {"{\"a\":[[[[[[[[[[1]]]]]]]]]]}", 400, "BAD_JSON"},
        {"\xEF\xBB\xBF{}", 400, "BAD_JSON"},
        {"{\"symbol\":\"\xFF\"}", 400, "BAD_JSON"},
        {ORDER("\"type\":\"market\",\"quantity\":1") "x", 400, "BAD_JSON"},
        {"{}", 400, "BAD_REQUEST"},
        {ORDER("\"type\":\"market\""), 400, "BAD_REQUEST"},
        {ORDER("\"quantity\":1"), 400, "BAD_REQUEST"},
        {"{\"side\":\"buy\",\"type\":\"market\",\"quantity\":1}", 400, "BAD_REQUEST"},
        {"{\"symbol\":\"AAPL\",\"side\":\"up\",\"type\":\"market\",\"quantity\":1}", 400, "BAD_REQUEST"},
        {ORDER("\"type\":\"market\",\"quantity\":1,\"quantity\":2"), 400, "DOUBLED_FIELD"},
        {ORDER("\"type\":\"market\",\"quantity\":1e3"), 400, "BAD_REQUEST"},
        {ORDER("\"type\":\"market\",\"quantity\":\"1e3\""), 400, "BAD_REQUEST"},
        {ORDER("\"type\":\"market\",\"quantity\":NaN"), 400, "BAD_JSON"},
        {ORDER("\"type\":\"market\",\"quantity\":\"\""), 400, "BAD_REQUEST"},
        {ORDER("\"type\":\"market\",\"quantity\":\"many\""), 400, "BAD_REQUEST"},
        {ORDER("\"type\":\"market\",\"quantity\":\"1.\""), 400, "BAD_REQUEST"},
        {ORDER("\"type\":\"market\",\"quantity\":\"01\""), 400, "BAD_REQUEST"},
        {ORDER("\"type\":\"market\",\"quantity\":true"), 400, "BAD_REQUEST"},
        {ORDER("\"type\":7,\"quantity\":1"), 400, "BAD_REQUEST"},
        {ORDER("\"type\":\"market\",\"quantity\":1,\"post_only\":\"yes\""), 400, "BAD_REQUEST"},
        {ORDER("\"type\":\"market\",\"quantity\":1,\"client_order_id\":\"\""), 400, "BAD_REQUEST"},
        {ORDER("\"type\":\"market\",\"quantity\":1,\"client_order_id\":\"a.b\""), 400, "BAD_REQUEST"},
        {ORDER("\"type\":\"market\",\"quantity\":1,\"client_order_id\":\"../x\""), 400, "BAD_REQUEST"},
        {ORDER("\"type\":\"market\",\"quantity\":1,\"client_order_id\":5"), 400, "BAD_REQUEST"},
        {"{\"symbol\":\"AAPL\\u0000\",\"side\":\"buy\",\"type\":\"market\",\"quantity\":1}", 400, "BAD_REQUEST"},
        {ORDER("\"type\":\"market\",\"quantity\":0"), 422, "BAD_LOT"},
        {ORDER("\"type\":\"market\",\"quantity\":-1"), 422, "BAD_LOT"},
        {ORDER("\"type\":\"market\",\"quantity\":0.000000001"), 422, "BAD_LOT"},
        {ORDER("\"type\":\"market\",\"quantity\":9223372036854775808"), 422, "BAD_LOT"},
        {ORDER("\"type\":\"limit\",\"quantity\":1,\"limit_price\":1.0123456789"), 422, "BAD_TICK"},
        {ORDER("\"type\":\"best\",\"quantity\":1"), 422, "BAD_TYPE"},
        {ORDER("\"type\":\"limit\",\"quantity\":1"), 422, "BAD_TYPE"},
        {ORDER("\"type\":\"limit\",\"quantity\":1,\"limit_price\":null"), 422, "BAD_TYPE"},
        {ORDER("\"type\":\"market\",\"quantity\":1,\"limit_price\":189"), 422, "BAD_TYPE"},
        {ORDER("\"type\":\"stop\",\"quantity\":1"), 422, "BAD_TYPE"},
        {ORDER("\"type\":\"market\",\"quantity\":1,\"time_in_force\":\"later\""), 422, "BAD_TIME_IN_FORCE"},
        {"{\"symbol\":\"NONE\",\"side\":\"buy\",\"type\":\"market\",\"quantity\":1}", 422, "UNKNOWN_INSTRUMENT"},
    };
    struct rig *rig = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer answer = post(rig, cases[i].body);
        if (answer.status != cases[i].status)
            fail_msg("%s: %ld %s", cases[i].body, answer.status, answer.body);
        assert_problem(&answer, cases[i].status, cases[i].code);
    }
    assert_int_equal(rig_published(rig), 0);
}

static void an_undecided_order_is_accepted_after_a_second(void **state)
{
    struct rig *rig = *state;
    rig_tape(rig, RIG_STORES, NULL);
    struct answer answer = post(rig, LIMIT_ORDER("waits"));
    assert_int_equal(answer.status, 202);
    assert_true(answer.seconds >= 0.9 && answer.seconds < 3);
    assert_has(answer.body, "\"state\":\"INITIALIZED\"");
    rig_tape(rig, RIG_ACKNOWLEDGES, NULL);
    answer = post(rig, LIMIT_ORDER("stored"));
    assert_int_equal(answer.status, 202);
    assert_has(answer.body, "\"state\":\"INITIALIZED\"");
}

/* The chain behind is slow: what is taken is not held up by it. */
static void nobody_waits_while_many_are_undecided(void **state)
{
    enum { UNDECIDED = 17 };
    struct rig *rig = *state;
    struct event orders[UNDECIDED];
    char id[32];
    for (int i = 0; i < UNDECIDED; i++) {
        snprintf(id, sizeof id, "undecided-%d", i);
        orders[i] = rig_order_new(id, "AAPL");
        rig_fold(rig, &orders[i]);
    }
    rig_tape(rig, RIG_STORES, NULL);
    struct answer answer = post(rig, LIMIT_ORDER("taken"));
    assert_int_equal(answer.status, 202);
    assert_true(answer.seconds < 0.9);
    for (int i = 0; i < UNDECIDED; i++) {
        struct event decision = rig_decision(&orders[i].request, i % 2 != 0 ? "PRICE_COLLAR" : NULL);
        rig_fold(rig, &decision);
    }
    rig_tape(rig, RIG_VALIDATES, NULL);
    assert_int_equal(post(rig, LIMIT_ORDER("decided")).status, 201);
}

static void an_order_whose_fate_is_unknown_is_shown_as_such(void **state)
{
    struct rig *rig = *state;
    rig_tape(rig, RIG_SILENT, NULL);
    struct answer answer = post(rig, LIMIT_ORDER("lost"));
    assert_problem(&answer, 503, "UNKNOWN");
    assert_has(answer.body, "\"order_id\":\"lost\"");
    answer = rig_ask(rig, "GET", "/v1/orders/lost", NULL, NULL);
    assert_int_equal(answer.status, 200);
    assert_has(answer.body, "\"state\":\"UNKNOWN\"");
    answer = rig_ask(rig, "GET", "/v1/orders?state=open", NULL, NULL);
    assert_has(answer.body, "\"order_id\":\"lost\"");
    struct answer other = post(rig, "{\"client_order_id\":\"lost\",\"symbol\":\"AAPL\",\"side\":\"sell\","
                                    "\"type\":\"market\",\"quantity\":1}");
    assert_problem(&other, 409, "ID_IN_USE");
    /* While it is on its way it is not sent twice. */
    answer = post(rig, LIMIT_ORDER("lost"));
    assert_problem(&answer, 503, "UNKNOWN");
    assert_int_equal(rig_published(rig), 1);
    /* Then the tape has it after all. */
    struct event sent = rig_last(rig), decision = rig_decision(&sent.request, NULL);
    rig_fold(rig, &sent);
    rig_fold(rig, &decision);
    answer = post(rig, LIMIT_ORDER("lost"));
    assert_int_equal(answer.status, 200);
    assert_has(answer.body, "\"state\":\"SUBMITTED\"");
}

static void after_the_publisher_gave_up_the_same_is_sent_again(void **state)
{
    struct rig *rig = *state;
    rig_tape(rig, RIG_UNKNOWN, NULL);
    struct answer answer = post(rig, LIMIT_ORDER("again"));
    assert_problem(&answer, 503, "UNKNOWN");
    assert_true(answer.seconds < 0.9);
    rig_tape(rig, RIG_VALIDATES, NULL);
    answer = post(rig, LIMIT_ORDER("again"));
    assert_int_equal(answer.status, 201);
    assert_int_equal(rig_published(rig), 2);
}

static void a_refused_publish_leaves_no_order(void **state)
{
    struct rig *rig = *state;
    rig_tape(rig, RIG_REFUSES, NULL);
    struct answer answer = post(rig, LIMIT_ORDER("full"));
    assert_problem(&answer, 503, "NOT_STORED");
    assert_has(answer.body, "the stream ORDERS is full");
    answer = rig_ask(rig, "GET", "/v1/orders/full", NULL, NULL);
    assert_problem(&answer, 404, "UNKNOWN_ORDER");
    rig_tape(rig, RIG_FULL, NULL);
    answer = post(rig, LIMIT_ORDER("full"));
    assert_problem(&answer, 503, "BUSY");
    rig_tape(rig, RIG_VALIDATES, NULL);
    assert_int_equal(post(rig, LIMIT_ORDER("full")).status, 201);
}

static void a_duplicate_on_the_tape_is_compared(void **state)
{
    struct rig *rig = *state;
    rig_tape(rig, RIG_DUPLICATE, NULL);
    assert_int_equal(post(rig, LIMIT_ORDER("theirs-same")).status, 200);
    rig_tape(rig, RIG_DUPLICATE, "OTHER");
    struct answer answer = post(rig, LIMIT_ORDER("theirs-other"));
    assert_problem(&answer, 409, "ID_IN_USE");
}

struct two {
    struct rig *rig;
    struct answer answer;
};

static void *post_in_thread(void *argument)
{
    struct two *two = argument;
    two->answer = post(two->rig, LIMIT_ORDER("twice"));
    return NULL;
}

static void the_same_order_twice_at_once_is_sent_once(void **state)
{
    struct rig *rig = *state;
    struct two clients[4] = {{.rig = rig}, {.rig = rig}, {.rig = rig}, {.rig = rig}};
    pthread_t threads[4];
    rig_tape(rig, RIG_SILENT, NULL);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, post_in_thread, &clients[i]), 0);
    assert_true(rig_wait_published(rig, 1));
    struct event sent = rig_last(rig), decision = rig_decision(&sent.request, NULL);
    rig_fold(rig, &sent);
    rig_fold(rig, &decision);
    size_t created = 0, found = 0;
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        created += clients[i].answer.status == 201;
        found += clients[i].answer.status == 200;
    }
    assert_int_equal(created, 1);
    assert_int_equal(found, 3);
    assert_int_equal(rig_published(rig), 1);
}

static void fold_halt(struct rig *rig, enum trading_state trading, const char *request_id)
{
    struct event event = event_empty(EVENT_TRADING_STATE);
    event.state.state = trading;
    text_copy(event.state.scope, sizeof event.state.scope, "*");
    text_copy(event.state.request_id, sizeof event.state.request_id, request_id);
    rig_fold(rig, &event);
}

static void nothing_is_sent_while_halted_or_away(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(post(rig, LIMIT_ORDER("before")).status, 201);
    fold_halt(rig, TRADING_HALTED, "halt-0001");
    struct answer answer = post(rig, LIMIT_ORDER("halted"));
    assert_problem(&answer, 503, "TRADING_HALTED");
    assert_has(answer.headers, "Retry-After:");
    assert_int_equal(rig_ask(rig, "DELETE", "/v1/orders/before", NULL, NULL).status, 202); /* cancels pass */
    fold_halt(rig, TRADING_ACTIVE, "resume-01");
    rig_connect(rig, false);
    answer = post(rig, LIMIT_ORDER("halted"));
    assert_problem(&answer, 503, "NOT_CONNECTED");
    assert_int_equal(post(rig, LIMIT_ORDER("before")).status, 200); /* this is known */
    answer = rig_ask(rig, "DELETE", "/v1/orders/before", NULL, NULL);
    assert_problem(&answer, 503, "NOT_CONNECTED");
    assert_int_equal(rig_ask(rig, "GET", "/v1/orders/before", NULL, NULL).status, 200);
    rig_connect(rig, true);
    assert_int_equal(post(rig, LIMIT_ORDER("halted")).status, 201);
}

static void a_fill_shows_in_the_views(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(post(rig, LIMIT_ORDER("filled")).status, 201);
    struct event sent = rig_last(rig), fill = rig_execution(&sent.request, "100", "189.005");
    rig_fold(rig, &fill);
    struct answer answer = rig_ask(rig, "GET", "/v1/orders/filled", NULL, NULL);
    assert_int_equal(answer.status, 200);
    assert_has(answer.body, "\"state\":\"FILLED\"");
    assert_has(answer.body, "\"cumulative_quantity\":100,");
    assert_has(answer.body, "\"average_price\":189.005");
    answer = rig_ask(rig, "DELETE", "/v1/orders/filled", NULL, NULL);
    assert_problem(&answer, 409, "ORDER_DONE");
}

static void cancels(void **state)
{
    struct rig *rig = *state;
    assert_int_equal(post(rig, LIMIT_ORDER("works")).status, 201);
    rig_tape(rig, RIG_SILENT, NULL);
    struct answer answer = rig_ask(rig, "DELETE", "/v1/orders/works", NULL, NULL);
    assert_problem(&answer, 503, "UNKNOWN");
    rig_tape(rig, RIG_REFUSES, NULL);
    answer = rig_ask(rig, "DELETE", "/v1/orders/works", NULL, NULL);
    assert_problem(&answer, 503, "NOT_STORED");
    rig_tape(rig, RIG_VALIDATES, NULL);
    answer = rig_ask(rig, "DELETE", "/v1/orders/works", NULL, NULL);
    assert_int_equal(answer.status, 202);
    struct event sent = rig_last(rig);
    assert_int_equal(sent.kind, EVENT_ORDER_CANCEL);
    assert_string_equal(sent.change.order_id, "works");
    assert_string_equal(sent.change.account, "SIM-1");
    assert_string_equal(sent.change.source, "rest");
    assert_true(strlen(sent.change.request_id) >= 8);
    size_t published = rig_published(rig);
    rig_fold(rig, &sent);
    answer = rig_ask(rig, "DELETE", "/v1/orders/works", NULL, NULL); /* it is on its way */
    assert_int_equal(answer.status, 202);
    assert_has(answer.body, "\"cancel_pending\":true");
    assert_int_equal(rig_published(rig), published);
    answer = rig_ask(rig, "DELETE", "/v1/orders/nobody", NULL, NULL);
    assert_problem(&answer, 404, "UNKNOWN_ORDER");
}

static void lists_select(void **state)
{
    struct rig *rig = *state;
    struct answer answer = rig_ask(rig, "GET", "/v1/orders", NULL, NULL);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, "{\"orders\":[]}");
    assert_int_equal(post(rig, LIMIT_ORDER("one")).status, 201);
    assert_int_equal(post(rig, LIMIT_ORDER("two")).status, 201);
    struct event sent = rig_last(rig), fill = rig_execution(&sent.request, "100", "189");
    rig_fold(rig, &fill);
    answer = rig_ask(rig, "GET", "/v1/orders", NULL, NULL);
    assert_has(answer.body, "{\"orders\":[{\"order_id\":\"two\"");
    assert_has(answer.body, "},{\"order_id\":\"one\"");
    answer = rig_ask(rig, "GET", "/v1/orders?state=open", NULL, NULL);
    assert_has(answer.body, "\"one\"");
    assert_lacks(answer.body, "\"two\"");
    answer = rig_ask(rig, "GET", "/v1/orders?state=done", NULL, NULL);
    assert_has(answer.body, "\"two\"");
    assert_lacks(answer.body, "\"one\"");
    answer = rig_ask(rig, "GET", "/v1/orders?state=odd", NULL, NULL);
    assert_problem(&answer, 400, "BAD_REQUEST");
    answer = rig_ask(rig, "HEAD", "/v1/orders", NULL, NULL);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.body, "");
}

static void a_long_list_arrives_whole(void **state)
{
    enum { MANY = 3000 };
    struct rig *rig = *state;
    char id[32];
    for (int i = 0; i < MANY; i++) {
        snprintf(id, sizeof id, "many-%d", i);
        struct event order = rig_order_new(id, "AAPL");
        rig_fold(rig, &order);
    }
    static const char request[] =
        "GET /v1/orders HTTP/1.0\r\nHost: localhost:%u\r\nAuthorization: Bearer " RIG_TOKEN "\r\n\r\n";
    char head[256];
    size_t size = (size_t)MANY * 1024;
    char *text = malloc(size);
    int fd = rig_dial(rig);
    int bytes = snprintf(head, sizeof head, request, (unsigned)rig_port(rig));
    assert_true(rig_write(fd, head, (size_t)bytes));
    assert_true(rig_read_to_end(fd, text, size, 5000) > 0);
    close(fd);
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, "\"order_id\":")) != NULL; at++)
        count++;
    assert_int_equal(count, MANY);
    assert_string_equal(text + strlen(text) - 3, "}]}");
    free(text);
}

static void the_last_position_of_each_symbol_is_shown(void **state)
{
    struct rig *rig = *state;
    struct event event = event_empty(EVENT_POSITION);
    struct position_event *position = &event.position;
    text_copy(position->account, sizeof position->account, "SIM-1");
    text_copy(position->symbol, sizeof position->symbol, "AAPL");
    text_copy(position->currency, sizeof position->currency, "USD");
    position->epoch = 1;
    position->orders_seq = 7;
    position->quantity = -100 * QUANTITY_ONE;
    position->average_price = INT64_C(189005000000);
    position->realized_pnl = MONEY_ONE / 2;
    rig_fold(rig, &event);
    position->orders_seq = 6; /* older: not taken */
    position->quantity = QUANTITY_ONE;
    rig_fold(rig, &event);
    struct answer answer = rig_ask(rig, "GET", "/v1/positions", NULL, NULL);
    assert_int_equal(answer.status, 200);
    assert_has(answer.body, "{\"positions\":[{");
    assert_has(answer.body, "\"quantity\":-100,");
    assert_has(answer.body, "\"average_price\":189.005,");
    assert_has(answer.body, "\"realized_pnl\":0.5,");
    assert_has(answer.body, "\"orders_seq\":7");
    position->epoch = 2; /* the tape was found shorter */
    rig_fold(rig, &event);
    answer = rig_ask(rig, "GET", "/v1/positions", NULL, NULL);
    assert_has(answer.body, "\"orders_seq\":6");
}

static void quotes_are_shown_with_their_age(void **state)
{
    struct rig *rig = *state;
    struct event event = event_empty(EVENT_QUOTE);
    text_copy(event.quote.symbol, sizeof event.quote.symbol, "AAPL");
    text_copy(event.quote.exchange, sizeof event.quote.exchange, "NYSE");
    event.quote.bid = INT64_C(189010000000);
    event.quote.ask = INT64_C(189020000000);
    rig_fold(rig, &event);
    struct answer answer = rig_ask(rig, "GET", "/v1/quotes", NULL, NULL);
    assert_int_equal(answer.status, 200);
    assert_has(answer.body, "{\"quotes\":[{");
    assert_has(answer.body, "\"bid\":189.01,\"ask\":189.02");
    assert_has(answer.body, "\"age_ms\":");
}

static void before_the_history_is_read_nothing_is_said_of_it(void **state)
{
    struct rig *rig = *state;
    rig_live(rig, false);
    static const char *const paths[] = {"/readyz", "/v1/orders", "/v1/orders/x", "/v1/positions", "/v1/quotes"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct answer answer = rig_ask(rig, "GET", paths[i], NULL, NULL);
        assert_problem(&answer, 503, "STARTING");
    }
    struct answer answer = post(rig, LIMIT_ORDER("early"));
    assert_problem(&answer, 503, "STARTING");
    assert_int_equal(rig_ask(rig, "GET", "/healthz", NULL, NULL).status, 200);
    rig_live(rig, true);
    answer = rig_ask(rig, "GET", "/readyz", NULL, NULL);
    assert_int_equal(answer.status, 200);
    assert_has(answer.body, "\"trading_state\":\"active\"");
    rig_connect(rig, false);
    answer = rig_ask(rig, "GET", "/readyz", NULL, NULL);
    assert_problem(&answer, 503, "NOT_CONNECTED");
    assert_int_equal(rig_ask(rig, "GET", "/v1/orders", NULL, NULL).status, 200);
}

static void *post_into_the_end(void *argument)
{
    struct two *two = argument;
    two->answer = post(two->rig, LIMIT_ORDER("last"));
    return NULL;
}

static void who_waits_is_answered_when_it_ends(void **state)
{
    (void)state;
    struct rig *rig = rig_create();
    struct two two = {.rig = rig};
    pthread_t thread;
    rig_tape(rig, RIG_STORES, NULL);
    assert_int_equal(pthread_create(&thread, NULL, post_into_the_end, &two), 0);
    assert_true(rig_wait_published(rig, 1));
    rig_connect(rig, true); /* what was put before is folded now */
    rig_destroy(rig);
    pthread_join(thread, NULL);
    assert_int_equal(two.answer.status, 202);
    assert_true(two.answer.seconds < 0.9);
}

int main(void)
{
#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_RIG(a_validated_order_is_created),
        WITH_RIG(decimals_are_exact_as_strings_and_as_numbers),
        WITH_RIG(an_id_is_an_order_once),
        WITH_RIG(an_id_keeps_its_content_through_a_replace),
        WITH_RIG(checks_refuse),
        WITH_RIG(what_is_no_order_is_refused),
        WITH_RIG(an_undecided_order_is_accepted_after_a_second),
        WITH_RIG(nobody_waits_while_many_are_undecided),
        WITH_RIG(an_order_whose_fate_is_unknown_is_shown_as_such),
        WITH_RIG(after_the_publisher_gave_up_the_same_is_sent_again),
        WITH_RIG(a_refused_publish_leaves_no_order),
        WITH_RIG(a_duplicate_on_the_tape_is_compared),
        WITH_RIG(the_same_order_twice_at_once_is_sent_once),
        WITH_RIG(nothing_is_sent_while_halted_or_away),
        WITH_RIG(a_fill_shows_in_the_views),
        WITH_RIG(cancels),
        WITH_RIG(lists_select),
        WITH_RIG(a_long_list_arrives_whole),
        WITH_RIG(the_last_position_of_each_symbol_is_shown),
        WITH_RIG(quotes_are_shown_with_their_age),
        WITH_RIG(before_the_history_is_read_nothing_is_said_of_it),
        cmocka_unit_test(who_waits_is_answered_when_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
