/* One server, everything that can go wrong with it, in a random order, under a steady flow of events. */
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

#include "bus/tape_internal.h"
#include "bus/test_server.h"
#include "faults/run.h"
#include "feed/prng.h"

enum { CONFIG_SIZE = 2048, BALLAST_BYTES = 1 << 18, AFTER = 500, CONSUMERS_MAX = 16 };

static char directory[64];
static struct test_plain_server server;
static struct run run;
static struct prng prng;

/* The configuration, with what the two users may not do. */
static const char *config_of(const char *publisher, const char *reader)
{
    static char config[CONFIG_SIZE];
    snprintf(config, sizeof config,
             "jetstream { max_file_store: 128MB, max_memory_store: 64MB }\n"
             "authorization { users: [\n"
             "  { user: test, password: password }\n"
             "  { user: publisher, password: password, permissions: { %s } }\n"
             "  { user: reader, password: password, permissions: { %s } }\n"
             "] }\n",
             publisher, reader);
    return config;
}

/* A fault lasts for a random time. */
static void last_ms(uint32_t least, uint32_t most)
{
    poll(NULL, 0, (int)(least + prng_below(&prng, most - least)));
}

static void kill_server(void)
{
    test_plain_kill(&server);
    last_ms(1, 300);
    test_plain_revive(&server);
}

/* Too short for the connection to be given up. */
static void stop_server_for_a_moment(void)
{
    test_plain_freeze(&server);
    last_ms(300, 1500);
    test_plain_thaw(&server);
}

static void stop_server(void)
{
    test_plain_freeze(&server);
    last_ms(2600, 3600);
    test_plain_thaw(&server);
}

static void delete_consumers(void)
{
    jsConsumerNamesList *list = NULL;
    jsCtx *jetstream = tape_jetstream(run.tape);
    assert_int_equal(js_ConsumerNames(&list, jetstream, "T", NULL, NULL), NATS_OK);
    /* One may end by itself meanwhile: that of the follower that is started again and again. */
    for (int i = 0; i < list->Count; i++)
        js_DeleteConsumer(jetstream, "T", list->List[i], NULL, NULL);
    jsConsumerNamesList_Destroy(list);
}

static void fill_storage(void)
{
    char *ballast = calloc(1, BALLAST_BYTES);
    jsStreamConfig stream;
    jsCtx *jetstream = tape_jetstream(run.tape);
    assert_non_null(ballast);
    jsStreamConfig_Init(&stream);
    stream.Name = "BALLAST";
    stream.Subjects = (const char *[]){"ballast"};
    stream.SubjectsLen = 1;
    assert_int_equal(js_AddStream(NULL, jetstream, &stream, NULL, NULL), NATS_OK);
    natsStatus status = NATS_OK;
    while (status == NATS_OK)
        status = js_Publish(NULL, jetstream, "ballast", ballast, BALLAST_BYTES, NULL, NULL);
    last_ms(300, 1000);
    assert_int_equal(js_DeleteStream(jetstream, "BALLAST", NULL, NULL), NATS_OK);
    free(ballast);
}

static void refuse(const char *publisher, const char *reader)
{
    test_plain_reload(&server, directory, config_of(publisher, reader));
    last_ms(300, 1200);
    test_plain_reload(&server, directory, config_of("", ""));
}

static void refuse_publishing(void)
{
    refuse("publish: { deny: \"t.>\" }", "");
}

static void refuse_answers(void)
{
    refuse("subscribe: { deny: \"_INBOX.>\" }", "");
}

static void refuse_reading(void)
{
    refuse("", "subscribe: { deny: \"_INBOX.>\" }");
}

static void refuse_asking(void)
{
    refuse("", "publish: { deny: [\"$JS.API.>\", \"$JS.ACK.>\"] }");
}

struct fault {
    const char *name;
    void (*happens)(void);
};

static const struct fault FAULTS[] = {
    {"server killed", kill_server},
    {"server killed again", kill_server},
    {"server stopped a moment", stop_server_for_a_moment},
    {"server stopped 3 s", stop_server},
    {"consumers deleted", delete_consumers},
    {"consumers deleted again", delete_consumers},
    {"storage full", fill_storage},
    {"publishing not allowed", refuse_publishing},
    {"answers not allowed", refuse_answers},
    {"reading not allowed", refuse_reading},
    {"asking not allowed", refuse_asking},
};
enum { FAULT_COUNT = sizeof FAULTS / sizeof FAULTS[0] };

