/* `tapedeck backtest`: files in, a report and events out; the same bytes every time; and what it says of bad input. */
/* cmocka.h needs these before it, in this order. */
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
#include <unistd.h>

#include "app/temporary.h"
#include "app/tool_process.h"

enum { OUTPUT_SIZE = 1 << 17, WORDS_MAX = 24 };

static char quotes_path[256], orders_path[256], events_path[256], feed[300];

/* Four quotes of BTCUSDT, a second apart from 2023-11-14T22:13:20Z on. */
static const char QUOTES[] =
    "1700000000000000000 {\"u\":1,\"s\":\"BTCUSDT\",\"b\":\"37000\",\"B\":\"2\",\"a\":\"37001\",\"A\":\"1\"}\n"
    "1700000001000000000 {\"u\":2,\"s\":\"BTCUSDT\",\"b\":\"37010\",\"B\":\"2\",\"a\":\"37011\",\"A\":\"1\"}\n"
    "1700000002000000000 {\"u\":3,\"s\":\"BTCUSDT\",\"b\":\"36990\",\"B\":\"2\",\"a\":\"36991\",\"A\":\"1\"}\n"
    "1700000003000000000 {\"u\":4,\"s\":\"BTCUSDT\",\"b\":\"37020\",\"B\":\"2\",\"a\":\"37021\",\"A\":\"1\"}\n";

/* Bought at the first quote, cancelled and replaced, sold at the third. */
static const char ORDERS[] =
    "{\"order_id\":\"a\",\"symbol\":\"BTCUSDT\",\"exchange\":\"BINANCE\",\"side\":\"buy\",\"type\":\"market\","
    "\"quantity\":1,\"timestamp\":\"2023-11-14T22:13:20Z\"}\n"
    "\n"
    "{\"order_id\":\"b\",\"symbol\":\"BTCUSDT\",\"exchange\":\"BINANCE\",\"side\":\"sell\",\"type\":\"limit\","
    "\"quantity\":0.5,\"limit_price\":37500,\"timestamp\":\"2023-11-14T22:13:20.5Z\"}\n"
    "{\"subject\":\"orders.replace\",\"order_id\":\"b\",\"limit_price\":37400,\"timestamp\":\"2023-11-14T22:13:21Z\"}\n"
    "{\"subject\":\"orders.cancel\",\"order_id\":\"b\",\"timestamp\":\"2023-11-14T22:13:21.5Z\"}\n"
    "{\"order_id\":\"c\",\"symbol\":\"BTCUSDT\",\"exchange\":\"BINANCE\",\"side\":\"sell\",\"type\":\"market\","
    "\"quantity\":\"1\",\"timestamp\":\"2023-11-14T22:13:22Z\"}\n";

