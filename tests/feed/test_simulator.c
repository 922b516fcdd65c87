/* What the simulator promises: the same bytes again, the tick grid, a book that never crosses, trades at the quote, and
 * sessions. Whether it looks like a market is tested in test_simulated_market.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/event.h"
#include "core/instrument.h"
#include "core/timestamp.h"
#include "feed/simulator.h"

#define START_NS  (INT64_C(1700000000) * NS_PER_SECOND)
#define RATE(hz)  ((int64_t)((hz)*1000000.0))
#define SIMULATED 7

static struct simulator *create(const struct instruments *instruments, uint64_t seed, int64_t rate_microhz)
{
    struct error error = {0};
    struct simulator_options options = {
        .instruments = instruments, .seed = seed, .rate_microhz = rate_microhz, .start_wall_ns = START_NS};
    struct simulator *simulator = simulator_create(&options, &error);
    if (simulator == NULL)
        fail_msg("%s", error.text);
    return simulator;
}

static struct instruments builtin(void)
{
    struct instruments instruments;
    assert_int_equal(instruments_init_builtin(&instruments, NULL), 0);
    return instruments;
}

/* FNV-1a over the encoded quotes. */
static uint64_t hash_of_run(uint64_t seed, int quotes)
{
    struct instruments instruments = builtin();
    struct simulator *simulator = create(&instruments, seed, RATE(10));
    struct event event = event_empty(EVENT_QUOTE);
    char payload[EVENT_PAYLOAD_SIZE];
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (int i = 0; i < quotes; i++) {
        int64_t due_ns;
        simulator_next(simulator, &event.quote, &due_ns);
        size_t length = event_encode(&event, payload, sizeof payload);
        for (size_t byte = 0; byte < length; byte++)
            hash = (hash ^ (unsigned char)payload[byte]) * UINT64_C(0x100000001b3);
    }
    simulator_destroy(simulator);
    instruments_free(&instruments);
    return hash;
}

static void same_seed_gives_the_same_bytes(void **state)
{
    (void)state;
    uint64_t hash = hash_of_run(42, 100000);
    assert_true(hash == hash_of_run(42, 100000));
    assert_true(hash != hash_of_run(43, 100000));
}

static void mix(uint64_t *hash, int64_t value)
{
    *hash = (*hash ^ (uint64_t)value) * UINT64_C(0x9e3779b97f4a7c15);
    *hash ^= *hash >> 29;
}

/* The bytes are the same on every machine, by every compiler and at every level of optimisation: this number was
 * written down once. It changes when the simulator or the built-in instruments are changed on purpose, and for no other
 * reason. */
static void the_bytes_are_those_of_every_machine(void **state)
{
    (void)state;
    struct instruments instruments = builtin();
    struct simulator *simulator = create(&instruments, 2026, RATE(25));
    uint64_t hash = 0;
    for (int i = 0; i < 200000; i++) {
        struct quote quote;
        int64_t due_ns;
        simulator_next(simulator, &quote, &due_ns);
        mix(&hash, due_ns);
        mix(&hash, quote.bid);
        mix(&hash, quote.ask);
        mix(&hash, quote.bid_size);
        mix(&hash, quote.ask_size);
        mix(&hash, quote.last);
        mix(&hash, quote.last_size);
    }
    simulator_destroy(simulator);
    instruments_free(&instruments);
    if (hash != UINT64_C(0x813bf1abae762d52))
        fail_msg("the hash is %#llx", (unsigned long long)hash);
}

static void first_quotes_are_a_full_picture(void **state)
{
    (void)state;
    struct instruments instruments = builtin();
    struct simulator *simulator = create(&instruments, 1, RATE(10));
    assert_int_equal(simulator_count(simulator), SIMULATED);
    bool seen[64] = {false};
    for (int i = 0; i < SIMULATED; i++) {
        struct quote quote;
        int64_t due_ns;
        simulator_next(simulator, &quote, &due_ns);
        assert_int_equal(due_ns, 0);
        assert_int_equal(quote.timestamp_ns, START_NS);
        const struct instrument *instrument = instruments_find(&instruments, quote.exchange, quote.symbol);
        assert_non_null(instrument);
        assert_true(instrument->start_price > 0);
        size_t index = (size_t)(instrument - instruments.items);
        assert_false(seen[index]);
        seen[index] = true;
        assert_true(llabs(quote.bid - instrument->start_price) <= 4 * instrument->tick);
        assert_int_equal(quote.last, DECIMAL_NONE);
    }
    simulator_destroy(simulator);
    instruments_free(&instruments);
}

