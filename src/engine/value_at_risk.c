/* See value_at_risk.h. */
#include "engine/value_at_risk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/wide.h"

#define LAMBDA 0.94

/* How many deviations, and which share of the steps, lie beyond. */
static const struct {
    double deviations, share;
} TAILS[] = {[VAR_95] = {1.645, 0.05}, [VAR_99] = {2.326, 0.01}};

void var_portfolio_add(struct var_portfolio *portfolio, const struct return_history *history,
                       const struct return_series *series, int128 value)
{
    if (value == 0)
        return;
    if (series == NULL || series->count < VAR_STEPS_MIN) {
        portfolio->left_out = money_bounded(portfolio->left_out + (value < 0 ? -value : value));
        return;
    }
    double per_unit = money_to_double(value) / (double)RETURN_ONE;
    for (size_t back = 0; back < series->count; back++)
        portfolio->profits[back] += per_unit * (double)return_history_at(history, series, back);
    portfolio->steps = portfolio->measured && portfolio->steps < series->count ? portfolio->steps : series->count;
    portfolio->measured = true;
}

void var_portfolio_merge(struct var_portfolio *portfolio, const struct var_portfolio *other)
{
    portfolio->left_out = money_bounded(portfolio->left_out + other->left_out);
    if (!other->measured)
        return;
    for (size_t back = 0; back < other->steps; back++)
        portfolio->profits[back] += other->profits[back];
    portfolio->steps = portfolio->measured && portfolio->steps < other->steps ? portfolio->steps : other->steps;
    portfolio->measured = true;
}

double var_parametric(const double *profits, size_t steps, enum var_confidence confidence)
{
    double weight = 1, weights = 0, sum = 0;
    for (size_t back = 0; back < steps; back++, weight *= LAMBDA) {
        sum += weight * profits[back] * profits[back];
        weights += weight;
    }
    return steps == 0 ? 0 : TAILS[confidence].deviations * sqrt(sum / weights);
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

double var_historical(const double *profits, size_t steps, enum var_confidence confidence)
{
    double sorted[RETURN_STEPS];
    if (steps == 0)
        return 0;
    memcpy(sorted, profits, steps * sizeof *sorted);
    qsort(sorted, steps, sizeof *sorted, compare);
    double place = TAILS[confidence].share * (double)(steps - 1), below = floor(place);
    size_t index = (size_t)below;
    double quantile = sorted[index];
    if (index + 1 < steps)
        quantile += (place - below) * (sorted[index + 1] - quantile);
    return quantile < 0 ? -quantile : 0;
}
