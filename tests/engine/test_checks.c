/* The order checks: each at its limit, just inside and just outside; what they count; replaces; restarts; and the keys
 * of the configuration. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "engine/checks.h"
#include "script.h"

enum { LINES_MAX = 14 };

struct bench {
    struct script script;
    struct checks_config config;
    struct instruments instruments;
    struct checks *checks;
    struct proposals proposals;
};

static void bench_open(struct bench *bench)
{
    struct error error;
    memset(bench, 0, sizeof *bench);
    script_init(&bench->script);
    checks_config_init(&bench->config);
    assert_int_equal(instruments_init_builtin(&bench->instruments, &error), 0);
    /* A share in another currency, and the pair that tells its rate. */
    struct instrument share = *instruments_find(&bench->instruments, "NYSE", "AAPL");
    text_copy(share.symbol, sizeof share.symbol, "SONY");
    text_copy(share.currency, sizeof share.currency, "JPY");
    assert_int_equal(instruments_put(&bench->instruments, &share, &error), 0);
    text_copy(share.symbol, sizeof share.symbol, "USD-JPY");
    share.kind = INSTRUMENT_FX;
    assert_int_equal(instruments_put(&bench->instruments, &share, &error), 0);
}

static void bench_close(struct bench *bench)
{
    checks_destroy(bench->checks);
    instruments_free(&bench->instruments);
    proposals_free(&bench->proposals);
}

static bool bench_set(struct bench *bench, const char *line)
{
    struct error error;
    char name[64], symbol[64], key[64], value[64];
    int result = 0;
    if (sscanf(line, "set account %63s %63s %63[^\n]", name, key, value) == 3)
        result = checks_config_set_account(&bench->config, name, key, value, &error);
    else if (sscanf(line, "set instrument %63s %63s %63s %63[^\n]", name, symbol, key, value) == 4)
        result = checks_config_set_instrument(&bench->config, name, symbol, key, value, &error);
    else if (strncmp(line, "set rate ", 9) == 0 && sscanf(line + 9, "%63s %63s", key, value) == 2)
        result = rates_config_set(&bench->config.rates, key, value, &error);
    else if (sscanf(line, "set %63s %63[^\n]", key, value) == 2)
        result = checks_config_set(&bench->config, key, value, &error);
    else
        return false;
    if (result != 0)
        fail_msg("%s", error.text);
    return true;
}

/* "set key value", "set rate CURRENCY price", "set account NAME key value", "set instrument EXCHANGE SYMBOL key value"
 * (before the first event), "wait 500ms", "late 3s new …" (stored so long after its own timestamp), "unseen new …"
 * (nobody folds it), or an event. Returns the event. */
static struct event bench_do(struct bench *bench, const char *line)
{
    static const char unseen[] = "unseen ";
    struct event event = event_empty(EVENT_QUOTE);
    int read = 0;
    long ms = 0, late_ms = 0;
    if (bench_set(bench, line))
        return event;
    if (bench->checks == NULL)
        bench->checks = checks_create(&bench->config, &bench->instruments);
    if (sscanf(line, "wait %ldms", &ms) == 1) {
        script_wait(&bench->script, ms * NS_PER_MS);
        return event;
    }
    if (strncmp(line, unseen, strlen(unseen)) == 0)
        return script_event(&bench->script, line + strlen(unseen));
    if (sscanf(line, "late %ldms %n", &late_ms, &read) == 1)
        line += read;
    event = script_event(&bench->script, line);
    if (event.kind == EVENT_ORDER_NEW)
        event.request.timestamp_ns -= late_ms * NS_PER_MS;
    checks_fold(bench->checks, &event, 0, bench->script.monotonic_ns);
    return event;
}

/* How halts are carried out is test_flatten's. */
static bool is_step(const struct event *event)
{
    return event->kind == EVENT_TRADING_STATE && event->state.of[0] != '\0';
}

static void bench_text(const struct bench *bench, char *text, size_t size)
{
    text[0] = '\0';
    for (size_t i = 0; i < bench->proposals.count; i++) {
        script_check_wire(&bench->proposals.items[i].event);
        char line[SCRIPT_TEXT_SIZE];
        if (is_step(&bench->proposals.items[i].event))
            continue;
        script_text(line, sizeof line, &bench->proposals.items[i].event);
        size_t length = strlen(text);
        snprintf(text + length, size - length, "%s%s", length == 0 ? "" : "; ", line);
    }
}

#define YEN "quote SONY 9999 x 100 / 10001 x 100"
/* An order that works. */
#define ACCEPTED(id) "new " id " buy 10 AAPL limit 100", "validated " id, "accepted " id

struct check_case {
    const char *lines[LINES_MAX]; /* the last one is decided */
    const char *decision;
};

#define QUOTE          "quote AAPL 99.99 x 100 / 100.01 x 100" /* mid 100 */
#define OPEN(id, rest) "new " id " " rest, "validated " id " reference 100", "accepted " id
/* A position of 1000 and then nothing open. */
#define LONG_1000 "new P buy 1000 AAPL limit 100", "validated P", "fill P 1 1000 @ 100", "wait 2000ms", QUOTE

