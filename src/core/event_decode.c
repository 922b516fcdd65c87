/* JSON to events, by the table of fields: each known member is read by the type of its field, then what a message
 * needs besides single fields is checked. */
#include <assert.h>
#include <string.h>

#include "core/event.h"
#include "core/event_fields.h"
#include "core/json.h"
#include "core/subject.h"
#include "core/text.h"
#include "core/timestamp.h"

/* Larger than any text field at six bytes for a character, so that only text that is cut anyway does not fit. */
enum { UNESCAPED_SIZE = 1024 };

static int bad(struct error *error, const struct field *field, const char *what)
{
    return error_set(error, ERROR_FAILED, "%s %s", field->name, what);
}

/* Makes the raw text of a string end within `longest` bytes, not inside an escape or a character. */
static void shorten(struct json_value *value, size_t longest)
{
    size_t at = 0;
    while (at < value->length) {
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
    if (at < value->length) {
        value->length = at;
    }
}

static int read_text(const struct field *field, char *member, struct json_value value, struct error *error)
{
    if (value.type != JSON_STRING) {
        return bad(error, field, "is not a string");
    }
    if (!value.escaped) {
        text_clean(member, field->size, value.text, value.length);
        return 0;
    }
    char plain[UNESCAPED_SIZE];
    size_t length;
    shorten(&value, sizeof(plain) - 1);
    if (!json_unescape(&value, plain, sizeof(plain), &length)) {
        return bad(error, field, "has a wrong escape");
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
        return bad(error, field, "is not a string");
    }
    const char *text = value->text;
    size_t length = value->length;
    char plain[UNESCAPED_SIZE];
    if (value->escaped) {
        if (length >= sizeof(plain)) {
            return bad(error, field, "is too long");
        }
        if (!json_unescape(value, plain, sizeof(plain), &length)) {
            return bad(error, field, "has a wrong escape");
        }
        text = plain;
    }
    if (length >= field->size) {
        return bad(error, field, "is too long");
    }
    if (length == 0 && field->presence != FIELD_OPTIONAL) {
        return bad(error, field, "is empty");
    }
    if (is_plain_ascii(text, length)) {
        memcpy(member, text, length);
        member[length] = '\0';
        return 0;
    }
    if (text_clean(member, field->size, text, length) != length || memcmp(member, text, length) != 0) {
        return bad(error, field, "has characters that cannot be shown");
    }
    return 0;
}

static int read_id(const struct field *field, char *member, const struct json_value *value, struct error *error)
{
    if (value->type != JSON_STRING) {
        return bad(error, field, "is not a string");
    }
    bool request = field->type == FIELD_REQUEST_ID;
    if (!text_is_id(value->text, value->length, ID_SIZE - 1) || (request && value->length < 8)) {
        return bad(error, field,
                   request ? "is not 8 to 64 characters of A-Z a-z 0-9 _ -"
                           : "is not 1 to 64 characters of A-Z a-z 0-9 _ -");
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
    return value->type == JSON_NUMBER || (value->type == JSON_STRING && !value->escaped);
}

static int read_decimal(const struct field *field, char *member, const struct json_value *value, struct error *error)
{
    int decimals = field->type == FIELD_PRICE ? PRICE_DECIMALS : QUANTITY_DECIMALS;
    int64_t number;
    if (!is_number(value)) {
        return bad(error, field, "is not a number");
    }
    if (!decimal_parse(value->text, value->length, decimals, &number)) {
        return bad(error, field, number_fault(value, (size_t)decimals));
    }
    if (number < 0 && (field->type == FIELD_QUANTITY || field->type == FIELD_POSITIVE_QUANTITY)) {
        return bad(error, field, "is negative");
    }
    if (number == 0 && field->type == FIELD_POSITIVE_QUANTITY) {
        return bad(error, field, "is zero");
    }
    memcpy(member, &number, sizeof(number));
    return 0;
}

static int read_money(const struct field *field, char *member, const struct json_value *value, struct error *error)
{
    int128 money;
    if (!is_number(value)) {
        return bad(error, field, "is not a number");
    }
    if (!money_parse(value->text, value->length, &money)) {
        return bad(error, field, number_fault(value, MONEY_DECIMALS));
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
        return bad(error, field, "is not a number");
    }
    if (!parse_whole(value->text + negative, value->length - negative, &number)) {
        return bad(error, field, "is not a whole number that fits");
    }
    if (field->type == FIELD_UINT64) {
        memcpy(member, &number, sizeof(number));
        return 0;
    }
    uint64_t largest = field->type == FIELD_UINT32 ? UINT32_MAX : (uint64_t)INT64_MAX + negative;
    if (number > largest) {
        return bad(error, field, "is not a whole number that fits");
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
        return bad(error, field, "is not a string");
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
        return bad(error, field, "is not a string");
    }
    if (!timestamp_parse(value->text, value->length, &time_ns)) {
        return bad(error, field, "is not a time like 2026-11-23T14:30:00.123456789Z");
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

static int read_field(const struct field *field, char *member, const struct json_value *value, struct error *error)
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
            return bad(error, field, "is not true or false");
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

/* The index of the field of this name, or `count`. The search begins behind the last one found, for writers keep the
 * order of the table. */
static size_t find_field(const struct field *fields, size_t count, size_t start, const struct json_value *key)
{
    char plain[64];
    const char *name = key->text;
    size_t length = key->length;
    if (key->escaped) {
        if (!json_unescape(key, plain, sizeof(plain), &length)) {
            return count;
        }
        name = plain;
    }
    for (size_t tried = 0, i = start; tried < count; tried++, i++) {
        if (i >= count) {
            i = 0;
        }
        if (fields[i].name_length == length && memcmp(fields[i].name, name, length) == 0) {
            return i;
        }
    }
    return count;
}

/* Reads all members; `seen` gets a bit for each field that was there. */
static int read_members(struct event *event, const char *payload, size_t payload_bytes, uint64_t *seen,
                        struct error *error)
{
    struct json_reader reader;
    struct json_value key;
    struct json_value value;
    size_t count;
    const struct field *fields = event_fields_of(event->kind, &count);
    size_t next = 0;
    json_reader_init(&reader, payload, payload_bytes);
    while (json_reader_next(&reader, &key, &value)) {
        size_t found = find_field(fields, count, next, &key);
        if (found == count || fields[found].presence == FIELD_UNUSED) {
            continue;
        }
        const struct field *field = &fields[found];
        next = found + 1;
        if ((*seen & UINT64_C(1) << found) != 0) {
            return bad(error, field, "stands there twice");
        }
        /* Many writers say null for what they do not have. */
        if (value.type == JSON_NULL && field->presence != FIELD_REQUIRED) {
            *seen |= UINT64_C(1) << found;
            continue;
        }
        if (read_field(field, (char *)event + field->offset, &value, error) != 0) {
            return -1;
        }
        *seen |= UINT64_C(1) << found;
    }
    return reader.problem == NULL ? 0 : error_set(error, ERROR_FAILED, "bad JSON: %s", reader.problem);
}

static int check_required(enum event_kind kind, uint64_t seen, struct error *error)
{
    size_t count;
    const struct field *fields = event_fields_of(kind, &count);
    for (size_t i = 0; i < count; i++) {
        if (fields[i].presence == FIELD_REQUIRED && (seen & UINT64_C(1) << i) == 0) {
            return bad(error, &fields[i], "is missing");
        }
    }
    return 0;
}

/* The prices that the type of an order needs, and for a request also that it has no others: who sends a limit price
 * with a market order expects it to be kept. */
static int check_prices(const struct order_request *order, bool strictly, struct error *error)
{
    bool limit = order->type == ORDER_LIMIT || order->type == ORDER_STOP_LIMIT;
    bool stop = order->type == ORDER_STOP || order->type == ORDER_STOP_LIMIT;
    const char *type = order_type_name(order->type);
    if (limit && order->limit_price == DECIMAL_NONE) {
        return error_set(error, ERROR_FAILED, "limit_price is missing in a %s order", type);
    }
    if (stop && order->stop_price == DECIMAL_NONE) {
        return error_set(error, ERROR_FAILED, "stop_price is missing in a %s order", type);
    }
    if (strictly && !limit && order->limit_price != DECIMAL_NONE) {
        return error_set(error, ERROR_FAILED, "limit_price does not belong into a %s order", type);
    }
    if (strictly && !stop && order->stop_price != DECIMAL_NONE) {
        return error_set(error, ERROR_FAILED, "stop_price does not belong into a %s order", type);
    }
    return 0;
}

/* What a message needs besides single fields. */
static int check_whole(const struct event *event, struct error *error)
{
    switch (event->kind) {
    case EVENT_ORDER_NEW:
        return check_prices(&event->request, true, error);
    case EVENT_ORDER_REPLACE:
        if (event->change.quantity == DECIMAL_NONE && event->change.limit_price == DECIMAL_NONE &&
            event->change.stop_price == DECIMAL_NONE) {
            return error_set(error, ERROR_FAILED, "none of quantity, limit_price and stop_price is there");
        }
        return 0;
    case EVENT_ORDER_VALIDATED:
    case EVENT_ORDER_REJECTED:
    case EVENT_REPLACE_VALIDATED:
        return check_prices(&event->decision.order, false, error);
    case EVENT_ORDER_EXECUTED:
        if (execution_number(&event->execution) == 0) {
            return error_set(error, ERROR_FAILED, "execution_id is not <order_id>-<n>, n from 1");
        }
        return 0;
    case EVENT_ALERT:
        if (event->alert.version == 0) {
            return error_set(error, ERROR_FAILED, "version is zero; it counts from 1");
        }
        return 0;
    case EVENT_QUOTE:
    case EVENT_ORDER_CANCEL:
    case EVENT_REPLACE_REJECTED:
    case EVENT_ORDER_ACCEPTED:
    case EVENT_ORDER_REFUSED:
    case EVENT_ORDER_TRIGGERED:
    case EVENT_ORDER_CANCELLED:
    case EVENT_ORDER_REPLACED:
    case EVENT_CANCEL_REJECTED:
    case EVENT_TRADING_STATE:
    case EVENT_POSITION:
    case EVENT_ALERT_ACK:
    case EVENT_EXPOSURE:
    case EVENT_KINDS:
        break;
    }
    return 0;
}

static void fill_account(struct event *event, const char *default_account)
{
    char *account = NULL;
    if (event->kind == EVENT_ORDER_NEW) {
        account = event->request.account;
    } else if (event->kind == EVENT_ORDER_CANCEL || event->kind == EVENT_ORDER_REPLACE) {
        account = event->change.account;
    }
    if (account != NULL && account[0] == '\0' && default_account != NULL) {
        text_copy(account, ACCOUNT_SIZE, default_account);
    }
}

int event_decode_kind(struct event *event, enum event_kind kind, const char *payload, size_t payload_bytes,
                      const char *default_account, struct error *error)
{
    uint64_t seen = 0;
    *event = event_empty(kind);
    if (read_members(event, payload, payload_bytes, &seen, error) != 0 || check_required(kind, seen, error) != 0 ||
        check_whole(event, error) != 0) {
        return error_prefix(error, "%s", event_kind_name(kind));
    }
    fill_account(event, default_account);
    return 0;
}

int event_decode(struct event *event, const char *subject, const char *payload, size_t payload_bytes,
                 const char *default_account, struct error *error)
{
    int kind = subject_kind(subject);
    if (kind < 0) {
        return error_set(error, ERROR_FAILED, "the subject %.100s carries none of the known messages", subject);
    }
    if (event_decode_kind(event, (enum event_kind)kind, payload, payload_bytes, default_account, error) != 0) {
        return -1;
    }
    if (!subject_agrees(subject, event)) {
        return error_set(error, ERROR_FAILED, "%s: the subject %.100s and the payload disagree",
                         event_kind_name((enum event_kind)kind), subject);
    }
    return 0;
}
