/* The requests that the order checks have to decide, and what they remember of those that came before: when each came,
 * which recent orders are alike, and how many each account has sent. A fold of ORDERS that works with stored times
 * only, so that the answers are the same whenever and however often the tape is read. Pure; one thread owns it. */
#ifndef ENGINE_ADMISSIONS_H
#define ENGINE_ADMISSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/pack.h"
#include "engine/checks_config.h"
#include "engine/orders.h"

/* A request to place or replace an order, as it came in. */
struct admission {
    int64_t seen_ns; /* monotonic: when it was stored */
    int64_t stored_ns;
    int64_t late_ns;           /* how old it was when it was stored, by its own timestamp */
    bool over_rate;            /* the account's token bucket was empty */
    const struct order *order; /* NULL for a replace */
};

struct admissions;

/* The configuration must outlive it. */
struct admissions *admissions_create(const struct checks_config *config);
void admissions_destroy(struct admissions *admissions); /* NULL is allowed */

/* The configuration has changed. */
void admissions_configure(struct admissions *admissions);

/* Takes in the first orders.new of an order, or an orders.replace that was not there before. `seen_ns`: when it was
 * stored, monotonic. */
void admissions_add_order(struct admissions *admissions, const struct event *event, const struct order *order,
                          int64_t seen_ns);
void admissions_add_replace(struct admissions *admissions, const struct event *event, const char *account,
                            int64_t seen_ns);

/* The order may have been decided; an order that is INITIALIZED was not. */
void admissions_decided(struct admissions *admissions, const struct order *order);
/* The replace was answered. */
void admissions_answered(struct admissions *admissions, const char *order_id, const char *request_id);
/* Forgets decided orders that nothing stored from now on could repeat in time. */
void admissions_forget_old(struct admissions *admissions, int64_t stored_ns);

/* For snapshots; into fresh admissions, when the book is loaded. Ages go by stored times: `wall_ns` and `monotonic_ns`
 * are now. -1: what was read cannot be. */
void admissions_save(const struct admissions *admissions, struct pack *pack);
int admissions_load(struct admissions *admissions, struct pack *pack, const struct order_book *book, int64_t wall_ns,
                    int64_t monotonic_ns);

/* NULL when there is none; good until it is decided, answered or forgotten. */
const struct admission *admissions_find_order(const struct admissions *admissions, const char *order_id);
const struct admission *admissions_find_replace(const struct admissions *admissions, const char *order_id,
                                                const char *request_id);

/* The orders without a decision, oldest first; NULL behind the last. */
const struct admission *admissions_oldest_undecided(const struct admissions *admissions);
const struct admission *admissions_next_undecided(const struct admission *admission);
/* The same, newest first; NULL behind the oldest. */
const struct admission *admissions_newest_undecided(const struct admissions *admissions);
const struct admission *admissions_previous_undecided(const struct admissions *admissions,
                                                      const struct admission *admission);

/* An earlier order that is alike, was stored at most so long before, and was not turned away; NULL when there is
 * none. */
const struct admission *admissions_duplicate_of(const struct admission *admission, int64_t window_ns);

#endif
