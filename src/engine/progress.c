/* Counting is enough: each output gets exactly one answer, and cookies tell on which side of the mark it was sent. */
#include "engine/progress.h"

#include <assert.h>
#include <string.h>

void progress_folded(struct progress *progress, size_t input, uint64_t sequence, int64_t stored_ns)
{
    assert(input < PROGRESS_INPUTS_MAX);
    progress->folded[input] = (struct progress_place){.sequence = sequence, .stored_ns = stored_ns};
}

void progress_sent(struct progress *progress)
{
    progress->outstanding++;
}

void progress_answered(struct progress *progress, uint64_t cookie, bool known)
{
    assert(progress->outstanding > 0);
    progress->outstanding--;
    if (progress->has_mark && cookie < progress->mark_cookie)
        progress->awaited--;
    if (!known)
        progress->has_mark = false;
}

void progress_mark(struct progress *progress, uint64_t next_cookie)
{
    if (progress->has_mark)
        return;
    memcpy(progress->marked, progress->folded, sizeof progress->marked);
    progress->mark_cookie = next_cookie;
    progress->awaited = progress->outstanding;
    progress->has_mark = true;
}

void progress_drop_mark(struct progress *progress)
{
    progress->has_mark = false;
}

void progress_start_over(struct progress *progress)
{
    progress->has_mark = false;
    memset(progress->folded, 0, sizeof progress->folded);
}

bool progress_reached(struct progress *progress, struct progress_place reached[PROGRESS_INPUTS_MAX])
{
    if (!progress->has_mark || progress->awaited > 0)
        return false;
    progress->has_mark = false;
    memcpy(reached, progress->marked, sizeof progress->marked);
    return true;
}
