/* A small key-value bucket on a stream of its own, `KV_<bucket>`, as the NATS command line and other clients know it:
 * one message per key, whose sequence is the revision of the key.
 *
 * Each call is one request on the tape's connection and blocks its thread up to `wait_ms` (nats.c may overrun that by
 * some seconds while it is reconnecting): never from a thread that has something else to do in time. */
#ifndef BUS_BUCKET_H
#define BUS_BUCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/tape.h"
#include "core/error.h"

enum { BUCKET_KEY_SIZE = 160, BUCKET_VALUE_SIZE = 3072, BUCKET_SUBJECT_SIZE = 224 };

struct bucket {
    struct tape *tape;
    const char *name; /* e.g. "TAPEDECK_LEASES" */
    int wait_ms;      /* for each request */
};

struct bucket_entry {
    char key[BUCKET_KEY_SIZE];
    uint64_t revision;             /* 0: no message for the key is left */
    int64_t stored_ns;             /* by the server's wall clock */
    char value[BUCKET_VALUE_SIZE]; /* terminated; "" when the key was removed */
};

enum bucket_answer {
    BUCKET_DONE,
    BUCKET_REFUSED, /* the key's revision is not the expected one */
    BUCKET_FAILED,  /* no answer, or the server says no; a put may be stored nevertheless */
};

#define BUCKET_ANY_REVISION UINT64_MAX

/* Whether there is such a bucket. */
int bucket_exists(const struct bucket *bucket, bool *exists, struct error *error);

/* Creates the stream unless it is there; one that is there is left as it is. `max_age_ns` 0: values never age out. */
int bucket_create(const struct bucket *bucket, int64_t max_age_ns, struct error *error);

/* Reads a key, or of those that match one with wildcards ("*.ORDERS") the one that was written last; `key` then stays
 * the pattern. A key that is not there is BUCKET_DONE with revision 0; a removed one has its revision and no value. */
enum bucket_answer bucket_get(const struct bucket *bucket, const char *key, struct bucket_entry *entry,
                              struct error *error);

/* Writes a key when its revision is `expected` (0: when there is no message for it; BUCKET_ANY_REVISION: whatever it
 * is). Fills `revision`, which may be NULL. */
enum bucket_answer bucket_put(const struct bucket *bucket, const char *key, const char *value, uint64_t expected,
                              uint64_t *revision, struct error *error);

/* Writes the mark of a removed key, under the same condition. */
enum bucket_answer bucket_remove(const struct bucket *bucket, const char *key, uint64_t expected, struct error *error);

/* Reads all keys that have a value into `entries` (at most `capacity`), in the order of their revisions. Returns how
 * many there are, or -1. Blocks up to 5 s. A bucket that does not exist has none. */
int bucket_list(const struct bucket *bucket, struct bucket_entry *entries, size_t capacity, struct error *error);

/* `$KV.<bucket>.<key>`. False when it does not fit. */
bool bucket_subject(char subject[BUCKET_SUBJECT_SIZE], const char *bucket, const char *key);

#endif
