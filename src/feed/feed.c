/* The thread, the clocks and the log around a player or a live venue. */
#include "feed/feed.h"

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "core/event.h"
#include "core/log.h"
#include "core/rate_limit.h"
#include "core/subject.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "core/unique.h"
#include "feed/feed_spec.h"
#include "feed/live.h"

/* Between two looks whether the lease is held, and two words to it that the feed lives. */
#define LEASE_LOOK_NS (50 * NS_PER_MS)

/* Between two words to it about what is wrong. */
#define TROUBLE_NS (500 * NS_PER_MS)

/* Between two turns: quotes that are due within it share one write to the server and one acknowledgement. */
#define TURN_NS (2 * NS_PER_MS)

/* How long no quote must be conflated until an episode of it is over. */
#define EPISODE_END_NS (5 * NS_PER_SECOND)

/* A time in which quotes are conflated. */
struct episode {
    bool runs;
    int64_t start_ns, latest_ns; /* monotonic: its first conflated quote and the latest one */
    uint64_t before, latest;     /* how many had been conflated when it began, and up to the latest */
};

enum { SHOWN_SPEC = 40 }; /* bytes of a spec in the name of its lease */

struct feed {
    char source[SOURCE_SIZE];
    struct player *player; /* owned; the thread's while it runs; NULL for `none` and for a venue */
    struct live *live;     /* owned, likewise; NULL for all but a venue */
    int64_t told_ns;       /* the thread's: when the lease was told last what is wrong */
    bool paused;           /* the thread's: the venue is not read, since another process has the lease */
    struct market_publisher *publisher;
    struct market_publisher *depth_publisher; /* NULL: depth is not published */
    struct lease *lease;                      /* owned; NULL: it needs none */
    struct rate_limit limit;                  /* the thread's */
    bool may_publish;                         /* the thread's: the limit has let the next quote pass */
    bool limited;                             /* the thread's: it was the limit that held a quote back last */
    struct event event;                       /* the quote being encoded */

    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t woken;        /* on the monotonic clock: `stop` or `has_mail` is set */
    bool stop, has_mail;         /* under mutex */
    struct player_counts counts; /* under mutex */
    struct player_counts logged; /* the thread's: what the log has been told of */
    struct episode episode;      /* the thread's */
};

static bool holds_lease(const struct feed *feed, int64_t now_ns)
{
    return feed->lease == NULL || lease_held(feed->lease, now_ns);
}

static bool publish(void *context, const struct quote *quote)
{
    struct feed *feed = context;
    int64_t now_ns = clock_monotonic_ns();
    if (!holds_lease(feed, now_ns))
        return false;
    feed->may_publish = feed->may_publish || rate_limit_take(&feed->limit, now_ns);
    feed->limited = !feed->may_publish;
    if (feed->limited)
        return false;
    char subject[SUBJECT_SIZE], payload[EVENT_PAYLOAD_SIZE];
    feed->event.quote = *quote;
    subject_of(&feed->event, subject);
    size_t payload_bytes = event_encode(&feed->event, payload, sizeof payload);
    feed->may_publish = !market_publisher_send(feed->publisher, subject, payload, payload_bytes);
    return !feed->may_publish;
}

static bool publish_depth(void *context, const struct depth *depth)
{
    struct feed *feed = context;
    char subject[SUBJECT_SIZE], payload[DEPTH_PAYLOAD_SIZE];
    if (!holds_lease(feed, clock_monotonic_ns()))
        return false;
    subject_of_depth(subject, depth->exchange, depth->symbol);
    size_t payload_bytes = depth_encode(depth, payload, sizeof payload);
    return market_publisher_send(feed->depth_publisher, subject, payload, payload_bytes);
}

static void flush(struct feed *feed)
{
    market_publisher_flush(feed->publisher);
    if (feed->depth_publisher != NULL)
        market_publisher_flush(feed->depth_publisher);
}

