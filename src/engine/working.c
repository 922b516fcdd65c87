/* Working orders in a hash by id and, per instrument, a list in the order of their turns; the same record of an
 * instrument holds what our fills have used of the last quote they met. */
#include "engine/working.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"

#define uthash_fatal(message) abort()
#include <uthash.h>
#include <utlist.h>

struct place;

struct entry {
    struct working working;
    struct place *place;
    int64_t limit_price, quantity; /* as they were, to see what a replace changed */
    struct entry *next, *previous; /* in the order of their turns */
    UT_hash_handle hh;
};

/* Unused bytes are zero: the key is compared as bytes. */
struct place_key {
    char exchange[EXCHANGE_SIZE];
    char symbol[SYMBOL_SIZE];
};

/* One instrument. */
struct place {
    struct place_key key;
    struct entry *first;
    uint64_t quote_sequence; /* of the newest quote that any fill met */
    int64_t bought, sold;    /* against that one */
    uint64_t trade_sequence; /* MARKET_DATA sequence of the last trade that its orders met */
    UT_hash_handle hh;
};

/* A limit order that a trade may fill. */
struct candidate {
    struct entry *entry;
    int64_t price; /* better ones are larger, for both sides */
    size_t turn;
};

struct working_orders {
    const struct order_book *book;
    const struct quotes *quotes;
    const struct session_calendars *calendars;
    struct entry *entries;
    struct place *places;
    struct candidate *candidates; /* kept between trades */
    size_t candidate_count, candidate_capacity;
};

static void *allocate(size_t bytes)
{
    void *memory = calloc(1, bytes);
    if (memory == NULL)
        abort();
    return memory;
}

struct working_orders *working_orders_create(const struct order_book *book, const struct quotes *quotes,
                                             const struct session_calendars *calendars)
{
    struct working_orders *orders = allocate(sizeof *orders);
    orders->book = book;
    orders->quotes = quotes;
    orders->calendars = calendars;
    return orders;
}

void working_orders_destroy(struct working_orders *orders)
{
    if (orders == NULL)
        return;
    struct entry *entry, *next_entry;
    HASH_ITER(hh, orders->entries, entry, next_entry)
    {
        HASH_DEL(orders->entries, entry);
        free(entry);
    }
    struct place *place, *next_place;
    HASH_ITER(hh, orders->places, place, next_place)
    {
        HASH_DEL(orders->places, place);
        free(place);
    }
    free(orders->candidates);
    free(orders);
}

static struct entry *entry_find(const struct working_orders *orders, const char *order_id)
{
    struct entry *entry;
    HASH_FIND_STR(orders->entries, order_id, entry);
    return entry;
}

const struct working *working_orders_find(const struct working_orders *orders, const char *order_id)
{
    const struct entry *entry = entry_find(orders, order_id);
    return entry == NULL ? NULL : &entry->working;
}

static struct place *place_find(const struct working_orders *orders, const char *exchange, const char *symbol)
{
    struct place_key key = {0};
    text_copy(key.exchange, sizeof key.exchange, exchange);
    text_copy(key.symbol, sizeof key.symbol, symbol);
    struct place *place;
    HASH_FIND(hh, orders->places, &key, sizeof key, place);
    return place;
}

static struct place *place_of(struct working_orders *orders, const char *exchange, const char *symbol)
{
    struct place *place = place_find(orders, exchange, symbol);
    if (place != NULL)
        return place;
    place = allocate(sizeof *place);
    text_copy(place->key.exchange, sizeof place->key.exchange, exchange);
    text_copy(place->key.symbol, sizeof place->key.symbol, symbol);
    HASH_ADD(hh, orders->places, key, sizeof place->key, place);
    return place;
}

void working_orders_each(const struct working_orders *orders, const char *exchange, const char *symbol,
                         bool (*visit)(const struct working *, void *), void *context)
{
    const struct place *place = place_find(orders, exchange, symbol);
    const struct entry *entry = place == NULL ? NULL : place->first;
    while (entry != NULL && visit(&entry->working, context))
        entry = entry->next;
}

