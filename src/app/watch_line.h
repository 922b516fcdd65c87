/* What `tapedeck watch` makes of its arguments and of a quote: pure text. */
#ifndef APP_WATCH_LINE_H
#define APP_WATCH_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/decimal.h"
#include "core/error.h"
#include "core/json.h"
#include "core/quote.h"
#include "core/subject.h"

enum { WATCH_LINE_SIZE = 256 };

/* The subject filter that a pattern stands for: NULL is all quotes, a subject pattern below `md.` is itself, a word
 * without dots and wild cards is a symbol on any exchange. -1 (ERROR_USAGE) for anything else. */
int watch_line_filter(char filter[SUBJECT_SIZE], const char *pattern, struct error *error);

/* True for a subject pattern: tokens between single dots, without spaces and control characters, with `>` as a whole
 * token at the end only and `*` as a whole token. */
bool watch_line_is_subject(const char *pattern);

/* ask - bid, exactly, with as many decimals as it needs. */
void watch_line_spread(char text[DECIMAL_TEXT_SIZE], const struct quote *quote);

/* `AAPL: bid=189.01, ask=189.02, spread=0.0100` and a newline; returns the length. Prices have as many decimals as they
 * need, at least 2; the spread is exactly ask - bid, with at least 4. */
size_t watch_line_text(char line[WATCH_LINE_SIZE], const struct quote *quote);

/* The room that watch_line_json needs for a payload. */
size_t watch_line_json_size(size_t payload_bytes);

/* The payload, decoded as `quote` before, as one line of JSON with `spread` at its end, and a newline; returns the
 * length. Numbers keep their text; what could move a terminal's cursor is left out. `line` and `scratch` have
 * watch_line_json_size bytes. */
size_t watch_line_json(char *line, char *scratch, const char *payload, size_t payload_bytes, const struct quote *quote);

/* Writes the members of a payload, a JSON object, as they stand there, but for those named in the list `but` (NULL at
 * its end). */
void watch_line_copy_members(struct json_writer *writer, const char *payload, size_t payload_bytes,
                             const char *const *but);

#endif
