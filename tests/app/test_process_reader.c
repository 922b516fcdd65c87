/* What the program reads of its own threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "app/process_reader.h"
#include "core/clock.h"
#include "core/timestamp.h"

static atomic_bool named, ending;

/* A name with what ends a name in /proc. */
static void *spin(void *context)
{
    (void)context;
    pthread_setname_np(pthread_self(), "a) spinner (1");
    atomic_store(&named, true);
    while (!atomic_load(&ending)) {
    }
    return NULL;
}

static const struct thread_status *find(const struct process_status *status, const char *name)
{
    for (uint32_t i = 0; i < status->thread_count; i++) {
        if (strcmp(status->threads[i].name, name) == 0)
            return &status->threads[i];
    }
    return NULL;
}

static void test_threads(void **state)
{
    pthread_t threads[2];
    struct process_status status = {0};
    struct process_reader *reader = process_reader_create();
    (void)state;
    assert_int_equal(pthread_create(&threads[0], NULL, spin, NULL), 0);
    while (!atomic_load(&named)) {
    }
    atomic_store(&named, false);
    assert_int_equal(pthread_create(&threads[1], NULL, spin, NULL), 0);
    while (!atomic_load(&named)) {
    }
    int64_t now_ns = clock_monotonic_ns();
    process_reader_read(reader, &status, now_ns);
    assert_true(status.known);
    assert_true(status.memory_bytes > 100000);
    assert_non_null(find(&status, "main"));
    assert_int_equal(find(&status, "main")->count, 1);
    assert_int_equal(find(&status, "a) spinner (1")->count, 2);
    assert_true(find(&status, "a) spinner (1")->cpu_percent <= 0);
    do { /* until a tick of the processor was counted */
        process_reader_read(reader, &status, now_ns += NS_PER_SECOND);
    } while (find(&status, "a) spinner (1")->cpu_percent <= 0);
    assert_string_equal(status.threads[0].name, "a) spinner (1");
    assert_true(status.cpu_percent >= status.threads[0].cpu_percent);
    atomic_store(&ending, true);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    process_reader_read(reader, &status, now_ns + NS_PER_SECOND);
    assert_null(find(&status, "a) spinner (1"));
    process_reader_destroy(reader);
}

static void test_queues(void **state)
{
    struct process_status status = {0};
    (void)state;
    for (int i = 0; i < PROCESS_QUEUES_MAX + 1; i++)
        process_status_put_queue(&status, "a name that is longer than there is room for", (uint64_t)i, 2);
    assert_int_equal(status.queue_count, PROCESS_QUEUES_MAX);
    assert_int_equal(status.queues[PROCESS_QUEUES_MAX - 1].waiting, PROCESS_QUEUES_MAX - 1);
    assert_int_equal(status.queues[0].refused, 2);
    assert_int_equal(strlen(status.queues[0].name), PROCESS_NAME_SIZE - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads), cmocka_unit_test(test_queues)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
