/* Cells on curses' virtual screen. Text is decoded here, character by character: what has no width on the terminal or
 * could not be shown becomes a question mark, so that columns stand where they were computed. */
#include "ui/draw.h"

#include <assert.h>
#include <limits.h>
#include <ncurses.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "ui/palette.h"

enum { LINE_BYTES = 2048, ROW_COLS_MAX = 1024 };

static const char *const glyphs[GLYPH_COUNT][2] = {
    [GLYPH_UP] = {"▲", "^"},       [GLYPH_DOWN] = {"▼", "v"},       [GLYPH_DOT] = {"●", "*"},
    [GLYPH_CIRCLE] = {"○", "o"},   [GLYPH_RULE] = {"─", "-"},       [GLYPH_POINTER] = {"▸", ">"},
    [GLYPH_ELLIPSIS] = {"…", ">"}, [GLYPH_DASH] = {"–", "-"},       [GLYPH_SEPARATOR] = {"·", "|"},
    [GLYPH_MARK] = {"│", "|"},     [GLYPH_FAINT_MARK] = {"┊", ":"},
};

const char *draw_glyph(const struct canvas *canvas, enum glyph glyph)
{
    assert(glyph < GLYPH_COUNT);
    return glyphs[glyph][canvas->ascii];
}

/* One character of `text`: its bytes, and its columns on the terminal; `*shown` is false when a question mark has to
 * stand for it. */
static size_t next_character(const char *text, bool ascii, int *cols, bool *shown)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t bytes = at[0] < 0x80 ? 1 : at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : at[0] >= 0xc2 ? 2 : 0;
    wchar_t code = at[0];
    if (bytes > 1)
        code &= (wchar_t)(0xff >> (bytes + 1));
    for (size_t i = 1; i < bytes; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            bytes = 0;
            break;
        }
        code = (code << 6) | (at[i] & 0x3f);
    }
    *shown = bytes == 1 ? code >= 0x20 && code != 0x7f : bytes > 1 && !ascii;
    *cols = 1;
    if (*shown && bytes > 1) {
        *cols = wcwidth(code);
        if (*cols < 0) {
            *shown = false;
            *cols = 1;
        }
    }
    return bytes == 0 ? 1 : bytes;
}

int draw_width(const char *text, bool ascii)
{
    int width = 0;
    while (*text != '\0') {
        int cols;
        bool shown;
        text += next_character(text, ascii, &cols, &shown);
        width += cols;
    }
    return width;
}

int draw_clip(char *out, size_t size, const char *text, int cols, bool ascii, bool ellipsis)
{
    const char *mark = glyphs[GLYPH_ELLIPSIS][ascii];
    size_t mark_bytes = strlen(mark);
    assert(size > mark_bytes + 1);
    bool cut = draw_width(text, ascii) > cols;
    int room = cut && ellipsis ? cols - 1 : cols;
    size_t length = 0;
    int used = 0;
    while (*text != '\0') {
        int width;
        bool shown;
        size_t bytes = next_character(text, ascii, &width, &shown);
        if (used + width > room || length + bytes + mark_bytes + 1 > size)
            break;
        if (shown) {
            memcpy(out + length, text, bytes);
            length += bytes;
        } else {
            out[length++] = '?';
        }
        used += width;
        text += bytes;
    }
    if (cut && ellipsis && cols > 0) {
        memcpy(out + length, mark, mark_bytes);
        length += mark_bytes;
        used++;
    }
    out[length] = '\0';
    return used;
}

static void set_ink(const struct canvas *canvas, struct ink ink)
{
    const struct palette_cell *cell = &canvas->palette->cells[ink.role][ink.ground];
    attr_set(cell->attributes | (ink.bold ? A_BOLD : 0) | (ink.reverse ? A_REVERSE : 0), (short)cell->pair, NULL);
}

/* The part of the area that is on the screen; the terminal may have shrunk since it was laid out. */
static bool on_screen(const struct canvas *canvas, struct area area, int row, int col)
{
    return row >= 0 && col >= 0 && row < area.rows && col < area.cols && area.row + row < canvas->rows &&
           area.col + col < canvas->cols && area.row + row >= 0 && area.col + col >= 0;
}

void draw_read(const struct canvas *canvas, struct area area, int row, char *text, size_t size)
{
    size_t length = 0;
    mbstate_t state = {0};
    for (int col = 0; col < area.cols && on_screen(canvas, area, row, col); col++) {
        wchar_t characters[CCHARW_MAX + 1] = L"";
        cchar_t cell;
        attr_t attributes;
        short pair;
        if (mvin_wch(area.row + row, area.col + col, &cell) == ERR ||
            getcchar(&cell, characters, &attributes, &pair, NULL) == ERR)
            continue;
        for (const wchar_t *at = characters; *at != L'\0' && length + MB_LEN_MAX < size; at++) {
            size_t bytes = wcrtomb(text + length, *at, &state);
            length += bytes == (size_t)-1 ? 0 : bytes;
        }
        if (wcwidth(characters[0]) == 2)
            col++; /* its second cell holds it again */
    }
    while (length > 0 && text[length - 1] == ' ')
        length--;
    text[length] = '\0';
}

