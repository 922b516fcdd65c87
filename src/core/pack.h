/* State as bytes and back, for snapshots: a small binary writer and reader in one. Pure; one thread owns a pack.
 *
 * The same calls write and read, so that the fields of a struct are listed once: while writing, a call appends the
 * value it is given; while reading, it replaces the value by the next one of the bytes. A short or impossible read
 * makes the pack fail; from then on values are left alone, and pack_finish says so. Any bytes may be read: nothing is
 * trusted.
 *
 * Whole numbers take 1 byte for each 7 bits they need, signed ones small magnitudes first; the layout does not depend
 * on the machine. Who adds a field to a saved struct adds it to the struct's pack function and raises the version of
 * its section: what an older program wrote is then refused as a whole, never half understood. */
#ifndef CORE_PACK_H
#define CORE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/decimal.h"

struct pack {
    unsigned char *bytes; /* writing: owned, grows; reading: the caller's */
    size_t count, capacity;
    size_t at; /* reading: how far */
    bool reading, failed;
};

/* A pack to write to; ended by pack_free. */
void pack_write(struct pack *pack);
/* Forgets what was written, keeps the memory. */
void pack_clear(struct pack *pack);
void pack_free(struct pack *pack);

/* A pack to read from; the bytes must outlive it. */
void pack_read(struct pack *pack, const void *bytes, size_t count);
/* -1 when reading has failed or left bytes over. */
int pack_finish(const struct pack *pack);
/* A loader found that what was read cannot be: the pack fails. */
void pack_fail(struct pack *pack);

void pack_u64(struct pack *pack, uint64_t *value);
void pack_u32(struct pack *pack, uint32_t *value);
void pack_i64(struct pack *pack, int64_t *value);
void pack_i128(struct pack *pack, int128 *value);
void pack_bool(struct pack *pack, bool *value);

/* `value` as its distance from `base`: short for times and sequences that lie close together. */
void pack_u64_from(struct pack *pack, uint64_t base, uint64_t *value);
void pack_i64_from(struct pack *pack, int64_t base, int64_t *value);

/* Terminated text in an array of `size` bytes. */
void pack_text(struct pack *pack, char *text, size_t size);
#define PACK_TEXT(pack, array) pack_text(pack, array, sizeof(array))

/* A member of an enumeration from 0 to `last`: returns what was given while writing, what was read otherwise. */
unsigned pack_choice(struct pack *pack, unsigned value, unsigned last);

/* How many items follow: returned as pack_choice does. What is read is never more than the bytes that are left, an item
 * takes at least one, so that a wrong number cannot make a loop long; 0 after a failure. */
size_t pack_count(struct pack *pack, size_t count);

/* Begins a part of a state. Reading fails when another name or version stands there. */
void pack_section(struct pack *pack, const char *name, unsigned version);

#endif
