/* Configuration files. libinih takes a line apart; this file hands it the lines one by one, because that is what tells
 * the line number of a setting and keeps long lines, NUL bytes and indented lines from being read as something else. */
#include "app/config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"

/* Debian's libinih lets a program choose the longest line (200 bytes otherwise). Weak, because other builds of the
 * library do not have the variable: there, the shorter limit is met by the same error. */
extern int ini_max_line __attribute__((weak));

/* What the reader and the handler, which libinih calls in turns, share while one file is read. */
struct reading {
    struct config *config;
    const char *file;
    size_t first; /* index of the file's first entry */
    bool others_can_read;
    char *text; /* the whole file */
    size_t bytes, at;
    int line;
    struct error *error;
    bool failed;
};

static char *copy(const char *text)
{
    char *result = strdup(text);
    if (result == NULL)
        abort();
    return result;
}

int config_error(const struct config_entry *entry, struct error *error, const char *format, ...)
{
    struct error sentence;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence.text, sizeof(sentence.text), format, arguments);
    va_end(arguments);
    return error_set(error, ERROR_USAGE, "%s:%d: %s", entry->file, entry->line, sentence.text);
}

/* Notes the first mistake, with the line that was read last. */
static void fail(struct reading *reading, const char *sentence)
{
    if (!reading->failed)
        error_set(reading->error, ERROR_USAGE, "%s:%d: %s", reading->file, reading->line, sentence);
    reading->failed = true;
}

/* A section line is checked here because libinih would cut a long name, and would ignore what follows the bracket. */
static void check_section(struct reading *reading, const char *line, size_t length)
{
    const char *end = memchr(line, ']', length);

    if (end == NULL) {
        fail(reading, "the section has no closing bracket");
        return;
    }
    if (end - line - 1 > CONFIG_SECTION_BYTES_MAX)
        fail(reading, "the section's name is longer than 49 bytes");
    for (const char *at = end + 1; at < line + length && *at != ';' && *at != '#'; at++) {
        if (*at != ' ' && *at != '\t')
            fail(reading, "only a comment may follow a section");
    }
}

static void check_line(struct reading *reading, const char *line, size_t length)
{
    if (!text_is_utf8(line, length))
        fail(reading, "the line is not valid UTF-8");
    for (size_t i = 0; i < length; i++) {
        if (iscntrl((unsigned char)line[i]) && line[i] != '\t')
            fail(reading, "the line holds a control character");
    }
    if (length > 0 && line[0] == '[')
        check_section(reading, line, length);
}

/* An ini_reader: the next line, without its end and without indentation, which libinih would take for a continuation
 * of the setting before. */
static char *next_line(char *out, int size, void *context)
{
    struct reading *reading = context;
    const char *line = reading->text + reading->at;
    size_t left = reading->bytes - reading->at;

    if (left == 0 || reading->failed)
        return NULL;
    const char *end = memchr(line, '\n', left);
    size_t length = end != NULL ? (size_t)(end - line) : left;

    reading->at += length + (end != NULL ? 1 : 0);
    reading->line++;
    if (length > 0 && line[length - 1] == '\r')
        length--;
    while (length > 0 && (*line == ' ' || *line == '\t')) {
        line++;
        length--;
    }
    if (length > CONFIG_LINE_BYTES_MAX || length + 1 > (size_t)size)
        fail(reading, "the line is too long");
    check_line(reading, line, length);
    if (reading->failed)
        return NULL;
    memcpy(out, line, length);
    out[length] = '\0';
    return out;
}

/* An ini_handler: 1 to go on, 0 after a mistake. */
static int add_entry(void *context, const char *section, const char *key, const char *value)
{
    struct reading *reading = context;
    struct config *config = reading->config;

    if (key[0] == '\0') {
        fail(reading, "there is no key before the '='");
        return 0;
    }
    if (config->count == config->capacity) {
        config->capacity = config->capacity == 0 ? 32 : config->capacity * 2;
        config->entries = realloc(config->entries, config->capacity * sizeof(*config->entries));
        if (config->entries == NULL)
            abort();
    }
    config->entries[config->count++] = (struct config_entry){.section = copy(section),
                                                             .key = copy(key),
                                                             .value = copy(value),
                                                             .file = reading->file,
                                                             .line = reading->line,
                                                             .others_can_read = reading->others_can_read};
    return 1;
}

