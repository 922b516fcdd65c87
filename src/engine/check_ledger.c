/* Totals in a hash table; those of an account in each currency, since rates change and what was added is to be taken
 * away again. Shares are computed from an order alone (its terms and the reference its decision
 * recorded), never from the quotes of the moment, so that what was added is exactly what is taken away. */
#include "engine/check_ledger.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "engine/check_rules.h"

#define uthash_fatal(message) abort()
#include <uthash.h>

/* Unused bytes are zero: the key is compared as bytes. Without a symbol it is the account as a whole, in one
 * currency. */
struct ledger_key {
    char account[ACCOUNT_SIZE];
    char symbol[SYMBOL_SIZE];
    char currency[CURRENCY_SIZE];
};

struct ledger_line {
    struct ledger_key key;
    struct open_totals totals;
    UT_hash_handle hh;
};

struct check_ledger {
    const struct checks_config *config;
    const struct instruments *instruments;
    struct ledger_line *lines;
    char (*currencies)[CURRENCY_SIZE]; /* all that any account has a line in: few */
    size_t currency_count;
};

struct check_ledger *check_ledger_create(const struct checks_config *config, const struct instruments *instruments)
{
    struct check_ledger *ledger = calloc(1, sizeof *ledger);
    if (ledger == NULL)
        abort();
    ledger->config = config;
    ledger->instruments = instruments;
    return ledger;
}

void check_ledger_destroy(struct check_ledger *ledger)
{
    if (ledger == NULL)
        return;
    struct ledger_line *line, *next;
    HASH_ITER(hh, ledger->lines, line, next)
    {
        HASH_DEL(ledger->lines, line);
        free(line);
    }
    free(ledger->currencies);
    free(ledger);
}

static struct ledger_key key_of(const char *account, const char *symbol, const char *currency)
{
    struct ledger_key key = {0};
    text_copy(key.account, sizeof key.account, account);
    text_copy(key.symbol, sizeof key.symbol, symbol);
    text_copy(key.currency, sizeof key.currency, currency);
    return key;
}

static struct ledger_line *line_find(const struct check_ledger *ledger, const struct ledger_key *key)
{
    struct ledger_line *line;
    HASH_FIND(hh, ledger->lines, key, sizeof *key, line);
    return line;
}

static void remember_currency(struct check_ledger *ledger, const char *currency)
{
    for (size_t i = 0; i < ledger->currency_count; i++)
        if (strcmp(ledger->currencies[i], currency) == 0)
            return;
    ledger->currencies = realloc(ledger->currencies, (ledger->currency_count + 1) * sizeof *ledger->currencies);
    if (ledger->currencies == NULL)
        abort();
    text_copy(ledger->currencies[ledger->currency_count++], CURRENCY_SIZE, currency);
}

static struct open_totals *totals_of(struct check_ledger *ledger, struct ledger_key key)
{
    struct ledger_line *line = line_find(ledger, &key);
    if (line != NULL)
        return &line->totals;
    line = calloc(1, sizeof *line);
    if (line == NULL)
        abort();
    line->key = key;
    HASH_ADD(hh, ledger->lines, key, sizeof line->key, line);
    if (key.symbol[0] == '\0')
        remember_currency(ledger, key.currency);
    return &line->totals;
}

static int128 larger(int128 a, int128 b)
{
    return a > b ? a : b;
}

struct open_totals check_ledger_share(const struct check_ledger *ledger, const struct order *order)
{
    struct open_totals share = {0};
    if (order->state != ORDER_SUBMITTED && !order_is_working(order))
        return share;
    const struct order_request *terms = &order->terms;
    const struct instrument *instrument = instruments_find(ledger->instruments, terms->exchange, terms->symbol);
    bool is_priced;
    int128 leaves = order_leaves(order);
    share.notional =
        check_notional(ledger->config, instrument, terms, (int64_t)leaves, NULL, order->reference_price, &is_priced);
    if (order->replace != NULL) {
        struct order_request wanted = *terms;
        const struct change_request *replace = order->replace;
        if (replace->quantity != DECIMAL_NONE)
            wanted.quantity = replace->quantity;
        if (replace->limit_price != DECIMAL_NONE)
            wanted.limit_price = replace->limit_price;
        if (replace->stop_price != DECIMAL_NONE)
            wanted.stop_price = replace->stop_price;
        int64_t left = wanted.quantity > order->cumulative_quantity ? wanted.quantity - order->cumulative_quantity : 0;
        int128 notional =
            check_notional(ledger->config, instrument, &wanted, left, NULL, order->reference_price, &is_priced);
        leaves = larger(leaves, left);
        share.notional = larger(share.notional, notional);
    }
    *(terms->side == SIDE_BUY ? &share.buys : &share.sells) = leaves;
    return share;
}

void check_ledger_move(struct check_ledger *ledger, const struct order *order, const struct open_totals *before,
                       const struct open_totals *after)
{
    if (before->buys == after->buys && before->sells == after->sells && before->notional == after->notional)
        return;
    const struct order_request *terms = &order->terms;
    const struct instrument *instrument = instruments_find(ledger->instruments, terms->exchange, terms->symbol);
    const char *currency = instrument == NULL ? ledger->config->rates.base : instrument->currency;
    struct open_totals *symbol = totals_of(ledger, key_of(terms->account, terms->symbol, ""));
    struct open_totals *account = totals_of(ledger, key_of(terms->account, "", currency));
    symbol->buys += after->buys - before->buys;
    symbol->sells += after->sells - before->sells;
    account->notional += after->notional - before->notional;
}

struct open_totals check_ledger_totals(const struct check_ledger *ledger, const struct rates *rates,
                                       const char *account, const char *symbol)
{
    struct ledger_key key = key_of(account, symbol, "");
    const struct ledger_line *line = line_find(ledger, &key);
    struct open_totals totals = {0};
    if (line != NULL)
        totals = line->totals;
    for (size_t i = 0; i < ledger->currency_count; i++) {
        key = key_of(account, "", ledger->currencies[i]);
        line = line_find(ledger, &key);
        if (line != NULL)
            totals.notional += rate_convert(rates_of(rates, ledger->currencies[i]), line->totals.notional);
    }
    return totals;
}
