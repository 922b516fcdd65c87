/* The service loop: the one way in which the tape becomes state, and state becomes proposals on the tape.
 *
 * The thread starts one follower after the other (its own outputs first), takes items out of its inbox, folds, asks
 * for proposals and hands them to the publisher. What the publisher answers comes back through the same inbox, so that
 * nothing here needs a lock. */
#include "engine/service.h"

#include <assert.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/dead_letter.h"
#include "bus/lease.h"
#include "bus/publish_event.h"
#include "core/age.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/subject.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "engine/backlog.h"
#include "engine/checkpoint_service.h"
#include "engine/in_flight.h"
#include "engine/snapshot_service.h"

enum {
    INBOX_BYTES = 8 << 20,
    RETRY_MS = 1000,  /* between attempts at what the server refused, and at following */
    FINISH_MS = 2000, /* that a stop waits for answers */
    FULL_WAIT_MS = 2,
    BATCH_ITEMS = 512, /* taken from the inbox before the other work has its turn */
    ALIVE_MS = 250,    /* the longest wait of one that has a lease */
    SILENCE_MS = 2000, /* after which the end of a stream that misses its last message counts as read */
};

struct service {
    const struct service_ops *ops;
    void *self;
    struct tape *tape;
    struct publisher *publisher;
    struct outbox *outbox; /* NULL: none */
    char default_account[ACCOUNT_SIZE];

    struct inbox *inbox;
    struct follower *followers[SERVICE_INPUTS_MAX];
    size_t following;                /* followers started */
    size_t caught_up;                /* inputs read to their ends */
    uint64_t last_sequence;          /* read of inputs[0] */
    int64_t retry_at_ns, tick_at_ns; /* monotonic */
    struct in_flight *in_flight;
    struct proposals proposals;
    uint64_t next_cookie;
    bool decide_again; /* a proposal could not be made or came to nothing: ask for everything on the next tick */

    struct lease *lease;    /* NULL: it needs none */
    uint64_t deciding_term; /* of the lease, in which it has taken over; 0: it does not decide */
    uint64_t awaited_term;  /* in which it is about to take over */
    int64_t own_read_ns;    /* monotonic: when something was last read of inputs[0], or that term was first seen */
    struct backlog backlog; /* not said while another decides */
    struct hold hold;
    int generation; /* of the followers: what earlier ones have put is of no interest */
    struct service_checkpoints checkpoints;
    struct service_snapshots snapshots;

    pthread_t thread;
    atomic_bool stop;
    atomic_uint_fast64_t folded, proposed, stored, refused, unknown, dead_letters, checkpointed, snapshots_written;
    atomic_bool live, deciding, held;
};

static struct moment moment_now(void)
{
    return (struct moment){.wall_ns = clock_wall_ns(), .monotonic_ns = clock_monotonic_ns()};
}

/* Own proposals have odd cookies, requests of service_publish even ones: the same publisher answers both. */
static uint64_t own_cookie(struct service *service)
{
    return service->next_cookie++ << 1 | 1;
}

/* Where it would go is not there: it is proposed again when it is. */
static bool is_unsayable(const struct service *service, const struct event *event)
{
    char subject[SUBJECT_SIZE];
    if (service->hold.troubles.gone == 0)
        return false;
    subject_of(event, subject);
    return (tape_stream_bit_of_subject(subject) & service->hold.troubles.gone) != 0;
}

bool service_publish(struct service *service, const struct event *event, uint64_t cookie)
{
    if (is_unsayable(service, event))
        return false;
    if (service->outbox != NULL)
        return outbox_publish(service->outbox, event, service->inbox, cookie << 1);
    return publish_event(service->publisher, event, PUBLISH_NO_FENCE, service->inbox, cookie << 1);
}

/* Asked anew before each event that is said: between two of them any time may pass. */
static bool may_decide(const struct service *service)
{
    return service->lease == NULL ||
           (service->deciding_term != 0 && lease_term(service->lease, clock_monotonic_ns()) == service->deciding_term);
}

static void touch(struct service *service)
{
    if (service->lease != NULL)
        lease_touch(service->lease, clock_monotonic_ns());
}

