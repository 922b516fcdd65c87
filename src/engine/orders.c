/* The book of our orders. This file keeps the orders and finds them (by id, newest first, open ones, open ones of one
 * instrument); how one order moves stands in order_moves.c. Orders are allocated in slabs and never move, so that a
 * pointer to one is good for as long as the book. */
#include "engine/orders.h"

#include <stdlib.h>
#include <string.h>

#include "core/pack_value.h"
#include "core/text.h"
#include "engine/id_table.h"
#include "engine/order_moves.h"
#include "engine/requests.h"
#include "engine/trading_states.h"

#define uthash_fatal(message) abort()
#include <uthash.h>
#include <utlist.h>

enum { SLAB_ORDERS = 64 };

/* The links stand in front, beside the id, since every event needs both. */
struct entry {
    struct entry *newer;                     /* all orders, oldest first */
    struct entry *open_next, *open_previous; /* all open orders, oldest first */
    struct entry *next, *previous;           /* the open orders of the instrument, oldest first */
    struct instrument_orders *instrument;
    uint32_t applied; /* kinds of events it has taken, see order_move */
    bool is_open;
    struct order order;
};

struct slab {
    struct slab *next;
    size_t used;
    struct entry entries[SLAB_ORDERS];
};

/* Unused bytes are zero: the key is compared as bytes. */
struct instrument_key {
    char exchange[EXCHANGE_SIZE];
    char symbol[SYMBOL_SIZE];
};

struct instrument_orders {
    struct instrument_key key;
    struct entry *oldest;
    UT_hash_handle hh;
};

struct order_book {
    struct id_table by_id;
    struct instrument_orders *by_instrument;
    struct slab *slabs; /* the newest first */
    struct entry *oldest_open;
    struct entry *oldest, *newest;
    struct entry *last; /* that an event was about: what is decided after it asks for the same order */
    struct requests *requests;
    struct trading_states *states;
    uint64_t sequence;
    struct order_counts counts;
};

static void *allocate(size_t bytes)
{
    void *memory = calloc(1, bytes);
    if (memory == NULL)
        abort();
    return memory;
}

struct order_book *order_book_create(void)
{
    struct order_book *book = allocate(sizeof *book);
    book->requests = requests_create();
    book->states = trading_states_create();
    return book;
}

void order_book_destroy(struct order_book *book)
{
    if (book == NULL)
        return;
    id_table_free(&book->by_id);
    struct instrument_orders *instrument, *next_instrument;
    HASH_ITER(hh, book->by_instrument, instrument, next_instrument)
    {
        HASH_DEL(book->by_instrument, instrument);
        free(instrument);
    }
    while (book->slabs != NULL) {
        struct slab *slab = book->slabs;
        book->slabs = slab->next;
        free(slab);
    }
    requests_destroy(book->requests);
    trading_states_destroy(book->states);
    free(book);
}

static struct entry *entry_find(const struct order_book *book, const char *order_id)
{
    if (book->last != NULL && strcmp(book->last->order.terms.order_id, order_id) == 0)
        return book->last;
    return id_table_find(&book->by_id, order_id);
}

static struct entry *entry_allocate(struct order_book *book)
{
    if (book->slabs == NULL || book->slabs->used == SLAB_ORDERS) {
        struct slab *slab = allocate(sizeof *slab);
        slab->next = book->slabs;
        book->slabs = slab;
    }
    return &book->slabs->entries[book->slabs->used++];
}

static struct instrument_orders *instrument_find(const struct order_book *book, const char *exchange,
                                                 const char *symbol)
{
    struct instrument_key key = {0};
    text_copy(key.exchange, sizeof key.exchange, exchange);
    text_copy(key.symbol, sizeof key.symbol, symbol);
    struct instrument_orders *instrument;
    HASH_FIND(hh, book->by_instrument, &key, sizeof key, instrument);
    return instrument;
}

