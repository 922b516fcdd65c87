/* See venue_server.h. What is to be sent waits in a list, which the server's thread sends item by item. */
#include "venue_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <libwebsockets.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEARD_SIZE = 1 << 16, BODY_SIZE = 4096 };

enum item_kind { ITEM_SEND, ITEM_CUT, ITEM_CLOSE };

struct item {
    struct item *next;
    enum item_kind kind;
    int protocol; /* how lws_write sends it */
    size_t length;
    unsigned char bytes[];
};

struct venue_server {
    struct lws_context *context;
    struct lws_vhost *vhost;
    SSL_CTX *unused; /* owned; libwebsockets 4.1 does not free the one that it makes itself, for a client */
    pthread_t thread;
    atomic_bool stop;

    pthread_mutex_t mutex; /* of all that follows */
    struct lws *wsi;       /* the latest connection; NULL: none */
    struct item *first, **end;
    unsigned connections, requests;
    char heard[HEARD_SIZE]; /* the messages that came, one behind the other */
    size_t heard_length, heard_from;
    int status;
    char body[BODY_SIZE];
};

static struct item *take_item(struct venue_server *server, bool *more)
{
    struct item *item = server->first;
    if (item != NULL) {
        server->first = item->next;
        if (server->first == NULL)
            server->end = &server->first;
    }
    *more = server->first != NULL;
    return item;
}

static int send_next(struct venue_server *server, struct lws *wsi)
{
    bool more;
    struct item *item = take_item(server, &more);
    int result = 0;
    if (item == NULL)
        return 0;
    switch (item->kind) {
    case ITEM_SEND:
        result =
            lws_write(wsi, item->bytes + LWS_PRE, item->length, (enum lws_write_protocol)item->protocol) < 0 ? -1 : 0;
        break;
    case ITEM_CUT:
        lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
        server->wsi = NULL;
        break;
    case ITEM_CLOSE:
        lws_close_reason(wsi, LWS_CLOSE_STATUS_GOINGAWAY, item->bytes + LWS_PRE, item->length);
        server->wsi = NULL;
        result = -1;
        break;
    }
    free(item);
    if (more && server->wsi == wsi)
        lws_callback_on_writable(wsi);
    return result;
}

