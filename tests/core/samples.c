/* The good messages. */
#include "samples.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMESTAMP                                                                                                      \
    {                                                                                                                  \
        "timestamp", "\"2026-11-23T14:30:00.123456789Z\"", true                                                        \
    }

/* The terms of an order; those of an order that nobody knows can be missing from a rejected replace. */
#define TERMS(required)                                                                                                \
    {"order_id", "\"ord-1_A\"", true}, {"account", "\"SIM-1\"", false}, {"symbol", "\"AAPL\"", required},              \
        {"exchange", "\"NYSE\"", required}, {"side", "\"buy\"", required}, {"type", "\"stop_limit\"", required},       \
        {"quantity", "100", required}, {"limit_price", "189.01", true}, {"stop_price", "188.5", true},                 \
        {"time_in_force", "\"gtc\"", false}, {"post_only", "true", false},                                             \
    {                                                                                                                  \
        "source", "\"ticket\"", false                                                                                  \
    }

#define ABOUT                                                                                                          \
    {"order_id", "\"ord-1_A\"", true}, {"account", "\"SIM-1\"", true}, {"symbol", "\"AAPL\"", true},                   \
    {                                                                                                                  \
        "exchange", "\"NYSE\"", true                                                                                   \
    }

const struct sample samples[EVENT_KINDS] = {
    {EVENT_QUOTE,
     "md.nyse.BRK%2EB",
     "",
     {{"symbol", "\"BRK.B\"", true},
      {"exchange", "\"NYSE\"", true},
      {"bid", "189.01", true},
      {"ask", "189.02", true},
      {"bid_size", "300", false},
      {"ask_size", "0", false},
      {"last", "189.015", false},
      {"last_size", "0.00000001", false},
      {"last_side", "\"sell\"", false},
      {"trade_id", "\"T-77\"", false},
      {"volume", "123456789.5", false},
      {"seq", "18446744073709551615", false},
      {"source", "\"sim:01JD\"", false},
      {"status", "\"halted\"", false},
      {"condition", "\"outlier\"", false},
      {"received", "\"2026-11-23T14:30:00.123460000Z\"", false},
      TIMESTAMP}},
    {EVENT_ORDER_NEW, "orders.new", "new:ord-1_A", {TERMS(true), TIMESTAMP}},
    {EVENT_ORDER_CANCEL,
     "orders.cancel",
     "cancel:ord-1_A:req-0001",
     {{"order_id", "\"ord-1_A\"", true},
      {"request_id", "\"req-0001\"", true},
      {"account", "\"SIM-1\"", false},
      {"reason", "\"changed my mind\"", false},
      {"source", "\"rest\"", false},
      TIMESTAMP}},
    {EVENT_ORDER_REPLACE,
     "orders.replace",
     "replace:ord-1_A:req-0001",
     {{"order_id", "\"ord-1_A\"", true},
      {"request_id", "\"req-0001\"", true},
      {"account", "\"SIM-1\"", false},
      {"quantity", "50", false},
      {"limit_price", "189", false},
      {"stop_price", "188", false},
      {"reason", "\"less\"", false},
      {"source", "\"rest\"", false},
      TIMESTAMP}},
    {EVENT_ORDER_VALIDATED,
     "orders.validated",
     "decision:ord-1_A",
     {TERMS(true), {"reference_price", "189.015", false}, {"reference_seq", "4711", false}, TIMESTAMP}},
    {EVENT_ORDER_REJECTED,
     "orders.rejected",
     "decision:ord-1_A",
     {TERMS(true),
      {"code", "\"PRICE_COLLAR\"", true},
      {"reason", "\"The price is 7 % away from 189.015\"", true},
      {"value", "0.07", false},
      {"limit", "0.03", false},
      TIMESTAMP}},
    {EVENT_REPLACE_VALIDATED,
     "orders.replace_validated.ord-1_A",
     "decision:ord-1_A:req-0001",
     {TERMS(true),
      {"request_id", "\"req-0001\"", true},
      {"reference_price", "189.015", false},
      {"reference_seq", "4711", false},
      TIMESTAMP}},
    {EVENT_REPLACE_REJECTED,
     "orders.replace_rejected.ord-1_A",
     "decision:ord-1_A:req-0001",
     {{"order_id", "\"ord-1_A\"", true},
      {"account", "\"SIM-1\"", false},
      {"symbol", "\"AAPL\"", false},
      {"exchange", "\"NYSE\"", false},
      {"side", "\"buy\"", false},
      {"type", "\"limit\"", false},
      {"quantity", "100", false},
      {"limit_price", "189.01", false},
      {"time_in_force", "\"day\"", false},
      {"request_id", "\"req-0001\"", true},
      {"code", "\"UNKNOWN_ORDER\"", true},
      {"reason", "\"There is no such order\"", true},
      TIMESTAMP}},
    {EVENT_ORDER_ACCEPTED,
     "orders.accepted.ord-1_A",
     "accepted:ord-1_A",
     {ABOUT, {"queue_ahead", "1200.5", false}, TIMESTAMP}},
    {EVENT_ORDER_REFUSED,
     "orders.refused.ord-1_A",
     "refused:ord-1_A",
     {ABOUT, {"reason", "\"The session is over\"", true}, TIMESTAMP}},
    {EVENT_ORDER_TRIGGERED,
     "orders.triggered.ord-1_A",
     "triggered:ord-1_A",
     {ABOUT, {"price", "188.49", true}, TIMESTAMP}},
    {EVENT_ORDER_EXECUTED,
     "orders.executed.ord-1_A",
     "ord-1_A-12",
     {ABOUT,
      {"execution_id", "\"ord-1_A-12\"", true},
      {"side", "\"sell\"", true},
      {"quantity", "40", true},
      {"price", "189.02", true},
      {"cumulative_quantity", "60", true},
      {"leaves_quantity", "40", true},
      {"status", "\"PARTIALLY_FILLED\"", true},
      {"average_price", "189.018333333", false},
      {"liquidity", "\"taker\"", false},
      {"fee", "-0.00000000000000001", false},
      {"fee_currency", "\"USD\"", false},
      {"quote_seq", "99", false},
      {"size_assumed", "true", false},
      TIMESTAMP}},
    {EVENT_ORDER_CANCELLED,
     "orders.cancelled.ord-1_A",
     "cancelled:ord-1_A",
     {ABOUT,
      {"cumulative_quantity", "0", true},
      {"reason", "\"post_only\"", true},
      {"request_id", "\"req-0001\"", false},
      TIMESTAMP}},
    {EVENT_ORDER_REPLACED,
     "orders.replaced.ord-1_A",
     "replaced:ord-1_A:req-0001",
     {{"order_id", "\"ord-1_A\"", true},
      {"request_id", "\"req-0001\"", true},
      {"quantity", "50", true},
      {"limit_price", "-37.63", false},
      {"stop_price", "-37", false},
      TIMESTAMP}},
    {EVENT_CANCEL_REJECTED,
     "orders.cancel_rejected.ord-1_A",
     "cancel_rejected:ord-1_A:req-0001",
     {{"order_id", "\"ord-1_A\"", true},
      {"request_id", "\"req-0001\"", true},
      {"reason", "\"The order is done\"", true},
      TIMESTAMP}},
    {EVENT_TRADING_STATE,
     "orders.state",
     "state:req-0001",
     {{"state", "\"reducing\"", true},
      {"scope", "\"SIM-1/BRK.B\"", true},
      {"request_id", "\"req-0001\"", true},
      {"by", "\"risk\"", true},
      {"reason", "\"daily loss\"", true},
      {"step", "\"closing\"", false},
      {"of", "\"req-0000\"", false},
      {"orders_seq", "12345", false},
      {"note", "\"no order works\"", false},
      TIMESTAMP}},
    {EVENT_POSITION,
     "positions.SIM-1%2Fa.BTC-USD",
     "pos:SIM-1%2Fa:BTC-USD:2:12345",
     {{"account", "\"SIM-1/a\"", true},
      {"symbol", "\"BTC-USD\"", true},
      {"quantity", "-1.5", true},
      {"average_price", "61837.633333333", true},
      {"cost", "-92756.45000000000000005", true},
      {"cost_fraction", "-9223372036854775808", false},
      {"realized_pnl", "0.5", true},
      {"fees", "12.25", true},
      {"currency", "\"USD\"", true},
      {"epoch", "2", true},
      {"orders_seq", "12345", true},
      {"last_price", "61840", false},
      {"execution_id", "\"ord-1_A-12\"", false},
      TIMESTAMP}},
    {EVENT_ALERT,
     "risk.alerts.critical",
     "alert:stale_quote:NYSE/AAPL:1795444200000000000:3",
     {{"alert_id", "\"stale_quote:NYSE/AAPL:1795444200000000000\"", true},
      {"rule", "\"stale_quote\"", true},
      {"severity", "\"critical\"", true},
      {"state", "\"raised\"", true},
      {"version", "3", true},
      {"message", "\"No quote for 31 s\"", true},
      {"account", "\"SIM-1\"", false},
      {"symbol", "\"AAPL\"", false},
      {"value", "31", false},
      {"limit", "30", false},
      {"count", "2", false},
      {"raised_at", "\"2026-11-23T14:30:00.000000000Z\"", false},
      TIMESTAMP}},
    {EVENT_ALERT_ACK,
     "risk.acks",
     "ack:req-0001",
     {{"alert_id", "\"stale_quote:NYSE/AAPL:1795444200000000000\"", true},
      {"action", "\"shelve\"", true},
      {"by", "\"anna\"", true},
      {"request_id", "\"req-0001\"", true},
      {"until", "\"2026-11-23T15:00:00.000000000Z\"", false},
      {"comment", "\"the venue said so\"", false},
      TIMESTAMP}},
    {EVENT_EXPOSURE,
     "risk.exposure.SIM-1",
     "",
     {{"account", "\"SIM-1\"", true},
      {"currency", "\"USD\"", true},
      {"gross", "250000.01", true},
      {"net", "-1000", true},
      {"realized_pnl", "0", true},
      {"unrealized_pnl", "-12.5", true},
      {"fees", "1", true},
      {"equity", "999986.5", true},
      {"day_pnl", "-13.5", true},
      {"gross_limit", "1000000", false},
      {"net_limit", "500000", false},
      {"daily_loss_limit", "10000", false},
      {"peak_equity", "1000100", false},
      {"drawdown", "0.0001135", false},
      {"concentration", "0.75", false},
      {"var_parametric", "2326.5", false},
      {"var_historical", "3000.25", false},
      {"var_parametric_95", "1645.25", false},
      {"var_historical_95", "1800.5", false},
      {"var_left_out", "1000", false},
      {"var_history_s", "3600", false},
      {"var_horizon_s", "86400", false},
      {"stale", "true", false},
      TIMESTAMP}},
    {EVENT_LIMITS,
     "risk.limits",
     "limits:req-0001:checks.account.SIM-1.rate_limit",
     {{"section", "\"checks.account.SIM-1\"", true},
      {"key", "\"rate_limit\"", true},
      {"value", "\"20/s burst 40\"", true},
      {"old", "\"10\"", false},
      {"by", "\"kim\"", true},
      {"request_id", "\"req-0001\"", true},
      TIMESTAMP}},
};