static const struct check_case cases[] = {
    {{QUOTE, "new A buy 10 AAPL limit 100"}, "validated A"},
    {{QUOTE, "new A buy 10 AAPL"}, "validated A"},
    {{QUOTE, "new A sell 10 AAPL stop 99 limit 98.5 gtc"}, "validated A"},
    /* Limits that change */
    {{QUOTE, "limits checks max_notional 999", "new A buy 10 AAPL limit 100"}, "rejected A MAX_NOTIONAL"},
    {{QUOTE, "limits checks max_notional 1000", "new A buy 10 AAPL limit 100"}, "validated A"},
    {{QUOTE, "limits checks max_notional off", "new A buy 9000 AAPL limit 100"}, "validated A"},
    {{QUOTE, "limits checks.account.SIM-1 max_quantity 9", "new A buy 10 AAPL limit 100"}, "rejected A MAX_QUANTITY"},
    {{QUOTE, "limits checks.account.SIM-2 max_quantity 9", "new A buy 10 AAPL limit 100"}, "validated A"},
    {{QUOTE, "limits checks.instrument.nyse.AAPL max_quantity 9", "new A buy 10 AAPL limit 100"},
     "rejected A MAX_QUANTITY"},
    {{"limits checks.account.SIM-1 repeated_fills 1 in 60s", LONG_1000, "new A buy 10 AAPL limit 100", "validated A",
      "fill A 1 1 @ 100"},
     "state halted SIM-1: more than 1 fills in 60 s"},
    {{"set repeated_fills 1 in 60s", LONG_1000, "limits checks repeated_fills off", "new A buy 10 AAPL limit 100",
      "validated A", "fill A 1 1 @ 100"},
     ""},
    {{"set duplicate 100ms", QUOTE, "limits checks duplicate 5s", OPEN("A", "buy 10 AAPL limit 100"), "wait 4000ms",
      "new B buy 10 AAPL limit 100"},
     "rejected B DUPLICATE"},
    /* Not of the checks, unknown, or wrong: nothing changes. */
    {{QUOTE, "limits risk gross_exposure 1", "limits checks nonsense 1", "limits checks max_notional much",
      "limits checks.account. max_quantity 9", "limits checks.instrument.NYSE max_quantity 9",
      "limits checks market_margin 99%", "new A buy 10 AAPL limit 100"},
     "validated A"},
    /* Halts */
    {{QUOTE, "state halted * S1", "new A buy 10 AAPL limit 100"}, "rejected A TRADING_HALTED"},
    {{QUOTE, "state halted SIM-1 S1", "new A buy 10 AAPL limit 100"}, "rejected A TRADING_HALTED"},
    {{QUOTE, "state halted SIM-1/AAPL S1", "new A buy 10 AAPL limit 100"}, "rejected A TRADING_HALTED"},
    {{QUOTE, "state halted SIM-1/MSFT S1", "new A buy 10 AAPL limit 100"}, "validated A"},
    {{QUOTE, "state halted SIM-2 S1", "new A buy 10 AAPL limit 100"}, "validated A"},
    {{QUOTE, "state halted * S1", "state active * S2", "new A buy 10 AAPL limit 100"}, "validated A"},
    {{"set trading_halted off", QUOTE, "state halted * S1", "new A buy 10 AAPL limit 100"}, "validated A"},
    /* Only smaller positions */
    {{QUOTE, "state reducing * S1", "new A buy 10 AAPL limit 100"}, "rejected A REDUCE_ONLY"},
    {{QUOTE, LONG_1000, "state reducing * S1", "new A sell 1000 AAPL limit 100"}, "validated A"},
    {{QUOTE, LONG_1000, "state reducing * S1", "new A sell 1001 AAPL limit 100"}, "rejected A REDUCE_ONLY"},
    {{QUOTE, LONG_1000, "state reducing * S1", "new A buy 1 AAPL limit 100"}, "rejected A REDUCE_ONLY"},
    {{QUOTE, LONG_1000, OPEN("B", "sell 400 AAPL limit 100"), "state reducing * S1", "new A sell 600 AAPL limit 100"},
     "validated A"},
    {{QUOTE, LONG_1000, OPEN("B", "sell 400 AAPL limit 100"), "state reducing * S1", "new A sell 601 AAPL limit 100"},
     "rejected A REDUCE_ONLY"},
    /* Earlier, and not decided yet: it may be on its way. */
    {{QUOTE, LONG_1000, "state reducing * S1", "new B sell 400 AAPL limit 100", "new A sell 601 AAPL limit 100"},
     "rejected A REDUCE_ONLY"},
    {{QUOTE, "state reducing SIM-1 S1", "new A buy 10 AAPL limit 100"}, "rejected A REDUCE_ONLY"},
    {{QUOTE, "state reducing SIM-1/AAPL S1", "new A buy 10 AAPL limit 100"}, "rejected A REDUCE_ONLY"},
    {{QUOTE, "state reducing SIM-1/MSFT S1", "new A buy 10 AAPL limit 100"}, "validated A"},
    {{QUOTE, "state reducing SIM-2 S1", "new A buy 10 AAPL limit 100"}, "validated A"},
    {{"set reduce_only off", QUOTE, "state reducing * S1", "new A buy 10 AAPL limit 100"}, "validated A"},
    /* Instrument, tick, lot */
    {{"quote IBM 1 x 1 / 1 x 1", "new A buy 1 IBM limit 1"}, "rejected A UNKNOWN_INSTRUMENT"},
    {{QUOTE, "new A buy 10 AAPL limit 100.01"}, "validated A"},
    {{QUOTE, "new A buy 10 AAPL limit 100.001"}, "rejected A BAD_TICK"},
    {{QUOTE, "new A buy 10 AAPL stop 101.005"}, "rejected A BAD_TICK"},
    {{"set bad_tick off", QUOTE, "new A buy 10 AAPL limit 100.001"}, "validated A"},
    {{QUOTE, "new A buy 1.5 AAPL limit 100"}, "rejected A BAD_LOT"},
    {{"quote BTC-USD 100 x 1 / 100 x 1", "new A buy 0.00001 BTC-USD limit 100"}, "validated A"},
    {{"quote BTC-USD 100 x 1 / 100 x 1", "new A buy 0.00001001 BTC-USD limit 100"}, "rejected A BAD_LOT"},
    /* Age of the request: by its own timestamp, here; while it waits for its decision, below. */
    {{QUOTE, "late 5000ms new A buy 10 AAPL limit 100"}, "validated A"},
    {{QUOTE, "late 5001ms new A buy 10 AAPL limit 100"}, "rejected A STALE_REQUEST"},
    {{QUOTE, "late 5001ms new A buy 10 AAPL limit 100 gtc"}, "validated A"},
    {{QUOTE, "late 5001ms new A buy 10 AAPL gtc"}, "rejected A STALE_REQUEST"},
    {{"set stale_request 2m", QUOTE, "late 120000ms new A buy 10 AAPL limit 100"}, "validated A"},
    /* Quantity */
    {{"set max_notional off", "set open_notional off", QUOTE, "new A buy 10000 AAPL limit 100"}, "validated A"},
    {{"set max_notional off", "set open_notional off", QUOTE, "new A buy 10001 AAPL limit 100"},
     "rejected A MAX_QUANTITY"},
    {{"set max_quantity 5", QUOTE, "new A buy 5 AAPL limit 100"}, "validated A"},
    {{"set max_quantity 5", QUOTE, "new A buy 6 AAPL limit 100"}, "rejected A MAX_QUANTITY"},
    /* Notional: limit orders at their limit, market orders at the opposite touch and 5 %. */
    {{QUOTE, "new A buy 2500 AAPL limit 100"}, "validated A"},
    {{QUOTE, "new A buy 2500 AAPL limit 100.01"}, "rejected A MAX_NOTIONAL"},
    {{"set max_notional 249900", "quote AAPL 99 x 1 / 100 x 1", "new A buy 2380 AAPL"}, "validated A"},
    {{"set max_notional 249899.99", "quote AAPL 99 x 1 / 100 x 1", "new A buy 2380 AAPL"}, "rejected A MAX_NOTIONAL"},
    {{"set max_notional 249900", "quote AAPL 100 x 1 / 101 x 1", "new A sell 2380 AAPL"}, "validated A"},
    {{"set max_notional 210", QUOTE, "new A buy 2 AAPL stop 100"}, "validated A"},
    {{"set max_notional 209.99", QUOTE, "new A buy 2 AAPL stop 100"}, "rejected A MAX_NOTIONAL"},
    /* Collar: 3 % of 100 */
    {{QUOTE, "new A buy 10 AAPL limit 103"}, "validated A"},
    {{QUOTE, "new A buy 10 AAPL limit 103.01"}, "rejected A PRICE_COLLAR"},
    {{QUOTE, "new A sell 10 AAPL limit 97"}, "validated A"},
    {{QUOTE, "new A buy 10 AAPL limit 96.99"}, "rejected A PRICE_COLLAR"},
    {{"set price_collar 1%", QUOTE, "new A buy 10 AAPL limit 101"}, "validated A"},
    {{"set price_collar 100bp", QUOTE, "new A buy 10 AAPL limit 101.01"}, "rejected A PRICE_COLLAR"},
    {{"set price_collar off", QUOTE, "new A buy 10 AAPL limit 200"}, "validated A"},
    {{"quote BTC-USD 100 x 1 / 100 x 1", "new A buy 1 BTC-USD limit 105"}, "validated A"},
    {{"quote BTC-USD 100 x 1 / 100 x 1", "new A buy 1 BTC-USD limit 105.01"}, "rejected A PRICE_COLLAR"},
    {{QUOTE, "new A sell 10 AAPL stop 90 limit 87.30"}, "validated A"},
    {{QUOTE, "new A sell 10 AAPL stop 90 limit 87.29"}, "rejected A PRICE_COLLAR"},
    /* Reference */
    {{"new A buy 10 AAPL limit 100"}, "rejected A NO_REFERENCE"},
    {{QUOTE, "wait 5000ms", "new A buy 10 AAPL limit 100"}, "validated A"},
    {{QUOTE, "wait 5001ms", "new A buy 10 AAPL limit 100"}, "rejected A NO_REFERENCE"},
    {{"set stale_after 6s", QUOTE, "wait 6000ms", "new A buy 10 AAPL limit 100"}, "validated A"},
    {{"quote AAPL 100.02 x 1 / 100.01 x 1", "new A buy 10 AAPL limit 100"}, "rejected A NO_REFERENCE"},
    {{"quote AAPL 100.01 x 1 / 100.01 x 1", "new A buy 10 AAPL limit 100"}, "validated A"},
    {{"quote AAPL 99.99 x 1 / 100.01 x 1 halted", "new A buy 10 AAPL limit 100"}, "rejected A NO_REFERENCE"},
    {{"quote AAPL 99.99 x 0 / 100.01 x 1", "new A buy 10 AAPL limit 100"}, "rejected A NO_REFERENCE"},
    {{"quote AAPL 99.99 x - / 100.01 x -", "new A buy 10 AAPL limit 100"}, "validated A"},
    {{"set no_reference off", "new A buy 10 AAPL limit 100"}, "validated A"},
    {{"set no_reference off", "new A buy 10 AAPL"}, "rejected A MAX_NOTIONAL"},
    /* The same again */
    {{QUOTE, "new B buy 10 AAPL limit 100", "wait 1000ms", "new A buy 10 AAPL limit 100"}, "rejected A DUPLICATE"},
    {{QUOTE, "new B buy 10 AAPL limit 100", "wait 1001ms", "new A buy 10 AAPL limit 100"}, "validated A"},
    {{QUOTE, "new B buy 10 AAPL", "new A buy 10 AAPL"}, "rejected A DUPLICATE"},
    {{QUOTE, "new B buy 10 AAPL limit 100", "new A buy 10 AAPL limit 100.01"}, "validated A"},
    {{QUOTE, "new B buy 10 AAPL limit 100", "new A buy 11 AAPL limit 100"}, "validated A"},
    {{QUOTE, "new B buy 10 AAPL limit 100", "new A sell 10 AAPL limit 100"}, "validated A"},
    {{QUOTE, "new B buy 10 AAPL limit 100 account SIM-2", "new A buy 10 AAPL limit 100"}, "validated A"},
    /* What was turned away is not repeated, but what stands before it may be. */
    {{QUOTE, "new B buy 10 AAPL limit 100", "rejected B RATE_LIMIT", "new A buy 10 AAPL limit 100"}, "validated A"},
    {{QUOTE, "new C buy 10 AAPL limit 100", "new B buy 10 AAPL limit 100", "rejected B DUPLICATE",
      "new A buy 10 AAPL limit 100"},
     "rejected A DUPLICATE"},
    {{"set duplicate off", QUOTE, "new B buy 10 AAPL limit 100", "new A buy 10 AAPL limit 100"}, "validated A"},
    /* Rate: 2 at once, then one each second */
    {{"set rate_limit 1/s burst 2", QUOTE, "new B buy 1 AAPL limit 100", "new A buy 2 AAPL limit 100"}, "validated A"},
    {{"set rate_limit 1/s burst 2", QUOTE, "new B buy 1 AAPL limit 100", "new C buy 2 AAPL limit 100",
      "new A buy 3 AAPL limit 100"},
     "rejected A RATE_LIMIT"},
    {{"set rate_limit 1/s burst 2", QUOTE, "new B buy 1 AAPL limit 100", "new C buy 2 AAPL limit 100", "wait 999ms",
      "new A buy 3 AAPL limit 100"},
     "rejected A RATE_LIMIT"},
    {{"set rate_limit 1/s burst 2", QUOTE, "new B buy 1 AAPL limit 100", "new C buy 2 AAPL limit 100", "wait 1000ms",
      "new A buy 3 AAPL limit 100"},
     "validated A"},
    {{"set rate_limit 1/s burst 2", QUOTE, "new B buy 1 AAPL limit 100 account SIM-2", "new C buy 2 AAPL limit 100",
      "new A buy 3 AAPL limit 100"},
     "validated A"},
    {{"set rate_limit 1/s burst 1", QUOTE, OPEN("B", "buy 1 AAPL limit 100"), "cancel B R1", "wait 1000ms",
      "cancel B R2", "new A buy 3 AAPL limit 100"},
     "validated A"},
    /* Position: the worst case of its own side */
    {{"set position_limit 1500", QUOTE, LONG_1000, "new A buy 500 AAPL limit 100"}, "validated A"},
    {{"set position_limit 1500", QUOTE, LONG_1000, "new A buy 501 AAPL limit 100"}, "rejected A POSITION_LIMIT"},
    {{"set position_limit 1500", QUOTE, LONG_1000, "new A sell 2500 AAPL limit 100"}, "validated A"},
    {{"set position_limit 1500", QUOTE, LONG_1000, "new A sell 2501 AAPL limit 99.50"}, "rejected A POSITION_LIMIT"},
    {{"set position_limit 1500", QUOTE, LONG_1000, OPEN("B", "buy 300 AAPL limit 100"), "fill B 1 100 @ 100",
      "new A buy 200 AAPL limit 100"},
     "validated A"},
    {{"set position_limit 1500", QUOTE, LONG_1000, OPEN("B", "buy 300 AAPL limit 100"), "fill B 1 100 @ 100",
      "new A buy 201 AAPL limit 100"},
     "rejected A POSITION_LIMIT"},
    {{"set position_limit 1500", QUOTE, LONG_1000, OPEN("B", "buy 300 AAPL limit 100"), "cancelled B requested",
      "new A buy 500 AAPL limit 100"},
     "validated A"},
    {{"set position_limit 900", QUOTE, LONG_1000, "new A sell 1000 AAPL limit 100"}, "validated A"}, /* reduces */
    {{"set position_limit 1500", QUOTE, LONG_1000, OPEN("B", "buy 300 AAPL limit 100"), "replace B R1 quantity 400",
      "new A buy 101 AAPL limit 100"},
     "rejected A POSITION_LIMIT"},
    /* Everything open */
    {{"set open_notional 50000", QUOTE, OPEN("B", "buy 300 AAPL limit 100"), "new A sell 200 AAPL limit 100"},
     "validated A"},
    {{"set open_notional 50000", QUOTE, OPEN("B", "buy 300 AAPL limit 100"), "new A sell 201 AAPL limit 100"},
     "rejected A OPEN_NOTIONAL"},
    {{"set open_notional 50000", QUOTE, OPEN("B", "buy 300 AAPL limit 100"), "fill B 1 300 @ 100",
      "new A sell 500 AAPL limit 100"},
     "validated A"},
    {{"set open_notional 50000", QUOTE, "new B buy 300 AAPL limit 100", "new A sell 201 AAPL limit 100"},
     "rejected A OPEN_NOTIONAL"},
    {{"set open_notional 50000", QUOTE, OPEN("B", "buy 400 AAPL"), "new A sell 80 AAPL limit 100"}, "validated A"},
    {{"set open_notional 50000", QUOTE, OPEN("B", "buy 400 AAPL"), "new A sell 81 AAPL limit 100"},
     "rejected A OPEN_NOTIONAL"},
    /* Limits are in the base currency: 10 SONY are worth 100,000 yen. */
    {{YEN, "new A buy 10 SONY limit 10000"}, "rejected A MAX_NOTIONAL"}, /* nobody knows what a yen is worth */
    {{"set max_notional off", YEN, "new A buy 10 SONY limit 10000"}, "validated A"},
    {{"set max_notional 700", "set rate JPY 0.007", YEN, "new A buy 10 SONY limit 10000"}, "validated A"},
    {{"set max_notional 699.99", "set rate JPY 0.007", YEN, "new A buy 10 SONY limit 10000"},
     "rejected A MAX_NOTIONAL"},
    {{"set max_notional 800", "set rate JPY 0.007", YEN, "quote USD-JPY 124 x 1 / 126 x 1",
      "new A buy 10 SONY limit 10000"},
     "validated A"},
    {{"set max_notional 799.99", "set rate JPY 0.007", YEN, "quote USD-JPY 124 x 1 / 126 x 1",
      "new A buy 10 SONY limit 10000"},
     "rejected A MAX_NOTIONAL"},
    {{"set open_notional 1000", "set rate JPY 0.007", YEN, QUOTE, OPEN("B", "buy 10 SONY limit 10000"),
      "new A buy 3 AAPL limit 100"},
     "validated A"},
    {{"set open_notional 1000", "set rate JPY 0.007", YEN, QUOTE, OPEN("B", "buy 10 SONY limit 10000"),
      "new A buy 4 AAPL limit 100"},
     "rejected A OPEN_NOTIONAL"},
    {{"set open_notional 1000", "set rate JPY 0.007", YEN, QUOTE, "new B buy 10 SONY limit 10000",
      "new A buy 4 AAPL limit 100"},
     "rejected A OPEN_NOTIONAL"},
    {{"set daily_loss 70", "set rate JPY 0.007", YEN, "new B buy 10 SONY limit 10000", "validated B",
      "fill B 1 10 @ 10000", "wait 2000ms", "quote SONY 9001 x 1 / 9003 x 1", "new A buy 1 SONY limit 9000"},
     "validated A"},
    {{"set daily_loss 70", "set rate JPY 0.007", YEN, "new B buy 10 SONY limit 10000", "validated B",
      "fill B 1 10 @ 10000", "wait 2000ms", "quote SONY 9000 x 1 / 9002 x 1", "new A buy 1 SONY limit 9000"},
     "rejected A DAILY_LOSS"},
    /* Losses since the session started: 1000 bought at 100, which would be sold at the bid. */
    {{QUOTE, LONG_1000, "quote AAPL 90.01 x 1 / 90.03 x 1", "new A buy 1 AAPL limit 90"}, "validated A"},
    {{QUOTE, LONG_1000, "quote AAPL 90 x 1 / 90.02 x 1", "new A buy 1 AAPL limit 90"}, "rejected A DAILY_LOSS"},
    {{QUOTE, LONG_1000, "quote AAPL 89 x 1 / 89.02 x 1", "new A sell 1000 AAPL limit 89"}, "validated A"},
    {{QUOTE, LONG_1000, "quote AAPL 89 x 1 / 89.02 x 1", "new A sell 1001 AAPL limit 89"}, "rejected A DAILY_LOSS"},
    {{QUOTE, LONG_1000, "quote AAPL 89 x 1 / 89.02 x 1", "new A buy 1 AAPL limit 89 account SIM-2"}, "validated A"},
    {{"set daily_loss off", QUOTE, LONG_1000, "quote AAPL 89 x 1 / 89.02 x 1", "new A buy 1 AAPL limit 89"},
     "validated A"},
    {{"set daily_loss 20000", QUOTE, LONG_1000, "quote AAPL 80 x 1 / 80.02 x 1", "new A buy 1 AAPL limit 80"},
     "rejected A DAILY_LOSS"},
    /* The session started with a loss of 6000 of the 11000. */
    {{QUOTE, LONG_1000, "exposure SIM-1 -8000 day -2000", "quote AAPL 89 x 1 / 89.02 x 1", "new A buy 1 AAPL limit 89"},
     "validated A"},
    {{QUOTE, LONG_1000, "exposure SIM-1 3000 day 2000", "quote AAPL 91 x 1 / 91.02 x 1", "new A buy 1 AAPL limit 91"},
     "rejected A DAILY_LOSS"},
    /* Another session starts with what was recorded last. */
    {{QUOTE, LONG_1000, "exposure SIM-1 -10999 day -10999", "wait 86400000ms", "quote AAPL 89 x 1 / 89.02 x 1",
      "new A buy 1 AAPL limit 89"},
     "validated A"},
    /* What a fill must not be halts its account; the event is proposed until it stands on the tape. */
    {{ACCEPTED("A"), "fill A 1 11 @ 100"}, "state halted SIM-1: fill A-1 is more than was ordered"},
    {{ACCEPTED("A"), "fill A 1 10 @ 100", "fill A 2 1 @ 100"}, "state halted SIM-1: fill A-2 is more than was ordered"},
    {{ACCEPTED("A"), "fill A 2 1 @ 100"}, "state halted SIM-1: fill A-2 came, but one before it is missing"},
    {{"unseen new Z buy 10 AAPL account SIM-2", "fill Z 1 1 @ 100"},
     "state halted SIM-2: fill Z-1 is of an order that nobody knows"},
    {{"new A buy 10 AAPL", "rejected A BAD_TICK", "fill A 1 1 @ 100"},
     "state halted SIM-1: fill A-1 cannot be of its order"},
    {{ACCEPTED("A"), "cancelled A requested", "fill A 1 1 @ 100"}, ""}, /* late */
    {{ACCEPTED("A"), "fill A 1 1 @ 100", "fill A 1 1 @ 100"}, ""},
    {{"state halted * S1", ACCEPTED("A"), "fill A 1 11 @ 100"},
     "state halted SIM-1: fill A-1 is more than was ordered"},
    {{ACCEPTED("A"), "fill A 1 11 @ 100", "fill A 2 1 @ 100"}, "state halted SIM-1: fill A-1 is more than was ordered"},
    {{ACCEPTED("A"), "fill A 1 11 @ 100", "state halted SIM-1 S1", "fill A 2 1 @ 100"}, ""},
    {{ACCEPTED("A"), "fill A 1 11 @ 100", "state halted SIM-1 S1", "state active SIM-1 S2", "fill A 2 1 @ 100"},
     "state halted SIM-1: fill A-2 is more than was ordered"},
    {{QUOTE, ACCEPTED("A"), "fill A 1 11 @ 100", "new B buy 1 AAPL limit 100"}, "rejected B TRADING_HALTED"},
    {{QUOTE, ACCEPTED("A"), "fill A 1 11 @ 100", "new B buy 1 AAPL limit 100 account SIM-2"}, "validated B"},
    /* Too many fills in a window */
    {{"set repeated_fills 2 in 60s", ACCEPTED("A"), "fill A 1 1 @ 100", "fill A 2 1 @ 100"}, ""},
    {{"set repeated_fills 2 in 60s", ACCEPTED("A"), "fill A 1 1 @ 100", "fill A 2 1 @ 100", "fill A 3 1 @ 100"},
     "state halted SIM-1: more than 2 fills in 60 s"},
    {{"set repeated_fills 2 in 60s", ACCEPTED("A"), "fill A 1 1 @ 100", "fill A 2 1 @ 100", "wait 59999ms",
      "fill A 3 1 @ 100"},
     "state halted SIM-1: more than 2 fills in 60 s"},
    {{"set repeated_fills 2 in 60s", ACCEPTED("A"), "fill A 1 1 @ 100", "fill A 2 1 @ 100", "wait 60000ms",
      "fill A 3 1 @ 100"},
     ""},
    {{"set repeated_fills off", ACCEPTED("A"), "fill A 1 1 @ 100", "fill A 2 1 @ 100", "fill A 3 1 @ 100"}, ""},
    {{"set repeated_fills 1 in 60s", QUOTE, ACCEPTED("A"), "fill A 1 1 @ 100", "fill A 2 1 @ 100",
      "new B buy 1 AAPL limit 100"},
     "rejected B REPEATED_FILLS"},
    {{"set repeated_fills 1 in 60s", QUOTE, ACCEPTED("A"), "fill A 1 1 @ 100", "fill A 2 1 @ 100",
      "state halted SIM-1 S1", "wait 61000ms", QUOTE, "new B buy 1 AAPL limit 100"},
     "rejected B REPEATED_FILLS"},
    {{"set repeated_fills 1 in 60s", QUOTE, ACCEPTED("A"), "fill A 1 1 @ 100", "fill A 2 1 @ 100",
      "state halted SIM-1 S1", "state active SIM-1 S2", "new B buy 1 AAPL limit 100"},
     "validated B"},
    {{"set repeated_fills 1 in 60s", QUOTE, ACCEPTED("A"), "fill A 1 1 @ 100", "fill A 2 1 @ 100",
      "state halted SIM-1 S1", "state active SIM-1 S2", "fill A 3 1 @ 100"},
     ""}, /* counts anew */
    {{"set account SIM-2 repeated_fills 1", ACCEPTED("A"), "fill A 1 1 @ 100", "fill A 2 1 @ 100"}, ""},
    {{"set account SIM-1 repeated_fills 1", ACCEPTED("A"), "fill A 1 1 @ 100", "fill A 2 1 @ 100"},
     "state halted SIM-1: more than 1 fills in 60 s"},
    /* An account's own limits, an instrument's, and the account's before the instrument's. */
    {{"set account SIM-1 max_quantity 5", QUOTE, "new A buy 6 AAPL limit 100"}, "rejected A MAX_QUANTITY"},
    {{"set account SIM-1 max_quantity 5", QUOTE, "new A buy 6 AAPL limit 100 account SIM-2"}, "validated A"},
    {{"set instrument NYSE AAPL max_quantity 5", QUOTE, "new A buy 6 AAPL limit 100"}, "rejected A MAX_QUANTITY"},
    {{"set instrument NYSE MSFT max_quantity 5", QUOTE, "new A buy 6 AAPL limit 100"}, "validated A"},
    {{"set account SIM-1 max_quantity 9", "set instrument NYSE AAPL max_quantity 5", QUOTE,
      "new A buy 6 AAPL limit 100"},
     "validated A"},
    {{"set max_quantity off", "set account SIM-1 max_quantity on", QUOTE, "new A buy 10001 AAPL limit 1"},
     "rejected A MAX_QUANTITY"},
    {{"set max_notional 100", "set account SIM-1 max_notional off", QUOTE, "new A buy 6 AAPL limit 100"},
     "validated A"},
    {{"set account SIM-1 rate_limit 1/s burst 1", QUOTE, "new B buy 1 AAPL limit 100", "new A buy 2 AAPL limit 100"},
     "rejected A RATE_LIMIT"},
    {{"set account SIM-1 duplicate 1m", QUOTE, "new B buy 1 AAPL limit 100", "wait 3000ms",
      "new C buy 2 AAPL limit 100", QUOTE, "new A buy 1 AAPL limit 100"},
     "rejected A DUPLICATE"},
    {{"set instrument NYSE AAPL price_collar 1%", QUOTE, "new A buy 1 AAPL limit 102"}, "rejected A PRICE_COLLAR"},
    /* Replaces */
    {{QUOTE, OPEN("A", "buy 10 AAPL limit 100"), "replace A R1 limit 101"}, "replace_validated A R1"},
    {{QUOTE, OPEN("A", "buy 10 AAPL limit 100"), "replace A R1 limit 104"}, "replace_rejected A R1 PRICE_COLLAR"},
    {{QUOTE, OPEN("A", "buy 10 AAPL limit 100"), "replace A R1 quantity 2501"}, "replace_rejected A R1 MAX_NOTIONAL"},
    {{QUOTE, OPEN("A", "buy 10 AAPL limit 100"), "replace A R1 quantity 2500"}, "replace_validated A R1"},
    {{QUOTE, OPEN("A", "buy 10 AAPL limit 100"), "state halted * S1", "replace A R1 quantity 5"},
     "replace_rejected A R1 TRADING_HALTED"},
    {{QUOTE, OPEN("A", "buy 10 AAPL"), "replace A R1 limit 100"}, "replace_rejected A R1 BAD_REPLACE"},
    {{QUOTE, OPEN("A", "buy 10 AAPL limit 100"), "replace A R1 stop 100"}, "replace_rejected A R1 BAD_REPLACE"},
    {{QUOTE, "new A buy 10 AAPL limit 100", "validated A", "replace A R1 quantity 5"},
     "replace_rejected A R1 ORDER_NOT_WORKING"},
    {{QUOTE, OPEN("A", "buy 10 AAPL limit 100"), "fill A 1 10 @ 100", "replace A R1 quantity 5"},
     "replace_rejected A R1 ORDER_NOT_WORKING"},
    {{QUOTE, OPEN("A", "buy 10 AAPL limit 100"), "replace A R1 quantity 5", "replace_validated A R1",
      "replace A R2 quantity 6"},
     "replace_rejected A R2 REPLACE_PENDING"},
    {{QUOTE, "replace Z R1 quantity 5"}, "replace_rejected Z R1 UNKNOWN_ORDER"},
    {{"set position_limit 1500", QUOTE, LONG_1000, OPEN("A", "buy 300 AAPL limit 100"), "replace A R1 quantity 500"},
     "replace_validated A R1"},
    {{"set position_limit 1500", QUOTE, LONG_1000, OPEN("A", "buy 300 AAPL limit 100"), "replace A R1 quantity 501"},
     "replace_rejected A R1 POSITION_LIMIT"},
    {{QUOTE, OPEN("A", "buy 10 AAPL limit 100"), "fill A 1 4 @ 100", "replace A R1 quantity 4"},
     "replace_validated A R1"},
    /* Nothing to decide */
    {{QUOTE, "new A buy 10 AAPL limit 100", "validated A"}, ""},
    {{QUOTE, OPEN("A", "buy 10 AAPL limit 100"), "cancel A R1"}, ""},
    {{QUOTE, "cancel Z R1"}, ""},
    {{"new A buy 10 AAPL limit 100", QUOTE}, ""},
    {{QUOTE, "state halted * S1"}, ""},
    /* A pending cancel does not spare an order its decision. */
    {{QUOTE, "new A buy 10 AAPL limit 100", "cancel A R1"}, "validated A"},
};

