/* The codec on good messages and on messages with one thing wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/event.h"
#include "core/json.h"
#include "core/subject.h"
#include "samples.h"

/* Decodes and expects success. */
static struct event decode(const char *subject, const char *payload)
{
    struct event event;
    struct error error = {0};
    if (event_decode(&event, subject, payload, strlen(payload), "SIM-1", &error) != 0) {
        fail_msg("%s: %s was refused: %s", subject, payload, error.text);
    }
    return event;
}

/* Decodes and expects to be refused with a sentence that contains `reason`. */
static void refuse(const char *subject, const char *payload, const char *reason)
{
    struct event event;
    struct error error = {0};
    if (event_decode(&event, subject, payload, strlen(payload), "SIM-1", &error) == 0) {
        fail_msg("%s: %s was accepted", subject, payload);
    }
    assert_int_equal(error.kind, ERROR_FAILED);
    if (strstr(error.text, reason) == NULL) {
        fail_msg("%s: \"%s\" does not say \"%s\"", payload, error.text, reason);
    }
}

static const struct sample *find_sample(enum event_kind kind)
{
    assert_int_equal(samples[kind].kind, kind);
    return &samples[kind];
}

/* Replaces one value of a sample. */
static const char *with(enum event_kind kind, const char *member, const char *value)
{
    static char payload[SAMPLE_PAYLOAD_SIZE];
    const struct sample *sample = find_sample(kind);
    sample_write(sample, sample_all(sample), sample_member(sample, member), value, payload);
    return payload;
}

static void every_kind_comes_back_as_it_went(void **state)
{
    (void)state;
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        const struct sample *sample = find_sample((enum event_kind)kind);
        char payload[SAMPLE_PAYLOAD_SIZE];
        char written[EVENT_PAYLOAD_SIZE];
        size_t length = sample_write(sample, sample_all(sample), 0, NULL, payload);
        struct event event = decode(sample->subject, payload);
        assert_int_equal(event.kind, kind);
        assert_true(event.sequence == 0 && event.stored_ns == 0);
        assert_int_equal(event_encode(&event, written, sizeof(written)), length);
        assert_string_equal(written, payload);
    }
}

static void required_fields_are_enough(void **state)
{
    (void)state;
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        const struct sample *sample = find_sample((enum event_kind)kind);
        char payload[SAMPLE_PAYLOAD_SIZE];
        char once[EVENT_PAYLOAD_SIZE];
        char twice[EVENT_PAYLOAD_SIZE];
        unsigned keep = sample_required(sample);
        if (kind == EVENT_ORDER_REPLACE) {
            keep |= 1u << sample_member(sample, "quantity");
        }
        sample_write(sample, keep, 0, NULL, payload);
        struct event event = decode(sample->subject, payload);
        event_encode(&event, once, sizeof(once));
        event = decode(sample->subject, once);
        event_encode(&event, twice, sizeof(twice));
        assert_string_equal(once, twice);
        char id[MESSAGE_ID_SIZE];
        message_id_of(&event, id);
        assert_string_equal(id, sample->message_id);
    }
}

static void each_required_field_is_missed(void **state)
{
    (void)state;
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        const struct sample *sample = find_sample((enum event_kind)kind);
        for (size_t i = 0; i < sample_count_members(sample); i++) {
            char payload[SAMPLE_PAYLOAD_SIZE];
            char reason[80];
            if (!sample->members[i].required) {
                continue;
            }
            sample_write(sample, sample_all(sample) & ~(1u << i), 0, NULL, payload);
            snprintf(reason, sizeof(reason), "%s: %s is missing", event_kind_name(sample->kind),
                     sample->members[i].name);
            refuse(sample->subject, payload, reason);
        }
    }
}

