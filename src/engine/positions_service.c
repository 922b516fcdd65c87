/* The shell of the positions: hands events to the keeper and says in the log what could not be applied. */
#include "engine/positions_service.h"

#include <stdlib.h>

#include "core/log.h"
#include "engine/position_keeper.h"

struct positions_service {
    const struct instruments *instruments;
    struct position_keeper *keeper;
    enum position_method method;
    uint64_t forgotten_epoch; /* of the tape before this one; 0: none since the start */
    uint64_t epoch;           /* as last seen, to say when it grew */
    bool restored;
    bool changed; /* a checkpoint told of another tape */
};

struct positions_service *positions_service_create(const struct instruments *instruments, enum position_method method)
{
    struct positions_service *self = calloc(1, sizeof *self);
    if (self == NULL)
        abort();
    self->instruments = instruments;
    self->method = method;
    self->keeper = position_keeper_create(instruments, method);
    return self;
}

void positions_service_destroy(struct positions_service *self)
{
    if (self == NULL)
        return;
    position_keeper_destroy(self->keeper);
    free(self);
}

/* A fill that is not in its position is money that is not accounted for: never in silence. */
static void report(const struct event *event, enum position_fold result)
{
    const struct execution *execution = &event->execution;
    const char *problem = "";
    switch (result) {
    case POSITION_APPLIED:
    case POSITION_DUPLICATE:
    case POSITION_IGNORED:
        return;
    case POSITION_GAP:
        problem = "a fill before it is missing";
        break;
    case POSITION_OVERFLOW:
        problem = "the position would not fit";
        break;
    case POSITION_INVALID:
        problem = "it is not a fill";
        break;
    }
    log_error("positions", "execution %s of %s %s (ORDERS %llu) is not in the position: %s", execution->execution_id,
              execution->account, execution->symbol, (unsigned long long)event->sequence, problem);
}

static void service_fold(void *context, const struct event *event, int64_t age_ns, struct moment now)
{
    (void)age_ns;
    (void)now;
    struct positions_service *self = context;
    enum position_fold result = position_keeper_fold(self->keeper, event);
    if (event->kind == EVENT_ORDER_EXECUTED)
        report(event, result);
    if (position_keeper_restored(self->keeper) && !self->restored) {
        self->restored = true;
        log_warning("positions", "ORDERS begins at %llu: positions start from what was published last",
                    (unsigned long long)event->sequence);
    }
    uint64_t epoch = position_keeper_epoch(self->keeper);
    if (event->kind != EVENT_POSITION && self->epoch != 0 && epoch > self->epoch)
        log_error("positions", "ORDERS is not the tape that the published positions tell of: epoch %llu begins",
                  (unsigned long long)epoch);
    self->epoch = epoch;
}

static void service_decide(void *context, const struct event *event, struct moment now, struct proposals *out)
{
    struct positions_service *self = context;
    position_keeper_decide(self->keeper, event, now.wall_ns, out);
}

/* Whatever stream it is: where the published positions stand is not where they stood, so they are said again. */
static void service_tape_changed(void *context, const char *stream)
{
    struct positions_service *self = context;
    if (self->changed)
        return;
    self->changed = true;
    position_keeper_change_tape(self->keeper, self->forgotten_epoch);
    self->epoch = position_keeper_epoch(self->keeper);
    log_error("positions", "%s is another tape: epoch %llu begins, all positions are published again", stream,
              (unsigned long long)self->epoch);
}

/* The epoch alone is kept: what is published from now on has to stand above it. */
static void service_forget(void *context)
{
    struct positions_service *self = context;
    *self = (struct positions_service){.instruments = self->instruments,
                                       .method = self->method,
                                       .keeper = self->keeper,
                                       .forgotten_epoch = position_keeper_epoch(self->keeper)};
    position_keeper_destroy(self->keeper);
    self->keeper = position_keeper_create(self->instruments, self->method);
}

static void service_save(void *context, struct pack *pack)
{
    const struct positions_service *self = context;
    position_keeper_save(self->keeper, pack);
}

static int service_load(void *context, struct pack *pack, struct moment now)
{
    (void)now;
    struct positions_service *self = context;
    struct position_keeper *loaded = position_keeper_create(self->instruments, self->method);
    if (position_keeper_load(loaded, pack) != 0 || pack_finish(pack) != 0) {
        position_keeper_destroy(loaded);
        return -1;
    }
    position_keeper_destroy(self->keeper);
    self->keeper = loaded;
    self->epoch = position_keeper_epoch(loaded);
    self->restored = position_keeper_restored(loaded);
    return 0;
}

const struct service_ops positions_service_ops = {
    .name = "positions",
    .inputs =
        {
            {.stream = "POSITIONS", .from = FOLLOW_LAST_PER_SUBJECT},
            {.stream = "ORDERS", .from = FOLLOW_SEQUENCE},
        },
    .input_count = 2,
    .decides_on_history = true,
    .needs_lease = true,
    .fold = service_fold,
    .decide = service_decide,
    .tape_changed = service_tape_changed,
    .forget = service_forget,
    .save = service_save,
    .load = service_load,
};
