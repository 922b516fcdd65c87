/* Whether the simulator looks like a market: tails, memory, bursts, correlations, signs and spreads, with several
 * seeds. Each test prints what it found as a table. The stylised facts are those of Cont (2001). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/instrument.h"
#include "core/timestamp.h"
#include "feed/simulator.h"

enum { SIMULATED = 11, KINDS = INSTRUMENT_FX + 1 };

/* Series of one run: the logarithm of the mid at each full second, quotes and trade signs per second. */
struct series {
    int seconds;
    enum instrument_kind kinds[SIMULATED];
    char symbols[SIMULATED][SYMBOL_SIZE];
    double *mids[SIMULATED];
    int *counts[SIMULATED];
    signed char *signs[SIMULATED];
    int sign_count[SIMULATED], sign_room;
    int quotes[SIMULATED], narrow[SIMULATED]; /* narrow: with a spread of one tick */
};

/* The built-in instruments, and two futures and two pairs of currencies. */
static struct instruments all_kinds(void)
{
    static const struct {
        const char *symbol;
        enum instrument_kind kind;
        int64_t tick, lot, start_price;
    } more[] = {
        {"ES", INSTRUMENT_FUTURE, PRICE_ONE / 4, QUANTITY_ONE, PRICE_ONE * 5000},
        {"NQ", INSTRUMENT_FUTURE, PRICE_ONE / 4, QUANTITY_ONE, PRICE_ONE * 18000},
        {"EURUSD", INSTRUMENT_FX, PRICE_ONE / 100000, 1000 * QUANTITY_ONE, PRICE_ONE * 11 / 10},
        {"GBPUSD", INSTRUMENT_FX, PRICE_ONE / 100000, 1000 * QUANTITY_ONE, PRICE_ONE * 13 / 10},
    };
    struct instruments instruments;
    assert_int_equal(instruments_init_builtin(&instruments, NULL), 0);
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        struct instrument instrument = *instruments_primary(&instruments, "AAPL");
        strcpy(instrument.symbol, more[i].symbol);
        instrument.kind = more[i].kind;
        instrument.tick = more[i].tick;
        instrument.lot = more[i].lot;
        instrument.start_price = more[i].start_price;
        assert_int_equal(instruments_put(&instruments, &instrument, NULL), 0);
    }
    return instruments;
}

static int index_of(struct series *series, int *known, const struct quote *quote)
{
    int i = 0;
    while (i < *known && strcmp(series->symbols[i], quote->symbol) != 0)
        i++;
    if (i == *known)
        strcpy(series->symbols[(*known)++], quote->symbol);
    return i;
}

static void note(struct series *series, int i, int second, const struct quote *quote, int64_t tick)
{
    series->quotes[i]++;
    series->narrow[i] += quote->ask - quote->bid == tick;
    if (second < series->seconds)
        series->counts[i][second]++;
    if (quote->last != DECIMAL_NONE && series->sign_count[i] < series->sign_room)
        series->signs[i][series->sign_count[i]++] = quote->last_side == SIDE_BUY ? 1 : -1;
}

