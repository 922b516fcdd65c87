/* One thread: takes what was queued, writes it to the journal in one go, lets the publisher have it, and looks at what
 * comes back. Only the queue, the counts and the inboxes of those who wait are shared, under one lock. */
#include "bus/outbox.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bus/outbox_internal.h"
#include "bus/publish_event.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/subject.h"
#include "core/text.h"
#include "core/timestamp.h"

enum {
    INBOX_BYTES = 4 << 20,
    RESULTS_MAX = 4096,  /* looked at before the queue has its turn */
    UNSENT_WAIT_MS = 2,  /* before the publisher is asked again whether it has room */
    CLOSING_WAIT_MS = 5, /* between looks whether all is acknowledged */
    TICK_MS = 1000,
    KEEP_SECONDS = 300,
};

struct outbox_entry *outbox_entry_of(struct outbox *outbox, uint64_t number)
{
    return &outbox->entries[number % outbox->capacity];
}

static bool is_journaled(const struct event *event)
{
    return event->kind >= EVENT_ORDER_NEW && event->kind <= EVENT_TRADING_STATE;
}

/* What makes no risk larger goes out also when the disk is broken. */
static bool needs_journal(const struct event *event)
{
    return event->kind == EVENT_ORDER_NEW || event->kind == EVENT_ORDER_REPLACE;
}

/* Once: who was told waits no more. */
static void tell(struct outbox *outbox, struct inbox **inbox, const struct publish_result *result)
{
    pthread_mutex_lock(&outbox->mutex);
    if (*inbox != NULL)
        inbox_put(*inbox, &(struct inbox_item){.kind = INBOX_PUBLISHED, .result = *result});
    *inbox = NULL;
    pthread_mutex_unlock(&outbox->mutex);
}

static void refuse(struct outbox *outbox, struct outbox_request *request, const char *problem)
{
    struct publish_result result = {.status = PUBLISH_REFUSED, .cookie = request->cookie};
    text_copy(result.problem, sizeof result.problem, problem);
    if (outbox->own_counts.refused++ == 0)
        log_error("outbox", "%s", problem);
    request->over = true;
    tell(outbox, &request->inbox, &result);
}

bool outbox_read(struct outbox *outbox, uint64_t number, struct event *event)
{
    struct outbox_record record;
    struct error error = {0};
    if (!outbox_journal_read(outbox->journal, number, &record))
        return false;
    if (event_decode(event, record.subject, record.payload, record.payload_bytes, outbox->default_account, &error) == 0)
        return true;
    log_error("outbox", "a kept request cannot be read: %s", error.text);
    return false;
}

static void end_entry(struct outbox *outbox, struct outbox_entry *entry, enum outbox_state state)
{
    entry->state = state;
    entry->stored_ns = clock_monotonic_ns();
    outbox->own_counts.unpublished--;
}

/* Lets the publisher have what it has not, in order, as far as it has room. */
static void publish_unsent(struct outbox *outbox)
{
    uint64_t next = outbox_journal_next(outbox->journal);
    for (; outbox->compared && outbox->unsent_from < next; outbox->unsent_from++) {
        struct event event;
        struct outbox_entry *entry = outbox_entry_of(outbox, outbox->unsent_from);
        if (entry->state != ENTRY_UNSENT)
            continue;
        if (!outbox_read(outbox, outbox->unsent_from, &event))
            end_entry(outbox, entry, ENTRY_OVER);
        else if (publish_event(outbox->publisher, &event, PUBLISH_NO_FENCE, outbox->inbox, outbox->unsent_from))
            entry->state = ENTRY_SENT;
        else
            return;
    }
}

static size_t take_batch(struct outbox *outbox)
{
    pthread_mutex_lock(&outbox->mutex);
    size_t count = outbox->queued < OUTBOX_BATCH_MAX ? outbox->queued : OUTBOX_BATCH_MAX;
    for (size_t i = 0; i < count; i++)
        outbox->batch[i] = outbox->queue[(outbox->queue_first + i) % OUTBOX_QUEUE_MAX];
    outbox->queue_first = (outbox->queue_first + count) % OUTBOX_QUEUE_MAX;
    outbox->queued -= count;
    pthread_mutex_unlock(&outbox->mutex);
    return count;
}

