/* What the simulator promises: the same bytes again, the tick grid, a book that never crosses, trades at the quote, and
 * returns, arrivals and correlations like those of a market. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
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
    struct simulator *simulator = simulator_create(instruments, seed, rate_microhz, START_NS, &error);
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
    assert_true(hash == UINT64_C(0x7f1e0945a25c1b36));
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
    assert_null(simulator_create(&instruments, 1, RATE(1), 0, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_non_null(strstr(error.text, "start_price"));
    instruments.items[0].start_price = INT64_MAX;
    instruments.items[0].tick = INT64_MAX / 4;
    assert_null(simulator_create(&instruments, 1, RATE(1), 0, &error));
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

/* Series of one run: the logarithm of the mid at each full second, quotes and trade signs per second. */
struct series {
    int seconds;
    double *mids[SIMULATED];
    int *counts[SIMULATED];
    char symbols[SIMULATED][SYMBOL_SIZE];
    signed char *signs[SIMULATED];
    int sign_count[SIMULATED];
};

static struct series observe(uint64_t seed, double rate, int seconds)
{
    struct series series = {.seconds = seconds};
    struct instruments instruments = builtin();
    struct simulator *simulator = create(&instruments, seed, RATE(rate));
    double now[SIMULATED];
    int known = 0, second = 0;
    for (int i = 0; i < SIMULATED; i++) {
        series.mids[i] = calloc((size_t)seconds, sizeof *series.mids[i]);
        series.counts[i] = calloc((size_t)seconds, sizeof *series.counts[i]);
        series.signs[i] = calloc((size_t)(seconds * rate), 1);
    }
    while (second < seconds) {
        struct quote quote;
        int64_t due_ns;
        simulator_next(simulator, &quote, &due_ns);
        for (; second < seconds && due_ns >= (second + 1) * NS_PER_SECOND; second++) {
            for (int i = 0; i < SIMULATED; i++)
                series.mids[i][second] = now[i];
        }
        int i = 0;
        while (i < known && strcmp(series.symbols[i], quote.symbol) != 0)
            i++;
        if (i == known)
            strcpy(series.symbols[known++], quote.symbol);
        now[i] = log((double)quote.bid / 2 + (double)quote.ask / 2);
        if (second < seconds)
            series.counts[i][second]++;
        if (quote.last != DECIMAL_NONE && series.sign_count[i] < seconds * rate)
            series.signs[i][series.sign_count[i]++] = quote.last_side == SIDE_BUY ? 1 : -1;
    }
    simulator_destroy(simulator);
    instruments_free(&instruments);
    return series;
}

static void forget(struct series *series)
{
    for (int i = 0; i < SIMULATED; i++) {
        free(series->mids[i]);
        free(series->counts[i]);
        free(series->signs[i]);
    }
}

static double return_at(const struct series *series, int i, int second)
{
    return series->mids[i][second] - series->mids[i][second - 1];
}

static double autocorrelation(const struct series *series, int i)
{
    double squares = 0, products = 0;
    for (int t = 1; t + 1 < series->seconds; t++) {
        squares += return_at(series, i, t) * return_at(series, i, t);
        products += return_at(series, i, t) * return_at(series, i, t + 1);
    }
    return products / squares;
}

/* Of the returns of two instruments over `span_s` seconds. */
static double correlation(const struct series *series, int i, int j, int span_s)
{
    double ii = 0, jj = 0, ij = 0;
    for (int t = span_s; t < series->seconds; t++) {
        double x = series->mids[i][t] - series->mids[i][t - span_s];
        double y = series->mids[j][t] - series->mids[j][t - span_s];
        ii += x * x;
        jj += y * y;
        ij += x * y;
    }
    return ij / sqrt(ii * jj);
}

static double deviation_bp(const struct series *series, int i)
{
    double squares = 0;
    for (int t = 1; t < series->seconds; t++)
        squares += return_at(series, i, t) * return_at(series, i, t);
    return 1e4 * sqrt(squares / (series->seconds - 1));
}

static double kurtosis(const struct series *series, int i)
{
    double squares = 0, fourths = 0;
    for (int t = 1; t < series->seconds; t++) {
        double square = return_at(series, i, t) * return_at(series, i, t);
        squares += square;
        fourths += square * square;
    }
    return fourths * (series->seconds - 1) / (squares * squares);
}

static bool is_crypto(const struct series *series, int i)
{
    return strchr(series->symbols[i], '-') != NULL;
}

