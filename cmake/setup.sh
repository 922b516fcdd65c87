# What ./run and ./check share: packages, configuring, building. Sourced by them, with `root` and `me` set. Everything
# it says goes to standard error, in one line each, because standard output belongs to the program that is started.

say() { echo "$me: $*" >&2; }
die() { say "$*"; exit 1; }

# have PACKAGE: a tool counts as there when its command is, however it was installed.
have() {
    case $1 in
    cmake | curl | openssl | python3 | tmux | nats-server | clang-14) command -v "$1" >/dev/null && return ;;
    ninja-build) command -v ninja >/dev/null && return ;;
    gcc) command -v cc >/dev/null && return ;;
    esac
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# lacking PACKAGE...: sets `missing` to those that are not installed; true when there are any.
lacking() {
    missing=
    for package; do have "$package" || missing="$missing $package"; done
    [ -n "$missing" ]
}

# install: installs `missing`. False, with the reason in `problem`, when that cannot be.
install() {
    problem="there is no apt-get; install by hand:$missing"
    command -v apt-get >/dev/null || return
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        problem="no rights to install packages; as root: apt-get install$missing"
        command -v sudo >/dev/null || return
        as_root=sudo
        [ -t 0 ] || as_root='sudo -n'
    fi
    say "installing the Debian packages$missing"
    mkdir -p "$root/build"
    problem="the packages could not be installed (build/apt.log says why); as root: apt-get install$missing"
    { $as_root apt-get update &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
            -o DPkg::Lock::Timeout=120 $missing; } >"$root/build/apt.log" 2>&1 </dev/null
}

# need PACKAGE...: installs what is missing. Asks no network when nothing is.
need() {
    if ! command -v dpkg-query >/dev/null; then
        say "this is no Debian, so nothing is installed; the packages are called there: $*"
        return
    fi
    lacking "$@" || return 0
    install || die "$problem"
}

# want PACKAGE...: the same for what can be done without; false when it is not there.
want() {
    ! lacking "$@" || install
}

# configure PRESET NAME=VALUE...: does nothing when the build directory already has these values.
configure() {
    preset=$1 cache=$root/build/$1/CMakeCache.txt same=yes flags=
    shift
    [ -f "$root/build/$preset/build.ninja" ] || [ -f "$root/build/$preset/Makefile" ] || same=no
    for value; do
        flags="$flags -D$value"
        grep -q "^${value%%=*}:[A-Z]*=${value#*=}\$" "$cache" 2>/dev/null || same=no
    done
    [ $same = no ] || return 0
    generator=
    [ -f "$cache" ] || ! command -v ninja >/dev/null || generator='-G Ninja'
    say "configuring build/$preset"
    mkdir -p "$root/build/$preset"
    (cd "$root" && cmake --preset "$preset" $generator $flags) >"$root/build/$preset/configure.log" 2>&1 ||
        { tail -n 20 "$root/build/$preset/configure.log" >&2; die "build/$preset could not be configured, see above"; }
}

# build PRESET [TARGET]: as parallel as the machine is. The output is shown when it fails, or as it comes on a terminal.
build() {
    say "building build/$1"
    if [ -t 2 ]; then
        cmake --build "$root/build/$1" -j "$(nproc)" ${2:+--target "$2"} >&2 || die "build/$1 could not be built, see above"
    else
        cmake --build "$root/build/$1" -j "$(nproc)" ${2:+--target "$2"} >"$root/build/$1/build.log" 2>&1 ||
            { grep -v '^\[' "$root/build/$1/build.log" | tail -n 60 >&2; die "build/$1 could not be built, see above"; }
    fi
}

BUILD_PACKAGES='cmake ninja-build gcc libc6-dev pkg-config libnats-dev nats-server libncurses-dev libcjson-dev
    libcurl4-openssl-dev libssl-dev libwebsockets-dev libmicrohttpd-dev zlib1g-dev libzstd-dev libinih-dev uthash-dev
    ncurses-term'
TEST_PACKAGES='libcmocka-dev tmux libvterm-dev curl python3 openssl'
FUZZ_PACKAGES='clang-14 libclang-rt-14-dev'
