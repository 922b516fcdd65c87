/* The shell of the ledger: callers send under its lock; a thread takes the answers and reads back. */
#include "bus/market_publisher.h"

#include <assert.h>
#include <inttypes.h>
#include <nats/nats.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/inbox.h"
#include "bus/publisher_ack.h"
#include "bus/replay.h"
#include "bus/tape_internal.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/pace.h"
#include "core/subject.h"
#include "core/text.h"
#include "core/timestamp.h"

enum {
    WINDOW = 8192, /* newer servers drop what is behind 10,000 messages that they have not stored yet */
    ACK_TIMEOUT_MS = 2000,
    /* In flight at once, so that the socket's buffers hold it and a stopped server does not block the caller. */
    WINDOW_BYTES = 2 << 20,
    ASK_MESSAGES = 256,
    ASK_BYTES = WINDOW_BYTES / 4,
    TRY_PAUSE_MS = 100,
    QUIET_MS = 2000,
    READ_PAUSE_MS = 200,
    READ_INBOX_BYTES = 1 << 20,
    ANSWER_WAIT_MS = 50,
    FLUSH_WAIT_MS = 2,
    STREAM_SIZE = 64,
    REPLY_SIZE = TAPE_INBOX_SIZE + 40,
};

struct market_publisher {
    struct tape *tape;
    char stream[STREAM_SIZE];
    uint32_t window;
    int64_t ack_timeout_ns;
    natsSubscription *subscription; /* the answers; the thread's */
    pthread_t thread;
    int64_t read_after_ns; /* the thread's: not before that it reads back again */
    bool read_failed;      /* the thread's: the log has been told */

    pthread_mutex_t mutex; /* for all below */
    struct market_ledger *ledger;
    char inbox_name[TAPE_INBOX_SIZE]; /* answers come to subjects below it */
    bool holds;                       /* the last message is still here: */
    char subject[SUBJECT_SIZE];
    char *payload;
    size_t payload_bytes, payload_room;
    uint64_t generation;            /* of the connection that the window below belongs to */
    uint64_t sent, asked, answered; /* numbers of messages: the last one, the last that asked, the last answered */
    uint64_t sent_bytes, asked_bytes, answered_bytes;
    int64_t asked_ns;   /* when the last one asked */
    int64_t waiting_ns; /* since when an answer is awaited */
    bool troubled;      /* the last answer said no, or did not come */
    int64_t try_ns;     /* when the next one may try */
    int64_t quiet_ns;   /* until then an old connection may still have its messages stored */
    struct market_counts counts;
    bool closing;
    int64_t close_ns;
};

static uint64_t open_count(const struct market_publisher *publisher)
{
    return market_ledger_tally(publisher->ledger).open;
}

/* ---- sending, with the lock held ---- */

/* Nothing that is in flight will be answered any more; it stays open in the ledger. */
static void forget_window(struct market_publisher *publisher)
{
    publisher->answered = publisher->asked = publisher->sent;
    publisher->answered_bytes = publisher->asked_bytes = publisher->sent_bytes;
}

/* True while one message at a time is sent. */
static bool is_cautious(const struct market_publisher *publisher)
{
    return publisher->troubled || !market_ledger_has_base(publisher->ledger);
}

static bool has_room(struct market_publisher *publisher)
{
    if (!tape_is_connected(publisher->tape))
        return false;
    uint64_t generation = tape_generation(publisher->tape);
    if (generation != publisher->generation) {
        publisher->generation = generation;
        publisher->quiet_ns = clock_monotonic_ns() + QUIET_MS * NS_PER_MS;
        forget_window(publisher);
    }
    if (is_cautious(publisher))
        return publisher->asked <= publisher->answered && clock_monotonic_ns() >= publisher->try_ns;
    uint64_t in_flight = publisher->sent - publisher->answered;
    uint64_t bytes = publisher->sent_bytes - publisher->answered_bytes;
    return in_flight == 0 || (in_flight < publisher->window && bytes + publisher->payload_bytes <= WINDOW_BYTES);
}

