/* The read model: what the screen shows, as a fold of the tape. No curses, no clock: times are given. Widgets read it;
 * only screen.c folds into it. One thread.
 *
 * Quotes, orders and alerts are folded by the engine's own folds, so that the screen and the services cannot disagree.
 * Beside them stands what only a screen needs: what flashed, candles, the latest fills, requests in flight. */
#ifndef UI_MODEL_H
#define UI_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/depth.h"
#include "core/event.h"
#include "core/instrument.h"
#include "core/process_status.h"
#include "core/server_status.h"
#include "engine/alerts.h"
#include "engine/hold.h"
#include "engine/orders.h"
#include "engine/quotes.h"
#include "engine/rates.h"
#include "ui/candles.h"
#include "ui/halt_trail.h"
#include "ui/history.h"
#include "ui/past.h"
#include "ui/volume_profile.h"

struct model;

/* A price that changed: when (monotonic, 0 never) and which way. */
struct movement {
    int64_t at_ns;
    int direction; /* 1 up, -1 down, 0 not yet */
};

struct trade {
    int64_t price, size; /* size: DECIMAL_NONE unknown */
    enum side side;      /* of the aggressor; SIDE_NONE unknown */
    int64_t timestamp_ns;
};

enum {
    MODEL_TRADES = 64,      /* trades kept per instrument */
    MODEL_FILLS = 128,      /* fills kept */
    MODEL_REQUESTS = 64,    /* requests in flight or lately answered */
    MODEL_EVENTS = 4096,    /* events kept per stream */
    MODEL_LATENCIES = 1024, /* samples kept per stage */
    MODEL_RATES = 240,      /* readings kept per stream */
    MODEL_DAYS = 8,         /* whose profit is kept: RISK has a week */
    MODEL_LOG_LINES = 512,  /* lines kept of the log */
};

/* What is kept of an instrument beside its market. */
struct instrument_view {
    const struct market *market;
    const struct instrument *instrument; /* NULL when the table does not have it */
    int price_decimals, quantity_decimals;
    int64_t multiplier;
    bool primary; /* its exchange gives the mark of the symbol */
    struct movement bid, ask, last;
    int64_t reference; /* the first mid of the UTC day that was seen, price */
    int64_t day_ns;    /* that day */
    int64_t high, low; /* of the trades (without trades: mids) seen on that day */
    bool high_is_trade;
    struct candles *candles;
    uint64_t first_sequence; /* of MARKET_DATA: what was folded of it begins here */
    int past_steps;          /* how far the tape before that was read: a place in a table */
    bool past_failed;        /* it could not be */
    struct trade *trades;    /* ring of MODEL_TRADES */
    int trade_head, trade_count;
    struct volume_profile *profile; /* of the trades that were seen today; NULL: none was */
    unsigned window_quotes;         /* live ones since the last tick */
    float quotes_per_second;        /* as of it */
};

/* A position as of its orders_seq. `behind`: ORDERS has a later fill of it that is not in it yet. */
struct position_view {
    struct position_event position;
    bool known;         /* false: a fill was seen, but no position yet */
    uint64_t last_fill; /* ORDERS sequence */
};

struct position_value {
    bool known;   /* there is a mark */
    bool stale;   /* it does not rest on a fresh quote, or on a crossed one */
    int64_t mark; /* price, as engine/mark.h has it: the mid of a fresh quote, else the last trade */
    int price_decimals, quantity_decimals;
    int128 exposure;   /* quantity * mark * multiplier, 1e-17 */
    int128 unrealized; /* (quantity * mark - cost) * multiplier, with the exact cost */
};

/* The levels of an instrument as they came last; they are not of the same moment as its quote. */
struct depth_view {
    struct depth depth;
    int64_t seen_ns; /* as struct market has it */
};

struct fill_view {
    struct execution execution;
    uint64_t sequence;
    int64_t stored_ns;
};

enum request_state { REQUEST_STATE_SENT, REQUEST_STATE_STORED, REQUEST_STATE_REFUSED, REQUEST_STATE_UNKNOWN };

/* A request that this screen published, until the tape shows it. */
struct request_view {
    bool used;
    bool seen; /* it came back from the tape */
    uint64_t cookie;
    enum request_state state;
    struct event event;
    int64_t sent_ns, changed_ns; /* monotonic */
    char problem[128];
};

/* An event as the screen read it; `number` counts all of them from 1. */
struct tape_entry {
    struct event event;
    uint64_t number;
};

/* The streams, whose latest events are kept apart: a burst of quotes must not push out the orders. */
enum model_stream { MODEL_MARKET_DATA, MODEL_ORDERS, MODEL_POSITIONS, MODEL_RISK, MODEL_STREAMS };

