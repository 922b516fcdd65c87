/* When a snapshot is due and whether one may be used. Saving a large state takes the service's thread some time, so the
 * pause between two of them grows with it: it costs at most a thousandth of the thread. */
#include "engine/snapshot_service.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "core/timestamp.h"

enum { PERIOD_MS = 30000, PAUSE_MS = 1000, MANY_EVENTS = 20000, PAUSE_FACTOR = 1000 };

/* After so many periods one is written without news, before those of busier services push it out. */
enum { RENEWAL_PERIODS = 10 };

_Static_assert((int)SNAPSHOT_PLACES_MAX == (int)SERVICE_INPUTS_MAX, "each input has a place");

void service_snapshots_init(struct service_snapshots *snapshots, const struct service_ops *ops, void *self,
                            const struct service_options *options, struct inbox *inbox, struct hold *hold)
{
    int period_ms = options->snapshot_period_ms > 0 ? options->snapshot_period_ms : PERIOD_MS;
    *snapshots = (struct service_snapshots){
        .ops = ops,
        .self = self,
        .hold = hold,
        .tape = options->tape,
        .period_ns = period_ms * NS_PER_MS,
        .read = ops->load == NULL,
        .begun_ns = clock_monotonic_ns(),
    };
    if (ops->save != NULL)
        snapshots->writer = snapshot_writer_create(options->publisher, inbox, SNAPSHOT_COOKIE, ops->name);
}

void service_snapshots_release(struct service_snapshots *snapshots)
{
    snapshot_writer_destroy(snapshots->writer);
}

/* Whether the snapshot can be gone on from: the tape is the one that it was made of, and has all that follows. */
static int compare(struct service_snapshots *snapshots, struct service_checkpoints *checkpoints,
                   const struct snapshot *snapshot, bool *usable, struct error *error)
{
    const struct service_ops *ops = snapshots->ops;
    *usable = true;
    for (size_t i = 0; i < ops->input_count; i++) {
        const struct service_input *input = &ops->inputs[i];
        const struct snapshot_place *place = snapshot_place_of(&snapshot->places, input->stream);
        enum checkpoint_verdict verdict;
        if (place == NULL || input->from != FOLLOW_SEQUENCE)
            continue;
        if (checkpoint_compare(snapshots->tape, input->stream, &place->at, &verdict, error) != 0)
            return -1;
        bool is_another = verdict == CHECKPOINT_SHORTER || verdict == CHECKPOINT_REMADE;
        if (is_another && checkpoints->found[i] > 0) {
            /* The checkpoint is newer, and of this tape: what it was exchanged for has been dealt with. */
            log_warning(ops->name, "a snapshot is left out: it is of an earlier tape than the checkpoint of %s",
                        input->stream);
            *usable = false;
        } else if (is_another) {
            log_error(ops->name, "the tape became shorter: %s does not have message %llu of the snapshot",
                      input->stream, (unsigned long long)place->at.sequence);
            checkpoints->changed[i] = true;
            checkpoints->remade_ns[i] = verdict == CHECKPOINT_REMADE ? place->at.stored_ns : 0;
            *usable = false;
        } else if (verdict == CHECKPOINT_OVERTAKEN) {
            log_error(ops->name, "%s has lost messages behind %llu, where the snapshot stands%s", input->stream,
                      (unsigned long long)place->at.sequence,
                      input->may_miss ? "" : "; all that is left is folded anew");
            *usable = *usable && input->may_miss;
        }
    }
    return 0;
}

/* The state and its places go into the service. False when the state was saved by a version that did it otherwise. */
static bool take(struct service_snapshots *snapshots, struct service_checkpoints *checkpoints,
                 struct snapshot *snapshot, struct moment now)
{
    const struct service_ops *ops = snapshots->ops;
    struct hold hold = *snapshots->hold;
    hold_pack(&hold, &snapshot->state);
    if (ops->load(snapshots->self, &snapshot->state, now) != 0) {
        log_warning(ops->name, "the snapshot is of another version and is left out");
        return false;
    }
    *snapshots->hold = hold;
    char at[160] = "";
    size_t length = 0;
    for (size_t i = 0; i < ops->input_count; i++) {
        const struct snapshot_place *place = snapshot_place_of(&snapshot->places, ops->inputs[i].stream);
        if (place == NULL || ops->inputs[i].from != FOLLOW_SEQUENCE)
            continue;
        progress_folded(&checkpoints->progress, i, place->at.sequence, place->at.stored_ns);
        snapshots->written[i] = checkpoints->progress.folded[i];
        length += (size_t)snprintf(at + length, sizeof at - length, "%s%s %llu", length > 0 ? ", " : "", place->stream,
                                   (unsigned long long)place->at.sequence);
    }
    log_info(ops->name, "starts from the snapshot at %s, %.1f MB, %lld ms", at, (double)snapshot->count / 1e6,
             (long long)((clock_monotonic_ns() - now.monotonic_ns) / NS_PER_MS));
    return true;
}

static bool has_changed(const struct service_checkpoints *checkpoints)
{
    for (size_t i = 0; i < SERVICE_INPUTS_MAX; i++) {
        if (checkpoints->changed[i])
            return true;
    }
    return false;
}