static natsStatus hand_over(struct market_publisher *publisher, bool asks)
{
    natsConnection *connection = tape_connection(publisher->tape);
    if (!asks)
        return natsConnection_Publish(connection, publisher->subject, publisher->payload,
                                      (int)publisher->payload_bytes);
    char reply[REPLY_SIZE];
    snprintf(reply, sizeof reply, "%s.%" PRIx64 "-%" PRIx64, publisher->inbox_name, publisher->sent + 1,
             publisher->sent_bytes + publisher->payload_bytes);
    return natsConnection_PublishRequest(connection, publisher->subject, reply, publisher->payload,
                                         (int)publisher->payload_bytes);
}

/* Sends the message that is held. False when it has to wait. */
static bool send_held(struct market_publisher *publisher, bool asks)
{
    if (!has_room(publisher))
        return false;
    asks = asks || is_cautious(publisher) || publisher->sent - publisher->asked >= ASK_MESSAGES - 1 ||
           publisher->sent_bytes - publisher->asked_bytes >= ASK_BYTES;
    natsStatus status = hand_over(publisher, asks);
    if (status == NATS_MAX_PAYLOAD || status == NATS_INVALID_SUBJECT) {
        publisher->holds = false;
        publisher->counts.refused++;
        return true;
    }
    if (status != NATS_OK)
        return false;
    publisher->holds = false;
    publisher->sent = market_ledger_sent(
        publisher->ledger, market_ledger_digest(publisher->subject, publisher->payload, publisher->payload_bytes));
    publisher->sent_bytes += publisher->payload_bytes;
    if (asks) {
        publisher->asked_ns = clock_monotonic_ns();
        if (publisher->asked <= publisher->answered)
            publisher->waiting_ns = publisher->asked_ns;
        publisher->asked = publisher->sent;
        publisher->asked_bytes = publisher->sent_bytes;
    }
    return true;
}

static void hold(struct market_publisher *publisher, const char *subject, const char *payload, size_t payload_bytes)
{
    if (payload_bytes > publisher->payload_room) {
        publisher->payload_room = 2 * payload_bytes;
        free(publisher->payload);
        publisher->payload = malloc(publisher->payload_room);
        if (publisher->payload == NULL)
            abort();
    }
    text_copy(publisher->subject, sizeof publisher->subject, subject);
    if (payload_bytes > 0)
        memcpy(publisher->payload, payload, payload_bytes);
    publisher->payload_bytes = payload_bytes;
    publisher->holds = true;
}

bool market_publisher_send(struct market_publisher *publisher, const char *subject, const char *payload,
                           size_t payload_bytes)
{
    pthread_mutex_lock(&publisher->mutex);
    bool taken = !publisher->holds || send_held(publisher, false);
    if (taken)
        hold(publisher, subject, payload, payload_bytes);
    else
        publisher->counts.full++;
    pthread_mutex_unlock(&publisher->mutex);
    return taken;
}

void market_publisher_flush(struct market_publisher *publisher)
{
    pthread_mutex_lock(&publisher->mutex);
    bool sent = publisher->holds && send_held(publisher, true);
    pthread_mutex_unlock(&publisher->mutex);
    /* The thread of nats.c that writes would wait for 1 ms; a ping is written at once, with all before it. */
    if (sent)
        natsConnection_FlushTimeout(tape_connection(publisher->tape), FLUSH_WAIT_MS);
}

/* ---- answers, in the thread ---- */

