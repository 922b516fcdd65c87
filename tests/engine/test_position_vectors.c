/* The worked cases of profit and loss, with every intermediate step, to the digit: from a table in this folder, and
 * again from the file it was made from when that is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#include "engine/positions.h"
#include "fills.h"

struct vector_step {
    int number; /* of the case */
    uint32_t execution;
    enum side side;
    struct fraction quantity, price, fee;
    struct fraction quantity_after, average, realized, fees;
};

struct vector_end {
    struct fraction quantity, average, realized, unrealized_mid, unrealized_out;
};

struct vector_case {
    int number;
    const char *name;
    int64_t multiplier;
    struct fraction bid, ask;
    struct vector_end ends[2]; /* average cost, FIFO */
    struct fraction fees, net_mid, net_out;
};

#include "positions_vectors.inc"

static int64_t price_of(struct fraction fraction)
{
    return (int64_t)fraction_in(fraction, PRICE_ONE);
}

static int64_t quantity_of(struct fraction fraction)
{
    return (int64_t)fraction_in(fraction, QUANTITY_ONE);
}

static int128 money_in(struct fraction fraction)
{
    return fraction_in(fraction, MONEY_ONE);
}

static void check_identity(const struct position *position, int64_t mark)
{
    int128 unrealized;
    assert_true(position_unrealized(position, mark, &unrealized));
    int128 value = money_of(mark, position->quantity) * position->multiplier;
    assert_money(position_realized(position) + unrealized, position->cash * position->multiplier + value, "the total");
}

static void check_step(const struct position *position, const struct vector_step *step)
{
    assert_money(position->quantity, quantity_of(step->quantity_after), "quantity");
    assert_money(position_average_price(position), price_of(step->average), "average price");
    assert_money(position_realized(position), money_in(step->realized), "realized");
    assert_money(position->fees, money_in(step->fees), "fees");
    check_identity(position, price_of(step->price));
}

static void check_end(const struct position *position, const struct vector_case *vector, const struct vector_end *end)
{
    int64_t bid = price_of(vector->bid), ask = price_of(vector->ask);
    int64_t mid = (int64_t)divide_half_even((int128)bid + ask, 2), out = position->quantity > 0 ? bid : ask;
    int128 at_mid, at_out;
    assert_true(position_unrealized(position, mid, &at_mid));
    assert_true(position_unrealized(position, out, &at_out));
    assert_money(position->quantity, quantity_of(end->quantity), "quantity");
    assert_money(position_average_price(position), price_of(end->average), "average price");
    assert_money(position_realized(position), money_in(end->realized), "realized");
    assert_money(at_mid, money_in(end->unrealized_mid), "unrealized at mid");
    assert_money(at_out, money_in(end->unrealized_out), "unrealized when traded out");
    assert_money(position->fees, money_in(vector->fees), "fees");
    assert_money(position_realized(position) + at_mid - position->fees, money_in(vector->net_mid), "net at mid");
    assert_money(position_realized(position) + at_out - position->fees, money_in(vector->net_out), "net traded out");
}

static void run_case(const struct vector_case *vector, const struct vector_step *steps, size_t count,
                     enum position_method method)
{
    struct instruments instruments;
    fills_instruments(&instruments, "VECTOR", vector->multiplier);
    struct positions *positions = positions_create(&instruments, method);
    uint32_t last = 0;
    for (size_t i = 0; i < count; i++) {
        if (steps[i].number != vector->number)
            continue;
        struct event event =
            fill_event("V", steps[i].execution, "VECTOR", steps[i].side, quantity_of(steps[i].quantity),
                       price_of(steps[i].price), money_in(steps[i].fee), i + 1);
        enum position_fold expected = steps[i].execution > last ? POSITION_APPLIED : POSITION_DUPLICATE;
        assert_int_equal(positions_fold(positions, &event), expected);
        last = steps[i].execution;
        const struct position *position = positions_find(positions, "A", "VECTOR");
        assert_non_null(position);
        if (method == POSITION_AVERAGE_COST)
            check_step(position, &steps[i]);
        else
            check_identity(position, price_of(steps[i].price));
    }
    check_end(positions_find(positions, "A", "VECTOR"), vector, &vector->ends[method]);
    positions_destroy(positions);
    instruments_free(&instruments);
}

static void test_table(void **state)
{
    (void)state;
    size_t steps = sizeof vector_steps / sizeof *vector_steps, cases = sizeof vector_cases / sizeof *vector_cases;
    assert_int_equal(cases, 14);
    for (size_t i = 0; i < cases; i++) {
        run_case(&vector_cases[i], vector_steps, steps, POSITION_AVERAGE_COST);
        run_case(&vector_cases[i], vector_steps, steps, POSITION_FIFO);
    }
}

