/* Turns what a source said into quotes as docs/wire.md wants them. Pure; one thread owns a normaliser. Nothing but
 * duplicates is dropped: what is odd is flagged (enum quote_condition) and passed on.
 *
 * A raw quote holds what one message said. `bid` and `ask` are DECIMAL_NONE when it had no price of that side; then
 * a size of 0 says that the side is empty, and DECIMAL_NONE that the message was not about it. `last` is DECIMAL_NONE
 * when no trade caused it. `seq` is the venue's number of the message, 0 where it has none. */
#ifndef FEED_NORMALISER_H
#define FEED_NORMALISER_H

#include <stddef.h>

#include "core/quote.h"

enum normaliser_verdict {
    NORMALISER_PUBLISH,   /* `quote` is complete */
    NORMALISER_HELD_BACK, /* not both sides have existed yet: the wire wants nothing */
    NORMALISER_DUPLICATE, /* says again what the instrument's last message of that kind said */
};

struct normaliser;

/* `source` goes into every quote. Never NULL: aborts when memory is out. */
struct normaliser *normaliser_create(const char *source);
void normaliser_destroy(struct normaliser *normaliser); /* NULL is allowed */

/* Completes a raw quote. A side that is empty repeats its last price with size 0; a message caused by a trade carries
 * the book as it was last; one that was not carries no `last…`. `volume`, on a message caused by a trade, is what
 * the message says, or else what was traded since the feed started or the UTC day began, whichever is later; absent
 * when it does not fit. `seq` is left 0: quotes are numbered where they leave (conflater.h), so that the numbers of
 * what was published have no holes. `index` counts the instruments in the order they are first seen, from 0.
 *
 * A duplicate has the same content as the last message of its kind (book or trade) of the instrument and the same
 * number (trade_id for trades, seq for books; where there is none, the same timestamp).
 *
 * An outlier is, while the instrument is open, a trade outside of the best prices or a mid of two sides that is more
 * than 3 % away from the last such price that was none, less than 10 s before. After ten outliers in a row the eleventh
 * is the market: it has moved. */
enum normaliser_verdict normaliser_apply(struct normaliser *normaliser, const struct quote *raw, struct quote *quote,
                                         size_t *index);

#endif
