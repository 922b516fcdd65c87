/* One function per check and a table of them. A check returns true when the order passes; else it has filled the
 * decision with a sentence, what it found and what is allowed. */
#include "engine/check_rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "engine/settings.h"

/* Where the value of an order saturates: above every limit one would set, and a million of them still add up. */
#define MONEY_MAX ((int128)(~(uint128)0 >> 21))

static int128 money_of_price(int64_t price)
{
    return (int128)price * QUANTITY_ONE;
}

static int128 money_of_quantity(int128 quantity)
{
    return quantity * PRICE_ONE;
}

static int128 money_of_seconds(int64_t ns)
{
    return (int128)ns * QUANTITY_ONE;
}

static int128 money_of_basis_points(int128 basis_points)
{
    return basis_points * (MONEY_ONE / BASIS_POINT);
}

/* A number in a sentence. */
struct number {
    char text[DECIMAL_TEXT_SIZE];
};

static struct number show(int128 money)
{
    struct number number;
    money_format(number.text, money);
    return number;
}

static struct number show_quantity(int128 quantity)
{
    return show(money_of_quantity(quantity));
}

static struct number show_price(int64_t price)
{
    return show(money_of_price(price));
}

static struct number show_rounded(int128 money, int decimals)
{
    struct number number;
    money_format_fixed(number.text, money, decimals, false);
    return number;
}

