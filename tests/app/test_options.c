/* The options: layers over each other, what is refused with which sentence, and that what --print-config prints reads
 * back as the same. */
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

#include "app/option_table.h"
#include "app/options.h"
#include "app/temporary.h"
#include "app/usage.h"

enum { WORDS_MAX = 32 };

static const char *no_system_file;

static void clear_environment(void)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char name[OPTION_KEY_SIZE];

        option_variable(&OPTION_TABLE[i], name);
        unsetenv(name);
    }
    setenv("HOME", temporary_path("home"), 1);
    unsetenv("XDG_STATE_HOME");
    unsetenv("XDG_CONFIG_HOME");
}

static int set_up(void **state)
{
    static char path[128];

    (void)state;
    temporary_make();
    snprintf(path, sizeof(path), "%s", temporary_path("no-system-file"));
    no_system_file = path;
    clear_environment();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    temporary_remove();
    return 0;
}

/* Reads a command line given as one text with spaces between its words; `|` stands for a space inside a word. */
static int read_line(struct options *options, const char *line, const char *system_file, struct error *error)
{
    char text[1024], *words[WORDS_MAX + 1] = {0}, *rest = NULL;
    int count = 0;

    snprintf(text, sizeof(text), "tapedeck %s", line);
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        assert_true(count < WORDS_MAX);
        for (char *at = word; *at != '\0'; at++) {
            if (*at == '|')
                *at = ' ';
        }
        words[count++] = word;
    }
    const struct options_source source = {
        .argc = count, .argv = words, .system_file = system_file != NULL ? system_file : no_system_file};

    return options_read(options, &source, error);
}

static void read_well(struct options *options, const char *line)
{
    struct error error = {0};

    if (read_line(options, line, NULL, &error) != 0)
        fail_msg("%s: %s", line, error.text);
}

static void test_built_in_values(void **state)
{
    (void)state;
    struct options options;

    clear_environment();
    read_well(&options, "");
    assert_int_equal(options.command, OPTIONS_DECK);
    assert_int_equal(options.roles, ROLES_ALL);
    assert_false(options.no_ui || options.readonly || options.ascii);
    assert_null(options.server);
    assert_string_equal(options.nats_server, "nats-server");
    assert_string_equal(options.state_dir, temporary_path("home/.local/state/tapedeck"));
    assert_int_equal(options.feed_count, 1);
    assert_string_equal(options.feeds[0], "sim");
    assert_true(options.http.enabled);
    assert_string_equal(options.http.host, "127.0.0.1");
    assert_int_equal(options.http.port, 0);
    assert_string_equal(options.theme, "dark");
    assert_string_equal(options.account, "SIM-1");
    assert_int_equal(options.log_level, LOG_INFO);
    assert_null(options.log_file);
    assert_true(options.instruments.count >= 7);
    options_free(&options);
}

static void test_flags(void **state)
{
    (void)state;
    struct options options;

    clear_environment();
    read_well(&options,
              "--no-ui --server nats://a:4222,tls://b --nats-server /opt/nats-server --state-dir /tmp/x "
              "--feed sim:seed=1 --feed=sim:seed=2,rate=10 --roles feed,ui --http [::1]:8080 --theme ./a.theme "
              "--ascii --account A-2");
    assert_true(options.no_ui && options.ascii);
    assert_string_equal(options.server, "nats://a:4222,tls://b");
    assert_string_equal(options.nats_server, "/opt/nats-server");
    assert_string_equal(options.state_dir, "/tmp/x");
    assert_int_equal(options.feed_count, 2);
    assert_string_equal(options.feeds[0], "sim:seed=1");
    assert_string_equal(options.feeds[1], "sim:seed=2,rate=10");
    assert_int_equal(options.roles, ROLE_FEED);
    assert_string_equal(options.http.host, "::1");
    assert_int_equal(options.http.port, 8080);
    assert_string_equal(options.theme, "./a.theme");
    assert_string_equal(options.account, "A-2");
    options_free(&options);

    read_well(&options, "--readonly=no --http off --log-level debug --log-file /tmp/log");
    assert_false(options.readonly || options.http.enabled);
    assert_int_equal(options.log_level, LOG_DEBUG);
    assert_string_equal(options.log_file, "/tmp/log");
    options_free(&options);
}

