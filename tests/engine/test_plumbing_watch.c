/* The watch over the plumbing: looks at it, outages and holes in, alerts out. Each rule at warning, critical, clear and
 * flap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "risk_world.h"

#define LOOK_NS (2 * NS_PER_SECOND)

static struct plumbing plumbing;

/* Looks at it every two seconds for so long. */
static void look(int64_t ns)
{
    for (int64_t passed = 0; passed < ns; passed += LOOK_NS) {
        risk_plumbing(world.risk, &plumbing, world.wall_ns, world.monotonic_ns);
        world_pass(LOOK_NS);
    }
}

static struct plumbing_stream *stream(void)
{
    struct plumbing_stream *stream = &plumbing.streams[0];
    plumbing.stream_count = 1;
    text_copy(stream->name, sizeof stream->name, "ORDERS");
    stream->has_leader = true;
    return stream;
}

static void replica_lags(int64_t messages)
{
    stream()->replica_lag = (uint64_t)messages;
}

static void replica_is_offline(int64_t replicas)
{
    stream()->replicas_offline = (uint32_t)replicas;
}

static void holds_bytes(int64_t percent)
{
    stream()->refuses_when_full = true;
    stream()->limit_bytes = 10000;
    stream()->bytes = (uint64_t)percent * 100;
}

static void holds_messages(int64_t percent)
{
    stream()->refuses_when_full = true;
    stream()->limit_messages = 10000;
    stream()->messages = (uint64_t)percent * 100;
}

/* What discards the old is at its limit by nature. */
static void discards_the_old(int64_t percent)
{
    holds_bytes(percent);
    stream()->refuses_when_full = false;
}

static void disk_is_full(int64_t percent)
{
    plumbing.disk_count = 1;
    plumbing.disks[0] = (struct plumbing_disk){.name = "state", .used_bytes = (uint64_t)percent, .size_bytes = 100};
}

static void clock_is_ahead(int64_t ms)
{
    plumbing.clock_count = 1;
    plumbing.clocks[0] = (struct plumbing_clock){.host = "alpha", .ahead_ns = ms * NS_PER_MS};
}

static void expect(const char *what, const char *then, int version)
{
    char line[128];
    if (what == NULL || version == 0) {
        EXPECT_NOTHING();
        return;
    }
    snprintf(line, sizeof line, "%s %s %d", what, then, version);
    EXPECT(line);
}

static void test_values(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        void (*set)(int64_t value);
        int64_t fine, warning, critical; /* values; without a critical level the warning again */
        const char *says;
        bool is_at_once;
    } rows[] = {
        {"replica_lag ORDERS", replica_lags, 8999, 10000, 100000,
         "stream ORDERS: a replica is 10,000 messages behind (warning at 10,000)", false},
        {"replica_lag ORDERS", replica_is_offline, 0, 1, 1, "stream ORDERS: 1 of its replicas cannot be reached",
         false},
        {"stream_limit ORDERS", holds_bytes, 71, 80, 95,
         "stream ORDERS holds 80.0 % of what it may, and then refuses more (warning at 80.0 %)", true},
        {"stream_limit ORDERS", holds_messages, 71, 94, 96,
         "stream ORDERS holds 94.0 % of what it may, and then refuses more (warning at 80.0 %)", true},
        {NULL, discards_the_old, 50, 96, 100, NULL, true},
        {"disk_full state", disk_is_full, 80, 90, 97,
         "the disk of the state directory is 90.0 % full (warning at 90.0 %)", true},
        {"clock_offset alpha", clock_is_ahead, 449, 500, 2000,
         "the clock of alpha is 0.5 s ahead of the server's (warning at 0.5 s)", false},
        {"clock_offset alpha", clock_is_ahead, -449, -700, -2500,
         "the clock of alpha is 0.7 s behind the server's (warning at 0.5 s)", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool has_critical = rows[i].critical != rows[i].warning;
        const char *what = rows[i].what;
        world_teardown(state);
        world_setup(state);
        plumbing = (struct plumbing){0};
        rows[i].set(rows[i].fine);
        look(10 * NS_PER_SECOND);
        expect(what, "", 0);
        rows[i].set(rows[i].warning);
        look(8 * NS_PER_SECOND);
        expect(what, "warning raised", 1);
        if (what != NULL)
            assert_string_equal(world_last_alert()->message, rows[i].says);
        rows[i].set(rows[i].critical);
        look(8 * NS_PER_SECOND);
        expect(what, "critical raised", has_critical ? 2 : 0);
        rows[i].set(rows[i].fine);
        look(10 * NS_PER_SECOND);
        expect(what, has_critical ? "critical cleared" : "warning cleared", has_critical ? 3 : 2);
        /* One that comes and goes is raised once at most, and cleared once. */
        for (int times = 0; times < 5; times++) {
            rows[i].set(rows[i].warning);
            look(LOOK_NS);
            rows[i].set(rows[i].fine);
            look(LOOK_NS);
        }
        expect(what, "warning raised", rows[i].is_at_once ? 1 : 0);
        look(8 * NS_PER_SECOND);
        expect(what, "warning cleared", rows[i].is_at_once ? 2 : 0);
        /* What is not met any more is over. */
        rows[i].set(rows[i].warning);
        look(8 * NS_PER_SECOND);
        expect(what, "warning raised", 1);
        plumbing = (struct plumbing){.in_part = true};
        look(8 * NS_PER_SECOND);
        expect(what, "", 0);
        plumbing.in_part = false;
        look(8 * NS_PER_SECOND);
        expect(what, "warning cleared", 2);
    }
}

