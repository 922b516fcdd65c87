/* Watches who holds which role, for a screen: a thread of its own follows the bucket of leases. */
#ifndef BUS_LEASE_WATCH_H
#define BUS_LEASE_WATCH_H

#include "bus/inbox.h"
#include "bus/tape.h"
#include "core/error.h"

struct lease_watch;

/* Puts INBOX_LEASES into the inbox at once and whenever a holder changed. Without a connection, or where the login may
 * not read the bucket, nothing is known of them. The tape and the inbox outlive it. */
struct lease_watch *lease_watch_create(struct tape *tape, struct inbox *inbox, struct error *error);

/* Takes up to 5 s when the server does not answer. NULL is allowed. */
void lease_watch_destroy(struct lease_watch *watch);

#endif
