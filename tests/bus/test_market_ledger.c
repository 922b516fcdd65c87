/* What becomes of messages of which only some are acknowledged: sends, answers and what was read back in, counts out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bus/market_ledger.h"

/* A script, one letter for each thing that happens:
 *   l S      the stream ends at sequence S
 *   s        a message is sent; they are numbered from 1, and their digests are their numbers
 *   c N S    message N is confirmed at sequence S
 *   r N      message N is refused
 *   b F L    reading back begins, and the range is F to L
 *   m N      message N is read back; N of 1000 and above is somebody else's
 *   e, i     reading back ends: all was there, or the stream had lost some
 *   x        reading back is broken off */
struct row {
    const char *script;
    struct market_tally tally;
    bool in_doubt;
};

static uint64_t number(const char **at)
{
    uint64_t value = 0;
    while (**at == ' ')
        (*at)++;
    for (; **at >= '0' && **at <= '9'; (*at)++)
        value = value * 10 + (uint64_t)(**at - '0');
    return value;
}

static void play(struct market_ledger *ledger, const char *script)
{
    uint64_t sent = 0;
    for (const char *at = script; *at != '\0';) {
        char what = *at++;
        if (what == 'l') {
            market_ledger_start(ledger, number(&at));
        } else if (what == 's') {
            sent++;
            assert_int_equal(market_ledger_sent(ledger, sent), sent);
        } else if (what == 'c') {
            uint64_t message = number(&at), sequence = number(&at);
            market_ledger_confirmed(ledger, message, sequence);
        } else if (what == 'r') {
            market_ledger_refused(ledger, number(&at));
        } else if (what == 'b') {
            struct market_range range = market_ledger_begin(ledger);
            assert_int_equal(range.first, number(&at));
            assert_int_equal(range.last, number(&at));
        } else if (what == 'm') {
            market_ledger_read(ledger, number(&at));
        } else if (what == 'e' || what == 'i') {
            market_ledger_end(ledger, what == 'e');
        } else if (what == 'x') {
            market_ledger_cancel(ledger);
        }
    }
}

static void test_scripts(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"", {0, 0, 0, 0, 0}, false},
        {"s", {1, 0, 0, 0, 1}, false},
        {"s c1 10", {1, 1, 0, 0, 0}, false},
        {"l0 sss c3 3", {3, 3, 0, 0, 0}, false},
        {"l7 sss c3 9", {3, 0, 0, 0, 3}, true},
        {"l7 sss c3 9 b8 9 m1 m3 e", {3, 2, 1, 0, 0}, false},
        /* Alone on the stream. */
        {"s c1 10 sss c4 13", {4, 4, 0, 0, 0}, false},
        {"s c1 10 sss c3 12", {4, 3, 0, 0, 1}, false},
        {"s c1 10 sss c3 12 c2 11", {4, 3, 0, 0, 1}, false},
        {"s c1 10 ssss c3 12 c5 14", {5, 5, 0, 0, 0}, false},
        /* One is missing; which of them is found by reading back. */
        {"s c1 10 sss c4 12", {4, 1, 0, 0, 3}, true},
        {"s c1 10 sss c4 12 b11 12 m2 m4 e", {4, 3, 1, 0, 0}, false},
        {"s c1 10 sss c4 12 b11 12 m2 m4 e ss c6 14", {6, 5, 1, 0, 0}, false},
        /* Others write: nothing is missing, or just as many are. */
        {"s c1 10 sss c4 15 b11 15 m1000 m2 m3 m1001 m4 e", {4, 4, 0, 0, 0}, false},
        {"s c1 10 sss c4 15 b11 15 m1000 m2 m1002 m1001 m4 e", {4, 3, 1, 0, 0}, false},
        /* From then on the numbers alone prove nothing, until nobody else was seen. */
        {"s c1 10 s c2 12 b11 12 m1000 m2 e s c3 13", {3, 2, 0, 0, 1}, true},
        {"s c1 10 s c2 12 b11 12 m1000 m2 e s c3 13 b13 13 m3 e s c4 14", {4, 4, 0, 0, 0}, false},
        /* More is sent and confirmed before somebody reads back. */
        {"s c1 10 sss c4 12 s c5 13 b11 13 m2 m4 s m5 e c6 14", {6, 5, 1, 0, 0}, false},
        /* What an old connection still held comes behind newer messages. */
        {"s c1 10 sssss c6 16 b11 16 m2 m5 m3 m4 m1000 m6 e", {6, 6, 0, 0, 0}, false},
        /* Reading back fails, or the stream has dropped some. */
        {"s c1 10 sss c4 12 b11 12 m2 x", {4, 1, 0, 0, 3}, true},
        {"s c1 10 sss c4 12 b11 12 m2 x b11 12 m2 m4 e", {4, 3, 1, 0, 0}, false},
        {"s c1 10 sss c4 12 b11 12 m4 i", {4, 2, 0, 2, 0}, false},
        /* Refused: known at once, or when those before it are. */
        {"s r1", {1, 0, 1, 0, 0}, false},
        {"s r1 s c2 7", {2, 1, 1, 0, 0}, false},
        {"s c1 10 s r2 s c3 11", {3, 2, 1, 0, 0}, false},
        {"s c1 10 ss r3 s c4 12 b11 12 m2 m4 e", {4, 3, 1, 0, 0}, false},
        /* No answer to the first: the next one is the first. */
        {"ss", {2, 0, 0, 1, 1}, false},
        {"ss c2 9", {2, 1, 0, 1, 0}, false},
        {"ss c1 8 c2 9", {2, 1, 0, 1, 0}, false},
        /* The stream was made again. */
        {"s c1 10 sss c4 2 b1 2 m3 m4 e", {4, 3, 1, 0, 0}, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct market_ledger *ledger = market_ledger_create();
        play(ledger, rows[i].script);
        struct market_tally tally = market_ledger_tally(ledger);
        if (memcmp(&tally, &rows[i].tally, sizeof tally) != 0)
            fail_msg("%s: sent %d, stored %d, lost %d, unknown %d, open %d", rows[i].script, (int)tally.sent,
                     (int)tally.stored, (int)tally.lost, (int)tally.unknown, (int)tally.open);
        if (market_ledger_is_in_doubt(ledger) != rows[i].in_doubt)
            fail_msg("%s: in doubt or not", rows[i].script);
        market_ledger_destroy(ledger);
    }
}

