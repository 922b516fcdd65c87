/* The server's metrics: captured answers of two servers, bad answers, and a thread that no endpoint can hold up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/metrics.h"
#include "bus/publisher.h"
#include "bus/stream.h"
#include "bus/test_server.h"
#include "core/clock.h"
#include "core/timestamp.h"

typedef int parser(struct server_metrics *metrics, const char *body, size_t bytes, struct error *error);

static parser *const PARSERS[] = {metrics_parse_varz, metrics_parse_jsz, metrics_parse_connz};

/* Reads a captured answer; false when the sources are not at hand. */
static bool read_capture(const char *name, char *body, size_t size, size_t *bytes)
{
    char path[512];
    const char *source = getenv("TAPEDECK_SOURCE_DIR");
    snprintf(path, sizeof path, "%s/tests/bus/data/%s", source != NULL ? source : ".", name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    *bytes = fread(body, 1, size, file);
    fclose(file);
    return true;
}

static void test_captured_answers(void **state)
{
    (void)state;
    static const char *const VERSIONS[] = {"2.9.10", "2.15.1"};
    static const char *const ENDPOINTS[] = {"varz", "jsz", "connz"};
    for (size_t i = 0; i < 2; i++) {
        struct server_metrics metrics = {0};
        for (size_t j = 0; j < 3; j++) {
            char name[64], body[16384];
            size_t bytes = 0;
            struct error error = {0};
            snprintf(name, sizeof name, "%s-%s.json", VERSIONS[i], ENDPOINTS[j]);
            if (!read_capture(name, body, sizeof body, &bytes)) {
                print_message("SKIP: %s is not there\n", name);
                skip();
            }
            if (PARSERS[j](&metrics, body, bytes, &error) < 0)
                fail_msg("%s: %s", name, error.text);
        }
        assert_string_equal(metrics.version, VERSIONS[i]);
        assert_memory_equal(metrics.name, "tapedeck-", 9);
        assert_true(metrics.memory_bytes > 1000000);
        assert_int_equal(metrics.connections, 1);
        assert_true(metrics.in_messages > 25);
        assert_int_equal(metrics.uptime_s, 1);
        assert_int_equal(metrics.jetstream_store_limit_bytes, INT64_C(64) << 30);
        assert_true(metrics.jetstream_store_bytes > 1000);
        assert_int_equal(metrics.stream_count, 5);
        static const char *const NAMES[] = {"MARKET_DATA", "ORDERS", "POSITIONS", "RISK", "TAPEDECK_DEAD_LETTERS"};
        for (size_t j = 0; j < 5; j++)
            assert_string_equal(metrics.streams[j].name, NAMES[j]);
        assert_int_equal(metrics.streams[0].messages, 20);
        assert_int_equal(metrics.streams[0].last_sequence, 20);
        assert_int_equal(metrics.streams[0].consumers, 1);
        assert_int_equal(metrics.streams[1].messages, 5);
        assert_int_equal(metrics.streams[1].first_sequence, 1);
        assert_int_equal(metrics.streams[1].consumers, 0);
    }
}

static void test_lag_is_the_largest_of_the_consumers(void **state)
{
    (void)state;
    static const char BODY[] =
        "{\"server_id\":\"x\",\"account_details\":[{\"stream_detail\":[{\"name\":\"A\",\"consumer_detail\":["
        "{\"num_pending\":3},{\"num_pending\":70},{\"num_pending\":-5},{}]}]}]}";
    struct server_metrics metrics = {0};
    assert_int_equal(metrics_parse_jsz(&metrics, BODY, sizeof BODY - 1, NULL), 0);
    assert_int_equal(metrics.stream_count, 1);
    assert_int_equal(metrics.streams[0].consumer_lag, 70);
}

static void test_consumers_limits_and_connections(void **state)
{
    (void)state;
    static const char STREAMS[] =
        "{\"server_id\":\"x\",\"account_details\":[{\"stream_detail\":[{\"name\":\"A\","
        "\"config\":{\"max_bytes\":-1,\"max_age\":86400000000000},\"consumer_detail\":["
        "{\"name\":\"near\",\"num_pending\":3,\"num_ack_pending\":2,\"num_redelivered\":1},"
        "{\"name\":\"far\",\"num_pending\":70}]},{\"name\":\"B\",\"config\":{\"max_bytes\":17}}]}]}";
    static const char CLIENTS[] =
        "{\"num_connections\":1,\"total\":9,\"connections\":[{\"name\":\"deck\",\"subscriptions\":4,"
        "\"in_msgs\":7,\"out_msgs\":8,\"pending_bytes\":9},{}]}";
    struct server_metrics metrics = {0};
    for (int twice = 0; twice < 2; twice++) {
        assert_int_equal(metrics_parse_jsz(&metrics, STREAMS, sizeof STREAMS - 1, NULL), 0);
        assert_int_equal(metrics_parse_connz(&metrics, CLIENTS, sizeof CLIENTS - 1, NULL), 0);
        assert_int_equal(metrics.streams[0].limit_bytes, 0);
        assert_int_equal(metrics.streams[0].limit_age_ns, INT64_C(86400000000000));
        assert_int_equal(metrics.streams[1].limit_bytes, 17);
        assert_int_equal(metrics.consumer_count, 2);
        assert_string_equal(metrics.consumers[0].name, "far");
        assert_string_equal(metrics.consumers[1].stream, "A");
        assert_int_equal(metrics.consumers[1].unsettled, 2);
        assert_int_equal(metrics.consumers[1].redelivered, 1);
        assert_int_equal(metrics.connections, 9);
        assert_int_equal(metrics.client_count, 2);
        assert_string_equal(metrics.clients[0].name, "deck");
        assert_int_equal(metrics.clients[0].pending_bytes, 9);
        assert_string_equal(metrics.clients[1].name, "");
    }
}

static void test_the_tapes_streams_come_first_when_there_are_many(void **state)
{
    (void)state;
    char body[8192];
    size_t bytes =
        (size_t)snprintf(body, sizeof body, "{\"server_id\":\"x\",\"account_details\":[{\"stream_detail\":[");
    for (int i = 30; i > 0; i--)
        bytes += (size_t)snprintf(body + bytes, sizeof body - bytes, "{\"name\":\"KV_%02d\"},{\"name\":\"S%02d\"}%s", i,
                                  i, i > 1 ? "," : "]}]}");
    struct server_metrics metrics = {0};
    assert_int_equal(metrics_parse_jsz(&metrics, body, bytes, NULL), 0);
    assert_int_equal(metrics.stream_count, SERVER_STREAMS_MAX);
    assert_string_equal(metrics.streams[0].name, "S01");
    assert_string_equal(metrics.streams[SERVER_STREAMS_MAX - 1].name, "S16");
}

static void test_bad_answers_are_refused(void **state)
{
    (void)state;
    static const char *const BODIES[] = {
        "", "null", "[]", "{}", "{", "not json", "\"server_id\"", "{\"server_id\":", "<html>", "{\"a\":1}",
    };
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < sizeof BODIES / sizeof BODIES[0]; j++) {
            struct server_metrics metrics = {0};
            struct error error = {0};
            assert_int_equal(PARSERS[i](&metrics, BODIES[j], strlen(BODIES[j]), &error), -1);
            assert_int_equal(error.kind, ERROR_SERVER);
        }
        /* Nesting without end must not overflow the stack. */
        char *deep = malloc(1 << 20);
        memset(deep, '[', 1 << 20);
        struct server_metrics metrics = {0};
        assert_int_equal(PARSERS[i](&metrics, deep, 1 << 20, NULL), -1);
        free(deep);
    }
}

