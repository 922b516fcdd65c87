/* The options of tapedeck: what the command line, the environment and the configuration files say together.
 *
 * A value is taken from the first of these that has one: the command line, the environment (TAPEDECK_STATE_DIR …),
 * the user's file or the one named with --config, the system's file, what is built in. */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "app/config.h"
#include "app/notifier_config.h"
#include "app/value.h"
#include "bus/replay.h"
#include "core/alert.h"
#include "core/error.h"
#include "core/instrument.h"
#include "core/log.h"
#include "core/order.h"
#include "core/quote.h"
#include "engine/checks_config.h"
#include "engine/exchange_config.h"
#include "engine/positions.h"
#include "engine/risk_config.h"
#include "ui/layout_tree.h"
#include "ui/screen.h"
#include "ui/screen_config.h"

enum { OPTIONS_FEEDS_MAX = 16, OPTIONS_STREAM_LONGEST = 63 };

enum options_command {
    OPTIONS_DECK, /* the deck, or the daemon with no_ui */
    OPTIONS_WATCH,
    OPTIONS_WORK,
    OPTIONS_PUBLISH,
    OPTIONS_DEAD_LETTERS,
    OPTIONS_STREAMS,
    OPTIONS_ORDER,
    OPTIONS_CANCEL,
    OPTIONS_REPLACE,
    OPTIONS_ORDERS,
    OPTIONS_POSITIONS,
    OPTIONS_FILLS,
    OPTIONS_BACKTEST,
    OPTIONS_RECORD,
    OPTIONS_HALT,
    OPTIONS_REDUCE,
    OPTIONS_RESUME,
    OPTIONS_FLATTEN,
    OPTIONS_ALERTS,
    OPTIONS_ACK,
    OPTIONS_PRINT_CONFIG,
    OPTIONS_VERSION,
    OPTIONS_HELP,
};

enum options_letters { OPTIONS_LETTERS_LIST, OPTIONS_LETTERS_SHOW, OPTIONS_LETTERS_PUT_BACK };

struct option_value;

