/* Each wish has a number, which is the tag of what its replay puts into the inbox: what is left of an earlier one is
 * known by it. */
#include "app/past_reader.h"

#include <pthread.h>
#include <stdlib.h>

#include "bus/replay.h"
#include "core/log.h"
#include "core/pace.h"
#include "core/subject.h"

enum { INBOX_BYTES = 1 << 20 };

struct past_reader {
    struct tape *tape;
    struct inbox *inbox;
    pthread_t thread;
    pthread_mutex_t mutex; /* of what stands below it */
    pthread_cond_t wanted;
    struct past_wish wish;
    int number; /* of the wish; 0: there was none */
    bool stopping;
};

/* Waits for a wish with another number; false when the reader is to stop. */
static bool next_wish(struct past_reader *reader, int *number, struct past_wish *wish)
{
    pthread_mutex_lock(&reader->mutex);
    while (!reader->stopping && reader->number == *number)
        pthread_cond_wait(&reader->wanted, &reader->mutex);
    bool stopping = reader->stopping;
    *number = reader->number;
    *wish = reader->wish;
    pthread_mutex_unlock(&reader->mutex);
    return !stopping;
}

static struct replay *start(struct past_reader *reader, const struct past_wish *wish, int number)
{
    char filter[SUBJECT_SIZE];
    struct error error = {0};
    subject_of_quotes(filter, wish->exchange, wish->symbol);
    const struct replay_options options = {
        .stream = "MARKET_DATA",
        .filter = filter,
        .from = {.kind = REPLAY_TIME, .time_ns = wish->from_ns},
        .to = {.kind = REPLAY_SEQUENCE, .sequence = wish->to_sequence},
        .speed_millionths = PACE_MAX,
        .tag = number,
    };
    struct replay *replay = replay_create(reader->tape, &options, reader->inbox, &error);
    if (replay == NULL) {
        const struct inbox_item gone = {.kind = INBOX_STREAM_GONE, .follower_tag = number};
        log_warning("ui", "the past of %s is not shown: %s", wish->symbol, error.text);
        inbox_put(reader->inbox, &gone);
    }
    return replay;
}

static void *run(void *argument)
{
    struct past_reader *reader = argument;
    struct replay *replay = NULL;
    struct past_wish wish;
    int number = 0;
    while (next_wish(reader, &number, &wish)) {
        replay_destroy(replay);
        replay = start(reader, &wish, number);
    }
    replay_destroy(replay);
    return NULL;
}

struct past_reader *past_reader_create(struct tape *tape)
{
    struct past_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        abort();
    reader->tape = tape;
    reader->inbox = inbox_create(INBOX_BYTES);
    pthread_mutex_init(&reader->mutex, NULL);
    pthread_cond_init(&reader->wanted, NULL);
    if (pthread_create(&reader->thread, NULL, run, reader) != 0)
        abort();
    return reader;
}

void past_reader_destroy(struct past_reader *reader)
{
    if (reader == NULL)
        return;
    pthread_mutex_lock(&reader->mutex);
    reader->stopping = true;
    pthread_cond_signal(&reader->wanted);
    pthread_mutex_unlock(&reader->mutex);
    inbox_close(reader->inbox);
    pthread_join(reader->thread, NULL);
    inbox_destroy(reader->inbox);
    pthread_cond_destroy(&reader->wanted);
    pthread_mutex_destroy(&reader->mutex);
    free(reader);
}

void past_reader_ask(struct past_reader *reader, const struct past_wish *wish)
{
    pthread_mutex_lock(&reader->mutex);
    reader->wish = *wish;
    reader->number++;
    pthread_cond_signal(&reader->wanted);
    pthread_mutex_unlock(&reader->mutex);
}

int past_reader_fd(const struct past_reader *reader)
{
    return inbox_fd(reader->inbox);
}

/* `number` is written by the thread that reads it here. */
enum past_found past_reader_next(struct past_reader *reader, struct event *event)
{
    struct inbox_item item;
    while (inbox_take(reader->inbox, &item)) {
        if (item.follower_tag != reader->number)
            continue;
        if (item.kind == INBOX_CAUGHT_UP)
            return PAST_END;
        if (item.kind == INBOX_STREAM_GONE)
            return PAST_FAILED;
        if (item.kind != INBOX_MESSAGE ||
            event_decode(event, item.subject, item.payload, item.payload_bytes, NULL, NULL) != 0)
            continue;
        event->sequence = item.sequence;
        event->stored_ns = item.stored_ns;
        return PAST_EVENT;
    }
    return PAST_NOTHING;
}
