/* A venue that is read live: a session, the connection and the snapshots that it asks for, and where its quotes leave.
 * Whoever drives it says what time it is; one thread owns it. */
#ifndef FEED_LIVE_H
#define FEED_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/instrument.h"
#include "feed/feed_spec.h"
#include "feed/outlet.h"
#include "feed/player.h"
#include "feed/session.h"

struct live_options {
    const struct feed_spec *spec;          /* of kind FEED_LIVE; used by live_create only */
    const struct instruments *instruments; /* used by live_create only: how the venue's names are mapped to ours */
    const char *source;                    /* goes into the quotes, copied */
    /* Hands a quote on; see player.h. */
    bool (*send)(void *context, const struct quote *quote);
    uint32_t depths_per_second; /* likewise */
    bool (*send_depth)(void *context, const struct depth *depth);
    /* Something has come, and live_step is to be called; any thread. */
    void (*wake)(void *context);
    void *context;
};

struct live_counts {
    struct outlet_counts out;
    struct session_counts session;
};

struct live;

/* NULL with ERROR_USAGE when an address or a file of the spec is not good. Connects with the first step. */
struct live *live_create(const struct live_options *options, struct error *error);
/* Takes up to 3 s when a name is being looked up or a snapshot fetched. NULL is allowed. */
void live_destroy(struct live *live);

/* Takes what has come and does what is due, for a few ms at most; returns the monotonic time of the next step, which
 * may be now. */
int64_t live_step(struct live *live, struct player_time now);

/* Closes the connection; the next step begins another one. */
void live_pause(struct live *live, int64_t now_ns);

/* What of the venue is stale, and why: lines of `<exchange>.<symbol> <sentence>`, or one of `<exchange> <sentence>`
 * about all of it, as lease_tell_trouble takes them; "" when nothing is. What does not fit is left out. */
void live_trouble(const struct live *live, int64_t now_ns, char *lines, size_t size);

struct live_counts live_counts(const struct live *live);

#endif
