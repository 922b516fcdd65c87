/* The gateway as a server: who may ask what, what is refused before it is read, and that nobody can hold it up. */
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

#include "core/clock.h"
#include "core/timestamp.h"
#include "test_gateway_rig.h"

#define MARKET_ORDER "{\"symbol\":\"AAPL\",\"side\":\"buy\",\"type\":\"market\",\"quantity\":1}"

static int set_up(void **state)
{
    *state = rig_create();
    return 0;
}

static int tear_down(void **state)
{
    rig_destroy(*state);
    return 0;
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in: %s", part, text);
}

static void only_the_token_lets_in(void **state)
{
    static const char *const wrong[] = {
        "",
        "Bearer",
        "Bearer x",
        "Basic " RIG_TOKEN,
        RIG_TOKEN,
        "Bearer " RIG_TOKEN "0",
        "Bearer 1123456789abcdef0123456789abcdef0123456789a",
        "Bearer 0123456789abcdef0123456789abcdef0123456789b",
        "Bearer 0123456789abcdef0123456789abcdef0123456789",
        "Bearer " RIG_TOKEN RIG_TOKEN,
    };
    static const char *const paths[] = {"/v1/orders", "/v1/positions", "/readyz", "/metrics", "/nothing"};
    struct rig *rig = *state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct oddities odd = {.token = wrong[i]};
        for (size_t j = 0; j < sizeof paths / sizeof paths[0]; j++) {
            struct answer answer = rig_ask(rig, "GET", paths[j], NULL, &odd);
            assert_int_equal(answer.status, 401);
            assert_has(answer.headers, "WWW-Authenticate: Bearer");
            assert_has(answer.body, "\"code\":\"UNAUTHORIZED\"");
        }
        assert_int_equal(rig_ask(rig, "POST", "/v1/orders", MARKET_ORDER, &odd).status, 401);
        assert_int_equal(rig_ask(rig, "GET", "/healthz", NULL, &odd).status, 200);
    }
    assert_int_equal(rig_published(rig), 0);
    struct oddities spelt = {.token = "bearer  " RIG_TOKEN};
    assert_int_equal(rig_ask(rig, "GET", "/readyz", NULL, &spelt).status, 200);
}

static void only_our_own_names_are_answered_for(void **state)
{
    struct rig *rig = *state;
    char ours[4][64], theirs[6][64];
    unsigned port = rig_port(rig);
    snprintf(ours[0], sizeof ours[0], "127.0.0.1:%u", port);
    snprintf(ours[1], sizeof ours[1], "localhost:%u", port);
    snprintf(ours[2], sizeof ours[2], "LOCALHOST:%u", port);
    snprintf(ours[3], sizeof ours[3], "[::1]:%u", port);
    snprintf(theirs[0], sizeof theirs[0], "127.0.0.1");
    snprintf(theirs[1], sizeof theirs[1], "localhost:%u", port == 65535 ? 1 : port + 1);
    snprintf(theirs[2], sizeof theirs[2], "evil.example:%u", port);
    snprintf(theirs[3], sizeof theirs[3], "localhost.evil.example:%u", port);
    snprintf(theirs[4], sizeof theirs[4], "127.0.0.1:%u.evil.example", port);
    snprintf(theirs[5], sizeof theirs[5], "user@127.0.0.1:%u", port);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(rig_ask(rig, "GET", "/readyz", NULL, &(struct oddities){.host = ours[i]}).status, 200);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(rig_ask(rig, "GET", "/healthz", NULL, &(struct oddities){.host = theirs[i]}).status, 421);
        assert_int_equal(rig_ask(rig, "POST", "/v1/orders", MARKET_ORDER, &(struct oddities){.host = theirs[i]}).status,
                         421);
    }
    static const char *const origins[] = {"http://127.0.0.1", "null", "https://evil.example"};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(rig_ask(rig, "GET", "/healthz", NULL, &(struct oddities){.origin = origins[i]}).status, 403);
    assert_int_equal(rig_published(rig), 0);
}

