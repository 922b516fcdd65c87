/* The table of the formats. */
#include "feed/format.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "feed/format_ops.h"

/* A message holds a few quotes at most; room for more is made when one does. */
enum { LIST_ROOM = 8 };

static const struct format_ops *const FORMATS[] = {
    &FORMAT_MESSAGES, &FORMAT_CRYPTOFEED, &FORMAT_TAPEDECK,    &FORMAT_DATABENTO,
    &FORMAT_LOBSTER,  &FORMAT_TRUEFX,     &FORMAT_BULK_TRADES,
};

struct format {
    const struct format_ops *ops;
    void *reader; /* owned through ops->close */
};

bool format_is_time(int64_t time_ns)
{
    return time_ns >= INT64_C(1000000000) * NS_PER_SECOND && time_ns <= INT64_C(4102444800) * NS_PER_SECOND;
}

void quote_list_add(struct quote_list *list, const struct quote *raw)
{
    if (list->count == list->room) {
        list->room = list->room == 0 ? LIST_ROOM : 2 * list->room;
        list->items = realloc(list->items, list->room * sizeof *list->items);
        if (list->items == NULL)
            abort();
    }
    list->items[list->count++] = *raw;
}

/* The place of this instrument's depth, or the one behind the last. A venue has few enough instruments in one recording
 * to look at all. */
static size_t find_depth(const struct depth_list *list, const struct depth *depth)
{
    size_t at = 0;
    while (at < list->count && (strcmp(list->items[at].symbol, depth->symbol) != 0 ||
                                strcmp(list->items[at].exchange, depth->exchange) != 0))
        at++;
    return at;
}

void depth_list_add(struct depth_list *list, const struct depth *depth)
{
    size_t at = find_depth(list, depth);
    if (at == list->room) {
        list->room = list->room == 0 ? LIST_ROOM : 2 * list->room;
        list->items = realloc(list->items, list->room * sizeof *list->items);
        if (list->items == NULL)
            abort();
    }
    list->items[at] = *depth;
    list->count += at == list->count;
}

struct quote format_blank(const char *exchange, const char *symbol, int64_t time_ns)
{
    struct quote raw = {.bid = DECIMAL_NONE,
                        .ask = DECIMAL_NONE,
                        .bid_size = DECIMAL_NONE,
                        .ask_size = DECIMAL_NONE,
                        .last = DECIMAL_NONE,
                        .last_size = DECIMAL_NONE,
                        .volume = DECIMAL_NONE,
                        .received_ns = time_ns,
                        .timestamp_ns = time_ns};
    text_copy(raw.exchange, sizeof raw.exchange, exchange);
    text_copy(raw.symbol, sizeof raw.symbol, symbol);
    return raw;
}

struct format *format_open(const char *path, const char *line, size_t length, struct error *error)
{
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    for (size_t i = 0; i < sizeof FORMATS / sizeof *FORMATS; i++) {
        if (!FORMATS[i]->matches(name, line, length))
            continue;
        struct format *format = calloc(1, sizeof *format);
        if (format == NULL)
            abort();
        format->ops = FORMATS[i];
        format->reader = FORMATS[i]->open(path, error);
        if (format->reader != NULL)
            return format;
        free(format);
        return NULL;
    }
    error_set(error, ERROR_USAGE, "'%s' is no recording: its first line is of no format that is known", path);
    return NULL;
}

void format_close(struct format *format)
{
    if (format == NULL)
        return;
    format->ops->close(format->reader);
    free(format);
}

const char *format_name(const struct format *format)
{
    return format->ops->name;
}

bool format_read(struct format *format, const char *line, size_t length, int64_t *time_ns, struct quote_list *quotes,
                 const char **problem)
{
    quotes->count = 0;
    return format->ops->read(format->reader, line, length, time_ns, quotes, problem);
}