static void check_trade(const struct instrument *instrument, const struct quote *quote, const struct quote *before,
                        uint64_t *trades)
{
    char id[TRADE_ID_SIZE];
    snprintf(id, sizeof id, "%llu", (unsigned long long)++*trades);
    assert_string_equal(quote->trade_id, id);
    assert_true(quote->last_side == SIDE_BUY || quote->last_side == SIDE_SELL);
    bool buy = quote->last_side == SIDE_BUY;
    assert_int_equal(quote->last, buy ? before->ask : before->bid);
    assert_true(quote->last_size > 0 && quote->last_size <= (buy ? before->ask_size : before->bid_size));
    assert_int_equal(quote->last_size % instrument->lot, 0);
}

static void check_quote(const struct instrument *instrument, const struct quote *quote)
{
    assert_true(quote->bid > 0);
    assert_true(quote->ask > quote->bid);
    assert_true(quote->ask - quote->bid <= 4 * instrument->tick);
    assert_int_equal(quote->bid % instrument->tick, 0);
    assert_int_equal(quote->ask % instrument->tick, 0);
    int64_t step = instrument->kind == INSTRUMENT_EQUITY && instrument->lot < 100 * QUANTITY_ONE
                       ? instrument->lot == 3 * QUANTITY_ONE ? 102 * QUANTITY_ONE : 100 * QUANTITY_ONE
                       : instrument->lot;
    assert_true(quote->bid_size > 0 && quote->bid_size % step == 0);
    assert_true(quote->ask_size > 0 && quote->ask_size % step == 0);
    assert_int_equal(quote->seq, 0);
    assert_int_equal(quote->received_ns, 0);
    assert_string_equal(quote->source, "");
    assert_int_equal(quote->status, QUOTE_OPEN);
}

/* Checks every quote of a run and returns how many were caused by trades. */
static uint64_t check_run(const struct instruments *instruments, uint64_t seed, int64_t rate_microhz, int quotes)
{
    struct simulator *simulator = create(instruments, seed, rate_microhz);
    struct quote *last = calloc(instruments->count, sizeof *last);
    uint64_t *trades = calloc(instruments->count, sizeof *trades), all = 0;
    assert_true(last != NULL && trades != NULL);
    int64_t before_ns = 0;
    for (int i = 0; i < quotes; i++) {
        struct quote quote;
        int64_t due_ns;
        simulator_next(simulator, &quote, &due_ns);
        assert_true(due_ns >= before_ns);
        before_ns = due_ns;
        assert_int_equal(quote.timestamp_ns, START_NS + due_ns);
        const struct instrument *instrument = instruments_find(instruments, quote.exchange, quote.symbol);
        size_t index = (size_t)(instrument - instruments->items);
        check_quote(instrument, &quote);
        struct quote *before = &last[index];
        if (quote.last != DECIMAL_NONE) {
            check_trade(instrument, &quote, before, &trades[index]);
            all++;
        } else {
            assert_true(quote.bid != before->bid || quote.ask != before->ask || quote.bid_size != before->bid_size ||
                        quote.ask_size != before->ask_size);
        }
        *before = quote;
    }
    free(last);
    free(trades);
    simulator_destroy(simulator);
    return all;
}

static void every_quote_is_sound(void **state)
{
    (void)state;
    struct instruments instruments = builtin();
    for (uint64_t seed = 0; seed < 2; seed++) {
        uint64_t trades = check_run(&instruments, seed, RATE(10), 100000);
        assert_in_range(trades, 14000, 16000);
    }
    check_run(&instruments, 5, RATE(100000), 100000);
    check_run(&instruments, 6, RATE(0.001), 100);
    check_run(&instruments, 7, RATE(0.5), 20000);
    instruments_free(&instruments);
}

