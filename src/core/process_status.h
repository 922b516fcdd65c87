/* What this process is busy with: its threads, and the queues between them. Values that the program fills and the
 * screen shows. */
#ifndef CORE_PROCESS_STATUS_H
#define CORE_PROCESS_STATUS_H

#include <stdbool.h>
#include <stdint.h>

enum { PROCESS_THREADS_MAX = 24, PROCESS_QUEUES_MAX = 16, PROCESS_NAME_SIZE = 24 };

/* Threads of one name together: a reader of each stream, a lease of each role. */
struct thread_status {
    char name[PROCESS_NAME_SIZE];
    uint32_t count;
    double cpu_percent; /* of one core, since the last reading */
};

struct queue_status {
    char name[PROCESS_NAME_SIZE];
    uint64_t waiting; /* what is in it now */
    uint64_t refused; /* what found no room since the start, and was conflated, sent later or refused */
};

struct process_status {
    bool known; /* false: nothing else is valid */
    uint64_t memory_bytes;
    double cpu_percent;
    uint32_t thread_count; /* rows of `threads`, the busiest first */
    struct thread_status threads[PROCESS_THREADS_MAX];
    uint32_t queue_count;
    struct queue_status queues[PROCESS_QUEUES_MAX];
};

/* Adds a queue, as long as there is room. */
void process_status_put_queue(struct process_status *status, const char *name, uint64_t waiting, uint64_t refused);

#endif
