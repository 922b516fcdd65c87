/* How halts are carried out, by the order checks as a whole: events in, steps and closing orders out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "engine/checks.h"
#include "script.h"

enum { STEPS_MAX = 40, TEXT_SIZE = 2048, CLOSING_MAX = 9 };

/* What happens, and what is proposed upon it. `C1` is the first closing order that was proposed, `C2` the second. */
struct step {
    const char *event, *proposed;
};

struct world {
    struct script script;
    struct checks_config config;
    struct instruments instruments;
    struct checks *checks;
    struct proposals proposals;
    char closing[CLOSING_MAX][ID_SIZE];
    size_t closing_count;
};

static void world_open(struct world *world)
{
    struct error error;
    memset(world, 0, sizeof *world);
    script_init(&world->script);
    checks_config_init(&world->config);
    assert_int_equal(instruments_init_builtin(&world->instruments, &error), 0);
}

static void world_close(struct world *world)
{
    checks_destroy(world->checks);
    instruments_free(&world->instruments);
    proposals_free(&world->proposals);
}

static void replace(char *text, size_t size, const char *what, const char *by)
{
    char *at = strstr(text, what);
    if (at == NULL)
        return;
    char rest[TEXT_SIZE];
    text_copy(rest, sizeof rest, at + strlen(what));
    snprintf(at, size - (size_t)(at - text), "%s%s", by, rest);
    replace(at + strlen(by), size - (size_t)(at - text) - strlen(by), what, by);
}

/* Remembers a closing order that is proposed for the first time, so that later lines can name it. */
static void note_closing(struct world *world, const struct event *event)
{
    if (event->kind != EVENT_ORDER_NEW)
        return;
    for (size_t i = 0; i < world->closing_count; i++) {
        if (strcmp(world->closing[i], event->request.order_id) == 0)
            return;
    }
    assert_true(world->closing_count < CLOSING_MAX);
    text_copy(world->closing[world->closing_count++], ID_SIZE, event->request.order_id);
    world->script.orders[world->script.order_count++] = event->request;
}

static void alias(const struct world *world, char *text, size_t size, bool to_names)
{
    for (size_t i = 0; i < world->closing_count; i++) {
        char name[24];
        snprintf(name, sizeof name, "C%zu", i + 1);
        replace(text, size, to_names ? name : world->closing[i], to_names ? world->closing[i] : name);
    }
}

static void text_of(struct world *world, char *text, size_t size)
{
    text[0] = '\0';
    for (size_t i = 0; i < world->proposals.count; i++) {
        const struct event *event = &world->proposals.items[i].event;
        char line[SCRIPT_TEXT_SIZE];
        script_check_wire(event);
        note_closing(world, event);
        script_text(line, sizeof line, event);
        size_t length = strlen(text);
        snprintf(text + length, size - length, "%s%s", i == 0 ? "" : " | ", line);
    }
    alias(world, text, size, false);
}

static void fold(struct world *world, const struct event *event)
{
    checks_fold(world->checks, event, 0, world->script.monotonic_ns);
}

static void decide_all(struct world *world)
{
    checks_decide_all(world->checks, world->script.wall_ns, world->script.monotonic_ns, &world->proposals);
}

/* The tape has taken what was proposed; the last of it is decided upon. */
static void store(struct world *world)
{
    struct event stored[16];
    size_t count = world->proposals.count;
    assert_true(count > 0 && count <= 16);
    for (size_t i = 0; i < count; i++) {
        stored[i] = script_store(&world->script, &world->proposals.items[i].event);
        fold(world, &stored[i]);
    }
    proposals_clear(&world->proposals);
    checks_decide(world->checks, &stored[count - 1], world->script.wall_ns, world->script.monotonic_ns,
                  &world->proposals);
}