int service_snapshots_load(struct service_snapshots *snapshots, struct service_checkpoints *checkpoints,
                           struct error *error)
{
    const char *name = snapshots->ops->snapshot_of != NULL ? snapshots->ops->snapshot_of : snapshots->ops->name;
    struct moment now = {.wall_ns = clock_wall_ns(), .monotonic_ns = clock_monotonic_ns()};
    if (snapshots->writer != NULL && (snapshot_open(snapshots->tape, error) != 0 ||
                                      snapshot_writer_look(snapshots->writer, snapshots->tape, error) != 0))
        return -1;
    bool taken = false;
    for (int which = SNAPSHOT_NEWEST; which <= SNAPSHOT_BEFORE && !taken && !has_changed(checkpoints); which++) {
        struct snapshot snapshot;
        bool usable = false;
        if (snapshot_read(snapshots->tape, name, which, &snapshot, &usable, error) != 0 ||
            (usable && compare(snapshots, checkpoints, &snapshot, &usable, error) != 0)) {
            snapshot_free(&snapshot);
            return -1;
        }
        if (usable)
            taken = take(snapshots, checkpoints, &snapshot, now);
        snapshot_free(&snapshot);
    }
    snapshots->read = true;
    return 0;
}

/* Only streams that are read whole: of the others the last messages are read again, and who loads the snapshot of
 * another service must not take it for a place that all was folded up to. */
static struct snapshot_places places_of(const struct service_ops *ops, const struct progress *progress)
{
    struct snapshot_places places = {0};
    for (size_t i = 0; i < ops->input_count; i++) {
        if (ops->inputs[i].from != FOLLOW_SEQUENCE)
            continue;
        struct snapshot_place *place = &places.items[places.count++];
        text_copy(place->stream, sizeof place->stream, ops->inputs[i].stream);
        place->at =
            (struct checkpoint){.sequence = progress->folded[i].sequence, .stored_ns = progress->folded[i].stored_ns};
    }
    return places;
}

/* Quotes alone are no reason: they are read again. */
static bool is_news(const struct service_snapshots *snapshots, const struct progress *progress)
{
    for (size_t i = 0; i < snapshots->ops->input_count; i++) {
        if (snapshots->ops->inputs[i].from == FOLLOW_SEQUENCE &&
            progress->folded[i].sequence != snapshots->written[i].sequence)
            return true;
    }
    return false;
}

static void begin(struct service_snapshots *snapshots, const struct progress *progress)
{
    struct snapshot_places places = places_of(snapshots->ops, progress);
    int64_t start_ns = clock_monotonic_ns();
    struct pack *pack = snapshot_writer_begin(snapshots->writer, &places);
    if (pack == NULL)
        return;
    hold_pack(snapshots->hold, pack);
    snapshots->ops->save(snapshots->self, pack);
    snapshots->begun_ns = clock_monotonic_ns();
    snapshots->cost_ns = snapshots->begun_ns - start_ns;
    snapshots->folded = 0;
    memcpy(snapshots->written, progress->folded, sizeof snapshots->written);
}

static bool is_due(const struct service_snapshots *snapshots, int64_t monotonic_ns)
{
    int64_t pause_ns = monotonic_ns - snapshots->begun_ns, least_ns = PAUSE_FACTOR * snapshots->cost_ns;
    if (pause_ns >= snapshots->period_ns && pause_ns >= least_ns)
        return true;
    return snapshots->folded >= MANY_EVENTS && pause_ns >= least_ns && pause_ns >= PAUSE_MS * NS_PER_MS;
}

static bool is_old(const struct service_snapshots *snapshots, int64_t monotonic_ns)
{
    return monotonic_ns - snapshots->begun_ns >= RENEWAL_PERIODS * snapshots->period_ns;
}

void service_snapshots_keep(struct service_snapshots *snapshots, const struct progress *progress, uint64_t next_cookie,
                            bool complete, int64_t monotonic_ns)
{
    struct progress_place reached[PROGRESS_INPUTS_MAX];
    if (snapshots->writer == NULL)
        return;
    bool is_busy = snapshot_writer_is_busy(snapshots->writer);
    if (!is_busy && complete && is_due(snapshots, monotonic_ns) &&
        (is_news(snapshots, progress) || is_old(snapshots, monotonic_ns))) {
        begin(snapshots, progress);
        progress_mark(&snapshots->progress, next_cookie);
        snapshots->waits = true;
    }
    if (!snapshots->waits) {
        snapshot_writer_step(snapshots->writer);
    } else if (progress_reached(&snapshots->progress, reached)) {
        snapshots->waits = false;
        snapshot_writer_go(snapshots->writer);
    } else if (!snapshots->progress.has_mark) {
        service_snapshots_leave(snapshots); /* something that follows from it has to be said again */
    }
}

void service_snapshots_folded(struct service_snapshots *snapshots, size_t input)
{
    snapshots->folded += snapshots->ops->inputs[input].from == FOLLOW_SEQUENCE;
}

bool service_snapshots_answered(struct service_snapshots *snapshots, const struct publish_result *result)
{
    return snapshots->writer != NULL && snapshot_writer_answered(snapshots->writer, result);
}

void service_snapshots_leave(struct service_snapshots *snapshots)
{
    progress_drop_mark(&snapshots->progress);
    snapshots->waits = false;
    if (snapshots->writer != NULL)
        snapshot_writer_abandon(snapshots->writer);
}

void service_snapshots_start_over(struct service_snapshots *snapshots)
{
    service_snapshots_leave(snapshots);
    progress_start_over(&snapshots->progress);
    memset(snapshots->written, 0, sizeof snapshots->written);
    snapshots->folded = 0;
}

void service_snapshots_finish(struct service_snapshots *snapshots, const struct progress *progress)
{
    if (snapshots->waits)
        service_snapshots_leave(snapshots);
    if (snapshots->writer == NULL || service_snapshots_is_busy(snapshots) || !is_news(snapshots, progress))
        return;
    begin(snapshots, progress);
    snapshot_writer_go(snapshots->writer);
}

bool service_snapshots_is_busy(const struct service_snapshots *snapshots)
{
    return snapshots->writer != NULL && snapshot_writer_is_busy(snapshots->writer);
}