/* Prices of one tick, ticks and lots of odd sizes, the largest prices there are. */
static void odd_instruments_are_sound(void **state)
{
    (void)state;
    struct instruments instruments = builtin();
    static const struct {
        const char *symbol;
        enum instrument_kind kind;
        int64_t tick, lot, start_price;
    } odd[] = {
        {"PENNY", INSTRUMENT_EQUITY, PRICE_ONE / 100, QUANTITY_ONE, PRICE_ONE / 100},
        {"LOW", INSTRUMENT_EQUITY, PRICE_ONE / 100, QUANTITY_ONE, PRICE_ONE * 2},
        {"OFF", INSTRUMENT_EQUITY, PRICE_ONE / 20, 3 * QUANTITY_ONE, PRICE_ONE * 101 / 7},
        {"BIG", INSTRUMENT_CRYPTO, 1, 1, INT64_MAX},
        {"TINY", INSTRUMENT_CRYPTO, 1, QUANTITY_ONE, 1},
        {"LOT", INSTRUMENT_EQUITY, PRICE_ONE, 1000 * QUANTITY_ONE, PRICE_ONE * 60},
        {"FX", INSTRUMENT_FX, PRICE_ONE / 100000, 1000 * QUANTITY_ONE, PRICE_ONE * 11 / 10},
        {"FUT", INSTRUMENT_FUTURE, PRICE_ONE / 4, QUANTITY_ONE, PRICE_ONE * 5000},
        {"STEP", INSTRUMENT_FUTURE, INT64_MAX / 1000, QUANTITY_ONE, INT64_MAX / 2},
    };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct instrument instrument = *instruments_primary(&instruments, "AAPL");
        strcpy(instrument.symbol, odd[i].symbol);
        instrument.kind = odd[i].kind;
        instrument.tick = odd[i].tick;
        instrument.lot = odd[i].lot;
        instrument.start_price = odd[i].start_price;
        assert_int_equal(instruments_put(&instruments, &instrument, NULL), 0);
    }
    check_run(&instruments, 1, RATE(50), 300000);
    instruments_free(&instruments);
}

