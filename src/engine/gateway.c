/* The gateway as a service: its life cycle, the one descriptor that its socket and timers are joined in, and the
 * events it folds. */
#include "engine/gateway.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "engine/checks.h"
#include "engine/gateway_private.h"

enum {
    BACKLOG = 256,
    CONNECTION_MEMORY_BYTES = 32 * 1024, /* libmicrohttpd's for one connection: headers and what is read ahead */
    TURNS = 8,                           /* of libmicrohttpd in a row before the service has its turn again */
    FLUSH_MS = 200                       /* that a stop gives the last answers */
};

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* Reads an address, and says whether it is on loopback. */
static int read_address(const char *host, uint16_t port, union address *address, socklen_t *length, bool *loopback,
                        struct error *error)
{
    memset(address, 0, sizeof *address);
    if (strcmp(host, "localhost") == 0)
        host = "127.0.0.1";
    if (strcmp(host, "[::1]") == 0)
        host = "::1";
    if (inet_pton(AF_INET, host, &address->v4.sin_addr) == 1) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons(port);
        *length = sizeof address->v4;
        *loopback = ntohl(address->v4.sin_addr.s_addr) >> 24 == 127;
    } else if (inet_pton(AF_INET6, host, &address->v6.sin6_addr) == 1) {
        address->v6.sin6_family = AF_INET6;
        address->v6.sin6_port = htons(port);
        *length = sizeof address->v6;
        *loopback = IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
    } else {
        return error_set(error, ERROR_USAGE, "\"%.60s\" is not an address to listen on; use 127.0.0.1", host);
    }
    return 0;
}

static int bind_socket(struct gateway *gateway, const char *host, uint16_t port, struct error *error)
{
    union address address;
    socklen_t length;
    bool loopback = false;
    if (read_address(host, port, &address, &length, &loopback, error) != 0)
        return -1;
    if (!loopback && (!gateway->secure || !gateway->options.own_token))
        return error_set(error, ERROR_USAGE,
                         "orders are taken on %s only with HTTPS and a token of your own (--http-cert, --http-key, "
                         "--http-token); on 127.0.0.1 without",
                         host);
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_set(error, ERROR_FAILED, "cannot open a socket: %s", strerror(errno));
    /* Connections of a program that just ended must not keep the next one from its port. */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(fd, &address.any, length) != 0 || listen(fd, BACKLOG) != 0) {
        enum error_kind kind = errno == EADDRINUSE ? ERROR_IN_USE : ERROR_FAILED;
        error_set(error, kind, "cannot listen on %s port %u: %s", host, (unsigned)port, strerror(errno));
        close(fd);
        return -1;
    }
    getsockname(fd, &address.any, &length);
    bool v4 = address.any.sa_family == AF_INET;
    gateway->port = ntohs(v4 ? address.v4.sin_port : address.v6.sin6_port);
    inet_ntop(address.any.sa_family, v4 ? (void *)&address.v4.sin_addr : (void *)&address.v6.sin6_addr, gateway->host,
              sizeof gateway->host);
    return fd;
}

static int copy_options(struct gateway *gateway, const struct gateway_options *options, struct error *error)
{
    gateway->options = *options;
    size_t length = options->token != NULL ? strlen(options->token) : 0;
    if (length < GATEWAY_TOKEN_MIN || length >= sizeof gateway->token)
        return error_set(error, ERROR_USAGE, "the token for HTTP has %zu characters; %d to %d are wanted", length,
                         GATEWAY_TOKEN_MIN, GATEWAY_TOKEN_SIZE - 1);
    for (size_t i = 0; i < length; i++) {
        if (options->token[i] <= ' ' || options->token[i] > '~')
            return error_set(error, ERROR_USAGE, "the token for HTTP has a character that no header can carry");
    }
    memcpy(gateway->token, options->token, length + 1);
    text_copy(gateway->account, sizeof gateway->account, options->account != NULL ? options->account : "");
    gateway->options.token = gateway->token;
    gateway->options.account = gateway->account;
    if (options->names != NULL) {
        gateway->names = strdup(options->names);
        assert(gateway->names != NULL);
    }
    gateway->secure = options->certificate != NULL && options->key != NULL;
    gateway->options.names = gateway->names;
    gateway->options.host = NULL; /* `host` has the address as bound */
    gateway->options.certificate = gateway->options.key = NULL;
    return 0;
}

