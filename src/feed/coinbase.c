/* Advanced Trade: a message of a channel holds events, and an event holds updates, trades or tickers. */
#include "feed/coinbase.h"

#include "feed/members.h"

enum { CHANNEL, SEQUENCE, TIMESTAMP, EVENTS, TYPE, TEXT, MEMBERS };

static const char *const MESSAGE[MEMBERS] = {"channel", "sequence_num", "timestamp", "events", "type", "message"};

/* What every event of a message is read with. */
struct reading {
    const struct market_sink *sink;
    struct market_event event; /* with the timestamp of the message */
    bool snapshot;
};

static void put(const struct reading *reading, const struct market_event *event)
{
    market_put(reading->sink, event);
}

/* Calls `read` for each object of an array. */
static bool each_object(const struct json_value *array, struct reading *reading, const char **problem,
                        bool (*read)(struct reading *, const struct json_value *, const char **))
{
    struct json_reader reader;
    struct json_value element;
    if (array->text == NULL || array->type != JSON_ARRAY)
        return market_malformed(problem, "a list of the message is missing");
    json_array_init(&reader, array->text, array->length);
    while (json_array_next(&reader, &element)) {
        if (element.type != JSON_OBJECT)
            return market_malformed(problem, "an element of the message is no object");
        if (!read(reading, &element, problem))
            return false;
    }
    return true;
}

static bool read_level(struct reading *reading, const struct json_value *update, const char **problem)
{
    enum { SIDE, PRICE, SIZE, TIME, COUNT };
    static const char *const NAMES[COUNT] = {"side", "price_level", "new_quantity", "event_time"};
    struct json_value values[COUNT];
    struct market_event event = reading->event;
    event.kind = MARKET_LEVEL;
    if (!members_read(update->text, update->length, NAMES, values, COUNT, problem))
        return false;
    bool is_bid = json_is(&values[SIDE], "bid");
    if ((!is_bid && !json_is(&values[SIDE], "offer")) || !member_level_price(&values[PRICE], &event.level.price) ||
        !member_decimal(&values[SIZE], QUANTITY_DECIMALS, &event.level.size))
        return market_malformed(problem, "a level lacks its side, price or quantity");
    event.level.side = is_bid ? SIDE_BUY : SIDE_SELL;
    put(reading, &event);
    return true;
}

static bool read_book(struct reading *reading, const struct json_value *element, const char **problem)
{
    enum { KIND, PRODUCT, UPDATES, COUNT };
    static const char *const NAMES[COUNT] = {"type", "product_id", "updates"};
    struct json_value values[COUNT];
    if (!members_read(element->text, element->length, NAMES, values, COUNT, problem))
        return false;
    bool snapshot = json_is(&values[KIND], "snapshot");
    if (!member_symbol(&values[PRODUCT], reading->event.symbol) || (!snapshot && !json_is(&values[KIND], "update")))
        return market_malformed(problem, "a book lacks its product or type");
    if (snapshot) {
        struct market_event event = reading->event;
        event.kind = MARKET_SNAPSHOT;
        put(reading, &event);
    }
    if (!each_object(&values[UPDATES], reading, problem, read_level))
        return false;
    struct market_event end = reading->event;
    end.kind = MARKET_BOOK;
    end.book.price_decimals = end.book.size_decimals = -1;
    put(reading, &end);
    return true;
}

static bool read_trade(struct reading *reading, const struct json_value *element, const char **problem)
{
    enum { ID, PRODUCT, PRICE, SIZE, SIDE, TIME, COUNT };
    static const char *const NAMES[COUNT] = {"trade_id", "product_id", "price", "size", "side", "time"};
    struct json_value values[COUNT];
    struct market_event event = reading->event;
    event.kind = MARKET_TRADE;
    if (!members_read(element->text, element->length, NAMES, values, COUNT, problem))
        return false;
    bool is_buy = json_is(&values[SIDE], "BUY");
    if (!member_symbol(&values[PRODUCT], event.symbol) || !member_trade_id(&values[ID], event.trade.id) ||
        !member_decimal(&values[PRICE], PRICE_DECIMALS, &event.trade.price) || event.trade.price == 0 ||
        !member_decimal(&values[SIZE], QUANTITY_DECIMALS, &event.trade.size) || event.trade.size == 0 ||
        (!is_buy && !json_is(&values[SIDE], "SELL")) || !member_time(&values[TIME], &event.timestamp_ns))
        return market_malformed(problem, "a trade lacks its product, id, price, size, side or time");
    /* Advanced Trade names the side of the maker. */
    event.trade.aggressor = is_buy ? SIDE_SELL : SIDE_BUY;
    if (!reading->snapshot)
        put(reading, &event);
    return true;
}

static bool read_trades(struct reading *reading, const struct json_value *element, const char **problem)
{
    enum { KIND, TRADES, COUNT };
    static const char *const NAMES[COUNT] = {"type", "trades"};
    struct json_value values[COUNT];
    if (!members_read(element->text, element->length, NAMES, values, COUNT, problem))
        return false;
    reading->snapshot = json_is(&values[KIND], "snapshot"); /* what was traded before we came is history */
    return each_object(&values[TRADES], reading, problem, read_trade);
}

