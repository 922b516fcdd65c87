/* The connection. nats.c tells of its changes in a thread of its own; they are kept here and passed on to inboxes. A
 * small thread measures the round trip once a second.
 *
 * While the connection is down nothing is buffered for later: whoever publishes keeps what it wants to send and sends
 * it again in its own order. */
#include "bus/tape.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bus/inbox.h"
#include "bus/retired.h"
#include "bus/tape_internal.h"
#include "bus/tape_login.h"
#include "bus/tape_tls.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/stream_trouble.h"
#include "core/text.h"
#include "core/timestamp.h"

enum {
    INBOXES_MAX = 16,
    CONNECT_TIMEOUT_MS = 2000,
    RECONNECT_ATTEMPTS = 60,
    /* A stopped server is noticed when the third ping has not been answered: after 2.4 s at most. */
    PING_INTERVAL_MS = 800,
    PINGS_OUT_MAX = 2,
    FIRST_RECONNECT_MS = 50,
    LONGEST_RECONNECT_MS = 1000,
    WRITE_DEADLINE_MS = 2000,
    /* The largest that nats.c accepts is 2,097,151, for it multiplies by 1024 in an int. */
    PENDING_MESSAGES_MAX = 2000000,
    BUFFER_BYTES = 65536,
    API_WAIT_MS = 2000,
    ROUND_TRIP_PERIOD_MS = 1000,
    ROUND_TRIP_WAIT_MS = 500,
    DRAIN_WAIT_MS = 1000,
    SILENCES_MAX = 5, /* with SILENCE_NS: after which storage counts as full */
    CLOSE_WAIT_MS = 2000,
    PROBLEM_SIZE = sizeof((struct connection_status *)0)->problem,
};

/* How long a server may be silent before storage counts as full; and when an old silence says nothing any more. */
#define SILENCE_NS      (15 * NS_PER_SECOND)
#define SILENCE_OVER_NS (5 * NS_PER_SECOND)

/* The streams that count as full then. */
#define GIVEN_UP (1u << TAPE_ORDERS | 1u << TAPE_LEASES)

/* For so long a missing answer is put down to a subject that was refused. */
#define REFUSED_NS (5 * NS_PER_SECOND)

struct tape {
    natsConnection *connection;
    jsCtx *jetstream;
    struct tape_login *login;
    pthread_t pinger;
    int reconnect_wait_ms;
    bool certified; /* we have a client certificate */
    atomic_bool connected;
    atomic_bool troubled; /* the status has full streams or a silent server */
    atomic_ullong generation;
    struct retired retired;

    pthread_mutex_t mutex; /* for all below */
    pthread_cond_t changed;
    struct connection_status status;
    struct inbox *inboxes[INBOXES_MAX];
    size_t inbox_count;
    uint32_t told_errors; /* of status.errors */
    int silences;         /* reported without an answer between them */
    int64_t silence_ns;   /* monotonic: the last of them */
    int64_t silent_ns;    /* monotonic: the first */
    bool given_up;        /* GIVEN_UP counts as full for them */
    bool stopping;
    bool closed; /* nats.c has made its last call */
    bool untold; /* the last problem is a refusal that came too soon behind another to be told */
    int64_t refused_ns, refusal_told_ns; /* when a subject was refused last, and when that was told last */
    char refused[PROBLEM_SIZE];          /* the last subject that the server refused, as a sentence; "": none so far */
};

/* With the lock held. */
static void notify(struct tape *tape)
{
    const struct inbox_item item = {.kind = INBOX_CONNECTION, .connection = tape->status};
    for (size_t i = 0; i < tape->inbox_count; i++)
        inbox_put(tape->inboxes[i], &item);
    tape->told_errors = tape->status.errors;
    pthread_cond_broadcast(&tape->changed);
}

/* With the lock held. */
static void enter(struct tape *tape, enum connection_state state, const char *problem)
{
    tape->status.state = state;
    tape->status.since_ns = clock_monotonic_ns();
    tape->status.problem_ns = tape->status.since_ns;
    tape->status.round_trip_ns = 0;
    tape->status.lame_duck = false;
    snprintf(tape->status.problem, sizeof tape->status.problem, "%s", problem);
    if (state != CONNECTION_CONNECTED)
        tape->status.server[0] = '\0';
    atomic_store(&tape->connected, state == CONNECTION_CONNECTED);
}