static void test_no_leader(void **state)
{
    (void)state;
    plumbing = (struct plumbing){0};
    stream()->has_leader = false;
    look(LOOK_NS);
    stream()->has_leader = true; /* an election */
    look(4 * NS_PER_SECOND);
    EXPECT_NOTHING();
    stream()->has_leader = false;
    look(6 * NS_PER_SECOND);
    EXPECT("no_leader ORDERS warning raised 1");
    assert_string_equal(world_last_alert()->message, "stream ORDERS has had no leader for 4.0 s (warning at 3.0 s)");
    look(26 * NS_PER_SECOND);
    EXPECT("no_leader ORDERS critical raised 2");
    stream()->has_leader = true;
    look(4 * NS_PER_SECOND);
    look(4 * NS_PER_SECOND);
    EXPECT("no_leader ORDERS critical cleared 3");
    assert_string_equal(world_last_alert()->message, "stream ORDERS has a leader again");
    for (int elections = 0; elections < 5; elections++) {
        stream()->has_leader = false;
        look(LOOK_NS);
        stream()->has_leader = true;
        look(LOOK_NS);
    }
    EXPECT_NOTHING();
}

static void trouble(const char *scope, const char *text)
{
    struct plumbing_trouble *trouble = &plumbing.troubles[plumbing.trouble_count++];
    text_copy(trouble->scope, sizeof trouble->scope, scope);
    text_copy(trouble->text, sizeof trouble->text, text);
}

static void test_trouble(void **state)
{
    (void)state;
    plumbing = (struct plumbing){0};
    trouble("KRAKEN.BTC-USD", "the checksum of the book is wrong");
    look(LOOK_NS);
    plumbing.trouble_count = 0; /* it was asked for again, and came */
    look(4 * NS_PER_SECOND);
    EXPECT_NOTHING();
    trouble("KRAKEN.BTC-USD", "the checksum of the book is wrong");
    look(4 * NS_PER_SECOND);
    EXPECT("feed_trouble KRAKEN.BTC-USD warning raised 1");
    assert_string_equal(world_last_alert()->message, "KRAKEN.BTC-USD is stale: the checksum of the book is wrong");
    assert_string_equal(world_last_alert()->symbol, "BTC-USD");
    trouble("BINANCE", "nothing was heard for 30 s");
    look(6 * NS_PER_SECOND);
    EXPECT("feed_trouble BINANCE warning raised 1");
    assert_string_equal(world_last_alert()->message, "BINANCE is stale: nothing was heard for 30 s");
    assert_string_equal(world_last_alert()->symbol, "");
    plumbing.troubles[0] = plumbing.troubles[1];
    plumbing.trouble_count = 1;
    look(8 * NS_PER_SECOND);
    EXPECT("feed_trouble KRAKEN.BTC-USD warning cleared 2");
    assert_string_equal(world_last_alert()->message, "KRAKEN.BTC-USD is up to date again");
}