static int start_daemon(struct gateway *gateway, int fd, const struct gateway_options *options, struct error *error)
{
    /* The certificate's options come first, and their end takes their place when there is none. */
    struct MHD_OptionItem secure[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)options->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)options->key},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)"SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL},
    };
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (gateway->secure ? MHD_USE_TLS : 0);
    /* The socket is given, so the port is not used. Without MHD_USE_ERROR_LOG libmicrohttpd writes nothing itself. */
    gateway->daemon =
        MHD_start_daemon(flags, gateway->port, NULL, NULL, gateway_http_request, gateway, MHD_OPTION_LISTEN_SOCKET, fd,
                         MHD_OPTION_CONNECTION_LIMIT, (unsigned)GATEWAY_SLOTS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                         (size_t)CONNECTION_MEMORY_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED,
                         gateway_http_completed, gateway, MHD_OPTION_NOTIFY_CONNECTION, gateway_slots_notify, gateway,
                         MHD_OPTION_UNESCAPE_CALLBACK, gateway_http_unescape, gateway, MHD_OPTION_ARRAY,
                         gateway->secure ? secure : secure + sizeof secure / sizeof secure[0] - 1, MHD_OPTION_END);
    if (gateway->daemon != NULL)
        return 0;
    close(fd);
    if (gateway->secure)
        return error_set(error, ERROR_USAGE, "the certificate and the key for HTTPS cannot be used together");
    return error_set(error, ERROR_FAILED, "cannot start the HTTP server");
}

/* One descriptor for the service to poll: readable when a socket or a timer is due. */
static int join_descriptors(struct gateway *gateway, struct error *error)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(gateway->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    gateway->poll_fd = epoll_create1(EPOLL_CLOEXEC);
    gateway->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (info == NULL || gateway->poll_fd < 0 || gateway->timer_fd < 0)
        return error_set(error, ERROR_FAILED, "cannot watch the HTTP socket: %s", strerror(errno));
    struct epoll_event readable = {.events = EPOLLIN};
    if (epoll_ctl(gateway->poll_fd, EPOLL_CTL_ADD, info->epoll_fd, &readable) != 0 ||
        epoll_ctl(gateway->poll_fd, EPOLL_CTL_ADD, gateway->timer_fd, &readable) != 0)
        return error_set(error, ERROR_FAILED, "cannot watch the HTTP socket: %s", strerror(errno));
    return 0;
}

struct gateway *gateway_create(const struct gateway_options *options, struct error *error)
{
    struct gateway *gateway = calloc(1, sizeof *gateway);
    assert(gateway != NULL);
    gateway->poll_fd = gateway->timer_fd = -1;
    gateway->bodies = malloc((size_t)GATEWAY_SLOTS * GATEWAY_BODY_BYTES);
    gateway->book = order_book_create();
    gateway->quotes = quotes_create();
    gateway->alerts = alert_list_create();
    gateway->log = gateway_log_create();
    assert(gateway->bodies != NULL);
    gateway_slots_init(gateway);
    gateway->now = (struct moment){.wall_ns = clock_wall_ns(), .monotonic_ns = clock_monotonic_ns()};

    if (copy_options(gateway, options, error) != 0)
        goto failed;
    int fd = bind_socket(gateway, options->host != NULL ? options->host : "127.0.0.1", options->port, error);
    if (fd < 0)
        goto failed;
    if (start_daemon(gateway, fd, options, error) != 0 || join_descriptors(gateway, error) != 0)
        goto failed;
    return gateway;

failed:
    gateway_destroy(gateway);
    return NULL;
}

