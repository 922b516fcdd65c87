/* Only the members that count are looked at; numbers are read from their text. */
#include "feed/members.h"

#include <string.h>

#include "core/decimal.h"
#include "core/text.h"
#include "core/timestamp.h"

#define TIME_LEAST_NS (INT64_C(1000000000) * NS_PER_SECOND)
#define TIME_MOST_NS  (INT64_C(4102444800) * NS_PER_SECOND)

static size_t index_of(const struct json_value *key, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        /* Most differ in the first letter already. */
        if (key->length > 0 && names[i][0] == key->text[0] && strncmp(names[i], key->text, key->length) == 0 &&
            names[i][key->length] == '\0')
            return i;
    }
    return count;
}

bool members_read(const char *text, size_t length, const char *const *names, struct json_value *values, size_t count,
                  const char **problem)
{
    memset(values, 0, count * sizeof *values);
    struct json_reader reader;
    struct json_value key, value;
    json_reader_init(&reader, text, length);
    while (json_reader_next(&reader, &key, &value)) {
        size_t index = index_of(&key, names, count);
        if (index == count)
            continue;
        if (values[index].text != NULL) {
            *problem = "a member stands twice";
            return false;
        }
        values[index] = value;
    }
    if (reader.problem != NULL)
        *problem = reader.problem;
    return reader.problem == NULL;
}

static bool is_plain(const struct json_value *value)
{
    return value->text != NULL && (value->type == JSON_STRING || value->type == JSON_NUMBER);
}

bool member_decimal(const struct json_value *value, int decimals, int64_t *number)
{
    return is_plain(value) && decimal_parse(value->text, value->length, decimals, number) && *number >= 0;
}

bool member_level_price(const struct json_value *value, int64_t *price)
{
    int64_t whole;
    if (member_decimal(value, PRICE_DECIMALS, price))
        return true;
    if (!is_plain(value))
        return false;
    const char *point = memchr(value->text, '.', value->length);
    size_t length = point == NULL ? value->length : (size_t)(point - value->text);
    if (!decimal_parse(value->text, length, 0, &whole) || whole < INT64_MAX / PRICE_ONE)
        return false;
    *price = MARKET_PRICE_FAR;
    return true;
}

bool member_whole(const struct json_value *value, int64_t *number)
{
    return is_plain(value) && value->length > 0 && value->text[0] != '-' &&
           memchr(value->text, '.', value->length) == NULL && decimal_parse(value->text, value->length, 0, number);
}

int member_decimals(const struct json_value *value)
{
    const char *point = memchr(value->text, '.', value->length);
    return point == NULL ? 0 : (int)(value->text + value->length - point - 1);
}

bool member_symbol(const struct json_value *value, char symbol[SYMBOL_SIZE])
{
    char text[SYMBOL_SIZE];
    size_t length;
    if (value->text == NULL || value->type != JSON_STRING || !json_unescape(value, text, sizeof text, &length))
        return false;
    /* What had to be cleaned is no symbol. */
    return length > 0 && text_clean(symbol, SYMBOL_SIZE, text, length) == length;
}

bool member_time(const struct json_value *value, int64_t *time_ns)
{
    return value->text != NULL && value->type == JSON_STRING && timestamp_parse(value->text, value->length, time_ns);
}

bool member_time_ms(const struct json_value *value, int64_t *time_ns)
{
    int64_t time_ms;
    if (!member_whole(value, &time_ms) || time_ms < TIME_LEAST_NS / NS_PER_MS || time_ms > TIME_MOST_NS / NS_PER_MS)
        return false;
    *time_ns = time_ms * NS_PER_MS;
    return true;
}

void member_text(const struct json_value *value, char *out, size_t size)
{
    char text[1024];
    size_t length;
    out[0] = '\0';
    if (value->text != NULL && json_unescape(value, text, sizeof text, &length))
        text_clean(out, size, text, length);
}

bool member_trade_id(const struct json_value *value, char id[TRADE_ID_SIZE])
{
    if (!is_plain(value) || !text_is_id(value->text, value->length, TRADE_ID_SIZE - 1))
        return false;
    memcpy(id, value->text, value->length);
    id[value->length] = '\0';
    return true;
}