static void returns_look_like_a_market(void **state)
{
    (void)state;
    static const struct {
        uint64_t seed;
        double rate;
        int seconds;
    } runs[] = {{1, 10, 7200}, {2, 10, 7200}, {3, 100, 1800}};
    for (size_t run = 0; run < sizeof runs / sizeof *runs; run++) {
        struct series series = observe(runs[run].seed, runs[run].rate, runs[run].seconds);
        for (int i = 0; i < SIMULATED; i++) {
            double tail = kurtosis(&series, i), follow = autocorrelation(&series, i);
            double sigma = deviation_bp(&series, i);
            print_message("%-8s kurtosis %6.2f  autocorrelation(1) %6.3f  sigma %.2f bp\n", series.symbols[i], tail,
                          follow, sigma);
            assert_true(tail > 4);
            assert_true(fabs(follow) < 0.2);
            assert_true(sigma > 0.8 && sigma < 2.2);
        }
        forget(&series);
    }
}

/* 0.60 within a kind and 0.10 across, on average over the pairs; over ten seconds, so that it matters little that
 * quotes of two instruments are never of the same moment. */
static void correlations_are_what_was_asked(void **state)
{
    (void)state;
    struct series series = observe(4, 20, 7200);
    double within = 0, across = 0;
    int within_count = 0, across_count = 0;
    for (int i = 0; i < SIMULATED; i++) {
        for (int j = 0; j < i; j++) {
            bool same = is_crypto(&series, i) == is_crypto(&series, j);
            *(same ? &within : &across) += correlation(&series, i, j, 10);
            *(same ? &within_count : &across_count) += 1;
        }
    }
    within /= within_count;
    across /= across_count;
    print_message("correlation within a kind %.3f, across %.3f\n", within, across);
    assert_true(fabs(within - 0.6) < 0.05);
    assert_true(fabs(across - 0.1) < 0.05);
    forget(&series);
}

/* The variance of the counts over their mean in windows of `window_s`, over all instruments. */
static double fano(const struct series *series, int window_s, double *mean)
{
    double sum = 0, squares = 0;
    int windows = 0;
    for (int i = 0; i < SIMULATED; i++) {
        for (int t = 0; t + window_s <= series->seconds; t += window_s, windows++) {
            double count = 0;
            for (int s = 0; s < window_s; s++)
                count += series->counts[i][t + s];
            sum += count;
            squares += count * count;
        }
    }
    *mean = sum / windows;
    return (squares / windows - *mean * *mean) / *mean;
}

static void arrivals_are_bursts_as_in_theory(void **state)
{
    (void)state;
    static const struct {
        double rate;
        int seconds, window_s;
    } runs[] = {{10, 3600, 1}, {10, 3600, 5}, {100, 600, 1}, {4, 3600, 2}, {1, 3600, 5}};
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        struct series series = observe(11, runs[i].rate, runs[i].seconds);
        double n = simulator_branching(RATE(runs[i].rate)), span = simulator_decay() * (1 - n) * runs[i].window_s;
        double whole = 1 / ((1 - n) * (1 - n));
        double theory = whole + (1 - whole) * (1 - exp(-span)) / span, mean;
        double found = fano(&series, runs[i].window_s, &mean);
        print_message("rate %3g: %.2f/s, Fano factor at %d s %.2f, in theory %.2f\n", runs[i].rate,
                      mean / runs[i].window_s, runs[i].window_s, found, theory);
        assert_true(fabs(found / theory - 1) < 0.2);
        assert_true(fabs(mean / runs[i].window_s / runs[i].rate - 1) < 0.05);
        forget(&series);
    }
}

static void trade_signs_persist(void **state)
{
    (void)state;
    struct series series = observe(12, 10, 3600);
    double near = 0, far = 0;
    for (int i = 0; i < SIMULATED; i++) {
        int count = series.sign_count[i] - 10, one = 0, ten = 0;
        for (int t = 0; t < count; t++) {
            one += series.signs[i][t] * series.signs[i][t + 1];
            ten += series.signs[i][t] * series.signs[i][t + 10];
        }
        near += (double)one / count / SIMULATED;
        far += (double)ten / count / SIMULATED;
    }
    print_message("autocorrelation of trade signs: %.2f at lag 1, %.2f at lag 10\n", near, far);
    assert_true(near > 0.2 && near < 0.6);
    assert_true(far > 0.05 && far < near);
    forget(&series);
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
        cmocka_unit_test(returns_look_like_a_market),
        cmocka_unit_test(correlations_are_what_was_asked),
        cmocka_unit_test(arrivals_are_bursts_as_in_theory),
        cmocka_unit_test(trade_signs_persist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
