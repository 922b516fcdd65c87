/* `tapedeck publish`. This thread reads lines and prints what became of them; the publisher sends them. So many lines
 * are under way at most that the reading is held back when the server is slow or away. */
#include "app/publish.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/server_access.h"
#include "app/signals.h"
#include "bus/inbox.h"
#include "bus/publisher.h"
#include "bus/tape.h"
#include "core/event.h"
#include "core/json.h"
#include "core/log.h"
#include "core/subject.h"
#include "core/unique.h"

enum { INBOX_BYTES = 1 << 20, LINE_MAX_BYTES = 1 << 20, UNDER_WAY_MAX = 4096, DRAIN_MS = 5000, GIVE_UP_MS = 30000 };

struct publish {
    const struct options *options;
    struct inbox *inbox;
    struct tape *tape;
    struct publisher *publisher;
    int stop_fd;
    char run[UNIQUE_ID_SIZE]; /* makes the ids of this run its own */
    char *buffer;             /* what was read and is not sent */
    size_t start, end;
    uint64_t line;      /* number of the last line that was taken */
    uint64_t under_way; /* sent and not answered */
    bool input_ended, failed, was_connected;
};

/* Keeps the first error only. */
static void fail(struct publish *publish, struct error *error, const struct error *cause)
{
    if (!publish->failed)
        *error = *cause;
    publish->failed = true;
}

/* Finds the subject of a line: the option's, or that in the line. */
static int find_subject(const struct publish *publish, const char *line, size_t length, char subject[SUBJECT_SIZE],
                        struct error *error)
{
    struct json_reader reader;
    struct json_value key, value;
    const char *given = publish->options->publish.subject;

    subject[0] = '\0';
    json_reader_init(&reader, line, length);
    while (json_reader_next(&reader, &key, &value)) {
        size_t bytes;

        if (key.length != strlen("subject") || memcmp(key.text, "subject", key.length) != 0)
            continue;
        if (given == NULL && (value.type != JSON_STRING || !json_unescape(&value, subject, SUBJECT_SIZE, &bytes) ||
                              strlen(subject) != bytes))
            return error_set(error, ERROR_USAGE, "line %" PRIu64 ": the subject is not a short text", publish->line);
    }
    if (reader.problem != NULL)
        return error_set(error, ERROR_USAGE, "line %" PRIu64 ": %s", publish->line, reader.problem);
    if (given != NULL)
        snprintf(subject, SUBJECT_SIZE, "%s", given);
    if (subject[0] == '\0')
        return error_set(error, ERROR_USAGE, "line %" PRIu64 " has no subject; give it, or --subject", publish->line);
    if (strpbrk(subject, "*> \t\r\n") != NULL)
        return error_set(error, ERROR_USAGE, "line %" PRIu64 ": the subject has a space or a wild card", publish->line);
    return 0;
}

/* True when the line is sent; false when it is bad, or when the queue is full and it shall be tried again. */
static bool send_line(struct publish *publish, const char *line, size_t length, struct error *error)
{
    char subject[SUBJECT_SIZE], id[MESSAGE_ID_SIZE] = "";
    struct event event;
    struct error cause = {0};

    if (find_subject(publish, line, length, subject, &cause) != 0) {
        fail(publish, error, &cause);
        return false;
    }
    if (subject_kind(subject) >= 0 && event_decode(&event, subject, line, length, publish->options->account, NULL) == 0)
        message_id_of(&event, id);
    if (id[0] == '\0')
        snprintf(id, sizeof(id), "publish:%s:%" PRIu64, publish->run, publish->line);
    return publisher_send(publish->publisher, &(struct publish_message){.subject = subject,
                                                                        .id = id,
                                                                        .fence = PUBLISH_NO_FENCE,
                                                                        .payload = line,
                                                                        .payload_bytes = length,
                                                                        .inbox = publish->inbox,
                                                                        .cookie = publish->line});
}

static bool is_blank(const char *line, size_t length)
{
    return strspn(line, " \t\r") >= length;
}

/* Sends the lines that are whole, as far as they fit. */
static void send_lines(struct publish *publish, struct error *error)
{
    while (!publish->failed && publish->under_way < UNDER_WAY_MAX && publish->start < publish->end) {
        char *line = publish->buffer + publish->start;
        char *newline = memchr(line, '\n', publish->end - publish->start);

        if (newline == NULL && !publish->input_ended)
            break;
        size_t length = newline != NULL ? (size_t)(newline - line) : publish->end - publish->start;

        publish->line++;
        line[length] = '\0';
        if (!is_blank(line, length)) {
            if (!send_line(publish, line, length, error)) {
                line[length] = '\n';
                publish->line--;
                break;
            }
            publish->under_way++;
        }
        publish->start += length + (newline != NULL);
    }
}