static void test_each_check(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench bench;
        bench_open(&bench);
        struct event event = event_empty(EVENT_QUOTE);
        for (int j = 0; j < LINES_MAX && cases[i].lines[j] != NULL; j++)
            event = bench_do(&bench, cases[i].lines[j]);
        checks_decide(bench.checks, &event, bench.script.wall_ns, bench.script.monotonic_ns, &bench.proposals);
        char text[2 * SCRIPT_TEXT_SIZE];
        bench_text(&bench, text, sizeof text);
        if (strcmp(text, cases[i].decision) != 0)
            fail_msg("case %zu: \"%s\" instead of \"%s\" (%s)", i, text, cases[i].decision,
                     bench.proposals.count == 0 ? "" : bench.proposals.items[0].event.decision.reason);
        bench_close(&bench);
    }
}

/* Every rejection says why, with what was found and what is allowed. */
static void test_sentences(void **state)
{
    (void)state;
    static const struct {
        const char *line, *reason, *value, *limit;
    } sentences[] = {
        {"new A buy 10001 AAPL limit 1", "quantity 10001 is above the limit of 10000", "10001", "10000"},
        {"new A buy 10 AAPL limit 103.005", "limit price 103.005 is not a multiple of the tick 0.01", "103.005",
         "0.01"},
        {"new A buy 3000 AAPL limit 100", "the order is worth 300000.00, more than the limit of 250000", "300000",
         "250000"},
        {"new A buy 10 AAPL limit 104.50",
         "limit price 104.5 is 450.0 bp away from the reference 100, at most 300 bp are allowed", "450", "300"},
        {"new A buy 1 AAPL limit 100 account LOST",
         "LOST has lost 12345.68 since its session started, the limit is 10000: only orders that make a position "
         "smaller pass",
         "12345.678", "10000"},
        {"late 7250ms new A buy 10 AAPL limit 100",
         "the request is 7.250 s old when it is decided, at most 5 s are allowed", "7.25", "5"},
    };
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
        struct bench bench;
        bench_open(&bench);
        bench_do(&bench, QUOTE);
        bench_do(&bench, "exposure LOST 0 day -12345.678");
        struct event event = bench_do(&bench, sentences[i].line);
        checks_decide(bench.checks, &event, bench.script.wall_ns, bench.script.monotonic_ns, &bench.proposals);
        assert_int_equal(bench.proposals.count, 1);
        const struct decision *decision = &bench.proposals.items[0].event.decision;
        char number[DECIMAL_TEXT_SIZE];
        assert_string_equal(decision->reason, sentences[i].reason);
        money_format(number, decision->value);
        assert_string_equal(number, sentences[i].value);
        money_format(number, decision->limit);
        assert_string_equal(number, sentences[i].limit);
        assert_int_equal(bench.proposals.items[0].fence, NO_FENCE);
        assert_int_equal(decision->order.timestamp_ns, bench.script.wall_ns);
        bench_close(&bench);
    }
}