/* One line with the counts that are not zero. */
static void log_totals(const struct feed *feed, const struct player_counts *counts, const char *what)
{
    const struct {
        uint64_t count;
        const char *what;
    } totals[] = {
        {counts->held_back, "held back until both sides exist"},
        {counts->conflated, "conflated"},
        {counts->duplicates, "duplicates"},
        {counts->outliers, "outliers"},
        {counts->ignored, "lines of other kinds"},
        {counts->bad_lines, "bad lines"},
        {counts->broken_files, "files broken off"},
        {counts->late, "times late"},
        {counts->connections, "connections"},
        {counts->bad_messages, "bad messages"},
        {counts->refusals, "refusals"},
        {counts->broken_books, "broken books"},
        {counts->withheld, "withheld from stale instruments"},
    };
    char text[512];
    size_t length = (size_t)snprintf(text, sizeof text, "%" PRIu64 " quotes published", counts->published);
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++) {
        if (totals[i].count > 0)
            length += (size_t)snprintf(text + length, sizeof text - length, ", %" PRIu64 " %s", totals[i].count,
                                       totals[i].what);
    }
    log_info("feed", "%s %s: %s", feed->source, what, text);
}

static void log_episode(struct feed *feed, uint64_t conflated, int64_t now_ns)
{
    struct episode *episode = &feed->episode;
    if (conflated > episode->latest) {
        if (!episode->runs) {
            *episode = (struct episode){.runs = true, .start_ns = now_ns, .before = episode->latest};
            log_warning("feed", "%s: quotes are conflated, since %s", feed->source,
                        feed->limited ? "there are more than its limit lets pass" : "the tape does not keep up");
        }
        episode->latest_ns = now_ns;
        episode->latest = conflated;
    } else if (episode->runs && now_ns - episode->latest_ns >= EPISODE_END_NS) {
        episode->runs = false;
        log_info("feed", "%s: quotes are no longer conflated; %" PRIu64 " were, in %.1f s", feed->source,
                 episode->latest - episode->before, (double)(episode->latest_ns - episode->start_ns) / 1e9);
    }
}

/* Says each thing when it is first seen; how often it came to be is in the totals. */
static void log_changes(struct feed *feed, const struct player_counts *counts, int64_t now_ns)
{
    const struct player_counts *logged = &feed->logged;
    if (counts->faults > logged->faults)
        log_info("feed", "%s: injected %s", feed->source, player_latest_fault(feed->player));
    if (counts->bad_lines > 0 && logged->bad_lines == 0)
        log_warning("feed", "bad line %s", player_first_bad(feed->player));
    if (counts->broken_files > logged->broken_files)
        log_error("feed", "%s", player_broken_file(feed->player));
    if (counts->late > 0 && logged->late == 0)
        log_warning("feed", "%s was more than a second behind and goes on from where it is", feed->source);
    if (counts->finished && !logged->finished)
        log_totals(feed, counts, "is at its end");
    log_episode(feed, counts->conflated, now_ns);
    feed->logged = *counts;
}

/* Waits until the monotonic time `until_ns` or until the feed is stopped; true when it is to stop. Takes over the
 * counts on the way. */
static bool rest(struct feed *feed, const struct player_counts *counts, int64_t until_ns)
{
    struct timespec until = {.tv_sec = (time_t)(until_ns / NS_PER_SECOND), .tv_nsec = (long)(until_ns % NS_PER_SECOND)};
    pthread_mutex_lock(&feed->mutex);
    feed->counts = *counts;
    while (!feed->stop && !feed->has_mail) {
        if (until_ns == INT64_MAX)
            pthread_cond_wait(&feed->woken, &feed->mutex);
        else if (clock_monotonic_ns() >= until_ns)
            break;
        else
            pthread_cond_timedwait(&feed->woken, &feed->mutex, &until);
    }
    bool stop = feed->stop;
    feed->has_mail = false;
    pthread_mutex_unlock(&feed->mutex);
    return stop;
}

