/* Who may connect and who may not: users, tokens, keys, certificates, permissions. What the server and OpenSSL say
 * about it must become one sentence each, without any secret. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nats/nats.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/stream.h"
#include "bus/tape_internal.h"
#include "bus/test_server.h"
#include "core/clock.h"
#include "core/timestamp.h"

/* Keys and tokens for tests only: made from the names of the tests, used nowhere else. */
static const char USER_SEED[] = "SUAPEJE33MAR7TSTSTXXF5T3TGY3ZBHHXQMDZZFR2BYLOTSROBPU6KVCAA";
static const char USER_KEY[] = "UCWWH5DSG3LASZAFRQDTVG7GYRLXIZMH2ZCVWUQF3GORI2BEKPMKM7VQ";
static const char OTHER_SEED[] = "SUAKK4VKNJMDX7LHJJK6DY5RORYTWLIBHSHXF4XHZIRFP6FJMMPK3E32HI";
static const char OPERATOR_JWT[] =
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.eyJqdGkiOiJURVNUIiwiaWF0IjoxNzAwMDAwMDAwLCJpc3MiOiJPQ"
    "1I1QVVXQzRFNTJZS0VKU09BUkFMTTVKSjVKR0NZM1I2UU5LWkJYQVBIU09CNkZKTjRPUzI2SyIsIm5hbWUiOiJvcCIsInN1YiI6I"
    "k9DUjVBVVdDNEU1MllLRUpTT0FSQUxNNUpKNUpHQ1kzUjZRTktaQlhBUEhTT0I2RkpONE9TMjZLIiwibmF0cyI6eyJ0eXBlIjoib"
    "3BlcmF0b3IiLCJ2ZXJzaW9uIjoyfX0.dJ7MmN4_PtSy9spU1DBVbk7KUA-9fg3x7YZ867_emrwKqeLxE8ns9EYnF8Yv6j7DNLS0L"
    "ysPvGE2U0Dle3mDBg";
static const char ACCOUNT_KEY[] = "ADVT53UW5XASEEZTWN2RZVRSAINYREN7X4Z4DRS72TRBC6WDPHOFSLLK";
static const char ACCOUNT_JWT[] =
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.eyJqdGkiOiJURVNUIiwiaWF0IjoxNzAwMDAwMDAwLCJpc3MiOiJPQ"
    "1I1QVVXQzRFNTJZS0VKU09BUkFMTTVKSjVKR0NZM1I2UU5LWkJYQVBIU09CNkZKTjRPUzI2SyIsIm5hbWUiOiJhY2MiLCJzdWIiO"
    "iJBRFZUNTNVVzVYQVNFRVpUV04yUlpWUlNBSU5ZUkVON1g0WjREUlM3MlRSQkM2V0RQSE9GU0xMSyIsIm5hdHMiOnsidHlwZSI6I"
    "mFjY291bnQiLCJsaW1pdHMiOnsic3VicyI6LTEsImRhdGEiOi0xLCJwYXlsb2FkIjotMSwiaW1wb3J0cyI6LTEsImV4cG9ydHMiO"
    "i0xLCJ3aWxkY2FyZHMiOnRydWUsImNvbm4iOi0xLCJsZWFmIjotMX0sInZlcnNpb24iOjJ9fQ.BAxXh2FwbSTO4RHz0dslzk9czo"
    "LQgoF0lwaLKiv9nGu_PTBY0_TLb2wVyH59adx0HW-Jr-uVhBGAB2bkEGZkAQ";
static const char USER_JWT[] =
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.eyJqdGkiOiJURVNUIiwiaWF0IjoxNzAwMDAwMDAwLCJpc3MiOiJBR"
    "FZUNTNVVzVYQVNFRVpUV04yUlpWUlNBSU5ZUkVON1g0WjREUlM3MlRSQkM2V0RQSE9GU0xMSyIsIm5hbWUiOiJ1c2VyIiwic3ViI"
    "joiVUNXV0g1RFNHM0xBU1pBRlJRRFRWRzdHWVJMWElaTUgyWkNWV1VRRjNHT1JJMkJFS1BNS003VlEiLCJuYXRzIjp7InR5cGUiO"
    "iJ1c2VyIiwic3VicyI6LTEsImRhdGEiOi0xLCJwYXlsb2FkIjotMSwidmVyc2lvbiI6Mn19.3vvxQ1AzvsZoUVg_W8iEGLQnIvnO"
    "4VOYCXMe8FvuentWtgeIJynGHdVxmLFd4L18MJ-zmuJIBjzY0WdPVoqbDg";

