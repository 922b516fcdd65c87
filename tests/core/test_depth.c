/* Depth on the wire: letter by letter, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/depth.h"
#include "core/subject.h"

#define P(price)    ((price)*PRICE_ONE)
#define Q(quantity) ((quantity)*QUANTITY_ONE)

static const char SUBJECT[] = "depth.nyse.BRK%2EB";

static void assert_same(const struct depth *a, const struct depth *b)
{
    assert_string_equal(a->symbol, b->symbol);
    assert_string_equal(a->exchange, b->exchange);
    assert_int_equal(a->bid_count, b->bid_count);
    assert_int_equal(a->ask_count, b->ask_count);
    assert_memory_equal(a->bids, b->bids, sizeof(a->bids));
    assert_memory_equal(a->asks, b->asks, sizeof(a->asks));
    assert_int_equal(a->seq, b->seq);
    assert_string_equal(a->source, b->source);
    assert_int_equal(a->timestamp_ns, b->timestamp_ns);
}

static void it_is_written_and_read(void **state)
{
    (void)state;
    static const struct {
        struct depth depth;
        const char *payload;
    } CASES[] = {
        {{.symbol = "BRK.B",
          .exchange = "NYSE",
          .bids = {{P(480) + 10000000, Q(300)}, {P(479), 1}},
          .asks = {{P(481), Q(7) + Q(1) / 2}},
          .bid_count = 2,
          .ask_count = 1,
          .seq = 7,
          .source = "sim-1",
          .timestamp_ns = INT64_C(1795789800123456789)},
         "{\"symbol\":\"BRK.B\",\"exchange\":\"NYSE\",\"bids\":[[480.01,300],[479,0.00000001]],\"asks\":[[481,7.5]],"
         "\"seq\":7,\"source\":\"sim-1\",\"timestamp\":\"2026-11-27T14:30:00.123456789Z\"}"},
        {{.symbol = "BRK.B", .exchange = "NYSE", .timestamp_ns = INT64_C(1795789800000000000)},
         "{\"symbol\":\"BRK.B\",\"exchange\":\"NYSE\",\"bids\":[],\"asks\":[],\"timestamp\":\"2026-11-27T14:30:00."
         "000000000Z\"}"},
    };
    char payload[DEPTH_PAYLOAD_SIZE], subject[SUBJECT_SIZE];
    struct depth depth;
    struct error error = {0};
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        size_t length = depth_encode(&CASES[i].depth, payload, sizeof(payload));
        assert_string_equal(payload, CASES[i].payload);
        assert_int_equal(length, strlen(payload));
        subject_of_depth(subject, CASES[i].depth.exchange, CASES[i].depth.symbol);
        assert_string_equal(subject, SUBJECT);
        assert_int_equal(depth_decode(&depth, subject, payload, length, &error), 0);
        assert_same(&depth, &CASES[i].depth);
    }
}

/* The longest numbers that there are, on all levels. */
static void the_largest_fits(void **state)
{
    (void)state;
    char payload[DEPTH_PAYLOAD_SIZE], subject[SUBJECT_SIZE];
    struct depth depth = {.bid_count = DEPTH_LEVELS, .ask_count = DEPTH_LEVELS, .seq = UINT64_MAX}, read;
    memset(depth.symbol, '"', sizeof(depth.symbol) - 1);
    memset(depth.exchange, 'X', sizeof(depth.exchange) - 1);
    memset(depth.source, '"', sizeof(depth.source) - 1);
    for (int i = 0; i < DEPTH_LEVELS; i++) {
        depth.bids[i] = (struct depth_level){.price = -INT64_MAX + DEPTH_LEVELS - i, .size = INT64_MAX - i};
        depth.asks[i] = (struct depth_level){.price = -INT64_MAX + i, .size = INT64_MAX - i};
    }
    size_t length = depth_encode(&depth, payload, sizeof(payload));
    subject_of_depth(subject, depth.exchange, depth.symbol);
    assert_int_equal(depth_decode(&read, subject, payload, length, NULL), 0);
    assert_same(&read, &depth);
}

