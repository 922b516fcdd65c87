/* Which of the numbered events came, how often, and in what order. */
#ifndef TESTS_FAULTS_TALLY_H
#define TESTS_FAULTS_TALLY_H

#include <stdbool.h>
#include <stdint.h>

enum { TALLY_CAPACITY = 1 << 20 }; /* numbers from 1 to this one less 1 */

struct tally {
    uint8_t *times;     /* by number: how often it came, at most 255 */
    uint64_t total;     /* that came */
    uint64_t distinct;  /* numbers that came at least once */
    uint64_t repeated;  /* that came for numbers that had come before */
    uint64_t overtaken; /* numbers that came for the first time behind a higher one */
    uint64_t highest;
};

void tally_init(struct tally *tally);
void tally_free(struct tally *tally);

/* Notes that one came. */
void tally_add(struct tally *tally, uint64_t number);

/* Numbers that are in `whole` and not in `part`. */
uint64_t tally_missing(const struct tally *part, const struct tally *whole);

#endif