static void test_commands(void **state)
{
    (void)state;
    struct options options;

    clear_environment();
    read_well(&options, "watch");
    assert_int_equal(options.command, OPTIONS_WATCH);
    assert_null(options.watch.pattern);
    assert_int_equal(options.watch.count, 0);
    options_free(&options);

    read_well(&options, "--json watch md.nyse.> --count 3 --server nats://h");
    assert_int_equal(options.command, OPTIONS_WATCH);
    assert_string_equal(options.watch.pattern, "md.nyse.>");
    assert_true(options.watch.json);
    assert_int_equal(options.watch.count, 3);
    options_free(&options);

    read_well(&options, "--print-config --no-ui");
    assert_int_equal(options.command, OPTIONS_PRINT_CONFIG);
    options_free(&options);
    read_well(&options, "--help --no-such-option");
    assert_int_equal(options.command, OPTIONS_HELP);
    options_free(&options);
    read_well(&options, "-V");
    assert_int_equal(options.command, OPTIONS_VERSION);
    options_free(&options);
}

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
        {"--roles=", "--roles: '' is no role; they are feed, checks, exchange, positions, risk, gateway, notifier, ui "
                     "and all"},
        {"--http 80", "--http: '80' is neither HOST:PORT nor off"},
        {"--http 127.0.0.1:65536", "--http: '127.0.0.1:65536' is neither HOST:PORT nor off"},
        {"--http 127.0.0.1:-1", "--http: '127.0.0.1:-1' is neither HOST:PORT nor off"},
        {"--http 0.0.0.0:80", "--http: the REST gateway listens on loopback only (127.0.0.1:PORT), since this version "
                              "has no TLS; '0.0.0.0' is not loopback"},
        {"--http [::]:80", "--http: the REST gateway listens on loopback only (127.0.0.1:PORT), since this version has "
                           "no TLS; '::' is not loopback"},
        {"--http example.com:80", "--http: the REST gateway listens on loopback only (127.0.0.1:PORT), since this "
                                  "version has no TLS; 'example.com' is not loopback"},
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

    clear_environment();
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct options options;
        struct error error = {0};

        assert_int_equal(read_line(&options, CASES[i].line, NULL, &error), -1);
        assert_string_equal(error.text, CASES[i].expected);
        assert_int_equal(error.kind, ERROR_USAGE);
    }
}

static void test_layers(void **state)
{
    (void)state;
    struct options options;
    struct error error = {0};
    char system_file[128];

    clear_environment();
    snprintf(system_file, sizeof(system_file), "%s",
             temporary_text("system.ini", "[deck]\ntheme = system\naccount = SYSTEM\nhttp = off\nfeed = none\n"));
    assert_int_equal(mkdir(temporary_path("config"), 0700), 0);
    assert_int_equal(mkdir(temporary_path("config/tapedeck"), 0700), 0);
    temporary_text("config/tapedeck/tapedeck.ini", "[deck]\ntheme = user\naccount = USER\n");
    setenv("XDG_CONFIG_HOME", temporary_path("config"), 1);

    assert_int_equal(read_line(&options, "", system_file, &error), 0);
    assert_string_equal(options.theme, "user");
    assert_string_equal(options.account, "USER");
    assert_false(options.http.enabled);
    options_free(&options);

    setenv("TAPEDECK_ACCOUNT", "VARIABLE", 1);
    setenv("TAPEDECK_FEED", "sim:seed=1 | sim:seed=2", 1);
    setenv("TAPEDECK_THEME", "", 1);
    assert_int_equal(read_line(&options, "", system_file, &error), 0);
    assert_string_equal(options.theme, "user");
    assert_string_equal(options.account, "VARIABLE");
    assert_int_equal(options.feed_count, 2);
    assert_string_equal(options.feeds[1], "sim:seed=2");
    options_free(&options);

    assert_int_equal(read_line(&options, "--account FLAG --feed sim:seed=3", system_file, &error), 0);
    assert_string_equal(options.account, "FLAG");
    assert_int_equal(options.feed_count, 1);
    assert_string_equal(options.feeds[0], "sim:seed=3");
    options_free(&options);

    /* --config stands for the user's file, not for the system's. */
    setenv("TAPEDECK_CONFIG", "/no/such/file", 1);
    char line[160];
    snprintf(line, sizeof(line), "--config %s", temporary_text("own.ini", "[deck]\nascii = yes\n"));
    assert_int_equal(read_line(&options, line, system_file, &error), 0);
    assert_string_equal(options.theme, "system");
    assert_true(options.ascii);
    options_free(&options);

    setenv("TAPEDECK_CONFIG", "", 1);
    setenv("TAPEDECK_HTTP", "everywhere", 1);
    assert_int_equal(read_line(&options, "--http off", system_file, &error), -1);
    assert_string_equal(error.text, "TAPEDECK_HTTP: 'everywhere' is neither HOST:PORT nor off");
    clear_environment();
}

