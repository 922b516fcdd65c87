/* The past of an instrument from a real server: exactly the stretch that was asked for last, and a sentence in the log
 * when there is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nats/nats.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "app/past_reader.h"
#include "bus/stream.h"
#include "bus/tape_internal.h"
#include "bus/test_server.h"
#include "core/subject.h"
#include "core/text.h"
#include "core/timestamp.h"

enum { QUOTES = 8, WAIT_MS = 10000 };

static struct test_server server;
static struct past_reader *reader;

static int set_up(void **state)
{
    (void)state;
    test_server_start(&server);
    reader = past_reader_create(server.tape);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    past_reader_destroy(reader);
    test_server_stop(&server);
    return 0;
}

/* Quotes of AAPL and MSFT by turns, sequences 1 to QUOTES; the bid is the sequence. */
static void publish_quotes(void)
{
    struct error error = {0};
    assert_int_equal(streams_create(server.tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error), 0);
    for (int i = 1; i <= QUOTES; i++) {
        struct event event = event_empty(EVENT_QUOTE);
        char subject[SUBJECT_SIZE], payload[EVENT_PAYLOAD_SIZE];
        text_copy(event.quote.exchange, sizeof event.quote.exchange, "NYSE");
        text_copy(event.quote.symbol, sizeof event.quote.symbol, i % 2 == 1 ? "AAPL" : "MSFT");
        event.quote.bid = i * PRICE_ONE;
        event.quote.ask = (i + 1) * PRICE_ONE;
        subject_of(&event, subject);
        int length = (int)event_encode(&event, payload, sizeof payload);
        assert_int_equal(js_Publish(NULL, tape_jetstream(server.tape), subject, payload, length, NULL, NULL), NATS_OK);
    }
}

static void ask(const char *symbol, uint64_t to_sequence)
{
    struct past_wish wish = {.exchange = "NYSE", .from_ns = NS_PER_DAY, .to_sequence = to_sequence};
    text_copy(wish.symbol, sizeof wish.symbol, symbol);
    past_reader_ask(reader, &wish);
}

static enum past_found next(struct event *event)
{
    struct pollfd fd = {.fd = past_reader_fd(reader), .events = POLLIN};
    for (int waited = 0; waited < WAIT_MS; waited += 100) {
        enum past_found found = past_reader_next(reader, event);
        if (found != PAST_NOTHING)
            return found;
        poll(&fd, 1, 100);
    }
    return PAST_NOTHING;
}

static void expect(uint64_t sequence)
{
    struct event event;
    assert_int_equal(next(&event), PAST_EVENT);
    assert_int_equal(event.sequence, sequence);
    assert_true(event.quote.bid == (int64_t)sequence * PRICE_ONE && event.stored_ns > 0);
}

static void test_stretches(void **state)
{
    struct event event;
    (void)state;
    publish_quotes();
    ask("AAPL", QUOTES - 2);
    expect(1);
    expect(3);
    expect(5);
    assert_int_equal(next(&event), PAST_END);
    ask("MSFT", 1); /* there is none so early */
    assert_int_equal(next(&event), PAST_END);
    ask("AAPL", QUOTES);
    expect(1);
    ask("MSFT", 4); /* nothing more of the one before */
    expect(2);
    expect(4);
    assert_int_equal(next(&event), PAST_END);
}

static void test_no_stream(void **state)
{
    struct event event;
    (void)state;
    ask("AAPL", QUOTES);
    assert_int_equal(next(&event), PAST_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_stretches, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_stream, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