/* Listens on a subject of a new name from now on. */
static int subscribe(struct market_publisher *publisher, struct error *error)
{
    char name[TAPE_INBOX_SIZE], subject[TAPE_INBOX_SIZE + 4];
    natsSubscription *subscription = NULL;
    tape_inbox_name(name);
    snprintf(subject, sizeof subject, "%s.*", name);
    natsStatus status = natsConnection_SubscribeSync(&subscription, tape_connection(publisher->tape), subject);
    if (status == NATS_OK)
        status = natsSubscription_SetPendingLimits(subscription, -1, -1);
    if (status != NATS_OK) {
        tape_retire(publisher->tape, subscription);
        return tape_error(error, status, 0, "cannot listen for acknowledgements");
    }
    tape_retire(publisher->tape, publisher->subscription);
    publisher->subscription = subscription;
    pthread_mutex_lock(&publisher->mutex);
    memcpy(publisher->inbox_name, name, sizeof name);
    pthread_mutex_unlock(&publisher->mutex);
    return 0;
}

/* What is in flight may never be answered. A server that took the right to our subscription away does not bring it back
 * when it gives the right back, so that we listen anew. */
static void look_after_answers(struct market_publisher *publisher)
{
    struct error error = {0};
    int64_t now_ns = clock_monotonic_ns();
    pthread_mutex_lock(&publisher->mutex);
    bool late = publisher->asked > publisher->answered && now_ns - publisher->waiting_ns > publisher->ack_timeout_ns &&
                tape_is_connected(publisher->tape) && tape_generation(publisher->tape) == publisher->generation;
    bool known = publisher->troubled;
    if (late) {
        forget_window(publisher);
        publisher->troubled = true;
    }
    pthread_mutex_unlock(&publisher->mutex);
    if (late && !known)
        log_warning("bus", "market data is not acknowledged");
    if (late && subscribe(publisher, &error) < 0)
        log_warning("bus", "%s", error.text);
}

/* With the lock held: the answers are worked off up to message `number`. */
static void note_answer(struct market_publisher *publisher, uint64_t number, uint64_t bytes, int64_t now_ns)
{
    if (number > publisher->answered && number <= publisher->sent) {
        publisher->answered = number;
        publisher->answered_bytes = bytes;
        publisher->waiting_ns = now_ns;
    }
    if (number == publisher->asked)
        publisher->counts.round_trip_ns = now_ns - publisher->asked_ns;
}

static void take_no(struct market_publisher *publisher, uint64_t number, const char *problem)
{
    pthread_mutex_lock(&publisher->mutex);
    bool known = publisher->troubled;
    market_ledger_refused(publisher->ledger, number);
    publisher->counts.refused++;
    publisher->troubled = true;
    publisher->try_ns = clock_monotonic_ns() + TRY_PAUSE_MS * NS_PER_MS;
    pthread_mutex_unlock(&publisher->mutex);
    if (!known)
        log_error("bus", "market data is not stored: %s", problem);
}

static void take_answer(struct market_publisher *publisher, natsMsg *message)
{
    struct publisher_ack ack = publisher_ack_parse(natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message));
    char *end;
    uint64_t number = strtoull(strrchr(natsMsg_GetSubject(message), '.') + 1, &end, 16);
    uint64_t bytes = *end == '-' ? strtoull(end + 1, NULL, 16) : 0;
    pthread_mutex_lock(&publisher->mutex);
    note_answer(publisher, number, bytes, clock_monotonic_ns());
    bool again = ack.status == PUBLISH_STORED && publisher->troubled;
    if (ack.status == PUBLISH_STORED) {
        market_ledger_confirmed(publisher->ledger, number, ack.sequence);
        publisher->troubled = false;
    }
    pthread_mutex_unlock(&publisher->mutex);
    if (ack.status != PUBLISH_STORED)
        take_no(publisher, number, ack.problem);
    if (again)
        log_info("bus", "market data is stored again");
}

/* nats.c does not say which request it was that nobody answers. When only one can be meant, it is that; the others are
 * found missing when messages go through again. */
static void take_no_responders(struct market_publisher *publisher)
{
    pthread_mutex_lock(&publisher->mutex);
    uint64_t number = publisher->answered + 1 == publisher->sent ? publisher->sent : 0;
    forget_window(publisher);
    pthread_mutex_unlock(&publisher->mutex);
    take_no(publisher, number, "no stream takes it");
}

/* ---- reading back, in the thread ---- */

