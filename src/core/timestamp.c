/* Time as text. The calendar is the proleptic Gregorian one, computed with the well-known days-from-civil arithmetic
 * (years that begin in March, eras of 400 years), which needs no tables and no time zone of the system. */
#include "core/timestamp.h"

#include <string.h>

enum { SECONDS_PER_DAY = 86400, FIRST_YEAR = 1678, LAST_YEAR = 2261, WHOLE_LENGTH = 19 };

struct civil {
    int64_t year;
    int month, day;
};

/* Days since 1970-01-01. */
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static struct civil civil_from_days(int64_t days)
{
    int64_t shifted = days + 719468; /* not negative in the range of the years that fit */
    int64_t era = shifted / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month_from_march = (int)((5 * day_of_year + 2) / 153);
    int day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    int month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return (struct civil){year_of_era + era * 400 + (month <= 2), month, day};
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static bool read_digits(const char *text, int count, int *value)
{
    int sum = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        sum = sum * 10 + (text[i] - '0');
    }
    *value = sum;
    return true;
}

static void write_digits(char *text, int count, int64_t value)
{
    for (int i = count - 1; i >= 0; i--) {
        text[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

/* Reads the decimals of a second behind the point; they are to be 1 to 9. */
static bool read_fraction(const char *text, size_t digits, int *fraction_ns)
{
    if (digits < 1 || digits > 9 || !read_digits(text, (int)digits, fraction_ns)) {
        return false;
    }
    for (size_t i = digits; i < 9; i++) {
        *fraction_ns *= 10;
    }
    return true;
}

bool timestamp_parse(const char *text, size_t length, int64_t *time_ns)
{
    if (length > 0 && text[length - 1] == 'Z') {
        length--;
    }
    if (length < WHOLE_LENGTH || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
        text[16] != ':') {
        return false;
    }
    int year;
    int month;
    int day;
    int hour;
    int minute;
    int second;
    if (!read_digits(text, 4, &year) || !read_digits(text + 5, 2, &month) || !read_digits(text + 8, 2, &day) ||
        !read_digits(text + 11, 2, &hour) || !read_digits(text + 14, 2, &minute) ||
        !read_digits(text + 17, 2, &second)) {
        return false;
    }
    if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12 || day < 1 ||
        day > days_in_month(year, month) || hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    int fraction_ns = 0;
    if (length > WHOLE_LENGTH && (text[WHOLE_LENGTH] != '.' ||
                                  !read_fraction(text + WHOLE_LENGTH + 1, length - WHOLE_LENGTH - 1, &fraction_ns))) {
        return false;
    }
    int64_t seconds = days_from_civil(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second;
    *time_ns = seconds * NS_PER_SECOND + fraction_ns;
    return true;
}

/* The whole days of a time, rounded down also before 1970. */
static int64_t day_of(int64_t time_ns)
{
    int64_t day = time_ns / NS_PER_DAY;
    return time_ns % NS_PER_DAY < 0 ? day - 1 : day;
}

/* Nanoseconds since the start of the UTC day. */
static int64_t time_of_day(int64_t time_ns)
{
    int64_t rest = time_ns % NS_PER_DAY;
    return rest < 0 ? rest + NS_PER_DAY : rest;
}

static void write_clock(char *text, int64_t seconds)
{
    write_digits(text, 2, seconds / 3600);
    text[2] = ':';
    write_digits(text + 3, 2, seconds / 60 % 60);
    text[5] = ':';
    write_digits(text + 6, 2, seconds % 60);
}

size_t timestamp_format(char *text, int64_t time_ns)
{
    int64_t rest = time_of_day(time_ns);
    struct civil date = civil_from_days(day_of(time_ns));
    write_digits(text, 4, date.year);
    text[4] = '-';
    write_digits(text + 5, 2, date.month);
    text[7] = '-';
    write_digits(text + 8, 2, date.day);
    text[10] = 'T';
    write_clock(text + 11, rest / NS_PER_SECOND);
    text[WHOLE_LENGTH] = '.';
    write_digits(text + WHOLE_LENGTH + 1, 9, rest % NS_PER_SECOND);
    text[29] = 'Z';
    text[30] = '\0';
    return 30;
}

size_t timestamp_format_clock(char *text, int64_t time_ns)
{
    write_clock(text, time_of_day(time_ns) / NS_PER_SECOND);
    text[8] = '\0';
    return 8;
}

int64_t timestamp_of_date(int year, int month, int day)
{
    return days_from_civil(year, month, day) * NS_PER_DAY;
}

int timestamp_year(int64_t time_ns)
{
    return (int)civil_from_days(day_of(time_ns)).year;
}

int64_t timestamp_day_start(int64_t time_ns)
{
    return time_ns - time_of_day(time_ns);
}
