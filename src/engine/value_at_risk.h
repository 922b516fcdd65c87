/* Value at risk: what a portfolio loses at most with 95 or 99 % confidence, over one step of the history of returns.
 * Pure.
 *
 * Parametric: 1.645 or 2.326 * sqrt(v' S v), where v are the values of the positions and S the covariance of the
 * returns, weighted exponentially with lambda = 0.94 (RiskMetrics), with weights that add up to one, about a mean of
 * zero. Historical: the loss that one step in twenty, or in a hundred, exceeded, interpolated between the two that
 * stand nearest.
 *
 * Both are functions of the profits alone which the portfolio as it is now would have made in each step: v' S v is the
 * weighted mean of the squares of those, so that no matrix is needed. */
#ifndef ENGINE_VALUE_AT_RISK_H
#define ENGINE_VALUE_AT_RISK_H

#include <stdbool.h>
#include <stddef.h>

#include "core/decimal.h"
#include "engine/return_history.h"

/* An instrument with fewer returns is left out. */
enum { VAR_STEPS_MIN = 20 };

/* All zero is the empty portfolio. */
struct var_portfolio {
    double profits[RETURN_STEPS]; /* money in units, by step, the last step first */
    bool measured;                /* something is in `profits` */
    size_t steps;                 /* that all positions in it have */
    int128 left_out;              /* sum of |value| of the positions that are not in it, money */
};

/* `series` may be NULL: the position has no history. */
void var_portfolio_add(struct var_portfolio *portfolio, const struct return_history *history,
                       const struct return_series *series, int128 value);
/* Adds another portfolio whole. */
void var_portfolio_merge(struct var_portfolio *portfolio, const struct var_portfolio *other);

enum var_confidence { VAR_95, VAR_99 };

/* Losses of one step, in the unit of the profits, the last of which stands first; 0 without any. */
double var_parametric(const double *profits, size_t steps, enum var_confidence confidence);
double var_historical(const double *profits, size_t steps, enum var_confidence confidence);

#endif
