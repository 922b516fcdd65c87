/* Live venues from end to end: over TLS on a loopback port, with a server that misbehaves. What the sessions decide is
 * tested in test_session_*.c; here it is whether the connection underneath does what they are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "core/timestamp.h"
#include "feed/live.h"
#include "feed/mailbox.h"
#include "feed/web_socket.h"
#include "files.h"
#include "kraken_server.h"

enum { QUOTES_MAX = 4096, DEADLINE_S = 10 };

struct rig {
    struct venue_server *server;
    struct live *live;
    struct instruments instruments;
    int64_t ahead_ns; /* how far the clock of the feed is ahead of ours */
    pthread_mutex_t mutex;
    pthread_cond_t woken;
    bool has_mail; /* under the mutex */
    struct quote quotes[QUOTES_MAX];
    size_t count, seen;
    struct depth depth; /* the latest */
    size_t depth_count;
};

static int make_certificates(void **state)
{
    (void)state;
    char path[PATH_SIZE], command[2 * PATH_SIZE];
    static const char *const PROXIES[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    for (size_t i = 0; i < sizeof PROXIES / sizeof *PROXIES; i++)
        unsetenv(PROXIES[i]);
    files_setup();
    files_path(path, ".");
    snprintf(command, sizeof command, "%s/tests/bus/make_certificates.sh %s", getenv("TAPEDECK_SOURCE_DIR"), path);
    return system(command);
}

static int remove_certificates(void **state)
{
    (void)state;
    files_teardown();
    return 0;
}

static int set_up(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    assert_int_equal(instruments_init_builtin(&rig->instruments, NULL), 0);
    pthread_mutex_init(&rig->mutex, NULL);
    pthread_cond_init(&rig->woken, NULL);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    live_destroy(rig->live);
    venue_server_stop(rig->server);
    instruments_free(&rig->instruments);
    pthread_cond_destroy(&rig->woken);
    pthread_mutex_destroy(&rig->mutex);
    free(rig);
    return 0;
}

static bool keep_quote(void *context, const struct quote *quote)
{
    struct rig *rig = context;
    assert_true(rig->count < QUOTES_MAX);
    rig->quotes[rig->count++] = *quote;
    return true;
}

static bool keep_depth(void *context, const struct depth *depth)
{
    struct rig *rig = context;
    rig->depth = *depth;
    rig->depth_count++;
    return true;
}

static void wake(void *context)
{
    struct rig *rig = context;
    pthread_mutex_lock(&rig->mutex);
    rig->has_mail = true;
    pthread_cond_signal(&rig->woken);
    pthread_mutex_unlock(&rig->mutex);
}

static void serve(struct rig *rig, const char *certificate)
{
    char directory[PATH_SIZE];
    files_path(directory, ".");
    rig->server = venue_server_start(directory, certificate);
}

static void begin(struct rig *rig, const char *venue)
{
    char text[4 * PATH_SIZE], ca_file[PATH_SIZE];
    int port = venue_server_port(rig->server);
    struct feed_spec spec;
    struct error error = {0};
    files_path(ca_file, "ca.pem");
    snprintf(text, sizeof text, "%s,url=wss://localhost:%d/v2,ca=%s,rest=https://localhost:%d", venue, port, ca_file,
             port);
    if (feed_spec_parse(&spec, text, &error) != 0)
        fail_msg("%s", error.text);
    rig->live = live_create(&(struct live_options){.spec = &spec,
                                                   .instruments = &rig->instruments,
                                                   .source = "test-1",
                                                   .send = keep_quote,
                                                   .depths_per_second = 1000,
                                                   .send_depth = keep_depth,
                                                   .wake = wake,
                                                   .context = rig},
                            &error);
    if (rig->live == NULL)
        fail_msg("%s", error.text);
}

/* Waits until something has come, or a part of a second has passed. */
static void rest(struct rig *rig)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 20000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&rig->mutex);
    while (!rig->has_mail && pthread_cond_timedwait(&rig->woken, &rig->mutex, &until) != ETIMEDOUT) {
    }
    rig->has_mail = false;
    pthread_mutex_unlock(&rig->mutex);
}