static void test_validated_records_its_reference(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench);
    bench_do(&bench, "quote MSFT 1 x 1 / 2 x 1");
    bench_do(&bench, "quote AAPL 99.99 x 1 / 100.02 x 1");
    struct event event = bench_do(&bench, "new A buy 10 AAPL limit 100");
    checks_decide(bench.checks, &event, bench.script.wall_ns, bench.script.monotonic_ns, &bench.proposals);
    const struct decision *decision = &bench.proposals.items[0].event.decision;
    assert_int_equal(decision->reference_price, script_price("100.005"));
    assert_int_equal(decision->reference_seq, 2);
    assert_true(order_request_same(&decision->order, &event.request));
    bench_close(&bench);
}

/* A request that waits for its decision grows old by the monotonic clock, from the age it had when it was read. */
static void test_request_grows_old(void **state)
{
    (void)state;
    static const struct {
        int64_t age_ms, wait_ms;
        const char *decision;
    } waits[] = {
        {0, 5000, "validated A"},
        {0, 5001, "rejected A STALE_REQUEST"},
        {3000, 2000, "validated A"},
        {3000, 2001, "rejected A STALE_REQUEST"},
        {600000, 0, "rejected A STALE_REQUEST"},
    };
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        struct bench bench;
        bench_open(&bench);
        bench.checks = checks_create(&bench.config, &bench.instruments);
        struct event event = script_event(&bench.script, "new A buy 10 AAPL limit 100");
        checks_fold(bench.checks, &event, waits[i].age_ms * NS_PER_MS, bench.script.monotonic_ns);
        /* The wall clock jumps back by an hour meanwhile; nobody minds. */
        script_wait(&bench.script, waits[i].wait_ms * NS_PER_MS);
        bench.script.wall_ns -= 3600 * NS_PER_SECOND;
        bench_do(&bench, QUOTE);
        checks_decide_all(bench.checks, bench.script.wall_ns, bench.script.monotonic_ns, &bench.proposals);
        char text[2 * SCRIPT_TEXT_SIZE];
        bench_text(&bench, text, sizeof text);
        assert_string_equal(text, waits[i].decision);
        bench_close(&bench);
    }
}

