/* What orders of one side find on the other side of the market: the touch of a quote, and behind it the levels of the
 * depth that are worse than the touch. The quote is the truth about the touch; depth comes at a rate of its own, and
 * only says what may lie behind. Our own fills use the levels up from the best on. Pure; a plain value. */
#ifndef ENGINE_BOOK_SIDE_H
#define ENGINE_BOOK_SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/depth.h"
#include "core/event.h"

enum { BOOK_SIDE_LEVELS = 1 + DEPTH_LEVELS };

struct book_side {
    enum side taker;                             /* whose orders take from it */
    struct depth_level levels[BOOK_SIDE_LEVELS]; /* best first; the touch's size may be DECIMAL_NONE: not known */
    size_t count;                                /* 0: nothing is displayed */
    int64_t used;                                /* of all levels together, from the best on */
    bool has_depth;                              /* the depth was looked for */
    bool is_claimed;                             /* by an order whose fill is not on the tape yet */
};

/* Of what is displayed, for one order. */
struct book_offer {
    int64_t quantity, price; /* of its next fill; 0: there is none */
    int64_t total;           /* with the fills that then follow at worse prices; 0 when the size is assumed */
    bool size_assumed;       /* the quote does not say how much there is */
    bool is_behind;          /* its next fill is behind the touch */
};

/* The touch alone; nothing of it is used. A side is made for every decision: levels that are not counted are left as
 * they are. */
void book_side_begin(struct book_side *side, const struct quote *quote, enum side taker);

/* Adds what lies behind the touch, to a side that has one whose size is known. Once. All levels then count in whole
 * lots: what is left of one after the lots that were used is not added up with that of the next. */
void book_side_add(struct book_side *side, const struct depth *depth, int64_t lot);

/* Of a quantity as much as is wanted; in whole lots, unless that is all. */
int64_t book_side_lots(int64_t quantity, int64_t wanted, int64_t lot);

/* What an order gets that wants so much, and goes to this price (DECIMAL_NONE: to any). */
struct book_offer book_side_offer(const struct book_side *side, int64_t limit_price, int64_t wanted, int64_t lot);

/* An order lays claim to an offer: to its next fill, and to those that follow when that one is on the tape. */
void book_side_claim(struct book_side *side, const struct book_offer *offer);

#endif
