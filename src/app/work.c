/* `tapedeck work`. The worker fills the inbox with one message at a time; this thread runs the command for it and
 * settles it by the exit code. The payload is a file in memory, so that nobody waits for a command that does not read.
 */
#include "app/work.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/server_access.h"
#include "app/signals.h"
#include "bus/inbox.h"
#include "bus/tape.h"
#include "bus/worker.h"
#include "core/log.h"

enum {
    INBOX_BYTES = 4 << 20,
    ACK_WAIT_MS = 30000,
    EXTEND_MS = ACK_WAIT_MS / 2, /* a command that takes longer gets more time */
    EXIT_NOT_NOW = 75,           /* EX_TEMPFAIL of sysexits.h */
    VARIABLES = 4,
    VARIABLE_SIZE = 320,
};

struct work {
    const struct options *options;
    const char *stream;
    struct inbox *inbox;
    struct tape *tape;
    struct worker *worker;
    int stop_fd;
    bool was_connected;
};

/* Our environment with the variables about a message in front; freed as one. `texts` holds them. */
static char **make_environment(const struct work *work, const struct inbox_item *item,
                               char texts[VARIABLES][VARIABLE_SIZE])
{
    extern char **environ;
    size_t count = 0, at = 0;

    while (environ[count] != NULL)
        count++;
    char **environment = calloc(count + VARIABLES + 1, sizeof(char *));

    assert(environment != NULL);
    snprintf(texts[0], VARIABLE_SIZE, "TAPEDECK_SUBJECT=%s", item->subject);
    snprintf(texts[1], VARIABLE_SIZE, "TAPEDECK_STREAM=%s", work->stream);
    snprintf(texts[2], VARIABLE_SIZE, "TAPEDECK_SEQUENCE=%" PRIu64, item->sequence);
    snprintf(texts[3], VARIABLE_SIZE, "TAPEDECK_DELIVERY=%" PRIu64, item->deliveries);
    for (; at < VARIABLES; at++)
        environment[at] = texts[at];
    for (size_t i = 0; i < count; i++) {
        bool ours = false;

        for (size_t j = 0; j < VARIABLES; j++)
            ours = ours || strncmp(environ[i], texts[j], strcspn(texts[j], "=") + 1) == 0;
        if (!ours)
            environment[at++] = environ[i];
    }
    return environment;
}

/* The payload as a file to read from its start. */
static int open_payload(const struct inbox_item *item, struct error *error)
{
    int fd = memfd_create("payload", MFD_CLOEXEC);

    if (fd < 0)
        return error_set(error, ERROR_FAILED, "cannot make a file in memory: %s", strerror(errno));
    for (size_t done = 0; done < item->payload_bytes;) {
        ssize_t written = write(fd, item->payload + done, item->payload_bytes - done);

        if (written < 0) {
            error_set(error, ERROR_FAILED, "cannot write a file in memory: %s", strerror(errno));
            close(fd);
            return -1;
        }
        done += (size_t)written;
    }
    lseek(fd, 0, SEEK_SET);
    return fd;
}

/* Starts the command with the signals as they were before we took them. It has a process group of its own, so that a
 * key that ends us does not end the command under way. */
static int start(const struct work *work, const struct inbox_item *item, pid_t *pid, struct error *error)
{
    char texts[VARIABLES][VARIABLE_SIZE];
    char **command = work->options->work.command;
    int fd = open_payload(item, error);

    if (fd < 0)
        return -1;
    char **environment = make_environment(work, item, texts);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;

    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    int problem = posix_spawnp(pid, command[0], &actions, &attributes, command, environment);

    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    free(environment);
    close(fd);
    if (problem == 0)
        return 0;
    return error_set(error, ERROR_FAILED, "cannot run '%.100s': %s", command[0], strerror(problem));
}

/* Waits for the command, and asks for more time while it runs. Returns waitpid's status. */
static int wait_for(const struct work *work, uint64_t handle, pid_t pid)
{
    int status = 0;
    struct pollfd fd = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};

    while (fd.fd >= 0) {
        int ready = poll(&fd, 1, EXTEND_MS);

        if (ready > 0)
            break;
        if (ready == 0)
            worker_extend(work->worker, handle);
    }
    if (fd.fd >= 0)
        close(fd.fd);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

