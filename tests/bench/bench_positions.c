/* How many fills per second the positions fold, and how fast a position takes its form on the tape. Run by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/text.h"
#include "engine/positions.h"

enum { SYMBOLS = 7, FILLS = 1 << 19, BATCH = 1 << 8 };

/* Of one core: what else runs on the machine does not count. */
static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Four fills per order, over all instruments, both ways; `first` is the number of the first. */
static void make_fills(struct event *events, uint32_t first, uint64_t *random, const struct instruments *instruments)
{
    for (uint32_t i = 0; i < BATCH; i++) {
        uint32_t number = first + i;
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        events[i] = event_empty(EVENT_ORDER_EXECUTED);
        events[i].sequence = number + 1;
        struct execution *execution = &events[i].execution;
        snprintf(execution->order_id, sizeof execution->order_id, "ORDER%07u", number / 4);
        snprintf(execution->execution_id, sizeof execution->execution_id, "ORDER%07u-%u", number / 4, number % 4 + 1);
        text_copy(execution->account, sizeof execution->account, "SIM-1");
        text_copy(execution->symbol, sizeof execution->symbol, instruments->items[number / 4 % SYMBOLS].symbol);
        execution->side = *random >> 40 & 1 ? SIDE_BUY : SIDE_SELL;
        execution->quantity = (int64_t)(*random % 500 + 1) * QUANTITY_ONE;
        execution->price = (int64_t)(*random % 40000 + 1) * (PRICE_ONE / 100);
        execution->fee = MONEY_ONE / 100;
    }
}

/* The fills come in batches, as they do from the tape: what is folded has just been decoded, and is in the cache. */
static void run(const struct instruments *instruments, enum position_method method, const char *name)
{
    static struct event batch[BATCH];
    struct positions *positions = positions_create(instruments, method);
    uint64_t random = 88172645463325252;
    double folding = 0;
    for (uint32_t first = 0; first < FILLS; first += BATCH) {
        make_fills(batch, first, &random, instruments);
        double start = seconds();
        for (uint32_t i = 0; i < BATCH; i++) {
            if (positions_fold(positions, &batch[i]) != POSITION_APPLIED)
                exit(1);
        }
        folding += seconds() - start;
    }
    double start = seconds();
    int128 sum = 0;
    for (uint32_t i = 0; i < FILLS; i++)
        sum += position_to_event(positions_at(positions, i % SYMBOLS), 1, 0).realized_pnl;
    char text[64];
    snprintf(text, sizeof text, "fills folded, %s", name);
    printf("%-44s %10.0f /s\n", text, FILLS / folding);
    snprintf(text, sizeof text, "positions made into events (%g)", money_to_double(sum));
    printf("%-44s %10.0f /s\n", text, FILLS / (seconds() - start));
    positions_destroy(positions);
}

int main(void)
{
    struct instruments instruments;
    struct error error = {0};
    if (instruments_init_builtin(&instruments, &error) != 0)
        return 1;
    run(&instruments, POSITION_AVERAGE_COST, "average cost");
    run(&instruments, POSITION_FIFO, "first in, first out");
    instruments_free(&instruments);
    return 0;
}
