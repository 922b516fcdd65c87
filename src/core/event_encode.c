/* Events to JSON, from the table of fields. */
#include <assert.h>
#include <string.h>

#include "core/event.h"
#include "core/event_fields.h"
#include "core/json.h"
#include "core/timestamp.h"

static int64_t load_int64(const char *member)
{
    int64_t value;
    memcpy(&value, member, sizeof(value));
    return value;
}

/* Enums and the bools that have words. */
static unsigned load_word(const char *member, size_t size)
{
    if (size == sizeof(bool)) {
        return *(const unsigned char *)member;
    }
    unsigned value;
    assert(size == sizeof(value));
    memcpy(&value, member, sizeof(value));
    return value;
}

static uint64_t load_uint(const char *member, size_t size)
{
    if (size == sizeof(uint32_t)) {
        uint32_t value;
        memcpy(&value, member, sizeof(value));
        return value;
    }
    uint64_t value;
    assert(size == sizeof(value));
    memcpy(&value, member, sizeof(value));
    return value;
}

static int decimals_of(enum field_type type)
{
    return type == FIELD_PRICE ? PRICE_DECIMALS : QUANTITY_DECIMALS;
}

static bool is_absent(const struct field *field, const char *member)
{
    switch ((enum field_type)field->type) {
    case FIELD_NAME:
    case FIELD_EXCHANGE:
    case FIELD_ORDER_ID:
    case FIELD_REQUEST_ID:
    case FIELD_TEXT:
        return *member == '\0';
    case FIELD_PRICE:
    case FIELD_QUANTITY:
    case FIELD_POSITIVE_QUANTITY:
    case FIELD_SIGNED_QUANTITY:
        return load_int64(member) == DECIMAL_NONE;
    case FIELD_MONEY: {
        int128 money;
        memcpy(&money, member, sizeof(money));
        return money == MONEY_NONE;
    }
    case FIELD_UINT32:
    case FIELD_UINT64:
        return load_uint(member, field->size) == 0;
    case FIELD_INT64:
    case FIELD_TIMESTAMP:
        return load_int64(member) == 0;
    case FIELD_BOOL:
    case FIELD_WORD:
        return load_word(member, field->size) == 0;
    }
    return false;
}

/* An account that nobody filled in is left out even where it is always written otherwise: an empty one is refused. */
static bool is_left_out(const struct field *field, const char *member)
{
    return field->presence == FIELD_UNUSED || (field->presence == FIELD_OPTIONAL && is_absent(field, member)) ||
           (field->presence == FIELD_DEFAULTED && field->type == FIELD_NAME && is_absent(field, member));
}

static void write_time(struct json_writer *writer, int64_t time_ns)
{
    char text[TIMESTAMP_TEXT_SIZE + 2];
    text[0] = '"';
    size_t length = timestamp_format(text + 1, time_ns);
    text[length + 1] = '"';
    json_raw(writer, text, length + 2);
}

static void write_value(struct json_writer *writer, const struct field *field, const char *member)
{
    char text[DECIMAL_TEXT_SIZE];
    enum field_type type = (enum field_type)field->type;
    switch (type) {
    case FIELD_NAME:
    case FIELD_EXCHANGE:
    case FIELD_ORDER_ID:
    case FIELD_REQUEST_ID:
    case FIELD_TEXT:
        json_string(writer, member);
        break;
    case FIELD_PRICE:
    case FIELD_QUANTITY:
    case FIELD_POSITIVE_QUANTITY:
    case FIELD_SIGNED_QUANTITY: {
        int64_t value = load_int64(member);
        assert(value != DECIMAL_NONE);
        json_raw(writer, text, decimal_format(text, value, decimals_of(type)));
        break;
    }
    case FIELD_MONEY: {
        int128 money;
        memcpy(&money, member, sizeof(money));
        assert(money != MONEY_NONE);
        json_raw(writer, text, money_format(text, money));
        break;
    }
    case FIELD_UINT32:
    case FIELD_UINT64:
        json_unsigned(writer, load_uint(member, field->size));
        break;
    case FIELD_INT64:
        json_integer(writer, load_int64(member));
        break;
    case FIELD_BOOL:
        json_bool(writer, load_word(member, field->size) != 0);
        break;
    case FIELD_WORD: {
        const char *word = words_name(field->words, load_word(member, field->size));
        assert(word != NULL);
        json_string(writer, word);
        break;
    }
    case FIELD_TIMESTAMP:
        write_time(writer, load_int64(member));
        break;
    }
}

size_t event_encode(const struct event *event, char *payload, size_t size)
{
    struct json_writer writer;
    size_t count;
    const struct field *fields = event_fields_of(event->kind, &count);
    json_writer_init(&writer, payload, size);
    json_open(&writer, '{');
    for (size_t i = 0; i < count; i++) {
        const struct field *field = &fields[i];
        const char *member = (const char *)event + field->offset;
        if (is_left_out(field, member)) {
            continue;
        }
        json_quoted_key(&writer, field->key, field->key_length);
        write_value(&writer, field, member);
    }
    json_close(&writer, '}');
    assert(!writer.overflow);
    return writer.length;
}
