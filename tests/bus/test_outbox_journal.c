/* The journal of an outbox: what was committed is there after any end, what was torn is not, and the ring goes round.
 */
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
#include <sys/wait.h>
#include <unistd.h>

#include "bus/outbox_journal.h"
#include "bus/test_server.h"

enum { SMALL_BYTES = OUTBOX_BLOCKS_MIN * OUTBOX_BLOCK_BYTES };

struct place {
    char directory[64], path[96];
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    test_directory_create(place->directory);
    snprintf(place->path, sizeof place->path, "%s/outbox", place->directory);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    test_directory_remove(place->directory);
    free(place);
    return 0;
}

static struct outbox_journal *open_journal(const struct place *place)
{
    struct error error = {0};
    struct outbox_journal *journal = outbox_journal_open(place->path, SMALL_BYTES, &error);
    if (journal == NULL)
        fail_msg("%s", error.text);
    return journal;
}

/* Adds a record whose payload is `bytes` of the digit that its text names. */
static int add(struct outbox_journal *journal, int value, size_t bytes)
{
    char payload[8192];
    uint64_t number;
    bool batch_full;
    memset(payload, '0' + value % 10, bytes);
    struct outbox_record record = {
        .accepted_ns = value, .subject = "orders.new", .payload = payload, .payload_bytes = bytes};
    return outbox_journal_add(journal, &record, &number, &batch_full, NULL);
}

static void add_and_commit(struct outbox_journal *journal, int value, size_t bytes)
{
    struct error error = {0};
    assert_int_equal(add(journal, value, bytes), 0);
    if (outbox_journal_commit(journal, &error) != 0)
        fail_msg("%s", error.text);
}

/* The accepted_ns of the kept records, in order, as "1 2 3 ". */
static const char *kept(struct outbox_journal *journal)
{
    static char text[1024];
    size_t length = 0;
    text[0] = '\0';
    for (uint64_t number = outbox_journal_first(journal); number < outbox_journal_next(journal); number++) {
        struct outbox_record record;
        if (!outbox_journal_read(journal, number, &record))
            continue;
        assert_string_equal(record.subject, "orders.new");
        for (size_t i = 0; i < record.payload_bytes; i++)
            assert_int_equal(record.payload[i], '0' + (char)(record.accepted_ns % 10));
        length += (size_t)snprintf(text + length, sizeof text - length, "%d ", (int)record.accepted_ns);
    }
    return text;
}

static void what_was_committed_is_there_again(void **state)
{
    struct outbox_journal *journal = open_journal(*state);
    assert_string_equal(kept(journal), "");
    add_and_commit(journal, 1, 300);
    assert_int_equal(add(journal, 2, 0), 0);
    assert_int_equal(add(journal, 3, 4096), 0);
    assert_string_equal(kept(journal), "1 "); /* the others are in no file yet */
    assert_int_equal(outbox_journal_commit(journal, NULL), 0);
    outbox_journal_close(journal);
    journal = open_journal(*state);
    assert_string_equal(kept(journal), "1 2 3 ");
    add_and_commit(journal, 4, 10);
    outbox_journal_drop(journal, outbox_journal_first(journal) + 1);
    outbox_journal_release(journal, outbox_journal_first(journal) + 1);
    assert_string_equal(kept(journal), "3 4 ");
    outbox_journal_close(journal);
    journal = open_journal(*state);
    assert_string_equal(kept(journal), "3 4 ");
    outbox_journal_close(journal);
}

static void one_process_has_it(void **state)
{
    struct place *place = *state;
    struct error error = {0};
    struct outbox_journal *journal = open_journal(place);
    assert_null(outbox_journal_open(place->path, SMALL_BYTES, &error));
    assert_int_equal(error.kind, ERROR_IN_USE);
    outbox_journal_close(journal);
    outbox_journal_close(NULL);
}

static void the_ring_goes_round(void **state)
{
    struct outbox_journal *journal = open_journal(*state);
    for (int i = 0; i < 500; i++) {
        add_and_commit(journal, i, (size_t)(i * 37 % 1500));
        if (outbox_journal_next(journal) - outbox_journal_first(journal) > 5)
            outbox_journal_release(journal, outbox_journal_next(journal) - 5);
        if (i % 50 == 7) {
            outbox_journal_close(journal);
            journal = open_journal(*state);
        }
    }
    assert_string_equal(kept(journal), "495 496 497 498 499 ");
    outbox_journal_close(journal);
}

static void what_is_kept_is_never_written_over(void **state)
{
    struct outbox_journal *journal = open_journal(*state);
    int taken = 0;
    while (add(journal, taken, 400) == 0 && outbox_journal_commit(journal, NULL) == 0)
        taken++;
    assert_true(taken > OUTBOX_BLOCKS_MIN - 5 && taken < OUTBOX_BLOCKS_MIN);
    outbox_journal_release(journal, outbox_journal_first(journal) + 10);
    for (int i = 0; i < 10; i++)
        add_and_commit(journal, taken + i, 400);
    assert_int_equal(add(journal, 0, 400), -1);
    assert_int_equal(outbox_journal_next(journal) - outbox_journal_first(journal), taken);
    outbox_journal_close(journal);
    journal = open_journal(*state);
    assert_int_equal(outbox_journal_next(journal) - outbox_journal_first(journal), taken);
    assert_non_null(strstr(kept(journal), "10 11 12 "));
    outbox_journal_close(journal);
}

