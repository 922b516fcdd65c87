/* Version 1: `[channel id, content, channel name, pair]`, with a second content when both sides of a book changed; and
 * objects with an `event`. All numbers are strings with as many decimals as the venue keeps. */
#include <string.h>

#include "feed/kraken.h"
#include "feed/members.h"

enum { ELEMENTS_MIN = 4, ELEMENTS_MAX = 5 };

/* One message in the form of an array. */
struct frame {
    struct json_value contents[ELEMENTS_MAX - 3];
    size_t content_count;
    struct json_value name;
    struct market_event event; /* with the symbol */
};

/* Takes the first elements of an array; returns how many it has, or 0 when these are more than `most`. */
static size_t elements_of(const char *text, size_t length, struct json_value *elements, size_t most)
{
    struct json_reader reader;
    struct json_value element;
    size_t count = 0;
    json_array_init(&reader, text, length);
    while (json_array_next(&reader, &element)) {
        if (count == most)
            return 0;
        elements[count++] = element;
    }
    return reader.problem == NULL ? count : 0;
}

/* `seconds.decimals` since the epoch. */
static bool read_time(const struct json_value *value, int64_t *time_ns)
{
    return member_decimal(value, 9, time_ns);
}

static bool read_levels(struct frame *frame, const struct json_value *levels, enum side side,
                        const struct market_sink *sink, struct market_event *book)
{
    enum { PRICE, SIZE, TIME, LEAST, MOST };
    struct json_reader reader;
    struct json_value level, values[MOST];
    struct market_event event = frame->event;
    if (levels->type != JSON_ARRAY)
        return false;
    event.kind = MARKET_LEVEL;
    json_array_init(&reader, levels->text, levels->length);
    while (json_array_next(&reader, &level)) {
        if (level.type != JSON_ARRAY || elements_of(level.text, level.length, values, MOST) < LEAST ||
            !member_level_price(&values[PRICE], &event.level.price) ||
            !member_decimal(&values[SIZE], QUANTITY_DECIMALS, &event.level.size) ||
            !read_time(&values[TIME], &event.timestamp_ns))
            return false;
        event.level.side = side;
        book->book.price_decimals = member_decimals(&values[PRICE]);
        book->book.size_decimals = member_decimals(&values[SIZE]);
        if (event.timestamp_ns > book->timestamp_ns)
            book->timestamp_ns = event.timestamp_ns;
        market_put(sink, &event);
    }
    return true;
}

static bool read_book(struct frame *frame, const struct market_sink *sink, const char **problem)
{
    enum { ASKS, BIDS, ALL_ASKS, ALL_BIDS, CHECKSUM, COUNT };
    static const char *const NAMES[] = {"a", "b", "as", "bs", "c"};
    struct market_event book = frame->event;
    book.kind = MARKET_BOOK;
    book.book.price_decimals = book.book.size_decimals = -1;
    for (size_t i = 0; i < frame->content_count; i++) {
        struct json_value values[COUNT];
        int64_t checksum;
        const struct json_value *content = &frame->contents[i];
        if (content->type != JSON_OBJECT)
            return market_malformed(problem, "the content of a book is no object");
        if (!members_read(content->text, content->length, NAMES, values, COUNT, problem))
            return false;
        if (values[ALL_ASKS].text != NULL || values[ALL_BIDS].text != NULL) {
            struct market_event snapshot = frame->event;
            snapshot.kind = MARKET_SNAPSHOT;
            market_put(sink, &snapshot);
        }
        for (int member = ASKS; member <= ALL_BIDS; member++) {
            enum side side = member == ASKS || member == ALL_ASKS ? SIDE_SELL : SIDE_BUY;
            if (values[member].text != NULL && !read_levels(frame, &values[member], side, sink, &book))
                return market_malformed(problem, "the levels of a book are no prices, quantities and times");
        }
        if (values[CHECKSUM].text == NULL)
            continue;
        if (!member_whole(&values[CHECKSUM], &checksum) || checksum > UINT32_MAX)
            return market_malformed(problem, "the checksum of a book is no number of 32 bits");
        book.book.has_checksum = true;
        book.book.checksum = (uint32_t)checksum;
    }
    market_put(sink, &book);
    return true;
}

