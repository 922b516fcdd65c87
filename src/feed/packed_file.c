/* zlib reads plain files and gzip alike; zstd is unpacked here from blocks that are read as they are needed. */
#include "feed/packed_file.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>
#include <zstd.h>

enum { BLOCK_BYTES = 1 << 16 };

struct packed_file {
    gzFile gzip; /* owned; NULL for zstd */
    int fd;      /* owned; of zstd, -1 else */
    ZSTD_DStream *stream;
    char *block; /* owned: packed bytes */
    ZSTD_inBuffer in;
    bool in_frame; /* a frame has begun and not ended */
    bool pending;  /* the stream may hold unpacked bytes that had no room */
};

static bool is_zstd(int fd)
{
    static const unsigned char MAGIC[] = {0x28, 0xb5, 0x2f, 0xfd};
    unsigned char first[sizeof MAGIC];
    return pread(fd, first, sizeof first, 0) == sizeof first && memcmp(first, MAGIC, sizeof first) == 0;
}

struct packed_file *packed_file_open(int fd)
{
    struct packed_file *file = calloc(1, sizeof *file);
    if (file == NULL)
        abort();
    file->fd = -1;
    if (!is_zstd(fd)) {
        file->gzip = gzdopen(fd, "rb");
        if (file->gzip == NULL)
            abort();
        gzbuffer(file->gzip, BLOCK_BYTES);
        return file;
    }
    file->fd = fd;
    file->stream = ZSTD_createDStream();
    file->block = malloc(BLOCK_BYTES);
    if (file->stream == NULL || file->block == NULL)
        abort();
    file->in.src = file->block;
    return file;
}

void packed_file_close(struct packed_file *file)
{
    if (file == NULL)
        return;
    if (file->gzip != NULL)
        gzclose_r(file->gzip);
    else
        close(file->fd);
    ZSTD_freeDStream(file->stream);
    free(file->block);
    free(file);
}

static ssize_t read_gzip(struct packed_file *file, void *bytes, size_t size, const char **problem)
{
    errno = 0;
    int count = gzread(file->gzip, bytes, (unsigned)size), code = Z_OK, cause = errno;
    gzerror(file->gzip, &code);
    if (count >= 0 && (count > 0 || code == Z_OK || code == Z_STREAM_END))
        return count;
    *problem = code == Z_BUF_ERROR ? "it was cut off" : code == Z_ERRNO ? strerror(cause) : "it is damaged";
    return -1;
}

/* Fetches packed bytes when all are used up; 0 at the end of the file. */
static ssize_t fetch(struct packed_file *file)
{
    ssize_t count = read(file->fd, file->block, BLOCK_BYTES);
    if (count >= 0) {
        file->in.size = (size_t)count;
        file->in.pos = 0;
    }
    return count;
}

static ssize_t read_zstd(struct packed_file *file, void *bytes, size_t size, const char **problem)
{
    ZSTD_outBuffer out = {.dst = bytes, .size = size};
    while (out.pos == 0) {
        if (!file->pending && file->in.pos == file->in.size) {
            ssize_t count = fetch(file);
            if (count < 0) {
                *problem = strerror(errno);
                return -1;
            }
            if (count == 0 && !file->in_frame)
                return 0;
            if (count == 0) {
                *problem = "it was cut off";
                return -1;
            }
        }
        size_t left = ZSTD_decompressStream(file->stream, &out, &file->in);
        if (ZSTD_isError(left)) {
            *problem = "it is damaged";
            return -1;
        }
        file->in_frame = left != 0;
        file->pending = out.pos == out.size;
    }
    return (ssize_t)out.pos;
}

ssize_t packed_file_read(struct packed_file *file, void *bytes, size_t size, const char **problem)
{
    assert(size > 0 && size <= INT32_MAX);
    return file->gzip != NULL ? read_gzip(file, bytes, size, problem) : read_zstd(file, bytes, size, problem);
}
