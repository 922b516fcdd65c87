/* The thread of a lease does what the rule asks for, one request after the other, and puts what came of it into a few
 * atomics. Whoever decides looks at those and at a clock, and never waits for this thread. */
#include "bus/lease.h"

#include <assert.h>
#include <inttypes.h>
#include <nats/nats.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "bus/bucket.h"
#include "bus/lease_value.h"
#include "bus/tape_internal.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "core/unique.h"

enum {
    REQUEST_WAIT_MS = 500, /* a renewal that gets no answer can be tried again before the lease lapses */
    CREATE_WAIT_MS = 2000,
    LIST_WAIT_MS = 2000,
    LIST_MAX = 64,
    OWNER_POLL_MS = 50, /* between looks whether a silent owner is back */
};

struct lease {
    struct tape *tape;
    struct bucket bucket;
    char role[LEASE_ROLE_SIZE];
    char stream[64]; /* "": none */
    struct inbox *wakes;

    /* The thread's own. */
    struct lease_rule rule;
    bool bucket_made;
    int64_t since_ns; /* wall clock: when the present term began */
    struct lease_holder told_other;
    char told_problem[sizeof((struct error *)NULL)->text];

    /* Written by the thread; `term` before `held_until_ns`, and `end_sequence` before `end_term`. */
    atomic_int_fast64_t held_until_ns;
    atomic_uint_fast64_t term, end_term, end_sequence;
    atomic_bool settled;

    atomic_int_fast64_t touched_ns; /* when the owner last said that it lives */

    pthread_t thread;
    pthread_mutex_t mutex; /* for all below */
    pthread_cond_t changed;
    bool stopping;
    char trouble[LEASE_TROUBLE_SIZE];
};

uint64_t lease_term(const struct lease *lease, int64_t monotonic_ns)
{
    if (monotonic_ns >= atomic_load(&lease->held_until_ns))
        return 0;
    return atomic_load(&lease->term);
}

void lease_touch(struct lease *lease, int64_t monotonic_ns)
{
    atomic_store(&lease->touched_ns, monotonic_ns);
}

void lease_tell_trouble(struct lease *lease, const char *trouble)
{
    pthread_mutex_lock(&lease->mutex);
    text_copy(lease->trouble, sizeof lease->trouble, trouble);
    pthread_mutex_unlock(&lease->mutex);
}

bool lease_held(const struct lease *lease, int64_t monotonic_ns)
{
    return lease_term(lease, monotonic_ns) != 0;
}

bool lease_stream_end(const struct lease *lease, uint64_t term, uint64_t *sequence)
{
    if (lease->stream[0] == '\0' || atomic_load(&lease->end_term) != term)
        return false;
    *sequence = atomic_load(&lease->end_sequence);
    return true;
}

bool lease_settled(const struct lease *lease)
{
    return atomic_load(&lease->settled);
}

static bool is_stopping(struct lease *lease)
{
    pthread_mutex_lock(&lease->mutex);
    bool stopping = lease->stopping;
    pthread_mutex_unlock(&lease->mutex);
    return stopping;
}

static void wait_until(struct lease *lease, int64_t end_ns)
{
    struct timespec end = {.tv_sec = end_ns / NS_PER_SECOND, .tv_nsec = end_ns % NS_PER_SECOND};
    pthread_mutex_lock(&lease->mutex);
    if (!lease->stopping)
        pthread_cond_timedwait(&lease->changed, &lease->mutex, &end);
    pthread_mutex_unlock(&lease->mutex);
}

static void wake(struct lease *lease)
{
    if (lease->wakes != NULL)
        inbox_wake(lease->wakes);
}

/* Makes the rule's state visible, and says in the log what changed for people. */
static void show(struct lease *lease)
{
    const struct lease_rule *rule = &lease->rule;
    bool gained = atomic_load(&lease->term) != rule->term;
    bool lost = lease_rule_held_until(rule) == 0 && atomic_load(&lease->held_until_ns) != 0;
    bool settled = rule->settled && !atomic_load(&lease->settled);
    atomic_store(&lease->term, rule->term);
    atomic_store(&lease->held_until_ns, lease_rule_held_until(rule));
    atomic_store(&lease->settled, rule->settled);
    if (gained)
        log_info("lease", "holds the role %s (revision %" PRIu64 ")", lease->role, rule->revision);
    if (lost)
        log_warning("lease", "does not hold the role %s any more", lease->role);
    bool other = rule->other.identity[0] != '\0';
    if (other && strcmp(lease->told_other.instance, rule->other.instance) != 0)
        log_info("lease", "the role %s is held by %s", lease->role, rule->other.instance);
    lease->told_other = rule->other;
    if (gained || lost || settled)
        wake(lease);
}

