/* The faults of a simulated market: each shows on the tape in its minute, and nothing of the kind shows otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/instrument.h"
#include "core/timestamp.h"
#include "feed/faults.h"
#include "feed/quote_reader.h"

#define START_NS  (INT64_C(1700000000) * NS_PER_SECOND)
#define MINUTE_NS (60 * NS_PER_SECOND)
#define QUIET_NS  (6 * NS_PER_SECOND)

/* What a reader of the tape can see. */
enum sign {
    CROSSED = 1 << 0,
    LOCKED = 1 << 1,
    HALTED = 1 << 2,
    AUCTION = 1 << 3,
    HOLE = 1 << 4,     /* a number is missing */
    REPEATED = 1 << 5, /* a number comes again at once */
    BACKWARDS = 1 << 6,
    WIDE = 1 << 7, /* 20 ticks */
    JUMP = 1 << 8, /* the bid, by a fiftieth */
    QUIET = 1 << 9,
    ALL_QUIET = 1 << 10,
    OUTLIER = 1 << 11,
};

static const unsigned SIGNS[FAULT_KINDS] = {
    [FAULT_HALT] = HALTED | AUCTION | QUIET,
    [FAULT_AUCTION] = AUCTION,
    [FAULT_STALE] = QUIET,
    [FAULT_LOCKED] = LOCKED,
    [FAULT_CROSSED] = CROSSED,
    [FAULT_DISCONNECT] = QUIET | ALL_QUIET,
    [FAULT_SPIKE] = JUMP | OUTLIER,
    [FAULT_SPREAD] = WIDE,
    [FAULT_GAP] = HOLE,
    [FAULT_DUPLICATE] = REPEATED,
    [FAULT_REORDER] = HOLE | BACKWARDS,
};

static void every_kind_has_its_turn(void **state)
{
    (void)state;
    int differing = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        for (int64_t round = 0; round < 4; round++) {
            int times[FAULT_KINDS] = {0};
            for (int64_t minute = round * FAULT_KINDS; minute < (round + 1) * FAULT_KINDS; minute++) {
                struct fault fault = fault_of_minute(seed, minute), again = fault_of_minute(seed, minute);
                assert_true(fault.kind == again.kind && fault.start_ns == again.start_ns &&
                            fault.end_ns == again.end_ns);
                times[fault.kind]++;
                assert_true(fault.start_ns >= minute * MINUTE_NS + 2 * NS_PER_SECOND);
                assert_true(fault.start_ns < minute * MINUTE_NS + 12 * NS_PER_SECOND);
                assert_true(fault.end_ns > fault.start_ns && fault.end_ns < (minute + 1) * MINUTE_NS);
                differing += fault.kind != fault_of_minute(seed + 1, minute).kind;
            }
            for (int kind = 0; kind < FAULT_KINDS; kind++)
                assert_int_equal(times[kind], 1);
        }
    }
    assert_true(differing > 50 * 4 * FAULT_KINDS / 2);
}

/* What one quote shows beside the one before it of its instrument. */
static unsigned signs_of(const struct quote *quote, const struct quote *before, int64_t tick)
{
    unsigned signs = 0;
    signs |= quote->condition == QUOTE_CROSSED ? CROSSED : 0;
    signs |= quote->condition == QUOTE_LOCKED ? LOCKED : 0;
    signs |= quote->condition == QUOTE_OUTLIER ? OUTLIER : 0;
    assert_true(quote->condition == quote_condition_of(quote) || quote->condition == QUOTE_OUTLIER);
    signs |= quote->status == QUOTE_HALTED ? HALTED : 0;
    signs |= quote->status == QUOTE_AUCTION ? AUCTION : 0;
    signs |= quote->ask - quote->bid >= 20 * tick ? WIDE : 0;
    assert_true(quote->bid > 0 && quote->ask > 0);
    assert_true(quote->bid % tick == 0 && quote->ask % tick == 0);
    if (quote->last != DECIMAL_NONE)
        assert_int_equal(quote->last % tick, 0);
    if (before->seq == 0)
        return signs;
    signs |= quote->seq > before->seq + 1 ? HOLE : 0;
    signs |= quote->seq == before->seq ? REPEATED : 0;
    signs |= quote->seq < before->seq ? BACKWARDS : 0;
    signs |= llabs(quote->bid - before->bid) > before->bid / 50 ? JUMP : 0;
    signs |= quote->received_ns - before->received_ns > QUIET_NS ? QUIET : 0;
    return signs;
}

/* Reads the first minutes of a feed and gathers the signs of each. */
static void read_signs(const char *text, int minutes, unsigned signs[])
{
    enum { INSTRUMENTS_READ = 64 };
    char spec[64];
    char *specs[] = {spec};
    snprintf(spec, sizeof spec, "%s", text);
    struct instruments instruments;
    assert_int_equal(instruments_init_builtin(&instruments, NULL), 0);
    struct quote_reader *reader = quote_reader_open(
        &(struct quote_reader_options){
            .specs = specs, .spec_count = 1, .instruments = &instruments, .start_wall_ns = START_NS},
        NULL);
    assert_non_null(reader);
    struct quote before[INSTRUMENTS_READ] = {0}, quote;
    int64_t latest_ns = START_NS;
    assert_true(instruments.count <= INSTRUMENTS_READ);
    memset(signs, 0, (size_t)minutes * sizeof *signs);
    while (quote_reader_next(reader, &quote) && quote.received_ns < START_NS + minutes * MINUTE_NS) {
        const struct instrument *instrument = instruments_find(&instruments, quote.exchange, quote.symbol);
        struct quote *last = &before[instrument - instruments.items];
        unsigned *minute = &signs[(quote.received_ns - START_NS) / MINUTE_NS];
        *minute |= signs_of(&quote, last, instrument->tick);
        *minute |= quote.received_ns - latest_ns > QUIET_NS ? ALL_QUIET : 0;
        latest_ns = quote.received_ns;
        *last = quote;
    }
    assert_int_equal(quote_reader_counts(reader, 0).faults > 0, strstr(text, "crash-day") != NULL);
    quote_reader_close(reader);
    instruments_free(&instruments);
}