static void propose(struct service *service, const struct proposal *proposal)
{
    char key[FLIGHT_KEY_SIZE];
    if (is_unsayable(service, &proposal->event)) {
        service->decide_again = true;
        return;
    }
    if (!may_decide(service)) {
        if (service->ops->decides_on_history)
            backlog_add(&service->backlog, proposal);
        return;
    }
    bool awaited = flight_key(&proposal->event, key);
    if (awaited && in_flight_has(service->in_flight, key))
        return; /* decided again when the one in flight has been read back */
    uint64_t cookie = own_cookie(service);
    bool sent = publish_event(service->publisher, &proposal->event, proposal->fence, service->inbox, cookie);
    while (!sent && service->ops->decides_on_history && !atomic_load(&service->stop)) {
        /* It is made for this event and never again, so it waits for room instead. */
        poll(NULL, 0, FULL_WAIT_MS);
        touch(service);
        sent = publish_event(service->publisher, &proposal->event, proposal->fence, service->inbox, cookie);
    }
    if (!sent) {
        service->decide_again = true;
        return;
    }
    if (awaited)
        in_flight_add(service->in_flight, key, cookie, &proposal->event);
    progress_sent(&service->checkpoints.progress);
    progress_sent(&service->snapshots.progress);
    atomic_fetch_add(&service->proposed, 1);
}

static void decide(struct service *service, const struct event *event, struct moment now)
{
    if (service->ops->decide == NULL || (!service->ops->decides_on_history && !may_decide(service)))
        return;
    proposals_clear(&service->proposals);
    service->ops->decide(service->self, event, now, &service->proposals);
    for (size_t i = 0; i < service->proposals.count; i++)
        propose(service, &service->proposals.items[i]);
}

/* What cannot be read must not stop the tape: it is put aside. */
static void bury(struct service *service, const struct inbox_item *item, const char *reason)
{
    const char *stream = service->ops->inputs[item->follower_tag].stream, *name = service->ops->name;
    struct dead_letter letter = {.stream = stream,
                                 .sequence = item->sequence,
                                 .subject = item->subject,
                                 .reader = name,
                                 .reason = reason,
                                 .payload = item->payload,
                                 .payload_bytes = item->payload_bytes};
    atomic_fetch_add(&service->dead_letters, 1);
    log_warning(name, "%s message %" PRIu64 " on %s skipped: %s", stream, item->sequence, item->subject, reason);
    if (!dead_letter_send(service->publisher, service->tape, &letter))
        log_error(name, "there is no room to write a dead letter of %s message %" PRIu64, stream, item->sequence);
}

static bool is_live(const struct service *service)
{
    return service->caught_up == service->ops->input_count;
}

static void tell_hold(struct service *service)
{
    atomic_store(&service->held, service->hold.reason[0] != '\0');
    if (service->ops->hold != NULL)
        service->ops->hold(service->self, &service->hold);
}

/* A stream went, or is there again. What was on its way there must not land in another that gets its name. */
static void set_gone(struct service *service, const char *stream, bool gone, struct moment now)
{
    struct stream_troubles troubles = service->hold.troubles;
    unsigned bit = tape_stream_bit(stream);
    if (((troubles.gone & bit) != 0) == gone)
        return;
    troubles.gone ^= bit;
    if (gone) {
        log_error(service->ops->name, "stream %s has vanished; it is not made again in silence", stream);
        publisher_withdraw(service->publisher, service->inbox, bit);
    } else {
        log_warning(service->ops->name, "stream %s is there again", stream);
    }
    hold_trouble(&service->hold, &troubles, now.wall_ns);
    tell_hold(service);
}

static void hold_because_remade(struct service *service, size_t input, int64_t last_stored_ns, struct moment now)
{
    hold_remade(&service->hold, service->ops->inputs[input].stream, last_stored_ns, now.wall_ns);
    tell_hold(service);
}

/* The first message of a stream that is read from its start: what stood before it is gone. */
static void look_at_first(struct service *service, const struct inbox_item *item)
{
    size_t tag = (size_t)item->follower_tag;
    const struct service_input *input = &service->ops->inputs[tag];
    bool is_first = service->checkpoints.progress.folded[tag].sequence == 0;
    if (input->from != FOLLOW_SEQUENCE || !is_first || item->sequence == 1)
        return;
    log_warning(service->ops->name, "%s begins at %llu, and no snapshot tells what stood before", input->stream,
                (unsigned long long)item->sequence);
    if (service->ops->begins_late != NULL)
        service->ops->begins_late(service->self, input->stream);
}

