/* The parts of a tape among themselves: tape.c (the connection), tape_state.c (what is known of it, and who is told).
 */
#ifndef BUS_TAPE_PRIVATE_H
#define BUS_TAPE_PRIVATE_H

#include <nats/nats.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/inbox.h"
#include "bus/retired.h"
#include "bus/tape_internal.h"
#include "bus/tape_login.h"

enum { TAPE_INBOXES_MAX = 16, TAPE_PROBLEM_SIZE = sizeof((struct connection_status *)0)->problem };

struct tape {
    natsConnection *connection;
    jsCtx *jetstream;
    struct tape_login *login;
    pthread_t pinger;
    int reconnect_wait_ms;
    bool certified; /* we have a client certificate */
    atomic_bool connected;
    atomic_bool troubled; /* the status has full streams or a silent server */
    atomic_ullong generation;
    atomic_ullong publish_refusals;
    struct retired retired;

    pthread_mutex_t mutex; /* for all below */
    pthread_cond_t changed;
    struct connection_status status;
    struct inbox *inboxes[TAPE_INBOXES_MAX];
    size_t inbox_count;
    uint32_t told_errors; /* of status.errors */
    int silences;         /* reported without an answer between them */
    int64_t silence_ns;   /* monotonic: the last of them */
    int64_t silent_ns;    /* monotonic: the first */
    bool given_up;        /* GIVEN_UP counts as full for them */
    bool stopping;
    bool closed; /* nats.c has made its last call */
    bool untold; /* the last problem is a refusal that came too soon behind another to be told */
    int64_t refused_ns, refusal_told_ns; /* when a subject was refused last, and when that was told last */
    char refused[TAPE_PROBLEM_SIZE];     /* the last subject that the server refused, as a sentence; "": none so far */
};

/* tape_state.c */

/* Has nats.c tell of the connection's changes. */
natsStatus tape_state_listen(struct tape *tape, natsOptions *options);

/* The connection was made for the first time. */
void tape_state_connected(struct tape *tape);

/* nats.c tells nobody why an attempt to reconnect failed: whoever knows reports it. `said`, its text; NULL: that of the
 * status. Tells of it once as long as it stays the same. */
void tape_state_report(struct tape *tape, natsStatus status, const char *said);

/* Once a second, with the lock held: what has become old is told. */
void tape_state_tick(struct tape *tape);

#endif
