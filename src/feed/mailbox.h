/* What the threads of a connection have to say to the thread that owns the session: bytes, copied, in their order. Any
 * thread may put; one thread takes. Nothing here blocks for longer than it takes to copy. */
#ifndef FEED_MAILBOX_H
#define FEED_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mail_kind {
    MAIL_CONNECTED,
    MAIL_MESSAGE, /* a whole message */
    MAIL_PART,    /* a message is coming, and not complete */
    MAIL_PONG,
    MAIL_CLOSED,          /* the text says why */
    MAIL_SNAPSHOT,        /* the body of an answer */
    MAIL_SNAPSHOT_FAILED, /* the text says why */
};

struct mail {
    enum mail_kind kind;
    uint64_t connection; /* the one it came from, or was asked for on */
    size_t instrument;   /* of the snapshots */
    unsigned wait_s;     /* of MAIL_SNAPSHOT_FAILED: as session_snapshot_failed has it */
    int64_t received_ns; /* wall clock */
    const char *text;    /* terminated; may hold NUL bytes */
    size_t length;
};

struct mailbox;

/* `bytes_max`: what may wait. `wake` is called, by the thread that puts, when something came into the empty box. Never
 * NULL: aborts when memory is out. */
struct mailbox *mailbox_create(size_t bytes_max, void (*wake)(void *context), void *context);
void mailbox_destroy(struct mailbox *mailbox); /* NULL is allowed */

/* Puts a copy. False when there is no room; MAIL_CLOSED and MAIL_CONNECTED always find some. */
bool mailbox_put(struct mailbox *mailbox, const struct mail *mail);

/* Takes the oldest; false when there is none. Good until the next call. */
bool mailbox_take(struct mailbox *mailbox, struct mail *mail);

#endif
