/* The outbox: requests that somebody was promised, kept on disk until the tape is sure to have them.
 *
 * A request for ORDERS is written to a journal of this process and the disk has it (fdatasync; those that come together
 * share one) before it is published. What a power failure took from the tape, or what was never published because this
 * process was killed, is published at the next start, in order and under the same name; the check for stale requests
 * refuses what has become too old by then. For that it is kept for some minutes after its acknowledgement, for the
 * server may lose with the power what it acknowledged last. After a new connection to the server the kept ones are
 * compared with the tape too.
 *
 * When the disk is full or broken, an order or a replacement is refused before anything was published; a cancel or a
 * halt goes out nevertheless. A resume that was lost is not said again: what was halted stays halted.
 *
 * The outbox has a thread of its own, which waits for the disk so that nobody else does. */
#ifndef BUS_OUTBOX_H
#define BUS_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/inbox.h"
#include "bus/publisher.h"
#include "bus/tape.h"
#include "core/error.h"
#include "core/event.h"

enum { OUTBOX_BYTES_DEFAULT = 64 << 20 };

struct outbox_options {
    const char *path;            /* of the journal; copied */
    size_t bytes;                /* of its file; 0: OUTBOX_BYTES_DEFAULT, room for 130,000 orders */
    int64_t keep_ns;             /* after an acknowledgement; 0: five minutes */
    const char *default_account; /* fills requests that name none; copied */
};

struct outbox_counts {
    uint64_t journaled;         /* requests written */
    uint64_t commits;           /* waits for the disk: fewer than requests when they come together */
    uint64_t refused;           /* orders that found the disk or the journal full or broken */
    uint64_t republished;       /* requests that the tape lacked */
    uint64_t kept, unpublished; /* at present; and of them, those that the tape has not acknowledged */
};

struct outbox;

/* Opens the journal and starts. Requests are taken at once, but published only when those of before are. The publisher
 * is one that never gives up; it and the tape outlive the outbox. ERROR_IN_USE, ERROR_FAILED: as outbox_journal_open.
 */
struct outbox *outbox_create(struct tape *tape, struct publisher *publisher, const struct outbox_options *options,
                             struct error *error);

/* Publishes what is queued and waits at most `drain_ms` for acknowledgements; the rest is for the next start. NULL is
 * allowed. */
void outbox_destroy(struct outbox *outbox, int drain_ms);

/* Any thread; never waits. As publish_event without a fence: true means that `inbox` gets exactly one result under
 * `cookie`, false that too many wait and nothing was taken. PUBLISH_REFUSED with a problem is also what a broken disk
 * comes to. Events that are none of ORDERS are published without the journal. */
bool outbox_publish(struct outbox *outbox, const struct event *event, struct inbox *inbox, uint64_t cookie);

/* Any thread: nothing is put into this inbox any more. */
void outbox_forget(struct outbox *outbox, const struct inbox *inbox);

/* Any thread. */
struct outbox_counts outbox_counts(struct outbox *outbox);

#endif