static void read_config(struct options *options, const char *text)
{
    char line[160];

    snprintf(line, sizeof(line), "--config %s", temporary_text("own.ini", text));
    read_well(options, line);
}

static void test_instruments(void **state)
{
    (void)state;
    struct options options;

    clear_environment();
    read_config(&options, "[instrument.nyse.AAPL]\nmax_quantity = 123\n"
                          "[instrument.NYSE.BRK.B]\ntick = 0.05\nlot = 10\ncurrency = USD\n");
    const struct instrument *known = instruments_find(&options.instruments, "NYSE", "AAPL");
    const struct instrument *added = instruments_find(&options.instruments, "nyse", "BRK.B");

    assert_non_null(known);
    assert_true(known->max_quantity == 123 * QUANTITY_ONE);
    assert_true(known->tick == PRICE_ONE / 100);
    assert_non_null(added);
    assert_string_equal(added->exchange, "NYSE");
    assert_true(added->tick == PRICE_ONE / 20);
    assert_true(added->lot == 10 * QUANTITY_ONE);
    assert_true(added->multiplier == 1 && added->max_quantity > 0 && added->start_price == 0);
    options_free(&options);
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
        {"[instrument.NYSE]\ntick = 1\n", ":2: [instrument.NYSE] is not [instrument.EXCHANGE.SYMBOL]"},
        {"[instrument..X]\ntick = 1\n", ":2: [instrument..X] is not [instrument.EXCHANGE.SYMBOL]"},
        {"[instrument.NYSE.]\ntick = 1\n", ":2: [instrument.NYSE.] is not [instrument.EXCHANGE.SYMBOL]"},
        {"[deck]\nhttp\n", ":2: is neither a [section] nor 'key = value'"},
    };

    clear_environment();
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct options options;
        struct error error = {0};
        char line[160], sentence[512];
        const char *path = temporary_text("bad.ini", CASES[i].text);

        snprintf(line, sizeof(line), "--config %s", path);
        snprintf(sentence, sizeof(sentence), "%s%s", path, CASES[i].expected);
        assert_int_equal(read_line(&options, line, NULL, &error), -1);
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

    clear_environment();
    for (size_t i = 0; i < sizeof(LINES) / sizeof(LINES[0]); i++) {
        struct options options;
        struct error error = {0};

        if (read_line(&options, LINES[i], NULL, &error) == 0)
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

    clear_environment();
    for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++) {
        struct options options;
        struct error error = {0};
        char text[128], line[160];

        snprintf(text, sizeof(text), "[instrument.NYSE.AAPL]\n%s\n", KEYS[i]);
        const char *path = temporary_text("bad.ini", text);

        snprintf(line, sizeof(line), "--config %s", path);
        if (read_line(&options, line, NULL, &error) == 0)
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
    const struct options_source source = {.argc = 3, .argv = words, .system_file = no_system_file};
    char *printed = NULL;
    size_t size = 0;

    clear_environment();
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
    read_well(&options, line);
    options_free(&options);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(read_line(&options, line, NULL, &error), -1);
    assert_non_null(strstr(error.text, ":2: the URL holds a secret, but others can read this file"));
    assert_null(strstr(error.text, "t0ken"));
}

static char *printed_config(const struct options *options)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    options_print(options, out);
    fclose(out);
    return text;
}

static void strip_comments(char *text)
{
    char *to = text;

    for (char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n"), kept = strcspn(line, ";\n");

        while (kept > 0 && line[kept - 1] == ' ')
            kept--;
        memmove(to, line, kept);
        to += kept;
        *to++ = '\n';
        line += length + (line[length] == '\n' ? 1 : 0);
    }
    *to = '\0';
}