enum { PEM_SIZE = 4096, CONFIG_SIZE = 8192 };

static char directory[64];
static bool certificates;

static int set_up(void **state)
{
    (void)state;
    char command[512];
    test_directory_create(directory);
    const char *root = getenv("TAPEDECK_SOURCE_DIR");
    if (root != NULL && system("command -v openssl >/dev/null 2>&1") == 0) {
        snprintf(command, sizeof command, "'%s/tests/bus/make_certificates.sh' '%s'", root, directory);
        assert_int_equal(system(command), 0);
        certificates = true;
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_directory_remove(directory);
    return 0;
}

static void need_certificates(void)
{
    if (!certificates) {
        print_message("SKIP: there is no openssl, or TAPEDECK_SOURCE_DIR is not set\n");
        skip();
    }
}

static const char *in_directory(char path[128], const char *name)
{
    snprintf(path, 128, "%s/%s", directory, name);
    return path;
}

static void read_text(char text[PEM_SIZE], const char *name)
{
    char path[128];
    FILE *file = fopen(in_directory(path, name), "r");
    assert_non_null(file);
    text[fread(text, 1, PEM_SIZE - 1, file)] = '\0';
    fclose(file);
}

static void expect_connected(const struct tape_options *options)
{
    struct error error = {0};
    struct tape *tape = tape_connect(options, &error);
    if (tape == NULL)
        fail_msg("%s", error.text);
    assert_int_equal(tape_status(tape).state, CONNECTION_CONNECTED);
    tape_destroy(tape);
}

/* The sentence begins with "the server at URL " and goes on with `verdict`. */
static void expect_refused(const struct tape_options *options, const char *verdict)
{
    struct error error = {0};
    char shown[128], expected[300];
    assert_null(tape_connect(options, &error));
    tape_hide_secrets(shown, sizeof shown, options->urls);
    snprintf(expected, sizeof expected, "the server at %s %s", shown, verdict);
    assert_string_equal(error.text, expected);
    assert_int_equal(error.kind, ERROR_SERVER);
}

static void expect_unusable(const struct tape_options *options, const char *sentence)
{
    struct error error = {0};
    assert_null(tape_connect(options, &error));
    assert_string_equal(error.text, sentence);
    assert_int_equal(error.kind, ERROR_USAGE);
}

static const char REFUSED[] = "refused the user, password, token or key";

static void url_of(char url[64], const struct test_plain_server *server, const char *scheme, const char *host)
{
    snprintf(url, 64, "%s://%s:%u", scheme, host, (unsigned)server->port);
}

static void test_user_and_password(void **state)
{
    (void)state;
    struct test_plain_server server;
    char url[64], with_login[96];
    test_plain_start(&server, directory, "authorization { user: trader, password: \"pass\\\"\\\\word\" }");
    url_of(url, &server, "nats", "127.0.0.1");
    expect_connected(&(struct tape_options){.urls = url, .name = "test", .user = "trader", .password = "pass\"\\word"});
    expect_refused(&(struct tape_options){.urls = url, .name = "test", .user = "trader", .password = "wrong"}, REFUSED);
    expect_refused(&(struct tape_options){.urls = url, .name = "test", .user = "trader"}, REFUSED);
    expect_refused(&(struct tape_options){.urls = url, .name = "test"}, REFUSED);
    snprintf(with_login, sizeof with_login, "nats://trader:secret@127.0.0.1:%u", (unsigned)server.port);
    expect_refused(&(struct tape_options){.urls = with_login, .name = "test"}, REFUSED);
    test_plain_stop(&server);
}

static void test_token(void **state)
{
    (void)state;
    struct test_plain_server server;
    char url[64];
    test_plain_start(&server, directory, "authorization { token: \"a-token\" }");
    url_of(url, &server, "nats", "127.0.0.1");
    expect_connected(&(struct tape_options){.urls = url, .name = "test", .token = "a-token"});
    expect_refused(&(struct tape_options){.urls = url, .name = "test", .token = "another"}, REFUSED);
    test_plain_stop(&server);
}

static void test_nkey(void **state)
{
    (void)state;
    struct test_plain_server server;
    char url[64], config[256], damaged[sizeof USER_SEED], with_newline[sizeof USER_SEED + 2];
    snprintf(config, sizeof config, "authorization { users: [ { nkey: %s } ] }", USER_KEY);
    test_plain_start(&server, directory, config);
    url_of(url, &server, "nats", "127.0.0.1");
    expect_connected(&(struct tape_options){.urls = url, .name = "test", .credentials = USER_SEED});
    snprintf(with_newline, sizeof with_newline, "%s\n", USER_SEED);
    expect_connected(&(struct tape_options){.urls = url, .name = "test", .credentials = with_newline});
    expect_refused(&(struct tape_options){.urls = url, .name = "test", .credentials = OTHER_SEED}, REFUSED);
    memcpy(damaged, USER_SEED, sizeof damaged);
    damaged[20] = damaged[20] == 'A' ? 'B' : 'A';
    expect_unusable(&(struct tape_options){.urls = url, .name = "test", .credentials = damaged},
                    "the NKey seed of the credentials is damaged");
    damaged[20] = '!';
    expect_unusable(&(struct tape_options){.urls = url, .name = "test", .credentials = damaged},
                    "the NKey seed of the credentials is damaged");
    expect_unusable(&(struct tape_options){.urls = url, .name = "test", .credentials = "nonsense"},
                    "the credentials hold no NKey seed of a user");
    test_plain_stop(&server);
}

/* One signature in 256 begins with a zero byte, which nats.c 3.4.1 does not send. */
static void test_every_signature_gets_in(void **state)
{
    (void)state;
    struct test_plain_server server;
    char url[64], config[256];
    snprintf(config, sizeof config, "authorization { users: [ { nkey: %s } ] }", USER_KEY);
    test_plain_start(&server, directory, config);
    url_of(url, &server, "nats", "127.0.0.1");
    for (int i = 0; i < 600; i++)
        expect_connected(&(struct tape_options){.urls = url, .name = "test", .credentials = USER_SEED});
    test_plain_stop(&server);
}

static void write_credentials(char text[PEM_SIZE], const char *seed)
{
    snprintf(text, PEM_SIZE,
             "-----BEGIN NATS USER JWT-----\n%s\n------END NATS USER JWT------\n\n"
             "************************* IMPORTANT *************************\n\n"
             "-----BEGIN USER NKEY SEED-----\n%s\n------END USER NKEY SEED------\n",
             USER_JWT, seed);
}

static void test_credentials(void **state)
{
    (void)state;
    struct test_plain_server server;
    char url[64], config[CONFIG_SIZE], credentials[PEM_SIZE];
    snprintf(config, sizeof config, "operator: %s\nresolver: MEMORY\nresolver_preload: { %s: %s }", OPERATOR_JWT,
             ACCOUNT_KEY, ACCOUNT_JWT);
    test_plain_start(&server, directory, config);
    url_of(url, &server, "nats", "127.0.0.1");
    write_credentials(credentials, USER_SEED);
    expect_connected(&(struct tape_options){.urls = url, .name = "test", .credentials = credentials});
    write_credentials(credentials, OTHER_SEED);
    expect_refused(&(struct tape_options){.urls = url, .name = "test", .credentials = credentials}, REFUSED);
    expect_refused(&(struct tape_options){.urls = url, .name = "test"}, REFUSED);
    test_plain_stop(&server);
}

static void tls_config(char config[CONFIG_SIZE], const char *certificate, bool verify)
{
    snprintf(config, CONFIG_SIZE, "tls { cert_file: \"%s/%s.pem\", key_file: \"%s/%s.key\", ca_file: \"%s/ca.pem\"%s }",
             directory, certificate, directory, certificate, directory, verify ? ", verify: true" : "");
}

static void test_certificates_of_servers(void **state)
{
    (void)state;
    need_certificates();
    static const struct {
        const char *certificate, *scheme, *host, *verdict;
    } cases[] = {
        {"server", "tls", "localhost", NULL},
        {"server", "tls", "127.0.0.1", NULL},
        {"server", "nats", "localhost", NULL},
        {"elsewhere", "tls", "localhost", "has a certificate for another host name"},
        {"elsewhere", "tls", "127.0.0.1", "has a certificate for another host name"},
        {"elsewhere", "nats", "localhost", "has a certificate for another host name"},
        {"expired", "tls", "localhost", "has a certificate that has expired"},
        {"stranger", "tls", "localhost", "has a certificate of an authority that is not trusted here"},
    };
    struct test_plain_server server;
    char url[64], config[CONFIG_SIZE], authority[128];
    in_directory(authority, "ca.pem");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tls_config(config, cases[i].certificate, false);
        test_plain_start(&server, directory, config);
        url_of(url, &server, cases[i].scheme, cases[i].host);
        const struct tape_options options = {.urls = url, .name = "test", .ca_file = authority};
        if (cases[i].verdict == NULL)
            expect_connected(&options);
        else
            expect_refused(&options, cases[i].verdict);
        /* Without the authority the certificate of the test is nobody's. */
        if (strcmp(cases[i].certificate, "server") == 0)
            expect_refused(&(struct tape_options){.urls = url, .name = "test"},
                           "has a certificate of an authority that is not trusted here");
        test_plain_stop(&server);
    }
}

