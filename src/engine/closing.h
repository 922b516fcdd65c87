/* The orders with which a flatten closes one position: their names, their sizes, and what they wait for. Pure, and
 * without a state: how many there were stands in the order book.
 *
 * An order is named after the flatten, the position and its number, `flat-<ORDERS sequence of the flatten>-<hash>-<n>`,
 * and the next number follows only when the last order is done; so whoever decides, and however often, there is one. */
#ifndef ENGINE_CLOSING_H
#define ENGINE_CLOSING_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/instrument.h"
#include "engine/account_guard.h"
#include "engine/checks_config.h"
#include "engine/orders.h"
#include "engine/positions.h"
#include "engine/proposals.h"
#include "engine/quotes.h"
#include "engine/rates.h"

/* What the order checks know. */
struct closing_sources {
    const struct checks_config *config;
    const struct instruments *instruments;
    const struct order_book *book;
    const struct positions *positions;
    const struct quotes *quotes;
    const struct rates *rates;
    const struct account_guard *guard;
};

/* Which flatten closes. */
struct closing_name {
    const char *request_id;
    uint64_t sequence; /* ORDERS sequence of its request */
};

/* The moment of a decision. */
struct closing_moment {
    const char *held;     /* why trading is held by this process; "": it is not */
    int64_t wall_ns;      /* goes into messages */
    int64_t monotonic_ns; /* ages quotes */
    int64_t stored_ns;    /* now, by the server's clock */
};

/* Proposes the next closing order of a position that is not zero, unless one is open. False when it cannot go on; then
 * `note` says what it waits for, in words that stay the same while it does. */
bool closing_decide(const struct closing_sources *known, const struct closing_name *name,
                    const struct position *position, const struct closing_moment *moment, struct proposals *out,
                    char note[REASON_SIZE]);

/* Proposes to cancel the closing order of a position, when one is open: the flatten has ended before it was flat. */
void closing_end(const struct closing_sources *known, const struct closing_name *name, const struct position *position,
                 const struct closing_moment *moment, struct proposals *out);

/* True for an order that has the name of one of these. */
bool closing_is_named(const struct closing_name *name, const struct order_request *terms);

#endif