/* Whatever the field, none of these is ever a value of it; what is one of another type is left out. */
static void each_field_refuses_wrong_types(void **state)
{
    (void)state;
    static const char *const always_wrong[] = {"{}", "[]", "[1]", "{\"a\":1}", "\"\\ud800\"", "1e2"};
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        const struct sample *sample = find_sample((enum event_kind)kind);
        for (size_t i = 0; i < sample_count_members(sample); i++) {
            const struct sample_member *member = &sample->members[i];
            bool text = member->value[0] == '"';
            for (size_t j = 0; j < sizeof(always_wrong) / sizeof(always_wrong[0]); j++) {
                refuse(sample->subject, with(sample->kind, member->name, always_wrong[j]), member->name);
            }
            refuse(sample->subject, with(sample->kind, member->name, text ? "7" : "\"seven\""), member->name);
            if (strcmp(member->value, "true") != 0) {
                refuse(sample->subject, with(sample->kind, member->name, "true"), member->name);
            } else {
                refuse(sample->subject, with(sample->kind, member->name, "1"), member->name);
                refuse(sample->subject, with(sample->kind, member->name, "\"true\""), member->name);
            }
        }
    }
}

static void each_known_field_stands_there_once(void **state)
{
    (void)state;
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        const struct sample *sample = find_sample((enum event_kind)kind);
        for (size_t i = 0; i < sample_count_members(sample); i++) {
            char payload[SAMPLE_PAYLOAD_SIZE + 128];
            size_t length = sample_write(sample, sample_all(sample), 0, NULL, payload);
            snprintf(payload + length - 1, 128, ",\"%s\":%s}", sample->members[i].name, sample->members[i].value);
            refuse(sample->subject, payload, "stands there twice");
        }
    }
    /* Also when one of the two is spelt with an escape, or is null. */
    refuse("md.x.A",
           "{\"symbol\":\"A\",\"exchange\":\"X\",\"bid\":1,\"\\u0062id\":1,\"ask\":2,"
           "\"timestamp\":\"2026-11-23T14:30:00Z\"}",
           "bid stands there twice");
    refuse("md.x.A",
           "{\"symbol\":\"A\",\"exchange\":\"X\",\"bid\":1,\"last\":null,\"last\":1,\"ask\":2,"
           "\"timestamp\":\"2026-11-23T14:30:00Z\"}",
           "last stands there twice");
    decode("md.x.A", "{\"symbol\":\"A\",\"exchange\":\"X\",\"bid\":1,\"more\":1,\"more\":2,\"ask\":2,"
                     "\"timestamp\":\"2026-11-23T14:30:00Z\"}");
}

static void a_quote_of_another_language_is_read(void **state)
{
    (void)state;
    /* As json.dumps of Python writes it. */
    struct event event = decode("md.nyse.AAPL", "{\"symbol\": \"AAPL\", \"exchange\": \"nyse\", \"bid\": 189.01, "
                                                "\"ask\": 189.02, \"timestamp\": \"2026-11-23T14:30:00.123456\"}");
    const struct quote *quote = &event.quote;
    assert_string_equal(quote->symbol, "AAPL");
    assert_string_equal(quote->exchange, "NYSE");
    assert_int_equal(quote->bid, INT64_C(189010000000));
    assert_int_equal(quote->ask, INT64_C(189020000000));
    assert_true(quote->bid_size == DECIMAL_NONE && quote->ask_size == DECIMAL_NONE);
    assert_true(quote->last == DECIMAL_NONE && quote->last_size == DECIMAL_NONE && quote->volume == DECIMAL_NONE);
    assert_int_equal(quote->last_side, SIDE_NONE);
    assert_int_equal(quote->status, QUOTE_OPEN);
    assert_int_equal(quote->seq, 0);
    assert_string_equal(quote->source, "");
    assert_int_equal(quote->timestamp_ns, INT64_C(1795444200123456000));
    assert_int_equal(quote->received_ns, 0);
    /* Unknown fields, other order, numbers in quotes, null for what is not there, white space, escapes. */
    event = decode("md.nyse.AAPL", "\r\n{\t\"timestamp\":\"2026-11-23T14:30:00Z\",\"venue\":{\"mic\":[\"XNYS\"]},"
                                   "\"ask\":\"189.020\",\"bid\":\"-0.5\",\"bid_size\":null,\"ask_size\":\"100\","
                                   "\"exchange\":\"N\\u0059SE\",\"\\u0073ymbol\":\"AAP\\u004c\",\"x\":1e400}\n");
    assert_int_equal(event.quote.bid, -500000000);
    assert_int_equal(event.quote.ask_size, 100 * QUANTITY_ONE);
    assert_true(event.quote.bid_size == DECIMAL_NONE);
    assert_string_equal(event.quote.symbol, "AAPL");
    assert_string_equal(event.quote.exchange, "NYSE");
}

