/* Reading themes. A theme with one broken line is dropped whole and the built-in one is used, with a warning that names
 * the line: half a theme could hide a number on its own background. */
#include "ui/theme.h"

#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"
#include "ui/base16.h"

enum { FILE_BYTES_MAX = 64 * 1024, LINE_BYTES_MAX = 512 };

static const char *const role_keys[ROLE_COUNT] = {
    [ROLE_TEXT] = "text",
    [ROLE_DIM] = "dim",
    [ROLE_TITLE] = "title",
    [ROLE_RULE] = "rule",
    [ROLE_ACCENT] = "accent",
    [ROLE_HEADER] = "header",
    [ROLE_GAIN] = "gain",
    [ROLE_LOSS] = "loss",
    [ROLE_FLASH_UP] = "flash_up",
    [ROLE_FLASH_DOWN] = "flash_down",
    [ROLE_STALE] = "stale",
    [ROLE_WARNING] = "warning",
    [ROLE_CRITICAL] = "critical",
    [ROLE_UNKNOWN] = "unknown",
    [ROLE_OK] = "ok",
    [ROLE_KEY] = "key",
    [ROLE_INPUT] = "input",
    [ROLE_CHART] = "chart",
    [ROLE_BANNER_PAPER] = "banner_paper",
    [ROLE_BANNER_LIVE] = "banner_live",
    [ROLE_BANNER_REPLAY] = "banner_replay",
    [ROLE_BANNER_HALTED] = "banner_halted",
};

static const char *const ground_keys[GROUND_COUNT] = {
    [GROUND_SCREEN] = "background",
    [GROUND_SELECTED] = "selected_background",
    [GROUND_BAR] = "bar_background",
    [GROUND_PANEL] = "panel_background",
};

/* clang-format off */
static const struct { const char *name; int index; } colour_names[] = {
    {"black", 0}, {"red", 1}, {"green", 2}, {"yellow", 3}, {"blue", 4}, {"magenta", 5}, {"cyan", 6}, {"white", 7},
    {"grey", 8}, {"gray", 8}, {"bright_black", 8}, {"bright_red", 9}, {"bright_green", 10}, {"bright_yellow", 11},
    {"bright_blue", 12}, {"bright_magenta", 13}, {"bright_cyan", 14}, {"bright_white", 15},
};

static const struct { const char *name; unsigned attribute; } attribute_names[] = {
    {"bold", STYLE_BOLD}, {"dim", STYLE_DIM}, {"italic", STYLE_ITALIC}, {"underline", STYLE_UNDERLINE},
    {"reverse", STYLE_REVERSE},
};
/* clang-format on */

#define ON_GROUND(rgb)                                                                                                 \
    {                                                                                                                  \
        .colour = (rgb), .background = COLOUR_UNSET                                                                    \
    }
#define ON_GROUND_BOLD(rgb)                                                                                            \
    {                                                                                                                  \
        .colour = (rgb), .background = COLOUR_UNSET, .attributes = STYLE_BOLD                                          \
    }
#define BANNER(rgb, on)                                                                                                \
    {                                                                                                                  \
        .colour = (rgb), .background = (on), .attributes = STYLE_BOLD                                                  \
    }

