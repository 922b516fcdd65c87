/* Where a look into the past begins or ends: what --from and --to of `tapedeck watch` say. Pure. */
#ifndef APP_WATCH_TIME_H
#define APP_WATCH_TIME_H

#include <stdint.h>

#include "bus/replay.h"
#include "core/error.h"

/* A timestamp (2026-11-23T14:30:00Z), a clock time of the UTC day that holds `now_ns` (14:30, 14:30:05), or a distance
 * back from `now_ns` (-90s, -10m, -2h, -1d). -1 (ERROR_USAGE) for anything else, also for a time that int64 nanoseconds
 * cannot hold. */
int watch_time_parse(const char *text, int64_t now_ns, int64_t *time_ns, struct error *error);

/* Such a time, or the sequence of a message: a whole number from 1 on. */
int watch_time_parse_bound(const char *text, int64_t now_ns, struct replay_bound *bound, struct error *error);

#endif