static void paths_and_methods(void **state)
{
    static const struct {
        const char *method, *path;
        long status;
        const char *allow;
    } cases[] = {
        {"GET", "/", 404, NULL},
        {"GET", "/v1", 404, NULL},
        {"GET", "/v1/orders/", 404, NULL},
        {"GET", "/v1/orders/a/b", 404, NULL},
        {"GET", "/v1/orders/a.b", 404, NULL},
        {"GET", "/v1/orders/a%00", 404, NULL},
        {"GET", "/v1/orders/nobody", 404, NULL},
        {"GET", "/v1/orders/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 404, NULL},
        {"GET", "/healthz/../v1/orders", 200, NULL}, /* libcurl makes it /v1/orders */
        {"GET", "/healthz%2f..%2fv1%2forders", 404, NULL},
        {"POST", "/nothing", 404, NULL},
        {"PUT", "/v1/orders", 405, "Allow: GET, HEAD, POST"},
        {"PATCH", "/v1/orders", 405, "Allow: GET, HEAD, POST, DELETE"},
        {"OPTIONS", "/v1/orders", 405, "Allow: GET, HEAD, POST"},
        {"TRACE", "/v1/orders", 405, "Allow: GET, HEAD, POST"},
        {"get", "/v1/orders", 405, "Allow: GET, HEAD, POST"},
        {"POST", "/v1/orders/x", 405, "Allow: GET, HEAD, PATCH, DELETE"},
        {"GET", "/v1/orders//events", 404, NULL},
        {"GET", "/v1/orders/nobody/events", 404, NULL},
        {"DELETE", "/v1/orders/x/events", 405, "Allow: GET, HEAD"},
        {"GET", "/v1/risk/halt", 405, "Allow: POST"},
        {"GET", "/v1/alerts/x/ack", 405, "Allow: POST"},
        {"POST", "/v1/alerts//ack", 404, NULL},
        {"POST", "/v1/events", 405, "Allow: GET, HEAD"},
        {"POST", "/v1/positions", 405, "Allow: GET, HEAD"},
        {"POST", "/healthz", 405, "Allow: GET, HEAD"},
        {"DELETE", "/v1/quotes", 405, "Allow: GET, HEAD"},
        {"HEAD", "/v1/positions", 200, NULL},
        {"HEAD", "/healthz", 200, NULL},
        {"HEAD", "/nothing", 404, NULL},
        {"GET", "/metrics", 200, NULL},
    };
    struct rig *rig = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer answer = rig_ask(rig, cases[i].method, cases[i].path, NULL, NULL);
        if (answer.status != cases[i].status)
            fail_msg("%s %s: %ld %s", cases[i].method, cases[i].path, answer.status, answer.body);
        if (cases[i].allow != NULL)
            assert_has(answer.headers, cases[i].allow);
    }
    assert_int_equal(rig_published(rig), 0);
    assert_has(rig_ask(rig, "GET", "/metrics", NULL, NULL).body, "tapedeck_http_answers_total{status=\"4xx\"} ");
    assert_has(rig_ask(rig, "GET", "/metrics", NULL, NULL).body, "\ntapedeck_quotes_conflated_total 0\n");
}

static void orders_are_json_only(void **state)
{
    static const char *const wrong[] = {"", "text/plain", "application/x-www-form-urlencoded", "application/jsonx",
                                        "multipart/form-data; boundary=x"};
    static const char *const right[] = {"application/json", "Application/JSON; charset=utf-8", "application/json ;x=y"};
    struct rig *rig = *state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(
            rig_ask(rig, "POST", "/v1/orders", MARKET_ORDER, &(struct oddities){.content_type = wrong[i]}).status, 415);
    assert_int_equal(rig_published(rig), 0);
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
        assert_int_equal(
            rig_ask(rig, "POST", "/v1/orders", MARKET_ORDER, &(struct oddities){.content_type = right[i]}).status, 201);
}

/* A body of that many bytes that is an order, filled up with blanks. */
static char *padded_order(size_t bytes)
{
    char *body = malloc(bytes + 1);
    memset(body, ' ', bytes);
    memcpy(body, MARKET_ORDER, strlen(MARKET_ORDER));
    body[bytes] = '\0';
    return body;
}

