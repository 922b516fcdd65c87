/* What is written can be read: plain and compressed, while it is written and at the end, and up to a limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "feed/packed_file.h"
#include "feed/packed_writer.h"
#include "files.h"

enum { LINES = 20000, LINE_BYTES = 16, LONG_BYTES = 200000, TEXT_SIZE = LINES * LINE_BYTES + LONG_BYTES + 2 };

static int setup(void **state)
{
    (void)state;
    files_setup();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    files_teardown();
    return 0;
}

static struct packed_writer *open_writer(char path[PATH_SIZE], const char *name)
{
    files_path(path, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    return packed_writer_open(fd, path);
}

/* What the file holds, as far as it can be read; `problem` is NULL when that is all of it. */
static char *read_back(const char *path, size_t *length, const char **problem)
{
    char *text = calloc(1, TEXT_SIZE);
    ssize_t count;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_non_null(text);
    assert_true(fd >= 0);
    struct packed_file *file = packed_file_open(fd);
    *length = 0;
    *problem = NULL;
    while ((count = packed_file_read(file, text + *length, TEXT_SIZE - 1 - *length, problem)) > 0)
        *length += (size_t)count;
    packed_file_close(file);
    return text;
}

static void add_line(struct packed_writer *writer, char *expected, size_t *length, int i)
{
    char line[LINE_BYTES + 1];
    snprintf(line, sizeof line, "line %010d\n", i * 7919);
    assert_int_equal(packed_writer_add(writer, line, LINE_BYTES, NULL), 0);
    memcpy(expected + *length, line, LINE_BYTES);
    *length += LINE_BYTES;
}

static void assert_holds(const char *path, const char *expected, size_t length, bool whole)
{
    size_t found;
    const char *problem;
    char *text = read_back(path, &found, &problem);
    assert_int_equal(found, length);
    assert_memory_equal(text, expected, length);
    assert_true((problem == NULL) == whole);
    free(text);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool packed;
    } FILES[] = {{"plain", false}, {"packed.gz", true}, {"packed.zst", true}, {"gz", false}};
    char path[PATH_SIZE], *expected = calloc(1, TEXT_SIZE);
    struct error error = {0};
    assert_non_null(expected);
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        struct packed_writer *writer = open_writer(path, FILES[i].name);
        size_t length = 0;
        for (int line = 0; line < LINES / 2; line++)
            add_line(writer, expected, &length, line);
        /* As after a kill: all lines are there, and a packed file says that its end is missing. */
        assert_int_equal(packed_writer_flush(writer, &error), 0);
        assert_int_equal(packed_writer_flush(writer, &error), 0);
        assert_holds(path, expected, length, !FILES[i].packed);
        memset(expected + length, 'x', LONG_BYTES - 1);
        expected[length + LONG_BYTES - 1] = '\n';
        assert_int_equal(packed_writer_add(writer, expected + length, LONG_BYTES, &error), 0);
        length += LONG_BYTES;
        for (int line = LINES / 2; line < LINES; line++)
            add_line(writer, expected, &length, line);
        assert_int_equal(packed_writer_close(writer, &error), 0);
        assert_holds(path, expected, length, true);
    }
    free(expected);
    assert_int_equal(packed_writer_close(NULL, &error), 0);
}

/* A file that may not grow further ends behind a whole line, and the failure is told. */
static void a_full_disk_leaves_whole_lines(void **state)
{
    (void)state;
    char path[PATH_SIZE], *text;
    const char *problem;
    struct error error = {0};
    struct rlimit before, limit;
    size_t length;
    struct packed_writer *writer = open_writer(path, "full");
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 2 * LINE_BYTES + 3;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    char expected[4 * LINE_BYTES];
    size_t added = 0;
    add_line(writer, expected, &added, 1);
    int first = packed_writer_flush(writer, &error);
    add_line(writer, expected, &added, 2);
    add_line(writer, expected, &added, 3);
    int second = packed_writer_flush(writer, &error), last = packed_writer_close(writer, NULL);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(first, 0);
    assert_int_equal(second, -1);
    assert_int_equal(last, -1);
    assert_non_null(strstr(error.text, "File too large"));
    text = read_back(path, &length, &problem);
    assert_int_equal(length, LINE_BYTES);
    assert_memory_equal(text, expected, length);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_full_disk_leaves_whole_lines),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
