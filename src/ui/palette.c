/* Colours on the terminal. 24 bits are used where the terminal says that it has them: directly with a `-direct`
 * terminfo entry, or by redefining colours above the usual 16 that nobody else on this screen uses (curses gives the
 * terminal its own back at the end). Everywhere else the nearest of 256, 16 or 8 is taken. */
#include "ui/palette.h"

#include <ncurses.h>
#include <stdlib.h>
#include <string.h>

#include <term.h>

enum {
    PAIRS_MAX = ROLE_COUNT * GROUND_COUNT + 1,
    CHANGED_FIRST = 160, /* where redefined colours start; there are far fewer than 96 */
    CHANGED_LAST = 255,
};

struct builder {
    struct palette *palette;
    int32_t changed[CHANGED_LAST - CHANGED_FIRST + 1]; /* what the redefined colours are */
    struct {
        int foreground, background;
    } pairs[PAIRS_MAX];
};

static bool is_truecolor(void)
{
    const char *value = getenv("COLORTERM");
    return value != NULL && (strcmp(value, "truecolor") == 0 || strcmp(value, "24bit") == 0);
}

static enum palette_depth choose_depth(void)
{
    const char *no_color = getenv("NO_COLOR");
    if ((no_color != NULL && no_color[0] != '\0') || !has_colors() || start_color() == ERR || COLORS < 8)
        return PALETTE_MONO;
    if (COLORS > 256 && tigetflag("RGB") == 1)
        return PALETTE_DIRECT;
    if (COLORS >= 256)
        return is_truecolor() && can_change_color() ? PALETTE_CHANGED : PALETTE_256;
    return COLORS >= 16 ? PALETTE_16 : PALETTE_8;
}

const char *palette_depth_name(enum palette_depth depth)
{
    static const char *const names[] = {"no colours", "8 colours", "16 colours", "256 colours", "24 bit", "24 bit"};
    return names[depth];
}

static int redefined(struct builder *builder, int32_t rgb)
{
    struct palette *palette = builder->palette;
    for (int i = 0; i < palette->colours; i++) {
        if (builder->changed[i] == rgb)
            return CHANGED_FIRST + i;
    }
    int index = CHANGED_FIRST + palette->colours;
    if (index > CHANGED_LAST || init_extended_color(index, (rgb >> 16 & 0xff) * 1000 / 255,
                                                    (rgb >> 8 & 0xff) * 1000 / 255, (rgb & 0xff) * 1000 / 255) == ERR)
        return theme_nearest_256(rgb);
    builder->changed[palette->colours++] = rgb;
    return index;
}

/* The terminal's number for a theme's colour; `bold` is set when 8 colours need it to look bright. */
static int terminal_colour(struct builder *builder, int32_t colour, bool *bold)
{
    *bold = false;
    if (colour == COLOUR_DEFAULT || colour == COLOUR_UNSET)
        return -1;
    bool indexed = (colour & COLOUR_INDEX) != 0;
    int index = colour & 0xff;
    int32_t rgb = indexed ? theme_rgb_of_index(index) : colour;
    switch (builder->palette->depth) {
    case PALETTE_DIRECT:
        /* The first 8 numbers are the terminal's own colours there, not nearly black. */
        return rgb < 8 ? 0 : rgb;
    case PALETTE_CHANGED:
        return indexed ? index : redefined(builder, rgb);
    case PALETTE_256:
        return indexed ? index : theme_nearest_256(rgb);
    case PALETTE_16:
        return indexed && index < 16 ? index : theme_nearest_16(rgb);
    case PALETTE_8:
        if (indexed && index < 16) {
            *bold = index > 8;
            return index == 8 ? 7 : index & 7;
        }
        return theme_nearest_8(rgb, bold);
    case PALETTE_MONO:
        break;
    }
    return -1;
}

static int pair_of(struct builder *builder, int foreground, int background)
{
    struct palette *palette = builder->palette;
    for (int i = 1; i <= palette->pairs; i++) {
        if (builder->pairs[i].foreground == foreground && builder->pairs[i].background == background)
            return i;
    }
    int pair = palette->pairs + 1;
    if (pair >= PAIRS_MAX || pair >= COLOR_PAIRS || init_extended_pair(pair, foreground, background) == ERR)
        return 0;
    builder->pairs[pair].foreground = foreground;
    builder->pairs[pair].background = background;
    palette->pairs = pair;
    return pair;
}

static unsigned attributes_of(unsigned style)
{
    unsigned attributes = 0;
    if (style & STYLE_BOLD)
        attributes |= A_BOLD;
    if (style & STYLE_DIM)
        attributes |= A_DIM;
    if (style & STYLE_ITALIC)
        attributes |= A_ITALIC;
    if (style & STYLE_UNDERLINE)
        attributes |= A_UNDERLINE;
    if (style & STYLE_REVERSE)
        attributes |= A_REVERSE;
    return attributes;
}

/* Without colours the meanings are left with bold, dim and reverse. */
static unsigned mono_attributes(enum role role, enum ground ground, unsigned style)
{
    unsigned attributes = attributes_of(style & ~(unsigned)STYLE_DIM);
    if (role == ROLE_DIM || role == ROLE_STALE || role == ROLE_RULE || role == ROLE_HEADER)
        attributes = A_DIM;
    if (role >= ROLE_BANNER_PAPER || role == ROLE_INPUT || ground == GROUND_SELECTED)
        attributes = (attributes & ~(unsigned)A_DIM) | A_REVERSE;
    return attributes;
}

static struct palette_cell make_cell(struct builder *builder, const struct theme *theme, enum role role,
                                     enum ground ground)
{
    struct style style = theme->roles[role];
    enum palette_depth depth = builder->palette->depth;
    if (depth == PALETTE_MONO)
        return (struct palette_cell){.attributes = mono_attributes(role, ground, style.attributes)};
    bool own = style.background != COLOUR_UNSET;
    bool bold = false, unused;
    int background = terminal_colour(builder, own ? style.background : theme->grounds[ground], &unused);
    int foreground = terminal_colour(builder, style.colour, &bold);
    struct palette_cell cell = {.attributes = attributes_of(style.attributes) | (bold ? A_BOLD : 0)};
    if (foreground == background && foreground != -1) {
        /* Two colours that became one would hide the text: the ground's text colour is the way out. */
        foreground = terminal_colour(builder, theme->roles[ROLE_TEXT].colour, &bold);
        if (foreground == background)
            foreground = -1;
    }
    /* A selection that looks like the screen in few colours is no selection: then the whole row is reversed. */
    if (ground == GROUND_SELECTED && !own &&
        background == terminal_colour(builder, theme->grounds[GROUND_SCREEN], &unused)) {
        foreground = terminal_colour(builder, theme->roles[ROLE_TEXT].colour, &unused);
        cell.attributes = (cell.attributes & ~(unsigned)(A_BOLD | A_DIM)) | A_REVERSE;
    }
    /* Bold black is dark grey where bold means bright. */
    if (depth <= PALETTE_16 && foreground == 0)
        cell.attributes &= ~(unsigned)A_BOLD;
    cell.pair = pair_of(builder, foreground, background);
    return cell;
}

void palette_init(struct palette *palette, const struct theme *theme)
{
    struct builder builder = {.palette = palette};
    *palette = (struct palette){.depth = choose_depth()};
    if (palette->depth != PALETTE_MONO)
        use_default_colors();
    for (int role = 0; role < ROLE_COUNT; role++) {
        for (int ground = 0; ground < GROUND_COUNT; ground++)
            palette->cells[role][ground] = make_cell(&builder, theme, role, ground);
    }
}
