/* See limits.h. The same levels as engine/account_risk.c; alerts are its business, this is for looking at. */
#include "ui/limits.h"

#include <math.h>

#include "engine/settings.h"

const char *limit_name(enum limit_kind kind)
{
    static const char *const names[LIMIT_KINDS] = {
        [LIMIT_GROSS] = "gross exposure",        [LIMIT_NET] = "net exposure",  [LIMIT_LOSS] = "daily loss",
        [LIMIT_CONCENTRATION] = "concentration", [LIMIT_DRAWDOWN] = "drawdown", [LIMIT_VAR] = "value at risk",
    };
    return names[kind];
}

static double share_of(int64_t basis_points)
{
    return (double)basis_points / (double)BASIS_POINTS_WHOLE;
}

static struct limit_use of_money(int128 used, int128 limit, const struct risk_config *config)
{
    return (struct limit_use){
        .is_known = true,
        .is_limited = limit != MONEY_NONE && limit > 0,
        .used = money_to_double(used),
        .limit = money_to_double(limit),
        .warning = share_of(config->limit_warning),
    };
}

static struct limit_use of_share(double used, int64_t warning, int64_t critical)
{
    return (struct limit_use){
        .is_share = true,
        .is_known = true,
        .is_limited = warning != 0 && critical != 0,
        .used = used,
        .limit = share_of(critical),
        .warning = critical == 0 ? 0 : (double)warning / (double)critical,
    };
}

/* A small gross exposure is not watched for its concentration. */
static struct limit_use concentration(const struct exposure *exposure, const struct risk_config *config)
{
    struct limit_use use = of_share(price_to_double(exposure->concentration), config->concentration_warning,
                                    config->concentration_critical);
    double equity = money_to_double(exposure->equity);
    if (money_to_double(exposure->gross) < share_of(config->concentration_from) * (equity > 0 ? equity : 0))
        use.is_limited = false;
    use.is_known = exposure->concentration != DECIMAL_NONE;
    return use;
}

static struct limit_use value_at_risk(const struct exposure *exposure, const struct risk_config *config)
{
    if (exposure->var_parametric == MONEY_NONE || exposure->var_historical == MONEY_NONE || exposure->equity <= 0)
        return (struct limit_use){.is_share = true};
    double larger = fmax(money_to_double(exposure->var_parametric), money_to_double(exposure->var_historical));
    return of_share(larger / money_to_double(exposure->equity), config->var_warning, config->var_critical);
}

struct limit_use limit_use(enum limit_kind kind, const struct exposure *exposure, const struct risk_config *config)
{
    struct limit_use use = {0};
    switch (kind) {
    case LIMIT_GROSS:
        return of_money(exposure->gross, exposure->gross_limit, config);
    case LIMIT_NET:
        return of_money(exposure->net < 0 ? -exposure->net : exposure->net, exposure->net_limit, config);
    case LIMIT_LOSS:
        return of_money(exposure->day_pnl < 0 ? -exposure->day_pnl : 0, exposure->daily_loss_limit, config);
    case LIMIT_CONCENTRATION:
        return concentration(exposure, config);
    case LIMIT_DRAWDOWN:
        use = of_share(price_to_double(exposure->drawdown), config->drawdown_warning, config->drawdown_critical);
        use.is_known = exposure->drawdown != DECIMAL_NONE;
        return use;
    case LIMIT_VAR:
        return value_at_risk(exposure, config);
    case LIMIT_KINDS:
        break;
    }
    return use;
}

double limit_part(const struct limit_use *use)
{
    return use->is_known && use->is_limited && use->limit > 0 ? use->used / use->limit : 0;
}