static void test_a_server_without_tls(void **state)
{
    (void)state;
    struct test_plain_server server;
    char url[64];
    test_plain_start(&server, directory, "");
    url_of(url, &server, "tls", "127.0.0.1");
    expect_refused(&(struct tape_options){.urls = url, .name = "test"}, "offers no TLS");
    url_of(url, &server, "nats", "127.0.0.1");
    expect_refused(&(struct tape_options){.urls = url, .name = "test", .tls = true}, "offers no TLS");
    test_plain_stop(&server);
}

/* The server may end the connection before its alert is read: then the sentence says what it looks like. */
static void expect_certificate_refused(const struct tape_options *options)
{
    struct error error = {0};
    assert_null(tape_connect(options, &error));
    assert_int_equal(error.kind, ERROR_SERVER);
    if (strstr(error.text, "client certificate") == NULL)
        fail_msg("%s", error.text);
}

static void test_client_certificates(void **state)
{
    (void)state;
    need_certificates();
    struct test_plain_server server;
    char url[64], config[CONFIG_SIZE], authority[128], path[128], key[PEM_SIZE], other_key[PEM_SIZE];
    in_directory(authority, "ca.pem");
    tls_config(config, "server", true);
    test_plain_start(&server, directory, config);
    url_of(url, &server, "tls", "localhost");
    struct tape_options options = {.urls = url, .name = "test", .ca_file = authority};
    expect_certificate_refused(&options);

    options.certificate_file = in_directory(path, "client.pem");
    expect_unusable(&options,
                    (snprintf(config, sizeof config, "the client certificate %s needs its private key", path), config));
    read_text(key, "client.key");
    read_text(other_key, "stranger.key");
    options.key = key;
    expect_connected(&options);
    options.key = other_key;
    expect_unusable(&options, (snprintf(config, sizeof config,
                                        "the private key does not belong to the client certificate %s", path),
                               config));
    options.certificate_file = in_directory(path, "stranger.pem");
    expect_certificate_refused(&options);
    options.certificate_file = NULL;
    expect_unusable(&options, "the private key needs its client certificate");
    test_plain_stop(&server);
}

