/* Our own recordings: a message of the tape per line, with the members `subject` and `stored` besides. */
#include "feed/format_ops.h"

#include <stdlib.h>
#include <string.h>

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

static bool read(void *self, const char *line, size_t length, int64_t *time_ns, struct quote_list *quotes,
                 const char **problem)
{
    enum { SUBJECT, STORED, COUNT };
    static const char *const NAMES[COUNT] = {"subject", "stored"};
    struct reader *reader = self;
    struct json_value values[COUNT];
    char subject[SUBJECT_SIZE];
    size_t subject_length;
    struct error error = {0};
    if (!members_read(line, length, NAMES, values, COUNT, problem))
        return false;
    if (values[SUBJECT].text != NULL) {
        if (!json_unescape(&values[SUBJECT], subject, sizeof subject, &subject_length)) {
            *problem = "subject is no subject";
            return false;
        }
        if (subject_kind(subject) != EVENT_QUOTE)
            return true; /* an order, an alert, … */
    }
    if (event_decode_kind(&reader->event, EVENT_QUOTE, line, length, NULL, &error) != 0) {
        *problem = "the line is no quote as the wire has them";
        return false;
    }
    struct quote *quote = &reader->event.quote;
    int64_t stored_ns = quote->received_ns != 0 ? quote->received_ns : quote->timestamp_ns;
    if (values[STORED].text != NULL && !member_time(&values[STORED], &stored_ns)) {
        *problem = "stored is no time";
        return false;
    }
    *time_ns = quote->received_ns = stored_ns;
    quote_list_add(quotes, quote);
    return true;
}

const struct format_ops FORMAT_TAPEDECK = {
    .name = "tapedeck", .matches = matches, .open = open_reader, .close = free, .read = read};
