/* The snapshots of one service: loaded before it reads its inputs, written while it decides. Part of the service loop;
 * its thread alone calls. */
#ifndef ENGINE_SNAPSHOT_SERVICE_H
#define ENGINE_SNAPSHOT_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/snapshot.h"
#include "core/error.h"
#include "engine/checkpoint_service.h"
#include "engine/progress.h"
#include "engine/service.h"

/* Under this cookie the results of a snapshot's messages come. */
#define SNAPSHOT_COOKIE UINT64_MAX

struct service_snapshots {
    const struct service_ops *ops;
    void *self;
    struct hold *hold; /* the service's */
    struct tape *tape;
    int64_t period_ns;
    struct snapshot_writer *writer; /* owned; NULL: the service writes none */
    bool read;                      /* all that is to be read was read */
    struct progress progress;       /* the mark of the snapshot that waits for acknowledgements */
    bool waits;                     /* a state is saved and waits for that */
    struct progress_place written[SERVICE_INPUTS_MAX];
    uint64_t folded;           /* events since the last one was begun */
    int64_t begun_ns, cost_ns; /* monotonic: when it was begun, and how long saving took */
};

/* `inbox` gets the results of what is written; what is folded of `hold` is saved with the state. */
void service_snapshots_init(struct service_snapshots *snapshots, const struct service_ops *ops, void *self,
                            const struct service_options *options, struct inbox *inbox, struct hold *hold);
void service_snapshots_release(struct service_snapshots *snapshots);

/* Loads a snapshot that agrees with the tape, when there is one, and says so in the log. Fills the place of each input
 * that it stands at; 0 where it says nothing. To be called after the checkpoints were compared; a tape that turns out
 * to be another is noted there. -1: to be tried again later. Blocks as snapshot_read does. */
int service_snapshots_load(struct service_snapshots *snapshots, struct service_checkpoints *checkpoints,
                           struct error *error);

/* An event of this input was folded. */
void service_snapshots_folded(struct service_snapshots *snapshots, size_t input);

/* While the service decides: begins a snapshot when one is due (after a period with events, after ten without), and
 * writes it once what follows from it is acknowledged. `next_cookie` and `complete` as in service_checkpoints_keep. */
void service_snapshots_keep(struct service_snapshots *snapshots, const struct progress *progress, uint64_t next_cookie,
                            bool complete, int64_t monotonic_ns);

/* A result under SNAPSHOT_COOKIE came. True when a snapshot is complete. */
bool service_snapshots_answered(struct service_snapshots *snapshots, const struct publish_result *result);

/* All is folded anew from another tape. */
void service_snapshots_start_over(struct service_snapshots *snapshots);
/* The service does not decide any more. */
void service_snapshots_leave(struct service_snapshots *snapshots);

/* At the end: begins one unless nothing has changed; the results have to be handed on until it is no longer busy. */
void service_snapshots_finish(struct service_snapshots *snapshots, const struct progress *progress);
bool service_snapshots_is_busy(const struct service_snapshots *snapshots);

#endif
