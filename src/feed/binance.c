/* The messages of Binance Spot. Only the members that count are looked at; numbers are read from their text. */
#include "feed/binance.h"

#include <stdbool.h>
#include <string.h>

#include "core/json.h"
#include "core/text.h"
#include "core/timestamp.h"

/* Times outside the years 2001 to 2100 are in another unit or are none. */
#define TIME_LEAST_NS (INT64_C(1000000000) * NS_PER_SECOND)
#define TIME_MOST_NS  (INT64_C(4102444800) * NS_PER_SECOND)

/* The members of a message that are looked at, by their names on the wire. */
enum member {
    MEMBER_STREAM,
    MEMBER_DATA,
    MEMBER_LAST_UPDATE_ID, /* a snapshot */
    MEMBER_RESULT,         /* the answer to a subscription */
    MEMBER_EVENT,
    MEMBER_SYMBOL,
    MEMBER_UPDATE_ID,
    MEMBER_BID,
    MEMBER_BID_SIZE,
    MEMBER_ASK,
    MEMBER_ASK_SIZE,
    MEMBER_TRADE_ID,
    MEMBER_PRICE,
    MEMBER_QUANTITY,
    MEMBER_TRADE_TIME,
    MEMBER_BUYER_IS_MAKER,
    MEMBERS
};

static const char *const MEMBER_NAMES[MEMBERS] = {
    [MEMBER_STREAM] = "stream",
    [MEMBER_DATA] = "data",
    [MEMBER_LAST_UPDATE_ID] = "lastUpdateId",
    [MEMBER_RESULT] = "result",
    [MEMBER_EVENT] = "e",
    [MEMBER_SYMBOL] = "s",
    [MEMBER_UPDATE_ID] = "u",
    [MEMBER_BID] = "b",
    [MEMBER_BID_SIZE] = "B",
    [MEMBER_ASK] = "a",
    [MEMBER_ASK_SIZE] = "A",
    [MEMBER_TRADE_ID] = "t",
    [MEMBER_PRICE] = "p",
    [MEMBER_QUANTITY] = "q",
    [MEMBER_TRADE_TIME] = "T",
    [MEMBER_BUYER_IS_MAKER] = "m",
};

/* The members found in an object; `text` is NULL for those that it lacks. */
struct message {
    struct json_value members[MEMBERS];
};

static enum binance_kind malformed(const char **problem, const char *what)
{
    *problem = what;
    return BINANCE_MALFORMED;
}

static enum member member_of(const struct json_value *key)
{
    for (int i = 0; i < MEMBERS; i++) {
        if (strlen(MEMBER_NAMES[i]) == key->length && memcmp(MEMBER_NAMES[i], key->text, key->length) == 0)
            return (enum member)i;
    }
    return MEMBERS;
}

static bool read_object(struct message *message, const char *text, size_t length, const char **problem)
{
    *message = (struct message){0};
    struct json_reader reader;
    struct json_value key, value;
    json_reader_init(&reader, text, length);
    while (json_reader_next(&reader, &key, &value)) {
        enum member member = member_of(&key);
        if (member == MEMBERS)
            continue;
        if (message->members[member].text != NULL) {
            *problem = "a member stands twice";
            return false;
        }
        message->members[member] = value;
    }
    *problem = reader.problem;
    return reader.problem == NULL;
}

/* Digits only; false when there are none, or too many for an int64. */
static bool read_whole(const char *text, size_t length, int64_t *value)
{
    return length > 0 && text[0] != '-' && memchr(text, '.', length) == NULL && decimal_parse(text, length, 0, value);
}

/* A number as the venue writes it, in quotes; without them it is as good. Never negative. */
static bool read_decimal(const struct json_value *value, int decimals, int64_t *number)
{
    if (value->text == NULL || (value->type != JSON_STRING && value->type != JSON_NUMBER))
        return false;
    return decimal_parse(value->text, value->length, decimals, number) && *number >= 0;
}

static bool read_symbol(const struct json_value *value, char symbol[SYMBOL_SIZE])
{
    char text[SYMBOL_SIZE];
    size_t length;
    if (value->text == NULL || value->type != JSON_STRING || !json_unescape(value, text, sizeof text, &length))
        return false;
    /* What had to be cleaned is no symbol. */
    return length > 0 && text_clean(symbol, SYMBOL_SIZE, text, length) == length;
}

static bool is_string(const struct json_value *value, const char *text)
{
    return value->type == JSON_STRING && value->length == strlen(text) && memcmp(value->text, text, value->length) == 0;
}

static bool ends_with(const struct json_value *value, const char *end)
{
    size_t length = strlen(end);
    return value->length >= length && memcmp(value->text + value->length - length, end, length) == 0;
}

/* One side of the book. An empty side is sent as price 0. */
static bool read_side(const struct json_value *price_text, const struct json_value *size_text, int64_t *price,
                      int64_t *size)
{
    if (!read_decimal(price_text, PRICE_DECIMALS, price) || !read_decimal(size_text, QUANTITY_DECIMALS, size))
        return false;
    if (*price == 0) {
        *price = DECIMAL_NONE;
        *size = 0;
    }
    return true;
}

