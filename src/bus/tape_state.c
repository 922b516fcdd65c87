/* What is known of the connection: nats.c tells of its changes in a thread of its own, publishers of answers that do
 * not come or say that storage is full. It is kept here and passed on to inboxes. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "bus/tape_private.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/stream_trouble.h"
#include "core/text.h"
#include "core/timestamp.h"

enum { SILENCES_MAX = 5 }; /* with SILENCE_NS: after which storage counts as full */

/* How long a server may be silent before storage counts as full; and when an old silence says nothing any more. */
#define SILENCE_NS      (15 * NS_PER_SECOND)
#define SILENCE_OVER_NS (5 * NS_PER_SECOND)

/* The streams that count as full then. */
#define GIVEN_UP (1u << TAPE_ORDERS | 1u << TAPE_LEASES)

/* For so long a missing answer is put down to a subject that was refused. */
#define REFUSED_NS (5 * NS_PER_SECOND)

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

void tape_state_connected(struct tape *tape)
{
    enter_connected(tape, tape->connection, false);
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
static void describe(const struct tape *tape, natsStatus status, const char *said, char problem[TAPE_PROBLEM_SIZE])
{
    char shown[TAPE_PROBLEM_SIZE], verdict[TAPE_PROBLEM_SIZE - sizeof "the server "];
    if (said == NULL || said[0] == '\0')
        said = natsStatus_GetText(status);
    if (tape_verdict(verdict, sizeof verdict, status, said, tape->certified)) {
        snprintf(problem, TAPE_PROBLEM_SIZE, "the server %s", verdict);
        return;
    }
    tape_hide_secrets(shown, sizeof shown, said);
    text_clean(problem, TAPE_PROBLEM_SIZE, shown, strlen(shown));
}

/* Requests to JetStream, and acknowledgements, are published too, but by no publisher. */
static bool is_of_a_publisher(const char *said)
{
    static const char JETSTREAM[] = "$JS.";
    struct tape_violation violation;
    return said != NULL && tape_violation(&violation, said) && violation.publish &&
           strncmp(violation.subject, JETSTREAM, strlen(JETSTREAM)) != 0;
}

/* Keeps a problem and tells of it, once as long as it stays the same. Of refused subjects, of which there may be one
 * for each message, it tells once a second. */

void tape_state_report(struct tape *tape, natsStatus status, const char *said)
{
    char problem[TAPE_PROBLEM_SIZE];
    describe(tape, status, said, problem);
    if (status == NATS_NOT_PERMITTED && is_of_a_publisher(said))
        atomic_fetch_add(&tape->publish_refusals, 1);
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
    tape_state_report(context, status, last == status ? said : NULL);
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

natsStatus tape_state_listen(struct tape *tape, natsOptions *options)
{
    natsStatus status = natsOptions_SetErrorHandler(options, on_error, tape);
    if (status == NATS_OK)
        status = natsOptions_SetDisconnectedCB(options, on_disconnected, tape);
    if (status == NATS_OK)
        status = natsOptions_SetReconnectedCB(options, on_reconnected, tape);
    if (status == NATS_OK)
        status = natsOptions_SetClosedCB(options, on_closed, tape);
    if (status == NATS_OK)
        status = natsOptions_SetLameDuckModeCB(options, on_lame_duck, tape);
    return status;
}

/* Who publishes hears of an answer; who only reads is not told that the server answers others. */
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

void tape_state_tick(struct tape *tape)
{
    end_old_silence(tape);
    if (tape->told_errors != tape->status.errors)
        notify(tape); /* the same problem once more: told at most once a second */
}

int tape_explain(struct tape *tape, struct error *error)
{
    if (tape == NULL || error == NULL || error->kind != ERROR_SERVER)
        return -1;
    char refused[TAPE_PROBLEM_SIZE], what[sizeof error->text];
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
    assert(tape->inbox_count < TAPE_INBOXES_MAX);
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

bool tape_is_connected(const struct tape *tape)
{
    return atomic_load(&tape->connected);
}

uint64_t tape_generation(const struct tape *tape)
{
    return atomic_load(&tape->generation);
}

uint64_t tape_publish_refusals(const struct tape *tape)
{
    return atomic_load(&tape->publish_refusals);
}
