#include "core/process_status.h"

#include "core/text.h"

void process_status_put_queue(struct process_status *status, const char *name, uint64_t waiting, uint64_t refused)
{
    if (status->queue_count == PROCESS_QUEUES_MAX)
        return;
    struct queue_status *queue = &status->queues[status->queue_count++];
    *queue = (struct queue_status){.waiting = waiting, .refused = refused};
    text_copy(queue->name, sizeof queue->name, name);
}