static void numbers_are_exact_or_refused(void **state)
{
    (void)state;
    const enum event_kind quote = EVENT_QUOTE;
    const char *subject = find_sample(quote)->subject;
    struct event event = decode(subject, with(quote, "bid", "123456789.123456789"));
    assert_int_equal(event.quote.bid, INT64_C(123456789123456789));
    refuse(subject, with(quote, "bid", "189.0100000001"), "bid has more than 9 decimals");
    refuse(subject, with(quote, "bid", "\"189.00999999999999\""), "bid has more than 9 decimals");
    refuse(subject, with(quote, "bid_size", "0.123456789"), "bid_size has more than 8 decimals");
    refuse(subject, with(quote, "bid", "1.8901e2"), "bid has an exponent");
    refuse(subject, with(quote, "bid", "1e999"), "bid has an exponent");
    refuse(subject, with(quote, "bid", "9223372036854775808"), "bid does not fit");
    refuse(subject, with(quote, "bid", "9223372037"), "bid does not fit");
    refuse(subject, with(quote, "bid", "NaN"), "bad JSON");
    refuse(subject, with(quote, "bid", "01"), "bad JSON");
    refuse(subject, with(quote, "bid", "\"NaN\""), "bid is not a decimal number");
    refuse(subject, with(quote, "bid", "\"\""), "bid is not a decimal number");
    refuse(subject, with(quote, "bid", "\" 1\""), "bid is not a decimal number");
    refuse(subject, with(quote, "bid", "null"), "bid is not a number");
    refuse(subject, with(quote, "bid_size", "-1"), "bid_size is negative");
    refuse(subject, with(quote, "volume", "-0.00000001"), "volume is negative");
    refuse(subject, with(quote, "seq", "-1"), "seq is not a whole number");
    refuse(subject, with(quote, "seq", "1.0"), "seq is not a whole number");
    refuse(subject, with(quote, "seq", "18446744073709551616"), "seq is not a whole number");
    refuse(subject, with(quote, "timestamp", "\"9999-12-31T23:59:59Z\""), "timestamp is not a time");
    refuse(subject, with(quote, "timestamp", "\"yesterday\""), "timestamp is not a time");
    refuse(subject, with(quote, "received", "\"\""), "received is not a time");
    const enum event_kind fill = EVENT_ORDER_EXECUTED;
    refuse(find_sample(fill)->subject, with(fill, "fee", "0.000000000000000001"), "fee has more than 17 decimals");
    const enum event_kind alert = EVENT_ALERT;
    refuse(find_sample(alert)->subject, with(alert, "version", "4294967296"), "version is not a whole number");
    refuse(find_sample(alert)->subject, with(alert, "version", "0"), "counts from 1");
    decode(find_sample(alert)->subject, with(alert, "version", "4294967295"));
    const enum event_kind position = EVENT_POSITION;
    refuse(find_sample(position)->subject, with(position, "cost_fraction", "9223372036854775808"), "cost_fraction");
    refuse(find_sample(position)->subject, with(position, "cost_fraction", "-9223372036854775809"), "cost_fraction");
    event = decode(find_sample(position)->subject, with(position, "cost_fraction", "9223372036854775807"));
    assert_int_equal(event.position.cost_fraction, INT64_MAX);
}

