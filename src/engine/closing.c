/* See closing.h. A position is closed where it was traded last, by market orders as large as the checks allow. */
#include "engine/closing.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "engine/check_rules.h"

/* After an order that was turned away the next one comes later: what was in its way mostly still is. */
#define PAUSE_NS NS_PER_SECOND
/* An order that nothing has happened to for so long waits for something. */
#define SILENCE_NS (2 * NS_PER_SECOND)

enum { PREFIX_SIZE = 48 };

/* All of an order's name but its number. */
static void name_prefix(char prefix[PREFIX_SIZE], const struct closing_name *name, const char *account,
                        const char *symbol)
{
    uint64_t hash = text_hash(text_hash(text_hash(TEXT_HASH, name->request_id), account), symbol);
    snprintf(prefix, PREFIX_SIZE, "flat-%llu-%016llx-", (unsigned long long)name->sequence, (unsigned long long)hash);
}

bool closing_is_named(const struct closing_name *name, const struct order_request *terms)
{
    char prefix[PREFIX_SIZE];
    name_prefix(prefix, name, terms->account, terms->symbol);
    return strncmp(terms->order_id, prefix, strlen(prefix)) == 0;
}

static const struct order *find_number(const struct closing_sources *known, const char *prefix, uint32_t number,
                                       char id[ID_SIZE])
{
    snprintf(id, ID_SIZE, "%s%u", prefix, number);
    return order_book_find(known->book, id);
}

/* How many there were, and the newest (NULL: none). They are numbered without holes, so the end is found by halving. */
static uint32_t count_orders(const struct closing_sources *known, const char *prefix, const struct order **newest)
{
    char id[ID_SIZE];
    uint32_t there = 0, beyond = 1;
    while (find_number(known, prefix, beyond, id) != NULL) {
        there = beyond;
        beyond *= 2;
    }
    while (beyond - there > 1) {
        uint32_t middle = there + (beyond - there) / 2;
        if (find_number(known, prefix, middle, id) != NULL)
            there = middle;
        else
            beyond = middle;
    }
    *newest = there == 0 ? NULL : find_number(known, prefix, there, id);
    return there;
}

static bool wait_for(char note[REASON_SIZE], const struct position *position, const char *what)
{
    size_t length = (size_t)snprintf(note, REASON_SIZE, "%s in %s: ", position->symbol, position->account);
    text_copy(note + length, REASON_SIZE - length, what);
    return false;
}

/* Which halt it is that lets no order of the position through. */
static bool wait_for_halt(const struct closing_sources *known, const struct position *position, char note[REASON_SIZE])
{
    char own[ACCOUNT_SIZE + SYMBOL_SIZE], what[REASON_SIZE];
    snprintf(own, sizeof own, "%s/%s", position->account, position->symbol);
    const char *const scopes[] = {"*", position->account, own};
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
        const struct state_change *change = order_book_state_of(known->book, scopes[i]);
        if (change == NULL || change->state != TRADING_HALTED)
            continue;
        snprintf(what, sizeof what, "%s is halted too: %.100s", scopes[i], change->reason);
        return wait_for(note, position, what);
    }
    return wait_for(note, position, "the account is halted");
}

static bool is_halted(const struct closing_sources *known, const struct position *position)
{
    return account_guard_is_halting(known->guard, position->account) ||
           order_book_trading_state(known->book, position->account, position->symbol) == TRADING_HALTED;
}

static bool wait_for_market(const struct closing_sources *known, const struct position *position,
                            const struct market *market, int64_t monotonic_ns, char note[REASON_SIZE])
{
    if (market == NULL)
        return wait_for(note, position, "there is no quote");
    if (market->quote.status != QUOTE_OPEN)
        return wait_for(note, position, "the market is not open");
    if (market_is_crossed(market))
        return wait_for(note, position, "the quote is crossed");
    if (market_age_ns(market, monotonic_ns) > known->config->stale_after_ns)
        return wait_for(note, position, "the quote is stale");
    return wait_for(note, position, "the quote has one side only");
}

/* The largest quantity whose value stays within the limits on one order. */
static int64_t valued_quantity(const struct closing_sources *known, const struct instrument *instrument,
                               const struct check_limits *limits, const struct market *market,
                               const struct order_request *terms)
{
    bool is_priced;
    struct rate rate = rates_of(known->rates, instrument->currency);
    int128 lot = rate_convert(
        rate, check_notional(known->config, instrument, terms, instrument->lot, market, DECIMAL_NONE, &is_priced));
    int128 lots = INT64_MAX / instrument->lot;
    if (!limits->off[CHECK_MAX_NOTIONAL] && lot > 0 && limits->max_notional / lot < lots)
        lots = limits->max_notional / lot;
    if (!limits->off[CHECK_OPEN_NOTIONAL] && lot > 0 && limits->open_notional / lot < lots)
        lots = limits->open_notional / lot;
    /* One that the checks refuse all the same is refused by name, and waits for whoever changes the limit. */
    return lots > 0 ? (int64_t)lots * instrument->lot : instrument->lot;
}