/* host:port of the server at the other end; "" when there is none. */
static void server_name(natsConnection *connection, char *name, size_t size)
{
    char url[512] = "", shown[512];
    if (natsConnection_GetConnectedUrl(connection, url, sizeof url) != NATS_OK)
        url[0] = '\0';
    tape_hide_secrets(shown, sizeof shown, url);
    const char *host = strstr(shown, "//");
    text_copy(name, size, host != NULL ? host + 2 : shown);
}

static void enter_connected(struct tape *tape, natsConnection *connection, bool again)
{
    char server[sizeof tape->status.server];
    server_name(connection, server, sizeof server);
    pthread_mutex_lock(&tape->mutex);
    atomic_fetch_add(&tape->generation, 1);
    enter(tape, CONNECTION_CONNECTED, "");
    memcpy(tape->status.server, server, sizeof server);
    if (again)
        tape->status.reconnects++;
    notify(tape);
    pthread_mutex_unlock(&tape->mutex);
    log_info("bus", "%s to the server at %s", again ? "connected again" : "connected", server);
}

/* On a full disk nats-server 2.9 takes connections, but soon answers nothing on them, not even pings, so that they are
 * lost and made again every few seconds. A server that was merely stopped takes none, and a cluster that elects a
 * leader is done sooner. */
void tape_report_silence(struct tape *tape)
{
    int64_t now_ns = clock_monotonic_ns();
    pthread_mutex_lock(&tape->mutex);
    struct connection_status *status = &tape->status;
    /* What a user may not ask is not answered either. */
    bool refused = tape->refused_ns != 0 && now_ns - tape->refused_ns < REFUSED_NS;
    bool counts = status->state == CONNECTION_CONNECTED && !refused && now_ns - tape->silence_ns >= NS_PER_SECOND;
    bool first = counts && !status->silent;
    if (counts) {
        if (tape->silences++ == 0)
            tape->silent_ns = now_ns;
        tape->silence_ns = now_ns;
        status->silent = true;
        atomic_store(&tape->troubled, true);
    }
    bool full = counts && tape->silences >= SILENCES_MAX && now_ns - tape->silent_ns >= SILENCE_NS && !tape->given_up;
    if (full) {
        tape->given_up = true;
        status->full_streams |= GIVEN_UP;
    }
    if (first || full)
        notify(tape);
    pthread_mutex_unlock(&tape->mutex);
    if (first)
        log_error("bus", "the server does not answer what is published; its disk may be full");
    if (full)
        log_error("bus", "the server still stores nothing: it is taken to have no storage left");
}

static void on_disconnected(natsConnection *connection, void *context)
{
    (void)connection;
    struct tape *tape = context;
    pthread_mutex_lock(&tape->mutex);
    enter(tape, CONNECTION_DISCONNECTED, "the connection to the server is lost; trying again");
    notify(tape);
    bool wanted = tape->stopping;
    pthread_mutex_unlock(&tape->mutex);
    if (!wanted)
        log_warning("bus", "the connection to the server is lost; trying again");
}

static void on_reconnected(natsConnection *connection, void *context)
{
    enter_connected(context, connection, true);
}

static void on_closed(natsConnection *connection, void *context)
{
    (void)connection;
    struct tape *tape = context;
    pthread_mutex_lock(&tape->mutex);
    char problem[sizeof tape->status.problem] = "";
    if (!tape->stopping) {
        snprintf(problem, sizeof problem, "%s",
                 tape->status.problem[0] != '\0' ? tape->status.problem : "the connection to the server is closed");
        log_error("bus", "gave up connecting to the server: %s", problem);
    }
    enter(tape, CONNECTION_CLOSED, problem);
    tape->closed = true;
    notify(tape);
    pthread_mutex_unlock(&tape->mutex);
}

/* What nats.c says, as a sentence. */
static void describe(const struct tape *tape, natsStatus status, const char *said, char problem[PROBLEM_SIZE])
{
    char shown[PROBLEM_SIZE], verdict[PROBLEM_SIZE - sizeof "the server "];
    if (said == NULL || said[0] == '\0')
        said = natsStatus_GetText(status);
    if (tape_verdict(verdict, sizeof verdict, status, said, tape->certified)) {
        snprintf(problem, PROBLEM_SIZE, "the server %s", verdict);
        return;
    }
    tape_hide_secrets(shown, sizeof shown, said);
    text_clean(problem, PROBLEM_SIZE, shown, strlen(shown));
}

