/* See time_zone.h. Read from left to right: name, offset, name, offset, beginning, end. */
#include "core/time_zone.h"

#include <ctype.h>
#include <string.h>

#include "core/timestamp.h"

enum { HOUR = 3600, DAYS_PER_WEEK = 7, EPOCH_WEEKDAY = 4 /* 1970-01-01 was a Thursday */ };

static bool take(const char **at, char character)
{
    if (**at != character)
        return false;
    (*at)++;
    return true;
}

static bool take_number(const char **at, int lowest, int highest, int *number)
{
    int value = 0;
    const char *start = *at;
    while (isdigit((unsigned char)**at) && value <= highest)
        value = value * 10 + (*(*at)++ - '0');
    *number = value;
    return *at > start && value >= lowest && value <= highest;
}

/* [+-]hh[:mm[:ss]], at most 167 hours. */
static bool take_time(const char **at, int32_t *seconds)
{
    bool is_negative = take(at, '-');
    int hours, minutes = 0, rest = 0;
    if (!is_negative)
        take(at, '+');
    if (!take_number(at, 0, 167, &hours))
        return false;
    if (take(at, ':') && (!take_number(at, 0, 59, &minutes) || (take(at, ':') && !take_number(at, 0, 59, &rest))))
        return false;
    *seconds = hours * HOUR + minutes * 60 + rest;
    if (is_negative)
        *seconds = -*seconds;
    return true;
}

/* Three letters or more, or anything between < and >. */
static bool take_name(const char **at)
{
    const char *start = *at;
    if (take(at, '<')) {
        while (isalnum((unsigned char)**at) || **at == '+' || **at == '-')
            (*at)++;
        return take(at, '>');
    }
    while (isalpha((unsigned char)**at))
        (*at)++;
    return *at - start >= 3;
}

/* ,Mm.w.d[/time]; two in the morning without a time. */
static bool take_change(const char **at, struct time_zone_change *change)
{
    change->seconds = 2 * HOUR;
    return take(at, ',') && take(at, 'M') && take_number(at, 1, 12, &change->month) && take(at, '.') &&
           take_number(at, 1, 5, &change->week) && take(at, '.') && take_number(at, 0, 6, &change->weekday) &&
           (!take(at, '/') || take_time(at, &change->seconds));
}

static bool read_rule(const char *at, struct time_zone *zone)
{
    int32_t west;
    if (!take_name(&at) || !take_time(&at, &west))
        return false;
    zone->offset = -west;
    if (*at == '\0')
        return true;
    zone->has_summer = true;
    zone->summer_offset = zone->offset + HOUR;
    if (!take_name(&at))
        return false;
    if (*at != ',') {
        if (!take_time(&at, &west))
            return false;
        zone->summer_offset = -west;
    }
    return take_change(&at, &zone->summer_begins) && take_change(&at, &zone->summer_ends) && *at == '\0';
}

bool time_zone_parse(const char *text, struct time_zone *zone)
{
    *zone = (struct time_zone){0};
    if (strcmp(text, "UTC") == 0)
        return true;
    const char *at = text;
    if (*at == '+' || *at == '-')
        return take_time(&at, &zone->offset) && *at == '\0';
    return read_rule(at, zone);
}

/* When the clocks change in this year, in UTC; `offset` is in force until then. */
static int64_t change_ns(const struct time_zone_change *change, int year, int32_t offset)
{
    int64_t first = timestamp_of_date(year, change->month, 1) / NS_PER_DAY;
    int64_t next = change->month == 12 ? timestamp_of_date(year + 1, 1, 1) / NS_PER_DAY
                                       : timestamp_of_date(year, change->month + 1, 1) / NS_PER_DAY;
    int64_t weekday = ((first + EPOCH_WEEKDAY) % DAYS_PER_WEEK + DAYS_PER_WEEK) % DAYS_PER_WEEK;
    int64_t day = first + (change->weekday - weekday + DAYS_PER_WEEK) % DAYS_PER_WEEK;
    day += (change->week - 1) * DAYS_PER_WEEK;
    while (day >= next)
        day -= DAYS_PER_WEEK;
    return day * NS_PER_DAY + (change->seconds - offset) * NS_PER_SECOND;
}

static int32_t offset_at(const struct time_zone *zone, int64_t utc_ns)
{
    if (!zone->has_summer)
        return zone->offset;
    int year = timestamp_year(utc_ns + zone->offset * NS_PER_SECOND);
    int64_t begins_ns = change_ns(&zone->summer_begins, year, zone->offset);
    int64_t ends_ns = change_ns(&zone->summer_ends, year, zone->summer_offset);
    /* South of the equator it is summer at both ends of the year. */
    bool is_summer =
        begins_ns < ends_ns ? utc_ns >= begins_ns && utc_ns < ends_ns : utc_ns >= begins_ns || utc_ns < ends_ns;
    return is_summer ? zone->summer_offset : zone->offset;
}

int64_t time_zone_local_ns(const struct time_zone *zone, int64_t utc_ns)
{
    return utc_ns + offset_at(zone, utc_ns) * NS_PER_SECOND;
}

int64_t time_zone_utc_ns(const struct time_zone *zone, int64_t local_ns)
{
    int64_t winter_ns = local_ns - zone->offset * NS_PER_SECOND;
    int64_t summer_ns = local_ns - zone->summer_offset * NS_PER_SECOND;
    bool is_winter = !zone->has_summer || offset_at(zone, winter_ns) == zone->offset;
    return is_winter || offset_at(zone, summer_ns) != zone->summer_offset ? winter_ns : summer_ns;
}
