/* Conditions: what the risk rules watch, and the life of the alert of each. Pure; one thread owns a table.
 *
 * A condition is one rule in one scope (an instrument, an account). It is observed at two levels: `reached`, the
 * severity whose raising level the value is at, and `kept`, the severity whose clearing level it is still at; between
 * them lies the hysteresis. A severity counts when it has been on for the raising hold and is reached, and is
 * over when it has been off for the clearing hold. One condition is one alert: a change of severity is a new version of
 * it, and coming back within the clearing hold only adds to its count.
 *
 * Whether an alert stands is folded from RISK, so that after a restart nothing is raised twice, and what is no longer
 * true is cleared. */
#ifndef ENGINE_CONDITION_H
#define ENGINE_CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/pack.h"
#include "core/plumbing.h"
#include "engine/proposals.h"
#include "engine/risk_config.h"

/* By number in snapshots: a new one comes at the end. */
enum risk_rule {
    RULE_STALE_QUOTE,
    RULE_LOCKED_CROSSED,
    RULE_SPREAD_BLOWOUT,
    RULE_GROSS_EXPOSURE,
    RULE_NET_EXPOSURE,
    RULE_DAILY_LOSS,
    RULE_NO_RATE,
    RULE_VOLATILITY,
    RULE_PRICE_SPIKE,
    RULE_CONCENTRATION,
    RULE_DRAWDOWN,
    RULE_VALUE_AT_RISK,
    RULE_SERVER_AWAY,
    RULE_PUBLISH_TIMEOUTS,
    RULE_CONSUMER_LAG,
    RULE_REPLICA_LAG,
    RULE_NO_LEADER,
    RULE_STREAM_LIMIT,
    RULE_DISK_FULL,
    RULE_CLOCK_OFFSET,
    RULE_FEED_GAP,
    RULE_FEED_TROUBLE,
    RULE_COUNT
};

/* No severity at all; SEVERITY_WARNING and SEVERITY_CRITICAL are above it. */
#define NO_SEVERITY SEVERITY_INFO

struct observation {
    enum severity reached, kept;          /* NO_SEVERITY, warning or critical; reached is never above kept */
    int128 value;                         /* what was found: money, a spread, seconds or a ratio, in 1e-17 */
    int128 limits[SEVERITY_CRITICAL + 1]; /* what raises a warning and a critical alert, by severity */
    int64_t detail;                       /* what the sentence says besides (plumbing_text.c) */
};

/* A severity's two-level switch. */
struct trigger {
    bool on;
    int64_t since_ns;      /* monotonic: when it was switched last */
    int64_t since_wall_ns; /* likewise; names the alert */
};

struct condition {
    char key[ALERT_ID_SIZE]; /* <rule>:<scope> */
    enum risk_rule rule;
    char account[ACCOUNT_SIZE];                     /* "" when the scope is an instrument */
    char symbol[SYMBOL_SIZE];                       /* "" when the scope is an account */
    bool observed;                                  /* since the start */
    struct trigger triggers[SEVERITY_CRITICAL + 1]; /* by severity */
    struct observation last;
    char reason[PLUMBING_TEXT_SIZE]; /* of a trouble, in somebody else's words; "": none */
    uint32_t met;                    /* how often the warning's trigger was switched on since the alert was raised */
    struct alert alert;              /* the last version of its newest alert; alert_id "": there was none */
    struct alert orphan;             /* an older alert of the same condition that is still raised; alert_id "": none */
};

struct conditions;

struct conditions *conditions_create(void);
void conditions_destroy(struct conditions *conditions); /* NULL is allowed */

/* Folds one event of RISK. Alerts of rules that are not in risk_rule are left alone. */
void conditions_fold(struct conditions *conditions, const struct event *event, int64_t monotonic_ns);

/* The condition of this rule and scope, made when it is new: it never moves. For an instrument `account` is "" and
 * the scope <exchange>.<symbol>, for an account `exchange` and `symbol` are "". */
struct condition *conditions_get(struct conditions *conditions, enum risk_rule rule, const char *account,
                                 const char *exchange, const char *symbol, int64_t monotonic_ns);
/* The same for what is neither an account nor an instrument: the scope is that name. */
struct condition *conditions_get_named(struct conditions *conditions, enum risk_rule rule, const char *name,
                                       int64_t monotonic_ns);
size_t conditions_count(const struct conditions *conditions);
/* By index; 0 <= index < count. */
const struct condition *conditions_at(const struct conditions *conditions, size_t index);

/* The severity of the alert that stands; NO_SEVERITY when none does. */
enum severity condition_standing(const struct condition *condition);

void condition_observe(struct condition *condition, const struct observation *observation, int64_t wall_ns,
                       int64_t monotonic_ns);

/* What condition_observe_value observes: each severity is reached at its limit, and kept down to the share
 * `clear_level` of it. */
struct observation observation_of_value(const struct risk_config *config, int128 value, int128 warning,
                                        int128 critical);

/* Observes a value that grows with what is wrong. */
void condition_observe_value(struct condition *condition, const struct risk_config *config, int128 value,
                             int128 warning, int128 critical, int64_t wall_ns, int64_t monotonic_ns);

/* Whether its next version, or the one that stands, is critical. */
bool condition_wants_critical(const struct condition *condition, const struct risk_config *config,
                              int64_t monotonic_ns);

/* Proposes the next version of the condition's alert, when it is time for one. */
void condition_decide(const struct condition *condition, const struct risk_config *config, int64_t wall_ns,
                      int64_t monotonic_ns, struct proposals *out);

/* For snapshots: which alerts stand; what is measured begins anew, as with every start. Into a fresh table. -1: what
 * was read cannot be. */
void conditions_save(const struct conditions *conditions, struct pack *pack);
int conditions_load(struct conditions *conditions, struct pack *pack, int64_t monotonic_ns);

const char *risk_rule_name(enum risk_rule rule);

#endif
