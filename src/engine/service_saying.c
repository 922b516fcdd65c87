/* What a service says: the proposals of its rule, while it is this process that decides, and what became of them. */
#include "engine/service_private.h"

#include <poll.h>

#include "bus/publish_event.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/subject.h"
#include "core/timestamp.h"

enum {
    FINISH_MS = 2000, /* that a stop waits for answers */
    FULL_WAIT_MS = 2,
    SILENCE_MS = 2000, /* after which the end of a stream that misses its last message counts as read */
};

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
bool service_may_decide(const struct service *service)
{
    return service->lease == NULL ||
           (service->deciding_term != 0 && lease_term(service->lease, clock_monotonic_ns()) == service->deciding_term);
}

static void propose(struct service *service, const struct proposal *proposal)
{
    char key[FLIGHT_KEY_SIZE];
    if (is_unsayable(service, &proposal->event)) {
        service->decide_again = true;
        return;
    }
    if (!service_may_decide(service)) {
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
        service_touch(service);
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

void service_decide(struct service *service, const struct event *event, struct moment now)
{
    if (service->ops->decide == NULL || (!service->ops->decides_on_history && !service_may_decide(service)))
        return;
    proposals_clear(&service->proposals);
    service->ops->decide(service->self, event, now, &service->proposals);
    for (size_t i = 0; i < service->proposals.count; i++)
        propose(service, &service->proposals.items[i]);
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
    bool said_all = service->ops->decides_on_history ? service->caught_up > 0 : service_is_live(service);
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
    if (service_is_live(service))
        service_decide(service, NULL, now);
}

void service_look_at_lease(struct service *service, struct moment now)
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

void service_read_result(struct service *service, const struct publish_result *result, struct moment now)
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

void service_keep_places(struct service *service, struct moment now)
{
    if (!service_is_live(service) || !service_may_decide(service))
        return;
    uint64_t next_cookie = service->next_cookie << 1;
    bool complete = !service->decide_again;
    size_t written = service_checkpoints_keep(&service->checkpoints, next_cookie, complete, now.monotonic_ns);
    atomic_fetch_add(&service->checkpointed, written);
    service_snapshots_keep(&service->snapshots, &service->checkpoints.progress, next_cookie, complete,
                           now.monotonic_ns);
}

/* The last snapshot: what comes to the inbox meanwhile is for the next start. */
static void finish_snapshot(struct service *service, int64_t deadline_ns)
{
    struct inbox_item item;
    service_snapshots_finish(&service->snapshots, &service->checkpoints.progress);
    while (service_snapshots_is_busy(&service->snapshots) && service_may_decide(service) &&
           clock_monotonic_ns() < deadline_ns) {
        service_touch(service);
        inbox_wait(service->inbox, 50);
        while (inbox_take(service->inbox, &item)) {
            if (item.kind == INBOX_PUBLISHED && item.result.cookie == SNAPSHOT_COOKIE)
                read_snapshot_result(service, &item.result);
        }
    }
}

void service_finish_saying(struct service *service)
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
    if (service_is_live(service) && service_may_decide(service) && service->checkpoints.progress.outstanding == 0 &&
        !service->decide_again) {
        size_t written = service_checkpoints_finish(&service->checkpoints, service->next_cookie << 1);
        atomic_fetch_add(&service->checkpointed, written);
        finish_snapshot(service, deadline_ns);
    }
    if (in_flight_unanswered(service->in_flight) > 0)
        log_warning(service->ops->name, "left with %zu events whose fate is not known",
                    in_flight_unanswered(service->in_flight));
}
