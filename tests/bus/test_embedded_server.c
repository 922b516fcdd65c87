/* The embedded server: it starts, keeps strangers out, comes back on the same port, and never outlives its parent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bus/embedded_server.h"
#include "bus/publisher.h"
#include "bus/server_config.h"
#include "bus/server_store.h"
#include "bus/stream.h"
#include "bus/tape.h"
#include "bus/test_server.h"
#include "core/clock.h"
#include "core/timestamp.h"

static struct tape *connect_to(const char *url, struct error *error)
{
    return tape_connect(&(struct tape_options){.urls = url, .name = "test", .reconnect_attempts = -1}, error);
}

static int port_of(const char *url)
{
    return atoi(strrchr(url, ':') + 1);
}

static mode_t mode_of(const char *directory, const char *name)
{
    char path[128];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return stat(path, &status) == 0 ? status.st_mode & 0777 : 0;
}

static void test_it_starts_and_ends(void **state)
{
    (void)state;
    char directory[64];
    test_directory_create(directory);
    struct error error = {0};
    int64_t start_ns = clock_monotonic_ns();
    struct embedded_server *server = embedded_server_start(test_server_program(), directory, &error);
    if (server == NULL)
        fail_msg("%s", error.text);
    assert_true(clock_monotonic_ns() - start_ns < 5 * NS_PER_SECOND);
    const char *url = embedded_server_url(server);
    assert_memory_equal(url, "nats://", 7);
    assert_int_equal(strcspn(url + 7, "@"), 64);
    assert_non_null(strstr(url, "@127.0.0.1:"));
    assert_true(port_of(url) >= 1024 && port_of(url) < 32768);
    assert_int_equal(mode_of(directory, "nats-server.conf"), 0600);
    assert_int_equal(mode_of(directory, "server.log"), 0600);
    assert_int_equal(mode_of(directory, "server.lock"), 0600);
    assert_int_equal(mode_of(directory, "jetstream"), 0700);

    struct tape *tape = connect_to(url, &error);
    if (tape == NULL)
        fail_msg("%s", error.text);
    assert_int_equal(tape_status(tape).state, CONNECTION_CONNECTED);
    char expected[32];
    snprintf(expected, sizeof expected, "127.0.0.1:%d", port_of(url));
    assert_string_equal(tape_status(tape).server, expected);
    tape_destroy(tape);

    int pid = embedded_server_pid(server);
    assert_true(pid > 1 && kill(pid, 0) == 0);
    start_ns = clock_monotonic_ns();
    embedded_server_stop(server);
    assert_true(clock_monotonic_ns() - start_ns < 3 * NS_PER_SECOND);
    assert_true(kill(pid, 0) < 0 && errno == ESRCH);
    assert_int_equal(mode_of(directory, "nats-server.conf"), 0);
    test_directory_remove(directory);
}

static bool contains(const char *path, const char *text)
{
    char content[65536];
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    size_t bytes = fread(content, 1, sizeof content, file);
    fclose(file);
    return memmem(content, bytes, text, strlen(text)) != NULL;
}

static void test_strangers_stay_out_and_the_token_is_nowhere_to_be_read(void **state)
{
    (void)state;
    struct test_server server;
    test_server_start(&server);
    char token[65], url[64], path[128];
    snprintf(token, sizeof token, "%.64s", embedded_server_url(server.server) + 7);
    int port = port_of(embedded_server_url(server.server));

    static const char *const STRANGERS[] = {"", "wrong@", "user:password@"};
    for (size_t i = 0; i < sizeof STRANGERS / sizeof STRANGERS[0]; i++) {
        struct error error = {0};
        snprintf(url, sizeof url, "nats://%s127.0.0.1:%d", STRANGERS[i], port);
        assert_null(connect_to(url, &error));
        assert_int_equal(error.kind, ERROR_SERVER);
        assert_non_null(strstr(error.text, "refused the user, password, token or key"));
        assert_null(strstr(error.text, "wrong@"));
        assert_null(strstr(error.text, "user:password"));
    }
    /* Neither on the command line, nor in the environment, nor in the log. */
    snprintf(path, sizeof path, "/proc/%d/cmdline", embedded_server_pid(server.server));
    assert_true(contains(path, "nats-server.conf"));
    assert_false(contains(path, token));
    snprintf(path, sizeof path, "/proc/%d/environ", embedded_server_pid(server.server));
    assert_false(contains(path, token));
    snprintf(path, sizeof path, "%s/server.log", server.directory);
    assert_true(contains(path, "Server is ready"));
    assert_false(contains(path, token));
    test_server_stop(&server);
}

