/* Version 2: every message is an object with a channel, or the answer to a method. */
#include "feed/kraken.h"

#include "feed/members.h"

enum { MESSAGE_CHANNEL, MESSAGE_TYPE, MESSAGE_DATA, MESSAGE_METHOD, MESSAGE_SUCCESS, MESSAGE_ERROR, MESSAGE_SYMBOL };

static const char *const MESSAGE[] = {"channel", "type", "data", "method", "success", "error", "symbol"};

enum { MESSAGE_MEMBERS = sizeof MESSAGE / sizeof *MESSAGE };

/* The levels of one side. The decimals of the last one that is written stand for the whole message. */
static bool read_levels(const struct json_value *levels, enum side side, const struct market_event *book,
                        const struct market_sink *sink)
{
    static const char *const NAMES[] = {"price", "qty"};
    struct market_event event = *book;
    struct json_reader reader;
    struct json_value element, values[2];
    const char *ignored;
    event.kind = MARKET_LEVEL;
    json_array_init(&reader, levels->text, levels->length);
    while (json_array_next(&reader, &element)) {
        if (element.type != JSON_OBJECT || !members_read(element.text, element.length, NAMES, values, 2, &ignored) ||
            !member_level_price(&values[0], &event.level.price) ||
            !member_decimal(&values[1], QUANTITY_DECIMALS, &event.level.size))
            return false;
        event.level.side = side;
        market_put(sink, &event);
    }
    return reader.problem == NULL;
}

static bool read_book(const struct json_value *element, bool snapshot, const struct market_sink *sink,
                      const char **problem)
{
    enum { SYMBOL, BIDS, ASKS, CHECKSUM, TIMESTAMP, COUNT };
    static const char *const NAMES[] = {"symbol", "bids", "asks", "checksum", "timestamp"};
    struct json_value values[COUNT];
    struct market_event event = {.kind = MARKET_SNAPSHOT};
    int64_t checksum;
    if (!members_read(element->text, element->length, NAMES, values, COUNT, problem))
        return false;
    if (!member_symbol(&values[SYMBOL], event.symbol))
        return market_malformed(problem, "a book has no symbol");
    if (values[TIMESTAMP].text != NULL && !member_time(&values[TIMESTAMP], &event.timestamp_ns))
        return market_malformed(problem, "the timestamp of a book is no time");
    if (!member_whole(&values[CHECKSUM], &checksum) || checksum > UINT32_MAX)
        return market_malformed(problem, "a book has no checksum");
    if (snapshot)
        market_put(sink, &event);
    static const struct {
        int member;
        enum side side;
    } SIDES[] = {{BIDS, SIDE_BUY}, {ASKS, SIDE_SELL}};
    for (size_t i = 0; i < 2; i++) {
        const struct json_value *levels = &values[SIDES[i].member];
        if (levels->text == NULL || levels->type != JSON_ARRAY || !read_levels(levels, SIDES[i].side, &event, sink))
            return market_malformed(problem, "the levels of a book are no prices and quantities");
    }
    event.kind = MARKET_BOOK;
    event.book.first_id = event.book.last_id = 0;
    event.book.has_checksum = true;
    event.book.checksum = (uint32_t)checksum;
    event.book.price_decimals = event.book.size_decimals = -1;
    market_put(sink, &event);
    return true;
}

static bool read_trade(const struct json_value *element, bool snapshot, const struct market_sink *sink,
                       const char **problem)
{
    enum { SYMBOL, SIDE, PRICE, QUANTITY, ID, TIMESTAMP, COUNT };
    static const char *const NAMES[] = {"symbol", "side", "price", "qty", "trade_id", "timestamp"};
    struct json_value values[COUNT];
    struct market_event event = {.kind = MARKET_TRADE};
    if (!members_read(element->text, element->length, NAMES, values, COUNT, problem))
        return false;
    bool is_buy = json_is(&values[SIDE], "buy");
    if (!member_symbol(&values[SYMBOL], event.symbol) || (!is_buy && !json_is(&values[SIDE], "sell")) ||
        !member_decimal(&values[PRICE], PRICE_DECIMALS, &event.trade.price) ||
        !member_decimal(&values[QUANTITY], QUANTITY_DECIMALS, &event.trade.size) || event.trade.price == 0 ||
        event.trade.size == 0 || !member_trade_id(&values[ID], event.trade.id) ||
        !member_time(&values[TIMESTAMP], &event.timestamp_ns))
        return market_malformed(problem, "a trade lacks its symbol, side, price, quantity, id or time");
    event.trade.aggressor = is_buy ? SIDE_BUY : SIDE_SELL;
    if (!snapshot) /* what was traded before we came is history */
        market_put(sink, &event);
    return true;
}

static bool read_top_side(const struct json_value *price_text, const struct json_value *size_text, int64_t *price,
                          int64_t *size)
{
    if (!member_decimal(price_text, PRICE_DECIMALS, price) || !member_decimal(size_text, QUANTITY_DECIMALS, size))
        return false;
    if (*price == 0 || *size == 0) {
        *price = DECIMAL_NONE;
        *size = 0;
    }
    return true;
}

static bool read_ticker(const struct json_value *element, bool snapshot, const struct market_sink *sink,
                        const char **problem)
{
    enum { SYMBOL, BID, BID_SIZE, ASK, ASK_SIZE, TIMESTAMP, COUNT };
    static const char *const NAMES[] = {"symbol", "bid", "bid_qty", "ask", "ask_qty", "timestamp"};
    struct json_value values[COUNT];
    struct market_event event = {.kind = MARKET_TOP};
    (void)snapshot;
    if (!members_read(element->text, element->length, NAMES, values, COUNT, problem))
        return false;
    if (!member_symbol(&values[SYMBOL], event.symbol) ||
        !read_top_side(&values[BID], &values[BID_SIZE], &event.top.bid, &event.top.bid_size) ||
        !read_top_side(&values[ASK], &values[ASK_SIZE], &event.top.ask, &event.top.ask_size))
        return market_malformed(problem, "a ticker lacks its symbol, bid or ask");
    if (values[TIMESTAMP].text != NULL && !member_time(&values[TIMESTAMP], &event.timestamp_ns))
        return market_malformed(problem, "the timestamp of a ticker is no time");
    market_put(sink, &event);
    return true;
}