static void step(struct rig *rig)
{
    int64_t now_ns = clock_monotonic_ns() + rig->ahead_ns;
    live_step(rig->live, (struct player_time){.monotonic_ns = now_ns, .wall_ns = clock_wall_ns()});
}

#define UNTIL(rig, condition)                                                                                          \
    do {                                                                                                               \
        int64_t deadline_ns = clock_monotonic_ns() + DEADLINE_S * NS_PER_SECOND;                                       \
        for (step(rig); !(condition); step(rig)) {                                                                     \
            if (clock_monotonic_ns() > deadline_ns)                                                                    \
                fail_msg("line %d: not within %d s: %s", __LINE__, DEADLINE_S, #condition);                            \
            rest(rig);                                                                                                 \
        }                                                                                                              \
    } while (0)

/* True when a quote of that symbol with this bid has come since the last one that was looked for. */
static bool has_quote(struct rig *rig, const char *symbol, int64_t bid)
{
    for (size_t i = rig->seen; i < rig->count; i++) {
        if (strcmp(rig->quotes[i].symbol, symbol) == 0 && rig->quotes[i].bid == bid * PRICE_ONE) {
            rig->seen = i + 1;
            return true;
        }
    }
    return false;
}

static struct session_counts counts(const struct rig *rig)
{
    return live_counts(rig->live).session;
}

static void say(struct rig *rig, const char *text)
{
    venue_server_send(rig->server, text, strlen(text));
}

/* Kraken: a new connection, up to the first prices of both instruments. */
static void let_kraken_begin(struct rig *rig, unsigned connection)
{
    UNTIL(rig, venue_server_connections(rig->server) == connection);
    UNTIL(rig, venue_server_has(rig->server, "\"channel\":\"instrument\""));
    kraken_server_say_pairs(rig->server);
    UNTIL(rig, venue_server_has(rig->server, "\"channel\":\"book\",\"symbol\":[\"BTC/USD\",\"ETH/USD\"]"));
    UNTIL(rig, venue_server_has(rig->server, "\"channel\":\"trade\",\"symbol\":[\"BTC/USD\",\"ETH/USD\"]"));
    kraken_server_say_book(rig->server, "snapshot", "BTC/USD", 100, true);
    kraken_server_say_book(rig->server, "snapshot", "ETH/USD", 50, true);
    kraken_server_say_ticker(rig->server, "BTC/USD", 100);
    kraken_server_say_ticker(rig->server, "ETH/USD", 50);
    UNTIL(rig, has_quote(rig, "ETH-USD", 50));
    assert_int_equal(counts(rig).stale, 0);
}

static void begin_kraken(struct rig *rig)
{
    serve(rig, "server");
    begin(rig, "kraken:BTC/USD,ETH-USD"); /* their name or ours */
    let_kraken_begin(rig, 1);
}

/* What is told of the venue: these lines. */
static void expect_trouble(struct rig *rig, const char *lines)
{
    char trouble[1024];
    live_trouble(rig->live, clock_monotonic_ns() + rig->ahead_ns, trouble, sizeof trouble);
    assert_string_equal(trouble, lines);
}

/* After a fault: what the connection and the instruments are good for. */
static void expect_both_well(struct rig *rig, unsigned connections)
{
    kraken_server_say_ticker(rig->server, "BTC/USD", 110);
    UNTIL(rig, has_quote(rig, "BTC-USD", 110));
    kraken_server_say_ticker(rig->server, "ETH/USD", 60);
    UNTIL(rig, has_quote(rig, "ETH-USD", 60));
    assert_int_equal(counts(rig).stale, 0);
    assert_int_equal(counts(rig).connections, connections);
    expect_trouble(rig, "");
}

static void quotes_bear_our_names(void **state)
{
    struct rig *rig = *state;
    begin_kraken(rig);
    const struct quote *quote = &rig->quotes[0];
    assert_string_equal(quote->exchange, "KRAKEN");
    assert_string_equal(quote->symbol, "BTC-USD");
    assert_string_equal(quote->source, "test-1");
    assert_int_equal(quote->seq, 1);
    assert_true(clock_wall_ns() - quote->received_ns < DEADLINE_S * NS_PER_SECOND);
}

static void a_wrong_checksum_makes_one_instrument_stale(void **state)
{
    struct rig *rig = *state;
    begin_kraken(rig);
    kraken_server_say_book(rig->server, "update", "BTC/USD", 100, false);
    UNTIL(rig,
          venue_server_has(rig->server, "\"unsubscribe\",\"params\":{\"channel\":\"book\",\"symbol\":[\"BTC/USD\"]"));
    UNTIL(rig,
          venue_server_has(rig->server, "\"subscribe\",\"params\":{\"channel\":\"book\",\"symbol\":[\"BTC/USD\"]"));
    assert_int_equal(counts(rig).stale, 1);
    expect_trouble(rig, "KRAKEN.BTC-USD the checksum of the book is wrong\n");
    kraken_server_say_ticker(rig->server, "BTC/USD", 103);
    kraken_server_say_ticker(rig->server, "ETH/USD", 51);
    UNTIL(rig, has_quote(rig, "ETH-USD", 51));
    assert_int_equal(counts(rig).withheld, 1);
    kraken_server_say_book(rig->server, "snapshot", "BTC/USD", 100, true);
    UNTIL(rig, has_quote(rig, "BTC-USD", 103)); /* what was withheld */
    expect_both_well(rig, 1);
}

static void a_connection_cut_in_a_message_comes_back(void **state)
{
    struct rig *rig = *state;
    begin_kraken(rig);
    char text[KRAKEN_TICKER_SIZE];
    kraken_server_ticker(text, "BTC/USD", 104);
    venue_server_send_piece(rig->server, text, strlen(text) / 2, true, false);
    venue_server_cut(rig->server);
    UNTIL(rig, counts(rig).stale == 2);
    let_kraken_begin(rig, 2);
    assert_int_equal(counts(rig).bad_messages, 0);
    expect_both_well(rig, 2);
}

static void a_closed_connection_comes_back(void **state)
{
    struct rig *rig = *state;
    begin_kraken(rig);
    venue_server_close(rig->server, "maintenance");
    UNTIL(rig, counts(rig).stale == 2);
    expect_trouble(rig, "KRAKEN the venue closed the connection: maintenance, code 1001\n");
    let_kraken_begin(rig, 2);
    expect_both_well(rig, 2);
}

static void silence_ends_a_connection(void **state)
{
    struct rig *rig = *state;
    begin_kraken(rig);
    rig->ahead_ns = 10 * NS_PER_SECOND;
    let_kraken_begin(rig, 2);
    expect_both_well(rig, 2);
}

static void what_is_refused_is_told(void **state)
{
    struct rig *rig = *state;
    serve(rig, "server");
    begin(rig, "kraken:BTC/USD,ETH-USD");
    UNTIL(rig, venue_server_has(rig->server, "\"channel\":\"instrument\""));
    expect_trouble(rig, "");
    kraken_server_say_pairs(rig->server);
    UNTIL(rig, venue_server_has(rig->server, "\"channel\":\"trade\""));
    say(rig, "{\"error\":\"Currency pair not supported ETH/USD\",\"method\":\"subscribe\",\"success\":false,"
             "\"symbol\":\"ETH/USD\"}");
    say(rig, "{\"error\":\"Exceeded msg rate\",\"success\":false}");
    kraken_server_say_book(rig->server, "snapshot", "BTC/USD", 100, true);
    kraken_server_say_ticker(rig->server, "BTC/USD", 100);
    UNTIL(rig, has_quote(rig, "BTC-USD", 100));
    expect_trouble(rig, "KRAKEN the venue refuses a request: Exceeded msg rate\n"
                        "KRAKEN.ETH-USD the venue refuses it: Currency pair not supported ETH/USD\n");
}

static void garbage_is_counted(void **state)
{
    struct rig *rig = *state;
    begin_kraken(rig);
    static const char *const GARBAGE[] = {
        "", "{", "[]", "null", "{\"channel\":7}", "\xff\xfe", "{\"channel\":\"book\"}"};
    for (size_t i = 1; i < sizeof GARBAGE / sizeof *GARBAGE; i++)
        say(rig, GARBAGE[i]);
    venue_server_send_binary(rig->server, "\0\1\2\3", 4);
    UNTIL(rig, counts(rig).bad_messages == sizeof GARBAGE / sizeof *GARBAGE);
    expect_both_well(rig, 1);
}

/* A good message of `length` bytes: blanks between its halves. */
static char *long_message(size_t length)
{
    char ticker[KRAKEN_TICKER_SIZE], *text = malloc(length + 1);
    assert_non_null(text);
    kraken_server_ticker(ticker, "BTC/USD", 105);
    memset(text, ' ', length);
    memcpy(text, ticker, strlen(ticker));
    memmove(text + length - 1, text + strlen(ticker) - 1, 1);
    text[strlen(ticker) - 1] = ' ';
    text[length] = '\0';
    return text;
}

static void a_long_message_is_read_and_an_endless_one_is_not(void **state)
{
    struct rig *rig = *state;
    begin_kraken(rig);
    char *text = long_message(1 << 20);
    say(rig, text);
    free(text);
    UNTIL(rig, has_quote(rig, "BTC-USD", 105));
    expect_both_well(rig, 1);
    text = long_message(WEB_SOCKET_MESSAGE_MAX + 1);
    say(rig, text);
    free(text);
    let_kraken_begin(rig, 2);
    expect_both_well(rig, 2);
}

static void a_slow_sender_is_waited_for(void **state)
{
    struct rig *rig = *state;
    begin_kraken(rig);
    char text[KRAKEN_TICKER_SIZE];
    kraken_server_ticker(text, "BTC/USD", 106);
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        venue_server_send_piece(rig->server, text + i, 1, i == 0, i + 1 == length);
        step(rig);
    }
    UNTIL(rig, has_quote(rig, "BTC-USD", 106));
    expect_both_well(rig, 1);
}