struct theme theme_builtin(void)
{
    return (struct theme){
        .name = "dark",
        .roles =
            {
                [ROLE_TEXT] = ON_GROUND(0xd3dae3),
                [ROLE_DIM] = ON_GROUND(0x8f98a3),
                [ROLE_TITLE] = ON_GROUND_BOLD(0xe6edf3),
                [ROLE_RULE] = ON_GROUND(0x3a4350),
                [ROLE_ACCENT] = ON_GROUND_BOLD(0x58a6ff),
                [ROLE_HEADER] = ON_GROUND(0x8f98a3),
                [ROLE_GAIN] = ON_GROUND(0x3fb950),
                [ROLE_LOSS] = ON_GROUND(0xf16e68),
                [ROLE_FLASH_UP] = ON_GROUND_BOLD(0x7ee787),
                [ROLE_FLASH_DOWN] = ON_GROUND_BOLD(0xffa198),
                [ROLE_STALE] = ON_GROUND(0xa79566),
                [ROLE_WARNING] = ON_GROUND(0xe3b341),
                [ROLE_CRITICAL] = ON_GROUND_BOLD(0xff7b72),
                [ROLE_UNKNOWN] = ON_GROUND_BOLD(0xf2a65a),
                [ROLE_OK] = ON_GROUND(0x3fb950),
                [ROLE_KEY] = ON_GROUND_BOLD(0x58a6ff),
                [ROLE_INPUT] = BANNER(0xffffff, 0x1f4f8f),
                [ROLE_CHART] = ON_GROUND(0x58a6ff),
                [ROLE_BANNER_PAPER] = BANNER(0xffffff, 0x1f5fbf),
                [ROLE_BANNER_LIVE] = BANNER(0xffffff, 0xc62828),
                [ROLE_BANNER_REPLAY] = BANNER(0xffffff, 0x8957e5),
                [ROLE_BANNER_HALTED] = BANNER(0xffffff, 0xc62828),
            },
        .grounds = {[GROUND_SCREEN] = 0x0d1117,
                    [GROUND_SELECTED] = 0x22303f,
                    [GROUND_BAR] = 0x1a212b,
                    [GROUND_PANEL] = 0x1a212b},
    };
}

const char *theme_role_key(enum role role)
{
    assert(role < ROLE_COUNT);
    return role_keys[role];
}

const char *theme_ground_key(enum ground ground)
{
    assert(ground < GROUND_COUNT);
    return ground_keys[ground];
}

/* ---- one value ------------------------------------------------------------------------------------------------ */

static bool parse_hex(const char *word, int32_t *colour)
{
    size_t digits = strlen(word + 1);
    if (digits != 6 || strspn(word + 1, "0123456789abcdefABCDEF") != 6)
        return false;
    *colour = (int32_t)strtol(word + 1, NULL, 16);
    return true;
}

static bool parse_colour(const char *word, int32_t *colour)
{
    if (word[0] == '#')
        return parse_hex(word, colour);
    if (strcasecmp(word, "default") == 0) {
        *colour = COLOUR_DEFAULT;
        return true;
    }
    size_t digits = strspn(word, "0123456789");
    if (digits > 0 && digits <= 3 && word[digits] == '\0' && atoi(word) < 256) {
        *colour = COLOUR_INDEX | atoi(word);
        return true;
    }
    for (size_t i = 0; i < sizeof colour_names / sizeof colour_names[0]; i++) {
        if (strcasecmp(word, colour_names[i].name) == 0) {
            *colour = COLOUR_INDEX | colour_names[i].index;
            return true;
        }
    }
    return false;
}

static bool parse_attribute(const char *word, unsigned *attributes)
{
    for (size_t i = 0; i < sizeof attribute_names / sizeof attribute_names[0]; i++) {
        if (strcasecmp(word, attribute_names[i].name) == 0) {
            *attributes |= attribute_names[i].attribute;
            return true;
        }
    }
    return false;
}

/* `colour [on colour] [attribute…]`; writes what is wrong into `problem`. */
static bool parse_style(char *value, struct style *style, char *problem, size_t size)
{
    *style = (struct style){.colour = COLOUR_DEFAULT, .background = COLOUR_UNSET};
    char *rest = NULL;
    char *word = strtok_r(value, " \t", &rest);
    if (word == NULL) {
        snprintf(problem, size, "there is no colour after =");
        return false;
    }
    if (!parse_colour(word, &style->colour)) {
        snprintf(problem, size, "\"%.24s\" is no colour (#rrggbb, 0 to 255, or a name)", word);
        return false;
    }
    for (word = strtok_r(NULL, " \t", &rest); word != NULL; word = strtok_r(NULL, " \t", &rest)) {
        if (strcasecmp(word, "on") == 0) {
            word = strtok_r(NULL, " \t", &rest);
            if (word == NULL || !parse_colour(word, &style->background)) {
                snprintf(problem, size, "\"%.24s\" after \"on\" is no colour", word == NULL ? "" : word);
                return false;
            }
        } else if (!parse_attribute(word, &style->attributes)) {
            snprintf(problem, size, "\"%.24s\" is neither \"on\" nor an attribute", word);
            return false;
        }
    }
    return true;
}

