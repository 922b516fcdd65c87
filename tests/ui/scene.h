/* A scripted market day for the screen: the same events every time. Used by the screen test and by demo_screen. */
#ifndef TESTS_UI_SCENE_H
#define TESTS_UI_SCENE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/depth.h"
#include "core/event.h"
#include "core/instrument.h"
#include "core/process_status.h"
#include "core/server_status.h"

/* Where the events go. */
struct scene_sink {
    void *context;
    void (*fold)(void *context, const struct event *event, int64_t age_ns);
};

struct scene {
    struct scene_sink sink;
    const struct instruments *instruments;
    uint64_t random;
    uint64_t md_sequence, orders_sequence, positions_sequence, risk_sequence;
    int64_t wall_ns; /* of the events to come */
    int64_t mids[16];
    bool backwards;     /* scene_open goes from the last instrument to the first */
    int64_t silence_ns; /* the age of the quote of AMZN; 6.2 s after scene_init */
};

void scene_init(struct scene *scene, const struct instruments *instruments, struct scene_sink sink, int64_t wall_ns);

/* A quote of each instrument at the prices of the sketch: AAPL 189.01 / 189.02 with 300 and 200. */
void scene_open(struct scene *scene);
/* So many seconds of the past, for the lines; before scene_open, whose prices it ends at. */
void scene_past(struct scene *scene, int seconds);
/* Positions, orders in several states, fills, an exposure and two alerts. */
void scene_business(struct scene *scene);
/* One random move of one instrument, sometimes with a trade; `age_ns` ago. */
void scene_move(struct scene *scene, int64_t age_ns);
/* The answers of checks and exchange to an order of the ticket: stored, validated, accepted, filled in two parts. */
void scene_answer(struct scene *scene, const struct order_request *request);

/* So many instruments whose quotes are stale. */
void scene_flood(struct scene *scene, int alerts);

/* An alert of the account that is raised now. */
void scene_alert(struct scene *scene, const char *rule, enum severity severity, const char *message);
void scene_state(struct scene *scene, enum trading_state state, const char *reason);

/* Five levels a side of AAPL, at the prices that scene_open has. */
struct depth scene_depth(void);

struct server_metrics scene_metrics(void);
struct lease_board scene_leases(void);
struct process_status scene_process(void);
struct connection_status scene_connected(int64_t monotonic_ns);

/* Gives one event its sequence and stored time, and to the sink. */
void scene_send(struct scene *scene, struct event *event, int64_t age_ns);

#endif
