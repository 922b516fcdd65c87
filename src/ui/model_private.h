/* The inside of the read model, shared by its files: model.c (what comes in), model_market.c (what is kept beside a
 * quote), model_positions.c, and model_tape.c (the events themselves). */
#ifndef UI_MODEL_PRIVATE_H
#define UI_MODEL_PRIVATE_H

#include "ui/model.h"

enum { MODEL_EXPOSURES = 32 };

struct position_entry;

/* The latest events of a stream. */
struct model_ring {
    struct tape_entry *entries; /* owned: MODEL_EVENTS */
    int head, count;
};

struct model {
    const struct instruments *instruments;
    char account[ACCOUNT_SIZE];
    int64_t stale_after_ns;
    uint64_t version;

    struct quotes *quotes;
    struct instrument_view **views; /* owned; beside quotes_at */
    size_t view_count, view_capacity;

    struct order_book *orders;
    uint64_t taken_sequence; /* of ORDERS: up to here the book was folded elsewhere; 0: it was not */
    struct fill_view fills[MODEL_FILLS];
    int fill_head, fill_count;

    struct alert_list *alerts;
    struct position_entry *positions;        /* owned: by account and symbol */
    struct position_entry **position_places; /* owned: in the order they are shown */
    size_t position_count, position_capacity;
    struct exposure exposures[MODEL_EXPOSURES];
    int exposure_count;

    struct model_ring rings[MODEL_STREAMS];
    uint64_t events; /* of all streams */

    struct request_view requests[MODEL_REQUESTS];
    struct hold hold;
    struct connection_status connection;
    struct server_metrics metrics;
    struct lease_board leases;

    struct flow flow;
    int64_t window_start_ns;
    uint64_t window_quotes, window_live, window_conflated;
    int64_t window_latency_ns; /* sum over the live ones */
};

/* model_market.c */
void model_market_fold(struct model *model, const struct event *event, int64_t age_ns, int64_t monotonic_ns);
void model_market_free(struct model *model);

/* model_tape.c */
void model_tape_fold(struct model *model, const struct event *event);
void model_tape_free(struct model *model);

/* model_positions.c */
void model_positions_fold(struct model *model, const struct position_event *position);
void model_positions_fill(struct model *model, const struct execution *execution, uint64_t sequence);
void model_positions_free(struct model *model);

#endif
