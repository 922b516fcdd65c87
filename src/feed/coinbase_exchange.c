/* Coinbase Exchange: flat messages, told apart by their `type`. */
#include "feed/coinbase.h"

#include "feed/members.h"

enum {
    TYPE,
    PRODUCT,
    TIME,
    CHANGES,
    BIDS,
    ASKS,
    PRICE,
    SIZE,
    SIDE,
    TRADE_ID,
    BEST_BID,
    BEST_ASK,
    BEST_BID_SIZE,
    BEST_ASK_SIZE,
    TEXT,
    MEMBERS
};

static const char *const NAMES[MEMBERS] = {"type",     "product_id", "time",          "changes",       "bids",
                                           "asks",     "price",      "size",          "side",          "trade_id",
                                           "best_bid", "best_ask",   "best_bid_size", "best_ask_size", "message"};

/* Reads an array of arrays: [price, size], or [side, price, size] when `side` is SIDE_NONE. */
static bool read_levels(const struct json_value *levels, enum side side, const struct market_event *book,
                        const struct market_sink *sink)
{
    enum { MOST = 3 };
    struct json_reader reader, inner;
    struct json_value level, values[MOST];
    struct market_event event = *book;
    event.kind = MARKET_LEVEL;
    if (levels->text == NULL || levels->type != JSON_ARRAY)
        return false;
    json_array_init(&reader, levels->text, levels->length);
    while (json_array_next(&reader, &level)) {
        size_t want = side == SIDE_NONE ? 3 : 2, count = 0;
        if (level.type != JSON_ARRAY)
            return false;
        json_array_init(&inner, level.text, level.length);
        while (count < want && json_array_next(&inner, &values[count]))
            count++;
        if (count < want || (side == SIDE_NONE && !json_is(&values[0], "buy") && !json_is(&values[0], "sell")) ||
            !member_level_price(&values[want - 2], &event.level.price) ||
            !member_decimal(&values[want - 1], QUANTITY_DECIMALS, &event.level.size))
            return false;
        event.level.side = side != SIDE_NONE ? side : json_is(&values[0], "buy") ? SIDE_BUY : SIDE_SELL;
        market_put(sink, &event);
    }
    return true;
}

static bool read_book(const struct json_value *values, struct market_event *event, bool snapshot,
                      const struct market_sink *sink, const char **problem)
{
    bool good;
    if (snapshot) {
        event->kind = MARKET_SNAPSHOT;
        market_put(sink, event);
        good = read_levels(&values[BIDS], SIDE_BUY, event, sink) && read_levels(&values[ASKS], SIDE_SELL, event, sink);
    } else {
        good = read_levels(&values[CHANGES], SIDE_NONE, event, sink);
    }
    if (!good)
        return market_malformed(problem, "the levels of a book are no prices and sizes");
    event->kind = MARKET_BOOK;
    event->book.first_id = event->book.last_id = 0;
    event->book.has_checksum = false;
    event->book.price_decimals = event->book.size_decimals = -1;
    market_put(sink, event);
    return true;
}

static bool read_trade(const struct json_value *values, struct market_event *event, const struct market_sink *sink,
                       const char **problem)
{
    bool maker_buys = json_is(&values[SIDE], "buy");
    event->kind = MARKET_TRADE;
    if (!member_decimal(&values[PRICE], PRICE_DECIMALS, &event->trade.price) || event->trade.price == 0 ||
        !member_decimal(&values[SIZE], QUANTITY_DECIMALS, &event->trade.size) || event->trade.size == 0 ||
        !member_trade_id(&values[TRADE_ID], event->trade.id) || (!maker_buys && !json_is(&values[SIDE], "sell")))
        return market_malformed(problem, "a trade lacks its price, size, id or side");
    event->trade.aggressor = maker_buys ? SIDE_SELL : SIDE_BUY;
    market_put(sink, event);
    return true;
}

static bool read_ticker(const struct json_value *values, struct market_event *event, const struct market_sink *sink,
                        const char **problem)
{
    event->kind = MARKET_TOP;
    event->top.bid_size = event->top.ask_size = DECIMAL_NONE;
    if (!member_decimal(&values[BEST_BID], PRICE_DECIMALS, &event->top.bid) ||
        !member_decimal(&values[BEST_ASK], PRICE_DECIMALS, &event->top.ask))
        return market_malformed(problem, "a ticker lacks its bid or ask");
    if ((values[BEST_BID_SIZE].text != NULL &&
         !member_decimal(&values[BEST_BID_SIZE], QUANTITY_DECIMALS, &event->top.bid_size)) ||
        (values[BEST_ASK_SIZE].text != NULL &&
         !member_decimal(&values[BEST_ASK_SIZE], QUANTITY_DECIMALS, &event->top.ask_size)))
        return market_malformed(problem, "the sizes of a ticker are no sizes");
    market_put(sink, event);
    return true;
}

bool coinbase_parse_exchange(const char *text, size_t length, const struct market_sink *sink, const char **problem)
{
    struct json_value values[MEMBERS];
    struct market_event event = {.kind = MARKET_HEARTBEAT};
    if (!members_read(text, length, NAMES, values, MEMBERS, problem))
        return false;
    const struct json_value *type = &values[TYPE];
    if (type->text == NULL || type->type != JSON_STRING)
        return market_malformed(problem, "a message has no type");
    if (json_is(type, "error") || json_is(type, "subscriptions")) {
        event.kind = MARKET_ANSWER;
        event.answer.refused = json_is(type, "error");
        member_text(&values[TEXT], event.answer.text, sizeof event.answer.text);
        market_put(sink, &event);
        return true;
    }
    bool snapshot = json_is(type, "snapshot");
    if (values[TIME].text != NULL && !member_time(&values[TIME], &event.timestamp_ns))
        return market_malformed(problem, "the time of a message is none");
    if (!member_symbol(&values[PRODUCT], event.symbol))
        return values[PRODUCT].text == NULL || market_malformed(problem, "the product of a message is no symbol");
    if (snapshot || json_is(type, "l2update"))
        return read_book(values, &event, snapshot, sink, problem);
    if (json_is(type, "match"))
        return read_trade(values, &event, sink, problem);
    if (json_is(type, "ticker"))
        return read_ticker(values, &event, sink, problem);
    if (json_is(type, "heartbeat"))
        market_put(sink, &event);
    return true; /* last_match is history */
}
