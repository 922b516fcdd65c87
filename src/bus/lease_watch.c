/* The bucket says when a lease was renewed; that one was not is seen here, on the clock of this machine: so the end of
 * a holder that died is known as early as others may take its place. */
#include "bus/lease_watch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/bucket.h"
#include "bus/follower.h"
#include "bus/lease.h"
#include "bus/lease_value.h"
#include "bus/tape_internal.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "core/timestamp.h"

enum { LOOK_MS = 250, RETRY_MS = 5000, INBOX_BYTES = 64 << 10 };

struct lease_watch {
    struct tape *tape;
    struct inbox *out;
    struct inbox *in; /* what the follower brings */
    pthread_t thread;
    atomic_bool stopping;

    /* The thread's alone. */
    struct follower *follower; /* NULL: not yet */
    int64_t retry_ns;
    bool read; /* all that was there at first */
    bool told; /* that the bucket cannot be followed */
    struct lease_board board, shown;
    int64_t renewed_ns[SERVER_LEASES_MAX]; /* monotonic */
};

static uint32_t find(const struct lease_board *board, const char *role)
{
    uint32_t at = 0;
    while (at < board->count && strcmp(board->leases[at].role, role) < 0)
        at++;
    return at;
}

static void forget(struct lease_watch *watch, uint32_t at)
{
    struct lease_board *board = &watch->board;
    uint32_t behind = --board->count - at;
    memmove(&board->leases[at], &board->leases[at + 1], behind * sizeof board->leases[0]);
    memmove(&watch->renewed_ns[at], &watch->renewed_ns[at + 1], behind * sizeof watch->renewed_ns[0]);
}

/* Makes room for a role; in the order of the names, so that the lines of a screen stay where they are. */
static void insert(struct lease_watch *watch, uint32_t at)
{
    struct lease_board *board = &watch->board;
    uint32_t behind = board->count++ - at;
    memmove(&board->leases[at + 1], &board->leases[at], behind * sizeof board->leases[0]);
    memmove(&watch->renewed_ns[at + 1], &watch->renewed_ns[at], behind * sizeof watch->renewed_ns[0]);
}

static void take(struct lease_watch *watch, const struct inbox_item *item)
{
    struct lease_board *board = &watch->board;
    struct lease_status status = {0};
    struct lease_entry entry;
    const char *role = strrchr(item->subject, '.');
    if (role == NULL || item->payload_bytes >= BUCKET_VALUE_SIZE)
        return;
    text_clean(status.role, sizeof status.role, role + 1, strlen(role + 1));
    uint32_t at = find(board, status.role);
    bool known = at < board->count && strcmp(board->leases[at].role, status.role) == 0;
    if (item->payload_bytes == 0) {
        if (known)
            forget(watch, at);
        return;
    }
    lease_value_read(&entry, item->payload);
    text_clean(status.host, sizeof status.host, entry.host, strlen(entry.host));
    status.pid = entry.pid;
    status.since_ns = entry.since_ns;
    if (!known && board->count == SERVER_LEASES_MAX)
        return;
    if (!known)
        insert(watch, at);
    board->leases[at] = status;
    watch->renewed_ns[at] = item->arrived_ns;
}

static void take_all(struct lease_watch *watch)
{
    struct inbox_item item;
    while (inbox_take(watch->in, &item)) {
        if (item.kind == INBOX_MESSAGE)
            take(watch, &item);
        watch->read = watch->read || item.kind == INBOX_CAUGHT_UP;
    }
    int64_t now_ns = clock_monotonic_ns();
    for (uint32_t i = watch->board.count; i > 0; i--) {
        if (now_ns - watch->renewed_ns[i - 1] > LEASE_AGE_NS)
            forget(watch, i - 1);
    }
    watch->board.known = watch->read && tape_is_connected(watch->tape);
}

static void follow(struct lease_watch *watch, int64_t now_ns)
{
    const struct follower_options options = {.stream = "KV_" LEASE_BUCKET, .from = FOLLOW_LAST_PER_SUBJECT};
    struct error error = {0};
    if (watch->follower != NULL || now_ns < watch->retry_ns || !tape_is_connected(watch->tape))
        return;
    watch->follower = follower_create(watch->tape, &options, watch->in, &error);
    watch->retry_ns = clock_monotonic_ns() + RETRY_MS * NS_PER_MS;
    if (watch->follower == NULL && !watch->told) {
        tape_explain(watch->tape, &error);
        log_warning("lease", "who holds which role is not shown: %s", error.text);
        watch->told = true;
    }
}

static bool is_shown(const struct lease_watch *watch)
{
    const struct lease_board *board = &watch->board, *shown = &watch->shown;
    return board->known == shown->known && board->count == shown->count &&
           memcmp(board->leases, shown->leases, board->count * sizeof board->leases[0]) == 0;
}

static void *run(void *argument)
{
    struct lease_watch *watch = argument;
    bool first = true;
    pthread_setname_np(pthread_self(), "lease watch");
    while (!atomic_load(&watch->stopping)) {
        follow(watch, clock_monotonic_ns());
        take_all(watch);
        if (first || !is_shown(watch)) {
            watch->shown = watch->board;
            inbox_put(watch->out, &(struct inbox_item){.kind = INBOX_LEASES, .leases = &watch->shown});
        }
        first = false;
        inbox_wait(watch->in, LOOK_MS);
    }
    inbox_close(watch->in);
    follower_destroy(watch->follower);
    return NULL;
}

struct lease_watch *lease_watch_create(struct tape *tape, struct inbox *inbox, struct error *error)
{
    struct lease_watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL)
        abort();
    watch->tape = tape;
    watch->out = inbox;
    watch->in = inbox_create(INBOX_BYTES);
    int problem = pthread_create(&watch->thread, NULL, run, watch);
    if (problem == 0)
        return watch;
    error_set(error, ERROR_FAILED, "cannot start a thread: %s", strerror(problem));
    inbox_destroy(watch->in);
    free(watch);
    return NULL;
}

void lease_watch_destroy(struct lease_watch *watch)
{
    if (watch == NULL)
        return;
    atomic_store(&watch->stopping, true);
    inbox_wake(watch->in);
    pthread_join(watch->thread, NULL);
    inbox_destroy(watch->in);
    free(watch);
}
