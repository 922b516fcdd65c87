/* What stands in the bucket for a lease: who holds it, on which machine, since when. */
#ifndef BUS_LEASE_VALUE_H
#define BUS_LEASE_VALUE_H

#include <stdint.h>

#include "bus/bucket.h"
#include "bus/lease.h"

/* Writes the value of a lease of this process. Both times are wall clock: since when it is held, and now. `trouble` as
 * lease_tell_trouble takes it. */
void lease_value_write(char value[BUCKET_VALUE_SIZE], const struct lease_holder *holder, int64_t since_ns,
                       int64_t now_ns, const char *trouble);

/* The trouble in a value; "" when there is none. */
void lease_value_trouble(char trouble[LEASE_TROUBLE_SIZE], const char *value);

/* Fills all but role, revision and time of renewal. A value of somebody else's making leaves the holder empty. */
void lease_value_read(struct lease_entry *entry, const char *value);

#endif