static struct instrument_orders *instrument_of(struct order_book *book, const struct order_request *terms)
{
    struct instrument_orders *instrument = instrument_find(book, terms->exchange, terms->symbol);
    if (instrument == NULL) {
        instrument = allocate(sizeof *instrument);
        text_copy(instrument->key.exchange, sizeof instrument->key.exchange, terms->exchange);
        text_copy(instrument->key.symbol, sizeof instrument->key.symbol, terms->symbol);
        HASH_ADD(hh, book->by_instrument, key, sizeof instrument->key, instrument);
    }
    return instrument;
}

static void stamp(struct order *order, const struct event *event)
{
    order->last_sequence = event->sequence;
    order->last_stored_ns = event->stored_ns;
}

/* Puts a new order where it is found: behind the others by age, and among the open ones when it is open. */
static void enter(struct order_book *book, struct entry *entry)
{
    struct order *order = &entry->order;
    id_table_add(&book->by_id, order->terms.order_id, entry);
    if (book->newest == NULL) {
        book->oldest = entry;
    } else {
        order->older = &book->newest->order;
        book->newest->newer = entry;
        book->newest->order.newer = order;
    }
    book->newest = book->last = entry;
    if (order_is_done(order))
        return;
    entry->is_open = true;
    entry->instrument = instrument_of(book, &order->terms);
    DL_APPEND2(book->oldest_open, entry, open_previous, open_next);
    DL_APPEND2(entry->instrument->oldest, entry, previous, next);
}

/* The first orders.new of an id counts; a second one, of the same content or not, does not. */
static enum fold_result fold_new(struct order_book *book, const struct event *event)
{
    if (entry_find(book, event->request.order_id) != NULL)
        return FOLD_DUPLICATE;
    struct entry *entry = entry_allocate(book);
    struct order *order = &entry->order;
    order->terms = event->request;
    order->asked_quantity = event->request.quantity;
    order->asked_limit_price = event->request.limit_price;
    order->asked_stop_price = event->request.stop_price;
    order->queue_ahead = DECIMAL_NONE;
    order->reference_price = DECIMAL_NONE;
    order->value = order->limit = MONEY_NONE;
    order->new_sequence = event->sequence;
    order->new_stored_ns = event->stored_ns;
    stamp(order, event);
    enter(book, entry);
    return FOLD_APPLIED;
}

static void leave_open_lists(struct order_book *book, struct entry *entry)
{
    entry->is_open = false;
    DL_DELETE2(book->oldest_open, entry, open_previous, open_next);
    DL_DELETE2(entry->instrument->oldest, entry, previous, next);
}

/* An answer closes its request whatever the order's state is, since who asked has it; but not while the request is
 * still pending on its order (the answer was no legal move), and a cancellation that did not cancel answers nothing. */
static void close_request(struct order_book *book, const struct order *order, const char *order_id,
                          const char *request_id)
{
    if (order != NULL && ((order->cancel != NULL && strcmp(order->cancel->request_id, request_id) == 0) ||
                          (order->replace != NULL && strcmp(order->replace->request_id, request_id) == 0)))
        return;
    requests_close(book->requests, order_id, request_id);
}

static void fold_answer(struct order_book *book, const struct event *event, const struct order *order,
                        enum fold_result result)
{
    const char *order_id = event_order_id(event);
    switch ((int)event->kind) {
    case EVENT_REPLACE_VALIDATED:
        requests_validate(book->requests, order_id, event->decision.request_id);
        break;
    case EVENT_REPLACE_REJECTED:
        close_request(book, order, order_id, event->decision.request_id);
        break;
    case EVENT_ORDER_REPLACED:
    case EVENT_CANCEL_REJECTED:
        close_request(book, order, order_id, event->answer.request_id);
        break;
    case EVENT_ORDER_CANCELLED:
        if (result == FOLD_APPLIED && event->cancellation.request_id[0] != '\0')
            close_request(book, order, order_id, event->cancellation.request_id);
        break;
    default:
        break;
    }
}

