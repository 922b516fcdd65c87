/* See exchange_bench.h. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "exchange_bench.h"

#include <stdio.h>
#include <string.h>

#include "core/subject.h"
#include "core/timestamp.h"

void bench_open(struct bench *bench)
{
    struct error error;
    memset(bench, 0, sizeof *bench);
    script_init(&bench->script);
    exchange_config_init(&bench->config);
    assert_int_equal(instruments_init_builtin(&bench->instruments, &error), 0);
    bench->exchange = exchange_create(&bench->config, &bench->instruments);
}

uint32_t bench_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

uint32_t bench_below(uint32_t *seed, uint32_t count)
{
    return bench_random(seed) % count;
}

void bench_close(struct bench *bench)
{
    exchange_destroy(bench->exchange);
    instruments_free(&bench->instruments);
    proposals_free(&bench->proposals);
}

void bench_fold(struct bench *bench, const struct event *event)
{
    assert_true(bench->tape_count < BENCH_EVENTS_MAX);
    bench->tape[bench->tape_count++] = *event;
    exchange_fold(bench->exchange, event, 0, bench->script.monotonic_ns);
}

void bench_decide(struct bench *bench, const struct event *event)
{
    proposals_clear(&bench->proposals);
    if (event == NULL)
        exchange_decide_all(bench->exchange, bench->script.wall_ns, bench->script.monotonic_ns, &bench->proposals);
    else
        exchange_decide(bench->exchange, event, bench->script.wall_ns, bench->script.monotonic_ns, &bench->proposals);
}

void bench_note(struct bench *bench, const struct event *event)
{
    char line[SCRIPT_TEXT_SIZE];
    script_check_wire(event);
    script_text(line, sizeof line, event);
    size_t length = strlen(bench->text);
    snprintf(bench->text + length, BENCH_TEXT_SIZE - length, "%s%s", length == 0 ? "" : "; ", line);
}

/* What the fence says must be what the stream would say. */
void bench_assert_fence(const struct bench *bench, const struct proposal *proposal)
{
    const char *order_id = event_order_id(&proposal->event);
    const struct order *order = order_book_find(exchange_book(bench->exchange), order_id);
    int64_t expected = 0;
    if (proposal->event.kind == EVENT_ORDER_EXECUTED)
        expected = (int64_t)order->execution_sequence;
    else if (proposal->event.kind == EVENT_ORDER_REPLACED || proposal->event.kind == EVENT_CANCEL_REJECTED)
        expected = NO_FENCE;
    assert_int_equal(proposal->fence, expected);
}

/* Stores, folds and decides on what was proposed, until nothing more follows. */
void bench_settle(struct bench *bench)
{
    struct proposal batch[64];
    size_t count = bench->proposals.count;
    assert_true(count <= 64);
    if (count > 0)
        memcpy(batch, bench->proposals.items, count * sizeof batch[0]);
    for (size_t i = 0; i < count; i++) {
        bench_assert_fence(bench, &batch[i]);
        bench_note(bench, &batch[i].event);
        struct event event = script_store(&bench->script, &batch[i].event);
        bench_fold(bench, &event);
        bench_decide(bench, &event);
        bench_settle(bench);
    }
}

static bool is_in_flight(const struct bench *bench, const char *order_id)
{
    for (size_t i = 0; i < bench->in_flight_count; i++)
        if (strcmp(event_order_id(&bench->in_flight[i].event), order_id) == 0)
            return true;
    return false;
}

static void take_off(struct bench *bench)
{
    for (size_t i = 0; i < bench->proposals.count; i++) {
        const struct proposal *proposal = &bench->proposals.items[i];
        bench_assert_fence(bench, proposal);
        if (is_in_flight(bench, event_order_id(&proposal->event)))
            continue;
        assert_true(bench->in_flight_count < BENCH_IN_FLIGHT_MAX);
        bench->in_flight[bench->in_flight_count++] = *proposal;
    }
}

void bench_land_first(struct bench *bench)
{
    struct proposal first = bench->in_flight[0];
    bench->in_flight_count--;
    memmove(bench->in_flight, bench->in_flight + 1, bench->in_flight_count * sizeof first);
    bench_assert_fence(bench, &first);
    struct event event = script_store(&bench->script, &first.event);
    bench_fold(bench, &event);
    bench_decide(bench, &event);
    take_off(bench);
}

static void take_depth(struct bench *bench, const char *line)
{
    struct depth depth = script_depth(line);
    char subject[SUBJECT_SIZE], payload[DEPTH_PAYLOAD_SIZE];
    subject_of_depth(subject, depth.exchange, depth.symbol);
    size_t bytes = depth_encode(&depth, payload, sizeof payload);
    exchange_depth(bench->exchange, subject, payload, bytes, 0, bench->script.monotonic_ns);
}

void bench_do(struct bench *bench, const char *line)
{
    long ms;
    bool is_quiet = line[0] == '+';
    if (sscanf(line, "wait %ldms", &ms) == 1) {
        script_wait(&bench->script, ms * NS_PER_MS);
        return;
    }
    if (strcmp(line, "tick") == 0) {
        bench_decide(bench, NULL);
        if (bench->is_delayed)
            take_off(bench);
        else
            bench_settle(bench);
        return;
    }
    if (strncmp(line, "depth ", 6) == 0) {
        take_depth(bench, line);
        return;
    }
    struct event event = script_event(&bench->script, line + is_quiet);
    bench_fold(bench, &event);
    if (is_quiet)
        return;
    bench_decide(bench, &event);
    if (!bench->is_delayed) {
        bench_settle(bench);
        return;
    }
    take_off(bench);
    for (uint32_t landings = bench_below(&bench->delay_seed, 3); landings > 0 && bench->in_flight_count > 0; landings--)
        bench_land_first(bench);
}
