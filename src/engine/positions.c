/* The fold of fills into positions. A fill is first worked out on a copy of the sums; only when everything in it fits
 * is the copy put in place, so that a fill which would overflow changes nothing. */
#include "engine/positions.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

#include "core/text.h"
#include "engine/fill_counts.h"
#include "engine/lots.h"
#include "engine/position_table.h"

struct position_key {
    char account[ACCOUNT_SIZE];
    char symbol[SYMBOL_SIZE];
};

struct position_entry {
    struct position position;
    struct position_key key; /* unused bytes are zero */
    struct lots lots;        /* FIFO only: what is open, oldest first */
    bool restored;           /* its first fills are out of reach */
    UT_hash_handle hh;
};

struct positions {
    const struct instruments *instruments;
    enum position_method method;
    struct position_entry *by_key;
    struct position_entry **items; /* in the order of their first fills */
    size_t count, capacity;
    struct fill_counts fill_counts;
    struct position_counts counts;
};

bool position_method_from_name(const char *name, enum position_method *method)
{
    bool is_fifo = strcmp(name, "fifo") == 0;
    if (!is_fifo && strcmp(name, "average_cost") != 0)
        return false;
    *method = is_fifo ? POSITION_FIFO : POSITION_AVERAGE_COST;
    return true;
}

struct positions *positions_create(const struct instruments *instruments, enum position_method method)
{
    struct positions *positions = calloc(1, sizeof *positions);
    if (positions == NULL)
        abort();
    positions->instruments = instruments;
    positions->method = method;
    return positions;
}

void positions_destroy(struct positions *positions)
{
    if (positions == NULL)
        return;
    HASH_CLEAR(hh, positions->by_key);
    for (size_t i = 0; i < positions->count; i++) {
        lots_free(&positions->items[i]->lots);
        free(positions->items[i]);
    }
    free(positions->items);
    fill_counts_free(&positions->fill_counts);
    free(positions);
}

static struct position_key key_of(const char *account, const char *symbol)
{
    struct position_key key = {0};
    text_copy(key.account, sizeof key.account, account);
    text_copy(key.symbol, sizeof key.symbol, symbol);
    return key;
}

static struct position_entry *entry_find(const struct positions *positions, const char *account, const char *symbol)
{
    struct position_key key = key_of(account, symbol);
    struct position_entry *entry;
    HASH_FIND(hh, positions->by_key, &key, sizeof key, entry);
    return entry;
}

static struct position_entry *entry_add(struct positions *positions, const char *account, const char *symbol,
                                        const char *currency)
{
    if (positions->count == positions->capacity) {
        positions->capacity = positions->capacity == 0 ? 64 : positions->capacity * 2;
        positions->items = realloc(positions->items, positions->capacity * sizeof(struct position_entry *));
        if (positions->items == NULL)
            abort();
    }
    struct position_entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL)
        abort();
    entry->key = key_of(account, symbol);
    const struct instrument *instrument = instruments_primary(positions->instruments, symbol);
    struct position *position = &entry->position;
    text_copy(position->account, sizeof position->account, account);
    text_copy(position->symbol, sizeof position->symbol, symbol);
    text_copy(position->currency, sizeof position->currency, instrument != NULL ? instrument->currency : currency);
    position->multiplier = instrument != NULL ? instrument->multiplier : 1;
    position->last_price = DECIMAL_NONE;
    position->index = positions->count;
    positions->items[positions->count++] = entry;
    HASH_ADD(hh, positions->by_key, key, sizeof entry->key, entry);
    return entry;
}