int64_t working_orders_used(const struct working_orders *orders, const char *exchange, const char *symbol,
                            enum side side, uint64_t quote_sequence)
{
    const struct place *place = place_find(orders, exchange, symbol);
    if (place == NULL || place->quote_sequence != quote_sequence)
        return 0;
    return side == SIDE_BUY ? place->bought : place->sold;
}

/* A fill that a trade some quotes ago gave says nothing about what was used since. But when MARKET_DATA itself went
 * back, because its tail was lost, the lower sequence is the newer quote. */
static bool is_older(const struct working_orders *orders, const struct place *place, uint64_t quote_sequence)
{
    const struct market *market = quotes_find(orders->quotes, place->key.exchange, place->key.symbol);
    bool went_back = market != NULL && market->sequence < place->quote_sequence;
    return quote_sequence < place->quote_sequence && !went_back;
}

static void note_used(struct working_orders *orders, const struct execution *execution)
{
    if (execution->quote_seq == 0)
        return;
    struct place *place = place_of(orders, execution->exchange, execution->symbol);
    if (is_older(orders, place, execution->quote_seq))
        return;
    if (execution->quote_seq != place->quote_sequence) {
        place->quote_sequence = execution->quote_seq;
        place->bought = place->sold = 0;
    }
    int64_t *used = execution->side == SIDE_BUY ? &place->bought : &place->sold;
    if (__builtin_add_overflow(*used, execution->quantity, used))
        *used = INT64_MAX;
}

int64_t working_queue_ahead(const struct market *market, enum side side, int64_t price)
{
    if (market == NULL)
        return 0;
    const struct quote *quote = &market->quote;
    bool improves = side == SIDE_BUY ? price > quote->bid : price < quote->ask;
    int64_t size = side == SIDE_BUY ? quote->bid_size : quote->ask_size;
    return improves || size == DECIMAL_NONE ? 0 : size;
}

bool working_reaches(const struct market *market, enum side side, int64_t price)
{
    if (price == DECIMAL_NONE)
        return true;
    return side == SIDE_BUY ? price >= market->quote.ask : price <= market->quote.bid;
}

static struct entry *begin(struct working_orders *orders, const struct order *order)
{
    struct entry *entry = allocate(sizeof *entry);
    entry->working.order = order;
    entry->working.queue_left = order->queue_ahead;
    entry->working.trigger_price = DECIMAL_NONE;
    entry->working.expires_ns = order->terms.time_in_force == TIF_DAY
                                    ? session_close_ns(orders->calendars, order->terms.exchange, order->new_stored_ns)
                                    : INT64_MAX;
    entry->limit_price = order->terms.limit_price;
    entry->quantity = order->terms.quantity;
    entry->place = place_of(orders, order->terms.exchange, order->terms.symbol);
    HASH_ADD_KEYPTR(hh, orders->entries, order->terms.order_id, strlen(order->terms.order_id), entry);
    DL_APPEND2(entry->place->first, entry, previous, next);
    return entry;
}

static void end(struct working_orders *orders, struct entry *entry)
{
    DL_DELETE2(entry->place->first, entry, previous, next);
    HASH_DEL(orders->entries, entry);
    free(entry);
}

static void go_last(struct entry *entry)
{
    DL_DELETE2(entry->place->first, entry, previous, next);
    DL_APPEND2(entry->place->first, entry, previous, next);
}

/* Another price or a larger quantity loses the place in the queue; a smaller quantity keeps it. */
static void requeue(const struct working_orders *orders, struct entry *entry)
{
    const struct order_request *terms = &entry->working.order->terms;
    bool has_moved = terms->limit_price != entry->limit_price;
    if (has_moved || terms->quantity > entry->quantity) {
        const struct market *market = quotes_find(orders->quotes, terms->exchange, terms->symbol);
        entry->working.queue_left = working_queue_ahead(market, terms->side, terms->limit_price);
        entry->working.traded = 0;
        entry->working.repriced = has_moved && market != NULL && !terms->post_only &&
                                  working_reaches(market, terms->side, terms->limit_price);
        go_last(entry);
    }
    entry->limit_price = terms->limit_price;
    entry->quantity = terms->quantity;
}