static void read_message(struct service *service, const struct inbox_item *item, struct moment now)
{
    struct event event;
    struct error error = {0};
    if (item->follower_tag == 0) {
        service->last_sequence = item->sequence;
        service->own_read_ns = now.monotonic_ns;
    }
    look_at_first(service, item);
    progress_folded(&service->checkpoints.progress, (size_t)item->follower_tag, item->sequence, item->stored_ns);
    service_snapshots_folded(&service->snapshots, (size_t)item->follower_tag);
    if (event_decode(&event, item->subject, item->payload, item->payload_bytes, service->default_account, &error) !=
        0) {
        bury(service, item, error.text);
        return;
    }
    event.sequence = item->sequence;
    event.stored_ns = item->stored_ns;
    bool troubled = stream_troubles_any(&service->hold.troubles);
    hold_fold(&service->hold, &event);
    if (troubled || event.kind == EVENT_TRADING_STATE)
        tell_hold(service);
    in_flight_landed(service->in_flight, &event);
    if (item->follower_tag == 0)
        backlog_landed(&service->backlog, &event);
    bool history = (size_t)item->follower_tag >= service->caught_up;
    service->ops->fold(service->self, &event, age_when_read_ns(item->stored_ns, now.wall_ns, history), now);
    atomic_fetch_add(&service->folded, 1);
    bool said_all = service->caught_up > 0; /* own outputs are known: nothing would be proposed twice */
    if (is_live(service) || (service->ops->decides_on_history && said_all && item->follower_tag > 0))
        decide(service, &event, now);
}

static void compare_next(struct service *service, struct moment now)
{
    struct error error = {0};
    size_t input = service->checkpoints.compared;
    if (service_checkpoints_compare(&service->checkpoints, &error) == 0) {
        if (service->checkpoints.remade_ns[input] != 0)
            hold_because_remade(service, input, service->checkpoints.remade_ns[input], now);
        return;
    }
    log_warning(service->ops->name, "cannot read the checkpoints yet: %s", error.text);
    service->retry_at_ns = now.monotonic_ns + RETRY_MS * NS_PER_MS;
}

static void load_snapshot(struct service *service, struct moment now)
{
    struct error error = {0};
    if (service_snapshots_load(&service->snapshots, &service->checkpoints, &error) != 0) {
        log_warning(service->ops->name, "cannot read the snapshot yet: %s", error.text);
        service->retry_at_ns = now.monotonic_ns + RETRY_MS * NS_PER_MS;
        return;
    }
    for (size_t i = 0; i < service->ops->input_count; i++) {
        if (service->checkpoints.remade_ns[i] != 0)
            hold_because_remade(service, i, service->checkpoints.remade_ns[i], now);
    }
    if (service->ops->inputs[0].from == FOLLOW_SEQUENCE)
        service->last_sequence = service->checkpoints.progress.folded[0].sequence;
}

static void tell_changes(struct service *service)
{
    for (size_t i = 0; i < service->ops->input_count; i++) {
        if (service->checkpoints.changed[i] && service->ops->tape_changed != NULL)
            service->ops->tape_changed(service->self, service->ops->inputs[i].stream);
    }
}

static void follow_next(struct service *service, struct moment now)
{
    const struct service_input *input = &service->ops->inputs[service->following];
    struct follower_options options = {
        .stream = input->stream,
        .filter = input->filter,
        .from = input->from,
        .sequence = service->checkpoints.progress.folded[service->following].sequence + 1,
        .tag = service->generation * SERVICE_INPUTS_MAX + (int)service->following,
    };
    struct error error = {0};
    struct follower *follower = follower_create(service->tape, &options, service->inbox, &error);
    if (follower == NULL) {
        log_warning(service->ops->name, "cannot follow %s yet: %s", input->stream, error.text);
        service->retry_at_ns = now.monotonic_ns + RETRY_MS * NS_PER_MS;
        return;
    }
    service->followers[service->following++] = follower;
    set_gone(service, input->stream, false, now);
}

static void become_live(struct service *service)
{
    if (atomic_load(&service->live) || !is_live(service) || (service->lease != NULL && !lease_settled(service->lease)))
        return;
    atomic_store(&service->live, true);
    log_info(service->ops->name, "live after %llu events", (unsigned long long)atomic_load(&service->folded));
}

