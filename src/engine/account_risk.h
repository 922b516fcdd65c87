/* What an account holds at today's prices, and the limits on it. Pure. */
#ifndef ENGINE_ACCOUNT_RISK_H
#define ENGINE_ACCOUNT_RISK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/pack.h"
#include "engine/condition.h"
#include "engine/mark.h"
#include "engine/risk_config.h"
#include "engine/session_profit.h"
#include "engine/value_at_risk.h"

/* The sums over the positions of an account. Money; a sum that would not fit stays at the largest that does. */
struct valuation {
    int128 gross, net; /* sum of |v|, sum of v, v = quantity * mid * multiplier */
    int128 realized, fees;
    int128 unrealized_mid; /* for display */
    int128 unrealized_out; /* for limits: as if traded out */
    bool stale;            /* some mark in it is, or a rate is not known */
    bool unrated;          /* a rate is not known */
};

/* Returns the position's value in the base currency; `rate` is that of its own. */
int128 valuation_add(struct valuation *valuation, const struct position_event *position, int64_t multiplier,
                     struct mark mark, struct rate rate);

/* Adds another valuation whole. */
void valuation_merge(struct valuation *valuation, const struct valuation *other);

/* What an account, or all of them together, holds: added up by the owner. */
struct holdings {
    struct valuation valuation;
    int128 largest; /* |value| of the largest position */
    struct var_portfolio portfolio;
    int128 profit_at_start; /* of the session */
};

struct account_limits {
    int128 gross, net, daily_loss; /* money; MONEY_NONE: none */
};

struct account_risk {
    char account[ACCOUNT_SIZE];
    struct account_limits limits;
    int128 starting_cash;
    struct condition *gross, *net, *loss; /* the table's; NULL without a limit */
    struct condition *rate;
    struct condition *concentration, *drawdown, *value_at_risk; /* NULL when the rule is off */
    struct session_profit session;
    int128 peak_profit;       /* the highest that was recorded; what lies below 0 was never a peak */
    struct exposure recorded; /* the last exposure on the tape */
    struct exposure measured; /* as of the last account_risk_observe */
};

/* `account` is zeroed. `name` "*" stands for all accounts together. */
void account_risk_init(struct account_risk *account, const char *name, const struct account_limits *limits,
                       const struct risk_config *config, struct conditions *conditions, int64_t monotonic_ns);

/* Folds an exposure of this account that stands on the tape. */
/* Other limits, where there were some. */
void account_risk_set_limits(struct account_risk *account, const struct account_limits *limits);

void account_risk_fold(struct account_risk *account, const struct exposure *exposure);

/* For snapshots, writing and reading: what account_risk_fold keeps. */
void account_risk_pack(struct account_risk *account, struct pack *pack);

/* Takes over what the account holds now and holds it against the limits. */
void account_risk_observe(struct account_risk *account, const struct risk_config *config,
                          const struct holdings *holdings, int64_t wall_ns, int64_t monotonic_ns);

/* Proposes the exposure as measured last, when it is not the one that was recorded last. */
void account_risk_decide(const struct account_risk *account, int64_t wall_ns, struct proposals *out);

#endif
