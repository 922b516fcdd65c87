/* See volatility.h. */
#include "engine/volatility.h"

#include <math.h>

#include "core/timestamp.h"
#include "engine/return_history.h"

#define LAMBDA        0.94
#define SAMPLE_NS     NS_PER_SECOND
#define LONGEST_NS    (2 * NS_PER_SECOND) /* a longer time between two samples is a pause */
#define MEDIAN_NS     (10 * NS_PER_SECOND)
#define LARGEST_SIGMA 1e6

bool volatility_sample(struct volatility *volatility, int64_t price, int64_t monotonic_ns)
{
    int64_t passed_ns = monotonic_ns - volatility->base_ns;
    if (price <= 0 || (volatility->base != 0 && passed_ns < SAMPLE_NS))
        return false;
    bool is_return = volatility->base != 0 && passed_ns < LONGEST_NS;
    if (is_return) {
        double move = volatility_move(volatility, price);
        double weight = volatility->samples == 0 ? 1 : 1 - LAMBDA;
        volatility->variance += weight * (move * move - volatility->variance);
        volatility->samples++;
    }
    if (volatility->samples >= VOLATILITY_SAMPLES_MIN && monotonic_ns - volatility->median_ns >= MEDIAN_NS) {
        double sigma = fmin(sqrt(volatility->variance), LARGEST_SIGMA);
        rolling_median_add(&volatility->sigmas, (int64_t)(sigma * (double)RETURN_ONE));
        volatility->median_ns = monotonic_ns;
    }
    volatility->base = price;
    volatility->base_ns = monotonic_ns;
    return is_return;
}

void volatility_pause(struct volatility *volatility)
{
    volatility->base = 0;
}

double volatility_move(const struct volatility *volatility, int64_t price)
{
    return volatility->base == 0 ? 0 : fabs((double)(price - volatility->base) / (double)volatility->base);
}

static double at_least_a_tick(const struct volatility *volatility, double sigma, int64_t tick)
{
    return volatility->base == 0 ? sigma : fmax(sigma, (double)tick / (double)volatility->base);
}

double volatility_sigma(const struct volatility *volatility, int64_t tick)
{
    if (volatility->samples < VOLATILITY_SAMPLES_MIN)
        return 0;
    return at_least_a_tick(volatility, sqrt(volatility->variance), tick);
}

double volatility_median(const struct volatility *volatility, int64_t tick)
{
    if (volatility->sigmas.count < VOLATILITY_MEDIANS_MIN)
        return 0;
    double median = (double)rolling_median_value(&volatility->sigmas) / (double)RETURN_ONE;
    return at_least_a_tick(volatility, median, tick);
}