static void bodies_have_a_limit(void **state)
{
    static const struct {
        size_t bytes;
        long status;
        const char *extra;
    } cases[] = {
        {16 * 1024, 201, NULL},
        {16 * 1024, 201, "Transfer-Encoding: chunked"},
        {16 * 1024, 201, "Expect: 100-continue"},
        {16 * 1024 + 1, 413, NULL},
        {16 * 1024 + 1, 413, "Transfer-Encoding: chunked"},
        {16 * 1024 + 1, 413, "Expect: 100-continue"},
        {900 * 1024, 413, NULL},
        {900 * 1024, 413, "Transfer-Encoding: chunked"},
        {10 * 1024 * 1024, 413, "Expect: 100-continue"},
    };
    struct rig *rig = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *body = padded_order(cases[i].bytes);
        struct answer answer = rig_ask(rig, "POST", "/v1/orders", body, &(struct oddities){.extra = cases[i].extra});
        if (answer.status != cases[i].status)
            fail_msg("%zu bytes, %s: %ld %s", cases[i].bytes, cases[i].extra, answer.status, answer.body);
        free(body);
    }
    /* Ten megabytes without an end in sight are cut off; the server is there all the same. */
    char *body = padded_order(10 * 1024 * 1024);
    struct answer answer =
        rig_ask(rig, "POST", "/v1/orders", body, &(struct oddities){.extra = "Transfer-Encoding: chunked"});
    assert_true(answer.status == 0 || answer.status == 413);
    free(body);
    assert_int_equal(rig_published(rig), 3);
    assert_int_equal(rig_ask(rig, "GET", "/healthz", NULL, NULL).status, 200);
}

static void headers_have_a_limit(void **state)
{
    struct rig *rig = *state;
    static const size_t sizes[] = {6000, 8300, 11000};
    for (size_t i = 0; i < 3; i++) {
        char *extra = malloc(sizes[i] + 16);
        int start = sprintf(extra, "X-Padding: ");
        memset(extra + start, 'x', sizes[i]);
        extra[(size_t)start + sizes[i]] = '\0';
        struct answer answer = rig_ask(rig, "GET", "/healthz", NULL, &(struct oddities){.extra = extra});
        assert_int_equal(answer.status, sizes[i] < 8192 ? 200 : 431);
        free(extra);
    }
    size_t bytes = 200 * 1024;
    char *request = malloc(bytes + 128);
    int start = sprintf(request, "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nX: ", (unsigned)rig_port(rig));
    memset(request + start, 'x', bytes);
    memcpy(request + (size_t)start + bytes, "\r\n\r\n", 5);
    int status = rig_raw(rig, request, (size_t)start + bytes + 4);
    assert_true(status == 431 || status == 0);
    start = sprintf(request, "GET /");
    memset(request + start, 'x', bytes);
    status = rig_raw(rig, request, (size_t)start + bytes);
    assert_true(status == 414 || status == 0);
    free(request);
}

static int ask_raw(struct rig *rig, const char *format, const char *rest)
{
    char request[2048], port[8];
    snprintf(port, sizeof port, "%u", (unsigned)rig_port(rig));
    int bytes = 0;
    for (const char *at = format; *at != '\0'; at++) {
        if (*at == '@')
            bytes += sprintf(request + bytes, "%s", port);
        else
            request[bytes++] = *at;
    }
    bytes += sprintf(request + bytes, "%s", rest);
    return rig_raw(rig, request, (size_t)bytes);
}