static enum fold_result fold_about_order(struct order_book *book, const struct event *event, const char *order_id)
{
    bool is_request = event->kind == EVENT_ORDER_CANCEL || event->kind == EVENT_ORDER_REPLACE;
    const struct open_request *request = NULL;
    if (is_request && (request = requests_open(book->requests, event)) == NULL)
        return FOLD_DUPLICATE;
    struct entry *entry = entry_find(book, order_id);
    enum fold_result result = FOLD_UNKNOWN;
    if (entry != NULL) {
        book->last = entry;
        struct order *order = &entry->order;
        result = order_move(order, &entry->applied, event, request == NULL ? NULL : &request->request);
        if (result == FOLD_APPLIED || result == FOLD_LATE_FILL || result == FOLD_OVERFILL)
            stamp(order, event);
        if (entry->is_open && order_is_done(order))
            leave_open_lists(book, entry);
        if (result == FOLD_APPLIED && event->kind == EVENT_ORDER_ACCEPTED &&
            trading_states_of(book->states, order->terms.account, order->terms.symbol) == TRADING_HALTED)
            book->counts.accepted_while_halted++;
    }
    fold_answer(book, event, entry == NULL ? NULL : &entry->order, result);
    return result;
}

static void count(struct order_counts *counts, enum fold_result result)
{
    switch (result) {
    case FOLD_APPLIED:
        counts->applied++;
        break;
    case FOLD_DUPLICATE:
        counts->duplicates++;
        break;
    case FOLD_ILLEGAL:
        counts->illegal++;
        break;
    case FOLD_UNKNOWN:
        counts->unknown++;
        break;
    case FOLD_GAP:
        counts->gaps++;
        break;
    case FOLD_LATE_FILL:
        counts->late_fills++;
        break;
    case FOLD_OVERFILL:
        counts->overfills++;
        break;
    case FOLD_IGNORED:
        break;
    }
}

enum fold_result order_book_fold(struct order_book *book, const struct event *event)
{
    enum fold_result result;
    const char *order_id = event_order_id(event);
    if (event->kind == EVENT_TRADING_STATE)
        result = trading_states_fold(book->states, event) ? FOLD_APPLIED : FOLD_DUPLICATE;
    else if (order_id == NULL)
        return FOLD_IGNORED;
    else if (event->kind == EVENT_ORDER_NEW)
        result = fold_new(book, event);
    else
        result = fold_about_order(book, event, order_id);
    book->sequence = event->sequence;
    count(&book->counts, result);
    return result;
}

const struct order *order_book_find(const struct order_book *book, const char *order_id)
{
    const struct entry *entry = entry_find(book, order_id);
    return entry == NULL ? NULL : &entry->order;
}

const struct order *order_book_newest(const struct order_book *book)
{
    return book->newest == NULL ? NULL : &book->newest->order;
}

size_t order_book_count(const struct order_book *book)
{
    return book->by_id.count;
}

void order_book_each_open(const struct order_book *book, void (*visit)(const struct order *, void *), void *context)
{
    for (const struct entry *entry = book->oldest_open; entry != NULL; entry = entry->open_next)
        visit(&entry->order, context);
}

void order_book_each_open_of(const struct order_book *book, const char *exchange, const char *symbol,
                             void (*visit)(const struct order *, void *), void *context)
{
    const struct instrument_orders *instrument = instrument_find(book, exchange, symbol);
    if (instrument == NULL)
        return;
    for (const struct entry *entry = instrument->oldest; entry != NULL; entry = entry->next)
        visit(&entry->order, context);
}

enum trading_state order_book_trading_state(const struct order_book *book, const char *account, const char *symbol)
{
    return trading_states_of(book->states, account, symbol);
}

void order_book_each_state(const struct order_book *book, void (*visit)(const struct state_change *, void *),
                           void *context)
{
    trading_states_each(book->states, visit, context);
}

const struct state_change *order_book_state_of(const struct order_book *book, const char *scope)
{
    return trading_states_last(book->states, scope);
}