/* Keeps a problem and tells of it, once as long as it stays the same. Of refused subjects, of which there may be one
 * for each message, it tells once a second. */
static void report(struct tape *tape, natsStatus status, const char *said)
{
    char problem[PROBLEM_SIZE];
    describe(tape, status, said, problem);
    pthread_mutex_lock(&tape->mutex);
    int64_t now_ns = clock_monotonic_ns();
    bool known = strcmp(tape->status.problem, problem) == 0 && !tape->untold;
    bool wanted = tape->stopping;
    memcpy(tape->status.problem, problem, sizeof problem);
    tape->status.errors++;
    tape->status.problem_ns = now_ns;
    if (status == NATS_NOT_PERMITTED) {
        memcpy(tape->refused, problem, sizeof tape->refused);
        tape->refused_ns = now_ns;
        tape->untold = !known && tape->refusal_told_ns != 0 && now_ns - tape->refusal_told_ns < NS_PER_SECOND;
        known = known || tape->untold;
        tape->refusal_told_ns = known ? tape->refusal_told_ns : now_ns;
    }
    if (!known)
        notify(tape);
    pthread_mutex_unlock(&tape->mutex);
    if (!known && !wanted)
        log_warning("bus", "%s", problem);
}

/* Errors that have no caller to be returned to: permissions, authentication during a reconnect, dropped messages. */
static void on_error(natsConnection *connection, natsSubscription *subscription, natsStatus status, void *context)
{
    (void)connection;
    (void)subscription;
    /* The text is this thread's own. That of the connection may be written over at any moment. */
    natsStatus last = NATS_OK;
    const char *said = nats_GetLastError(&last);
    report(context, status, last == status ? said : NULL);
}

/* The server will be gone soon; nats.c goes to another one when it is. */
static void on_lame_duck(natsConnection *connection, void *context)
{
    (void)connection;
    struct tape *tape = context;
    pthread_mutex_lock(&tape->mutex);
    snprintf(tape->status.problem, sizeof tape->status.problem, "the server is about to stop (lame duck mode)");
    tape->status.problem_ns = clock_monotonic_ns();
    tape->status.lame_duck = true;
    notify(tape);
    pthread_mutex_unlock(&tape->mutex);
    log_warning("bus", "the server is about to stop (lame duck mode)");
}

/* The wait before the list of servers is tried for the `attempt`-th time, in ms: short at first for a server on the
 * same machine, which is back in no time, and different for each client. nats.c tells nobody why the attempt before
 * failed, but its last error in this thread does. */
static int64_t reconnect_delay(natsConnection *connection, int attempt, void *context)
{
    struct tape *tape = context;
    const char *said = NULL;
    natsStatus status = natsConnection_GetLastError(connection, &said);
    if (attempt > 1 && (status == NATS_SSL_ERROR || status == NATS_IO_ERROR || status == NATS_PROTOCOL_ERROR ||
                        status == NATS_SECURE_CONNECTION_WANTED))
        report(tape, status, nats_GetLastError(NULL));
    int64_t delay_ms = FIRST_RECONNECT_MS;
    for (int i = 1; i < attempt && delay_ms < LONGEST_RECONNECT_MS; i++)
        delay_ms *= 2;
    if (delay_ms > LONGEST_RECONNECT_MS)
        delay_ms = LONGEST_RECONNECT_MS;
    if (tape->reconnect_wait_ms > 0)
        delay_ms = tape->reconnect_wait_ms;
    return delay_ms + clock_monotonic_ns() / NS_PER_US % (delay_ms / 4 + 1);
}

