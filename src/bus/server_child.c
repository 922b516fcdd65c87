/* The child must end with its parent, whatever ends the parent, and must hold the lock on the store until it is gone.
 * Between fork and exec only calls are made that are safe there, for other threads may have held any lock. */
#include "bus/server_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/timestamp.h"

/* The descriptors of the child: 0 to 2 as usual, then these two, then nothing. */
enum { CHILD_LOCK_FD = 3, CHILD_REPORT_FD = 4, CHILD_FDS = 5 };

static bool is_program(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

static bool find_in(const char *directories, const char *program, char *path, size_t size)
{
    for (const char *at = directories; at != NULL && *at != '\0';) {
        size_t length = strcspn(at, ":");
        if (length > 0) {
            int wanted = snprintf(path, size, "%.*s/%s", (int)length, at, program);
            if (wanted > 0 && (size_t)wanted < size && is_program(path))
                return true;
        }
        at += length;
        if (*at == ':')
            at++;
    }
    return false;
}

int server_child_find(const char *program, char *path, size_t size, struct error *error)
{
    if (strchr(program, '/') != NULL) {
        int wanted = snprintf(path, size, "%s", program);
        if (wanted > 0 && (size_t)wanted < size && is_program(path))
            return 0;
        return error_set(error, ERROR_SERVER, "%s is not a program that can be run", program);
    }
    if (find_in(getenv("PATH"), program, path, size))
        return 0;
    if (find_in("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin", program, path, size))
        return 0;
    return error_set(error, ERROR_SERVER, "%s is not installed: apt-get install nats-server", program);
}

/* Never returns. What fails is written to the report pipe as an errno. */
static void become_server(const struct server_child_options *options, pid_t parent, int null_fd, int log_fd,
                          int report_fd)
{
    static char config_flag[] = "-c";
    char *const arguments[] = {(char *)(uintptr_t)options->program, config_flag,
                               (char *)(uintptr_t)options->config_path, NULL};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    setsid();
    umask(077);
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);

    struct sigaction standard;
    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; number++)
        sigaction(number, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);

    /* Copied out of the way first, for each target may be one of the sources. */
    int high_null = fcntl(null_fd, F_DUPFD_CLOEXEC, CHILD_FDS);
    int high_log = fcntl(log_fd, F_DUPFD_CLOEXEC, CHILD_FDS);
    int high_lock = fcntl(options->lock_fd, F_DUPFD_CLOEXEC, CHILD_FDS);
    int high_report = fcntl(report_fd, F_DUPFD_CLOEXEC, CHILD_FDS);
    if (high_null >= 0 && high_log >= 0 && high_lock >= 0 && high_report >= 0 && dup2(high_null, 0) >= 0 &&
        dup2(high_log, 1) >= 0 && dup2(high_log, 2) >= 0 && dup2(high_lock, CHILD_LOCK_FD) >= 0 &&
        dup3(high_report, CHILD_REPORT_FD, O_CLOEXEC) >= 0) {
        close_range(CHILD_FDS, ~0U, 0);
        report_fd = CHILD_REPORT_FD;
        execv(options->program, arguments);
    }
    int problem = errno;
    ssize_t written = write(report_fd, &problem, sizeof problem);
    _exit(written > 0 ? 127 : 126);
}

int server_child_start(struct server_child *child, const struct server_child_options *options, struct error *error)
{
    int result = -1, report[2] = {-1, -1}, log_fd = -1;
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null_fd < 0 || pipe2(report, O_CLOEXEC) < 0) {
        error_set(error, ERROR_FAILED, "cannot prepare the start of nats-server: %s", strerror(errno));
        goto out;
    }
    log_fd = open(options->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (log_fd < 0) {
        error_set(error, ERROR_FAILED, "cannot write %s: %s", options->log_path, strerror(errno));
        goto out;
    }
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        become_server(options, parent, null_fd, log_fd, report[1]);
    if (pid < 0) {
        error_set(error, ERROR_FAILED, "cannot start a process for nats-server: %s", strerror(errno));
        goto out;
    }
    close(report[1]);
    report[1] = -1;
    int problem = 0;
    ssize_t got;
    while ((got = read(report[0], &problem, sizeof problem)) < 0 && errno == EINTR)
        ;
    if (got == (ssize_t)sizeof problem) {
        waitpid(pid, NULL, 0);
        error_set(error, ERROR_SERVER, "cannot run %s: %s", options->program, strerror(problem));
        goto out;
    }
    *child = (struct server_child){.pid = pid, .pid_fd = pidfd_open(pid, 0)};
    result = 0;
out:
    if (log_fd >= 0)
        close(log_fd);
    for (int i = 0; i < 2; i++)
        if (report[i] >= 0)
            close(report[i]);
    if (null_fd >= 0)
        close(null_fd);
    return result;
}

static bool reap(struct server_child *child, int *status)
{
    pid_t got;
    while ((got = waitpid(child->pid, status, WNOHANG)) < 0 && errno == EINTR)
        ;
    if (got == 0)
        return false;
    if (child->pid_fd >= 0)
        close(child->pid_fd);
    *child = (struct server_child){.pid = 0, .pid_fd = -1};
    return true;
}

enum server_child_event server_child_wait(struct server_child *child, int wake_fd, int timeout_ms, int *status)
{
    int64_t end_ns = timeout_ms < 0 ? INT64_MAX : clock_monotonic_ns() + timeout_ms * NS_PER_MS;
    for (;;) {
        if (reap(child, status))
            return SERVER_CHILD_ENDED;
        int64_t left_ns = end_ns - clock_monotonic_ns();
        if (left_ns <= 0)
            return SERVER_CHILD_TIMED_OUT;
        /* Without a descriptor for the child it is asked every 50 ms. */
        int64_t most_ms = child->pid_fd >= 0 ? 60000 : 50;
        int64_t left_ms = left_ns / NS_PER_MS + 1;
        struct pollfd fds[] = {{.fd = child->pid_fd, .events = POLLIN}, {.fd = wake_fd, .events = POLLIN}};
        int ready = poll(fds, 2, (int)(left_ms < most_ms ? left_ms : most_ms));
        if (ready > 0 && fds[1].revents != 0 && fds[0].revents == 0)
            return SERVER_CHILD_WOKEN;
    }
}

void server_child_end(struct server_child *child, int patience_ms)
{
    if (child->pid == 0)
        return;
    int status;
    kill(child->pid, SIGTERM);
    if (server_child_wait(child, -1, patience_ms, &status) == SERVER_CHILD_ENDED)
        return;
    kill(child->pid, SIGKILL);
    server_child_wait(child, -1, -1, &status);
}

void server_child_describe(int status, char *text, size_t size)
{
    if (WIFSIGNALED(status))
        snprintf(text, size, "it was killed by signal %d", WTERMSIG(status));
    else
        snprintf(text, size, "it exited with status %d", WEXITSTATUS(status));
}