/* As much of the position as one order may have, in whole lots; 0 when what is left is less than a lot. */
static int64_t closing_quantity(const struct closing_sources *known, const struct instrument *instrument,
                                const struct market *market, const struct order_request *terms, int64_t held)
{
    struct check_limits limits = checks_config_limits(known->config, terms->account, terms->exchange, terms->symbol);
    int64_t largest = limits.max_quantity == DECIMAL_NONE ? instrument->max_quantity : limits.max_quantity;
    int64_t quantity = held;
    if (!limits.off[CHECK_MAX_QUANTITY] && quantity > largest)
        quantity = largest;
    int64_t valued = valued_quantity(known, instrument, &limits, market, terms);
    if (quantity > valued)
        quantity = valued;
    return quantity - quantity % instrument->lot;
}

static bool propose(const struct closing_sources *known, const struct position *position,
                    const struct instrument *instrument, const struct market *market, const char *order_id,
                    const struct closing_moment *moment, struct proposals *out, char note[REASON_SIZE])
{
    struct order_request terms = event_empty(EVENT_ORDER_NEW).request;
    text_copy(terms.order_id, sizeof terms.order_id, order_id);
    text_copy(terms.account, sizeof terms.account, position->account);
    text_copy(terms.symbol, sizeof terms.symbol, position->symbol);
    text_copy(terms.exchange, sizeof terms.exchange, position->exchange);
    text_copy(terms.source, sizeof terms.source, "flatten");
    terms.side = position->quantity > 0 ? SIDE_SELL : SIDE_BUY;
    terms.type = ORDER_MARKET;
    terms.time_in_force = TIF_DAY; /* what is left of it takes the next quotes */
    terms.timestamp_ns = moment->wall_ns;
    int64_t held = position->quantity > 0 ? position->quantity : -position->quantity;
    terms.quantity = closing_quantity(known, instrument, market, &terms, held);
    if (terms.quantity == 0)
        return wait_for(note, position, "what is left is less than a lot");
    proposals_add(out, EVENT_ORDER_NEW, NO_FENCE)->request = terms;
    return true;
}

/* The last order was turned away, and what it met may still be there. */
static bool has_to_pause(const struct order *last, const struct closing_moment *moment)
{
    return last != NULL && (last->state == ORDER_DENIED || last->state == ORDER_REJECTED) &&
           moment->stored_ns - last->last_stored_ns < PAUSE_NS;
}

bool closing_decide(const struct closing_sources *known, const struct closing_name *name,
                    const struct position *position, const struct closing_moment *moment, struct proposals *out,
                    char note[REASON_SIZE])
{
    const struct instrument *instrument = instruments_find(known->instruments, position->exchange, position->symbol);
    const struct market *market = quotes_find(known->quotes, position->exchange, position->symbol);
    const struct order *last;
    char prefix[PREFIX_SIZE], id[ID_SIZE], what[REASON_SIZE];
    name_prefix(prefix, name, position->account, position->symbol);
    uint32_t count = count_orders(known, prefix, &last);
    bool is_open = last != NULL && !order_is_done(last);
    if (moment->held[0] != '\0')
        return wait_for(note, position, moment->held);
    if (is_halted(known, position))
        return wait_for_halt(known, position, note);
    if (instrument == NULL)
        return wait_for(note, position, "the instrument table does not have it");
    if (market == NULL || !market_is_tradable(market, moment->monotonic_ns, known->config->stale_after_ns))
        return wait_for_market(known, position, market, moment->monotonic_ns, note);
    if (is_open && moment->stored_ns - last->last_stored_ns >= SILENCE_NS)
        return wait_for(note, position,
                        order_is_working(last) ? "its order waits for somebody to trade with"
                                               : "its order is not answered");
    if (is_open)
        return true;
    if (has_to_pause(last, moment)) {
        snprintf(what, sizeof what, "an order was refused: %s", last->code[0] != '\0' ? last->code : "by the exchange");
        return wait_for(note, position, what);
    }
    snprintf(id, sizeof id, "%s%u", prefix, count + 1);
    return propose(known, position, instrument, market, id, moment, out, note);
}

void closing_end(const struct closing_sources *known, const struct closing_name *name, const struct position *position,
                 const struct closing_moment *moment, struct proposals *out)
{
    const struct order *last;
    char prefix[PREFIX_SIZE];
    name_prefix(prefix, name, position->account, position->symbol);
    count_orders(known, prefix, &last);
    if (last == NULL || order_is_done(last) || last->cancel_pending)
        return;
    struct change_request *request = &proposals_add(out, EVENT_ORDER_CANCEL, NO_FENCE)->change;
    text_copy(request->order_id, sizeof request->order_id, last->terms.order_id);
    snprintf(request->request_id, sizeof request->request_id, "end-%.59s", last->terms.order_id);
    text_copy(request->account, sizeof request->account, position->account);
    text_copy(request->source, sizeof request->source, "flatten");
    text_copy(request->reason, sizeof request->reason, "the flatten was ended before it was flat");
    request->timestamp_ns = moment->wall_ns;
}