static void overwrite(const struct place *place, off_t at, const void *bytes, size_t count)
{
    int fd = open(place->path, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, count, at), count);
    close(fd);
}

/* Power fails at any byte of the last batch: what is whole is there, nothing else is. */
static void a_torn_tail_is_not_there(void **state)
{
    static const char zeros[4 * OUTBOX_BLOCK_BYTES];
    struct place *place = *state;
    struct outbox_journal *journal = open_journal(place);
    add_and_commit(journal, 1, 100);
    add_and_commit(journal, 2, 1000); /* in blocks 3, 4 and 5 */
    outbox_journal_close(journal);
    overwrite(place, 4 * OUTBOX_BLOCK_BYTES, zeros, OUTBOX_BLOCK_BYTES);
    journal = open_journal(place);
    assert_string_equal(kept(journal), "1 ");
    add_and_commit(journal, 3, 2000);
    outbox_journal_close(journal);
    overwrite(place, 3 * OUTBOX_BLOCK_BYTES + 700, "x", 1); /* one flipped byte */
    journal = open_journal(place);
    assert_string_equal(kept(journal), "1 ");
    outbox_journal_close(journal);
    overwrite(place, 0, zeros, 2 * OUTBOX_BLOCK_BYTES); /* both heads: the records are there all the same */
    journal = open_journal(place);
    assert_string_equal(kept(journal), "1 ");
    add_and_commit(journal, 4, 100);
    assert_string_equal(kept(journal), "1 4 ");
    outbox_journal_close(journal);
}

static void garbage_is_no_record(void **state)
{
    struct place *place = *state;
    char noise[SMALL_BYTES];
    uint32_t random = 1;
    for (size_t i = 0; i < sizeof noise; i++) {
        random = random * 1664525 + 1013904223;
        noise[i] = (char)(random >> 24);
    }
    FILE *file = fopen(place->path, "w");
    assert_int_equal(fwrite(noise, 1, sizeof noise, file), sizeof noise);
    fclose(file);
    struct outbox_journal *journal = open_journal(place);
    assert_string_equal(kept(journal), "");
    add_and_commit(journal, 1, 100);
    assert_string_equal(kept(journal), "1 ");
    outbox_journal_close(journal);
}

static void what_a_killed_process_committed_is_there(void **state)
{
    struct place *place = *state;
    pid_t child = fork();
    if (child == 0) {
        struct outbox_journal *journal = outbox_journal_open(place->path, SMALL_BYTES, NULL);
        if (journal == NULL || add(journal, 1, 100) != 0 || outbox_journal_commit(journal, NULL) != 0 ||
            add(journal, 2, 100) != 0)
            _exit(1);
        raise(SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    struct outbox_journal *journal = open_journal(place);
    assert_string_equal(kept(journal), "1 ");
    outbox_journal_close(journal);
}

/* A disk that takes no more: what was not written is not there, and when the disk is well again all is. */
static void a_broken_disk_loses_nothing_of_before(void **state)
{
    struct error error = {0};
    struct outbox_journal *journal = open_journal(*state);
    struct rlimit whole, none;
    add_and_commit(journal, 1, 100);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &whole), 0);
    none = (struct rlimit){.rlim_cur = 3 * OUTBOX_BLOCK_BYTES, .rlim_max = whole.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    assert_int_equal(add(journal, 2, 100), 0);
    assert_int_equal(add(journal, 3, 100), 0);
    assert_int_equal(outbox_journal_commit(journal, &error), -1);
    assert_non_null(strstr(error.text, "File too large"));
    assert_string_equal(kept(journal), "1 ");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);
    add_and_commit(journal, 4, 100);
    assert_string_equal(kept(journal), "1 4 ");
    outbox_journal_close(journal);
    journal = open_journal(*state);
    assert_string_equal(kept(journal), "1 4 ");
    outbox_journal_close(journal);
}

static void a_full_disk_is_noticed_at_the_start(void **state)
{
    struct place *place = *state;
    struct error error = {0};
    struct rlimit whole, little;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &whole), 0);
    little = (struct rlimit){.rlim_cur = SMALL_BYTES / 2, .rlim_max = whole.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    struct outbox_journal *journal = outbox_journal_open(place->path, SMALL_BYTES, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);
    assert_null(journal);
    assert_int_equal(error.kind, ERROR_FAILED);
    assert_non_null(strstr(error.text, "cannot make room for the outbox"));
}

int main(void)
{
#define IN_A_PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        IN_A_PLACE(what_was_committed_is_there_again),
        IN_A_PLACE(one_process_has_it),
        IN_A_PLACE(the_ring_goes_round),
        IN_A_PLACE(what_is_kept_is_never_written_over),
        IN_A_PLACE(a_torn_tail_is_not_there),
        IN_A_PLACE(garbage_is_no_record),
        IN_A_PLACE(what_a_killed_process_committed_is_there),
        IN_A_PLACE(a_broken_disk_loses_nothing_of_before),
        IN_A_PLACE(a_full_disk_is_noticed_at_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
