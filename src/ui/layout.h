/* Where everything stands on the screen: rectangles from a size, nothing else. Pure.
 *
 * The places depend on the size of the terminal, the number of instruments, what the user looks at and, in steps, on
 * how many rows positions, orders and alerts have to show; never on prices: nothing jumps while the market moves. */
#ifndef UI_LAYOUT_H
#define UI_LAYOUT_H

#include <stdbool.h>

/* A rectangle of cells; empty when rows or cols is 0. */
struct area {
    int row, col, rows, cols;
};

enum pane_id {
    PANE_WATCH,
    PANE_POSITIONS,
    PANE_ORDERS,
    PANE_ALERTS,
    PANE_SERVER,
    PANE_FOCUSABLE, /* those before it take the cursor */
    PANE_CHART = PANE_FOCUSABLE,
    PANE_TRADES,
    PANE_COUNT
};

/* The smallest screen that shows prices. */
enum { LAYOUT_ROWS_MIN = 12, LAYOUT_COLS_MIN = 40 };

struct layout_tree;

struct layout_wish {
    int rows, cols;             /* of the terminal */
    int instruments;            /* rows that the watchlist could fill */
    enum pane_id focus;         /* one of the focusable panes */
    bool zoomed;                /* the focused pane has the whole body */
    int wanted[PANE_FOCUSABLE]; /* rows that positions, orders and alerts have to show; the others' are not looked at */
    const struct layout_tree *tree; /* that the user wants; NULL: the built-in layout */
};

struct layout {
    bool too_small;
    bool is_built_in;              /* though a tree was wanted, which needs more room */
    struct area bar;               /* status bar, one row */
    struct area tabs;              /* the names of the screens; empty on the deck and on a low screen */
    struct area body;              /* what is left for a screen other than the deck */
    struct area note;              /* messages; empty on a low screen, where they stand over the keys */
    struct area keys;              /* bottom line, one row */
    struct area panes[PANE_COUNT]; /* empty: not shown */
};

struct layout layout_deck(const struct layout_wish *wish);

/* A screen other than the deck: a bar, the names, the body and the lines below. */
struct layout layout_view(int rows, int cols);

/* The rectangle without its first `rows` rows, and other cuts that widgets need. Never negative. */
struct area area_below(struct area area, int rows);
bool area_is_empty(struct area area);

/* A rectangle of at most this size in the middle of `around`. */
struct area area_centred(struct area around, int rows, int cols);

#endif