/* ---- one line ------------------------------------------------------------------------------------------------- */

static char *trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    return text;
}

/* A comment starts the line or follows a blank; a # right before digits is a colour. */
static void cut_comment(char *line)
{
    char *start = line + strspn(line, " \t");
    if (*start == '#') {
        *start = '\0';
        return;
    }
    for (char *at = start; *at != '\0'; at++) {
        if (*at == '#' && at > line && isspace((unsigned char)at[-1]) && !isxdigit((unsigned char)at[1])) {
            *at = '\0';
            return;
        }
    }
}

static bool set_key(struct theme *theme, const char *key, char *value, char *problem, size_t size)
{
    struct style style;
    for (int role = 0; role < ROLE_COUNT; role++) {
        if (strcmp(key, role_keys[role]) == 0)
            return parse_style(value, &theme->roles[role], problem, size);
    }
    for (int ground = 0; ground < GROUND_COUNT; ground++) {
        if (strcmp(key, ground_keys[ground]) != 0)
            continue;
        if (!parse_style(value, &style, problem, size))
            return false;
        if (style.background != COLOUR_UNSET || style.attributes != 0) {
            snprintf(problem, size, "%s takes one colour and nothing else", key);
            return false;
        }
        theme->grounds[ground] = style.colour;
        return true;
    }
    snprintf(problem, size, "there is no key \"%.32s\"", key);
    return false;
}

static bool parse_line(struct theme *theme, char *line, char *problem, size_t size)
{
    cut_comment(line);
    char *text = trim(line);
    if (*text == '\0')
        return true;
    char *equals = strchr(text, '=');
    if (equals == NULL) {
        snprintf(problem, size, "expected `key = value`");
        return false;
    }
    *equals = '\0';
    return set_key(theme, trim(text), trim(equals + 1), problem, size);
}

struct theme_lines theme_lines(const char *text, size_t length)
{
    bool marked = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
    return (struct theme_lines){.at = text + (marked ? 3 : 0), .end = text + length};
}

bool theme_next_line(struct theme_lines *lines, char *line, size_t size, char *problem, size_t problem_size)
{
    if (lines->at >= lines->end)
        return false;
    const char *newline = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
    size_t bytes = (size_t)((newline != NULL ? newline : lines->end) - lines->at);
    lines->number++;
    if (bytes >= size || memchr(lines->at, '\0', bytes) != NULL) {
        snprintf(problem, problem_size, "the line is too long or holds a NUL");
        return false;
    }
    memcpy(line, lines->at, bytes);
    line[bytes] = '\0';
    lines->at += bytes + (newline != NULL ? 1 : 0);
    return true;
}

void theme_warn(char warning[THEME_WARNING_SIZE], const char *name, int line, const char *problem)
{
    snprintf(warning, THEME_WARNING_SIZE, "Theme %.40s, line %d: %s; using the built-in theme.", name, line, problem);
    for (char *at = warning; *at != '\0'; at++) {
        if (!isprint((unsigned char)*at))
            *at = '?';
    }
}

