/* Reads what a watch_source.h names, for the commands that print or record it: a push subscription of the present, or a
 * replay of the past. One thread owns a reader. */
#ifndef APP_WATCH_READER_H
#define APP_WATCH_READER_H

#include <stdint.h>

#include "app/options.h"
#include "app/watch_event.h"
#include "app/watch_source.h"
#include "core/error.h"

enum watch_found {
    WATCH_NOTHING, /* for now */
    WATCH_MESSAGE,
    WATCH_NOTE, /* something for watch_reader_tell */
    WATCH_END,  /* of the past that was asked for */
    WATCH_FAILED,
};

struct watch_reader;

/* Connects to the server of the options under this name and begins. `source` outlives the reader. NULL with
 * ERROR_SERVER when the server cannot be reached or does not have the stream. */
struct watch_reader *watch_reader_open(const struct options *options, const struct watch_source *source,
                                       const char *name, struct error *error);

/* Ends it; how many malformed messages were skipped. NULL is allowed. */
uint64_t watch_reader_close(struct watch_reader *reader);

/* A descriptor that polls readable while there is something. The reader keeps it. */
int watch_reader_fd(const struct watch_reader *reader);

/* What comes next; never waits. A message in `event` is good until the next call. Where quotes are wanted, what is none
 * is skipped. FAILED with ERROR_SERVER when the server is gone for good. */
enum watch_found watch_reader_next(struct watch_reader *reader, struct watch_event *event, struct error *error);

/* Says the note that was found last on standard error: a gap, a lost connection or stream. */
void watch_reader_tell(const struct watch_reader *reader);

#endif