/* Binance. */
static void say_update(struct rig *rig, const char *symbol, int first, int last)
{
    char text[256];
    snprintf(
        text, sizeof text,
        "{\"e\":\"depthUpdate\",\"E\":1723161255343,\"s\":\"%s\",\"U\":%d,\"u\":%d,\"b\":[[\"100\",\"1\"]],\"a\":[]}",
        symbol, first, last);
    say(rig, text);
}

static void say_best(struct rig *rig, const char *symbol, int id, int bid)
{
    char text[256];
    snprintf(text, sizeof text, "{\"u\":%d,\"s\":\"%s\",\"b\":\"%d\",\"B\":\"1\",\"a\":\"%d\",\"A\":\"1\"}", id, symbol,
             bid, bid + 1);
    say(rig, text);
}

static void a_gap_is_closed_by_a_new_snapshot(void **state)
{
    struct rig *rig = *state;
    serve(rig, "server");
    venue_server_answer(rig->server, 200,
                        "{\"lastUpdateId\":11,\"bids\":[[\"100\",\"1\"]],\"asks\":[[\"101\",\"1\"]]}");
    begin(rig, "binance:btcusdt,ethusdt");
    UNTIL(rig, venue_server_has(rig->server, "\"btcusdt@depth@100ms\",\"ethusdt@depth@100ms\""));
    say_best(rig, "BTCUSDT", 1, 100);
    say_best(rig, "ETHUSDT", 2, 50);
    say_update(rig, "BTCUSDT", 10, 12);
    UNTIL(rig, counts(rig).books.snapshots == 1);
    assert_int_equal(counts(rig).stale, 0);
    UNTIL(rig, rig->depth_count == 1);
    assert_string_equal(rig->depth.symbol, "BTCUSDT");
    assert_string_equal(rig->depth.exchange, "BINANCE");
    assert_string_equal(rig->depth.source, "test-1");
    assert_int_equal(rig->depth.bid_count, 1);
    assert_int_equal(rig->depth.bids[0].price, 100 * PRICE_ONE);
    assert_int_equal(rig->depth.asks[0].price, 101 * PRICE_ONE);
    venue_server_answer(rig->server, 200,
                        "{\"lastUpdateId\":16,\"bids\":[[\"100\",\"1\"]],\"asks\":[[\"101\",\"1\"]]}");
    say_update(rig, "BTCUSDT", 14, 15);
    UNTIL(rig, counts(rig).stale == 1);
    say_best(rig, "BTCUSDT", 3, 102);
    say_best(rig, "ETHUSDT", 4, 51);
    UNTIL(rig, has_quote(rig, "ETHUSDT", 51));
    say_update(rig, "BTCUSDT", 16, 17);
    UNTIL(rig, has_quote(rig, "BTCUSDT", 102));
    assert_int_equal(counts(rig).stale, 0);
    assert_int_equal(counts(rig).connections, 1);
    assert_int_equal(venue_server_requests(rig->server), 2);
}

