/* The moment from which a trading state counts is told by stored times: the server's clock alone, and events that were
 * stored before the trouble are read again when a stream is folded anew. */
#include "engine/hold.h"

#include <stdio.h>
#include <string.h>

#include "core/subject.h"

static void begin(struct hold *hold, int64_t wall_ns)
{
    hold->unrecorded = true;
    hold->since_ns = wall_ns;
    hold->began_stored_ns = hold->newest_stored_ns;
}

static void end_if_over(struct hold *hold)
{
    if (!hold->unrecorded && !stream_troubles_any(&hold->troubles))
        hold->reason[0] = '\0';
}

void hold_full(struct hold *hold, unsigned full, int64_t wall_ns)
{
    unsigned begun = full & ~hold->told_full, over = hold->told_full & ~full;
    hold->told_full = full;
    const struct stream_troubles troubles = {.gone = hold->troubles.gone,
                                             .full = (hold->troubles.full | begun) & ~over};
    hold_trouble(hold, &troubles, wall_ns);
}

void hold_trouble(struct hold *hold, const struct stream_troubles *troubles, int64_t wall_ns)
{
    unsigned gone = troubles->gone & ~hold->troubles.gone, full = troubles->full & ~hold->troubles.full;
    hold->troubles = *troubles;
    if (gone & 1u << TAPE_ORDERS)
        hold->halted = false; /* what it said goes with it */
    if ((gone | full) != 0 && !hold->halted && !hold->unrecorded)
        begin(hold, wall_ns);
    if (stream_troubles_any(troubles))
        stream_troubles_text(troubles, hold->reason, sizeof hold->reason);
    end_if_over(hold);
}

void hold_remade(struct hold *hold, const char *stream, int64_t last_stored_ns, int64_t wall_ns)
{
    hold->remade |= tape_stream_bit(stream);
    if (last_stored_ns > hold->newest_stored_ns)
        hold->newest_stored_ns = last_stored_ns;
    hold->remade_stored_ns = hold->newest_stored_ns;
    if (tape_stream_bit(stream) == 1u << TAPE_ORDERS)
        hold->halted = false;
    if (hold->halted || hold->unrecorded)
        return;
    begin(hold, wall_ns);
    if (hold->reason[0] == '\0')
        snprintf(hold->reason, sizeof hold->reason, "stream %s had vanished and was made again", stream);
}

/* A stream that stored something has storage again. Whoever was refused may have stopped trying. */
static void note_stored(struct hold *hold, const struct event *event)
{
    char subject[SUBJECT_SIZE];
    if (hold->troubles.full == 0)
        return;
    subject_of(event, subject);
    hold->troubles.full &= ~tape_stream_bit_of_subject(subject);
    if (stream_troubles_any(&hold->troubles))
        stream_troubles_text(&hold->troubles, hold->reason, sizeof hold->reason);
    end_if_over(hold);
}

void hold_fold(struct hold *hold, const struct event *event)
{
    if (event->stored_ns > hold->newest_stored_ns) {
        hold->newest_stored_ns = event->stored_ns;
        note_stored(hold, event);
    }
    if (event->kind != EVENT_TRADING_STATE || strcmp(event->state.scope, "*") != 0)
        return;
    hold->halted = event->state.state == TRADING_HALTED;
    if (event->stored_ns <= hold->began_stored_ns)
        return;
    hold->unrecorded = false;
    if (!hold->halted)
        hold->since_ns = event->stored_ns;
    if (!hold->halted && event->stored_ns > hold->remade_stored_ns)
        hold->remade = 0;
    end_if_over(hold);
}

bool hold_asks_for_halt(const struct hold *hold)
{
    return hold->unrecorded || (!hold->halted && stream_troubles_any(&hold->troubles));
}

void hold_pack(struct hold *hold, struct pack *pack)
{
    pack_section(pack, "HOLD", 1);
    pack_bool(pack, &hold->halted);
    pack_i64(pack, &hold->newest_stored_ns);
}