/* True for the states in which orders are matched. */
static enum quote_status status_of(const struct json_value *value)
{
    if (json_is(value, "online") || json_is(value, "post_only") || json_is(value, "limit_only") ||
        json_is(value, "reduce_only"))
        return QUOTE_OPEN;
    return QUOTE_HALTED;
}

static bool read_pair(const struct json_value *element, const struct market_sink *sink, const char **problem)
{
    enum { SYMBOL, STATUS, PRICE_PRECISION, SIZE_PRECISION, COUNT };
    static const char *const NAMES[] = {"symbol", "status", "price_precision", "qty_precision"};
    struct json_value values[COUNT];
    struct market_event event = {.kind = MARKET_PRECISION};
    int64_t price_decimals, size_decimals;
    if (!members_read(element->text, element->length, NAMES, values, COUNT, problem))
        return false;
    if (!member_symbol(&values[SYMBOL], event.symbol) || !member_whole(&values[PRICE_PRECISION], &price_decimals) ||
        !member_whole(&values[SIZE_PRECISION], &size_decimals) || price_decimals > 18 || size_decimals > 18)
        return market_malformed(problem, "a pair lacks its symbol or precision");
    event.precision.price_decimals = (int)price_decimals;
    event.precision.size_decimals = (int)size_decimals;
    market_put(sink, &event);
    if (values[STATUS].text == NULL)
        return true;
    event.kind = MARKET_STATUS;
    event.status = status_of(&values[STATUS]);
    market_put(sink, &event);
    return true;
}

/* `data` of the instrument channel is an object that holds the pairs in an array. */
static bool read_instruments(const struct json_value *data, const struct market_sink *sink, const char **problem)
{
    static const char *const NAMES[] = {"pairs"};
    struct json_value pairs, element;
    struct json_reader reader;
    if (data->type != JSON_OBJECT)
        return market_malformed(problem, "the data of the instruments are no object");
    if (!members_read(data->text, data->length, NAMES, &pairs, 1, problem))
        return false;
    if (pairs.text == NULL || pairs.type != JSON_ARRAY)
        return market_malformed(problem, "the instruments have no pairs");
    json_array_init(&reader, pairs.text, pairs.length);
    while (json_array_next(&reader, &element)) {
        if (element.type != JSON_OBJECT)
            return market_malformed(problem, "a pair is no object");
        if (!read_pair(&element, sink, problem))
            return false;
    }
    return true;
}

static bool read_answer(const struct json_value *message, const struct market_sink *sink)
{
    struct market_event event = {.kind = MARKET_ANSWER};
    if (json_is(&message[MESSAGE_METHOD], "pong")) {
        event.kind = MARKET_HEARTBEAT;
    } else {
        /* Whoever gives something up does not mind that it was not there. */
        event.answer.refused = !json_is(&message[MESSAGE_METHOD], "unsubscribe") &&
                               (message[MESSAGE_SUCCESS].text == NULL || message[MESSAGE_SUCCESS].type != JSON_TRUE);
        member_symbol(&message[MESSAGE_SYMBOL], event.symbol);
        member_text(&message[MESSAGE_ERROR], event.answer.text, sizeof event.answer.text);
    }
    market_put(sink, &event);
    return true;
}

bool kraken_parse(const char *text, size_t length, const struct market_sink *sink, const char **problem)
{
    static const struct {
        const char *channel;
        bool (*read)(const struct json_value *, bool snapshot, const struct market_sink *, const char **);
    } CHANNELS[] = {{"book", read_book}, {"trade", read_trade}, {"ticker", read_ticker}};
    struct json_value message[MESSAGE_MEMBERS], element;
    struct json_reader reader;
    if (!members_read(text, length, MESSAGE, message, MESSAGE_MEMBERS, problem))
        return false;
    const struct json_value *channel = &message[MESSAGE_CHANNEL], *data = &message[MESSAGE_DATA];
    if (message[MESSAGE_METHOD].text != NULL || message[MESSAGE_ERROR].text != NULL)
        return read_answer(message, sink);
    if (channel->text == NULL || channel->type != JSON_STRING)
        return market_malformed(problem, "a message has neither a channel nor a method");
    if (json_is(channel, "heartbeat")) {
        market_put(sink, &(struct market_event){.kind = MARKET_HEARTBEAT});
        return true;
    }
    if (json_is(channel, "instrument"))
        return data->text != NULL ? read_instruments(data, sink, problem)
                                  : market_malformed(problem, "a message lacks its data");
    bool snapshot = json_is(&message[MESSAGE_TYPE], "snapshot");
    for (size_t i = 0; i < sizeof CHANNELS / sizeof *CHANNELS; i++) {
        if (!json_is(channel, CHANNELS[i].channel))
            continue;
        if (data->text == NULL || data->type != JSON_ARRAY)
            return market_malformed(problem, "a message lacks its data");
        json_array_init(&reader, data->text, data->length);
        while (json_array_next(&reader, &element)) {
            if (element.type != JSON_OBJECT)
                return market_malformed(problem, "an element of the data is no object");
            if (!CHANNELS[i].read(&element, snapshot, sink, problem))
                return false;
        }
        return true;
    }
    return true; /* status, candles and what may come */
}