static void test_wrong_types_and_sizes_are_harmless(void **state)
{
    (void)state;
    static const char BODY[] =
        "{\"server_id\":1,\"num_connections\":-1,\"total\":1e300,\"cpu\":\"x\",\"mem\":-5,\"in_msgs\":1e999,"
        "\"version\":7,\"server_name\":\"\\u001b["
        "2Jaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","
        "\"start\":\"later\",\"now\":5,\"account_details\":{\"stream_detail\":7},\"jetstream\":[1]}";
    struct server_metrics metrics = {0};
    assert_int_equal(metrics_parse_varz(&metrics, BODY, sizeof BODY - 1, NULL), 0);
    assert_int_equal(metrics.memory_bytes, 0);
    assert_true(metrics.cpu_percent >= 0 && metrics.cpu_percent <= 0);
    assert_string_equal(metrics.version, "");
    assert_int_equal(metrics.uptime_s, 0);
    assert_memory_equal(metrics.name, "[2Jaaa", 6);
    assert_int_equal(metrics_parse_jsz(&metrics, BODY, sizeof BODY - 1, NULL), 0);
    assert_int_equal(metrics.stream_count, 0);
    assert_int_equal(metrics_parse_connz(&metrics, BODY, sizeof BODY - 1, NULL), 0);
    assert_int_equal(metrics.connections, UINT32_MAX);
}

