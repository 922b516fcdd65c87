/* See session_calendar.h: the keys of a calendar, and the search for the next close. */
#include "engine/session_calendar.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "core/timestamp.h"

enum { SECONDS_PER_DAY = 86400, DAYS_PER_WEEK = 7, EPOCH_WEEKDAY = 4 /* 1970-01-01 was a Thursday */ };

/* No exchange was ever closed for longer. */
enum { DAYS_SEARCHED = 400 };

static const char *const weekday_names[DAYS_PER_WEEK] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

static struct session_calendar *calendar_find(struct session_calendars *calendars, const char *exchange)
{
    for (size_t i = 0; i < calendars->count; i++)
        if (text_equal_nocase(calendars->items[i].exchange, exchange))
            return &calendars->items[i];
    return NULL;
}

static struct session_calendar *calendar_add(struct session_calendars *calendars, const char *exchange)
{
    if (calendars->count == SESSION_CALENDARS_MAX || !text_is_id(exchange, strlen(exchange), EXCHANGE_SIZE - 1))
        return NULL;
    struct session_calendar *calendar = &calendars->items[calendars->count++];
    *calendar = (struct session_calendar){.close = SECONDS_PER_DAY, .early_close = SECONDS_PER_DAY};
    for (size_t i = 0; exchange[i] != '\0'; i++)
        calendar->exchange[i] = (char)toupper((unsigned char)exchange[i]);
    for (int weekday = 1; weekday <= 5; weekday++)
        calendar->weekdays |= 1u << weekday;
    return calendar;
}

void session_calendars_init(struct session_calendars *calendars)
{
    static const char *const keys[][2] = {
        {"zone", SESSION_NEW_YORK_ZONE},
        {"open", "09:30"},
        {"close", "16:00"},
        {"holidays", SESSION_NEW_YORK_HOLIDAYS},
        {"early", SESSION_NEW_YORK_EARLY},
        {"early_close", "13:00"},
    };
    struct error error;
    *calendars = (struct session_calendars){0};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        session_calendars_set(calendars, "NYSE", keys[i][0], keys[i][1], &error);
        session_calendars_set(calendars, "NASDAQ", keys[i][0], keys[i][1], &error);
    }
}

static int weekday_named(const char *text, size_t length)
{
    for (int weekday = 0; weekday < DAYS_PER_WEEK; weekday++)
        if (length == 3 && strncasecmp(text, weekday_names[weekday], 3) == 0)
            return weekday;
    return -1;
}

static void add_span(unsigned *weekdays, int first, int last)
{
    *weekdays |= 1u << first;
    for (int weekday = first; weekday != last;) {
        weekday = (weekday + 1) % DAYS_PER_WEEK;
        *weekdays |= 1u << weekday;
    }
}

/* `mon-fri`, `mon,wed,sat-sun`; `always` is no day. */
static int set_weekdays(const char *key, const char *text, unsigned *weekdays, struct error *error)
{
    unsigned found = 0;
    const char *at = text_equal_nocase(text, "always") ? NULL : text;
    while (at != NULL) {
        at += strspn(at, " ");
        size_t length = strcspn(at, ",");
        const char *dash = memchr(at, '-', length);
        int first = weekday_named(at, dash == NULL ? length : (size_t)(dash - at));
        int last = dash == NULL ? first : weekday_named(dash + 1, (size_t)(at + length - dash - 1));
        if (first < 0 || last < 0)
            return error_set(error, ERROR_USAGE, "%s: \"%s\" are no days; write them like mon-fri, or always", key,
                             text);
        add_span(&found, first, last);
        at = at[length] == '\0' ? NULL : at + length + 1;
    }
    *weekdays = found;
    return 0;
}

/* `09:30`; `24:00` is the end of the day. */
static int set_clock(const char *key, const char *text, int32_t *seconds, struct error *error)
{
    bool is_good = strlen(text) == 5 && text[2] == ':';
    for (int i = 0; i < 5 && is_good; i++)
        is_good = i == 2 || isdigit((unsigned char)text[i]);
    int hours = is_good ? (text[0] - '0') * 10 + text[1] - '0' : 0;
    int minutes = is_good ? (text[3] - '0') * 10 + text[4] - '0' : 0;
    if (!is_good || minutes > 59 || hours * 60 + minutes > 24 * 60)
        return error_set(error, ERROR_USAGE, "%s: \"%s\" is no time of day; write one like 09:30", key, text);
    *seconds = (hours * 60 + minutes) * 60;
    return 0;
}

