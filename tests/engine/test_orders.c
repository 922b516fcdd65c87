/* The order book: every move of the state table (the rows of order_fsm.csv are named in the cases), what counts once,
 * requests, trading states, and the lists of open orders. */
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

#include "engine/orders.h"
#include "engine/requests.h"
#include "script.h"

enum { LINES_MAX = 12 };

enum flags { NO_FLAG = 0, CANCEL = 1, REPLACE = 2 };

struct move_case {
    const char *row; /* "from,event" of the row in order_fsm.csv; NULL: no row of its own */
    const char *lines[LINES_MAX];
    enum fold_result last; /* what folding the last line gives */
    enum order_state state;
    int flags;
};

#define NEW      "new A buy 10 AAPL limit 189.01"
#define STOP     "new A buy 10 AAPL stop 190 limit 191"
#define SENT     NEW, "validated A"
#define ACCEPTED SENT, "accepted A"
#define PARTIAL  ACCEPTED, "fill A 1 4 @ 189"
#define STOPPED  STOP, "validated A", "accepted A"

static const struct move_case move_cases[] = {
    {NULL, {NEW}, FOLD_APPLIED, ORDER_INITIALIZED, 0},
    {"INITIALIZED,risk_denied", {NEW, "rejected A PRICE_COLLAR"}, FOLD_APPLIED, ORDER_DENIED, 0},
    {"INITIALIZED,sent", {NEW, "validated A"}, FOLD_APPLIED, ORDER_SUBMITTED, 0},
    {"SUBMITTED,ack", {SENT, "accepted A"}, FOLD_APPLIED, ORDER_ACCEPTED, 0},
    {"SUBMITTED,reject", {SENT, "refused A"}, FOLD_APPLIED, ORDER_REJECTED, 0},
    {"SUBMITTED,trade", {SENT, "fill A 1 4 @ 189"}, FOLD_APPLIED, ORDER_PARTIALLY_FILLED, 0},
    {"SUBMITTED,trade", {SENT, "fill A 1 10 @ 189"}, FOLD_APPLIED, ORDER_FILLED, 0},
    {"SUBMITTED,kill", {SENT, "cancelled A ioc"}, FOLD_APPLIED, ORDER_CANCELED, 0},
    {"SUBMITTED,kill", {SENT, "cancelled A fok"}, FOLD_APPLIED, ORDER_CANCELED, 0},
    {"SUBMITTED,kill", {SENT, "cancelled A post_only"}, FOLD_APPLIED, ORDER_CANCELED, 0},
    {NULL, {SENT, "cancelled A expired"}, FOLD_ILLEGAL, ORDER_SUBMITTED, 0},
    {NULL, {SENT, "cancelled A requested"}, FOLD_ILLEGAL, ORDER_SUBMITTED, 0},
    /* That an answer did not come is not an event on the tape: the order stays SUBMITTED until one comes. */
    {"SUBMITTED,timeout", {SENT}, FOLD_APPLIED, ORDER_SUBMITTED, 0},
    {"ACCEPTED,stop_hit", {STOPPED, "triggered A 190"}, FOLD_APPLIED, ORDER_TRIGGERED, 0},
    {NULL, {ACCEPTED, "triggered A 190"}, FOLD_ILLEGAL, ORDER_ACCEPTED, 0},
    {"ACCEPTED|TRIGGERED|PARTIALLY_FILLED,trade", {PARTIAL}, FOLD_APPLIED, ORDER_PARTIALLY_FILLED, 0},
    {"ACCEPTED|TRIGGERED|PARTIALLY_FILLED,trade", {PARTIAL, "fill A 2 6 @ 189.01"}, FOLD_APPLIED, ORDER_FILLED, 0},
    {"ACCEPTED|TRIGGERED|PARTIALLY_FILLED,trade",
     {STOPPED, "triggered A 190", "fill A 1 4 @ 190"},
     FOLD_APPLIED,
     ORDER_PARTIALLY_FILLED,
     0},
    {"ACCEPTED|TRIGGERED|PARTIALLY_FILLED,cancel_req", {ACCEPTED, "cancel A R1"}, FOLD_APPLIED, ORDER_ACCEPTED, CANCEL},
    {"ACCEPTED|TRIGGERED|PARTIALLY_FILLED,cancel_req",
     {PARTIAL, "cancel A R1"},
     FOLD_APPLIED,
     ORDER_PARTIALLY_FILLED,
     CANCEL},
    {"ACCEPTED|TRIGGERED|PARTIALLY_FILLED,replace_req",
     {ACCEPTED, "replace A R1 quantity 5"},
     FOLD_APPLIED,
     ORDER_ACCEPTED,
     REPLACE},
    {"ACCEPTED|TRIGGERED|PARTIALLY_FILLED,replace_req",
     {STOPPED, "triggered A 190", "replace A R1 quantity 5"},
     FOLD_APPLIED,
     ORDER_TRIGGERED,
     REPLACE},
    {NULL, {PARTIAL, "cancel A R1", "replace A R2 quantity 5"}, FOLD_APPLIED, ORDER_PARTIALLY_FILLED, CANCEL | REPLACE},
    {NULL, {SENT, "replace A R1 quantity 5"}, FOLD_ILLEGAL, ORDER_SUBMITTED, 0},
    {NULL, {ACCEPTED, "replace A R1 quantity 5", "replace A R2 quantity 6"}, FOLD_ILLEGAL, ORDER_ACCEPTED, REPLACE},
    {"any working,canceled", {ACCEPTED, "cancelled A requested"}, FOLD_APPLIED, ORDER_CANCELED, 0},
    {"any working,canceled", {PARTIAL, "cancel A R1", "cancelled A requested R1"}, FOLD_APPLIED, ORDER_CANCELED, 0},
    {"any working,canceled", {STOPPED, "triggered A 190", "cancelled A halt"}, FOLD_APPLIED, ORDER_CANCELED, 0},
    {"any working,expired", {PARTIAL, "cancelled A expired"}, FOLD_APPLIED, ORDER_EXPIRED, 0},
    {"any working + pend=CANCEL,cancel_reject",
     {ACCEPTED, "cancel A R1", "cancel_rejected A R1"},
     FOLD_APPLIED,
     ORDER_ACCEPTED,
     0},
    {NULL, {ACCEPTED, "cancel A R1", "cancel_rejected A R9"}, FOLD_ILLEGAL, ORDER_ACCEPTED, CANCEL},
    {"any working + pend=REPLACE,replaced",
     {PARTIAL, "replace A R1 quantity 5", "replace_validated A R1", "replaced A R1 5"},
     FOLD_APPLIED,
     ORDER_PARTIALLY_FILLED,
     0},
    {"any working + pend=REPLACE,replaced",
     {PARTIAL, "replace A R1 quantity 4", "replace_validated A R1", "replaced A R1 4"},
     FOLD_APPLIED,
     ORDER_FILLED,
     0},
    {"any working + pend=REPLACE,replaced",
     {PARTIAL, "replace A R1 quantity 3", "replace_validated A R1", "replaced A R1 3"},
     FOLD_APPLIED,
     ORDER_FILLED,
     0},
    {NULL, {ACCEPTED, "replaced A R1 5"}, FOLD_ILLEGAL, ORDER_ACCEPTED, 0},
    {NULL, {ACCEPTED, "replace A R1 quantity 5", "replaced A R2 5"}, FOLD_ILLEGAL, ORDER_ACCEPTED, REPLACE},
    {"any working + pend=REPLACE,replace_reject",
     {ACCEPTED, "replace A R1 quantity 5", "replace_rejected A R1"},
     FOLD_APPLIED,
     ORDER_ACCEPTED,
     0},
    {"any working + pend=REPLACE,replace_reject",
     {ACCEPTED, "replace A R1 quantity 5", "cancel_rejected A R1"},
     FOLD_APPLIED,
     ORDER_ACCEPTED,
     0},
    {"any working + pend,trade",
     {ACCEPTED, "cancel A R1", "fill A 1 4 @ 189"},
     FOLD_APPLIED,
     ORDER_PARTIALLY_FILLED,
     CANCEL},
    {"any working + pend,trade",
     {ACCEPTED, "cancel A R1", "replace A R2 quantity 20", "fill A 1 10 @ 189"},
     FOLD_APPLIED,
     ORDER_FILLED,
     0},
    {"CANCELED|EXPIRED,late trade",
     {PARTIAL, "cancelled A halt", "fill A 2 1 @ 189"},
     FOLD_LATE_FILL,
     ORDER_CANCELED,
     0},
    {"CANCELED|EXPIRED,late trade",
     {PARTIAL, "cancelled A expired", "fill A 2 6 @ 189"},
     FOLD_LATE_FILL,
     ORDER_EXPIRED,
     0},
    {NULL, {PARTIAL, "cancelled A halt", "fill A 2 7 @ 189"}, FOLD_OVERFILL, ORDER_CANCELED, 0},
    /* No message of the wire takes a fill back; a second report of the same fill changes nothing. */
    {"FILLED|PARTIALLY_FILLED,trade_cancel/correct",
     {PARTIAL, "fill A 1 3 @ 188"},
     FOLD_DUPLICATE,
     ORDER_PARTIALLY_FILLED,
     0},
    {"ACCEPTED,reject", {STOPPED, "refused A"}, FOLD_APPLIED, ORDER_REJECTED, 0},
    {"INITIALIZED|SUBMITTED,cancel_req", {NEW, "cancel A R1"}, FOLD_APPLIED, ORDER_INITIALIZED, CANCEL},
    {"INITIALIZED|SUBMITTED,cancel_req", {SENT, "cancel A R1"}, FOLD_APPLIED, ORDER_SUBMITTED, CANCEL},
    {"INITIALIZED|SUBMITTED,cancel_req",
     {SENT, "cancel A R1", "cancelled A requested R1"},
     FOLD_APPLIED,
     ORDER_CANCELED,
     0},
    {NULL, {NEW, "cancel A R1", "validated A"}, FOLD_APPLIED, ORDER_SUBMITTED, CANCEL},
    {NULL, {NEW, "cancel A R1", "rejected A MAX_NOTIONAL"}, FOLD_APPLIED, ORDER_DENIED, 0},
    {"DENIED|REJECTED|CANCELED|EXPIRED|FILLED,cancel_req",
     {NEW, "rejected A BAD_TICK", "cancel A R1"},
     FOLD_APPLIED,
     ORDER_DENIED,
     0},
    {"DENIED|REJECTED|CANCELED|EXPIRED|FILLED,cancel_req",
     {SENT, "fill A 1 10 @ 189", "cancel A R1"},
     FOLD_APPLIED,
     ORDER_FILLED,
     0},
    {NULL, {SENT, "refused A", "replace A R1 quantity 5"}, FOLD_ILLEGAL, ORDER_REJECTED, 0},
    {"DENIED|REJECTED|CANCELED|EXPIRED|FILLED,cancel_reject|replace_reject",
     {SENT, "refused A", "cancel A R1", "cancel_rejected A R1"},
     FOLD_APPLIED,
     ORDER_REJECTED,
     0},
    {"DENIED|REJECTED|CANCELED|EXPIRED|FILLED,cancel_reject|replace_reject",
     {ACCEPTED, "replace A R1 quantity 5", "fill A 1 10 @ 189", "replace_rejected A R1"},
     FOLD_APPLIED,
     ORDER_FILLED,
     0},
    {"FILLED,trade", {SENT, "fill A 1 10 @ 189", "fill A 2 1 @ 189"}, FOLD_OVERFILL, ORDER_FILLED, 0},
    {NULL, {PARTIAL, "fill A 2 7 @ 189"}, FOLD_OVERFILL, ORDER_FILLED, 0},
    {"INITIALIZED|SUBMITTED,halt", {NEW, "state halted * S1", "cancelled A halt"}, FOLD_APPLIED, ORDER_CANCELED, 0},
    {"INITIALIZED|SUBMITTED,halt",
     {NEW, "state halted * S1", "rejected A TRADING_HALTED"},
     FOLD_APPLIED,
     ORDER_DENIED,
     0},
    {"INITIALIZED|SUBMITTED,halt", {SENT, "state halted * S1", "cancelled A halt"}, FOLD_APPLIED, ORDER_CANCELED, 0},
    /* An acceptance behind a halt is counted, and the order works until the exchange cancels it. */
    {NULL, {SENT, "state halted * S1", "accepted A"}, FOLD_APPLIED, ORDER_ACCEPTED, 0},
    /* Counting once. */
    {NULL, {NEW, "new A buy 10 AAPL limit 189.01"}, FOLD_DUPLICATE, ORDER_INITIALIZED, 0},
    {NULL, {NEW, "new A sell 99 AAPL"}, FOLD_DUPLICATE, ORDER_INITIALIZED, 0},
    {NULL, {SENT, "rejected A BAD_TICK"}, FOLD_DUPLICATE, ORDER_SUBMITTED, 0},
    {NULL, {NEW, "rejected A BAD_TICK", "validated A"}, FOLD_DUPLICATE, ORDER_DENIED, 0},
    {NULL, {ACCEPTED, "accepted A"}, FOLD_DUPLICATE, ORDER_ACCEPTED, 0},
    {NULL, {PARTIAL, "accepted A"}, FOLD_DUPLICATE, ORDER_PARTIALLY_FILLED, 0},
    {NULL, {SENT, "fill A 1 4 @ 189", "accepted A"}, FOLD_ILLEGAL, ORDER_PARTIALLY_FILLED, 0},
    {NULL, {ACCEPTED, "cancelled A halt", "cancelled A requested"}, FOLD_DUPLICATE, ORDER_CANCELED, 0},
    {NULL, {PARTIAL, "fill A 3 1 @ 189"}, FOLD_GAP, ORDER_PARTIALLY_FILLED, 0},
    {NULL, {ACCEPTED, "fill A 0 1 @ 189"}, FOLD_ILLEGAL, ORDER_ACCEPTED, 0},
    {NULL, {ACCEPTED, "cancel A R1", "cancel A R1"}, FOLD_DUPLICATE, ORDER_ACCEPTED, CANCEL},
    {NULL, {ACCEPTED, "cancel A R1", "cancel_rejected A R1", "cancel A R1"}, FOLD_DUPLICATE, ORDER_ACCEPTED, 0},
    {NULL, {NEW, "accepted A"}, FOLD_ILLEGAL, ORDER_INITIALIZED, 0},
    {NULL, {NEW, "fill A 1 1 @ 189"}, FOLD_ILLEGAL, ORDER_INITIALIZED, 0},
    {NULL, {NEW, "rejected A BAD_TICK", "fill A 1 1 @ 189"}, FOLD_ILLEGAL, ORDER_DENIED, 0},
};