/* After a restart only what is missing is proposed: oldest first, one per order, each counting those before it. */
static void test_restart(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench);
    const char *const lines[] = {
        "set open_notional 50000",
        QUOTE,
        OPEN("A", "buy 100 AAPL limit 100"),
        "new B buy 300 AAPL limit 100",
        "new C buy 200 AAPL limit 100",
        "new D buy 50 AAPL limit 100",
        "rejected D RATE_LIMIT",
        "replace A R1 quantity 50",
        "replace B R2 quantity 50", /* waits until its order is decided */
        "replace A R3 quantity 60",
        "cancel A R4",
        "replace Z R5 quantity 60",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        bench_do(&bench, lines[i]);
    checks_decide_all(bench.checks, bench.script.wall_ns, bench.script.monotonic_ns, &bench.proposals);
    char text[2 * SCRIPT_TEXT_SIZE];
    bench_text(&bench, text, sizeof text);
    assert_string_equal(text, "validated B; rejected C OPEN_NOTIONAL; replace_validated A R1; "
                              "replace_rejected Z R5 UNKNOWN_ORDER");
    /* What comes back from the tape makes room for the next. */
    for (size_t i = 0; i < 3; i++) {
        struct event event = script_store(&bench.script, &bench.proposals.items[i].event);
        checks_fold(bench.checks, &event, 0, bench.script.monotonic_ns);
    }
    proposals_clear(&bench.proposals);
    checks_decide_all(bench.checks, bench.script.wall_ns, bench.script.monotonic_ns, &bench.proposals);
    bench_text(&bench, text, sizeof text);
    assert_string_equal(text, "replace_rejected B R2 ORDER_NOT_WORKING; replace_rejected A R3 REPLACE_PENDING; "
                              "replace_rejected Z R5 UNKNOWN_ORDER");
    bench_close(&bench);
}

