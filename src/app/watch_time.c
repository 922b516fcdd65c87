/* Times as people type them. */
#include "app/watch_time.h"

#include <stdio.h>
#include <string.h>

#include "app/value.h"
#include "core/timestamp.h"

/* `-10m`; the whole text has to be one. */
static bool parse_distance(const char *text, int64_t *distance_ns)
{
    static const struct {
        char letter;
        int64_t ns;
    } UNITS[] = {{'s', NS_PER_SECOND}, {'m', 60 * NS_PER_SECOND}, {'h', 3600 * NS_PER_SECOND}, {'d', NS_PER_DAY}};
    int64_t number = 0;
    const char *at = text + 1;

    if (text[0] != '-' || *at < '0' || *at > '9')
        return false;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (__builtin_mul_overflow(number, 10, &number) || __builtin_add_overflow(number, *at - '0', &number))
            return false;
    }
    for (size_t i = 0; i < sizeof(UNITS) / sizeof(UNITS[0]); i++) {
        if (*at == UNITS[i].letter && at[1] == '\0')
            return !__builtin_mul_overflow(number, UNITS[i].ns, distance_ns);
    }
    return false;
}

/* `14:30` and `14:30:05`, as the end of a timestamp of that day. */
static bool parse_clock(const char *text, int64_t now_ns, int64_t *time_ns)
{
    char whole[TIMESTAMP_TEXT_SIZE];
    size_t length = strlen(text);

    if ((length != 5 && length != 8) || text[2] != ':')
        return false;
    timestamp_format(whole, now_ns);
    snprintf(strchr(whole, 'T') + 1, sizeof(whole) - 12, "%s%s", text, length == 5 ? ":00" : "");
    return timestamp_parse(whole, strlen(whole), time_ns);
}

int watch_time_parse(const char *text, int64_t now_ns, int64_t *time_ns, struct error *error)
{
    int64_t distance_ns;

    if (timestamp_parse(text, strlen(text), time_ns) || parse_clock(text, now_ns, time_ns))
        return 0;
    if (parse_distance(text, &distance_ns) && !__builtin_sub_overflow(now_ns, distance_ns, time_ns))
        return 0;
    return error_set(error, ERROR_USAGE,
                     "'%.60s' is no time; give 2026-11-23T14:30:00Z, 14:30 or 14:30:05 (today, UTC), or -10m, -2h, -1d",
                     text);
}

int watch_time_parse_bound(const char *text, int64_t now_ns, struct replay_bound *bound, struct error *error)
{
    if (text[0] != '\0' && strspn(text, "0123456789") == strlen(text)) {
        bound->kind = REPLAY_SEQUENCE;
        return value_parse_count(text, INT64_MAX, &bound->sequence, error);
    }
    bound->kind = REPLAY_TIME;
    return watch_time_parse(text, now_ns, &bound->time_ns, error);
}
