/* Buckets and leases on a real server: one holder at a time, whatever becomes of it. A holder that is stopped or killed
 * is this program again, as a child process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bus/bucket.h"
#include "bus/lease.h"
#include "bus/lease_value.h"
#include "bus/lease_watch.h"
#include "bus/test_server.h"
#include "core/clock.h"

#define ROLE "exchange"

enum { HOLDERS_MAX = 6, ROUNDS = 200, RACERS = 2 };

static int set_up(void **state)
{
    struct test_server *server = malloc(sizeof *server);
    assert_non_null(server);
    test_server_start(server);
    *state = server;
    return 0;
}

static int tear_down(void **state)
{
    test_server_stop(*state);
    free(*state);
    return 0;
}

static struct bucket bucket_of(struct test_server *server, const char *name)
{
    return (struct bucket){.tape = server->tape, .name = name, .wait_ms = 2000};
}

static void make(const struct bucket *bucket, int64_t max_age_ns)
{
    struct error error = {0};
    if (bucket_create(bucket, max_age_ns, &error) != 0)
        fail_msg("%s", error.text);
}

static void test_revisions_are_compared(void **state)
{
    struct bucket bucket = bucket_of(*state, "TAPEDECK_TEST");
    struct bucket_entry entry;
    uint64_t first = 0, second = 0;
    make(&bucket, 0);
    make(&bucket, 0);
    assert_int_equal(bucket_get(&bucket, "a", &entry, NULL), BUCKET_DONE);
    assert_int_equal(entry.revision, 0);
    assert_int_equal(bucket_put(&bucket, "a", "one", 0, &first, NULL), BUCKET_DONE);
    assert_int_equal(bucket_put(&bucket, "a", "two", 0, NULL, NULL), BUCKET_REFUSED);
    assert_int_equal(bucket_put(&bucket, "b", "other", 0, NULL, NULL), BUCKET_DONE);
    assert_int_equal(bucket_put(&bucket, "a", "two", first, &second, NULL), BUCKET_DONE);
    assert_int_equal(bucket_put(&bucket, "a", "three", first, NULL, NULL), BUCKET_REFUSED);
    assert_int_equal(bucket_get(&bucket, "a", &entry, NULL), BUCKET_DONE);
    assert_string_equal(entry.value, "two");
    assert_int_equal(entry.revision, second);
    assert_int_equal(bucket_remove(&bucket, "b", BUCKET_ANY_REVISION, NULL), BUCKET_DONE);

    struct bucket_entry all[4];
    assert_int_equal(bucket_list(&bucket, all, 4, NULL), 1);
    assert_string_equal(all[0].key, "a");
    assert_string_equal(all[0].value, "two");
    struct bucket none = bucket_of(*state, "TAPEDECK_NONE");
    assert_int_equal(bucket_list(&none, all, 4, NULL), 0);
    assert_int_equal(bucket_put(&bucket, "a", "", BUCKET_ANY_REVISION, NULL, NULL), BUCKET_FAILED);
}

static bool can_read(void *context)
{
    struct bucket_entry entry;
    return bucket_get(context, "a", &entry, NULL) == BUCKET_DONE && strcmp(entry.value, "kept") == 0;
}

static void test_a_bucket_survives_the_server(void **state)
{
    struct bucket bucket = bucket_of(*state, "TAPEDECK_TEST");
    uint64_t revision = 0;
    make(&bucket, 0);
    assert_int_equal(bucket_put(&bucket, "a", "kept", BUCKET_ANY_REVISION, &revision, NULL), BUCKET_DONE);
    test_server_crash(*state);
    test_until(can_read, &bucket);
    assert_int_equal(bucket_put(&bucket, "a", "next", revision - 1, NULL, NULL), BUCKET_REFUSED);
    assert_int_equal(bucket_put(&bucket, "a", "next", revision, NULL, NULL), BUCKET_DONE);
}

struct racer {
    pthread_t thread;
    struct bucket bucket;
    pthread_barrier_t *barrier;
    uint64_t (*won)[RACERS]; /* the revision each has written, by round */
    int number;
};

/* Each round both write on the revision that the round before left. */
static void *race(void *argument)
{
    struct racer *racer = argument;
    uint64_t revision = 0;
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t written = 0;
        pthread_barrier_wait(racer->barrier);
        enum bucket_answer answer =
            bucket_put(&racer->bucket, "race", racer->number == 0 ? "zero" : "one", revision, &written, NULL);
        racer->won[round][racer->number] = answer == BUCKET_DONE ? written : 0;
        pthread_barrier_wait(racer->barrier);
        revision = racer->won[round][0] + racer->won[round][1];
    }
    return NULL;
}

