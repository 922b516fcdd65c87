/* How many events of ORDERS the book folds per second: the life of many orders, several thousand of them open at a
 * time, in the order a stream would hold them. Run it by hand: bench_orders [orders]. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/order_life.h"
#include "core/clock.h"
#include "engine/orders.h"

enum { OPEN_AT_A_TIME = 4096 };

/* What a snapshot costs: the time in which nothing else is folded, and that of a restart. */
static bool save_and_load(const struct order_book *book)
{
    struct pack out, in;
    struct order_book *loaded = order_book_create();
    pack_write(&out);
    order_book_save(book, &out); /* the first time memory is allocated */
    pack_clear(&out);
    int64_t start_ns = clock_monotonic_ns();
    order_book_save(book, &out);
    int64_t saved_ns = clock_monotonic_ns();
    pack_read(&in, out.bytes, out.count);
    bool is_whole = order_book_load(loaded, &in) == 0 && order_book_count(loaded) == order_book_count(book);
    int64_t loaded_ns = clock_monotonic_ns();
    double orders = (double)order_book_count(book);
    printf("%-44s %10.0f /s\n", "orders saved", orders * 1e9 / (double)(saved_ns - start_ns));
    printf("%-44s %10.0f /s\n", "orders loaded", orders * 1e9 / (double)(loaded_ns - saved_ns));
    printf("%-44s %10.0f bytes\n", "size of a saved order", (double)out.count / orders);
    order_book_destroy(loaded);
    pack_free(&out);
    return is_whole;
}

int main(int argc, char **argv)
{
    size_t orders = argc > 1 ? strtoul(argv[1], NULL, 10) : 200000;
    struct event *batch = malloc(OPEN_AT_A_TIME * sizeof *batch);
    if (batch == NULL || orders == 0)
        return 2;
    struct order_book *book = order_book_create();
    int64_t spent_ns = 0;
    uint64_t sequence = 0;
    for (size_t first = 0; first < orders; first += OPEN_AT_A_TIME) {
        size_t count = orders - first < OPEN_AT_A_TIME ? orders - first : OPEN_AT_A_TIME;
        for (int step = 0; step < ORDER_LIFE_EVENTS; step++) {
            for (size_t i = 0; i < count; i++) {
                order_life_event(&batch[i], first + i, step);
                batch[i].sequence = ++sequence;
            }
            int64_t start_ns = clock_monotonic_ns();
            for (size_t i = 0; i < count; i++)
                order_book_fold(book, &batch[i]);
            spent_ns += clock_monotonic_ns() - start_ns;
        }
    }
    struct order_counts counts = order_book_counts(book);
    printf("%-44s %10.0f /s\n", "events of orders folded", (double)counts.applied * 1e9 / (double)spent_ns);
    bool is_whole = counts.applied == sequence && save_and_load(book);
    order_book_destroy(book);
    free(batch);
    return is_whole ? 0 : 1;
}