bool order_book_knows_state(const struct order_book *book, const char *request_id)
{
    return trading_states_knows(book->states, request_id);
}

void order_book_begin_late(struct order_book *book)
{
    trading_states_lose(book->states);
}

const struct requests *order_book_requests(const struct order_book *book)
{
    return book->requests;
}

uint64_t order_book_sequence(const struct order_book *book)
{
    return book->sequence;
}

struct order_counts order_book_counts(const struct order_book *book)
{
    return book->counts;
}

/* Few are replaced: what was asked for is mostly what stands in the terms. */
static void pack_asked(struct pack *pack, struct order *order)
{
    struct order_request asked = order_as_asked(order);
    bool replaced = !order_request_same(&asked, &order->terms);
    pack_bool(pack, &replaced);
    if (!replaced && pack->reading) {
        order->asked_quantity = order->terms.quantity;
        order->asked_limit_price = order->terms.limit_price;
        order->asked_stop_price = order->terms.stop_price;
    }
    if (replaced) {
        pack_i64(pack, &order->asked_quantity);
        pack_i64(pack, &order->asked_limit_price);
        pack_i64(pack, &order->asked_stop_price);
    }
}

static void pack_order(struct pack *pack, struct entry *entry)
{
    struct order *order = &entry->order;
    pack_order_request(pack, &order->terms);
    order->state = pack_choice(pack, order->state, ORDER_REJECTED);
    pack_bool(pack, &order->cancel_pending);
    pack_bool(pack, &order->replace_pending);
    pack_bool(pack, &order->replace_decided);
    pack_u32(pack, &order->fills);
    pack_i64(pack, &order->cumulative_quantity);
    pack_i128(pack, &order->cumulative_cost);
    pack_u64(pack, &order->new_sequence);
    pack_u64_from(pack, order->new_sequence, &order->execution_sequence);
    pack_u64_from(pack, order->new_sequence, &order->last_sequence);
    pack_i64_from(pack, order->terms.timestamp_ns, &order->new_stored_ns);
    pack_i64_from(pack, order->new_stored_ns, &order->decided_stored_ns);
    pack_i64_from(pack, order->new_stored_ns, &order->accepted_stored_ns);
    pack_i64_from(pack, order->new_stored_ns, &order->executed_stored_ns);
    pack_i64_from(pack, order->new_stored_ns, &order->last_stored_ns);
    pack_i64(pack, &order->queue_ahead);
    pack_i64(pack, &order->reference_price);
    PACK_TEXT(pack, order->code);
    PACK_TEXT(pack, order->reason);
    if (order->code[0] != '\0') { /* few are rejected, and MONEY_NONE is long */
        pack_i128(pack, &order->value);
        pack_i128(pack, &order->limit);
    }
    pack_u32(pack, &entry->applied);
    pack_asked(pack, order);
}

/* The request that an order points to while it is pending: one of the book's open requests, by its id. */
static void pack_pending(struct pack *pack, const struct order_book *book, const struct order *order, bool is_pending,
                         const struct change_request **pending)
{
    char request_id[ID_SIZE] = "";
    if (!is_pending || pack->failed)
        return;
    if (!pack->reading)
        text_copy(request_id, sizeof request_id, (*pending)->request_id);
    PACK_TEXT(pack, request_id);
    if (!pack->reading)
        return;
    const struct open_request *open = requests_find(book->requests, order->terms.order_id, request_id);
    if (open == NULL)
        pack_fail(pack);
    else
        *pending = &open->request;
}

static void pack_counts(struct pack *pack, struct order_counts *counts)
{
    pack_u64(pack, &counts->applied);
    pack_u64(pack, &counts->duplicates);
    pack_u64(pack, &counts->illegal);
    pack_u64(pack, &counts->unknown);
    pack_u64(pack, &counts->gaps);
    pack_u64(pack, &counts->late_fills);
    pack_u64(pack, &counts->overfills);
    pack_u64(pack, &counts->accepted_while_halted);
}

