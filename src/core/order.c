/* The words of orders, and when two requests are one. */
#include "core/order.h"

#include <string.h>

#include "core/words.h"

const char *side_name(enum side side)
{
    return side == SIDE_NONE ? "none" : words_name(&words_side, side);
}

const char *order_type_name(enum order_type type)
{
    return words_name(&words_order_type, type);
}

const char *time_in_force_name(enum time_in_force tif)
{
    return words_name(&words_time_in_force, tif);
}

const char *cancel_reason_name(enum cancel_reason reason)
{
    return words_name(&words_cancel_reason, reason);
}

const char *trading_state_name(enum trading_state state)
{
    return words_name(&words_trading_state, state);
}

const char *state_step_name(enum state_step step)
{
    return words_name(&words_state_step, step);
}

int side_from_name(const char *name, enum side *side)
{
    int found = words_find(&words_side, name, strlen(name));
    if (found < 0) {
        return -1;
    }
    *side = (enum side)found;
    return 0;
}

int order_type_from_name(const char *name, enum order_type *type)
{
    int found = words_find(&words_order_type, name, strlen(name));
    if (found < 0) {
        return -1;
    }
    *type = (enum order_type)found;
    return 0;
}

int time_in_force_from_name(const char *name, enum time_in_force *tif)
{
    int found = words_find(&words_time_in_force, name, strlen(name));
    if (found < 0) {
        return -1;
    }
    *tif = (enum time_in_force)found;
    return 0;
}

int trading_state_from_name(const char *name, enum trading_state *state)
{
    int found = words_find(&words_trading_state, name, strlen(name));
    if (found < 0) {
        return -1;
    }
    *state = (enum trading_state)found;
    return 0;
}

bool order_request_same(const struct order_request *a, const struct order_request *b)
{
    return strcmp(a->order_id, b->order_id) == 0 && strcmp(a->account, b->account) == 0 &&
           strcmp(a->symbol, b->symbol) == 0 && strcmp(a->exchange, b->exchange) == 0 && a->side == b->side &&
           a->type == b->type && a->quantity == b->quantity && a->limit_price == b->limit_price &&
           a->stop_price == b->stop_price && a->time_in_force == b->time_in_force && a->post_only == b->post_only;
}

uint32_t execution_number(const struct execution *execution)
{
    size_t prefix = strlen(execution->order_id);
    const char *at = execution->execution_id;
    if (strncmp(at, execution->order_id, prefix) != 0 || at[prefix] != '-') {
        return 0;
    }
    at += prefix + 1;
    uint64_t number = 0;
    if (*at < '1' || *at > '9') {
        return 0; /* Leading zeros would give one fill two names. */
    }
    for (; *at != '\0'; at++) {
        if (*at < '0' || *at > '9') {
            return 0;
        }
        number = number * 10 + (uint64_t)(*at - '0');
        if (number > UINT32_MAX) {
            return 0;
        }
    }
    return (uint32_t)number;
}
