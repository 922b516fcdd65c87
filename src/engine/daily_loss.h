/* What an account has lost since its session started: realized plus unrealized, as if everything were traded out now,
 * minus fees, against the profit with which the session started. Pure; one thread owns a state. */
#ifndef ENGINE_DAILY_LOSS_H
#define ENGINE_DAILY_LOSS_H

#include <stdint.h>

#include "core/event.h"
#include "core/instrument.h"
#include "engine/positions.h"
#include "engine/quotes.h"
#include "engine/rates.h"

struct daily_loss;

/* All must outlive it. */
struct daily_loss *daily_loss_create(const struct positions *positions, const struct quotes *quotes,
                                     const struct instruments *instruments, const struct rates *rates);
void daily_loss_destroy(struct daily_loss *loss); /* NULL is allowed */

/* To be called when positions or quotes were folded: finds out which market marks which position. */
void daily_loss_follow(struct daily_loss *loss);

/* Folds an exposure from RISK: it tells with which profit the session started. Until there is one, the whole profit of
 * the account counts. */
void daily_loss_fold(struct daily_loss *loss, const struct exposure *exposure);

/* Money in 1e-17, in the base currency; negative for a profit. `time_ns` (stored time) says which session it is;
 * `stale_after_ns` is the age up to which a quote is fresh. */
int128 daily_loss_of(const struct daily_loss *loss, const char *account, int64_t time_ns, int64_t monotonic_ns,
                     int64_t stale_after_ns);

#endif