/* A venue has something to say. */
static void wake(void *context)
{
    struct feed *feed = context;
    pthread_mutex_lock(&feed->mutex);
    feed->has_mail = true;
    pthread_cond_signal(&feed->woken);
    pthread_mutex_unlock(&feed->mutex);
}

/* Whoever looks at the leases learns from them what of the venue is stale, and why. */
static void tell_trouble(struct feed *feed, int64_t now_ns)
{
    char trouble[LEASE_TROUBLE_SIZE];
    if (feed->lease == NULL || now_ns - feed->told_ns < TROUBLE_NS)
        return;
    feed->told_ns = now_ns;
    live_trouble(feed->live, now_ns, trouble, sizeof trouble);
    lease_tell_trouble(feed->lease, trouble);
}

static int64_t step_live(struct feed *feed, struct player_time now, struct player_counts *counts)
{
    int64_t next_ns = live_step(feed->live, now);
    struct live_counts live = live_counts(feed->live);
    *counts = (struct player_counts){.published = live.out.published,
                                     .held_back = live.out.held_back,
                                     .conflated = live.out.conflated,
                                     .duplicates = live.out.duplicates,
                                     .outliers = live.out.outliers,
                                     .connections = live.session.connections,
                                     .bad_messages = live.session.bad_messages,
                                     .refusals = live.session.refusals,
                                     .broken_books = live.session.broken,
                                     .withheld = live.session.withheld};
    feed->paused = false;
    tell_trouble(feed, now.monotonic_ns);
    return next_ns;
}

/* One turn; returns the monotonic time of the next one. */
static int64_t step(struct feed *feed, struct player_counts *counts)
{
    struct player_time now = {.monotonic_ns = clock_monotonic_ns(), .wall_ns = clock_wall_ns()};
    int64_t next_ns;
    if (feed->live != NULL) {
        next_ns = step_live(feed, now, counts);
    } else {
        next_ns = player_step(feed->player, now);
        *counts = player_counts(feed->player);
    }
    log_changes(feed, counts, now.monotonic_ns);
    if (next_ns <= now.monotonic_ns)
        return next_ns;
    flush(feed);
    return next_ns > now.monotonic_ns + TURN_NS ? next_ns : now.monotonic_ns + TURN_NS;
}

/* Another process publishes. Returns when to look again, by itself. */
static int64_t stand_by(struct feed *feed, int64_t now_ns)
{
    if (feed->live != NULL && !feed->paused)
        live_pause(feed->live, now_ns);
    feed->paused = true;
    return INT64_MAX;
}

static void *run(void *context)
{
    struct feed *feed = context;
    struct player_counts counts = {0};
    int64_t next_ns;
    pthread_setname_np(pthread_self(), "feed");
    do {
        int64_t now_ns = clock_monotonic_ns();
        if (feed->lease != NULL)
            lease_touch(feed->lease, now_ns);
        next_ns = holds_lease(feed, now_ns) ? step(feed, &counts) : stand_by(feed, now_ns);
        if (feed->lease != NULL && next_ns - now_ns > LEASE_LOOK_NS)
            next_ns = now_ns + LEASE_LOOK_NS;
    } while (!rest(feed, &counts, next_ns));
    return NULL;
}

/* Signals are for the main thread. */
static int start_thread(struct feed *feed, struct error *error)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&feed->thread, NULL, run, feed);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        return error_set(error, ERROR_FAILED, "cannot start a thread for the feed");
    return 0;
}

static void init_condition(struct feed *feed)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&feed->woken, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&feed->mutex, NULL);
}

static void feed_free(struct feed *feed)
{
    lease_destroy(feed->lease);
    player_destroy(feed->player);
    live_destroy(feed->live);
    pthread_cond_destroy(&feed->woken);
    pthread_mutex_destroy(&feed->mutex);
    free(feed);
}

