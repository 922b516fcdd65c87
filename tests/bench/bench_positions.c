/* How many fills per second the positions fold, and how fast a position takes its form on the tape. Run by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/text.h"
#include "engine/positions.h"

enum { SYMBOLS = 7, FILLS = 1 << 19 };

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Four fills per order, over all instruments, both ways. */
static struct event *make_fills(const struct instruments *instruments)
{
    struct event *events = calloc(FILLS, sizeof *events);
    if (events == NULL)
        exit(1);
    uint64_t random = 88172645463325252;
    for (uint32_t i = 0; i < FILLS; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        events[i] = event_empty(EVENT_ORDER_EXECUTED);
        events[i].sequence = i + 1;
        struct execution *execution = &events[i].execution;
        snprintf(execution->order_id, sizeof execution->order_id, "ORDER%07u", i / 4);
        snprintf(execution->execution_id, sizeof execution->execution_id, "ORDER%07u-%u", i / 4, i % 4 + 1);
        text_copy(execution->account, sizeof execution->account, "SIM-1");
        text_copy(execution->symbol, sizeof execution->symbol, instruments->items[random % SYMBOLS].symbol);
        execution->side = random >> 40 & 1 ? SIDE_BUY : SIDE_SELL;
        execution->quantity = (int64_t)(random % 500 + 1) * QUANTITY_ONE;
        execution->price = (int64_t)(random % 40000 + 1) * (PRICE_ONE / 100);
        execution->fee = MONEY_ONE / 100;
    }
    return events;
}

static void run(const struct instruments *instruments, const struct event *events, enum position_method method,
                const char *name)
{
    struct positions *positions = positions_create(instruments, method);
    double start = seconds();
    for (uint32_t i = 0; i < FILLS; i++) {
        if (positions_fold(positions, &events[i]) != POSITION_APPLIED)
            exit(1);
    }
    double folded = seconds();
    int128 sum = 0;
    for (uint32_t i = 0; i < FILLS; i++)
        sum += position_to_event(positions_at(positions, i % SYMBOLS), 1, 0).realized_pnl;
    double written = seconds();
    char text[64];
    snprintf(text, sizeof text, "fills folded, %s", name);
    printf("%-44s %10.0f /s\n", text, FILLS / (folded - start));
    snprintf(text, sizeof text, "positions made into events (%g)", money_to_double(sum));
    printf("%-44s %10.0f /s\n", text, FILLS / (written - folded));
    positions_destroy(positions);
}

int main(void)
{
    struct instruments instruments;
    struct error error = {0};
    if (instruments_init_builtin(&instruments, &error) != 0)
        return 1;
    struct event *events = make_fills(&instruments);
    run(&instruments, events, POSITION_AVERAGE_COST, "average cost");
    run(&instruments, events, POSITION_FIFO, "first in, first out");
    free(events);
    instruments_free(&instruments);
    return 0;
}
