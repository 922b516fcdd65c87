/* A line per instrument in a hash per account, as long as it has orders. A market order has no value of its own: its
 * quantity is kept, and valued when somebody asks. */
#include "engine/undecided.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "engine/check_rules.h"
#include "engine/wide.h"

#define uthash_fatal(message) abort()
#include <uthash.h>

/* Unused bytes are zero: the key is compared as bytes. */
struct market_key {
    char symbol[SYMBOL_SIZE];
    char exchange[EXCHANGE_SIZE];
};

/* Quantities in 1e-8, money in 1e-17 of the instrument's currency. */
struct sums {
    int128 buys, sells;
    int128 notional;                      /* of those with a price of their own */
    int128 unpriced_buys, unpriced_sells; /* quantities of the others */
};

struct line {
    struct market_key key;
    size_t orders;
    struct sums sums;
    UT_hash_handle hh;
};

struct account {
    char name[ACCOUNT_SIZE];
    struct line *lines;
    UT_hash_handle hh;
};

struct undecided {
    const struct checks_config *config;
    const struct instruments *instruments;
    struct account *accounts;
};

static void *allocate(size_t bytes)
{
    void *memory = calloc(1, bytes);
    if (memory == NULL)
        abort();
    return memory;
}

struct undecided *undecided_create(const struct checks_config *config, const struct instruments *instruments)
{
    struct undecided *undecided = allocate(sizeof *undecided);
    undecided->config = config;
    undecided->instruments = instruments;
    return undecided;
}

void undecided_destroy(struct undecided *undecided)
{
    if (undecided == NULL)
        return;
    struct account *account, *next_account;
    HASH_ITER(hh, undecided->accounts, account, next_account)
    {
        struct line *line, *next_line;
        HASH_ITER(hh, account->lines, line, next_line)
        {
            HASH_DEL(account->lines, line);
            free(line);
        }
        HASH_DEL(undecided->accounts, account);
        free(account);
    }
    free(undecided);
}

static struct account *account_find(const struct undecided *undecided, const char *name)
{
    struct account *account;
    HASH_FIND_STR(undecided->accounts, name, account);
    return account;
}

static struct market_key key_of(const struct order_request *terms)
{
    struct market_key key = {0};
    text_copy(key.symbol, sizeof key.symbol, terms->symbol);
    text_copy(key.exchange, sizeof key.exchange, terms->exchange);
    return key;
}

static struct line *line_find(const struct account *account, const struct market_key *key)
{
    struct line *line = NULL;
    if (account != NULL)
        HASH_FIND(hh, account->lines, key, sizeof *key, line);
    return line;
}

static struct sums sums_of(const struct undecided *undecided, const struct order_request *terms)
{
    const struct instrument *instrument = instruments_find(undecided->instruments, terms->exchange, terms->symbol);
    struct sums sums = {0};
    bool is_buy = terms->side == SIDE_BUY, is_priced;
    sums.notional =
        check_notional(undecided->config, instrument, terms, terms->quantity, NULL, DECIMAL_NONE, &is_priced);
    *(is_buy ? &sums.buys : &sums.sells) = terms->quantity;
    if (!is_priced)
        *(is_buy ? &sums.unpriced_buys : &sums.unpriced_sells) = terms->quantity;
    return sums;
}

static void sums_add(struct sums *sums, const struct sums *more, int sign)
{
    sums->buys += sign * more->buys;
    sums->sells += sign * more->sells;
    sums->notional += sign * more->notional;
    sums->unpriced_buys += sign * more->unpriced_buys;
    sums->unpriced_sells += sign * more->unpriced_sells;
}

void undecided_add(struct undecided *undecided, const struct order_request *terms)
{
    struct account *account = account_find(undecided, terms->account);
    if (account == NULL) {
        account = allocate(sizeof *account);
        text_copy(account->name, sizeof account->name, terms->account);
        HASH_ADD_STR(undecided->accounts, name, account);
    }
    const struct market_key key = key_of(terms);
    struct line *line = line_find(account, &key);
    if (line == NULL) {
        line = allocate(sizeof *line);
        line->key = key;
        HASH_ADD(hh, account->lines, key, sizeof line->key, line);
    }
    const struct sums own = sums_of(undecided, terms);
    sums_add(&line->sums, &own, 1);
    line->orders++;
}

void undecided_remove(struct undecided *undecided, const struct order_request *terms)
{
    struct account *account = account_find(undecided, terms->account);
    const struct market_key key = key_of(terms);
    struct line *line = line_find(account, &key);
    if (line == NULL)
        return;
    const struct sums own = sums_of(undecided, terms);
    sums_add(&line->sums, &own, -1);
    if (--line->orders > 0)
        return;
    HASH_DEL(account->lines, line);
    free(line);
    if (account->lines != NULL)
        return;
    HASH_DEL(undecided->accounts, account);
    free(account);
}

/* What a quantity without a price is worth: by the value of the smallest one, of which it is a multiple. */
static int128 value_of(const struct undecided *undecided, const struct line *line, enum side side, int128 quantity,
                       const struct market *market)
{
    const struct instrument *instrument =
        instruments_find(undecided->instruments, line->key.exchange, line->key.symbol);
    struct order_request terms = event_empty(EVENT_ORDER_NEW).request;
    terms.side = side;
    bool is_priced;
    int128 value = check_notional(undecided->config, instrument, &terms, 1, market, DECIMAL_NONE, &is_priced);
    return __builtin_mul_overflow(value, quantity, &value) ? MONEY_LARGEST : money_bounded(value);
}

struct open_totals undecided_totals(const struct undecided *undecided, const struct undecided *less,
                                    const struct quotes *quotes, const struct rates *rates, const char *account,
                                    const char *symbol)
{
    struct open_totals totals = {0};
    const struct account *found = account_find(undecided, account);
    const struct account *left_out = less == NULL ? NULL : account_find(less, account);
    const struct line *line = found == NULL ? NULL : found->lines;
    for (; line != NULL; line = line->hh.next) {
        struct sums sums = line->sums;
        const struct line *other = line_find(left_out, &line->key);
        if (other != NULL)
            sums_add(&sums, &other->sums, -1);
        if (strcmp(line->key.symbol, symbol) == 0) {
            totals.buys += sums.buys;
            totals.sells += sums.sells;
        }
        const struct instrument *instrument =
            instruments_find(undecided->instruments, line->key.exchange, line->key.symbol);
        const struct market *market = quotes_find(quotes, line->key.exchange, line->key.symbol);
        int128 notional = sums.notional;
        if (sums.unpriced_buys > 0)
            notional += value_of(undecided, line, SIDE_BUY, sums.unpriced_buys, market);
        if (sums.unpriced_sells > 0)
            notional += value_of(undecided, line, SIDE_SELL, sums.unpriced_sells, market);
        totals.notional +=
            rate_convert(instrument == NULL ? RATE_ONE : rates_of(rates, instrument->currency), notional);
    }
    return totals;
}
