/* What a service reads: its streams one after the other, from where its snapshot stands, and what the inbox brings. */
#include "engine/service_private.h"

#include <inttypes.h>

#include "bus/dead_letter.h"
#include "core/age.h"
#include "core/log.h"
#include "core/timestamp.h"

enum {
    RETRY_MS = 1000, /* between attempts at what the server refused */
    ASIDE_TAG = -1,  /* of the follower of the stream that is looked at besides */
};

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
    atomic_fetch_add(&service->folded_of[item->follower_tag], 1);
    bool said_all = service->caught_up > 0; /* own outputs are known: nothing would be proposed twice */
    if (service_is_live(service) || (service->ops->decides_on_history && said_all && item->follower_tag > 0))
        service_decide(service, &event, now);
}

void service_become_live(struct service *service)
{
    if (atomic_load(&service->live) || !service_is_live(service) ||
        (service->lease != NULL && !lease_settled(service->lease)))
        return;
    atomic_store(&service->live, true);
    log_info(service->ops->name, "live after %llu events", (unsigned long long)atomic_load(&service->folded));
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
        .service = service->ops->name,
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

static void follow_aside(struct service *service, struct moment now)
{
    struct follower_options options = {
        .stream = service->ops->aside_stream, .from = FOLLOW_LAST_PER_SUBJECT, .tag = ASIDE_TAG, .patient = true};
    struct error error = {0};
    service->aside = follower_create(service->tape, &options, service->inbox, &error);
    if (service->aside != NULL)
        return;
    log_warning(service->ops->name, "cannot follow %s yet: %s", options.stream, error.text);
    service->retry_at_ns = now.monotonic_ns + RETRY_MS * NS_PER_MS;
}

static void read_aside(struct service *service, const struct inbox_item *item, struct moment now)
{
    if (item->kind == INBOX_CAUGHT_UP)
        service->aside_caught_up = true;
    if (item->kind == INBOX_MESSAGE)
        service->ops->aside(service->self, item,
                            age_when_read_ns(item->stored_ns, now.wall_ns, !service->aside_caught_up), now);
}

static void read_caught_up(struct service *service, const struct inbox_item *item, struct moment now)
{
    if ((size_t)item->follower_tag != service->caught_up)
        return; /* a follower that had to start again */
    service->caught_up++;
    if (service->caught_up == 1)
        tell_changes(service);
    if (!service_is_live(service))
        return;
    if (service->lease == NULL)
        atomic_store(&service->deciding, service->ops->decide != NULL);
    service_become_live(service);
    if (service_may_decide(service))
        service_decide(service, NULL, now);
}

/* The state as before the first event; what is in flight will be answered, and is nobody's concern any more. */
static void start_over(struct service *service, size_t input)
{
    for (size_t i = 0; i < service->following; i++) {
        follower_destroy(service->followers[i]);
        service_touch(service);
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

/* Whether an item is not of a follower that was given up; its tag becomes the number of the input. */
static bool is_current(const struct service *service, struct inbox_item *item)
{
    int generation = item->follower_tag / SERVICE_INPUTS_MAX;
    item->follower_tag %= SERVICE_INPUTS_MAX;
    bool is_of_nobody = item->kind == INBOX_PUBLISHED || item->kind == INBOX_CONNECTION || item->kind == INBOX_PLUMBING;
    return is_of_nobody || generation == service->generation;
}

void service_read_item(struct service *service, struct inbox_item *item)
{
    struct moment now = service_now();
    service_touch(service);
    if (item->follower_tag == ASIDE_TAG) {
        read_aside(service, item, now);
        return;
    }
    if (!is_current(service, item))
        return;
    switch (item->kind) {
    case INBOX_MESSAGE:
        read_message(service, item, now);
        break;
    case INBOX_CAUGHT_UP:
        read_caught_up(service, item, now);
        break;
    case INBOX_PUBLISHED:
        service_read_result(service, &item->result, now);
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
    case INBOX_PLUMBING:
        if (service->ops->plumbing != NULL)
            service->ops->plumbing(service->self, item->plumbing, now);
        break;
    case INBOX_METRICS:
    case INBOX_LEASES:
        break;
    }
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

void service_read_on(struct service *service, struct moment now)
{
    while (service_checkpoints_compare_next(&service->checkpoints) && now.monotonic_ns >= service->retry_at_ns)
        compare_next(service, now);
    if (!service_checkpoints_compare_next(&service->checkpoints) && !service->snapshots.read &&
        now.monotonic_ns >= service->retry_at_ns)
        load_snapshot(service, now);
    if (follows_next(service) && now.monotonic_ns >= service->retry_at_ns)
        follow_next(service, now);
    if (service->ops->aside_stream != NULL && service->aside == NULL && service_is_live(service) &&
        now.monotonic_ns >= service->retry_at_ns)
        follow_aside(service, now);
}

bool service_has_to_read_on(const struct service *service)
{
    return has_to_prepare(service) || follows_next(service);
}
