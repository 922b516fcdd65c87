/* One connection to a venue, as a state machine: what is to be asked for and when, whether what comes is whole, and
 * what to do when it is not. Pure: it is told what happened and what time it is, and says what to do; web_socket.h and
 * snapshot_fetcher.h do it. One thread owns a session.
 *
 * An instrument is stale until its first quote has come, and again from when its connection is lost or its book is
 * broken (a hole in the numbers, a wrong checksum, a message that cannot be read) until the book is whole again. While
 * it is stale nothing of it is handed on, and the others go on. */
#ifndef FEED_SESSION_H
#define FEED_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/log.h"
#include "feed/venue.h"

/* What a session has to say. Called during its functions; what they are given is good during the call. Instruments are
 * counted as in the options. */
struct session_sink {
    /* A raw quote as normaliser.h wants it, with the symbol of the venue. */
    void (*quote)(void *context, size_t instrument, const struct quote *raw);
    /* The levels of a book are now these. */
    void (*depth)(void *context, size_t instrument, const struct book *book, int64_t timestamp_ns);
    /* An instrument is stale or no longer; `reason` is a sentence without a point, NULL when it is not stale. */
    void (*stale)(void *context, size_t instrument, bool stale, const char *reason);
    /* A sentence for the log. */
    void (*tell)(void *context, enum log_level level, const char *text);
    void *context;
};

struct session_options {
    const struct venue *venue;
    const char *const *symbols; /* as the venue writes them; copied */
    size_t symbol_count;        /* 1 to VENUE_SYMBOLS_MAX */
    uint64_t seed;              /* for the jitter of the waits between two connections */
    struct session_sink sink;
};

enum session_action_kind {
    SESSION_CONNECT, /* begin a connection; then session_connected or session_closed */
    SESSION_CLOSE,   /* drop the connection, and whatever still comes from it */
    SESSION_SEND,    /* `text` is a message */
    SESSION_PING,    /* of the WebSocket protocol */
    SESSION_FETCH,   /* `text` is the path; then session_snapshot or session_snapshot_failed */
};

struct session_action {
    enum session_action_kind kind;
    const char *text; /* terminated; the session's, good until its next call */
    size_t length;
    size_t instrument; /* of SESSION_FETCH */
};

struct session_counts {
    uint64_t connections;  /* that were established */
    uint64_t messages;     /* that were received */
    uint64_t bad_messages; /* of them those that cannot be read */
    uint64_t refusals;     /* what the venue said no to */
    uint64_t broken;       /* how often a book was found broken */
    uint64_t withheld;     /* quotes of stale instruments */
    size_t stale;          /* instruments that are stale now */
    struct market_books_counts books;
};

struct session;

/* Never NULL: aborts when memory is out. The first action is to connect. */
struct session *session_create(const struct session_options *options);
void session_destroy(struct session *session); /* NULL is allowed */

/* What happened. All times but `received_ns` (since the epoch) are monotonic. */
void session_connected(struct session *session, int64_t now_ns);
void session_message(struct session *session, const char *text, size_t length, int64_t received_ns, int64_t now_ns);
/* A part of a message came, and it is not complete. */
void session_part(struct session *session, int64_t now_ns);
void session_pong(struct session *session, int64_t now_ns);
/* The connection could not be established, or is lost. */
void session_closed(struct session *session, const char *reason, int64_t now_ns);
/* What SESSION_FETCH asked for. `wait_s`: for how long the venue wants to be left in peace; 0: it does not say. */
void session_snapshot(struct session *session, size_t instrument, const char *text, size_t length, int64_t received_ns,
                      int64_t now_ns);
void session_snapshot_failed(struct session *session, size_t instrument, const char *reason, unsigned wait_s,
                             int64_t now_ns);

/* Lets time pass and gives the next thing to do; false when there is nothing to do now. To be called until then after
 * whatever happened, and again at session_due_ns. */
bool session_next(struct session *session, int64_t now_ns, struct session_action *action);
int64_t session_due_ns(const struct session *session);

/* Gives the connection up without another one to follow, until session_next is called again. */
void session_pause(struct session *session, int64_t now_ns);

/* What is wrong with a stale instrument at this time, or with the connection (SIZE_MAX) and so with all of them: a
 * sentence without a point. NULL when nothing is, or it has not been asked for long enough to say. The session's, until
 * its next call. */
const char *session_trouble(const struct session *session, size_t instrument, int64_t now_ns);

struct session_counts session_counts(const struct session *session);

#endif
