#!/bin/sh
# A simulated day, from the auction to the close, traded from the keyboard at 80x24: buy, work, amend, cancel, be
# alerted, acknowledge, take profit, halt, resume, flatten. What is read here is what a person sees.
#
# day_walk.sh TAPEDECK: 0 when all was seen, 77 when there is no tmux.
set -eu
export LC_ALL=C.UTF-8 TERM=xterm-256color
tapedeck=$1
command -v tmux >/dev/null || { echo "SKIP: there is no tmux"; exit 77; }
here=$(mktemp -d)

tmux() { command tmux -S "$here/tmux" -f /dev/null "$@"; }
key() { tmux send-keys "$@"; }
type_in() { tmux send-keys -l -- "$1"; }
look() { tmux capture-pane -p >"$here/now"; }

# The deck ends when its terminal goes; its files are removed behind it.
tidy() {
    tmux kill-server 2>/dev/null || :
    [ ! -s "$here/pid" ] || timeout 10 tail --pid="$(cat "$here/pid")" -f /dev/null || :
    rm -rf "$here"
}
trap tidy EXIT
trap 'exit 1' INT TERM HUP

fail() {
    look 2>/dev/null || :
    echo "$step: $*; the screen is:"
    cat "$here/now"
    exit 1
}

# Waits until the screen changes.
wait_for_output() {
    timeout 30 dd bs=65536 count=1 <&3 >/dev/null 2>&1 || fail "nothing moves any more"
}

# see TEXT...: until all of them are on the screen at once; not TEXT: until it is not.
see() {
    deadline=$(($(date +%s) + 90))
    while look; do
        missing=
        for text; do grep -qF -- "$text" "$here/now" || missing=$text; done
        [ -n "$missing" ] || return 0
        [ "$(date +%s)" -lt $deadline ] || fail "\"$missing\" is not seen"
        wait_for_output
    done
}
not() {
    deadline=$(($(date +%s) + 90))
    while look; grep -qF -- "$1" "$here/now"; do
        [ "$(date +%s)" -lt $deadline ] || fail "\"$1\" is still seen"
        wait_for_output
    done
}

# go NAME: to a screen by its name, so that its digit does not matter.
go() {
    key :
    see ':_'
    type_in "$1"
    key Enter
}

step=start
mkfifo "$here/output" "$here/ended"
exec 3<>"$here/output" 4<>"$here/ended"
cat >"$here/config" <<END
[deck]
feed = sim:seed=7,session=60
state_dir = $here/state
[risk]
gross_exposure = 40000
END
cat >"$here/deck" <<END
echo \$\$ >"$here/pid"
exec "$tapedeck" --config "$here/config" 2>"$here/errors"
END
tmux new-session -d -x 80 -y 24 "sh '$here/deck'; echo \$? >'$here/ended'"
tmux pipe-pane -O "cat >'$here/output'"

step="before the open"
see 'PAPER' 'AAPL' 'AUCT' 'No positions yet.'
not AUCT

# A ticket begins at the quantity; its type stands above. What is bought at the market is bought for certain.
step=buy
key b
see 'Buy AAPL on NYSE' 'quantity'
type_in 300
key BTab
key +
see ' market '
key Enter
see 'Buy 300 AAPL' 'Enter sends it'
key Enter
see 'illed' ' 300 '
key Escape
see '+300'

step=work
key b
see 'quantity'
key Tab
type_in 187
key Enter
see 'at 187.00 or better' 'Enter sends it'
key Enter
see 'It works.'
key Escape
go orders
see 'Working orders of SIM-1' '187.00' 'working'

step=amend
key e
see 'Change the buy of AAPL'
key Tab
type_in 186
key Enter
see 'to 100 at 186.00' 'Enter sends it'
key Enter
see 'Changed.'
key Escape
not 'Changed.'

step=cancel
key c
see 'c cancel the order'
key c
see 'Nothing works'

step=alert
go alerts
see 'CRITICAL' 'gross exposure' '1 not acknowledged'
key a
see '0 not acknowledged' 'ack '

step='take profit'
go positions
see '+300'
key x
see 'Sell AAPL on NYSE' '300'
key BTab
key +
see ' market '
key Enter
see 'Sell 300 AAPL' 'Enter sends it'
key Enter
see 'illed'
key Escape
see 'No positions.'

step=halt
key H
see HALT
type_in HALT
key Enter
see 'HALTED'

step=resume
key R
see RESUME
type_in RESUME
key Enter
not HALTED

step=flatten
go deck
see 'AAPL'
key b
see 'quantity'
key BTab
key +
see ' market '
key Enter
see 'Buy 100 AAPL' 'Enter sends it'
key Enter
see 'illed'
key Escape
see '+100'
go risk
see 'Limits of SIM-1' 'R resume'
key F
see 'CLOSES EVERY POSITION'
type_in FLATTEN
key Enter
see 'flat, 0 positions, 0 working orders'
go positions
see 'No positions.'

step='after the close'
go deck
see 'HALT'

step=leave
key q
status=$(timeout 30 head -n 1 <&4) || fail "it does not end"
[ "$status" = 0 ] || fail "it ended with $status"
[ ! -s "$here/errors" ] || fail "it says: $(cat "$here/errors")"
echo "a day was traded"
