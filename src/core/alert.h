/* Alerts, their acknowledgements, and the exposure of an account, as the stream RISK carries them. */
#ifndef CORE_ALERT_H
#define CORE_ALERT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/quote.h"

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_CRITICAL };
enum ack_action { ACK_ACK, ACK_SHELVE, ACK_UNSHELVE, ACK_COMMENT };

enum { ALERT_ID_SIZE = 128, RULE_SIZE = 32 };

/* risk.alerts.<severity> */
struct alert {
    char alert_id[ALERT_ID_SIZE]; /* <rule>:<scope>:<raised_at in ns> */
    char rule[RULE_SIZE];
    enum severity severity;
    bool raised;      /* state: "raised" or "cleared" */
    uint32_t version; /* counts the changes of this alert from 1 */
    char message[REASON_SIZE];
    char account[ACCOUNT_SIZE];
    char symbol[SYMBOL_SIZE];
    int128 value, limit; /* in 1e-17; MONEY_NONE when absent */
    uint32_t count;      /* how often the condition was met; 0 when absent */
    int64_t raised_at_ns;
    int64_t timestamp_ns;
};

/* risk.acks */
struct alert_ack {
    char alert_id[ALERT_ID_SIZE];
    enum ack_action action;
    char by[ACCOUNT_SIZE];
    char request_id[ID_SIZE];
    int64_t until_ns; /* 0 when absent */
    char comment[REASON_SIZE];
    int64_t timestamp_ns;
};

/* risk.exposure.<account>: money in 1e-17 in `currency`. */
struct exposure {
    char account[ACCOUNT_SIZE];
    char currency[CURRENCY_SIZE];
    int128 gross, net; /* sum of |v|, sum of v, v = quantity * mark * multiplier */
    int128 realized_pnl, unrealized_pnl, fees;
    int128 equity;
    int128 day_pnl;                                  /* realized + unrealized - fees since the session started */
    int128 gross_limit, net_limit, daily_loss_limit; /* MONEY_NONE when there is none */
    int128 peak_equity;                              /* the highest on record; MONEY_NONE when absent, as all below */
    int64_t drawdown;                                /* share of the peak that is lost, 1e-9 */
    int64_t concentration;                           /* share of gross that the largest position has, 1e-9 */
    int128 var_parametric, var_historical;           /* loss over the horizon at 99 %; absent without any history */
    int128 var_parametric_95, var_historical_95;     /* the same at 95 % */
    int128 var_left_out;                             /* sum of |v| of what has too little history and is not in them */
    uint64_t var_history_s;                          /* seconds of returns that they are measured from */
    uint64_t var_horizon_s;                          /* 0 when absent, like the history */
    bool stale;                                      /* some mark in it is stale */
    int64_t timestamp_ns;
};

/* risk.limits: a limit was changed while tapedeck runs; texts as the configuration has them. */
struct limit_change {
    char request_id[ID_SIZE]; /* several changes that were made at once have one */
    char section[64];         /* "checks", "checks.account.SIM-1", "risk" */
    char key[32];
    char value[96];
    char old[96]; /* "": the section did not have the key */
    char by[ACCOUNT_SIZE];
    int64_t timestamp_ns;
};

const char *severity_name(enum severity severity);
int severity_from_name(const char *name, enum severity *severity);

#endif
