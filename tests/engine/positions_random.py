#!/usr/bin/env python3
"""Random fills and what must follow from each, worked out with exact fractions.

An independent statement of the position rules: average cost with the formulas as they are taught, FIFO with a list of
lots, everything as a fraction, rounded half-even only when written. Without an argument it writes positions_random.inc;
run it again after changing the regimes:

    python3 positions_random.py > positions_random.inc

With a number it writes so many sequences of 1 to 30 fills, a fill per line and without C around it, which the test
reads as they come.
"""
import random
import sys
from fractions import Fraction

MONEY, PRICE, QUANTITY = 10**17, 10**9, 10**8


def half_even(fraction):
    return round(fraction)  # Python rounds fractions half to even


class AverageCost:
    def __init__(self):
        self.quantity = self.average = self.realized = Fraction(0)

    def fill(self, d, price, multiplier):
        sign = (self.quantity > 0) - (self.quantity < 0)
        if self.quantity * d >= 0:
            self.average = (self.average * self.quantity + d * price) / (self.quantity + d)
            self.quantity += d
            return
        closed = min(abs(self.quantity), abs(d))
        self.realized += sign * closed * (price - self.average) * multiplier
        self.quantity += d
        if self.quantity == 0:
            self.average = Fraction(0)
        elif abs(d) > closed:
            self.average = price

    def cost(self):
        return self.quantity * self.average


class Fifo:
    def __init__(self):
        self.lots, self.realized = [], Fraction(0)

    def fill(self, d, price, multiplier):
        while d and self.lots and self.lots[0][0] * d < 0:
            open_quantity, open_price = self.lots[0]
            closed = min(abs(open_quantity), abs(d))
            sign = 1 if open_quantity > 0 else -1
            self.realized += sign * closed * (price - open_price) * multiplier
            self.lots[0] = (open_quantity - sign * closed, open_price)
            d += sign * closed
            if self.lots[0][0] == 0:
                self.lots.pop(0)
        if d:
            self.lots.append((d, price))

    def cost(self):
        return sum((q * p for q, p in self.lots), Fraction(0))


# name, multiplier, quantities in 1e-8, prices in 1e-9 (lowest, highest, step), fees in 1e-17
REGIMES = [
    ("shares", 1, (100_000_000, 500_000_000_00, 100_000_000), (10_000_000_000, 500_000_000_000, 10_000_000), 10**17),
    ("crypto", 1, (1_000, 500_000_000, 1), (100_000_000, 70_000_000_000_000, 10_000_000), 10**15),
    ("future", 50, (100_000_000, 2_000_000_000, 100_000_000), (4_000_000_000_000, 5_000_000_000_000, 250_000_000), 10**17),
    ("oil", 1000, (100_000_000, 900_000_000, 100_000_000), (-40_000_000_000, 60_000_000_000, 10_000_000), 10**16),
    ("dust", 1, (1, 9, 1), (1, 9, 1), 1),
    ("dust of a future", 3, (1, 7, 1), (-5, 9, 1), 1),
    ("large", 1, (1, 10**17, 1), (1, 10**18, 1), 10**22),
]


def money(value):
    sign = "-" if value < 0 else ""
    whole, rest = divmod(abs(value), MONEY)
    return f"{sign}{whole}" + (f".{rest:017d}".rstrip("0") if rest else "")


def sequence(regime, rng, length):
    """The fills of one position: (buy, quantity, price, fee, quantity after, fees, average price, and four sums)."""
    _, multiplier, (low, high, step), prices, fee_step = regime
    average, fifo, fees = AverageCost(), Fifo(), 0
    for _ in range(length):
        quantity = low + step * rng.randrange((high - low) // step + 1)
        if average.quantity and rng.random() < 0.45:  # close a share, all, or flip
            open_quantity = abs(int(average.quantity * QUANTITY))
            quantity = rng.choice([open_quantity, max(open_quantity // 3 // step * step, step), open_quantity + step])
            buy = average.quantity < 0
        else:
            buy = rng.random() < 0.5
        price = rng.randrange(prices[0], prices[1] + 1, prices[2])
        fee = rng.randrange(-3, 10) * fee_step
        fees += fee
        d = Fraction(quantity if buy else -quantity, QUANTITY)
        average.fill(d, Fraction(price, PRICE), multiplier)
        fifo.fill(d, Fraction(price, PRICE), multiplier)
        yield [buy, str(quantity), str(price), money(fee), str(int(average.quantity * QUANTITY)), money(fees),
               str(half_even(average.average * PRICE))] + [
                   money(half_even(value * MONEY))
                   for value in (average.cost(), average.realized, fifo.cost(), fifo.realized)]


def write_table():
    print("/* Written by positions_random.py: do not edit. */")
    for number, regime in enumerate(REGIMES):
        for buy, *fill in sequence(regime, random.Random(20261123 + number), 40):
            quoted = [f'"{text}"' if i in (2, 4, 6, 7, 8, 9) else text for i, text in enumerate(fill)]
            print("{" + ", ".join([str(number), str(regime[1]), "SIDE_BUY" if buy else "SIDE_SELL"] + quoted) + "},")


def write_sequences(count):
    for number in range(count):
        rng = random.Random(number)
        regime = REGIMES[number % len(REGIMES)]
        for buy, *fill in sequence(regime, rng, rng.randint(1, 30)):
            print(number, regime[1], "buy" if buy else "sell", *fill)


if __name__ == "__main__":
    write_sequences(int(sys.argv[1])) if len(sys.argv) > 1 else write_table()
