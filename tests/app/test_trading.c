/* `tapedeck order`, `cancel`, `replace`, `orders`, `positions` and `fills`: the built program beside a daemon of its
 * own, which has no feed; the quotes are the test's. */
/* cmocka.h needs these before it, in this order. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/deck_process.h"
#include "app/paths.h"
#include "app/temporary.h"
#include "app/tool_process.h"
#include "bus/stream.h"
#include "bus/test_server.h"

static struct deck_process deck;

/* Runs a line beside the daemon. `printed` NULL: nothing; else what the first line begins with. */
static void expect(const char *line, int status, const char *printed, const char *error)
{
    static struct tool_outcome outcome;

    tool_run_in(deck.directory, line, &outcome);
    if (outcome.status != status || strncmp(outcome.errors, error, strlen(error)) != 0 ||
        (printed == NULL ? outcome.count != 0 : strncmp(outcome.lines[0], printed, strlen(printed)) != 0) ||
        (error[0] == '\0') != (outcome.errors[0] == '\0'))
        fail_msg("%s: exit code %d, '%s', '%s'", line, outcome.status, outcome.lines[0], outcome.errors);
}

static void publish(const char *subject, const char *payload)
{
    const char *const words[] = {TAPEDECK_BINARY, "publish", "--state-dir", deck.directory, "--subject", subject, NULL};
    char errors[TOOL_LINE_SIZE];
    struct tool tool;

    tool_start(&tool, words);
    tool_write(&tool, payload);
    tool_end_input(&tool);
    assert_int_equal(tool_end(&tool, errors), 0);
}

/* The price of the moment. */
static void quote(const char *bid, const char *ask)
{
    char payload[512];

    snprintf(payload, sizeof(payload),
             "{\"symbol\":\"AAPL\",\"exchange\":\"NYSE\",\"bid\":%s,\"ask\":%s,\"bid_size\":100,\"ask_size\":50,"
             "\"timestamp\":\"2026-11-23T14:30:00Z\"}\n",
             bid, ask);
    publish("md.nyse.AAPL", payload);
}

/* Tests that follow each other at once place orders that are alike; on a busy machine a quote has to hold for long. */
static void start_deck(void)
{
    const char *config = temporary_text("config", "[checks]\nduplicate = off\nrate_limit = off\nstale_after = 1m\n"
                                                  "[exchange]\nstale_after = 1m\n");
    const char *const arguments[] = {"--feed", "none", "--config", config, NULL};

    deck_process_start(&deck, arguments);
}

/* ThreadSanitizer waits for a second at the end of each of the many programs that are run here. */
static void end_at_once(void)
{
    const char *before = getenv("TSAN_OPTIONS");
    char options[512];

    snprintf(options, sizeof(options), "%s:atexit_sleep_ms=0", before != NULL ? before : "");
    setenv("TSAN_OPTIONS", options, 1);
}

static int set_up(void **state)
{
    (void)state;
    end_at_once();
    temporary_make();
    start_deck();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(deck_process_end(&deck, SIGTERM), 0);
    deck_process_clean(&deck);
    temporary_remove();
    return 0;
}

static void test_a_marketable_order_fills(void **state)
{
    (void)state;
    quote("189.00", "189.02");
    expect("order buy AAPL 10 --id FILL-1 --wait", 0, "FILL-1 FILLED buy 10 AAPL on NYSE day, filled 10 at 189.02", "");
    expect("order buy AAPL 20 @189.02 --tif ioc --exchange nyse --wait --id FILL-2 --json", 0,
           "{\"order_id\":\"FILL-2\",\"account\":\"SIM-1\",\"symbol\":\"AAPL\",\"exchange\":\"NYSE\",\"side\":\"buy\","
           "\"type\":\"limit\",\"quantity\":20,\"limit_price\":189.02,\"time_in_force\":\"ioc\",\"source\":\"cli\",",
           "");
    expect("positions", 0, "SIM-1 AAPL 30 at 189.02, mark 189.01, realized 0, unrealized -0.3, fees 0.28353 USD", "");
    expect("fills --csv", 0, "kind,sequence,time,subject,order_id,account,symbol,exchange,execution_id,side,", "");
    expect("fills --from 2100-01-01T00:00:00Z", 0, NULL, "");

    static struct tool_outcome outcome;
    tool_run_in(deck.directory, "fills", &outcome);
    assert_int_equal(outcome.count, 2);
    assert_non_null(strstr(outcome.lines[0], " FILL-1-1 buy 10 AAPL on NYSE at 189.02, fee 0.09451 USD"));
    assert_non_null(strstr(outcome.lines[1], " FILL-2-1 buy 20 AAPL on NYSE at 189.02, fee 0.18902 USD"));
    quote("189.00", "189.02");
    tool_run_in(deck.directory, "positions --json", &outcome);
    assert_non_null(strstr(outcome.lines[0], "\"mark\":189.01,\"mark_stale\":false,\"unrealized_pnl\":-0.3}"));
    tool_run_in(deck.directory, "positions --csv", &outcome);
    assert_string_equal(outcome.lines[0], "account,symbol,quantity,average_price,cost,realized_pnl,fees,currency,"
                                          "last_price,epoch,orders_seq,timestamp,mark,mark_stale,unrealized_pnl");
    assert_int_equal(strncmp(outcome.lines[1], "SIM-1,AAPL,30,189.02,", 21), 0);
}