static struct series observe(uint64_t seed, double rate, int seconds)
{
    struct series series = {.seconds = seconds, .sign_room = (int)(seconds * rate)};
    struct instruments instruments = all_kinds();
    struct simulator_options options = {
        .instruments = &instruments, .seed = seed, .rate_microhz = (int64_t)(rate * 1e6)};
    struct simulator *simulator = simulator_create(&options, NULL);
    assert_non_null(simulator);
    assert_int_equal(simulator_count(simulator), SIMULATED);
    double now[SIMULATED];
    int known = 0, second = 0;
    for (int i = 0; i < SIMULATED; i++) {
        series.mids[i] = calloc((size_t)seconds, sizeof *series.mids[i]);
        series.counts[i] = calloc((size_t)seconds, sizeof *series.counts[i]);
        series.signs[i] = calloc((size_t)series.sign_room, 1);
    }
    while (second < seconds) {
        struct quote quote;
        int64_t due_ns;
        simulator_next(simulator, &quote, &due_ns);
        for (; second < seconds && due_ns >= (second + 1) * NS_PER_SECOND; second++) {
            for (int i = 0; i < SIMULATED; i++)
                series.mids[i][second] = now[i];
        }
        const struct instrument *instrument = instruments_find(&instruments, quote.exchange, quote.symbol);
        int i = index_of(&series, &known, &quote);
        series.kinds[i] = instrument->kind;
        now[i] = log((double)quote.bid / 2 + (double)quote.ask / 2);
        note(&series, i, second, &quote, instrument->tick);
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

static double kurtosis(const struct series *series, int i, double *deviation_bp)
{
    double squares = 0, fourths = 0;
    for (int t = 1; t < series->seconds; t++) {
        double square = return_at(series, i, t) * return_at(series, i, t);
        squares += square;
        fourths += square * square;
    }
    *deviation_bp = 1e4 * sqrt(squares / (series->seconds - 1));
    return fourths * (series->seconds - 1) / (squares * squares);
}

/* Prints and checks the returns of one run. */
static void check_returns(const struct series *series, uint64_t seed, double rate)
{
    /* By kind: the standard deviation of returns over one second, in basis points. */
    static const double least[] = {0.8, 1.0, 0.6, 0.2}, most[] = {1.8, 2.2, 1.4, 0.6};
    for (int i = 0; i < SIMULATED; i++) {
        double sigma, tail = kurtosis(series, i, &sigma), follow = autocorrelation(series, i);
        double narrow = (double)series->narrow[i] / series->quotes[i];
        print_message("%4d %4g %-10s %9.2f %19.3f %9.2f %8.1f%%\n", (int)seed, rate, series->symbols[i], tail, follow,
                      sigma, 100 * narrow);
        assert_true(tail > 4);
        assert_true(fabs(follow) < 0.2);
        assert_true(sigma > least[series->kinds[i]] && sigma < most[series->kinds[i]]);
        assert_true(narrow > 0.7);
    }
}

enum { SPAN_S = 20 }; /* so that it matters little that quotes of two instruments are never of the same moment */

static double correlation(const struct series *series, int i, int j)
{
    double ii = 0, jj = 0, ij = 0;
    for (int t = SPAN_S; t < series->seconds; t++) {
        double x = series->mids[i][t] - series->mids[i][t - SPAN_S];
        double y = series->mids[j][t] - series->mids[j][t - SPAN_S];
        ii += x * x;
        jj += y * y;
        ij += x * y;
    }
    return ij / sqrt(ii * jj);
}

/* By pairs of kinds. */
struct correlations {
    double sum[KINDS][KINDS];
    int count[KINDS][KINDS];
};

static void add_correlations(struct correlations *correlations, const struct series *series)
{
    for (int i = 0; i < SIMULATED; i++) {
        for (int j = 0; j < i; j++) {
            enum instrument_kind one = series->kinds[i], other = series->kinds[j];
            correlations->sum[one < other ? other : one][one < other ? one : other] += correlation(series, i, j);
            correlations->count[one < other ? other : one][one < other ? one : other]++;
        }
    }
}

/* On average over the pairs of instruments and the runs. */
static void check_correlations(const struct correlations *correlations)
{
    print_message("kinds            correlation  asked\n");
    for (int i = 0; i < KINDS; i++) {
        for (int j = 0; j <= i; j++) {
            double found = correlations->sum[i][j] / correlations->count[i][j], asked = simulator_correlation(i, j);
            print_message("%-7s %-7s %12.3f %6.2f\n", instrument_kind_name(i), instrument_kind_name(j), found, asked);
            assert_true(fabs(found - asked) < 0.05);
            assert_true(asked == simulator_correlation(j, i));
        }
    }
}

static void returns_have_heavy_tails_no_memory_and_the_correlations_asked(void **state)
{
    (void)state;
    static const struct {
        uint64_t seed;
        double rate;
        int seconds;
    } runs[] = {{1, 10, 7200}, {2, 10, 7200}, {3, 50, 3600}, {4, 4, 14400}, {5, 10, 7200}};
    struct correlations correlations = {0};
    print_message("seed rate instrument  kurtosis  autocorrelation(1)  sigma bp  one tick\n");
    for (size_t run = 0; run < sizeof runs / sizeof *runs; run++) {
        struct series series = observe(runs[run].seed, runs[run].rate, runs[run].seconds);
        check_returns(&series, runs[run].seed, runs[run].rate);
        add_correlations(&correlations, &series);
        forget(&series);
    }
    check_correlations(&correlations);
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
        uint64_t seed;
        double rate;
        int seconds, window_s;
    } runs[] = {{11, 10, 3600, 1}, {12, 10, 3600, 5}, {13, 100, 600, 1}, {14, 4, 3600, 2}, {15, 1, 3600, 5}};
    print_message("seed rate    found/s  window s    Fano  in theory\n");
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        struct series series = observe(runs[i].seed, runs[i].rate, runs[i].seconds);
        double n = simulator_branching((int64_t)(runs[i].rate * 1e6));
        double span = simulator_decay() * (1 - n) * runs[i].window_s;
        double whole = 1 / ((1 - n) * (1 - n));
        double theory = whole + (1 - whole) * (1 - exp(-span)) / span, mean;
        double found = fano(&series, runs[i].window_s, &mean);
        print_message("%4d %4g %10.2f %9d %7.2f %10.2f\n", (int)runs[i].seed, runs[i].rate, mean / runs[i].window_s,
                      runs[i].window_s, found, theory);
        assert_true(fabs(found / theory - 1) < 0.2);
        assert_true(fabs(mean / runs[i].window_s / runs[i].rate - 1) < 0.05);
        forget(&series);
    }
}

static void trade_signs_persist(void **state)
{
    (void)state;
    print_message("seed  autocorrelation of trade signs at lag 1, at lag 10\n");
    for (uint64_t seed = 21; seed < 24; seed++) {
        struct series series = observe(seed, 10, 3600);
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
        print_message("%4d %39.2f %10.2f\n", (int)seed, near, far);
        assert_true(near > 0.2 && near < 0.6);
        assert_true(far > 0.05 && far < near);
        forget(&series);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(returns_have_heavy_tails_no_memory_and_the_correlations_asked),
        cmocka_unit_test(arrivals_are_bursts_as_in_theory),
        cmocka_unit_test(trade_signs_persist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