static void a_refused_snapshot_is_asked_for_again(void **state)
{
    struct rig *rig = *state;
    serve(rig, "server");
    venue_server_answer(rig->server, 429, "{\"code\":-1003,\"msg\":\"Too many requests.\"}");
    begin(rig, "binance:btcusdt");
    UNTIL(rig, venue_server_has(rig->server, "\"btcusdt@depth@100ms\""));
    say_update(rig, "BTCUSDT", 10, 12);
    UNTIL(rig, venue_server_requests(rig->server) == 1);
    venue_server_answer(rig->server, 200,
                        "{\"lastUpdateId\":11,\"bids\":[[\"100\",\"1\"]],\"asks\":[[\"101\",\"1\"]]}");
    int update = 13;
    UNTIL(rig, (rig->ahead_ns += NS_PER_SECOND / 2, say_update(rig, "BTCUSDT", update, update), update++,
                counts(rig).books.snapshots == 1));
    assert_int_equal(counts(rig).connections, 1);
}

static void coinbase_begins_anew_after_a_hole(void **state)
{
    struct rig *rig = *state;
    static const char BOOK[] =
        "{\"channel\":\"l2_data\",\"timestamp\":\"2026-11-23T14:30:00Z\",\"sequence_num\":%d,\"events\":[{\"type\":"
        "\"snapshot\",\"product_id\":\"BTC-USD\",\"updates\":[{\"side\":\"bid\",\"price_level\":\"%d\",\"new_"
        "quantity\":"
        "\"1\"},{\"side\":\"offer\",\"price_level\":\"%d\",\"new_quantity\":\"1\"}]}]}";
    char text[512];
    serve(rig, "server");
    begin(rig, "coinbase:btc-usd");
    for (int i = 0; i < 2; i++) {
        UNTIL(rig, venue_server_has(rig->server, "\"product_ids\":[\"BTC-USD\"],\"channel\":\"market_trades\""));
        snprintf(text, sizeof text, BOOK, 0, 100 + i, 105);
        say(rig, text);
        UNTIL(rig, has_quote(rig, "BTC-USD", 100 + i));
        snprintf(text, sizeof text, BOOK, 2, 103, 105);
        say(rig, text);
        UNTIL(rig, counts(rig).stale == 1);
    }
    assert_int_equal(venue_server_connections(rig->server), 2);
}

