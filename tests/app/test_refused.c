/* The built program where a server does not let it in: one sentence, exit code 3, and no secret in it. */
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

#include "app/deck_process.h"
#include "bus/test_server.h"

static void expect(const char *const *arguments, const char *sentence)
{
    char line[512], expected[512];

    snprintf(expected, sizeof(expected), "tapedeck: %s", sentence);
    int status = deck_process_run(arguments, line, sizeof(line));
    assert_string_equal(line, expected);
    assert_int_equal(status, 3);
}

static void test_one_sentence_each(void **state)
{
    (void)state;
    char directory[64], deck[96], url[64], wrong[96], sentence[256];
    struct test_plain_server server;

    test_directory_create(directory);
    snprintf(deck, sizeof(deck), "%s/deck", directory);
    test_plain_start(&server, directory,
                     "jetstream: enabled\nauthorization { users: [ { user: a, password: b, permissions: {\n"
                     "  publish: { deny: \"$JS.API.STREAM.>\" } } } ] }");
    snprintf(url, sizeof(url), "nats://127.0.0.1:%u", (unsigned)server.port);
    snprintf(wrong, sizeof(wrong), "tls://127.0.0.1:%u", (unsigned)server.port);

    setenv("TAPEDECK_USER", "a", 1);
    setenv("TAPEDECK_PASSWORD", "not-the-password", 1);
    snprintf(sentence, sizeof(sentence), "the server at %s refused the user, password, token or key", url);
    expect((const char *const[]){"--no-ui", "--server", url, "--state-dir", deck, NULL}, sentence);
    expect((const char *const[]){"watch", "--server", url, "--state-dir", deck, NULL}, sentence);
    snprintf(sentence, sizeof(sentence), "the server at %s offers no TLS", wrong);
    expect((const char *const[]){"watch", "--server", wrong, "--state-dir", deck, NULL}, sentence);

    setenv("TAPEDECK_PASSWORD", "b", 1);
    char line[512];
    const char *const arguments[] = {"watch", "--server", url, "--state-dir", deck, "--log-level", "error", NULL};
    assert_int_equal(deck_process_run(arguments, line, sizeof(line)), 3);
    assert_non_null(strstr(line, "the server does not allow this user to publish to $JS.API.STREAM."));
    test_plain_stop(&server);
    test_directory_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_sentence_each)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
