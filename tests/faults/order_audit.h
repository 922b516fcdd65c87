/* Goes over the books: folds ORDERS from its first message and all of POSITIONS with the pure rules, and compares. */
#ifndef TESTS_FAULTS_ORDER_AUDIT_H
#define TESTS_FAULTS_ORDER_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/tape.h"
#include "engine/orders.h"

struct order_audit;

struct audit_figures {
    uint64_t orders;    /* on the tape, each counted once */
    uint64_t requested; /* requests for orders that are stored, and so on */
    uint64_t decisions, acceptances, executions;
    uint64_t decided, accepted, filled, cancelled, denied, refused, resting; /* orders */
    uint64_t stuck;       /* not decided, not answered by the exchange, or with a change that is not answered */
    uint64_t applied;     /* fills in the positions */
    uint64_t resurrected; /* orders that were done and are open again */
    uint64_t doubled_executions, doubled_acceptances;
    uint64_t gaps;    /* in the tape, or in the fills of an order */
    uint64_t illegal; /* moves that the table of orders does not have, as of replaces that come too late: no mistake */
    uint64_t late;    /* fills of orders that were done, or that exceed them */
    uint64_t bad;     /* messages that cannot be decoded */
    uint64_t positions, differences;              /* compared with what is stored */
    uint64_t positions_stored, positions_ignored; /* messages; those that readers ignore */
    uint64_t epoch;                               /* the highest */
};

/* Reads from the first message on, and goes on reading. Fails the test when it cannot start. */
struct order_audit *order_audit_start(struct tape *tape);
void order_audit_destroy(struct order_audit *audit);

/* Takes in what came. Settled: nothing is owed to any order, and the positions agree; done: and no
 * order is open. */
bool order_audit_is_settled(void *audit);
bool order_audit_is_done(void *audit);

/* Waits for one of these, at most 30 s and without failing: what was found says more. */
void order_audit_wait(struct order_audit *audit, bool (*holds)(void *audit));

struct audit_figures order_audit_figures(const struct order_audit *audit);
const struct order_book *order_audit_book(const struct order_audit *audit);

/* Prints the figures, and each difference. */
void order_audit_print(const struct order_audit *audit);
/* How many things are wrong that never may be. */
uint64_t order_audit_mistakes(const struct audit_figures *figures);

#endif