static natsStatus set_options(natsOptions *options, const struct tape_options *wanted, struct tape *tape)
{
    int attempts = wanted->reconnect_attempts == 0 ? RECONNECT_ATTEMPTS : wanted->reconnect_attempts;
    int timeout_ms = wanted->connect_timeout_ms == 0 ? CONNECT_TIMEOUT_MS : wanted->connect_timeout_ms;
    natsStatus status = tape_login_set_servers(options, wanted->urls);
#define APPLY(call)                                                                                                    \
    if (status == NATS_OK)                                                                                             \
    status = (call)
    APPLY(natsOptions_SetName(options, wanted->name));
    APPLY(natsOptions_SetTimeout(options, timeout_ms));
    APPLY(natsOptions_SetPingInterval(options, PING_INTERVAL_MS));
    APPLY(natsOptions_SetMaxPingsOut(options, PINGS_OUT_MAX));
    APPLY(natsOptions_SetAllowReconnect(options, true));
    APPLY(natsOptions_SetMaxReconnect(options, attempts));
    APPLY(natsOptions_SetCustomReconnectDelay(options, reconnect_delay, tape));
    APPLY(natsOptions_SetReconnectBufSize(options, 0));
    APPLY(natsOptions_SetWriteDeadline(options, WRITE_DEADLINE_MS));
    APPLY(natsOptions_SetMaxPendingMsgs(options, PENDING_MESSAGES_MAX));
    APPLY(natsOptions_SetIOBufSize(options, BUFFER_BYTES));
    /* A subscription for each request. nats.c would have one for all, which is gone for good when the server takes the
     * right to it away, also when it gives it back. */
    APPLY(natsOptions_UseOldRequestStyle(options, true));
    APPLY(natsOptions_SetErrorHandler(options, on_error, tape));
    APPLY(natsOptions_SetDisconnectedCB(options, on_disconnected, tape));
    APPLY(natsOptions_SetReconnectedCB(options, on_reconnected, tape));
    APPLY(natsOptions_SetClosedCB(options, on_closed, tape));
    APPLY(natsOptions_SetLameDuckModeCB(options, on_lame_duck, tape));
    APPLY(tape_login_apply(tape->login, options));
#undef APPLY
    return status;
}

static void wait_ms(struct tape *tape, int ms)
{
    int64_t end_ns = clock_monotonic_ns() + ms * NS_PER_MS;
    struct timespec end = {.tv_sec = end_ns / NS_PER_SECOND, .tv_nsec = end_ns % NS_PER_SECOND};
    pthread_cond_timedwait(&tape->changed, &tape->mutex, &end);
}

/* With the lock held. Who publishes hears of an answer; who only reads is not told that the server answers others. */
static void end_old_silence(struct tape *tape)
{
    if (!tape->status.silent || clock_monotonic_ns() - tape->silence_ns < SILENCE_OVER_NS)
        return;
    tape->status.silent = false;
    tape->silences = 0;
    if (tape->given_up)
        tape->status.full_streams &= ~GIVEN_UP;
    tape->given_up = false;
    notify(tape);
}

static void *measure_round_trips(void *argument)
{
    struct tape *tape = argument;
    pthread_mutex_lock(&tape->mutex);
    while (!tape->stopping) {
        if (tape->status.state == CONNECTION_CONNECTED) {
            pthread_mutex_unlock(&tape->mutex);
            size_t retired = retired_count(&tape->retired);
            int64_t start_ns = clock_monotonic_ns();
            natsStatus status = natsConnection_FlushTimeout(tape->connection, ROUND_TRIP_WAIT_MS);
            int64_t took_ns = clock_monotonic_ns() - start_ns;
            if (status == NATS_OK)
                retired_free(&tape->retired, retired);
            pthread_mutex_lock(&tape->mutex);
            if (status == NATS_OK && tape->status.state == CONNECTION_CONNECTED)
                tape->status.round_trip_ns = took_ns;
        }
        end_old_silence(tape);
        if (tape->told_errors != tape->status.errors)
            notify(tape); /* the same problem once more: told at most once a second */
        if (!tape->stopping)
            wait_ms(tape, ROUND_TRIP_PERIOD_MS);
    }
    pthread_mutex_unlock(&tape->mutex);
    return NULL;
}

static struct tape *allocate(void)
{
    struct tape *tape = calloc(1, sizeof *tape);
    if (tape == NULL)
        abort();
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&tape->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&tape->mutex, NULL);
    retired_init(&tape->retired);
    tape->status.state = CONNECTION_CONNECTING;
    tape->status.since_ns = clock_monotonic_ns();
    return tape;
}

