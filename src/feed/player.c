/* The pace of a feed, and what happens when the tape does not keep up with it. */
#include "feed/player.h"

#include <assert.h>
#include <stdlib.h>

#include "core/pace.h"
#include "core/timestamp.h"
#include "feed/depth_pacer.h"
#include "feed/faults.h"
#include "feed/outlet.h"
#include "feed/recording.h"
#include "feed/simulated_depth.h"
#include "feed/simulator.h"

/* A step is short enough for a thread to look up now and then. */
enum { STEP_QUOTES = 256 };

#define RETRY_NS NS_PER_MS /* how soon to look for room again */

struct player {
    struct simulator *simulator;      /* owned; NULL for a recording */
    struct faults *faults;            /* owned; NULL: none are wanted */
    struct recording *recording;      /* owned; NULL for the simulator */
    struct outlet *outlet;            /* owned */
    struct depth_pacer *depths;       /* owned; NULL: nobody wants depth */
    struct simulated_depths *ladders; /* owned: what the simulator's depth is made from */
    bool (*send)(void *context, const struct quote *quote);
    void *context;
    struct quote next; /* taken from the source, not played yet */
    int64_t next_ns;   /* its time on the feed's clock */
    bool ended;        /* there is no next */
    bool started;
    int64_t start_ns, first_ns; /* the first step, monotonic, and the first quote, feed's clock */
    struct pace pace;           /* between the monotonic clock and the feed's */
    struct player_counts counts;
    struct error broken; /* why the last broken file was */
};

/* Takes the next quote from the source. The feed's clock is the simulator's virtual time mapped to the wall, or the
 * time of the recording's lines. */
static void look_ahead(struct player *player)
{
    if (player->simulator != NULL) {
        int64_t due_ns;
        do {
            simulator_next(player->simulator, &player->next, &due_ns);
        } while (player->faults != NULL && !faults_arrive(player->faults, &player->next));
        player->next_ns = player->next.timestamp_ns;
        return;
    }
    int result;
    while ((result = recording_next(player->recording, &player->next, &player->broken)) < 0)
        player->counts.broken_files++;
    player->ended = result == 0;
    if (!player->ended)
        player->next_ns = player->next.received_ns;
}

/* Hands on one quote, or what faults make of it. False when there is no room. */
static bool send(void *context, const struct quote *quote)
{
    struct player *player = context;
    if (player->faults == NULL) {
        bool sent = player->send(player->context, quote);
        player->counts.published += sent;
        return sent;
    }
    struct quote leaving[2];
    size_t count = faults_leave(player->faults, quote, leaving);
    if (count > 0 && !player->send(player->context, &leaving[0]))
        return false;
    player->counts.published += count > 0;
    /* The second has no place to wait: without room it is lost. */
    player->counts.published += count == 2 && player->send(player->context, &leaving[1]);
    faults_left(player->faults, quote);
    return true;
}

struct player *player_create(const struct player_options *options, struct error *error)
{
    const struct feed_spec *spec = options->spec;
    assert(spec->kind == FEED_SIMULATOR || spec->kind == FEED_RECORDING);
    struct player *player = calloc(1, sizeof *player);
    if (player == NULL)
        abort();
    if (spec->kind == FEED_SIMULATOR) {
        player->pace.speed_millionths = PACE_ONE;
        player->simulator = simulator_create(&(struct simulator_options){.instruments = options->instruments,
                                                                         .count = spec->instruments,
                                                                         .seed = spec->seed,
                                                                         .rate_microhz = spec->rate_microhz,
                                                                         .session_s = spec->session_s,
                                                                         .start_wall_ns = options->start_wall_ns},
                                             error);
    } else {
        player->pace.speed_millionths = spec->speed_millionths;
        player->recording = recording_open(spec, error);
    }
    if (player->simulator == NULL && player->recording == NULL) {
        player_destroy(player);
        return NULL;
    }
    if (spec->crash_day)
        player->faults = faults_create(spec->seed, options->start_wall_ns);
    player->outlet = outlet_create(options->source, send, player);
    player->ladders = simulated_depths_create();
    if (options->depths_per_second > 0)
        player->depths = depth_pacer_create(&(struct depth_pacer_options){.source = options->source,
                                                                          .per_second = options->depths_per_second,
                                                                          .send = options->send_depth,
                                                                          .context = options->context});
    player->send = options->send;
    player->context = options->context;
    look_ahead(player);
    return player;
}

