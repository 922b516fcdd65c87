/* A real server for tests: an embedded server on a directory of its own, removed with all that is in it. The program is
 * that of the environment variable NATS_SERVER, by default `nats-server`. */
#ifndef TESTS_BUS_TEST_SERVER_H
#define TESTS_BUS_TEST_SERVER_H

#include <stdint.h>

#include "bus/embedded_server.h"
#include "bus/inbox.h"
#include "bus/server_child.h"
#include "bus/tape.h"

struct test_server {
    char directory[64]; /* the state directory */
    struct embedded_server *server;
    struct tape *tape; /* connected; for ever trying again */
};

/* Fails the test when it cannot start. */
void test_server_start(struct test_server *server);
/* Ends the connection and the server, and removes the directory. */
void test_server_stop(struct test_server *server);

/* A directory below /tmp with mode 0700, and its removal. */
void test_directory_create(char directory[64]);
void test_directory_remove(const char *directory);

/* The program that tests start. */
const char *test_server_program(void);

/* A server with a configuration of the test's own, which lacks only where to listen and where to store; JetStream is on
 * when it says so. */
struct test_plain_server {
    struct server_child child;
    struct server_child_options options;
    char program[512], config[96], log[96], lock[96];
    uint16_t port;
};

/* Starts it with its files in `directory` and waits until it answers. Fails the test when it does not. */
void test_plain_start(struct test_plain_server *server, const char *directory, const char *config);
void test_plain_stop(struct test_plain_server *server);
/* Ends it and starts it again with another configuration on the same port. */
void test_plain_restart(struct test_plain_server *server, const char *directory, const char *config);
/* Kills it with SIGKILL; and starts it again as it was. */
void test_plain_kill(struct test_plain_server *server);
void test_plain_revive(struct test_plain_server *server);
/* Stops its process, and lets it go on, as test_server_freeze does. */
void test_plain_freeze(struct test_plain_server *server);
void test_plain_thaw(struct test_plain_server *server);
/* Gives it another configuration while it runs (SIGHUP), which it takes a moment later. */
void test_plain_reload(struct test_plain_server *server, const char *directory, const char *config);

/* Three of them as one JetStream cluster, all with the same configuration, in a directory of its own. */
struct test_cluster {
    char directory[64];
    struct test_plain_server nodes[3]; /* "n1", "n2", "n3" */
    char urls[96];                     /* of all three */
};

/* Starts them; they find each other and choose leaders within some seconds, in which requests get no answer. */
void test_cluster_start(struct test_cluster *cluster, const char *config);
void test_cluster_stop(struct test_cluster *cluster);

/* Kills the child with SIGKILL and waits until another runs in its place. */
void test_server_crash(struct test_server *server);

/* Copies what a stream has stored; and later puts the copy in its place, which makes the tape shorter: the server is
 * killed for that and another one runs when this returns. */
void test_server_keep_copy(struct test_server *server, const char *stream);
void test_server_bring_back(struct test_server *server, const char *stream);

/* The same for any server that stores below a state directory: the copy, while the process is stopped; and putting it
 * in the place of what a server that has ended left. */
void test_store_keep_copy(int pid, const char *state_directory, const char *stream);
void test_store_bring_back(const char *state_directory, const char *stream);

/* Stops the server's process, so that it takes nothing in any more when this returns; and lets it go on. */
void test_server_freeze(struct test_server *server);
void test_server_thaw(struct test_server *server);

/* The next item of this kind, others are skipped; fails the test when none comes within 30 s. */
struct inbox_item test_await(struct inbox *inbox, enum inbox_kind kind);

/* Waits until `condition(context)` holds, asking every few milliseconds; fails the test after 30 s. */
void test_until(bool (*condition)(void *context), void *context);

#endif
