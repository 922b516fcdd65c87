/* Watches the fills of ORDERS for what must not happen: a fill of an order that was over, more than was ordered, an
 * order that nobody knows or that it does not belong to, a fill before which one is missing. Pure; one thread owns a
 * watch.
 *
 * Such a fill is an event and not a condition: its alert is named after the execution, stands until somebody has
 * acknowledged it, and is cleared then. */
#ifndef ENGINE_FILL_WATCH_H
#define ENGINE_FILL_WATCH_H

#include <stdint.h>

#include "core/event.h"
#include "core/pack.h"
#include "engine/proposals.h"

struct fill_watch;

struct fill_watch *fill_watch_create(void);
void fill_watch_destroy(struct fill_watch *watch); /* NULL is allowed */

/* Folds an event of RISK (which alerts stand, who acknowledged) or of ORDERS. */
void fill_watch_fold(struct fill_watch *watch, const struct event *event);

/* Proposes the alerts that are not on the tape, and clears those that were acknowledged. A fill stored more than a day
 * before `wall_ns` is history: its alert may have aged out of RISK, and is not raised again. */
void fill_watch_decide(const struct fill_watch *watch, int64_t wall_ns, struct proposals *out);

/* For snapshots; into a fresh watch. -1: what was read cannot be. */
void fill_watch_save(const struct fill_watch *watch, struct pack *pack);
int fill_watch_load(struct fill_watch *watch, struct pack *pack);

#endif