enum { MOVE_CASES = sizeof move_cases / sizeof move_cases[0] };

static enum fold_result fold(struct order_book *book, struct script *script, const char *line)
{
    struct event event = script_event(script, line);
    return order_book_fold(book, &event);
}

static void test_moves(void **state)
{
    (void)state;
    for (size_t i = 0; i < MOVE_CASES; i++) {
        const struct move_case *test = &move_cases[i];
        struct order_book *book = order_book_create();
        struct script script;
        script_init(&script);
        enum fold_result result = FOLD_IGNORED;
        const char *last = "";
        for (int j = 0; j < LINES_MAX && test->lines[j] != NULL; j++) {
            last = test->lines[j];
            result = fold(book, &script, last);
        }
        const struct order *order = order_book_find(book, "A");
        int flags = (order->cancel_pending ? CANCEL : 0) | (order->replace_pending ? REPLACE : 0);
        if (result != test->last || order->state != test->state || flags != test->flags)
            fail_msg("case %zu (%s), last line \"%s\": result %d, state %s, flags %d", i,
                     test->row == NULL ? "no row" : test->row, last, (int)result, order_state_name(order->state),
                     flags);
        order_book_destroy(book);
    }
}

static bool row_has_a_case(const char *row)
{
    for (size_t i = 0; i < MOVE_CASES; i++)
        if (move_cases[i].row != NULL && strcmp(move_cases[i].row, row) == 0)
            return true;
    return false;
}

