/* Options that are refused: with which sentence, and that no secret is in it. */
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
#include <sys/stat.h>

#include "app/command_line.h"
#include "app/options.h"
#include "app/temporary.h"

static void test_usage_errors(void **state)
{
    (void)state;
    static const struct {
        const char *line, *expected;
    } CASES[] = {
        {"--rolls ui", "--rolls is no option, or short for several; see tapedeck --help"},
        {"--log x", "--log is no option, or short for several; see tapedeck --help"},
        {"-x", "-x is no option; see tapedeck --help"},
        {"--theme", "--theme needs a value"},
        {"--help=yes", "--help takes no value"},
        {"--theme dark --theme light", "--theme is given twice"},
        {"wotch", "'wotch' is no command; see tapedeck --help"},
        {"watch a b", "watch takes one pattern; 'b' is too much"},
        {"record a b -o f", "record takes one pattern; 'b' is too much"},
        {"record md.>", "record needs a file: tapedeck record 'md.>' -o FILE"},
        {"record -o", "-o needs a value"},
        {"record -o f --json", "--json is not an option of record"},
        {"watch -o f", "--output is not an option of watch"},
        {"--depth-rate 1001", "--depth-rate: '1001' is not a whole number from 1 to 1000"},
        {"--depth-storage disk", "--depth-storage: 'disk' is neither file nor memory"},
        {"watch --feed sim", "--feed is not an option of watch"},
        {"--json", "--json is an option of watch only"},
        {"watch --count 0", "--count: '0' is not a whole number from 1 to 9223372036854775807"},
        {"watch --count -5", "--count: '-5' is not a whole number from 1 to 9223372036854775807"},
        {"watch --count 9223372036854775808",
         "--count: '9223372036854775808' is not a whole number from 1 to 9223372036854775807"},
        {"watch --count 99999999999999999999999",
         "--count: '99999999999999999999999' is not a whole number from 1 to 9223372036854775807"},
        {"--no-ui=maybe", "--no-ui: 'maybe' is neither yes nor no"},
        {"--roles feed,wok", "--roles: 'wok' is no role; they are feed, checks, exchange, positions, risk, gateway, "
                             "notifier, ui and all"},
        {"--roles feed,feed", "--roles: the role 'feed' stands twice"},
        {"--feed sim --feed sim:seed=2 --feed sim", "--feed: the feed 'sim' stands twice"},
        {"--roles=", "--roles: '' is no role; they are feed, checks, exchange, positions, risk, gateway, notifier, ui "
                     "and all"},
        {"--http 80", "--http: '80' is neither HOST:PORT nor off"},
        {"--http 127.0.0.1:65536", "--http: '127.0.0.1:65536' is neither HOST:PORT nor off"},
        {"--http 127.0.0.1:-1", "--http: '127.0.0.1:-1' is neither HOST:PORT nor off"},
        {"--http example.com:80", "--http: 'example.com' is not an address to listen on, such as 127.0.0.1"},
        {"--http-names a,,b", "--http-names: there is an empty or too long name among 'a,,b'"},
        {"--http-names a/b", "--http-names: 'a/b' is no name of a host"},
        {"--arm-idle 0", "--arm-idle: '0' is no time at all"},
        {"--http-rate 0", "--http-rate: '0' is not a whole number from 1 to 1000000"},
        {"--theme ../x|y=/\x1b[0m --theme=..", "--theme is given twice"},
        {"--theme ..", "--theme: '..' is no theme: give a name of letters, digits, - and _, or a path with a /"},
        {"--account a/b", "--account: an account's name has no spaces, control characters, '/' or '*'"},
        {"--account a|b", "--account: an account's name has no spaces, control characters, '/' or '*'"},
        {"--account 12345678901234567890123456789012", "--account: an account's name has 1 to 31 bytes"},
        {"--account=", "--account: an account's name has 1 to 31 bytes"},
        {"--state-dir=", "--state-dir: the value is empty"},
        {"--nats-server=", "--nats-server: the value is empty"},
        {"--log-level loud", "--log-level: 'loud' is no level; they are debug, info, warning and error"},
        {"--server nats://t0ken@h:99999", "--server: server 1 of the list is not nats://HOST:PORT"},
        {"--server http://h", "--server: server 1 of the list begins neither with nats:// nor with tls://"},
        {"--server nats://a,", "--server: server 2 of the list is not nats://HOST:PORT"},
        {"--server nats://", "--server: server 1 of the list is not nats://HOST:PORT"},
        {"--server nats://a|b", "--server: server 1 of the list has a space in it"},
        {"--no-such-option=a\n\x1b[31m", "--no-such-option is no option, or short for several; see tapedeck --help"},
        {"w\n\x1b[31mx", "'w [31mx' is no command; see tapedeck --help"},
        {"--config /dev/zero", "/dev/zero: is not a regular file"},
        {"--config /no/such/file", "/no/such/file: No such file or directory"},
    };

    command_line_clear();
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct options options;
        struct error error = {0};

        assert_int_equal(command_line_read(&options, CASES[i].line, NULL, &error), -1);
        assert_string_equal(error.text, CASES[i].expected);
        assert_int_equal(error.kind, ERROR_USAGE);
    }
}