static void release(struct tape *tape)
{
    pthread_cond_destroy(&tape->changed);
    pthread_mutex_destroy(&tape->mutex);
    retired_release(&tape->retired);
    tape_login_destroy(tape->login);
    free(tape);
}

/* With the lock held: waits until nats.c has made its last call, at most this long. */
static bool wait_closed(struct tape *tape, int timeout_ms)
{
    int64_t end_ns = clock_monotonic_ns() + timeout_ms * NS_PER_MS;
    for (;;) {
        int64_t left_ms = (end_ns - clock_monotonic_ns()) / NS_PER_MS;
        if (tape->closed || left_ms <= 0)
            return tape->closed;
        wait_ms(tape, (int)left_ms);
    }
}

/* Closes the connection and frees the tape, once nats.c has made its last call about it. */
static void close_connection(struct tape *tape)
{
    jsCtx_Destroy(tape->jetstream);
    bool draining =
        tape_is_connected(tape) && natsConnection_DrainTimeout(tape->connection, ROUND_TRIP_WAIT_MS) == NATS_OK;
    pthread_mutex_lock(&tape->mutex);
    bool closed = draining && wait_closed(tape, DRAIN_WAIT_MS);
    pthread_mutex_unlock(&tape->mutex);
    natsConnection_Close(tape->connection);
    pthread_mutex_lock(&tape->mutex);
    closed = closed || wait_closed(tape, CLOSE_WAIT_MS);
    pthread_mutex_unlock(&tape->mutex);
    natsConnection_Destroy(tape->connection);
    if (closed)
        release(tape);
    else
        log_error("bus", "the connection did not end; its memory is left");
}

static void connect_error(struct error *error, natsStatus status, const struct tape_options *wanted)
{
    char shown[160], verdict[128];
    tape_hide_secrets(shown, sizeof shown, wanted->urls);
    if (tape_verdict(verdict, sizeof verdict, status, nats_GetLastError(NULL), wanted->certificate_file != NULL)) {
        error_set(error, ERROR_SERVER, "the server at %s %s", shown, verdict);
    } else if (status == NATS_NO_SERVER || status == NATS_TIMEOUT) {
        error_set(error, ERROR_SERVER, "no NATS server answers at %s", shown);
    } else {
        char what[200];
        snprintf(what, sizeof what, "cannot connect to %s", shown);
        tape_error(error, status, 0, what);
    }
}

/* Makes the connection of a tape that has its login. */
static int connect_to_server(struct tape *tape, const struct tape_options *wanted, struct error *error)
{
    natsOptions *options = NULL;
    int result = -1;
    natsStatus status = natsOptions_Create(&options);
    if (status == NATS_OK)
        status = set_options(options, wanted, tape);
    if (status != NATS_OK)
        connect_error(error, status, wanted);
    else if (tape_tls_apply(wanted, options, error) == 0) {
        do {
            status = natsConnection_Connect(&tape->connection, options);
        } while (status != NATS_OK && tape_login_was_unlucky(tape->login));
        if (status == NATS_OK)
            result = 0;
        else
            connect_error(error, status, wanted);
    }
    natsOptions_Destroy(options);
    return result;
}

struct tape *tape_connect(const struct tape_options *wanted, struct error *error)
{
    struct tape *tape = allocate();
    tape->reconnect_wait_ms = wanted->reconnect_wait_ms;
    tape->certified = wanted->certificate_file != NULL;
    tape->login = tape_login_create(wanted, error);
    if (tape->login == NULL || connect_to_server(tape, wanted, error) != 0) {
        release(tape);
        return NULL;
    }
    jsOptions jetstream_options;
    jsOptions_Init(&jetstream_options);
    jetstream_options.Wait = API_WAIT_MS;
    natsStatus status = natsConnection_JetStream(&tape->jetstream, tape->connection, &jetstream_options);
    if (status == NATS_OK) {
        enter_connected(tape, tape->connection, false);
        int problem = pthread_create(&tape->pinger, NULL, measure_round_trips, tape);
        if (problem == 0)
            return tape;
        error_set(error, ERROR_FAILED, "cannot start a thread: %s", strerror(problem));
    } else {
        tape_error(error, status, 0, "cannot use JetStream");
    }
    pthread_mutex_lock(&tape->mutex);
    tape->stopping = true;
    pthread_mutex_unlock(&tape->mutex);
    close_connection(tape);
    return NULL;
}

