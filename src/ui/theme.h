/* Themes: which colour a meaning has. One `key = value` file each, in the manner of btop's; docs/themes.md has the
 * keys. Pure but for reading the file; the terminal's side is palette.h. */
#ifndef UI_THEME_H
#define UI_THEME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a cell means. Widgets name roles, never colours. */
enum role {
    ROLE_TEXT,
    ROLE_DIM,
    ROLE_TITLE,
    ROLE_RULE,
    ROLE_ACCENT, /* the focused pane, the cursor */
    ROLE_HEADER, /* column titles */
    ROLE_GAIN,
    ROLE_LOSS,
    ROLE_FLASH_UP, /* a price that rose a moment ago */
    ROLE_FLASH_DOWN,
    ROLE_STALE,
    ROLE_WARNING,
    ROLE_CRITICAL,
    ROLE_UNKNOWN, /* an order whose fate is not known */
    ROLE_OK,      /* connected */
    ROLE_KEY,     /* the names of keys */
    ROLE_INPUT,   /* a field that is being edited */
    ROLE_CHART,
    ROLE_BANNER_PAPER,
    ROLE_BANNER_LIVE,
    ROLE_BANNER_REPLAY,
    ROLE_BANNER_HALTED,
    ROLE_COUNT
};

/* What a cell stands on. */
enum ground { GROUND_SCREEN, GROUND_SELECTED, GROUND_BAR, GROUND_PANEL, GROUND_COUNT };

enum { STYLE_BOLD = 1, STYLE_DIM = 2, STYLE_ITALIC = 4, STYLE_UNDERLINE = 8, STYLE_REVERSE = 16 };

/* A colour as 0xRRGGBB, or one of these. */
enum { COLOUR_DEFAULT = -1, COLOUR_UNSET = -2 };
/* COLOUR_INDEX | n: entry n of the terminal's own 256 colours. */
enum { COLOUR_INDEX = 1 << 24 };

struct style {
    int32_t colour;     /* COLOUR_DEFAULT: the terminal's own */
    int32_t background; /* COLOUR_UNSET: that of the ground it stands on */
    unsigned attributes;
};

struct theme {
    char name[64];
    char path[1024]; /* of its file; "" without one */
    struct style roles[ROLE_COUNT];
    int32_t grounds[GROUND_COUNT];
};

enum { THEME_WARNING_SIZE = 200 };

/* The theme that is compiled in, the same as themes/dark.theme. */
struct theme theme_builtin(void);

/* Reads a theme's text. False, with the reason and its line in `warning`, when a line is broken; `theme` is then the
 * built-in one. A key that is not named keeps the built-in value. */
bool theme_parse(struct theme *theme, const char *name, const char *text, size_t length,
                 char warning[THEME_WARNING_SIZE]);

/* Finds `name` (a path when it has a slash, else NAME.theme in the first of the NULL-terminated directories that has
 * it) and reads it: as a scheme of base16 when the path ends with .yaml or .yml. NULL and "" are the built-in theme.
 * Otherwise as theme_parse; a file that cannot be read warns. */
bool theme_load(struct theme *theme, const char *name, const char *const *directories,
                char warning[THEME_WARNING_SIZE]);

/* The name of the theme that comes behind `name` in the alphabet of all in the directories, or of the first one; false
 * when there is none. */
bool theme_name_after(const char *name, const char *const *directories, char *next, size_t size);

/* ---- for the readers of themes ---- */

/* A text line by line; `number` is that of the last one, from 1. */
struct theme_lines {
    const char *at, *end;
    int number;
};

/* From behind a byte order mark. */
struct theme_lines theme_lines(const char *text, size_t length);

/* The next line without its end; false at the end of the text, and with a `problem` for a line that is too long or
 * holds a NUL. */
bool theme_next_line(struct theme_lines *lines, char *line, size_t size, char *problem, size_t problem_size);

/* Writes "Theme NAME, line N: PROBLEM; using the built-in theme." without control characters. */
void theme_warn(char warning[THEME_WARNING_SIZE], const char *name, int line, const char *problem);

/* The key of a role or ground in theme files. */
const char *theme_role_key(enum role role);
const char *theme_ground_key(enum ground ground);

/* The nearest of a terminal's 256, 16 or 8 colours to 0xRRGGBB. In 16 the upper half is bright; in 8 `*bold` says that
 * the bright one was meant. */
int theme_nearest_256(int32_t rgb);
int theme_nearest_16(int32_t rgb);
int theme_nearest_8(int32_t rgb, bool *bold);
/* With 16 colours: the foreground that can be seen on that background. Light grey on white cannot: it becomes grey. */
int theme_visible_16(int foreground, int background);
/* 0xRRGGBB of entry `index` of the usual 256 colours. */
int32_t theme_rgb_of_index(int index);

#endif
