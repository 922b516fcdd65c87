/* The log writes each entry with one write(2), so that lines of several threads, and of several processes that
 * append to one file, never mix. A mutex guards the descriptor against log_open changing it meanwhile, and the latest
 * entries, which are kept. */
#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/text.h"
#include "core/timestamp.h"

enum {
    MESSAGE_SIZE = 2048,
    LINE_SIZE = MESSAGE_SIZE + 128,
    MILLISECOND_LENGTH = 23,
    KEPT_LINES = 256,
    KEPT_SIZE = 240
};

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug",
    [LOG_INFO] = "info",
    [LOG_WARNING] = "warning",
    [LOG_ERROR] = "error",
};

static atomic_int lowest_level = LOG_INFO;
static pthread_mutex_t descriptor_mutex = PTHREAD_MUTEX_INITIALIZER;
static int descriptor = STDERR_FILENO;

/* The latest entries, for a screen; under the mutex too. */
static char kept[KEPT_LINES][KEPT_SIZE];
static uint64_t newest;

void log_set_level(enum log_level level)
{
    atomic_store(&lowest_level, (int)level);
}

static void use_descriptor(int opened)
{
    pthread_mutex_lock(&descriptor_mutex);
    int before = descriptor;
    descriptor = opened;
    pthread_mutex_unlock(&descriptor_mutex);
    if (before != STDERR_FILENO) {
        close(before);
    }
}

int log_open(const char *path, struct error *error)
{
    if (path == NULL) {
        use_descriptor(STDERR_FILENO);
        return 0;
    }
    /* O_NONBLOCK, for opening a pipe that nobody reads would wait for ever; a regular file does not know it. */
    int opened = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (opened < 0) {
        return error_set(error, ERROR_USAGE, "the log file %s cannot be opened: %s", path,
                         errno == ELOOP ? "it is a symbolic link" : strerror(errno));
    }
    struct stat status;
    if (fstat(opened, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(opened);
        return error_set(error, ERROR_USAGE, "the log file %s is not a regular file", path);
    }
    if (status.st_uid == geteuid() && (status.st_mode & 077) != 0 && fchmod(opened, 0600) != 0) {
        int reason = errno;
        close(opened);
        return error_set(error, ERROR_USAGE, "the log file %s cannot be made private: %s", path, strerror(reason));
    }
    use_descriptor(opened);
    return 0;
}

static size_t build_line(char line[LINE_SIZE], enum log_level level, const char *part, char *message)
{
    for (char *at = message; *at != '\0'; at++) {
        if (*at == '\n' || *at == '\r' || *at == '\t') {
            *at = ' ';
        }
    }
    char time[TIMESTAMP_TEXT_SIZE];
    timestamp_format(time, clock_wall_ns());
    int head = snprintf(line, 128, "%.*sZ %s %.48s: ", MILLISECOND_LENGTH, time, level_names[level], part);
    size_t length = head > 0 ? (size_t)head : 0;
    length += text_clean(line + length, LINE_SIZE - 1 - length, message, strlen(message));
    line[length] = '\n';
    return length + 1;
}

void log_write(enum log_level level, const char *part, const char *format, ...)
{
    if ((int)level < atomic_load(&lowest_level)) {
        return;
    }
    int caller_errno = errno;
    char message[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(message, sizeof(message), format, arguments) < 0) {
        message[0] = '\0';
    }
    va_end(arguments);
    char line[LINE_SIZE];
    size_t length = build_line(line, level, part, message);
    pthread_mutex_lock(&descriptor_mutex);
    line[length - 1] = '\0';
    text_copy(kept[++newest % KEPT_LINES], KEPT_SIZE, line);
    line[length - 1] = '\n';
    ssize_t written;
    do {
        written = write(descriptor, line, length);
    } while (written < 0 && errno == EINTR);
    pthread_mutex_unlock(&descriptor_mutex);
    errno = caller_errno;
}

bool log_recall(uint64_t number, char *line, size_t size)
{
    pthread_mutex_lock(&descriptor_mutex);
    bool is_kept = number >= 1 && number <= newest && newest - number < KEPT_LINES;
    if (is_kept) {
        text_copy(line, size, kept[number % KEPT_LINES]);
    }
    pthread_mutex_unlock(&descriptor_mutex);
    return is_kept;
}

uint64_t log_newest(void)
{
    pthread_mutex_lock(&descriptor_mutex);
    uint64_t number = newest;
    pthread_mutex_unlock(&descriptor_mutex);
    return number;
}

const char *log_level_name(enum log_level level)
{
    return level_names[level];
}

int log_level_from_name(const char *name, enum log_level *level)
{
    for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *level = (enum log_level)i;
            return 0;
        }
    }
    return -1;
}
