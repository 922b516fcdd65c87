/* The built program where a stream that it had read is not there any more when it starts: on a server of others it
 * creates nothing, on its own it starts halted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nats/nats.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/deck_process.h"
#include "bus/checkpoint.h"
#include "bus/stream.h"
#include "bus/tape_internal.h"
#include "bus/test_server.h"

static bool exists(struct tape *tape, const char *stream)
{
    jsStreamInfo *info = NULL;
    bool found = js_GetStreamInfo(&info, tape_jetstream(tape), stream, NULL, NULL) == NATS_OK;
    jsStreamInfo_Destroy(info);
    return found;
}

static bool is_written(void *context)
{
    struct tape *tape = context;
    struct checkpoint checkpoint;
    struct error error = {0};
    assert_int_equal(checkpoint_newest(tape, "ORDERS", &checkpoint, &error), 0);
    return checkpoint.sequence == 7;
}

static void test_a_server_of_others(void **state)
{
    (void)state;
    struct test_server server;
    struct error error = {0};
    char line[512], state_directory[96];
    test_server_start(&server);
    assert_int_equal(streams_create(server.tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error), 0);
    struct publisher *publisher = publisher_create(server.tape, NULL, &error);
    assert_non_null(publisher);
    const struct checkpoint read = {.sequence = 7, .stored_ns = 1};
    assert_int_equal(checkpoint_open(server.tape, &error), 0);
    assert_true(checkpoint_send(publisher, "checks", "ORDERS", &read));
    test_until(is_written, server.tape);
    assert_int_equal(js_DeleteStream(tape_jetstream(server.tape), "ORDERS", NULL, NULL), NATS_OK);
    assert_int_equal(js_DeleteStream(tape_jetstream(server.tape), "TAPEDECK_ADVISORIES", NULL, NULL), NATS_OK);

    snprintf(state_directory, sizeof state_directory, "%s/deck", server.directory);
    const char *const arguments[] = {
        "--no-ui", "--server", embedded_server_url(server.server), "--state-dir", state_directory, "--log-level",
        "error",   NULL};
    assert_int_equal(deck_process_run(arguments, line, sizeof line), 3);
    assert_string_equal(line,
                        "tapedeck: stream ORDERS is missing, though it was read up to message 7; nothing was "
                        "created. Bring it back from a backup, or make it anew with \"tapedeck streams --apply\"");
    assert_false(exists(server.tape, "ORDERS") || exists(server.tape, "TAPEDECK_ADVISORIES"));
    publisher_destroy(publisher, 1000);
    test_server_stop(&server);
}

static const char ORDER[] = "{\"client_order_id\": \"%s\", \"symbol\": \"AAPL\", \"exchange\": \"NYSE\", \"side\": "
                            "\"buy\", \"type\": \"limit\", \"quantity\": 100, \"limit_price\": \"189.05\"}";

static long post_order(const struct deck_process *deck, const char *id, char *body)
{
    char order[256];
    snprintf(order, sizeof order, ORDER, id);
    return deck_process_http(deck, "/v1/orders", order, body);
}

/* Reads ORDERS with these roles, loses it, and starts again with all. */
static void lose_orders(const char *const *first)
{
    static const char *const QUIET[] = {"--feed", "none", "--account", "SIM-1", NULL};
    static char body[DECK_BODY_SIZE];
    char command[DECK_PATH_SIZE + 96];
    struct deck_process deck = {0};
    deck_process_start(&deck, first);
    post_order(&deck, "first", body);
    assert_int_equal(deck_process_end(&deck, SIGTERM), 0);

    snprintf(command, sizeof command, "rm -r '%s/jetstream/jetstream/$G/streams/ORDERS'", deck.directory);
    assert_int_equal(system(command), 0);
    deck_process_start(&deck, QUIET);
    assert_int_equal(deck_process_http(&deck, "/readyz", NULL, body), 200);
    assert_non_null(strstr(body, "halted"));
    assert_int_equal(post_order(&deck, "second", body), 503);
    assert_non_null(strstr(body, "TRADING_HALTED"));
    snprintf(command, sizeof command, "grep -q 'stream ORDERS is missing, though it was read up to' '%s/stderr'",
             deck.directory);
    assert_int_equal(system(command), 0);
    assert_int_equal(deck_process_end(&deck, SIGTERM), 0);
    deck_process_clean(&deck);
}

static void test_a_server_of_its_own(void **state)
{
    static const char *const ALL[] = {"--feed", "none", "--account", "SIM-1", NULL};
    (void)state;
    lose_orders(ALL);
}

/* The service that says the halt to all has nothing to compare the new stream with but what the others have read. */
static void test_risk_had_not_read_it(void **state)
{
    static const char *const WITHOUT_RISK[] = {
        "--feed", "none", "--account", "SIM-1", "--roles", "gateway,checks,exchange,positions", NULL};
    (void)state;
    lose_orders(WITHOUT_RISK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_server_of_others),
        cmocka_unit_test(test_a_server_of_its_own),
        cmocka_unit_test(test_risk_had_not_read_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