static void test_of_two_writers_one_wins(void **state)
{
    struct racer racers[RACERS];
    pthread_barrier_t barrier;
    uint64_t(*won)[RACERS] = calloc(ROUNDS, sizeof *won);
    assert_non_null(won);
    pthread_barrier_init(&barrier, NULL, RACERS);
    for (int i = 0; i < RACERS; i++)
        racers[i] =
            (struct racer){.bucket = bucket_of(*state, "TAPEDECK_TEST"), .barrier = &barrier, .won = won, .number = i};
    make(&racers[0].bucket, 0);
    for (int i = 0; i < RACERS; i++)
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    for (int i = 0; i < RACERS; i++)
        pthread_join(racers[i].thread, NULL);
    for (int round = 0; round < ROUNDS; round++)
        if ((won[round][0] == 0) == (won[round][1] == 0))
            fail_msg("round %d: %llu and %llu", round, (unsigned long long)won[round][0],
                     (unsigned long long)won[round][1]);
    pthread_barrier_destroy(&barrier);
    free(won);
}

/* Those that want the role. */
struct holders {
    struct lease *leases[HOLDERS_MAX];
    bool silent[HOLDERS_MAX];
    int count;
    int wanted; /* the one that shall hold it; -1: any */
};

static struct lease *want(struct test_server *server, const char *identity)
{
    struct error error = {0};
    struct lease *lease =
        lease_create(server->tape, &(struct lease_options){.role = ROLE, .identity = identity}, &error);
    if (lease == NULL)
        fail_msg("%s", error.text);
    return lease;
}

/* Lets all owners say that they live, and fails when two hold the role. */
static int who_holds(struct holders *holders)
{
    int holder = -1;
    for (int i = 0; i < holders->count; i++) {
        int64_t now_ns = clock_monotonic_ns();
        if (holders->leases[i] == NULL)
            continue;
        if (!holders->silent[i])
            lease_touch(holders->leases[i], now_ns);
        if (!lease_held(holders->leases[i], now_ns))
            continue;
        if (holder >= 0)
            fail_msg("%d and %d hold the role", holder, i);
        holder = i;
    }
    return holder;
}

static bool wanted_holds(void *context)
{
    struct holders *holders = context;
    int holder = who_holds(holders);
    return holders->wanted < 0 ? holder >= 0 : holder == holders->wanted;
}

static void test_one_at_a_time(void **state)
{
    struct holders holders = {.count = HOLDERS_MAX, .wanted = -1};
    for (int i = 0; i < HOLDERS_MAX; i++)
        holders.leases[i] = want(*state, NULL);
    for (int left = HOLDERS_MAX; left > 0; left--) {
        test_until(wanted_holds, &holders);
        int holder = who_holds(&holders);
        assert_true(holder >= 0);
        lease_destroy(holders.leases[holder]);
        holders.leases[holder] = NULL;
    }
}

static void test_a_silent_owner_loses_it_and_knows(void **state)
{
    struct holders holders = {.count = 2, .wanted = 0};
    holders.leases[0] = want(*state, NULL);
    test_until(wanted_holds, &holders);
    holders.leases[1] = want(*state, NULL);
    holders.silent[0] = true;
    holders.wanted = 1;
    int64_t start_ns = clock_monotonic_ns();
    test_until(wanted_holds, &holders);
    /* One second of silence, three of age, and some looks. */
    assert_true(clock_monotonic_ns() - start_ns < 6 * NS_PER_SECOND);
    holders.silent[0] = false;
    lease_destroy(holders.leases[1]);
    holders.leases[1] = NULL;
    holders.wanted = 0;
    test_until(wanted_holds, &holders);
    assert_int_equal(lease_term(holders.leases[0], clock_monotonic_ns()), 2);
    lease_destroy(holders.leases[0]);
}

static bool is_settled(void *context)
{
    return lease_settled(context);
}

