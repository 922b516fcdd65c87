/* The rule of a lease: when to read the entry of a role, when to write it, and whether it is held. Pure; the shell in
 * bus/lease.c asks and answers.
 *
 * The entry is written anew every second. It is held for 2 s from the moment at which the last write that succeeded
 * was *begun*, by the monotonic clock, and nobody takes it from a living holder before 3 s have passed since it was
 * written: so a process that was stopped knows that it does not hold it before anybody else may. */
#ifndef BUS_LEASE_RULE_H
#define BUS_LEASE_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/timestamp.h"

#define LEASE_AGE_NS   (3 * NS_PER_SECOND) /* after which an entry that was not renewed is nobody's */
#define LEASE_HOLD_NS  (2 * NS_PER_SECOND) /* for which a renewal is trusted */
#define LEASE_RENEW_NS NS_PER_SECOND
#define LEASE_WATCH_NS (250 * NS_PER_MS) /* between two looks at another's entry */
#define LEASE_RETRY_NS (200 * NS_PER_MS) /* after a request that came to nothing */

enum { LEASE_IDENTITY_SIZE = 80, LEASE_INSTANCE_SIZE = 32 };

/* Who holds, or wants to hold. `identity` is shared by all processes of which no two can live at the same time, one
 * after the other on one locked state directory; `instance` is this one's alone. */
struct lease_holder {
    char identity[LEASE_IDENTITY_SIZE];
    char instance[LEASE_INSTANCE_SIZE];
};

enum lease_ask_kind { LEASE_ASK_NOTHING, LEASE_ASK_READ, LEASE_ASK_WRITE };

struct lease_ask {
    enum lease_ask_kind kind;
    uint64_t expected; /* WRITE: the revision that the entry must have; 0: none */
};

enum lease_answer_kind {
    LEASE_ANSWER_FREE,    /* read: no entry, or a released one of `revision` */
    LEASE_ANSWER_ENTRY,   /* read: `holder` wrote it as `revision` */
    LEASE_ANSWER_WRITTEN, /* written as `revision` */
    LEASE_ANSWER_REFUSED, /* the entry is not the expected one */
    LEASE_ANSWER_FAILED,  /* nobody knows */
};

struct lease_answer {
    enum lease_answer_kind kind;
    uint64_t revision;
    struct lease_holder holder;
};

struct lease_rule {
    struct lease_holder self;
    struct lease_ask next;
    int64_t due_ns;   /* when `next` is to be asked */
    int64_t asked_ns; /* when the last question was asked */

    uint64_t revision;  /* of our entry; 0: we have none */
    int64_t renewed_ns; /* when the last write that succeeded was begun */
    uint64_t term;      /* how often it was gained */
    bool settled;       /* it is known that somebody holds it, we or another */

    struct lease_holder other; /* "" when there is none */
    uint64_t other_revision;
    int64_t other_since_ns; /* when that revision was first read */
};

void lease_rule_init(struct lease_rule *rule, const struct lease_holder *self, int64_t now_ns);

/* Takes the answer to the last question (NULL: there was none) and tells what to ask now; NOTHING: not before `due_ns`.
 * All times are monotonic. */
struct lease_ask lease_rule_step(struct lease_rule *rule, const struct lease_answer *answer, int64_t now_ns);

/* Until when it is held, monotonic; 0 when it is not. */
int64_t lease_rule_held_until(const struct lease_rule *rule);

#endif
