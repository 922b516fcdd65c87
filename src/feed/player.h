/* Plays a feed in time: takes quotes from the simulator or a recording when they are due, has them normalised and hands
 * them on. It has no thread and no clock of its own: whoever drives it says what time it is (feed.h does so for the
 * deck, a test with a clock that it moves by hand). One thread owns a player. */
#ifndef FEED_PLAYER_H
#define FEED_PLAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/depth.h"
#include "core/error.h"
#include "core/instrument.h"
#include "core/quote.h"
#include "feed/feed_spec.h"

struct player_counts {
    uint64_t published, held_back, conflated, duplicates, outliers; /* see outlet.h; published: with injected ones */
    uint64_t ignored;      /* lines of a recording that are neither a book nor a trade */
    uint64_t bad_lines;    /* lines of a recording that cannot be read */
    uint64_t broken_files; /* files of a recording that ended before their end */
    uint64_t late;         /* how often it was more than a second behind and gave up catching up */
    uint64_t faults;       /* injected, see faults.h */
    /* Of a live venue (session.h); 0 for others. */
    uint64_t connections, bad_messages, refusals, broken_books, withheld;
    bool finished;       /* a recording is at its end and all of it handed on */
    double pace;         /* seconds of the feed per second, since it started; 0 before the second step */
    int64_t position_ns; /* time of the last quote taken, since the epoch, as the feed's clock has it; 0: none yet */
};

struct player_options {
    const struct feed_spec *spec;          /* copied; of kind FEED_SIMULATOR or FEED_RECORDING */
    const struct instruments *instruments; /* used by player_create only */
    const char *source;                    /* goes into the quotes, copied */
    int64_t start_wall_ns;                 /* where the simulator's virtual time begins */
    /* Hands a quote on. False when there is no room now: the quote is kept and handed on later, or replaced. */
    bool (*send)(void *context, const struct quote *quote);
    /* Hands the depth of an instrument on, in the same way: the latest, no more than so often per second and instrument
     * on the monotonic clock (depth_pacer.h). 0: nobody wants it. */
    uint32_t depths_per_second;
    bool (*send_depth)(void *context, const struct depth *depth);
    void *context;
};

struct player_time {
    int64_t monotonic_ns, wall_ns;
};

struct player;

/* NULL with ERROR_USAGE when a recording cannot be read or there is nothing to simulate. */
struct player *player_create(const struct player_options *options, struct error *error);
void player_destroy(struct player *player); /* NULL is allowed */

/* Hands on what is due, a few hundred quotes at most, and returns the monotonic time at which the next step is due:
 * now when there is more already, INT64_MAX when the feed is finished. Time begins with the first step.
 *
 * The simulator plays in real time; timestamp and received of its quotes are the wall clock's. A recording plays at the
 * speed of its spec by the times of its lines; timestamp and received are the recording's. Both are like an exchange:
 * when there is no room, the latest quote of each instrument waits and replaces older ones, and after more than a
 * second's delay (or when the times of a recording go back that far) the rest is played later instead of faster. A
 * recording at PACE_MAX waits for room instead, and so does every recording at its end. */
int64_t player_step(struct player *player, struct player_time now);

/* As of the last step. */
struct player_counts player_counts(const struct player *player);

/* What is wrong with the recording's first bad line (`FILE:LINE: …`), and with the last file that could not be read on;
 * "" when nothing is. The player's own. */
const char *player_first_bad(const struct player *player);
const char *player_broken_file(const struct player *player);

/* The last fault that was injected, see faults_latest; "" when none was. The player's own. */
const char *player_latest_fault(const struct player *player);

#endif
