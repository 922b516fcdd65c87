/* Starting, killing and removing servers for tests, and waiting with a deadline. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bus/test_server.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <fts.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/server_config.h"
#include "core/clock.h"
#include "core/timestamp.h"

enum { DEADLINE_S = 30 };

const char *test_server_program(void)
{
    const char *program = getenv("NATS_SERVER");
    return program != NULL && program[0] != '\0' ? program : "nats-server";
}

void test_directory_create(char directory[64])
{
    snprintf(directory, 64, "/tmp/tapedeck-test-XXXXXX");
    assert_non_null(mkdtemp(directory));
}

void test_directory_remove(const char *directory)
{
    char path[64];
    snprintf(path, sizeof path, "%s", directory);
    char *const roots[] = {path, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    assert_non_null(walk);
    for (FTSENT *entry = fts_read(walk); entry != NULL; entry = fts_read(walk))
        if (entry->fts_info != FTS_D)
            remove(entry->fts_accpath);
    fts_close(walk);
}

void test_server_start(struct test_server *server)
{
    memset(server, 0, sizeof *server);
    test_directory_create(server->directory);
    struct error error = {0};
    server->server = embedded_server_start(test_server_program(), server->directory, &error);
    if (server->server == NULL)
        fail_msg("%s", error.text);
    const struct tape_options options = {
        .urls = embedded_server_url(server->server), .name = "test", .reconnect_attempts = -1};
    server->tape = tape_connect(&options, &error);
    if (server->tape == NULL)
        fail_msg("%s", error.text);
}

void test_server_stop(struct test_server *server)
{
    tape_destroy(server->tape);
    embedded_server_stop(server->server);
    test_directory_remove(server->directory);
}

static bool takes_connections(void *context)
{
    const struct test_plain_server *server = context;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(server->port), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    bool connected = connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return connected;
}

static void write_plain(const struct test_plain_server *server, const char *directory, const char *config)
{
    FILE *file = fopen(server->config, "w");
    assert_non_null(file);
    fprintf(file, "listen: \"127.0.0.1:%u\"\nstore_dir: \"%s/store-%u\"\n%s\n", (unsigned)server->port, directory,
            (unsigned)server->port, config);
    assert_int_equal(fclose(file), 0);
}

void test_plain_revive(struct test_plain_server *server)
{
    struct error error = {0};
    server->options.lock_fd = open(server->lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(server->options.lock_fd >= 0);
    if (server_child_start(&server->child, &server->options, &error) != 0)
        fail_msg("%s", error.text);
    close(server->options.lock_fd);
    test_until(takes_connections, server);
}

void test_plain_start(struct test_plain_server *server, const char *directory, const char *config)
{
    struct server_config ports;
    struct error error = {0};
    memset(server, 0, sizeof *server);
    if (server_child_find(test_server_program(), server->program, sizeof server->program, &error) != 0 ||
        server_config_init(&ports, &error) != 0)
        fail_msg("%s", error.text);
    server->port = ports.port;
    snprintf(server->config, sizeof server->config, "%s/server-%u.conf", directory, (unsigned)server->port);
    snprintf(server->log, sizeof server->log, "%s/server-%u.log", directory, (unsigned)server->port);
    snprintf(server->lock, sizeof server->lock, "%s/server-%u.lock", directory, (unsigned)server->port);
    server->options = (struct server_child_options){
        .program = server->program, .config_path = server->config, .log_path = server->log};
    write_plain(server, directory, config);
    test_plain_revive(server);
}

void test_plain_stop(struct test_plain_server *server)
{
    server_child_end(&server->child, 3000);
}

void test_plain_restart(struct test_plain_server *server, const char *directory, const char *config)
{
    test_plain_stop(server);
    write_plain(server, directory, config);
    test_plain_revive(server);
}

void test_plain_kill(struct test_plain_server *server)
{
    assert_int_equal(kill(server->child.pid, SIGKILL), 0);
    server_child_end(&server->child, 3000);
}

void test_plain_reload(struct test_plain_server *server, const char *directory, const char *config)
{
    write_plain(server, directory, config);
    assert_int_equal(kill(server->child.pid, SIGHUP), 0);
}

void test_cluster_start(struct test_cluster *cluster, const char *config)
{
    struct server_config routes[3];
    struct error error = {0};
    memset(cluster, 0, sizeof *cluster);
    test_directory_create(cluster->directory);
    for (int i = 0; i < 3; i++) {
        if (server_config_init(&routes[i], &error) != 0)
            fail_msg("%s", error.text);
    }
    for (int i = 0; i < 3; i++) {
        char *text = NULL;
        assert_true(asprintf(&text,
                             "server_name: n%d\njetstream: {max_file_store: 16GB}\ncluster {name: test, listen: "
                             "\"127.0.0.1:%u\", routes: [\"nats://127.0.0.1:%u\", \"nats://127.0.0.1:%u\"]}\n%s",
                             i + 1, (unsigned)routes[i].port, (unsigned)routes[(i + 1) % 3].port,
                             (unsigned)routes[(i + 2) % 3].port, config) > 0);
        test_plain_start(&cluster->nodes[i], cluster->directory, text);
        free(text);
    }
    snprintf(cluster->urls, sizeof cluster->urls, "nats://127.0.0.1:%u,nats://127.0.0.1:%u,nats://127.0.0.1:%u",
             (unsigned)cluster->nodes[0].port, (unsigned)cluster->nodes[1].port, (unsigned)cluster->nodes[2].port);
}

void test_cluster_stop(struct test_cluster *cluster)
{
    for (int i = 0; i < 3; i++)
        test_plain_stop(&cluster->nodes[i]);
    test_directory_remove(cluster->directory);
}

struct successor {
    struct embedded_server *server;
    int before;
};

static bool has_successor(void *context)
{
    struct successor *successor = context;
    int pid = embedded_server_pid(successor->server);
    return pid != 0 && pid != successor->before;
}

void test_server_crash(struct test_server *server)
{
    struct successor successor = {.server = server->server, .before = embedded_server_pid(server->server)};
    assert_int_equal(kill(successor.before, SIGKILL), 0);
    test_until(has_successor, &successor);
}

/* True when all threads of the process are stopped; the signal reaches them one after the other. */
static bool is_frozen(void *context)
{
    const int *pid = context;
    char tasks[64];
    snprintf(tasks, sizeof tasks, "/proc/%d/task", *pid);
    DIR *list = opendir(tasks);
    assert_non_null(list);
    bool frozen = true;
    for (struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        char path[384], line[512] = "";
        snprintf(path, sizeof path, "%s/%s/stat", tasks, entry->d_name);
        FILE *file = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
        if (file == NULL)
            continue;
        line[fread(line, 1, sizeof line - 1, file)] = '\0';
        fclose(file);
        const char *state = strrchr(line, ')');
        frozen = frozen && state != NULL && state[2] == 'T';
    }
    closedir(list);
    return frozen;
}

