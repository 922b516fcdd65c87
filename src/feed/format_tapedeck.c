/* Our own recordings: a message of the tape per line, with the members `subject` and `stored` besides. Quotes and depth
 * are played; what else a stream holds is not. */
#include "feed/format_ops.h"

#include <stdlib.h>
#include <string.h>

#include "core/depth.h"
#include "core/event.h"
#include "core/subject.h"
#include "feed/members.h"

struct reader {
    struct event event; /* being read */
};

static bool matches(const char *name, const char *line, size_t length)
{
    (void)name;
    return length > 0 && line[0] == '{';
}

static void *open_reader(const char *path, struct error *error)
{
    (void)path;
    (void)error;
    struct reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        abort();
    return reader;
}

/* The members that are not the message's. */
enum { SUBJECT, STORED, OWN_MEMBERS };

static const char *const OWN_NAMES[OWN_MEMBERS] = {"subject", "stored"};

static const char DEPTH_FRONT[] = "depth.";

/* Finds those that were not found yet. */
static bool find_own(const char *line, size_t length, struct json_value values[OWN_MEMBERS], const char **problem)
{
    struct json_reader reader;
    struct json_value key, value;
    json_reader_init(&reader, line, length);
    while ((values[SUBJECT].text == NULL || values[STORED].text == NULL) && json_reader_next(&reader, &key, &value)) {
        for (int i = 0; i < OWN_MEMBERS; i++) {
            if (json_is(&key, OWN_NAMES[i]))
                values[i] = value;
        }
    }
    *problem = reader.problem;
    return reader.problem == NULL;
}

/* When the message was stored, if the line says so. */
static bool read_stored(const struct json_value *stored, int64_t *time_ns, const char **problem)
{
    if (stored->text == NULL || member_time(stored, time_ns))
        return true;
    *problem = "stored is no time";
    return false;
}

static bool read_depth(const char *subject, const char *line, size_t length, const struct json_value *stored,
                       int64_t *time_ns, struct quote_list *quotes, const char **problem)
{
    struct depth depth;
    struct error error = {0};
    if (depth_decode(&depth, subject, line, length, &error) != 0) {
        *problem = "the line is no depth as the wire has it";
        return false;
    }
    *time_ns = depth.timestamp_ns;
    if (!read_stored(stored, time_ns, problem))
        return false;
    depth_list_add(&quotes->depths, &depth);
    return true;
}

static bool read(void *self, const char *line, size_t length, int64_t *time_ns, struct quote_list *quotes,
                 const char **problem)
{
    struct reader *reader = self;
    struct json_value values[OWN_MEMBERS];
    char subject[SUBJECT_SIZE];
    size_t subject_length;
    /* Nearly all lines are quotes, and those are gone through once. */
    const struct event_extras own = {.names = OWN_NAMES, .values = values, .count = OWN_MEMBERS};
    bool is_quote = event_decode_line(&reader->event, EVENT_QUOTE, line, length, &own, NULL) == 0;
    if (!is_quote && !find_own(line, length, values, problem))
        return false;
    if (values[SUBJECT].text != NULL) {
        if (!json_unescape(&values[SUBJECT], subject, sizeof subject, &subject_length)) {
            *problem = "subject is no subject";
            return false;
        }
        if (strncmp(subject, DEPTH_FRONT, strlen(DEPTH_FRONT)) == 0)
            return read_depth(subject, line, length, &values[STORED], time_ns, quotes, problem);
        if (subject_kind(subject) != EVENT_QUOTE)
            return true; /* an order, an alert, … */
    }
    if (!is_quote) {
        *problem = "the line is no quote as the wire has them";
        return false;
    }
    struct quote *quote = &reader->event.quote;
    int64_t stored_ns = quote->received_ns != 0 ? quote->received_ns : quote->timestamp_ns;
    if (!read_stored(&values[STORED], &stored_ns, problem))
        return false;
    *time_ns = quote->received_ns = stored_ns;
    quote_list_add(quotes, quote);
    return true;
}

const struct format_ops FORMAT_TAPEDECK = {
    .name = "tapedeck", .matches = matches, .open = open_reader, .close = free, .read = read};
