/* What is kept against what the tape has. ORDERS is read from shortly before the oldest kept request, and each request
 * that is met there is ticked off by its message id; what is left is published again. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

#include "bus/outbox_internal.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/subject.h"
#include "core/timestamp.h"

enum { RETRY_MS = 1000 };

/* By so much the server's clock may be ahead of ours; a request that is missed for it is stored twice and counts once.
 */
#define CLOCK_MARGIN_NS (600 * NS_PER_SECOND)

struct outbox_wanted {
    char id[MESSAGE_ID_SIZE];
    uint64_t number;
    UT_hash_handle hh;
};

static void want(struct outbox *outbox, uint64_t number, const struct event *event)
{
    struct outbox_wanted *wanted = calloc(1, sizeof *wanted), *known;
    assert(wanted != NULL);
    message_id_of(event, wanted->id);
    wanted->number = number;
    HASH_FIND_STR(outbox->wanted, wanted->id, known);
    if (known != NULL)
        free(wanted); /* the same request twice: the first is the one that counts */
    else
        HASH_ADD_STR(outbox->wanted, id, wanted);
}

/* Collects what should be on the tape; the accepted time of the oldest, or INT64_MAX when there is nothing. */
static int64_t collect(struct outbox *outbox)
{
    int64_t oldest_ns = INT64_MAX;
    uint64_t next = outbox_journal_next(outbox->journal);
    for (uint64_t number = outbox_journal_first(outbox->journal); number < next; number++) {
        struct outbox_entry *entry = outbox_entry_of(outbox, number);
        struct outbox_record record;
        struct event event;
        if (entry->state != ENTRY_STORED)
            continue;
        if (!outbox_read(outbox, number, &event) || !outbox_journal_read(outbox->journal, number, &record)) {
            entry->state = ENTRY_OVER;
            continue;
        }
        want(outbox, number, &event);
        if (record.accepted_ns < oldest_ns)
            oldest_ns = record.accepted_ns;
    }
    return oldest_ns;
}

void outbox_compare_start(struct outbox *outbox, int64_t now_ns)
{
    if (!outbox->compare_again || !outbox->connected || now_ns < outbox->compare_at_ns)
        return;
    outbox_compare_stop(outbox);
    int64_t oldest_ns = collect(outbox);
    if (oldest_ns == INT64_MAX) {
        outbox->compare_again = false;
        outbox->compared = true;
        return;
    }
    struct error error = {0};
    struct follower_options options = {
        .stream = "ORDERS",
        .filter = "orders.*",
        .from = FOLLOW_TIME,
        .time_ns = oldest_ns - CLOCK_MARGIN_NS,
        .tag = ++outbox->comparison,
    };
    outbox->follower = follower_create(outbox->tape, &options, outbox->inbox, &error);
    if (outbox->follower == NULL) {
        if (!outbox->compare_failed)
            log_warning("outbox", "cannot compare with ORDERS yet: %s", error.text);
        outbox->compare_failed = true;
        outbox->compare_at_ns = now_ns + RETRY_MS * NS_PER_MS;
        outbox_compare_stop(outbox);
        return;
    }
    outbox->compare_again = outbox->compare_failed = false;
}

void outbox_compare_message(struct outbox *outbox, const struct inbox_item *item)
{
    struct event event;
    char id[MESSAGE_ID_SIZE];
    struct outbox_wanted *wanted;
    if (outbox->follower == NULL || item->follower_tag != outbox->comparison ||
        event_decode(&event, item->subject, item->payload, item->payload_bytes, outbox->default_account, NULL) != 0)
        return;
    message_id_of(&event, id);
    HASH_FIND_STR(outbox->wanted, id, wanted);
    if (wanted != NULL) {
        HASH_DEL(outbox->wanted, wanted);
        free(wanted);
    }
}

static bool is_resume(const struct event *event)
{
    return event->kind == EVENT_TRADING_STATE && event->state.state == TRADING_ACTIVE;
}

static void say_again(struct outbox *outbox, const struct outbox_wanted *wanted)
{
    struct outbox_entry *entry = outbox_entry_of(outbox, wanted->number);
    struct event event;
    if (wanted->number < outbox_journal_first(outbox->journal) || entry->state != ENTRY_STORED)
        return;
    if (!outbox_read(outbox, wanted->number, &event) || is_resume(&event)) {
        log_warning("outbox", "%s is not on the tape and is not said again", wanted->id);
        outbox_journal_drop(outbox->journal, wanted->number);
        entry->state = ENTRY_OVER;
        return;
    }
    entry->state = ENTRY_UNSENT;
    if (wanted->number < outbox->unsent_from)
        outbox->unsent_from = wanted->number;
    outbox->own_counts.unpublished++;
    outbox->own_counts.republished++;
}

void outbox_compare_end(struct outbox *outbox, const struct inbox_item *item)
{
    if (outbox->follower == NULL || item->follower_tag != outbox->comparison)
        return;
    uint64_t before = outbox->own_counts.republished;
    for (const struct outbox_wanted *wanted = outbox->wanted; wanted != NULL; wanted = wanted->hh.next)
        say_again(outbox, wanted);
    uint64_t again = outbox->own_counts.republished - before;
    if (again > 0)
        log_warning("outbox", "the tape lacks %llu requests that were accepted; they are published again",
                    (unsigned long long)again);
    outbox->compared = true;
    outbox_compare_stop(outbox);
}

void outbox_compare_stop(struct outbox *outbox)
{
    struct outbox_wanted *wanted, *next;
    follower_destroy(outbox->follower);
    outbox->follower = NULL;
    HASH_ITER(hh, outbox->wanted, wanted, next)
    {
        HASH_DEL(outbox->wanted, wanted);
        free(wanted);
    }
}