static void test_too_many_open_become_unknown(void **state)
{
    (void)state;
    struct market_ledger *ledger = market_ledger_create();
    market_ledger_sent(ledger, 1);
    market_ledger_confirmed(ledger, 1, 1);
    for (uint64_t i = 0; i < MARKET_LEDGER_OPEN_MAX; i++)
        market_ledger_sent(ledger, i);
    assert_int_equal(market_ledger_tally(ledger).open, MARKET_LEDGER_OPEN_MAX);
    market_ledger_sent(ledger, 0);
    assert_int_equal(market_ledger_tally(ledger).unknown, MARKET_LEDGER_OPEN_MAX);
    assert_int_equal(market_ledger_tally(ledger).open, 1);
    assert_false(market_ledger_has_base(ledger));
    market_ledger_destroy(ledger);
}

static void test_giving_up_ends_a_reading_back(void **state)
{
    (void)state;
    struct market_ledger *ledger = market_ledger_create();
    play(ledger, "s c1 10 ss c3 11");
    market_ledger_begin(ledger);
    for (uint64_t i = 3; i <= MARKET_LEDGER_OPEN_MAX + 1; i++)
        market_ledger_sent(ledger, i);
    market_ledger_read(ledger, 3);
    market_ledger_end(ledger, true);
    struct market_tally tally = market_ledger_tally(ledger);
    assert_int_equal(tally.stored, 1);
    assert_int_equal(tally.lost, 0);
    assert_int_equal(tally.sent, tally.stored + tally.unknown + tally.open);
    assert_false(market_ledger_is_in_doubt(ledger));
    market_ledger_destroy(ledger);
}

static void test_digests_differ(void **state)
{
    (void)state;
    uint64_t one = market_ledger_digest("md.nyse.AAPL", "{\"bid\":1,\"seq\":1}", 17);
    assert_true(one == market_ledger_digest("md.nyse.AAPL", "{\"bid\":1,\"seq\":1}", 17));
    assert_true(one != market_ledger_digest("md.nyse.AAPL", "{\"bid\":1,\"seq\":2}", 17));
    assert_true(one != market_ledger_digest("md.nyse.AAPM", "{\"bid\":1,\"seq\":1}", 17));
    assert_true(one != market_ledger_digest("md.nyse.AAPL", "{\"bid\":1,\"seq\":1}", 16));
    assert_true(market_ledger_digest("a", "", 0) != market_ledger_digest("b", "", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scripts),
        cmocka_unit_test(test_too_many_open_become_unknown),
        cmocka_unit_test(test_giving_up_ends_a_reading_back),
        cmocka_unit_test(test_digests_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
