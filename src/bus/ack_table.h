/* What a durable consumer has delivered and its owner has acknowledged: the reader's own knowledge, which outlives the
 * consumer, the server and every acknowledgement that got lost. Pure. */
#ifndef BUS_ACK_TABLE_H
#define BUS_ACK_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/delivery.h"

enum ack_state {
    ACK_OWNED,    /* its owner has it and has not said anything */
    ACK_RETURNED, /* its owner wants it again */
    ACK_DONE,     /* acknowledged */
};

struct ack_entry {
    struct delivery delivery; /* the latest one */
    enum ack_state state;
};

/* In the order of the stream's sequences. All zero is an empty table. */
struct ack_table {
    struct ack_entry *entries;
    size_t count, room;
    uint64_t floor;       /* everything up to here is acknowledged for good and forgotten */
    int64_t forgotten_ns; /* the latest stored time of it: what is stored later under its sequences is something else */
};

void ack_table_free(struct ack_table *table);

/* Nothing is known any more: the stream is another one. */
void ack_table_clear(struct ack_table *table);

/* A message came, for the first time or again. What it was before says what to do: ACK_RETURNED (or new): hand it on;
 * ACK_OWNED: nothing, its owner has it; ACK_DONE: acknowledge it again. A message of another stored time is another
 * one. */
enum ack_state ack_table_deliver(struct ack_table *table, const struct delivery *delivery);

/* Its owner says ACK_DONE or ACK_RETURNED. True when there is something to tell the server: `delivery` is the one to
 * answer. */
bool ack_table_answer(struct ack_table *table, uint64_t stream_sequence, enum ack_state state,
                      struct delivery *delivery);

/* Everything up to this sequence is acknowledged for good, as the server has said. */
void ack_table_forget(struct ack_table *table, uint64_t floor);

#endif