/* What was saved goes on as what was not: the same checks, from a snapshot. */
static void restart(struct world *world)
{
    struct pack pack, bytes;
    pack_write(&pack);
    checks_save(world->checks, &pack);
    checks_destroy(world->checks);
    world->checks = checks_create(&world->config, &world->instruments);
    pack_read(&bytes, pack.bytes, pack.count);
    assert_int_equal(checks_load(world->checks, &bytes, world->script.wall_ns, world->script.monotonic_ns), 0);
    assert_int_equal(pack_finish(&bytes), 0);
    pack_free(&pack);
}

/* "set key value" before the first event, "wait 500ms" and then everything is decided, "store", "restart", or an event.
 */
static void do_line(struct world *world, const char *given)
{
    struct error error;
    char key[64], value[64], line[TEXT_SIZE];
    long ms;
    text_copy(line, sizeof line, given);
    alias(world, line, sizeof line, true);
    if (sscanf(line, "set %63s %63[^\n]", key, value) == 2) {
        assert_int_equal(checks_config_set(&world->config, key, value, &error), 0);
        return;
    }
    if (world->checks == NULL)
        world->checks = checks_create(&world->config, &world->instruments);
    if (strcmp(line, "store") == 0) {
        store(world);
        return;
    }
    proposals_clear(&world->proposals);
    if (strcmp(line, "late") == 0) {
        checks_begin_late(world->checks);
    } else if (strcmp(line, "restart") == 0) {
        restart(world);
        decide_all(world);
    } else if (sscanf(line, "wait %ldms", &ms) == 1) {
        script_wait(&world->script, ms * NS_PER_MS);
        decide_all(world);
    } else {
        struct event event = script_event(&world->script, line);
        fold(world, &event);
        checks_decide(world->checks, &event, world->script.wall_ns, world->script.monotonic_ns, &world->proposals);
    }
}

static void play(const struct step *steps)
{
    struct world world;
    world_open(&world);
    for (size_t i = 0; steps[i].event != NULL; i++) {
        char text[TEXT_SIZE];
        do_line(&world, steps[i].event);
        text_of(&world, text, sizeof text);
        if (strcmp(text, steps[i].proposed) != 0)
            fail_msg("line %zu, %s:\n  \"%s\" instead of\n  \"%s\"", i + 1, steps[i].event, text, steps[i].proposed);
    }
    world_close(&world);
}

#define QUOTE "quote AAPL 99.99 x 100 / 100.01 x 100"
/* A position of so many, with nothing open. */
#define HOLDS(id, side, quantity, symbol)                                                                              \
    {"new " id " " side " " quantity " " symbol " limit 100", "rejected " id " NO_REFERENCE"}, {"validated " id, ""},  \
    {                                                                                                                  \
        "fill " id " 1 " quantity " @ 100", ""                                                                         \
    }
#define FLAT           "flat, 0 positions, 0 working orders"
#define STOPPED(scope) "state halted " scope " stopped: halted, 0 working orders"

static void a_halt_is_proved_when_nothing_works(void **state)
{
    (void)state;
    play((const struct step[]){
        {QUOTE, ""},
        {"new A buy 10 AAPL limit 100 gtc", "validated A"},
        {"validated A", ""},
        {"accepted A", ""},
        {"new B buy 11 AAPL limit 100 gtc", "validated B"},
        {"state halted * REQUEST-1", ""},
        {"cancelled A halt", ""},
        /* B was not decided when the halt came; what comes behind it cannot work and does not count. */
        {"new C buy 12 AAPL limit 100 gtc", "rejected C TRADING_HALTED"},
        {"rejected B TRADING_HALTED", STOPPED("*")},
        {"store", ""},
        {"wait 1000ms", "rejected C TRADING_HALTED"},
        {NULL, NULL},
    });
}