void order_book_save(const struct order_book *book, struct pack *pack)
{
    uint64_t sequence = book->sequence;
    struct order_counts counts = book->counts;
    pack_section(pack, "ORDERS", 3);
    pack_u64(pack, &sequence);
    pack_counts(pack, &counts);
    trading_states_save(book->states, pack);
    requests_save(book->requests, pack);
    pack_count(pack, book->by_id.count);
    for (struct entry *entry = book->oldest; entry != NULL; entry = entry->newer) {
        struct order *order = &entry->order;
        pack_order(pack, entry);
        pack_pending(pack, book, order, order->cancel_pending, &order->cancel);
        pack_pending(pack, book, order, order->replace_pending, &order->replace);
    }
}

int order_book_load(struct order_book *book, struct pack *pack)
{
    pack_section(pack, "ORDERS", 3);
    pack_u64(pack, &book->sequence);
    pack_counts(pack, &book->counts);
    trading_states_load(book->states, pack);
    requests_load(book->requests, pack);
    for (size_t left = pack_count(pack, 0); left > 0 && !pack->failed; left--) {
        struct entry *entry = entry_allocate(book);
        struct order *order = &entry->order;
        order->value = order->limit = MONEY_NONE;
        pack_order(pack, entry);
        pack_pending(pack, book, order, order->cancel_pending, &order->cancel);
        pack_pending(pack, book, order, order->replace_pending, &order->replace);
        if (entry_find(book, order->terms.order_id) != NULL)
            pack_fail(pack);
        if (!pack->failed)
            enter(book, entry);
    }
    return pack->failed ? -1 : 0;
}

struct order_request order_as_asked(const struct order *order)
{
    struct order_request asked = order->terms;
    asked.quantity = order->asked_quantity;
    asked.limit_price = order->asked_limit_price;
    asked.stop_price = order->asked_stop_price;
    return asked;
}

bool order_is_working(const struct order *order)
{
    return order->state == ORDER_ACCEPTED || order->state == ORDER_TRIGGERED || order->state == ORDER_PARTIALLY_FILLED;
}

bool order_is_done(const struct order *order)
{
    return !order_is_working(order) && order->state != ORDER_INITIALIZED && order->state != ORDER_SUBMITTED;
}

bool order_is_stop(const struct order *order)
{
    return order->terms.type == ORDER_STOP || order->terms.type == ORDER_STOP_LIMIT;
}

bool order_is_armed(const struct order *order)
{
    return order_is_stop(order) && (order->state == ORDER_ACCEPTED || order->state == ORDER_SUBMITTED);
}

bool order_is_immediate(const struct order *order)
{
    return order->terms.time_in_force == TIF_IOC || order->terms.time_in_force == TIF_FOK;
}

int64_t order_leaves(const struct order *order)
{
    if (order_is_done(order) || order->cumulative_quantity >= order->terms.quantity)
        return 0;
    return order->terms.quantity - order->cumulative_quantity;
}

int64_t order_average_price(const struct order *order)
{
    if (order->cumulative_quantity == 0)
        return DECIMAL_NONE;
    return (int64_t)divide_half_even(order->cumulative_cost, order->cumulative_quantity);
}

const char *order_state_name(enum order_state state)
{
    switch (state) {
    case ORDER_INITIALIZED:
        return "INITIALIZED";
    case ORDER_SUBMITTED:
        return "SUBMITTED";
    case ORDER_ACCEPTED:
        return "ACCEPTED";
    case ORDER_TRIGGERED:
        return "TRIGGERED";
    case ORDER_PARTIALLY_FILLED:
        return "PARTIALLY_FILLED";
    case ORDER_FILLED:
        return "FILLED";
    case ORDER_CANCELED:
        return "CANCELED";
    case ORDER_EXPIRED:
        return "EXPIRED";
    case ORDER_DENIED:
        return "DENIED";
    case ORDER_REJECTED:
        return "REJECTED";
    }
    return "?";
}