static void shuffle(struct fault *faults)
{
    memcpy(faults, FAULTS, sizeof FAULTS);
    for (uint32_t i = FAULT_COUNT - 1; i > 0; i--) {
        uint32_t k = prng_below(&prng, i + 1);
        struct fault other = faults[i];
        faults[i] = faults[k];
        faults[k] = other;
    }
}

static void test_nothing_is_lost_or_doubled(void **state)
{
    (void)state;
    char url[64];
    struct fault faults[FAULT_COUNT];
    uint64_t seed = run_seed(1);
    prng_init(&prng, seed, 0, 0);
    shuffle(faults);
    test_plain_start(&server, directory, config_of("", ""));
    snprintf(url, sizeof url, "nats://127.0.0.1:%u", (unsigned)server.port);
    run_start(&run, &(struct run_options){.url = url, .logins = true, .replicas = 1, .give_up_ms = -1, .seed = seed});
    run_settle(&run, "(none)", AFTER);
    for (int i = 0; i < FAULT_COUNT; i++) {
        last_ms(1, 200);
        faults[i].happens();
        run_settle(&run, faults[i].name, AFTER);
    }
    run_finish(&run);
    test_plain_stop(&server);
}

static bool is_reported(void *context)
{
    (void)context;
    struct load_figures figures = load_figures(run.load);
    return figures.refused + figures.unknown > AFTER && reader_reports(run.readers[READER_FOLLOWER]).gone > 0;
}

static bool is_there(void)
{
    jsStreamInfo *info = NULL;
    natsStatus status = js_GetStreamInfo(&info, tape_jetstream(run.tape), "T", NULL, NULL);
    jsStreamInfo_Destroy(info);
    assert_true(status == NATS_OK || status == NATS_NOT_FOUND);
    return status == NATS_OK;
}

static void test_a_deleted_stream_is_reported_and_not_made_again(void **state)
{
    (void)state;
    char url[64];
    test_plain_start(&server, directory, config_of("", ""));
    snprintf(url, sizeof url, "nats://127.0.0.1:%u", (unsigned)server.port);
    run_start(&run, &(struct run_options){.url = url, .logins = true, .replicas = 1, .give_up_ms = 1500, .seed = 1});
    run_settle(&run, "(none)", 10 * AFTER);
    assert_int_equal(js_DeleteStream(tape_jetstream(run.tape), "T", NULL, NULL), NATS_OK);
    test_until(is_reported, NULL);
    struct load_figures deleted = load_figures(run.load);
    assert_false(is_there());

    run_make_stream(&run, 1);
    run_settle(&run, "stream deleted and made", 10 * AFTER);
    struct load_figures figures = load_finish(run.load);
    for (int i = 0; i < READER_KINDS; i++)
        reader_finish(run.readers[i]);
    struct tally stored = run_stored(&run);
    uint64_t acknowledged = figures.acknowledged - deleted.acknowledged;
    print_message("before it was deleted %llu were acknowledged; then %llu were refused, %llu are unknown (%s); after "
                  "it was made again %llu were acknowledged, %llu are stored, %llu of them twice\n",
                  (unsigned long long)deleted.acknowledged, (unsigned long long)figures.refused,
                  (unsigned long long)figures.unknown, figures.problem, (unsigned long long)acknowledged,
                  (unsigned long long)stored.distinct, (unsigned long long)stored.repeated);
    assert_int_equal(stored.repeated, 0);
    /* Something that was given up may have been stored at the same moment. */
    assert_true(stored.distinct >= acknowledged && stored.distinct <= acknowledged + figures.unknown);
    assert_true(reader_reports(run.readers[READER_FOLLOWER]).gaps > 0);
    tally_free(&stored);
    run_end(&run);
    test_plain_stop(&server);
}

static int set_up(void **state)
{
    (void)state;
    test_directory_create(directory);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    test_directory_remove(directory);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_is_lost_or_doubled, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_deleted_stream_is_reported_and_not_made_again, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
