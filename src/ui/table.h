/* Columns: which of them fit into a width, and where they stand. Pure. */
#ifndef UI_TABLE_H
#define UI_TABLE_H

#include <stdbool.h>

enum { TABLE_COLUMNS_MAX = 24 };

struct column {
    const char *title;
    int width;  /* with one blank before it */
    int rank;   /* the lowest is kept longest */
    bool right; /* numbers stand at the right */
    int grow;   /* share of the width that is left over; 0: keeps its width. Numbers at most double it. */
};

struct table {
    int count;
    int start[TABLE_COLUMNS_MAX]; /* column of the screen, relative to the area */
    int width[TABLE_COLUMNS_MAX]; /* 0: not shown */
};

/* Fits `count` columns into `width`: those of the lowest rank first, as long as each fits. The first column begins at
 * `indent`. */
struct table table_fit(const struct column *columns, int count, int indent, int width);

/* The same of the columns that somebody has chosen, in that order; the first of them are kept longest. */
struct table table_fit_chosen(const struct column *columns, int count, const unsigned char *chosen, int chosen_count,
                              int indent, int width);

#endif
