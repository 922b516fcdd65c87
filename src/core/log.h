/* The log: one line per entry, `2026-11-23T14:30:00.123Z warning bus: message`, to standard error or a file.
 *
 * Any thread may call. While a screen is up the log must go to a file, for it would draw over the screen. What is
 * written is cleaned of control characters. */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* Entries below `level` are dropped. Set before threads start. */
void log_set_level(enum log_level level);

/* Sends the log to the end of the file at `path` (created with mode 0600), or to standard error with NULL. */
int log_open(const char *path, struct error *error);

/* `part` is the room that speaks: "bus", "feed", "checks". */
void log_write(enum log_level level, const char *part, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Copies entry `number` (they count from 1, whatever their level) to `line`, without its end of line and cut to `size`.
 * False when it was not written yet, or so many came since that it is not kept: log_newest says where to go on. */
bool log_recall(uint64_t number, char *line, size_t size);
uint64_t log_newest(void);

#define log_debug(part, ...)   log_write(LOG_DEBUG, part, __VA_ARGS__)
#define log_info(part, ...)    log_write(LOG_INFO, part, __VA_ARGS__)
#define log_warning(part, ...) log_write(LOG_WARNING, part, __VA_ARGS__)
#define log_error(part, ...)   log_write(LOG_ERROR, part, __VA_ARGS__)

const char *log_level_name(enum log_level level);
/* -1 for an unknown name. */
int log_level_from_name(const char *name, enum log_level *level);

#endif
