/* What the two halves of a session share: session.c has the connection and what is to be done, session_market.c what
 * the messages say. */
#ifndef FEED_SESSION_PRIVATE_H
#define FEED_SESSION_PRIVATE_H

#include "core/rate_limit.h"
#include "feed/prng.h"
#include "feed/session.h"

#define SESSION_NEVER INT64_MAX

enum { SESSION_TEXT_SIZE = 8192, SESSION_REQUESTS_MAX = VENUE_CHANNELS_MAX + 2 * VENUE_SYMBOLS_MAX };

enum { SESSION_WHY_SIZE = MARKET_TEXT_SIZE + 40 };

enum session_state { SESSION_WAITING, SESSION_CONNECTING, SESSION_UP };

/* One instrument on the connection. */
struct session_instrument {
    char symbol[SYMBOL_SIZE];
    bool stale;
    bool broken;     /* its book was found broken, and is not whole again */
    bool whole;      /* its book is whole */
    bool refused;    /* the venue does not give it to us */
    bool wants_book; /* a snapshot is to be fetched */
    bool in_doubt;   /* the message that is being read is about its book */
    bool has_top;
    struct quote top;           /* the last best bid and ask */
    char why[SESSION_WHY_SIZE]; /* it is stale; "": nothing is known */
    int64_t retry_ns;           /* when its book is asked for again, if it is not whole; SESSION_NEVER */
    int64_t last_broken_ns;     /* and how often in succession */
    unsigned tries;
};

/* A message that waits to be sent. */
struct session_request {
    enum venue_request_kind kind;
    const struct venue_channel *channel;
    size_t instrument; /* SIZE_MAX: all */
};

struct session {
    const struct venue *venue;
    struct session_sink sink;
    struct market_books *books; /* owned */
    struct session_instrument instruments[VENUE_SYMBOLS_MAX];
    size_t count;
    size_t latest; /* the instrument of the last event: mostly that of the next */
    struct session_counts counts;
    struct prng jitter;

    enum session_state state;
    bool must_close;    /* the shell has not been told yet */
    unsigned failures;  /* in succession */
    int64_t connect_ns; /* when to connect, WAITING */
    int64_t since_ns;   /* when the connection was begun, or established */
    int64_t renew_ns;   /* when to take a new one before the venue cuts this one; SESSION_NEVER */
    int64_t heard_ns;   /* when something was heard that proves that the venue lives */
    int64_t pinged_ns;  /* the `heard_ns` that was followed by a ping */
    int64_t part_ns;    /* since when a message has been coming in parts; SESSION_NEVER */
    bool precise;       /* the decimals of the venue's numbers have come, or nobody needs them */
    bool has_sequence;  /* and the last number of a message is: */
    uint64_t sequence;
    char lost[SESSION_TEXT_SIZE / 32]; /* why the last connection was lost, as the log has it */
    char refusal[SESSION_WHY_SIZE];    /* what this connection was refused, of no instrument; "": nothing */

    struct rate_limit limit;
    uint64_t request_id;
    struct session_request requests[SESSION_REQUESTS_MAX]; /* a ring */
    size_t request_first, request_count;
    size_t fetching;  /* the instrument whose snapshot is under way; SIZE_MAX: none */
    int64_t fetch_ns; /* before then none is fetched */

    const char *missing;         /* what the message that is being read shows to be missing on the connection; NULL */
    int64_t received_ns, now_ns; /* of that message */
    char text[SESSION_TEXT_SIZE];
};

/* A sentence for the log. */
void session_tell(struct session *session, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Notes why an instrument is stale. */
void session_note(struct session_instrument *instrument, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Gives the connection up, with a reason, and has another one begun: later from failure to failure, or `at_once`. */
void session_lose(struct session *session, const char *reason, bool at_once, int64_t now_ns);

/* Asks for all instruments' channels, once the decimals are known. */
void session_ask_all(struct session *session);
/* Asks for the book of an instrument again, at its time. */
void session_ask_again(struct session *session, size_t instrument);

/* Folds what a parser has said into the books. */
struct market_sink session_market_sink(struct session *session);
/* Begins and ends the reading of a message. */
void session_begin(struct session *session, int64_t received_ns, int64_t now_ns);
void session_end(struct session *session, bool good, const char *problem);
/* All instruments are stale and their books void. */
void session_void(struct session *session, const char *reason);

#endif
