/* The callbacks of libwebsockets copy and put into the mailbox, no more. What other threads ask for waits under the
 * mutex for the service thread, which they wake. */
#include "feed/web_socket.h"

#include <libwebsockets.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "core/timestamp.h"

enum { URL_SIZE = 256, REASON_ROOM = 256, CHUNK_BYTES = 1 << 16, END_LIMIT_S = 2 };

struct outgoing {
    struct outgoing *next;
    bool is_ping;
    size_t length;
    unsigned char bytes[]; /* LWS_PRE of room, then the text */
};

struct web_socket {
    char url[URL_SIZE], host[URL_SIZE], path[URL_SIZE];
    int port;
    struct mailbox *mailbox;
    SSL_CTX *tls;                /* owned */
    struct lws_context *context; /* owned */
    pthread_t thread;
    bool started;
    atomic_bool stop;

    pthread_mutex_t mutex;         /* also held while something is put into the mailbox */
    bool finished, orphan;         /* under the mutex: the thread is at its end; it is to free everything there */
    bool must_close, must_connect; /* under the mutex: asked for, in this order */
    uint64_t wanted;               /* under the mutex: the number of the connection that must be made */
    struct outgoing *first, **end; /* under the mutex: a list, owned */

    /* The service thread's. */
    struct lws *wsi; /* the connection; NULL: none */
    uint64_t connection;
    bool is_open;
    char reason[REASON_ROOM]; /* why the peer closes it; "": it did not say */
    char *message;            /* owned: what has come of the message that is coming */
    size_t length, room;
    int64_t part_ns; /* when the last MAIL_PART was put */
};

static void put(struct web_socket *socket, enum mail_kind kind, const char *text, size_t length)
{
    const struct mail mail = {
        .kind = kind, .connection = socket->connection, .received_ns = clock_wall_ns(), .text = text, .length = length};
    pthread_mutex_lock(&socket->mutex);
    bool taken = socket->orphan || mailbox_put(socket->mailbox, &mail);
    pthread_mutex_unlock(&socket->mutex);
    if (!taken && socket->reason[0] == '\0')
        text_copy(socket->reason, sizeof socket->reason, "more came than could be worked off");
}

static void drop_outgoing(struct web_socket *socket)
{
    pthread_mutex_lock(&socket->mutex);
    struct outgoing *item = socket->first;
    socket->first = NULL;
    socket->end = &socket->first;
    pthread_mutex_unlock(&socket->mutex);
    while (item != NULL) {
        struct outgoing *next = item->next;
        free(item);
        item = next;
    }
}

/* The connection is over, for the reason that was noted. */
static void over(struct web_socket *socket, const char *otherwise)
{
    const char *reason = socket->reason[0] != '\0' ? socket->reason : otherwise;
    socket->wsi = NULL;
    socket->is_open = false;
    socket->length = 0;
    drop_outgoing(socket);
    put(socket, MAIL_CLOSED, reason, strlen(reason));
}

static void failed(struct web_socket *socket, const char *what)
{
    char reason[REASON_ROOM], clean[REASON_ROOM / 2];
    text_clean(clean, sizeof clean, what, strlen(what));
    snprintf(reason, sizeof reason, "no connection to %.100s: %s", socket->host, clean);
    over(socket, reason);
}

/* The certificate is refused: says why in words. */
static void note_certificate(struct web_socket *socket, int problem)
{
    const char *words = X509_verify_cert_error_string(problem);
    if (problem == X509_V_ERR_CERT_HAS_EXPIRED)
        words = "it has expired";
    else if (problem == X509_V_ERR_HOSTNAME_MISMATCH || problem == X509_V_ERR_IP_ADDRESS_MISMATCH)
        words = "it is for another host";
    else if (problem == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
             problem == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN || problem == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ||
             problem == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT)
        words = "it is from an authority that is not trusted";
    snprintf(socket->reason, sizeof socket->reason, "no connection to %.100s: its certificate is refused, %s",
             socket->host, words);
}

