/* The time from publish to the reader's hands at 10,000 quotes per second, through a stream on files. Here: the market
 * data publisher or the publisher on one connection, a push subscription and its inbox on another. Bare: the fastest
 * that nats.c does, an event loop of one's own with epoll for each of two connections, `SendAsap`, writing once after
 * each burst, no acknowledgements, an ordered consumer with a callback. Usage: bench_latency [messages [rounds]] */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bus/embedded_server.h"
#include "bus/inbox.h"
#include "bus/market_publisher.h"
#include "bus/publisher.h"
#include "bus/push.h"
#include "core/clock.h"
#include "core/timestamp.h"

enum { PERIOD_NS = 100000, SKIPPED = 2000, INBOX_BYTES = 4 << 20 };

/* When each message was sent and came. */
struct pulse {
    size_t count;
    int64_t *sent_ns, *came_ns;
    atomic_size_t came;
    /* Sends one message; and what is there to do after a burst. */
    void (*send)(void *context);
    void (*flush)(void *context);
    void *context;
};

static void *send_pulse(void *argument)
{
    struct pulse *pulse = argument;
    int64_t start_ns = clock_monotonic_ns();
    for (size_t sent = 0; sent < pulse->count;) {
        bench_wait_until(start_ns + (int64_t)sent * PERIOD_NS);
        size_t due = (size_t)((clock_monotonic_ns() - start_ns) / PERIOD_NS) + 1;
        for (; sent < due && sent < pulse->count; sent++) {
            pulse->sent_ns[sent] = clock_monotonic_ns();
            pulse->send(pulse->context);
        }
        pulse->flush(pulse->context);
    }
    return NULL;
}

static void note(struct pulse *pulse)
{
    size_t index = atomic_load(&pulse->came);
    if (index < pulse->count)
        pulse->came_ns[index] = clock_monotonic_ns();
    atomic_store(&pulse->came, index + 1);
}

static int by_time(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

struct percentiles {
    double p50_us, p99_us;
};

/* Joins the sender when all have come. */
static struct percentiles finish(struct pulse *pulse, pthread_t sender)
{
    pthread_join(sender, NULL);
    for (size_t i = 0; i < pulse->count; i++)
        pulse->came_ns[i] -= pulse->sent_ns[i];
    size_t count = pulse->count - SKIPPED;
    int64_t *times_ns = pulse->came_ns + SKIPPED;
    qsort(times_ns, count, sizeof *times_ns, by_time);
    struct percentiles result = {(double)times_ns[count / 2] / 1e3, (double)times_ns[count * 99 / 100] / 1e3};
    free(pulse->sent_ns);
    free(pulse->came_ns);
    return result;
}

static void prepare(struct pulse *pulse, size_t count)
{
    pulse->count = count;
    pulse->sent_ns = calloc(count, sizeof *pulse->sent_ns);
    pulse->came_ns = calloc(count, sizeof *pulse->came_ns);
    if (pulse->sent_ns == NULL || pulse->came_ns == NULL)
        bench_fail("no memory");
}

static pthread_t start(struct pulse *pulse)
{
    pthread_t sender;
    if (pthread_create(&sender, NULL, send_pulse, pulse) != 0)
        bench_fail("cannot start a thread");
    return sender;
}

/* ---- bare ---- */

struct loop {
    natsConnection *connection;
    natsOptions *options;
    int epoll_fd, socket;
    bool writes_itself; /* who publishes writes too, so that the loop need not be woken for it */
    pthread_t thread;
    atomic_bool stop;
};

static natsStatus attach(void **data, void *argument, natsConnection *connection, natsSock socket)
{
    struct loop *loop = argument;
    struct epoll_event event = {.events = EPOLLIN};
    loop->connection = connection;
    loop->socket = socket;
    *data = loop;
    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, socket, &event) == 0 ? NATS_OK : NATS_SYS_ERROR;
}

static natsStatus want_read(void *data, bool add)
{
    (void)data;
    (void)add;
    return NATS_OK;
}

static natsStatus want_write(void *data, bool add)
{
    struct loop *loop = data;
    struct epoll_event event = {.events = EPOLLIN | (add ? EPOLLOUT : 0)};
    if (!loop->writes_itself)
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, loop->socket, &event);
    return NATS_OK;
}

static natsStatus detach(void *data)
{
    (void)data;
    return NATS_OK;
}

static void *run_loop(void *argument)
{
    struct loop *loop = argument;
    struct epoll_event event;
    while (!atomic_load(&loop->stop)) {
        if (epoll_wait(loop->epoll_fd, &event, 1, 10) != 1)
            continue;
        if ((event.events & EPOLLIN) != 0)
            natsConnection_ProcessReadEvent(loop->connection);
        if ((event.events & EPOLLOUT) != 0)
            natsConnection_ProcessWriteEvent(loop->connection);
    }
    return NULL;
}

static void loop_start(struct loop *loop, const char *url)
{
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    bench_check(natsOptions_Create(&loop->options));
    bench_check(natsOptions_SetURL(loop->options, url));
    bench_check(natsOptions_SetSendAsap(loop->options, true));
    bench_check(natsOptions_SetEventLoop(loop->options, loop, attach, want_read, want_write, detach));
    bench_check(natsConnection_Connect(&loop->connection, loop->options));
    if (pthread_create(&loop->thread, NULL, run_loop, loop) != 0)
        bench_fail("cannot start a thread");
}

static void loop_stop(struct loop *loop)
{
    natsConnection_Close(loop->connection);
    atomic_store(&loop->stop, true);
    pthread_join(loop->thread, NULL);
    natsConnection_Destroy(loop->connection);
    natsOptions_Destroy(loop->options);
    close(loop->epoll_fd);
}