static void test_a_resting_order_is_changed(void **state)
{
    (void)state;
    quote("189.00", "189.02");
    expect("order sell AAPL 10 @190 --tif gtc --id REST-1", 0, "REST-1 ACCEPTED sell 10 AAPL on NYSE limit 190 gtc",
           "");
    expect("orders", 0, "REST-1 ACCEPTED sell 10 AAPL on NYSE limit 190 gtc", "");
    expect("replace REST-1 --quantity 5 --limit 190.5", 0, "REST-1 ACCEPTED sell 5 AAPL on NYSE limit 190.5 gtc", "");
    expect("replace REST-1 --limit 250", 5, "REST-1 ACCEPTED sell 5", "tapedeck: PRICE_COLLAR: order REST-1: ");
    expect("replace REST-1 --stop 180", 5, "REST-1 ACCEPTED sell 5", "tapedeck: BAD_REPLACE: order REST-1: ");
    expect("cancel REST-1", 0, "REST-1 CANCELED sell 5 AAPL on NYSE limit 190.5 gtc", "");
    expect("cancel REST-1", 1, NULL, "tapedeck: too late: order REST-1 is CANCELED\n");
    expect("replace REST-1 --quantity 4", 1, NULL, "tapedeck: too late: order REST-1 is CANCELED\n");
    expect("cancel NO-SUCH", 1, NULL, "tapedeck: no order has the id NO-SUCH\n");
    expect("orders", 0, NULL, "");

    static struct tool_outcome outcome;
    tool_run_in(deck.directory, "orders --all --csv", &outcome);
    assert_string_equal(outcome.lines[0],
                        "order_id,account,symbol,exchange,side,type,quantity,limit_price,stop_price,time_in_force,"
                        "post_only,state,cumulative_quantity,leaves_quantity,average_price,cancel_pending,"
                        "replace_pending,code,reason,source,timestamp");
    assert_int_equal(
        strncmp(outcome.lines[outcome.count - 1], "REST-1,SIM-1,AAPL,NYSE,sell,limit,5,190.5,,gtc,,CANCELED,0,0,,", 61),
        0);
}

static void test_cancels_all_of_an_account_and_symbol(void **state)
{
    (void)state;
    static struct tool_outcome outcome;

    quote("189.00", "189.02");
    expect("order sell AAPL 10 @190 --id ALL-1", 0, "ALL-1 ACCEPTED", "");
    expect("order sell AAPL 11 --stop 180 --id ALL-2", 0, "ALL-2 ACCEPTED sell 11 AAPL on NYSE stop 180 day", "");
    expect("order sell AAPL 12 @190 --account OTHER --id ALL-3", 0, "ALL-3 ACCEPTED", "");
    expect("cancel --all --symbol MSFT", 0, NULL, "");
    tool_run_in(deck.directory, "cancel --all --symbol AAPL", &outcome);
    assert_int_equal(outcome.status, 0);
    assert_int_equal(outcome.count, 2);
    expect("orders", 0, "ALL-3 ACCEPTED sell 12", "");
    expect("cancel --all --account OTHER", 0, "ALL-3 CANCELED", "");
    expect("orders", 0, NULL, "");
}

