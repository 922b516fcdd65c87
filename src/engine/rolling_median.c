/* A ring of what came, and the same values sorted: adding one shifts at most the whole window once. */
#include "engine/rolling_median.h"

#include <string.h>

/* The first place in the sorted values whose value is not below this one. */
static size_t place_of(const struct rolling_median *median, int64_t value)
{
    size_t low = 0, high = median->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (median->sorted[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void rolling_median_add(struct rolling_median *median, int64_t value)
{
    int64_t *sorted = median->sorted;
    if (median->count == ROLLING_MEDIAN_VALUES) {
        size_t gone = place_of(median, median->recent[median->next]);
        median->count--;
        memmove(sorted + gone, sorted + gone + 1, (median->count - gone) * sizeof *sorted);
    }
    size_t place = place_of(median, value);
    memmove(sorted + place + 1, sorted + place, (median->count - place) * sizeof *sorted);
    sorted[place] = value;
    median->count++;
    median->recent[median->next] = value;
    median->next = (median->next + 1) % ROLLING_MEDIAN_VALUES;
}

int64_t rolling_median_value(const struct rolling_median *median)
{
    return median->count == 0 ? 0 : median->sorted[(median->count - 1) / 2];
}
