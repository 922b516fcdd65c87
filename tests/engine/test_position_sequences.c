/* A thousand random sequences of fills, both methods, against the exact fractions of positions_random.py, which works
 * them out while the test reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/positions.h"
#include "fills.h"

enum { SEQUENCES = 1000, METHODS = 2, AMOUNT_SIZE = 48 };

/* A line of the script: a fill, and the position after it. */
struct line {
    int number;
    int64_t multiplier;
    enum side side;
    int64_t quantity, price, quantity_after, average_price;
    int128 fee, fees;
    int128 cost[METHODS], realized[METHODS]; /* average cost, and first in, first out */
};

static int128 money(const char *text)
{
    int128 value;
    assert_true(money_parse(text, strlen(text), &value));
    return value;
}

static bool read_line(FILE *script, struct line *line)
{
    char side[8], fee[AMOUNT_SIZE], fees[AMOUNT_SIZE], sums[4][AMOUNT_SIZE];
    long long multiplier, quantity, price, after, average;
    int count =
        fscanf(script, "%d %lld %7s %lld %lld %47s %lld %47s %lld %47s %47s %47s %47s", &line->number, &multiplier,
               side, &quantity, &price, fee, &after, fees, &average, sums[0], sums[1], sums[2], sums[3]);
    if (count == EOF)
        return false;
    assert_int_equal(count, 13);
    line->multiplier = multiplier;
    line->side = strcmp(side, "buy") == 0 ? SIDE_BUY : SIDE_SELL;
    line->quantity = quantity;
    line->price = price;
    line->fee = money(fee);
    line->quantity_after = after;
    line->fees = money(fees);
    line->average_price = average;
    for (int method = 0; method < METHODS; method++) {
        line->cost[method] = money(sums[(size_t)method * 2]);
        line->realized[method] = money(sums[(size_t)method * 2 + 1]);
    }
    return true;
}

static void check(const struct position *position, const struct line *line, int method)
{
    int128 unrealized;
    assert_int_equal(position->quantity, line->quantity_after);
    assert_true(position->fees == line->fees);
    if (wide_round(position->cost) != line->cost[method] || position_realized(position) != line->realized[method])
        fail_msg("sequence %d, method %d: the cost or what is realized differs", line->number, method);
    if (method == POSITION_AVERAGE_COST)
        assert_int_equal(position_average_price(position), line->average_price);
    /* realized + unrealized = cash + q * mark * m, to the last digit */
    int64_t mark = line->price / 3;
    assert_true(position_unrealized(position, mark, &unrealized));
    assert_true(position_realized(position) + unrealized ==
                (position->cash + money_of(mark, position->quantity)) * position->multiplier);
}

static void a_thousand_sequences(void **state)
{
    (void)state;
    const char *source = getenv("TAPEDECK_SOURCE_DIR");
    char command[512];
    snprintf(command, sizeof command, "python3 '%s/tests/engine/positions_random.py' %d 2>/dev/null",
             source == NULL ? "." : source, SEQUENCES);
    FILE *script = popen(command, "r");
    assert_non_null(script);
    struct line line = {.number = -1};
    struct instruments instruments = {0};
    struct positions *positions[METHODS] = {NULL, NULL};
    uint64_t sequence = 0;
    int sequences = 0;
    for (int number = -1; read_line(script, &line); number = line.number) {
        if (line.number != number) {
            sequences++;
            instruments_free(&instruments);
            fills_instruments(&instruments, "RANDOM", line.multiplier);
            for (int method = 0; method < METHODS; method++) {
                positions_destroy(positions[method]);
                positions[method] = positions_create(&instruments, (enum position_method)method);
            }
        }
        char order_id[16];
        snprintf(order_id, sizeof order_id, "R%d", (int)sequence);
        struct event event =
            fill_event(order_id, 1, "RANDOM", line.side, line.quantity, line.price, line.fee, ++sequence);
        for (int method = 0; method < METHODS; method++) {
            assert_int_equal(positions_fold(positions[method], &event), POSITION_APPLIED);
            check(positions_find(positions[method], "A", "RANDOM"), &line, method);
        }
    }
    for (int method = 0; method < METHODS; method++)
        positions_destroy(positions[method]);
    instruments_free(&instruments);
    int status = pclose(script);
    if (sequences == 0 && status != 0) {
        printf("SKIP: there is no python3\n");
        skip();
    }
    assert_int_equal(status, 0);
    assert_int_equal(sequences, SEQUENCES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_sequences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
