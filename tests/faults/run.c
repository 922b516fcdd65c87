/* The course of a run and its table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "faults/run.h"

#include <inttypes.h>
#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/stream.h"
#include "bus/tape_internal.h"
#include "bus/test_server.h"
#include "core/clock.h"
#include "core/timestamp.h"

enum { READ_WAIT_MS = 10000, SETTLE_WAIT_S = 90, POLL_MS = 5 };

static const struct stream_config STREAMS[] = {
    {.name = "T", .subjects = {"t.>"}, .max_bytes = -1, .duplicate_window_ns = 120 * NS_PER_SECOND},
    {.name = "TAPEDECK_DEAD_LETTERS", .subjects = {"dead.>"}, .max_bytes = -1},
};

uint64_t run_seed(uint64_t otherwise)
{
    const char *text = getenv("TAPEDECK_FAULT_SEED");
    uint64_t seed = text != NULL && text[0] != '\0' ? strtoull(text, NULL, 10) : otherwise;
    print_message("seed %" PRIu64 " (TAPEDECK_FAULT_SEED chooses another)\n", seed);
    return seed;
}

static struct tape *connect_as(const struct run_options *options, const char *name)
{
    struct error error = {0};
    struct tape *tape = tape_connect(&(struct tape_options){.urls = options->url,
                                                            .name = name,
                                                            .user = options->logins ? name : NULL,
                                                            .password = options->logins ? "password" : NULL,
                                                            .reconnect_attempts = -1},
                                     &error);
    if (tape == NULL)
        fail_msg("%s", error.text);
    return tape;
}

/* Servers of a cluster first have to agree on who leads. */
static bool makes_streams(void *context)
{
    jsAccountInfo *info = NULL;
    natsStatus status = js_GetAccountInfo(&info, tape_jetstream(context), NULL, NULL);
    jsAccountInfo_Destroy(info);
    return status == NATS_OK;
}

void run_make_stream(struct run *run, int replicas)
{
    struct error error = {0};
    if (streams_create(run->tape, STREAMS, sizeof STREAMS / sizeof STREAMS[0], replicas, &error) < 0)
        fail_msg("%s", error.text);
}

void run_start(struct run *run, const struct run_options *options)
{
    *run = (struct run){.tape = connect_as(options, "test"), .publishing = connect_as(options, "publisher")};
    test_until(makes_streams, run->tape);
    run_make_stream(run, options->replicas);
    for (int i = 0; i < READER_KINDS; i++)
        run->readers[i] = reader_start(i, options->url, options->logins ? "reader" : NULL, options->seed);
    run->load = load_start(run->publishing, &(struct load_options){.rate_per_second = RUN_RATE,
                                                                   .give_up_ms = options->give_up_ms,
                                                                   .compose = load_compose_number});
}

struct goal {
    struct run *run;
    uint64_t acknowledged, distinct;
};

static bool is_acknowledged(void *context)
{
    struct goal *goal = context;
    return load_figures(goal->run->load).acknowledged >= goal->acknowledged;
}

static bool is_read(void *context)
{
    struct goal *goal = context;
    for (int i = 0; i < READER_KINDS; i++)
        if (reader_distinct(goal->run->readers[i]) < goal->distinct)
            return false;
    return true;
}

/* A cluster that gets little time takes much longer than most waits of tests allow. */
static bool comes_true(bool (*holds)(void *context), struct goal *goal)
{
    int64_t end_ns = clock_monotonic_ns() + SETTLE_WAIT_S * NS_PER_SECOND;
    while (!holds(goal)) {
        if (clock_monotonic_ns() >= end_ns)
            return false;
        nats_Sleep(POLL_MS);
    }
    return true;
}

static void wait_for(bool (*holds)(void *context), struct goal *goal, const char *what)
{
    if (!comes_true(holds, goal))
        fail_msg("%s does not go on", what);
}

void run_settle(struct run *run, const char *name, uint64_t count)
{
    struct goal goal = {.run = run, .acknowledged = load_figures(run->load).acknowledged + count};
    wait_for(is_acknowledged, &goal, "publishing");
    goal.distinct = load_figures(run->load).acknowledged;
    wait_for(is_read, &goal, "reading");
    assert_true(run->fault_count < RUN_FAULTS_MAX);
    struct run_fault *fault = &run->faults[run->fault_count++];
    snprintf(fault->name, sizeof fault->name, "%s", name);
    fault->publishing_ns = load_pause_ns(run->load);
    for (int i = 0; i < READER_KINDS; i++)
        fault->reading_ns[i] = reader_pause_ns(run->readers[i]);
}