static void names_arrive_unchanged_or_not_at_all(void **state)
{
    (void)state;
    const enum event_kind quote = EVENT_QUOTE;
    const char *subject = find_sample(quote)->subject;
    refuse(subject, with(quote, "symbol", "\"\""), "symbol is empty");
    refuse(subject, with(quote, "symbol", "\"12345678901234567890123456789012\""), "symbol is too long");
    refuse(subject, with(quote, "exchange", "\"1234567890123456\""), "exchange is too long");
    refuse(subject, with(quote, "symbol", "\"BRK\\u200b.B\""), "symbol has characters that cannot be shown");
    refuse(subject, with(quote, "symbol", "\"\\u202eBRK.B\""), "symbol has characters that cannot be shown");
    refuse(subject, with(quote, "symbol", "\"BRK.B\\u0000\""), "symbol has characters that cannot be shown");
    refuse(subject, with(quote, "symbol", "\"BRK.B\\n\""), "symbol has characters that cannot be shown");
    refuse(subject, with(quote, "source", "\"\\u001b[2J\""), "source has characters that cannot be shown");
    decode(subject, with(quote, "source", "\"\""));
    const enum event_kind order = EVENT_ORDER_NEW;
    static const char *const bad_ids[] = {"\"\"",  "\"a b\"",  "\"a.b\"",     "\"../../x\"",
                                          "\"*\"", "\"a\\n\"", "\"\\u0000\"", "\"\xC3\xA9\""};
    for (size_t i = 0; i < sizeof(bad_ids) / sizeof(bad_ids[0]); i++) {
        refuse("orders.new", with(order, "order_id", bad_ids[i]), "order_id is not 1 to 64 characters");
    }
    char longest[80] = "\"";
    memset(longest + 1, 'x', 64);
    strcpy(longest + 65, "\"");
    assert_int_equal(strlen(decode("orders.new", with(order, "order_id", longest)).request.order_id), 64);
    strcpy(longest + 65, "x\"");
    refuse("orders.new", with(order, "order_id", longest), "order_id is not 1 to 64 characters");
    refuse("orders.cancel", with(EVENT_ORDER_CANCEL, "request_id", "\"1234567\""), "request_id is not 8 to 64");
    refuse("orders.new", with(order, "account", "\"\""), "account is empty");
}

static void texts_are_cleaned_and_cut(void **state)
{
    (void)state;
    const enum event_kind kind = EVENT_CANCEL_REJECTED;
    const char *subject = find_sample(kind)->subject;
    struct event event = decode(subject, with(kind, "reason", "\"\\u001b[31m\\u202ea\\nb\xE2\x80\x8B \xC3\xA9\""));
    assert_string_equal(event.answer.reason, "[31mab \xC3\xA9");
    static const char *const units[] = {"x", "\xE2\x82\xAC", "\\u20ac", "\\ud83d\\udcc8", "\\n"};
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        char value[SAMPLE_PAYLOAD_SIZE - 512] = "\"";
        while (strlen(value) + 16 < sizeof(value)) {
            strcat(value, units[i]);
        }
        strcat(value, "\"");
        event = decode(subject, with(kind, "reason", value));
        size_t length = strlen(event.answer.reason);
        assert_true(strcmp(units[i], "\\n") == 0 ? length == 0 : length > REASON_SIZE - 5);
    }
}

static void words_are_those_of_the_wire(void **state)
{
    (void)state;
    const enum event_kind order = EVENT_ORDER_NEW;
    refuse("orders.new", with(order, "side", "\"BUY\""), "side has the unknown value \"BUY\"");
    refuse("orders.new", with(order, "side", "\"\""), "side has the unknown value");
    refuse("orders.new", with(order, "type", "\"stop_\""), "type has the unknown value");
    refuse("orders.new", with(order, "type", "\"stop_limits\""), "type has the unknown value");
    refuse("orders.new", with(order, "time_in_force", "\"gtd\""), "time_in_force has the unknown value");
    /* The text goes on behind the NUL. */
    refuse("orders.new", with(order, "type", "\"stop\\u0000limit\""), "type has the unknown value");
    refuse("md.nyse.BRK%2EB", with(EVENT_QUOTE, "status", "\"closed\""), "status has the unknown value");
    struct event event = decode("md.nyse.BRK%2EB", with(EVENT_QUOTE, "status", "\"auction\""));
    assert_int_equal(event.quote.status, QUOTE_AUCTION);
    event = decode("orders.executed.ord-1_A", with(EVENT_ORDER_EXECUTED, "status", "\"FILLED\""));
    assert_true(event.execution.filled);
    event = decode("risk.alerts.critical", with(EVENT_ALERT, "state", "\"cleared\""));
    assert_false(event.alert.raised);
    event = decode("orders.cancelled.ord-1_A", with(EVENT_ORDER_CANCELLED, "reason", "\"halt\""));
    assert_int_equal(event.cancellation.reason, CANCEL_HALT);
    event = decode("orders.state", with(EVENT_TRADING_STATE, "state", "\"halted\""));
    assert_int_equal(event.state.state, TRADING_HALTED);
    event = decode("orders.executed.ord-1_A", with(EVENT_ORDER_EXECUTED, "liquidity", "\"maker\""));
    assert_int_equal(event.execution.liquidity, LIQUIDITY_MAKER);
}