static bool read_top(struct reading *reading, const struct json_value *element, const char **problem)
{
    enum { PRODUCT, BID, BID_SIZE, ASK, ASK_SIZE, COUNT };
    static const char *const NAMES[COUNT] = {"product_id", "best_bid", "best_bid_quantity", "best_ask",
                                             "best_ask_quantity"};
    struct json_value values[COUNT];
    struct market_event event = reading->event;
    event.kind = MARKET_TOP;
    if (!members_read(element->text, element->length, NAMES, values, COUNT, problem))
        return false;
    if (!member_symbol(&values[PRODUCT], event.symbol) ||
        !member_decimal(&values[BID], PRICE_DECIMALS, &event.top.bid) ||
        !member_decimal(&values[BID_SIZE], QUANTITY_DECIMALS, &event.top.bid_size) ||
        !member_decimal(&values[ASK], PRICE_DECIMALS, &event.top.ask) ||
        !member_decimal(&values[ASK_SIZE], QUANTITY_DECIMALS, &event.top.ask_size))
        return market_malformed(problem, "a ticker lacks its product, bid or ask");
    put(reading, &event);
    return true;
}

static bool read_tickers(struct reading *reading, const struct json_value *element, const char **problem)
{
    static const char *const NAMES[] = {"tickers"};
    struct json_value tickers;
    return members_read(element->text, element->length, NAMES, &tickers, 1, problem) &&
           each_object(&tickers, reading, problem, read_top);
}

static bool read_status(struct reading *reading, const struct json_value *element, const char **problem)
{
    enum { ID, STATUS, COUNT };
    static const char *const NAMES[COUNT] = {"id", "status"};
    struct json_value values[COUNT];
    struct market_event event = reading->event;
    event.kind = MARKET_STATUS;
    if (!members_read(element->text, element->length, NAMES, values, COUNT, problem))
        return false;
    if (!member_symbol(&values[ID], event.symbol))
        return market_malformed(problem, "a product lacks its id");
    event.status = json_is(&values[STATUS], "online") ? QUOTE_OPEN : QUOTE_HALTED;
    put(reading, &event);
    return true;
}

static bool read_products(struct reading *reading, const struct json_value *element, const char **problem)
{
    static const char *const NAMES[] = {"products"};
    struct json_value products;
    return members_read(element->text, element->length, NAMES, &products, 1, problem) &&
           each_object(&products, reading, problem, read_status);
}

static bool read_heartbeat(struct reading *reading, const struct json_value *element, const char **problem)
{
    (void)element;
    (void)problem;
    struct market_event event = reading->event;
    event.kind = MARKET_HEARTBEAT;
    put(reading, &event);
    return true;
}

static bool read_subscribed(struct reading *reading, const struct json_value *element, const char **problem)
{
    (void)element;
    (void)problem;
    struct market_event event = reading->event;
    event.kind = MARKET_ANSWER;
    put(reading, &event);
    return true;
}

bool coinbase_parse(const char *text, size_t length, const struct market_sink *sink, const char **problem)
{
    static const struct {
        const char *channel;
        bool (*read)(struct reading *, const struct json_value *, const char **);
    } CHANNELS[] = {
        {"l2_data", read_book},    {"market_trades", read_trades}, {"ticker", read_tickers},
        {"status", read_products}, {"heartbeats", read_heartbeat}, {"subscriptions", read_subscribed},
    };
    struct json_value message[MEMBERS];
    struct reading reading = {.sink = sink};
    int64_t sequence;
    if (!members_read(text, length, MESSAGE, message, MEMBERS, problem))
        return false;
    if (json_is(&message[TYPE], "error")) {
        reading.event.kind = MARKET_ANSWER;
        reading.event.answer.refused = true;
        member_text(&message[TEXT], reading.event.answer.text, sizeof reading.event.answer.text);
        put(&reading, &reading.event);
        return true;
    }
    if (message[CHANNEL].text == NULL || message[CHANNEL].type != JSON_STRING)
        return market_malformed(problem, "a message has no channel");
    if (!member_whole(&message[SEQUENCE], &sequence))
        return market_malformed(problem, "a message has no number");
    if (!member_time(&message[TIMESTAMP], &reading.event.timestamp_ns))
        return market_malformed(problem, "a message has no time");
    struct market_event numbered = reading.event;
    numbered.kind = MARKET_SEQUENCE;
    numbered.sequence = (uint64_t)sequence;
    put(&reading, &numbered);
    for (size_t i = 0; i < sizeof CHANNELS / sizeof *CHANNELS; i++) {
        if (json_is(&message[CHANNEL], CHANNELS[i].channel))
            return each_object(&message[EVENTS], &reading, problem, CHANNELS[i].read);
    }
    return true;
}
