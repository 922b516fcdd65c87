/* A follower fills an inbox of the replay's own; the replay's thread takes the messages out when they are due. While it
 * waits that inbox fills, and the follower's flow control holds the server back: what is not due yet stays there. */
#include "bus/replay.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bus/consumer.h"
#include "bus/follower.h"
#include "bus/stopper.h"
#include "bus/tape_internal.h"
#include "core/clock.h"
#include "core/pace.h"

enum { INBOX_BYTES = 1 << 20, START_WAIT_MS = 5000 };

/* After the start everything is the thread's alone but the stopper and the inboxes. */
struct replay {
    struct stopper stopper;
    struct inbox *inbox;       /* the owner's */
    struct inbox *early;       /* what the follower has read ahead */
    struct follower *follower; /* NULL: nothing to read, or ended */
    pthread_t thread;
    struct replay_bound to; /* of any kind */
    uint64_t end_sequence;  /* the last one of the stream, or of the range */
    uint64_t last_sequence; /* put into the inbox; 0: none */
    struct pace pace;
    int tag;
};

/* Puts what ends the replay. */
static void put_end(struct replay *replay)
{
    const struct inbox_item end = {
        .kind = INBOX_CAUGHT_UP, .follower_tag = replay->tag, .sequence = replay->last_sequence};
    inbox_put(replay->inbox, &end);
}

static bool is_behind_end(const struct replay *replay, const struct inbox_item *item)
{
    return item->sequence > replay->end_sequence ||
           (replay->to.kind == REPLAY_TIME && item->stored_ns > replay->to.time_ns);
}

/* Puts a message into the owner's inbox when it is due. False at the end of the replay. */
static bool play(struct replay *replay, const struct inbox_item *item)
{
    if (is_behind_end(replay, item))
        return false;
    if (replay->last_sequence == 0) {
        replay->pace.anchor_ns = clock_monotonic_ns();
        replay->pace.anchored_ns = item->stored_ns;
    }
    int64_t due_ns = pace_due_ns(&replay->pace, item->stored_ns);
    if (due_ns > 0)
        stopper_wait_until(&replay->stopper, due_ns);
    if (!inbox_put_unless(replay->inbox, item, &replay->stopper.stopping))
        return false;
    pace_played(&replay->pace, item->stored_ns, clock_monotonic_ns());
    replay->last_sequence = item->sequence;
    return item->sequence < replay->end_sequence;
}

static void *run(void *argument)
{
    struct replay *replay = argument;
    pthread_setname_np(pthread_self(), "replay");
    for (bool more = true; more && !atomic_load(&replay->stopper.stopping);) {
        struct inbox_item item;
        if (!inbox_take(replay->early, &item)) {
            inbox_wait(replay->early, -1);
            continue;
        }
        if (item.kind == INBOX_MESSAGE)
            more = play(replay, &item);
        else if (item.kind == INBOX_GAP || item.kind == INBOX_STREAM_GONE || item.kind == INBOX_STREAM_BACK)
            inbox_put(replay->inbox, &item);
        else
            more = item.kind != INBOX_CAUGHT_UP; /* all that there was at the start has come */
    }
    if (!atomic_load(&replay->stopper.stopping))
        put_end(replay);
    /* What is stored from now on is of no interest. */
    inbox_close(replay->early);
    follower_destroy(replay->follower);
    replay->follower = NULL;
    return NULL;
}

/* Learns where the stream ends, and whether the range can hold anything. */
static int learn_end(struct replay *replay, struct tape *tape, const struct replay_options *options, bool *empty,
                     struct error *error)
{
    static const char WHAT[] = "cannot replay stream";
    if (!tape_wait_connected(tape, START_WAIT_MS))
        return error_set(error, ERROR_SERVER, "%s %s: there is no connection to the server", WHAT, options->stream);
    jsErrCode code = 0;
    jsStreamInfo *info = NULL;
    natsStatus status = js_GetStreamInfo(&info, tape_jetstream(tape), options->stream, NULL, &code);
    if (status != NATS_OK)
        return consumer_error(error, status, code, WHAT, options->stream);
    uint64_t last = info->State.Msgs > 0 ? info->State.LastSeq : 0;
    uint64_t first = info->State.FirstSeq;
    jsStreamInfo_Destroy(info);
    const struct replay_bound *from = &options->from, *to = &options->to;
    replay->end_sequence = to->kind == REPLAY_SEQUENCE && to->sequence < last ? to->sequence : last;
    if (from->kind == REPLAY_SEQUENCE && from->sequence > first)
        first = from->sequence;
    *empty = replay->end_sequence == 0 || first > replay->end_sequence ||
             (from->kind == REPLAY_TIME && to->kind == REPLAY_TIME && from->time_ns > to->time_ns);
    return 0;
}

static struct follower *follow(struct replay *replay, struct tape *tape, const struct replay_options *options,
                               struct error *error)
{
    struct follower_options follow = {.stream = options->stream, .filter = options->filter, .tag = options->tag};
    /* Everything was stored after the epoch; a time before it cannot be sent. */
    if (options->from.kind == REPLAY_TIME && options->from.time_ns > 0) {
        follow.from = FOLLOW_TIME;
        follow.time_ns = options->from.time_ns;
    } else {
        follow.from = FOLLOW_SEQUENCE;
        follow.sequence = options->from.kind == REPLAY_SEQUENCE ? options->from.sequence : 1;
    }
    return follower_create(tape, &follow, replay->early, error);
}

static void release(struct replay *replay)
{
    inbox_close(replay->early);
    follower_destroy(replay->follower);
    inbox_destroy(replay->early);
    stopper_release(&replay->stopper);
    free(replay);
}

struct replay *replay_create(struct tape *tape, const struct replay_options *options, struct inbox *inbox,
                             struct error *error)
{
    bool empty;
    int problem;
    struct replay *replay = calloc(1, sizeof *replay);
    if (replay == NULL)
        abort();
    assert(options->speed_millionths >= PACE_MAX);
    stopper_init(&replay->stopper);
    replay->inbox = inbox;
    replay->early = inbox_create(INBOX_BYTES);
    replay->to = options->to;
    replay->pace.speed_millionths = options->speed_millionths;
    replay->tag = options->tag;
    if (learn_end(replay, tape, options, &empty, error) < 0)
        goto fail;
    if (empty) {
        const struct inbox_item end = {.kind = INBOX_CAUGHT_UP};
        inbox_put(replay->early, &end);
    } else {
        replay->follower = follow(replay, tape, options, error);
        if (replay->follower == NULL)
            goto fail;
    }
    problem = pthread_create(&replay->thread, NULL, run, replay);
    if (problem == 0)
        return replay;
    error_set(error, ERROR_FAILED, "cannot start a thread: %s", strerror(problem));
fail:
    release(replay);
    return NULL;
}

void replay_destroy(struct replay *replay)
{
    if (replay == NULL)
        return;
    stopper_stop(&replay->stopper);
    inbox_wake(replay->inbox);
    inbox_wake(replay->early);
    pthread_join(replay->thread, NULL);
    release(replay);
}