/* What is measured: how long a quote took from the feed to here; an order from stored to decided and on to accepted, by
 * stored times; a request of this screen from sent to seen on the tape; a frame. */
enum model_stage {
    MODEL_STAGE_QUOTE,
    MODEL_STAGE_DECISION,
    MODEL_STAGE_EXCHANGE,
    MODEL_STAGE_REQUEST,
    MODEL_STAGE_FRAME,
    MODEL_STAGES
};

/* Of the latest `samples`; 0: none yet, and nothing else is valid. */
struct latency {
    int64_t p50_ns, p99_ns, max_ns;
    int samples;
};

/* A line of the log of this process; `number` counts them from 1. */
struct log_line {
    uint64_t number;
    char text[240];
};

/* Numbers about the flow itself. */
struct flow {
    uint64_t quotes, bad_messages;
    struct quote_counts missing; /* quotes that did not come */
    double quotes_per_second, conflated_per_second;
    int64_t latency_ns; /* mean over the last second, receipt by the feed to here; -1 unknown */
};

/* `instruments` outlives the model. */
struct model *model_create(const struct instruments *instruments, const char *account, int64_t stale_after_ns);
void model_destroy(struct model *model); /* NULL is allowed */

/* What currencies are worth, beside the quotes; as rates_config_init until this is called. */
void model_set_rates(struct model *model, const struct rates_config *config);

/* Takes over orders that were folded elsewhere up to this ORDERS sequence (`book` is the model's from now on), and what
 * is folded of `hold`. Of events up to there, which may be folded afterwards, only the fills count: for the list of the
 * latest. To be called before any order is folded. */
void model_take_orders(struct model *model, struct order_book *book, const struct hold *hold, uint64_t sequence);
/* As order_book_begin_late. */
void model_begin_late(struct model *model);

/* Folds an event of any stream; `age_ns` as in quotes_fold. */
void model_fold(struct model *model, const struct event *event, int64_t age_ns, int64_t wall_ns, int64_t monotonic_ns);
/* Takes over the depth of an instrument; whatever came before it is of no interest. `age_ns` as in quotes_fold. */
void model_fold_depth(struct model *model, const struct depth *depth, int64_t age_ns, int64_t monotonic_ns);
/* The tape before the first quote that was folded of an instrument, for its candles and its trades. Each step goes
 * further back; one is read at a time, and what was begun for another instrument is given up. False when there is no
 * further step. Then comes what the wish says, in the order of the tape; `read` false: it could not be. */
bool model_past_begin(struct model *model, size_t index, int64_t wall_ns, int64_t monotonic_ns, struct past_wish *wish);
/* What could not be read is tried again. */
void model_past_retry(struct model *model, size_t index);
void model_past_fold(struct model *model, const struct event *event);
void model_past_end(struct model *model, bool read, int64_t monotonic_ns);
bool model_past_is_read(const struct model *model, const struct instrument_view *view); /* now */

void model_bad_message(struct model *model);
void model_log(struct model *model, uint64_t number, const char *line);
void model_note_latency(struct model *model, enum model_stage stage, int64_t duration_ns);
void model_set_connection(struct model *model, const struct connection_status *status, int64_t wall_ns);
/* Streams that have vanished (a set of tape_stream), and one that was made again since it was last read. */
void model_set_gone(struct model *model, unsigned gone, int64_t wall_ns);
void model_set_remade(struct model *model, const char *stream, int64_t wall_ns);
/* Forgets all that was folded, for it is read anew from another tape; what the user asked for stays. */
void model_forget(struct model *model);
void model_set_metrics(struct model *model, const struct server_metrics *metrics);
void model_set_process(struct model *model, const struct process_status *status);
void model_set_leases(struct model *model, const struct lease_board *board);
/* Once per frame: closes the windows of rates. */
void model_tick(struct model *model, int64_t monotonic_ns);

/* Notes a request that is about to be published. False when too many are unresolved: do not publish. */
bool model_request_sent(struct model *model, const struct event *event, uint64_t cookie, int64_t monotonic_ns);
void model_request_answered(struct model *model, uint64_t cookie, enum request_state state, const char *problem,
                            int64_t monotonic_ns);
/* The request for this order (its orders.new), by cookie, or at a place (0 to MODEL_REQUESTS - 1); NULL when none. */
const struct request_view *model_request_of_order(const struct model *model, const char *order_id);
const struct request_view *model_request(const struct model *model, uint64_t cookie);
const struct request_view *model_request_at(const struct model *model, int place);
/* How many more requests can be noted now. */
int model_requests_free(const struct model *model);

