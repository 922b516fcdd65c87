#!/bin/sh
# ./run and ./check on machines that lack something: what they say, what they call, what they pass on. The machine is a
# PATH of stubs, so nothing is installed and nothing is built.
set -u
source=${TAPEDECK_SOURCE_DIR:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# expect NAME STATUS PATTERN: the last command ended with STATUS and its standard error has a line with PATTERN.
expect() {
    if [ "$status" -ne "$2" ] || ! grep -q -e "$3" "$work/err"; then
        echo "FAILED: $1: status $status, wanted $2 and a line with '$3'; standard error was:"
        cat "$work/err"
        failed=1
    fi
}

stub() { # NAME BODY
    printf '#!/bin/sh\n%s\n' "$2" >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}

# A fresh machine: the sources and the commands that every system has.
machine() {
    rm -rf "$work/bin" "$work/root" "$work/calls"
    mkdir -p "$work/bin" "$work/root/cmake"
    : >"$work/calls"
    cp "$source/run" "$source/check" "$work/root/"
    cp "$source/cmake/setup.sh" "$work/root/cmake/"
    for command in sh dirname mkdir grep cat tail rm chmod; do
        ln -s "$(command -v $command)" "$work/bin/$command"
    done
    stub nproc 'echo 2'
    stub id 'echo 1000'
}

# A machine that has everything; cmake makes a binary that tells its arguments.
complete_machine() {
    machine
    stub dpkg-query 'echo installed'
    stub ninja ''
    stub cc ''
    stub apt-get 'echo "apt-get $*" >>"$CALLS"'
    stub ctest 'echo "ctest $*" >>"$CALLS"; exit ${CTEST_STATUS:-0}'
    stub cmake 'echo "cmake $*" >>"$CALLS"
case $1 in
--preset) mkdir -p "build/$2"; echo "TAPEDECK_TESTS:BOOL=${5#*=}" >"build/$2/CMakeCache.txt"
    [ "$2" != fails ]; : >"build/$2/build.ninja" ;;
--build) [ -z "${BROKEN:-}" ] || { echo "it is broken"; exit 1; }
    printf "#!/bin/sh\nprintf \"<%%s>\" \"\$@\"\n" >"$2/tapedeck"; chmod +x "$2/tapedeck" ;;
esac'
}

start() { # COMMAND ARGUMENT...
    CALLS="$work/calls" PATH="$work/bin" "$work/root/$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
}

machine
stub dpkg-query 'exit 1'
start run
expect 'no apt' 1 '^run: there is no apt-get; install by hand: cmake ninja-build gcc .*libnats-dev'

machine
stub dpkg-query 'exit 1'
stub apt-get 'exit 0'
start run
expect 'no rights' 1 '^run: no rights to install packages; as root: apt-get install cmake'

machine
stub dpkg-query 'exit 1'
stub apt-get 'exit 0'
stub sudo 'exit 1'
start check
expect 'sudo refuses' 1 '^check: the packages could not be installed .*; as root: apt-get install .*libcmocka-dev'

machine
stub dpkg-query 'exit 1'
stub id 'echo 0'
stub env 'while [ "${1#*=}" != "$1" ]; do shift; done; "$@"'
stub apt-get 'echo "apt-get $*" >>"$CALLS"'
start run
grep -q 'install -y .*nats-server' "$work/calls" || { echo "FAILED: apt-get was not asked"; failed=1; }
expect 'installs as root' 1 '^run: installing the Debian packages cmake'

complete_machine
start run --feed 'recording:a b.gz' ''
expect 'starts' 0 '^run: building build/release'
[ "$(cat "$work/out")" = '<--feed><recording:a b.gz><>' ] || { echo "FAILED: arguments: $(cat "$work/out")"; failed=1; }
grep -q apt-get "$work/calls" && { echo "FAILED: apt-get was asked although nothing is missing"; failed=1; }
: >"$work/calls"
start run
grep -q -e --preset "$work/calls" && { echo "FAILED: configured a second time"; failed=1; }

complete_machine
BROKEN=yes
export BROKEN
start run
expect 'build fails' 1 'it is broken'
expect 'build fails' 1 '^run: build/release could not be built, see above'
unset BROKEN

complete_machine
start check
expect 'check passes' 0 '^check: all is well'
[ "$(grep -c '^ctest ' "$work/calls")" = 2 ] || { echo "FAILED: the tests ran $(grep -c '^ctest ' "$work/calls") times"; failed=1; }
CTEST_STATUS=8
export CTEST_STATUS
start check
expect 'a test fails' 8 '^check: testing build/release'

[ "$failed" -eq 0 ] && echo 'all is well'
exit "$failed"