static int receive(struct web_socket *socket, const char *bytes, size_t length)
{
    if (length > WEB_SOCKET_MESSAGE_MAX - socket->length) {
        snprintf(socket->reason, sizeof socket->reason, "a message is longer than %d MiB",
                 WEB_SOCKET_MESSAGE_MAX >> 20);
        return -1;
    }
    if (socket->length + length > socket->room) {
        while (socket->length + length > socket->room)
            socket->room = socket->room == 0 ? CHUNK_BYTES : 2 * socket->room;
        socket->message = realloc(socket->message, socket->room);
        if (socket->message == NULL)
            abort();
    }
    memcpy(socket->message + socket->length, bytes, length);
    socket->length += length;
    if (lws_is_final_fragment(socket->wsi) && lws_remaining_packet_payload(socket->wsi) == 0) {
        put(socket, MAIL_MESSAGE, socket->message, socket->length);
        socket->length = 0;
        socket->part_ns = 0;
    } else if (clock_monotonic_ns() - socket->part_ns >= NS_PER_SECOND) {
        socket->part_ns = clock_monotonic_ns();
        put(socket, MAIL_PART, "", 0);
    }
    return socket->reason[0] != '\0' ? -1 : 0;
}

static void note_close(struct web_socket *socket, const unsigned char *bytes, size_t length)
{
    char text[128] = "";
    unsigned code = length >= 2 ? (unsigned)bytes[0] << 8 | bytes[1] : 1005;
    if (length > 2)
        text_clean(text, sizeof text, (const char *)bytes + 2, length - 2);
    snprintf(socket->reason, sizeof socket->reason, "the venue closed the connection: %s%scode %u", text,
             text[0] != '\0' ? ", " : "", code);
}

static int write_one(struct web_socket *socket)
{
    pthread_mutex_lock(&socket->mutex);
    struct outgoing *item = socket->first;
    if (item != NULL) {
        socket->first = item->next;
        if (socket->first == NULL)
            socket->end = &socket->first;
    }
    bool more = socket->first != NULL;
    pthread_mutex_unlock(&socket->mutex);
    if (item == NULL)
        return 0;
    int written =
        lws_write(socket->wsi, item->bytes + LWS_PRE, item->length, item->is_ping ? LWS_WRITE_PING : LWS_WRITE_TEXT);
    bool good = written >= (int)item->length;
    free(item);
    if (more)
        lws_callback_on_writable(socket->wsi);
    return good ? 0 : -1;
}

static void connect_now(struct web_socket *socket)
{
    struct lws *wsi = NULL;
    char address[URL_SIZE + 8];
    snprintf(address, sizeof address, socket->port == 443 ? "%s" : "%s:%d", socket->host, socket->port);
    struct lws_client_connect_info info = {.context = socket->context,
                                           .address = socket->host,
                                           .port = socket->port,
                                           .path = socket->path,
                                           .host = address,
                                           .ssl_connection = LCCSCF_USE_SSL,
                                           .local_protocol_name = "venue",
                                           .opaque_user_data = socket,
                                           .pwsi = &socket->wsi};
    socket->reason[0] = '\0';
    socket->length = 0;
    socket->part_ns = 0;
    wsi = lws_client_connect_via_info(&info);
    /* A failure that is known at once may have been told by the callback, which took the connection away. */
    if (wsi == NULL && socket->wsi != NULL)
        failed(socket, "the connection cannot be begun");
}

