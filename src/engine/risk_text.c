/* The sentences of the risk rules. */
#include "engine/risk_text.h"

#include <stdio.h>

enum { SECONDS_SHOWN = 1, MONEY_SHOWN = 0 };

/* A price or spread with the decimals it has, without trailing zeros. */
static void exact(char *text, int128 value)
{
    money_format(text, value);
}

static const char *scope_of(const struct condition *condition)
{
    return condition->account[0] != '\0' ? condition->account : condition->symbol;
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
    };
    const char *sentence = condition->observed ? sentences[condition->rule] : "is no longer watched";
    snprintf(text, size, "%s %s", scope_of(condition), sentence);
}
