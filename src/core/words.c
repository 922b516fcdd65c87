/* The lists of words. Each index is written out, so that a new enumerator cannot shift the words behind it. */
#include "core/words.h"

#include <assert.h>
#include <string.h>

#include "core/alert.h"
#include "core/order.h"

#define WORDS(list)                                                                                                    \
    {                                                                                                                  \
        (list), sizeof(list) / sizeof((list)[0])                                                                       \
    }

static const char *const side_list[] = {[SIDE_NONE] = NULL, [SIDE_BUY] = "buy", [SIDE_SELL] = "sell"};
static const char *const order_type_list[] = {
    [ORDER_MARKET] = "market",
    [ORDER_LIMIT] = "limit",
    [ORDER_STOP] = "stop",
    [ORDER_STOP_LIMIT] = "stop_limit",
};
static const char *const time_in_force_list[] = {
    [TIF_DAY] = "day",
    [TIF_GTC] = "gtc",
    [TIF_IOC] = "ioc",
    [TIF_FOK] = "fok",
};
static const char *const cancel_reason_list[] = {
    [CANCEL_REQUESTED] = "requested", [CANCEL_EXPIRED] = "expired", [CANCEL_IOC] = "ioc", [CANCEL_FOK] = "fok",
    [CANCEL_POST_ONLY] = "post_only", [CANCEL_HALT] = "halt",
};
static const char *const liquidity_list[] = {
    [LIQUIDITY_NONE] = NULL,
    [LIQUIDITY_MAKER] = "maker",
    [LIQUIDITY_TAKER] = "taker",
};
static const char *const trading_state_list[] = {
    [TRADING_ACTIVE] = "active",
    [TRADING_REDUCING] = "reducing",
    [TRADING_HALTED] = "halted",
};
static const char *const state_step_list[] = {
    [STEP_NONE] = NULL,         [STEP_FLATTEN] = "flatten", [STEP_STOPPED] = "stopped",
    [STEP_CLOSING] = "closing", [STEP_WAITING] = "waiting", [STEP_FLAT] = "flat",
};
static const char *const quote_status_list[] = {
    [QUOTE_OPEN] = "open",
    [QUOTE_HALTED] = "halted",
    [QUOTE_AUCTION] = "auction",
};
static const char *const quote_condition_list[] = {
    [QUOTE_SOUND] = NULL,        [QUOTE_ONE_SIDED] = "one_sided", [QUOTE_LOCKED] = "locked",
    [QUOTE_CROSSED] = "crossed", [QUOTE_OUTLIER] = "outlier",
};
static const char *const severity_list[] = {
    [SEVERITY_INFO] = "info",
    [SEVERITY_WARNING] = "warning",
    [SEVERITY_CRITICAL] = "critical",
};
static const char *const ack_action_list[] = {
    [ACK_ACK] = "ack",
    [ACK_SHELVE] = "shelve",
    [ACK_UNSHELVE] = "unshelve",
    [ACK_COMMENT] = "comment",
};
static const char *const filled_list[] = {"PARTIALLY_FILLED", "FILLED"};
static const char *const raised_list[] = {"cleared", "raised"};

const struct words words_side = WORDS(side_list);
const struct words words_order_type = WORDS(order_type_list);
const struct words words_time_in_force = WORDS(time_in_force_list);
const struct words words_cancel_reason = WORDS(cancel_reason_list);
const struct words words_liquidity = WORDS(liquidity_list);
const struct words words_trading_state = WORDS(trading_state_list);
const struct words words_state_step = WORDS(state_step_list);
const struct words words_quote_status = WORDS(quote_status_list);
const struct words words_quote_condition = WORDS(quote_condition_list);
const struct words words_severity = WORDS(severity_list);
const struct words words_ack_action = WORDS(ack_action_list);
const struct words words_filled = WORDS(filled_list);
const struct words words_raised = WORDS(raised_list);

const char *words_name(const struct words *words, unsigned value)
{
    assert(value < words->count);
    return words->names[value];
}

int words_find(const struct words *words, const char *text, size_t length)
{
    for (unsigned i = 0; i < words->count; i++) {
        const char *name = words->names[i];
        if (name != NULL && strlen(name) == length && memcmp(name, text, length) == 0) {
            return (int)i;
        }
    }
    return -1;
}