void draw_fill(const struct canvas *canvas, struct area area, struct ink ink)
{
    char blanks[ROW_COLS_MAX + 1];
    set_ink(canvas, ink);
    for (int row = 0; row < area.rows; row++) {
        for (int col = 0; col < area.cols && on_screen(canvas, area, row, col); col += ROW_COLS_MAX) {
            int cols = area.cols - col;
            if (cols > canvas->cols - area.col - col)
                cols = canvas->cols - area.col - col;
            if (cols > ROW_COLS_MAX)
                cols = ROW_COLS_MAX;
            memset(blanks, ' ', (size_t)cols);
            mvaddnstr(area.row + row, area.col + col, blanks, cols);
        }
    }
}

int draw_text(const struct canvas *canvas, struct area area, int row, int col, int cols, struct ink ink,
              const char *text)
{
    char clipped[LINE_BYTES];
    if (!on_screen(canvas, area, row, col))
        return col;
    int room = area.cols - col;
    if (room > canvas->cols - area.col - col)
        room = canvas->cols - area.col - col;
    if (cols > 0 && cols < room)
        room = cols;
    int used = draw_clip(clipped, sizeof clipped, text, room, canvas->ascii, true);
    set_ink(canvas, ink);
    mvaddstr(area.row + row, area.col + col, clipped);
    return col + used;
}

int draw_right(const struct canvas *canvas, struct area area, int row, int end, int cols, struct ink ink,
               const char *text)
{
    int width = draw_width(text, canvas->ascii);
    if (cols > 0 && width > cols)
        width = cols;
    int start = end - width;
    if (start < 0)
        start = 0;
    draw_text(canvas, area, row, start, end - start, ink, text);
    return start;
}

void draw_bar(const struct canvas *canvas, struct area area, int row, int col, struct ink ink, int eighths)
{
    static const char *const bars[9] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const plain[9] = {" ", "_", "_", ".", "-", "-", "=", "^", "#"};
    assert(eighths >= 0 && eighths <= 8);
    draw_text(canvas, area, row, col, 1, ink, canvas->ascii ? plain[eighths] : bars[eighths]);
}

void draw_part(const struct canvas *canvas, struct area area, int row, int col, struct ink ink, int eighths)
{
    static const char *const parts[9] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
    assert(eighths >= 0 && eighths <= 8);
    draw_text(canvas, area, row, col, 1, ink, canvas->ascii ? eighths >= 4 ? "#" : " " : parts[eighths]);
}

void draw_braille(const struct canvas *canvas, struct area area, int row, int col, struct ink ink, unsigned dots)
{
    dots &= 0xff;
    char text[4] = {(char)0xe2, (char)(0xa0 | dots >> 6), (char)(0x80 | (dots & 0x3f)), '\0'};
    if (canvas->ascii) {
        /* Dots 0 1 3 4 are the upper half of the cell. */
        bool upper = (dots & 0x1b) != 0, lower = (dots & 0xe4) != 0;
        memcpy(text, upper && lower ? ":" : upper ? "'" : lower ? "." : " ", 2);
    }
    draw_text(canvas, area, row, col, 1, ink, text);
}

int draw_rule(const struct canvas *canvas, struct area area, const char *title, const char *right, bool focused)
{
    struct ink line = {.role = focused ? ROLE_ACCENT : ROLE_RULE};
    struct ink name = {.role = focused ? ROLE_ACCENT : ROLE_TITLE};
    char text[LINE_BYTES];
    size_t length = 0;
    const char *rule = draw_glyph(canvas, GLYPH_RULE);
    for (int col = 0; col < area.cols && length + strlen(rule) < sizeof text; col++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s", rule);
    draw_text(canvas, area, 0, 0, 0, line, text);
    snprintf(text, sizeof text, " %s ", title);
    int after = draw_text(canvas, area, 0, 1, 0, name, text);
    int width = draw_width(right, canvas->ascii);
    if (width == 0 || after + 4 > area.cols)
        return area.cols;
    snprintf(text, sizeof text, " %s ", right);
    int room = area.cols - 1 - after;
    int start = draw_right(canvas, area, 0, area.cols - 1, room, (struct ink){.role = ROLE_DIM}, text);
    return start + 1;
}

struct area draw_box(const struct canvas *canvas, struct area area, const char *title)
{
    static const char *const corners[2][6] = {{"┌", "┐", "└", "┘", "─", "│"}, {"+", "+", "+", "+", "-", "|"}};
    const char *const *parts = corners[canvas->ascii];
    struct ink line = {.role = ROLE_ACCENT, .ground = GROUND_PANEL};
    draw_fill(canvas, area, (struct ink){.role = ROLE_TEXT, .ground = GROUND_PANEL});
    for (int col = 1; col < area.cols - 1; col++) {
        draw_text(canvas, area, 0, col, 1, line, parts[4]);
        draw_text(canvas, area, area.rows - 1, col, 1, line, parts[4]);
    }
    for (int row = 0; row < area.rows; row++) {
        bool first = row == 0, last = row == area.rows - 1;
        draw_text(canvas, area, row, 0, 1, line, first ? parts[0] : last ? parts[2] : parts[5]);
        draw_text(canvas, area, row, area.cols - 1, 1, line, first ? parts[1] : last ? parts[3] : parts[5]);
    }
    char text[160];
    snprintf(text, sizeof text, " %s ", title);
    draw_text(canvas, area, 0, 2, area.cols - 4, line, text);
    return (struct area){.row = area.row + 1,
                         .col = area.col + 2,
                         .rows = area.rows > 2 ? area.rows - 2 : 0,
                         .cols = area.cols > 4 ? area.cols - 4 : 0};
}
