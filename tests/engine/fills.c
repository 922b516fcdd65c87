/* Fills for the tests of positions. */
#include "fills.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/text.h"

struct event fill_event(const char *order_id, uint32_t number, const char *symbol, enum side side, int64_t quantity,
                        int64_t price, int128 fee, uint64_t sequence)
{
    struct event event = event_empty(EVENT_ORDER_EXECUTED);
    event.sequence = sequence;
    event.stored_ns = (int64_t)sequence * 1000;
    struct execution *execution = &event.execution;
    text_copy(execution->order_id, sizeof execution->order_id, order_id);
    snprintf(execution->execution_id, sizeof execution->execution_id, "%s-%u", order_id, number);
    text_copy(execution->account, sizeof execution->account, "A");
    text_copy(execution->symbol, sizeof execution->symbol, symbol);
    text_copy(execution->exchange, sizeof execution->exchange, "NYSE");
    text_copy(execution->fee_currency, sizeof execution->fee_currency, "USD");
    execution->side = side;
    execution->quantity = quantity;
    execution->price = price;
    execution->fee = fee;
    execution->timestamp_ns = event.stored_ns;
    return event;
}

void fills_instruments(struct instruments *table, const char *symbol, int64_t multiplier)
{
    struct error error = {0};
    *table = (struct instruments){0};
    assert_int_equal(instruments_init_builtin(table, &error), 0);
    struct instrument instrument = *instruments_find(table, "NYSE", "AAPL");
    text_copy(instrument.symbol, sizeof instrument.symbol, symbol);
    instrument.multiplier = multiplier;
    assert_int_equal(instruments_put(table, &instrument, &error), 0);
}

int128 fraction_in(struct fraction fraction, int128 one)
{
    return divide_half_even(fraction.numerator * one, fraction.denominator);
}

void assert_money(int128 found, int128 expected, const char *what)
{
    if (found == expected)
        return;
    char found_text[DECIMAL_TEXT_SIZE], expected_text[DECIMAL_TEXT_SIZE];
    money_format(found_text, found);
    money_format(expected_text, expected);
    fail_msg("%s is %s, not %s", what, found_text, expected_text);
}
