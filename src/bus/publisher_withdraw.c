/* Takes back what waits for a stream that is gone. */
#include "bus/publisher_internal.h"
#include "core/stream_trouble.h"

static const char PROBLEM[] = "the stream is not there any more";

static bool is_meant(const struct publisher_entry *entry, const struct inbox *inbox, unsigned streams)
{
    return entry->inbox == inbox && !entry->resolved && (tape_stream_bit_of_subject(entry->subject) & streams) != 0;
}

static void withdraw_queued(struct publisher *publisher, const struct inbox *inbox, unsigned streams)
{
    struct publisher_entry **link = &publisher->queue_head, *last = NULL;
    while (*link != NULL) {
        struct publisher_entry *entry = *link;
        if (!is_meant(entry, inbox, streams)) {
            last = entry;
            link = &entry->next;
            continue;
        }
        *link = entry->next;
        publisher->queued_bytes -= entry->bytes;
        publisher->counts.queued--;
        publisher_resolve(publisher, entry, entry->uncertain ? PUBLISH_UNKNOWN : PUBLISH_REFUSED, 0, PROBLEM);
    }
    publisher->queue_tail = last;
}

void publisher_withdraw(struct publisher *publisher, const struct inbox *inbox, unsigned streams)
{
    pthread_mutex_lock(&publisher->mutex);
    withdraw_queued(publisher, inbox, streams);
    struct publisher_entry *next;
    for (struct publisher_entry *entry = publisher->window_head; entry != NULL; entry = next) {
        next = entry->next;
        /* Whatever was sent and has no answer may be stored; only "no stream takes this" is sure. */
        bool sure = entry->refused_so_far && !entry->uncertain;
        if (is_meant(entry, inbox, streams))
            publisher_resolve(publisher, entry, sure ? PUBLISH_REFUSED : PUBLISH_UNKNOWN, 0, PROBLEM);
    }
    pthread_mutex_unlock(&publisher->mutex);
}