static bool read_trades(struct frame *frame, const struct market_sink *sink, const char **problem)
{
    enum { PRICE, SIZE, TIME, SIDE, LEAST, MOST = 8 };
    struct json_reader reader;
    struct json_value trade, values[MOST];
    struct market_event event = frame->event;
    event.kind = MARKET_TRADE;
    if (frame->contents[0].type != JSON_ARRAY)
        return market_malformed(problem, "trades are no array");
    json_array_init(&reader, frame->contents[0].text, frame->contents[0].length);
    while (json_array_next(&reader, &trade)) {
        if (trade.type != JSON_ARRAY || elements_of(trade.text, trade.length, values, MOST) < LEAST ||
            !member_decimal(&values[PRICE], PRICE_DECIMALS, &event.trade.price) || event.trade.price == 0 ||
            !member_decimal(&values[SIZE], QUANTITY_DECIMALS, &event.trade.size) || event.trade.size == 0 ||
            !read_time(&values[TIME], &event.timestamp_ns) ||
            (!json_is(&values[SIDE], "b") && !json_is(&values[SIDE], "s")))
            return market_malformed(problem, "a trade lacks its price, quantity, time or side");
        event.trade.aggressor = json_is(&values[SIDE], "b") ? SIDE_BUY : SIDE_SELL;
        market_put(sink, &event);
    }
    return true;
}

/* `a` and `b` of a ticker: price, whole lots, size. */
static bool read_top_side(const struct json_value *side, int64_t *price, int64_t *size)
{
    enum { PRICE, LOTS, SIZE, COUNT };
    struct json_value values[COUNT];
    return side->text != NULL && side->type == JSON_ARRAY &&
           elements_of(side->text, side->length, values, COUNT) == COUNT &&
           member_decimal(&values[PRICE], PRICE_DECIMALS, price) &&
           member_decimal(&values[SIZE], QUANTITY_DECIMALS, size);
}

static bool read_ticker(struct frame *frame, const struct market_sink *sink, const char **problem)
{
    enum { ASK, BID, COUNT };
    static const char *const NAMES[] = {"a", "b"};
    struct json_value values[COUNT];
    struct market_event event = frame->event;
    event.kind = MARKET_TOP;
    if (frame->contents[0].type != JSON_OBJECT)
        return market_malformed(problem, "a ticker is no object");
    if (!members_read(frame->contents[0].text, frame->contents[0].length, NAMES, values, COUNT, problem))
        return false;
    if (!read_top_side(&values[BID], &event.top.bid, &event.top.bid_size) ||
        !read_top_side(&values[ASK], &event.top.ask, &event.top.ask_size))
        return market_malformed(problem, "a ticker lacks its bid or ask");
    market_put(sink, &event);
    return true;
}

static bool read_event(const char *text, size_t length, const struct market_sink *sink, const char **problem)
{
    enum { EVENT, STATUS, PAIR, ERROR_MESSAGE, COUNT };
    static const char *const NAMES[] = {"event", "status", "pair", "errorMessage"};
    struct json_value values[COUNT];
    struct market_event event = {.kind = MARKET_HEARTBEAT};
    if (!members_read(text, length, NAMES, values, COUNT, problem))
        return false;
    if (json_is(&values[EVENT], "subscriptionStatus")) {
        event.kind = MARKET_ANSWER;
        event.answer.refused = json_is(&values[STATUS], "error");
        member_symbol(&values[PAIR], event.symbol);
        member_text(&values[ERROR_MESSAGE], event.answer.text, sizeof event.answer.text);
    } else if (!json_is(&values[EVENT], "heartbeat") && !json_is(&values[EVENT], "pong")) {
        return true;
    }
    market_put(sink, &event);
    return true;
}

bool kraken_parse_v1(const char *text, size_t length, const struct market_sink *sink, const char **problem)
{
    if (length > 0 && text[0] == '{')
        return read_event(text, length, sink, problem);
    struct json_value elements[ELEMENTS_MAX];
    struct frame frame = {0};
    size_t count = elements_of(text, length, elements, ELEMENTS_MAX);
    if (count < ELEMENTS_MIN || !member_symbol(&elements[count - 1], frame.event.symbol) ||
        elements[count - 2].type != JSON_STRING)
        return market_malformed(problem, "a message is no array of channel, content, name and pair");
    frame.name = elements[count - 2];
    frame.content_count = count - 3;
    memcpy(frame.contents, elements + 1, frame.content_count * sizeof *elements);
    if (frame.name.length >= 4 && memcmp(frame.name.text, "book", 4) == 0)
        return read_book(&frame, sink, problem);
    if (json_is(&frame.name, "trade"))
        return read_trades(&frame, sink, problem);
    if (json_is(&frame.name, "ticker"))
        return read_ticker(&frame, sink, problem);
    return true;
}