static void needs_something_to_do(void **state)
{
    (void)state;
    struct instruments instruments = builtin();
    for (size_t i = 0; i < instruments.count; i++)
        instruments.items[i].start_price = 0;
    struct error error = {0};
    struct simulator_options options = {.instruments = &instruments, .seed = 1, .rate_microhz = RATE(1)};
    assert_null(simulator_create(&options, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_non_null(strstr(error.text, "start_price"));
    instruments.items[0].start_price = INT64_MAX;
    instruments.items[0].tick = INT64_MAX / 4;
    assert_null(simulator_create(&options, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_non_null(strstr(error.text, "tick"));
    simulator_destroy(NULL);
    instruments_free(&instruments);
}

/* An instrument does the same, whichever others there are. */
static void instruments_do_not_disturb_each_other(void **state)
{
    (void)state;
    enum { QUOTES = 2000 };
    struct instruments all = builtin(), one = builtin();
    for (size_t i = 0; i < one.count; i++) {
        if (strcmp(one.items[i].symbol, "TSLA") != 0)
            one.items[i].start_price = 0;
    }
    struct simulator *many = create(&all, 9, RATE(10)), *single = create(&one, 9, RATE(10));
    for (int i = 0; i < QUOTES; i++) {
        struct quote a, b;
        int64_t a_ns, b_ns;
        simulator_next(single, &a, &a_ns);
        do {
            simulator_next(many, &b, &b_ns);
        } while (strcmp(b.symbol, "TSLA") != 0);
        assert_int_equal(a_ns, b_ns);
        assert_memory_equal(&a, &b, sizeof a);
    }
    simulator_destroy(many);
    simulator_destroy(single);
    instruments_free(&all);
    instruments_free(&one);
}

static void the_wanted_number_is_simulated(void **state)
{
    (void)state;
    struct instruments instruments = builtin();
    struct instrument taken = *instruments_primary(&instruments, "AAPL");
    strcpy(taken.exchange, "SIM");
    strcpy(taken.symbol, "S0002");
    taken.start_price = 0;
    assert_int_equal(instruments_put(&instruments, &taken, NULL), 0);
    struct simulator_options options = {.instruments = &instruments, .count = 12, .seed = 1, .rate_microhz = RATE(10)};
    static const char *const expected[] = {"AAPL",    "GOOG",  "MSFT",  "TSLA",  "AMZN",  "BTC-USD",
                                           "ETH-USD", "S0001", "S0003", "S0004", "S0005", "S0006"};
    for (options.count = 1; options.count <= 12; options.count++) {
        struct simulator *simulator = simulator_create(&options, NULL);
        assert_int_equal(simulator_count(simulator), options.count);
        bool seen[12] = {false};
        for (size_t i = 0; i < options.count; i++) {
            struct quote quote;
            int64_t due_ns;
            simulator_next(simulator, &quote, &due_ns);
            assert_int_equal(due_ns, 0);
            for (size_t name = 0; name < options.count; name++) {
                if (strcmp(quote.symbol, expected[name]) == 0)
                    seen[name] = true;
            }
            if (quote.symbol[0] == 'S')
                assert_string_equal(quote.exchange, "SIM");
            assert_true(quote.bid % (PRICE_ONE / 100) == 0 && quote.bid >= PRICE_ONE && quote.bid < 100000 * PRICE_ONE);
        }
        for (size_t name = 0; name < options.count; name++)
            assert_true(seen[name]);
        simulator_destroy(simulator);
    }
    /* Without a table there are only invented ones. */
    for (size_t i = 0; i < instruments.count; i++)
        instruments.items[i].start_price = 0;
    options.count = SIMULATOR_INSTRUMENTS_MAX;
    struct simulator *simulator = simulator_create(&options, NULL);
    assert_int_equal(simulator_count(simulator), SIMULATOR_INSTRUMENTS_MAX);
    simulator_destroy(simulator);
    instruments_free(&instruments);
}

/* Quotes of all instruments in one stretch of the clock. */
struct stretch {
    int quotes, trades, halted;
};

/* A session of 3900 s: 10 s of auction, 10 s of burst, 100 s in which that decays, 390 s of pause. */
static void sessions_open_with_a_burst_and_close(void **state)
{
    (void)state;
    enum { DAY_S = 10 + 3900 + 390, DAYS = 3, HZ = 5 };
    struct instruments instruments = builtin();
    struct simulator_options options = {
        .instruments = &instruments, .seed = 3, .rate_microhz = RATE(HZ), .session_s = 3900};
    struct simulator *simulator = simulator_create(&options, NULL);
    static struct stretch seconds[DAYS * DAY_S];
    struct quote quote;
    int64_t before_ns = 0, due_ns;
    for (simulator_next(simulator, &quote, &due_ns); due_ns < DAYS * DAY_S * NS_PER_SECOND;
         simulator_next(simulator, &quote, &due_ns)) {
        assert_true(due_ns >= before_ns);
        assert_int_equal(quote.timestamp_ns, due_ns);
        before_ns = due_ns;
        int64_t second = due_ns / NS_PER_SECOND, of_day = second % DAY_S;
        struct stretch *stretch = &seconds[second];
        stretch->quotes++;
        stretch->trades += quote.last != DECIMAL_NONE;
        stretch->halted += quote.status == QUOTE_HALTED;
        enum quote_status expected = of_day < 10 ? QUOTE_AUCTION : of_day < 3910 ? QUOTE_OPEN : QUOTE_HALTED;
        assert_int_equal(quote.status, expected);
        assert_true(quote.ask > quote.bid);
    }
    print_message("day  auction  burst  middle  end (quotes/s)  most in a second  at the close\n");
    for (int day = 0; day < DAYS; day++) {
        const struct stretch *start = &seconds[day * DAY_S];
        double auction = 0, burst = 0, middle = 0, end = 0, most = 0;
        int stress = 0;
        for (int second = 0; second < DAY_S; second++) {
            double quotes = start[second].quotes;
            if (quotes > most) {
                most = quotes;
                stress = second;
            }
        }
        for (int second = 0; second < 3910; second++) {
            double quotes = second == stress ? 0 : start[second].quotes;
            auction += second < 10 ? quotes / 10 : 0;
            burst += second >= 10 && second < 20 ? quotes / 10 : 0;
            middle += second >= 1760 && second < 2160 ? quotes / 400 : 0;
            end += second >= 3710 ? quotes / 200 : 0;
        }
        print_message("%3d %8.1f %6.0f %7.1f %4.1f %28.0f %14d\n", day, auction, burst, middle, end, most,
                      start[3910].halted);
        for (int second = 3911; second < DAY_S; second++)
            assert_int_equal(start[second].quotes, 0);
        for (int second = 0; second < 10; second++)
            assert_int_equal(start[second].trades, 0);
        assert_int_equal(start[3910].halted, SIMULATED);
        assert_int_equal(start[3910].quotes, SIMULATED);
        double usual = SIMULATED * HZ;
        assert_true(burst > 18 * usual * 0.7 && burst < 18 * usual * 1.4);
        assert_true(middle > 0.6 * usual * 0.8 && middle < 0.6 * usual * 1.3);
        assert_true(end > 1.7 * usual * 0.8 && end < 1.7 * usual * 1.2);
        assert_true(most > 60 * usual * 0.7);
    }
    simulator_destroy(simulator);
    instruments_free(&instruments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_gives_the_same_bytes),
        cmocka_unit_test(the_bytes_are_those_of_every_machine),
        cmocka_unit_test(first_quotes_are_a_full_picture),
        cmocka_unit_test(every_quote_is_sound),
        cmocka_unit_test(odd_instruments_are_sound),
        cmocka_unit_test(needs_something_to_do),
        cmocka_unit_test(instruments_do_not_disturb_each_other),
        cmocka_unit_test(the_wanted_number_is_simulated),
        cmocka_unit_test(sessions_open_with_a_burst_and_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
