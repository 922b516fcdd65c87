/* Writing cells: clipped to an area, in roles, with the width of every character known. Only this file, palette.c and
 * screen.c know curses; widgets draw through it. Screen thread. */
#ifndef UI_DRAW_H
#define UI_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/decimal.h"
#include "ui/layout.h"
#include "ui/theme.h"

struct palette;

/* What to write with. `bold` adds to what the theme says. */
struct ink {
    enum role role;
    enum ground ground;
    bool bold;
    bool reverse; /* what must not be overlooked, in any colour or none */
};

enum glyph {
    GLYPH_UP,
    GLYPH_DOWN,
    GLYPH_DOT,
    GLYPH_CIRCLE,
    GLYPH_RULE,
    GLYPH_POINTER,
    GLYPH_ELLIPSIS,
    GLYPH_DASH,
    GLYPH_SEPARATOR,
    GLYPH_MARK, /* a level that is not to be reached, on a bar */
    GLYPH_FAINT_MARK,
    GLYPH_COUNT
};

/* Where everything is drawn: the whole screen with its palette. Owned by the screen. */
struct canvas {
    const struct palette *palette;
    bool ascii; /* no characters beyond ASCII */
    int rows, cols;
};

const char *draw_glyph(const struct canvas *canvas, enum glyph glyph);

/* Columns that a text takes: 2 for wide characters, 0 for combining ones. Invalid bytes count 1, as they are drawn. */
int draw_width(const char *text, bool ascii);

/* Copies as much of `text` to `out` (terminated) as fits into `cols` columns; with `ellipsis` what was cut off says
 * so. Returns the columns taken. */
int draw_clip(char *out, size_t size, const char *text, int cols, bool ascii, bool ellipsis);

/* The text of a row of the area as it was last drawn, without blanks at its end. */
void draw_read(const struct canvas *canvas, struct area area, int row, char *text, size_t size);

/* Blanks an area. */
void draw_fill(const struct canvas *canvas, struct area area, struct ink ink);

/* Writes at a row and column of `area` (0,0 is its upper left), at most `cols` columns (0: to its right edge), cut with
 * an ellipsis. Returns the column after the text. */
int draw_text(const struct canvas *canvas, struct area area, int row, int col, int cols, struct ink ink,
              const char *text);

/* The same so that the text ends before column `end`. Returns the column where it starts. */
int draw_right(const struct canvas *canvas, struct area area, int row, int end, int cols, struct ink ink,
               const char *text);

/* One cell with the glyph of that many eighths of height (0 to 8). */
void draw_bar(const struct canvas *canvas, struct area area, int row, int col, struct ink ink, int eighths);

/* One cell that is filled from its left by that many eighths (0 to 8). */
void draw_part(const struct canvas *canvas, struct area area, int row, int col, struct ink ink, int eighths);

/* One cell of braille: bit 0 to 7 are the dots of U+2800. In ASCII a dot or a colon. */
void draw_braille(const struct canvas *canvas, struct area area, int row, int col, struct ink ink, unsigned dots);

/* The rule above a pane: its title at the left, what counts about it at the right. Returns the column at which
 * the text at the right starts (relative to the area). */
int draw_rule(const struct canvas *canvas, struct area area, const char *title, const char *right, bool focused);

/* A frame with a title for what stands over the deck; returns the area inside. */
struct area draw_box(const struct canvas *canvas, struct area area, const char *title);

#endif
