/* What became of messages of which only some are acknowledged: the bookkeeping of market_publisher.h. Pure; one owner.
 *
 * Messages are counted from 1 in the order of sending. The stream confirms some of them with the sequence that it gave
 * them, and stores what comes over one connection in order. So when message `m` was confirmed at sequence `s`, and
 * message `m + n` at `s + n`, and nobody else writes to the stream, the n messages are stored, all of them. When the
 * sequence grew by more, others wrote; when it grew by less, messages are missing. Either way, and from then on for as
 * long as others are seen to write, it is open which are stored, and the stream has to be read back: each message is
 * known there by the digest of its subject and payload. */
#ifndef BUS_MARKET_LEDGER_H
#define BUS_MARKET_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MARKET_LEDGER_OPEN_MAX = 65536 };

struct market_ledger;

/* Sequences to read back, both included. */
struct market_range {
    uint64_t first, last;
};

/* sent == stored + lost + unknown + open */
struct market_tally {
    uint64_t sent;
    uint64_t stored;
    uint64_t lost;    /* known not to be in the stream */
    uint64_t unknown; /* will never be known: the stream no longer has what was to be read back, or gave no answer */
    uint64_t open;    /* not known yet */
};

/* Never NULL: aborts when memory is out. */
struct market_ledger *market_ledger_create(void);
void market_ledger_destroy(struct market_ledger *ledger); /* NULL is allowed */

/* Before the first message: the stream's last sequence. Without it the first confirmation is what counting starts at.
 */
void market_ledger_start(struct market_ledger *ledger, uint64_t last_sequence);

uint64_t market_ledger_digest(const char *subject, const char *payload, size_t payload_bytes);

/* Notes that a message is sent; returns its number. When MARKET_LEDGER_OPEN_MAX are open, or one is and there is no
 * base, all that are open become unknown, and the base with them. */
uint64_t market_ledger_sent(struct market_ledger *ledger, uint64_t digest);

/* The stream confirmed message `number` at `sequence`. */
void market_ledger_confirmed(struct market_ledger *ledger, uint64_t number, uint64_t sequence);
/* The stream refused message `number`. */
void market_ledger_refused(struct market_ledger *ledger, uint64_t number);

/* False until a message was confirmed: there is no sequence to count from, so that one message at a time is sent. */
bool market_ledger_has_base(const struct market_ledger *ledger);

/* True when something has to be read back. Then: begin, one call for each message that the stream holds in the range,
 * in any order, and end, with `complete` false when the stream has lost some of the range. Messages may be sent in
 * between, but nothing confirmed or refused. Cancel instead of end leaves everything open. */
bool market_ledger_is_in_doubt(const struct market_ledger *ledger);
struct market_range market_ledger_begin(struct market_ledger *ledger);
void market_ledger_read(struct market_ledger *ledger, uint64_t digest);
void market_ledger_end(struct market_ledger *ledger, bool complete);
void market_ledger_cancel(struct market_ledger *ledger);

struct market_tally market_ledger_tally(const struct market_ledger *ledger);

#endif