static void others_write_it_in_their_way(void **state)
{
    (void)state;
    static const char PAYLOAD[] =
        " {\"timestamp\":\"2026-11-27T14:30:00\",\"asks\":[[\"10\",\"1\"],[11,1],[12,1],[13,1],[14,1],[15,1],[16,1],"
        "[17,1],[18,1],[19,1],[20,1]],\"other\":[[]],\"seq\":null,\"bids\":[ [ 9.50 , 2.0 ] ],\"exchange\":\"nyse\","
        "\"symbol\":\"BRK.B\"} ";
    struct depth depth;
    struct error error = {0};
    assert_int_equal(depth_decode(&depth, "depth.NYSE.BRK%2EB", PAYLOAD, strlen(PAYLOAD), &error), 0);
    assert_string_equal(depth.exchange, "NYSE");
    assert_int_equal(depth.ask_count, DEPTH_LEVELS);
    assert_int_equal(depth.asks[0].price, P(10));
    assert_int_equal(depth.asks[9].price, P(19));
    assert_int_equal(depth.bid_count, 1);
    assert_int_equal(depth.bids[0].price, P(95) / 10);
}

static void what_is_wrong_is_refused(void **state)
{
    (void)state;
#define PAYLOAD(bids, asks)                                                                                            \
    "{\"symbol\":\"BRK.B\",\"exchange\":\"NYSE\",\"bids\":" bids ",\"asks\":" asks                                     \
    ",\"timestamp\":\"2026-11-27T14:30:00Z\"}"
    static const struct {
        const char *subject, *payload, *reason;
    } CASES[] = {
        {SUBJECT, "{", "depth: bad JSON: "},
        {SUBJECT, "{}", "depth: symbol is missing"},
        {SUBJECT, PAYLOAD("null", "[]"), "depth: bids is not an array"},
        {SUBJECT, PAYLOAD("[1]", "[]"), "depth: bids: a level is not [price,size]"},
        {SUBJECT, PAYLOAD("[[1]]", "[]"), "depth: bids: a level is not [price,size]"},
        {SUBJECT, PAYLOAD("[]", "[[1,2,3]]"), "depth: asks: a level is not [price,size]"},
        {SUBJECT, PAYLOAD("[[1,0]]", "[]"), "depth: bids: the size of a level is zero"},
        {SUBJECT, PAYLOAD("[[1,-1]]", "[]"), "depth: bids: the size of a level is negative"},
        {SUBJECT, PAYLOAD("[[null,1]]", "[]"), "depth: bids: the price of a level is not a number"},
        {SUBJECT, PAYLOAD("[[0.0000000001,1]]", "[]"), "depth: bids: the price of a level has more than 9 decimals"},
        {SUBJECT, PAYLOAD("[[1,1],[1,2]]", "[]"), "depth: bids does not go from the best price to the worst"},
        {SUBJECT, PAYLOAD("[]", "[[2,1],[1,2]]"), "depth: asks does not go from the best price to the worst"},
        {SUBJECT, PAYLOAD("[]", "[],\"bids\":[]"), "depth: bids stands there twice"},
        {"depth.nyse.AAPL", PAYLOAD("[]", "[]"), "depth: the subject depth.nyse.AAPL and the payload disagree"},
        {"depth.nasdaq.BRK%2EB", PAYLOAD("[]", "[]"), "depth: the subject depth.nasdaq.BRK%2EB and the"},
        {"md.nyse.BRK%2EB", PAYLOAD("[]", "[]"), "depth: the subject md.nyse.BRK%2EB and the payload disagree"},
        {"depth.nyse", PAYLOAD("[]", "[]"), "depth: the subject depth.nyse and the payload disagree"},
        {"depth.nyse.BRK%2EB.x", PAYLOAD("[]", "[]"), "depth: the subject depth.nyse.BRK%2EB.x and the"},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct depth depth;
        struct error error = {0};
        assert_int_equal(depth_decode(&depth, CASES[i].subject, CASES[i].payload, strlen(CASES[i].payload), &error),
                         -1);
        if (strncmp(error.text, CASES[i].reason, strlen(CASES[i].reason)) != 0)
            fail_msg("\"%s\" instead of \"%s\"", error.text, CASES[i].reason);
    }
}

static void a_filter_is_for_all(void **state)
{
    (void)state;
    char subject[SUBJECT_SIZE];
    subject_of_depth(subject, NULL, NULL);
    assert_string_equal(subject, "depth.*.>");
    subject_of_depth(subject, "NYSE", NULL);
    assert_string_equal(subject, "depth.nyse.>");
    assert_int_equal(subject_kind(SUBJECT), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_written_and_read),       cmocka_unit_test(the_largest_fits),
        cmocka_unit_test(others_write_it_in_their_way), cmocka_unit_test(what_is_wrong_is_refused),
        cmocka_unit_test(a_filter_is_for_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
