/* How much a price moves: the deviation of its returns from second to second, and what is usual for it. Pure. */
#ifndef ENGINE_VOLATILITY_H
#define ENGINE_VOLATILITY_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/rolling_median.h"

enum {
    VOLATILITY_SAMPLES_MIN = 30, /* before that the deviation says nothing */
    VOLATILITY_MEDIANS_MIN = 12, /* nor does the median: two minutes */
};

/* All zero is empty. */
struct volatility {
    int64_t base;                 /* price at the last sample; 0: none */
    int64_t base_ns;              /* monotonic */
    double variance;              /* of the returns of a second, weighted exponentially with lambda = 0.94 */
    uint32_t samples;             /* returns in it */
    int64_t median_ns;            /* monotonic: when the last deviation went into the median */
    struct rolling_median sigmas; /* deviations in 1e-12, one in ten seconds */
};

/* Offers the price that holds now: taken once a second. True when it was; the first after a pause is no return. */
bool volatility_sample(struct volatility *volatility, int64_t price, int64_t monotonic_ns);

/* There is no price at present. */
void volatility_pause(struct volatility *volatility);

/* |return| since the last sample, which is at most about a second old; 0 without one. */
double volatility_move(const struct volatility *volatility, int64_t price);

/* The deviation of the returns of a second, at least that of one tick (0: without a floor); 0: not known yet. */
double volatility_sigma(const struct volatility *volatility, int64_t tick);

/* Its median over the last ten minutes, likewise. */
double volatility_median(const struct volatility *volatility, int64_t tick);

#endif
