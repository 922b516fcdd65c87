/* The time of one message through an inbox, put and taken in batches by one thread. Usage: bench_inbox [messages] */
#include "bench/bench.h"
#include "bus/inbox.h"
#include "core/clock.h"

enum { BATCH = 1000 };

int main(int argc, char **argv)
{
    uint64_t batches = bench_argument(argc, argv, 1, 2000000) / BATCH;
    struct inbox *inbox = inbox_create(16 << 20);
    const struct inbox_item in = {
        .kind = INBOX_MESSAGE, .subject = BENCH_SUBJECT, .payload = BENCH_QUOTE, .payload_bytes = BENCH_QUOTE_BYTES};
    struct inbox_item out;
    int64_t start_ns = clock_monotonic_ns();
    for (uint64_t i = 0; i < batches; i++) {
        for (int j = 0; j < BATCH; j++)
            inbox_put(inbox, &in);
        while (inbox_take(inbox, &out))
            ;
    }
    bench_print_one("messages through an inbox", bench_per_second(batches * BATCH, start_ns), "/s");
    inbox_destroy(inbox);
    return 0;
}
