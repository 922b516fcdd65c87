/* The lots of a position that is kept first in, first out: what is open, oldest first. Pure. */
#ifndef ENGINE_LOTS_H
#define ENGINE_LOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/pack.h"
#include "engine/wide.h"

struct lot {
    int64_t quantity; /* above 0 for a short position too */
    int64_t price;
};

/* All zero is an empty list. */
struct lots {
    struct lot *items; /* owned; those before `first` are gone */
    size_t first, count, capacity;
};

void lots_free(struct lots *lots);

/* Adds a lot behind the others; a quantity of 0 adds nothing. */
void lots_add(struct lots *lots, int64_t quantity, int64_t price);

/* Takes `quantity` out, oldest first. So much is there. */
void lots_remove(struct lots *lots, int64_t quantity);

/* The sum of quantity times price of what lots_remove would take out. True when it does not fit. */
bool lots_cost_overflows(const struct lots *lots, int64_t quantity, struct wide *cost);

/* For snapshots: what is open. Reading is into an empty list. */
void lots_pack(struct lots *lots, struct pack *pack);

#endif
