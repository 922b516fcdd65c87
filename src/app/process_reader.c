/* The numbers of each thread stand in /proc/self/task/TID/stat: its name in brackets, then the fields of proc(5), of
 * which the 14th and 15th are the time it ran, in ticks. */
#include "app/process_reader.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/text.h"

enum { THREADS_READ_MAX = 512 };

struct thread {
    long tid;
    uint64_t ticks; /* that it ran so far */
};

struct process_reader {
    struct thread before[THREADS_READ_MAX], now[THREADS_READ_MAX];
    size_t before_count, now_count;
    int64_t before_ns; /* monotonic; 0: not read yet */
};

struct process_reader *process_reader_create(void)
{
    struct process_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        abort();
    return reader;
}

void process_reader_destroy(struct process_reader *reader)
{
    free(reader);
}

static uint64_t ticks_before(const struct process_reader *reader, long tid)
{
    for (size_t i = 0; i < reader->before_count; i++) {
        if (reader->before[i].tid == tid)
            return reader->before[i].ticks;
    }
    return 0;
}

static bool read_text(char *text, size_t size, const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    size_t length = fread(text, 1, size - 1, file);
    text[length] = '\0';
    fclose(file);
    return length > 0;
}

/* A name may hold spaces and brackets: it ends at the last bracket. */
static bool read_thread(long tid, char *name, size_t name_size, uint64_t *ticks)
{
    char path[64], text[512];
    unsigned long long user, kernel;
    snprintf(path, sizeof path, "/proc/self/task/%ld/stat", tid);
    if (!read_text(text, sizeof text, path))
        return false; /* it has just ended */
    char *open = strchr(text, '('), *close = strrchr(text, ')');
    if (open == NULL || close == NULL)
        return false;
    *close = '\0';
    if (sscanf(close + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user, &kernel) != 2)
        return false;
    text_copy(name, name_size, open + 1);
    *ticks = user + kernel;
    return true;
}

/* What nats.c starts has the name of the program, and so has the first thread, which draws. */
static void add(struct process_status *status, long tid, const char *name, double cpu_percent)
{
    if (tid == (long)getpid())
        name = "main";
    else if (strcmp(name, "tapedeck") == 0)
        name = "nats.c";
    uint32_t i = 0;
    while (i < status->thread_count && strcmp(status->threads[i].name, name) != 0)
        i++;
    if (i == PROCESS_THREADS_MAX)
        return;
    if (i == status->thread_count) {
        status->thread_count++;
        status->threads[i] = (struct thread_status){0};
        text_copy(status->threads[i].name, sizeof status->threads[i].name, name);
    }
    status->threads[i].count++;
    status->threads[i].cpu_percent += cpu_percent;
    status->cpu_percent += cpu_percent;
}

static int busier_first(const void *left, const void *right)
{
    const struct thread_status *a = left, *b = right;
    if (a->cpu_percent < b->cpu_percent || a->cpu_percent > b->cpu_percent)
        return a->cpu_percent < b->cpu_percent ? 1 : -1;
    return strcmp(a->name, b->name);
}

static uint64_t read_memory(void)
{
    char text[128];
    unsigned long long pages = 0;
    if (!read_text(text, sizeof text, "/proc/self/statm") || sscanf(text, "%*u %llu", &pages) != 1)
        return 0;
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void process_reader_read(struct process_reader *reader, struct process_status *status, int64_t now_ns)
{
    double ticks = (double)(now_ns - reader->before_ns) / 1e9 * (double)sysconf(_SC_CLK_TCK); /* since then */
    DIR *tasks = opendir("/proc/self/task");
    status->known = tasks != NULL;
    status->thread_count = 0;
    status->cpu_percent = 0;
    if (tasks == NULL)
        return;
    reader->now_count = 0;
    for (struct dirent *entry; (entry = readdir(tasks)) != NULL && reader->now_count < THREADS_READ_MAX;) {
        char name[PROCESS_NAME_SIZE];
        struct thread thread = {.tid = strtol(entry->d_name, NULL, 10)};
        if (thread.tid == 0 || !read_thread(thread.tid, name, sizeof name, &thread.ticks))
            continue;
        uint64_t before = ticks_before(reader, thread.tid), ran = thread.ticks > before ? thread.ticks - before : 0;
        add(status, thread.tid, name, reader->before_ns != 0 && ticks > 0 ? 100 * (double)ran / ticks : 0);
        reader->now[reader->now_count++] = thread;
    }
    closedir(tasks);
    memcpy(reader->before, reader->now, reader->now_count * sizeof reader->now[0]);
    reader->before_count = reader->now_count;
    reader->before_ns = now_ns;
    status->memory_bytes = read_memory();
    qsort(status->threads, status->thread_count, sizeof status->threads[0], busier_first);
}
