/* Choosing columns. A column that does not fit is left out whole; one further down the ranks may still fit. */
#include "ui/table.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

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

struct table table_fit_chosen(const struct column *columns, int count, const struct column_choice *choice, int indent,
                              int width)
{
    struct column ordered[TABLE_COLUMNS_MAX] = {0};
    struct table table = {.count = count};
    for (int i = 0; i < choice->count; i++) {
        ordered[i] = columns[choice->columns[i]];
        ordered[i].rank = i;
    }
    struct table fitted = table_fit(ordered, choice->count, indent, width);
    for (int i = 0; i < choice->count; i++) {
        table.start[choice->columns[i]] = fitted.start[i];
        table.width[choice->columns[i]] = fitted.width[i];
    }
    return table;
}

/* ---- names ---------------------------------------------------------------------------------------------------- */

void table_column_name(const struct column *column, char name[TABLE_NAME_SIZE])
{
    size_t length = 0;
    for (const char *from = column->title; *from != '\0' && length + 1 < TABLE_NAME_SIZE; from++) {
        if (*from != ' ')
            name[length++] = (char)tolower((unsigned char)*from);
    }
    name[length] = '\0';
}

int table_find(const struct column *columns, int count, const char *name, size_t length)
{
    for (int i = 0; i < count; i++) {
        char own[TABLE_NAME_SIZE];
        table_column_name(&columns[i], own);
        if (strlen(own) == length && strncasecmp(own, name, length) == 0)
            return i;
    }
    return -1;
}

bool table_choose(const struct column *columns, int count, const char *names, struct column_choice *choice,
                  char problem[TABLE_PROBLEM_SIZE])
{
    static const char separators[] = " \t,";
    struct column_choice chosen = {0};
    bool all = false;
    for (names += strspn(names, separators); *names != '\0'; names += strspn(names, separators)) {
        size_t length = strcspn(names, separators);
        int column = table_find(columns, count, names, length);
        bool is_all = length == 3 && strncasecmp(names, "all", 3) == 0;
        if (column < 0 && !is_all) {
            snprintf(problem, TABLE_PROBLEM_SIZE, "there is no column \"%.*s\"", length < 60 ? (int)length : 60, names);
            return false;
        }
        if (!is_all && memchr(chosen.columns, column, (size_t)chosen.count) != NULL) {
            snprintf(problem, TABLE_PROBLEM_SIZE, "the column \"%.*s\" stands twice", (int)length, names);
            return false;
        }
        all = all || is_all;
        if (!is_all)
            chosen.columns[chosen.count++] = (unsigned char)column;
        names += length;
    }
    if (all ? chosen.count > 0 : chosen.count == 0) {
        snprintf(problem, TABLE_PROBLEM_SIZE, "names of columns are wanted, or \"all\" alone");
        return false;
    }
    *choice = chosen;
    return true;
}