static void stop_deciding(struct service *service)
{
    log_warning(service->ops->name, "does not decide any more: its lease has lapsed");
    service->deciding_term = 0;
    atomic_store(&service->deciding, false);
    progress_drop_mark(&service->checkpoints.progress);
    service_snapshots_leave(&service->snapshots);
}

/* True when all is read that was on the stream of own outputs when this term began. */
static bool has_read_own(const struct service *service, uint64_t term, struct moment now)
{
    uint64_t end;
    bool said_all = service->ops->decides_on_history ? service->caught_up > 0 : is_live(service);
    if (!said_all || !lease_stream_end(service->lease, term, &end))
        return false;
    /* The last message of the stream may have been removed on its own: then its number never comes. */
    return service->last_sequence >= end || now.monotonic_ns - service->own_read_ns > SILENCE_MS * NS_PER_MS;
}

/* Says what was not said by whoever decided before. */
static void take_over(struct service *service, uint64_t term, struct moment now)
{
    struct proposal proposal;
    service->deciding_term = term;
    atomic_store(&service->deciding, true);
    log_info(service->ops->name, "decides from now on, after %llu events",
             (unsigned long long)atomic_load(&service->folded));
    if (service->backlog.dropped > 0)
        log_error(service->ops->name, "%llu events that nobody said were too many to keep",
                  (unsigned long long)service->backlog.dropped);
    service->backlog.dropped = 0;
    for (size_t left = service->backlog.count; left > 0 && backlog_take(&service->backlog, &proposal); left--)
        propose(service, &proposal);
    if (is_live(service))
        decide(service, NULL, now);
}

static void look_at_lease(struct service *service, struct moment now)
{
    if (service->lease == NULL)
        return;
    uint64_t term = lease_term(service->lease, clock_monotonic_ns());
    if (service->deciding_term != 0 && service->deciding_term != term)
        stop_deciding(service);
    if (term != 0 && service->awaited_term != term) {
        service->awaited_term = term;
        service->own_read_ns = now.monotonic_ns;
    }
    if (term != 0 && service->deciding_term == 0 && has_read_own(service, term, now))
        take_over(service, term, now);
}

static void read_caught_up(struct service *service, const struct inbox_item *item, struct moment now)
{
    if ((size_t)item->follower_tag != service->caught_up)
        return; /* a follower that had to start again */
    service->caught_up++;
    if (service->caught_up == 1)
        tell_changes(service);
    if (!is_live(service))
        return;
    if (service->lease == NULL)
        atomic_store(&service->deciding, service->ops->decide != NULL);
    become_live(service);
    if (may_decide(service))
        decide(service, NULL, now);
}

static void read_own_result(struct service *service, const struct publish_result *result)
{
    bool known = result->status != PUBLISH_REFUSED && result->status != PUBLISH_UNKNOWN;
    progress_answered(&service->checkpoints.progress, result->cookie, known);
    progress_answered(&service->snapshots.progress, result->cookie, known);
    const struct event *event = in_flight_event(service->in_flight, result->cookie);
    switch (result->status) {
    case PUBLISH_STORED:
    case PUBLISH_DUPLICATE:
        atomic_fetch_add(&service->stored, 1);
        in_flight_answered(service->in_flight, result->cookie, result->sequence);
        break;
    case PUBLISH_FENCED:
        /* Another event holds the place: it is on its way, and what follows from it is decided when it is read. */
        in_flight_end(service->in_flight, result->cookie);
        service->decide_again = true;
        break;
    case PUBLISH_REFUSED:
        /* What storage is missing for is told once, not at every try. */
        if ((atomic_fetch_add(&service->refused, 1) == 0 || event != NULL) && service->hold.troubles.full == 0)
            log_error(service->ops->name, "the server refused %s: %s",
                      event != NULL ? event_kind_name(event->kind) : "an event", result->problem);
        in_flight_end(service->in_flight, result->cookie);
        service->decide_again = true;
        break;
    case PUBLISH_UNKNOWN:
        /* It may be stored, now or later. Decided again it gets the same name, which can only be stored once. */
        atomic_fetch_add(&service->unknown, 1);
        in_flight_end(service->in_flight, result->cookie);
        service->decide_again = true;
        break;
    }
}

static void read_snapshot_result(struct service *service, const struct publish_result *result)
{
    if (service_snapshots_answered(&service->snapshots, result))
        atomic_fetch_add(&service->snapshots_written, 1);
}

