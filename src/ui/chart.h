/* The chart of an instrument: its candles as they are or as a line, the volume below, round prices at the right and
 * round times at the bottom. On the deck and on the instrument screen. Screen thread. */
#ifndef UI_CHART_H
#define UI_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/candles.h"
#include "ui/layout.h"

struct ui;
struct instrument_view;

enum { CHART_ZOOMS = 4 };

/* What a person wants to see of it. Pieces of time go by their numbers, as in candles.h. */
struct chart_look {
    enum candles_period period;
    bool candles;     /* else a line */
    int zoom;         /* 0: as much as fits, to CHART_ZOOMS - 1: wide */
    int64_t end;      /* the one at the right edge; 0: it follows the market */
    int64_t cross;    /* the one under the crosshair; 0: there is none */
    int64_t shown_to; /* the one at the right edge, and how many: at the last frame */
    int shown;
};

/* Draws it into the area, which has no rule of its own. */
void chart_draw(struct ui *ui, struct area area, const struct instrument_view *view, struct chart_look *look);

/* Writes what is shown, of what it is made, and since when there is any; `note`, unless it is "", in place of that. */
void chart_describe(const struct instrument_view *view, const struct chart_look *look, const char *note, char *text,
                    size_t size);

/* Writes the numbers under the crosshair; "" when there is none. */
void chart_read_out(const struct instrument_view *view, const struct chart_look *look, char *text, size_t size);

#endif
