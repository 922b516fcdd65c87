/* Two folds side by side, the positions as they are and as they were published, and the difference between them. */
#include "engine/position_keeper.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "engine/position_table.h"

/* By how much the clocks of two servers of a cluster may differ. */
#define CLOCK_SLACK_NS (5 * NS_PER_SECOND)

struct position_keeper {
    struct positions *positions;
    struct position_table *published;
    uint64_t epoch;
    bool orders_seen; /* an event of ORDERS was folded */
    bool restored;
    enum position_fold last_result;
};

struct position_keeper *position_keeper_create(const struct instruments *instruments, enum position_method method)
{
    struct position_keeper *keeper = calloc(1, sizeof *keeper);
    if (keeper == NULL)
        abort();
    keeper->positions = positions_create(instruments, method);
    keeper->published = position_table_create();
    keeper->epoch = 1;
    return keeper;
}

void position_keeper_destroy(struct position_keeper *keeper)
{
    if (keeper == NULL)
        return;
    positions_destroy(keeper->positions);
    position_table_destroy(keeper->published);
    free(keeper);
}

static void fold_published(struct position_keeper *keeper, const struct event *event)
{
    position_table_fold(keeper->published, event);
    if (position_table_epoch(keeper->published) > keeper->epoch)
        keeper->epoch = position_table_epoch(keeper->published);
}

static void restore(struct position_keeper *keeper)
{
    keeper->restored = true;
    for (size_t i = 0; i < position_table_count(keeper->published); i++)
        positions_restore(keeper->positions, position_table_at(keeper->published, i));
}

/* Whether the published position tells of another tape than the one on which this fill stands: a fill that it has was
 * not met on the way here, is another one, or is younger than it. `before` is the ORDERS sequence of the fill before
 * this one. */
static bool tape_differs(const struct position_keeper *keeper, const struct event *event, uint64_t before)
{
    const struct execution *execution = &event->execution;
    const struct position_event *published =
        position_table_find(keeper->published, execution->account, execution->symbol);
    if (published == NULL || published->epoch != keeper->epoch || keeper->restored)
        return false;
    if (event->sequence > published->orders_seq)
        return before < published->orders_seq;
    if (event->sequence == published->orders_seq)
        return published->execution_id[0] != '\0' && strcmp(published->execution_id, execution->execution_id) != 0;
    int64_t stored_ns = position_table_stored_ns(keeper->published, execution->account, execution->symbol);
    return event->stored_ns > stored_ns + CLOCK_SLACK_NS;
}

enum position_fold position_keeper_fold(struct position_keeper *keeper, const struct event *event)
{
    if (event->kind == EVENT_POSITION) {
        fold_published(keeper, event);
        return POSITION_IGNORED;
    }
    if (!keeper->orders_seen && event->sequence > 1)
        restore(keeper);
    keeper->orders_seen = true;
    uint64_t before = 0;
    if (event->kind == EVENT_ORDER_EXECUTED) {
        const struct position *position =
            positions_find(keeper->positions, event->execution.account, event->execution.symbol);
        before = position == NULL ? 0 : position->orders_seq;
    }
    keeper->last_result = positions_fold(keeper->positions, event);
    if (keeper->last_result == POSITION_APPLIED && tape_differs(keeper, event, before))
        keeper->epoch++;
    return keeper->last_result;
}

void position_keeper_change_tape(struct position_keeper *keeper, uint64_t last_epoch)
{
    if (position_table_count(keeper->published) > 0 && position_table_epoch(keeper->published) > last_epoch)
        last_epoch = position_table_epoch(keeper->published);
    keeper->epoch = last_epoch + 1;
}

/* What was published under an earlier epoch and has no fill on this tape: its fills went with the tail. */
static void propose_vanished(const struct position_keeper *keeper, int64_t wall_ns, struct proposals *out)
{
    for (size_t i = 0; i < position_table_count(keeper->published) && !keeper->restored; i++) {
        const struct position_event *published = position_table_at(keeper->published, i);
        const struct position *position = positions_find(keeper->positions, published->account, published->symbol);
        if (published->epoch >= keeper->epoch || (position != NULL && position->orders_seq > 0))
            continue;
        struct position_event *flat = &proposals_add(out, EVENT_POSITION, NO_FENCE)->position;
        text_copy(flat->account, sizeof flat->account, published->account);
        text_copy(flat->symbol, sizeof flat->symbol, published->symbol);
        text_copy(flat->currency, sizeof flat->currency, published->currency);
        flat->epoch = keeper->epoch;
        flat->timestamp_ns = wall_ns;
    }
}

static void propose(const struct position_keeper *keeper, const struct position *position, int64_t wall_ns,
                    struct proposals *out)
{
    if (position->orders_seq == 0)
        return; /* its only fill was not applied */
    const struct position_event *published =
        position_table_find(keeper->published, position->account, position->symbol);
    if (published != NULL && position_event_reaches(published, keeper->epoch, position->orders_seq))
        return;
    proposals_add(out, EVENT_POSITION, NO_FENCE)->position = position_to_event(position, keeper->epoch, wall_ns);
}

void position_keeper_decide(const struct position_keeper *keeper, const struct event *event, int64_t wall_ns,
                            struct proposals *out)
{
    if (event == NULL) {
        for (size_t i = 0; i < positions_count(keeper->positions); i++)
            propose(keeper, positions_at(keeper->positions, i), wall_ns, out);
        propose_vanished(keeper, wall_ns, out);
        return;
    }
    if (event->kind != EVENT_ORDER_EXECUTED || keeper->last_result != POSITION_APPLIED)
        return;
    propose(keeper, positions_find(keeper->positions, event->execution.account, event->execution.symbol), wall_ns, out);
}

static void pack_keeper(struct pack *pack, struct position_keeper *keeper)
{
    pack_section(pack, "KEEPER", 1);
    pack_u64(pack, &keeper->epoch);
    pack_bool(pack, &keeper->orders_seen);
    pack_bool(pack, &keeper->restored);
}

void position_keeper_save(const struct position_keeper *keeper, struct pack *pack)
{
    struct position_keeper copy = *keeper;
    pack_keeper(pack, &copy);
    positions_save(keeper->positions, pack);
    position_table_save(keeper->published, pack);
}

int position_keeper_load(struct position_keeper *keeper, struct pack *pack)
{
    pack_keeper(pack, keeper);
    positions_load(keeper->positions, pack);
    return position_table_load(keeper->published, pack);
}

const struct positions *position_keeper_positions(const struct position_keeper *keeper)
{
    return keeper->positions;
}

uint64_t position_keeper_epoch(const struct position_keeper *keeper)
{
    return keeper->epoch;
}

bool position_keeper_restored(const struct position_keeper *keeper)
{
    return keeper->restored;
}