/* A consumer as the next look meets it. */
static struct plumbing_consumer *consumer(uint32_t index, const char *reader)
{
    struct plumbing_consumer *consumer = &plumbing.consumers[index];
    if (plumbing.consumer_count <= index)
        plumbing.consumer_count = index + 1;
    text_copy(consumer->stream, sizeof consumer->stream, "ORDERS");
    snprintf(consumer->name, sizeof consumer->name, "consumer-%u", index);
    text_copy(consumer->reader, sizeof consumer->reader, reader);
    return consumer;
}

static void test_consumer_lag(void **state)
{
    (void)state;
    plumbing = (struct plumbing){0};
    struct plumbing_consumer *checks = consumer(0, "checks");
    /* Always something to do, and always done by the next look. */
    for (int i = 0; i < 30; i++) {
        checks->pending = 500;
        look(LOOK_NS);
        checks->delivered += 500;
    }
    EXPECT_NOTHING();
    /* It stands still. */
    look(12 * NS_PER_SECOND);
    EXPECT("consumer_lag ORDERS.checks warning raised 1");
    assert_string_equal(world_last_alert()->message,
                        "checks is 10.0 s behind on ORDERS with 500 messages to go (warning at 10.0 s)");
    look(52 * NS_PER_SECOND);
    EXPECT("consumer_lag ORDERS.checks critical raised 2");
    /* It goes on, catches up, and is behind for moments. */
    for (int times = 0; times < 5; times++) {
        checks->delivered += checks->pending;
        checks->pending = 0;
        look(LOOK_NS);
        checks->pending = 300;
        look(8 * NS_PER_SECOND);
    }
    EXPECT("consumer_lag ORDERS.checks critical cleared 3");
    assert_string_equal(world_last_alert()->message, "checks is not behind on ORDERS any more");
}

/* Half a minute behind all the time, though it works: no flapping at each mark that it reaches. */
static void test_constant_lag(void **state)
{
    (void)state;
    plumbing = (struct plumbing){0};
    struct plumbing_consumer *slow = consumer(0, "slow");
    slow->pending = 1500;
    for (int i = 0; i < 60; i++) {
        look(LOOK_NS);
        slow->delivered += 100;
    }
    EXPECT("consumer_lag ORDERS.slow warning raised 1");
}

/* Two processes with one role are one reader: who is further behind counts. One that ends is forgotten. */
static void test_readers_of_one_name(void **state)
{
    (void)state;
    plumbing = (struct plumbing){0};
    consumer(0, "checks");
    consumer(1, "checks")->pending = 5;
    look(14 * NS_PER_SECOND);
    EXPECT("consumer_lag ORDERS.checks warning raised 1");
    plumbing.consumer_count = 1;
    look(8 * NS_PER_SECOND);
    EXPECT("consumer_lag ORDERS.checks warning cleared 2");
    consumer(1, "checks"); /* anew: its mark is not the old one's */
    look(4 * NS_PER_SECOND);
    EXPECT_NOTHING();
}

static void numbered(uint64_t seq)
{
    struct event event = world_quote_event("AAPL", 99, 100);
    text_copy(event.quote.source, sizeof event.quote.source, "sim-1");
    event.quote.seq = seq;
    world_fold_quote(&event, 0);
    world_pass(WORLD_TICK_NS);
}

static void test_feed_gaps(void **state)
{
    (void)state;
    uint64_t seq = 1;
    for (; seq < 20; seq++)
        numbered(seq);
    numbered(seq - 1); /* once more */
    EXPECT_NOTHING();
    seq += 3;
    numbered(seq);
    EXPECT("feed_gap NYSE warning raised 1");
    assert_string_equal(world_last_alert()->message, "3 quotes of NYSE are missing in the last minute (warning at 1)");
    numbered(seq += 120);
    EXPECT("feed_gap NYSE critical raised 2");
    world.config.stale_warning_ns = 0;
    for (int i = 0; i < 4 * 70; i++)
        numbered(++seq);
    EXPECT("feed_gap NYSE critical cleared 3");
    assert_string_equal(world_last_alert()->message, "no quotes of NYSE have been missing for a minute");
    /* Two that changed places: missing for a moment, and there. */
    numbered(seq + 2);
    EXPECT("feed_gap NYSE warning raised 1");
    numbered(seq + 1);
    numbered(seq + 3);
    numbered(seq += 4);
    for (int i = 0; i < 4 * 6; i++)
        numbered(++seq);
    EXPECT("feed_gap NYSE warning cleared 2");
    struct event event = world_quote_event("AAPL", 99, 100);
    text_copy(event.quote.source, sizeof event.quote.source, "sim-2");
    event.quote.seq = 7; /* another feed begins where it begins */
    world_fold_quote(&event, 0);
    world_pass(NS_PER_SECOND);
    EXPECT_NOTHING();
}

