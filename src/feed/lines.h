/* Reads the lines of a file that is plain text or compressed by gzip or zstd. */
#ifndef FEED_LINES_H
#define FEED_LINES_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* A longer line is not handed out whole: nothing that is read here is as long. */
enum { LINE_LONGEST_BYTES = 1 << 20 };

struct lines;

/* Opens a regular file; NULL with ERROR_USAGE when it is missing, may not be read, or is something else. */
struct lines *lines_open(const char *path, struct error *error);
void lines_close(struct lines *lines); /* NULL is allowed */

/* The next line without its newline (or carriage return and newline): 1, with `text` valid until the next call and not
 * terminated; 0 at the end of the file; -1 when the file cannot be read on (ERROR_FAILED), e.g. since it was cut off.
 * Of a line that is too long the first LINE_LONGEST_BYTES are handed out. */
int lines_next(struct lines *lines, const char **text, size_t *length, struct error *error);

/* The number of the line that was handed out last, from 1. */
uint64_t lines_number(const struct lines *lines);
/* The path it was opened with. */
const char *lines_path(const struct lines *lines);

#endif
