/* The parts of a follower: what it does with messages (follower.c), and the making of the consumer on the server
 * (follower_start.c). Its thread is a listener. */
#ifndef BUS_FOLLOWER_INTERNAL_H
#define BUS_FOLLOWER_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/follower.h"
#include "bus/listener.h"

enum {
    FOLLOWER_STREAM_SIZE = 64,
    FOLLOWER_FILTER_SIZE = 256,
    FOLLOWER_CONSUMER_SIZE = 96,
    FOLLOWER_DESCRIPTION_SIZE = 64
};

/* Everything without a remark is the thread's alone. */
struct follower {
    struct listener listener;
    struct inbox *inbox;
    char stream[FOLLOWER_STREAM_SIZE];
    char filter[FOLLOWER_FILTER_SIZE];           /* "": none */
    char description[FOLLOWER_DESCRIPTION_SIZE]; /* "": none */
    enum follow_from from;
    int64_t time_ns;
    bool time_reached; /* a message of that time or later has come */
    int tag;

    char consumer[FOLLOWER_CONSUMER_SIZE];
    uint64_t consumer_sequence;  /* of the last delivery */
    uint64_t caught_up_sequence; /* the consumer sequence with which all is read that was there at the start */
    bool caught_up;

    uint64_t next_sequence; /* in the stream; 0: not known before the first message */
    uint64_t last_sequence; /* of the last message put into the inbox; 0: none */
    int64_t last_stored_ns;
    int64_t created_ns; /* when the stream was made, by its server; 0: not known yet */
    bool gone;          /* the stream was not there at the last look */
    bool contiguous;    /* a jump in the stream's sequences means that messages are gone */
};

/* The listener's rules: makes a consumer that goes on behind the last message; removes it, as far as the server can be
 * reached. */
int follower_begin(void *context, struct error *error);
void follower_end(void *context);

/* When the server is idle before all is read: what was pending may have gone from the stream. */
void follower_check_caught_up(struct follower *follower);

/* Puts INBOX_CAUGHT_UP, once per start. */
void follower_report_caught_up(struct follower *follower);
/* Puts INBOX_GAP; `remade`: because the stream was made again. */
void follower_report_gap(struct follower *follower, uint64_t first_lost, bool remade);
/* Puts INBOX_STREAM_GONE or INBOX_STREAM_BACK, when that is news. */
void follower_report_gone(struct follower *follower, bool gone);

#endif