static void test_what_is_turned_away_exits_with_5(void **state)
{
    (void)state;
    quote("189.00", "189.02");
    expect("order buy AAPL 10 @100 --id BAD-1", 5, "BAD-1 DENIED buy 10 AAPL",
           "tapedeck: PRICE_COLLAR: limit price 100 ");
    expect("order buy AAPL 0.5 --id BAD-2", 5, "BAD-2 DENIED", "tapedeck: BAD_LOT: ");
    expect("order buy NOPE 1 --exchange NYSE --id BAD-3", 5, "BAD-3 DENIED", "tapedeck: UNKNOWN_INSTRUMENT: ");
    expect("order buy MSFT 10 --id BAD-4", 5, "BAD-4 DENIED", "tapedeck: NO_REFERENCE: ");
    expect("order buy AAPL 10 --post-only --id BAD-5", 5, "BAD-5 REJECTED",
           "tapedeck: REFUSED: post_only needs a limit");
    /* Cancelled as it was asked to be: no refusal. */
    expect("order buy AAPL 10 @188 --tif fok --id BAD-6", 0, "BAD-6 CANCELED", "");
    expect("order buy AAPL 10 @189.02 --post-only --id BAD-7", 0, "BAD-7 CANCELED", "");
    publish("orders.state", "{\"state\":\"halted\",\"scope\":\"SIM-1\",\"request_id\":\"order-test-1\",\"by\":\"test\","
                            "\"reason\":\"test\",\"timestamp\":\"2026-11-23T14:30:00Z\"}\n");
    expect("order buy AAPL 10 --id BAD-8", 5, "BAD-8 DENIED", "tapedeck: TRADING_HALTED: ");
    publish("orders.state", "{\"state\":\"active\",\"scope\":\"SIM-1\",\"request_id\":\"order-test-2\",\"by\":\"test\","
                            "\"reason\":\"test\",\"timestamp\":\"2026-11-23T14:30:00Z\"}\n");
}

static void test_an_id_is_one_order(void **state)
{
    (void)state;
    static struct tool_outcome outcome;

    quote("189.00", "189.02");
    expect("order sell AAPL 7 @191 --id SAME-1", 0, "SAME-1 ACCEPTED sell 7", "");
    expect("order sell AAPL 7.00 @191.0 --id SAME-1 --tif day", 0, "SAME-1 ACCEPTED sell 7", "");
    expect("order sell AAPL 8 @191 --id SAME-1", 1, NULL,
           "tapedeck: another order has the id SAME-1; an id is used once");
    expect("order buy AAPL 7 @191 --id SAME-1", 1, NULL,
           "tapedeck: another order has the id SAME-1; an id is used once");
    expect("order sell AAPL 7 @191 --id SAME-1 --account OTHER", 1, NULL, "tapedeck: another order has the id SAME-1");
    tool_run_in(deck.directory, "orders", &outcome);
    assert_int_equal(outcome.count, 1);
    /* What counts is what was asked for first, not what became of it. */
    expect("replace SAME-1 --limit 191.5", 0, "SAME-1 ACCEPTED sell 7 AAPL on NYSE limit 191.5 day", "");
    expect("order sell AAPL 7 @191 --id SAME-1", 0, "SAME-1 ACCEPTED sell 7 AAPL on NYSE limit 191.5 day", "");
    expect("cancel SAME-1", 0, "SAME-1 CANCELED", "");
    expect("order sell AAPL 7 @191 --id SAME-1 --wait", 0, "SAME-1 CANCELED", "");
    /* One that was turned away stays so. */
    expect("order buy AAPL 7 @100 --id SAME-2", 5, "SAME-2 DENIED", "tapedeck: PRICE_COLLAR: ");
    expect("order buy AAPL 7 @100 --id SAME-2", 5, "SAME-2 DENIED", "tapedeck: PRICE_COLLAR: ");
}

static void test_waits_until_an_order_is_done(void **state)
{
    (void)state;
    struct tool waiting, replacing;
    static struct tool_outcome outcome;

    quote("189.00", "189.02");
    tool_start_in(&waiting, deck.directory, "order buy AAPL 10 @188 --id WAIT-1 --wait");
    for (outcome.count = 0; outcome.count == 0;)
        tool_run_in(deck.directory, "orders", &outcome);
    tool_start_in(&replacing, deck.directory, "replace WAIT-1 --quantity 9 --wait");
    while (strstr(outcome.lines[0], "buy 9") == NULL)
        tool_run_in(deck.directory, "orders", &outcome);
    quote("187.90", "187.95");
    tool_finish(&waiting, &outcome);
    assert_int_equal(outcome.status, 0);
    assert_string_equal(outcome.lines[0], "WAIT-1 FILLED buy 9 AAPL on NYSE limit 188 day, filled 9 at 188");
    tool_finish(&replacing, &outcome);
    assert_int_equal(outcome.status, 0);
    assert_string_equal(outcome.lines[0], "WAIT-1 FILLED buy 9 AAPL on NYSE limit 188 day, filled 9 at 188");

    quote("189.00", "189.02");
    tool_start_in(&waiting, deck.directory, "order buy AAPL 10 @188.5 --id WAIT-2 --wait");
    for (outcome.count = 0; outcome.count == 0;)
        tool_run_in(deck.directory, "orders", &outcome);
    assert_int_equal(kill(waiting.pid, SIGINT), 0);
    tool_finish(&waiting, &outcome);
    assert_int_equal(outcome.status, 1);
    assert_string_equal(outcome.errors, "tapedeck: order WAIT-2: ended by a signal\n");
    expect("cancel WAIT-2", 0, "WAIT-2 CANCELED", "");
}

