/* Three servers that keep each stream three times; the leader of the stream is killed again and again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nats/nats.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/server_config.h"
#include "bus/tape_internal.h"
#include "bus/test_server.h"
#include "faults/run.h"
#include "feed/prng.h"

enum { NODES = 3, KILLS = 5, CONFIG_SIZE = 1024, AFTER = 2000 };

struct cluster {
    char directory[64];
    struct test_plain_server nodes[NODES];
    struct run run;
};

static int set_up(void **state)
{
    struct cluster *cluster = calloc(1, sizeof *cluster);
    assert_non_null(cluster);
    test_directory_create(cluster->directory);
    *state = cluster;
    return 0;
}

static int tear_down(void **state)
{
    struct cluster *cluster = *state;
    test_directory_remove(cluster->directory);
    free(cluster);
    return 0;
}

static void start_nodes(struct cluster *cluster)
{
    struct server_config ports[NODES];
    char routes[256] = "", config[CONFIG_SIZE];
    struct error error = {0};
    for (int i = 0; i < NODES; i++) {
        if (server_config_init(&ports[i], &error) != 0)
            fail_msg("%s", error.text);
        size_t length = strlen(routes);
        snprintf(routes + length, sizeof routes - length, "%s\"nats://127.0.0.1:%u\"", i > 0 ? ", " : "",
                 (unsigned)ports[i].port);
    }
    for (int i = 0; i < NODES; i++) {
        snprintf(config, sizeof config,
                 "server_name: node-%d\n"
                 "jetstream: enabled\n"
                 "cluster { name: test, listen: \"127.0.0.1:%u\", routes: [ %s] }\n",
                 i, (unsigned)ports[i].port, routes);
        test_plain_start(&cluster->nodes[i], cluster->directory, config);
    }
}

/* The node that leads the stream; -1 while there is none. */
static int leader(struct cluster *cluster)
{
    jsStreamInfo *info = NULL;
    int node = -1;
    if (js_GetStreamInfo(&info, tape_jetstream(cluster->run.tape), "T", NULL, NULL) != NATS_OK)
        return -1;
    if (info->Cluster != NULL && info->Cluster->Leader != NULL)
        sscanf(info->Cluster->Leader, "node-%d", &node);
    jsStreamInfo_Destroy(info);
    return node;
}

/* A leader, and two that have all it has: only then the next kill leaves two of three. */
static bool is_whole(void *context)
{
    struct cluster *cluster = context;
    jsStreamInfo *info = NULL;
    if (js_GetStreamInfo(&info, tape_jetstream(cluster->run.tape), "T", NULL, NULL) != NATS_OK)
        return false;
    int current = 0;
    if (info->Cluster != NULL && info->Cluster->Leader != NULL)
        for (int i = 0; i < info->Cluster->ReplicasLen; i++)
            current += info->Cluster->Replicas[i]->Current && !info->Cluster->Replicas[i]->Offline;
    jsStreamInfo_Destroy(info);
    return current == NODES - 1;
}

static void test_leaders_are_killed(void **state)
{
    struct cluster *cluster = *state;
    struct prng prng;
    char url[256];
    uint64_t seed = run_seed(1);
    prng_init(&prng, seed, 0, 0);
    start_nodes(cluster);
    snprintf(url, sizeof url, "nats://127.0.0.1:%u,nats://127.0.0.1:%u,nats://127.0.0.1:%u",
             (unsigned)cluster->nodes[0].port, (unsigned)cluster->nodes[1].port, (unsigned)cluster->nodes[2].port);
    run_start(&cluster->run, &(struct run_options){.url = url, .replicas = NODES, .give_up_ms = -1, .seed = seed});
    run_settle(&cluster->run, "(none)", AFTER);
    for (int i = 0; i < KILLS; i++) {
        char name[32];
        test_until(is_whole, cluster);
        poll(NULL, 0, (int)prng_below(&prng, 500));
        int node = leader(cluster);
        assert_true(node >= 0 && node < NODES);
        snprintf(name, sizeof name, "leader node-%d killed", node);
        test_plain_kill(&cluster->nodes[node]);
        run_settle(&cluster->run, name, AFTER);
        test_plain_revive(&cluster->nodes[node]);
    }
    run_finish(&cluster->run);
    for (int i = 0; i < NODES; i++)
        test_plain_stop(&cluster->nodes[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_leaders_are_killed, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