/* What is printed names every origin, and read back says the same. */
static void test_printed_config_reads_back(void **state)
{
    (void)state;
    struct options options;
    char line[160], expected[256];

    clear_environment();
    setenv("TAPEDECK_ACCOUNT", "VARIABLE", 1);
    const char *path = temporary_text("own.ini", "[deck]\nhttp = 127.0.0.1:8080\nfeed = sim:seed=1 | sim:seed=2\n"
                                                 "[instrument.NYSE.BRK.B]\ntick = 0.05\n");
    snprintf(line, sizeof(line), "--readonly --config %s", path);
    read_well(&options, line);
    char *first = printed_config(&options);
    options_free(&options);

    snprintf(expected, sizeof(expected), "%s:2\n", path);
    assert_non_null(strstr(first, expected));
    snprintf(expected, sizeof(expected), "%s:5\n", path);
    assert_non_null(strstr(first, expected));
    assert_non_null(strstr(first, "; environment TAPEDECK_ACCOUNT\n"));
    assert_non_null(strstr(first, "; command line\n"));
    assert_non_null(strstr(first, "; built-in\n"));
    assert_non_null(strstr(first, "; server is not set\n"));

    unsetenv("TAPEDECK_ACCOUNT");
    read_config(&options, first);
    assert_string_equal(options.account, "VARIABLE");
    assert_true(options.readonly);
    assert_int_equal(options.feed_count, 2);
    char *second = printed_config(&options);
    options_free(&options);
    strip_comments(first);
    strip_comments(second);
    /* The second names one file more or less at its head, all else agrees. */
    assert_string_equal(strstr(first, "[deck]"), strstr(second, "[deck]"));
    free(first);
    free(second);
}

static char *contents_of(const char *name)
{
    const char *root = getenv("TAPEDECK_SOURCE_DIR");
    char path[512];

    assert_non_null(root);
    snprintf(path, sizeof(path), "%s/%s", root, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = calloc(1, 65536);
    assert_non_null(text);
    assert_true(fread(text, 1, 65535, file) > 0);
    fclose(file);
    return text;
}

/* A manual page writes its dashes with a backslash. */
static void drop_backslashes(char *text)
{
    char *to = text;

    for (const char *at = text; *at != '\0'; at++) {
        if (*at != '\\')
            *to++ = *at;
    }
    *to = '\0';
}

/* The help, the manual page and the completion know every option. */
static void test_every_option_is_described(void **state)
{
    (void)state;
    char *help = NULL, *manual = contents_of("docs/tapedeck.1");
    char *completion = contents_of("deploy/completion/tapedeck.bash");
    char *sample = contents_of("deploy/tapedeck.ini");
    size_t size = 0;
    FILE *out = open_memstream(&help, &size);

    assert_non_null(out);
    usage_print(out);
    fclose(out);
    drop_backslashes(manual);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char name[64], key[OPTION_KEY_SIZE], line[64];

        snprintf(name, sizeof(name), "--%s", OPTION_TABLE[i].name);
        if (strstr(help, name) == NULL || strstr(manual, name) == NULL || strstr(completion, name) == NULL)
            fail_msg("%s is missing in the help, the manual or the completion", name);
        option_key(&OPTION_TABLE[i], key);
        snprintf(line, sizeof(line), "%s = ", key);
        if ((OPTION_TABLE[i].traits & OPTION_CONFIGURABLE) != 0 && strstr(sample, line) == NULL)
            fail_msg("%s is missing in deploy/tapedeck.ini", key);
    }
    for (const char *at = help; *at != '\0'; at += strcspn(at, "\n") + 1)
        assert_true(strcspn(at, "\n") <= 80);
    free(help);
    free(manual);
    free(completion);
    free(sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_built_in_values),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_usage_errors),
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_instruments),
        cmocka_unit_test(test_config_errors),
        cmocka_unit_test(test_bad_feeds),
        cmocka_unit_test(test_bad_instrument_values),
        cmocka_unit_test(test_secrets_are_hidden),
        cmocka_unit_test(test_printed_config_reads_back),
        cmocka_unit_test(test_every_option_is_described),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
