/* Lines out of a window on the file, which grows up to the longest line that is wanted. */
#include "feed/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "feed/packed_file.h"

enum { WINDOW_BYTES = 1 << 17, READ_BYTES = 1 << 16 };

struct lines {
    struct packed_file *file; /* owned */
    char *path;
    char *window; /* owned */
    size_t size, begin, end;
    bool ended;
    bool skipping; /* the rest of the last line is to be thrown away */
    uint64_t number;
};

/* Opens without waiting for what is no file, e.g. a pipe that nobody writes. */
static int open_regular(const char *path, struct error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return error_set(error, ERROR_USAGE, "cannot open '%s': %s", path, strerror(errno));
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        error_set(error, ERROR_USAGE, "cannot read '%s': it is not a regular file", path);
        close(fd);
        return -1;
    }
    return fd;
}

struct lines *lines_open(const char *path, struct error *error)
{
    int fd = open_regular(path, error);
    if (fd < 0)
        return NULL;
    struct lines *lines = calloc(1, sizeof *lines);
    if (lines == NULL)
        abort();
    lines->size = WINDOW_BYTES;
    lines->window = malloc(lines->size);
    lines->path = strdup(path);
    if (lines->window == NULL || lines->path == NULL)
        abort();
    lines->file = packed_file_open(fd);
    return lines;
}

void lines_close(struct lines *lines)
{
    if (lines == NULL)
        return;
    packed_file_close(lines->file);
    free(lines->path);
    free(lines->window);
    free(lines);
}

/* Makes room behind what is left of the window. False when a line fills it that is as long as lines get. */
static bool make_room(struct lines *lines)
{
    memmove(lines->window, lines->window + lines->begin, lines->end - lines->begin);
    lines->end -= lines->begin;
    lines->begin = 0;
    if (lines->end + READ_BYTES <= lines->size)
        return true;
    if (lines->end >= LINE_LONGEST_BYTES)
        return false;
    lines->size *= 2;
    lines->window = realloc(lines->window, lines->size);
    if (lines->window == NULL)
        abort();
    return true;
}

/* Reads on; sets `ended` at the end of the file. There is room for READ_BYTES. */
static int read_on(struct lines *lines, struct error *error)
{
    const char *problem = "";
    ssize_t bytes = packed_file_read(lines->file, lines->window + lines->end, READ_BYTES, &problem);
    if (bytes < 0)
        return error_set(error, ERROR_FAILED, "cannot read '%s' behind line %llu: %s", lines->path,
                         (unsigned long long)lines->number, problem);
    lines->end += (size_t)bytes;
    lines->ended = bytes == 0;
    return 0;
}

static void hand_out(struct lines *lines, size_t length, const char **text, size_t *text_length)
{
    *text = lines->window + lines->begin;
    *text_length = length > 0 && (*text)[length - 1] == '\r' ? length - 1 : length;
    lines->number++;
}

/* Throws away what is left of a line that was too long. */
static int skip_line(struct lines *lines, struct error *error)
{
    for (;;) {
        char *newline = memchr(lines->window + lines->begin, '\n', lines->end - lines->begin);
        if (newline != NULL) {
            lines->begin = (size_t)(newline - lines->window) + 1;
            return 0;
        }
        lines->begin = lines->end = 0;
        if (lines->ended)
            return 0;
        if (read_on(lines, error))
            return -1;
    }
}

int lines_next(struct lines *lines, const char **text, size_t *length, struct error *error)
{
    if (lines->skipping && skip_line(lines, error))
        return -1;
    lines->skipping = false;
    size_t searched = 0; /* what is known to hold no newline */
    for (;;) {
        char *start = lines->window + lines->begin;
        size_t there = lines->end - lines->begin;
        char *newline = there > searched ? memchr(start + searched, '\n', there - searched) : NULL;
        if (newline != NULL) {
            hand_out(lines, (size_t)(newline - start), text, length);
            lines->begin += (size_t)(newline - start) + 1;
            return 1;
        }
        searched = there;
        if (lines->ended) {
            if (there == 0)
                return 0;
            hand_out(lines, there, text, length);
            lines->begin = lines->end;
            return 1;
        }
        if (!make_room(lines)) {
            hand_out(lines, LINE_LONGEST_BYTES, text, length);
            lines->begin += LINE_LONGEST_BYTES;
            lines->skipping = true;
            return 1;
        }
        if (read_on(lines, error))
            return -1;
    }
}

uint64_t lines_number(const struct lines *lines)
{
    return lines->number;
}

const char *lines_path(const struct lines *lines)
{
    return lines->path;
}
