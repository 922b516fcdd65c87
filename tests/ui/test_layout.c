/* The deck's rectangles at every size: inside the screen, none over another, and the right ones shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "ui/layout.h"
#include "ui/layout_tree.h"
#include "ui/table.h"

static bool overlap(struct area a, struct area b)
{
    return a.row < b.row + b.rows && b.row < a.row + a.rows && a.col < b.col + b.cols && b.col < a.col + a.cols;
}

static void check_layout(const struct layout *layout, int rows, int cols)
{
    struct area all[PANE_COUNT + 5];
    int count = 0;
    all[count++] = layout->bar;
    all[count++] = layout->note;
    all[count++] = layout->keys;
    all[count++] = layout->tabs;
    all[count++] = layout->body;
    for (int i = 0; i < PANE_COUNT; i++)
        all[count++] = layout->panes[i];
    for (int i = 0; i < count; i++) {
        if (area_is_empty(all[i]))
            continue;
        assert_true(all[i].row >= 0 && all[i].row + all[i].rows <= rows);
        assert_true(all[i].col >= 0 && all[i].col + all[i].cols <= cols);
        for (int j = i + 1; j < count; j++)
            assert_false(!area_is_empty(all[j]) && overlap(all[i], all[j]));
    }
}

static void test_every_size(void **state)
{
    static const int instruments[] = {0, 2, 7, 500};
    (void)state;
    for (int rows = 1; rows <= 100; rows += rows < 60 ? 1 : 7) {
        for (int cols = 1; cols <= 300; cols += cols < 200 ? 3 : 17) {
            for (int i = 0; i < 4; i++) {
                for (int focus = 0; focus < PANE_FOCUSABLE; focus++) {
                    struct layout_wish wish = {rows,
                                               cols,
                                               instruments[i],
                                               (enum pane_id)focus,
                                               rows % 2 == 0,
                                               {0, cols % 40, instruments[i], rows, 0},
                                               NULL};
                    struct layout layout = layout_deck(&wish);
                    check_layout(&layout, rows, cols);
                    assert_int_equal(layout.too_small, rows < LAYOUT_ROWS_MIN || cols < LAYOUT_COLS_MIN);
                    if (!layout.too_small)
                        assert_false(area_is_empty(layout.panes[focus])); /* the focused pane is always there */
                }
            }
        }
    }
}

static void test_view_at_every_size(void **state)
{
    (void)state;
    for (int rows = 1; rows <= 100; rows++) {
        for (int cols = 1; cols <= 300; cols += 3) {
            struct layout layout = layout_view(rows, cols);
            check_layout(&layout, rows, cols);
            assert_int_equal(layout.too_small, rows < LAYOUT_ROWS_MIN || cols < LAYOUT_COLS_MIN);
            assert_true(layout.too_small || layout.body.rows >= rows - 4);
        }
    }
}

struct shown_case {
    int rows, cols;
    enum pane_id focus;
    bool zoomed;
    unsigned panes; /* bits of pane_id */
};

#define BIT(pane) (1u << (pane))