/* An order request of this type with these further members. */
static const char *order_of(const char *type, const char *more)
{
    static char payload[512];
    snprintf(payload, sizeof(payload),
             "{\"order_id\":\"o1\",\"symbol\":\"AAPL\",\"exchange\":\"NYSE\",\"side\":\"buy\",\"type\":\"%s\",%s"
             "\"timestamp\":\"2026-11-23T14:30:00Z\"}",
             type, more);
    return payload;
}

static void orders_have_the_prices_of_their_type(void **state)
{
    (void)state;
    struct event event = decode("orders.new", order_of("market", "\"quantity\":10,"));
    assert_string_equal(event.request.account, "SIM-1");
    assert_int_equal(event.request.time_in_force, TIF_DAY);
    assert_false(event.request.post_only);
    assert_true(event.request.limit_price == DECIMAL_NONE && event.request.stop_price == DECIMAL_NONE);
    decode("orders.new", order_of("limit", "\"quantity\":10,\"limit_price\":-37.63,"));
    decode("orders.new", order_of("limit", "\"quantity\":\"10\",\"limit_price\":\"1\",\"stop_price\":null,"));
    decode("orders.new", order_of("stop", "\"quantity\":10,\"stop_price\":1,"));
    decode("orders.new", order_of("stop_limit", "\"quantity\":10,\"limit_price\":1,\"stop_price\":1,"));
    refuse("orders.new", order_of("limit", "\"quantity\":10,"), "limit_price is missing in a limit order");
    refuse("orders.new", order_of("stop", "\"quantity\":10,"), "stop_price is missing in a stop order");
    refuse("orders.new", order_of("stop_limit", "\"quantity\":10,\"stop_price\":1,"), "limit_price is missing");
    refuse("orders.new", order_of("stop_limit", "\"quantity\":10,\"limit_price\":1,"), "stop_price is missing");
    refuse("orders.new", order_of("market", "\"quantity\":10,\"limit_price\":1,"), "limit_price does not belong");
    refuse("orders.new", order_of("limit", "\"quantity\":10,\"limit_price\":1,\"stop_price\":1,"),
           "stop_price does not belong");
    refuse("orders.new", order_of("market", "\"quantity\":0,"), "quantity is zero");
    refuse("orders.new", order_of("market", "\"quantity\":-1,"), "quantity is negative");
    refuse("orders.new", order_of("market", "\"quantity\":0.000000001,"), "quantity has more than 8 decimals");
    refuse("orders.new", order_of("market", "\"quantity\":1,\"post_only\":\"yes\","), "post_only is not true or false");
}

static void requests_get_the_default_account(void **state)
{
    (void)state;
    struct event event;
    struct error error;
    const char *payload = order_of("market", "\"quantity\":10,");
    assert_int_equal(event_decode(&event, "orders.new", payload, strlen(payload), NULL, &error), 0);
    assert_string_equal(event.request.account, "");
    char written[EVENT_PAYLOAD_SIZE];
    event_encode(&event, written, sizeof(written));
    assert_null(strstr(written, "account"));
    payload = "{\"order_id\":\"o1\",\"request_id\":\"12345678\",\"timestamp\":\"2026-11-23T14:30:00Z\"}";
    assert_int_equal(event_decode(&event, "orders.cancel", payload, strlen(payload), "A-2", &error), 0);
    assert_string_equal(event.change.account, "A-2");
    assert_true(event.change.quantity == DECIMAL_NONE && event.change.limit_price == DECIMAL_NONE);
    refuse("orders.replace", payload, "none of quantity, limit_price and stop_price is there");
    payload = order_of("market", "\"quantity\":10,\"account\":\"B\",");
    assert_int_equal(event_decode_kind(&event, EVENT_ORDER_NEW, payload, strlen(payload), "A-2", NULL), 0);
    assert_string_equal(event.request.account, "B");
    assert_int_equal(event_decode_kind(&event, EVENT_ORDER_NEW, "{}", 2, "A-2", NULL), -1);
}