void tape_destroy(struct tape *tape)
{
    if (tape == NULL)
        return;
    pthread_mutex_lock(&tape->mutex);
    tape->stopping = true;
    tape->inbox_count = 0;
    pthread_cond_broadcast(&tape->changed);
    pthread_mutex_unlock(&tape->mutex);
    pthread_join(tape->pinger, NULL);
    close_connection(tape);
}

int tape_explain(struct tape *tape, struct error *error)
{
    if (tape == NULL || error == NULL || error->kind != ERROR_SERVER)
        return -1;
    char refused[PROBLEM_SIZE], what[sizeof error->text];
    pthread_mutex_lock(&tape->mutex);
    memcpy(refused, tape->refused, sizeof refused);
    pthread_mutex_unlock(&tape->mutex);
    if (refused[0] == '\0')
        return -1;
    text_copy(what, sizeof what, error->text);
    char *reason = strstr(what, ": ");
    if (reason != NULL)
        *reason = '\0';
    return error_set(error, ERROR_SERVER, "%s: %s", what, refused);
}

struct connection_status tape_status(struct tape *tape)
{
    pthread_mutex_lock(&tape->mutex);
    struct connection_status status = tape->status;
    pthread_mutex_unlock(&tape->mutex);
    return status;
}

void tape_notify(struct tape *tape, struct inbox *inbox)
{
    pthread_mutex_lock(&tape->mutex);
    assert(tape->inbox_count < INBOXES_MAX);
    tape->inboxes[tape->inbox_count++] = inbox;
    const struct inbox_item item = {.kind = INBOX_CONNECTION, .connection = tape->status};
    inbox_put(inbox, &item);
    pthread_mutex_unlock(&tape->mutex);
}

void tape_unnotify(struct tape *tape, struct inbox *inbox)
{
    pthread_mutex_lock(&tape->mutex);
    for (size_t i = 0; i < tape->inbox_count; i++) {
        if (tape->inboxes[i] == inbox) {
            tape->inboxes[i] = tape->inboxes[--tape->inbox_count];
            break;
        }
    }
    pthread_mutex_unlock(&tape->mutex);
}

void tape_report_storage(struct tape *tape, const char *subject, bool full, const char *problem)
{
    if (!full && !atomic_load(&tape->troubled))
        return;
    unsigned bit = tape_stream_bit_of_subject(subject);
    pthread_mutex_lock(&tape->mutex);
    struct connection_status *status = &tape->status;
    bool changed = status->silent || (bit != 0 && ((status->full_streams & bit) != 0) != full);
    status->silent = false;
    tape->silences = 0;
    tape->given_up = false;
    status->full_streams = full ? status->full_streams | bit : status->full_streams & ~bit;
    atomic_store(&tape->troubled, status->full_streams != 0);
    if (changed)
        notify(tape);
    pthread_mutex_unlock(&tape->mutex);
    if (changed && full)
        log_error("bus", "the server has no storage left for %s: %s", subject, problem);
    else if (changed)
        log_info("bus", "the server stores again");
}

natsConnection *tape_connection(struct tape *tape)
{
    return tape->connection;
}

jsCtx *tape_jetstream(struct tape *tape)
{
    return tape->jetstream;
}

void tape_retire(struct tape *tape, natsSubscription *subscription)
{
    retired_add(&tape->retired, subscription);
}

bool tape_is_connected(const struct tape *tape)
{
    return atomic_load(&tape->connected);
}

uint64_t tape_generation(const struct tape *tape)
{
    return atomic_load(&tape->generation);
}

bool tape_wait_connected(struct tape *tape, int timeout_ms)
{
    int64_t end_ns = clock_monotonic_ns() + timeout_ms * NS_PER_MS;
    pthread_mutex_lock(&tape->mutex);
    while (tape->status.state != CONNECTION_CONNECTED) {
        int64_t left_ms = (end_ns - clock_monotonic_ns()) / NS_PER_MS;
        if (left_ms <= 0)
            break;
        wait_ms(tape, (int)left_ms);
    }
    bool connected = tape->status.state == CONNECTION_CONNECTED;
    pthread_mutex_unlock(&tape->mutex);
    return connected;
}
