/* Configuration files: INI text read into a list of settings that know where they stand, so that whoever gives them
 * their meaning can name file and line. What the sections and keys mean is not known here. */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

enum {
    CONFIG_FILE_BYTES_MAX = 1 << 20, /* a longer file is taken for a mistake */
    CONFIG_LINE_BYTES_MAX = 4000,    /* a longer line is an error, never cut */
    CONFIG_SECTION_BYTES_MAX = 49,   /* what libinih keeps of a section's name */
};

struct config_entry {
    char *section, *key, *value; /* owned; `section` is "" before the first section */
    const char *file;            /* owned by the config */
    int line;                    /* from 1 */
    bool others_can_read;        /* the file's mode lets group or others read it */
};

/* The settings of all files read so far, in the order of reading: the last of two with the same name holds. */
struct config {
    struct config_entry *entries; /* owned */
    size_t count, capacity;
    char **files; /* owned */
    size_t file_count;
};

/* Appends the settings of the file at `path`. A file that does not exist is no error unless `must_exist`. -1
 * (ERROR_USAGE, "FILE:LINE: …") and no change for a file that is no regular file, is too large or cannot be read, and
 * for a line that is too long, is neither section nor `key = value`, is not UTF-8, holds control characters, or sets
 * a key of its section for the second time in this file. */
int config_read(struct config *config, const char *path, bool must_exist, struct error *error);

/* The setting that holds for this name; NULL when no file has it. The config's. */
const struct config_entry *config_find(const struct config *config, const char *section, const char *key);

/* Fills `error` with "FILE:LINE: " and the sentence (ERROR_USAGE) and returns -1. */
int config_error(const struct config_entry *entry, struct error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void config_free(struct config *config);

#endif