static void read_result(struct service *service, const struct publish_result *result, struct moment now)
{
    if (result->cookie == SNAPSHOT_COOKIE) {
        read_snapshot_result(service, result);
        return;
    }
    if (result->cookie & 1) {
        read_own_result(service, result);
        return;
    }
    if (service->ops->published == NULL)
        return;
    struct publish_result theirs = *result;
    theirs.cookie >>= 1;
    service->ops->published(service->self, &theirs, now);
}

/* The state as before the first event; what is in flight will be answered, and is nobody's concern any more. */
static void start_over(struct service *service, size_t input)
{
    for (size_t i = 0; i < service->following; i++) {
        follower_destroy(service->followers[i]);
        touch(service);
    }
    service->generation++;
    service->following = service->caught_up = 0;
    service->last_sequence = 0;
    in_flight_destroy(service->in_flight);
    service->in_flight = in_flight_create();
    backlog_free(&service->backlog);
    service->deciding_term = service->awaited_term = 0;
    service->decide_again = false;
    atomic_store(&service->live, false);
    atomic_store(&service->deciding, false);
    service_checkpoints_start_over(&service->checkpoints, input);
    service_snapshots_start_over(&service->snapshots);
    service->ops->forget(service->self);
}

/* Messages that are missing, or another stream under the name of the one that was read. */
static void read_gap(struct service *service, const struct inbox_item *item, struct moment now)
{
    size_t input = (size_t)item->follower_tag;
    const char *stream = service->ops->inputs[input].stream;
    const struct progress_place *read = &service->checkpoints.progress.folded[input];
    if (item->sequence > read->sequence) {
        log_error(service->ops->name, "%s has lost messages from %llu on that had not been read", stream,
                  (unsigned long long)item->sequence);
        return;
    }
    if (item->remade)
        hold_because_remade(service, input, read->stored_ns, now);
    if (service->ops->forget == NULL) {
        log_error(service->ops->name, "%s is another tape than before; it has to be read anew", stream);
        return;
    }
    log_error(service->ops->name, "%s is another tape than before; all is folded anew", stream);
    publisher_withdraw(service->publisher, service->inbox, tape_stream_bit(stream));
    start_over(service, input);
}

static void read_item(struct service *service, const struct inbox_item *item)
{
    struct moment now = moment_now();
    touch(service);
    switch (item->kind) {
    case INBOX_MESSAGE:
        read_message(service, item, now);
        break;
    case INBOX_CAUGHT_UP:
        read_caught_up(service, item, now);
        break;
    case INBOX_PUBLISHED:
        read_result(service, &item->result, now);
        break;
    case INBOX_CONNECTION:
        hold_full(&service->hold, item->connection.full_streams, now.wall_ns);
        tell_hold(service);
        if (service->ops->connection != NULL)
            service->ops->connection(service->self, &item->connection);
        break;
    case INBOX_GAP:
        read_gap(service, item, now);
        break;
    case INBOX_STREAM_GONE:
    case INBOX_STREAM_BACK:
        set_gone(service, service->ops->inputs[item->follower_tag].stream, item->kind == INBOX_STREAM_GONE, now);
        break;
    case INBOX_METRICS:
    case INBOX_LEASES:
        break;
    }
}

static int tick_ms(const struct service *service)
{
    return service->ops->tick_ms > 0 ? service->ops->tick_ms : 1000;
}

static void tick(struct service *service, struct moment now)
{
    bool timed = service->ops->tick_ms > 0;
    if (in_flight_sweep(service->in_flight, service->last_sequence) > 0)
        service->decide_again = true;
    if (is_live(service) && (timed || service->decide_again) && may_decide(service)) {
        service->decide_again = false;
        decide(service, NULL, now);
    }
    service->tick_at_ns = now.monotonic_ns + tick_ms(service) * NS_PER_MS;
}

static void keep_checkpoints(struct service *service, struct moment now)
{
    if (!is_live(service) || !may_decide(service))
        return;
    uint64_t next_cookie = service->next_cookie << 1;
    bool complete = !service->decide_again;
    size_t written = service_checkpoints_keep(&service->checkpoints, next_cookie, complete, now.monotonic_ns);
    atomic_fetch_add(&service->checkpointed, written);
    service_snapshots_keep(&service->snapshots, &service->checkpoints.progress, next_cookie, complete,
                           now.monotonic_ns);
}

