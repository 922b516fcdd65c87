#include "feed/csv.h"

#include <string.h>

#include "core/decimal.h"
#include "core/timestamp.h"
#include "feed/format_ops.h"

size_t csv_split(const char *line, size_t length, struct csv_field *fields, size_t most)
{
    size_t count = 0;
    const char *end = line + length;
    for (const char *at = line;;) {
        const char *comma = memchr(at, ',', (size_t)(end - at)), *stop = comma == NULL ? end : comma;
        if (count < most)
            fields[count] = (struct csv_field){.text = at, .length = (size_t)(stop - at)};
        count++;
        if (comma == NULL)
            return count;
        at = comma + 1;
    }
}

bool csv_is(const struct csv_field *field, const char *text)
{
    return field->length == strlen(text) && memcmp(field->text, text, field->length) == 0;
}

bool csv_decimal(const struct csv_field *field, int decimals, int64_t *number)
{
    return decimal_parse(field->text, field->length, decimals, number) && *number >= 0;
}

static bool is_name_byte(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '/';
}

bool csv_name(const struct csv_field *field, char *out, size_t size)
{
    if (field->length == 0 || field->length >= size)
        return false;
    for (size_t i = 0; i < field->length; i++) {
        if (!is_name_byte(field->text[i]))
            return false;
    }
    memcpy(out, field->text, field->length);
    out[field->length] = '\0';
    return true;
}

bool csv_time(const struct csv_field *field, int64_t *time_ns)
{
    enum { DATE_LENGTH = 10, LONGEST = 40 };
    static const char UTC[] = "+00:00";
    char text[LONGEST];
    size_t length = field->length;
    if (memchr(field->text, ':', length) == NULL)
        return csv_decimal(field, 0, time_ns) && format_is_time(*time_ns);
    if (length <= DATE_LENGTH || length >= LONGEST)
        return false;
    memcpy(text, field->text, length);
    if (text[DATE_LENGTH] == ' ')
        text[DATE_LENGTH] = 'T';
    if (length > sizeof UTC - 1 && memcmp(text + length - (sizeof UTC - 1), UTC, sizeof UTC - 1) == 0)
        length -= sizeof UTC - 1;
    return timestamp_parse(text, length, time_ns) && format_is_time(*time_ns);
}