struct tally run_stored(struct run *run)
{
    struct tally stored;
    jsStreamInfo *info = NULL;
    jsSubOptions options;
    natsSubscription *subscription = NULL;
    tally_init(&stored);
    assert_int_equal(js_GetStreamInfo(&info, tape_jetstream(run->tape), "T", NULL, NULL), NATS_OK);
    uint64_t count = info->State.Msgs;
    jsStreamInfo_Destroy(info);
    jsSubOptions_Init(&options);
    options.Stream = "T";
    options.Ordered = true;
    assert_int_equal(js_SubscribeSync(&subscription, tape_jetstream(run->tape), "t.>", NULL, &options, NULL), NATS_OK);
    natsSubscription_SetPendingLimits(subscription, -1, -1);
    for (uint64_t i = 0; i < count; i++) {
        natsMsg *message = NULL;
        assert_int_equal(natsSubscription_NextMsg(&message, subscription, READ_WAIT_MS), NATS_OK);
        tally_add(&stored, load_number(natsMsg_GetData(message)));
        natsMsg_Destroy(message);
    }
    natsSubscription_Destroy(subscription);
    return stored;
}

static void print_pauses(const struct run *run)
{
    print_message("\nlongest pause in ms        publishing");
    for (int i = 0; i < READER_KINDS; i++)
        print_message(" %20s", READER_NAMES[i]);
    print_message("\n");
    for (int i = 0; i < run->fault_count; i++) {
        const struct run_fault *fault = &run->faults[i];
        print_message("%-26s %10" PRId64, fault->name, fault->publishing_ns / NS_PER_MS);
        for (int k = 0; k < READER_KINDS; k++)
            print_message(" %20" PRId64, fault->reading_ns[k] / NS_PER_MS);
        print_message("\n");
    }
}

/* How many numbers are in both. */
static uint64_t in_both(const struct tally *a, const struct tally *b)
{
    return a->distinct - tally_missing(b, a);
}

/* Prints what was published and what is stored; returns how many mistakes there are. */
static uint64_t judge_stored(const struct run *run, const struct load_figures *figures, const struct tally *stored)
{
    uint64_t lost = tally_missing(stored, load_acknowledged(run->load));
    uint64_t refused_stored = in_both(load_refused(run->load), stored);
    print_message("\npublished %" PRIu64 ", acknowledged %" PRIu64 ", refused %" PRIu64 ", unknown %" PRIu64
                  ", stored %" PRIu64 "\n",
                  figures->published, figures->acknowledged, figures->refused, figures->unknown, stored->distinct);
    print_message("acknowledged and lost %" PRIu64 ", stored twice %" PRIu64 ", refused and stored %" PRIu64
                  ", stored behind a later one %" PRIu64 "\n",
                  lost, stored->repeated, refused_stored, stored->overtaken);
    if (figures->problem[0] != '\0')
        print_message("the last refusal: %s\n", figures->problem);
    return lost + stored->repeated + refused_stored + stored->overtaken;
}

/* Where to look in the log. */
static void print_first_lost(const struct tally *read, const struct tally *stored)
{
    uint64_t number = 1;
    while (stored->times[number] == 0 || read->times[number] > 0)
        number++;
    print_message("the first that was lost is number %" PRIu64 "\n", number);
}

static uint64_t judge_readers(struct run *run, const struct tally *stored)
{
    uint64_t mistakes = 0;
    print_message("\n%-20s %10s %10s %10s %10s %10s\n", "reader", "delivered", "lost", "doubled", "disordered",
                  "restarts");
    for (int i = 0; i < READER_KINDS; i++) {
        const struct tally *read = reader_tally(run->readers[i]);
        uint64_t lost = tally_missing(read, stored);
        struct reader_reports reports = reader_reports(run->readers[i]);
        bool ordered = i == READER_FOLLOWER || i == READER_RESTARTED;
        print_message("%-20s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 "\n", READER_NAMES[i],
                      read->total, lost, read->repeated, read->overtaken, reports.restarts);
        if (lost > 0)
            print_first_lost(read, stored);
        mistakes += lost + read->repeated + (ordered ? read->overtaken : 0) + reports.gaps + reports.gone;
    }
    return mistakes;
}

void run_end(struct run *run)
{
    for (int i = 0; i < READER_KINDS; i++)
        reader_destroy(run->readers[i]);
    load_destroy(run->load);
    tape_destroy(run->publishing);
    tape_destroy(run->tape);
}

void run_finish(struct run *run)
{
    struct goal goal = {.run = run, .acknowledged = RUN_EVENTS};
    wait_for(is_acknowledged, &goal, "publishing");
    struct load_figures figures = load_finish(run->load);
    goal.distinct = figures.acknowledged;
    comes_true(is_read, &goal); /* if not, the table says more */
    for (int i = 0; i < READER_KINDS; i++)
        reader_finish(run->readers[i]);
    struct tally stored = run_stored(run);
    print_pauses(run);
    uint64_t mistakes = judge_stored(run, &figures, &stored);
    mistakes += judge_readers(run, &stored);
    run_end(run);
    tally_free(&stored);
    assert_int_equal(mistakes, 0);
}
