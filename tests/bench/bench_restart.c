/* How long the order checks, the paper exchange, the positions and the risk rules take from their start until they
 * decide, with a long ORDERS behind them: folded from its beginning, and from their snapshots. Usage: bench_restart
 * [events [rounds]] */
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "bench/order_life.h"
#include "bus/publish_event.h"
#include "bus/snapshot.h"
#include "core/clock.h"
#include "core/timestamp.h"
#include "engine/checks_service.h"
#include "engine/exchange_service.h"
#include "engine/positions_service.h"
#include "engine/risk_service.h"

enum { SERVICES = 4, OPEN_AT_A_TIME = 4096 };

static const struct service_ops *const OPS[SERVICES] = {&checks_service_ops, &exchange_service_ops,
                                                        &positions_service_ops, &risk_service_ops};

struct process {
    struct tape *tape;
    struct publisher *publisher;
    void *states[SERVICES];
    struct service *services[SERVICES];
};

static void fill_orders(struct bench_server *server, size_t orders)
{
    struct error error = {0};
    struct publisher *publisher =
        publisher_create(server->tape, &(struct publisher_options){.queue_bytes = 64 << 20, .give_up_ms = -1}, &error);
    if (publisher == NULL)
        bench_fail(error.text);
    for (size_t first = 0; first < orders; first += OPEN_AT_A_TIME) {
        for (int step = 0; step < ORDER_LIFE_EVENTS; step++) {
            for (size_t i = first; i < first + OPEN_AT_A_TIME && i < orders; i++) {
                struct event event;
                order_life_event(&event, i, step);
                while (!publish_event(publisher, &event, PUBLISH_NO_FENCE, NULL, 0))
                    bench_wait_until(clock_monotonic_ns() + NS_PER_MS);
            }
        }
    }
    publisher_destroy(publisher, 60000);
}

static void make_states(void *states[SERVICES], const struct instruments *instruments)
{
    struct checks_config checks;
    struct exchange_config exchange;
    struct risk_config risk;
    checks_config_init(&checks);
    exchange_config_init(&exchange);
    risk_config_init(&risk);
    states[0] = checks_service_create(&checks, instruments);
    states[1] = exchange_service_create(&exchange, instruments);
    states[2] = positions_service_create(instruments, POSITION_AVERAGE_COST);
    states[3] = risk_service_create(&risk, instruments);
}

static bool all_decide(const struct process *process)
{
    for (int i = 0; i < SERVICES; i++) {
        struct service_counts counts = service_counts(process->services[i]);
        if (!counts.live || !counts.deciding)
            return false;
    }
    return true;
}

/* Starts all, waits until they decide, and returns how many seconds that took; then ends them. */
static double run(struct bench_server *server, const struct instruments *instruments)
{
    struct error error = {0};
    struct process process = {.tape = bench_connect(server)};
    process.publisher = publisher_create(process.tape, &(struct publisher_options){.give_up_ms = -1}, &error);
    if (process.publisher == NULL)
        bench_fail(error.text);
    make_states(process.states, instruments);
    int64_t start_ns = clock_monotonic_ns();
    const struct service_options options = {
        .tape = process.tape, .publisher = process.publisher, .default_account = "SIM-1"};
    for (int i = 0; i < SERVICES; i++) {
        process.services[i] = service_start_with(OPS[i], process.states[i], &options, &error);
        if (process.services[i] == NULL)
            bench_fail(error.text);
    }
    while (!all_decide(&process))
        bench_wait_until(clock_monotonic_ns() + NS_PER_MS);
    double seconds = (double)(clock_monotonic_ns() - start_ns) / (double)NS_PER_SECOND;
    for (int i = 0; i < SERVICES; i++)
        service_stop(process.services[i]);
    publisher_destroy(process.publisher, 60000);
    tape_destroy(process.tape);
    checks_service_destroy(process.states[0]);
    exchange_service_destroy(process.states[1]);
    positions_service_destroy(process.states[2]);
    risk_service_destroy(process.states[3]);
    return seconds;
}

int main(int argc, char **argv)
{
    uint64_t events = bench_argument(argc, argv, 1, 1000000), rounds = bench_argument(argc, argv, 2, 3);
    struct bench_server server = {0};
    struct instruments instruments;
    struct error error = {0};
    double whole[BENCH_ROUNDS_MAX], snapshot[BENCH_ROUNDS_MAX];
    if (rounds > BENCH_ROUNDS_MAX || instruments_init_builtin(&instruments, &error) != 0)
        bench_fail("cannot begin");
    bench_server_start(&server);
    fill_orders(&server, events / ORDER_LIFE_EVENTS);
    run(&server, &instruments); /* publishes the positions */
    for (uint64_t i = 0; i < rounds; i++) {
        bench_check(js_PurgeStream(server.jetstream, "KV_" SNAPSHOT_BUCKET, NULL, NULL));
        whole[i] = run(&server, &instruments);
        snapshot[i] = run(&server, &instruments);
    }
    bench_print_one("restart, ORDERS folded from its beginning", bench_median(whole, (int)rounds) * 1e3, "ms");
    bench_print_one("restart, from snapshots", bench_median(snapshot, (int)rounds) * 1e3, "ms");
    instruments_free(&instruments);
    bench_server_stop(&server);
    return 0;
}