/* Adds one request to what the next commit writes; false when that has no more room. */
static bool add(struct outbox *outbox, struct outbox_request *request)
{
    char subject[SUBJECT_SIZE], payload[EVENT_PAYLOAD_SIZE];
    struct error error = {0};
    bool batch_full;
    request->number = 0;
    request->over = false;
    if (!is_journaled(&request->event))
        return true;
    subject_of(&request->event, subject);
    struct outbox_record record = {
        .accepted_ns = clock_wall_ns(),
        .subject = subject,
        .payload = payload,
        .payload_bytes = event_encode(&request->event, payload, sizeof payload),
    };
    if (outbox_journal_add(outbox->journal, &record, &request->number, &batch_full, &error) == 0)
        return true;
    if (!batch_full && needs_journal(&request->event))
        refuse(outbox, request, error.text);
    return !batch_full;
}

/* A request that the disk has now is kept; from here on its entry is the one who knows who waits for it. */
static void keep(struct outbox *outbox, struct outbox_request *request)
{
    struct outbox_entry *entry = outbox_entry_of(outbox, request->number);
    pthread_mutex_lock(&outbox->mutex);
    *entry = (struct outbox_entry){.state = ENTRY_UNSENT, .inbox = request->inbox, .cookie = request->cookie};
    request->inbox = NULL;
    pthread_mutex_unlock(&outbox->mutex);
    outbox->own_counts.journaled++;
    outbox->own_counts.unpublished++;
}

static void pass_on(struct outbox *outbox, struct outbox_request *request)
{
    pthread_mutex_lock(&outbox->mutex);
    struct inbox *inbox = request->inbox;
    bool taken = publish_event(outbox->publisher, &request->event, PUBLISH_NO_FENCE, inbox, request->cookie);
    pthread_mutex_unlock(&outbox->mutex);
    if (!taken)
        refuse(outbox, request, "too many requests wait for the tape");
}

/* Waits for the disk, and says what became of the requests [from, to) of the batch by that. */
static void commit(struct outbox *outbox, size_t from, size_t to)
{
    struct error error = {0};
    uint64_t first = outbox_journal_next(outbox->journal);
    bool written = outbox_journal_commit(outbox->journal, &error) == 0;
    uint64_t next = outbox_journal_next(outbox->journal);
    for (uint64_t number = first; number < next && !written; number++)
        outbox_entry_of(outbox, number)->state = ENTRY_OVER;
    outbox->own_counts.commits += written && next > first;
    for (size_t i = from; i < to; i++) {
        struct outbox_request *request = &outbox->batch[i];
        if (request->over)
            continue;
        if (written && request->number != 0)
            keep(outbox, request);
        else if (!needs_journal(&request->event))
            pass_on(outbox, request);
        else
            refuse(outbox, request, error.text);
    }
}

static void send_batch(struct outbox *outbox, size_t count)
{
    size_t from = 0;
    for (size_t i = 0; i < count; i++) {
        if (!add(outbox, &outbox->batch[i])) {
            commit(outbox, from, i);
            from = i--;
        }
    }
    commit(outbox, from, count);
}

static void read_result(struct outbox *outbox, const struct publish_result *result)
{
    uint64_t number = result->cookie;
    struct outbox_entry *entry = outbox_entry_of(outbox, number);
    if (number < outbox_journal_first(outbox->journal) || entry->state != ENTRY_SENT)
        return;
    switch (result->status) {
    case PUBLISH_STORED:
    case PUBLISH_DUPLICATE:
        end_entry(outbox, entry, ENTRY_STORED);
        break;
    case PUBLISH_FENCED:
    case PUBLISH_REFUSED:
        /* Who waits is told that there is no order; so there must be none after a power failure either. */
        outbox_journal_drop(outbox->journal, number);
        end_entry(outbox, entry, ENTRY_OVER);
        break;
    case PUBLISH_UNKNOWN:
        entry->state = ENTRY_UNSENT;
        if (number < outbox->unsent_from)
            outbox->unsent_from = number;
        break;
    }
    struct publish_result theirs = *result;
    theirs.cookie = entry->cookie;
    tell(outbox, &entry->inbox, &theirs);
}