/* Checkpoints are compared first, then a snapshot is loaded, before anything is read. */
static bool has_to_prepare(const struct service *service)
{
    return service_checkpoints_compare_next(&service->checkpoints) || !service->snapshots.read;
}

/* One follower starts after the other: when all that was followed has been read to its end. A rule that decides on
 * history must know first whether it decides. */
static bool follows_next(const struct service *service)
{
    if (has_to_prepare(service) || service->following == service->ops->input_count ||
        service->following > service->caught_up)
        return false;
    return service->following == 0 || service->lease == NULL || !service->ops->decides_on_history ||
           lease_settled(service->lease);
}

/* Waits for the inbox, the service's own descriptor, the next follower's start or the next tick. */
static void wait_for_work(struct service *service, struct moment now)
{
    int64_t until_ns = service->tick_at_ns - now.monotonic_ns;
    if ((has_to_prepare(service) || follows_next(service)) && service->retry_at_ns - now.monotonic_ns < until_ns)
        until_ns = service->retry_at_ns - now.monotonic_ns;
    int timeout_ms = until_ns <= 0 ? 0 : (int)(until_ns / NS_PER_MS) + 1;
    if (service->lease != NULL && timeout_ms > ALIVE_MS)
        timeout_ms = ALIVE_MS;
    struct pollfd fds[2] = {{.fd = inbox_fd(service->inbox), .events = POLLIN}};
    nfds_t count = 1;
    if (service->ops->descriptor != NULL)
        fds[count++] = (struct pollfd){.fd = service->ops->descriptor(service->self), .events = POLLIN};
    poll(fds, count, timeout_ms);
}

/* Whether an item is not of a follower that was given up; its tag becomes the number of the input. */
static bool is_current(const struct service *service, struct inbox_item *item)
{
    int generation = item->follower_tag / SERVICE_INPUTS_MAX;
    item->follower_tag %= SERVICE_INPUTS_MAX;
    bool is_of_nobody = item->kind == INBOX_PUBLISHED || item->kind == INBOX_CONNECTION || item->kind == INBOX_METRICS;
    return is_of_nobody || generation == service->generation;
}

static void step(struct service *service)
{
    struct moment now = moment_now();
    touch(service);
    while (service_checkpoints_compare_next(&service->checkpoints) && now.monotonic_ns >= service->retry_at_ns)
        compare_next(service, now);
    if (!service_checkpoints_compare_next(&service->checkpoints) && !service->snapshots.read &&
        now.monotonic_ns >= service->retry_at_ns)
        load_snapshot(service, now);
    if (follows_next(service) && now.monotonic_ns >= service->retry_at_ns)
        follow_next(service, now);
    struct inbox_item item;
    for (int i = 0; i < BATCH_ITEMS && inbox_take(service->inbox, &item); i++)
        if (is_current(service, &item))
            read_item(service, &item);
    now = moment_now();
    look_at_lease(service, now);
    become_live(service);
    if (now.monotonic_ns >= service->tick_at_ns)
        tick(service, now);
    keep_checkpoints(service, now);
    if (service->ops->work != NULL)
        service->ops->work(service->self, now);
}

/* The last snapshot: what comes to the inbox meanwhile is for the next start. */
static void finish_snapshot(struct service *service, int64_t deadline_ns)
{
    struct inbox_item item;
    service_snapshots_finish(&service->snapshots, &service->checkpoints.progress);
    while (service_snapshots_is_busy(&service->snapshots) && may_decide(service) &&
           clock_monotonic_ns() < deadline_ns) {
        touch(service);
        inbox_wait(service->inbox, 50);
        while (inbox_take(service->inbox, &item)) {
            if (item.kind == INBOX_PUBLISHED && item.result.cookie == SNAPSHOT_COOKIE)
                read_snapshot_result(service, &item.result);
        }
    }
}