/* The daemon leaves a snapshot when it ends: what is read behind it goes on from there. */
static void test_orders_outlive_a_restart(void **state)
{
    (void)state;
    quote("189.00", "189.02");
    expect("order sell AAPL 10 @190 --tif gtc --id KEEP-1", 0, "KEEP-1 ACCEPTED", "");
    expect("replace KEEP-1 --quantity 9", 0, "KEEP-1 ACCEPTED sell 9", "");
    assert_int_equal(deck_process_end(&deck, SIGTERM), 0);
    start_deck();
    expect("orders", 0, "KEEP-1 ACCEPTED sell 9 AAPL on NYSE limit 190 gtc", "");
    quote("189.00", "189.02");
    expect("order sell AAPL 10 @190 --tif gtc --id KEEP-1", 0, "KEEP-1 ACCEPTED sell 9", "");
    expect("replace KEEP-1 --limit 190.5", 0, "KEEP-1 ACCEPTED sell 9 AAPL on NYSE limit 190.5 gtc", "");
    expect("cancel KEEP-1", 0, "KEEP-1 CANCELED sell 9", "");
}

/* Whoever publishes on orders.new, the order goes the same way. */
static void test_any_client_places_orders(void **state)
{
    (void)state;
    static const char ORDER[] =
        "{\"order_id\":\"ANY-1\",\"symbol\":\"AAPL\",\"exchange\":\"NYSE\",\"side\":\"buy\",\"type\":\"limit\","
        "\"quantity\":3,\"limit_price\":\"188.00\",\"time_in_force\":\"gtc\",\"timestamp\":\"2026-11-23T14:30:00Z\"}\n";
    char script[512], errors[TOOL_LINE_SIZE];
    static struct tool_outcome outcome;
    struct tool tool;

    const char *source = getenv("TAPEDECK_SOURCE_DIR");

    snprintf(script, sizeof(script), "%s/tests/app/any_client.py", source != NULL ? source : ".");
    const char *const words[] = {"/usr/bin/env", "python3", script, deck.server_url, NULL};

    quote("189.00", "189.02");
    tool_start(&tool, words);
    tool_write(&tool, ORDER);
    tool_end_input(&tool);
    int status = tool_end(&tool, errors);

    if (status == 77 || status == 127) {
        print_message("SKIP: python3 with nats-py is not installed\n");
        return;
    }
    assert_int_equal(status, 0);
    for (outcome.count = 0; outcome.count == 0 || strstr(outcome.lines[0], "ACCEPTED") == NULL;)
        tool_run_in(deck.directory, "orders", &outcome);
    assert_string_equal(outcome.lines[0], "ANY-1 ACCEPTED buy 3 AAPL on NYSE limit 188 gtc");
    expect("order buy AAPL 3 @188 --tif gtc --id ANY-1", 0, "ANY-1 ACCEPTED buy 3", "");
    expect("order buy AAPL 4 @188 --tif gtc --id ANY-1", 1, NULL, "tapedeck: another order has the id ANY-1");
    expect("cancel ANY-1", 0, "ANY-1 CANCELED", "");
}

/* The block of shell in docs/orders.md, run as it stands there. */
static void extract_example(char *script, size_t size)
{
    const char *source = getenv("TAPEDECK_SOURCE_DIR");
    static char text[65536];
    char path[512];

    snprintf(path, sizeof(path), "%s/docs/orders.md", source != NULL ? source : ".");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    const char *start = strstr(text, "```sh\n");
    assert_non_null(start);
    start += strlen("```sh\n");
    const char *end = strstr(start, "```");
    assert_non_null(end);
    snprintf(script, size, "%.*s", (int)(end - start), start);
}