/* The table beside the project names the moves; each of its rows has a case above. */
static void test_every_row_has_a_case(void **state)
{
    (void)state;
    const char *source = getenv("TAPEDECK_SOURCE_DIR");
    char path[512];
    snprintf(path, sizeof path, "%s/../shared/order_fsm.csv", source == NULL ? "." : source);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        printf("SKIP: no %s\n", path);
        skip();
    }
    char line[512];
    int rows = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        char *comma = strchr(line, ',');
        comma = comma == NULL ? NULL : strchr(comma + 1, ',');
        if (comma == NULL || rows++ == 0)
            continue;
        *comma = '\0';
        if (!row_has_a_case(line))
            fail_msg("no case for the row \"%s\"", line);
    }
    fclose(file);
    assert_true(rows > 20);
}

static void test_fills_add_up(void **state)
{
    (void)state;
    struct order_book *book = order_book_create();
    struct script script;
    script_init(&script);
    const struct order *order;
    fold(book, &script, "new A buy 10 AAPL limit 189.03");
    order = order_book_find(book, "A");
    assert_true(order_average_price(order) == DECIMAL_NONE);
    assert_int_equal(order_leaves(order), script_quantity("10"));
    fold(book, &script, "validated A reference 189.02");
    fold(book, &script, "accepted A queue 300");
    fold(book, &script, "fill A 1 3 @ 189.01");
    fold(book, &script, "fill A 1 3 @ 189.01");
    fold(book, &script, "fill A 2 4 @ 189.03");
    assert_int_equal(order->cumulative_quantity, script_quantity("7"));
    assert_int_equal(order_leaves(order), script_quantity("3"));
    assert_int_equal(order->fills, 2);
    assert_int_equal(order->execution_sequence, 6);
    assert_int_equal(order->last_sequence, 6);
    assert_int_equal(order->new_sequence, 1);
    assert_int_equal(order->reference_price, script_price("189.02"));
    assert_int_equal(order->queue_ahead, script_quantity("300"));
    /* (3 * 189.01 + 4 * 189.03) / 7 = 189.0214285714… */
    assert_int_equal(order_average_price(order), script_price("189.021428571"));
    fold(book, &script, "cancelled A requested");
    assert_int_equal(order_leaves(order), 0);
    fold(book, &script, "fill A 3 1 @ 189.01");
    assert_int_equal(order->cumulative_quantity, script_quantity("8"));
    struct order_counts counts = order_book_counts(book);
    assert_int_equal(counts.applied, 6);
    assert_int_equal(counts.duplicates, 1);
    assert_int_equal(counts.late_fills, 1);
    assert_int_equal(order_book_sequence(book), 8);
    order_book_destroy(book);
}