/* Sends a request to the monitoring endpoint and gives back the start of the answer. */
static void get(int port, const char *target, char *answer, size_t size)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    char request[256];
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n", target);
    assert_int_equal(send(fd, request, (size_t)length, MSG_NOSIGNAL), length);
    size_t bytes = 0;
    ssize_t got;
    while (bytes + 1 < size && (got = recv(fd, answer + bytes, size - 1 - bytes, 0)) > 0)
        bytes += (size_t)got;
    answer[bytes] = '\0';
    close(fd);
}

static void test_the_monitoring_endpoint_is_hidden(void **state)
{
    (void)state;
    struct test_server server;
    test_server_start(&server);
    const char *url = embedded_server_monitor_url(server.server);
    const char *path = strchr(url + strlen("http://"), '/');
    assert_int_equal(strlen(path), 65);
    int port = atoi(strrchr(url, ':') + 1);
    static const char *const TARGETS[] = {"/", "/varz", "/connz?auth=1", "/jsz", "/subsz?subs=1", "/healthz"};
    char answer[4096];
    for (size_t i = 0; i < sizeof TARGETS / sizeof TARGETS[0]; i++) {
        get(port, TARGETS[i], answer, sizeof answer);
        assert_non_null(strstr(answer, "404 Not Found"));
    }
    char target[128];
    snprintf(target, sizeof target, "%s/varz", path);
    get(port, target, answer, sizeof answer);
    assert_non_null(strstr(answer, "200 OK"));
    test_server_stop(&server);
}

static void test_a_killed_server_comes_back_on_its_port_with_its_streams(void **state)
{
    (void)state;
    struct test_server server;
    test_server_start(&server);
    struct error error = {0};
    assert_int_equal(streams_create(server.tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error), 0);
    struct publisher *publisher = publisher_create(server.tape, NULL, &error);
    struct inbox *inbox = inbox_create(4096);
    for (uint64_t i = 1; i <= 3; i++) {
        assert_true(publisher_send(publisher, &(struct publish_message){.subject = "orders.new",
                                                                        .fence = PUBLISH_NO_FENCE,
                                                                        .payload = "{}",
                                                                        .payload_bytes = 2,
                                                                        .inbox = inbox}));
        struct publish_result result = test_await(inbox, INBOX_PUBLISHED).result;
        assert_int_equal(result.status, PUBLISH_STORED);
        assert_int_equal(result.sequence, i);
        char url[160];
        snprintf(url, sizeof url, "%s", embedded_server_url(server.server));
        test_server_crash(&server);
        assert_string_equal(embedded_server_url(server.server), url);
        struct tape *other = connect_to(url, &error);
        if (other == NULL)
            fail_msg("%s", error.text);
        tape_destroy(other);
        while (tape_status(server.tape).reconnects < i)
            poll(NULL, 0, 5);
    }
    inbox_destroy(inbox);
    publisher_destroy(publisher, 1000);
    test_server_stop(&server);
}

/* What this program does when it is started with a directory: it starts a server there, tells its process id, and lives
 * until it is killed. */
static int be_parent(const char *directory)
{
    struct embedded_server *server = embedded_server_start(test_server_program(), directory, NULL);
    int pid = server != NULL ? embedded_server_pid(server) : 0;
    if (write(STDOUT_FILENO, &pid, sizeof pid) == (ssize_t)sizeof pid)
        for (;;)
            pause();
    return 1;
}

