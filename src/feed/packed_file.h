/* Reads the bytes of a file that is plain or compressed by gzip or zstd, told by its first bytes. */
#ifndef FEED_PACKED_FILE_H
#define FEED_PACKED_FILE_H

#include <stddef.h>
#include <sys/types.h>

struct packed_file;

/* Takes over a descriptor that stands at the file's beginning. Never NULL: aborts when memory is out. */
struct packed_file *packed_file_open(int fd);
void packed_file_close(struct packed_file *file); /* NULL is allowed */

/* Reads up to `size` bytes: how many there were, 0 at the end, -1 with `problem` (what happened to the file, for a
 * sentence) when it cannot be read on. */
ssize_t packed_file_read(struct packed_file *file, void *bytes, size_t size, const char **problem);

#endif
