/* The ladder of one instrument: which price stands in which row, and what is at each price. Pure.
 *
 * A ladder is filled anew for every frame; what stays is its place, the price in its middle, so that a price keeps its
 * row while the market moves. Prices are 1e-9, quantities 1e-8. A row stands for one `step` of prices: a buy belongs to
 * the row at or below its price, a sale to the one at or above it. */
#ifndef UI_LADDER_H
#define UI_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/depth.h"
#include "core/quote.h"

enum { LADDER_ROWS_MAX = 128 };

/* One side of a row. */
struct ladder_cell {
    int64_t size;  /* displayed there; 0: nothing is; DECIMAL_NONE: nobody knows */
    int64_t ours;  /* open quantity of our orders */
    int64_t queue; /* estimate of what is in front of the first of them; DECIMAL_NONE: unknown */
    int orders;    /* of ours */
    bool pending;  /* one of them waits for an answer */
    bool unknown;  /* the fate of one of them is not known */
    bool stop;     /* one of them is a stop, which is not in the market yet */
};

struct ladder_row {
    int64_t price;
    struct ladder_cell buy, sell;
    int64_t volume;      /* traded there */
    bool traded_last;    /* the last trade was here */
    bool is_average;     /* the position's average price is here */
    bool in_touch;       /* at the best bid or ask, or between them */
    bool is_bid, is_ask; /* the best ones */
};

struct ladder {
    int64_t step;
    int count;
    int orders_above, orders_below; /* ours whose price has no row */
    int64_t volume_max;             /* the most in one row */
    struct ladder_row rows[LADDER_ROWS_MAX];
};

/* An order of ours. */
struct ladder_order {
    enum side side;
    int64_t price, quantity, queue;
    bool pending, unknown, stop;
};

/* What stays from frame to frame. */
struct ladder_place {
    bool placed;
    bool scrolled;  /* the user left the market; it is not followed until it is in view again */
    int64_t centre; /* the price in row rows / 2 */
    int64_t step;
    int rows;
};

enum ladder_move {
    LADDER_STAYS,
    LADDER_PLACED,   /* put around the market for the first time, or with another step */
    LADDER_FOLLOWED, /* the market had left the view */
};

/* The price of the row that a price belongs to. */
int64_t ladder_round(int64_t price, int64_t step, enum side side);

/* Keeps the place, or puts the market into its middle when it has left the view by itself. `step` is above 0, `rows` is
 * cut to LADDER_ROWS_MAX. */
enum ladder_move ladder_follow(struct ladder_place *place, int64_t step, int rows, int64_t bid, int64_t ask);

/* Puts the market into the middle. */
void ladder_centre(struct ladder_place *place, int64_t bid, int64_t ask);

/* Scrolls just as far as a price needs to be in view. */
void ladder_reveal(struct ladder_place *place, int64_t price);

/* The prices of the first row and of the last one. */
int64_t ladder_top(const struct ladder_place *place);
int64_t ladder_bottom(const struct ladder_place *place);

/* True when a row of this price is in view. */
bool ladder_shows(const struct ladder_place *place, int64_t price);

/* Empty rows; the first one has the highest price. */
void ladder_begin(struct ladder *ladder, const struct ladder_place *place);

/* The best bid and ask are those of the quote, which is the newer; the levels behind them are those of the depth (NULL:
 * there is none, and nobody knows). */
void ladder_put_market(struct ladder *ladder, const struct quote *quote, const struct depth *depth);
void ladder_put_order(struct ladder *ladder, const struct ladder_order *order);
void ladder_put_volume(struct ladder *ladder, int64_t price, int64_t volume);
void ladder_put_last(struct ladder *ladder, int64_t price);
void ladder_put_average(struct ladder *ladder, int64_t price);

#endif
