/* What the prices of a quote say by themselves. */
#include "core/quote.h"

#include "core/words.h"

enum quote_condition quote_condition_of(const struct quote *quote)
{
    if (quote->bid_size == 0 || quote->ask_size == 0)
        return QUOTE_ONE_SIDED;
    if (quote->bid == quote->ask)
        return QUOTE_LOCKED;
    return quote->bid > quote->ask ? QUOTE_CROSSED : QUOTE_SOUND;
}

const char *quote_condition_name(enum quote_condition condition)
{
    return words_name(&words_quote_condition, condition);
}
