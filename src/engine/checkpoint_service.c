/* Only who decides writes: what another process has said is not this one's to vouch for. */
#include "engine/checkpoint_service.h"

#include <string.h>

#include "bus/checkpoint.h"
#include "core/log.h"
#include "core/timestamp.h"

enum { PERIOD_MS = 1000 };

_Static_assert((int)PROGRESS_INPUTS_MAX == (int)SERVICE_INPUTS_MAX, "each input has a place");

bool service_checkpoints_compare_next(const struct service_checkpoints *checkpoints)
{
    return checkpoints->compared < checkpoints->ops->input_count;
}

/* Who has never read a stream, or left before it was told of the first message, learns from the others that it is
 * another one than they have read: all have to know, for one of them says it to all. */
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
    if (*verdict == CHECKPOINT_REMADE)
        *checkpoint = newest;
    else
        *verdict = CHECKPOINT_NONE;
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

static size_t write_reached(struct service_checkpoints *checkpoints)
{
    struct progress_place reached[PROGRESS_INPUTS_MAX];
    size_t count = 0;
    if (!progress_reached(&checkpoints->progress, reached))
        return 0;
    for (size_t i = 0; i < checkpoints->ops->input_count; i++) {
        const struct checkpoint checkpoint = {.sequence = reached[i].sequence, .stored_ns = reached[i].stored_ns};
        bool same = reached[i].sequence == checkpoints->written[i].sequence &&
                    reached[i].stored_ns == checkpoints->written[i].stored_ns;
        if (reached[i].sequence == 0 || same ||
            !checkpoint_send(checkpoints->publisher, checkpoints->ops->name, checkpoints->ops->inputs[i].stream,
                             &checkpoint))
            continue;
        checkpoints->written[i] = reached[i];
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