static void read_inbox(struct outbox *outbox)
{
    struct inbox_item item;
    for (int i = 0; i < RESULTS_MAX && inbox_take(outbox->inbox, &item); i++) {
        switch (item.kind) {
        case INBOX_PUBLISHED:
            read_result(outbox, &item.result);
            break;
        case INBOX_MESSAGE:
            outbox_compare_message(outbox, &item);
            break;
        case INBOX_CAUGHT_UP:
            outbox_compare_end(outbox, &item);
            break;
        case INBOX_CONNECTION: {
            bool connected = item.connection.state == CONNECTION_CONNECTED;
            outbox->compare_again = outbox->compare_again || (connected && !outbox->connected);
            outbox->connected = connected;
            break;
        }
        case INBOX_GAP:
        case INBOX_STREAM_GONE:
        case INBOX_STREAM_BACK:
        case INBOX_METRICS:
        case INBOX_LEASES:
        case INBOX_PLUMBING:
            break;
        }
    }
}

/* Lets go of what the server has had for long enough. */
static void release_old(struct outbox *outbox, int64_t now_ns)
{
    uint64_t first = outbox_journal_first(outbox->journal), next = outbox_journal_next(outbox->journal);
    for (; first < next; first++) {
        const struct outbox_entry *entry = outbox_entry_of(outbox, first);
        bool over = entry->state == ENTRY_OVER ||
                    (entry->state == ENTRY_STORED && outbox->compared && now_ns - entry->stored_ns >= outbox->keep_ns);
        if (!over)
            break;
    }
    outbox_journal_release(outbox->journal, first);
    if (outbox->unsent_from < first)
        outbox->unsent_from = first;
    outbox->own_counts.kept = next - first;
}

/* Until something is queued, comes back, or is due. False when it is time to end. */
static bool wait_for_work(struct outbox *outbox)
{
    bool unsent = outbox->compared && outbox->unsent_from < outbox_journal_next(outbox->journal);
    int wait_ms = unsent ? UNSENT_WAIT_MS : TICK_MS;
    pthread_mutex_lock(&outbox->mutex);
    outbox->counts = outbox->own_counts;
    bool nothing_left = outbox->queued == 0 && outbox->own_counts.unpublished == 0;
    bool ends = outbox->closing && (nothing_left || clock_monotonic_ns() >= outbox->close_ns);
    if (outbox->closing && wait_ms > CLOSING_WAIT_MS)
        wait_ms = CLOSING_WAIT_MS;
    outbox->idle = outbox->queued == 0;
    bool waits = outbox->idle && !ends;
    pthread_mutex_unlock(&outbox->mutex);
    if (waits)
        inbox_wait(outbox->inbox, wait_ms);
    pthread_mutex_lock(&outbox->mutex);
    outbox->idle = false;
    pthread_mutex_unlock(&outbox->mutex);
    return !ends;
}

static void *run(void *argument)
{
    struct outbox *outbox = argument;
    int64_t head_at_ns = 0;
    pthread_setname_np(pthread_self(), "outbox");
    tape_notify(outbox->tape, outbox->inbox);
    do {
        int64_t now_ns = clock_monotonic_ns();
        send_batch(outbox, take_batch(outbox));
        read_inbox(outbox);
        outbox_compare_start(outbox, now_ns);
        publish_unsent(outbox);
        if (now_ns >= head_at_ns) {
            release_old(outbox, now_ns);
            outbox_journal_write_head(outbox->journal);
            head_at_ns = now_ns + TICK_MS * NS_PER_MS;
        }
    } while (wait_for_work(outbox));
    tape_unnotify(outbox->tape, outbox->inbox);
    inbox_close(outbox->inbox);
    outbox_compare_stop(outbox);
    publisher_forget(outbox->publisher, outbox->inbox);
    return NULL;
}

/* What was kept before this start counts as stored until the tape says otherwise. */
static void take_up(struct outbox *outbox)
{
    uint64_t first = outbox_journal_first(outbox->journal), next = outbox_journal_next(outbox->journal);
    for (uint64_t number = first; number < next; number++)
        *outbox_entry_of(outbox, number) =
            (struct outbox_entry){.state = ENTRY_STORED, .stored_ns = clock_monotonic_ns()};
    outbox->unsent_from = next;
    outbox->own_counts.kept = next - first;
    outbox->compare_again = true;
}

