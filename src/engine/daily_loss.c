/* One session per account, and beside each position the market that marks it, so that a decision about an order does
 * not search for each position of its account. */
#include "engine/daily_loss.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "engine/mark.h"
#include "engine/session_profit.h"
#include "engine/wide.h"

#define uthash_fatal(message) abort()
#include <uthash.h>

struct session {
    char account[ACCOUNT_SIZE];
    struct session_profit profit;
    UT_hash_handle hh;
};

struct daily_loss {
    const struct positions *positions;
    const struct quotes *quotes;
    const struct instruments *instruments;
    const struct rates *rates;
    struct session *sessions;
    const struct market **markets;       /* by the position's index; NULL: no quote yet */
    size_t position_count, market_count; /* as they were when those were found */
};

struct daily_loss *daily_loss_create(const struct positions *positions, const struct quotes *quotes,
                                     const struct instruments *instruments, const struct rates *rates)
{
    struct daily_loss *loss = calloc(1, sizeof *loss);
    if (loss == NULL)
        abort();
    loss->positions = positions;
    loss->quotes = quotes;
    loss->instruments = instruments;
    loss->rates = rates;
    return loss;
}

void daily_loss_destroy(struct daily_loss *loss)
{
    if (loss == NULL)
        return;
    struct session *session, *next;
    HASH_ITER(hh, loss->sessions, session, next)
    {
        HASH_DEL(loss->sessions, session);
        free(session);
    }
    free(loss->markets);
    free(loss);
}

void daily_loss_follow(struct daily_loss *loss)
{
    size_t position_count = positions_count(loss->positions), market_count = quotes_count(loss->quotes);
    if (position_count == loss->position_count && market_count == loss->market_count)
        return;
    if (position_count > loss->position_count)
        loss->markets = realloc(loss->markets, position_count * sizeof *loss->markets);
    if (loss->markets == NULL && position_count > 0)
        abort();
    loss->position_count = position_count;
    loss->market_count = market_count;
    for (size_t i = 0; i < position_count; i++)
        loss->markets[i] = mark_market(loss->quotes, loss->instruments, positions_at(loss->positions, i)->symbol);
}

static struct session *session_find(const struct daily_loss *loss, const char *account)
{
    struct session *session;
    HASH_FIND_STR(loss->sessions, account, session);
    return session;
}

void daily_loss_fold(struct daily_loss *loss, const struct exposure *exposure)
{
    struct session *session = session_find(loss, exposure->account);
    if (session == NULL) {
        session = calloc(1, sizeof *session);
        if (session == NULL)
            abort();
        text_copy(session->account, sizeof session->account, exposure->account);
        HASH_ADD_STR(loss->sessions, account, session);
    }
    session_profit_fold(&session->profit, exposure);
}

/* What a position made so far. One that would not fit counts as the largest loss or profit that does. */
static int128 profit_of(const struct daily_loss *loss, const struct position *position, int64_t monotonic_ns,
                        int64_t stale_after_ns)
{
    int128 profit = money_bounded(position_realized(position)) - money_bounded(position->fees);
    if (position->quantity == 0)
        return profit;
    struct mark mark =
        mark_of(position->quantity, position->last_price, loss->markets[position->index], monotonic_ns, stale_after_ns);
    int128 unrealized;
    if (!position_unrealized(position, mark.out, &unrealized))
        unrealized = (mark.out > 0) == (position->quantity > 0) ? MONEY_LARGEST : -MONEY_LARGEST;
    return profit + money_bounded(unrealized);
}

int128 daily_loss_of(const struct daily_loss *loss, const char *account, int64_t time_ns, int64_t monotonic_ns,
                     int64_t stale_after_ns)
{
    const struct session *session = session_find(loss, account);
    int128 lost = session == NULL ? 0 : session_profit_at_start(&session->profit, time_ns);
    for (size_t i = 0; i < loss->position_count; i++) {
        const struct position *position = positions_at(loss->positions, i);
        if (strcmp(position->account, account) != 0)
            continue;
        int128 profit = profit_of(loss, position, monotonic_ns, stale_after_ns);
        lost = money_bounded(lost - rate_convert(rates_of(loss->rates, position->currency), profit));
    }
    return lost;
}
