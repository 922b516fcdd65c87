#!/bin/sh
# run.sh DIRECTORY [NAME...]: runs the benchmarks built in DIRECTORY, all or those named, and prints a table.
set -eu
directory=$1
shift
[ $# -gt 0 ] || set -- codec model inbox orders rules positions risk alert_rows backtest feed venue recording publish read worker latency restart alerts gateway deck halt screen
printf '%-44s %14s %14s %7s %s\n' what here 'bare nats.c' ratio wanted
for name in "$@"; do
    "$directory/bench_$name" 2>/dev/null || { echo "bench_$name failed" >&2; exit 1; }
done
