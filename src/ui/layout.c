/* The deck's rectangles. Four shapes: low (two panes), tall (stacked), wide (side by side) and very wide (three beside
 * each other); each is a handful of cuts of one body. Where there is room, the chart takes what the others leave. */
#include "ui/layout.h"

#include <string.h>

#include "ui/layout_tree.h"

enum {
    LOW_ROWS = 19,   /* below this only the watchlist and one more pane fit */
    WIDE_COLS = 110, /* from here positions and orders stand side by side */
    WIDE_ROWS = 28,
    VERY_WIDE_COLS = 165, /* from here there is a chart */
    VERY_WIDE_ROWS = 44,
    TRADES_COLS = 31,
    CHART_ROWS_MIN = 6,
    SERVER_ROWS = 10,     /* its numbers and the four public streams */
    SERVER_ROWS_ALL = 15, /* and our own streams */
    NOTE_ROWS = 22,       /* from here messages have a row of their own */
    WATCH_HEAD = 2,       /* the rule and the column titles */
};

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

struct area area_below(struct area area, int rows)
{
    rows = smaller(larger(rows, 0), area.rows);
    area.row += rows;
    area.rows -= rows;
    return area;
}

bool area_is_empty(struct area area)
{
    return area.rows <= 0 || area.cols <= 0;
}

struct area area_centred(struct area around, int rows, int cols)
{
    rows = smaller(rows, around.rows);
    cols = smaller(cols, around.cols);
    return (struct area){
        .row = around.row + (around.rows - rows) / 2,
        .col = around.col + (around.cols - cols) / 2,
        .rows = rows,
        .cols = cols,
    };
}

/* Takes `rows` rows from the top of `rest`. */
static struct area take_top(struct area *rest, int rows)
{
    struct area taken = *rest;
    taken.rows = smaller(larger(rows, 0), rest->rows);
    *rest = area_below(*rest, taken.rows);
    return taken;
}

/* Takes `cols` columns from the left of `rest`, and leaves `gap` columns free after them. */
static struct area take_left(struct area *rest, int cols, int gap)
{
    struct area taken = *rest;
    taken.cols = smaller(larger(cols, 0), rest->cols);
    int used = smaller(taken.cols + gap, rest->cols);
    rest->col += used;
    rest->cols -= used;
    return taken;
}

/* What the watchlist takes: all its instruments when they fit into `share` percent of the body. */
static int watch_rows(int body_rows, int instruments, int share)
{
    return smaller(WATCH_HEAD + larger(instruments, 3), larger(body_rows * share / 100, WATCH_HEAD + 3));
}

static void lay_low(struct layout *layout, struct area body, const struct layout_wish *wish)
{
    enum pane_id second = wish->focus == PANE_WATCH ? PANE_POSITIONS : wish->focus;
    layout->panes[PANE_WATCH] = take_top(&body, watch_rows(body.rows, wish->instruments, 55));
    layout->panes[second] = body;
}

static void lay_tall(struct layout *layout, struct area body, const struct layout_wish *wish)
{
    layout->panes[PANE_WATCH] = take_top(&body, watch_rows(body.rows, wish->instruments, 44));
    if (wish->focus == PANE_SERVER) {
        layout->panes[PANE_SERVER] = body;
        return;
    }
    /* Of 12 rows: 5 for positions, 4 for orders, 3 for alerts. */
    int alerts = larger(body.rows * 3 / 12, 3);
    int orders = larger(body.rows * 4 / 12, 3);
    layout->panes[PANE_POSITIONS] = take_top(&body, body.rows - alerts - orders);
    layout->panes[PANE_ORDERS] = take_top(&body, orders);
    layout->panes[PANE_ALERTS] = body;
}

/* Rows for a list: in steps that double, so that a list that grows seldom moves its neighbours. */
static int stepped(int wanted)
{
    int rows = 3;
    while (rows < wanted && rows < 255)
        rows = 2 * rows + 1;
    return rows;
}

/* The chart and the trades beside it. */
static void lay_market(struct layout *layout, struct area area)
{
    layout->panes[PANE_CHART] = take_left(&area, area.cols - TRADES_COLS - 1, 1);
    layout->panes[PANE_TRADES] = area;
}

/* From top to bottom: the watchlist; the chart, when there is room; positions beside orders; alerts beside the server.
 */