static void requests_that_can_be_read_in_two_ways_are_refused(void **state)
{
#define AUTHORIZED "Authorization: Bearer " RIG_TOKEN "\r\n"
#define POST_HEAD  "POST /v1/orders HTTP/1.1\r\nHost: localhost:@\r\nContent-Type: application/json\r\n" AUTHORIZED
    struct rig *rig = *state;
    char order[256];
    snprintf(order, sizeof order, "%s", MARKET_ORDER);
    static const char *const refused[] = {
        "GET /healthz HTTP/1.1\r\n\r\n",
        "GET /healthz HTTP/1.0\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: localhost:@\r\nHost: localhost:@\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: localhost:@\r\nhost: evil\r\n\r\n",
        POST_HEAD "Content-Length: 59\r\nContent-Length: 59\r\n\r\n",
        POST_HEAD "Content-Length: 0\r\nContent-Length: 59\r\n\r\n",
        POST_HEAD "Content-Length: 59\r\nTransfer-Encoding: chunked\r\n\r\n",
        POST_HEAD "Transfer-Encoding: chunked\r\nContent-Length: 59\r\n\r\n",
        POST_HEAD "Transfer-Encoding: gzip\r\n\r\n",
        POST_HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n",
        POST_HEAD "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        POST_HEAD "Content-Length: -1\r\n\r\n",
        POST_HEAD "Content-Length: 59x\r\n\r\n",
        POST_HEAD "Content-Length: 59\r\n" AUTHORIZED "\r\n",
    };
    assert_int_equal(strlen(order), 59);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        int status = ask_raw(rig, refused[i], order);
        if (status != 400)
            fail_msg("%d for %s", status, refused[i]);
    }
    assert_int_equal(rig_published(rig), 0);
    assert_int_equal(ask_raw(rig, POST_HEAD "Content-Length: 59\r\n\r\n", order), 201);
    assert_int_equal(ask_raw(rig, "GET /healthz HTTP/1.0\r\nHost: localhost:@\r\n\r\n", ""), 200);
}

static void garbage_harms_nobody(void **state)
{
    struct rig *rig = *state;
    static const char *const garbage[] = {"\r\n\r\n\r\n",
                                          "GET\r\n\r\n",
                                          "\x16\x03\x01\x02",
                                          "{}\n",
                                          "GET / HTTP/9.9\r\n\r\n",
                                          "GET  /  HTTP/1.1\r\n\r\n",
                                          "GET /healthz HTTP/1.1\r\nHost\r\n\r\n"};
    char noise[4096];
    uint32_t random = 1;
    for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
        int status = rig_raw(rig, garbage[i], strlen(garbage[i]));
        if (status != 0 && (status < 400 || status > 505))
            fail_msg("%d for %s", status, garbage[i]);
    }
    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < sizeof noise; i++) {
            random = random * 1664525 + 1013904223;
            noise[i] = (char)(random >> 24);
        }
        int status = rig_raw(rig, noise, sizeof noise);
        assert_true(status == 0 || status >= 400);
    }
    assert_int_equal(rig_ask(rig, "GET", "/healthz", NULL, NULL).status, 200);
}

static bool is_closed(int fd, int timeout_ms)
{
    char byte;
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    return poll(&readable, 1, timeout_ms) == 1 && recv(fd, &byte, 1, 0) <= 0;
}

/* Writes a byte, moves the clock by half a second, and so on; returns how many half seconds it was allowed. */
static int drip(struct rig *rig, int fd, const char *text)
{
    int steps = 0;
    for (; steps < 30; steps++) {
        if (!rig_write(fd, text + steps % (int)strlen(text), 1) || is_closed(fd, 20))
            break;
        rig_advance(rig, 500);
    }
    return steps;
}

static void a_dripped_request_has_five_seconds(void **state)
{
    struct rig *rig = *state;
    char head[512];
    int fd = rig_dial(rig);
    int steps = drip(rig, fd, "GET /healthz HTTP/1.1 X");
    assert_true(steps >= 8 && steps <= 11);
    close(fd);
    fd = rig_dial(rig); /* a body */
    int bytes = snprintf(head, sizeof head,
                         "POST /v1/orders HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\n"
                         "Authorization: Bearer " RIG_TOKEN "\r\nContent-Length: 10000\r\n\r\n",
                         (unsigned)rig_port(rig));
    assert_true(rig_write(fd, head, (size_t)bytes));
    steps = drip(rig, fd, "{\"symbol\": \"AAPL");
    assert_true(steps >= 8 && steps <= 11);
    close(fd);
    fd = rig_dial(rig); /* the second request on a connection */
    bytes = snprintf(head, sizeof head, "GET /healthz HTTP/1.1\r\nHost: localhost:%u\r\n\r\n", (unsigned)rig_port(rig));
    assert_true(rig_write(fd, head, (size_t)bytes));
    char answer[512];
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&readable, 1, 3000), 1);
    assert_true(recv(fd, answer, sizeof answer, 0) > 12);
    steps = drip(rig, fd, "GET /healthz HTTP/1.1 X");
    assert_true(steps >= 8 && steps <= 11);
    close(fd);
    assert_int_equal(rig_published(rig), 0);
}

