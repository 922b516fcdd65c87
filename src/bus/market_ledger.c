/* A ring of the digests of all messages whose fate is open, and the last two points at which the stream's sequence is
 * known: the base, up to which everything is decided, and the newest confirmation, which waits to be read back. */
#include "bus/market_ledger.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The stream's sequence at message `number`. */
struct point {
    uint64_t number, sequence;
};

struct market_ledger {
    struct market_tally tally; /* its `open` is not used */
    struct point base;         /* everything up to `number` is decided */
    bool has_base;             /* its sequence is known */
    struct point doubt;        /* the newest confirmation that the numbers do not explain; `number` 0: none */
    struct point end;          /* while the stream is read back: where that ends; `number` 0: it is not */
    uint64_t cursor;           /* the message that is expected next while reading back */
    uint64_t found_count, foreign_count;
    bool shared; /* others write to the stream */
    uint64_t digests[MARKET_LEDGER_OPEN_MAX];
    bool found[MARKET_LEDGER_OPEN_MAX];
};

struct market_ledger *market_ledger_create(void)
{
    struct market_ledger *ledger = calloc(1, sizeof *ledger);
    if (ledger == NULL)
        abort();
    return ledger;
}

void market_ledger_start(struct market_ledger *ledger, uint64_t last_sequence)
{
    assert(ledger->tally.sent == 0);
    ledger->base.sequence = last_sequence;
    ledger->has_base = true;
}

void market_ledger_destroy(struct market_ledger *ledger)
{
    free(ledger);
}

static uint64_t mix(uint64_t digest, const char *text, size_t bytes)
{
    const uint64_t odd = UINT64_C(0x9E3779B97F4A7C15);
    for (; bytes > 0; text += 8) {
        uint64_t word = 0;
        size_t taken = bytes < 8 ? bytes : 8;
        memcpy(&word, text, taken);
        digest = (digest ^ word) * odd;
        digest ^= digest >> 32;
        bytes -= taken;
    }
    return digest;
}

uint64_t market_ledger_digest(const char *subject, const char *payload, size_t payload_bytes)
{
    return mix(mix(payload_bytes, subject, strlen(subject)), payload, payload_bytes);
}

static uint64_t place(uint64_t number)
{
    return number % MARKET_LEDGER_OPEN_MAX;
}

/* Everything up to `point` is decided, the messages behind the base as counted here. */
static void decide(struct market_ledger *ledger, struct point point, uint64_t stored, uint64_t *others)
{
    uint64_t count = point.number - ledger->base.number;
    assert(stored <= count);
    ledger->tally.stored += stored;
    *others += count - stored;
    ledger->base = point;
    if (ledger->doubt.number <= point.number)
        ledger->doubt = (struct point){0};
}

/* The answers to them are lost, or were never given: what is counted from must be found anew. */
static void give_up(struct market_ledger *ledger)
{
    market_ledger_cancel(ledger);
    decide(ledger, (struct point){.number = ledger->tally.sent}, 0, &ledger->tally.unknown);
    ledger->has_base = false;
}

uint64_t market_ledger_sent(struct market_ledger *ledger, uint64_t digest)
{
    uint64_t open = ledger->tally.sent - ledger->base.number;
    if (open == MARKET_LEDGER_OPEN_MAX || (open > 0 && !ledger->has_base))
        give_up(ledger);
    uint64_t number = ++ledger->tally.sent;
    ledger->digests[place(number)] = digest;
    ledger->found[place(number)] = false;
    return number;
}

/* True when the confirmation, by the numbers alone, says that all messages since the base are stored. */
static bool is_explained(const struct market_ledger *ledger, struct point point)
{
    return !ledger->shared && point.sequence > ledger->base.sequence &&
           point.sequence - ledger->base.sequence == point.number - ledger->base.number;
}

void market_ledger_confirmed(struct market_ledger *ledger, uint64_t number, uint64_t sequence)
{
    struct point point = {number, sequence};
    assert(number <= ledger->tally.sent && sequence > 0 && ledger->end.number == 0);
    if (number <= ledger->base.number || number <= ledger->doubt.number)
        return;
    bool is_first = !ledger->has_base;
    ledger->has_base = true;
    if (is_first)
        decide(ledger, point, 1, &ledger->tally.unknown);
    else if (ledger->doubt.number == 0 && is_explained(ledger, point))
        decide(ledger, point, number - ledger->base.number, &ledger->tally.lost);
    else
        ledger->doubt = point;
}

void market_ledger_refused(struct market_ledger *ledger, uint64_t number)
{
    /* With others open before it, it is found missing when those are decided. */
    assert(ledger->end.number == 0);
    if (number == ledger->base.number + 1)
        decide(ledger, (struct point){number, ledger->base.sequence}, 0, &ledger->tally.lost);
}

bool market_ledger_has_base(const struct market_ledger *ledger)
{
    return ledger->has_base;
}

bool market_ledger_is_in_doubt(const struct market_ledger *ledger)
{
    return ledger->doubt.number != 0;
}

struct market_range market_ledger_begin(struct market_ledger *ledger)
{
    assert(ledger->doubt.number != 0 && ledger->end.number == 0);
    ledger->end = ledger->doubt;
    ledger->cursor = ledger->base.number + 1;
    ledger->found_count = ledger->foreign_count = 0;
    /* Sequences that do not grow are those of a stream that was made again. */
    bool again = ledger->end.sequence <= ledger->base.sequence;
    return (struct market_range){.first = again ? 1 : ledger->base.sequence + 1, .last = ledger->end.sequence};
}

/* The first message in [from, to) with this digest that has not been found yet; 0 when there is none. */
static uint64_t find(const struct market_ledger *ledger, uint64_t digest, uint64_t from, uint64_t to)
{
    for (uint64_t number = from; number < to; number++)
        if (ledger->digests[place(number)] == digest && !ledger->found[place(number)])
            return number;
    return 0;
}

void market_ledger_read(struct market_ledger *ledger, uint64_t digest)
{
    if (ledger->end.number == 0)
        return;
    /* They mostly come in order. What an earlier connection still held may come behind newer ones. */
    uint64_t number = find(ledger, digest, ledger->cursor, ledger->end.number + 1);
    if (number == 0)
        number = find(ledger, digest, ledger->base.number + 1, ledger->cursor);
    else
        ledger->cursor = number + 1;
    if (number == 0) {
        ledger->foreign_count++;
        return;
    }
    ledger->found[place(number)] = true;
    ledger->found_count++;
}

void market_ledger_end(struct market_ledger *ledger, bool complete)
{
    /* Given up meanwhile. */
    if (ledger->end.number == 0)
        return;
    ledger->shared = ledger->foreign_count > 0;
    decide(ledger, ledger->end, ledger->found_count, complete ? &ledger->tally.lost : &ledger->tally.unknown);
    ledger->end = (struct point){0};
}

void market_ledger_cancel(struct market_ledger *ledger)
{
    if (ledger->end.number == 0)
        return;
    ledger->end = (struct point){0};
    for (uint64_t number = ledger->base.number + 1; number <= ledger->tally.sent; number++)
        ledger->found[place(number)] = false;
}

struct market_tally market_ledger_tally(const struct market_ledger *ledger)
{
    struct market_tally tally = ledger->tally;
    tally.open = tally.sent - ledger->base.number;
    return tally;
}
