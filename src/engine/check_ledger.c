/* Totals in two hash tables. Shares are computed from an order alone (its terms and the reference its decision
 * recorded), never from the quotes of the moment, so that what was added is exactly what is taken away. */
#include "engine/check_ledger.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "engine/check_rules.h"

#define uthash_fatal(message) abort()
#include <uthash.h>

/* Unused bytes are zero: the key is compared as bytes. An empty symbol stands for the account as a whole. */
struct ledger_key {
    char account[ACCOUNT_SIZE];
    char symbol[SYMBOL_SIZE];
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
    free(ledger);
}

static struct ledger_line *line_find(const struct check_ledger *ledger, const char *account, const char *symbol)
{
    struct ledger_key key = {0};
    text_copy(key.account, sizeof key.account, account);
    text_copy(key.symbol, sizeof key.symbol, symbol);
    struct ledger_line *line;
    HASH_FIND(hh, ledger->lines, &key, sizeof key, line);
    return line;
}

static struct ledger_line *line_of(struct check_ledger *ledger, const char *account, const char *symbol)
{
    struct ledger_line *line = line_find(ledger, account, symbol);
    if (line != NULL)
        return line;
    line = calloc(1, sizeof *line);
    if (line == NULL)
        abort();
    text_copy(line->key.account, sizeof line->key.account, account);
    text_copy(line->key.symbol, sizeof line->key.symbol, symbol);
    HASH_ADD(hh, ledger->lines, key, sizeof line->key, line);
    return line;
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
    struct open_totals *symbol = &line_of(ledger, order->terms.account, order->terms.symbol)->totals;
    struct open_totals *account = &line_of(ledger, order->terms.account, "")->totals;
    symbol->buys += after->buys - before->buys;
    symbol->sells += after->sells - before->sells;
    account->notional += after->notional - before->notional;
}

struct open_totals check_ledger_totals(const struct check_ledger *ledger, const char *account, const char *symbol)
{
    const struct ledger_line *of_symbol = line_find(ledger, account, symbol);
    const struct ledger_line *of_account = line_find(ledger, account, "");
    return (struct open_totals){
        .buys = of_symbol == NULL ? 0 : of_symbol->totals.buys,
        .sells = of_symbol == NULL ? 0 : of_symbol->totals.sells,
        .notional = of_account == NULL ? 0 : of_account->totals.notional,
    };
}
