/* From a quote to the alert that it raises, through a real server: 10,000 quotes a second over 500 instruments, of
 * which 50 are held; now and then one breaches, and the server says when it stored the quote and when the alert. Then a
 * flood: 10,000 instruments that are crossed at once, and what an order waits for meanwhile in the queue that the
 * alerts go through. Usage: bench_alerts [breaches] */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "bus/follower.h"
#include "bus/market_publisher.h"
#include "bus/publish_event.h"
#include "bus/publisher.h"
#include "core/clock.h"
#include "core/subject.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "core/unique.h"
#include "engine/risk_service.h"

enum { SYMBOLS = 500, HELD = 50, PERIOD_US = 100, FLOOD = 10000, INBOX_BYTES = 8 << 20, BREACHES_MAX = 10000 };

/* Between a breach and what ends it, and so on. */
#define HALF_PERIOD_NS (20 * NS_PER_MS)

struct bench {
    struct bench_server server;
    struct tape *feed_tape;
    struct publisher *publisher;
    struct market_publisher *market;
    struct instruments instruments;
    struct risk_service *risk;
    struct service *service;
    struct inbox *inbox; /* RISK and the breaching quotes */
    struct follower *alerts, *quotes;
    uint64_t breaches;
    _Atomic bool is_flooding; /* the feed crosses all from there on, once */
    _Atomic bool stop;
};

static void send_quote(struct bench *bench, size_t number, int64_t price, bool is_crossed)
{
    struct event event = event_empty(EVENT_QUOTE);
    char subject[SUBJECT_SIZE], payload[EVENT_PAYLOAD_SIZE];
    snprintf(event.quote.symbol, sizeof event.quote.symbol, "S%zu", number);
    text_copy(event.quote.exchange, sizeof event.quote.exchange, "NYSE");
    event.quote.bid = price;
    event.quote.ask = is_crossed ? price - PRICE_ONE / 100 : price + PRICE_ONE / 100;
    event.quote.bid_size = event.quote.ask_size = 100 * QUANTITY_ONE;
    event.quote.timestamp_ns = clock_wall_ns();
    subject_of(&event, subject);
    size_t bytes = event_encode(&event, payload, sizeof payload);
    while (!market_publisher_send(bench->market, subject, payload, bytes))
        bench_wait_until(clock_monotonic_ns() + NS_PER_MS);
}

/* Instrument 0 is held; in every other half period its price is so high that the limit of an account is breached. */
static void *feed(void *argument)
{
    struct bench *bench = argument;
    int64_t start_ns = clock_monotonic_ns(), half = -1;
    for (uint64_t sent = 0; !atomic_load(&bench->stop);) {
        bench_wait_until(start_ns + (int64_t)sent * PERIOD_US * NS_PER_US);
        uint64_t due = (uint64_t)((clock_monotonic_ns() - start_ns) / (PERIOD_US * NS_PER_US)) + 1;
        for (; sent < due; sent++) {
            int64_t now_half = (clock_monotonic_ns() - start_ns) / HALF_PERIOD_NS;
            if (now_half != half)
                send_quote(bench, 0, (now_half % 2 == 0 ? 100 : 10000) * PRICE_ONE, false);
            half = now_half;
            send_quote(bench, 1 + sent % (SYMBOLS - 1), (100 + (int64_t)(sent / SYMBOLS % 3)) * PRICE_ONE, false);
        }
        for (size_t i = 0; atomic_load(&bench->is_flooding) && i < FLOOD; i++)
            send_quote(bench, SYMBOLS + i, 100 * PRICE_ONE, true);
        atomic_store(&bench->is_flooding, false);
        market_publisher_flush(bench->market);
    }
    return NULL;
}

static void hold(struct bench *bench, size_t number)
{
    struct event event = event_empty(EVENT_POSITION);
    struct position_event *position = &event.position;
    text_copy(position->account, sizeof position->account, "SIM-1");
    snprintf(position->symbol, sizeof position->symbol, "S%zu", number);
    text_copy(position->currency, sizeof position->currency, "USD");
    position->quantity = 100 * QUANTITY_ONE;
    position->average_price = 100 * PRICE_ONE;
    position->cost = money_of(position->average_price, position->quantity);
    position->realized_pnl = position->fees = 0;
    position->epoch = 1;
    position->orders_seq = number + 1;
    position->timestamp_ns = clock_wall_ns();
    if (!publish_event(bench->publisher, &event, PUBLISH_NO_FENCE, NULL, 0))
        bench_fail("cannot publish a position");
}

