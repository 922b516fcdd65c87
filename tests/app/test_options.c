/* The options: layers over each other, and that what --print-config prints reads back as the same. */
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
#include <unistd.h>

#include "app/command_line.h"
#include "app/option_table.h"
#include "app/options.h"
#include "app/sections.h"
#include "app/temporary.h"
#include "app/usage.h"
#include "app/zone_file.h"
#include "core/timestamp.h"

static void test_built_in_values(void **state)
{
    (void)state;
    struct options options;

    command_line_clear();
    command_line_read_well(&options, "");
    assert_int_equal(options.command, OPTIONS_DECK);
    assert_int_equal(options.roles, ROLES_ALL);
    assert_false(options.no_ui || options.readonly || options.ascii);
    assert_int_equal(options.arm_idle_ns, 60 * NS_PER_SECOND);
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

    command_line_clear();
    command_line_read_well(
        &options, "--no-ui --server nats://a:4222,tls://b --nats-server /opt/nats-server --state-dir /tmp/x "
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

    command_line_read_well(&options, "--readonly=no --http off --log-level debug --log-file /tmp/log");
    assert_false(options.readonly || options.http.enabled);
    assert_int_equal(options.log_level, LOG_DEBUG);
    assert_string_equal(options.log_file, "/tmp/log");
    options_free(&options);
}

static void test_commands(void **state)
{
    (void)state;
    struct options options;

    command_line_clear();
    command_line_read_well(&options, "watch");
    assert_int_equal(options.command, OPTIONS_WATCH);
    assert_null(options.watch.pattern);
    assert_int_equal(options.watch.count, 0);
    assert_int_equal(options.log_level, LOG_WARNING);
    options_free(&options);

    command_line_read_well(&options, "--json watch md.nyse.> --count 3 --server nats://h --log-level info");
    assert_int_equal(options.command, OPTIONS_WATCH);
    assert_string_equal(options.watch.pattern, "md.nyse.>");
    assert_true(options.watch.json);
    assert_int_equal(options.watch.count, 3);
    assert_int_equal(options.log_level, LOG_INFO);
    options_free(&options);

    command_line_read_well(&options, "--print-config --no-ui");
    assert_int_equal(options.command, OPTIONS_PRINT_CONFIG);
    options_free(&options);
    command_line_read_well(&options, "--help --no-such-option");
    assert_int_equal(options.command, OPTIONS_HELP);
    options_free(&options);
    command_line_read_well(&options, "-V");
    assert_int_equal(options.command, OPTIONS_VERSION);
    options_free(&options);
}

static void test_layers(void **state)
{
    (void)state;
    struct options options;
    struct error error = {0};
    char system_file[128];

    command_line_clear();
    snprintf(system_file, sizeof(system_file), "%s",
             temporary_text("system.ini", "[deck]\ntheme = system\naccount = SYSTEM\nhttp = off\nfeed = none\n"));
    assert_int_equal(mkdir(temporary_path("config"), 0700), 0);
    assert_int_equal(mkdir(temporary_path("config/tapedeck"), 0700), 0);
    temporary_text("config/tapedeck/tapedeck.ini", "[deck]\ntheme = user\naccount = USER\n");
    setenv("XDG_CONFIG_HOME", temporary_path("config"), 1);

    assert_int_equal(command_line_read(&options, "", system_file, &error), 0);
    assert_string_equal(options.theme, "user");
    assert_string_equal(options.account, "USER");
    assert_false(options.http.enabled);
    options_free(&options);

    setenv("TAPEDECK_ACCOUNT", "VARIABLE", 1);
    setenv("TAPEDECK_FEED", "sim:seed=1 | sim:seed=2", 1);
    setenv("TAPEDECK_THEME", "", 1);
    assert_int_equal(command_line_read(&options, "", system_file, &error), 0);
    assert_string_equal(options.theme, "user");
    assert_string_equal(options.account, "VARIABLE");
    assert_int_equal(options.feed_count, 2);
    assert_string_equal(options.feeds[1], "sim:seed=2");
    options_free(&options);

    assert_int_equal(command_line_read(&options, "--account FLAG --feed sim:seed=3", system_file, &error), 0);
    assert_string_equal(options.account, "FLAG");
    assert_int_equal(options.feed_count, 1);
    assert_string_equal(options.feeds[0], "sim:seed=3");
    options_free(&options);

    /* --config stands for the user's file, not for the system's. */
    setenv("TAPEDECK_CONFIG", "/no/such/file", 1);
    char line[160];
    snprintf(line, sizeof(line), "--config %s", temporary_text("own.ini", "[deck]\nascii = yes\n"));
    assert_int_equal(command_line_read(&options, line, system_file, &error), 0);
    assert_string_equal(options.theme, "system");
    assert_true(options.ascii);
    options_free(&options);

    setenv("TAPEDECK_CONFIG", "", 1);
    setenv("TAPEDECK_HTTP", "everywhere", 1);
    assert_int_equal(command_line_read(&options, "--http off", system_file, &error), -1);
    assert_string_equal(error.text, "TAPEDECK_HTTP: 'everywhere' is neither HOST:PORT nor off");
    command_line_clear();
}

static void test_instruments(void **state)
{
    (void)state;
    struct options options;

    command_line_clear();
    command_line_read_config(&options, "[instrument.nyse.AAPL]\nmax_quantity = 123\n"
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

    command_line_clear();
    setenv("TAPEDECK_ACCOUNT", "VARIABLE", 1);
    const char *path = temporary_text("own.ini", "[deck]\nhttp = 127.0.0.1:8080\nfeed = sim:seed=1 | sim:seed=2\n"
                                                 "[instrument.NYSE.BRK.B]\ntick = 0.05\n[checks]\nmax_notional = 1000\n"
                                                 "[checks.account.SIM-2]\nrate_limit = 5/s\n"
                                                 "[checks.instrument.nyse.BRK.B]\nbad_lot = off\n"
                                                 "[session.lse]\nzone = GMT0BST,M3.5.0/1,M10.5.0\nopen = 08:00\n"
                                                 "close = 16:30\n"
                                                 "[session.nyse]\nclose = 15:00\n"
                                                 "[exchange]\ncrypto.maker = 5bp\nNYSE.taker = 1bp\n");
    snprintf(line, sizeof(line), "--readonly --config %s", path);
    command_line_read_well(&options, line);
    char *first = printed_config(&options);
    options_free(&options);

    snprintf(expected, sizeof(expected), "%s:2\n", path);
    assert_non_null(strstr(first, expected));
    snprintf(expected, sizeof(expected), "%s:5\n", path);
    assert_non_null(strstr(first, expected));
    assert_non_null(strstr(first, "\nmax_notional = 1000 "));
    assert_non_null(strstr(first, "\n[checks.account.SIM-2]\nrate_limit = 5/s "));
    assert_non_null(strstr(first, "\n[checks.instrument.nyse.BRK.B]\nbad_lot = off "));
    assert_non_null(strstr(first, "\n[session.lse]\nzone = GMT0BST,M3.5.0/1,M10.5.0 "));
    assert_non_null(strstr(first, "\nCRYPTO.maker = 5bp "));
    assert_non_null(strstr(first, "\nNYSE.taker = 1bp "));
    assert_non_null(strstr(first, "; environment TAPEDECK_ACCOUNT\n"));
    assert_non_null(strstr(first, "; command line\n"));
    assert_non_null(strstr(first, "; built-in\n"));
    assert_non_null(strstr(first, "; server is not set\n"));

    unsetenv("TAPEDECK_ACCOUNT");
    command_line_read_config(&options, first);
    assert_string_equal(options.account, "VARIABLE");
    int64_t noon_ns = timestamp_of_date(2026, 7, 1) + NS_PER_DAY / 2;
    const struct session_calendars *calendars = &options.exchange.calendars;
    assert_int_equal(session_close_ns(calendars, "LSE", noon_ns), noon_ns + 7 * NS_PER_DAY / 48);
    assert_int_equal(session_close_ns(calendars, "NYSE", noon_ns), noon_ns + 7 * NS_PER_DAY / 24);
    assert_int_equal(checks_config_limits(&options.checks, "SIM-2", "NYSE", "AAPL").rate_per_second, 5);
    assert_true(checks_config_limits(&options.checks, "SIM-1", "NYSE", "BRK.B").off[CHECK_BAD_LOT]);
    assert_false(checks_config_limits(&options.checks, "SIM-1", "NYSE", "AAPL").off[CHECK_BAD_LOT]);
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

/* A time zone of the system is read as the rule at the end of its file. */
static void test_zones_by_name(void **state)
{
    (void)state;
    char rule[ZONE_RULE_SIZE];

    assert_false(zone_file_rule("../../../etc/passwd", rule));
    assert_false(zone_file_rule("/etc/passwd", rule));
    assert_false(zone_file_rule("", rule));
    assert_false(zone_file_rule("America", rule));
    assert_false(zone_file_rule("Atlantis/Capital", rule));
    if (access("/usr/share/zoneinfo/America/New_York", R_OK) != 0)
        skip();
    assert_true(zone_file_rule("America/New_York", rule));
    assert_string_equal(rule, SESSION_NEW_YORK_ZONE);
    assert_true(zone_file_rule("Asia/Tokyo", rule));
    assert_string_equal(rule, "JST-9");
}

/* The texts that --print-config shows for what is built in are what the rules start with. */
static void test_built_in_texts_of_sections(void **state)
{
    (void)state;
    struct options options, applied;

    command_line_clear();
    command_line_read_well(&options, "");
    command_line_read_well(&applied, "");
    for (size_t i = 0; i < SECTION_KEY_COUNT; i++) {
        struct error error = {0};
        struct config_entry entry = {.section = (char *)(uintptr_t)SECTION_KEYS[i].section,
                                     .key = (char *)(uintptr_t)SECTION_KEYS[i].key,
                                     .value = (char *)(uintptr_t)SECTION_KEYS[i].built_in,
                                     .file = "built-in"};

        if (sections_apply(&applied, &entry, &error) != 0)
            fail_msg("[%s] %s: %s", entry.section, entry.key, error.text);
    }
    assert_memory_equal(&options.checks, &applied.checks, sizeof(options.checks));
    assert_memory_equal(&options.exchange, &applied.exchange, sizeof(options.exchange));
    assert_memory_equal(&options.risk, &applied.risk, sizeof(options.risk));
    options_free(&options);
    options_free(&applied);
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

        if ((OPTION_TABLE[i].traits & OPTION_SECRET) != 0)
            option_variable(&OPTION_TABLE[i], name);
        else
            snprintf(name, sizeof(name), "--%s", OPTION_TABLE[i].name);
        if (strstr(help, name) == NULL || strstr(manual, name) == NULL ||
            ((OPTION_TABLE[i].traits & OPTION_SECRET) == 0 && strstr(completion, name) == NULL))
            fail_msg("%s is missing in the help, the manual or the completion", name);
        option_key(&OPTION_TABLE[i], key);
        snprintf(line, sizeof(line), "%s = ", key);
        if ((OPTION_TABLE[i].traits & OPTION_CONFIGURABLE) != 0 && strstr(sample, line) == NULL)
            fail_msg("%s is missing in deploy/tapedeck.ini", key);
    }
    for (size_t i = 0; i < SECTION_KEY_COUNT; i++) {
        char section[64], line[1024];

        snprintf(section, sizeof(section), "\n;[%s]\n", SECTION_KEYS[i].section);
        snprintf(line, sizeof(line), "\n;%s = %s\n", SECTION_KEYS[i].key, SECTION_KEYS[i].built_in);
        const char *start = strstr(sample, section);
        if (start == NULL || strstr(start, line) == NULL)
            fail_msg("[%s] %s is missing in deploy/tapedeck.ini, or says something else", section, SECTION_KEYS[i].key);
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
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_instruments),
        cmocka_unit_test(test_printed_config_reads_back),
        cmocka_unit_test(test_zones_by_name),
        cmocka_unit_test(test_built_in_texts_of_sections),
        cmocka_unit_test(test_every_option_is_described),
    };
    return cmocka_run_group_tests(tests, command_line_set_up, command_line_tear_down);
}
