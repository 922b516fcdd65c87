/* `tapedeck work`. The worker fills the inbox with one message at a time; this thread runs the command for it and
 * settles it by the exit code. */
#include "app/work.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/child.h"
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

/* Runs the command for a message, and asks for more time while it does. */
static int run_command(const struct work *work, const struct inbox_item *item, struct child *child, struct error *error)
{
    char texts[VARIABLES][VARIABLE_SIZE];
    const struct child_message message = {.variables = {texts[0], texts[1], texts[2], texts[3]},
                                          .payload = item->payload,
                                          .payload_bytes = item->payload_bytes};

    snprintf(texts[0], VARIABLE_SIZE, "TAPEDECK_SUBJECT=%s", item->subject);
    snprintf(texts[1], VARIABLE_SIZE, "TAPEDECK_STREAM=%s", work->stream);
    snprintf(texts[2], VARIABLE_SIZE, "TAPEDECK_SEQUENCE=%" PRIu64, item->sequence);
    snprintf(texts[3], VARIABLE_SIZE, "TAPEDECK_DELIVERY=%" PRIu64, item->deliveries);
    if (child_start(child, work->options->work.command, &message, error) != 0)
        return -1;
    while (!child_wait(child, EXTEND_MS))
        worker_extend(work->worker, item->handle);
    return 0;
}

static int work_message(const struct work *work, const struct inbox_item *item, struct error *error)
{
    char how[64], reason[96];
    struct child child;

    if (run_command(work, item, &child, error) != 0)
        return -1;
    child_describe(&child, how, sizeof(how));
    if (how[0] == '\0') {
        worker_ack(work->worker, item->handle);
        return 0;
    }
    bool later = WIFEXITED(child.status) && WEXITSTATUS(child.status) == EXIT_NOT_NOW;

    if (later)
        snprintf(reason, sizeof(reason), "the command said not now (exit code %d)", EXIT_NOT_NOW);
    else
        snprintf(reason, sizeof(reason), "the command %s", how);
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