static void test_config_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } CASES[] = {
        {"theme = dark\n", ":1: 'theme' stands before the first [section]"},
        {"[deck]\nteme = dark\n", ":2: [deck] has no key 'teme'"},
        {"[deck]\nhelp = yes\n", ":2: [deck] has no key 'help'"},
        {"[deck]\nconfig = x\n", ":2: [deck] has no key 'config'"},
        {"[deck]\ntheme =\n", ":2: theme: '' is no theme: give a name of letters, digits, - and _, or a path with a /"},
        {"[deck]\nhttp = off\nhttp = off\n", ":3: 'http' is set twice"},
        {"[dock]\nhttp = off\n", ":2: there is no section [dock]"},
        {"[checks]\nprice_color = 3%\n", ":2: price_color is not a check"},
        {"[rates]\nEUR = 0\n", ":2: EUR: \"0\" is no rate above 0 with at most 9 decimals"},
        {"[positions]\nmethod = lifo\n", ":2: method: \"lifo\" is neither average_cost nor fifo"},
        {"[positions]\nmethods = fifo\n", ":2: [positions] has no key \"methods\""},
        {"[session.NYSE]\nlunch = 12:00\n",
         ":2: lunch is neither zone, days, open, close, early_close, holidays nor early"},
        {"[session.NYSE]\nzone = Atlantis/Capital\n", ":2: zone: \"Atlantis/Capital\" is neither UTC, an offset like "
                                                      "+01:00, a rule like EST5EDT,M3.2.0,M11.1.0 nor a "
                                                      "zone of this system"},
        {"[keys]\nbuy = F2\nexplode = x\n", ":3: there is no action \"explode\"; `?` and docs/keys.md name them"},
        {"[keys]\nbuy = F2\nhalt = Ctrl-C\n", ":3: halt: there is no key \"Ctrl-C\""},
        {"[keys]\nzoom = F5\nbuy = s\n", ":3: buy: of \"s\" a key is taken: \"sell what is selected\" (Deck)"},
        {"[columns]\nmarket = symbol bod\n", ":2: market: there is no column \"bod\""},
        {"[watch.tech]\nsymbols = @NYSE\n", ":2: symbols: \"@NYSE\" is neither SYMBOL nor SYMBOL@EXCHANGE"},
        {"[session.]\nopen = 09:00\n", ":2: \"\" does not name an exchange, or there are more than 32"},
        {"[checks.SIM-1]\nprice_collar = 3%\n",
         ":2: [checks.SIM-1] is neither [checks.account.NAME] nor [checks.instrument.EXCHANGE.SYMBOL]"},
        {"[checks.instrument.NYSE.AAPL]\nrate_limit = 3/s\n",
         ":2: rate_limit watches over an account, not an instrument"},
        {"[exchange]\nNYSE.make = 1bp\n", ":2: NYSE.make is neither stale_after, maker, taker nor <exchange>.maker or "
                                          ".taker"},
        {"[risk]\n\nspread_ticks = 0\n", ":3: spread_ticks: \"0\" is no whole number from 1 to 1000000"},
        {"[layout.a b]\npanes = watch\n", ":2: a layout's name is of letters, digits, - and _"},
        {"[layout.a]\npains = watch\n", ":2: [layout.a] has no key \"pains\""},
        {"[layout.a]\n\npanes = rows(watch, oders)\n",
         ":3: \"oders\" is neither columns, rows nor a pane (watch, positions, orders, alerts, server, chart, trades)"},
        {"[instrument.NYSE]\ntick = 1\n", ":2: [instrument.NYSE] is not [instrument.EXCHANGE.SYMBOL]"},
        {"[instrument..X]\ntick = 1\n", ":2: [instrument..X] is not [instrument.EXCHANGE.SYMBOL]"},
        {"[instrument.NYSE.]\ntick = 1\n", ":2: [instrument.NYSE.] is not [instrument.EXCHANGE.SYMBOL]"},
        {"[deck]\nhttp\n", ":2: is neither a [section] nor 'key = value'"},
    };

    command_line_clear();
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct options options;
        struct error error = {0};
        char line[160], sentence[512];
        const char *path = temporary_text("bad.ini", CASES[i].text);

        snprintf(line, sizeof(line), "--config %s", path);
        snprintf(sentence, sizeof(sentence), "%s%s", path, CASES[i].expected);
        assert_int_equal(command_line_read(&options, line, NULL, &error), -1);
        assert_string_equal(error.text, sentence);
        assert_int_equal(error.kind, ERROR_USAGE);
    }
}

