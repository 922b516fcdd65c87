/* The vocabulary of orders: what is asked for, decided and executed. Each struct is the content of one message of
 * docs/wire.md, copied by value, without pointers. Prices in 1e-9, quantities in 1e-8, money in 1e-17, times in
 * nanoseconds since the epoch; DECIMAL_NONE, MONEY_NONE, 0 or "" stand for an optional field that is absent. */
#ifndef CORE_ORDER_H
#define CORE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/quote.h"

enum order_type { ORDER_MARKET, ORDER_LIMIT, ORDER_STOP, ORDER_STOP_LIMIT };
enum time_in_force { TIF_DAY, TIF_GTC, TIF_IOC, TIF_FOK };
enum cancel_reason { CANCEL_REQUESTED, CANCEL_EXPIRED, CANCEL_IOC, CANCEL_FOK, CANCEL_POST_ONLY, CANCEL_HALT };
enum liquidity { LIQUIDITY_NONE, LIQUIDITY_MAKER, LIQUIDITY_TAKER };
enum trading_state { TRADING_ACTIVE, TRADING_REDUCING, TRADING_HALTED };

/* orders.new */
struct order_request {
    char order_id[ID_SIZE];
    char account[ACCOUNT_SIZE];
    char symbol[SYMBOL_SIZE];
    char exchange[EXCHANGE_SIZE];
    enum side side;
    enum order_type type;
    int64_t quantity;
    int64_t limit_price, stop_price; /* DECIMAL_NONE when the type has none */
    enum time_in_force time_in_force;
    bool post_only;
    char source[SOURCE_SIZE]; /* "ticket", "rest", "cli", …: who asked */
    int64_t timestamp_ns;
};

/* orders.cancel and orders.replace; a replace has at least one of quantity, limit_price, stop_price. */
struct change_request {
    char order_id[ID_SIZE];
    char request_id[ID_SIZE];
    char account[ACCOUNT_SIZE];
    int64_t quantity, limit_price, stop_price; /* DECIMAL_NONE in a cancel */
    char reason[REASON_SIZE];
    char source[SOURCE_SIZE];
    int64_t timestamp_ns;
};

/* orders.validated, orders.rejected, and orders.replace_validated / _rejected (then with request_id). */
struct decision {
    struct order_request order; /* its terms; timestamp_ns is when the decision was made */
    char request_id[ID_SIZE];
    int64_t reference_price; /* validated: what the checks compared with, price */
    uint64_t reference_seq;  /* MARKET_DATA sequence of that quote */
    char code[32];           /* rejected: stable, upper case: PRICE_COLLAR */
    char reason[REASON_SIZE];
    int128 value, limit; /* what was found and what is allowed, in 1e-17; MONEY_NONE when absent */
};

/* orders.accepted.<id>, orders.refused.<id> (with reason), orders.triggered.<id> (with price). */
struct acknowledgement {
    char order_id[ID_SIZE];
    char account[ACCOUNT_SIZE];
    char symbol[SYMBOL_SIZE];
    char exchange[EXCHANGE_SIZE];
    int64_t queue_ahead; /* accepted: size displayed in front of it, quantity; DECIMAL_NONE when absent */
    int64_t price;       /* triggered */
    char reason[REASON_SIZE];
    int64_t timestamp_ns;
};

/* orders.executed.<id>: one fill. */
struct execution {
    char order_id[ID_SIZE];
    char execution_id[ID_SIZE + 12]; /* <order_id>-<n>, n from 1 */
    char account[ACCOUNT_SIZE];
    char symbol[SYMBOL_SIZE];
    char exchange[EXCHANGE_SIZE];
    enum side side;
    int64_t quantity, price;
    int64_t cumulative_quantity, leaves_quantity;
    bool filled; /* status: "FILLED" or "PARTIALLY_FILLED" */
    int64_t average_price;
    enum liquidity liquidity;
    int128 fee; /* money; MONEY_NONE when absent */
    char fee_currency[CURRENCY_SIZE];
    uint64_t quote_seq; /* MARKET_DATA sequence of the quote it filled against */
    bool size_assumed;  /* the quote carried no size */
    int64_t timestamp_ns;
};

/* The n of an execution id, or 0 when it is not `<order_id>-<n>`. */
uint32_t execution_number(const struct execution *execution);

/* orders.cancelled.<id>: cancelled or expired. */
struct cancellation {
    char order_id[ID_SIZE];
    char account[ACCOUNT_SIZE];
    char symbol[SYMBOL_SIZE];
    char exchange[EXCHANGE_SIZE];
    int64_t cumulative_quantity;
    enum cancel_reason reason;
    char request_id[ID_SIZE];
    int64_t timestamp_ns;
};

/* orders.replaced.<id> (new terms) and orders.cancel_rejected.<id> (reason). */
struct change_answer {
    char order_id[ID_SIZE];
    char request_id[ID_SIZE];
    int64_t quantity, limit_price, stop_price;
    char reason[REASON_SIZE];
    int64_t timestamp_ns;
};

/* Where a halt or a flatten has come to. Whoever does not know the steps finds in each the state that holds. */
enum state_step {
    STEP_NONE,
    STEP_FLATTEN, /* a halt that closes all positions of its scope next: a person asks for it */
    STEP_STOPPED, /* the order checks say: no order of the halted scope works any more */
    STEP_CLOSING, /* of a flatten, likewise, and closing orders go out from now on */
    STEP_WAITING, /* what it waits for is in `note` */
    STEP_FLAT,    /* no position and no working order is left */
};

enum { STATE_SCOPE_SIZE = ACCOUNT_SIZE + SYMBOL_SIZE };

/* orders.state: scope is `*`, an account, or `<account>/<symbol>`. */
struct state_change {
    enum trading_state state;
    char scope[STATE_SCOPE_SIZE];
    char request_id[ID_SIZE];
    char by[ACCOUNT_SIZE];
    char reason[REASON_SIZE];
    enum state_step step;
    char of[ID_SIZE];       /* a step that follows from a request: the request's id; "" in all others */
    uint64_t orders_seq;    /* likewise: up to which event of ORDERS it was found so; 0 in all others */
    char note[REASON_SIZE]; /* likewise: what was found, a sentence */
    int64_t timestamp_ns;
};

/* The words of the wire, e.g. "stop_limit", and back; -1 for an unknown word. */
const char *side_name(enum side side);
const char *order_type_name(enum order_type type);
const char *time_in_force_name(enum time_in_force tif);
const char *cancel_reason_name(enum cancel_reason reason);
const char *trading_state_name(enum trading_state state);
const char *state_step_name(enum state_step step); /* NULL for STEP_NONE */
int side_from_name(const char *name, enum side *side);
int order_type_from_name(const char *name, enum order_type *type);
int time_in_force_from_name(const char *name, enum time_in_force *tif);
int trading_state_from_name(const char *name, enum trading_state *state);

/* True when two requests have the same content: all but `timestamp` and `source` agree. */
bool order_request_same(const struct order_request *a, const struct order_request *b);

#endif