static void test_the_example_of_the_manual_works(void **state)
{
    (void)state;
    char script[4096], line[TOOL_LINE_SIZE], errors[TOOL_LINE_SIZE], *path = NULL;
    const char *const words[] = {"/bin/sh", "-c", script, NULL};
    const char *before = getenv("PATH");

    extract_example(script, sizeof(script));
    assert_true(asprintf(&path, "%.*s:%s", (int)(strrchr(TAPEDECK_BINARY, '/') - TAPEDECK_BINARY), TAPEDECK_BINARY,
                         before) > 0);
    char *kept = strdup(before);
    setenv("PATH", path, 1);
    setenv("TAPEDECK_STATE_DIR", deck.directory, 1);
    for (int i = 0; i < 2; i++) { /* run again it does nothing, and says the same */
        struct tool tool;

        quote("189.00", "189.02");
        tool_start(&tool, words);
        tool_read_line(&tool, line);
        assert_string_equal(line, "morning-1-out FILLED sell 10 AAPL on NYSE day, filled 10 at 189");
        tool_read_line(&tool, line);
        assert_string_equal(line, "");
        assert_int_equal(tool_end(&tool, errors), 0);
        assert_string_equal(errors, "");
    }
    static struct tool_outcome outcome;
    tool_run_in(deck.directory, "fills", &outcome);
    size_t fills = 0;
    for (size_t i = 0; i < outcome.count; i++)
        fills += strstr(outcome.lines[i], " morning-1") != NULL;
    assert_int_equal(fills, 2);
    unsetenv("TAPEDECK_STATE_DIR");
    setenv("PATH", kept, 1);
    free(kept);
    free(path);
}

/* What is wrong with the command line is said without looking for a server. */
static void test_wrong_usage_exits_with_2(void **state)
{
    (void)state;
    static const struct {
        const char *line, *error;
    } CASES[] = {
        {"order", "order takes buy or sell, a symbol and a quantity"},
        {"order buy AAPL", "order takes buy or sell, a symbol and a quantity"},
        {"order hold AAPL 1", "an order is to buy or to sell, not to 'hold'"},
        {"order buy AAPL 1 189", "'189' is no price; write @189.01"},
        {"order buy AAPL 1 @189 x", "order takes no more than a price; 'x' is too much"},
        {"order buy AAPL 0", "'0' is no quantity: a number above 0 with at most 8 decimals"},
        {"order buy AAPL -- -5", "'-5' is no quantity: a number above 0 with at most 8 decimals"},
        {"order buy AAPL NaN", "'NaN' is no quantity: a number above 0 with at most 8 decimals"},
        {"order buy AAPL 1e999", "'1e999' is no quantity: a number above 0 with at most 8 decimals"},
        {"order buy AAPL 9223372036854775808", "'9223372036854775808' is no quantity: a number above 0"},
        {"order buy AAPL 1 @-189", "'-189' is no price: a number above 0 with at most 9 decimals"},
        {"order buy AAPL 1 @", "'' is no price: a number above 0 with at most 9 decimals"},
        {"order buy AAPL 1 @9223372036854775808", "'9223372036854775808' is no price: a number above 0"},
        {"order buy AAPL 1 --stop NaN", "--stop: 'NaN' is no price: a number above 0 with at most 9 decimals"},
        {"order buy AAPL 1 --tif never", "--tif: 'never' is none of day, gtc, ioc and fok"},
        {"order buy AAPL 1 --id a/b", "--id: 'a/b' is no id of an order: 1 to 64 letters, digits, '-' and '_'"},
        {"order buy AAPL 1 --id=", "--id: '' is no id of an order: 1 to 64 letters, digits, '-' and '_'"},
        {"order buy NOPE 1", "NOPE is not in the instrument table; give --exchange"},
        {"order buy \x1b[31m 1 --exchange NYSE", "'[31m' is no symbol"},
        {"order buy \xff 1 --exchange NYSE", "'\xef\xbf\xbd' is no symbol"},
        {"order buy 12345678901234567890123456789012 1 --exchange NYSE", "'12345678901234567890123456789012' is no"},
        {"order buy AAPL 1 --exchange 1234567890123456", "--exchange: '1234567890123456' is no exchange"},
        {"order buy AAPL 1 --csv", "--csv is not an option of order"},
        {"cancel", "cancel takes the id of one order, or --all"},
        {"cancel A B", "cancel takes the id of one order, or --all"},
        {"cancel A --all", "cancel takes the id of an order or --all, not both"},
        {"cancel A --symbol AAPL", "--symbol belongs to cancel --all"},
        {"replace A", "replace needs --quantity, --limit or --stop"},
        {"replace --quantity 1", "replace takes the id of one order"},
        {"replace A --quantity 0", "--quantity: '0' is no quantity: a number above 0 with at most 8 decimals"},
        {"orders x", "orders takes no words; 'x' is too much"},
        {"orders --json --csv", "--json and --csv exclude each other"},
        {"fills --from soon", "--from: "},
    };

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        static struct tool_outcome outcome;

        tool_run_in("/no/such/directory", CASES[i].line, &outcome);
        if (outcome.status != 2 || outcome.count != 0 ||
            strncmp(outcome.errors + strlen("tapedeck: "), CASES[i].error, strlen(CASES[i].error)) != 0)
            fail_msg("%s: exit code %d, '%s'", CASES[i].line, outcome.status, outcome.errors);
    }
}