void working_orders_follow(struct working_orders *orders, const struct event *event, enum fold_result result)
{
    bool is_fill = event->kind == EVENT_ORDER_EXECUTED && result != FOLD_DUPLICATE && result != FOLD_GAP;
    if (is_fill)
        note_used(orders, &event->execution);
    const char *order_id = event_order_id(event);
    const struct order *order = order_id == NULL ? NULL : order_book_find(orders->book, order_id);
    if (order == NULL)
        return;
    struct entry *entry = entry_find(orders, order_id);
    if (entry == NULL && order_is_working(order))
        entry = begin(orders, order);
    if (entry == NULL)
        return;
    if (order_is_done(order)) {
        end(orders, entry);
        return;
    }
    if (result != FOLD_APPLIED)
        return;
    if (event->kind == EVENT_ORDER_TRIGGERED)
        go_last(entry);
    if (event->kind == EVENT_ORDER_REPLACED)
        requeue(orders, entry);
    if (is_fill) {
        int64_t left = entry->working.traded - event->execution.quantity;
        entry->working.traded = left > 0 ? left : 0;
        entry->working.repriced = false;
        if (event->execution.liquidity == LIQUIDITY_TAKER)
            entry->working.taken_seq = event->execution.quote_seq;
    }
}

static void take_candidate(struct working_orders *orders, struct entry *entry)
{
    if (orders->candidate_count == orders->candidate_capacity) {
        size_t capacity = orders->candidate_capacity == 0 ? 64 : 2 * orders->candidate_capacity;
        struct candidate *candidates = realloc(orders->candidates, capacity * sizeof *candidates);
        if (candidates == NULL)
            abort();
        orders->candidates = candidates;
        orders->candidate_capacity = capacity;
    }
    const struct order_request *terms = &entry->working.order->terms;
    orders->candidates[orders->candidate_count] = (struct candidate){
        .entry = entry,
        .price = terms->side == SIDE_BUY ? terms->limit_price : -terms->limit_price,
        .turn = orders->candidate_count,
    };
    orders->candidate_count++;
}

/* A trade that hits a stop is remembered; one at or through a limit is a candidate to fill it. */
static void meet_trade(struct working_orders *orders, struct entry *entry, const struct event *event)
{
    const struct quote *quote = &event->quote;
    const struct order *order = entry->working.order;
    const struct order_request *terms = &order->terms;
    if (event->stored_ns < order->accepted_stored_ns)
        return;
    bool is_buy = terms->side == SIDE_BUY;
    if (order_is_stop(order) && order->state == ORDER_ACCEPTED) {
        if (is_buy ? quote->last >= terms->stop_price : quote->last <= terms->stop_price)
            entry->working.trigger_price = quote->last;
        return;
    }
    /* A buyer who takes does not meet our buy orders. */
    bool is_other_side = quote->last_side != terms->side;
    int64_t limit = terms->limit_price;
    if (limit != DECIMAL_NONE && is_other_side && (is_buy ? quote->last <= limit : quote->last >= limit))
        take_candidate(orders, entry);
}

/* Price, then time. */
static int compare(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    if (a->price != b->price)
        return a->price > b->price ? -1 : 1;
    return a->turn < b->turn ? -1 : a->turn > b->turn;
}

/* Each order's own queue is eaten by the whole trade; what reaches behind the queues is given once. */
static void share_trade(struct working_orders *orders, const struct event *event)
{
    const struct quote *quote = &event->quote;
    int64_t given = 0;
    qsort(orders->candidates, orders->candidate_count, sizeof *orders->candidates, compare);
    for (size_t i = 0; i < orders->candidate_count; i++) {
        struct working *working = &orders->candidates[i].entry->working;
        if (quote->last != working->order->terms.limit_price)
            working->queue_left = 0; /* a trade through its price finds the queue empty */
        if (working->queue_left == DECIMAL_NONE)
            continue;
        int64_t eaten = working->queue_left < quote->last_size ? working->queue_left : quote->last_size;
        working->queue_left -= eaten;
        int64_t share = quote->last_size - eaten - given;
        int64_t wanted = order_leaves(working->order) - working->traded;
        share = share < wanted ? share : wanted;
        if (share <= 0)
            continue;
        given += share;
        working->traded += share;
        working->traded_seq = event->sequence;
    }
}

