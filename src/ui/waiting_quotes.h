/* Quotes that were read and wait for the next frame of the market. All that follows from them (prices, marks, profit,
 * charts, the tape) changes together then and stands still between, so that no cell changes more often than such frames
 * come, however many quotes there are. Nothing is left out: each is folded, in order. Screen thread. */
#ifndef UI_WAITING_QUOTES_H
#define UI_WAITING_QUOTES_H

#include "ui/model.h"

struct waiting_quotes;

struct waiting_quotes *waiting_quotes_create(void);
void waiting_quotes_destroy(struct waiting_quotes *waiting); /* NULL is allowed */

/* Keeps a quote until it is folded with these times. When there are too many, the oldest are folded early. */
void waiting_quotes_put(struct waiting_quotes *waiting, struct model *model, const struct event *event, int64_t age_ns,
                        int64_t wall_ns, int64_t monotonic_ns);

/* Folds the oldest, some milliseconds' worth of them: a key may have come meanwhile. True when none waits any more. */
bool waiting_quotes_fold(struct waiting_quotes *waiting, struct model *model);

/* Forgets them. */
void waiting_quotes_drop(struct waiting_quotes *waiting);

#endif