static void test_without_a_server_exits_with_3(void **state)
{
    (void)state;
    static const char *const LINES[] = {"order buy AAPL 1", "cancel A", "replace A --limit 1", "orders", "fills"};

    for (size_t i = 0; i < sizeof(LINES) / sizeof(LINES[0]); i++) {
        static struct tool_outcome outcome;

        tool_run_in("/no/such/directory", LINES[i], &outcome);
        assert_int_equal(outcome.status, 3);
        assert_int_equal(outcome.count, 0);
        assert_string_equal(outcome.errors,
                            "tapedeck: no tapedeck runs on /no/such/directory; start one, or give --server\n");
    }
}

/* A tape that nobody works: what is asked for is stored, and its fate is not known. */
static void test_without_an_answer_exits_with_6(void **state)
{
    (void)state;
    static struct tool_outcome outcome;
    struct test_server server;
    struct tool placing;
    struct error error = {0};
    char path[PATHS_SIZE];

    test_server_start(&server);
    assert_int_equal(streams_create(server.tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error), 0);
    assert_int_equal(paths_join(path, server.directory, "server.url", &error), 0);
    assert_int_equal(paths_write_secret(path, embedded_server_url(server.server), &error), 0);
    tool_start_in(&placing, server.directory, "order buy AAPL 1 --id LOST-1");
    for (outcome.count = 0; outcome.count == 0;)
        tool_run_in(server.directory, "orders", &outcome);
    assert_string_equal(outcome.lines[0], "LOST-1 INITIALIZED buy 1 AAPL on NYSE day");
    tool_run_in(server.directory, "cancel LOST-1", &outcome);
    assert_int_equal(outcome.status, 6);
    assert_string_equal(outcome.lines[0], "LOST-1 INITIALIZED buy 1 AAPL on NYSE day, cancel pending");
    assert_string_equal(outcome.errors, "tapedeck: the request is stored, but nobody answered in 5 s\n");
    tool_finish(&placing, &outcome);
    assert_int_equal(outcome.status, 6);
    assert_string_equal(outcome.errors,
                        "tapedeck: order LOST-1 is stored, but the order checks did not answer in 5 s\n");
    tool_start_in(&placing, server.directory, "order buy AAPL 2 --id LOST-2");
    for (outcome.count = 0; outcome.count < 2;)
        tool_run_in(server.directory, "orders", &outcome);
    assert_int_equal(kill(placing.pid, SIGINT), 0);
    tool_finish(&placing, &outcome);
    assert_int_equal(outcome.status, 6);
    assert_string_equal(outcome.errors,
                        "tapedeck: order LOST-2 is stored, but what became of it was not read: ended by "
                        "a signal\n");
    test_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_marketable_order_fills),
        cmocka_unit_test(test_a_resting_order_is_changed),
        cmocka_unit_test(test_cancels_all_of_an_account_and_symbol),
        cmocka_unit_test(test_what_is_turned_away_exits_with_5),
        cmocka_unit_test(test_an_id_is_one_order),
        cmocka_unit_test(test_waits_until_an_order_is_done),
        cmocka_unit_test(test_orders_outlive_a_restart),
        cmocka_unit_test(test_any_client_places_orders),
        cmocka_unit_test(test_the_example_of_the_manual_works),
        cmocka_unit_test(test_wrong_usage_exits_with_2),
        cmocka_unit_test(test_without_a_server_exits_with_3),
        cmocka_unit_test(test_without_an_answer_exits_with_6),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
