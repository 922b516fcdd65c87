/* One thread forks the server, waits for its end, starts it again and ends it: the child dies when the thread that
 * forked it ends, so that thread must live as long as the server. */
#include "bus/embedded_server.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bus/server_child.h"
#include "bus/server_config.h"
#include "bus/server_store.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "core/timestamp.h"

enum {
    START_DEADLINE_MS = 15000,
    PORT_ATTEMPTS = 5,
    ANSWER_POLL_MS = 2,
    STOP_PATIENCE_MS = 3000,
    SHORTEST_PAUSE_MS = 100,
    LONGEST_PAUSE_MS = 5000,
    LARGEST_LOG_BYTES = 4 << 20,
};

/* A server that lived this long did not die of its start. */
#define STEADY_NS (10 * NS_PER_SECOND)

enum server_state { SERVER_STARTING, SERVER_READY, SERVER_FAILED };

struct embedded_server {
    struct server_config config;
    char program[PATH_MAX];
    char config_path[PATH_MAX], log_path[PATH_MAX], store_path[PATH_MAX];
    char url[128], monitor_url[128];
    int lock_fd, wake_fd;
    atomic_bool stopping;
    atomic_int pid;
    pthread_t thread;

    pthread_mutex_t mutex; /* for the three below */
    pthread_cond_t changed;
    enum server_state state;
    struct error error;
};

static void pause_ms(int ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * NS_PER_MS};
    nanosleep(&time, NULL);
}