static void a_line_has_more_than_its_event(void **state)
{
    (void)state;
    static const char *const names[] = {"stored", "subject", "none"};
    static const struct {
        const char *line;
        const char *stored, *subject; /* NULL: not found */
        bool good;
    } cases[] = {
#define QUOTE "\"symbol\":\"A\",\"exchange\":\"X\",\"bid\":1,\"ask\":2,\"timestamp\":\"2026-11-23T14:30:00Z\""
        {"{" QUOTE "}", NULL, NULL, true},
        {"{\"stored\":5," QUOTE ",\"subject\":\"md\"}", "5", "md", true},
        {"{" QUOTE ",\"store\":1,\"storedx\":2,\"\":3,\"stored\":4}", "4", NULL, true},
        {"{\"stored\":[1],\"bid\":\"x\",\"subject\":\"md\"}", "[1]", NULL, false},
        {"{\"stored\":5,\"subject\":\"md\"}", "5", "md", false},
#undef QUOTE
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct json_value values[3];
        const char *const wanted[] = {cases[i].stored, cases[i].subject, NULL};
        const struct event_extras extras = {.names = names, .values = values, .count = 3};
        struct event event;
        memset(values, 'x', sizeof(values));
        int result = event_decode_line(&event, EVENT_QUOTE, cases[i].line, strlen(cases[i].line), &extras, NULL);
        assert_int_equal(result == 0, cases[i].good);
        assert_true(result != 0 || (event.quote.bid == PRICE_ONE && strcmp(event.quote.symbol, "A") == 0));
        for (size_t j = 0; j < 3; j++) {
            assert_int_equal(values[j].text != NULL, wanted[j] != NULL);
            if (wanted[j] != NULL) {
                assert_int_equal(values[j].length, strlen(wanted[j]));
                assert_memory_equal(values[j].text, wanted[j], values[j].length);
            }
        }
    }
}

static void subject_and_payload_must_agree(void **state)
{
    (void)state;
    static const struct {
        enum event_kind kind;
        const char *subject;
        bool good;
    } cases[] = {
        {EVENT_QUOTE, "md.nyse.BRK%2EB", true},
        {EVENT_QUOTE, "md.NYSE.BRK%2EB", true},
        {EVENT_QUOTE, "md.nyse.%42RK%2EB", true},
        {EVENT_QUOTE, "md.nyse.BRK%2eB", false},
        {EVENT_QUOTE, "md.nyse.BRK%2", false},
        {EVENT_QUOTE, "md.nyse.brk%2Eb", false},
        {EVENT_QUOTE, "md.nasdaq.BRK%2EB", false},
        {EVENT_QUOTE, "md.nyse.BRK%2EB%00", false},
        {EVENT_QUOTE, "md.nyse.BRK", false},
        {EVENT_QUOTE, "md.nyse.BRK%2EBB", false},
        {EVENT_POSITION, "positions.SIM-1%2Fa.BTC-USD", true},
        {EVENT_POSITION, "positions.SIM-1.BTC-USD", false},
        {EVENT_POSITION, "positions.sim-1%2Fa.BTC-USD", false},
        {EVENT_POSITION, "positions.SIM-1%2Fa.BTC", false},
        {EVENT_ORDER_EXECUTED, "orders.executed.ord-1_B", false},
        {EVENT_ORDER_ACCEPTED, "orders.accepted.ord-1", false},
        {EVENT_REPLACE_VALIDATED, "orders.replace_validated.x", false},
        {EVENT_ALERT, "risk.alerts.critical", true},
        {EVENT_ALERT, "risk.alerts.warning", false},
        {EVENT_EXPOSURE, "risk.exposure.SIM-1", true},
        {EVENT_EXPOSURE, "risk.exposure.SIM-2", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct sample *sample = find_sample(cases[i].kind);
        char payload[SAMPLE_PAYLOAD_SIZE];
        sample_write(sample, sample_all(sample), 0, NULL, payload);
        if (cases[i].good) {
            decode(cases[i].subject, payload);
        } else {
            refuse(cases[i].subject, payload, "disagree");
        }
    }
    refuse("md.nyse", "{}", "carries none of the known messages");
    refuse("orders.elsewhere", "{}", "carries none of the known messages");
}

static void execution_ids_follow_their_order(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        uint32_t number;
    } cases[] = {
        {"ord-1_A-1", 1},  {"ord-1_A-4294967295", 4294967295},
        {"ord-1_A-0", 0},  {"ord-1_A-01", 0},
        {"ord-1_A-", 0},   {"ord-1_A", 0},
        {"ord-1_B-1", 0},  {"ord-1_A-4294967296", 0},
        {"ord-1_A-1x", 0}, {"ord-1_A--1", 0},
        {"ord-1_A-+1", 0}, {"x", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char value[80];
        snprintf(value, sizeof(value), "\"%s\"", cases[i].id);
        const char *payload = with(EVENT_ORDER_EXECUTED, "execution_id", value);
        if (cases[i].number == 0) {
            refuse("orders.executed.ord-1_A", payload, "execution_id is not <order_id>-<n>");
        } else {
            struct event event = decode("orders.executed.ord-1_A", payload);
            assert_int_equal(execution_number(&event.execution), cases[i].number);
        }
    }
}

static void an_empty_event_has_nothing_in_it(void **state)
{
    (void)state;
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        struct event event = event_empty((enum event_kind)kind);
        assert_int_equal(event.kind, kind);
        assert_true(event.sequence == 0 && event.stored_ns == 0);
        assert_non_null(event_kind_name(event.kind));
    }
    struct event event = event_empty(EVENT_ORDER_CANCEL);
    assert_true(event.change.quantity == DECIMAL_NONE && event.change.stop_price == DECIMAL_NONE);
    event = event_empty(EVENT_ORDER_REJECTED);
    assert_true(event.decision.value == MONEY_NONE && event.decision.order.limit_price == DECIMAL_NONE);
    event = event_empty(EVENT_ORDER_TRIGGERED);
    assert_true(event.acknowledgement.queue_ahead == DECIMAL_NONE && event.acknowledgement.price == 0);
    event = event_empty(EVENT_EXPOSURE);
    assert_true(event.exposure.gross_limit == MONEY_NONE && event.exposure.gross == 0);
}