static void test_replace_brings_its_terms(void **state)
{
    (void)state;
    struct order_book *book = order_book_create();
    struct script script;
    script_init(&script);
    fold(book, &script, "new A buy 10 AAPL limit 189.01");
    fold(book, &script, "validated A");
    fold(book, &script, "accepted A");
    const struct order *order = order_book_find(book, "A");
    fold(book, &script, "replace A R1 quantity 20 limit 188.50");
    assert_false(order->replace_decided);
    assert_int_equal(order->replace->limit_price, script_price("188.5"));
    assert_int_equal(order->terms.quantity, script_quantity("10"));
    fold(book, &script, "replace_validated A R1");
    assert_true(order->replace_decided);
    fold(book, &script, "fill A 1 2 @ 189.01");
    fold(book, &script, "replaced A R1 20 limit 188.50");
    assert_int_equal(order->terms.quantity, script_quantity("20"));
    assert_int_equal(order->terms.limit_price, script_price("188.5"));
    assert_int_equal(order_leaves(order), script_quantity("18"));
    assert_false(order->replace_decided);
    order_book_destroy(book);
}

/* A decision on another request that took the same id says nothing about the first. */
static void test_decision_on_other_content_is_ignored(void **state)
{
    (void)state;
    struct order_book *book = order_book_create();
    struct script script;
    script_init(&script);
    fold(book, &script, "new A buy 10 AAPL limit 189.01");
    struct event event = script_event(&script, "validated A");
    event.decision.order.quantity = script_quantity("99");
    assert_int_equal(order_book_fold(book, &event), FOLD_ILLEGAL);
    assert_int_equal(order_book_find(book, "A")->state, ORDER_INITIALIZED);
    assert_int_equal(fold(book, &script, "validated A"), FOLD_APPLIED);
    order_book_destroy(book);
}

