/* The events of the paper exchange, written from an order and what was decided about it. Each goes to the end of the
 * proposals with its fence. Pure. */
#ifndef ENGINE_EXCHANGE_EVENTS_H
#define ENGINE_EXCHANGE_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/instrument.h"
#include "engine/exchange_config.h"
#include "engine/orders.h"
#include "engine/proposals.h"

/* Where an event goes and when it is made. */
struct exchange_output {
    struct proposals *proposals;
    int64_t wall_ns;
};

struct exchange_fill {
    int64_t quantity; /* 0: none */
    int64_t price;
    enum liquidity liquidity;
    bool size_assumed;
    uint64_t quote_seq; /* MARKET_DATA sequence of the quote it fills against */
};

/* `queue_ahead`: DECIMAL_NONE when the order does not come to rest. */
void exchange_events_accepted(const struct exchange_output *output, const struct order *order, int64_t queue_ahead);
void exchange_events_refused(const struct exchange_output *output, const struct order *order, const char *reason);
void exchange_events_triggered(const struct exchange_output *output, const struct order *order, int64_t price);

/* `request_id`: "" when nobody asked. */
void exchange_events_cancelled(const struct exchange_output *output, const struct order *order,
                               enum cancel_reason reason, const char *request_id);

/* New terms as the request has them; the order's quantity when it names none. */
void exchange_events_replaced(const struct exchange_output *output, const struct order *order,
                              const struct change_request *request);
void exchange_events_cancel_rejected(const struct exchange_output *output, const struct change_request *request,
                                     const char *reason);

/* The next fill of the order, fenced by its last one. The fee is the rate on |price| * quantity * multiplier, rounded
 * half-even to 1e-17; left out when it does not fit. */
void exchange_events_executed(const struct exchange_output *output, const struct order *order,
                              const struct exchange_fill *fill, const struct instrument *instrument,
                              const struct exchange_fees *fees);

#endif