static struct follower *follow(struct bench *bench, const char *stream, const char *filter, int tag)
{
    struct error error = {0};
    struct follower *follower =
        follower_create(bench->server.tape,
                        &(struct follower_options){.stream = stream, .filter = filter, .from = FOLLOW_NEW, .tag = tag},
                        bench->inbox, &error);
    if (follower == NULL)
        bench_fail(error.text);
    return follower;
}

/* Only what this is about; a limit is breached as soon as it is. */
static struct risk_config configuration(void)
{
    struct risk_config config;
    risk_config_init(&config);
    config.gross_limit = 1000000 * MONEY_ONE;
    config.daily_loss_limit = MONEY_NONE;
    config.limit_warning = 10000 * INT64_C(1000000);
    config.raise_hold_ns = config.clear_hold_ns = 0;
    config.volatility = config.price_spike = config.spread_blowout = false;
    config.concentration_warning = config.drawdown_warning = config.var_warning = 0;
    config.stale_warning_ns = 0;
    return config;
}

static void open_bench(struct bench *bench)
{
    struct error error = {0};
    const struct risk_config config = configuration();
    bench_server_start(&bench->server);
    bench->feed_tape = bench_connect(&bench->server);
    bench->publisher = publisher_create(bench->server.tape, &(struct publisher_options){.give_up_ms = -1}, &error);
    bench->market =
        market_publisher_create(bench->feed_tape, &(struct market_publisher_options){.stream = "MARKET_DATA"}, &error);
    if (bench->publisher == NULL || bench->market == NULL || instruments_init_builtin(&bench->instruments, &error) != 0)
        bench_fail(error.text);
    for (size_t i = 0; i < HELD; i++)
        hold(bench, i);
    bench->inbox = inbox_create(INBOX_BYTES);
    bench->alerts = follow(bench, "RISK", "risk.alerts.>", 0);
    bench->quotes = follow(bench, "MARKET_DATA", "md.nyse.S0", 1);
    bench->risk = risk_service_create(&config, &bench->instruments);
    bench->service =
        service_start(&risk_service_ops, bench->risk, bench->server.tape, bench->publisher, "SIM-1", &error);
    if (bench->service == NULL)
        bench_fail(error.text);
    while (!service_counts(bench->service).live)
        bench_wait_until(clock_monotonic_ns() + NS_PER_MS);
}

static void close_bench(struct bench *bench)
{
    service_stop(bench->service);
    risk_service_destroy(bench->risk);
    inbox_close(bench->inbox);
    follower_destroy(bench->alerts);
    follower_destroy(bench->quotes);
    inbox_destroy(bench->inbox);
    publisher_destroy(bench->publisher, 1000);
    market_publisher_destroy(bench->market, 1000);
    instruments_free(&bench->instruments);
    tape_destroy(bench->feed_tape);
    bench_server_stop(&bench->server);
}

static struct event decode(const struct inbox_item *item)
{
    struct event event;
    struct error error = {0};
    if (event_decode(&event, item->subject, item->payload, item->payload_bytes, "SIM-1", &error) != 0)
        bench_fail(error.text);
    return event;
}