/* What a refused connection says. */
static void expect_refusal(struct rig *rig, const char *certificate, const char *ca, const char *said)
{
    char url[64], ca_file[PATH_SIZE] = "";
    struct error error = {0};
    struct mail mail = {0};
    struct mailbox *mailbox = mailbox_create(1 << 20, wake, rig);
    serve(rig, certificate);
    if (ca != NULL)
        files_path(ca_file, ca);
    snprintf(url, sizeof url, "wss://localhost:%d", venue_server_port(rig->server));
    struct web_socket *socket =
        web_socket_create(&(struct web_socket_options){.url = url, .ca_file = ca_file, .mailbox = mailbox}, &error);
    assert_non_null(socket);
    web_socket_connect(socket, 7);
    int64_t deadline_ns = clock_monotonic_ns() + DEADLINE_S * NS_PER_SECOND;
    while (!mailbox_take(mailbox, &mail)) {
        assert_true(clock_monotonic_ns() < deadline_ns);
        rest(rig);
    }
    if (mail.kind != MAIL_CLOSED || strstr(mail.text, said) == NULL)
        fail_msg("%s: mail %d says: %s", certificate, mail.kind, mail.text);
    assert_int_equal(mail.connection, 7);
    assert_int_equal(venue_server_connections(rig->server), 0);
    web_socket_destroy(socket);
    mailbox_destroy(mailbox);
    venue_server_stop(rig->server);
    rig->server = NULL;
}

