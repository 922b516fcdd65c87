/* The words that enumerations have on the wire, e.g. "stop_limit": one list for each, in the order of its enum, used
 * by the codec and by the `_name` functions alike. Inside core only; others use the `_name` functions. Pure. */
#ifndef CORE_WORDS_H
#define CORE_WORDS_H

#include <stddef.h>

struct words {
    const char *const *names; /* NULL for a value that stands for "absent" and has no word */
    unsigned count;
};

extern const struct words words_side, words_order_type, words_time_in_force, words_cancel_reason, words_liquidity,
    words_trading_state, words_state_step, words_quote_status, words_quote_condition, words_severity, words_ack_action;

/* Two-valued fields that the structs keep as a bool: the words for false and true. */
extern const struct words words_filled, words_raised;

/* The word of a value, NULL when it has none. A value outside the enumeration is a bug. */
const char *words_name(const struct words *words, unsigned value);

/* The value of the word of `length` bytes, -1 when there is no such word. */
int words_find(const struct words *words, const char *text, size_t length);

#endif
