/* Publishing market data: twice as fast as with an acknowledgement for each message, and still every loss is known.
 *
 * Messages have no id and are never sent again: what was lost is old, and a newer quote is better. The publisher asks
 * for an acknowledgement now and then: of the last message before each flush, and of every 256th. What lies between two
 * of them is decided by the stream's sequence, or, when that leaves a doubt, by reading those sequences back
 * (market_ledger.h).
 *
 * What is known, and when:
 *
 * - Each message ends as stored, lost or unknown, and is open until then. `lost` means that it is not in the stream.
 *   `unknown` remains when the stream has dropped that part before it could be read back, gave no answer until the end,
 *   or 65,536 messages were open.
 * - With a connection that holds and no other publisher on the stream, a message is decided by the next
 *   acknowledgement, one round trip after the next flush.
 * - After a gap in the connection, a refusal or a missing answer it is decided by reading back, once messages go
 *   through again; after a new connection 2 s later, since a server that stood still may still store what the old one
 *   held. What it stores even later is counted as lost although it is there.
 * - With other publishers on the stream everything is read back, five times a second at most: this costs the server
 *   what one more reader costs. All feeds of a process therefore share one publisher.
 * - One thing cannot be seen: when somebody else begins to publish to the stream between two acknowledgements, and just
 *   as many messages of ours are lost between the same two, without a word and on a connection that holds. Readers see
 *   that, too: each quote has its number (`seq`), and a hole is a loss.
 *
 * While nothing is confirmed (at the start, after a refusal, after a missing answer), one message at a time is sent,
 * at most ten a second. */
#ifndef BUS_MARKET_PUBLISHER_H
#define BUS_MARKET_PUBLISHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/market_ledger.h"
#include "bus/tape.h"

struct market_publisher_options {
    const char *stream; /* the stream that takes all of the subjects; copied */
    uint32_t window;    /* messages sent and not covered by an answer; 0: 8192; at least 512 */
    int ack_timeout_ms; /* 0: 2000 */
};

struct market_counts {
    struct market_tally tally;
    uint64_t refused;      /* answers that say no */
    uint64_t full;         /* calls of send that found no room: no connection, or the window is full */
    uint64_t read_back;    /* messages that were read back, those of others included */
    int64_t round_trip_ns; /* from asking for an acknowledgement to having it, of the last one */
};

struct market_publisher;

/* Asks the server where the stream ends, and waits for that up to 2 s. */
struct market_publisher *market_publisher_create(struct tape *tape, const struct market_publisher_options *options,
                                                 struct error *error);

/* Sends what is held, waits until nothing is open, at most `drain_ms`, ends the thread (up to 5 s later when it is
 * reading back from a server that has stopped answering), and says in the log what is not known. NULL is allowed. */
void market_publisher_destroy(struct market_publisher *publisher, int drain_ms);

/* Any thread. False when there is no room now: nothing is taken. True: it is sent, in the order of the calls; the last
 * one is held until the next call or flush. Waits for nothing but nats.c, which may be busy with a new connection: up
 * to 2 s. `subject` is shorter than SUBJECT_SIZE (core/subject.h). */
bool market_publisher_send(struct market_publisher *publisher, const char *subject, const char *payload,
                           size_t payload_bytes);

/* Any thread: whoever has nothing more to send for now. The last message goes out and asks for an acknowledgement.
 * Waits until the server has read it, at most 2 ms. */
void market_publisher_flush(struct market_publisher *publisher);

/* Any thread. */
struct market_counts market_publisher_counts(struct market_publisher *publisher);

#endif