/* When the checks fall behind, many orders wait. Each counts those of its account that came before it, whether it is
 * decided on its own or with all others, and none that came later. */
static void test_each_of_many_counts_those_before_it(void **state)
{
    (void)state;
    static const struct {
        const char *order;
        int64_t cents; /* what it is worth; without a limit 5 % above its price */
    } orders[] = {
        {"buy 10 AAPL limit 100", 100000}, {"sell 20 AAPL limit 101", 202000}, {"buy 10 AAPL", 105000},
        {"sell 30 AAPL", 315000},          {"buy 10 AAPL stop 102", 107100},   {"sell 10 MSFT limit 50", 50000},
    };
    enum { KINDS = sizeof orders / sizeof orders[0], ORDERS = 10 * KINDS };
    struct bench bench;
    bench_open(&bench);
    bench_do(&bench, "set open_notional 1");
    bench_do(&bench, "set position_limit off");
    bench_do(&bench, "set max_notional off");
    bench_do(&bench, "set rate_limit off");
    bench_do(&bench, "set duplicate off");
    bench_do(&bench, "quote AAPL 100 x 100 / 100 x 100");
    bench_do(&bench, "quote MSFT 50 x 100 / 50 x 100");
    static struct event requests[ORDERS];
    int128 found[ORDERS], sum[2] = {0};
    for (size_t i = 0; i < ORDERS; i++) {
        char line[128];
        snprintf(line, sizeof line, "new O%zu %s", i, orders[i % KINDS].order);
        requests[i] = script_event(&bench.script, line);
        if (i % 7 == 0)
            text_copy(requests[i].request.account, ACCOUNT_SIZE, "SIM-2");
        checks_fold(bench.checks, &requests[i], 0, bench.script.monotonic_ns);
        sum[i % 7 == 0] += orders[i % KINDS].cents * (MONEY_ONE / 100);
        found[i] = sum[i % 7 == 0];
    }
    checks_decide_all(bench.checks, bench.script.wall_ns, bench.script.monotonic_ns, &bench.proposals);
    for (size_t i = 0; i < ORDERS; i++)
        checks_decide(bench.checks, &requests[i], bench.script.wall_ns, bench.script.monotonic_ns, &bench.proposals);
    assert_int_equal(bench.proposals.count, 2 * ORDERS);
    for (size_t i = 0; i < 2 * ORDERS; i++) {
        const struct decision *decision = &bench.proposals.items[i].event.decision;
        assert_string_equal(decision->order.order_id, requests[i % ORDERS].request.order_id);
        assert_string_equal(decision->code, "OPEN_NOTIONAL");
        assert_true(decision->value == found[i % ORDERS]);
    }
    /* Those that were turned away do not count any more: what is left is the last one. */
    for (size_t i = 0; i < ORDERS - 1; i++) {
        struct event event = script_store(&bench.script, &bench.proposals.items[i].event);
        checks_fold(bench.checks, &event, 0, bench.script.monotonic_ns);
    }
    proposals_clear(&bench.proposals);
    checks_decide_all(bench.checks, bench.script.wall_ns, bench.script.monotonic_ns, &bench.proposals);
    assert_int_equal(bench.proposals.count, 1);
    assert_true(bench.proposals.items[0].event.decision.value == orders[KINDS - 1].cents * (MONEY_ONE / 100));
    bench_close(&bench);
}

