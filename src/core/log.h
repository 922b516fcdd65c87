/* The log: one line per entry, `2026-11-23T14:30:00.123Z warning bus: message`, to standard error or a file.
 *
 * Any thread may call. While a screen is up the log must go to a file, for it would draw over the screen. What is
 * written is cleaned of control characters. */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include "core/error.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* Entries below `level` are dropped. Set before threads start. */
void log_set_level(enum log_level level);

/* Sends the log to the end of the file at `path` (created with mode 0600), or to standard error with NULL. */
int log_open(const char *path, struct error *error);

/* `part` is the room that speaks: "bus", "feed", "checks". */
void log_write(enum log_level level, const char *part, const char *format, ...) __attribute__((format(printf, 3, 4)));

#define log_debug(part, ...)   log_write(LOG_DEBUG, part, __VA_ARGS__)
#define log_info(part, ...)    log_write(LOG_INFO, part, __VA_ARGS__)
#define log_warning(part, ...) log_write(LOG_WARNING, part, __VA_ARGS__)
#define log_error(part, ...)   log_write(LOG_ERROR, part, __VA_ARGS__)

const char *log_level_name(enum log_level level);
/* -1 for an unknown name. */
int log_level_from_name(const char *name, enum log_level *level);

#endif