/* A server that is just ending still holds the lock: its end is waited for. */
static int take_lock(int lock_fd, const char *directory, int64_t end_ns, struct error *error)
{
    while (flock(lock_fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return error_set(error, ERROR_FAILED, "cannot lock the store in %s: %s", directory, strerror(errno));
        if (clock_monotonic_ns() >= end_ns)
            return error_set(error, ERROR_IN_USE, "another nats-server is using the store in %s", directory);
        pause_ms(5);
    }
    return 0;
}

/* The reason a server gave for not starting: the last line marked as fatal or as an error that it wrote since
 * `offset`, or else its last line. "" when it wrote none. */
static void last_words(const char *log_path, off_t offset, char *text, size_t size)
{
    enum { LAST_BYTES = 16384 };
    static const char *const MARKS[] = {"[FTL] ", "[ERR] "};
    text[0] = '\0';
    FILE *log = fopen(log_path, "re");
    char *lines = malloc(LAST_BYTES + 1);
    if (log != NULL && lines != NULL && fseeko(log, 0, SEEK_END) == 0) {
        off_t end = ftello(log);
        fseeko(log, end - offset > LAST_BYTES ? end - LAST_BYTES : offset, SEEK_SET);
        size_t length = fread(lines, 1, LAST_BYTES, log);
        lines[length] = '\0';
        const char *chosen = NULL, *last = NULL;
        char *rest = NULL;
        for (char *line = strtok_r(lines, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
            last = line;
            for (size_t i = 0; i < sizeof MARKS / sizeof MARKS[0]; i++) {
                const char *mark = strstr(line, MARKS[i]);
                if (mark != NULL)
                    chosen = mark + strlen(MARKS[i]);
            }
        }
        if (chosen == NULL)
            chosen = last;
        if (chosen != NULL)
            text_clean(text, size, chosen, strlen(chosen));
    }
    free(lines);
    if (log != NULL)
        fclose(log);
}

static off_t log_length(const struct embedded_server *server)
{
    struct stat status;
    return stat(server->log_path, &status) == 0 ? status.st_size : 0;
}

static void set_state(struct embedded_server *server, enum server_state state, const struct error *error)
{
    pthread_mutex_lock(&server->mutex);
    server->state = state;
    if (error != NULL)
        server->error = *error;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->mutex);
}

/* Starts the child and waits until it answers. On failure it is gone again. */
static int start_child(struct embedded_server *server, struct server_child *child, int64_t end_ns, struct error *error)
{
    off_t offset = log_length(server);
    if (server_config_write(&server->config, server->config_path, server->store_path,
                            server_store_limit(server->store_path), error) < 0)
        return -1;
    const struct server_child_options options = {.program = server->program,
                                                 .config_path = server->config_path,
                                                 .log_path = server->log_path,
                                                 .lock_fd = server->lock_fd};
    if (server_child_start(child, &options, error) < 0)
        return -1;

    while (!server_config_answers(&server->config, 1000)) {
        int status;
        enum server_child_event event = server_child_wait(child, server->wake_fd, ANSWER_POLL_MS, &status);
        if (event == SERVER_CHILD_ENDED) {
            char how[64], words[160];
            server_child_describe(status, how, sizeof how);
            last_words(server->log_path, offset, words, sizeof words);
            bool taken = strstr(words, "address already in use") != NULL;
            return error_set(error, taken ? ERROR_IN_USE : ERROR_SERVER, "nats-server did not start: %s%s%s", how,
                             words[0] != '\0' ? ": " : "", words);
        }
        if (event == SERVER_CHILD_WOKEN || clock_monotonic_ns() >= end_ns) {
            server_child_end(child, STOP_PATIENCE_MS);
            return error_set(error, ERROR_SERVER, "nats-server did not answer within %d s; see %s",
                             START_DEADLINE_MS / 1000, server->log_path);
        }
    }
    return 0;
}

/* The first start may move to other ports when somebody was quicker; later ones may not, for clients know the port. */
static int start_first(struct embedded_server *server, struct server_child *child, struct error *error)
{
    int64_t end_ns = clock_monotonic_ns() + START_DEADLINE_MS * NS_PER_MS;
    for (int attempt = 1;; attempt++) {
        if (start_child(server, child, end_ns, error) == 0)
            return 0;
        if (error->kind != ERROR_IN_USE || attempt == PORT_ATTEMPTS || atomic_load(&server->stopping))
            return -1;
        if (server_config_pick_ports(&server->config, error) < 0)
            return -1;
    }
}

/* Waits for a child that ended and starts the next, until asked to stop. A server that dies soon after its start is
 * started again with growing pauses. */
static void supervise(struct embedded_server *server, struct server_child *child)
{
    int pause = 0;
    while (!atomic_load(&server->stopping)) {
        int64_t started_ns = clock_monotonic_ns();
        if (child->pid != 0) {
            int status;
            if (server_child_wait(child, server->wake_fd, -1, &status) != SERVER_CHILD_ENDED)
                continue;
            atomic_store(&server->pid, 0);
            char how[64];
            server_child_describe(status, how, sizeof how);
            log_error("bus", "nats-server ended (%s); it is started again", how);
        }
        if (clock_monotonic_ns() - started_ns > STEADY_NS)
            pause = 0;
        struct pollfd wake = {.fd = server->wake_fd, .events = POLLIN};
        if (poll(&wake, 1, pause) > 0)
            continue;
        pause = pause == 0 ? SHORTEST_PAUSE_MS : pause * 2 < LONGEST_PAUSE_MS ? pause * 2 : LONGEST_PAUSE_MS;

        struct error error = {0};
        int64_t end_ns = clock_monotonic_ns() + START_DEADLINE_MS * NS_PER_MS;
        if (start_child(server, child, end_ns, &error) == 0) {
            atomic_store(&server->pid, (int)child->pid);
            log_info("bus", "nats-server runs again as process %d", (int)child->pid);
        } else if (!atomic_load(&server->stopping)) {
            log_error("bus", "%s", error.text);
        }
    }
}

static void *run(void *argument)
{
    struct embedded_server *server = argument;
    struct server_child child = {.pid = 0, .pid_fd = -1};
    struct error error = {0};
    pthread_setname_np(pthread_self(), "server");
    if (start_first(server, &child, &error) < 0) {
        set_state(server, SERVER_FAILED, &error);
        return NULL;
    }
    atomic_store(&server->pid, (int)child.pid);
    set_state(server, SERVER_READY, NULL);
    supervise(server, &child);
    server_child_end(&child, STOP_PATIENCE_MS);
    atomic_store(&server->pid, 0);
    return NULL;
}

static int set_paths(struct embedded_server *server, const char *state_directory, struct error *error)
{
    struct {
        char *path;
        const char *name;
    } paths[] = {
        {server->config_path, "nats-server.conf"}, {server->log_path, "server.log"}, {server->store_path, "jetstream"}};
    /* The server resolves what it reads from its own directory, so that the names must be absolute. */
    char directory[PATH_MAX];
    if (realpath(state_directory, directory) == NULL)
        return error_set(error, ERROR_FAILED, "cannot use the state directory %s: %s", state_directory,
                         strerror(errno));
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        int wanted = snprintf(paths[i].path, PATH_MAX, "%s/%s", directory, paths[i].name);
        if (wanted < 0 || wanted >= PATH_MAX)
            return error_set(error, ERROR_FAILED, "the name of the state directory is too long");
    }
    return 0;
}

