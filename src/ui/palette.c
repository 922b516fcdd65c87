/* Colours on the terminal. 24 bits are used where the terminal says that it has them and its description has a way to
 * ask for them directly. Redefining the terminal's 256 colours would be another way, but multiplexers and some
 * terminals claim that they can and do not: the screen would be unreadable. Everywhere else the nearest of 256, 16 or 8
 * is taken. */
#include "ui/palette.h"

#include <ncurses.h>
#include <stdlib.h>
#include <string.h>

#include <term.h>

enum { PAIRS_MAX = ROLE_COUNT * GROUND_COUNT + 1 };

struct builder {
    struct palette *palette;
    struct {
        int foreground, background;
    } pairs[PAIRS_MAX];
};

static bool is_truecolor(void)
{
    const char *value = getenv("COLORTERM");
    return value != NULL && (strcmp(value, "truecolor") == 0 || strcmp(value, "24bit") == 0);
}

static bool is_direct(const char *type)
{
    int status = 0;
    if (setupterm(type, 1, &status) != OK)
        return false;
    bool direct = tigetflag("RGB") == 1 && tigetnum("colors") > 256;
    del_curterm(cur_term);
    return direct;
}

const char *palette_terminal_type(const char *term)
{
    /* For xterm's many relatives the description that has the least of its own and asks with semicolons, which all of
     * them understand; xterm-direct asks with colons, which some do not. tmux does, but leaves erased cells uncoloured.
     */
    static const char *const direct[][2] = {{"xterm-256color", "st-direct"}, {"tmux-256color", "tmux-direct"}};
    const char *no_color = getenv("NO_COLOR");
    if (!is_truecolor() || (no_color != NULL && no_color[0] != '\0'))
        return term;
    for (size_t i = 0; i < sizeof direct / sizeof direct[0]; i++) {
        if (strcmp(term, direct[i][0]) == 0 && is_direct(direct[i][1]))
            return direct[i][1];
    }
    return term;
}

static enum palette_depth choose_depth(void)
{
    const char *no_color = getenv("NO_COLOR");
    if ((no_color != NULL && no_color[0] != '\0') || !has_colors() || start_color() == ERR || COLORS < 8)
        return PALETTE_MONO;
    if (COLORS > 256 && tigetflag("RGB") == 1)
        return PALETTE_DIRECT;
    if (COLORS >= 256)
        return PALETTE_256;
    return COLORS >= 16 ? PALETTE_16 : PALETTE_8;
}

const char *palette_depth_name(enum palette_depth depth)
{
    static const char *const names[] = {"no colours", "8 colours", "16 colours", "256 colours", "24 bit"};
    return names[depth];
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
        return rgb < 8 ? 0x010101 : rgb;
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
    if (depth == PALETTE_16)
        foreground = theme_visible_16(foreground, background);
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
