/* Only who decides writes: what another process has said is not this one's to vouch for. */
#include "engine/checkpoint_service.h"

#include <string.h>

#include "core/log.h"
#include "core/timestamp.h"

enum { PERIOD_MS = 1000 };

_Static_assert((int)PROGRESS_INPUTS_MAX == (int)SERVICE_INPUTS_MAX, "each input has a place");

bool service_checkpoints_compare_next(const struct service_checkpoints *checkpoints)
{
    return checkpoints->compared < checkpoints->ops->input_count;
}

/* Who has never read a stream, or left before it was told of the first message, learns from the others that it is
 * another one than they have read: risk has to know, for it says the halt to all. */
static int ask_others(struct service_checkpoints *checkpoints, const char *stream, enum checkpoint_verdict *verdict,
                      struct checkpoint *checkpoint, struct error *error)
{
    struct checkpoint newest;
    if (checkpoint_newest(checkpoints->tape, stream, &newest, error) != 0)
        return -1;
    if (newest.sequence == 0)
        return 0;
    if (checkpoint_compare(checkpoints->tape, stream, &newest, verdict, error) != 0)
        return -1;
    bool remade = *verdict == CHECKPOINT_REMADE || newest.halt_missing;
    *verdict = remade ? CHECKPOINT_REMADE : CHECKPOINT_NONE;
    if (remade)
        *checkpoint = newest;
    return 0;
}

int service_checkpoints_compare(struct service_checkpoints *checkpoints, struct error *error)
{
    const char *name = checkpoints->ops->name;
    const char *stream = checkpoints->ops->inputs[checkpoints->compared].stream;
    struct checkpoint checkpoint;
    enum checkpoint_verdict verdict;
    if ((checkpoints->compared == 0 && checkpoint_open(checkpoints->tape, error) != 0) ||
        checkpoint_check(checkpoints->tape, name, stream, &verdict, &checkpoint, error) != 0)
        return -1;
    if (verdict == CHECKPOINT_NONE && ask_others(checkpoints, stream, &verdict, &checkpoint, error) != 0)
        return -1;
    if (verdict == CHECKPOINT_SHORTER) {
        log_error(name,
                  "the tape became shorter: %s does not have message %llu as it was read before; all is folded anew",
                  stream, (unsigned long long)checkpoint.sequence);
        checkpoints->changed[checkpoints->compared] = true;
    } else if (verdict == CHECKPOINT_REMADE) {
        log_error(name, "%s was made again since message %llu was read; all is folded anew", stream,
                  (unsigned long long)checkpoint.sequence);
        checkpoints->changed[checkpoints->compared] = true;
        checkpoints->remade_ns[checkpoints->compared] = checkpoint.stored_ns;
    } else {
        checkpoints->found[checkpoints->compared] = checkpoint.sequence;
        checkpoints->remade_ns[checkpoints->compared] = checkpoint.halt_missing ? checkpoint.stored_ns : 0;
    }
    checkpoints->compared++;
    return 0;
}

void service_checkpoints_start_over(struct service_checkpoints *checkpoints, size_t input)
{
    checkpoints->compared = 0;
    memset(checkpoints->changed, 0, sizeof checkpoints->changed);
    memset(checkpoints->remade_ns, 0, sizeof checkpoints->remade_ns);
    memset(checkpoints->written, 0, sizeof checkpoints->written);
    checkpoints->changed[input] = true;
    progress_start_over(&checkpoints->progress);
}

static bool is_halt_missing(const struct hold *hold, const char *stream)
{
    return hold->unrecorded && (hold->remade & tape_stream_bit(stream)) != 0;
}

static size_t write_reached(struct service_checkpoints *checkpoints)
{
    struct progress_place reached[PROGRESS_INPUTS_MAX];
    size_t count = 0;
    if (!progress_reached(&checkpoints->progress, reached))
        return 0;
    for (size_t i = 0; i < checkpoints->ops->input_count; i++) {
        const char *stream = checkpoints->ops->inputs[i].stream;
        const struct checkpoint checkpoint = {.sequence = reached[i].sequence,
                                              .stored_ns = reached[i].stored_ns,
                                              .halt_missing = is_halt_missing(checkpoints->hold, stream)};
        const struct checkpoint *written = &checkpoints->written[i];
        bool same = checkpoint.sequence == written->sequence && checkpoint.stored_ns == written->stored_ns &&
                    checkpoint.halt_missing == written->halt_missing;
        if (reached[i].sequence == 0 || same ||
            !checkpoint_send(checkpoints->publisher, checkpoints->ops->name, stream, &checkpoint))
            continue;
        checkpoints->written[i] = checkpoint;
        count++;
    }
    return count;
}

size_t service_checkpoints_keep(struct service_checkpoints *checkpoints, uint64_t next_cookie, bool complete,
                                int64_t monotonic_ns)
{
    if (complete && monotonic_ns >= checkpoints->due_ns) {
        checkpoints->due_ns = monotonic_ns + PERIOD_MS * NS_PER_MS;
        progress_mark(&checkpoints->progress, next_cookie);
    }
    return write_reached(checkpoints);
}

size_t service_checkpoints_finish(struct service_checkpoints *checkpoints, uint64_t next_cookie)
{
    progress_drop_mark(&checkpoints->progress);
    progress_mark(&checkpoints->progress, next_cookie);
    return write_reached(checkpoints);
}