static void a_halt_of_a_scope_waits_for_its_own(void **state)
{
    (void)state;
    play((const struct step[]){
        {QUOTE, ""},
        {"new A buy 10 AAPL limit 100 gtc account SIM-2", "validated A"},
        {"validated A", ""},
        {"new B buy 10 AAPL limit 100 gtc", "validated B"},
        {"validated B", ""},
        {"state halted SIM-1/AAPL REQUEST-1", ""},
        {"cancelled B halt", STOPPED("SIM-1/AAPL")},
        {"store", ""},
        {"state halted SIM-2 REQUEST-2", ""},
        {"accepted A", ""}, /* an exchange that was stopped; it is cancelled like all others */
        {"restart", ""},
        {"cancelled A halt", STOPPED("SIM-2")},
        /* Somebody lets it trade before that is stored: it is not said any more. */
        {"state active SIM-2 REQUEST-3", ""},
        {"wait 1000ms", ""},
        {NULL, NULL},
    });
}

static void a_flatten_closes_long_and_short(void **state)
{
    (void)state;
    play((const struct step[]){
        HOLDS("P", "buy", "10", "AAPL"),
        HOLDS("Q", "sell", "7", "MSFT"),
        HOLDS("R", "buy", "3", "GOOG"),
        {"new S sell 3 GOOG limit 100", "rejected S NO_REFERENCE"},
        {"validated S", ""},
        {"fill S 1 3 @ 100", ""}, /* nothing is left of it */
        {QUOTE, ""},
        {"quote MSFT 99.99 x 100 / 100.01 x 100", ""},
        {"new A sell 10 AAPL limit 102 gtc", "validated A"},
        {"validated A", ""},
        {"state halted SIM-1 REQUEST-1 flatten", ""},
        {"cancelled A halt", "state reducing SIM-1 closing: 0 working orders; 2 positions to close"},
        {"store", "new C1 sell 10 AAPL SIM-1 | new C2 buy 7 MSFT SIM-1"},
        {"store", "validated C2"},
        {"validated C1", ""},
        {"validated C2", ""},
        {"fill C1 1 4 @ 100", ""}, /* the rest takes the next quote */
        {"fill C2 1 7 @ 100", ""},
        {"fill C1 2 6 @ 100", "state reducing SIM-1 flat: " FLAT},
        {"store", ""},
        {"wait 5000ms", ""},
        {NULL, NULL},
    });
}

static void nobody_else_trades_meanwhile(void **state)
{
    (void)state;
    play((const struct step[]){
        {"set rate_limit 1/s burst 1", ""},
        {"set repeated_fills 2 in 60s", ""},
        HOLDS("P", "buy", "10", "AAPL"),
        {"wait 2000ms", ""},
        {QUOTE, ""},
        {"state halted * REQUEST-1 flatten", "state reducing * closing: 0 working orders; 1 position to close"},
        {"store", "new C1 sell 10 AAPL SIM-1"},
        /* Also an order that would reduce; and it does not count against the closing one. */
        {"new A sell 10 AAPL limit 100", "rejected A TRADING_HALTED | new C1 sell 10 AAPL SIM-1"},
        {"new B sell 10 AAPL limit 100", "rejected B TRADING_HALTED | new C1 sell 10 AAPL SIM-1"},
        {"wait 0ms", "rejected A TRADING_HALTED | rejected B TRADING_HALTED | new C1 sell 10 AAPL SIM-1"},
        {"rejected A TRADING_HALTED", "new C1 sell 10 AAPL SIM-1"},
        {"rejected B TRADING_HALTED", "new C1 sell 10 AAPL SIM-1"},
        /* It is not one order too many, and its fills are no reason to halt. */
        {"store", "validated C1"},
        {"validated C1", ""},
        {"fill C1 1 1 @ 100", ""},
        {"fill C1 2 1 @ 100", ""},
        {"fill C1 3 1 @ 100", ""},
        {"fill C1 4 7 @ 100", "state reducing * flat: " FLAT},
        {NULL, NULL},
    });
}

