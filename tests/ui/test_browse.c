/* Lists that are sorted by what changes all the time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/timestamp.h"
#include "ui/ui.h"

struct item {
    char name;
    int price;
};

static void write_id(const void *item, char id[BROWSE_ID_SIZE])
{
    const struct item *named = item;
    snprintf(id, BROWSE_ID_SIZE, "%c", named->name);
}

static int compare(const struct ui *ui, const void *a, const void *b, int column)
{
    (void)ui;
    const struct item *left = a, *right = b;
    return column == 0 ? left->name - right->name : left->price - right->price;
}

static const struct browse_ops LIVELY = {.id = write_id, .compare = compare, .stands_still = true};
static const struct browse_ops CALM = {.id = write_id, .compare = compare};

/* The names in the order in which they are shown. */
static const char *shown(const struct ui *ui, struct browse *browse, const struct browse_ops *ops,
                         const struct item *items, int count)
{
    static char names[16];
    static struct browse_rows rows;
    rows.count = 0;
    for (int i = 0; i < count; i++)
        browse_add(&rows, &items[i]);
    browse_place(ui, browse, ops, &rows);
    for (int i = 0; i < count; i++)
        names[i] = ((const struct item *)rows.items[i])->name;
    names[count] = '\0';
    return names;
}

static void test_rows_stand_still_for_a_second(void **state)
{
    (void)state;
    struct ui *ui = calloc(1, sizeof *ui);
    assert_non_null(ui);
    struct browse *browse = &ui->browses[0];
    struct item items[] = {{'a', 1}, {'b', 2}, {'c', 3}, {'d', 4}};
    browse->sorted_by = 2;
    ui->market_ns = 100 * NS_PER_SECOND;
    assert_string_equal(shown(ui, browse, &LIVELY, items, 3), "abc");
    items[0].price = 9;
    ui->market_ns += NS_PER_SECOND - 1;
    assert_string_equal(shown(ui, browse, &LIVELY, items, 3), "abc");
    ui->market_ns += 1;
    assert_string_equal(shown(ui, browse, &LIVELY, items, 3), "bca");

    /* Not when the user wants another order, or there are other rows. */
    items[0].price = 0;
    browse->backwards = true;
    assert_string_equal(shown(ui, browse, &LIVELY, items, 3), "cba");
    browse->sorted_by = 1;
    browse->backwards = false;
    assert_string_equal(shown(ui, browse, &LIVELY, items, 3), "abc");
    browse->sorted_by = 2;
    assert_string_equal(shown(ui, browse, &LIVELY, items, 3), "abc");
    items[1].price = 9;
    assert_string_equal(shown(ui, browse, &LIVELY, items, 4), "acdb");
    items[2].price = 10;
    assert_string_equal(shown(ui, browse, &LIVELY, items + 1, 3), "dbc");
    free(ui);
}

/* The cursor goes with its row all the same, and rows of one name do no harm. */
static void test_the_cursor_and_names_that_are_the_same(void **state)
{
    (void)state;
    struct ui *ui = calloc(1, sizeof *ui);
    assert_non_null(ui);
    struct browse *browse = &ui->browses[0];
    struct item items[] = {{'a', 1}, {'b', 2}, {'c', 3}};
    browse->sorted_by = 2;
    browse->by = 2;
    shown(ui, browse, &LIVELY, items, 3);
    assert_string_equal(browse->chosen, "c");
    items[2].price = 0;
    ui->market_ns = NS_PER_SECOND;
    assert_string_equal(shown(ui, browse, &LIVELY, items, 3), "cab");
    assert_int_equal(browse->list.selected, 0);
    items[0].name = 'b';
    shown(ui, browse, &LIVELY, items, 3);
    assert_string_equal(shown(ui, browse, &LIVELY, items, 3), "cbb");
    free(ui);
}

static void test_other_lists_are_sorted_at_once(void **state)
{
    (void)state;
    struct ui *ui = calloc(1, sizeof *ui);
    assert_non_null(ui);
    struct item items[] = {{'a', 1}, {'b', 2}};
    ui->browses[0].sorted_by = 2;
    assert_string_equal(shown(ui, &ui->browses[0], &CALM, items, 2), "ab");
    items[0].price = 3;
    assert_string_equal(shown(ui, &ui->browses[0], &CALM, items, 2), "ba");
    free(ui);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_stand_still_for_a_second),
        cmocka_unit_test(test_the_cursor_and_names_that_are_the_same),
        cmocka_unit_test(test_other_lists_are_sorted_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