static void test_files_that_are_none(void **state)
{
    (void)state;
    char path[128], expected[256];
    FILE *file = fopen(in_directory(path, "nonsense.pem"), "w");
    assert_non_null(file);
    fputs("nonsense\n", file);
    fclose(file);
    snprintf(expected, sizeof expected, "the CA file %s holds no certificate in PEM", path);
    expect_unusable(&(struct tape_options){.urls = "tls://127.0.0.1:1", .name = "test", .ca_file = path}, expected);
    snprintf(expected, sizeof expected, "the client certificate %s is not in PEM", path);
    expect_unusable(
        &(struct tape_options){.urls = "tls://127.0.0.1:1", .name = "test", .certificate_file = path, .key = "x"},
        expected);
    snprintf(expected, sizeof expected, "the private key of %s has a pass phrase, which cannot be asked for", path);
    expect_unusable(&(struct tape_options){.urls = "tls://127.0.0.1:1",
                                           .name = "test",
                                           .certificate_file = path,
                                           .key = "-----BEGIN ENCRYPTED PRIVATE KEY-----"},
                    expected);
    in_directory(path, "missing.pem");
    snprintf(expected, sizeof expected, "cannot read the CA file %s: No such file or directory", path);
    expect_unusable(&(struct tape_options){.urls = "tls://127.0.0.1:1", .name = "test", .ca_file = path}, expected);
}