/* The work for one order does not grow with those that wait: it did, and checks that fell behind never caught up. If it
 * does again, this takes longer than a test may. */
static void test_a_backlog_does_not_slow_decisions_down(void **state)
{
    (void)state;
    enum { BACKLOG = 50000 };
    struct bench bench;
    bench_open(&bench);
    bench_do(&bench, "set duplicate off");
    bench_do(&bench, QUOTE);
    struct event event = script_event(&bench.script, "new A buy 1 AAPL limit 100");
    for (int i = 0; i < BACKLOG; i++) {
        snprintf(event.request.order_id, sizeof event.request.order_id, "B%d", i);
        event.sequence++;
        checks_fold(bench.checks, &event, 0, bench.script.monotonic_ns);
        proposals_clear(&bench.proposals);
        checks_decide(bench.checks, &event, bench.script.wall_ns, bench.script.monotonic_ns, &bench.proposals);
        assert_int_equal(bench.proposals.count, 1);
    }
    proposals_clear(&bench.proposals);
    checks_decide_all(bench.checks, bench.script.wall_ns, bench.script.monotonic_ns, &bench.proposals);
    assert_int_equal(bench.proposals.count, BACKLOG);
    bench_close(&bench);
}

/* The totals of open orders come back to nothing when nothing is open, whatever happened in between. */
static void test_many_orders_leave_nothing_open(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench);
    bench_do(&bench, "set open_notional 10000");
    bench_do(&bench, "set rate_limit off");
    bench_do(&bench, "set position_limit off");
    uint32_t seed = 7;
    char line[128];
    for (int i = 0; i < 60; i++) {
        seed = seed * 1664525 + 1013904223;
        bench_do(&bench, "wait 2000ms");
        bench_do(&bench, QUOTE);
        snprintf(line, sizeof line, "new O%d %s 50 AAPL%s", i, seed >> 31 ? "buy" : "sell",
                 (seed >> 30 & 1) ? " limit 100" : "");
        bench_do(&bench, line);
        snprintf(line, sizeof line, "validated O%d reference 100", i);
        bench_do(&bench, line);
        snprintf(line, sizeof line, "accepted O%d", i);
        bench_do(&bench, line);
        snprintf(line, sizeof line, "replace O%d R%d quantity 60", i, i);
        bench_do(&bench, line);
        snprintf(line, sizeof line, "fill O%d 1 %d @ 100", i, 1 + (int)(seed >> 8) % 49);
        bench_do(&bench, line);
        snprintf(line, sizeof line, "cancelled O%d requested", i);
        bench_do(&bench, line);
    }
    bench_do(&bench, "wait 2000ms");
    bench_do(&bench, QUOTE);
    struct event event = bench_do(&bench, "new A buy 100 AAPL limit 100");
    checks_decide(bench.checks, &event, bench.script.wall_ns, bench.script.monotonic_ns, &bench.proposals);
    char text[2 * SCRIPT_TEXT_SIZE];
    bench_text(&bench, text, sizeof text);
    assert_string_equal(text, "validated A");
    bench_close(&bench);
}