static void tell_problem(struct lease *lease, const struct error *error)
{
    if (strcmp(lease->told_problem, error->text) == 0)
        return;
    memcpy(lease->told_problem, error->text, sizeof lease->told_problem);
    log_warning("lease", "role %s: %s", lease->role, error->text);
}

static struct lease_answer read_entry(struct lease *lease, struct error *error)
{
    struct bucket_entry entry;
    struct lease_answer answer = {.kind = LEASE_ANSWER_FAILED};
    if (bucket_get(&lease->bucket, lease->role, &entry, error) != BUCKET_DONE)
        return answer;
    answer.revision = entry.revision;
    struct lease_entry read;
    /* What cannot be read is somebody's whom we do not know: then it has to age. */
    lease_value_read(&read, entry.value);
    answer.holder = read.holder;
    answer.kind = entry.value[0] == '\0' ? LEASE_ANSWER_FREE : LEASE_ANSWER_ENTRY;
    return answer;
}

static struct lease_answer write_entry(struct lease *lease, uint64_t expected, struct error *error)
{
    char value[BUCKET_VALUE_SIZE], trouble[LEASE_TROUBLE_SIZE];
    struct lease_answer answer = {.kind = LEASE_ANSWER_FAILED};
    bool held = clock_monotonic_ns() < lease_rule_held_until(&lease->rule);
    if (!held)
        lease->since_ns = clock_wall_ns();
    pthread_mutex_lock(&lease->mutex);
    memcpy(trouble, lease->trouble, sizeof trouble);
    pthread_mutex_unlock(&lease->mutex);
    lease_value_write(value, &lease->rule.self, lease->since_ns, clock_wall_ns(), trouble);
    switch (bucket_put(&lease->bucket, lease->role, value, expected, &answer.revision, error)) {
    case BUCKET_DONE:
        answer.kind = LEASE_ANSWER_WRITTEN;
        break;
    case BUCKET_REFUSED:
        answer.kind = LEASE_ANSWER_REFUSED;
        break;
    case BUCKET_FAILED:
        break;
    }
    return answer;
}

/* Does what the rule asks for. */
static struct lease_answer answer_to(struct lease *lease, struct lease_ask ask)
{
    struct error error = {0};
    struct lease_answer answer = {.kind = LEASE_ANSWER_FAILED};
    if (!lease->bucket_made) {
        struct bucket patient = lease->bucket;
        patient.wait_ms = CREATE_WAIT_MS;
        lease->bucket_made = bucket_create(&patient, LEASE_AGE_NS, &error) == 0;
    }
    if (lease->bucket_made)
        answer = ask.kind == LEASE_ASK_READ ? read_entry(lease, &error) : write_entry(lease, ask.expected, &error);
    if (answer.kind == LEASE_ANSWER_FAILED) {
        tell_problem(lease, &error);
        lease->bucket_made = false; /* it may have been removed */
    } else if (answer.kind == LEASE_ANSWER_WRITTEN || answer.kind == LEASE_ANSWER_ENTRY) {
        /* Reading what nobody could write proves nothing. */
        lease->told_problem[0] = '\0';
    }
    return answer;
}

/* A new holder decides only when it has read everything that those before it said. */
static void learn_end(struct lease *lease)
{
    uint64_t term = lease_term(lease, clock_monotonic_ns());
    if (lease->stream[0] == '\0' || term == 0 || atomic_load(&lease->end_term) == term ||
        !tape_is_connected(lease->tape))
        return;
    jsOptions options;
    jsOptions_Init(&options);
    options.Wait = REQUEST_WAIT_MS;
    jsStreamInfo *info = NULL;
    if (js_GetStreamInfo(&info, tape_jetstream(lease->tape), lease->stream, &options, NULL) != NATS_OK)
        return;
    atomic_store(&lease->end_sequence, info->State.Msgs > 0 ? info->State.LastSeq : 0);
    atomic_store(&lease->end_term, term);
    jsStreamInfo_Destroy(info);
    wake(lease);
}

