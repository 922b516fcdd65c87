/* Lists that a person walks through, sorts and filters: the table of a screen. A screen says what its rows are (an ops
 * table) and collects them anew for every frame and key; the cursor follows the row it was put on, by its id, wherever
 * that row goes. Screen thread. */
#ifndef UI_BROWSE_H
#define UI_BROWSE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/alert.h"
#include "ui/draw.h"
#include "ui/filter.h"
#include "ui/table.h"

struct ui;

/* The cursor in a list: which entry, and which one stands in the first row. */
struct list {
    int selected, top;
};

/* Moves a list's cursor so that it is in range and visible in `visible` rows (0: no row counts). */
void list_place(struct list *list, int count, int visible);

enum { BROWSE_ID_SIZE = ALERT_ID_SIZE, BROWSE_ROWS_MAX = 4096 };

/* How the rows stood when they were sorted last, so that they stand still for a while: prices change all the time, and
 * a list that runs about can neither be read nor clicked on. */
struct browse_order {
    int sorted_by;
    bool backwards;
    int64_t sorted_ns; /* as of then the market is shown */
    int count;
    struct browse_standing {
        uint64_t id; /* the hash of what names the row */
        int place;
    } standings[BROWSE_ROWS_MAX]; /* by id */
};

/* What a person made of a list. */
struct browse {
    struct list list;
    char chosen[BROWSE_ID_SIZE]; /* the row that the cursor is on */
    bool moved;                  /* the user put it there */
    int by;                      /* rows that the cursor has still to go */
    int visible;                 /* rows on the screen, at the last frame */
    struct filter filter;
    int sorted_by; /* column + 1; 0: the order in which the rows are collected */
    bool backwards;
    struct browse_order order;
    struct column_choice columns;
};

/* The rows of one list. `items` point to what the model holds. */
struct browse_rows {
    const void *items[BROWSE_ROWS_MAX];
    int count;
};

struct browse_ops {
    const struct column *columns;
    int column_count;
    /* Fits the widths of a copy of the columns to the rows; NULL: they are as they are. */
    void (*widen)(struct ui *ui, struct column *columns, const struct browse_rows *rows, int width);
    /* Writes what names a row. */
    void (*id)(const void *item, char id[BROWSE_ID_SIZE]);
    bool flows;        /* what is new comes in at the top: the cursor stays there until the user moves it */
    bool stands_still; /* what it is sorted by changes all the time: rows change places once a second at most */
    unsigned sortable; /* columns that the list can be sorted by, bits */
    /* As for qsort, by one of them. */
    int (*compare)(const struct ui *ui, const void *a, const void *b, int column);
    void (*draw_row)(const struct ui *ui, struct area area, const struct table *table, int row, bool selected,
                     const void *item);
};

/* Adds a row; what is beyond BROWSE_ROWS_MAX is left out. */
void browse_add(struct browse_rows *rows, const void *item);

/* True when the filter finds one of two texts (the second may be NULL). */
bool browse_matches(const struct browse *browse, const char *text, const char *other);

/* Sorts the rows as the user wants them, and puts the cursor. */
void browse_place(const struct ui *ui, struct browse *browse, const struct browse_ops *ops, struct browse_rows *rows);

/* After browse_place: the row under the cursor; NULL when there is none. */
const void *browse_selected(const struct browse *browse, const struct browse_rows *rows);

/* Draws the rule, the column titles and the rows. `right` stands in the rule, `empty` where no row is. */
void browse_draw(struct ui *ui, struct area area, struct browse *browse, const struct browse_ops *ops,
                 struct browse_rows *rows, const char *title, const char *right, const char *empty);

/* What the mouse does with the list of the current screen: moves the cursor, and sorts by a column, or by the same one
 * the other way round. */
void browse_move(struct ui *ui, int by);
void browse_sort(struct ui *ui, int column);

/* The keys of every list: they are about that of the current screen. */
void browse_key_move(struct ui *ui, int key);
void browse_key_sort(struct ui *ui, int key);
/* Opens the command line with the columns that are shown, to be changed. */
void browse_key_columns(struct ui *ui, int key);

#endif
