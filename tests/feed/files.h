/* Files for tests: a directory of their own, plain and compressed files in it, the recordings beside the project. */
#ifndef TESTS_FEED_FILES_H
#define TESTS_FEED_FILES_H

#include <stdbool.h>
#include <stddef.h>

enum { PATH_SIZE = 512 };

enum files_packing { FILES_PLAIN, FILES_GZIP, FILES_ZSTD };

/* Makes a directory below /tmp, and removes it with the files in it. */
void files_setup(void);
void files_teardown(void);

/* The path of `name` in the directory. */
void files_path(char path[PATH_SIZE], const char *name);
/* Writes bytes into a file of the directory. */
void files_write(const char *name, const char *bytes, size_t length, enum files_packing packing);

/* The content of the project's sample recording, terminated; the caller frees it. */
char *files_sample(size_t *length);

/* The path of a recording beside the project; false, with a line that says so, when it is not there. */
bool files_shared(char path[PATH_SIZE], const char *name);

#endif