static bool reject(struct decision *decision, int128 value, int128 limit, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static bool reject(struct decision *decision, int128 value, int128 limit, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(decision->reason, sizeof decision->reason, format, arguments);
    va_end(arguments);
    decision->value = value;
    decision->limit = limit;
    return false;
}

static int128 absolute(int128 value)
{
    return value < 0 ? -value : value;
}

static bool has_fresh_market(const struct check_input *input)
{
    return input->market != NULL &&
           market_is_tradable(input->market, input->monotonic_ns, input->config->stale_after_ns);
}

int128 check_notional(const struct checks_config *config, const struct instrument *instrument,
                      const struct order_request *terms, int64_t quantity, const struct market *market,
                      int64_t reference_price, bool *is_priced)
{
    int64_t price = terms->limit_price;
    bool with_margin = price == DECIMAL_NONE;
    if (with_margin)
        price = terms->stop_price;
    if (price == DECIMAL_NONE && market != NULL)
        price = terms->side == SIDE_BUY ? market->quote.ask : market->quote.bid;
    if (price == DECIMAL_NONE)
        price = reference_price;
    *is_priced = price != DECIMAL_NONE;
    if (!*is_priced)
        return 0;
    int128 value = absolute(price);
    if (with_margin)
        value = divide_half_even(value * (BASIS_POINTS_WHOLE + config->market_margin), BASIS_POINTS_WHOLE);
    int64_t multiplier = instrument == NULL ? 1 : instrument->multiplier;
    if (money_multiply_overflows(value, quantity, &value) || money_multiply_overflows(value, multiplier, &value))
        return MONEY_MAX;
    return value < MONEY_MAX ? value : MONEY_MAX;
}

static bool check_halted(const struct check_input *input, struct decision *decision)
{
    if (input->held[0] != '\0')
        return reject(decision, MONEY_NONE, MONEY_NONE, "trading is halted: %s", input->held);
    if (input->trading_state != TRADING_HALTED)
        return true;
    return reject(decision, MONEY_NONE, MONEY_NONE, "trading is halted for %s in %s", input->terms.symbol,
                  input->terms.account);
}

/* Makes smaller: on the other side than the position, and with the other open orders of that side no larger. What it
 * would trade, and what it may, go to `closing` and `closable`. */
static bool reduces(const struct check_input *input, int128 *closing, int128 *closable)
{
    bool is_buy = input->terms.side == SIDE_BUY;
    int128 held = is_buy ? -(int128)input->position : (int128)input->position;
    *closable = held > 0 ? held : 0;
    *closing = (is_buy ? input->open_buys : input->open_sells) + input->leaves;
    return *closable > 0 && *closing <= *closable;
}

static bool check_reduce_only(const struct check_input *input, struct decision *decision)
{
    int128 closing, closable;
    if (input->trading_state != TRADING_REDUCING || reduces(input, &closing, &closable))
        return true;
    return reject(decision, money_of_quantity(closing), money_of_quantity(closable),
                  "only orders that make a position smaller pass: this would %s %s, the position allows %s",
                  side_name(input->terms.side), show_quantity(closing).text, show_quantity(closable).text);
}

static bool check_instrument(const struct check_input *input, struct decision *decision)
{
    if (input->instrument != NULL)
        return true;
    return reject(decision, MONEY_NONE, MONEY_NONE, "%s on %s is not in the instrument table", input->terms.symbol,
                  input->terms.exchange);
}

static bool is_on_tick(int64_t price, int64_t tick)
{
    return price == DECIMAL_NONE || price % tick == 0;
}

static bool check_tick(const struct check_input *input, struct decision *decision)
{
    const struct order_request *terms = &input->terms;
    if (input->instrument == NULL)
        return true;
    int64_t tick = input->instrument->tick;
    bool is_limit_good = is_on_tick(terms->limit_price, tick);
    if (is_limit_good && is_on_tick(terms->stop_price, tick))
        return true;
    int64_t price = is_limit_good ? terms->stop_price : terms->limit_price;
    return reject(decision, money_of_price(price), money_of_price(tick), "%s price %s is not a multiple of the tick %s",
                  is_limit_good ? "stop" : "limit", show_price(price).text, show_price(tick).text);
}

static bool check_lot(const struct check_input *input, struct decision *decision)
{
    int64_t quantity = input->terms.quantity;
    if (input->instrument == NULL || (quantity > 0 && quantity % input->instrument->lot == 0))
        return true;
    int64_t lot = input->instrument->lot;
    return reject(decision, money_of_quantity(quantity), money_of_quantity(lot),
                  "quantity %s is not a multiple of the lot %s", show_quantity(quantity).text, show_quantity(lot).text);
}

/* A good-till-cancelled limit order means to wait; everything else that waited out a failure must not trade at prices
 * its sender never saw. */
static bool check_stale(const struct check_input *input, struct decision *decision)
{
    bool is_exempt = input->terms.type == ORDER_LIMIT && input->terms.time_in_force == TIF_GTC;
    if (is_exempt || input->age_ns <= input->limits.stale_request_ns)
        return true;
    int128 age = money_of_seconds(input->age_ns), limit = money_of_seconds(input->limits.stale_request_ns);
    return reject(decision, age, limit, "the request is %s s old when it is decided, at most %s s are allowed",
                  show_rounded(age, 3).text, show(limit).text);
}

static bool check_max_quantity(const struct check_input *input, struct decision *decision)
{
    int64_t limit = input->limits.max_quantity;
    if (limit == DECIMAL_NONE && input->instrument == NULL)
        return true;
    if (limit == DECIMAL_NONE)
        limit = input->instrument->max_quantity;
    int64_t quantity = input->terms.quantity;
    if (quantity <= limit)
        return true;
    return reject(decision, money_of_quantity(quantity), money_of_quantity(limit),
                  "quantity %s is above the limit of %s", show_quantity(quantity).text, show_quantity(limit).text);
}

static bool check_reference(const struct check_input *input, struct decision *decision)
{
    const struct market *market = input->market;
    if (has_fresh_market(input))
        return true;
    if (market == NULL)
        return reject(decision, MONEY_NONE, MONEY_NONE, "there is no quote of %s", input->terms.symbol);
    int64_t age_ns = market_age_ns(market, input->monotonic_ns);
    if (age_ns > input->config->stale_after_ns) {
        int128 age = money_of_seconds(age_ns), limit = money_of_seconds(input->config->stale_after_ns);
        return reject(decision, age, limit, "the quote of %s is %s s old, at most %s s are allowed",
                      input->terms.symbol, show_rounded(age, 3).text, show(limit).text);
    }
    if (market->quote.status != QUOTE_OPEN)
        return reject(decision, MONEY_NONE, MONEY_NONE, "the market of %s is not open", input->terms.symbol);
    if (market_is_crossed(market))
        return reject(decision, money_of_price(market->quote.bid), money_of_price(market->quote.ask),
                      "the quote of %s is crossed: bid %s above ask %s", input->terms.symbol,
                      show_price(market->quote.bid).text, show_price(market->quote.ask).text);
    return reject(decision, MONEY_NONE, MONEY_NONE, "the quote of %s has only one side", input->terms.symbol);
}

static bool check_max_notional(const struct check_input *input, struct decision *decision)
{
    bool is_priced;
    int128 notional = check_notional(input->config, input->instrument, &input->terms, input->terms.quantity,
                                     input->market, DECIMAL_NONE, &is_priced);
    int128 limit = input->limits.max_notional;
    if (!is_priced)
        return reject(decision, MONEY_NONE, limit, "there is no quote of %s to value the order with",
                      input->terms.symbol);
    if (!input->rate.is_known)
        return reject(decision, MONEY_NONE, limit, "there is no rate from %s to %s to value the order with",
                      input->instrument->currency, input->config->rates.base);
    notional = rate_convert(input->rate, notional);
    if (notional <= limit)
        return true;
    return reject(decision, notional, limit, "the order is worth %s, more than the limit of %s",
                  show_rounded(notional, 2).text, show(limit).text);
}

/* A limit is compared with the mid, that of a stop-limit order with its own stop price: that is where the market is
 * when it counts. A stop price is meant to be away from the market. */
static bool check_collar(const struct check_input *input, struct decision *decision)
{
    const struct order_request *terms = &input->terms;
    if (terms->limit_price == DECIMAL_NONE || (terms->type == ORDER_LIMIT && !has_fresh_market(input)))
        return true;
    int64_t collar = input->limits.price_collar;
    if (collar == DECIMAL_NONE && input->instrument == NULL)
        return true;
    if (collar == DECIMAL_NONE)
        collar = input->instrument->collar_bp * BASIS_POINT;
    int64_t reference = terms->type == ORDER_LIMIT ? market_mid(input->market) : terms->stop_price;
    int128 distance = absolute((int128)terms->limit_price - reference) * BASIS_POINTS_WHOLE;
    int128 allowed = absolute(reference) * collar;
    if (distance <= allowed)
        return true;
    int128 found = reference == 0 ? (int128)BASIS_POINTS_WHOLE : divide_half_even(distance, absolute(reference));
    return reject(decision, money_of_basis_points(found), money_of_basis_points(collar),
                  "limit price %s is %s bp away from the reference %s, at most %s bp are allowed",
                  show_price(terms->limit_price).text, show_rounded(money_of_basis_points(found), 1).text,
                  show_price(reference).text, show(money_of_basis_points(collar)).text);
}

static bool check_duplicate(const struct check_input *input, struct decision *decision)
{
    if (input->duplicate_of == NULL)
        return true;
    int128 age = money_of_seconds(input->duplicate_age_ns), limit = money_of_seconds(input->limits.duplicate_ns);
    return reject(decision, age, limit, "the same order as %s, %s s after it", input->duplicate_of,
                  show_rounded(age, 3).text);
}

static bool check_rate(const struct check_input *input, struct decision *decision)
{
    if (!input->over_rate)
        return true;
    return reject(decision, MONEY_NONE, input->limits.rate_per_second * MONEY_ONE,
                  "more than %lld orders per second in %s (at once at most %lld)",
                  (long long)input->limits.rate_per_second, input->terms.account, (long long)input->limits.rate_burst);
}

/* The worst case: every open order of this side is filled, and none of the other. An order that reduces never gets
 * there. */
static bool check_position(const struct check_input *input, struct decision *decision)
{
    int64_t limit = input->limits.position_limit;
    if (limit == DECIMAL_NONE && input->instrument == NULL)
        return true;
    if (limit == DECIMAL_NONE)
        limit = input->instrument->position_limit;
    int128 worst = input->terms.side == SIDE_BUY ? input->position + input->open_buys + input->leaves
                                                 : -(int128)input->position + input->open_sells + input->leaves;
    if (worst <= limit)
        return true;
    return reject(decision, money_of_quantity(worst), money_of_quantity(limit),
                  "the position could become %s %s, the limit is %s", show_quantity(worst).text,
                  input->terms.side == SIDE_BUY ? "long" : "short", show_quantity(limit).text);
}

static bool check_open_notional(const struct check_input *input, struct decision *decision)
{
    bool is_priced;
    int128 open = check_notional(input->config, input->instrument, &input->terms, input->leaves, input->market,
                                 DECIMAL_NONE, &is_priced);
    int128 limit = input->limits.open_notional;
    open = rate_convert(input->rate, open) + input->open_notional;
    if (open <= limit)
        return true;
    return reject(decision, open, limit, "open orders would be worth %s, more than the limit of %s",
                  show_rounded(open, 2).text, show(limit).text);
}

static bool check_daily_loss(const struct check_input *input, struct decision *decision)
{
    int128 closing, closable;
    int128 limit = input->limits.daily_loss;
    if (input->daily_loss < limit || reduces(input, &closing, &closable))
        return true;
    return reject(decision, input->daily_loss, limit,
                  "%s has lost %s since its session started, the limit is %s: only orders that make a position smaller "
                  "pass",
                  input->terms.account, show_rounded(input->daily_loss, 2).text, show(limit).text);
}

/* The halt that the fills lead to is on the tape, or on its way there; this says why. */
static bool check_repeated_fills(const struct check_input *input, struct decision *decision)
{
    if (!input->has_repeated_fills)
        return true;
    int64_t limit = input->limits.repeated_fills;
    return reject(decision, (limit + 1) * MONEY_ONE, limit * MONEY_ONE,
                  "%s had more than %lld fills in %s s: somebody has to let it trade again", input->terms.account,
                  (long long)limit, show(money_of_seconds(input->limits.repeated_fills_ns)).text);
}

static bool (*const rules[CHECK_COUNT])(const struct check_input *, struct decision *) = {
    [CHECK_REPEATED_FILLS] = check_repeated_fills,
    [CHECK_TRADING_HALTED] = check_halted,
    [CHECK_REDUCE_ONLY] = check_reduce_only,
    [CHECK_UNKNOWN_INSTRUMENT] = check_instrument,
    [CHECK_BAD_TICK] = check_tick,
    [CHECK_BAD_LOT] = check_lot,
    [CHECK_STALE_REQUEST] = check_stale,
    [CHECK_MAX_QUANTITY] = check_max_quantity,
    [CHECK_NO_REFERENCE] = check_reference,
    [CHECK_MAX_NOTIONAL] = check_max_notional,
    [CHECK_PRICE_COLLAR] = check_collar,
    [CHECK_DUPLICATE] = check_duplicate,
    [CHECK_RATE_LIMIT] = check_rate,
    [CHECK_POSITION_LIMIT] = check_position,
    [CHECK_OPEN_NOTIONAL] = check_open_notional,
    [CHECK_DAILY_LOSS] = check_daily_loss,
};

bool check_rules_pass(const struct check_input *input, struct decision *decision)
{
    for (int check = 0; check < CHECK_COUNT; check++) {
        if (input->limits.off[check] || rules[check](input, decision))
            continue;
        text_copy(decision->code, sizeof decision->code, check_code((enum check)check));
        return false;
    }
    if (has_fresh_market(input)) {
        decision->reference_price = market_mid(input->market);
        decision->reference_seq = input->market->sequence;
    }
    return true;
}