void working_orders_trade(struct working_orders *orders, const struct event *event)
{
    const struct quote *quote = &event->quote;
    struct place *place = place_find(orders, quote->exchange, quote->symbol);
    if (place == NULL || (event->sequence != 0 && place->trade_sequence == event->sequence))
        return; /* read again after a restart from a snapshot that has it */
    place->trade_sequence = event->sequence;
    orders->candidate_count = 0;
    for (struct entry *entry = place->first; entry != NULL; entry = entry->next)
        meet_trade(orders, entry, event);
    /* After a restart the last quote is read again; what it filled already it does not fill once more. */
    bool was_used = event->sequence != 0 && place->quote_sequence == event->sequence;
    if (!was_used && quote->last_size != DECIMAL_NONE && orders->candidate_count > 0)
        share_trade(orders, event);
}

static void pack_working(struct pack *pack, struct entry *entry)
{
    struct working *working = &entry->working;
    pack_i64(pack, &working->queue_left);
    pack_i64(pack, &working->traded);
    pack_u64(pack, &working->traded_seq);
    pack_i64(pack, &working->trigger_price);
    pack_u64(pack, &working->taken_seq);
    pack_bool(pack, &working->repriced);
    pack_i64(pack, &entry->limit_price);
    pack_i64(pack, &entry->quantity);
}

static void pack_place(struct pack *pack, struct place *place)
{
    pack_u64(pack, &place->quote_sequence);
    pack_i64(pack, &place->bought);
    pack_i64(pack, &place->sold);
    pack_u64(pack, &place->trade_sequence);
}

void working_orders_save(const struct working_orders *orders, struct pack *pack)
{
    pack_section(pack, "WORKING", 2);
    pack_count(pack, HASH_COUNT(orders->places));
    for (struct place *place = orders->places; place != NULL; place = place->hh.next) {
        size_t count = 0;
        for (const struct entry *entry = place->first; entry != NULL; entry = entry->next)
            count++;
        PACK_TEXT(pack, place->key.exchange);
        PACK_TEXT(pack, place->key.symbol);
        pack_place(pack, place);
        pack_count(pack, count);
        for (struct entry *entry = place->first; entry != NULL; entry = entry->next) {
            char order_id[ID_SIZE];
            text_copy(order_id, sizeof order_id, entry->working.order->terms.order_id);
            PACK_TEXT(pack, order_id);
            pack_working(pack, entry);
        }
    }
}

static void load_entry(struct working_orders *orders, const struct place *place, struct pack *pack)
{
    char order_id[ID_SIZE] = "";
    PACK_TEXT(pack, order_id);
    const struct order *order = order_book_find(orders->book, order_id);
    if (pack->failed || order == NULL || !order_is_working(order) || entry_find(orders, order_id) != NULL) {
        pack_fail(pack);
        return;
    }
    struct entry *entry = begin(orders, order);
    pack_working(pack, entry);
    if (entry->place != place)
        pack_fail(pack);
}

int working_orders_load(struct working_orders *orders, struct pack *pack)
{
    pack_section(pack, "WORKING", 2);
    for (size_t left = pack_count(pack, 0); left > 0 && !pack->failed; left--) {
        char exchange[EXCHANGE_SIZE] = "", symbol[SYMBOL_SIZE] = "";
        PACK_TEXT(pack, exchange);
        PACK_TEXT(pack, symbol);
        struct place *place = place_of(orders, exchange, symbol);
        pack_place(pack, place);
        for (size_t entries = pack_count(pack, 0); entries > 0 && !pack->failed; entries--)
            load_entry(orders, place, pack);
    }
    return pack->failed ? -1 : 0;
}
