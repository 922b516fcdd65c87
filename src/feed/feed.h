/* A feed of market data: a thread that plays the simulator or a recording, or reads a venue (live.h), and publishes its
 * quotes to `md.<exchange>.<instrument>`, and the depth behind them to `depth.<exchange>.<instrument>`. See player.h
 * for the pace and for what happens when there is no room, because the tape does not keep up or the limit is reached: a
 * burst of 100 ms at the limit's rate passes, then quotes are conflated, or wait, by the player's rules. Quotes that
 * are due within a millisecond leave together. An episode of conflation is logged when it begins and when there was
 * none for 5 s. */
#ifndef FEED_FEED_H
#define FEED_FEED_H

#include <stdint.h>

#include "bus/lease.h"
#include "bus/market_publisher.h"
#include "core/error.h"
#include "core/instrument.h"
#include "feed/player.h"

/* Of several processes with the same feed one publishes it, the one that holds the lease feed_lease_role of its spec;
 * the others stand by. Who takes over begins anew: the simulator with its first prices, a recording at its start, a
 * venue with new snapshots. */
struct feed_options {
    const char *spec;                         /* as feed_spec.h has it */
    const struct instruments *instruments;    /* used by feed_start only */
    struct market_publisher *publisher;       /* outlives the feed */
    uint32_t limit_per_second;                /* quotes published at most; 0: no limit */
    struct market_publisher *depth_publisher; /* outlives the feed; NULL: depth is not published */
    uint32_t depths_per_second;               /* and instrument, at most; see player.h */
    struct tape *lease_tape;                  /* outlives the feed; NULL: it publishes whoever else does */
    const char *lease_identity;               /* see bus/lease.h */
};

struct feed;

/* Starts a feed; the `source` of its quotes is `<kind>-<unique id>`. NULL with ERROR_USAGE for a bad spec, a recording
 * that cannot be read, or nothing to simulate. A venue is connected to by and by. A feed of kind `none` has no thread
 * and is finished. At the end of a recording the feed says so in the log and stays idle until it is stopped. */
struct feed *feed_start(const struct feed_options *options, struct error *error);

/* Ends the thread and gives up the lease; quotes that waited for room are dropped. Takes up to half a second, or 4 s
 * while the server does not answer or a venue's name is looked up. NULL is allowed. */
void feed_stop(struct feed *feed);

/* Any thread: as of the thread's last step. */
struct player_counts feed_counts(struct feed *feed);

/* The name of the lease for a spec: `feed-` and the spec, with '-' for what a name cannot have, and its hash behind it
 * when something was lost. Pure. */
void feed_lease_role(char role[LEASE_ROLE_SIZE], const char *spec);

/* The name in its quotes; the feed's own. */
const char *feed_source(const struct feed *feed);

#endif
