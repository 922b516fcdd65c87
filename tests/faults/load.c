/* One thread sends and takes the results, so that it never waits for room in its own inbox. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "faults/load.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/publisher.h"
#include "core/clock.h"
#include "core/timestamp.h"
#include "faults/pause.h"

enum { SUBJECTS = 8, PAYLOAD_BYTES = 150, BURST = 64, TICK_MS = 2 };

struct load {
    struct publisher *publisher;
    struct inbox *inbox;
    struct load_options options;
    pthread_t thread;
    atomic_bool stopping;
    uint64_t sent; /* the thread's alone */

    pthread_mutex_t mutex; /* for all below */
    pthread_cond_t moved;
    struct tape *next_tape; /* to move to; NULL: to stay */
    struct load_figures figures;
    struct tally acknowledged, refused;
    struct pause pause;
};

void load_compose_number(void *context, uint64_t number, struct load_message *message)
{
    (void)context;
    snprintf(message->subject, sizeof message->subject, "t.%u", (unsigned)(number % SUBJECTS));
    snprintf(message->id, sizeof message->id, "event:%" PRIu64, number);
    memset(message->payload, '.', PAYLOAD_BYTES);
    int length = snprintf(message->payload, PAYLOAD_BYTES, "%" PRIu64 " ", number);
    message->payload[length] = '.';
    message->payload_bytes = PAYLOAD_BYTES;
}

static bool send(struct load *load, uint64_t number)
{
    struct load_message composed;
    load->options.compose(load->options.context, number, &composed);
    const struct publish_message message = {.subject = composed.subject,
                                            .id = composed.id,
                                            .fence = PUBLISH_NO_FENCE,
                                            .payload = composed.payload,
                                            .payload_bytes = composed.payload_bytes,
                                            .inbox = load->inbox,
                                            .cookie = number};
    return publisher_send(load->publisher, &message);
}

static void open_publisher(struct load *load, struct tape *tape)
{
    struct error error = {0};
    load->publisher =
        publisher_create(tape, &(struct publisher_options){.give_up_ms = load->options.give_up_ms}, &error);
    if (load->publisher == NULL)
        fail_msg("%s", error.text);
}

static void take_result(struct load *load, const struct publish_result *result, int64_t now_ns)
{
    struct load_figures *figures = &load->figures;
    switch (result->status) {
    case PUBLISH_STORED:
    case PUBLISH_DUPLICATE:
        figures->acknowledged++;
        tally_add(&load->acknowledged, result->cookie);
        pause_end(&load->pause, now_ns);
        return;
    case PUBLISH_FENCED:
    case PUBLISH_REFUSED:
        figures->refused++;
        tally_add(&load->refused, result->cookie);
        break;
    case PUBLISH_UNKNOWN:
        figures->unknown++;
        break;
    }
    memcpy(figures->problem, result->problem, sizeof figures->problem);
}

static uint64_t take_results(struct load *load)
{
    struct inbox_item item;
    pthread_mutex_lock(&load->mutex);
    int64_t now_ns = clock_monotonic_ns();
    while (inbox_take(load->inbox, &item))
        if (item.kind == INBOX_PUBLISHED)
            take_result(load, &item.result, now_ns);
    load->figures.published = load->sent;
    uint64_t settled = load->figures.acknowledged + load->figures.refused + load->figures.unknown;
    pthread_mutex_unlock(&load->mutex);
    return settled;
}

/* What was refused or is unknown when the first publisher ended is not so for good. */
static void forget_failures(struct load *load)
{
    pthread_mutex_lock(&load->mutex);
    load->figures.refused = load->figures.unknown = 0;
    tally_free(&load->refused);
    tally_init(&load->refused);
    pthread_mutex_unlock(&load->mutex);
}

static void move_if_told(struct load *load)
{
    pthread_mutex_lock(&load->mutex);
    struct tape *tape = load->next_tape;
    pthread_mutex_unlock(&load->mutex);
    if (tape == NULL)
        return;
    publisher_destroy(load->publisher, 0);
    take_results(load);
    forget_failures(load);
    open_publisher(load, tape);
    for (uint64_t number = 1; number <= load->sent; number++) {
        while (load->acknowledged.times[number] == 0 && !send(load, number))
            inbox_wait(load->inbox, TICK_MS);
    }
    pthread_mutex_lock(&load->mutex);
    load->next_tape = NULL;
    pthread_cond_signal(&load->moved);
    pthread_mutex_unlock(&load->mutex);
}

static void *run(void *argument)
{
    struct load *load = argument;
    int64_t due_ns = clock_monotonic_ns();
    for (;;) {
        move_if_told(load);
        bool stopping = atomic_load(&load->stopping);
        if (take_results(load) == load->sent && stopping)
            return NULL;
        int64_t now_ns = clock_monotonic_ns();
        for (int i = 0; !stopping && i < BURST && due_ns <= now_ns && load->sent + 1 < TALLY_CAPACITY; i++) {
            if (!send(load, load->sent + 1))
                break;
            load->sent++;
            due_ns += NS_PER_SECOND / load->options.rate_per_second;
        }
        /* What could not be sent while the queue was full is not made up for. */
        if (due_ns < now_ns - 100 * NS_PER_MS)
            due_ns = now_ns;
        if (stopping || due_ns > now_ns)
            inbox_wait(load->inbox, TICK_MS);
    }
}

struct load *load_start(struct tape *tape, const struct load_options *options)
{
    struct load *load = calloc(1, sizeof *load);
    assert_non_null(load);
    load->inbox = inbox_create(1 << 20);
    load->options = *options;
    tally_init(&load->acknowledged);
    tally_init(&load->refused);
    pthread_mutex_init(&load->mutex, NULL);
    pthread_cond_init(&load->moved, NULL);
    pause_end(&load->pause, clock_monotonic_ns());
    open_publisher(load, tape);
    assert_int_equal(pthread_create(&load->thread, NULL, run, load), 0);
    return load;
}

struct load_figures load_figures(struct load *load)
{
    pthread_mutex_lock(&load->mutex);
    struct load_figures figures = load->figures;
    pthread_mutex_unlock(&load->mutex);
    return figures;
}

int64_t load_pause_ns(struct load *load)
{
    pthread_mutex_lock(&load->mutex);
    int64_t longest_ns = pause_take(&load->pause, clock_monotonic_ns());
    pthread_mutex_unlock(&load->mutex);
    return longest_ns;
}

void load_move(struct load *load, struct tape *tape)
{
    pthread_mutex_lock(&load->mutex);
    load->next_tape = tape;
    while (load->next_tape != NULL)
        pthread_cond_wait(&load->moved, &load->mutex);
    pthread_mutex_unlock(&load->mutex);
}

struct load_figures load_finish(struct load *load)
{
    atomic_store(&load->stopping, true);
    pthread_join(load->thread, NULL);
    return load->figures;
}

const struct tally *load_acknowledged(const struct load *load)
{
    return &load->acknowledged;
}

const struct tally *load_refused(const struct load *load)
{
    return &load->refused;
}

void load_destroy(struct load *load)
{
    publisher_destroy(load->publisher, 0);
    inbox_destroy(load->inbox);
    tally_free(&load->acknowledged);
    tally_free(&load->refused);
    pthread_cond_destroy(&load->moved);
    pthread_mutex_destroy(&load->mutex);
    free(load);
}

uint64_t load_number(const char *payload)
{
    return strtoull(payload, NULL, 10);
}
