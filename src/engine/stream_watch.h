/* The watch over the streams themselves, a part of the risk rules: a critical alert for each stream that has vanished
 * or takes nothing more, and the halt of trading that belongs to it. Pure; one thread owns a watch, zeroed at first. */
#ifndef ENGINE_STREAM_WATCH_H
#define ENGINE_STREAM_WATCH_H

#include <stdint.h>

#include "core/event.h"
#include "engine/hold.h"
#include "engine/proposals.h"

enum stream_rule { STREAM_RULE_GONE, STREAM_RULE_FULL, STREAM_RULES };

struct stream_watch {
    struct hold hold;                                /* set by the owner whenever it changes */
    struct alert alerts[STREAM_RULES][TAPE_STREAMS]; /* the newest of each; alert_id "": there was none */
};

/* Folds an event of RISK. */
void stream_watch_fold(struct stream_watch *watch, const struct event *event);

/* Proposes what is missing: an alert raised or cleared, a halt of all accounts. */
void stream_watch_decide(const struct stream_watch *watch, int64_t wall_ns, struct proposals *out);

#endif