const struct quotes *model_quotes(const struct model *model);
/* Beside quotes_at(index); good until the model is destroyed. */
const struct instrument_view *model_instrument(const struct model *model, size_t index);
/* The instrument that gives the mark of a symbol, as mark_market has it; NULL when it has had no quote. */
const struct instrument_view *model_primary(const struct model *model, const char *symbol);
/* NULL: none has come. */
const struct depth_view *model_depth(const struct model *model, const struct market *market);
/* The steps that its prices go in: its tick; without a table entry one unit of the last decimal that is shown. */
int64_t model_price_step(const struct instrument_view *view);
const struct trade *model_trade(const struct instrument_view *view, int back); /* NULL when there is none */

const struct order_book *model_orders(const struct model *model);
/* What is still in front of a working order at its price, as the paper exchange reckons it from the quotes and trades
 * that were seen here: an estimate, and at most what was displayed when the order was placed. DECIMAL_NONE: unknown. */
int64_t model_queue_ahead(const struct model *model, const struct order *order);
const struct alert_list *model_alerts(const struct model *model);

/* The alerts in the order of alert_list_sorted, and what counts about them; good until the next fold, and reckoned anew
 * only when something changed, so that thousands of them cost nothing while nothing happens. */
struct alert_digest {
    const struct alert_entry **entries; /* the model's */
    size_t count;
    struct alert_counts counts;
    /* RISK sequence of the latest alert that is raised, not shelved and not acknowledged, by severity; 0: none. */
    uint64_t wanting[SEVERITY_CRITICAL + 1];
};
const struct alert_digest *model_alert_digest(struct model *model, int64_t wall_ns);

/* Positions by account, then symbol. */
size_t model_position_count(const struct model *model);
const struct position_view *model_position_at(const struct model *model, size_t place);
/* NULL: there is none. */
const struct position_view *model_position(const struct model *model, const char *account, const char *symbol);
bool model_position_is_behind(const struct position_view *position);
struct position_value model_position_value(const struct model *model, const struct position_view *position,
                                           int64_t monotonic_ns);

/* The fill `back` steps before the latest; NULL when there is none. */
const struct fill_view *model_fill(const struct model *model, int back);

/* The event of a stream `back` steps before the latest; NULL when it is not kept, or there was none. */
const struct tape_entry *model_event(const struct model *model, enum model_stream stream, int back);
/* How many events were read, of all streams. */
uint64_t model_event_count(const struct model *model);
/* The event that answers a request to change or cancel an order; NULL when there is none among those kept. */
const struct event *model_answer(const struct model *model, const char *request_id);

const struct exposure *model_exposure(const struct model *model, const char *account); /* NULL: none yet */
/* The exposures of all accounts, as they came; NULL behind the last. */
const struct exposure *model_exposure_at(const struct model *model, int place);
/* What an account earned on the UTC day `back` days before that of its last exposure, in the base currency; MONEY_NONE
 * when nothing is known of that day. */
int128 model_day_profit(const struct model *model, const char *account, int back);
/* How much of the peak of the equity an account ("*": all) had lost, 1e-9; NULL: nothing is known. */
const struct history *model_drawdowns(const struct model *model, const char *account);
/* What one unit of a currency is worth in the base currency, and which that is. */
struct rate model_rate(const struct model *model, const char *currency);
const char *model_base_currency(const struct model *model);
/* The strictest state that holds for the model's account, and the change that says so (NULL when active). */
enum trading_state model_trading_state(const struct model *model, const struct state_change **change);

/* The last halt or flatten, step by step. */
const struct halt_trail *model_halt_trail(const struct model *model);

/* Whether and why trading is held although ORDERS may not say so yet; `reason` "" when it is not. */
const struct hold *model_hold(const struct model *model);
const struct connection_status *model_connection(const struct model *model);
const struct server_metrics *model_metrics(const struct model *model);
const struct process_status *model_process(const struct model *model);
const struct lease_board *model_leases(const struct model *model);
struct flow model_flow(const struct model *model);
bool model_is_stale(const struct model *model, const struct market *market, int64_t monotonic_ns);

/* As of the last tick. */
struct latency model_latency(const struct model *model, enum model_stage stage);
/* Messages per second of a stream, `back` readings before the latest; negative when there was none. */
double model_stream_rate(const struct model *model, const char *stream, int back);
/* The line `back` steps before the latest; NULL when there is none. */
const struct log_line *model_log_line(const struct model *model, int back);

/* Grows with every change, so that a screen knows whether it has to draw. */
uint64_t model_version(const struct model *model);

#endif
