/* One value of a message, by the type of its field. What is refused here is refused with the name of the field and
 * what is wrong with it, for the sentence ends in a dead letter and somebody has to repair the sender by it. */
#include "core/event_value.h"

#include <assert.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"

/* Larger than any field at six bytes for a character, so that what does not fit is too long for its field anyway. */
enum { UNESCAPED_SIZE = 1024 };

int event_value_bad(const struct field *field, const char *what, struct error *error)
{
    return error_set(error, ERROR_FAILED, "%s %s", field->name, what);
}

/* Makes the raw text of a string end within `longest` bytes, not inside an escape or a character. */
static void shorten(struct json_value *value, size_t longest)
{
    size_t at = 0;
    if (value->length <= longest) {
        return;
    }
    for (;;) { /* ends, since the text is longer than `longest` */
        const char *text = value->text + at;
        size_t unit = 1;
        if (*text == '\\') {
            unit = text[1] != 'u' ? 2 : (text[2] == 'd' || text[2] == 'D') && strchr("89abAB", text[3]) ? 12 : 6;
        } else {
            while (at + unit < value->length && ((unsigned char)text[unit] & 0xC0) == 0x80) {
                unit++;
            }
        }
        if (at + unit > longest) {
            break;
        }
        at += unit;
    }
    value->length = at;
}

static int read_text(const struct field *field, char *member, struct json_value value, struct error *error)
{
    if (value.type != JSON_STRING) {
        return event_value_bad(field, "is not a string", error);
    }
    if (!value.escaped) {
        text_clean(member, field->size, value.text, value.length);
        return 0;
    }
    char plain[UNESCAPED_SIZE];
    size_t length;
    shorten(&value, sizeof(plain) - 1);
    if (!json_unescape(&value, plain, sizeof(plain), &length)) {
        return event_value_bad(field, "has a wrong escape", error);
    }
    text_clean(member, field->size, plain, length);
    return 0;
}

static bool is_plain_ascii(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] < 0x20 || text[i] > 0x7E) {
            return false;
        }
    }
    return true;
}

/* Names must arrive as they were sent: two that were cut or cleaned could become one. */
static int read_name(const struct field *field, char *member, const struct json_value *value, struct error *error)
{
    if (value->type != JSON_STRING) {
        return event_value_bad(field, "is not a string", error);
    }
    if (value->length >= field->size) {
        return event_value_bad(field, "is too long", error);
    }
    if (value->length == 0 && field->presence != FIELD_OPTIONAL) {
        return event_value_bad(field, "is empty", error);
    }
    if (is_plain_ascii(value->text, value->length)) {
        memcpy(member, value->text, value->length);
        member[value->length] = '\0';
        return 0;
    }
    if (text_clean(member, field->size, value->text, value->length) != value->length ||
        memcmp(member, value->text, value->length) != 0) {
        return event_value_bad(field, "has characters that cannot be shown", error);
    }
    return 0;
}

static int read_id(const struct field *field, char *member, const struct json_value *value, struct error *error)
{
    if (value->type != JSON_STRING) {
        return event_value_bad(field, "is not a string", error);
    }
    bool request = field->type == FIELD_REQUEST_ID;
    if (!text_is_id(value->text, value->length, ID_SIZE - 1) || (request && value->length < 8)) {
        return event_value_bad(field,
                               request ? "is not 8 to 64 characters of A-Z a-z 0-9 _ -"
                                       : "is not 1 to 64 characters of A-Z a-z 0-9 _ -",
                               error);
    }
    memcpy(member, value->text, value->length);
    member[value->length] = '\0';
    return 0;
}

/* Why decimal_parse refused a text, for the sentence of the error. */
static const char *number_fault(const struct json_value *value, size_t decimals)
{
    const char *end = value->text + value->length;
    if (value->type == JSON_NUMBER &&
        (memchr(value->text, 'e', value->length) != NULL || memchr(value->text, 'E', value->length) != NULL)) {
        return "has an exponent; all digits are wanted";
    }
    const char *point = memchr(value->text, '.', value->length);
    while (point != NULL && end > point && end[-1] == '0') {
        end--;
    }
    if (point != NULL && (size_t)(end - point - 1) > decimals) {
        return decimals == PRICE_DECIMALS      ? "has more than 9 decimals"
               : decimals == QUANTITY_DECIMALS ? "has more than 8 decimals"
                                               : "has more than 17 decimals";
    }
    return value->type == JSON_NUMBER ? "does not fit" : "is not a decimal number that fits";
}

static bool is_number(const struct json_value *value)
{
    return value->type == JSON_NUMBER || value->type == JSON_STRING;
}

static int read_decimal(const struct field *field, char *member, const struct json_value *value, struct error *error)
{
    int decimals = field->type == FIELD_PRICE ? PRICE_DECIMALS : QUANTITY_DECIMALS;
    int64_t number;
    if (!is_number(value)) {
        return event_value_bad(field, "is not a number", error);
    }
    if (!decimal_parse(value->text, value->length, decimals, &number)) {
        return event_value_bad(field, number_fault(value, (size_t)decimals), error);
    }
    if (number < 0 && (field->type == FIELD_QUANTITY || field->type == FIELD_POSITIVE_QUANTITY)) {
        return event_value_bad(field, "is negative", error);
    }
    if (number == 0 && field->type == FIELD_POSITIVE_QUANTITY) {
        return event_value_bad(field, "is zero", error);
    }
    memcpy(member, &number, sizeof(number));
    return 0;
}

