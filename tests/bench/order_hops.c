/* Reads ORDERS until nothing more comes. */
#include "bench/order_hops.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

#include "bench/bench.h"
#include "bus/follower.h"
#include "bus/inbox.h"
#include "core/clock.h"
#include "core/event.h"
#include "core/timestamp.h"

enum { SAMPLES_MAX = 1 << 20, QUIET_MS = 3000 };

/* When an order was asked for, and when ORDERS stored what there is of it. */
enum { ASKED, NEW, VALIDATED, ACCEPTED, EXECUTED, STEPS };

struct hops {
    char order_id[ID_SIZE];
    int64_t at_ns[STEPS];
    bool turned_away; /* rejected by the checks, refused by the exchange, or cancelled */
    UT_hash_handle hh;
};

void samples_add(struct samples *samples, int64_t ns)
{
    if (samples->ns == NULL)
        samples->ns = malloc(SAMPLES_MAX * sizeof *samples->ns);
    if (samples->ns != NULL && samples->count < SAMPLES_MAX)
        samples->ns[samples->count++] = ns;
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

void samples_print(const char *name, struct samples *samples)
{
    if (samples->count == 0)
        return;
    qsort(samples->ns, samples->count, sizeof *samples->ns, compare);
    printf("  %-24s %8zu of them, p50 %8.3f ms, p99 %8.3f ms, slowest %8.3f ms\n", name, samples->count,
           (double)samples->ns[samples->count / 2] / 1e6, (double)samples->ns[samples->count * 99 / 100] / 1e6,
           (double)samples->ns[samples->count - 1] / 1e6);
    free(samples->ns);
    *samples = (struct samples){0};
}

/* Market orders only: others may rest until the market comes to them. */
static struct hops *hops_of(struct hops **orders, const struct event *event)
{
    const char *order_id = event_order_id(event);
    struct hops *order = NULL;
    if (order_id == NULL)
        return NULL;
    HASH_FIND_STR(*orders, order_id, order);
    if (order != NULL || event->kind != EVENT_ORDER_NEW || event->request.type != ORDER_MARKET)
        return order;
    order = calloc(1, sizeof *order);
    if (order == NULL)
        bench_fail("memory is out");
    snprintf(order->order_id, sizeof order->order_id, "%s", order_id);
    order->at_ns[ASKED] = event->request.timestamp_ns;
    HASH_ADD_STR(*orders, order_id, order);
    return order;
}

static void note(struct hops **orders, const struct event *event)
{
    static const enum event_kind kinds[STEPS] = {
        [NEW] = EVENT_ORDER_NEW,
        [VALIDATED] = EVENT_ORDER_VALIDATED,
        [ACCEPTED] = EVENT_ORDER_ACCEPTED,
        [EXECUTED] = EVENT_ORDER_EXECUTED,
    };
    struct hops *order = hops_of(orders, event);
    if (order == NULL)
        return;
    order->turned_away |= event->kind == EVENT_ORDER_REJECTED || event->kind == EVENT_ORDER_REFUSED ||
                          event->kind == EVENT_ORDER_CANCELLED;
    for (int step = NEW; step < STEPS; step++) {
        if (event->kind == kinds[step] && order->at_ns[step] == 0)
            order->at_ns[step] = event->stored_ns;
    }
}

static void print_hops(struct hops *orders)
{
    static const char *const names[] = {"asked to new", "new to validated", "validated to accepted",
                                        "accepted to executed"};
    struct samples hops[STEPS - 1] = {{0}}, whole = {0};
    int64_t first_ns = INT64_MAX, last_ns = 0;
    size_t turned_away = 0, lost = 0;
    struct hops *order, *next;
    HASH_ITER(hh, orders, order, next)
    {
        turned_away += order->turned_away;
        lost += !order->turned_away && order->at_ns[EXECUTED] == 0;
        bool filled = order->at_ns[EXECUTED] != 0;
        for (int i = 0; filled && i < EXECUTED; i++)
            samples_add(&hops[i], order->at_ns[i + 1] - order->at_ns[i]);
        if (filled)
            samples_add(&whole, order->at_ns[EXECUTED] - order->at_ns[NEW]);
        first_ns = order->at_ns[NEW] < first_ns ? order->at_ns[NEW] : first_ns;
        last_ns = order->at_ns[EXECUTED] > last_ns ? order->at_ns[EXECUTED] : last_ns;
    }
    printf(
        "on the tape: %u market orders, %zu turned away, %zu without an end, %zu filled within %.1f s: %.0f fills/s\n",
        HASH_COUNT(orders), turned_away, lost, whole.count, (double)(last_ns - first_ns) / 1e9,
        (double)whole.count * 1e9 / (double)(last_ns - first_ns));
    for (int i = 0; i < EXECUTED; i++)
        samples_print(names[i], &hops[i]);
    samples_print("new to executed", &whole);
    HASH_ITER(hh, orders, order, next)
    {
        HASH_DEL(orders, order);
        free(order);
    }
}

void order_hops_print(const char *server_url)
{
    struct error error = {0};
    struct tape *tape = tape_connect(&(struct tape_options){.urls = server_url, .name = "bench"}, &error);
    struct inbox *inbox = inbox_create(8 << 20);
    struct follower_options options = {.stream = "ORDERS", .from = FOLLOW_SEQUENCE, .sequence = 1};
    struct follower *follower = tape != NULL ? follower_create(tape, &options, inbox, &error) : NULL;
    struct hops *orders = NULL;
    struct inbox_item item;
    if (follower == NULL)
        bench_fail(error.text);
    for (int64_t last_ns = clock_monotonic_ns(); clock_monotonic_ns() - last_ns < QUIET_MS * NS_PER_MS;) {
        inbox_wait(inbox, QUIET_MS);
        while (inbox_take(inbox, &item)) {
            struct event event;
            if (item.kind != INBOX_MESSAGE)
                continue;
            last_ns = clock_monotonic_ns();
            if (event_decode(&event, item.subject, item.payload, item.payload_bytes, "SIM-1", &error) != 0)
                continue;
            event.stored_ns = item.stored_ns;
            note(&orders, &event);
        }
    }
    print_hops(orders);
    inbox_close(inbox);
    follower_destroy(follower);
    inbox_destroy(inbox);
    tape_destroy(tape);
}
