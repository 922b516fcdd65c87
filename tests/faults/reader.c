/* A reader takes what comes out of its inbox, notes the number, and acknowledges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "faults/reader.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "bus/follower.h"
#include "bus/push.h"
#include "bus/worker.h"
#include "core/clock.h"
#include "core/timestamp.h"
#include "faults/load.h"
#include "faults/pause.h"
#include "feed/prng.h"

enum { INBOX_BYTES = 1 << 20, TICK_MS = 20, RESTART_MOST = 40000 };

/* Shorter than the defaults, so that the run sees redeliveries. */
enum { ACK_WAIT_MS = 4000, MAX_DELIVER = 100 };

const char *const READER_NAMES[READER_KINDS] = {"follower", "follower, restarted", "worker", "push, durable"};

struct reader {
    enum reader_kind kind;
    struct tape *tape;
    struct inbox *inbox;
    struct follower *follower;
    struct worker *worker;
    struct push *push;
    pthread_t thread;
    atomic_bool stopping;

    /* The thread's own. */
    struct prng prng;
    uint64_t checkpoint; /* the last sequence that was read */
    uint64_t restart_in; /* messages */

    pthread_mutex_t mutex; /* for all below */
    struct tally tally;
    struct pause pause;
    struct reader_reports reports;
};

static int begin(struct reader *reader, struct error *error)
{
    reader->inbox = inbox_create(INBOX_BYTES);
    switch (reader->kind) {
    case READER_FOLLOWER:
    case READER_RESTARTED:
    case READER_KINDS:
        reader->follower = follower_create(
            reader->tape,
            &(struct follower_options){.stream = "T", .from = FOLLOW_SEQUENCE, .sequence = reader->checkpoint + 1},
            reader->inbox, error);
        break;
    case READER_WORKER:
        reader->worker = worker_create(
            reader->tape,
            &(struct worker_options){
                .stream = "T", .durable = "worker", .ack_wait_ms = ACK_WAIT_MS, .max_deliver = MAX_DELIVER},
            reader->inbox, error);
        break;
    case READER_PUSH:
        reader->push = push_create(reader->tape,
                                   &(struct push_options){.stream = "T", .durable = "push", .ack_wait_ms = ACK_WAIT_MS},
                                   reader->inbox, error);
        break;
    }
    if (reader->follower != NULL || reader->worker != NULL || reader->push != NULL)
        return 0;
    inbox_destroy(reader->inbox);
    reader->inbox = NULL;
    return -1;
}

static uint64_t source_restarts(const struct reader *reader)
{
    if (reader->follower != NULL)
        return follower_restarts(reader->follower);
    if (reader->worker != NULL)
        return worker_counts(reader->worker).restarts;
    return reader->push != NULL ? push_restarts(reader->push) : 0;
}

static void end(struct reader *reader)
{
    follower_destroy(reader->follower);
    worker_destroy(reader->worker);
    push_destroy(reader->push);
    inbox_destroy(reader->inbox);
    reader->follower = NULL;
    reader->worker = NULL;
    reader->push = NULL;
    reader->inbox = NULL;
}

/* Starts again behind the last message that was read, as soon as the server lets it. */
static void start_again(struct reader *reader)
{
    struct error error = {0};
    reader->restart_in = 1 + prng_below(&reader->prng, RESTART_MOST);
    end(reader);
    while (!atomic_load(&reader->stopping) && begin(reader, &error) < 0)
        ;
}

static void take(struct reader *reader, const struct inbox_item *item)
{
    bool message = item->kind == INBOX_MESSAGE;
    pthread_mutex_lock(&reader->mutex);
    reader->reports.gaps += item->kind == INBOX_GAP;
    reader->reports.gone += item->kind == INBOX_STREAM_GONE;
    if (message) {
        tally_add(&reader->tally, load_number(item->payload));
        pause_end(&reader->pause, item->arrived_ns);
    }
    pthread_mutex_unlock(&reader->mutex);
    /* What was read of a stream that is another one now has to be read anew. */
    if (item->kind == INBOX_GAP && item->sequence <= reader->checkpoint)
        reader->checkpoint = item->sequence - 1;
    if (!message)
        return;
    reader->checkpoint = item->sequence;
    if (reader->worker != NULL)
        worker_ack(reader->worker, item->handle);
    if (reader->push != NULL)
        push_ack(reader->push, item->sequence);
}

static void *run(void *argument)
{
    struct reader *reader = argument;
    while (!atomic_load(&reader->stopping)) {
        struct inbox_item item;
        inbox_wait(reader->inbox, TICK_MS);
        bool restarts = reader->kind == READER_RESTARTED;
        while (!(restarts && reader->restart_in == 0) && inbox_take(reader->inbox, &item)) {
            take(reader, &item);
            if (restarts && item.kind == INBOX_MESSAGE)
                reader->restart_in--;
        }
        bool again = restarts && reader->restart_in == 0;
        pthread_mutex_lock(&reader->mutex);
        reader->reports.restarts = restarts ? reader->reports.restarts + again : source_restarts(reader);
        pthread_mutex_unlock(&reader->mutex);
        if (again)
            start_again(reader);
    }
    end(reader);
    return NULL;
}

struct reader *reader_start(enum reader_kind kind, const char *url, const char *user, uint64_t seed)
{
    struct error error = {0};
    struct reader *reader = calloc(1, sizeof *reader);
    assert_non_null(reader);
    reader->kind = kind;
    tally_init(&reader->tally);
    pthread_mutex_init(&reader->mutex, NULL);
    prng_init(&reader->prng, seed, kind, 0);
    reader->restart_in = 1 + prng_below(&reader->prng, RESTART_MOST);
    pause_end(&reader->pause, clock_monotonic_ns());
    reader->tape = tape_connect(&(struct tape_options){.urls = url,
                                                       .name = READER_NAMES[kind],
                                                       .user = user,
                                                       .password = user != NULL ? "password" : NULL,
                                                       .reconnect_attempts = -1},
                                &error);
    if (reader->tape == NULL || begin(reader, &error) < 0)
        fail_msg("%s", error.text);
    assert_int_equal(pthread_create(&reader->thread, NULL, run, reader), 0);
    return reader;
}

uint64_t reader_distinct(struct reader *reader)
{
    pthread_mutex_lock(&reader->mutex);
    uint64_t distinct = reader->tally.distinct;
    pthread_mutex_unlock(&reader->mutex);
    return distinct;
}

int64_t reader_pause_ns(struct reader *reader)
{
    pthread_mutex_lock(&reader->mutex);
    int64_t longest_ns = pause_take(&reader->pause, clock_monotonic_ns());
    pthread_mutex_unlock(&reader->mutex);
    return longest_ns;
}

struct reader_reports reader_reports(struct reader *reader)
{
    pthread_mutex_lock(&reader->mutex);
    struct reader_reports reports = reader->reports;
    pthread_mutex_unlock(&reader->mutex);
    return reports;
}

void reader_finish(struct reader *reader)
{
    atomic_store(&reader->stopping, true);
    pthread_join(reader->thread, NULL);
}

const struct tally *reader_tally(const struct reader *reader)
{
    return &reader->tally;
}

void reader_destroy(struct reader *reader)
{
    tape_destroy(reader->tape);
    tally_free(&reader->tally);
    pthread_mutex_destroy(&reader->mutex);
    free(reader);
}
