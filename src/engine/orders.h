/* Our orders: a fold of the stream ORDERS. The order checks, the paper exchange, the gateway and the screen all fold
 * with this, so that they cannot disagree. Pure; one thread owns a book.
 *
 * The states are FIX 5.0SP2 appendix D: a base state and two flags, since one enum would lose PARTIALLY_FILLED while
 * a cancel is pending. Every legal move stands in docs/orders.md; an event that the table does not have is counted and
 * changes nothing. */
#ifndef ENGINE_ORDERS_H
#define ENGINE_ORDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/pack.h"

enum order_state {
    ORDER_INITIALIZED,      /* orders.new is on the tape, not decided */
    ORDER_SUBMITTED,        /* validated, not answered by the exchange */
    ORDER_ACCEPTED,         /* works */
    ORDER_TRIGGERED,        /* a stop that was hit, works */
    ORDER_PARTIALLY_FILLED, /* works */
    ORDER_FILLED,
    ORDER_CANCELED,
    ORDER_EXPIRED,
    ORDER_DENIED,   /* rejected by the order checks */
    ORDER_REJECTED, /* refused by the exchange */
};

/* What every event touches stands together in front: it decides how fast a tape is folded. Each field is saved in
 * snapshots: a new one goes into pack_order (orders.c), and raises the version of the section ORDERS there. */
struct order {
    struct order_request terms; /* as validated or replaced last */
    enum order_state state;
    bool cancel_pending, replace_pending;
    bool replace_decided;        /* the checks validated the replace; the exchange has it to answer */
    uint32_t fills;              /* number of the last fill */
    int64_t cumulative_quantity; /* filled */
    int128 cumulative_cost;      /* sum of quantity times price of its fills, 1e-17 */
    uint64_t new_sequence;       /* ORDERS sequence of its orders.new */
    uint64_t execution_sequence; /* of its last fill; 0: none. The fence of the next. */
    uint64_t last_sequence;      /* of the last event about it */
    int64_t new_stored_ns;       /* stored times: latencies and timed checks */
    int64_t decided_stored_ns, accepted_stored_ns, executed_stored_ns, last_stored_ns;
    int64_t queue_ahead; /* from orders.accepted; DECIMAL_NONE unknown */
    int64_t reference_price;
    struct order *newer, *older;          /* the book's list, newest first */
    const struct change_request *cancel;  /* the book's; NULL unless cancel_pending */
    const struct change_request *replace; /* the book's; NULL unless replace_pending */
    char code[32];                        /* why it was rejected */
    char reason[REASON_SIZE];
    int128 value, limit; /* what was found then and what is allowed, in 1e-17; MONEY_NONE without numbers */
    int64_t asked_quantity, asked_limit_price, asked_stop_price; /* by the request, whatever replaced them since */
};

/* What folding an event did, for those who must act on it. */
enum fold_result {
    FOLD_APPLIED,
    FOLD_DUPLICATE, /* stands on the tape twice; counted */
    FOLD_ILLEGAL,   /* a move that the table does not have; counted */
    FOLD_UNKNOWN,   /* about an order that is not known; counted */
    FOLD_GAP,       /* a fill whose number is more than one above the last; counted, not applied */
    FOLD_LATE_FILL, /* applied to a cancelled or expired order: real */
    FOLD_OVERFILL,  /* applied to a filled order, or above its quantity: real */
    FOLD_IGNORED,   /* not about orders */
};

struct order_counts {
    uint64_t applied, duplicates, illegal, unknown, gaps, late_fills, overfills;
    /* Of those applied: acceptances that stand behind a halt of their scope. The exchange never makes one; when a
     * stopped exchange that another replaced did, the order works like any other and is cancelled for the halt. */
    uint64_t accepted_while_halted;
};

struct order_book;

struct order_book *order_book_create(void);
void order_book_destroy(struct order_book *book); /* NULL is allowed */

/* Folds one event of ORDERS; events are given in stream order. */
enum fold_result order_book_fold(struct order_book *book, const struct event *event);

/* To be called before the first fold when ORDERS does not begin at 1 and there is no snapshot: a halt may have gone
 * with its beginning, so everything counts as halted until a state of `*` is folded. */
void order_book_begin_late(struct order_book *book);

/* NULL when there is none. The order is the book's; good until the book is destroyed. */
const struct order *order_book_find(const struct order_book *book, const char *order_id);

/* The newest order; follow `older` for the rest. NULL when there is none. */
const struct order *order_book_newest(const struct order_book *book);
size_t order_book_count(const struct order_book *book);

/* Calls `visit` for every order that is not done (INITIALIZED to PARTIALLY_FILLED), oldest first. `visit` must not
 * change the book. */
void order_book_each_open(const struct order_book *book, void (*visit)(const struct order *, void *), void *context);

/* The same for those of one instrument only. */
void order_book_each_open_of(const struct order_book *book, const char *exchange, const char *symbol,
                             void (*visit)(const struct order *, void *), void *context);

/* The trading state that holds for this account and symbol: the strictest of `*`, the account's and the
 * `<account>/<symbol>`'s last state. NULL symbol: of the account as a whole. */
enum trading_state order_book_trading_state(const struct order_book *book, const char *account, const char *symbol);
/* Calls `visit` with the last change of each scope. */
void order_book_each_state(const struct order_book *book, void (*visit)(const struct state_change *, void *),
                           void *context);
/* The last change of exactly this scope; NULL when there was none. */
const struct state_change *order_book_state_of(const struct order_book *book, const char *scope);

/* True when a change of the trading state by this request was folded. */
bool order_book_knows_state(const struct order_book *book, const char *request_id);

/* The requests to cancel or replace that nobody has answered yet. */
struct requests;
const struct requests *order_book_requests(const struct order_book *book);

/* The sequence of the last event folded. */
uint64_t order_book_sequence(const struct order_book *book);
struct order_counts order_book_counts(const struct order_book *book);

/* For snapshots. A loaded book behaves as the saved one would; it must be fresh. -1: what was read cannot be, and the
 * book is good for nothing but destroying. */
void order_book_save(const struct order_book *book, struct pack *pack);
int order_book_load(struct order_book *book, struct pack *pack);

/* The content that the order's id stands for: that of its request, before any replace. */
struct order_request order_as_asked(const struct order *order);
bool order_is_working(const struct order *order); /* ACCEPTED, TRIGGERED or PARTIALLY_FILLED */
bool order_is_done(const struct order *order);
bool order_is_stop(const struct order *order);          /* or a stop-limit order, triggered or not */
bool order_is_armed(const struct order *order);         /* a stop that was not hit yet */
bool order_is_immediate(const struct order *order);     /* ioc or fok: it never rests */
int64_t order_leaves(const struct order *order);        /* open quantity; 0 when done */
int64_t order_average_price(const struct order *order); /* rounded half-even; DECIMAL_NONE without fills */
const char *order_state_name(enum order_state state);   /* FIX spelling: "PARTIALLY_FILLED" */

#endif
