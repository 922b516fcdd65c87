#!/usr/bin/env python3
"""Writes positions_vectors.inc from pnl_vectors.json: the worked cases as C tables, so that the test needs no file.

    python3 positions_vectors.py pnl_vectors.json > positions_vectors.inc
"""
import json
import re
import sys
from fractions import Fraction


def exact(text):
    """`12.3333333333 [37/3]` is 37/3, `12.5` is itself."""
    bracket = re.search(r"\[(.*)\]", text)
    return Fraction(bracket.group(1) if bracket else text)


def c(text):
    value = exact(text)
    return f"{{{value.numerator}, {value.denominator}}}"


def main():
    cases = json.load(open(sys.argv[1]))
    print("/* Written by positions_vectors.py: do not edit. */")
    print("static const struct vector_step vector_steps[] = {")
    for case in cases:
        for fill, step in zip(case["fills"], case["steps"]):
            number, side, quantity, price, fee = fill
            print(f'    {{{case["n"]}, {number}, SIDE_{"BUY" if side == "B" else "SELL"}, {c(quantity)}, {c(price)}, '
                  f'{c(fee)}, {c(step["qty"])}, {c(step["avg"])}, {c(step["realized"])}, {c(step["fees"])}}},')
    print("};\n\nstatic const struct vector_case vector_cases[] = {")
    for case in cases:
        print(f'    {{{case["n"]}, "{case["name"]}", {case["mult"]}, {c(case["bid"])}, {c(case["ask"])},')
        for method in ("avgcost", "fifo"):
            end = case[method]
            print(("     {{" if method == "avgcost" else "      {") + ", ".join(c(end[key]) for key in ("qty", "avg", "realized_gross", "unreal_mid",
                                                              "unreal_liq")) +
                  ("}," if method == "avgcost" else "}},"))
        print(f'     {c(case["fees"])}, {c(case["total_net_mid"])}, {c(case["total_net_liq"])}}},')
    print("};")


if __name__ == "__main__":
    main()
