/* How far a service has come on each of its inputs: up to which event all that follows from it is acknowledged. Pure;
 * one service owns it.
 *
 * Outputs go out in pipelines, so that some are nearly always on their way. Now and then the present place is marked;
 * when everything that was sent before the mark has been answered, the marked place is reached. */
#ifndef ENGINE_PROGRESS_H
#define ENGINE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROGRESS_INPUTS_MAX = 4 };

struct progress_place {
    uint64_t sequence; /* 0: nothing yet */
    int64_t stored_ns;
};

struct progress {
    struct progress_place folded[PROGRESS_INPUTS_MAX];
    struct progress_place marked[PROGRESS_INPUTS_MAX];
    uint64_t mark_cookie; /* outputs with a smaller cookie were sent before the mark */
    uint64_t awaited;     /* of those, how many have no answer yet */
    uint64_t outstanding; /* of all */
    bool has_mark;
};

/* An event of this input was folded. */
void progress_folded(struct progress *progress, size_t input, uint64_t sequence, int64_t stored_ns);

/* An output was sent; its cookie is above those before. */
void progress_sent(struct progress *progress);

/* An output was answered. `known` false: it may not be on the tape and has to be made again; then the mark is dropped,
 * for what it stands behind is not complete. */
void progress_answered(struct progress *progress, uint64_t cookie, bool known);

/* Marks the present place unless there is a mark. `next_cookie`: no output has one as high yet. */
void progress_mark(struct progress *progress, uint64_t next_cookie);
void progress_drop_mark(struct progress *progress);

/* Forgets all places: everything is read anew. Outputs that were sent are still to be answered. */
void progress_start_over(struct progress *progress);

/* When all before the mark is answered: copies the marked places into `reached`, ends the mark and returns true. */
bool progress_reached(struct progress *progress, struct progress_place reached[PROGRESS_INPUTS_MAX]);

#endif
