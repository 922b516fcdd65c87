/* The log: its lines, its file, and that threads do not tear each other's lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/log.h"

static char folder[] = "/tmp/tapedeck_log_XXXXXX";
static char path[64];
static char content[1 << 20];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(path, sizeof(path), "%s/log", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    log_open(NULL, NULL);
    unlink(path);
    return rmdir(folder);
}

static int start_empty(void **state)
{
    (void)state;
    log_set_level(LOG_INFO);
    log_open(NULL, NULL);
    unlink(path);
    return 0;
}

static const char *read_log(void)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t length = fread(content, 1, sizeof(content) - 1, file);
    content[length] = '\0';
    fclose(file);
    return content;
}

static void a_line_has_time_level_part_and_message(void **state)
{
    (void)state;
    assert_int_equal(log_open(path, NULL), 0);
    errno = EXDEV;
    log_warning("bus", "%d of %s\n\x1B[31m\xE2\x80\xAElost", 3, "ORDERS");
    assert_int_equal(errno, EXDEV);
    const char *line = read_log();
    assert_int_equal(line[4], '-');
    assert_int_equal(line[10], 'T');
    assert_int_equal(line[19], '.');
    assert_string_equal(line + 23, "Z warning bus: 3 of ORDERS [31mlost\n");
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void lower_levels_are_dropped(void **state)
{
    (void)state;
    assert_int_equal(log_open(path, NULL), 0);
    log_debug("x", "one");
    log_info("x", "two");
    log_set_level(LOG_ERROR);
    log_warning("x", "three");
    log_error("x", "four");
    log_set_level(LOG_DEBUG);
    log_debug("x", "five");
    const char *text = read_log();
    assert_null(strstr(text, "one"));
    assert_non_null(strstr(text, "Z info x: two\n"));
    assert_null(strstr(text, "three"));
    assert_non_null(strstr(text, "Z error x: four\n"));
    assert_non_null(strstr(text, "Z debug x: five\n"));
    enum log_level level;
    assert_int_equal(log_level_from_name("warning", &level), 0);
    assert_int_equal(level, LOG_WARNING);
    assert_int_equal(log_level_from_name("loud", &level), -1);
    assert_string_equal(log_level_name(LOG_ERROR), "error");
}

static void a_file_is_continued_and_made_private(void **state)
{
    (void)state;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("before\n", file);
    fclose(file);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(log_open(path, NULL), 0);
    log_info("x", "after");
    assert_memory_equal(read_log(), "before\n", 7);
    assert_non_null(strstr(content, "x: after\n"));
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void only_regular_files_are_written(void **state)
{
    (void)state;
    struct error error = {0};
    assert_int_equal(log_open(folder, &error), -1);
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_int_equal(log_open("/dev/null", &error), -1);
    assert_int_equal(log_open("/nonexistent/log", &error), -1);
    assert_int_equal(log_open("", &error), -1);
    char link_path[80];
    snprintf(link_path, sizeof(link_path), "%s/link", folder);
    assert_int_equal(symlink(path, link_path), 0);
    assert_int_equal(log_open(link_path, &error), -1);
    assert_non_null(strstr(error.text, "symbolic link"));
    unlink(link_path);
    assert_int_equal(mkfifo(link_path, 0600), 0);
    assert_int_equal(log_open(link_path, &error), -1); /* and does not wait for a reader */
    unlink(link_path);
    assert_int_equal(access(path, F_OK), -1);
}

static void a_long_message_is_cut(void **state)
{
    (void)state;
    static char message[10000];
    memset(message, 'm', sizeof(message) - 1);
    assert_int_equal(log_open(path, NULL), 0);
    log_info("x", "%s", message);
    log_info("x", "next");
    const char *text = read_log();
    const char *end = strchr(text, '\n');
    assert_non_null(end);
    assert_true(end - text > 1000 && end - text < 3000);
    assert_non_null(strstr(end, "x: next\n"));
}

static void the_latest_lines_can_be_read_again(void **state)
{
    (void)state;
    char line[300], short_line[60];
    uint64_t before = log_newest();
    assert_int_equal(log_open(path, NULL), 0);
    assert_false(log_recall(before + 1, line, sizeof line));
    log_warning("bus", "the first");
    log_info("bus", "the second");
    assert_int_equal(log_newest(), before + 2);
    assert_true(log_recall(before + 1, line, sizeof line));
    assert_string_equal(line + 23, "Z warning bus: the first");
    assert_true(log_recall(before + 2, short_line, 30));
    assert_string_equal(short_line + 23, "Z info");
    for (int i = 0; i < 1000; i++) {
        log_info("bus", "line %d", i);
    }
    assert_false(log_recall(before + 1, line, sizeof line)); /* it was written over */
    assert_true(log_recall(log_newest(), line, sizeof line));
    assert_string_equal(line + 23, "Z info bus: line 999");
    assert_false(log_recall(0, line, sizeof line));
}

enum { THREADS = 4, LINES = 500 };

static void *write_lines(void *name)
{
    for (int i = 0; i < LINES; i++) {
        log_info("thread", "%s %d %s", (const char *)name, i, "................................................");
    }
    return NULL;
}

static void threads_do_not_tear_lines(void **state)
{
    (void)state;
    static char names[THREADS][2] = {"a", "b", "c", "d"};
    pthread_t threads[THREADS];
    assert_int_equal(log_open(path, NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, names[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    int next[THREADS] = {0};
    int lines = 0;
    read_log();
    for (char *line = strtok(content, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char name;
        int number;
        assert_int_equal(sscanf(line + 23, "Z info thread: %c %d ....", &name, &number), 2);
        assert_int_equal(number, next[name - 'a']++);
        assert_int_equal(line[strlen(line) - 1], '.');
        lines++;
    }
    assert_int_equal(lines, THREADS * LINES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_line_has_time_level_part_and_message, start_empty),
        cmocka_unit_test_setup(lower_levels_are_dropped, start_empty),
        cmocka_unit_test_setup(a_file_is_continued_and_made_private, start_empty),
        cmocka_unit_test_setup(only_regular_files_are_written, start_empty),
        cmocka_unit_test_setup(a_long_message_is_cut, start_empty),
        cmocka_unit_test_setup(the_latest_lines_can_be_read_again, start_empty),
        cmocka_unit_test_setup(threads_do_not_tear_lines, start_empty),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
