/* One inbox takes everything: events, what became of a publish, and the connection's state. */
#include "app/desk.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/server_access.h"
#include "app/signals.h"
#include "bus/checkpoint.h"
#include "bus/publish_event.h"
#include "bus/publisher.h"
#include "bus/snapshot.h"
#include "bus/stream.h"
#include "bus/tape.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "engine/checks.h"
#include "engine/hold.h"

enum { INBOX_BYTES = 4 << 20, GIVE_UP_MS = 5000, FOLLOWERS_MAX = 4 };

struct desk {
    struct desk_options options;
    int stop_fd;
    struct inbox *inbox;
    struct tape *tape;
    struct publisher *publisher;
    struct follower *followers[FOLLOWERS_MAX];
    size_t following, caught_up;
    struct order_book *book;
    bool published; /* `result` is there */
    struct publish_result result;
};

static int connect_desk(struct desk *desk, struct error *error)
{
    const struct publisher_options publishing = {.give_up_ms = GIVE_UP_MS};
    struct server_access access;

    if (server_access_find(&access, desk->options.options, error) != 0)
        return -1;
    struct tape_options connection = server_access_options(&access, desk->options.name);

    desk->tape = tape_connect(&connection, error);
    server_access_free(&access);
    if (desk->tape == NULL)
        return -1;
    tape_notify(desk->tape, desk->inbox);
    desk->publisher = publisher_create(desk->tape, &publishing, error);
    return desk->publisher != NULL ? 0 : -1;
}

struct desk *desk_open(const struct desk_options *options, struct error *error)
{
    struct desk *desk = calloc(1, sizeof(*desk));

    if (desk == NULL)
        abort();
    desk->options = *options;
    desk->inbox = inbox_create(INBOX_BYTES);
    desk->book = order_book_create();
    log_set_level(options->options->log_level);
    desk->stop_fd = signals_open(error);
    if (desk->stop_fd >= 0 &&
        (options->options->log_file == NULL || log_open(options->options->log_file, error) == 0) &&
        connect_desk(desk, error) == 0)
        return desk;
    desk_close(desk);
    return NULL;
}

void desk_close(struct desk *desk)
{
    if (desk == NULL)
        return;
    inbox_close(desk->inbox);
    for (size_t i = 0; i < desk->following; i++)
        follower_destroy(desk->followers[i]);
    publisher_destroy(desk->publisher, 0);
    if (desk->tape != NULL)
        tape_unnotify(desk->tape, desk->inbox);
    tape_destroy(desk->tape);
    inbox_destroy(desk->inbox);
    order_book_destroy(desk->book);
    if (desk->stop_fd >= 0)
        close(desk->stop_fd);
    free(desk);
}

int desk_follow(struct desk *desk, const char *stream, const char *filter, enum follow_from from, uint64_t sequence,
                struct error *error)
{
    const struct follower_options options = {.stream = stream, .filter = filter, .from = from, .sequence = sequence};

    assert(desk->following < FOLLOWERS_MAX);
    struct follower *follower = follower_create(desk->tape, &options, desk->inbox, error);

    if (follower == NULL)
        return tape_explain(desk->tape, error);
    desk->followers[desk->following++] = follower;
    return 0;
}

/* True when a snapshot of the order checks can be gone on from: it is of this tape, and the tape has all behind it. */
static bool agrees(struct desk *desk, const struct snapshot_place *place)
{
    enum checkpoint_verdict verdict;

    return place != NULL && checkpoint_compare(desk->tape, "ORDERS", &place->at, &verdict, NULL) == 0 &&
           (verdict == CHECKPOINT_AGREES || verdict == CHECKPOINT_AGED);
}

/* Takes the orders of a snapshot into the book; the sequence of the last event in them, 0 when there is no such
 * snapshot. */
static uint64_t take_snapshot(struct desk *desk, int which)
{
    struct snapshot snapshot;
    struct hold hold = {0};
    bool found = false;
    uint64_t sequence = 0;

    if (snapshot_read(desk->tape, "checks", which, &snapshot, &found, NULL) != 0 || !found)
        return 0;
    const struct snapshot_place *place = snapshot_place_of(&snapshot.places, "ORDERS");
    struct order_book *book = order_book_create();

    hold_pack(&hold, &snapshot.state);
    if (agrees(desk, place) && checks_load_book(book, &snapshot.state) == 0) {
        struct order_book *empty = desk->book;

        desk->book = book;
        book = empty;
        sequence = place->at.sequence;
    }
    order_book_destroy(book);
    snapshot_free(&snapshot);
    return sequence;
}

int desk_follow_orders(struct desk *desk, struct error *error)
{
    uint64_t sequence = take_snapshot(desk, SNAPSHOT_NEWEST);

    if (sequence == 0)
        sequence = take_snapshot(desk, SNAPSHOT_BEFORE);
    return desk_follow(desk, "ORDERS", NULL, FOLLOW_SEQUENCE, sequence + 1, error);
}

