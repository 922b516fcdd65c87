/* A line of comma-separated values (RFC 4180) in a caller's buffer, which is large enough. Pure. */
#ifndef APP_CSV_H
#define APP_CSV_H

#include <stddef.h>

struct csv_row {
    char *text; /* terminated */
    size_t length, size;
};

void csv_add_byte(struct csv_row *row, char byte);

/* A cell, with the comma before it unless it is the first of its line (which is never empty), in quotes where it needs
 * them. */
void csv_add_cell(struct csv_row *row, const char *text);

enum { CSV_COLUMNS_MAX = 64 };

/* The values of these members of a JSON object, in the order of `names` (NULL at its end), a cell for each; an empty
 * one for null and for what is not there. `scratch` has two halves of `half` bytes, each of which has room for any
 * value, cleaned (core/text.h). */
void csv_add_members(struct csv_row *row, const char *const *names, const char *object, size_t object_bytes,
                     char *scratch, size_t half);

#endif