static int set_up(void **state)
{
    (void)state;
    temporary_make();
    snprintf(quotes_path, sizeof(quotes_path), "%s", temporary_text("quotes", QUOTES));
    snprintf(orders_path, sizeof(orders_path), "%s", temporary_text("orders", ORDERS));
    snprintf(events_path, sizeof(events_path), "%s", temporary_text("events", ""));
    snprintf(feed, sizeof(feed), "recording:%s", quotes_path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temporary_remove();
    return 0;
}

/* Runs the backtest with these words behind it; what it printed is in `output`. */
static int run(const char *const *words, char *output, char errors[TOOL_LINE_SIZE])
{
    const char *all[WORDS_MAX] = {TAPEDECK_BINARY, "backtest", "--config", temporary_text("config", "")};
    struct tool tool;
    size_t length = 0;
    ssize_t got;
    int count = 4;

    for (int i = 0; words[i] != NULL; i++)
        all[count++] = words[i];
    assert_true(count < WORDS_MAX);
    tool_start(&tool, all);
    while ((got = read(tool.out, output + length, OUTPUT_SIZE - 1 - length)) > 0)
        length += (size_t)got;
    assert_int_equal(got, 0);
    assert_true(length < OUTPUT_SIZE - 1);
    output[length] = '\0';
    return tool_end(&tool, errors);
}

static char *contents_of(const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = calloc(1, OUTPUT_SIZE);
    assert_non_null(text);
    assert_true(fread(text, 1, OUTPUT_SIZE - 1, file) < OUTPUT_SIZE - 1);
    fclose(file);
    return text;
}

static void test_a_file_of_orders_is_played(void **state)
{
    (void)state;
    static char output[OUTPUT_SIZE], errors[TOOL_LINE_SIZE];
    const char *const words[] = {"--feed", feed, "--orders", orders_path, "--events", events_path, NULL};

    assert_int_equal(run(words, output, errors), 0);
    assert_string_equal(errors, "");
    static const char *const EXPECTED[] = {
        "from         2023-11-14T22:13:20.000000000Z\nto           2023-11-14T22:13:23.000000000Z\n",
        "\nquotes                          4\norders                          3\n",
        "  FILLED                        2\n  CANCELED                      1\n",
        "\nfills                           2\n",
        "\nturnover                73,991.00\nfees                        73.99\nrealized                   -11.00\n",
        "\nunrealized                   0.00\nequity                 999,915.01\nprofit                     -84.99\n",
        "\nSIM-1 BTCUSDT 0, realized -11, fees 73.991 USDT\n",
    };
    for (size_t i = 0; i < sizeof(EXPECTED) / sizeof(EXPECTED[0]); i++) {
        if (strstr(output, EXPECTED[i]) == NULL)
            fail_msg("no '%s' in:\n%s", EXPECTED[i], output);
    }

    /* Again, with the events of the first time as the orders: the same bytes. */
    static char again[OUTPUT_SIZE];
    char *events = contents_of(events_path);
    const char *tape = temporary_text("tape", events);
    const char *const replayed[] = {"--feed", feed, "--orders", tape, "--events", events_path, NULL};

    assert_int_equal(run(replayed, again, errors), 0);
    assert_string_equal(again, output);
    char *events_again = contents_of(events_path);
    assert_string_equal(events_again, events);
    assert_non_null(strstr(events, "\"subject\":\"md.binance.BTCUSDT\""));
    assert_non_null(strstr(events, "\"stream_sequence\":1,\"stored\":\"2023-11-14T22:13:20.000000000Z\","
                                   "\"subject\":\"orders.new\"}\n"));
    assert_non_null(strstr(events, "\"subject\":\"orders.executed.c\"}\n"));
    free(events);
    free(events_again);
}

static void test_the_report_as_json(void **state)
{
    (void)state;
    static char output[OUTPUT_SIZE], errors[TOOL_LINE_SIZE];
    const char *const words[] = {"--feed", feed, "--orders", orders_path, "--json", "--to", "2023-11-14T22:13:21.2Z",
                                 NULL};

    assert_int_equal(run(words, output, errors), 0);
    assert_string_equal(errors, "tapedeck: requests from b on come after the end and are left out\n");
    assert_int_equal(
        strncmp(output,
                "{\"from\":\"2023-11-14T22:13:20.000000000Z\",\"to\":\"2023-11-14T22:13:21.000000000Z\","
                "\"quotes\":2,\"orders\":2,\"orders_by_state\":{\"ACCEPTED\":1,\"FILLED\":1},\"fills\":1,"
                "\"alerts\":0,\"turnover\":37001,\"fees\":37.001,\"realized_pnl\":0,"
                "\"unrealized_pnl\":9.5,\"starting_cash\":1000000,\"equity\":999972.499,"
                "\"drawdown\":37.501,\"drawdown_peak\":1000000,"
                "\"drawdown_at\":\"2023-11-14T22:13:20.000000000Z\",\"positions\":[{\"account\":\"SIM-1\",",
                400),
        0);
    const char *const both[] = {"--feed",   feed, "--orders", orders_path, "--json", "--to", "2023-11-14T22:13:21.2Z",
                                "--events", "-",  NULL};
    static char events[OUTPUT_SIZE];
    assert_int_equal(run(both, events, errors), 0);
    size_t before = strlen(events) - strlen(output);
    assert_string_equal(events + before, output);
    assert_non_null(strstr(events, "\"subject\":\"md.binance.BTCUSDT\"}\n"));
    assert_true(strstr(events, "\"subject\":\"md.binance.BTCUSDT\"}\n") < events + before);
    assert_non_null(strstr(output, "\"unrealized_pnl\":9.5}],\"equity_curve\":[{\"time\":\"2023-11-14T22:13:20."
                                   "000000000Z\",\"equity\":1000000,\"drawdown\":0},"));
}

/* A command sees what happens and answers; the same command gives the same bytes. */
static void test_a_command_trades(void **state)
{
    (void)state;
    static char output[OUTPUT_SIZE], again[OUTPUT_SIZE], errors[TOOL_LINE_SIZE];
    static const char SCRIPT[] =
        "n=0\n"
        "while IFS= read -r line; do\n"
        "  n=$((n + 1))\n"
        "  case $line in\n"
        "  *'\"bid\":37000,'*) echo "
        "'{\"order_id\":\"in\",\"symbol\":\"BTCUSDT\",\"exchange\":\"BINANCE\",\"side\":\"buy\","
        "\"type\":\"limit\",\"limit_price\":36991,\"quantity\":1,\"time_in_force\":\"gtc\"}' ;;\n"
        "  *'\"subject\":\"orders.executed.in\"'*) echo '{\"order_id\":\"out\",\"symbol\":\"BTCUSDT\",\"exchange\":"
        "\"BINANCE\",\"side\":\"sell\",\"type\":\"limit\",\"limit_price\":37020,\"quantity\":1,\"time_in_force\":"
        "\"gtc\"}' ;;\n"
        "  *'\"bid\":37010,'*) echo '{\"subject\":\"orders.cancel\",\"order_id\":\"nobody\"}' ;;\n"
        "  *'\"subject\":\"orders.cancel_rejected.nobody\"'*) echo 'told' >&2 ;;\n"
        "  esac\n"
        "  echo\n"
        "done\n"
        "echo \"told $n\" >&2\n"
        "echo 'what is said behind the end is not heard'\n";
    const char *const words[] = {"--feed", feed, "--events", events_path, "--", "/bin/sh", "-c", SCRIPT, NULL};

    assert_int_equal(run(words, output, errors), 0);
    /* 4 quotes, 6 events of the order that buys, 5 of that which sells, the cancel and its answer. */
    assert_string_equal(errors, "told\ntold 16\n");
    assert_non_null(strstr(output, "  FILLED                        2\n"));
    assert_non_null(strstr(output, "\nrealized                    29.00\n"));
    char *events = contents_of(events_path);
    assert_int_equal(run(words, again, errors), 0);
    assert_string_equal(again, output);
    char *events_again = contents_of(events_path);
    assert_string_equal(events_again, events);
    free(events);
    free(events_again);
}

static void test_the_simulator_is_the_same_every_time(void **state)
{
    (void)state;
    static char output[OUTPUT_SIZE], again[OUTPUT_SIZE], errors[TOOL_LINE_SIZE];
    const char *orders = temporary_text(
        "sim", "{\"order_id\":\"a\",\"symbol\":\"AAPL\",\"exchange\":\"NYSE\",\"side\":\"buy\",\"type\":\"market\","
               "\"quantity\":100,\"timestamp\":\"2026-11-23T14:30:00Z\"}\n");
    const char *const words[] = {"--feed", "sim:seed=7", "--orders", orders, "--to", "2026-11-23T14:31:00Z", NULL};

    assert_int_equal(run(words, output, errors), 0);
    assert_int_equal(run(words, again, errors), 0);
    assert_string_equal(again, output);
    /* Simulated time began a minute before. */
    assert_int_equal(strncmp(output, "from         2026-11-23T14:29:00.", 33), 0);
    assert_non_null(strstr(output, "  FILLED                        1\n"));
}

/* More than the touch has: what lies behind it is taken too, unless nobody wants depth. */
static void test_orders_take_the_levels_behind_the_touch(void **state)
{
    (void)state;
    static char output[OUTPUT_SIZE], errors[TOOL_LINE_SIZE];
    const char *orders = temporary_text(
        "ioc", "{\"order_id\":\"a\",\"symbol\":\"AAPL\",\"exchange\":\"NYSE\",\"side\":\"buy\",\"type\":\"market\","
               "\"time_in_force\":\"ioc\",\"quantity\":1200,\"timestamp\":\"2026-11-23T14:30:00Z\"}\n");
    const char *const with[] = {"--feed", "sim:seed=7", "--orders", orders, "--to", "2026-11-23T14:30:01Z", NULL};
    const char *const without[] = {"--feed",       "sim:seed=7", "--orders", orders, "--to", "2026-11-23T14:30:01Z",
                                   "--depth-rate", "0",          NULL};

    assert_int_equal(run(with, output, errors), 0);
    assert_non_null(strstr(output, "  FILLED                        1\n"));
    assert_non_null(strstr(output, "\nfills                           3\n"));
    assert_int_equal(run(without, output, errors), 0);
    assert_non_null(strstr(output, "  CANCELED                      1\n"));
    assert_non_null(strstr(output, "\nfills                           1\n"));
}

/* The program in docs/backtest.md, run as it stands there. */
static void test_the_example_of_the_manual_works(void **state)
{
    (void)state;
    static char output[OUTPUT_SIZE], errors[TOOL_LINE_SIZE];
    const char *source = getenv("TAPEDECK_SOURCE_DIR");
    char path[512];

    snprintf(path, sizeof(path), "%s/docs/backtest.md", source != NULL ? source : ".");
    char *text = contents_of(path);
    char *start = strstr(text, "```python\n");
    assert_non_null(start);
    start += strlen("```python\n");
    *strstr(start, "```") = '\0';
    char program[256];
    snprintf(program, sizeof(program), "%s", temporary_text("strategy.py", start));
    free(text);
    const char *const words[] = {"--feed", feed, "--", "/usr/bin/env", "python3", program, NULL};
    int status = run(words, output, errors);

    if (status != 0 && strstr(errors, "exit code 127") != NULL) {
        print_message("SKIP: python3 is not installed\n");
        return;
    }
    assert_string_equal(errors, "");
    assert_int_equal(status, 0);
    assert_non_null(strstr(output, "  FILLED                        2\n"));
    assert_non_null(strstr(output, "\nrealized                    10.00\n"));
}

static void test_bad_files_are_named_with_their_line(void **state)
{
    (void)state;
    static char output[OUTPUT_SIZE], errors[TOOL_LINE_SIZE], long_line[2 << 20];
    static const struct {
        const char *text, *error;
    } CASES[] = {
        {"nonsense\n", ":1: "},
        {"{}\n", ":1: order request: order_id is missing"},
        {"\n{\"subject\":\"nowhere.new\"}\n", ":2: the subject is none of the tape's"},
        {"{\"subject\":7}\n", ":1: the subject is none of the tape's"},
        {"{\"subject\":\"orders.cancel\",\"order_id\":\"a\"}\n", ":1: cancel request: timestamp is missing"},
        {"{\"subject\":\"orders.cancel\",\"order_id\":\"a\",\"stored\":\"soon\"}\n", ":1: stored is no time"},
        {"{\"order_id\":\"a\",\"symbol\":\"A\",\"exchange\":\"B\",\"side\":\"buy\",\"type\":\"market\",\"quantity\":-1,"
         "\"timestamp\":\"2026-11-23T14:30:00Z\"}\n",
         ":1: order request: quantity "},
        {"{\"order_id\":\"a\",\"symbol\":\"A\",\"exchange\":\"B\",\"side\":\"buy\",\"type\":\"market\",\"quantity\":"
         "NaN,"
         "\"timestamp\":\"2026-11-23T14:30:00Z\"}\n",
         ":1: "},
        {"{\"order_id\":\"a\",\"symbol\":\"A\",\"exchange\":\"B\",\"side\":\"buy\",\"type\":\"market\","
         "\"quantity\":1e999,\"timestamp\":\"2026-11-23T14:30:00Z\"}\n",
         ":1: order request: quantity "},
        {"{\"order_id\":\"a\",\"symbol\":\"A\",\"exchange\":\"B\",\"side\":\"buy\",\"type\":\"market\","
         "\"quantity\":9223372036854775808,\"timestamp\":\"2026-11-23T14:30:00Z\"}\n",
         ":1: order request: quantity "},
        {"{\"order_id\":\"a\",\"symbol\":\"\\u001b[31m\",\"exchange\":\"B\",\"side\":\"buy\",\"type\":\"market\","
         "\"quantity\":1,\"timestamp\":\"2026-11-23T14:30:00Z\"}\n",
         ":1: order request: symbol "},
        {"{\"order_id\":\"a\",\"symbol\":\"A\",\"exchange\":\"B\",\"side\":\"buy\",\"type\":\"market\",\"quantity\":1,"
         "\"timestamp\":\"9999-11-23T14:30:00Z\"}\n",
         ":1: order request: timestamp "},
        {"{\"subject\":\"orders.cancel\",\"order_id\":\"a\",\"timestamp\":\"2026-11-23T14:30:01Z\"}\n"
         "{\"subject\":\"orders.cancel\",\"order_id\":\"b\",\"timestamp\":\"2026-11-23T14:30:00Z\"}\n",
         ":2: is earlier than the line before it"},
        {long_line, ":1: "},
    };
    memset(long_line, ' ', sizeof(long_line) - 1);
    memcpy(long_line, "{\"order_id\":\"", 13);

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        char expected[512];
        const char *path = temporary_text("bad", CASES[i].text);
        const char *const words[] = {"--feed", feed, "--orders", path, NULL};

        snprintf(expected, sizeof(expected), "tapedeck: %s%s", path, CASES[i].error);
        assert_int_equal(run(words, output, errors), 1);
        if (strncmp(errors, expected, strlen(expected)) != 0)
            fail_msg("case %zu: %s", i, errors);
        assert_string_equal(output, "");
    }
}