static enum binance_kind read_book(const struct message *message, struct quote *raw, const char **problem)
{
    const struct json_value *members = message->members, *update = &members[MEMBER_UPDATE_ID];
    int64_t update_id;
    if (update->text == NULL || update->type != JSON_NUMBER || !read_whole(update->text, update->length, &update_id))
        return malformed(problem, "u is no update id");
    if (!read_side(&members[MEMBER_BID], &members[MEMBER_BID_SIZE], &raw->bid, &raw->bid_size))
        return malformed(problem, "b and B are no price and quantity");
    if (!read_side(&members[MEMBER_ASK], &members[MEMBER_ASK_SIZE], &raw->ask, &raw->ask_size))
        return malformed(problem, "a and A are no price and quantity");
    raw->seq = (uint64_t)update_id;
    raw->timestamp_ns = raw->received_ns;
    return BINANCE_BOOK;
}

static enum binance_kind read_trade(const struct message *message, struct quote *raw, const char **problem)
{
    const struct json_value *members = message->members;
    const struct json_value *id = &members[MEMBER_TRADE_ID], *time = &members[MEMBER_TRADE_TIME];
    const struct json_value *maker = &members[MEMBER_BUYER_IS_MAKER];
    int64_t number, time_ms;
    if (id->text == NULL || id->type != JSON_NUMBER || !read_whole(id->text, id->length, &number))
        return malformed(problem, "t is no trade id");
    if (!read_decimal(&members[MEMBER_PRICE], PRICE_DECIMALS, &raw->last) || raw->last == 0)
        return malformed(problem, "p is no price");
    if (!read_decimal(&members[MEMBER_QUANTITY], QUANTITY_DECIMALS, &raw->last_size) || raw->last_size == 0)
        return malformed(problem, "q is no quantity");
    if (time->text == NULL || time->type != JSON_NUMBER || !read_whole(time->text, time->length, &time_ms) ||
        time_ms < TIME_LEAST_NS / NS_PER_MS || time_ms > TIME_MOST_NS / NS_PER_MS)
        return malformed(problem, "T is no time in milliseconds");
    if (maker->text == NULL || (maker->type != JSON_TRUE && maker->type != JSON_FALSE))
        return malformed(problem, "m is neither true nor false");
    memcpy(raw->trade_id, id->text, id->length); /* at most 19 digits */
    raw->timestamp_ns = time_ms * NS_PER_MS;
    /* The side that rested is the maker; the aggressor is the other. */
    raw->last_side = maker->type == JSON_TRUE ? SIDE_SELL : SIDE_BUY;
    return BINANCE_TRADE;
}

/* The object that stands for itself or under "data". */
static enum binance_kind read_message(const struct message *message, struct quote *raw, const char **problem)
{
    const struct json_value *members = message->members;
    bool is_trade = members[MEMBER_EVENT].text != NULL && is_string(&members[MEMBER_EVENT], "trade");
    if (members[MEMBER_EVENT].text != NULL && !is_trade)
        return BINANCE_IGNORED;
    if (!is_trade && (members[MEMBER_LAST_UPDATE_ID].text != NULL || members[MEMBER_RESULT].text != NULL))
        return BINANCE_IGNORED;
    if (!read_symbol(&members[MEMBER_SYMBOL], raw->symbol))
        return malformed(problem, "there is no symbol");
    return is_trade ? read_trade(message, raw, problem) : read_book(message, raw, problem);
}

/* The time in front of a line; returns where the JSON begins, or NULL. */
static const char *read_time(const char *line, size_t length, int64_t *time_ns)
{
    const char *space = memchr(line, ' ', length);
    if (space == NULL || !read_whole(line, (size_t)(space - line), time_ns) || *time_ns < TIME_LEAST_NS ||
        *time_ns > TIME_MOST_NS)
        return NULL;
    return space + 1;
}

enum binance_kind binance_parse(const char *line, size_t length, struct quote *raw, const char **problem)
{
    *raw = (struct quote){.exchange = "BINANCE",
                          .bid = DECIMAL_NONE,
                          .ask = DECIMAL_NONE,
                          .bid_size = DECIMAL_NONE,
                          .ask_size = DECIMAL_NONE,
                          .last = DECIMAL_NONE,
                          .last_size = DECIMAL_NONE,
                          .volume = DECIMAL_NONE};
    const char *json = read_time(line, length, &raw->received_ns);
    if (json == NULL)
        return malformed(problem, "the line does not begin with a time in nanoseconds since the epoch and a space");
    struct message message;
    if (!read_object(&message, json, length - (size_t)(json - line), problem))
        return BINANCE_MALFORMED;

    const struct json_value stream = message.members[MEMBER_STREAM], data = message.members[MEMBER_DATA];
    if (stream.text == NULL)
        return read_message(&message, raw, problem);
    if (stream.type != JSON_STRING || data.text == NULL || data.type != JSON_OBJECT)
        return malformed(problem, "a message of the combined streams lacks its stream or data");
    if (!ends_with(&stream, "@bookTicker") && !ends_with(&stream, "@trade"))
        return BINANCE_IGNORED;
    if (!read_object(&message, data.text, data.length, problem))
        return BINANCE_MALFORMED;
    return read_message(&message, raw, problem);
}
