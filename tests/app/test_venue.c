/* A live venue that goes wrong, as a person at the screen meets it: what is stale is marked, an alert says why, the
 * rest goes on, and both are over when the venue is well again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/deck_process.h"
#include "app/temporary.h"
#include "core/clock.h"
#include "core/timestamp.h"
#include "feed/kraken_server.h"
#include "ui/terminal.h"

enum { DEADLINE_S = 60, TURN_MS = 100 };

struct rig {
    struct venue_server *venue;
    struct deck_process deck;
    struct terminal *screen;
    const char *awaited; /* of the venue: a part of a message */
    bool bitcoin_trades; /* it has prices, as ether has */
    int turns;           /* so many prices were said */
};

static bool venue_has(void *context)
{
    struct rig *rig = context;
    return venue_server_has(rig->venue, rig->awaited);
}

static void await_request(struct rig *rig, const char *part)
{
    rig->awaited = part;
    wait_until(venue_has, rig, part);
}

static void say_bitcoin(struct rig *rig, int bid)
{
    kraken_server_say_book(rig->venue, "snapshot", "BTC/USD", bid, true);
    kraken_server_say_ticker(rig->venue, "BTC/USD", bid);
}

/* The row of an instrument in the list of quotes. */
static bool row_has(struct rig *rig, const char *label, const char *part)
{
    char line[TERMINAL_LINE_SIZE];
    int row = terminal_find(rig->screen, label);
    if (row < 0)
        return false;
    terminal_line(rig->screen, row, line);
    return strstr(line, part) != NULL;
}

static bool bitcoin_is_fresh(struct rig *rig)
{
    return row_has(rig, "BTC-US", "100.0") && !row_has(rig, "BTC-US", "!");
}

static bool bitcoin_is_stale_and_it_is_said_why(struct rig *rig)
{
    return row_has(rig, "BTC-US", "!") && terminal_find(rig->screen, "KRAKEN.BTC-USD is stale: the checksum") >= 0;
}

static bool bitcoin_is_well_again(struct rig *rig)
{
    return row_has(rig, "BTC-US", ".0") && !row_has(rig, "BTC-US", "!");
}

static void fail_on_screen(struct rig *rig, const char *what)
{
    char line[TERMINAL_LINE_SIZE];
    for (int row = 0; row < rig->screen->rows; row++) {
        terminal_line(rig->screen, row, line);
        print_message("|%s\n", line);
    }
    fail_msg("waited %d s in vain: %s", DEADLINE_S, what);
}

/* Lets the other instrument go on meanwhile: it is never stale. */
static void until(struct rig *rig, bool (*holds)(struct rig *rig), const char *what)
{
    int64_t deadline_ns = clock_monotonic_ns() + DEADLINE_S * NS_PER_SECOND;
    while (!holds(rig) || !row_has(rig, "ETH-US", ".")) {
        if (clock_monotonic_ns() > deadline_ns)
            fail_on_screen(rig, what);
        kraken_server_say_ticker(rig->venue, "ETH/USD", 500 + ++rig->turns % 9);
        if (rig->bitcoin_trades)
            kraken_server_say_ticker(rig->venue, "BTC/USD", 107 + rig->turns % 2);
        terminal_pump(rig->screen, TURN_MS);
    }
    assert_false(row_has(rig, "ETH-US", "!"));
}

static void start(struct rig *rig)
{
    char command[1024], feed[1024];
    const char *directory = temporary_make();
    snprintf(command, sizeof command, "%s/tests/bus/make_certificates.sh %s", getenv("TAPEDECK_SOURCE_DIR"), directory);
    assert_int_equal(system(command), 0);
    rig->venue = venue_server_start(directory, "server");
    snprintf(feed, sizeof feed, "kraken:BTC/USD,ETH/USD,url=wss://localhost:%d/v2,ca=%s/ca.pem",
             venue_server_port(rig->venue), directory);
    /* So that it shows within the time of a test; no quote is late by so much where the tests run. */
    const char *config = temporary_text("tapedeck.ini", "[checks]\nstale_after = 2s\n");
    const char *const arguments[] = {"--feed", feed, "--config", config, NULL};
    deck_process_start(&rig->deck, arguments);
    const char *const screen[] = {"test", "screen", rig->deck.directory, config, NULL};
    static const char *const environment[] = {"TERM=xterm-256color", "LC_ALL=C.UTF-8", NULL};
    rig->screen = terminal_start(36, 120, screen, environment);
}

static void test_what_is_stale_shows_and_why(void **state)
{
    (void)state;
    struct rig rig = {0};
    start(&rig);
    await_request(&rig, "\"channel\":\"instrument\"");
    kraken_server_say_pairs(rig.venue);
    await_request(&rig, "\"channel\":\"trade\"");
    kraken_server_say_book(rig.venue, "snapshot", "ETH/USD", 500, true);
    say_bitcoin(&rig, 100);
    until(&rig, bitcoin_is_fresh, "both instruments are on the screen");

    kraken_server_say_book(rig.venue, "update", "BTC/USD", 100, false);
    await_request(&rig, "\"subscribe\",\"params\":{\"channel\":\"book\",\"symbol\":[\"BTC/USD\"]");
    until(&rig, bitcoin_is_stale_and_it_is_said_why, "the stale one is marked, and an alert says why");

    say_bitcoin(&rig, 107);
    rig.bitcoin_trades = true;
    until(&rig, bitcoin_is_well_again, "it is marked no more");

    terminal_send(rig.screen, "q");
    assert_int_equal(terminal_wait_exit(rig.screen), 0);
    terminal_destroy(rig.screen);
    assert_int_equal(deck_process_end(&rig.deck, SIGTERM), 0);
    deck_process_clean(&rig.deck);
    venue_server_stop(rig.venue);
    temporary_remove();
}

int main(int count, char **arguments)
{
    if (count == 4 && strcmp(arguments[1], "screen") == 0) {
        execl(TAPEDECK_BINARY, "tapedeck", "--state-dir", arguments[2], "--config", arguments[3], (char *)NULL);
        return 127;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_stale_shows_and_why)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