static int answer_request(struct venue_server *server, struct lws *wsi)
{
    unsigned char buffer[LWS_PRE + BODY_SIZE + 512], *start = buffer + LWS_PRE, *at = start;
    unsigned char *end = buffer + sizeof buffer - 1;
    size_t length = strlen(server->body);
    server->requests++;
    if (lws_add_http_common_headers(wsi, (unsigned)server->status, "application/json", length, &at, end) ||
        lws_finalize_write_http_header(wsi, start, &at, end))
        return 1;
    lws_write(wsi, (unsigned char *)memcpy(start, server->body, length), length, LWS_WRITE_HTTP_FINAL);
    return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static void hear(struct venue_server *server, const char *bytes, size_t length)
{
    assert_true(server->heard_length + length < HEARD_SIZE);
    memcpy(server->heard + server->heard_length, bytes, length);
    server->heard_length += length;
    server->heard[server->heard_length] = '\0';
}

static int on_event(struct lws *wsi, enum lws_callback_reasons event, void *user, void *bytes, size_t length)
{
    (void)user;
    struct venue_server *server = lws_context_user(lws_get_context(wsi));
    int result = 0;
    if (server == NULL)
        return 0;
    pthread_mutex_lock(&server->mutex);
    switch ((int)event) {
    case LWS_CALLBACK_ESTABLISHED:
        server->wsi = wsi;
        server->connections++;
        break;
    case LWS_CALLBACK_CLOSED:
        if (server->wsi == wsi)
            server->wsi = NULL;
        break;
    case LWS_CALLBACK_RECEIVE:
        hear(server, bytes, length);
        break;
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        if (server->first != NULL && server->wsi != NULL)
            lws_callback_on_writable(server->wsi);
        break;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        if (server->wsi == wsi)
            result = send_next(server, wsi);
        break;
    case LWS_CALLBACK_HTTP:
        result = answer_request(server, wsi);
        break;
    default:
        break;
    }
    pthread_mutex_unlock(&server->mutex);
    return result;
}

static const struct lws_protocols PROTOCOLS[] = {{.name = "venue", .callback = on_event, .rx_buffer_size = 4096}, {0}};

static void *serve(void *context)
{
    struct venue_server *server = context;
    while (!atomic_load(&server->stop) && lws_service(server->context, 0) >= 0) {
    }
    return NULL;
}

struct venue_server *venue_server_start(const char *directory, const char *certificate)
{
    char certificate_path[256], key_path[256];
    struct venue_server *server = calloc(1, sizeof *server);
    assert_non_null(server);
    pthread_mutex_init(&server->mutex, NULL);
    server->end = &server->first;
    server->status = 404;
    snprintf(certificate_path, sizeof certificate_path, "%s/%s.pem", directory, certificate);
    snprintf(key_path, sizeof key_path, "%s/%s.key", directory, certificate);
    server->unused = SSL_CTX_new(TLS_client_method());
    assert_non_null(server->unused);
    struct lws_context_creation_info info = {
        .protocols = PROTOCOLS,
        .user = server,
        .gid = -1,
        .uid = -1,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_IPV6,
        .iface = "lo",
        .ssl_cert_filepath = certificate_path,
        .ssl_private_key_filepath = key_path,
        .provided_client_ssl_ctx = server->unused,
        .vhost_name = "localhost",
    };
    lws_set_log_level(0, NULL);
    server->context = lws_create_context(&info);
    assert_non_null(server->context);
    server->vhost = lws_get_vhost_by_name(server->context, "localhost");
    assert_non_null(server->vhost);
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
    return server;
}

void venue_server_stop(struct venue_server *server)
{
    if (server == NULL)
        return;
    atomic_store(&server->stop, true);
    lws_cancel_service(server->context);
    pthread_join(server->thread, NULL);
    lws_context_destroy(server->context);
    SSL_CTX_free(server->unused);
    for (bool more = true; more;)
        free(take_item(server, &more));
    pthread_mutex_destroy(&server->mutex);
    free(server);
}

int venue_server_port(const struct venue_server *server)
{
    return lws_get_vhost_listen_port(server->vhost);
}

unsigned venue_server_connections(struct venue_server *server)
{
    pthread_mutex_lock(&server->mutex);
    unsigned connections = server->connections;
    pthread_mutex_unlock(&server->mutex);
    return connections;
}

bool venue_server_has(struct venue_server *server, const char *part)
{
    pthread_mutex_lock(&server->mutex);
    char *found = strstr(server->heard + server->heard_from, part);
    if (found != NULL)
        server->heard_from = (size_t)(found - server->heard) + strlen(part);
    pthread_mutex_unlock(&server->mutex);
    return found != NULL;
}

static void put(struct venue_server *server, enum item_kind kind, int protocol, const char *bytes, size_t length)
{
    struct item *item = calloc(1, sizeof *item + LWS_PRE + length);
    assert_non_null(item);
    item->kind = kind;
    item->protocol = protocol;
    item->length = length;
    if (length > 0)
        memcpy(item->bytes + LWS_PRE, bytes, length);
    pthread_mutex_lock(&server->mutex);
    *server->end = item;
    server->end = &item->next;
    pthread_mutex_unlock(&server->mutex);
    lws_cancel_service(server->context);
}

void venue_server_send(struct venue_server *server, const char *text, size_t length)
{
    put(server, ITEM_SEND, LWS_WRITE_TEXT, text, length);
}

void venue_server_send_piece(struct venue_server *server, const char *text, size_t length, bool is_first, bool is_last)
{
    int protocol = (is_first ? LWS_WRITE_TEXT : LWS_WRITE_CONTINUATION) | (is_last ? 0 : LWS_WRITE_NO_FIN);
    put(server, ITEM_SEND, protocol, text, length);
}

void venue_server_send_binary(struct venue_server *server, const char *bytes, size_t length)
{
    put(server, ITEM_SEND, LWS_WRITE_BINARY, bytes, length);
}

void venue_server_cut(struct venue_server *server)
{
    put(server, ITEM_CUT, 0, "", 0);
}

void venue_server_close(struct venue_server *server, const char *reason)
{
    put(server, ITEM_CLOSE, 0, reason, strlen(reason));
}

void venue_server_answer(struct venue_server *server, int status, const char *body)
{
    pthread_mutex_lock(&server->mutex);
    server->status = status;
    snprintf(server->body, sizeof server->body, "%s", body);
    pthread_mutex_unlock(&server->mutex);
}

unsigned venue_server_requests(struct venue_server *server)
{
    pthread_mutex_lock(&server->mutex);
    unsigned requests = server->requests;
    pthread_mutex_unlock(&server->mutex);
    return requests;
}