/* A little HTTP server that answers every request with the same bytes, over and over `repeat` times; with NULL it
 * never answers. */
struct endpoint {
    int listener;
    uint16_t port;
    const char *answer;
    int repeat;
    atomic_bool stopping;
    pthread_t thread;
};

static void *serve(void *argument)
{
    struct endpoint *endpoint = argument;
    int silent = -1;
    while (!atomic_load(&endpoint->stopping)) {
        struct pollfd poll_fd = {.fd = endpoint->listener, .events = POLLIN};
        if (poll(&poll_fd, 1, 50) <= 0)
            continue;
        int fd = accept(endpoint->listener, NULL, NULL);
        if (endpoint->answer == NULL) {
            if (silent >= 0)
                close(silent);
            silent = fd;
            continue;
        }
        char request[2048];
        if (recv(fd, request, sizeof request, 0) > 0)
            for (int i = 0; i < endpoint->repeat; i++)
                if (send(fd, endpoint->answer, strlen(endpoint->answer), MSG_NOSIGNAL) < 0)
                    break;
        close(fd);
    }
    if (silent >= 0)
        close(silent);
    return NULL;
}

static void endpoint_start(struct endpoint *endpoint, const char *answer, int repeat)
{
    *endpoint = (struct endpoint){.answer = answer, .repeat = repeat};
    endpoint->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    assert_int_equal(bind(endpoint->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(endpoint->listener, 8), 0);
    assert_int_equal(getsockname(endpoint->listener, (struct sockaddr *)&address, &size), 0);
    endpoint->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&endpoint->thread, NULL, serve, endpoint), 0);
}

static void endpoint_stop(struct endpoint *endpoint)
{
    atomic_store(&endpoint->stopping, true);
    pthread_join(endpoint->thread, NULL);
    close(endpoint->listener);
}