static void test_which_panes(void **state)
{
    static const unsigned stacked = BIT(PANE_WATCH) | BIT(PANE_POSITIONS) | BIT(PANE_ORDERS) | BIT(PANE_ALERTS);
    const struct shown_case cases[] = {
        {24, 80, PANE_WATCH, false, stacked},
        {24, 80, PANE_SERVER, false, BIT(PANE_WATCH) | BIT(PANE_SERVER)},
        {24, 80, PANE_ORDERS, true, BIT(PANE_ORDERS)},
        {12, 40, PANE_WATCH, false, BIT(PANE_WATCH) | BIT(PANE_POSITIONS)},
        {12, 40, PANE_ALERTS, false, BIT(PANE_WATCH) | BIT(PANE_ALERTS)},
        {36, 120, PANE_WATCH, false, stacked | BIT(PANE_SERVER) | BIT(PANE_CHART) | BIT(PANE_TRADES)},
        {30, 120, PANE_WATCH, false, stacked | BIT(PANE_SERVER)},
        {60, 200, PANE_WATCH, false, stacked | BIT(PANE_SERVER) | BIT(PANE_CHART) | BIT(PANE_TRADES)},
        {60, 80, PANE_WATCH, false, stacked},
        {11, 200, PANE_WATCH, false, 0},
        {1, 1, PANE_WATCH, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct layout_wish wish = {cases[i].rows, cases[i].cols, 7, cases[i].focus, cases[i].zoomed, {0}, NULL};
        struct layout layout = layout_deck(&wish);
        unsigned shown = 0;
        for (int pane = 0; pane < PANE_COUNT; pane++)
            shown |= area_is_empty(layout.panes[pane]) ? 0 : BIT(pane);
        assert_int_equal(shown, cases[i].panes);
    }
}

static void test_sketch(void **state)
{
    struct layout_wish wish = {24, 80, 7, PANE_WATCH, false, {0}, NULL};
    struct layout layout = layout_deck(&wish);
    (void)state;
    assert_int_equal(layout.panes[PANE_WATCH].rows, 9); /* rule, titles and 7 instruments */
    assert_int_equal(layout.panes[PANE_POSITIONS].rows, 5);
    assert_int_equal(layout.panes[PANE_ORDERS].rows, 4);
    assert_int_equal(layout.panes[PANE_ALERTS].rows, 3);
}

static struct layout wanted_layout(int rows, int cols, int instruments, int wanted)
{
    struct layout_wish wish = {rows, cols, instruments, PANE_WATCH, false, {0, wanted, wanted, wanted, 0}, NULL};
    return layout_deck(&wish);
}

/* Lists that grow push the chart away in a few steps, and get the rows; between the steps nothing moves. */
static void test_rows_go_where_they_are_needed(void **state)
{
    static const int sizes[][2] = {{36, 120}, {50, 120}, {60, 200}};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct layout before = wanted_layout(sizes[i][0], sizes[i][1], 7, 0);
        int changes = 0;
        assert_true(before.panes[PANE_CHART].rows >= 6);
        for (int wanted = 1; wanted < 100; wanted++) {
            struct layout now = wanted_layout(sizes[i][0], sizes[i][1], 7, wanted);
            check_layout(&now, sizes[i][0], sizes[i][1]);
            changes += memcmp(&now, &before, sizeof now) != 0;
            assert_true(now.panes[PANE_ORDERS].rows + now.panes[PANE_ALERTS].rows >=
                        before.panes[PANE_ORDERS].rows + before.panes[PANE_ALERTS].rows);
            before = now;
        }
        assert_in_range(changes, 1, 4);
    }
    struct layout few = wanted_layout(36, 120, 7, 0), many = wanted_layout(36, 120, 40, 0);
    assert_true(few.panes[PANE_POSITIONS].rows >= 5);
    assert_true(many.panes[PANE_WATCH].rows > 15); /* more instruments come before the chart */
    assert_true(area_is_empty(many.panes[PANE_CHART]));
}