static void a_large_position_goes_in_parts(void **state)
{
    (void)state;
    play((const struct step[]){
        {"set max_notional 25000", ""},
        HOLDS("P", "buy", "500", "AAPL"),
        {QUOTE, ""},
        {"state halted * REQUEST-1 flatten", "state reducing * closing: 0 working orders; 1 position to close"},
        {"store", "new C1 sell 238 AAPL SIM-1"}, /* 25,000 / (99.99 and 5 %) */
        {"store", "validated C1"},
        {"validated C1", ""},
        {"fill C1 1 238 @ 100", "new C2 sell 238 AAPL SIM-1"},
        {"restart", ""}, /* quotes are read again */
        {QUOTE, ""},
        {"wait 0ms", "new C2 sell 238 AAPL SIM-1"}, /* under the same name */
        {"store", "validated C2"},                  /* no duplicate of the one before */
        {"validated C2", ""},
        {"fill C2 1 238 @ 100", "new C3 sell 24 AAPL SIM-1"},
        {NULL, NULL},
    });
}

static void it_waits_and_says_for_what(void **state)
{
    (void)state;
    play((const struct step[]){
        HOLDS("P", "buy", "10", "AAPL"),
        {"state halted * REQUEST-1 flatten", "state reducing * closing: 0 working orders; 1 position to close"},
        {"store", ""},
        {"wait 900ms", ""},
        {"wait 100ms", "state reducing * waiting: AAPL in SIM-1: there is no quote"},
        {"store", ""},
        {"wait 5000ms", ""}, /* said once */
        {"quote AAPL 99.99 x 100 / 100.01 x 100 halted", ""},
        {"wait 0ms", "state reducing * waiting: AAPL in SIM-1: the market is not open"},
        {"store", ""},
        {"quote AAPL 100.02 x 100 / 100.01 x 100", ""},
        {"wait 1000ms", "state reducing * waiting: AAPL in SIM-1: the quote is crossed"},
        {"quote AAPL 99.99 x 100 / 100.01 x 100", ""},
        {"state halted SIM-1 REQUEST-2",
         "state reducing * waiting: AAPL in SIM-1: SIM-1 is halted too:  | " STOPPED("SIM-1")},
        {"state active SIM-1 REQUEST-3", "new C1 sell 10 AAPL SIM-1"},
        {"wait 6000ms", "state reducing * waiting: AAPL in SIM-1: the quote is stale"},
        {QUOTE, ""},
        {"wait 0ms", "new C1 sell 10 AAPL SIM-1"},
        {"store", "validated C1"},
        /* Turned away by a check, or by the exchange: the next one comes a second later. */
        {"rejected C1 OPEN_NOTIONAL", "state reducing * waiting: AAPL in SIM-1: an order was refused: OPEN_NOTIONAL"},
        {"store", ""},
        {"wait 999ms", ""},
        {"wait 1ms", "new C2 sell 10 AAPL SIM-1"},
        {"store", "validated C2"},
        {"validated C2", ""},
        {"refused C2", "state reducing * waiting: AAPL in SIM-1: an order was refused: by the exchange"},
        {"store", ""},
        {"wait 1000ms", "new C3 sell 10 AAPL SIM-1"},
        {"store", "validated C3"},
        {"validated C3", ""},
        {"wait 2000ms", "state reducing * waiting: AAPL in SIM-1: its order is not answered"},
        {"store", ""},
        {"accepted C3", ""},
        {QUOTE, ""},
        {"wait 2000ms", "state reducing * waiting: AAPL in SIM-1: its order waits for somebody to trade with"},
        {"fill C3 1 10 @ 100", "state reducing * flat: " FLAT},
        {NULL, NULL},
    });
}