/* Reads what there is. */
static void read_input(struct publish *publish, struct error *error)
{
    struct error cause = {0};

    memmove(publish->buffer, publish->buffer + publish->start, publish->end - publish->start);
    publish->end -= publish->start;
    publish->start = 0;
    if (publish->end == LINE_MAX_BYTES) {
        error_set(&cause, ERROR_USAGE, "line %" PRIu64 " is longer than 1 MiB", publish->line + 1);
        fail(publish, error, &cause);
        return;
    }
    ssize_t got = read(STDIN_FILENO, publish->buffer + publish->end, LINE_MAX_BYTES - publish->end);

    if (got > 0) {
        publish->end += (size_t)got;
    } else if (got == 0) {
        publish->input_ended = true;
    } else if (errno != EINTR && errno != EAGAIN) {
        error_set(&cause, ERROR_FAILED, "cannot read standard input: %s", strerror(errno));
        fail(publish, error, &cause);
    }
}

static void take_result(struct publish *publish, const struct publish_result *result, struct error *error)
{
    struct error cause = {0};

    publish->under_way--;
    switch (result->status) {
    case PUBLISH_STORED:
    case PUBLISH_DUPLICATE:
        printf("%" PRIu64 " %" PRIu64 "\n", result->cookie, result->sequence);
        return;
    case PUBLISH_FENCED:
    case PUBLISH_REFUSED:
        error_set(&cause, ERROR_FAILED, "line %" PRIu64 " was refused: %s", result->cookie, result->problem);
        break;
    case PUBLISH_UNKNOWN:
        error_set(&cause, ERROR_UNKNOWN, "line %" PRIu64 " may be stored or not: %s", result->cookie, result->problem);
        break;
    }
    fail(publish, error, &cause);
}

static void take_all(struct publish *publish, struct error *error)
{
    struct inbox_item item;

    while (inbox_take(publish->inbox, &item)) {
        if (item.kind == INBOX_PUBLISHED)
            take_result(publish, &item.result, error);
        if (item.kind != INBOX_CONNECTION)
            continue;
        bool connected = item.connection.state == CONNECTION_CONNECTED;

        if (item.connection.state == CONNECTION_CLOSED) {
            struct error cause = {0};

            error_set(&cause, ERROR_SERVER, "the server is gone: %s", item.connection.problem);
            fail(publish, error, &cause);
        } else if (publish->was_connected && !connected) {
            fputs("tapedeck: the connection is lost; waiting for the server\n", stderr);
        }
        publish->was_connected = connected;
    }
    fflush(stdout);
}

/* Until the input is sent and answered, a line fails, or a signal comes. */
static void loop(struct publish *publish, struct error *error)
{
    for (;;) {
        take_all(publish, error);
        send_lines(publish, error);
        bool wants_more = !publish->input_ended &&
                          (publish->start == publish->end || publish->under_way == 0 ||
                           memchr(publish->buffer + publish->start, '\n', publish->end - publish->start) == NULL);

        if (publish->failed || (publish->input_ended && publish->start == publish->end && publish->under_way == 0))
            return;
        struct pollfd fds[] = {{.fd = publish->stop_fd, .events = POLLIN},
                               {.fd = inbox_fd(publish->inbox), .events = POLLIN},
                               {.fd = wants_more ? STDIN_FILENO : -1, .events = POLLIN}};

        if ((poll(fds, 3, -1) < 0 && errno != EINTR) || fds[0].revents != 0)
            return;
        if (fds[2].revents != 0)
            read_input(publish, error);
    }
}

static int publish_lines(struct publish *publish, struct error *error)
{
    struct server_access access;
    const struct publisher_options options = {
        .give_up_ms = GIVE_UP_MS, .window = UNDER_WAY_MAX, .rate_per_second = (uint32_t)publish->options->publish.rate};

    if (server_access_find(&access, publish->options, error) != 0)
        return -1;
    struct tape_options connection = server_access_options(&access, "tapedeck publish");

    publish->tape = tape_connect(&connection, error);
    server_access_free(&access);
    if (publish->tape == NULL)
        return -1;
    tape_notify(publish->tape, publish->inbox);
    publish->publisher = publisher_create(publish->tape, &options, error);
    if (publish->publisher == NULL)
        return -1;
    loop(publish, error);
    /* What was sent is answered, or reported as not known. */
    publisher_destroy(publish->publisher, DRAIN_MS);
    take_all(publish, error);
    return publish->failed ? -1 : 0;
}

int publish_run(const struct options *options, struct error *error)
{
    struct publish publish = {.options = options};

    log_set_level(options->log_level);
    if (options->log_file != NULL && log_open(options->log_file, error) != 0)
        return -1;
    publish.stop_fd = signals_open(error);
    if (publish.stop_fd < 0)
        return -1;
    unique_id(publish.run);
    publish.buffer = malloc(LINE_MAX_BYTES + 1);
    if (publish.buffer == NULL)
        abort();
    publish.inbox = inbox_create(INBOX_BYTES);
    int result = publish_lines(&publish, error);

    if (publish.tape != NULL)
        tape_unnotify(publish.tape, publish.inbox);
    tape_destroy(publish.tape);
    inbox_destroy(publish.inbox);
    free(publish.buffer);
    close(publish.stop_fd);
    return result;
}