static void finish(struct service *service)
{
    int64_t deadline_ns = clock_monotonic_ns() + FINISH_MS * NS_PER_MS;
    struct inbox_item item;
    while ((in_flight_unanswered(service->in_flight) > 0 || service->checkpoints.progress.outstanding > 0) &&
           clock_monotonic_ns() < deadline_ns) {
        inbox_wait(service->inbox, 50);
        while (inbox_take(service->inbox, &item)) {
            if (item.kind == INBOX_PUBLISHED && item.result.cookie == SNAPSHOT_COOKIE) {
                read_snapshot_result(service, &item.result);
            } else if (item.kind == INBOX_PUBLISHED && item.result.cookie & 1) {
                read_own_result(service, &item.result);
                in_flight_end(service->in_flight, item.result.cookie);
            }
        }
    }
    if (is_live(service) && may_decide(service) && service->checkpoints.progress.outstanding == 0 &&
        !service->decide_again) {
        size_t written = service_checkpoints_finish(&service->checkpoints, service->next_cookie << 1);
        atomic_fetch_add(&service->checkpointed, written);
        finish_snapshot(service, deadline_ns);
    }
    if (in_flight_unanswered(service->in_flight) > 0)
        log_warning(service->ops->name, "left with %zu events whose fate is not known",
                    in_flight_unanswered(service->in_flight));
}

static void *run(void *argument)
{
    struct service *service = argument;
    pthread_setname_np(pthread_self(), service->ops->name);
    if (service->ops->started != NULL)
        service->ops->started(service->self, service);
    tape_notify(service->tape, service->inbox);
    while (!atomic_load(&service->stop)) {
        step(service);
        wait_for_work(service, moment_now());
    }
    finish(service);
    tape_unnotify(service->tape, service->inbox);
    inbox_close(service->inbox);
    for (size_t i = 0; i < service->following; i++)
        follower_destroy(service->followers[i]);
    if (service->outbox != NULL)
        outbox_forget(service->outbox, service->inbox);
    publisher_forget(service->publisher, service->inbox);
    return NULL;
}

static void release(struct service *service)
{
    lease_destroy(service->lease);
    service_snapshots_release(&service->snapshots);
    in_flight_destroy(service->in_flight);
    proposals_free(&service->proposals);
    backlog_free(&service->backlog);
    inbox_destroy(service->inbox);
    free(service);
}

struct service *service_start_with(const struct service_ops *ops, void *self, const struct service_options *options,
                                   struct error *error)
{
    assert(ops->input_count >= 1 && ops->input_count <= SERVICE_INPUTS_MAX);
    struct service *service = calloc(1, sizeof *service);
    assert(service != NULL);
    service->ops = ops;
    service->self = self;
    service->tape = options->tape;
    service->publisher = options->publisher;
    service->outbox = options->outbox;
    service->checkpoints =
        (struct service_checkpoints){.ops = ops, .tape = options->tape, .publisher = options->publisher};
    text_copy(service->default_account, sizeof service->default_account, options->default_account);
    service->inbox = inbox_create(INBOX_BYTES);
    service->in_flight = in_flight_create();
    service_snapshots_init(&service->snapshots, ops, self, options, service->inbox, &service->hold);
    if (ops->needs_lease) {
        struct lease_options lease = {
            .role = ops->name, .identity = options->identity, .stream = ops->inputs[0].stream, .wakes = service->inbox};
        service->lease = lease_create(service->tape, &lease, error);
        if (service->lease == NULL)
            goto failed;
    }
    if (pthread_create(&service->thread, NULL, run, service) != 0) {
        error_set(error, ERROR_FAILED, "cannot start the thread of %s", ops->name);
        goto failed;
    }
    return service;
failed:
    release(service);
    return NULL;
}

struct service *service_start(const struct service_ops *ops, void *self, struct tape *tape, struct publisher *publisher,
                              const char *default_account, struct error *error)
{
    const struct service_options options = {.tape = tape, .publisher = publisher, .default_account = default_account};
    return service_start_with(ops, self, &options, error);
}

void service_stop(struct service *service)
{
    if (service == NULL)
        return;
    atomic_store(&service->stop, true);
    inbox_wake(service->inbox);
    pthread_join(service->thread, NULL);
    release(service);
}

struct service_counts service_counts(struct service *service)
{
    return (struct service_counts){
        .folded = atomic_load(&service->folded),
        .proposed = atomic_load(&service->proposed),
        .stored = atomic_load(&service->stored),
        .refused = atomic_load(&service->refused),
        .unknown = atomic_load(&service->unknown),
        .dead_letters = atomic_load(&service->dead_letters),
        .checkpoints = atomic_load(&service->checkpointed),
        .snapshots = atomic_load(&service->snapshots_written),
        .live = atomic_load(&service->live),
        .deciding = atomic_load(&service->deciding),
        .held = atomic_load(&service->held),
    };
}
