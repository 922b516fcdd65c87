/* Of YAML only what schemes are made of is read: lines of `key: value`. The colours are given to our roles as base16
 * itself uses them: 00 to 07 go from the background to the brightest text, 08 is red, 0A yellow, 0B green, 0D blue. */
#include "ui/base16.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"

enum { COLOURS = 16, LINE_BYTES_MAX = 512 };

/* clang-format off */
static const struct { int colour, background; unsigned attributes; } roles[ROLE_COUNT] = {
    [ROLE_TEXT] = {0x5, -1, 0},
    [ROLE_DIM] = {0x4, -1, 0},
    [ROLE_TITLE] = {0x6, -1, STYLE_BOLD},
    [ROLE_RULE] = {0x3, -1, 0},
    [ROLE_ACCENT] = {0xd, -1, STYLE_BOLD},
    [ROLE_HEADER] = {0x4, -1, 0},
    [ROLE_GAIN] = {0xb, -1, 0},
    [ROLE_LOSS] = {0x8, -1, 0},
    [ROLE_FLASH_UP] = {0xb, -1, STYLE_BOLD},
    [ROLE_FLASH_DOWN] = {0x8, -1, STYLE_BOLD},
    [ROLE_STALE] = {0x4, -1, STYLE_ITALIC},
    [ROLE_WARNING] = {0xa, -1, 0},
    [ROLE_CRITICAL] = {0x8, -1, STYLE_BOLD},
    [ROLE_UNKNOWN] = {0x9, -1, STYLE_BOLD},
    [ROLE_OK] = {0xb, -1, 0},
    [ROLE_KEY] = {0xd, -1, STYLE_BOLD},
    [ROLE_INPUT] = {0x0, 0xd, STYLE_BOLD},
    [ROLE_CHART] = {0xd, -1, 0},
    [ROLE_BANNER_PAPER] = {0x0, 0xd, STYLE_BOLD},
    [ROLE_BANNER_LIVE] = {0x0, 0x8, STYLE_BOLD},
    [ROLE_BANNER_REPLAY] = {0x0, 0xe, STYLE_BOLD},
    [ROLE_BANNER_HALTED] = {0x0, 0x8, STYLE_BOLD},
};
/* clang-format on */

static const int grounds[GROUND_COUNT] = {
    [GROUND_SCREEN] = 0x0, [GROUND_SELECTED] = 0x2, [GROUND_BAR] = 0x1, [GROUND_PANEL] = 0x1};

/* Without blanks around it, quotes, and a comment behind it. */
static char *bare_value(char *text)
{
    text += strspn(text, " \t");
    if (*text == '"' || *text == '\'') {
        char quote = *text++;
        char *end = strchr(text, quote);
        if (end != NULL)
            *end = '\0';
        return text;
    }
    char *comment = strstr(text, " #");
    if (comment != NULL)
        *comment = '\0';
    text[strcspn(text, " \t\r")] = '\0';
    return text;
}

/* The number behind `base` in a key like base0B; -1 for any other key. */
static int number_of(const char *key)
{
    if (strncasecmp(key, "base", 4) != 0 || strlen(key) != 6 || key[4] != '0' || !isxdigit((unsigned char)key[5]))
        return -1;
    return (int)strtol(key + 5, NULL, 16);
}

static bool read_line(char *line, int32_t colours[COLOURS], char *problem, size_t size)
{
    line += strspn(line, " \t");
    if (*line == '\0' || *line == '\r' || *line == '#' || strncmp(line, "---", 3) == 0)
        return true;
    char *colon = strchr(line, ':');
    if (colon == NULL) {
        snprintf(problem, size, "expected `key: value`");
        return false;
    }
    *colon = '\0';
    int number = number_of(bare_value(line));
    if (number < 0)
        return true;
    const char *value = bare_value(colon + 1);
    value += *value == '#';
    if (strlen(value) != 6 || strspn(value, "0123456789abcdefABCDEF") != 6) {
        snprintf(problem, size, "\"%.24s\" is no colour of six hexadecimal digits", value);
        return false;
    }
    colours[number] = (int32_t)strtol(value, NULL, 16);
    return true;
}

static void give_colours(struct theme *theme, const int32_t colours[COLOURS])
{
    for (int i = 0; i < ROLE_COUNT; i++) {
        theme->roles[i] = (struct style){
            .colour = colours[roles[i].colour],
            .background = roles[i].background < 0 ? COLOUR_UNSET : colours[roles[i].background],
            .attributes = roles[i].attributes,
        };
    }
    for (int i = 0; i < GROUND_COUNT; i++)
        theme->grounds[i] = colours[grounds[i]];
}

bool base16_parse(struct theme *theme, const char *name, const char *text, size_t length,
                  char warning[THEME_WARNING_SIZE])
{
    int32_t colours[COLOURS];
    char problem[96] = "";
    struct theme_lines lines = theme_lines(text, length);
    char line[LINE_BYTES_MAX];
    for (int i = 0; i < COLOURS; i++)
        colours[i] = COLOUR_UNSET;
    *theme = theme_builtin();
    warning[0] = '\0';
    while (theme_next_line(&lines, line, sizeof line, problem, sizeof problem)) {
        if (!read_line(line, colours, problem, sizeof problem))
            break;
    }
    for (int i = 0; i < COLOURS && problem[0] == '\0'; i++) {
        if (colours[i] == COLOUR_UNSET)
            snprintf(problem, sizeof problem, "base%02X is missing", (unsigned)i);
    }
    if (problem[0] != '\0') {
        theme_warn(warning, name, lines.number, problem);
        return false;
    }
    give_colours(theme, colours);
    text_copy(theme->name, sizeof theme->name, name);
    return true;
}
