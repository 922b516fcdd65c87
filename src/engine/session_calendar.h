/* When exchanges trade: the calendars by which day orders expire. Filled once from the configuration's sections
 * [session.EXCHANGE], read afterwards. Pure.
 *
 * A calendar only says when a session ends; whether something can be filled now is said by the quotes. */
#ifndef ENGINE_SESSION_CALENDAR_H
#define ENGINE_SESSION_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/quote.h"
#include "core/time_zone.h"

enum { SESSION_CALENDARS_MAX = 32, SESSION_DATES_MAX = 64 };

/* Dates, as days since 1970-01-01. */
struct session_dates {
    int32_t days[SESSION_DATES_MAX];
    size_t count;
};

struct session_calendar {
    char exchange[EXCHANGE_SIZE]; /* upper case */
    struct time_zone zone;
    unsigned weekdays; /* on which a session opens: 1 << weekday, Sunday is 0; 0: the exchange never closes */
    int32_t open, close, early_close; /* seconds of the local day; a close not after the open is on the next day */
    struct session_dates holidays;    /* on which none opens */
    struct session_dates early;       /* on which it closes early */
};

struct session_calendars {
    struct session_calendar items[SESSION_CALENDARS_MAX];
    size_t count;
};

/* What is built in for New York. The exchange names its holidays years ahead; days that are not listed close as
 * usual. */
#define SESSION_NEW_YORK_ZONE "EST5EDT,M3.2.0,M11.1.0"
#define SESSION_NEW_YORK_HOLIDAYS                                                                                      \
    "2026-01-01 2026-01-19 2026-02-16 2026-04-03 2026-05-25 2026-06-19 2026-07-03 2026-09-07 2026-11-26 2026-12-25 "   \
    "2027-01-01 2027-01-18 2027-02-15 2027-03-26 2027-05-31 2027-06-18 2027-07-05 2027-09-06 2027-11-25 2027-12-24 "   \
    "2028-01-17 2028-02-21 2028-04-14 2028-05-29 2028-06-19 2028-07-04 2028-09-04 2028-11-23 2028-12-25"
#define SESSION_NEW_YORK_EARLY "2026-11-27 2026-12-24 2027-11-26 2028-07-03 2028-11-24"

/* NYSE and NASDAQ, with their holidays of 2026 to 2028; any other exchange never closes. */
void session_calendars_init(struct session_calendars *calendars);

/* Sets one key of an exchange's calendar; -1 for an unknown key or a bad value (ERROR_USAGE), and when there are more
 * than SESSION_CALENDARS_MAX. An exchange that is new closes at midnight from Monday to Friday, in UTC, without
 * holidays.
 *
 *   zone          UTC, an offset such as +01:00, or a rule such as EST5EDT,M3.2.0,M11.1.0 (core/time_zone.h)
 *   days          mon-fri, or days and spans separated by commas; always: it never closes
 *   open, close   09:30; 24:00 is the end of the day
 *   early_close   the same, on the days of `early`
 *   holidays      dates such as 2026-11-26, separated by spaces; none: no day
 *   early         the same */
int session_calendars_set(struct session_calendars *calendars, const char *exchange, const char *key, const char *value,
                          struct error *error);

/* The end of the session that holds this time, or of the next one when it lies between two; INT64_MAX on an exchange
 * that never closes. */
int64_t session_close_ns(const struct session_calendars *calendars, const char *exchange, int64_t time_ns);

#endif
