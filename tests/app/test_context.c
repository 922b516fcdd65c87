/* Where the server is and who we are there: contexts of the nats command, options, the files they name, and who could
 * read them. */
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
#include "app/context.h"
#include "app/server_access.h"
#include "app/temporary.h"

static int set_up(void **state)
{
    command_line_set_up(state);
    assert_int_equal(mkdir(temporary_path("xdg"), 0700), 0);
    assert_int_equal(mkdir(temporary_path("xdg/nats"), 0700), 0);
    assert_int_equal(mkdir(temporary_path("xdg/nats/context"), 0700), 0);
    return 0;
}

/* An environment without variables but for where the contexts are. */
static void clear(void)
{
    command_line_clear();
    setenv("XDG_CONFIG_HOME", temporary_path("xdg"), 1);
}

static void write_context(const char *name, const char *text)
{
    char file[64];

    snprintf(file, sizeof(file), "xdg/nats/context/%s.json", name);
    temporary_text(file, text);
}

static void test_a_context_is_read(void **state)
{
    (void)state;
    struct context context;
    struct error error = {0};

    clear();
    write_context("full", "{\"description\":\"d\",\"url\":\"nats://a:4222,nats://b\",\"token\":\"t\",\"user\":\"u\","
                          "\"password\":\"p\",\"creds\":\"~/x.creds\",\"nkey\":\"/n\",\"cert\":\"/c\",\"key\":\"/k\","
                          "\"ca\":\"/ca\",\"nsc\":\"\",\"jetstream_domain\":\"\",\"socks_proxy\":1}");
    assert_int_equal(context_read(&context, "full", &error), 0);
    assert_string_equal(context.url, "nats://a:4222,nats://b");
    assert_string_equal(context.token, "t");
    assert_string_equal(context.user, "u");
    assert_string_equal(context.password, "p");
    assert_string_equal(context.creds, temporary_path("home/x.creds"));
    assert_string_equal(context.nkey, "/n");
    assert_string_equal(context.cert, "/c");
    assert_string_equal(context.key, "/k");
    assert_string_equal(context.ca, "/ca");
    context_free(&context);

    write_context("empty", "{\"url\":\"nats://a\",\"token\":\"\",\"user\":null}");
    assert_int_equal(context_read(&context, "empty", &error), 0);
    assert_null(context.token);
    assert_null(context.user);
    context_free(&context);
}

static void test_contexts_that_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *says;
    } cases[] = {
        {"list", "[]", "it is no JSON object"},
        {"cut", "{\"url\":", "it is no JSON object"},
        {"more", "{} {}", "it is no JSON object"},
        {"number", "{\"token\":5}", "token is no text"},
        {"blank", "\n", "is empty"},
    };
    struct context context;
    struct error error = {0};

    clear();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        write_context(cases[i].name, cases[i].text);
        assert_int_equal(context_read(&context, cases[i].name, &error), -1);
        assert_int_equal(error.kind, ERROR_USAGE);
        assert_non_null(strstr(error.text, cases[i].says));
    }
    assert_int_equal(context_read(&context, "none", &error), -1);
    assert_non_null(strstr(error.text, "xdg/nats/context/none.json: No such file"));
    assert_int_equal(context_read(&context, "../context/list", &error), -1);
    assert_int_equal(context_read(&context, ".hidden", &error), -1);
    assert_int_equal(context_read(&context, "", &error), -1);

    write_context("open", "{\"url\":\"nats://a\",\"token\":\"secret-word\"}");
    assert_int_equal(chmod(temporary_path("xdg/nats/context/open.json"), 0644), 0);
    assert_int_equal(context_read(&context, "open", &error), -1);
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_non_null(strstr(error.text, "others can read"));
    assert_null(strstr(error.text, "secret-word"));
    write_context("target", "{\"url\":\"nats://a\"}");
    assert_int_equal(
        symlink(temporary_path("xdg/nats/context/target.json"), temporary_path("xdg/nats/context/link.json")), 0);
    assert_int_equal(context_read(&context, "link", &error), -1);
    assert_non_null(strstr(error.text, "symbolic link"));
}

/* Reads options and what they come to. */
static int read_access(struct server_access *access, const char *line, struct error *error)
{
    struct options options;

    command_line_read_well(&options, line);
    int result = server_access_read(access, &options, NULL, error);
    options_free(&options);
    return result;
}

