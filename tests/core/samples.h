/* One good message of every kind, with all its fields in the order in which the codec writes them: what the tests of
 * the codec and of the subjects start from. Written by hand from docs/wire.md, not from the codec's own table. */
#ifndef TESTS_CORE_SAMPLES_H
#define TESTS_CORE_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/event.h"

enum { SAMPLE_MEMBERS_MAX = 24, SAMPLE_PAYLOAD_SIZE = 4096 };

struct sample_member {
    const char *name, *value; /* the value as JSON */
    bool required;
};

struct sample {
    enum event_kind kind;
    const char *subject, *message_id;
    struct sample_member members[SAMPLE_MEMBERS_MAX]; /* to the first without a name */
};

/* In the order of enum event_kind. */
extern const struct sample samples[EVENT_KINDS];

size_t sample_count_members(const struct sample *sample);

/* Writes the payload with the members that `keep` has a bit for, the first being bit 0; with `value` in place of the
 * value of member `replaced`, unless that is NULL. Returns the length. */
size_t sample_write(const struct sample *sample, unsigned keep, size_t replaced, const char *value,
                    char payload[SAMPLE_PAYLOAD_SIZE]);

/* All members, or only the required ones, as such bits. */
unsigned sample_all(const struct sample *sample);
unsigned sample_required(const struct sample *sample);

/* The index of the member of this name, which must exist. */
size_t sample_member(const struct sample *sample, const char *name);

#endif
