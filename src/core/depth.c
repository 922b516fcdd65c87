/* Depth to JSON and back: a few plain fields, and two arrays of [price, size]. */
#include "core/depth.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "core/event_value.h"
#include "core/json.h"
#include "core/subject.h"
#include "core/timestamp.h"

enum { SYMBOL, EXCHANGE, SEQ, SOURCE, TIMESTAMP, BIDS, ASKS, FIELDS };

/* The arrays have a name only; `offset` is in struct depth. */
static const struct field FIELD_TABLE[FIELDS] = {
#define FIELD(member_name, member, kind, wanted)                                                                       \
    {                                                                                                                  \
        .name = (member_name), .offset = offsetof(struct depth, member), .size = sizeof(((struct depth *)0)->member),  \
        .name_length = sizeof(member_name) - 1, .type = FIELD_##kind, .presence = FIELD_##wanted                       \
    }
    [SYMBOL] = FIELD("symbol", symbol, NAME, REQUIRED),
    [EXCHANGE] = FIELD("exchange", exchange, EXCHANGE, REQUIRED),
    [SEQ] = FIELD("seq", seq, UINT64, OPTIONAL),
    [SOURCE] = FIELD("source", source, NAME, OPTIONAL),
    [TIMESTAMP] = FIELD("timestamp", timestamp_ns, TIMESTAMP, REQUIRED),
    [BIDS] = FIELD("bids", bids, NAME, REQUIRED),
    [ASKS] = FIELD("asks", asks, NAME, REQUIRED),
#undef FIELD
};

static const struct field PRICE = {.name = "the price of a level", .type = FIELD_PRICE, .presence = FIELD_REQUIRED};
static const struct field SIZE = {
    .name = "the size of a level", .type = FIELD_POSITIVE_QUANTITY, .presence = FIELD_REQUIRED};

static void write_side(struct json_writer *writer, const char *name, const struct depth_level *levels, size_t count)
{
    char text[DECIMAL_TEXT_SIZE];
    assert(count <= DEPTH_LEVELS);
    json_key(writer, name);
    json_open(writer, '[');
    for (size_t i = 0; i < count; i++) {
        json_open(writer, '[');
        json_raw(writer, text, decimal_format(text, levels[i].price, PRICE_DECIMALS));
        json_raw(writer, text, decimal_format(text, levels[i].size, QUANTITY_DECIMALS));
        json_close(writer, ']');
    }
    json_close(writer, ']');
}

size_t depth_encode(const struct depth *depth, char *payload, size_t size)
{
    struct json_writer writer;
    char time[TIMESTAMP_TEXT_SIZE];
    json_writer_init(&writer, payload, size);
    json_open(&writer, '{');
    json_key(&writer, "symbol");
    json_string(&writer, depth->symbol);
    json_key(&writer, "exchange");
    json_string(&writer, depth->exchange);
    write_side(&writer, "bids", depth->bids, depth->bid_count);
    write_side(&writer, "asks", depth->asks, depth->ask_count);
    if (depth->seq != 0) {
        json_key(&writer, "seq");
        json_unsigned(&writer, depth->seq);
    }
    if (depth->source[0] != '\0') {
        json_key(&writer, "source");
        json_string(&writer, depth->source);
    }
    timestamp_format(time, depth->timestamp_ns);
    json_key(&writer, "timestamp");
    json_string(&writer, time);
    json_close(&writer, '}');
    assert(!writer.overflow);
    return writer.length;
}

static int read_level(struct depth_level *level, const struct json_value *value, struct error *error)
{
    struct json_reader reader;
    struct json_value price, size, more;
    if (value->type != JSON_ARRAY) {
        return error_set(error, ERROR_FAILED, "a level is not [price,size]");
    }
    json_array_init(&reader, value->text, value->length);
    if (!json_array_next(&reader, &price) || !json_array_next(&reader, &size) || json_array_next(&reader, &more) ||
        reader.problem != NULL) {
        return error_set(error, ERROR_FAILED, "a level is not [price,size]");
    }
    if (event_value_read(&PRICE, (char *)&level->price, &price, error) != 0) {
        return -1;
    }
    return event_value_read(&SIZE, (char *)&level->size, &size, error);
}

static int read_side(const struct field *field, bool falling, struct depth_level *levels, size_t *count,
                     const struct json_value *value, struct error *error)
{
    struct json_reader reader;
    struct json_value element;
    struct depth_level level, before;
    bool first = true;
    *count = 0;
    if (value->type != JSON_ARRAY) {
        return event_value_bad(field, "is not an array", error);
    }
    json_array_init(&reader, value->text, value->length);
    while (json_array_next(&reader, &element)) {
        if (read_level(&level, &element, error) != 0) {
            return error_prefix(error, "%s", field->name);
        }
        if (!first && (falling ? level.price >= before.price : level.price <= before.price)) {
            return event_value_bad(field, "does not go from the best price to the worst", error);
        }
        first = false;
        before = level;
        if (*count < DEPTH_LEVELS) {
            levels[(*count)++] = level;
        }
    }
    return reader.problem == NULL ? 0 : event_value_bad(field, "is no array of levels", error);
}

static int read_member(struct depth *depth, int found, const struct json_value *value, struct error *error)
{
    const struct field *field = &FIELD_TABLE[found];
    if (found == BIDS) {
        return read_side(field, true, depth->bids, &depth->bid_count, value, error);
    }
    if (found == ASKS) {
        return read_side(field, false, depth->asks, &depth->ask_count, value, error);
    }
    if (value->type == JSON_NULL && field->presence == FIELD_OPTIONAL) {
        return 0;
    }
    return event_value_read(field, (char *)depth + field->offset, value, error);
}

static int find_field(const struct json_value *key)
{
    int found = 0;
    while (found < FIELDS && (FIELD_TABLE[found].name_length != key->length ||
                              memcmp(FIELD_TABLE[found].name, key->text, key->length) != 0)) {
        found++;
    }
    return found;
}

static int read_members(struct depth *depth, const char *payload, size_t payload_bytes, struct error *error)
{
    struct json_reader reader;
    struct json_value key, value;
    unsigned seen = 0;
    json_reader_init(&reader, payload, payload_bytes);
    while (json_reader_next(&reader, &key, &value)) {
        int found = find_field(&key);
        if (found == FIELDS) {
            continue;
        }
        if ((seen & 1U << found) != 0) {
            return event_value_bad(&FIELD_TABLE[found], "stands there twice", error);
        }
        if (read_member(depth, found, &value, error) != 0) {
            return -1;
        }
        seen |= 1U << found;
    }
    if (reader.problem != NULL) {
        return error_set(error, ERROR_FAILED, "bad JSON: %s", reader.problem);
    }
    for (int i = 0; i < FIELDS; i++) {
        if (FIELD_TABLE[i].presence == FIELD_REQUIRED && (seen & 1U << i) == 0) {
            return event_value_bad(&FIELD_TABLE[i], "is missing", error);
        }
    }
    return 0;
}

int depth_decode(struct depth *depth, const char *subject, const char *payload, size_t payload_bytes,
                 struct error *error)
{
    memset(depth, 0, sizeof(*depth));
    if (read_members(depth, payload, payload_bytes, error) != 0) {
        return error_prefix(error, "depth");
    }
    if (!subject_agrees_with_depth(subject, depth->exchange, depth->symbol)) {
        return error_set(error, ERROR_FAILED, "depth: the subject %.100s and the payload disagree", subject);
    }
    return 0;
}