static int work_message(const struct work *work, const struct inbox_item *item, struct error *error)
{
    char reason[96];
    pid_t pid;

    if (start(work, item, &pid, error) != 0)
        return -1;
    int status = wait_for(work, item->handle, pid);

    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        worker_ack(work->worker, item->handle);
        return 0;
    }
    bool later = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NOT_NOW;

    if (WIFSIGNALED(status))
        snprintf(reason, sizeof(reason), "the command was ended by signal %d", WTERMSIG(status));
    else if (later)
        snprintf(reason, sizeof(reason), "the command said not now (exit code %d)", EXIT_NOT_NOW);
    else
        snprintf(reason, sizeof(reason), "the command failed with exit code %d", WEXITSTATUS(status));
    log_info("work", "message %" PRIu64 " of stream %s, delivery %" PRIu64 ": %s", item->sequence, work->stream,
             item->deliveries, reason);
    if (later)
        worker_later(work->worker, item->handle);
    else
        worker_nak(work->worker, item->handle, reason);
    return 0;
}

/* A lost connection is waited out; only when it is given up, the program ends. */
static int take_connection(struct work *work, const struct connection_status *status, struct error *error)
{
    bool connected = status->state == CONNECTION_CONNECTED;

    if (status->state == CONNECTION_CLOSED)
        return error_set(error, ERROR_SERVER, "the server is gone: %s", status->problem);
    if (work->was_connected && !connected)
        fputs("tapedeck: the connection is lost; waiting for the server\n", stderr);
    work->was_connected = connected;
    return 0;
}

static bool is_stopped(const struct work *work)
{
    struct pollfd fd = {.fd = work->stop_fd, .events = POLLIN};

    return poll(&fd, 1, 0) > 0;
}

static int loop(struct work *work, struct error *error)
{
    struct pollfd fds[] = {{.fd = inbox_fd(work->inbox), .events = POLLIN}, {.fd = work->stop_fd, .events = POLLIN}};
    struct inbox_item item;

    while (!is_stopped(work)) {
        if (!inbox_take(work->inbox, &item)) {
            if (poll(fds, 2, -1) < 0 && errno != EINTR)
                return error_set(error, ERROR_FAILED, "cannot wait: %s", strerror(errno));
            continue;
        }
        if (item.kind == INBOX_MESSAGE && work_message(work, &item, error) != 0)
            return -1;
        if (item.kind == INBOX_CONNECTION && take_connection(work, &item.connection, error) != 0)
            return -1;
    }
    return 0;
}

static int work_stream(struct work *work, struct error *error)
{
    struct server_access access;

    if (server_access_find(&access, work->options, error) != 0)
        return -1;
    struct tape_options connection = server_access_options(&access, "tapedeck work");

    work->tape = tape_connect(&connection, error);
    server_access_free(&access);
    if (work->tape == NULL)
        return -1;
    tape_notify(work->tape, work->inbox);

    /* One at a time: what waits here for the command would be late for the others of the group. */
    const struct worker_options options = {.stream = work->stream,
                                           .durable = work->options->work.durable,
                                           .filter = work->options->work.filter,
                                           .group_size = (uint32_t)work->options->work.group,
                                           .batch = 1,
                                           .ack_wait_ms = ACK_WAIT_MS};

    work->worker = worker_create(work->tape, &options, work->inbox, error);
    return work->worker != NULL ? loop(work, error) : tape_explain(work->tape, error);
}

int work_run(const struct options *options, struct error *error)
{
    struct work work = {.options = options,
                        .stream = options->work.stream != NULL ? options->work.stream : "MARKET_DATA"};

    log_set_level(options->log_level);
    if (options->log_file != NULL && log_open(options->log_file, error) != 0)
        return -1;
    work.stop_fd = signals_open(error);
    if (work.stop_fd < 0)
        return -1;
    work.inbox = inbox_create(INBOX_BYTES);
    int result = work_stream(&work, error);

    inbox_close(work.inbox);
    worker_destroy(work.worker);
    if (work.tape != NULL)
        tape_unnotify(work.tape, work.inbox);
    tape_destroy(work.tape);
    inbox_destroy(work.inbox);
    close(work.stop_fd);
    return result;
}