static void test_what_cannot_be_done_is_said(void **state)
{
    (void)state;
    static char output[OUTPUT_SIZE], errors[TOOL_LINE_SIZE];
    static const char ENDLESS[] =
        "n=0; while read -r line; do n=$((n + 1)); echo \"{\\\"subject\\\":\\\"orders.cancel\\\","
        "\\\"order_id\\\":\\\"x$n\\\"}\"; echo; done";
    const struct {
        const char *words[8];
        int status;
        const char *error;
    } CASES[] = {
        {{"--feed", feed}, 2, "backtest takes --orders FILE or a command: tapedeck backtest -- COMMAND"},
        {{"--feed", feed, "--orders", orders_path, "--", "true"}, 2, "backtest takes --orders FILE or a command: "},
        {{"--feed", feed, "--orders", orders_path, "--to", "7"}, 2, "--to of backtest is a time"},
        {{"--feed", feed, "--orders", orders_path, "--events", orders_path},
         2,
         "--events would overwrite the file of "},
        {{"--feed", feed, "--orders="}, 2, "--orders: the value is empty"},
        {{"--feed", feed, "--orders", "/no/such/file"}, 2, "cannot open '/no/such/file': "},
        {{"--feed", feed, "--orders", "/dev/zero"}, 2, "cannot read '/dev/zero': it is not a regular file"},
        {{"--feed", "recording:/no/such/file", "--orders", orders_path}, 2, "cannot open '/no/such/file': "},
        {{"--feed", feed, "--orders", orders_path, "--events", "/no/such/dir/x"}, 2, "/no/such/dir/x: "},
        {{"--feed", feed, "--orders", orders_path, "--events", "/dev/full"}, 1, "/dev/full: cannot be written"},
        {{"--feed", feed, "--", "/no/such/program"}, 1, "cannot run '/no/such/program': No such file or directory"},
        {{"--feed", feed, "--", "sh", "-c", "exit 3"}, 1, "the command failed with exit code 3"},
        {{"--feed", feed, "--", "sh", "-c", "kill -TERM $$"}, 1, "the command was ended by signal 15"},
        {{"--feed", feed, "--", "sh", "-c", "echo what"}, 1, "line 1 of the command: "},
        {{"--feed", feed, "--", "sh", "-c", ENDLESS}, 1, "more than 10000 requests at one instant; "},
    };

    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        assert_int_equal(run(CASES[i].words, output, errors), CASES[i].status);
        if (strncmp(errors + strlen("tapedeck: "), CASES[i].error, strlen(CASES[i].error)) != 0)
            fail_msg("case %zu: %s", i, errors);
        assert_string_equal(output, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_of_orders_is_played),
        cmocka_unit_test(test_the_report_as_json),
        cmocka_unit_test(test_a_command_trades),
        cmocka_unit_test(test_the_simulator_is_the_same_every_time),
        cmocka_unit_test(test_orders_take_the_levels_behind_the_touch),
        cmocka_unit_test(test_the_example_of_the_manual_works),
        cmocka_unit_test(test_bad_files_are_named_with_their_line),
        cmocka_unit_test(test_what_cannot_be_done_is_said),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