static void the_deadline_needs_no_other_event(void **state)
{
    struct rig *rig = *state;
    int64_t start_ns = clock_monotonic_ns();
    int fd = rig_dial(rig);
    assert_true(rig_write(fd, "GET /", 5));
    assert_true(is_closed(fd, 8000));
    int64_t took_ns = clock_monotonic_ns() - start_ns;
    assert_true(took_ns > 4 * NS_PER_SECOND && took_ns < 6 * NS_PER_SECOND);
    close(fd);
}

static void who_does_not_read_is_cut_off(void **state)
{
    struct rig *rig = *state;
    char id[32], request[512];
    for (int i = 0; i < 2000; i++) {
        snprintf(id, sizeof id, "unread-%d", i);
        struct event order = rig_order_new(id, "AAPL");
        rig_fold(rig, &order);
    }
    int fd = rig_dial(rig);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){4096}, sizeof(int));
    int bytes = snprintf(request, sizeof request,
                         "GET /v1/orders HTTP/1.1\r\nHost: localhost:%u\r\nAuthorization: Bearer " RIG_TOKEN "\r\n\r\n",
                         (unsigned)rig_port(rig));
    for (int i = 0; i < 20; i++) /* more than socket buffers hold */
        assert_true(rig_write(fd, request, (size_t)bytes));
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&readable, 1, 3000), 1);
    rig_advance(rig, 6000);
    char *text = malloc(1 << 20);
    assert_true(rig_read_to_end(fd, text, 1 << 20, 3000) >= 0); /* what was under way, then the end */
    free(text);
    close(fd);
    assert_int_equal(rig_ask(rig, "GET", "/healthz", NULL, NULL).status, 200);
}

static void a_good_client_is_served_among_many(void **state)
{
    enum { MANY = 300 };
    struct rig *rig = *state;
    int fds[MANY];
    for (int i = 0; i < MANY; i++) {
        fds[i] = rig_dial(rig);
        rig_write(fds[i], "POST /v1/orders HTTP/1.1\r\nHost: ", (size_t)(i % 33));
        if (i % 50 != 49)
            continue;
        double slowest = 0;
        for (int j = 0; j < 5; j++) {
            struct answer answer = rig_ask(rig, "POST", "/v1/orders", MARKET_ORDER, NULL);
            assert_int_equal(answer.status, 201);
            slowest = answer.seconds > slowest ? answer.seconds : slowest;
        }
        assert_true(slowest < 0.5); /* generous: sanitizers, and other work on the machine */
    }
    int closed = 0;
    for (int i = 0; i < MANY; i++)
        closed += is_closed(fds[i], 0);
    assert_true(closed >= MANY - 256); /* the oldest made room */
    rig_advance(rig, 6000);
    for (int i = 0; i < MANY; i++) {
        assert_true(is_closed(fds[i], 3000));
        close(fds[i]);
    }
    assert_int_equal(rig_ask(rig, "GET", "/healthz", NULL, NULL).status, 200);
}

static void a_client_that_leaves_while_it_waits_is_forgotten(void **state)
{
    struct rig *rig = *state;
    char request[512];
    rig_tape(rig, RIG_SILENT, NULL);
    for (int i = 0; i < 20; i++) {
        int fd = rig_dial(rig);
        int bytes = snprintf(request, sizeof request,
                             "POST /v1/orders HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\n"
                             "Authorization: Bearer " RIG_TOKEN "\r\nContent-Length: 59\r\n\r\n" MARKET_ORDER,
                             (unsigned)rig_port(rig));
        assert_true(rig_write(fd, request, (size_t)bytes));
        assert_true(rig_wait_published(rig, (size_t)i + 1));
        struct linger at_once = {.l_onoff = 1};
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close(fd); /* resets the connection */
    }
    rig_advance(rig, 1100);
    rig_tape(rig, RIG_VALIDATES, NULL);
    assert_int_equal(rig_ask(rig, "POST", "/v1/orders", MARKET_ORDER, NULL).status, 201);
}

