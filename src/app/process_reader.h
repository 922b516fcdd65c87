/* Reads from /proc what the threads of this process use of the processors. One thread owns a reader. */
#ifndef APP_PROCESS_READER_H
#define APP_PROCESS_READER_H

#include <stdint.h>

#include "core/process_status.h"

struct process_reader;

/* Never NULL: aborts when memory is out. */
struct process_reader *process_reader_create(void);
void process_reader_destroy(struct process_reader *reader); /* NULL is allowed */

/* Fills in threads and memory; the queues stay as they are. The first reading knows no percentages yet: they are 0.
 * `now_ns` is monotonic. Without /proc nothing is known. */
void process_reader_read(struct process_reader *reader, struct process_status *status, int64_t now_ns);

#endif