static int read_money(const struct field *field, char *member, const struct json_value *value, struct error *error)
{
    int128 money;
    if (!is_number(value)) {
        return event_value_bad(field, "is not a number", error);
    }
    if (!money_parse(value->text, value->length, &money)) {
        return event_value_bad(field, number_fault(value, MONEY_DECIMALS), error);
    }
    memcpy(member, &money, sizeof(money));
    return 0;
}

/* Reads digits without a leading zero. */
static bool parse_whole(const char *text, size_t length, uint64_t *value)
{
    uint64_t sum = 0;
    if (length == 0 || (length > 1 && text[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, (uint64_t)(text[i] - '0'), &sum)) {
            return false;
        }
    }
    *value = sum;
    return true;
}

static int read_whole(const struct field *field, char *member, const struct json_value *value, struct error *error)
{
    uint64_t number;
    bool negative = field->type == FIELD_INT64 && value->length > 0 && value->text[0] == '-';
    if (!is_number(value)) {
        return event_value_bad(field, "is not a number", error);
    }
    if (!parse_whole(value->text + negative, value->length - negative, &number)) {
        return event_value_bad(field, "is not a whole number that fits", error);
    }
    if (field->type == FIELD_UINT64) {
        memcpy(member, &number, sizeof(number));
        return 0;
    }
    uint64_t largest = field->type == FIELD_UINT32 ? UINT32_MAX : (uint64_t)INT64_MAX + negative;
    if (number > largest) {
        return event_value_bad(field, "is not a whole number that fits", error);
    }
    if (field->type == FIELD_UINT32) {
        memcpy(member, &(uint32_t){(uint32_t)number}, sizeof(uint32_t));
    } else {
        number = negative ? -number : number;
        memcpy(member, &number, sizeof(number));
    }
    return 0;
}

static void store_word(const struct field *field, char *member, unsigned value)
{
    if (field->size == sizeof(bool)) {
        *(bool *)member = value != 0;
    } else {
        assert(field->size == sizeof(value));
        memcpy(member, &value, sizeof(value));
    }
}

static int read_word(const struct field *field, char *member, const struct json_value *value, struct error *error)
{
    if (value->type != JSON_STRING) {
        return event_value_bad(field, "is not a string", error);
    }
    int found = words_find(field->words, value->text, value->length);
    if (found < 0) {
        return error_set(error, ERROR_FAILED, "%s has the unknown value \"%.*s\"", field->name,
                         value->length < 32 ? (int)value->length : 32, value->text);
    }
    store_word(field, member, (unsigned)found);
    return 0;
}

static int read_time(const struct field *field, char *member, const struct json_value *value, struct error *error)
{
    int64_t time_ns;
    if (value->type != JSON_STRING) {
        return event_value_bad(field, "is not a string", error);
    }
    if (!timestamp_parse(value->text, value->length, &time_ns)) {
        return event_value_bad(field, "is not a time like 2026-11-23T14:30:00.123456789Z", error);
    }
    memcpy(member, &time_ns, sizeof(time_ns));
    return 0;
}

static void to_upper_case(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text >= 'a' && *text <= 'z') {
            *text = (char)(*text - 'a' + 'A');
        }
    }
}

static int read_plain(const struct field *field, char *member, const struct json_value *value, struct error *error)
{
    switch ((enum field_type)field->type) {
    case FIELD_NAME:
        return read_name(field, member, value, error);
    case FIELD_EXCHANGE:
        if (read_name(field, member, value, error) != 0) {
            return -1;
        }
        to_upper_case(member);
        return 0;
    case FIELD_ORDER_ID:
    case FIELD_REQUEST_ID:
        return read_id(field, member, value, error);
    case FIELD_TEXT:
        return read_text(field, member, *value, error);
    case FIELD_PRICE:
    case FIELD_QUANTITY:
    case FIELD_POSITIVE_QUANTITY:
    case FIELD_SIGNED_QUANTITY:
        return read_decimal(field, member, value, error);
    case FIELD_MONEY:
        return read_money(field, member, value, error);
    case FIELD_UINT32:
    case FIELD_UINT64:
    case FIELD_INT64:
        return read_whole(field, member, value, error);
    case FIELD_BOOL:
        if (value->type != JSON_TRUE && value->type != JSON_FALSE) {
            return event_value_bad(field, "is not true or false", error);
        }
        *(bool *)member = value->type == JSON_TRUE;
        return 0;
    case FIELD_WORD:
        return read_word(field, member, value, error);
    case FIELD_TIMESTAMP:
        return read_time(field, member, value, error);
    }
    return -1;
}

int event_value_read(const struct field *field, char *member, const struct json_value *value, struct error *error)
{
    if (value->type != JSON_STRING || !value->escaped || field->type == FIELD_TEXT) {
        return read_plain(field, member, value, error);
    }
    char text[UNESCAPED_SIZE];
    struct json_value plain = {.type = JSON_STRING, .text = text};
    if (value->length >= sizeof(text)) {
        return event_value_bad(field, "is too long", error);
    }
    if (!json_unescape(value, text, sizeof(text), &plain.length)) {
        return event_value_bad(field, "has a wrong escape", error);
    }
    return read_plain(field, member, &plain, error);
}
