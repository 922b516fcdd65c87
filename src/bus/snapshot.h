/* Snapshots: the state of a fold and the places in the streams at which it stands, so that a restart does not read them
 * from the start.
 *
 * A snapshot stands in the bucket TAPEDECK_SNAPSHOTS, which has no age, in chunks of 128 KiB (or the
 * server's limit for messages) under
 * `<service>.<slot>.<number>`. Its manifest, under `<service>.<slot>`, is written last and names format, size and hash
 * (SHA-256); it is removed first when its slot, one of two, is written anew. So of two snapshots of a service at least
 * one is whole at any moment. What does not agree with its manifest is logged and left out.
 *
 * Older values of the keys stay until SNAPSHOT_MESSAGES_MAX newer messages push them out from the front: nats-server
 * 2.9.10 that was killed while it replaced values in the middle of its files had lost values of other keys, whole
 * snapshots of other services among them. So a snapshot has to be written again before the others push it out. */
#ifndef BUS_SNAPSHOT_H
#define BUS_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/checkpoint.h"
#include "bus/inbox.h"
#include "bus/publisher.h"
#include "bus/tape.h"
#include "core/error.h"
#include "core/pack.h"

#define SNAPSHOT_BUCKET "TAPEDECK_SNAPSHOTS"

enum { SNAPSHOT_MESSAGES_MAX = 8192 }; /* 1 GiB at most */
enum { SNAPSHOT_PLACES_MAX = 4, SNAPSHOT_STREAM_SIZE = 64, SNAPSHOT_CHUNK_BYTES = 128 * 1024 };

/* How far a stream was folded: as a checkpoint, or with sequence 0 when nothing had been. */
struct snapshot_place {
    char stream[SNAPSHOT_STREAM_SIZE];
    struct checkpoint at;
};

struct snapshot_places {
    struct snapshot_place items[SNAPSHOT_PLACES_MAX];
    size_t count;
};

/* NULL when the snapshot does not have the stream. */
const struct snapshot_place *snapshot_place_of(const struct snapshot_places *places, const char *stream);

/* Creates the bucket unless it is there. Blocks up to 4 s. */
int snapshot_open(struct tape *tape, struct error *error);

/* A snapshot as it was read: whole, with the right hash. */
struct snapshot {
    void *bytes; /* owned */
    size_t count;
    struct snapshot_places places;
    struct pack state; /* reads what the service saved */
};

enum { SNAPSHOT_NEWEST, SNAPSHOT_BEFORE };

/* Reads the newest snapshot of a service, or the one before it. `found` is false when there is none or it is
 * damaged, which is logged. Blocks, for each MiB some 10 ms, at most 5 s without progress; -1 when the server does
 * not answer. */
int snapshot_read(struct tape *tape, const char *service, int which, struct snapshot *snapshot, bool *found,
                  struct error *error);
void snapshot_free(struct snapshot *snapshot);

/* Writes snapshots, one at a time, through a publisher, and never waits: one chunk is on its way at a time, so that
 * other messages of the publisher are not held up. One thread owns it. */
struct snapshot_writer;

/* Results come to `inbox` under `cookie`. Both, and the publisher, must outlive the writer. */
struct snapshot_writer *snapshot_writer_create(struct publisher *publisher, struct inbox *inbox, uint64_t cookie,
                                               const char *service);
void snapshot_writer_destroy(struct snapshot_writer *writer); /* NULL is allowed */

/* To be called once before the first snapshot: the slot that holds the newest is not the one to be overwritten first,
 * and no chunk is above the server's limit for messages. Blocks up to 4 s. */
int snapshot_writer_look(struct snapshot_writer *writer, struct tape *tape, struct error *error);

/* Begins a snapshot: the state is to be saved into the pack that is returned. NULL while another is under way. */
struct pack *snapshot_writer_begin(struct snapshot_writer *writer, const struct snapshot_places *places);
/* The state may be written: all that follows from it is acknowledged. */
void snapshot_writer_go(struct snapshot_writer *writer);
/* Leaves the snapshot that is under way; the last one stays. */
void snapshot_writer_abandon(struct snapshot_writer *writer);

/* A result with the writer's cookie has come. True when the snapshot is complete. */
bool snapshot_writer_answered(struct snapshot_writer *writer, const struct publish_result *result);
/* Sends what is next, when the publisher had no room before. */
void snapshot_writer_step(struct snapshot_writer *writer);
/* A snapshot is under way. */
bool snapshot_writer_is_busy(const struct snapshot_writer *writer);

#endif
