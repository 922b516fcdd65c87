/* The inside of the read model, shared by its files: model.c (what comes in), model_market.c (what is kept beside a
 * quote), model_depth.c (the levels), model_positions.c, model_accounts.c, model_alerts.c, model_tape.c (the events
 * themselves) and model_health.c (how the system does). */
#ifndef UI_MODEL_PRIVATE_H
#define UI_MODEL_PRIVATE_H

#include "engine/working.h"
#include "ui/model.h"

enum { MODEL_EXPOSURES = 32 };

struct position_entry;

/* Profit by day: that of a day stands at the place of its number modulo MODEL_DAYS. */
struct day_profits {
    int64_t days[MODEL_DAYS]; /* since the epoch; 0: none */
    int128 profits[MODEL_DAYS];
};
struct depth_entry;

/* The latest events of a stream. */
struct model_ring {
    struct tape_entry *entries; /* owned: MODEL_EVENTS */
    int head, count;
};

struct latency_ring {
    int64_t samples[MODEL_LATENCIES];
    int next, count;
    bool changed;
    struct latency shown;
};

/* How fast a stream grew, by reading. */
struct rate_ring {
    char name[SERVER_STREAM_NAME_SIZE]; /* "": free */
    float rates[MODEL_RATES];
    int next, count;
};

/* A stretch of the past of one instrument that is being read. */
struct model_past {
    bool reading;
    size_t index;            /* of the instrument */
    int64_t began_ns;        /* monotonic */
    uint64_t count;          /* quotes */
    uint64_t first_sequence; /* of the first of them */
    struct market market;    /* only its quote is used: the one before */
    struct candles *candles; /* owned */
    struct trade trades[MODEL_TRADES];
    size_t trade_count; /* all of them; the latest are kept */
};

struct model {
    const struct instruments *instruments;
    char account[ACCOUNT_SIZE];
    int64_t stale_after_ns;
    uint64_t version;

    struct rates_config rates_config;
    struct quotes *quotes;
    struct rates *currencies;       /* of these quotes */
    struct instrument_view **views; /* owned; beside quotes_at */
    size_t view_count, view_capacity;

    struct depth_entry *depths; /* owned: by exchange and symbol */

    struct model_past past;

    struct order_book *orders;
    struct working_orders *working; /* of the book and the quotes: how far each order has come in its queue */
    uint64_t taken_sequence;        /* of ORDERS: up to here the book was folded elsewhere; 0: it was not */
    struct halt_trail trail;
    struct fill_view fills[MODEL_FILLS];
    int fill_head, fill_count;

    struct alert_list *alerts;
    struct alert_digest digest;
    uint64_t digest_version;                 /* of the alerts that it is of; 0: of none */
    int64_t digest_from_ns, digest_until_ns; /* wall clock: while what is shelved is as it was */
    struct position_entry *positions;        /* owned: by account and symbol */
    struct position_entry **position_places; /* owned: in the order they are shown */
    size_t position_count, position_capacity;
    struct exposure exposures[MODEL_EXPOSURES];
    struct history *drawdowns[MODEL_EXPOSURES]; /* owned; NULL: none yet */
    struct day_profits day_profits[MODEL_EXPOSURES];
    int exposure_count;

    struct model_ring rings[MODEL_STREAMS];
    uint64_t events; /* of all streams */

    struct request_view requests[MODEL_REQUESTS];
    struct hold hold;
    struct connection_status connection;
    struct server_metrics metrics;
    struct lease_board leases;
    struct process_status process;

    struct latency_ring latencies[MODEL_STAGES];
    struct rate_ring rates[SERVER_STREAMS_MAX];
    struct log_line log_lines[MODEL_LOG_LINES];
    int log_head, log_count;

    struct flow flow;
    int64_t window_start_ns;
    uint64_t window_quotes, window_live, window_conflated;
    int64_t window_latency_ns; /* sum over the live ones */
};

/* model_market.c */
void model_market_fold(struct model *model, const struct event *event, int64_t age_ns, int64_t monotonic_ns);
void model_market_tick(struct model *model, int64_t elapsed_ns); /* closes a window */
void model_market_free(struct model *model);
/* Makes room for trades, when there is none yet. */
void model_market_need_trades(struct instrument_view *view);
/* The price step of its candles: half a tick, where mids may be. */
int64_t model_price_unit(const struct instrument_view *view);

/* model_past.c */
void model_past_free(struct model *model);

/* model_depth.c */
void model_depth_free(struct model *model);

/* model_tape.c */
void model_tape_fold(struct model *model, const struct event *event);
void model_tape_free(struct model *model);

/* model_health.c */
void model_health_order(struct model *model, const struct event *event);
void model_health_metrics(struct model *model, const struct server_metrics *metrics);
void model_health_tick(struct model *model);

/* model_accounts.c */
void model_accounts_fold(struct model *model, const struct exposure *exposure);
void model_accounts_free(struct model *model);

/* model_positions.c */
void model_positions_fold(struct model *model, const struct position_event *position);
void model_positions_fill(struct model *model, const struct execution *execution, uint64_t sequence);
void model_positions_free(struct model *model);

#endif