static void a_person_ends_it(void **state)
{
    (void)state;
    play((const struct step[]){
        HOLDS("P", "buy", "10", "AAPL"),
        {QUOTE, ""},
        {"state halted SIM-1 REQUEST-1 flatten", "state reducing SIM-1 closing: 0 working orders; 1 position to close"},
        {"store", "new C1 sell 10 AAPL SIM-1"},
        {"store", "validated C1"},
        {"validated C1", ""},
        {"accepted C1", ""},
        {"fill C1 1 4 @ 100", ""},
        {"state active SIM-1 REQUEST-2", "cancel C1 end-C1"},
        {"store", ""},
        {"cancelled C1 requested", ""},
        {"wait 2000ms", ""},
        {QUOTE, ""},
        {"new A sell 6 AAPL limit 100", "validated A"},
        {"rejected A TEST", ""},
        /* A flatten that is asked for again has orders of its own. */
        {"state halted SIM-1 REQUEST-3 flatten", "state reducing SIM-1 closing: 0 working orders; 1 position to close"},
        {"store", "new C2 sell 6 AAPL SIM-1"},
        /* A halt ends it too; the exchange cancels what works. */
        {"store", "validated C2"},
        {"validated C2", ""},
        {"state halted SIM-1 REQUEST-4", ""},
        {"cancelled C2 halt", STOPPED("SIM-1")},
        {NULL, NULL},
    });
}

static void two_flattens_close_a_position_once(void **state)
{
    (void)state;
    play((const struct step[]){
        HOLDS("P", "buy", "10", "AAPL"),
        {QUOTE, ""},
        {"state halted * REQUEST-1 flatten", "state reducing * closing: 0 working orders; 1 position to close"},
        {"store", "new C1 sell 10 AAPL SIM-1"},
        {"state halted SIM-1 REQUEST-2 flatten", "state reducing SIM-1 closing: 0 working orders; 1 position to close"},
        {"store", "new C1 sell 10 AAPL SIM-1"},
        {"store", "validated C1"},
        {"validated C1", ""},
        {"fill C1 1 10 @ 100", "state reducing * flat: " FLAT " | state reducing SIM-1 flat: " FLAT},
        {NULL, NULL},
    });
}

static void what_is_not_known_is_not_said_to_be_flat(void **state)
{
    (void)state;
    play((const struct step[]){
        {"late", ""},
        {"state halted * REQUEST-1 flatten", "state reducing * closing: 0 working orders; 0 positions to close"},
        {"store", ""},
        {"wait 1000ms", "state reducing * waiting: ORDERS begins late: whether older positions are left, tapedeck "
                        "positions tells"},
        {"store", ""},
        {"wait 5000ms", ""},
        {NULL, NULL},
    });
}

static void a_loss_lets_only_reduce_and_is_said_once(void **state)
{
    (void)state;
    play((const struct step[]){
        {"set daily_loss 100", ""},
        HOLDS("P", "buy", "10", "AAPL"),
        {"quote AAPL 90.01 x 100 / 90.03 x 100", ""},
        {"wait 500ms", ""},
        {"quote AAPL 90 x 100 / 90.02 x 100", ""},
        {"wait 500ms", "state reducing SIM-1: lost 100.00 this session, the limit is 100"},
        {"store", ""},
        {"wait 500ms", ""},
        {"new A buy 1 AAPL limit 90", "rejected A DAILY_LOSS"},
        {"rejected A DAILY_LOSS", ""},
        /* A person lets it trade; the check goes on, but the state is not changed a second time. */
        {"state active SIM-1 REQUEST-1", ""},
        {"wait 500ms", ""},
        {NULL, NULL},
    });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_halt_is_proved_when_nothing_works),
        cmocka_unit_test(a_halt_of_a_scope_waits_for_its_own),
        cmocka_unit_test(a_flatten_closes_long_and_short),
        cmocka_unit_test(nobody_else_trades_meanwhile),
        cmocka_unit_test(a_large_position_goes_in_parts),
        cmocka_unit_test(it_waits_and_says_for_what),
        cmocka_unit_test(a_person_ends_it),
        cmocka_unit_test(two_flattens_close_a_position_once),
        cmocka_unit_test(what_is_not_known_is_not_said_to_be_flat),
        cmocka_unit_test(a_loss_lets_only_reduce_and_is_said_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
