/* Writes lines to a file, plain or compressed by gzip or zstd, as packed_file.h reads them. */
#ifndef FEED_PACKED_WRITER_H
#define FEED_PACKED_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct packed_writer;

/* Takes over a descriptor of an empty file. The end of `path` says how it is packed: .gz, .zst, else not at all; errors
 * name it. Never NULL: aborts when memory is out. */
struct packed_writer *packed_writer_open(int fd, const char *path);

/* Adds whole lines; a plain file never ends within one, also when its disk is full. -1 (ERROR_FAILED) when they cannot
 * be written; then nothing more is. */
int packed_writer_add(struct packed_writer *writer, const char *lines, size_t bytes, struct error *error);

/* What was added so far can be read from the file, also when the writer ends without closing it. */
int packed_writer_flush(struct packed_writer *writer, struct error *error);

/* Writes what is left, closes the file and frees the writer, also on an error. NULL is allowed. */
int packed_writer_close(struct packed_writer *writer, struct error *error);

#endif