static void each_fault_shows_in_its_minute_and_no_other(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        unsigned found[2 * FAULT_KINDS];
        char text[64];
        snprintf(text, sizeof text, "sim:rate=20,seed=%d,faults=crash-day", (int)seed);
        read_signs(text, 2 * FAULT_KINDS, found);
        for (int minute = 0; minute < 2 * FAULT_KINDS; minute++) {
            enum fault_kind kind = fault_of_minute(seed, minute).kind;
            if (found[minute] != SIGNS[kind])
                fail_msg("seed %d, minute %d: %s gave %#x, not %#x", (int)seed, minute, fault_kind_name(kind),
                         found[minute], SIGNS[kind]);
        }
    }
}

static void without_them_there_is_none(void **state)
{
    (void)state;
    unsigned found[2 * FAULT_KINDS];
    read_signs("sim:rate=20,seed=1", 2 * FAULT_KINDS, found);
    for (int minute = 0; minute < 2 * FAULT_KINDS; minute++)
        assert_int_equal(found[minute], 0);
}

static int64_t minute_of(uint64_t seed, enum fault_kind kind)
{
    int64_t minute = 0;
    while (fault_of_minute(seed, minute).kind != kind)
        minute++;
    return minute;
}

static struct quote quote_at(int64_t time_ns, const char *symbol, uint64_t seq)
{
    struct quote quote = {.exchange = "NYSE", .bid = 100 * PRICE_ONE, .ask = 101 * PRICE_ONE};
    strcpy(quote.symbol, symbol);
    quote.last = quote.last_size = DECIMAL_NONE;
    quote.timestamp_ns = time_ns;
    quote.seq = seq;
    return quote;
}

/* A quote that finds no room leaves later: nothing is held, doubled or let go by asking. */
static void asking_changes_nothing(void **state)
{
    (void)state;
    int64_t begin_ns = fault_of_minute(5, minute_of(5, FAULT_REORDER)).start_ns;
    struct faults *faults = faults_create(5, START_NS);
    struct quote leaving[2], first = quote_at(START_NS + begin_ns, "A", 1), other = quote_at(0, "B", 1),
                             second = quote_at(START_NS + begin_ns + 1, "A", 2);
    assert_string_equal(faults_latest(faults), "");
    assert_true(faults_arrive(faults, &first));
    assert_int_equal(faults_count(faults), 1);
    assert_non_null(strstr(faults_latest(faults), "reorder on NYSE A for "));
    for (int i = 0; i < 3; i++)
        assert_int_equal(faults_leave(faults, &first, leaving), 0);
    faults_left(faults, &first);
    assert_int_equal(faults_leave(faults, &other, leaving), 1);
    faults_left(faults, &other);
    assert_true(faults_arrive(faults, &second));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(faults_leave(faults, &second, leaving), 2);
        assert_int_equal(leaving[0].seq, 2);
        assert_int_equal(leaving[1].seq, 1);
    }
    faults_left(faults, &second);
    faults_destroy(faults);
    faults_destroy(NULL);
}

/* Where a bid has no room below, and where prices have none above. */
static void prices_stay_prices(void **state)
{
    (void)state;
    static const struct {
        enum fault_kind kind;
        int64_t bid, ask, struck_bid, struck_ask;
    } cases[] = {
        {FAULT_SPREAD, 100, 110, 100, 410},
        {FAULT_SPREAD, 1000, 1010, 850, 1160},
        {FAULT_SPIKE, 1000, 1020, 1040, 1060},
        {FAULT_SPIKE, 10, 20, 10, 20},
        {FAULT_SPIKE, INT64_MAX - 20, INT64_MAX - 10, INT64_MAX - 20, INT64_MAX - 10},
        {FAULT_LOCKED, 10, 20, 10, 10},
        {FAULT_CROSSED, 10, 20, 20, 10},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fault fault = fault_of_minute(6, minute_of(6, cases[i].kind));
        struct faults *faults = faults_create(6, START_NS);
        struct quote quote = quote_at(START_NS + fault.start_ns, "A", 1);
        quote.bid = cases[i].bid;
        quote.ask = cases[i].ask;
        assert_true(faults_arrive(faults, &quote));
        assert_int_equal(quote.bid, cases[i].struck_bid);
        assert_int_equal(quote.ask, cases[i].struck_ask);
        faults_destroy(faults);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_its_turn),    cmocka_unit_test(each_fault_shows_in_its_minute_and_no_other),
        cmocka_unit_test(without_them_there_is_none), cmocka_unit_test(asking_changes_nothing),
        cmocka_unit_test(prices_stay_prices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