static void *run(void *argument)
{
    struct lease *lease = argument;
    struct lease_answer answer;
    bool answered = false;
    pthread_setname_np(pthread_self(), "lease");
    lease_rule_init(&lease->rule, &lease->rule.self, clock_monotonic_ns());
    while (!is_stopping(lease)) {
        int64_t now_ns = clock_monotonic_ns();
        if (!answered && now_ns - atomic_load(&lease->touched_ns) > LEASE_OWNER_NS) {
            wait_until(lease, now_ns + OWNER_POLL_MS * NS_PER_MS);
            continue;
        }
        struct lease_ask ask = lease_rule_step(&lease->rule, answered ? &answer : NULL, now_ns);
        show(lease);
        answered = ask.kind != LEASE_ASK_NOTHING;
        if (answered) {
            answer = answer_to(lease, ask);
            continue;
        }
        learn_end(lease);
        int64_t due_ns = lease->rule.due_ns, retry_ns = clock_monotonic_ns() + LEASE_RETRY_NS;
        bool end_missing =
            lease->stream[0] != '\0' && lease->rule.revision != 0 && atomic_load(&lease->end_term) != lease->rule.term;
        wait_until(lease, end_missing && retry_ns < due_ns ? retry_ns : due_ns);
    }
    if (answered)
        lease_rule_step(&lease->rule, &answer, clock_monotonic_ns());
    atomic_store(&lease->held_until_ns, 0);
    if (lease->rule.revision != 0)
        bucket_remove(&lease->bucket, lease->role, lease->rule.revision, NULL);
    return NULL;
}

struct lease *lease_create(struct tape *tape, const struct lease_options *options, struct error *error)
{
    struct lease *lease = calloc(1, sizeof *lease);
    assert(lease != NULL);
    lease->tape = tape;
    lease->bucket = (struct bucket){.tape = tape, .name = LEASE_BUCKET, .wait_ms = REQUEST_WAIT_MS};
    lease->wakes = options->wakes;
    lease->touched_ns = clock_monotonic_ns();
    struct lease_holder *self = &lease->rule.self;
    unique_id(self->instance);
    bool known = options->identity != NULL && options->identity[0] != '\0';
    if (!text_copy(lease->role, sizeof lease->role, options->role) ||
        !text_copy(lease->stream, sizeof lease->stream, options->stream != NULL ? options->stream : "") ||
        !text_copy(self->identity, sizeof self->identity, known ? options->identity : self->instance)) {
        error_set(error, ERROR_FAILED, "the name of a role, a stream or a holder is too long");
        free(lease);
        return NULL;
    }
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&lease->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&lease->mutex, NULL);
    int problem = pthread_create(&lease->thread, NULL, run, lease);
    if (problem != 0) {
        error_set(error, ERROR_FAILED, "cannot start a thread: %s", strerror(problem));
        pthread_cond_destroy(&lease->changed);
        pthread_mutex_destroy(&lease->mutex);
        free(lease);
        return NULL;
    }
    return lease;
}

void lease_destroy(struct lease *lease)
{
    if (lease == NULL)
        return;
    pthread_mutex_lock(&lease->mutex);
    lease->stopping = true;
    pthread_cond_broadcast(&lease->changed);
    pthread_mutex_unlock(&lease->mutex);
    pthread_join(lease->thread, NULL);
    pthread_cond_destroy(&lease->changed);
    pthread_mutex_destroy(&lease->mutex);
    free(lease);
}

void lease_identity(char identity[LEASE_IDENTITY_SIZE], int lock_fd)
{
    char boot[40] = "";
    struct stat status;
    identity[0] = '\0';
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (file == NULL)
        return;
    bool read = fgets(boot, sizeof boot, file) != NULL;
    fclose(file);
    boot[strcspn(boot, "\n")] = '\0';
    if (!read || boot[0] == '\0' || fstat(lock_fd, &status) != 0)
        return;
    snprintf(identity, LEASE_IDENTITY_SIZE, "%s.%x.%x.%" PRIx64, boot, major(status.st_dev), minor(status.st_dev),
             (uint64_t)status.st_ino);
}

int lease_list(struct tape *tape, struct lease_entry *entries, size_t capacity, struct error *error)
{
    struct bucket bucket = {.tape = tape, .name = LEASE_BUCKET, .wait_ms = LIST_WAIT_MS};
    struct bucket_entry *read = calloc(LIST_MAX, sizeof *read);
    assert(read != NULL);
    int count = bucket_list(&bucket, read, LIST_MAX, error);
    for (size_t i = 0; count > 0 && i < (size_t)count && i < LIST_MAX && i < capacity; i++) {
        lease_value_read(&entries[i], read[i].value);
        text_clean(entries[i].role, sizeof entries[i].role, read[i].key, strlen(read[i].key));
        entries[i].revision = read[i].revision;
        entries[i].renewed_ns = read[i].stored_ns;
    }
    free(read);
    return count;
}