static void test_config(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
        bool is_good;
    } settings[] = {
        {"price_collar", "off", true},
        {"price_collar", "on", true},
        {"price_collar", "2.5%", true},
        {"price_collar", "250", true},
        {"price_collar", "250 bp", true},
        {"price_collar", "-1%", false},
        {"price_collar", "x", false},
        {"price_collar", "0.0000001bp", false},
        {"stale_request", "5s", true},
        {"stale_request", "500ms", true},
        {"stale_request", "2", true},
        {"stale_request", "-5s", false},
        {"stale_request", "25h", false},
        {"stale_request", "", false},
        {"rate_limit", "20", true},
        {"rate_limit", "20/s", true},
        {"rate_limit", "20/s burst 40", true},
        {"rate_limit", "20/s, burst 40", true},
        {"rate_limit", "0", false},
        {"rate_limit", "20/m", false},
        {"rate_limit", "99999999999", false},
        {"max_notional", "250000.50", true},
        {"max_notional", "0", false},
        {"max_notional", "1e9", false},
        {"max_quantity", "100", true},
        {"max_quantity", "-1", false},
        {"position_limit", "OFF", true},
        {"open_notional", "NaN", false},
        {"bad_tick", "off", true},
        {"bad_tick", "0.01", false},
        {"no_reference", "maybe", false},
        {"stale_after", "3s", true},
        {"market_margin", "5%", true},
        {"daily_los", "1", false},
        {"daily_loss", "5000", true},
        {"daily_loss", "-5000", false},
        {"repeated_fills", "50 in 60s", true},
        {"repeated_fills", "30", true},
        {"repeated_fills", "0 in 60s", false},
        {"repeated_fills", "50 in 0s", false},
        {"repeated_fills", "50 in", false},
        {"repeated_fills", "50 per 60s", false},
        {"", "1", false},
    };
    struct checks_config config;
    checks_config_init(&config);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        struct error error = {0};
        int result = checks_config_set(&config, settings[i].key, settings[i].value, &error);
        if ((result == 0) != settings[i].is_good)
            fail_msg("%s = %s: %d (%s)", settings[i].key, settings[i].value, result, error.text);
        if (result != 0) {
            assert_int_equal(error.kind, ERROR_USAGE);
            assert_true(strncmp(error.text, settings[i].key, strlen(settings[i].key)) == 0);
        }
    }
    assert_true(config.limits.off[CHECK_POSITION_LIMIT]);
    assert_false(config.limits.off[CHECK_PRICE_COLLAR]);
    assert_int_equal(config.limits.price_collar, 250 * INT64_C(1000000));
    assert_int_equal(config.limits.stale_request_ns, 2 * NS_PER_SECOND);
    assert_int_equal(config.stale_after_ns, 3 * NS_PER_SECOND);
    assert_int_equal(config.limits.rate_per_second, 20);
    assert_int_equal(config.limits.rate_burst, 40);
}

/* What is said of accounts and instruments, and of how many. */
static void test_overrides(void **state)
{
    (void)state;
    struct checks_config config;
    struct error error = {0};
    char name[64];
    checks_config_init(&config);
    assert_int_equal(checks_config_set_instrument(&config, "nyse", "AAPL", "bad_lot", "off", &error), 0);
    assert_int_equal(checks_config_set_instrument(&config, "NYSE", "AAPL", "price_collar", "1%", &error), 0);
    assert_int_equal(config.override_count, 1);
    assert_int_equal(checks_config_set_instrument(&config, "NYSE", "AAPL", "daily_loss", "1", &error), -1);
    assert_non_null(strstr(error.text, "daily_loss"));
    assert_int_equal(checks_config_set_account(&config, "A", "stale_after", "1s", &error), -1);
    for (int i = 1; i < CHECK_OVERRIDES_MAX; i++) {
        snprintf(name, sizeof name, "ACCOUNT-%d", i);
        if (checks_config_set_account(&config, name, "duplicate", i == 7 ? "9s" : "off", &error) != 0)
            break;
    }
    assert_int_equal(config.override_count, CHECK_OVERRIDES_MAX);
    assert_int_equal(checks_config_set_account(&config, "one-more", "duplicate", "off", &error), -1);
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_int_equal(checks_config_duplicate_ns(&config), 9 * NS_PER_SECOND);
    struct check_limits limits = checks_config_limits(&config, "ACCOUNT-7", "NYSE", "AAPL");
    assert_true(limits.off[CHECK_BAD_LOT] && !limits.off[CHECK_DUPLICATE]);
    assert_int_equal(limits.price_collar, 100 * INT64_C(1000000));
    assert_int_equal(limits.duplicate_ns, 9 * NS_PER_SECOND);
    limits = checks_config_limits(&config, "OTHER", "NYSE", "MSFT");
    assert_false(limits.off[CHECK_BAD_LOT]);
    assert_int_equal(limits.duplicate_ns, NS_PER_SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_check),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_validated_records_its_reference),
        cmocka_unit_test(test_request_grows_old),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_each_of_many_counts_those_before_it),
        cmocka_unit_test(test_a_backlog_does_not_slow_decisions_down),
        cmocka_unit_test(test_many_orders_leave_nothing_open),
        cmocka_unit_test(test_config),
        cmocka_unit_test(test_overrides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
