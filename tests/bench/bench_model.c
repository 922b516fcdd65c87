/* How many quotes per second the screen's read model folds on one core, without tape, codec and drawing; and how much
 * memory the process has when it holds all candles that are kept: a day in minutes, ten minutes in seconds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/timestamp.h"
#include "ui/model.h"

enum { INSTRUMENTS = 500, QUOTES = 3000000, BATCH = 10000, DAY_STEP_S = 20 };

struct bench {
    struct model *model;
    struct event event; /* the next quote, but for what changes */
    int64_t mids[INSTRUMENTS];
    uint64_t random, sequence;
    int64_t now_ns; /* wall clock; the monotonic clock is the same here */
};

/* Of one core: what else runs on the machine does not count. */
static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A quote of an instrument whose price goes up or down a cent; every third comes of a trade. */
static void compose(struct bench *bench, struct event *event, int instrument)
{
    const int64_t cent = PRICE_ONE / 100;
    bench->random = bench->random * 6364136223846793005u + 1442695040888963407u;
    unsigned random = (unsigned)(bench->random >> 40);
    *event = bench->event;
    struct quote *quote = &event->quote;
    snprintf(quote->symbol, sizeof quote->symbol, "S%d", instrument);
    bench->mids[instrument] += cent * ((int)(random % 3) - 1);
    quote->bid = bench->mids[instrument] - cent;
    quote->ask = bench->mids[instrument] + cent;
    quote->last = random % 9 < 3 ? quote->bid : DECIMAL_NONE;
    quote->seq = event->sequence = ++bench->sequence;
    quote->timestamp_ns = quote->received_ns = event->stored_ns = bench->now_ns;
}

static void fold(struct bench *bench, const struct event *event)
{
    model_fold(bench->model, event, 0, bench->now_ns, bench->now_ns);
}

/* Quotes at 10,000 a second, instruments at random. */
static void measure_speed(struct bench *bench)
{
    static struct event events[BATCH];
    double spent = 0;
    for (int first = 0; first < QUOTES; first += BATCH) {
        for (int i = 0; i < BATCH; i++)
            compose(bench, &events[i], (int)((bench->random >> 20) % INSTRUMENTS));
        double start = seconds();
        for (int i = 0; i < BATCH; i++) {
            bench->now_ns += 100 * NS_PER_US;
            fold(bench, &events[i]);
        }
        spent += seconds() - start;
    }
    printf("%-44s %10.0f /s\n", "quotes folded by the read model, 500 symbols", QUOTES / spent);
}

static double resident_mb(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%*u %lu", &pages) != 1)
        exit(1);
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1e6;
}

static void measure_memory(struct bench *bench)
{
    struct event event;
    for (int second = 0; second < 86400; second += second < 86400 - 600 ? DAY_STEP_S : 1) {
        bench->now_ns = (INT64_C(1795392000) + second) * NS_PER_SECOND;
        for (int i = 0; i < INSTRUMENTS; i++) {
            compose(bench, &event, i);
            fold(bench, &event);
        }
    }
    int64_t oldest, newest;
    if (!candles_range(model_instrument(bench->model, 0)->candles, CANDLES_1MIN, &oldest, &newest) ||
        newest - oldest < 1400)
        exit(1);
    printf("%-44s %10.1f MB\n", "memory with a day of candles of 500 symbols", resident_mb());
}

int main(void)
{
    static struct bench bench;
    struct instruments table = {0};
    struct error error = {0};
    if (instruments_init_builtin(&table, &error) != 0)
        return 1;
    bench.event = event_empty(EVENT_QUOTE);
    strcpy(bench.event.quote.exchange, "NYSE");
    strcpy(bench.event.quote.source, "bench");
    bench.event.quote.bid_size = bench.event.quote.ask_size = bench.event.quote.last_size = 100 * QUANTITY_ONE;
    bench.now_ns = INT64_C(1795300000) * NS_PER_SECOND;
    for (int i = 0; i < INSTRUMENTS; i++)
        bench.mids[i] = (100 + i) * PRICE_ONE;
    bench.model = model_create(&table, "SIM-1", 5 * NS_PER_SECOND);
    measure_speed(&bench);
    measure_memory(&bench);
    model_destroy(bench.model);
    instruments_free(&table);
    return 0;
}