static int open_lock(struct embedded_server *server, const char *state_directory, struct error *error)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/server.lock", state_directory);
    server->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (server->lock_fd < 0)
        return error_set(error, ERROR_FAILED, "cannot open %s: %s", path, strerror(errno));
    int64_t end_ns = clock_monotonic_ns() + START_DEADLINE_MS * NS_PER_MS;
    return take_lock(server->lock_fd, state_directory, end_ns, error);
}

static void release(struct embedded_server *server)
{
    if (server->lock_fd >= 0)
        close(server->lock_fd);
    if (server->wake_fd >= 0)
        close(server->wake_fd);
    pthread_cond_destroy(&server->changed);
    pthread_mutex_destroy(&server->mutex);
    explicit_bzero(server, sizeof *server);
    free(server);
}

struct embedded_server *embedded_server_start(const char *program, const char *state_directory, struct error *error)
{
    struct embedded_server *server = calloc(1, sizeof *server);
    if (server == NULL)
        abort();
    server->lock_fd = -1;
    server->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&server->mutex, NULL);
    pthread_cond_init(&server->changed, NULL);
    if (server->wake_fd < 0)
        abort();
    if (server_child_find(program, server->program, sizeof server->program, error) < 0 ||
        set_paths(server, state_directory, error) < 0 || open_lock(server, state_directory, error) < 0 ||
        server_config_init(&server->config, error) < 0)
        goto fail;
    if (log_length(server) > LARGEST_LOG_BYTES && truncate(server->log_path, 0) < 0)
        log_warning("bus", "cannot empty %s: %s", server->log_path, strerror(errno));

    int problem = pthread_create(&server->thread, NULL, run, server);
    if (problem != 0) {
        error_set(error, ERROR_FAILED, "cannot start a thread: %s", strerror(problem));
        goto fail;
    }
    pthread_mutex_lock(&server->mutex);
    while (server->state == SERVER_STARTING)
        pthread_cond_wait(&server->changed, &server->mutex);
    bool ready = server->state == SERVER_READY;
    pthread_mutex_unlock(&server->mutex);
    if (!ready) {
        pthread_join(server->thread, NULL);
        unlink(server->config_path);
        if (error != NULL)
            *error = server->error;
        goto fail;
    }
    snprintf(server->url, sizeof server->url, "nats://%s@127.0.0.1:%u", server->config.token,
             (unsigned)server->config.port);
    snprintf(server->monitor_url, sizeof server->monitor_url, "http://127.0.0.1:%u/%s",
             (unsigned)server->config.monitor_port, server->config.monitor_path);
    return server;
fail:
    release(server);
    return NULL;
}

void embedded_server_stop(struct embedded_server *server)
{
    if (server == NULL)
        return;
    atomic_store(&server->stopping, true);
    uint64_t one = 1;
    while (write(server->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
    pthread_join(server->thread, NULL);
    unlink(server->config_path);
    release(server);
}

const char *embedded_server_url(const struct embedded_server *server)
{
    return server->url;
}

const char *embedded_server_monitor_url(const struct embedded_server *server)
{
    return server->monitor_url;
}

int embedded_server_pid(const struct embedded_server *server)
{
    return atomic_load(&server->pid);
}