/* Hands the ledger what the stream holds in the range. False when that did not come to an end. */
static bool read_range(struct market_publisher *publisher, struct inbox *inbox, bool *complete)
{
    struct inbox_item item;
    for (;;) {
        if (!inbox_take(inbox, &item)) {
            inbox_wait(inbox, ANSWER_WAIT_MS);
            pthread_mutex_lock(&publisher->mutex);
            bool late = publisher->closing && clock_monotonic_ns() >= publisher->close_ns;
            pthread_mutex_unlock(&publisher->mutex);
            if (late)
                return false;
            continue;
        }
        if (item.kind == INBOX_CAUGHT_UP)
            return true;
        if (item.kind == INBOX_GAP)
            *complete = false;
        if (item.kind != INBOX_MESSAGE)
            continue;
        uint64_t digest = market_ledger_digest(item.subject, item.payload, item.payload_bytes);
        pthread_mutex_lock(&publisher->mutex);
        market_ledger_read(publisher->ledger, digest);
        publisher->counts.read_back++;
        pthread_mutex_unlock(&publisher->mutex);
    }
}

/* False when the stream may have dropped messages of the range before they were read. */
static bool reaches_back(struct market_publisher *publisher, uint64_t sequence)
{
    jsStreamInfo *info = NULL;
    if (js_GetStreamInfo(&info, tape_jetstream(publisher->tape), publisher->stream, NULL, NULL) != NATS_OK)
        return false;
    bool reaches = info->State.FirstSeq <= sequence;
    jsStreamInfo_Destroy(info);
    return reaches;
}

static void read_back(struct market_publisher *publisher)
{
    pthread_mutex_lock(&publisher->mutex);
    struct market_range range = market_ledger_begin(publisher->ledger);
    struct market_tally before = market_ledger_tally(publisher->ledger);
    pthread_mutex_unlock(&publisher->mutex);

    struct error error = {0};
    struct inbox *inbox = inbox_create(READ_INBOX_BYTES);
    struct replay_options options = {.stream = publisher->stream,
                                     .from = {.kind = REPLAY_SEQUENCE, .sequence = range.first},
                                     .to = {.kind = REPLAY_SEQUENCE, .sequence = range.last},
                                     .speed_millionths = PACE_MAX};
    struct replay *replay = replay_create(publisher->tape, &options, inbox, &error);
    bool complete = true;
    bool ended = replay != NULL && read_range(publisher, inbox, &complete);
    inbox_close(inbox);
    replay_destroy(replay);
    inbox_destroy(inbox);
    complete = complete && ended && reaches_back(publisher, range.first);

    pthread_mutex_lock(&publisher->mutex);
    if (ended)
        market_ledger_end(publisher->ledger, complete);
    else
        market_ledger_cancel(publisher->ledger);
    struct market_tally after = market_ledger_tally(publisher->ledger);
    pthread_mutex_unlock(&publisher->mutex);
    if (after.lost > before.lost)
        log_warning("bus", "%" PRIu64 " messages of market data are lost", after.lost - before.lost);
    if (replay == NULL && !publisher->read_failed)
        log_error("bus", "cannot find out what is lost of the market data: %s", error.text);
    publisher->read_failed = replay == NULL;
}

static bool is_due_to_read(struct market_publisher *publisher, int64_t now_ns)
{
    pthread_mutex_lock(&publisher->mutex);
    bool due = market_ledger_is_in_doubt(publisher->ledger) && now_ns >= publisher->quiet_ns;
    pthread_mutex_unlock(&publisher->mutex);
    return due && now_ns >= publisher->read_after_ns && tape_is_connected(publisher->tape);
}

static bool is_finished(struct market_publisher *publisher, int64_t now_ns)
{
    pthread_mutex_lock(&publisher->mutex);
    bool closing = publisher->closing;
    bool empty = !publisher->holds && open_count(publisher) == 0;
    bool late = now_ns >= publisher->close_ns;
    pthread_mutex_unlock(&publisher->mutex);
    if (closing && !empty && !late)
        market_publisher_flush(publisher);
    return closing && (empty || late);
}