/* For what the owner of a value says itself, only the place is ours. */
static void test_bad_feeds(void **state)
{
    (void)state;
    static const char *const LINES[] = {"--feed=",
                                        "--feed simulator",
                                        "--feed sim:seed=-1",
                                        "--feed sim:rate=1e999",
                                        "--feed recording:",
                                        "--feed recording:a.gz,speed=0x1",
                                        "--feed sim --feed nonsense"};

    command_line_clear();
    for (size_t i = 0; i < sizeof(LINES) / sizeof(LINES[0]); i++) {
        struct options options;
        struct error error = {0};

        if (command_line_read(&options, LINES[i], NULL, &error) == 0)
            fail_msg("'%s' was taken", LINES[i]);
        assert_int_equal(error.kind, ERROR_USAGE);
        assert_int_equal(strncmp(error.text, "--feed: ", 8), 0);
    }
}

static void test_bad_instrument_values(void **state)
{
    (void)state;
    static const char *const KEYS[] = {"tick = 0", "tick = -1",   "tick = 1e-2",    "tick = nan",
                                       "tick =",   "lot = 0",     "multiplier = 0", "kind = duck",
                                       "size = 3", "lot = 1e999", "currency = \t",  "max_quantity = x"};

    command_line_clear();
    for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++) {
        struct options options;
        struct error error = {0};
        char text[128], line[160];

        snprintf(text, sizeof(text), "[instrument.NYSE.AAPL]\n%s\n", KEYS[i]);
        const char *path = temporary_text("bad.ini", text);

        snprintf(line, sizeof(line), "--config %s", path);
        if (command_line_read(&options, line, NULL, &error) == 0)
            fail_msg("'%s' was taken", KEYS[i]);
        assert_int_equal(error.kind, ERROR_USAGE);
        assert_int_equal(strncmp(error.text, path, strlen(path)), 0);
        assert_int_equal(strncmp(error.text + strlen(path), ":2: ", 4), 0);
    }
}

static void test_secrets_are_hidden(void **state)
{
    (void)state;
    struct options options;
    struct error error = {0};
    char first[] = "tapedeck", second[] = "--server=nats://t0ken@a:1,nats://u:p@b,nats://c", third[] = "--print-config";
    char *words[] = {first, second, third, NULL};
    const struct options_source source = {.argc = 3, .argv = words, .system_file = command_line_no_file};
    char *printed = NULL;
    size_t size = 0;

    command_line_clear();
    assert_int_equal(options_read(&options, &source, &error), 0);
    assert_string_equal(options.server, "nats://t0ken@a:1,nats://u:p@b,nats://c");
    assert_string_equal(second, "--server=nats://xxxxx@a:1,nats://xxx@b,nats://c");
    FILE *out = open_memstream(&printed, &size);
    options_print(&options, out);
    fclose(out);
    assert_non_null(strstr(printed, "server = nats://***@a:1,nats://***@b,nats://c "));
    assert_null(strstr(printed, "t0ken"));
    free(printed);
    options_free(&options);

    char line[160];
    const char *path = temporary_text("own.ini", "[deck]\nserver = nats://t0ken@a\n");
    snprintf(line, sizeof(line), "--config %s", path);
    command_line_read_well(&options, line);
    options_free(&options);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(command_line_read(&options, line, NULL, &error), -1);
    assert_non_null(strstr(error.text, ":2: the URL holds a secret, but others can read this file"));
    assert_null(strstr(error.text, "t0ken"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usage_errors),       cmocka_unit_test(test_config_errors),
        cmocka_unit_test(test_bad_feeds),          cmocka_unit_test(test_bad_instrument_values),
        cmocka_unit_test(test_secrets_are_hidden),
    };
    return cmocka_run_group_tests(tests, command_line_set_up, command_line_tear_down);
}