static int by_time(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void print_times(const char *what, int64_t *times_ns, size_t count, const char *wanted)
{
    char title[64];
    qsort(times_ns, count, sizeof *times_ns, by_time);
    const double p50_ms = (double)times_ns[count / 2] / 1e6, p99_ms = (double)times_ns[count * 99 / 100] / 1e6;
    snprintf(title, sizeof title, "%s, p50", what);
    printf("%-44s %14.2f ms\n", title, p50_ms);
    snprintf(title, sizeof title, "%s, p99", what);
    printf("%-44s %14.2f ms %27s\n", title, p99_ms, wanted);
}

/* Each quote of S0 either breaches or ends a breach; the alert that follows is of it. Both times are the server's, and
 * what its publisher's timestamp says comes before. */
static void measure_breaches(struct bench *bench)
{
    static int64_t times_ns[BREACHES_MAX];
    size_t count = 0;
    int64_t breached_ns = 0;
    struct inbox_item item;
    while (count < bench->breaches) {
        inbox_wait(bench->inbox, 1000);
        while (inbox_take(bench->inbox, &item) && count < bench->breaches) {
            if (item.kind != INBOX_MESSAGE)
                continue;
            struct event event = decode(&item);
            if (event.kind == EVENT_QUOTE && event.quote.bid > 1000 * PRICE_ONE)
                breached_ns = event.quote.timestamp_ns;
            bool is_breach = event.kind == EVENT_ALERT && event.alert.raised && event.alert.version == 1;
            if (is_breach && breached_ns != 0 && strcmp(event.alert.rule, "gross_exposure") == 0)
                times_ns[count++] = item.stored_ns - breached_ns;
        }
    }
    print_times("quote that breaches to alert stored", times_ns, count, "<= 5 ms (p99)");
}

/* What an order would wait for: a message through the same queue, until its answer. */
static int64_t round_trip_ns(struct bench *bench, struct inbox *answers)
{
    char id[ID_SIZE], message_id[ID_SIZE + 8];
    struct inbox_item item;
    unique_id(id);
    snprintf(message_id, sizeof message_id, "bench:%s", id);
    int64_t start_ns = clock_monotonic_ns();
    if (!publisher_send(bench->publisher, &(struct publish_message){.subject = "dead.bench",
                                                                    .id = message_id,
                                                                    .fence = PUBLISH_NO_FENCE,
                                                                    .payload = "{}",
                                                                    .payload_bytes = 2,
                                                                    .inbox = answers}))
        return INT64_MAX;
    do
        inbox_wait(answers, 1000);
    while (!inbox_take(answers, &item));
    return clock_monotonic_ns() - start_ns;
}

/* Counts the alerts of the flood that have been read. */
static size_t read_flood(struct bench *bench)
{
    size_t count = 0;
    struct inbox_item item;
    while (inbox_take(bench->inbox, &item))
        count += item.kind == INBOX_MESSAGE && strncmp(item.subject, "risk.alerts.", 12) == 0 &&
                 strstr(item.payload, "\"rule\":\"locked_crossed\"") != NULL;
    return count;
}

static void measure_flood(struct bench *bench)
{
    static int64_t quiet_ns[500], flood_ns[100000];
    struct inbox *answers = inbox_create(1 << 20);
    size_t alerts = 0, asked = 0;
    for (size_t i = 0; i < sizeof quiet_ns / sizeof *quiet_ns; i++) {
        quiet_ns[i] = round_trip_ns(bench, answers);
        bench_wait_until(clock_monotonic_ns() + NS_PER_MS);
    }
    read_flood(bench);
    int64_t start_ns = clock_monotonic_ns();
    atomic_store(&bench->is_flooding, true);
    while (alerts < FLOOD && asked < sizeof flood_ns / sizeof *flood_ns) {
        flood_ns[asked++] = round_trip_ns(bench, answers);
        alerts += read_flood(bench);
        bench_wait_until(clock_monotonic_ns() + NS_PER_MS);
    }
    printf("%-44s %14.2f s\n", "10,000 conditions at once: all alerts stored",
           (double)(clock_monotonic_ns() - start_ns) / 1e9);
    print_times("an order's way to the tape before", quiet_ns, sizeof quiet_ns / sizeof *quiet_ns, "");
    print_times("an order's way to the tape meanwhile", flood_ns, asked, "");
    inbox_destroy(answers);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    pthread_t thread;
    bench.breaches = bench_argument(argc, argv, 1, 500);
    if (bench.breaches > BREACHES_MAX)
        bench_fail("too many breaches");
    open_bench(&bench);
    if (pthread_create(&thread, NULL, feed, &bench) != 0)
        bench_fail("cannot start a thread");
    measure_breaches(&bench);
    measure_flood(&bench);
    atomic_store(&bench.stop, true);
    pthread_join(thread, NULL);
    close_bench(&bench);
    return 0;
}