static void send_bare(void *context)
{
    struct loop *loop = context;
    bench_check(natsConnection_Publish(loop->connection, BENCH_SUBJECT, BENCH_QUOTE, BENCH_QUOTE_BYTES));
}

static void flush_bare(void *context)
{
    struct loop *loop = context;
    natsConnection_ProcessWriteEvent(loop->connection);
}

static void on_bare(natsConnection *connection, natsSubscription *subscription, natsMsg *message, void *context)
{
    (void)connection;
    (void)subscription;
    note(context);
    natsMsg_Destroy(message);
}

static struct percentiles bare(struct bench_server *server, size_t count)
{
    struct loop reader = {0}, writer = {.writes_itself = true};
    struct pulse pulse = {.send = send_bare, .flush = flush_bare, .context = &writer};
    natsSubscription *subscription = NULL;
    jsCtx *jetstream = NULL;
    jsSubOptions options;
    prepare(&pulse, count);
    loop_start(&reader, embedded_server_url(server->server));
    loop_start(&writer, embedded_server_url(server->server));
    jsSubOptions_Init(&options);
    options.Ordered = true;
    options.Config.DeliverPolicy = js_DeliverNew;
    bench_check(natsConnection_JetStream(&jetstream, reader.connection, NULL));
    bench_check(js_Subscribe(&subscription, jetstream, "md.>", on_bare, &pulse, NULL, &options, NULL));
    bench_check(natsSubscription_SetPendingLimits(subscription, -1, -1));
    pthread_t sender = start(&pulse);
    while (atomic_load(&pulse.came) < count)
        bench_wait_until(clock_monotonic_ns() + 20 * NS_PER_MS);
    struct percentiles result = finish(&pulse, sender);
    natsSubscription_Destroy(subscription);
    jsCtx_Destroy(jetstream);
    loop_stop(&writer);
    loop_stop(&reader);
    return result;
}

/* ---- here ---- */

static void send_market(void *context)
{
    while (!market_publisher_send(context, BENCH_SUBJECT, BENCH_QUOTE, BENCH_QUOTE_BYTES))
        bench_wait_until(clock_monotonic_ns() + NS_PER_MS);
}

static void flush_market(void *context)
{
    market_publisher_flush(context);
}

static void send_acknowledged(void *context)
{
    const struct publish_message message = {.subject = BENCH_SUBJECT,
                                            .fence = PUBLISH_NO_FENCE,
                                            .payload = BENCH_QUOTE,
                                            .payload_bytes = BENCH_QUOTE_BYTES};
    while (!publisher_send(context, &message))
        bench_wait_until(clock_monotonic_ns() + NS_PER_MS);
}

static void flush_nothing(void *context)
{
    (void)context;
}

static struct percentiles here(struct bench_server *server, struct tape *sender_tape, size_t count, bool is_market)
{
    struct error error = {0};
    struct inbox *inbox = inbox_create(INBOX_BYTES);
    struct push *push = push_create(
        server->tape, &(struct push_options){.stream = "MARKET_DATA", .filter = "md.nyse.>", .from = FOLLOW_NEW}, inbox,
        &error);
    struct market_publisher *market =
        market_publisher_create(sender_tape, &(struct market_publisher_options){.stream = "MARKET_DATA"}, &error);
    struct publisher *publisher = publisher_create(sender_tape, NULL, &error);
    if (push == NULL || market == NULL || publisher == NULL)
        bench_fail(error.text);
    struct pulse pulse = {.send = is_market ? send_market : send_acknowledged,
                          .flush = is_market ? flush_market : flush_nothing,
                          .context = is_market ? (void *)market : (void *)publisher};
    prepare(&pulse, count);
    pthread_t sender = start(&pulse);
    while (atomic_load(&pulse.came) < count) {
        struct inbox_item item;
        inbox_wait(inbox, 1000);
        while (inbox_take(inbox, &item))
            if (item.kind == INBOX_MESSAGE)
                note(&pulse);
    }
    struct percentiles result = finish(&pulse, sender);
    push_destroy(push);
    market_publisher_destroy(market, 5000);
    publisher_destroy(publisher, 5000);
    inbox_destroy(inbox);
    return result;
}

int main(int argc, char **argv)
{
    uint64_t count = bench_argument(argc, argv, 1, 20000), rounds = bench_argument(argc, argv, 2, 9);
    struct bench_server server = {0};
    struct bench_rounds market_p50 = {0}, market_p99 = {0}, other_p50 = {0}, other_p99 = {0};
    if (count <= SKIPPED)
        bench_fail("too few messages");
    bench_server_start(&server);
    struct tape *sender = bench_connect(&server);
    for (uint64_t round = 0; round < rounds; round++) {
        struct percentiles alone = bare(&server, count);
        struct percentiles market = here(&server, sender, count, true);
        struct percentiles other = here(&server, sender, count, false);
        bench_add(&market_p50, market.p50_us, alone.p50_us);
        bench_add(&market_p99, market.p99_us, alone.p99_us);
        bench_add(&other_p50, other.p50_us, alone.p50_us);
        bench_add(&other_p99, other.p99_us, alone.p99_us);
    }
    bench_print("latency of market data at 10,000/s, p50", &market_p50, "us", "");
    bench_print("latency of market data at 10,000/s, p99", &market_p99, "us", "1.5 at most");
    bench_print("latency of the publisher at 10,000/s, p50", &other_p50, "us", "");
    bench_print("latency of the publisher at 10,000/s, p99", &other_p99, "us", "1.5 at most");
    tape_destroy(sender);
    bench_server_stop(&server);
    return 0;
}