/* Does what other threads asked for. */
static void obey(struct web_socket *socket)
{
    pthread_mutex_lock(&socket->mutex);
    bool must_close = socket->must_close, must_connect = socket->must_connect, has_text = socket->first != NULL;
    socket->must_close = socket->must_connect = false;
    uint64_t wanted = socket->wanted;
    pthread_mutex_unlock(&socket->mutex);
    if ((must_close || must_connect) && socket->wsi != NULL) {
        lws_set_opaque_user_data(socket->wsi, NULL); /* whatever it still says is for nobody */
        lws_set_timeout(socket->wsi, PENDING_TIMEOUT_KILLED_BY_PARENT, LWS_TO_KILL_ASYNC);
        socket->wsi = NULL;
        socket->is_open = false;
        drop_outgoing(socket);
    }
    if (must_connect) {
        socket->connection = wanted;
        connect_now(socket);
    } else if (has_text && socket->is_open) {
        lws_callback_on_writable(socket->wsi);
    }
}

static int on_event(struct lws *wsi, enum lws_callback_reasons event, void *user, void *bytes, size_t length)
{
    if (event == LWS_CALLBACK_EVENT_WAIT_CANCELLED) {
        obey(lws_context_user(lws_get_context(wsi)));
        return 0;
    }
    struct web_socket *socket = lws_get_opaque_user_data(wsi);
    if (socket == NULL)
        return 0;
    switch ((int)event) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        socket->is_open = true;
        put(socket, MAIL_CONNECTED, "", 0);
        break;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return receive(socket, bytes, length);
    case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
        put(socket, MAIL_PONG, "", 0);
        break;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return write_one(socket);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        note_close(socket, bytes, length);
        break;
    case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION: /* here `user` is the certificate, `length` whether it
                                                                   is good */
        if (length == 0)
            note_certificate(socket, X509_STORE_CTX_get_error(user));
        break;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        failed(socket, bytes != NULL ? bytes : "it was not answered");
        break;
    case LWS_CALLBACK_CLIENT_CLOSED:
        over(socket, "the connection was cut");
        break;
    default:
        break;
    }
    return 0;
}

static const struct lws_protocols PROTOCOLS[] = {{.name = "venue", .callback = on_event, .rx_buffer_size = CHUNK_BYTES},
                                                 {0}};

static void free_all(struct web_socket *socket)
{
    if (socket->wsi != NULL)
        lws_set_opaque_user_data(socket->wsi, NULL);
    if (socket->context != NULL)
        lws_context_destroy(socket->context);
    SSL_CTX_free(socket->tls);
    drop_outgoing(socket);
    pthread_mutex_destroy(&socket->mutex);
    free(socket->message);
    free(socket);
}

static void *serve(void *context)
{
    struct web_socket *socket = context;
    pthread_setname_np(pthread_self(), "venue");
    while (!atomic_load(&socket->stop) && lws_service(socket->context, 0) >= 0) {
    }
    pthread_mutex_lock(&socket->mutex);
    socket->finished = true;
    bool orphan = socket->orphan;
    pthread_mutex_unlock(&socket->mutex);
    if (orphan)
        free_all(socket);
    return NULL;
}

static void note_log(int level, const char *line)
{
    (void)level;
    log_debug("feed", "libwebsockets: %.*s", (int)strcspn(line, "\n"), line);
}

static int read_url(struct web_socket *socket, const char *url, struct error *error)
{
    char text[URL_SIZE];
    const char *scheme = "", *host = "", *path = "";
    if (!text_copy(socket->url, sizeof socket->url, url) || !text_copy(text, sizeof text, url) ||
        lws_parse_uri(text, &scheme, &host, &socket->port, &path) != 0 || strcmp(scheme, "wss") != 0 || host[0] == '\0')
        return error_set(error, ERROR_USAGE, "'%.100s' is not an address like wss://HOST[:PORT][/PATH]", url);
    text_copy(socket->host, sizeof socket->host, host);
    snprintf(socket->path, sizeof socket->path, "/%s", path);
    return 0;
}

/* libwebsockets 4.1 does not free the context that it makes itself. */
static int open_tls(struct web_socket *socket, const char *ca_file, struct error *error)
{
    socket->tls = SSL_CTX_new(TLS_client_method());
    if (socket->tls == NULL || SSL_CTX_set_default_verify_paths(socket->tls) != 1)
        return error_set(error, ERROR_FAILED, "OpenSSL cannot be started");
    if (ca_file[0] != '\0' && SSL_CTX_load_verify_file(socket->tls, ca_file) != 1)
        return error_set(error, ERROR_USAGE, "'%.150s' is no file with the certificates of authorities", ca_file);
    SSL_CTX_set_min_proto_version(socket->tls, TLS1_2_VERSION);
    return 0;
}

