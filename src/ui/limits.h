/* How much of each limit an account uses, from its exposure on the tape and the levels of the configuration. Pure. */
#ifndef UI_LIMITS_H
#define UI_LIMITS_H

#include <stdbool.h>

#include "core/alert.h"
#include "engine/risk_config.h"

enum limit_kind {
    LIMIT_GROSS,
    LIMIT_NET,
    LIMIT_LOSS,
    LIMIT_CONCENTRATION,
    LIMIT_DRAWDOWN,
    LIMIT_VAR,
    LIMIT_KINDS,
};

struct limit_use {
    bool is_share;   /* `used` and `limit` are shares (1 is the whole), else money in units */
    bool is_limited; /* false: there is no limit, and only `used` is valid */
    bool is_known;   /* false: nothing is measured yet */
    double used, limit;
    double warning; /* the level that warns, as a share of the limit */
};

const char *limit_name(enum limit_kind kind);
struct limit_use limit_use(enum limit_kind kind, const struct exposure *exposure, const struct risk_config *config);

/* The part of the limit that is used; 0 without a limit. */
double limit_part(const struct limit_use *use);

#endif
