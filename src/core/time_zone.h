/* How far the clocks of a place are from UTC, by the rule that POSIX writes in TZ: EST5EDT,M3.2.0,M11.1.0 is New York.
 * The rule holds for all times; what a place did before its present rule is not known. Needs neither the environment
 * nor files of the system. Pure. */
#ifndef CORE_TIME_ZONE_H
#define CORE_TIME_ZONE_H

#include <stdbool.h>
#include <stdint.h>

/* When summer time begins or ends: month 1 to 12, week 1 to 5 (5: the last), weekday 0 (Sunday) to 6, and the time in
 * seconds on the clock that is in force until then. */
struct time_zone_change {
    int month, week, weekday;
    int32_t seconds;
};

/* Offsets in seconds, positive east of Greenwich. All zero is UTC. */
struct time_zone {
    int32_t offset, summer_offset;
    bool has_summer;
    struct time_zone_change summer_begins, summer_ends;
};

/* Reads `UTC`, an offset (`+01:00`, `-05:30`) or a rule of TZ, whose changes are of the form Mm.w.d[/time]. False for
 * anything else. */
bool time_zone_parse(const char *text, struct time_zone *zone);

/* What the clocks there show, as if it were UTC; and the other way round. A time that summer time leaves out, or has
 * twice, is taken by the clock of the winter. */
int64_t time_zone_local_ns(const struct time_zone *zone, int64_t utc_ns);
int64_t time_zone_utc_ns(const struct time_zone *zone, int64_t local_ns);

#endif
