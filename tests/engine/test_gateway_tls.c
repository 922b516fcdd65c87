/* The gateway over HTTPS, under names of its own, and at a limited rate. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/test_server.h"
#include "test_gateway_rig.h"

#define MARKET_ORDER "{\"symbol\":\"AAPL\",\"side\":\"buy\",\"type\":\"market\",\"quantity\":1}"

static char directory[64], authority[128], stranger[128];
static char certificate[8192], key[8192], other_key[8192];

static void read_file(const char *name, char text[8192])
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    text[fread(text, 1, 8191, file)] = '\0';
    fclose(file);
}

static int make_certificates(void **state)
{
    char command[512];
    (void)state;
    test_directory_create(directory);
    snprintf(command, sizeof command, "%s/tests/bus/make_certificates.sh %s", getenv("TAPEDECK_SOURCE_DIR"), directory);
    assert_int_equal(system(command), 0);
    snprintf(authority, sizeof authority, "%s/ca.pem", directory);
    snprintf(stranger, sizeof stranger, "%s/other.pem", directory);
    read_file("server.pem", certificate);
    read_file("server.key", key);
    read_file("client.key", other_key);
    return 0;
}

static int remove_certificates(void **state)
{
    (void)state;
    test_directory_remove(directory);
    return 0;
}

static struct gateway_options secure(void)
{
    return (struct gateway_options){.certificate = certificate, .key = key, .token = RIG_TOKEN, .account = "SIM-1"};
}

static void orders_are_taken_over_https(void **state)
{
    (void)state;
    struct gateway_options options = secure();
    struct rig *rig = rig_create_with(&options);
    for (int i = 0; i < 5; i++)
        assert_int_equal(
            rig_ask(rig, "POST", "/v1/orders", MARKET_ORDER, &(struct oddities){.authority = authority}).status, 201);
    assert_int_equal(rig_ask(rig, "GET", "/healthz", NULL, &(struct oddities){.authority = stranger}).status, 0);
    assert_int_not_equal(rig_ask(rig, "GET", "/healthz", NULL, NULL).status, 200); /* in the clear */
    assert_int_equal(rig_published(rig), 5);
    rig_destroy(rig);
}

static bool is_closed(int fd)
{
    char byte;
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    return poll(&readable, 1, 5000) == 1 && recv(fd, &byte, 1, 0) <= 0;
}

static void a_dripped_handshake_has_five_seconds(void **state)
{
    (void)state;
    struct gateway_options options = secure();
    struct rig *rig = rig_create_with(&options);
    int fds[20];
    for (int i = 0; i < 20; i++) {
        fds[i] = rig_dial(rig);
        assert_true(rig_write(fds[i], "\x16\x03\x01\x02", (size_t)(i % 5)));
    }
    assert_int_equal(rig_ask(rig, "GET", "/readyz", NULL, &(struct oddities){.authority = authority}).status, 200);
    rig_advance(rig, 5500);
    for (int i = 0; i < 20; i++) {
        assert_true(is_closed(fds[i]));
        close(fds[i]);
    }
    assert_int_equal(rig_ask(rig, "GET", "/readyz", NULL, &(struct oddities){.authority = authority}).status, 200);
    rig_destroy(rig);
}

static void beyond_loopback_it_wants_https_and_a_token(void **state)
{
    (void)state;
    struct error error = {0};
    struct gateway_options options = secure();
    options.host = "0.0.0.0";
    assert_null(gateway_create(&options, &error)); /* the token was made up */
    assert_int_equal(error.kind, ERROR_USAGE);
    options.own_token = true;
    struct gateway *gateway = gateway_create(&options, &error);
    assert_non_null(gateway);
    gateway_destroy(gateway);
    options.certificate = options.key = NULL;
    assert_null(gateway_create(&options, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_non_null(strstr(error.text, "only with HTTPS and a token of your own"));
}

static void a_key_must_be_the_certificates(void **state)
{
    (void)state;
    struct error error = {0};
    const char *const keys[] = {other_key, "nonsense", certificate};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct gateway_options options = secure();
        options.key = keys[i];
        assert_null(gateway_create(&options, &error));
        assert_int_equal(error.kind, ERROR_USAGE);
        assert_null(strstr(error.text, keys[i]));
    }
}

static void further_names_are_answered_for(void **state)
{
    (void)state;
    struct gateway_options options = {.names = "deck.example,[2001:db8::7]"};
    struct rig *rig = rig_create_with(&options);
    static const struct {
        const char *name;
        long status;
    } cases[] = {{"deck.example", 200}, {"DECK.example", 200},     {"[2001:db8::7]", 200},  {"127.0.0.1", 200},
                 {"deck", 421},         {"deck.example.org", 421}, {"x.deck.example", 421}, {",", 421}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char host[64];
        snprintf(host, sizeof host, "%s:%u", cases[i].name, (unsigned)rig_port(rig));
        assert_int_equal(rig_ask(rig, "GET", "/readyz", NULL, &(struct oddities){.host = host}).status,
                         cases[i].status);
        assert_int_equal(rig_ask(rig, "GET", "/readyz", NULL, &(struct oddities){.host = cases[i].name}).status, 421);
    }
    rig_destroy(rig);
}

static void more_than_the_rate_is_refused(void **state)
{
    (void)state;
    struct gateway_options options = {.request_rate = 5};
    struct rig *rig = rig_create_with(&options);
    int taken = 0;
    struct answer answer;
    for (int i = 0; i < 20; i++) {
        answer = rig_ask(rig, "POST", "/v1/orders", MARKET_ORDER, NULL);
        assert_true(answer.status == 201 || answer.status == 429);
        taken += answer.status == 201;
        assert_int_equal(rig_ask(rig, "GET", "/healthz", NULL, NULL).status, 200); /* not counted */
    }
    assert_true(taken >= 5 && taken < 20);
    while (answer.status == 201)
        answer = rig_ask(rig, "GET", "/readyz", NULL, NULL);
    assert_non_null(strstr(answer.headers, "Retry-After: 1"));
    assert_non_null(strstr(answer.body, "\"code\":\"TOO_MANY_REQUESTS\""));
    assert_int_equal(rig_published(rig), taken);
    rig_advance(rig, 1000);
    assert_int_equal(rig_ask(rig, "GET", "/readyz", NULL, NULL).status, 200);
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_are_taken_over_https),
        cmocka_unit_test(a_dripped_handshake_has_five_seconds),
        cmocka_unit_test(beyond_loopback_it_wants_https_and_a_token),
        cmocka_unit_test(a_key_must_be_the_certificates),
        cmocka_unit_test(further_names_are_answered_for),
        cmocka_unit_test(more_than_the_rate_is_refused),
    };
    return cmocka_run_group_tests(tests, make_certificates, remove_certificates);
}