static bool has_problem(void *context)
{
    return tape_status(context).problem[0] != '\0';
}

static void test_permissions(void **state)
{
    (void)state;
    struct test_plain_server server;
    char url[64];
    test_plain_start(&server, directory,
                     "jetstream: enabled\n"
                     "authorization { users: [ { user: a, password: b, permissions: {\n"
                     "  publish: { deny: [\"orders.>\", \"$JS.API.>\"] }, subscribe: { deny: \"risk.>\" } } } ] }");
    url_of(url, &server, "nats", "127.0.0.1");
    struct error error = {0};
    const struct tape_options options = {.urls = url, .name = "test", .user = "a", .password = "b"};
    struct tape *tape = tape_connect(&options, &error);
    if (tape == NULL)
        fail_msg("%s", error.text);
    struct inbox *inbox = inbox_create(4096);
    tape_notify(tape, inbox);
    assert_int_equal(test_await(inbox, INBOX_CONNECTION).connection.state, CONNECTION_CONNECTED);
    assert_int_equal(natsConnection_PublishString(tape_connection(tape), "orders.executed.x", "{}"), NATS_OK);
    struct connection_status told = test_await(inbox, INBOX_CONNECTION).connection;
    assert_int_equal(told.state, CONNECTION_CONNECTED);
    assert_string_equal(told.problem, "the server does not allow this user to publish to orders.executed.x");
    assert_int_equal(told.errors, 1);
    assert_true(told.problem_ns > told.since_ns);
    /* The same once more is told too, so that it can be counted. */
    assert_int_equal(natsConnection_PublishString(tape_connection(tape), "orders.executed.x", "{}"), NATS_OK);
    assert_int_equal(test_await(inbox, INBOX_CONNECTION).connection.errors, 2);
    natsSubscription *subscription = NULL;
    assert_int_equal(natsConnection_SubscribeSync(&subscription, tape_connection(tape), "risk.>"), NATS_OK);
    assert_string_equal(test_await(inbox, INBOX_CONNECTION).connection.problem,
                        "the server does not allow this user to subscribe to risk.>");
    natsSubscription_Destroy(subscription);

    assert_int_equal(streams_create(tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error), -1);
    assert_int_equal(tape_explain(tape, &error), -1);
    assert_non_null(strstr(error.text, ": the server does not allow this user to publish to $JS.API.STREAM.INFO."));
    assert_int_equal(error.kind, ERROR_SERVER);
    tape_unnotify(tape, inbox);
    inbox_destroy(inbox);
    tape_destroy(tape);
    test_plain_stop(&server);
}

static bool is_closed(void *context)
{
    return tape_status(context).state == CONNECTION_CLOSED;
}

