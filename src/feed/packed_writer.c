/* Lines are collected in one buffer; a full one goes to the file or to the packer. What the packers make is written
 * here too, so that there is one way to the disk and one way to fail. */
#include "feed/packed_writer.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Input that is only read. */
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

enum { BUFFER_BYTES = 1 << 16, GZIP_WINDOW_BITS = 15 + 16 }; /* 16: with the header and the end of a gzip file */

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };

/* What a packer shall do with what it was given. */
enum packed_step { STEP_MORE, STEP_FLUSH, STEP_END };

struct packed_writer {
    int fd;     /* owned */
    char *path; /* owned */
    enum packing packing;
    z_stream gzip;
    ZSTD_CStream *zstd; /* owned; NULL unless it packs so */
    off_t written;      /* bytes of the file, up to the end of what is whole */
    char *lines;        /* owned: added, and not with the packer yet */
    size_t lines_bytes;
    char *packed; /* owned: what the packer makes */
    bool failed;
};

static void *allocate(size_t bytes)
{
    void *memory = malloc(bytes);
    if (memory == NULL)
        abort();
    return memory;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

struct packed_writer *packed_writer_open(int fd, const char *path)
{
    struct packed_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL)
        abort();
    writer->fd = fd;
    writer->path = strdup(path);
    writer->lines = allocate(BUFFER_BYTES);
    writer->packed = allocate(BUFFER_BYTES);
    if (writer->path == NULL)
        abort();
    if (ends_with(path, ".gz")) {
        writer->packing = PACKING_GZIP;
        if (deflateInit2(&writer->gzip, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW_BITS, 8, Z_DEFAULT_STRATEGY) !=
            Z_OK)
            abort();
    } else if (ends_with(path, ".zst")) {
        writer->packing = PACKING_ZSTD;
        writer->zstd = ZSTD_createCStream();
        if (writer->zstd == NULL)
            abort();
    }
    return writer;
}

/* Writes all of these bytes; when that fails, the file ends before them. */
static int write_file(struct packed_writer *writer, const char *bytes, size_t count, struct error *error)
{
    size_t done = 0;
    while (done < count) {
        ssize_t written = write(writer->fd, bytes + done, count - done);
        if (written >= 0) {
            done += (size_t)written;
        } else if (errno != EINTR) {
            error_set(error, ERROR_FAILED, "cannot write '%s': %s", writer->path, strerror(errno));
            writer->failed = true;
            /* Half a line is worse than none; what stands in a pipe or a device stays there. */
            bool whole = ftruncate(writer->fd, writer->written) == 0;
            (void)whole;
            return -1;
        }
    }
    writer->written += (off_t)count;
    return 0;
}

static int pack_gzip(struct packed_writer *writer, const char *lines, size_t bytes, enum packed_step step,
                     struct error *error)
{
    static const int FLUSHES[] = {[STEP_MORE] = Z_NO_FLUSH, [STEP_FLUSH] = Z_SYNC_FLUSH, [STEP_END] = Z_FINISH};
    z_stream *gzip = &writer->gzip;
    gzip->next_in = (const unsigned char *)lines;
    gzip->avail_in = (unsigned)bytes;
    do {
        gzip->next_out = (unsigned char *)writer->packed;
        gzip->avail_out = BUFFER_BYTES;
        int result = deflate(gzip, FLUSHES[step]);
        assert(result != Z_STREAM_ERROR);
        if (write_file(writer, writer->packed, BUFFER_BYTES - gzip->avail_out, error) != 0)
            return -1;
    } while (gzip->avail_out == 0);
    return 0;
}

static int pack_zstd(struct packed_writer *writer, const char *lines, size_t bytes, enum packed_step step,
                     struct error *error)
{
    static const ZSTD_EndDirective DIRECTIVES[] = {
        [STEP_MORE] = ZSTD_e_continue, [STEP_FLUSH] = ZSTD_e_flush, [STEP_END] = ZSTD_e_end};
    ZSTD_inBuffer in = {.src = lines, .size = bytes};
    size_t left;
    do {
        ZSTD_outBuffer out = {.dst = writer->packed, .size = BUFFER_BYTES};
        left = ZSTD_compressStream2(writer->zstd, &out, &in, DIRECTIVES[step]);
        assert(!ZSTD_isError(left));
        if (write_file(writer, writer->packed, out.pos, error) != 0)
            return -1;
    } while (in.pos < in.size || (step != STEP_MORE && left > 0));
    return 0;
}

static int hand_on(struct packed_writer *writer, const char *lines, size_t bytes, enum packed_step step,
                   struct error *error)
{
    if (writer->failed)
        return error_set(error, ERROR_FAILED, "'%s' could not be written", writer->path);
    if (writer->packing == PACKING_GZIP)
        return pack_gzip(writer, lines, bytes, step, error);
    if (writer->packing == PACKING_ZSTD)
        return pack_zstd(writer, lines, bytes, step, error);
    return write_file(writer, lines, bytes, error);
}

static int hand_on_collected(struct packed_writer *writer, enum packed_step step, struct error *error)
{
    size_t bytes = writer->lines_bytes;
    writer->lines_bytes = 0;
    return hand_on(writer, writer->lines, bytes, step, error);
}

int packed_writer_add(struct packed_writer *writer, const char *lines, size_t bytes, struct error *error)
{
    if (writer->lines_bytes + bytes > BUFFER_BYTES && hand_on_collected(writer, STEP_MORE, error) != 0)
        return -1;
    if (bytes > BUFFER_BYTES)
        return hand_on(writer, lines, bytes, STEP_MORE, error);
    memcpy(writer->lines + writer->lines_bytes, lines, bytes);
    writer->lines_bytes += bytes;
    return 0;
}

int packed_writer_flush(struct packed_writer *writer, struct error *error)
{
    return hand_on_collected(writer, STEP_FLUSH, error);
}

int packed_writer_close(struct packed_writer *writer, struct error *error)
{
    if (writer == NULL)
        return 0;
    int result = hand_on_collected(writer, STEP_END, error);
    if (close(writer->fd) != 0 && result == 0)
        result = error_set(error, ERROR_FAILED, "cannot write '%s': %s", writer->path, strerror(errno));
    if (writer->packing == PACKING_GZIP)
        deflateEnd(&writer->gzip);
    ZSTD_freeCStream(writer->zstd);
    free(writer->lines);
    free(writer->packed);
    free(writer->path);
    free(writer);
    return result;
}