static void test_only_the_successor_takes_over_at_once(void **state)
{
    struct test_server *server = *state;
    struct bucket bucket = bucket_of(server, LEASE_BUCKET);
    char value[BUCKET_VALUE_SIZE];
    struct holders holders = {.count = 2, .wanted = 1};
    make(&bucket, LEASE_AGE_NS);
    lease_value_write(value, &(struct lease_holder){.identity = "place", .instance = "killed"}, clock_wall_ns(),
                      clock_wall_ns(), "");
    int64_t start_ns = clock_monotonic_ns();
    assert_int_equal(bucket_put(&bucket, ROLE, value, 0, NULL, NULL), BUCKET_DONE);
    holders.leases[0] = want(server, "elsewhere");
    test_until(is_settled, holders.leases[0]);
    holders.leases[1] = want(server, "place");
    test_until(wanted_holds, &holders);
    assert_true(clock_monotonic_ns() - start_ns < 2 * NS_PER_SECOND);

    struct lease_entry entries[2];
    assert_int_equal(lease_list(server->tape, entries, 2, NULL), 1);
    assert_string_equal(entries[0].role, ROLE);
    assert_string_equal(entries[0].holder.identity, "place");
    assert_int_equal(entries[0].pid, getpid());
    assert_true(entries[0].since_ns > 0 && entries[0].renewed_ns > 0 && entries[0].host[0] != '\0');
    lease_destroy(holders.leases[0]);
    lease_destroy(holders.leases[1]);
    assert_int_equal(lease_list(server->tape, entries, 2, NULL), 0);
}

static void test_the_server_is_killed(void **state)
{
    struct holders holders = {.count = 2, .wanted = 0};
    holders.leases[0] = want(*state, NULL);
    test_until(wanted_holds, &holders);
    holders.leases[1] = want(*state, NULL);
    test_server_crash(*state);
    holders.wanted = -1;
    test_until(wanted_holds, &holders);
    lease_destroy(holders.leases[0]);
    lease_destroy(holders.leases[1]);
}

static void test_an_identity_is_that_of_the_lock(void **state)
{
    struct test_server *server = *state;
    char path[96], one[LEASE_IDENTITY_SIZE], same[LEASE_IDENTITY_SIZE], none[LEASE_IDENTITY_SIZE];
    snprintf(path, sizeof path, "%s/lock", server->directory);
    FILE *file = fopen(path, "w"), *again = fopen(path, "r");
    assert_true(file != NULL && again != NULL);
    lease_identity(one, fileno(file));
    lease_identity(same, fileno(again));
    lease_identity(none, -1);
    assert_true(strlen(one) > 36);
    assert_string_equal(one, same);
    assert_string_equal(none, "");
    fclose(file);
    fclose(again);
}

/* The child: wants the role, and answers each byte on its input with whether it holds it. */
static int hold(const char *url)
{
    struct error error = {0};
    struct tape_options options = {.urls = url, .name = "holder", .reconnect_attempts = -1};
    struct tape *tape = tape_connect(&options, &error);
    struct lease *lease = tape == NULL ? NULL : lease_create(tape, &(struct lease_options){.role = ROLE}, &error);
    if (lease == NULL) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    for (;;) {
        int ready = poll(&input, 1, 20);
        /* What is answered first after a stop is whether it holds the role, before anything else is done. */
        bool held = lease_held(lease, clock_monotonic_ns());
        char byte;
        if (ready > 0 && read(STDIN_FILENO, &byte, 1) != 1)
            break;
        if (ready > 0 && write(STDOUT_FILENO, held ? "y" : "n", 1) != 1)
            break;
        lease_touch(lease, clock_monotonic_ns());
    }
    lease_destroy(lease);
    tape_destroy(tape);
    return 0;
}

struct child {
    pid_t pid;
    int to, from;
};

