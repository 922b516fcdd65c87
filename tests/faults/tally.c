/* A counter per number. */
#include "faults/tally.h"

#include <assert.h>
#include <stdlib.h>

void tally_init(struct tally *tally)
{
    *tally = (struct tally){.times = calloc(TALLY_CAPACITY, 1)};
    assert(tally->times != NULL);
}

void tally_free(struct tally *tally)
{
    free(tally->times);
}

void tally_add(struct tally *tally, uint64_t number)
{
    assert(number > 0 && number < TALLY_CAPACITY);
    tally->total++;
    if (tally->times[number] > 0) {
        tally->repeated++;
    } else {
        tally->distinct++;
        tally->overtaken += number < tally->highest;
    }
    if (tally->times[number] < UINT8_MAX)
        tally->times[number]++;
    if (number > tally->highest)
        tally->highest = number;
}

uint64_t tally_missing(const struct tally *part, const struct tally *whole)
{
    uint64_t missing = 0;
    for (uint64_t i = 1; i <= whole->highest; i++)
        missing += whole->times[i] > 0 && part->times[i] == 0;
    return missing;
}