static void test_endpoints_that_fail(void **state)
{
    (void)state;
    static const char HEAD[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";
    char *large = malloc(100001);
    memset(large, ' ', 100000);
    large[100000] = '\0';
    memcpy(large, HEAD, sizeof HEAD - 1);
    const struct {
        const char *answer;
        int repeat;
        const char *problem;
    } cases[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nrubbish", 1, "/varz is not what a NATS server answers"},
        {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 1, "/varz answered with HTTP status 404"},
        {"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", 1,
         "/varz answered with HTTP status 301"},
        {large, 1000, "the answer of /varz is larger than 1 MB"},
        {NULL, 0, "/varz: Timeout was reached"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct endpoint endpoint;
        endpoint_start(&endpoint, cases[i].answer, cases[i].repeat);
        char url[128];
        snprintf(url, sizeof url, "http://127.0.0.1:%u/a-secret", (unsigned)endpoint.port);
        struct inbox *inbox = inbox_create(4096);
        struct error error = {0};
        int64_t start_ns = clock_monotonic_ns();
        struct metrics *metrics = metrics_create(url, inbox, &error);
        assert_non_null(metrics);
        struct inbox_item item = test_await(inbox, INBOX_METRICS);
        assert_true(clock_monotonic_ns() - start_ns < 4 * NS_PER_SECOND);
        assert_false(item.metrics->available);
        assert_string_equal(item.metrics->problem, cases[i].problem);
        assert_null(strstr(item.metrics->problem, "secret"));
        start_ns = clock_monotonic_ns();
        metrics_destroy(metrics);
        assert_true(clock_monotonic_ns() - start_ns < 3 * NS_PER_SECOND);
        endpoint_stop(&endpoint);
        inbox_destroy(inbox);
    }
    free(large);
}

static void test_no_endpoint(void **state)
{
    (void)state;
    struct endpoint endpoint; /* gives a port that nobody listens on afterwards */
    endpoint_start(&endpoint, NULL, 0);
    endpoint_stop(&endpoint);
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%u", (unsigned)endpoint.port);
    struct inbox *inbox = inbox_create(4096);
    struct metrics *metrics = metrics_create(url, inbox, NULL);
    struct inbox_item item = test_await(inbox, INBOX_METRICS);
    assert_false(item.metrics->available);
    assert_string_not_equal(item.metrics->problem, "");
    metrics_destroy(metrics);
    inbox_destroy(inbox);
}

static void test_a_live_server(void **state)
{
    (void)state;
    struct test_server server;
    test_server_start(&server);
    struct error error = {0};
    assert_int_equal(streams_create(server.tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error), 0);
    struct inbox *inbox = inbox_create(4096);
    struct metrics *metrics = metrics_create(embedded_server_monitor_url(server.server), inbox, &error);
    assert_non_null(metrics);
    struct inbox_item item = test_await(inbox, INBOX_METRICS);
    if (!item.metrics->available)
        fail_msg("%s", item.metrics->problem);
    assert_int_equal(item.metrics->stream_count, STREAM_DEFAULT_COUNT);
    assert_int_equal(item.metrics->connections, 1);
    assert_int_equal(item.metrics->streams[0].messages, 0);

    struct publisher *publisher = publisher_create(server.tape, NULL, &error);
    for (int i = 0; i < 100; i++)
        assert_true(publisher_send(
            publisher, &(struct publish_message){
                           .subject = "md.nyse.AAPL", .fence = PUBLISH_NO_FENCE, .payload = "{}", .payload_bytes = 2}));
    publisher_destroy(publisher, 5000);
    do {
        item = test_await(inbox, INBOX_METRICS);
        assert_true(item.metrics->available);
    } while (item.metrics->streams[0].messages < 100);
    assert_string_equal(item.metrics->streams[0].name, "MARKET_DATA");
    assert_int_equal(item.metrics->streams[0].last_sequence, 100);
    assert_true(item.metrics->streams[0].messages_per_second > 20);
    assert_true(item.metrics->streams[0].messages_per_second < 1000);
    do {
        item = test_await(inbox, INBOX_METRICS);
    } while (item.metrics->streams[0].messages_per_second > 0);
    metrics_destroy(metrics);
    inbox_destroy(inbox);
    test_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captured_answers),
        cmocka_unit_test(test_lag_is_the_largest_of_the_consumers),
        cmocka_unit_test(test_consumers_limits_and_connections),
        cmocka_unit_test(test_the_tapes_streams_come_first_when_there_are_many),
        cmocka_unit_test(test_bad_answers_are_refused),
        cmocka_unit_test(test_wrong_types_and_sizes_are_harmless),
        cmocka_unit_test(test_endpoints_that_fail),
        cmocka_unit_test(test_no_endpoint),
        cmocka_unit_test(test_a_live_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
