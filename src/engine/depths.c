/* A hash by subject. An instrument's bytes are allocated when it is first seen, and again only for a longer message. */
#include "engine/depths.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/subject.h"
#include "core/text.h"

#define uthash_fatal(message) abort()
#include <uthash.h>

struct entry {
    char key[SUBJECT_SIZE]; /* its subject in lower case */
    char *payload;
    size_t payload_bytes, capacity;
    int64_t seen_ns; /* monotonic: when it was put, less the age it had then */
    UT_hash_handle hh;
};

struct depths {
    struct entry *entries;
};

struct depths *depths_create(void)
{
    struct depths *depths = calloc(1, sizeof *depths);
    if (depths == NULL)
        abort();
    return depths;
}

void depths_destroy(struct depths *depths)
{
    if (depths == NULL)
        return;
    struct entry *entry, *next;
    HASH_ITER(hh, depths->entries, entry, next)
    {
        HASH_DEL(depths->entries, entry);
        free(entry->payload);
        free(entry);
    }
    free(depths);
}

/* Others may write the exchange in another case. Instruments whose names differ in nothing else share a place, and what
 * is there is given to the one that it belongs to. */
static void make_key(char key[SUBJECT_SIZE], const char *subject)
{
    size_t length = 0;
    for (; subject[length] != '\0' && length < SUBJECT_SIZE - 1; length++)
        key[length] = (char)tolower((unsigned char)subject[length]);
    key[length] = '\0';
}

static struct entry *entry_of(struct depths *depths, const char key[SUBJECT_SIZE])
{
    struct entry *entry;
    HASH_FIND_STR(depths->entries, key, entry);
    if (entry != NULL)
        return entry;
    entry = calloc(1, sizeof *entry);
    if (entry == NULL)
        abort();
    text_copy(entry->key, sizeof entry->key, key);
    HASH_ADD_STR(depths->entries, key, entry);
    return entry;
}

void depths_put(struct depths *depths, const char *subject, const char *payload, size_t payload_bytes, int64_t age_ns,
                int64_t monotonic_ns)
{
    char key[SUBJECT_SIZE];
    make_key(key, subject);
    struct entry *entry = entry_of(depths, key);
    if (payload_bytes > entry->capacity) {
        entry->payload = realloc(entry->payload, payload_bytes);
        if (entry->payload == NULL)
            abort();
        entry->capacity = payload_bytes;
    }
    if (payload_bytes > 0)
        memcpy(entry->payload, payload, payload_bytes);
    entry->payload_bytes = payload_bytes;
    entry->seen_ns = monotonic_ns - age_ns;
}

bool depths_read(const struct depths *depths, const char *exchange, const char *symbol, int64_t monotonic_ns,
                 int64_t stale_after_ns, struct depth *depth)
{
    char subject[SUBJECT_SIZE], key[SUBJECT_SIZE];
    struct entry *entry;
    struct error error;
    if (depths->entries == NULL)
        return false;
    subject_of_depth(subject, exchange, symbol);
    make_key(key, subject);
    HASH_FIND_STR(depths->entries, key, entry);
    return entry != NULL && monotonic_ns - entry->seen_ns <= stale_after_ns &&
           depth_decode(depth, subject, entry->payload, entry->payload_bytes, &error) == 0;
}