static void *run(void *argument)
{
    struct market_publisher *publisher = argument;
    pthread_setname_np(pthread_self(), "market out");
    while (!is_finished(publisher, clock_monotonic_ns())) {
        natsMsg *message = NULL;
        natsStatus status = natsSubscription_NextMsg(&message, publisher->subscription, ANSWER_WAIT_MS);
        if (status == NATS_OK)
            take_answer(publisher, message);
        else if (status == NATS_NO_RESPONDERS)
            take_no_responders(publisher);
        natsMsg_Destroy(message);
        look_after_answers(publisher);
        if (is_due_to_read(publisher, clock_monotonic_ns())) {
            read_back(publisher);
            publisher->read_after_ns = clock_monotonic_ns() + READ_PAUSE_MS * NS_PER_MS;
        }
    }
    return NULL;
}

/* ---- from the first to the last ---- */

/* A stream that does not answer now is no error: counting starts at the first acknowledgement then. */
static void learn_base(struct market_publisher *publisher)
{
    jsStreamInfo *info = NULL;
    if (js_GetStreamInfo(&info, tape_jetstream(publisher->tape), publisher->stream, NULL, NULL) == NATS_OK)
        market_ledger_start(publisher->ledger, info->State.LastSeq);
    jsStreamInfo_Destroy(info);
}

static void release(struct market_publisher *publisher)
{
    tape_retire(publisher->tape, publisher->subscription);
    market_ledger_destroy(publisher->ledger);
    pthread_mutex_destroy(&publisher->mutex);
    free(publisher->payload);
    free(publisher);
}

struct market_publisher *market_publisher_create(struct tape *tape, const struct market_publisher_options *options,
                                                 struct error *error)
{
    struct market_publisher *publisher = calloc(1, sizeof *publisher);
    if (publisher == NULL)
        abort();
    assert(options->window == 0 || options->window >= 2 * ASK_MESSAGES);
    publisher->tape = tape;
    text_copy(publisher->stream, sizeof publisher->stream, options->stream);
    publisher->window = options->window == 0 ? WINDOW : options->window;
    publisher->ack_timeout_ns = (options->ack_timeout_ms == 0 ? ACK_TIMEOUT_MS : options->ack_timeout_ms) * NS_PER_MS;
    publisher->generation = tape_generation(tape);
    publisher->ledger = market_ledger_create();
    pthread_mutex_init(&publisher->mutex, NULL);
    int problem;
    if (subscribe(publisher, error) < 0)
        goto failed;
    learn_base(publisher);
    problem = pthread_create(&publisher->thread, NULL, run, publisher);
    if (problem == 0)
        return publisher;
    error_set(error, ERROR_FAILED, "cannot start a thread: %s", strerror(problem));
failed:
    release(publisher);
    return NULL;
}

void market_publisher_destroy(struct market_publisher *publisher, int drain_ms)
{
    if (publisher == NULL)
        return;
    pthread_mutex_lock(&publisher->mutex);
    publisher->closing = true;
    publisher->close_ns = clock_monotonic_ns() + drain_ms * NS_PER_MS;
    pthread_mutex_unlock(&publisher->mutex);
    pthread_join(publisher->thread, NULL);
    struct market_tally tally = market_ledger_tally(publisher->ledger);
    if (tally.lost + tally.unknown + tally.open > 0)
        log_warning("bus", "market data: %" PRIu64 " messages stored, %" PRIu64 " lost, %" PRIu64 " not known",
                    tally.stored, tally.lost, tally.unknown + tally.open);
    release(publisher);
}

struct market_counts market_publisher_counts(struct market_publisher *publisher)
{
    pthread_mutex_lock(&publisher->mutex);
    struct market_counts counts = publisher->counts;
    counts.tally = market_ledger_tally(publisher->ledger);
    pthread_mutex_unlock(&publisher->mutex);
    return counts;
}
