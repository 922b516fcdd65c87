/* The file of an outbox: requests that were accepted, so that a power failure cannot lose them (bus/outbox.h).
 *
 * A ring of blocks of fixed size in a file that is preallocated, so that a full disk is noticed at the start and adding
 * needs no room. A record begins at a block, has a number that only grows, and a checksum, so that one which was torn
 * by a failure is not there. Two heads in turns say from which number on records are kept; when one is torn, the other
 * is older, which means no more than that some records are looked at again.
 *
 * One thread owns a journal; a lock on the file keeps a second process out. Calls block for the disk. */
#ifndef BUS_OUTBOX_JOURNAL_H
#define BUS_OUTBOX_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* Records of orders mostly fit in one block. */
enum { OUTBOX_BLOCK_BYTES = 512, OUTBOX_BLOCKS_MIN = 64 };

struct outbox_record {
    uint64_t number;
    int64_t accepted_ns; /* wall clock */
    const char *subject; /* these two are terminated, and good until the next call */
    const char *payload;
    size_t payload_bytes;
};

struct outbox_journal;

/* Opens or creates the file (mode 0600) and reads which records are kept. A file that is there and larger than `bytes`
 * keeps its size. ERROR_IN_USE when another process has it, ERROR_FAILED when the disk is full or broken. */
struct outbox_journal *outbox_journal_open(const char *path, size_t bytes, struct error *error);

/* Writes the head and lets go of the file. NULL is allowed. */
void outbox_journal_close(struct outbox_journal *journal);

/* The kept records have the numbers from `first` up to and without `next`; some of them may be missing. */
uint64_t outbox_journal_first(const struct outbox_journal *journal);
uint64_t outbox_journal_next(const struct outbox_journal *journal);

/* More records are never kept at once. */
size_t outbox_journal_capacity(const struct outbox_journal *journal);

/* Reads a record back. False when it is missing, was dropped, or cannot be read. */
bool outbox_journal_read(struct outbox_journal *journal, uint64_t number, struct outbox_record *record);

/* Adds a record to those that the next commit writes, and gives it its number. -1 when the ring is full of what is
 * kept, or the batch is (then `*batch_full` is true, and there is room after a commit). */
int outbox_journal_add(struct outbox_journal *journal, const struct outbox_record *record, uint64_t *number,
                       bool *batch_full, struct error *error);

/* Writes what was added and waits until the disk has it. -1 when it could not: then none of it is there, and its
 * numbers are not used again. */
int outbox_journal_commit(struct outbox_journal *journal, struct error *error);

/* The record counts as not there from now on, also after a power failure. */
void outbox_journal_drop(struct outbox_journal *journal, uint64_t number);

/* Records below `number` are not kept any more. Written with the next head. */
void outbox_journal_release(struct outbox_journal *journal, uint64_t number);

/* Writes a head when there is news for it; does not wait for the disk. */
void outbox_journal_write_head(struct outbox_journal *journal);

#endif
