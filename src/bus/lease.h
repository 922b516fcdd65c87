/* Leases: several processes may carry a role, one of them decides. See docs/tape.md, "Leases and checkpoints".
 *
 * A lease is an entry in the bucket TAPEDECK_LEASES, under the name of the role, that its holder writes anew every
 * second and that the server forgets after 3 s. A thread of its own reads and writes; whether it is held is a look at
 * a clock. */
#ifndef BUS_LEASE_H
#define BUS_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/inbox.h"
#include "bus/lease_rule.h"
#include "bus/tape.h"
#include "core/error.h"
#include "core/server_status.h"

#define LEASE_BUCKET "TAPEDECK_LEASES"

#define LEASE_OWNER_NS NS_PER_SECOND

struct lease_options {
    const char *role;     /* the key: letters, digits, '-', '_' */
    const char *identity; /* of whoever can live only once (lease_identity); NULL or "": nobody but this one */
    const char *stream;   /* whose end is learnt each time the lease is gained; NULL: none */
    struct inbox *wakes;  /* woken when something changed; NULL: none */
};

struct lease;

/* Starts trying to hold it. `error`: the thread could not be started, or a name is too long. */
struct lease *lease_create(struct tape *tape, const struct lease_options *options, struct error *error);

/* Gives it up, so that another can have it at once, and ends; within half a second while the server answers, else
 * within 4 s. NULL is allowed. */
void lease_destroy(struct lease *lease);

/* Any thread, cheap: the owner lives and does its work. A lease whose owner has not said so for LEASE_OWNER_NS is not
 * renewed and not taken, so that a decider that hangs loses its role like one that is dead. lease_create counts as the
 * first time. */
void lease_touch(struct lease *lease, int64_t monotonic_ns);

/* Any thread, cheap: what the holder cannot do as it should. Lines of `<scope> <sentence>`, see core/plumbing.h,
 * without control characters; "" when all is well, as at the start. It stands in the bucket from the next renewal on,
 * while the lease is held. */
enum { LEASE_TROUBLE_SIZE = 1024 };
void lease_tell_trouble(struct lease *lease, const char *trouble);

/* Any thread, cheap, never waits: whether it is held at this monotonic time (that of now, not one read earlier). */
bool lease_held(const struct lease *lease, int64_t monotonic_ns);

/* The same, as the number of the time that it is held for, from 1; 0 when it is not held. Another number than before
 * means that there may have been another holder between. */
uint64_t lease_term(const struct lease *lease, int64_t monotonic_ns);

/* Any thread: the last sequence of `stream`, read after this term began; false while it is not known. */
bool lease_stream_end(const struct lease *lease, uint64_t term, uint64_t *sequence);

/* Any thread: true once it is known that there is a holder, this one or another. */
bool lease_settled(const struct lease *lease);

/* The identity of a process that holds the lock of a state directory: two processes with the same one never live at
 * the same time, for the kernel gives the lock to one only and takes it back from the dead. Made of the running
 * kernel's boot id and of device and inode of the lock file behind `lock_fd`. "" when they cannot be read. */
void lease_identity(char identity[LEASE_IDENTITY_SIZE], int lock_fd);

/* Who holds what, for people. */
struct lease_entry {
    char role[LEASE_ROLE_SIZE];
    struct lease_holder holder;
    char host[LEASE_HOST_SIZE];
    int64_t pid;
    uint64_t revision;
    int64_t since_ns;   /* wall clock of the holder: when it gained the lease */
    int64_t at_ns;      /* likewise: when it renewed it; 0: not said */
    int64_t renewed_ns; /* wall clock of the server */
};

/* Reads all leases that are held now, in the order of their last renewal, at most `capacity`. Returns how many there
 * are, or -1. Blocks up to 5 s. */
int lease_list(struct tape *tape, struct lease_entry *entries, size_t capacity, struct error *error);

#endif