uint16_t gateway_port(const struct gateway *gateway)
{
    return gateway->port;
}

bool gateway_is_live(struct gateway *gateway)
{
    bool live = false;
    if (gateway->options.live != NULL)
        live = gateway->options.live(gateway->options.context);
    else if (gateway->service != NULL)
        live = service_counts(gateway->service).live;
    gateway->was_live = gateway->was_live || live;
    return live;
}

bool gateway_publish(struct gateway *gateway, const struct event *event, uint64_t cookie)
{
    if (gateway->options.publish != NULL)
        return gateway->options.publish(gateway->options.context, event, cookie);
    return gateway->service != NULL && service_publish(gateway->service, event, cookie);
}

/* Lets the timer fire when the next deadline is, or at once while libmicrohttpd has work left. */
static void arm_timer(struct gateway *gateway, bool at_once)
{
    int64_t now_ns = gateway->now.monotonic_ns;
    int64_t slots_ns = gateway_slots_next_ns(gateway), events_ns = gateway_events_next_ns(gateway);
    int64_t next_ns = at_once ? now_ns : slots_ns < events_ns ? slots_ns : events_ns;
    if (next_ns == gateway->timer_at_ns)
        return;
    gateway->timer_at_ns = next_ns;
    struct itimerspec timer = {0};
    if (next_ns != INT64_MAX) {
        int64_t in_ns = next_ns > now_ns ? next_ns - now_ns : 1; /* zero would disarm it */
        timer.it_value.tv_sec = in_ns / NS_PER_SECOND;
        timer.it_value.tv_nsec = in_ns % NS_PER_SECOND;
    }
    timerfd_settime(gateway->timer_fd, 0, &timer, NULL);
}

/* True when libmicrohttpd has more to do without a new event on a socket. */
static bool run_daemon(struct gateway *gateway)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms = 1;
    for (int turn = 0; turn < TURNS; turn++) {
        MHD_run(gateway->daemon);
        if (MHD_get_timeout(gateway->daemon, &timeout_ms) != MHD_YES || timeout_ms > 0)
            return false;
    }
    return true;
}

static void work(void *self, struct moment now)
{
    struct gateway *gateway = self;
    uint64_t fired;
    gateway->now = now;
    if (read(gateway->timer_fd, &fired, sizeof fired) == (ssize_t)sizeof fired)
        gateway->timer_at_ns = 0;
    gateway_orders_expire(gateway, false);
    gateway_slots_close_overdue(gateway);
    gateway_events_wake(gateway);
    arm_timer(gateway, run_daemon(gateway));
}

static int descriptor(void *self)
{
    return ((struct gateway *)self)->poll_fd;
}

static void started(void *self, struct service *service)
{
    ((struct gateway *)self)->service = service;
}

static void connection_changed(void *self, const struct connection_status *status)
{
    ((struct gateway *)self)->connection = *status;
}

static void fold(void *self, const struct event *event, int64_t age_ns, struct moment now)
{
    struct gateway *gateway = self;
    gateway->now = now;
    if (event->kind == EVENT_QUOTE)
        quotes_fold(gateway->quotes, event, age_ns, now.monotonic_ns);
    else if (event->kind == EVENT_POSITION)
        gateway_views_fold_position(gateway, event);
    else if (event->kind == EVENT_ALERT || event->kind == EVENT_ALERT_ACK)
        alert_list_fold(gateway->alerts, event);
    else if (event->kind == EVENT_EXPOSURE)
        gateway_risk_fold(gateway, event);
    else if (event->kind != EVENT_LIMITS)
        gateway_orders_fold(gateway, event);
    gateway_log_add(gateway->log, event);
}

static void hold_changed(void *self, const struct hold *hold)
{
    ((struct gateway *)self)->hold = *hold;
}

