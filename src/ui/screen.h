/* The screen: curses, keys and the deck. One thread owns it and everything behind it; nothing here waits for the
 * network. What it is shown comes in as events and values, what the user asks for goes out through `actions`. */
#ifndef UI_SCREEN_H
#define UI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/depth.h"
#include "core/error.h"
#include "core/event.h"
#include "core/instrument.h"
#include "core/process_status.h"
#include "core/server_status.h"
#include "engine/hold.h"
#include "engine/orders.h"
#include "engine/risk_config.h"
#include "ui/past.h"

struct screen;
struct layout_tree;
struct screen_config;

struct screen_actions {
    void *context;
    /* Publishes a request the user made (order, cancel, trading state, acknowledgement). Never waits; false when it
     * could not even be queued. What becomes of it comes back by screen_requested under the same cookie. */
    bool (*publish)(void *context, const struct event *event, uint64_t cookie);
    /* Begins to read a stretch of MARKET_DATA, and gives up the one before. Never waits; what is read comes by
     * screen_past, its end by screen_past_end. NULL: the past cannot be read. */
    void (*read_past)(void *context, const struct past_wish *wish);
    /* A new random request id. */
    void (*unique_id)(char id[27]);
};

/* Which alerts ring the terminal's bell. */
enum bell_rule { BELL_CRITICAL, BELL_WARNING, BELL_OFF };

struct screen_options {
    const char *account;                  /* that the ticket trades for */
    const char *user;                     /* who is at the keys: `by` of acknowledgements and halts */
    const char *banner;                   /* "PAPER", "LIVE", "REPLAY" */
    const char *theme;                    /* name or path */
    const char *const *theme_directories; /* NULL-terminated, first one wins */
    const struct layout_tree *layouts;    /* of the deck; they outlive the screen */
    int layout_count;
    const struct instruments *instruments;
    const struct risk_config *risk;     /* levels and rates; NULL: those of risk_config_init */
    const struct screen_config *config; /* outlives the screen; NULL: what is built in */
    bool readonly;
    bool mouse;                   /* clicks are the deck's; else the terminal selects text with them */
    bool ascii;                   /* no characters beyond ASCII */
    bool flash;                   /* what changes shines for a moment */
    int64_t stale_after_ns;       /* a quote older than this is marked */
    int64_t max_bytes_per_second; /* to the terminal; 0: no limit */
    enum bell_rule bell_rule;
    int64_t arm_idle_ns; /* one-key trading ends when no key comes for so long */
};

enum request_fate { REQUEST_STORED, REQUEST_REFUSED, REQUEST_UNKNOWN };

/* Takes the terminal over. ERROR_USAGE when there is none, or TERM cannot place a cursor. A broken theme is no error:
 * the built-in one is used and the screen says so. */
struct screen *screen_create(const struct screen_options *options, const struct screen_actions *actions,
                             struct error *error);
/* Gives the terminal back as it was. NULL is allowed. */
void screen_destroy(struct screen *screen);

/* As model_take_orders and model_begin_late. */
void screen_take_orders(struct screen *screen, struct order_book *book, const struct hold *hold, uint64_t sequence);
void screen_begin_late(struct screen *screen);

/* An event of any stream, in the order of that stream. `age_ns` as in quotes_fold. */
void screen_fold(struct screen *screen, const struct event *event, int64_t age_ns, int64_t monotonic_ns);
/* As model_past_fold and model_past_end, of the stretch that was asked for last. */
void screen_past(struct screen *screen, const struct event *event);
void screen_past_end(struct screen *screen, bool read, int64_t monotonic_ns);
/* As model_fold_depth. */
void screen_depth(struct screen *screen, const struct depth *depth, int64_t age_ns, int64_t monotonic_ns);
void screen_requested(struct screen *screen, uint64_t cookie, enum request_fate fate, const char *problem,
                      int64_t monotonic_ns);
void screen_connection(struct screen *screen, const struct connection_status *status);
void screen_metrics(struct screen *screen, const struct server_metrics *metrics);
void screen_process(struct screen *screen, const struct process_status *status);
void screen_leases(struct screen *screen, const struct lease_board *board);
/* As model_set_gone, model_set_remade and model_forget. */
void screen_gone(struct screen *screen, unsigned gone, int64_t wall_ns);
void screen_remade(struct screen *screen, const char *stream, int64_t wall_ns);
void screen_forget(struct screen *screen);
/* A line of this process' log, by its number (core/log.h). */
void screen_log(struct screen *screen, uint64_t number, const char *line);
/* A message of the tape that could not be decoded; counted on the screen. */
void screen_bad_message(struct screen *screen);

/* The descriptor to poll for keys. */
int screen_fd(const struct screen *screen);

/* Handles all keys that are there (and a resize). False when the user wants to leave or the terminal is gone. */
bool screen_keys(struct screen *screen, int64_t wall_ns, int64_t monotonic_ns);

/* Draws what changed: the market five times a second, what happened to orders within 50 ms, answers to keys at once;
 * less often when the limit says so, and never while the terminal has not taken what was drawn last. Returns how many
 * ms until the next draw is due. */
int screen_draw(struct screen *screen, int64_t wall_ns, int64_t monotonic_ns);

#endif
