/* Messages come bare or, on the combined streams, as `{"stream":…,"data":{…}}`. Only the members that count are looked
 * at; numbers are read from their text. */
#include "feed/binance.h"

#include <string.h>

#include "core/text.h"
#include "feed/members.h"

enum {
    STREAM,
    DATA,
    SNAPSHOT_ID, /* a book as REST answers it */
    SNAPSHOT_BIDS,
    SNAPSHOT_ASKS,
    RESULT, /* the answer to a subscription, or `error` */
    REFUSAL,
    EVENT,
    EVENT_TIME,
    SYMBOL,
    FIRST_ID,
    LAST_ID,
    BID, /* of a top the price, of a book the levels */
    BID_SIZE,
    ASK,
    ASK_SIZE,
    TRADE_ID,
    PRICE,
    QUANTITY,
    TRADE_TIME,
    BUYER_IS_MAKER,
    MEMBERS
};

static const char *const NAMES[MEMBERS] = {"stream", "data", "lastUpdateId",
                                           "bids",   "asks", "result",
                                           "error",  "e",    "E",
                                           "s",      "U",    "u",
                                           "b",      "B",    "a",
                                           "A",      "t",    "p",
                                           "q",      "T",    "m"};

static bool is_number(const struct json_value *value)
{
    return value->text != NULL && value->type == JSON_NUMBER;
}

/* An empty side is sent as price 0. */
static bool read_side(const struct json_value *price_text, const struct json_value *size_text, int64_t *price,
                      int64_t *size)
{
    if (!member_decimal(price_text, PRICE_DECIMALS, price) || !member_decimal(size_text, QUANTITY_DECIMALS, size))
        return false;
    if (*price == 0) {
        *price = DECIMAL_NONE;
        *size = 0;
    }
    return true;
}

static bool read_top(const struct json_value *values, struct market_event *event, const struct market_sink *sink,
                     const char **problem)
{
    int64_t update_id;
    event->kind = MARKET_TOP;
    if (!is_number(&values[LAST_ID]) || !member_whole(&values[LAST_ID], &update_id))
        return market_malformed(problem, "u is no update id");
    if (!read_side(&values[BID], &values[BID_SIZE], &event->top.bid, &event->top.bid_size))
        return market_malformed(problem, "b and B are no price and quantity");
    if (!read_side(&values[ASK], &values[ASK_SIZE], &event->top.ask, &event->top.ask_size))
        return market_malformed(problem, "a and A are no price and quantity");
    event->top.update_id = (uint64_t)update_id;
    market_put(sink, event);
    return true;
}

static bool read_trade(const struct json_value *values, struct market_event *event, const struct market_sink *sink,
                       const char **problem)
{
    const struct json_value *maker = &values[BUYER_IS_MAKER];
    int64_t number;
    event->kind = MARKET_TRADE;
    if (!is_number(&values[TRADE_ID]) || !member_whole(&values[TRADE_ID], &number) ||
        !member_trade_id(&values[TRADE_ID], event->trade.id))
        return market_malformed(problem, "t is no trade id");
    if (!member_decimal(&values[PRICE], PRICE_DECIMALS, &event->trade.price) || event->trade.price == 0)
        return market_malformed(problem, "p is no price");
    if (!member_decimal(&values[QUANTITY], QUANTITY_DECIMALS, &event->trade.size) || event->trade.size == 0)
        return market_malformed(problem, "q is no quantity");
    if (!is_number(&values[TRADE_TIME]) || !member_time_ms(&values[TRADE_TIME], &event->timestamp_ns))
        return market_malformed(problem, "T is no time in milliseconds");
    if (maker->text == NULL || (maker->type != JSON_TRUE && maker->type != JSON_FALSE))
        return market_malformed(problem, "m is neither true nor false");
    /* The side that rested is the maker; the aggressor is the other. */
    event->trade.aggressor = maker->type == JSON_TRUE ? SIDE_SELL : SIDE_BUY;
    market_put(sink, event);
    return true;
}

/* An array of [price, size]. */
static bool read_levels(const struct json_value *levels, enum side side, const struct market_event *book,
                        const struct market_sink *sink)
{
    struct json_reader reader, inner;
    struct json_value level, price, size;
    struct market_event event = *book;
    event.kind = MARKET_LEVEL;
    if (levels->text == NULL || levels->type != JSON_ARRAY)
        return false;
    json_array_init(&reader, levels->text, levels->length);
    while (json_array_next(&reader, &level)) {
        if (level.type != JSON_ARRAY)
            return false;
        json_array_init(&inner, level.text, level.length);
        if (!json_array_next(&inner, &price) || !json_array_next(&inner, &size) ||
            !member_level_price(&price, &event.level.price) ||
            !member_decimal(&size, QUANTITY_DECIMALS, &event.level.size))
            return false;
        event.level.side = side;
        market_put(sink, &event);
    }
    return true;
}