/* A fill that says another account, symbol or side than its order is none of it. */
static void test_fill_of_something_else(void **state)
{
    (void)state;
    struct order_book *book = order_book_create();
    struct script script;
    script_init(&script);
    fold(book, &script, "new A buy 10 AAPL limit 189.01");
    fold(book, &script, "validated A");
    struct event event = script_event(&script, "fill A 1 4 @ 189");
    event.execution.side = SIDE_SELL;
    assert_int_equal(order_book_fold(book, &event), FOLD_ILLEGAL);
    event.execution.side = SIDE_BUY;
    event.execution.quantity = 0;
    assert_int_equal(order_book_fold(book, &event), FOLD_ILLEGAL);
    event.execution.quantity = INT64_MAX;
    assert_int_equal(order_book_fold(book, &event), FOLD_OVERFILL);
    assert_int_equal(order_book_find(book, "A")->cumulative_quantity, INT64_MAX);
    order_book_destroy(book);
}

static void test_unknown_orders(void **state)
{
    (void)state;
    struct order_book *book = order_book_create();
    struct script script, other;
    script_init(&script);
    script_init(&other);
    script_event(&other, "new Z buy 10 AAPL limit 189.01");
    const char *const lines[] = {"validated Z", "accepted Z", "fill Z 1 4 @ 189", "cancelled Z requested"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_int_equal(fold(book, &other, lines[i]), FOLD_UNKNOWN);
    /* A request about an order that nobody knows is owed an answer all the same. */
    assert_int_equal(fold(book, &script, "cancel Z R1"), FOLD_UNKNOWN);
    assert_int_equal(requests_count(order_book_requests(book)), 1);
    assert_int_equal(fold(book, &script, "cancel_rejected Z R1"), FOLD_UNKNOWN);
    assert_int_equal(requests_count(order_book_requests(book)), 0);
    assert_int_equal(order_book_counts(book).unknown, 6);
    assert_int_equal(order_book_count(book), 0);
    assert_null(order_book_newest(book));
    struct event quote = script_event(&script, "quote AAPL 1 x 1 / 2 x 1");
    assert_int_equal(order_book_fold(book, &quote), FOLD_IGNORED);
    order_book_destroy(book);
}

static void test_requests_are_owed_an_answer(void **state)
{
    (void)state;
    struct order_book *book = order_book_create();
    const struct requests *requests = order_book_requests(book);
    struct script script;
    script_init(&script);
    fold(book, &script, "new A buy 10 AAPL limit 189.01");
    fold(book, &script, "validated A");
    fold(book, &script, "accepted A");
    fold(book, &script, "cancel A C1");
    fold(book, &script, "replace A R1 quantity 5");
    fold(book, &script, "cancel A C2");
    assert_int_equal(requests_count(requests), 3);
    assert_string_equal(requests_oldest_of(requests, "A")->request.request_id, "C1");
    assert_false(requests_oldest(requests)->next->validated);
    fold(book, &script, "replace_validated A R1");
    assert_true(requests_oldest(requests)->next->validated);
    fold(book, &script, "cancelled A requested C1");
    assert_string_equal(requests_oldest_of(requests, "A")->request.request_id, "R1");
    fold(book, &script, "cancel_rejected A R1");
    fold(book, &script, "cancelled A requested C2"); /* a duplicate: it cancelled nothing, so it answers nothing */
    assert_int_equal(requests_count(requests), 1);
    fold(book, &script, "cancel_rejected A C2");
    assert_null(requests_oldest(requests));
    assert_null(requests_oldest_of(requests, "A"));
    order_book_destroy(book);
}

/* What a rejection found and allows is kept with its code, for those who answer the request. */
static void test_rejection_in_numbers(void **state)
{
    (void)state;
    struct order_book *book = order_book_create();
    struct script script;
    script_init(&script);
    fold(book, &script, "new A buy 10 AAPL limit 189.01");
    const struct order *order = order_book_find(book, "A");
    assert_true(order->value == MONEY_NONE && order->limit == MONEY_NONE);
    struct event event = script_event(&script, "rejected A MAX_QUANTITY");
    event.decision.value = 10 * MONEY_ONE;
    event.decision.limit = 5 * MONEY_ONE;
    assert_int_equal(order_book_fold(book, &event), FOLD_APPLIED);
    assert_string_equal(order->code, "MAX_QUANTITY");
    assert_true(order->value == 10 * MONEY_ONE && order->limit == 5 * MONEY_ONE);
    order_book_destroy(book);
}

static void test_trading_states(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum trading_state account, symbol, other;
    } steps[] = {
        {"state active * S1", TRADING_ACTIVE, TRADING_ACTIVE, TRADING_ACTIVE},
        {"state reducing SIM-1/AAPL S2", TRADING_ACTIVE, TRADING_REDUCING, TRADING_ACTIVE},
        {"state halted SIM-2 S3", TRADING_ACTIVE, TRADING_REDUCING, TRADING_HALTED},
        {"state reducing * S4", TRADING_REDUCING, TRADING_REDUCING, TRADING_HALTED},
        {"state halted SIM-1 S5", TRADING_HALTED, TRADING_HALTED, TRADING_HALTED},
        {"state active SIM-1 S6", TRADING_REDUCING, TRADING_REDUCING, TRADING_HALTED},
        {"state active * S7", TRADING_ACTIVE, TRADING_REDUCING, TRADING_HALTED},
        {"state halted SIM-1 S8", TRADING_HALTED, TRADING_HALTED, TRADING_HALTED},
        {"state active SIM-1 S6", TRADING_HALTED, TRADING_HALTED, TRADING_HALTED}, /* stored twice: does not resume */
    };
    struct order_book *book = order_book_create();
    struct script script;
    script_init(&script);
    assert_int_equal(order_book_trading_state(book, "SIM-1", "AAPL"), TRADING_ACTIVE);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        fold(book, &script, steps[i].line);
        assert_int_equal(order_book_trading_state(book, "SIM-1", NULL), steps[i].account);
        assert_int_equal(order_book_trading_state(book, "SIM-1", "AAPL"), steps[i].symbol);
        assert_int_equal(order_book_trading_state(book, "SIM-2", "MSFT"), steps[i].other);
    }
    assert_string_equal(order_book_state_of(book, "SIM-1")->request_id, "S8");
    assert_null(order_book_state_of(book, "SIM-3"));
    assert_int_equal(order_book_counts(book).duplicates, 1);
    fold(book, &script, "new A buy 10 AAPL limit 189.01");
    fold(book, &script, "validated A");
    fold(book, &script, "accepted A");
    assert_int_equal(order_book_counts(book).accepted_while_halted, 1);
    order_book_destroy(book);
}

