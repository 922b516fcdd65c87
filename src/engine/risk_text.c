/* The sentences of the risk rules. */
#include "engine/risk_text.h"

#include <stdio.h>
#include <string.h>

#include "engine/plumbing_text.h"

enum { SECONDS_SHOWN = 1, MONEY_SHOWN = 0, RATIO_SHOWN = 1 };

/* A price or spread with the decimals it has, without trailing zeros. */
static void exact(char *text, int128 value)
{
    money_format(text, value);
}

static void percent(char *text, int128 share)
{
    money_format_fixed(text, share * 100, RATIO_SHOWN, true);
}

static const char *scope_of(const struct condition *condition)
{
    if (strcmp(condition->account, "*") == 0)
        return "all accounts:";
    return condition->account[0] != '\0' ? condition->account : condition->symbol;
}

/* The rules that hold one share, or one ratio, against another. */
static void text_of_ratio(char *text, size_t size, const struct condition *condition, enum severity severity)
{
    const struct observation *last = &condition->last;
    const char *scope = scope_of(condition), *name = severity_name(severity);
    char value[DECIMAL_TEXT_SIZE], limit[DECIMAL_TEXT_SIZE];
    if (condition->rule == RULE_VOLATILITY || condition->rule == RULE_PRICE_SPIKE) {
        money_format_fixed(value, last->value, RATIO_SHOWN, true);
        money_format_fixed(limit, last->limits[severity], MONEY_SHOWN, true);
        snprintf(text, size,
                 condition->rule == RULE_VOLATILITY
                     ? "%s volatility is %s times its median (%s at %s)"
                     : "%s price moved %s times its volatility within a second (%s at %s)",
                 scope, value, name, limit);
        return;
    }
    percent(value, last->value);
    percent(limit, last->limits[severity]);
    snprintf(text, size,
             condition->rule == RULE_CONCENTRATION ? "%s largest position is %s%% of the gross exposure (%s at %s%%)"
             : condition->rule == RULE_DRAWDOWN    ? "%s equity is %s%% below its peak (%s at %s%%)"
                                                   : "%s value at risk is %s%% of the equity (%s at %s%%)",
             scope, value, name, limit);
}

void risk_text_raised(char *text, size_t size, const struct condition *condition, enum severity severity)
{
    const struct observation *last = &condition->last;
    const char *scope = scope_of(condition), *level = severity == SEVERITY_CRITICAL ? "limit" : "warning";
    char value[DECIMAL_TEXT_SIZE], limit[DECIMAL_TEXT_SIZE];
    money_format_fixed(value, last->value, MONEY_SHOWN, true);
    money_format_fixed(limit, last->limits[severity], MONEY_SHOWN, true);
    switch (condition->rule) {
    case RULE_STALE_QUOTE:
        money_format_fixed(value, last->value, SECONDS_SHOWN, true);
        money_format_fixed(limit, last->limits[severity], SECONDS_SHOWN, true);
        snprintf(text, size, "%s quote is stale for %s s (%s at %s s)", scope, value, severity_name(severity), limit);
        return;
    case RULE_LOCKED_CROSSED:
        exact(value, -last->value);
        if (last->value < 0)
            snprintf(text, size, "%s is crossed: bid is %s above ask", scope, value);
        else
            snprintf(text, size, "%s is locked: bid equals ask", scope);
        return;
    case RULE_SPREAD_BLOWOUT:
        exact(value, last->value);
        exact(limit, last->limits[severity]);
        snprintf(text, size, "%s spread %s is wide (%s at %s)", scope, value, severity_name(severity), limit);
        return;
    case RULE_GROSS_EXPOSURE:
        snprintf(text, size, "%s gross exposure %s above %s (%s)", scope, value, limit, level);
        return;
    case RULE_NET_EXPOSURE:
        snprintf(text, size, "%s net exposure %s above %s (%s)", scope, value, limit, level);
        return;
    case RULE_DAILY_LOSS:
        snprintf(text, size, "%s daily loss %s above %s (%s)", scope, value, limit, level);
        return;
    case RULE_NO_RATE:
        snprintf(text, size, "%s holds a currency without a rate: it counts one to one", scope);
        return;
    case RULE_VOLATILITY:
    case RULE_PRICE_SPIKE:
    case RULE_CONCENTRATION:
    case RULE_DRAWDOWN:
    case RULE_VALUE_AT_RISK:
        text_of_ratio(text, size, condition, severity);
        return;
    case RULE_SERVER_AWAY:
    case RULE_PUBLISH_TIMEOUTS:
    case RULE_CONSUMER_LAG:
    case RULE_REPLICA_LAG:
    case RULE_NO_LEADER:
    case RULE_STREAM_LIMIT:
    case RULE_DISK_FULL:
    case RULE_CLOCK_OFFSET:
    case RULE_FEED_GAP:
    case RULE_FEED_TROUBLE:
        plumbing_text_raised(text, size, condition, severity);
        return;
    case RULE_COUNT:
        break;
    }
    text[0] = '\0';
}

void risk_text_cleared(char *text, size_t size, const struct condition *condition)
{
    static const char *const sentences[RULE_COUNT] = {
        [RULE_STALE_QUOTE] = "quote is fresh again",
        [RULE_LOCKED_CROSSED] = "is neither locked nor crossed any more",
        [RULE_SPREAD_BLOWOUT] = "spread is back to normal",
        [RULE_GROSS_EXPOSURE] = "gross exposure is back within its limit",
        [RULE_NET_EXPOSURE] = "net exposure is back within its limit",
        [RULE_DAILY_LOSS] = "daily loss is back within its limit",
        [RULE_NO_RATE] = "has a rate for every currency it holds",
        [RULE_VOLATILITY] = "volatility is back to normal",
        [RULE_PRICE_SPIKE] = "price moves as usual again",
        [RULE_CONCENTRATION] = "largest position is no longer too large a share",
        [RULE_DRAWDOWN] = "equity is back near its peak",
        [RULE_VALUE_AT_RISK] = "value at risk is back within its limit",
    };
    if (sentences[condition->rule] == NULL)
        plumbing_text_cleared(text, size, condition);
    else
        snprintf(text, size, "%s %s", scope_of(condition),
                 condition->observed ? sentences[condition->rule] : "is no longer watched");
}
