/* `tapedeck dead-letters`. Letters are read by a replay that ends with the stream; of a list that is limited, only the
 * newest lines are kept until then. */
#include "app/dead_letters.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/server_access.h"
#include "app/signals.h"
#include "bus/dead_letter.h"
#include "bus/inbox.h"
#include "bus/put_back.h"
#include "bus/replay.h"
#include "bus/tape.h"
#include "core/log.h"
#include "core/pace.h"
#include "core/text.h"
#include "core/timestamp.h"

enum { INBOX_BYTES = 4 << 20 };

struct dead_letters {
    const struct options *options;
    struct inbox *inbox;
    struct tape *tape;
    int stop_fd;
    char **lines; /* a ring once it is full: `next` is the oldest then */
    size_t line_count, line_room, next;
};

int dead_letters_take_words(struct options *options, char **words, struct error *error)
{
    static const char *const ACTIONS[] = {"list", "show", "put-back"};
    const char *name = words != NULL ? words[0] : "list";
    size_t action = 0, count = 0;

    while (action < 3 && strcmp(name, ACTIONS[action]) != 0)
        action++;
    if (action == 3)
        return error_set(error, ERROR_USAGE, "dead-letters knows list, show and put-back, but not '%.60s'", name);
    options->dead_letters.action = (enum options_letters)action;
    while (words != NULL && words[count + 1] != NULL)
        count++;
    if (action == OPTIONS_LETTERS_LIST && count > 0)
        return error_set(error, ERROR_USAGE, "dead-letters list takes no words; '%.60s' is too much", words[1]);
    if (action == OPTIONS_LETTERS_SHOW && count != 1)
        return error_set(error, ERROR_USAGE, "dead-letters show takes the sequence of one letter");
    if (action == OPTIONS_LETTERS_PUT_BACK && count == 0)
        return error_set(error, ERROR_USAGE, "dead-letters put-back takes the sequence of one letter or more");
    if (action == OPTIONS_LETTERS_PUT_BACK && options->watch.json)
        return error_set(error, ERROR_USAGE, "--json is not an option of dead-letters put-back");
    if (action != OPTIONS_LETTERS_LIST && options->watch.count != 0)
        return error_set(error, ERROR_USAGE, "--count is an option of dead-letters list only");
    options->dead_letters.sequences = calloc(count + 1, sizeof(uint64_t));
    if (options->dead_letters.sequences == NULL)
        abort();
    options->dead_letters.count = count;
    for (size_t i = 0; i < count; i++) {
        if (value_parse_count(words[i + 1], INT64_MAX, &options->dead_letters.sequences[i], error) != 0)
            return error_prefix(error, "dead-letters %s", name);
    }
    return 0;
}

/* Text that is safe to show; "-" for NULL. Owned by the caller. */
static char *shown(const char *text)
{
    const char *from = text != NULL ? text : "-";
    size_t size = 3 * strlen(from) + 1; /* an invalid byte becomes three */
    char *clean = malloc(size);

    if (clean == NULL)
        abort();
    text_clean(clean, size, from, strlen(from));
    return clean;
}

static char *list_line(const struct inbox_item *item, const char *stored)
{
    static const struct dead_letter NONE = {.reason = "this is no dead letter of tapedeck"};
    struct dead_letter *read = dead_letter_read(item->payload, item->payload_bytes);
    const struct dead_letter *letter = read != NULL ? read : &NONE;
    char *stream = shown(letter->stream), *reader = shown(letter->reader), *reason = shown(letter->reason);
    char sequence[24] = "-", *line = NULL;

    if (letter->sequence != 0)
        snprintf(sequence, sizeof(sequence), "%" PRIu64, letter->sequence);
    if (asprintf(&line, "%" PRIu64 " %s %s %s %s %s\n", item->sequence, stored, stream, sequence, reader, reason) < 0)
        abort();
    free(stream);
    free(reader);
    free(reason);
    dead_letter_free(read);
    return line;
}

static char *json_line(cJSON *letter, const struct inbox_item *item, const char *stored)
{
    char *line = NULL;

    if (cJSON_AddNumberToObject(letter, "letter", (double)item->sequence) == NULL ||
        cJSON_AddStringToObject(letter, "stored", stored) == NULL)
        abort();
    char *text = cJSON_PrintUnformatted(letter);

    if (text == NULL || asprintf(&line, "%s\n", text) < 0)
        abort();
    cJSON_free(text);
    return line;
}

/* All members, whatever they are; strings without their quotes. */
static char *show_lines(const cJSON *letter, const struct inbox_item *item, const char *stored)
{
    char *lines = NULL;
    const cJSON *member;

    if (asprintf(&lines, "letter: %" PRIu64 "\nstored: %s\n", item->sequence, stored) < 0)
        abort();
    cJSON_ArrayForEach(member, letter)
    {
        char *printed = cJSON_IsString(member) ? NULL : cJSON_PrintUnformatted(member);
        char *text = shown(printed != NULL ? printed : cJSON_GetStringValue(member)), *more = NULL;

        if (asprintf(&more, "%s%s: %s\n", lines, member->string, text) < 0)
            abort();
        cJSON_free(printed);
        free(text);
        free(lines);
        lines = more;
    }
    return lines;
}