static void append_id(const struct order *order, void *text)
{
    strcat(text, order->terms.order_id);
}

static void assert_open(const struct order_book *book, const char *all, const char *aapl, const char *tsla)
{
    char text[64] = "";
    order_book_each_open(book, append_id, text);
    assert_string_equal(text, all);
    text[0] = '\0';
    order_book_each_open_of(book, "NYSE", "AAPL", append_id, text);
    assert_string_equal(text, aapl);
    text[0] = '\0';
    order_book_each_open_of(book, "NASDAQ", "TSLA", append_id, text);
    assert_string_equal(text, tsla);
}

/* What an id stands for is the request's content, also after a replace and a start from a snapshot. */
static void test_what_was_asked_for_is_kept(void **state)
{
    static const char *const lines[] = {ACCEPTED, "replace A R1 quantity 5 limit 188", "replace_validated A R1",
                                        "replaced A R1 5 limit 188"};
    (void)state;
    struct order_book *book = order_book_create(), *loaded = order_book_create();
    struct script script;
    struct pack pack, copy;
    script_init(&script);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        fold(book, &script, lines[i]);
    fold(book, &script, "new B buy 7 AAPL limit 187");
    pack_write(&pack);
    order_book_save(book, &pack);
    pack_read(&copy, pack.bytes, pack.count);
    assert_int_equal(order_book_load(loaded, &copy), 0);
    struct order_book *const books[] = {book, loaded};
    for (size_t i = 0; i < 2; i++) {
        const struct order *order = order_book_find(books[i], "A");
        struct order_request asked = order_as_asked(order);
        assert_true(order->terms.quantity == script_quantity("5"));
        assert_true(order->terms.limit_price == script_price("188"));
        assert_true(asked.quantity == script_quantity("10"));
        assert_true(asked.limit_price == script_price("189.01"));
        asked = order_as_asked(order_book_find(books[i], "B"));
        assert_true(asked.quantity == script_quantity("7"));
        assert_true(asked.limit_price == script_price("187"));
        assert_true(asked.stop_price == DECIMAL_NONE);
    }
    pack_free(&pack);
    order_book_destroy(book);
    order_book_destroy(loaded);
}

