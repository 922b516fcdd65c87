/* What a format consists of. For format.c and format_*.c only. */
#ifndef FEED_FORMAT_OPS_H
#define FEED_FORMAT_OPS_H

#include "feed/format.h"

struct format_ops {
    const char *name;
    /* True for a file with this name (without its folder) and this first line. */
    bool (*matches)(const char *name, const char *line, size_t length);
    /* The reader of one file, given its path. NULL with an error. */
    void *(*open)(const char *path, struct error *error);
    void (*close)(void *reader);
    /* As format_read. */
    bool (*read)(void *reader, const char *line, size_t length, int64_t *time_ns, struct quote_list *quotes,
                 const char **problem);
};

extern const struct format_ops FORMAT_MESSAGES, FORMAT_CRYPTOFEED, FORMAT_TAPEDECK, FORMAT_DATABENTO,
    FORMAT_BULK_TRADES, FORMAT_LOBSTER, FORMAT_TRUEFX;

/* Times outside the years 2001 to 2100 are in another unit or are none. */
bool format_is_time(int64_t time_ns);

#endif