static void test_options_go_before_the_context(void **state)
{
    (void)state;
    struct server_access access;
    struct error error = {0};
    char line[512];

    clear();
    write_context("team", "{\"url\":\"tls://c:1\",\"user\":\"u\",\"password\":\"p\",\"ca\":\"/context/ca\"}");
    assert_int_equal(read_access(&access, "--context team", &error), 0);
    struct tape_options tape = server_access_options(&access, "name");
    assert_string_equal(tape.urls, "tls://c:1");
    assert_string_equal(tape.user, "u");
    assert_string_equal(tape.password, "p");
    assert_string_equal(tape.ca_file, "/context/ca");
    assert_int_equal(tape.reconnect_wait_ms, 2000);
    assert_int_equal(tape.reconnect_attempts, 0);
    server_access_free(&access);

    setenv("TAPEDECK_TOKEN", "a-token", 1);
    assert_int_equal(read_access(&access, "--context team --server nats://own --tls-ca /own/ca", &error), 0);
    assert_null(getenv("TAPEDECK_TOKEN"));
    assert_string_equal(access.urls, "nats://own");
    assert_string_equal(access.token, "a-token");
    assert_null(access.user);
    assert_string_equal(access.ca_file, "/own/ca");
    server_access_free(&access);

    temporary_text("my.creds", "SEED\n");
    snprintf(line, sizeof(line), "--server nats://own --creds %s", temporary_path("my.creds"));
    assert_int_equal(read_access(&access, line, &error), 0);
    assert_string_equal(access.credentials, "SEED");
    server_access_free(&access);
    assert_int_equal(chmod(temporary_path("my.creds"), 0640), 0);
    assert_int_equal(read_access(&access, line, &error), -1);
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_non_null(strstr(error.text, "others can read"));
}

static void test_logins_that_contradict_each_other(void **state)
{
    (void)state;
    struct server_access access;
    struct error error = {0};

    clear();
    setenv("TAPEDECK_TOKEN", "t", 1);
    assert_int_equal(read_access(&access, "--server nats://a --user u", &error), -1);
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_non_null(strstr(error.text, "more than one login"));
    setenv("TAPEDECK_PASSWORD", "p", 1);
    assert_int_equal(read_access(&access, "--server nats://a", &error), -1);
    assert_non_null(strstr(error.text, "no user"));
    assert_int_equal(read_access(&access, "--server nats://a --tls-cert /c", &error), -1);
    assert_non_null(strstr(error.text, "belong together"));
    write_context("nowhere", "{\"token\":\"t\"}");
    assert_int_equal(read_access(&access, "--context nowhere", &error), -1);
    assert_string_equal(error.text, "the context nowhere names no server; give --server");
}

static void test_secrets_of_configuration_files(void **state)
{
    (void)state;
    struct options options;
    struct error error = {0};
    char line[256], *shown = NULL;
    size_t size = 0;

    clear();
    snprintf(line, sizeof(line), "--config %s", temporary_text("secret.ini", "[deck]\nuser = u\npassword = s3cr3t\n"));
    command_line_read_well(&options, line);
    assert_string_equal(options.login.password, "s3cr3t");
    FILE *out = open_memstream(&shown, &size);
    options_print(&options, out);
    fclose(out);
    assert_null(strstr(shown, "s3cr3t"));
    assert_non_null(strstr(shown, "; password is set, but not shown"));
    free(shown);
    options_free(&options);

    assert_int_equal(chmod(temporary_path("secret.ini"), 0640), 0);
    assert_int_equal(command_line_read(&options, line, NULL, &error), -1);
    assert_non_null(strstr(error.text, "password is a secret, but others can read this file"));
    assert_int_equal(chmod(temporary_path("secret.ini"), 0600), 0);
    assert_int_equal(symlink(temporary_path("secret.ini"), temporary_path("link.ini")), 0);
    snprintf(line, sizeof(line), "--config %s", temporary_path("link.ini"));
    assert_int_equal(command_line_read(&options, line, NULL, &error), -1);
    assert_non_null(strstr(error.text, "reached through a link"));
    assert_int_equal(command_line_read(&options, "--password x", NULL, &error), -1);
    assert_int_equal(command_line_read(&options, "--token=x", NULL, &error), -1);
    assert_null(strstr(error.text, "=x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_context_is_read),
        cmocka_unit_test(test_contexts_that_are_refused),
        cmocka_unit_test(test_options_go_before_the_context),
        cmocka_unit_test(test_logins_that_contradict_each_other),
        cmocka_unit_test(test_secrets_of_configuration_files),
    };
    return cmocka_run_group_tests(tests, set_up, command_line_tear_down);
}
