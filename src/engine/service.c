/* The service loop: the one way in which the tape becomes state, and state becomes proposals on the tape.
 *
 * The thread starts one follower after the other (its own outputs first), takes items out of its inbox, folds, asks
 * for proposals and hands them to the publisher. What the publisher answers comes back through the same inbox, so that
 * nothing here needs a lock. */
#include "engine/service.h"

#include <assert.h>
#include <poll.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "engine/service_private.h"

enum {
    INBOX_BYTES = 8 << 20,
    BATCH_ITEMS = 512, /* taken from the inbox before the other work has its turn */
    ALIVE_MS = 250,    /* the longest wait of one that has a lease */
};

struct moment service_now(void)
{
    return (struct moment){.wall_ns = clock_wall_ns(), .monotonic_ns = clock_monotonic_ns()};
}

void service_touch(struct service *service)
{
    if (service->lease != NULL)
        lease_touch(service->lease, clock_monotonic_ns());
}

bool service_is_live(const struct service *service)
{
    return service->caught_up == service->ops->input_count;
}

static int tick_ms(const struct service *service)
{
    return service->ops->tick_ms > 0 ? service->ops->tick_ms : 1000;
}

/* When decide(NULL) is due. Who does not decide need not hurry. */
static int64_t tick_at_ns(const struct service *service)
{
    if (service->ops->due_ns == NULL || !service_is_live(service) || !service_may_decide(service))
        return service->tick_at_ns;
    int64_t due_ns = service->ops->due_ns(service->self);
    return due_ns < service->tick_at_ns ? due_ns : service->tick_at_ns;
}

static void tick(struct service *service, struct moment now)
{
    bool timed = service->ops->tick_ms > 0;
    if (in_flight_sweep(service->in_flight, service->last_sequence) > 0)
        service->decide_again = true;
    if (service_is_live(service) && (timed || service->decide_again) && service_may_decide(service)) {
        service->decide_again = false;
        service_decide(service, NULL, now);
    }
    service->tick_at_ns = now.monotonic_ns + tick_ms(service) * NS_PER_MS;
}

/* Waits for the inbox, the service's own descriptor, the next follower's start or the next tick. */
static void wait_for_work(struct service *service, struct moment now)
{
    int64_t until_ns = tick_at_ns(service) - now.monotonic_ns;
    if (service_has_to_read_on(service) && service->retry_at_ns - now.monotonic_ns < until_ns)
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

static void step(struct service *service)
{
    struct moment now = service_now();
    service_touch(service);
    service_read_on(service, now);
    struct inbox_item item;
    for (int i = 0; i < BATCH_ITEMS && inbox_take(service->inbox, &item); i++)
        service_read_item(service, &item);
    now = service_now();
    service_look_at_lease(service, now);
    service_become_live(service);
    if (now.monotonic_ns >= tick_at_ns(service))
        tick(service, now);
    service_keep_places(service, now);
    if (service->ops->work != NULL)
        service->ops->work(service->self, now);
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
        wait_for_work(service, service_now());
    }
    service_finish_saying(service);
    tape_unnotify(service->tape, service->inbox);
    inbox_close(service->inbox);
    for (size_t i = 0; i < service->following; i++)
        follower_destroy(service->followers[i]);
    follower_destroy(service->aside);
    if (service->outbox != NULL)
        outbox_forget(service->outbox, service->inbox);
    publisher_forget(service->publisher, service->inbox);
    return NULL;
}

static void release(struct service *service)
{
    plumbing_reader_destroy(service->plumbing);
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
    service->checkpoints = (struct service_checkpoints){
        .ops = ops, .tape = options->tape, .publisher = options->publisher, .hold = &service->hold};
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
    if (ops->plumbing != NULL) {
        service->plumbing = plumbing_reader_create(service->tape, options->state_directory, service->inbox, error);
        if (service->plumbing == NULL)
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
    struct service_counts counts = {
        .folded = atomic_load(&service->folded),
        .proposed = atomic_load(&service->proposed),
        .stored = atomic_load(&service->stored),
        .refused = atomic_load(&service->refused),
        .unknown = atomic_load(&service->unknown),
        .dead_letters = atomic_load(&service->dead_letters),
        .checkpoints = atomic_load(&service->checkpointed),
        .snapshots = atomic_load(&service->snapshots_written),
        .waiting = inbox_items(service->inbox),
        .live = atomic_load(&service->live),
        .deciding = atomic_load(&service->deciding),
        .held = atomic_load(&service->held),
    };
    for (size_t i = 0; i < SERVICE_INPUTS_MAX; i++)
        counts.folded_of[i] = atomic_load(&service->folded_of[i]);
    return counts;
}
