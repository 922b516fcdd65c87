/* See history.h. */
#include "ui/history.h"

#include "core/timestamp.h"

/* Twice as much time goes into a point. */
static void thin_out(struct history *history)
{
    int kept = 0;
    history->step_ns *= 2;
    for (int i = 0; i < history->count; i++) {
        struct history_point point = history->points[i];
        struct history_point *before = kept > 0 ? &history->points[kept - 1] : NULL;
        point.at_ns -= point.at_ns % history->step_ns;
        if (before == NULL || before->at_ns != point.at_ns) {
            history->points[kept++] = point;
            continue;
        }
        before->highest = point.highest > before->highest ? point.highest : before->highest;
        before->last = point.last;
    }
    history->count = kept;
}

void history_add(struct history *history, int64_t at_ns, int64_t value)
{
    if (history->step_ns == 0)
        history->step_ns = NS_PER_SECOND;
    history->highest = history->count == 0 || value > history->highest ? value : history->highest;
    for (;; thin_out(history)) {
        int64_t begin_ns = at_ns - at_ns % history->step_ns;
        struct history_point *newest = history->count > 0 ? &history->points[history->count - 1] : NULL;
        if (newest != NULL && begin_ns <= newest->at_ns) {
            newest->highest = value > newest->highest ? value : newest->highest;
            newest->last = value;
            return;
        }
        if (history->count < HISTORY_POINTS) {
            history->points[history->count++] = (struct history_point){begin_ns, value, value};
            return;
        }
    }
}

int64_t history_between(const struct history *history, int64_t from_ns, int64_t to_ns, int *place)
{
    while (*place < history->count && history->points[*place].at_ns < from_ns)
        ++*place;
    int64_t highest = *place > 0 ? history->points[*place - 1].last : -1;
    for (int i = *place; i < history->count && history->points[i].at_ns < to_ns; i++)
        highest = history->points[i].highest > highest ? history->points[i].highest : highest;
    return highest;
}
