/* The paper exchange: answers validated orders and requests, and fills them against the touch and, where it is known,
 * the depth behind it (docs/orders.md says how). State is a fold of ORDERS and of the latest quotes and depth; deciding
 * changes nothing. Pure; one thread owns it.
 *
 * Every event it proposes carries its fence, so that an exchange that was stopped and continues cannot fill, accept or
 * cancel twice. Of each order it proposes at most one event at a time: the next follows when that one is folded. */
#ifndef ENGINE_EXCHANGE_H
#define ENGINE_EXCHANGE_H

#include <stdint.h>

#include "core/event.h"
#include "core/instrument.h"
#include "core/pack.h"
#include "engine/exchange_config.h"
#include "engine/orders.h"
#include "engine/proposals.h"
#include "engine/quotes.h"

struct exchange;

/* The configuration is copied; the instruments must outlive the exchange. */
struct exchange *exchange_create(const struct exchange_config *config, const struct instruments *instruments);
void exchange_destroy(struct exchange *exchange); /* NULL is allowed */

/* Folds an event of ORDERS or MARKET_DATA. `age_ns`: how long it had been stored when it was read, 0 for a live one. */
enum fold_result exchange_fold(struct exchange *exchange, const struct event *event, int64_t age_ns,
                               int64_t monotonic_ns);

/* Keeps a message of MARKET_DEPTH, in the place of the one before. Nothing has to be decided on it, and without any the
 * touch alone is taken. `age_ns` as above. */
void exchange_depth(struct exchange *exchange, const char *subject, const char *payload, size_t payload_bytes,
                    int64_t age_ns, int64_t monotonic_ns);

/* While trading is held nothing is accepted or filled; cancels, and halts that stand on ORDERS, are carried out. */
void exchange_hold(struct exchange *exchange, bool held);

/* Proposes what follows from an event just folded: about its order, about the open orders of a quote's instrument, or
 * about those that a halt meets. `wall_ns` goes into the events, `monotonic_ns` ages the quotes. */
void exchange_decide(const struct exchange *exchange, const struct event *event, int64_t wall_ns, int64_t monotonic_ns,
                     struct proposals *proposals);

/* Proposes everything that is missing: after a restart, or when a proposal came to nothing. */
void exchange_decide_all(const struct exchange *exchange, int64_t wall_ns, int64_t monotonic_ns,
                         struct proposals *proposals);

/* As order_book_begin_late. */
void exchange_begin_late(struct exchange *exchange);

/* For snapshots: what was folded of ORDERS, and how far orders have come in their queues; quotes are read again. Into a
 * fresh exchange. -1: what was read cannot be, and the exchange is good for nothing but destroying. */
void exchange_save(const struct exchange *exchange, struct pack *pack);
int exchange_load(struct exchange *exchange, struct pack *pack);

const struct order_book *exchange_book(const struct exchange *exchange);
const struct quotes *exchange_quotes(const struct exchange *exchange);

#endif