size_t sample_count_members(const struct sample *sample)
{
    size_t count = 0;
    while (count < SAMPLE_MEMBERS_MAX && sample->members[count].name != NULL) {
        count++;
    }
    return count;
}

unsigned sample_all(const struct sample *sample)
{
    return (1u << sample_count_members(sample)) - 1;
}

unsigned sample_required(const struct sample *sample)
{
    unsigned bits = 0;
    for (size_t i = 0; i < sample_count_members(sample); i++) {
        bits |= sample->members[i].required ? 1u << i : 0;
    }
    return bits;
}

size_t sample_member(const struct sample *sample, const char *name)
{
    for (size_t i = 0; i < sample_count_members(sample); i++) {
        if (strcmp(sample->members[i].name, name) == 0) {
            return i;
        }
    }
    abort(); /* a test asks for a member that its sample does not have */
}

size_t sample_write(const struct sample *sample, unsigned keep, size_t replaced, const char *value,
                    char payload[SAMPLE_PAYLOAD_SIZE])
{
    size_t length = 0;
    const char *before = "{";
    for (size_t i = 0; i < sample_count_members(sample); i++) {
        if ((keep & 1u << i) == 0) {
            continue;
        }
        const char *text = value != NULL && i == replaced ? value : sample->members[i].value;
        int written = snprintf(payload + length, SAMPLE_PAYLOAD_SIZE - length, "%s\"%s\":%s", before,
                               sample->members[i].name, text);
        assert(written > 0 && (size_t)written < SAMPLE_PAYLOAD_SIZE - length);
        length += (size_t)written;
        before = ",";
    }
    assert(length > 0 && length + 2 < SAMPLE_PAYLOAD_SIZE);
    memcpy(payload + length, "}", 2);
    return length + 1;
}