/* The fee of a flip is shared out pro rata: 3.00 on 300, of which 200 close. */
static void test_fee_of_a_flip(void **state)
{
    (void)state;
    struct instruments instruments;
    fills_instruments(&instruments, "VECTOR", 1);
    struct positions *positions = positions_create(&instruments, POSITION_AVERAGE_COST);
    struct event opening = fill_event("V", 1, "VECTOR", SIDE_SELL, 200 * QUANTITY_ONE, 20 * PRICE_ONE, MONEY_ONE, 1);
    struct event flip = fill_event("V", 2, "VECTOR", SIDE_BUY, 300 * QUANTITY_ONE, 19 * PRICE_ONE, 3 * MONEY_ONE, 2);
    positions_fold(positions, &opening);
    positions_fold(positions, &flip);
    const struct position *position = positions_find(positions, "A", "VECTOR");
    assert_money(position->fees, 4 * MONEY_ONE, "fees");
    assert_money(position->closing_fees, 2 * MONEY_ONE, "closing fees");
    positions_destroy(positions);
    instruments_free(&instruments);
}

/* Reads `[-]digits[.digits]`, or the exact fraction in brackets behind it. */
static struct fraction read_fraction(const cJSON *item)
{
    assert_true(cJSON_IsString(item));
    const char *text = item->valuestring, *bracket = strchr(text, '[');
    struct fraction fraction = {.denominator = 1};
    if (bracket != NULL) {
        char *end;
        fraction.numerator = strtoll(bracket + 1, &end, 10);
        if (*end == '/')
            fraction.denominator = strtoll(end + 1, &end, 10);
        assert_int_equal(*end, ']');
        return fraction;
    }
    assert_true(decimal_parse(text, strlen(text), 9, &fraction.numerator));
    fraction.denominator = PRICE_ONE;
    return fraction;
}

static struct fraction member(const cJSON *object, const char *name)
{
    return read_fraction(cJSON_GetObjectItemCaseSensitive(object, name));
}

static struct vector_end read_end(const cJSON *object, const char *method)
{
    const cJSON *end = cJSON_GetObjectItemCaseSensitive(object, method);
    return (struct vector_end){.quantity = member(end, "qty"),
                               .average = member(end, "avg"),
                               .realized = member(end, "realized_gross"),
                               .unrealized_mid = member(end, "unreal_mid"),
                               .unrealized_out = member(end, "unreal_liq")};
}

static size_t read_steps(const cJSON *object, int number, struct vector_step *steps, size_t capacity)
{
    const cJSON *fills = cJSON_GetObjectItemCaseSensitive(object, "fills");
    const cJSON *after = cJSON_GetObjectItemCaseSensitive(object, "steps");
    size_t count = (size_t)cJSON_GetArraySize(fills);
    assert_int_equal(cJSON_GetArraySize(after), count);
    assert_true(count <= capacity);
    for (size_t i = 0; i < count; i++) {
        const cJSON *fill = cJSON_GetArrayItem(fills, (int)i), *step = cJSON_GetArrayItem(after, (int)i);
        steps[i] = (struct vector_step){
            .number = number,
            .execution = (uint32_t)strtoul(cJSON_GetArrayItem(fill, 0)->valuestring, NULL, 10),
            .side = strcmp(cJSON_GetArrayItem(fill, 1)->valuestring, "B") == 0 ? SIDE_BUY : SIDE_SELL,
            .quantity = read_fraction(cJSON_GetArrayItem(fill, 2)),
            .price = read_fraction(cJSON_GetArrayItem(fill, 3)),
            .fee = read_fraction(cJSON_GetArrayItem(fill, 4)),
            .quantity_after = member(step, "qty"),
            .average = member(step, "avg"),
            .realized = member(step, "realized"),
            .fees = member(step, "fees"),
        };
    }
    return count;
}

static void run_object(const cJSON *object)
{
    struct vector_step steps[64];
    struct vector_case vector = {
        .number = cJSON_GetObjectItemCaseSensitive(object, "n")->valueint,
        .multiplier = cJSON_GetObjectItemCaseSensitive(object, "mult")->valueint,
        .bid = member(object, "bid"),
        .ask = member(object, "ask"),
        .ends = {read_end(object, "avgcost"), read_end(object, "fifo")},
        .fees = member(object, "fees"),
        .net_mid = member(object, "total_net_mid"),
        .net_out = member(object, "total_net_liq"),
    };
    size_t count = read_steps(object, vector.number, steps, sizeof steps / sizeof *steps);
    run_case(&vector, steps, count, POSITION_AVERAGE_COST);
    run_case(&vector, steps, count, POSITION_FIFO);
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return NULL;
    size_t size = 1 << 20;
    char *text = malloc(size);
    assert_non_null(text);
    size_t length = fread(text, 1, size - 1, file);
    text[length] = '\0';
    fclose(file);
    return text;
}

static void test_file(void **state)
{
    (void)state;
    const char *root = getenv("TAPEDECK_SOURCE_DIR");
    char path[4096];
    snprintf(path, sizeof path, "%s/../shared/pnl_vectors.json", root != NULL ? root : ".");
    char *text = read_file(path);
    if (text == NULL) {
        printf("SKIP %s is not there\n", path);
        skip();
    }
    cJSON *cases = cJSON_Parse(text);
    assert_true(cJSON_IsArray(cases));
    assert_true(cJSON_GetArraySize(cases) >= 14);
    const cJSON *object;
    cJSON_ArrayForEach(object, cases) run_object(object);
    cJSON_Delete(cases);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_fee_of_a_flip),
        cmocka_unit_test(test_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