void player_destroy(struct player *player)
{
    if (player == NULL)
        return;
    simulated_depths_destroy(player->ladders);
    depth_pacer_destroy(player->depths);
    outlet_destroy(player->outlet);
    recording_close(player->recording);
    faults_destroy(player->faults);
    simulator_destroy(player->simulator);
    free(player);
}

/* The levels behind the next quote: those that the recording has of its books, or a ladder that is made up. */
static void put_depth(struct player *player, struct player_time now)
{
    if (player->recording != NULL) {
        const struct depth_list *depths = recording_depths(player->recording);
        for (size_t i = 0; i < depths->count; i++)
            depth_pacer_put(player->depths, &depths->items[i]);
        return;
    }
    struct depth depth;
    simulated_depths_make(player->ladders, &player->next, &depth);
    depth.timestamp_ns = now.wall_ns;
    depth_pacer_put(player->depths, &depth);
}

/* Plays the next quote and looks ahead for the one behind it. */
static void play(struct player *player, struct player_time now)
{
    player->counts.position_ns = player->next_ns;
    if (player->next.symbol[0] != '\0') /* it is not of depth alone */
        outlet_put(player->outlet, &player->next, player->simulator != NULL ? now.wall_ns : 0);
    if (player->depths != NULL)
        put_depth(player, now);
    look_ahead(player);
}

/* True when the next quote may be played now. */
static bool is_due(struct player *player, struct player_time now)
{
    bool waits_for_room = player->pace.speed_millionths == PACE_MAX;
    if (player->ended || (waits_for_room && outlet_is_waiting(player->outlet)))
        return false;
    if (pace_due_ns(&player->pace, player->next_ns) > now.monotonic_ns)
        return false;
    player->counts.late += pace_played(&player->pace, player->next_ns, now.monotonic_ns);
    return true;
}

/* `retry_ns`: when depth may leave. */
static int64_t next_step(const struct player *player, struct player_time now, int64_t retry_ns)
{
    bool waiting = outlet_is_waiting(player->outlet);
    if (waiting && retry_ns > now.monotonic_ns + RETRY_NS)
        retry_ns = now.monotonic_ns + RETRY_NS;
    if (player->ended || (waiting && player->pace.speed_millionths == PACE_MAX))
        return retry_ns;
    int64_t due_ns = pace_due_ns(&player->pace, player->next_ns);
    if (due_ns < now.monotonic_ns)
        due_ns = now.monotonic_ns;
    return due_ns < retry_ns ? due_ns : retry_ns;
}

static void count(struct player *player, struct player_time now)
{
    struct player_counts *counts = &player->counts;
    struct outlet_counts out = outlet_counts(player->outlet);
    counts->held_back = out.held_back;
    counts->conflated = out.conflated;
    counts->duplicates = out.duplicates;
    counts->outliers = out.outliers;
    if (player->recording != NULL) {
        const struct recording_counts *lines = recording_counts(player->recording);
        counts->ignored = lines->ignored;
        counts->bad_lines = lines->bad_lines;
    }
    if (player->faults != NULL)
        counts->faults = faults_count(player->faults);
    bool was_finished = counts->finished;
    counts->finished = player->ended && !outlet_is_waiting(player->outlet);
    int64_t passed_ns = now.monotonic_ns - player->start_ns;
    if (!was_finished && passed_ns > 0 && counts->position_ns != 0)
        counts->pace = (double)(counts->position_ns - player->first_ns) / (double)passed_ns;
}

int64_t player_step(struct player *player, struct player_time now)
{
    if (!player->started) {
        player->started = true;
        player->start_ns = player->pace.anchor_ns = now.monotonic_ns;
        player->first_ns = player->pace.anchored_ns = player->next_ns;
    }
    outlet_hand_on(player->outlet);
    for (int i = 0; i < STEP_QUOTES && is_due(player, now); i++)
        play(player, now);
    int64_t retry_ns = depth_pacer_hand_on(player->depths, now.monotonic_ns);
    count(player, now);
    return next_step(player, now, retry_ns);
}

struct player_counts player_counts(const struct player *player)
{
    return player->counts;
}

const char *player_first_bad(const struct player *player)
{
    return player->recording == NULL ? "" : recording_counts(player->recording)->first_bad;
}

const char *player_broken_file(const struct player *player)
{
    return player->broken.text;
}

const char *player_latest_fault(const struct player *player)
{
    return player->faults == NULL ? "" : faults_latest(player->faults);
}