static void take_message(struct desk *desk, const struct inbox_item *item)
{
    struct event event;

    if (event_decode(&event, item->subject, item->payload, item->payload_bytes, desk->options.options->account, NULL) !=
        0)
        return;
    event.sequence = item->sequence;
    event.stored_ns = item->stored_ns;
    enum fold_result result = order_book_fold(desk->book, &event);

    if (desk->options.listen != NULL)
        desk->options.listen(desk->options.context, item, &event, result);
}

static int take_item(struct desk *desk, const struct inbox_item *item, struct error *error)
{
    switch (item->kind) {
    case INBOX_MESSAGE:
        take_message(desk, item);
        return 0;
    case INBOX_CAUGHT_UP:
        desk->caught_up++;
        return 0;
    case INBOX_PUBLISHED:
        desk->published = true;
        desk->result = item->result;
        return 0;
    case INBOX_CONNECTION:
        if (item->connection.state == CONNECTION_CLOSED)
            return error_set(error, ERROR_SERVER, "the server is gone: %s", item->connection.problem);
        return 0;
    case INBOX_STREAM_GONE:
        return error_set(error, ERROR_FAILED, "a stream has vanished from the server; see tapedeck streams");
    case INBOX_STREAM_BACK:
    case INBOX_METRICS:
    case INBOX_LEASES:
    case INBOX_PLUMBING:
    case INBOX_GAP:
        return 0;
    }
    return 0;
}

int desk_wait(struct desk *desk, bool (*done)(void *context), void *context, int timeout_ms, struct error *error)
{
    int64_t end_ns = clock_monotonic_ns() + timeout_ms * NS_PER_MS;
    struct pollfd fds[] = {{.fd = inbox_fd(desk->inbox), .events = POLLIN}, {.fd = desk->stop_fd, .events = POLLIN}};
    struct inbox_item item;

    for (;;) {
        while (!done(context)) {
            if (!inbox_take(desk->inbox, &item))
                break;
            if (take_item(desk, &item, error) != 0)
                return -1;
        }
        if (done(context))
            return 1;
        int64_t left_ns = end_ns - clock_monotonic_ns();

        if (timeout_ms >= 0 && left_ns <= 0)
            return 0;
        if (poll(fds, 2, timeout_ms < 0 ? -1 : (int)(left_ns / NS_PER_MS) + 1) < 0 && errno != EINTR)
            return error_set(error, ERROR_FAILED, "cannot wait: %s", strerror(errno));
        if (fds[1].revents != 0)
            return error_set(error, ERROR_FAILED, "ended by a signal");
    }
}

static bool has_read_all(void *context)
{
    const struct desk *desk = context;

    return desk->caught_up >= desk->following;
}

int desk_read_all(struct desk *desk, struct error *error)
{
    return desk_wait(desk, has_read_all, desk, -1, error) < 0 ? -1 : 0;
}

static bool is_published(void *context)
{
    const struct desk *desk = context;

    return desk->published;
}

int desk_publish(struct desk *desk, const struct event *event, uint64_t *sequence, struct error *error)
{
    desk->published = false;
    if (!publish_event(desk->publisher, event, PUBLISH_NO_FENCE, desk->inbox, 0))
        return error_set(error, ERROR_FAILED, "too much waits for the server; nothing was sent");
    if (desk_wait(desk, is_published, desk, -1, error) < 0) {
        error->kind = ERROR_UNKNOWN;
        return error_prefix(error, "the request may be stored or not");
    }
    *sequence = desk->result.sequence;
    switch (desk->result.status) {
    case PUBLISH_STORED:
    case PUBLISH_DUPLICATE:
        return 0;
    case PUBLISH_FENCED:
    case PUBLISH_REFUSED:
        break;
    case PUBLISH_UNKNOWN:
        error_set(error, ERROR_UNKNOWN, "the request may be stored or not: %s", desk->result.problem);
        return tape_explain(desk->tape, error);
    }
    error_set(error, ERROR_FAILED, "the tape did not take the request: %s", desk->result.problem);
    return tape_explain(desk->tape, error);
}

int desk_fate_unknown(struct error *error, const char *what)
{
    error->kind = ERROR_UNKNOWN;
    return error_prefix(error, "%s is stored, but what became of it was not read", what);
}

int desk_last_sequence(struct desk *desk, const char *stream, uint64_t *sequence, struct error *error)
{
    struct stream_report report = {0};
    size_t at = 0;

    while (at < STREAM_DEFAULT_COUNT && strcmp(STREAM_DEFAULTS[at].name, stream) != 0)
        at++;
    assert(at < STREAM_DEFAULT_COUNT);
    if (stream_inspect(desk->tape, &STREAM_DEFAULTS[at], 0, &report, error) != 0)
        return tape_explain(desk->tape, error);
    *sequence = report.last_sequence;
    return 0;
}

const struct order_book *desk_book(const struct desk *desk)
{
    return desk->book;
}