void feed_lease_role(char role[LEASE_ROLE_SIZE], const char *spec)
{
    static const char FRONT[] = "feed-";
    char name[SHOWN_SPEC + 1];
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    size_t length = strlen(spec), kept = length < SHOWN_SPEC ? length : SHOWN_SPEC;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)spec[i]) * UINT64_C(0x100000001b3);
    for (size_t i = 0; i < kept; i++)
        name[i] = text_is_id(&spec[i], 1, 1) ? spec[i] : '-';
    name[kept] = '\0';
    if (strcmp(name, spec) == 0)
        snprintf(role, LEASE_ROLE_SIZE, "%s%s", FRONT, name);
    else
        snprintf(role, LEASE_ROLE_SIZE, "%s%s-%08" PRIx32, FRONT, name, (uint32_t)(hash ^ hash >> 32));
}

static int open_lease(struct feed *feed, const struct feed_options *options, struct error *error)
{
    char role[LEASE_ROLE_SIZE];
    if (options->lease_tape == NULL)
        return 0;
    feed_lease_role(role, options->spec);
    feed->lease = lease_create(options->lease_tape,
                               &(struct lease_options){.role = role, .identity = options->lease_identity}, error);
    return feed->lease != NULL ? 0 : -1;
}

/* What it publishes. */
static int open_source(struct feed *feed, const struct feed_spec *spec, const struct feed_options *options,
                       struct error *error)
{
    uint32_t depths_per_second = options->depth_publisher != NULL ? options->depths_per_second : 0;
    const struct player_options play = {.spec = spec,
                                        .instruments = options->instruments,
                                        .source = feed->source,
                                        .start_wall_ns = clock_wall_ns(),
                                        .send = publish,
                                        .depths_per_second = depths_per_second,
                                        .send_depth = publish_depth,
                                        .context = feed};
    const struct live_options live = {.spec = spec,
                                      .instruments = options->instruments,
                                      .source = feed->source,
                                      .send = publish,
                                      .depths_per_second = depths_per_second,
                                      .send_depth = publish_depth,
                                      .wake = wake,
                                      .context = feed};
    if (spec->kind == FEED_LIVE)
        feed->live = live_create(&live, error);
    else
        feed->player = player_create(&play, error);
    return feed->live != NULL || feed->player != NULL ? 0 : -1;
}

struct feed *feed_start(const struct feed_options *options, struct error *error)
{
    struct feed_spec spec;
    if (feed_spec_parse(&spec, options->spec, error))
        return NULL;
    struct feed *feed = calloc(1, sizeof *feed);
    if (feed == NULL)
        abort();
    init_condition(feed);
    char id[UNIQUE_ID_SIZE];
    unique_id(id);
    snprintf(feed->source, sizeof feed->source, "%s-%s", feed_spec_kind(&spec), id);
    feed->publisher = options->publisher;
    feed->depth_publisher = options->depth_publisher;
    feed->limit.per_second = options->limit_per_second;
    feed->event = event_empty(EVENT_QUOTE);
    if (spec.kind == FEED_NONE) {
        feed->counts.finished = true;
        return feed;
    }
    if (open_source(feed, &spec, options, error) != 0)
        goto failed;
    log_info("feed", "%s plays %s", feed->source, options->spec);
    if (open_lease(feed, options, error) != 0)
        goto failed;
    if (start_thread(feed, error))
        goto failed;
    return feed;
failed:
    feed_free(feed);
    return NULL;
}

void feed_stop(struct feed *feed)
{
    if (feed == NULL)
        return;
    if (feed->player != NULL || feed->live != NULL) {
        pthread_mutex_lock(&feed->mutex);
        feed->stop = true;
        pthread_cond_signal(&feed->woken);
        pthread_mutex_unlock(&feed->mutex);
        pthread_join(feed->thread, NULL);
        flush(feed); /* before another may publish */
        if (!feed->counts.finished)
            log_totals(feed, &feed->counts, "stopped");
    }
    feed_free(feed);
}

struct player_counts feed_counts(struct feed *feed)
{
    pthread_mutex_lock(&feed->mutex);
    struct player_counts counts = feed->counts;
    pthread_mutex_unlock(&feed->mutex);
    return counts;
}

const char *feed_source(const struct feed *feed)
{
    return feed->source;
}