/* The position that a fill belongs to; NULL when it is the first of it. */
static struct position_entry *entry_of_fill(const struct positions *positions, const struct execution *execution,
                                            const struct fill_count *count)
{
    struct position_entry *entry = count->entry;
    if (entry != NULL && strcmp(entry->position.account, execution->account) == 0 &&
        strcmp(entry->position.symbol, execution->symbol) == 0)
        return entry;
    return entry_find(positions, execution->account, execution->symbol);
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* realized = (cash + cost) * m, not rounded. */
static bool realized_overflows(int128 cash, struct wide cost, int64_t multiplier, struct wide *realized)
{
    struct wide sum;
    return wide_add_overflows(wide_of(cash), cost, &sum) || wide_multiply_overflows(sum, multiplier, realized);
}

/* Takes `closed` units out of the cost of an open position. */
static bool close_overflows(const struct position_entry *entry, enum position_method method, int64_t closed,
                            struct wide *cost)
{
    const struct position *position = &entry->position;
    int64_t open = position->quantity < 0 ? -position->quantity : position->quantity;
    if (closed == open) {
        *cost = wide_of(0);
        return false;
    }
    if (method == POSITION_AVERAGE_COST) {
        *cost = position_cost_settle(wide_share(*cost, (uint64_t)(open - closed), (uint64_t)open));
        return false;
    }
    struct wide removed;
    if (lots_cost_overflows(&entry->lots, closed, &removed))
        return true;
    return position->quantity < 0 ? wide_add_overflows(*cost, removed, cost)
                                  : wide_subtract_overflows(*cost, removed, cost);
}

/* What a fill does to quantities. */
struct fill {
    int64_t signed_quantity;
    int64_t closed, opened; /* magnitudes; closed + opened = |signed_quantity| */
};

static struct fill fill_of(const struct position *position, const struct execution *execution)
{
    struct fill fill = {.opened = execution->quantity};
    fill.signed_quantity = execution->side == SIDE_BUY ? execution->quantity : -execution->quantity;
    bool opposite =
        (position->quantity > 0 && fill.signed_quantity < 0) || (position->quantity < 0 && fill.signed_quantity > 0);
    if (opposite) {
        int64_t open = position->quantity < 0 ? -position->quantity : position->quantity;
        fill.closed = smaller(open, execution->quantity);
        fill.opened = execution->quantity - fill.closed;
    }
    return fill;
}

/* What a fill changes of a position, besides the names of its last fill. */
struct sums {
    int64_t quantity;
    struct wide cost;
    int128 cash, fees, closing_fees;
};

/* The part of a fee that belongs to what the fill closes. */
static int128 closing_fee(const struct execution *execution, struct fill fill)
{
    if (fill.closed == 0 || fill.opened == 0)
        return fill.closed == 0 ? 0 : execution->fee;
    return wide_round(wide_share(wide_of(execution->fee), (uint64_t)fill.closed, (uint64_t)execution->quantity));
}

/* Works the fill out; true when something in it would not fit. */
static bool fill_overflows(const struct position_entry *entry, enum position_method method,
                           const struct execution *execution, struct fill fill, struct sums *next)
{
    const struct position *before = &entry->position;
    *next = (struct sums){before->quantity, before->cost, before->cash, before->fees, before->closing_fees};
    if (__builtin_add_overflow(next->quantity, fill.signed_quantity, &next->quantity) || next->quantity == DECIMAL_NONE)
        return true;
    if (money_add_overflows(next->cash, -money_of(execution->price, fill.signed_quantity), &next->cash))
        return true;
    if (fill.closed > 0 && close_overflows(entry, method, fill.closed, &next->cost))
        return true;
    int64_t opened = fill.signed_quantity < 0 ? -fill.opened : fill.opened;
    if (wide_add_overflows(next->cost, wide_of(money_of(execution->price, opened)), &next->cost))
        return true;
    if (execution->fee != MONEY_NONE &&
        (money_add_overflows(next->fees, execution->fee, &next->fees) || next->fees == MONEY_NONE ||
         money_add_overflows(next->closing_fees, closing_fee(execution, fill), &next->closing_fees)))
        return true;
    struct wide realized;
    return realized_overflows(next->cash, next->cost, before->multiplier, &realized);
}

static void remember_fill(struct position *position, const struct event *event)
{
    const struct execution *execution = &event->execution;
    text_copy(position->exchange, sizeof position->exchange, execution->exchange);
    text_copy(position->execution_id, sizeof position->execution_id, execution->execution_id);
    position->last_price = execution->price;
    position->orders_seq = event->sequence;
    position->timestamp_ns = execution->timestamp_ns;
}

static enum position_fold apply(struct positions *positions, struct position_entry *entry, const struct event *event)
{
    const struct execution *execution = &event->execution;
    struct fill fill = fill_of(&entry->position, execution);
    struct sums next;
    if (fill_overflows(entry, positions->method, execution, fill, &next))
        return POSITION_OVERFLOW;
    assert(next.quantity != 0 || wide_is_zero(next.cost)); /* what is closed leaves no cost behind */
    if (positions->method == POSITION_FIFO) {
        lots_remove(&entry->lots, fill.closed);
        lots_add(&entry->lots, fill.opened, execution->price);
    }
    struct position *position = &entry->position;
    position->quantity = next.quantity;
    position->cost = next.cost;
    position->cash = next.cash;
    position->fees = next.fees;
    position->closing_fees = next.closing_fees;
    remember_fill(position, event);
    return POSITION_APPLIED;
}

/* The number of a fill; 0 for what is none. */
static uint32_t number_of_fill(const struct execution *execution)
{
    bool has_side = execution->side == SIDE_BUY || execution->side == SIDE_SELL;
    return has_side && execution->quantity > 0 && execution->price != DECIMAL_NONE ? execution_number(execution) : 0;
}

/* WIRE's rule: a fill applies when its number is the last one plus 1. */
static enum position_fold fold_fill(struct positions *positions, const struct event *event)
{
    const struct execution *execution = &event->execution;
    uint32_t number = number_of_fill(execution);
    if (number == 0)
        return POSITION_INVALID;
    struct fill_count *count = fill_counts_of(&positions->fill_counts, execution->order_id);
    struct position_entry *entry = entry_of_fill(positions, execution, count);
    if (entry != NULL && entry->restored && event->sequence <= entry->position.orders_seq) {
        /* The published position that was taken up again has it already. */
        if (number > count->last)
            count->last = number;
        return POSITION_DUPLICATE;
    }
    if (number <= count->last)
        return POSITION_DUPLICATE;
    bool beyond_reach = entry != NULL && entry->restored && count->last == 0;
    if (number != count->last + 1 && !beyond_reach)
        return POSITION_GAP;
    if (entry == NULL)
        entry = entry_add(positions, execution->account, execution->symbol, execution->fee_currency);
    enum position_fold result = apply(positions, entry, event);
    if (result == POSITION_APPLIED) {
        count->last = number;
        count->entry = entry;
    }
    return result;
}

enum position_fold positions_fold(struct positions *positions, const struct event *event)
{
    if (event->kind != EVENT_ORDER_EXECUTED)
        return POSITION_IGNORED;
    enum position_fold result = fold_fill(positions, event);
    struct position_counts *counts = &positions->counts;
    counts->applied += result == POSITION_APPLIED;
    counts->duplicates += result == POSITION_DUPLICATE;
    counts->gaps += result == POSITION_GAP;
    counts->overflows += result == POSITION_OVERFLOW;
    counts->invalid += result == POSITION_INVALID;
    return result;
}

/* Cash is a whole number, so it comes back from the rounded profit and the exact cost: cash = realized / m - cost,
 * rounded. With m = 1 and a cost that ends in exactly half a unit of 1e-17, that unit is lost. */
static bool restore_cash(struct position *position, int128 realized)
{
    struct wide share = wide_share(wide_of(realized), 1, (uint64_t)position->multiplier), cash;
    if (wide_subtract_overflows(share, position->cost, &cash))
        return false;
    position->cash = wide_round(cash);
    return !realized_overflows(position->cash, position->cost, position->multiplier, &cash);
}

bool positions_restore(struct positions *positions, const struct position_event *event)
{
    if (event->quantity == DECIMAL_NONE || entry_find(positions, event->account, event->symbol) != NULL)
        return false;
    struct position_entry *entry = entry_add(positions, event->account, event->symbol, event->currency);
    struct position *position = &entry->position;
    position->quantity = event->quantity;
    position->cost = position_event_cost(event);
    position->fees = event->fees;
    position->last_price = event->last_price;
    text_copy(position->execution_id, sizeof position->execution_id, event->execution_id);
    position->orders_seq = event->orders_seq;
    position->timestamp_ns = event->timestamp_ns;
    entry->restored = true;
    if (positions->method == POSITION_FIFO)
        lots_add(&entry->lots, position->quantity < 0 ? -position->quantity : position->quantity,
                 position_average_price(position));
    return restore_cash(position, event->realized_pnl);
}

const struct position *positions_find(const struct positions *positions, const char *account, const char *symbol)
{
    const struct position_entry *entry = entry_find(positions, account, symbol);
    return entry == NULL ? NULL : &entry->position;
}

size_t positions_count(const struct positions *positions)
{
    return positions->count;
}

const struct position *positions_at(const struct positions *positions, size_t index)
{
    assert(index < positions->count);
    return &positions->items[index]->position;
}

struct position_counts positions_counts(const struct positions *positions)
{
    return positions->counts;
}

static void pack_wide(struct pack *pack, struct wide *value)
{
    pack_i128(pack, &value->whole);
    pack_u64(pack, &value->fraction);
}

/* All but account, symbol and currency, which an entry is made from. */
static void pack_position(struct pack *pack, struct position_entry *entry)
{
    struct position *position = &entry->position;
    PACK_TEXT(pack, position->exchange);
    pack_i64(pack, &position->quantity);
    pack_wide(pack, &position->cost);
    pack_i128(pack, &position->cash);
    pack_i128(pack, &position->fees);
    pack_i128(pack, &position->closing_fees);
    pack_i64(pack, &position->last_price);
    PACK_TEXT(pack, position->execution_id);
    pack_u64(pack, &position->orders_seq);
    pack_i64(pack, &position->timestamp_ns);
    pack_bool(pack, &entry->restored);
    lots_pack(&entry->lots, pack);
}

static void pack_counts(struct pack *pack, struct position_counts *counts)
{
    pack_u64(pack, &counts->applied);
    pack_u64(pack, &counts->duplicates);
    pack_u64(pack, &counts->gaps);
    pack_u64(pack, &counts->overflows);
    pack_u64(pack, &counts->invalid);
}

void positions_save(const struct positions *positions, struct pack *pack)
{
    struct position_counts counts = positions->counts;
    pack_section(pack, positions->method == POSITION_FIFO ? "POSITIONS_FIFO" : "POSITIONS", 1);
    pack_counts(pack, &counts);
    pack_count(pack, positions->count);
    for (size_t i = 0; i < positions->count; i++) {
        struct position_entry *entry = positions->items[i];
        PACK_TEXT(pack, entry->position.account);
        PACK_TEXT(pack, entry->position.symbol);
        PACK_TEXT(pack, entry->position.currency);
        pack_position(pack, entry);
    }
    fill_counts_save(&positions->fill_counts, pack);
}

static void load_position(struct positions *positions, struct pack *pack)
{
    char account[ACCOUNT_SIZE] = "", symbol[SYMBOL_SIZE] = "", currency[CURRENCY_SIZE] = "";
    PACK_TEXT(pack, account);
    PACK_TEXT(pack, symbol);
    PACK_TEXT(pack, currency);
    if (pack->failed || entry_find(positions, account, symbol) != NULL) {
        pack_fail(pack);
        return;
    }
    struct position_entry *entry = entry_add(positions, account, symbol, currency);
    struct wide realized;
    pack_position(pack, entry);
    if (realized_overflows(entry->position.cash, entry->position.cost, entry->position.multiplier, &realized))
        pack_fail(pack);
}

int positions_load(struct positions *positions, struct pack *pack)
{
    pack_section(pack, positions->method == POSITION_FIFO ? "POSITIONS_FIFO" : "POSITIONS", 1);
    pack_counts(pack, &positions->counts);
    for (size_t left = pack_count(pack, 0); left > 0 && !pack->failed; left--)
        load_position(positions, pack);
    fill_counts_load(&positions->fill_counts, pack);
    return pack->failed ? -1 : 0;
}

int128 position_realized(const struct position *position)
{
    struct wide realized;
    bool overflow = realized_overflows(position->cash, position->cost, position->multiplier, &realized);
    assert(!overflow); /* checked with every fill */
    return wide_round(realized);
}

int64_t position_average_price(const struct position *position)
{
    return position->quantity == 0 ? 0 : (int64_t)wide_divide(position->cost, position->quantity);
}

bool position_unrealized(const struct position *position, int64_t mark, int128 *unrealized)
{
    int128 total;
    return !money_add_overflows(position->cash, money_of(mark, position->quantity), &total) &&
           !money_multiply_overflows(total, position->multiplier, &total) &&
           !money_add_overflows(total, -position_realized(position), unrealized);
}

struct position_event position_to_event(const struct position *position, uint64_t epoch, int64_t timestamp_ns)
{
    struct position_event event = {
        .quantity = position->quantity,
        .average_price = position_average_price(position),
        .realized_pnl = position_realized(position),
        .fees = position->fees,
        .epoch = epoch,
        .orders_seq = position->orders_seq,
        .last_price = position->last_price,
        .timestamp_ns = timestamp_ns,
    };
    text_copy(event.account, sizeof event.account, position->account);
    text_copy(event.symbol, sizeof event.symbol, position->symbol);
    text_copy(event.currency, sizeof event.currency, position->currency);
    text_copy(event.execution_id, sizeof event.execution_id, position->execution_id);
    position_event_set_cost(&event, position->cost);
    return event;
}