static void the_longest_event_fits(void **state)
{
    (void)state;
    struct event event = event_empty(EVENT_REPLACE_REJECTED);
    struct decision *decision = &event.decision;
    /* A control character takes six bytes; no rule writes one, so that this is more than the most. */
    memset(decision->order.order_id, 1, sizeof(decision->order.order_id) - 1);
    memset(decision->order.account, 1, sizeof(decision->order.account) - 1);
    memset(decision->order.symbol, 1, sizeof(decision->order.symbol) - 1);
    memset(decision->order.exchange, 1, sizeof(decision->order.exchange) - 1);
    memset(decision->order.source, 1, sizeof(decision->order.source) - 1);
    memset(decision->request_id, 1, sizeof(decision->request_id) - 1);
    memset(decision->code, 1, sizeof(decision->code) - 1);
    memset(decision->reason, 1, sizeof(decision->reason) - 1);
    decision->value = decision->limit = -(int128)(((uint128)1 << 127) - 1);
    decision->order.quantity = decision->order.limit_price = decision->order.stop_price = -INT64_MAX;
    decision->reference_price = -INT64_MAX;
    decision->reference_seq = UINT64_MAX;
    char payload[EVENT_PAYLOAD_SIZE];
    size_t length = event_encode(&event, payload, sizeof(payload));
    assert_int_equal(length, strlen(payload));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_comes_back_as_it_went),
        cmocka_unit_test(required_fields_are_enough),
        cmocka_unit_test(each_required_field_is_missed),
        cmocka_unit_test(each_field_refuses_wrong_types),
        cmocka_unit_test(each_known_field_stands_there_once),
        cmocka_unit_test(a_quote_of_another_language_is_read),
        cmocka_unit_test(numbers_are_exact_or_refused),
        cmocka_unit_test(names_arrive_unchanged_or_not_at_all),
        cmocka_unit_test(texts_are_cleaned_and_cut),
        cmocka_unit_test(words_are_those_of_the_wire),
        cmocka_unit_test(orders_have_the_prices_of_their_type),
        cmocka_unit_test(requests_get_the_default_account),
        cmocka_unit_test(a_line_has_more_than_its_event),
        cmocka_unit_test(subject_and_payload_must_agree),
        cmocka_unit_test(execution_ids_follow_their_order),
        cmocka_unit_test(an_empty_event_has_nothing_in_it),
        cmocka_unit_test(the_longest_event_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