static bool read_book(const struct json_value *bids, const struct json_value *asks, const struct json_value *first,
                      const struct json_value *last, struct market_event *event, const struct market_sink *sink,
                      const char **problem)
{
    int64_t first_id, last_id;
    if (!is_number(first) || !member_whole(first, &first_id) || !is_number(last) || !member_whole(last, &last_id) ||
        last_id < first_id)
        return market_malformed(problem, "a book has no update ids");
    if (!read_levels(bids, SIDE_BUY, event, sink) || !read_levels(asks, SIDE_SELL, event, sink))
        return market_malformed(problem, "the levels of a book are no prices and quantities");
    event->kind = MARKET_BOOK;
    event->book.first_id = (uint64_t)first_id;
    event->book.last_id = (uint64_t)last_id;
    event->book.has_checksum = false;
    event->book.price_decimals = event->book.size_decimals = -1;
    market_put(sink, event);
    return true;
}

static bool read_update(const struct json_value *values, struct market_event *event, const struct market_sink *sink,
                        const char **problem)
{
    if (!is_number(&values[EVENT_TIME]) || !member_time_ms(&values[EVENT_TIME], &event->timestamp_ns))
        return market_malformed(problem, "E is no time in milliseconds");
    return read_book(&values[BID], &values[ASK], &values[FIRST_ID], &values[LAST_ID], event, sink, problem);
}

bool binance_parse_snapshot(const char *text, size_t length, const char *symbol, const struct market_sink *sink,
                            const char **problem)
{
    struct json_value values[MEMBERS];
    struct market_event event = {.kind = MARKET_SNAPSHOT};
    if (!members_read(text, length, NAMES, values, MEMBERS, problem))
        return false;
    text_copy(event.symbol, sizeof event.symbol, symbol);
    market_put(sink, &event);
    return read_book(&values[SNAPSHOT_BIDS], &values[SNAPSHOT_ASKS], &values[SNAPSHOT_ID], &values[SNAPSHOT_ID], &event,
                     sink, problem);
}

static bool read_answer(const struct json_value *values, const struct market_sink *sink, const char **problem)
{
    static const char *const INNER[] = {"msg"};
    struct market_event event = {.kind = MARKET_ANSWER};
    const struct json_value *refusal = &values[REFUSAL];
    struct json_value text = {0};
    event.answer.refused = refusal->text != NULL;
    if (refusal->text != NULL && refusal->type == JSON_OBJECT &&
        !members_read(refusal->text, refusal->length, INNER, &text, 1, problem))
        return false;
    member_text(&text, event.answer.text, sizeof event.answer.text);
    market_put(sink, &event);
    return true;
}

/* The object that stands for itself or under "data". */
static bool read_message(const struct json_value *values, const struct market_sink *sink, const char **problem)
{
    const struct json_value *kind = &values[EVENT];
    struct market_event event = {.symbol = ""};
    if (kind->text == NULL && (values[RESULT].text != NULL || values[REFUSAL].text != NULL))
        return read_answer(values, sink, problem);
    bool is_trade = json_is(kind, "trade"), is_update = json_is(kind, "depthUpdate");
    if ((kind->text != NULL && !is_trade && !is_update) || (kind->text == NULL && values[SNAPSHOT_ID].text != NULL))
        return true; /* streams of other kinds, and a snapshot that does not say of what */
    if (!member_symbol(&values[SYMBOL], event.symbol))
        return market_malformed(problem, "there is no symbol");
    return is_trade    ? read_trade(values, &event, sink, problem)
           : is_update ? read_update(values, &event, sink, problem)
                       : read_top(values, &event, sink, problem);
}

bool binance_parse(const char *text, size_t length, const struct market_sink *sink, const char **problem)
{
    struct json_value values[MEMBERS];
    if (!members_read(text, length, NAMES, values, MEMBERS, problem))
        return false;
    const struct json_value stream = values[STREAM], data = values[DATA];
    if (stream.text == NULL)
        return read_message(values, sink, problem);
    if (stream.type != JSON_STRING || data.text == NULL || data.type != JSON_OBJECT)
        return market_malformed(problem, "a message of the combined streams lacks its stream or data");
    return members_read(data.text, data.length, NAMES, values, MEMBERS, problem) && read_message(values, sink, problem);
}
