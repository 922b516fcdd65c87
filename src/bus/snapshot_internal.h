/* What reading (snapshot.c) and writing (snapshot_writer.c) of snapshots have in common. For the two of them only. */
#ifndef BUS_SNAPSHOT_INTERNAL_H
#define BUS_SNAPSHOT_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#include "bus/snapshot.h"

enum { SNAPSHOT_FORMAT = 1, SNAPSHOT_SLOTS = 2, SNAPSHOT_HASH_BYTES = 32, SNAPSHOT_HASH_SIZE = 65 };

/* No state of ours is near it; what says it is larger is damaged. Two of them fill half of the bucket. */
#define SNAPSHOT_BYTES_MAX ((uint64_t)SNAPSHOT_CHUNK_BYTES * SNAPSHOT_MESSAGES_MAX / 4)

struct snapshot_manifest {
    uint64_t revision; /* of its key; 0: there is none */
    uint64_t format, bytes, chunks, chunk_bytes;
    char hash[SNAPSHOT_HASH_SIZE]; /* SHA-256 of all chunks in a row, in hexadecimal */
};

/* Reads the manifests of both slots. */
int snapshot_read_manifests(struct tape *tape, const char *service, struct snapshot_manifest manifests[SNAPSHOT_SLOTS],
                            struct error *error);

/* What stands before the state: writes or reads the places. */
void snapshot_pack_head(struct pack *pack, struct snapshot_places *places);

void snapshot_hash_text(const unsigned char *hash, char text[SNAPSHOT_HASH_SIZE]);

#endif