static void a_connection_is_kept_for_the_next_request(void **state)
{
    struct rig *rig = *state;
    char request[1024], answer[8192];
    unsigned port = rig_port(rig);
    int fd = rig_dial(rig);
    int bytes = snprintf(request, sizeof request,
                         "POST /v1/orders HTTP/1.1\r\nHost: localhost:%u\r\nContent-Type: application/json\r\n"
                         "Authorization: Bearer " RIG_TOKEN "\r\nContent-Length: 59\r\n\r\n" MARKET_ORDER
                         "GET /nothing HTTP/1.1\r\nHost: localhost:%u\r\nAuthorization: Bearer " RIG_TOKEN "\r\n\r\n"
                         "GET /healthz HTTP/1.1\r\nHost: localhost:%u\r\nConnection: close\r\n\r\n",
                         port, port, port);
    assert_true(rig_write(fd, request, (size_t)bytes));
    assert_true(rig_read_to_end(fd, answer, sizeof answer, 3000) > 0);
    assert_has(answer, "HTTP/1.1 201 ");
    assert_has(answer, "HTTP/1.1 404 ");
    assert_has(answer, "HTTP/1.1 200 ");
    close(fd);
}

static void where_it_may_listen(void **state)
{
    (void)state;
    struct error error = {0};
    struct gateway_options options = {.token = RIG_TOKEN, .account = "SIM-1"};
    struct gateway *first = gateway_create(&options, &error);
    assert_non_null(first);
    options.port = gateway_port(first);
    assert_true(options.port > 0);
    assert_null(gateway_create(&options, &error));
    assert_int_equal(error.kind, ERROR_IN_USE);
    gateway_destroy(first);
    gateway_destroy(NULL);
    first = gateway_create(&options, &error); /* at once again */
    assert_non_null(first);
    gateway_destroy(first);
    options.port = 0;
    static const char *const hosts[] = {"0.0.0.0", "192.0.2.1", "::", "2001:db8::1", "example.org", ""};
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        options.host = hosts[i];
        assert_null(gateway_create(&options, &error));
        assert_int_equal(error.kind, ERROR_USAGE);
    }
    options.host = "localhost";
    first = gateway_create(&options, &error);
    assert_non_null(first);
    gateway_destroy(first);
    static const char *const tokens[] = {NULL, "", "short", "0123456789abcdef 0123456789abcdef0123456789a",
                                         "0123456789abcdef\n123456789abcdef0123456789a"};
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        options.token = tokens[i];
        assert_null(gateway_create(&options, &error));
        assert_int_equal(error.kind, ERROR_USAGE);
        assert_null(tokens[i] != NULL && tokens[i][0] != '\0' ? strstr(error.text, tokens[i]) : NULL);
    }
}

int main(void)
{
#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_RIG(only_the_token_lets_in),
        WITH_RIG(only_our_own_names_are_answered_for),
        WITH_RIG(paths_and_methods),
        WITH_RIG(orders_are_json_only),
        WITH_RIG(bodies_have_a_limit),
        WITH_RIG(headers_have_a_limit),
        WITH_RIG(requests_that_can_be_read_in_two_ways_are_refused),
        WITH_RIG(garbage_harms_nobody),
        WITH_RIG(a_dripped_request_has_five_seconds),
        WITH_RIG(the_deadline_needs_no_other_event),
        WITH_RIG(who_does_not_read_is_cut_off),
        WITH_RIG(a_good_client_is_served_among_many),
        WITH_RIG(a_client_that_leaves_while_it_waits_is_forgotten),
        WITH_RIG(a_connection_is_kept_for_the_next_request),
        cmocka_unit_test(where_it_may_listen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
