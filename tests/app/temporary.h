/* A directory for the files of one test, removed with all that is in it. */
#ifndef TESTS_APP_TEMPORARY_H
#define TESTS_APP_TEMPORARY_H

#include <stddef.h>

/* Makes the directory and returns its path; it is the same until temporary_remove. */
const char *temporary_make(void);
void temporary_remove(void);

/* The path of `name` in it: good until the next call but seven. */
const char *temporary_path(const char *name);

/* Writes a file of mode 0600 in it and returns its path, as temporary_path. */
const char *temporary_file(const char *name, const void *bytes, size_t count);
const char *temporary_text(const char *name, const char *text);

#endif
