/* What stands where on the screen, for the mouse: each widget notes, as it draws, what a place of it means. A frame
 * begins with none. Screen thread. */
#ifndef UI_HITS_H
#define UI_HITS_H

#include <stdint.h>

#include "ui/layout.h"

enum hit_kind {
    HIT_PANE,     /* number: a pane of the deck */
    HIT_ROW,      /* number: the place in the list that is drawn there */
    HIT_COLUMN,   /* number: the column of the screen's list whose title it is */
    HIT_VIEW,     /* number: the screen whose name it is */
    HIT_KEY,      /* number: the key that is named there, by its place in the table of keys */
    HIT_PRICE,    /* value: the price of a ladder's row; number: its side */
    HIT_QUANTITY, /* value */
    HIT_MARKET,   /* number: an instrument that stands there, by its market */
};

struct hit {
    struct area area; /* of the whole screen */
    enum hit_kind kind;
    int number;
    int64_t value;
};

enum { HITS_MAX = 1024 };

struct hits {
    int count;
    struct hit items[HITS_MAX];
};

/* `hits` may be NULL here: then nobody clicks. What is beyond HITS_MAX is left out. `area` is cut out of `around`: its
 * place is relative to it. */
void hits_clear(struct hits *hits);
void hits_add(struct hits *hits, struct area around, struct area area, enum hit_kind kind, int number, int64_t value);

/* What was drawn there last, of this kind; NULL when nothing was. */
const struct hit *hits_find(const struct hits *hits, enum hit_kind kind, int row, int col);

#endif