/* Keeps a line until the end; of a limited list the oldest makes room. */
static void keep(struct dead_letters *letters, char *line)
{
    uint64_t limit = letters->options->watch.count;

    if (limit != 0 && letters->line_count == limit) {
        free(letters->lines[letters->next]);
        letters->lines[letters->next] = line;
        letters->next = (letters->next + 1) % letters->line_count;
        return;
    }
    if (letters->line_count == letters->line_room) {
        letters->line_room = letters->line_room != 0 ? 2 * letters->line_room : 64;
        letters->lines = reallocarray(letters->lines, letters->line_room, sizeof(char *));
        if (letters->lines == NULL)
            abort();
    }
    letters->lines[letters->line_count++] = line;
}

static void take_letter(struct dead_letters *letters, const struct inbox_item *item)
{
    char stored[TIMESTAMP_TEXT_SIZE];

    timestamp_format(stored, item->stored_ns);
    if (letters->options->dead_letters.action == OPTIONS_LETTERS_LIST && !letters->options->watch.json) {
        keep(letters, list_line(item, stored));
        return;
    }
    cJSON *letter = cJSON_ParseWithLength(item->payload, item->payload_bytes);

    /* Whatever stands in the stream is listed, also what we did not write. */
    if (!cJSON_IsObject(letter)) {
        cJSON_Delete(letter);
        letter = cJSON_CreateObject();
        if (letter == NULL || cJSON_AddStringToObject(letter, "reason", "this is no dead letter of tapedeck") == NULL)
            abort();
    }
    keep(letters, letters->options->watch.json ? json_line(letter, item, stored) : show_lines(letter, item, stored));
    cJSON_Delete(letter);
}

/* Until the replay ends (1), a signal comes (0), or the server is gone (-1). */
static int collect(struct dead_letters *letters, struct error *error)
{
    struct pollfd fds[] = {{.fd = inbox_fd(letters->inbox), .events = POLLIN},
                           {.fd = letters->stop_fd, .events = POLLIN}};
    struct inbox_item item;

    while (fds[1].revents == 0) {
        while (inbox_take(letters->inbox, &item)) {
            if (item.kind == INBOX_CAUGHT_UP)
                return 1;
            if (item.kind == INBOX_MESSAGE)
                take_letter(letters, &item);
            if (item.kind == INBOX_CONNECTION && item.connection.state == CONNECTION_CLOSED)
                return error_set(error, ERROR_SERVER, "the server is gone: %s", item.connection.problem);
        }
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return error_set(error, ERROR_FAILED, "cannot wait: %s", strerror(errno));
    }
    return 0;
}

static int print_letters(struct dead_letters *letters, struct error *error)
{
    struct replay_options options = {.stream = DEAD_LETTER_STREAM, .speed_millionths = PACE_MAX};
    bool one = letters->options->dead_letters.action == OPTIONS_LETTERS_SHOW;

    if (one) {
        options.from.kind = options.to.kind = REPLAY_SEQUENCE;
        options.from.sequence = options.to.sequence = letters->options->dead_letters.sequences[0];
    }
    struct replay *replay = replay_create(letters->tape, &options, letters->inbox, error);

    if (replay == NULL)
        return tape_explain(letters->tape, error);
    int result = collect(letters, error);

    inbox_close(letters->inbox);
    replay_destroy(replay);
    if (result > 0 && one && letters->line_count == 0)
        return error_set(error, ERROR_FAILED, "there is no dead letter %" PRIu64, options.from.sequence);
    for (size_t i = 0; result > 0 && i < letters->line_count; i++)
        fputs(letters->lines[(letters->next + i) % letters->line_count], stdout);
    return result < 0 ? -1 : 0;
}

static int put_all_back(struct dead_letters *letters, struct error *error)
{
    struct pollfd stop = {.fd = letters->stop_fd, .events = POLLIN};

    for (size_t i = 0; i < letters->options->dead_letters.count; i++) {
        uint64_t letter = letters->options->dead_letters.sequences[i];
        struct put_back_place place;

        if (poll(&stop, 1, 0) > 0)
            return error_set(error, ERROR_FAILED, "ended before dead letter %" PRIu64 " was put back", letter);
        if (put_back(letters->tape, letter, &place, error) != 0)
            return -1;
        printf("dead letter %" PRIu64 ": stored again in %s as %" PRIu64 "\n", letter, place.stream, place.sequence);
        fflush(stdout);
    }
    return 0;
}

static int connect_and_do(struct dead_letters *letters, struct error *error)
{
    struct server_access access;

    if (server_access_find(&access, letters->options, error) != 0)
        return -1;
    struct tape_options connection = server_access_options(&access, "tapedeck dead-letters");

    letters->tape = tape_connect(&connection, error);
    server_access_free(&access);
    if (letters->tape == NULL)
        return -1;
    tape_notify(letters->tape, letters->inbox);
    return letters->options->dead_letters.action == OPTIONS_LETTERS_PUT_BACK ? put_all_back(letters, error)
                                                                             : print_letters(letters, error);
}

int dead_letters_run(const struct options *options, struct error *error)
{
    struct dead_letters letters = {.options = options};

    log_set_level(options->log_level);
    if (options->log_file != NULL && log_open(options->log_file, error) != 0)
        return -1;
    letters.stop_fd = signals_open(error);
    if (letters.stop_fd < 0)
        return -1;
    letters.inbox = inbox_create(INBOX_BYTES);
    int result = connect_and_do(&letters, error);

    inbox_close(letters.inbox);
    if (letters.tape != NULL)
        tape_unnotify(letters.tape, letters.inbox);
    tape_destroy(letters.tape);
    inbox_destroy(letters.inbox);
    for (size_t i = 0; i < letters.line_count; i++)
        free(letters.lines[i]);
    free(letters.lines);
    close(letters.stop_fd);
    return result;
}
