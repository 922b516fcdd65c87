/* The built program with its screen on a pseudo-terminal of 200x60, 500 instruments and 10,000 quotes/s: what the
 * screen thread and the process take of a core, what goes to the terminal, and how soon a key is answered; then the
 * same with a limit of 10 KB/s.
 *
 * usage: bench_screen [SECONDS]: of each measurement, 10 otherwise. */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/temporary.h"
#include "bench/bench.h"
#include "core/clock.h"
#include "core/timestamp.h"

enum { ROWS = 60, COLS = 200, WARM_UP_S = 8, KEYS = 100, KEY_EVERY_MS = 300, LONGEST_S = 30, KEPT = 64 };

struct seen {
    pid_t child;
    int master;
    uint64_t bytes;
    char last[KEPT]; /* what came last, for the answer to a key that comes in pieces */
};

/* User and system time of a thread, or of all of a process, in seconds. */
static double cpu_seconds(pid_t process, bool main_thread_only)
{
    char path[64], text[1024];
    unsigned long user = 0, kernel = 0;
    if (main_thread_only)
        snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)process, (int)process);
    else
        snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        bench_fail("the screen is gone");
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    const char *behind_name = strrchr(text, ')');
    if (behind_name == NULL ||
        sscanf(behind_name, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel) != 2)
        bench_fail("/proc/PID/stat has another form");
    return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

static void start(struct seen *seen, const char *limit)
{
    struct winsize size = {.ws_row = ROWS, .ws_col = COLS};
    *seen = (struct seen){0};
    seen->child = forkpty(&seen->master, NULL, NULL, &size);
    if (seen->child < 0)
        bench_fail("no pseudo-terminal");
    if (seen->child == 0) {
        setenv("TERM", "xterm-256color", 1);
        setenv("COLORTERM", "truecolor", 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        execl(TAPEDECK_BINARY, "tapedeck", "--state-dir", temporary_path("state"), "--feed",
              "sim:seed=1,instruments=500,rate=20", "--feed-limit", "0", "--http", "off", "--max-kbps", limit, NULL);
        _exit(127);
    }
    fcntl(seen->master, F_SETFL, O_NONBLOCK);
}

/* Reads what comes until `until_ns`, or until `wanted` (may be NULL) has come: then true. */
static bool read_screen(struct seen *seen, int64_t until_ns, const char *wanted)
{
    static char text[KEPT + 65536];
    for (int64_t now_ns; (now_ns = clock_monotonic_ns()) < until_ns;) {
        struct pollfd output = {.fd = seen->master, .events = POLLIN};
        poll(&output, 1, (int)((until_ns - now_ns) / NS_PER_MS) + 1);
        size_t kept = strlen(seen->last);
        memcpy(text, seen->last, kept);
        ssize_t count = read(seen->master, text + kept, sizeof text - kept - 1);
        if (count <= 0)
            continue;
        seen->bytes += (uint64_t)count;
        text[kept + (size_t)count] = '\0';
        size_t length = kept + (size_t)count, keep = length < KEPT - 1 ? length : KEPT - 1;
        memcpy(seen->last, text + length - keep, keep + 1);
        if (wanted != NULL && strstr(text, wanted) != NULL)
            return true;
    }
    return false;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Types a key and waits for what it brings to the screen; returns how long that took, in ms. */
static double press(struct seen *seen, const char *key, const char *wanted)
{
    seen->last[0] = '\0';
    int64_t start_ns = clock_monotonic_ns();
    if (write(seen->master, key, 1) != 1 || !read_screen(seen, start_ns + LONGEST_S * NS_PER_SECOND, wanted))
        bench_fail("a key was not answered");
    return (double)(clock_monotonic_ns() - start_ns) / 1e6;
}

/* The command line opens with ":", and closes with Backspace: then the keys are named again. */
static void measure_keys(struct seen *seen, const char *what)
{
    static double took_ms[KEYS];
    char label[96];
    for (int i = 0; i < KEYS; i++) {
        read_screen(seen, clock_monotonic_ns() + (KEY_EVERY_MS + i % 31) * NS_PER_MS, NULL);
        took_ms[i] = i % 2 == 0 ? press(seen, ":", ":_") : press(seen, "\177", "uit");
    }
    qsort(took_ms, KEYS, sizeof took_ms[0], compare);
    snprintf(label, sizeof label, "screen: key to answer, p50%s", what);
    bench_print_one(label, took_ms[KEYS / 2], "ms");
    snprintf(label, sizeof label, "screen: key to answer, p99%s (20 wanted)", what);
    bench_print_one(label, took_ms[KEYS * 99 / 100], "ms");
}

static void end(struct seen *seen)
{
    int status = 0;
    kill(seen->child, SIGTERM);
    while (waitpid(seen->child, &status, WNOHANG) == 0)
        read_screen(seen, clock_monotonic_ns() + 20 * NS_PER_MS, NULL);
    close(seen->master);
}

static void run(const char *limit, const char *what, int seconds)
{
    struct seen seen;
    char label[96];
    start(&seen, limit);
    if (!read_screen(&seen, clock_monotonic_ns() + LONGEST_S * NS_PER_SECOND, "q/s"))
        bench_fail("the screen does not come up");
    read_screen(&seen, clock_monotonic_ns() + WARM_UP_S * NS_PER_SECOND, NULL);
    double thread_s = cpu_seconds(seen.child, true), process_s = cpu_seconds(seen.child, false);
    int64_t start_ns = clock_monotonic_ns();
    seen.bytes = 0;
    read_screen(&seen, start_ns + seconds * NS_PER_SECOND, NULL);
    double took = (double)(clock_monotonic_ns() - start_ns) / 1e9;
    snprintf(label, sizeof label, "screen: to the terminal%s", what);
    bench_print_one(label, (double)seen.bytes / took / 1e3, "KB/s");
    snprintf(label, sizeof label, "screen: its thread%s (10 wanted)", what);
    bench_print_one(label, (cpu_seconds(seen.child, true) - thread_s) * 100 / took, "% core");
    snprintf(label, sizeof label, "screen: the process%s (40 wanted)", what);
    bench_print_one(label, (cpu_seconds(seen.child, false) - process_s) * 100 / took, "% core");
    measure_keys(&seen, what);
    end(&seen);
}

int main(int count, char **arguments)
{
    int seconds = (int)bench_argument(count, arguments, 1, 10);
    temporary_make();
    run("0", "", seconds);
    run("10", ", 10 KB/s", seconds);
    temporary_remove();
    return 0;
}