static void test_columns(void **state)
{
    static const struct column columns[] = {
        {.title = "A", .width = 5},
        {.title = "B", .width = 10, .rank = 2},
        {.title = "C", .width = 8, .rank = 1, .grow = 1},
    };
    static const struct {
        int width, widths[3];
    } cases[] = {
        {4, {0, 0, 0}},   {5, {5, 0, 0}},   {12, {5, 0, 0}},   {13, {5, 0, 8}},
        {22, {5, 0, 17}}, {23, {5, 10, 8}}, {30, {5, 10, 15}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct table table = table_fit(columns, 3, 0, cases[i].width);
        int at = 0;
        for (int j = 0; j < 3; j++) {
            assert_int_equal(table.width[j], cases[i].widths[j]);
            assert_int_equal(table.start[j], at);
            at += table.width[j];
        }
        assert_true(at <= cases[i].width);
    }
}

/* ---- trees ---------------------------------------------------------------------------------------------------- */

static void test_tree(void **state)
{
    struct layout_tree tree;
    struct error error = {0};
    struct area panes[PANE_COUNT] = {{0}}, body = {.row = 1, .rows = 40, .cols = 101};
    (void)state;
    assert_int_equal(
        layout_tree_parse(&tree, "t", " columns( rows(watch 60%,orders),rows(alerts, server) 40% )", &error), 0);
    assert_true(layout_tree_place(&tree, body, panes));
    const struct {
        enum pane_id pane;
        struct area area;
    } wanted[] = {
        {PANE_WATCH, {1, 0, 24, 59}},
        {PANE_ORDERS, {25, 0, 16, 59}},
        {PANE_ALERTS, {1, 60, 20, 41}},
        {PANE_SERVER, {21, 60, 20, 41}},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        assert_memory_equal(&panes[wanted[i].pane], &wanted[i].area, sizeof(struct area));
    assert_true(area_is_empty(panes[PANE_CHART]));
    body.rows = 5;
    assert_false(layout_tree_place(&tree, body, panes));
}

static void test_broken_trees(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "the end is neither columns, rows nor a pane"},
        {"watch orders", "\"orders\" stands behind the layout"},
        {"rows(watch", "the end stands where , or ) is wanted"},
        {"rows watch", "\"watch\" stands where ( is wanted"},
        {"rows(watch,)", "\")\" is neither columns"},
        {"rows(watch, watch)", "\"watch\" is there twice"},
        {"rows(watch 0%, orders)", "\"0\" is no share"},
        {"rows(watch 100%, orders)", "\"100\" is no share"},
        {"rows(watch 60, orders)", "\"60\" is no share"},
        {"rows(watch 99999999999999999999%, orders)", "is no share"},
        {"rows(watch 60%, orders 60%)", "the shares of one split are more than 100%"},
        {"rows(watch 60%, orders 40%, alerts)", "the shares of one split are more than 100%"},
        {"rows(chart, trades)", "none of the panes takes the cursor"},
        {"rows(rows(rows(rows(rows(rows(rows(rows(rows(rows(watch))))))))))", "is one pane too many"},
        {"rows(wat\xc3\xa9)", "\"wat\" is neither"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct layout_tree tree;
        struct error error = {0};
        assert_int_equal(layout_tree_parse(&tree, "t", cases[i].text, &error), -1);
        if (strstr(error.text, cases[i].says) == NULL)
            fail_msg("%s: %s", cases[i].text, error.text);
    }
}

/* At every size a tree either fits, without panes over each other, or the built-in layout is there. */
static void test_tree_at_every_size(void **state)
{
    static const char *const texts[] = {
        "watch",
        "columns(rows(watch 60%, orders), rows(alerts, server))",
        "rows(columns(watch 70%, positions), columns(chart, trades 20%) 50%, columns(orders, alerts, server))",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct layout_tree tree;
        struct error error = {0};
        int fits = 0;
        assert_int_equal(layout_tree_parse(&tree, "t", texts[i], &error), 0);
        for (int rows = 1; rows <= 70; rows++) {
            for (int cols = 1; cols <= 210; cols += 3) {
                struct layout_wish wish = {.rows = rows, .cols = cols, .instruments = 7, .tree = &tree};
                struct layout layout = layout_deck(&wish);
                check_layout(&layout, rows, cols);
                fits += !layout.too_small && !layout.is_built_in;
                for (int pane = 0; pane < PANE_COUNT && !layout.too_small && !layout.is_built_in; pane++)
                    assert_int_equal(!area_is_empty(layout.panes[pane]), layout_tree_has(&tree, (enum pane_id)pane));
                if (!layout.too_small)
                    assert_false(area_is_empty(layout.panes[PANE_WATCH]));
            }
        }
        assert_true(fits > 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_size),
        cmocka_unit_test(test_view_at_every_size),
        cmocka_unit_test(test_which_panes),
        cmocka_unit_test(test_sketch),
        cmocka_unit_test(test_rows_go_where_they_are_needed),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_broken_trees),
        cmocka_unit_test(test_tree_at_every_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