static void freeze(int pid)
{
    assert_int_equal(kill(pid, SIGSTOP), 0);
    test_until(is_frozen, &pid);
}

void test_server_freeze(struct test_server *server)
{
    freeze(embedded_server_pid(server->server));
}

void test_plain_freeze(struct test_plain_server *server)
{
    freeze(server->child.pid);
}

void test_plain_thaw(struct test_plain_server *server)
{
    assert_int_equal(kill(server->child.pid, SIGCONT), 0);
}

void test_server_thaw(struct test_server *server)
{
    assert_int_equal(kill(embedded_server_pid(server->server), SIGCONT), 0);
}

static void run_shell(const char *format, ...)
{
    char command[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    assert_int_equal(system(command), 0);
}

void test_store_keep_copy(int pid, const char *state_directory, const char *stream)
{
    freeze(pid);
    run_shell("cp -a '%s/jetstream/jetstream/$G/streams/%s' '%s/%s.copy'", state_directory, stream, state_directory,
              stream);
    assert_int_equal(kill(pid, SIGCONT), 0);
}

void test_store_bring_back(const char *state_directory, const char *stream)
{
    run_shell(
        "cd '%s' && rm -r 'jetstream/jetstream/$G/streams/%s' && mv '%s.copy' 'jetstream/jetstream/$G/streams/%s'",
        state_directory, stream, stream, stream);
}

void test_server_keep_copy(struct test_server *server, const char *stream)
{
    test_store_keep_copy(embedded_server_pid(server->server), server->directory, stream);
}

void test_server_bring_back(struct test_server *server, const char *stream)
{
    test_server_freeze(server);
    test_store_bring_back(server->directory, stream);
    test_server_crash(server);
}

struct inbox_item test_await(struct inbox *inbox, enum inbox_kind kind)
{
    int64_t end_ns = clock_monotonic_ns() + DEADLINE_S * NS_PER_SECOND;
    struct inbox_item item;
    for (;;) {
        while (inbox_take(inbox, &item))
            if (item.kind == kind)
                return item;
        int64_t left_ns = end_ns - clock_monotonic_ns();
        if (left_ns <= 0)
            fail_msg("no item of kind %d came within %d s", (int)kind, DEADLINE_S);
        inbox_wait(inbox, (int)(left_ns / NS_PER_MS) + 1);
    }
}

void test_until(bool (*condition)(void *context), void *context)
{
    int64_t end_ns = clock_monotonic_ns() + DEADLINE_S * NS_PER_SECOND;
    while (!condition(context)) {
        if (clock_monotonic_ns() >= end_ns)
            fail_msg("what the test waits for did not happen within %d s", DEADLINE_S);
        poll(NULL, 0, 5);
    }
}