static void certificates_must_be_good(void **state)
{
    struct rig *rig = *state;
    expect_refusal(rig, "expired", "ca.pem", "no connection to localhost: its certificate is refused, it has expired");
    expect_refusal(rig, "elsewhere", "ca.pem",
                   "no connection to localhost: its certificate is refused, it is for another host");
    expect_refusal(rig, "stranger", "ca.pem",
                   "its certificate is refused, it is from an authority that is not trusted");
    expect_refusal(rig, "server", NULL, "its certificate is refused, it is from an authority that is not trusted");
}

static void says_what_is_wrong_with_its_options(void **state)
{
    (void)state;
    static const struct {
        const char *url, *ca_file, *said;
    } CASES[] = {{"ws://localhost", "", "'ws://localhost' is not an address"},
                 {"wss://", "", "'wss://' is not an address"},
                 {"wss://localhost", "/nowhere/ca.pem", "'/nowhere/ca.pem' is no file with"}};
    struct mailbox *mailbox = mailbox_create(1 << 20, wake, NULL);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct error error = {0};
        assert_null(web_socket_create(
            &(struct web_socket_options){.url = CASES[i].url, .ca_file = CASES[i].ca_file, .mailbox = mailbox},
            &error));
        assert_int_equal(error.kind, ERROR_USAGE);
        if (strstr(error.text, CASES[i].said) == NULL)
            fail_msg("%s", error.text);
    }
    mailbox_destroy(mailbox);
}

#define LIVE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE_TEST(quotes_bear_our_names),
        LIVE_TEST(a_wrong_checksum_makes_one_instrument_stale),
        LIVE_TEST(a_connection_cut_in_a_message_comes_back),
        LIVE_TEST(a_closed_connection_comes_back),
        LIVE_TEST(silence_ends_a_connection),
        LIVE_TEST(what_is_refused_is_told),
        LIVE_TEST(garbage_is_counted),
        LIVE_TEST(a_long_message_is_read_and_an_endless_one_is_not),
        LIVE_TEST(a_slow_sender_is_waited_for),
        LIVE_TEST(a_gap_is_closed_by_a_new_snapshot),
        LIVE_TEST(a_refused_snapshot_is_asked_for_again),
        LIVE_TEST(coinbase_begins_anew_after_a_hole),
        LIVE_TEST(certificates_must_be_good),
        cmocka_unit_test(says_what_is_wrong_with_its_options),
    };
    return cmocka_run_group_tests(tests, make_certificates, remove_certificates);
}