static void test_lists(void **state)
{
    (void)state;
    struct order_book *book = order_book_create();
    struct script script;
    script_init(&script);
    assert_open(book, "", "", "");
    fold(book, &script, "new A buy 10 AAPL limit 189.01");
    fold(book, &script, "new B buy 10 TSLA limit 200");
    fold(book, &script, "new C sell 10 AAPL limit 190");
    assert_open(book, "ABC", "AC", "B");
    fold(book, &script, "rejected A BAD_TICK");
    assert_open(book, "BC", "C", "B");
    fold(book, &script, "validated B");
    fold(book, &script, "fill B 1 10 @ 200");
    fold(book, &script, "new D buy 1 TSLA");
    assert_open(book, "CD", "C", "D");
    const struct order *order = order_book_newest(book);
    assert_string_equal(order->terms.order_id, "D");
    assert_string_equal(order->older->terms.order_id, "C");
    assert_string_equal(order->older->newer->terms.order_id, "D");
    assert_null(order->older->older->older->older);
    assert_int_equal(order_book_count(book), 4);
    order_book_destroy(book);
    order_book_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moves),
        cmocka_unit_test(test_every_row_has_a_case),
        cmocka_unit_test(test_fills_add_up),
        cmocka_unit_test(test_replace_brings_its_terms),
        cmocka_unit_test(test_decision_on_other_content_is_ignored),
        cmocka_unit_test(test_fill_of_something_else),
        cmocka_unit_test(test_unknown_orders),
        cmocka_unit_test(test_requests_are_owed_an_answer),
        cmocka_unit_test(test_rejection_in_numbers),
        cmocka_unit_test(test_trading_states),
        cmocka_unit_test(test_what_was_asked_for_is_kept),
        cmocka_unit_test(test_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