static int start(struct web_socket *socket, struct error *error)
{
    sigset_t all, before;
    struct lws_context_creation_info info = {.port = CONTEXT_PORT_NO_LISTEN,
                                             .protocols = PROTOCOLS,
                                             .user = socket,
                                             .gid = -1,
                                             .uid = -1,
                                             .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
                                             .provided_client_ssl_ctx = socket->tls};
    lws_set_log_level(LLL_ERR | LLL_WARN, note_log);
    socket->context = lws_create_context(&info);
    if (socket->context == NULL)
        return error_set(error, ERROR_FAILED, "libwebsockets cannot be started");
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    socket->started = pthread_create(&socket->thread, NULL, serve, socket) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return socket->started ? 0 : error_set(error, ERROR_FAILED, "cannot start a thread for the connection to a venue");
}

struct web_socket *web_socket_create(const struct web_socket_options *options, struct error *error)
{
    struct web_socket *socket = calloc(1, sizeof *socket);
    if (socket == NULL)
        abort();
    pthread_mutex_init(&socket->mutex, NULL);
    socket->end = &socket->first;
    socket->mailbox = options->mailbox;
    if (read_url(socket, options->url, error) == 0 && open_tls(socket, options->ca_file, error) == 0 &&
        start(socket, error) == 0)
        return socket;
    web_socket_destroy(socket);
    return NULL;
}

/* A thread that hangs in the system's look-up of a name is left to itself, and frees everything when it comes back. */
static bool end_thread(struct web_socket *socket)
{
    struct timespec until;
    atomic_store(&socket->stop, true);
    lws_cancel_service(socket->context);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += END_LIMIT_S;
    if (pthread_timedjoin_np(socket->thread, NULL, &until) == 0)
        return true;
    pthread_mutex_lock(&socket->mutex);
    socket->orphan = !socket->finished;
    bool orphan = socket->orphan;
    pthread_mutex_unlock(&socket->mutex);
    if (orphan)
        pthread_detach(socket->thread);
    else
        pthread_join(socket->thread, NULL);
    return !orphan;
}

void web_socket_destroy(struct web_socket *socket)
{
    if (socket == NULL)
        return;
    if (socket->started && !end_thread(socket))
        return;
    free_all(socket);
}

static void put_outgoing(struct web_socket *socket, bool is_ping, const char *text, size_t length)
{
    struct outgoing *item = calloc(1, sizeof *item + LWS_PRE + length);
    if (item == NULL)
        abort();
    item->is_ping = is_ping;
    item->length = length;
    if (length > 0)
        memcpy(item->bytes + LWS_PRE, text, length);
    pthread_mutex_lock(&socket->mutex);
    *socket->end = item;
    socket->end = &item->next;
    pthread_mutex_unlock(&socket->mutex);
    lws_cancel_service(socket->context);
}

void web_socket_connect(struct web_socket *socket, uint64_t connection)
{
    pthread_mutex_lock(&socket->mutex);
    socket->must_connect = true;
    socket->wanted = connection;
    pthread_mutex_unlock(&socket->mutex);
    lws_cancel_service(socket->context);
}

void web_socket_send(struct web_socket *socket, const char *text, size_t length)
{
    put_outgoing(socket, false, text, length);
}

void web_socket_ping(struct web_socket *socket)
{
    put_outgoing(socket, true, "", 0);
}

void web_socket_close(struct web_socket *socket)
{
    pthread_mutex_lock(&socket->mutex);
    socket->must_close = true;
    pthread_mutex_unlock(&socket->mutex);
    lws_cancel_service(socket->context);
}