/* All texts are owned by the struct and NULL where nothing was given, unless a comment says otherwise. */
struct options {
    enum options_command command;
    unsigned roles; /* set of enum role; without ROLE_UI when no_ui */
    bool mouse;
    bool no_ui, readonly, ascii;
    int64_t arm_idle_ns; /* one-key trading on the ladder ends when no key comes for so long */
    char *server;        /* URLs separated by commas, may hold a secret; NULL: the embedded server */
    struct {
        char *context; /* name of a NATS context */
        char *user, *password, *token;
        char *creds, *tls_ca, *tls_cert, *tls_key; /* absolute paths */
    } login;                                       /* for `server`, and for that of the context */
    char *nats_server; /* program of the embedded server: a path, or a name looked up in PATH; never NULL */
    char *state_dir;   /* absolute; never NULL; not created yet */
    char *feeds[OPTIONS_FEEDS_MAX]; /* feed specifications, checked */
    size_t feed_count;
    uint64_t feed_limit;  /* quotes per second of each feed; 0: no limit */
    uint64_t depth_rate;  /* of each instrument's depth per second at most; 0: none is published */
    bool depth_in_memory; /* the stream MARKET_DEPTH */
    uint64_t replicas;    /* of each stream; 0: 3 on a cluster, 1 alone */
    struct http_address http;
    char *http_cert, *http_key, *http_token; /* absolute paths */
    char *http_names;                        /* further names of the gateway, separated by commas */
    uint64_t http_rate;                      /* requests per second */
    enum bell_rule bell_rule;                /* alerts that ring */
    char *theme;                             /* a name or a path; never NULL */
    bool flash;                              /* prices that change */
    uint64_t max_kbps;                       /* to the terminal, 1,000 bytes per second; 0: no limit */
    char account[ACCOUNT_SIZE];
    enum log_level log_level; /* the tools: LOG_WARNING or LOG_ERROR unless given */
    char *log_file; /* absolute; NULL: standard error without a screen, tapedeck.log in the state directory with one */
    struct {
        char *pattern; /* as given; NULL: everything */
        bool json, csv;
        uint64_t count; /* lines to print; 0: no end */
        char *stream;   /* NULL: as the pattern says */
        struct replay_bound from, to;
        bool has_sequence, has_speed; /* --seq and --speed were given */
        uint64_t sequence;
        int64_t speed_millionths; /* core/pace.h; PACE_MAX unless another was given */
    } watch;
    struct {
        char *durable, *stream, *filter; /* stream NULL: MARKET_DATA */
        uint64_t group;                  /* workers that share the durable; 0: this one alone */
        char **command;                  /* its words, ended by NULL; never NULL */
    } work;
    struct {
        char *subject; /* of all lines; NULL: each line says it */
        uint64_t rate; /* messages per second at most; 0: no limit */
    } publish;
    struct {
        enum options_letters action;
        uint64_t *sequences; /* of the letters to show (one) or to put back, in the order given */
        size_t count;
    } dead_letters; /* and `json` and `count` of watch */
    struct {
        bool apply, leases;
    } streams; /* and `json` of watch */
    struct {
        char order_id[ID_SIZE]; /* to cancel or to replace, or of the new order; "": one is made */
        char symbol[SYMBOL_SIZE];
        char exchange[EXCHANGE_SIZE]; /* upper case */
        enum side side;
        int64_t quantity, limit_price, stop_price; /* DECIMAL_NONE: not given */
        enum time_in_force time_in_force;
        bool post_only, wait, all;
    } order; /* of order, cancel, replace and orders; and `account`, and `json`, `csv` and `from` of watch */
    struct {
        char *orders, *events; /* absolute; NULL: none; events "-": standard output */
        char **command;        /* its words, ended by NULL; NULL: none */
    } backtest;                /* and `json`, `from` and `to` of watch */
    struct {
        char *output; /* absolute; never NULL */
        bool force;
    } record; /* and `pattern`, `stream`, `from`, `to` and `count` of watch */
    struct {
        char scope[ACCOUNT_SIZE + SYMBOL_SIZE];
        char *reason; /* NULL: none given */
        bool yes;     /* flatten asks nothing */
    } state;          /* of halt, reduce, resume and flatten */
    struct {
        bool follow;
        char alert_id[ALERT_ID_SIZE]; /* or its beginning */
        char *comment;                /* NULL: none given */
        int64_t shelve_ns;            /* 0: not to be shelved */
        bool unshelve;
    } alerts; /* of alerts and ack; and `all` of order, `json` of watch */
    struct instruments instruments;
    struct checks_config checks;
    struct exchange_config exchange;
    enum position_method position_method;
    struct notifiers_config notifiers;
    struct layout_tree layouts[LAYOUT_TREES_MAX];
    int layout_count;
    struct screen_config screen;
    struct risk_config risk; /* its account is that of the options */

    /* Where the values came from: for options_print. */
    struct config config;
    struct option_value *values; /* one for each entry of the option table */
};

struct options_source {
    int argc;
    char *
        *argv; /* the order stays; user info in the URLs of --server is made unreadable, so that ps does not show it */
    const char *system_file; /* NULL: PATHS_SYSTEM_CONFIG */
};

/* Reads the options, and takes variables that hold a secret out of the environment. On success `options` is filled and
 * is freed with options_free; with OPTIONS_HELP and OPTIONS_VERSION nothing but `command` is valid. -1 (ERROR_USAGE)
 * with one sentence that begins with the option, the variable or FILE:LINE. Not for use while other threads run: it
 * reads the environment. */
int options_read(struct options *options, const struct options_source *source, struct error *error);

/* Reads the configuration files of `running` anew into `options`, which options_free frees: what they say and what is
 * built in, without the environment and the command line. -1 as options_read. Any thread. */
int options_reread(struct options *options, const struct options *running, struct error *error);

/* Writes every key as INI with a comment that says where its value came from; user info in URLs is masked. */
void options_print(const struct options *options, FILE *out);

void options_free(struct options *options);

#endif