/* A process of its own that starts a server. */
static pid_t start_parent(const char *directory, int *server_pid)
{
    int channel[2];
    assert_int_equal(pipe2(channel, O_CLOEXEC), 0);
    pid_t parent = fork();
    if (parent == 0) {
        dup2(channel[1], STDOUT_FILENO);
        execl("/proc/self/exe", "test_embedded_server", directory, (char *)NULL);
        _exit(1);
    }
    close(channel[1]);
    assert_true(parent > 0);
    assert_int_equal(read(channel[0], server_pid, sizeof *server_pid), sizeof *server_pid);
    close(channel[0]);
    assert_true(*server_pid > 1);
    return parent;
}

static bool is_gone(void *context)
{
    const int *pid = context;
    char path[64], line[512] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", *pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return true;
    size_t bytes = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[bytes] = '\0';
    /* An orphan that nobody has reaped yet counts as gone. */
    const char *state = strrchr(line, ')');
    return state == NULL || state[2] == 'Z';
}

static void test_a_killed_parent_leaves_no_server_and_the_next_start_succeeds_at_once(void **state)
{
    (void)state;
    char directory[64];
    test_directory_create(directory);
    for (int i = 0; i < 3; i++) {
        int pid;
        pid_t parent = start_parent(directory, &pid);
        assert_int_equal(kill(parent, SIGKILL), 0);
        /* At once: the old server may still be going. */
        struct error error = {0};
        int64_t start_ns = clock_monotonic_ns();
        struct embedded_server *server = embedded_server_start(test_server_program(), directory, &error);
        if (server == NULL)
            fail_msg("%s", error.text);
        assert_true(clock_monotonic_ns() - start_ns < 5 * NS_PER_SECOND);
        assert_int_equal(waitpid(parent, NULL, 0), parent);
        test_until(is_gone, &pid);
        embedded_server_stop(server);
    }
    test_directory_remove(directory);
}

static void test_a_start_waits_for_the_lock(void **state)
{
    (void)state;
    char directory[64], path[128];
    test_directory_create(directory);
    snprintf(path, sizeof path, "%s/server.lock", directory);
    /* A process that holds the lock until its input ends, as a server that is just ending does. */
    int channel[2], ready[2];
    assert_int_equal(pipe(channel), 0);
    assert_int_equal(pipe(ready), 0);
    pid_t holder = fork();
    if (holder == 0) {
        close(channel[1]);
        int fd = open(path, O_RDWR | O_CREAT, 0600);
        char byte = 'x';
        bool locked = flock(fd, LOCK_EX) == 0 && write(ready[1], &byte, 1) == 1;
        struct pollfd poll_fd = {.fd = channel[0], .events = POLLIN};
        poll(&poll_fd, 1, 300);
        _exit(locked ? 0 : 1);
    }
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    int64_t start_ns = clock_monotonic_ns();
    struct error error = {0};
    struct embedded_server *server = embedded_server_start(test_server_program(), directory, &error);
    if (server == NULL)
        fail_msg("%s", error.text);
    assert_true(clock_monotonic_ns() - start_ns > 100 * NS_PER_MS);
    embedded_server_stop(server);
    assert_int_equal(waitpid(holder, NULL, 0), holder);
    for (int i = 0; i < 2; i++) {
        close(channel[i]);
        close(ready[i]);
    }
    test_directory_remove(directory);
}

