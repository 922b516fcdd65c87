/* The connection. A small thread measures the round trip once a second.
 *
 * While the connection is down nothing is buffered for later: whoever publishes keeps what it wants to send and sends
 * it again in its own order. */
#include "bus/tape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bus/tape_private.h"
#include "bus/tape_tls.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/timestamp.h"

enum {
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
    CLOSE_WAIT_MS = 2000,
};

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
        tape_state_report(tape, status, nats_GetLastError(NULL));
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
    APPLY(tape_state_listen(tape, options));
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

static void *measure_round_trips(void *argument)
{
    struct tape *tape = argument;
    pthread_setname_np(pthread_self(), "pinger");
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
        tape_state_tick(tape);
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
        tape_state_connected(tape);
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