bool theme_parse(struct theme *theme, const char *name, const char *text, size_t length,
                 char warning[THEME_WARNING_SIZE])
{
    char problem[96] = "", line[LINE_BYTES_MAX];
    struct theme_lines lines = theme_lines(text, length);
    warning[0] = '\0';
    *theme = theme_builtin();
    while (theme_next_line(&lines, line, sizeof line, problem, sizeof problem)) {
        if (!parse_line(theme, line, problem, sizeof problem))
            break;
    }
    if (problem[0] != '\0') {
        *theme = theme_builtin();
        theme_warn(warning, name, lines.number, problem);
        return false;
    }
    text_copy(theme->name, sizeof theme->name, name);
    return true;
}

/* ---- files ---------------------------------------------------------------------------------------------------- */

/* Opens a regular file only: a theme named after a device or a pipe would make the start wait. */
static int open_theme(const char *name, const char *const *directories, char *path, size_t size)
{
    bool is_path = strchr(name, '/') != NULL;
    for (int i = 0; is_path ? i < 1 : directories != NULL && directories[i] != NULL; i++) {
        int length =
            is_path ? snprintf(path, size, "%s", name) : snprintf(path, size, "%s/%s.theme", directories[i], name);
        if (length < 0 || (size_t)length >= size)
            continue;
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd >= 0)
            return fd;
        if (errno != ENOENT && errno != ENOTDIR)
            return -1;
    }
    errno = ENOENT;
    return -1;
}

static bool is_base16(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot != NULL && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

bool theme_load(struct theme *theme, const char *name, const char *const *directories, char warning[THEME_WARNING_SIZE])
{
    char path[1024] = "";
    static const char fall_back[] = "using the built-in theme";
    warning[0] = '\0';
    *theme = theme_builtin();
    if (name == NULL || name[0] == '\0')
        return true;
    int fd = open_theme(name, directories, path, sizeof path);
    if (fd < 0) {
        if (errno == ENOENT && strcmp(name, theme->name) == 0)
            return true; /* the built-in theme needs no file */
        snprintf(warning, THEME_WARNING_SIZE, "Theme %.60s: %s; %s.", name,
                 errno == ENOENT ? "there is no such theme" : strerror(errno), fall_back);
        return false;
    }
    bool loaded = false;
    struct stat status;
    char *text = malloc(FILE_BYTES_MAX + 1);
    if (text == NULL || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > FILE_BYTES_MAX) {
        snprintf(warning, THEME_WARNING_SIZE, "Theme %.60s is not a file of at most 64 KB; %s.", name, fall_back);
        goto done;
    }
    ssize_t bytes = read(fd, text, FILE_BYTES_MAX);
    if (bytes < 0) {
        snprintf(warning, THEME_WARNING_SIZE, "Theme %.60s: %s; %s.", name, strerror(errno), fall_back);
        goto done;
    }
    loaded = is_base16(path) ? base16_parse(theme, name, text, (size_t)bytes, warning)
                             : theme_parse(theme, name, text, (size_t)bytes, warning);
done:
    text_copy(theme->path, sizeof theme->path, path); /* also of a broken one, which may be mended */
    free(text);
    close(fd);
    return loaded;
}

bool theme_name_after(const char *name, const char *const *directories, char *next, size_t size)
{
    char first[64] = "", after[64] = "";
    for (int i = 0; directories != NULL && directories[i] != NULL; i++) {
        DIR *directory = opendir(directories[i]);
        for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
            char *end = strstr(entry->d_name, ".theme");
            if (end == NULL || end[strlen(".theme")] != '\0' || (size_t)(end - entry->d_name) >= sizeof first)
                continue;
            *end = '\0';
            if (first[0] == '\0' || strcmp(entry->d_name, first) < 0)
                text_copy(first, sizeof first, entry->d_name);
            if (strcmp(entry->d_name, name) > 0 && (after[0] == '\0' || strcmp(entry->d_name, after) < 0))
                text_copy(after, sizeof after, entry->d_name);
        }
        if (directory != NULL)
            closedir(directory);
    }
    return text_copy(next, size, after[0] != '\0' ? after : first) && next[0] != '\0';
}
