/* Columns: which of them fit into a width, and where they stand. Pure. */
#ifndef UI_TABLE_H
#define UI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

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

/* Columns that somebody has chosen, in their order; none: all. */
struct column_choice {
    unsigned char columns[TABLE_COLUMNS_MAX];
    int count;
};

/* The same of what is chosen, in that order; the first of them are kept longest. */
struct table table_fit_chosen(const struct column *columns, int count, const struct column_choice *choice, int indent,
                              int width);

enum { TABLE_NAME_SIZE = 16, TABLE_PROBLEM_SIZE = 160 };

/* The name of a column: its title in small letters. */
void table_column_name(const struct column *column, char name[TABLE_NAME_SIZE]);

/* The column of a name of that length, without regard to case; -1 when there is none. */
int table_find(const struct column *columns, int count, const char *name, size_t length);

/* Reads names separated by blanks or commas; "all" alone is all of them. False, with the reason, and no change for a
 * name that is not known or stands twice. */
bool table_choose(const struct column *columns, int count, const char *names, struct column_choice *choice,
                  char problem[TABLE_PROBLEM_SIZE]);

#endif