/* nats.c gives up when one server refuses a login twice; what it said stays to be read. */
static void test_login_that_is_taken_away(void **state)
{
    (void)state;
    struct test_plain_server server;
    char url[64];
    test_plain_start(&server, directory, "authorization { user: a, password: b }");
    url_of(url, &server, "nats", "127.0.0.1");
    struct error error = {0};
    const struct tape_options options = {
        .urls = url, .name = "test", .user = "a", .password = "b", .reconnect_attempts = -1};
    struct tape *tape = tape_connect(&options, &error);
    if (tape == NULL)
        fail_msg("%s", error.text);
    test_plain_restart(&server, directory, "authorization { user: a, password: c }");
    test_until(is_closed, tape);
    assert_string_equal(tape_status(tape).problem, "the server refused the user, password, token or key");
    tape_destroy(tape);
    test_plain_stop(&server);
}

static bool says_expired(void *context)
{
    return strcmp(tape_status(context).problem, "the server has a certificate that has expired") == 0;
}

static void test_certificate_that_goes_bad_between_two_connections(void **state)
{
    (void)state;
    need_certificates();
    struct test_plain_server server;
    char url[64], config[CONFIG_SIZE], authority[128];
    in_directory(authority, "ca.pem");
    tls_config(config, "server", false);
    test_plain_start(&server, directory, config);
    url_of(url, &server, "tls", "localhost");
    struct error error = {0};
    const struct tape_options options = {.urls = url, .name = "test", .ca_file = authority, .reconnect_attempts = -1};
    struct tape *tape = tape_connect(&options, &error);
    if (tape == NULL)
        fail_msg("%s", error.text);
    tls_config(config, "expired", false);
    test_plain_restart(&server, directory, config);
    test_until(says_expired, tape);
    tls_config(config, "server", false);
    test_plain_restart(&server, directory, config);
    assert_true(tape_wait_connected(tape, 20000));
    assert_string_equal(tape_status(tape).problem, "");
    tape_destroy(tape);
    test_plain_stop(&server);
}

static void test_lame_duck(void **state)
{
    (void)state;
    struct test_plain_server server;
    char url[64];
    test_plain_start(&server, directory, "lame_duck_duration: \"31s\"\nlame_duck_grace_period: \"1s\"");
    url_of(url, &server, "nats", "127.0.0.1");
    struct error error = {0};
    struct tape *tape = tape_connect(&(struct tape_options){.urls = url, .name = "test"}, &error);
    if (tape == NULL)
        fail_msg("%s", error.text);
    assert_int_equal(kill(server.child.pid, SIGUSR2), 0);
    test_until(has_problem, tape);
    assert_string_equal(tape_status(tape).problem, "the server is about to stop (lame duck mode)");
    assert_true(tape_status(tape).lame_duck);
    tape_destroy(tape);
    server_child_end(&server.child, 0);
}

/* A remote server is asked again only after the wait that was given, and given up after the attempts. */
static void test_the_wait_between_attempts(void **state)
{
    (void)state;
    struct test_plain_server server;
    char url[64];
    test_plain_start(&server, directory, "");
    url_of(url, &server, "nats", "127.0.0.1");
    struct error error = {0};
    const struct tape_options options = {
        .urls = url, .name = "test", .reconnect_wait_ms = 200, .reconnect_attempts = 3};
    struct tape *tape = tape_connect(&options, &error);
    if (tape == NULL)
        fail_msg("%s", error.text);
    int64_t start_ns = clock_monotonic_ns();
    test_plain_stop(&server);
    test_until(is_closed, tape);
    assert_true(clock_monotonic_ns() - start_ns >= 600 * NS_PER_MS);
    assert_string_equal(tape_status(tape).problem, "the connection to the server is lost; trying again");
    tape_destroy(tape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_user_and_password),
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_nkey),
        cmocka_unit_test(test_every_signature_gets_in),
        cmocka_unit_test(test_credentials),
        cmocka_unit_test(test_certificates_of_servers),
        cmocka_unit_test(test_a_server_without_tls),
        cmocka_unit_test(test_client_certificates),
        cmocka_unit_test(test_files_that_are_none),
        cmocka_unit_test(test_permissions),
        cmocka_unit_test(test_login_that_is_taken_away),
        cmocka_unit_test(test_certificate_that_goes_bad_between_two_connections),
        cmocka_unit_test(test_lame_duck),
        cmocka_unit_test(test_the_wait_between_attempts),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