/* Reads the whole of a regular file into memory. The descriptor stays the caller's. */
static int load(struct reading *reading, int fd)
{
    struct stat status;

    if (fstat(fd, &status) != 0)
        return error_set(reading->error, ERROR_USAGE, "%s: %s", reading->file, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return error_set(reading->error, ERROR_USAGE, "%s: is not a regular file", reading->file);
    if (status.st_size > CONFIG_FILE_BYTES_MAX)
        return error_set(reading->error, ERROR_USAGE, "%s: is larger than 1 MiB", reading->file);
    reading->others_can_read = (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
    reading->text = malloc((size_t)status.st_size + 1);
    if (reading->text == NULL)
        abort();
    while (reading->bytes < (size_t)status.st_size) {
        ssize_t got = read(fd, reading->text + reading->bytes, (size_t)status.st_size - reading->bytes);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(reading->error, ERROR_USAGE, "%s: %s", reading->file, strerror(errno));
        if (got == 0)
            break;
        reading->bytes += (size_t)got;
    }
    if (reading->bytes >= 3 && memcmp(reading->text, "\xEF\xBB\xBF", 3) == 0)
        reading->at = 3;
    return 0;
}

static int compare_names(const void *left, const void *right)
{
    const struct config_entry *a = *(const struct config_entry *const *)left;
    const struct config_entry *b = *(const struct config_entry *const *)right;
    int order = strcmp(a->section, b->section);

    if (order == 0)
        order = strcmp(a->key, b->key);
    return order != 0 ? order : a->line - b->line;
}

/* Fails for the first key that this file sets for the second time. Sorted, so that a large file takes no longer than
 * its size deserves. */
static void check_doubled(struct reading *reading)
{
    size_t count = reading->config->count - reading->first;
    const struct config_entry **sorted = malloc((count + 1) * sizeof(const struct config_entry *));
    const struct config_entry *doubled = NULL;

    if (sorted == NULL)
        abort();
    for (size_t i = 0; i < count; i++)
        sorted[i] = &reading->config->entries[reading->first + i];
    qsort(sorted, count, sizeof(const struct config_entry *), compare_names);
    for (size_t i = 1; i < count; i++) {
        bool same =
            strcmp(sorted[i]->section, sorted[i - 1]->section) == 0 && strcmp(sorted[i]->key, sorted[i - 1]->key) == 0;

        if (same && (doubled == NULL || sorted[i]->line < doubled->line))
            doubled = sorted[i];
    }
    if (doubled != NULL) {
        config_error(doubled, reading->error, "'%.60s' is set twice", doubled->key);
        reading->failed = true;
    }
    free(sorted);
}

static int parse(struct reading *reading)
{
    if (&ini_max_line != NULL)
        ini_max_line = CONFIG_LINE_BYTES_MAX + 1;
    int line = ini_parse_stream(next_line, reading, add_entry, reading);

    if (!reading->failed && line > 0)
        error_set(reading->error, ERROR_USAGE, "%s:%d: is neither a [section] nor 'key = value'", reading->file, line);
    else if (!reading->failed && line < 0)
        error_set(reading->error, ERROR_FAILED, "%s: out of memory", reading->file);
    else if (!reading->failed)
        check_doubled(reading);
    return reading->failed || line != 0 ? -1 : 0;
}

static void drop_entries(struct config *config, size_t from)
{
    for (size_t i = from; i < config->count; i++) {
        free(config->entries[i].section);
        free(config->entries[i].key);
        free(config->entries[i].value);
    }
    config->count = from;
}

int config_read(struct config *config, const char *path, bool must_exist, struct error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0) {
        if (!must_exist && (errno == ENOENT || errno == ENOTDIR))
            return 0;
        return error_set(error, ERROR_USAGE, "%s: %s", path, strerror(errno));
    }
    config->files = realloc(config->files, (config->file_count + 1) * sizeof(*config->files));
    if (config->files == NULL)
        abort();
    config->files[config->file_count] = copy(path);

    struct reading reading = {
        .config = config, .file = config->files[config->file_count], .first = config->count, .error = error};
    config->file_count++;
    int result = load(&reading, fd);

    if (result == 0)
        result = parse(&reading);
    if (result != 0)
        drop_entries(config, reading.first);
    free(reading.text);
    close(fd);
    return result;
}

const struct config_entry *config_find(const struct config *config, const char *section, const char *key)
{
    for (size_t i = config->count; i > 0; i--) {
        const struct config_entry *entry = &config->entries[i - 1];

        if (strcmp(entry->section, section) == 0 && strcmp(entry->key, key) == 0)
            return entry;
    }
    return NULL;
}

void config_free(struct config *config)
{
    drop_entries(config, 0);
    free(config->entries);
    for (size_t i = 0; i < config->file_count; i++)
        free(config->files[i]);
    free(config->files);
    *config = (struct config){0};
}