static void test_off(void **state)
{
    (void)state;
    static const char *const keys[] = {"lag_warning",  "replica_lag_warning", "stream_limit_warning",
                                       "disk_warning", "clock_warning",       "feed_gap_warning"};
    struct error error = {0};
    world_teardown(state);
    world_setup(state);
    risk_destroy(world.risk);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        assert_int_equal(risk_config_set(&world.config, keys[i], "off", &error), 0);
    world_start();
    plumbing = (struct plumbing){0};
    replica_lags(1000000);
    holds_bytes(100);
    disk_is_full(100);
    clock_is_ahead(100000);
    consumer(0, "checks")->pending = 5;
    look(20 * NS_PER_SECOND);
    numbered(1);
    numbered(100);
    EXPECT_NOTHING();
}

static void connection(enum connection_state state, bool silent)
{
    const struct connection_status status = {.state = state, .silent = silent};
    risk_connection(world.risk, &status, world.monotonic_ns);
}

/* So long nobody could be told; when it is over it is said how long it lasted. */
static void outage(enum connection_state state, bool silent, int64_t ns)
{
    connection(state, silent);
    world.wall_ns += ns; /* whoever has no server has no lease, and is not asked */
    world.monotonic_ns += ns;
    connection(CONNECTION_CONNECTED, false);
}

static void test_server_away_and_silent(void **state)
{
    (void)state;
    connection(CONNECTION_CONNECTED, false);
    world_pass(NS_PER_SECOND);
    outage(CONNECTION_DISCONNECTED, false, 2900 * NS_PER_MS);
    world_pass(NS_PER_SECOND);
    EXPECT_NOTHING(); /* a hiccup */
    outage(CONNECTION_DISCONNECTED, false, 12 * NS_PER_SECOND);
    world_pass(WORLD_TICK_NS);
    EXPECT("server_away nats warning raised 1");
    assert_string_equal(world_last_alert()->message, "the server was out of reach for 12.0 s");
    world_pass(2 * NS_PER_SECOND);
    outage(CONNECTION_DISCONNECTED, false, 31 * NS_PER_SECOND); /* before it was cleared: the same alert */
    world_pass(WORLD_TICK_NS);
    EXPECT("server_away nats critical raised 2");
    world_pass(6 * NS_PER_SECOND);
    EXPECT("server_away nats critical cleared 3");
    assert_string_equal(world_last_alert()->message, "the server has been within reach since");
    assert_int_equal(world_last_alert()->count, 2);
    outage(CONNECTION_CONNECTED, true, 5 * NS_PER_SECOND);
    world_pass(WORLD_TICK_NS);
    EXPECT("publish_timeouts nats warning raised 1");
    assert_string_equal(world_last_alert()->message, "the server did not answer what was published for 5.0 s");
    world_pass(6 * NS_PER_SECOND);
    EXPECT("publish_timeouts nats warning cleared 2");
    /* Another process decided meanwhile: old news. */
    outage(CONNECTION_DISCONNECTED, false, 40 * NS_PER_SECOND);
    world.monotonic_ns += 61 * NS_PER_SECOND;
    world_pass(10 * NS_PER_SECOND);
    EXPECT_NOTHING();
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_server_away_and_silent),
        TEST(test_values),
        TEST(test_trouble),
        TEST(test_no_leader),
        TEST(test_consumer_lag),
        TEST(test_constant_lag),
        TEST(test_readers_of_one_name),
        TEST(test_feed_gaps),
        TEST(test_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