static void lay_wide(struct layout *layout, struct area body, const struct layout_wish *wish)
{
    int watch = watch_rows(body.rows, wish->instruments, 40);
    int rest = body.rows - watch;
    int business = larger(wish->wanted[PANE_POSITIONS], wish->wanted[PANE_ORDERS]);
    int bottom = smaller(larger(SERVER_ROWS, 1 + stepped(wish->wanted[PANE_ALERTS])), rest / 2);
    int middle = smaller(2 + stepped(business), rest - bottom);
    int spare = rest - bottom - middle;
    int more = smaller(spare, larger(WATCH_HEAD + wish->instruments - watch, 0));
    watch += more;
    spare -= more;
    if (spare < CHART_ROWS_MIN) {
        bottom += spare / 2;
        middle += spare - spare / 2;
        spare = 0;
    }
    layout->panes[PANE_WATCH] = take_top(&body, watch);
    if (spare > 0)
        lay_market(layout, take_top(&body, spare));
    struct area row = take_top(&body, middle);
    layout->panes[PANE_POSITIONS] = take_left(&row, row.cols / 2, 1);
    layout->panes[PANE_ORDERS] = row;
    layout->panes[PANE_ALERTS] = take_left(&body, body.cols / 2, 1);
    layout->panes[PANE_SERVER] = body;
}

/* What is quoted and what is owned above, the chart across the middle, then orders, alerts and the server. */
static void lay_very_wide(struct layout *layout, struct area body, const struct layout_wish *wish)
{
    int most = body.rows * 40 / 100;
    int top = watch_rows(body.rows, wish->instruments, 50);
    int positions = smaller(2 + stepped(wish->wanted[PANE_POSITIONS]), most);
    int lists = larger(2 + stepped(wish->wanted[PANE_ORDERS]), 1 + stepped(wish->wanted[PANE_ALERTS]));
    int bottom = smaller(larger(lists, SERVER_ROWS_ALL), most);
    struct area row = take_top(&body, larger(top, positions));
    layout->panes[PANE_WATCH] = take_left(&row, larger(row.cols * 59 / 100, 92), 1);
    layout->panes[PANE_POSITIONS] = row;
    lay_market(layout, take_top(&body, body.rows - bottom));
    int cols = body.cols;
    layout->panes[PANE_ORDERS] = take_left(&body, cols * 34 / 100, 1);
    layout->panes[PANE_ALERTS] = take_left(&body, cols * 30 / 100, 1);
    layout->panes[PANE_SERVER] = body;
}

/* What every screen has: the bar above, the note and the keys below. Returns what is between. */
static struct area lay_frame(struct layout *layout, int rows, int cols)
{
    struct area body = {.rows = rows, .cols = cols};
    layout->bar = take_top(&body, 1);
    layout->keys = (struct area){.row = rows - 1, .rows = 1, .cols = cols};
    body.rows--;
    if (rows >= NOTE_ROWS) {
        layout->note = (struct area){.row = rows - 2, .rows = 1, .cols = cols};
        body.rows--;
    }
    return body;
}

struct layout layout_view(int rows, int cols)
{
    struct layout layout = {.too_small = rows < LAYOUT_ROWS_MIN || cols < LAYOUT_COLS_MIN};
    if (layout.too_small)
        return layout;
    layout.body = lay_frame(&layout, rows, cols);
    if (rows >= LOW_ROWS)
        layout.tabs = take_top(&layout.body, 1);
    return layout;
}

struct layout layout_deck(const struct layout_wish *wish)
{
    struct layout layout = {.too_small = wish->rows < LAYOUT_ROWS_MIN || wish->cols < LAYOUT_COLS_MIN};
    if (layout.too_small)
        return layout;
    struct area body = lay_frame(&layout, wish->rows, wish->cols);
    if (wish->tree != NULL && !wish->zoomed) {
        if (layout_tree_place(wish->tree, body, layout.panes))
            return layout;
        memset(layout.panes, 0, sizeof layout.panes);
        layout.is_built_in = true;
    }
    if (wish->zoomed)
        layout.panes[wish->focus] = body;
    else if (wish->rows < LOW_ROWS)
        lay_low(&layout, body, wish);
    else if (wish->cols >= VERY_WIDE_COLS && wish->rows >= VERY_WIDE_ROWS)
        lay_very_wide(&layout, body, wish);
    else if (wish->cols >= WIDE_COLS && wish->rows >= WIDE_ROWS)
        lay_wide(&layout, body, wish);
    else
        lay_tall(&layout, body, wish);
    return layout;
}
