#!/usr/bin/env python3
"""Random returns, and the value at risk that follows from them.

An independent statement of the rule: the whole covariance matrix in exact fractions, the root with fifty digits, the
quantile by its definition. It writes value_at_risk.inc; run it again after changing the cases:

    python3 value_at_risk.py > value_at_risk.inc
"""
import random
from decimal import Decimal, getcontext
from fractions import Fraction

getcontext().prec = 50
LAMBDA = Fraction(94, 100)
RETURN_ONE = 10**12


def decimal(fraction):
    return Decimal(fraction.numerator) / Decimal(fraction.denominator)


def covariance(returns):
    """returns[step][asset], the oldest step first; about a mean of zero, with weights that add up to one."""
    steps, assets = len(returns), len(returns[0])
    weights = [LAMBDA ** (steps - 1 - step) for step in range(steps)]
    total = sum(weights)
    return [[sum(w * r[i] * r[j] for w, r in zip(weights, returns)) / total for j in range(assets)]
            for i in range(assets)]


# Deviations and share of what lies beyond, at 99 and at 95 %.
TAILS = [(Decimal("2.326"), 100), (Decimal("1.645"), 20)]


def parametric(values, returns, deviations):
    matrix = covariance(returns)
    variance = sum(values[i] * matrix[i][j] * values[j] for i in range(len(values)) for j in range(len(values)))
    return deviations * decimal(variance).sqrt()


def historical(values, returns, one_in):
    profits = sorted(sum(v * r for v, r in zip(values, step)) for step in returns)
    place = Fraction(len(profits) - 1, one_in)
    below = int(place)
    quantile = profits[below]
    if below + 1 < len(profits):
        quantile += (place - below) * (profits[below + 1] - quantile)
    return decimal(max(-quantile, Fraction(0)))


def case(generator, values, steps, drift):
    common = [generator.gauss(drift, 2e-4) for _ in range(steps)]
    whole = [[round((c * (1 - a / 4) + generator.gauss(0, 1e-4)) * RETURN_ONE) for a in range(len(values))]
             for c in common]
    returns = [[Fraction(r, RETURN_ONE) for r in step] for step in whole]
    numbers = [str(r) for step in whole for r in step]
    print(f"    {{{len(values)}, {steps}, {{{', '.join(str(v) for v in values)}}},")
    for deviations, one_in in TAILS:
        print(f"     {float(parametric(values, returns, deviations))!r}, {float(historical(values, returns, one_in))!r},")
    print("     {", end="")
    width = 6
    for at in range(0, len(numbers), 8):
        print(("" if at == 0 else " " * width) + ", ".join(numbers[at:at + 8]), end="")
        print("," if at + 8 < len(numbers) else "}},\n", end="\n" if at + 8 < len(numbers) else "")


def main():
    generator = random.Random(7)
    print("/* Written by value_at_risk.py: do not edit. */")
    case(generator, [100000], 20, 0)
    case(generator, [250000, -120000, 40000], 120, 0)
    case(generator, [-3, 7], 360, 0)
    case(generator, [1000000, 1000000], 60, 0.01)  # never a loss


main()
