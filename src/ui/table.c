/* Choosing columns. A column that does not fit is left out whole; one further down the ranks may still fit. */
#include "ui/table.h"

#include <assert.h>

static int pick(const struct column *columns, int count, int width, bool shown[TABLE_COLUMNS_MAX])
{
    int highest = 0, used = 0;
    for (int i = 0; i < count; i++) {
        shown[i] = false;
        if (columns[i].rank > highest)
            highest = columns[i].rank;
    }
    for (int rank = 0; rank <= highest; rank++) {
        for (int i = 0; i < count; i++) {
            if (columns[i].rank == rank && used + columns[i].width <= width) {
                shown[i] = true;
                used += columns[i].width;
            }
        }
    }
    return used;
}

struct table table_fit(const struct column *columns, int count, int indent, int width)
{
    assert(count <= TABLE_COLUMNS_MAX);
    bool shown[TABLE_COLUMNS_MAX];
    struct table table = {.count = count};
    int left = width - indent - pick(columns, count, width - indent, shown);
    int grow = 0;
    for (int i = 0; i < count; i++)
        grow += shown[i] ? columns[i].grow : 0;
    int at = indent;
    for (int i = 0; i < count; i++) {
        table.start[i] = at;
        if (!shown[i])
            continue;
        table.width[i] = columns[i].width;
        if (columns[i].grow > 0) {
            int more = left * columns[i].grow / grow;
            if (columns[i].right && more > columns[i].width)
                more = columns[i].width; /* numbers that stand too far apart are hard to read as a row */
            table.width[i] += more;
            left -= more;
            grow -= columns[i].grow;
        }
        at += table.width[i];
    }
    return table;
}

struct table table_fit_chosen(const struct column *columns, int count, const unsigned char *chosen, int chosen_count,
                              int indent, int width)
{
    struct column ordered[TABLE_COLUMNS_MAX] = {0};
    struct table table = {.count = count};
    assert(chosen_count <= TABLE_COLUMNS_MAX);
    for (int i = 0; i < chosen_count; i++) {
        assert(chosen[i] < count);
        ordered[i] = columns[chosen[i]];
        ordered[i].rank = i;
    }
    struct table fitted = table_fit(ordered, chosen_count, indent, width);
    for (int i = 0; i < chosen_count; i++) {
        table.start[chosen[i]] = fitted.start[i];
        table.width[chosen[i]] = fitted.width[i];
    }
    return table;
}
