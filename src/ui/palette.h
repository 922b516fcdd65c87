/* A theme on this terminal: for each role and ground the attributes and the colour pair that curses wants. Screen
 * thread, between newterm and endwin. */
#ifndef UI_PALETTE_H
#define UI_PALETTE_H

#include <stdbool.h>

#include "ui/theme.h"

enum palette_depth { PALETTE_MONO, PALETTE_8, PALETTE_16, PALETTE_256, PALETTE_DIRECT };

struct palette_cell {
    unsigned attributes; /* curses' attr_t without a pair */
    int pair;
};

struct palette {
    struct palette_cell cells[ROLE_COUNT][GROUND_COUNT];
    enum palette_depth depth;
    int pairs; /* how many were defined */
};

/* The terminal type to open: `term` itself, or one with direct colours when `term` is a usual one, the terminal says
 * that it shows 24 bits (COLORTERM) and the description is installed. */
const char *palette_terminal_type(const char *term);

/* Chooses the depth from the terminal and the environment (NO_COLOR, COLORTERM) and defines the pairs. */
void palette_init(struct palette *palette, const struct theme *theme);

const char *palette_depth_name(enum palette_depth depth);

#endif