static void child_start(struct child *child, struct test_server *server)
{
    int to[2], from[2];
    assert_int_equal(pipe(to), 0);
    assert_int_equal(pipe(from), 0);
    setenv("TEST_HOLDER_URL", embedded_server_url(server->server), 1);
    child->pid = fork();
    assert_true(child->pid >= 0);
    if (child->pid == 0) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        close(to[1]);
        close(from[0]);
        execl("/proc/self/exe", "holder", (char *)NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    child->to = to[1];
    child->from = from[0];
}

static bool child_holds(void *context)
{
    struct child *child = context;
    struct pollfd output = {.fd = child->from, .events = POLLIN};
    char byte = '?';
    assert_int_equal(write(child->to, &byte, 1), 1);
    assert_int_equal(poll(&output, 1, 20000), 1);
    assert_int_equal(read(child->from, &byte, 1), 1);
    return byte == 'y';
}

static void child_end(struct child *child, int number)
{
    int status;
    kill(child->pid, number);
    close(child->to);
    close(child->from);
    assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
}

static void test_a_stopped_holder(void **state)
{
    struct child child;
    child_start(&child, *state);
    test_until(child_holds, &child);
    struct holders holders = {.count = 1, .wanted = 0};
    holders.leases[0] = want(*state, NULL);
    test_until(is_settled, holders.leases[0]);
    assert_int_equal(kill(child.pid, SIGSTOP), 0);
    int64_t start_ns = clock_monotonic_ns();
    test_until(wanted_holds, &holders);
    int64_t took_ns = clock_monotonic_ns() - start_ns;
    print_message("taken over %lld ms after the holder was stopped\n", (long long)(took_ns / NS_PER_MS));
    assert_true(took_ns > NS_PER_SECOND && took_ns < 5 * NS_PER_SECOND);
    assert_int_equal(kill(child.pid, SIGCONT), 0);
    for (int i = 0; i < 50; i++) {
        assert_false(child_holds(&child));
        assert_int_equal(who_holds(&holders), 0);
    }
    lease_destroy(holders.leases[0]);
    holders.leases[0] = NULL;
    test_until(child_holds, &child);
    child_end(&child, SIGTERM);
}

static void test_a_killed_holder(void **state)
{
    struct child child;
    child_start(&child, *state);
    test_until(child_holds, &child);
    struct holders holders = {.count = 1, .wanted = 0};
    holders.leases[0] = want(*state, NULL);
    test_until(is_settled, holders.leases[0]);
    child_end(&child, SIGKILL);
    int64_t start_ns = clock_monotonic_ns();
    test_until(wanted_holds, &holders);
    int64_t took_ns = clock_monotonic_ns() - start_ns;
    print_message("taken over %lld ms after the holder was killed\n", (long long)(took_ns / NS_PER_MS));
    assert_true(took_ns < 5 * NS_PER_SECOND);
    lease_destroy(holders.leases[0]);
}

/* What the watch has said last, as text. */
struct watching {
    struct inbox *inbox;
    char text[256];
    const char *wanted;
};

static bool shows_wanted(void *context)
{
    struct watching *watching = context;
    struct inbox_item item;
    while (inbox_take(watching->inbox, &item)) {
        size_t length = 0;
        if (item.kind != INBOX_LEASES)
            continue;
        length += (size_t)snprintf(watching->text, sizeof watching->text, item.leases->known ? "" : "unknown");
        for (uint32_t i = 0; item.leases->known && i < item.leases->count; i++)
            length += (size_t)snprintf(watching->text + length, sizeof watching->text - length, "%s:%d ",
                                       item.leases->leases[i].role, (int)item.leases->leases[i].pid);
    }
    return strcmp(watching->text, watching->wanted) == 0;
}

static void await_text(struct watching *watching, const char *wanted)
{
    watching->wanted = wanted;
    test_until(shows_wanted, watching);
}

/* Also a holder that dies, and a server that is away. */
static void test_the_watch_shows_who_holds_what(void **state)
{
    struct test_server *server = *state;
    struct error error = {0};
    struct watching watching = {.inbox = inbox_create(65536)};
    char text[64];
    struct bucket bucket = bucket_of(server, LEASE_BUCKET);
    make(&bucket, LEASE_AGE_NS);
    struct lease_watch *watch = lease_watch_create(server->tape, watching.inbox, &error);
    assert_non_null(watch);
    await_text(&watching, "");
    struct child child;
    child_start(&child, server);
    snprintf(text, sizeof text, ROLE ":%d ", (int)child.pid);
    await_text(&watching, text);

    char value[BUCKET_VALUE_SIZE];
    lease_value_write(value, &(struct lease_holder){.identity = "i", .instance = "j"}, 0, 0, "");
    assert_int_equal(bucket_put(&bucket, "checks", value, 0, NULL, &error), BUCKET_DONE);
    snprintf(text, sizeof text, "checks:%d " ROLE ":%d ", (int)getpid(), (int)child.pid);
    await_text(&watching, text);
    snprintf(text, sizeof text, ROLE ":%d ", (int)child.pid); /* nobody renews the other */
    await_text(&watching, text);
    child_end(&child, SIGKILL);
    await_text(&watching, "");
    test_server_freeze(server);
    await_text(&watching, "unknown");
    test_server_thaw(server);
    await_text(&watching, "");
    lease_watch_destroy(watch);
    inbox_destroy(watching.inbox);
}

int main(int count, char **arguments)
{
    (void)count;
    const char *url = getenv("TEST_HOLDER_URL");
    if (strcmp(arguments[0], "holder") == 0 && url != NULL)
        return hold(url);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_revisions_are_compared, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_watch_shows_who_holds_what, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_bucket_survives_the_server, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_of_two_writers_one_wins, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_at_a_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_silent_owner_loses_it_and_knows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_only_the_successor_takes_over_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_server_is_killed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_identity_is_that_of_the_lock, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_stopped_holder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_killed_holder, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