static void release(struct outbox *outbox)
{
    outbox_journal_close(outbox->journal);
    inbox_destroy(outbox->inbox);
    free(outbox->entries);
    free(outbox->queue);
    free(outbox->batch);
    pthread_mutex_destroy(&outbox->mutex);
    free(outbox);
}

struct outbox *outbox_create(struct tape *tape, struct publisher *publisher, const struct outbox_options *options,
                             struct error *error)
{
    size_t bytes = options->bytes > 0 ? options->bytes : OUTBOX_BYTES_DEFAULT;
    struct outbox_journal *journal = outbox_journal_open(options->path, bytes, error);
    if (journal == NULL)
        return NULL;
    struct outbox *outbox = calloc(1, sizeof *outbox);
    assert(outbox != NULL);
    outbox->tape = tape;
    outbox->publisher = publisher;
    outbox->journal = journal;
    outbox->keep_ns = options->keep_ns > 0 ? options->keep_ns : KEEP_SECONDS * NS_PER_SECOND;
    text_copy(outbox->default_account, sizeof outbox->default_account,
              options->default_account != NULL ? options->default_account : "");
    outbox->inbox = inbox_create(INBOX_BYTES);
    outbox->capacity = outbox_journal_capacity(journal);
    outbox->entries = calloc(outbox->capacity, sizeof *outbox->entries);
    outbox->queue = calloc(OUTBOX_QUEUE_MAX, sizeof *outbox->queue);
    outbox->batch = calloc(OUTBOX_BATCH_MAX, sizeof *outbox->batch);
    assert(outbox->entries != NULL && outbox->queue != NULL && outbox->batch != NULL);
    pthread_mutex_init(&outbox->mutex, NULL);
    take_up(outbox);
    if (pthread_create(&outbox->thread, NULL, run, outbox) != 0) {
        error_set(error, ERROR_FAILED, "cannot start a thread");
        release(outbox);
        return NULL;
    }
    return outbox;
}

void outbox_destroy(struct outbox *outbox, int drain_ms)
{
    if (outbox == NULL)
        return;
    pthread_mutex_lock(&outbox->mutex);
    outbox->closing = true;
    outbox->close_ns = clock_monotonic_ns() + drain_ms * NS_PER_MS;
    pthread_mutex_unlock(&outbox->mutex);
    inbox_wake(outbox->inbox);
    pthread_join(outbox->thread, NULL);
    release(outbox);
}

bool outbox_publish(struct outbox *outbox, const struct event *event, struct inbox *inbox, uint64_t cookie)
{
    pthread_mutex_lock(&outbox->mutex);
    bool taken = !outbox->closing && outbox->queued < OUTBOX_QUEUE_MAX;
    if (taken) {
        size_t last = (outbox->queue_first + outbox->queued++) % OUTBOX_QUEUE_MAX;
        outbox->queue[last] = (struct outbox_request){.event = *event, .inbox = inbox, .cookie = cookie};
    }
    bool wake = taken && outbox->idle;
    outbox->idle = outbox->idle && !wake;
    pthread_mutex_unlock(&outbox->mutex);
    if (wake)
        inbox_wake(outbox->inbox);
    return taken;
}

static void forget(struct inbox **known, const struct inbox *inbox)
{
    if (*known == inbox)
        *known = NULL;
}

void outbox_forget(struct outbox *outbox, const struct inbox *inbox)
{
    pthread_mutex_lock(&outbox->mutex);
    for (size_t i = 0; i < OUTBOX_QUEUE_MAX; i++)
        forget(&outbox->queue[i].inbox, inbox);
    for (size_t i = 0; i < OUTBOX_BATCH_MAX; i++)
        forget(&outbox->batch[i].inbox, inbox);
    for (size_t i = 0; i < outbox->capacity; i++)
        forget(&outbox->entries[i].inbox, inbox);
    publisher_forget(outbox->publisher, inbox);
    pthread_mutex_unlock(&outbox->mutex);
}

struct outbox_counts outbox_counts(struct outbox *outbox)
{
    pthread_mutex_lock(&outbox->mutex);
    struct outbox_counts counts = outbox->counts;
    pthread_mutex_unlock(&outbox->mutex);
    return counts;
}
