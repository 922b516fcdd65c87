/* Prints what the bus does on this machine with a real server: messages per second published with acknowledgement and
 * followed, the time of one item through an inbox, and the latency from publish to follower at a steady rate. Not a
 * test: run it by hand, in a release build, when the bus was changed. Usage: bench_bus [messages] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bus/embedded_server.h"
#include "bus/follower.h"
#include "bus/publisher.h"
#include "bus/stream.h"
#include "core/clock.h"
#include "core/timestamp.h"

enum { LATENCY_MESSAGES = 2000 };

static const char PAYLOAD[] =
    "{\"symbol\":\"AAPL\",\"exchange\":\"NYSE\",\"bid\":189.01,\"ask\":189.02,\"bid_size\":300,"
    "\"ask_size\":200,\"seq\":123456,\"timestamp\":\"2026-11-23T14:30:00.123456789Z\"}";

static void fail(const char *text)
{
    fprintf(stderr, "%s\n", text);
    exit(1);
}

static double seconds_since(int64_t start_ns)
{
    return (double)(clock_monotonic_ns() - start_ns) / (double)NS_PER_SECOND;
}

static void bench_inbox(void)
{
    enum { ITEMS = 2000000, BATCH = 1000 };
    struct inbox *inbox = inbox_create(16 << 20);
    struct inbox_item in = {
        .kind = INBOX_MESSAGE, .subject = "md.nyse.AAPL", .payload = PAYLOAD, .payload_bytes = sizeof PAYLOAD - 1};
    struct inbox_item out;
    int64_t start_ns = clock_monotonic_ns();
    for (int i = 0; i < ITEMS / BATCH; i++) {
        for (int j = 0; j < BATCH; j++)
            inbox_put(inbox, &in);
        while (inbox_take(inbox, &out))
            ;
    }
    printf("inbox: %.0f ns per item, put and taken\n", seconds_since(start_ns) * 1e9 / ITEMS);
    inbox_destroy(inbox);
}

static void pause_ns(int64_t ns)
{
    struct timespec time = {.tv_nsec = ns};
    nanosleep(&time, NULL);
}

static void bench_publish(struct tape *tape, uint64_t count, bool with_id)
{
    struct error error = {0};
    struct publisher *publisher = publisher_create(tape, NULL, &error);
    if (publisher == NULL)
        fail(error.text);
    char id[32] = "";
    int64_t start_ns = clock_monotonic_ns();
    for (uint64_t i = 0; i < count;) {
        if (with_id)
            snprintf(id, sizeof id, "%llx-%llu", (unsigned long long)start_ns, (unsigned long long)i);
        const struct publish_message message = {.subject = "md.nyse.AAPL",
                                                .id = id,
                                                .fence = PUBLISH_NO_FENCE,
                                                .payload = PAYLOAD,
                                                .payload_bytes = sizeof PAYLOAD - 1};
        if (publisher_send(publisher, &message))
            i++;
        else
            pause_ns(200000);
    }
    while (publisher_counts(publisher).stored < count)
        pause_ns(200000);
    printf("publish %s id: %.0f messages/s acknowledged\n", with_id ? "with" : "without",
           (double)count / seconds_since(start_ns));
    publisher_destroy(publisher, 1000);
}

static void bench_follow(struct tape *tape)
{
    struct error error = {0};
    struct inbox *inbox = inbox_create(1 << 20);
    int64_t start_ns = clock_monotonic_ns();
    struct follower *follower = follower_create(
        tape, &(struct follower_options){.stream = "MARKET_DATA", .from = FOLLOW_SEQUENCE}, inbox, &error);
    if (follower == NULL)
        fail(error.text);
    uint64_t count = 0;
    for (bool more = true; more;) {
        struct inbox_item item;
        inbox_wait(inbox, 5000);
        while (inbox_take(inbox, &item)) {
            count += item.kind == INBOX_MESSAGE;
            more = more && item.kind != INBOX_CAUGHT_UP;
        }
    }
    printf("follow: %.0f messages/s\n", (double)count / seconds_since(start_ns));
    follower_destroy(follower);
    inbox_destroy(inbox);
}

static int by_time(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void print_times(const char *what, int64_t *times_ns)
{
    qsort(times_ns, LATENCY_MESSAGES, sizeof *times_ns, by_time);
    printf("%s: p50 %.0f us, p99 %.0f us, most %.0f us\n", what, (double)times_ns[LATENCY_MESSAGES / 2] / 1e3,
           (double)times_ns[LATENCY_MESSAGES * 99 / 100] / 1e3, (double)times_ns[LATENCY_MESSAGES - 1] / 1e3);
}

static void bench_latency(struct tape *tape)
{
    struct error error = {0};
    struct inbox *inbox = inbox_create(1 << 20);
    struct publisher *publisher = publisher_create(tape, NULL, &error);
    struct follower *follower =
        follower_create(tape, &(struct follower_options){.stream = "ORDERS", .from = FOLLOW_NEW}, inbox, &error);
    if (publisher == NULL || follower == NULL)
        fail(error.text);
    static int64_t sent_ns[LATENCY_MESSAGES], followed_ns[LATENCY_MESSAGES], acknowledged_ns[LATENCY_MESSAGES];
    size_t followed = 0, acknowledged = 0;
    int64_t next_ns = clock_monotonic_ns();
    for (size_t i = 0; followed < LATENCY_MESSAGES || acknowledged < LATENCY_MESSAGES;) {
        int64_t now_ns = clock_monotonic_ns();
        if (i < LATENCY_MESSAGES && now_ns >= next_ns) {
            next_ns += NS_PER_MS;
            sent_ns[i] = now_ns;
            publisher_send(publisher, &(struct publish_message){.subject = "orders.new",
                                                                .fence = PUBLISH_NO_FENCE,
                                                                .payload = PAYLOAD,
                                                                .payload_bytes = sizeof PAYLOAD - 1,
                                                                .inbox = inbox,
                                                                .cookie = i++});
        }
        inbox_wait(inbox, 1);
        struct inbox_item item;
        while (inbox_take(inbox, &item)) {
            if (item.kind == INBOX_MESSAGE) {
                followed_ns[followed] = item.arrived_ns - sent_ns[followed];
                followed++;
            } else if (item.kind == INBOX_PUBLISHED) {
                acknowledged_ns[acknowledged++] = item.arrived_ns - sent_ns[item.result.cookie];
            }
        }
    }
    print_times("send to acknowledgement, 1000/s", acknowledged_ns);
    print_times("send to follower, 1000/s", followed_ns);
    follower_destroy(follower);
    publisher_destroy(publisher, 1000);
    inbox_destroy(inbox);
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 300000;
    char directory[] = "/tmp/bench-bus-XXXXXX";
    if (mkdtemp(directory) == NULL)
        fail("cannot make a directory in /tmp");
    struct error error = {0};
    const char *program = getenv("NATS_SERVER");
    struct embedded_server *server =
        embedded_server_start(program != NULL ? program : "nats-server", directory, &error);
    if (server == NULL)
        fail(error.text);
    struct tape *tape = tape_connect(
        &(struct tape_options){.urls = embedded_server_url(server), .name = "bench", .reconnect_attempts = -1}, &error);
    if (tape == NULL || streams_create(tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error) < 0)
        fail(error.text);
    bench_inbox();
    bench_publish(tape, count, false);
    bench_publish(tape, count, true);
    bench_follow(tape);
    bench_latency(tape);
    tape_destroy(tape);
    embedded_server_stop(server);
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command) == 0 ? 0 : 1;
}