/* The views stay closed until the other tape is read, so that nothing is said to be missing which is there. */
static void forget(void *self)
{
    struct gateway *gateway = self;
    gateway_orders_forget(gateway);
    gateway_views_free(gateway);
    gateway->positions = NULL;
    gateway_risk_free(gateway);
    gateway_events_end(gateway);
    alert_list_destroy(gateway->alerts);
    gateway->alerts = alert_list_create();
    gateway_log_destroy(gateway->log);
    gateway->log = gateway_log_create();
    gateway->tapes++;
    quotes_destroy(gateway->quotes);
    gateway->quotes = quotes_create();
    gateway->was_live = false;
}

static void published(void *self, const struct publish_result *result, struct moment now)
{
    struct gateway *gateway = self;
    gateway->now = now;
    gateway_orders_published(gateway, result);
}

/* Answers those who wait, and gives the answers a moment to leave. */
static void flush(struct gateway *gateway)
{
    int64_t until_ns = clock_monotonic_ns() + FLUSH_MS * NS_PER_MS;
    timerfd_settime(gateway->timer_fd, 0, &(struct itimerspec){0}, NULL);
    gateway_orders_expire(gateway, true);
    gateway->ending = true;
    gateway_events_wake(gateway);
    for (;;) {
        bool more = run_daemon(gateway);
        bool answering = false;
        for (size_t i = 0; i < GATEWAY_SLOTS; i++)
            answering = answering || gateway->slots[i].state == SLOT_ANSWERED;
        int64_t left_ns = until_ns - clock_monotonic_ns();
        if (!answering || left_ns <= 0)
            return;
        poll(&(struct pollfd){.fd = gateway->poll_fd, .events = POLLIN}, 1, more ? 0 : (int)(left_ns / NS_PER_MS) + 1);
    }
}

void gateway_destroy(struct gateway *gateway)
{
    if (gateway == NULL)
        return;
    if (gateway->daemon != NULL) {
        int fd = MHD_quiesce_daemon(gateway->daemon);
        flush(gateway);
        MHD_stop_daemon(gateway->daemon);
        if (fd >= 0)
            close(fd);
    }
    if (gateway->poll_fd >= 0)
        close(gateway->poll_fd);
    if (gateway->timer_fd >= 0)
        close(gateway->timer_fd);
    gateway_orders_free(gateway);
    gateway_views_free(gateway);
    order_book_destroy(gateway->book);
    quotes_destroy(gateway->quotes);
    alert_list_destroy(gateway->alerts);
    gateway_log_destroy(gateway->log);
    gateway_risk_free(gateway);
    free(gateway->bodies);
    free(gateway->names);
    explicit_bzero(gateway->token, sizeof gateway->token);
    free(gateway);
}

static void begins_late(void *self, const char *stream)
{
    struct gateway *gateway = self;
    if (strcmp(stream, "ORDERS") == 0)
        order_book_begin_late(gateway->book);
}

/* The orders are those of the order checks: they fold alike. */
static int load(void *self, struct pack *pack, struct moment now)
{
    (void)now;
    struct gateway *gateway = self;
    struct order_book *loaded = order_book_create();
    if (checks_load_book(loaded, pack) != 0) {
        order_book_destroy(loaded);
        return -1;
    }
    gateway_orders_load(gateway, loaded);
    return 0;
}

const struct service_ops gateway_ops = {
    .name = "gateway",
    .inputs = {{.stream = "ORDERS", .from = FOLLOW_SEQUENCE},
               {.stream = "POSITIONS", .from = FOLLOW_LAST_PER_SUBJECT},
               {.stream = "MARKET_DATA", .from = FOLLOW_LAST_PER_SUBJECT},
               {.stream = "RISK", .from = FOLLOW_SEQUENCE}},
    .input_count = 4,
    .fold = fold,
    .started = started,
    .forget = forget,
    .hold = hold_changed,
    .connection = connection_changed,
    .descriptor = descriptor,
    .work = work,
    .published = published,
    .begins_late = begins_late,
    .load = load,
    .snapshot_of = "checks",
};
