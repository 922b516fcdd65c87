/* The members of a JSON object that a venue's parser looks at, found by name, and their values. Pure. */
#ifndef FEED_MEMBERS_H
#define FEED_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/json.h"
#include "core/quote.h"
#include "feed/market.h"

/* Fills values[i] with the member called names[i] (its `text` is NULL when there is none). False with `problem`, a
 * sentence without a point, when the text is no JSON object or one of these names stands in it twice. */
bool members_read(const char *text, size_t length, const char *const *names, struct json_value *values, size_t count,
                  const char **problem);

/* A number of 0 or more with at most `decimals` decimals, written as a number or as a string. */
bool member_decimal(const struct json_value *value, int decimals, int64_t *number);

/* The price of a level of a book. One that does not fit, as somebody's order far off the market may have, becomes
 * MARKET_PRICE_FAR: there is such a level, and nobody will ever trade there. */
bool member_level_price(const struct json_value *value, int64_t *price);

/* Digits only, as a number or as a string, at most 2^63 - 1. */
bool member_whole(const struct json_value *value, int64_t *number);

/* How many decimals the text of a number has: 2 for 1.50. */
int member_decimals(const struct json_value *value);

/* A name without anything that text_clean takes out; 1 to SYMBOL_SIZE - 1 bytes. */
bool member_symbol(const struct json_value *value, char symbol[SYMBOL_SIZE]);

/* A string in RFC 3339 in UTC. */
bool member_time(const struct json_value *value, int64_t *time_ns);

/* A whole number of milliseconds since the epoch, in the years 2001 to 2100: others are in another unit. */
bool member_time_ms(const struct json_value *value, int64_t *time_ns);

/* Copies a string, cleaned and cut to `size`; "" when it is none. */
void member_text(const struct json_value *value, char *out, size_t size);

/* Copies the text of a number or a string that is an id of 1 to TRADE_ID_SIZE - 1 letters, digits, _ and -. */
bool member_trade_id(const struct json_value *value, char id[TRADE_ID_SIZE]);

#endif