static void test_what_cannot_start_says_why(void **state)
{
    (void)state;
    char directory[64], missing[96], script[96];
    test_directory_create(directory);
    snprintf(missing, sizeof missing, "%s/none", directory);
    snprintf(script, sizeof script, "%s/script", directory);
    int fd = open(script, O_WRONLY | O_CREAT, 0700);
    static const char SCRIPT[] = "#!/bin/sh\necho '[1] 2026/11/23 10:00:00.000 [FTL] the store is broken'\nexit 7\n";
    assert_int_equal(write(fd, SCRIPT, sizeof SCRIPT - 1), sizeof SCRIPT - 1);
    close(fd);
    const struct {
        const char *program, *directory, *text;
    } cases[] = {
        {"no-such-nats-server", directory, "no-such-nats-server is not installed: apt-get install nats-server"},
        {"/etc/passwd", directory, "/etc/passwd is not a program that can be run"},
        {"/", directory, "/ is not a program that can be run"},
        {"/bin/false", directory, "nats-server did not start: it exited with status 1"},
        {script, directory, "nats-server did not start: it exited with status 7: the store is broken"},
        {"nats-server", missing, "cannot use the state directory"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = {0};
        assert_null(embedded_server_start(cases[i].program, cases[i].directory, &error));
        assert_int_not_equal(error.kind, ERROR_NONE);
        assert_memory_equal(error.text, cases[i].text, strlen(cases[i].text));
        assert_int_equal(mode_of(directory, "nats-server.conf"), 0);
    }
    test_directory_remove(directory);
}

static void test_a_link_in_place_of_the_configuration_is_not_followed(void **state)
{
    (void)state;
    char directory[64], config[96], target[96];
    test_directory_create(directory);
    snprintf(config, sizeof config, "%s/nats-server.conf", directory);
    snprintf(target, sizeof target, "%s/target", directory);
    assert_int_equal(symlink(target, config), 0);
    struct server_config values;
    struct error error = {0};
    assert_int_equal(server_config_init(&values, &error), 0);
    assert_int_equal(server_config_write(&values, config, "/a \"quoted\\ place", 1 << 20, &error), 0);
    struct stat status;
    assert_int_equal(lstat(config, &status), 0);
    assert_true(S_ISREG(status.st_mode));
    assert_int_equal(access(target, F_OK), -1);
    assert_true(contains(config, "store_dir: \"/a \\\"quoted\\\\ place\""));
    assert_int_equal(server_config_write(&values, config, "/a\nplace", 1 << 20, &error), -1);
    test_directory_remove(directory);
}

static void test_the_store_limit_never_cuts_what_is_reserved(void **state)
{
    (void)state;
    char directory[64], path[96];
    test_directory_create(directory);
    snprintf(path, sizeof path, "%s/jetstream", directory);
    int64_t limit = server_store_limit(path); /* it does not exist yet */
    assert_true(limit > 0 && limit <= INT64_C(64) << 30);
    char command[512];
    snprintf(command, sizeof command,
             "mkdir -p '%s/jetstream/$G/streams/A' '%s/jetstream/$G/streams/B' '%s/jetstream/$G/streams/C'", path, path,
             path);
    assert_int_equal(system(command), 0);
    static const char *const DESCRIPTIONS[] = {"{\"name\":\"A\",\"max_bytes\":80000000000000,\"storage\":\"file\"}",
                                               "{\"name\":\"B\",\"max_bytes\":9000000000000000,\"storage\":\"memory\"}",
                                               "rubbish"};
    for (int i = 0; i < 3; i++) {
        char name[256];
        snprintf(name, sizeof name, "%s/jetstream/$G/streams/%c/meta.inf", path, 'A' + i);
        FILE *file = fopen(name, "w");
        assert_non_null(file);
        fputs(DESCRIPTIONS[i], file);
        fclose(file);
    }
    limit = server_store_limit(path);
    assert_true(limit >= INT64_C(80000000000000) && limit < INT64_C(100000000000000));
    test_directory_remove(directory);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return be_parent(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_starts_and_ends),
        cmocka_unit_test(test_strangers_stay_out_and_the_token_is_nowhere_to_be_read),
        cmocka_unit_test(test_the_monitoring_endpoint_is_hidden),
        cmocka_unit_test(test_a_killed_server_comes_back_on_its_port_with_its_streams),
        cmocka_unit_test(test_a_killed_parent_leaves_no_server_and_the_next_start_succeeds_at_once),
        cmocka_unit_test(test_a_start_waits_for_the_lock),
        cmocka_unit_test(test_what_cannot_start_says_why),
        cmocka_unit_test(test_a_link_in_place_of_the_configuration_is_not_followed),
        cmocka_unit_test(test_the_store_limit_never_cuts_what_is_reserved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