/* `2026-11-26 2026-12-25`, or `none`. */
static int set_dates(const char *key, const char *text, struct session_dates *dates, struct error *error)
{
    struct session_dates found = {.count = 0};
    const char *at = text_equal_nocase(text, "none") ? "" : text;
    for (at += strspn(at, " ,"); *at != '\0'; at += strspn(at, " ,")) {
        char midnight[32];
        int64_t time_ns;
        size_t length = strcspn(at, " ,");
        snprintf(midnight, sizeof midnight, "%.*sT00:00:00", (int)(length > 10 ? 0 : length), at);
        if (found.count == SESSION_DATES_MAX || !timestamp_parse(midnight, strlen(midnight), &time_ns))
            return error_set(error, ERROR_USAGE, "%s: \"%.*s\" is no date like 2026-11-26, or stands behind %d others",
                             key, length > 32 ? 32 : (int)length, at, SESSION_DATES_MAX);
        found.days[found.count++] = (int32_t)(time_ns / NS_PER_DAY);
        at += length;
    }
    *dates = found;
    return 0;
}

int session_calendars_set(struct session_calendars *calendars, const char *exchange, const char *key, const char *value,
                          struct error *error)
{
    struct session_calendar *calendar = calendar_find(calendars, exchange);
    if (calendar == NULL)
        calendar = calendar_add(calendars, exchange);
    if (calendar == NULL)
        return error_set(error, ERROR_USAGE, "\"%.32s\" does not name an exchange, or there are more than %d", exchange,
                         SESSION_CALENDARS_MAX);
    if (strcmp(key, "zone") == 0) {
        struct time_zone zone;
        if (!time_zone_parse(value, &zone))
            return error_set(error, ERROR_USAGE,
                             "%s: \"%s\" is neither UTC, an offset like +01:00, a rule like %s nor a zone of this "
                             "system",
                             key, value, SESSION_NEW_YORK_ZONE);
        calendar->zone = zone;
        return 0;
    }
    if (strcmp(key, "days") == 0)
        return set_weekdays(key, value, &calendar->weekdays, error);
    if (strcmp(key, "open") == 0)
        return set_clock(key, value, &calendar->open, error);
    if (strcmp(key, "close") == 0)
        return set_clock(key, value, &calendar->close, error);
    if (strcmp(key, "early_close") == 0)
        return set_clock(key, value, &calendar->early_close, error);
    if (strcmp(key, "holidays") == 0)
        return set_dates(key, value, &calendar->holidays, error);
    if (strcmp(key, "early") == 0)
        return set_dates(key, value, &calendar->early, error);
    return error_set(error, ERROR_USAGE, "%s is neither zone, days, open, close, early_close, holidays nor early", key);
}

static bool has_date(const struct session_dates *dates, int64_t day)
{
    for (size_t i = 0; i < dates->count; i++)
        if (dates->days[i] == day)
            return true;
    return false;
}

static bool opens_on(const struct session_calendar *calendar, int64_t day)
{
    int64_t weekday = ((day + EPOCH_WEEKDAY) % DAYS_PER_WEEK + DAYS_PER_WEEK) % DAYS_PER_WEEK;
    return (calendar->weekdays >> weekday & 1) != 0 && !has_date(&calendar->holidays, day);
}

/* When the session that opens on this day closes, in UTC. */
static int64_t close_of(const struct session_calendar *calendar, int64_t day)
{
    int32_t close = has_date(&calendar->early, day) ? calendar->early_close : calendar->close;
    if (close <= calendar->open)
        close += SECONDS_PER_DAY;
    return time_zone_utc_ns(&calendar->zone, day * NS_PER_DAY + close * NS_PER_SECOND);
}

int64_t session_close_ns(const struct session_calendars *calendars, const char *exchange, int64_t time_ns)
{
    const struct session_calendar *calendar = NULL;
    for (size_t i = 0; i < calendars->count && calendar == NULL; i++)
        if (text_equal_nocase(calendars->items[i].exchange, exchange))
            calendar = &calendars->items[i];
    if (calendar == NULL || calendar->weekdays == 0)
        return INT64_MAX;
    /* A session that opened yesterday may still be going on. */
    int64_t today = timestamp_day_start(time_zone_local_ns(&calendar->zone, time_ns)) / NS_PER_DAY;
    for (int64_t day = today - 1; day < today + DAYS_SEARCHED; day++) {
        if (!opens_on(calendar, day))
            continue;
        int64_t close_ns = close_of(calendar, day);
        if (time_ns < close_ns)
            return close_ns;
    }
    return INT64_MAX;
}
