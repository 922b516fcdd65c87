/* Alerts as rows: groups of rules and scopes, opened and closed, ten thousand of them; what rings the bell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "ui/alert_rows.h"
#include "ui/bell.h"

struct world {
    struct ui ui;
    struct instruments instruments;
    uint64_t sequence;
};

static struct world *world_create(void)
{
    struct world *world = calloc(1, sizeof *world);
    struct error error;
    assert_non_null(world);
    assert_int_equal(instruments_init_builtin(&world->instruments, &error), 0);
    world->ui.model = model_create(&world->instruments, "SIM-1", NS_PER_SECOND);
    world->ui.wall_ns = NS_PER_DAY;
    world->ui.monotonic_ns = NS_PER_DAY;
    return world;
}

static void world_destroy(struct world *world)
{
    model_destroy(world->ui.model);
    instruments_free(&world->instruments);
    free(world);
}

static void put(struct world *world, struct event *event)
{
    event->sequence = ++world->sequence;
    model_fold(world->ui.model, event, 0, 0, 0);
}

static void put_alert(struct world *world, const char *rule, const char *symbol, int number, enum severity severity,
                      bool raised)
{
    struct event event = event_empty(EVENT_ALERT);
    snprintf(event.alert.alert_id, sizeof event.alert.alert_id, "%s:%s:%d", rule, symbol, number);
    text_copy(event.alert.rule, sizeof event.alert.rule, rule);
    text_copy(event.alert.symbol, sizeof event.alert.symbol, symbol);
    event.alert.severity = severity;
    event.alert.raised = raised;
    event.alert.version = raised ? 1 : 2;
    event.alert.raised_at_ns = number;
    event.alert.timestamp_ns = number;
    put(world, &event);
}

static void put_ack(struct world *world, const char *alert_id)
{
    struct event event = event_empty(EVENT_ALERT_ACK);
    text_copy(event.ack.alert_id, sizeof event.ack.alert_id, alert_id);
    event.ack.action = ACK_ACK;
    put(world, &event);
}

static void build(struct world *world, struct alert_rows *rows, uint32_t most, const char *open)
{
    const struct alert_digest *digest = model_alert_digest(world->ui.model, world->ui.wall_ns);
    alert_rows_build(rows, digest->entries, digest->count, most, open);
}

/* The ids of the rows, indented. */
static void check_rows(const struct alert_rows *rows, const char *const *expected, int count)
{
    for (int i = 0; i < count && i < rows->count; i++) {
        char id[ALERT_ROW_ID_SIZE], line[ALERT_ROW_ID_SIZE + 8];
        alert_rows_id(&rows->items[i], id);
        snprintf(line, sizeof line, "%*s%s", 2 * rows->items[i].level, "", id);
        assert_string_equal(line, expected[i]);
    }
    assert_int_equal(rows->count, count);
}

static void test_groups(void **state)
{
    static struct alert_rows rows;
    struct world *world = world_create();
    (void)state;
    put_alert(world, "stale_quote", "AAPL", 1, SEVERITY_WARNING, true);
    put_alert(world, "stale_quote", "AAPL", 2, SEVERITY_CRITICAL, true);
    put_alert(world, "stale_quote", "MSFT", 3, SEVERITY_WARNING, true);
    put_alert(world, "daily_loss", "", 4, SEVERITY_CRITICAL, true);
    put_ack(world, "stale_quote:MSFT:3");
    static const char *const single[] = {"daily_loss::4", "stale_quote:AAPL:2", "stale_quote:AAPL:1",
                                         "stale_quote:MSFT:3"};
    build(world, &rows, 3, "");
    check_rows(&rows, single, 4);
    static const char *const closed[] = {"daily_loss::4", "=stale_quote"};
    build(world, &rows, 2, "=other");
    check_rows(&rows, closed, 2);
    const struct alert_row *group = &rows.items[1];
    assert_true(group->is_group && !group->is_open);
    assert_int_equal(group->alerts, 3);
    assert_int_equal(group->raised, 3);
    assert_int_equal(group->unacknowledged, 2);
    assert_int_equal(group->worst, SEVERITY_CRITICAL);
    assert_string_equal(group->entry->alert.alert_id, "stale_quote:AAPL:2");
    static const char *const open[] = {"daily_loss::4", "=stale_quote", "  =stale_quote=/AAPL", "  stale_quote:MSFT:3"};
    build(world, &rows, 2, "=stale_quote");
    check_rows(&rows, open, 4);
    static const char *const all[] = {"daily_loss::4",          "=stale_quote",           "  =stale_quote=/AAPL",
                                      "    stale_quote:AAPL:2", "    stale_quote:AAPL:1", "  stale_quote:MSFT:3"};
    build(world, &rows, 2, "=stale_quote=/AAPL");
    check_rows(&rows, all, 6);
    world_destroy(world);
}

/* What is over says nothing about how bad it is while something is raised. */
static void test_worst(void **state)
{
    static struct alert_rows rows;
    struct world *world = world_create();
    (void)state;
    put_alert(world, "stale_quote", "AAPL", 1, SEVERITY_CRITICAL, true);
    put_alert(world, "stale_quote", "AAPL", 1, SEVERITY_CRITICAL, false);
    put_alert(world, "stale_quote", "MSFT", 2, SEVERITY_WARNING, true);
    build(world, &rows, 1, "");
    assert_int_equal(rows.count, 1);
    assert_int_equal(rows.items[0].worst, SEVERITY_WARNING);
    put_alert(world, "stale_quote", "MSFT", 2, SEVERITY_WARNING, false);
    build(world, &rows, 1, "");
    assert_int_equal(rows.items[0].worst, SEVERITY_CRITICAL);
    assert_int_equal(rows.items[0].raised, 0);
    world_destroy(world);
}

static void test_ten_thousand(void **state)
{
    static struct alert_rows rows;
    struct world *world = world_create();
    char symbol[16];
    (void)state;
    for (int i = 0; i < 10000; i++) {
        snprintf(symbol, sizeof symbol, "S%d", i / 2);
        put_alert(world, i % 10 == 0 ? "locked_crossed" : "stale_quote", symbol, i, SEVERITY_WARNING, true);
    }
    build(world, &rows, 20, "");
    assert_int_equal(rows.count, 2);
    assert_int_equal(rows.items[0].alerts + rows.items[1].alerts, 10000);
    assert_string_equal(rows.items[0].entry->alert.rule, "stale_quote");
    build(world, &rows, 20, "=stale_quote");
    assert_int_equal(rows.count, ALERT_ROWS_MAX);
    assert_int_equal(rows.count + (int)rows.left_out, 2 + 5000); /* of five symbols four have two */
    uint32_t held = 0;
    const struct alert_digest *digest = model_alert_digest(world->ui.model, world->ui.wall_ns);
    for (size_t i = 0; i < digest->count; i++)
        held += alert_rows_holds("=stale_quote", digest->entries[i]);
    assert_int_equal(held, 9000);
    world_destroy(world);
}

/* What is shelved comes back when its time is over, although nothing happens on the tape. */
static void test_digest_follows_the_clock(void **state)
{
    struct world *world = world_create();
    (void)state;
    put_alert(world, "stale_quote", "AAPL", 1, SEVERITY_CRITICAL, true);
    struct event shelve = event_empty(EVENT_ALERT_ACK);
    text_copy(shelve.ack.alert_id, sizeof shelve.ack.alert_id, "stale_quote:AAPL:1");
    shelve.ack.action = ACK_SHELVE;
    shelve.ack.until_ns = 100;
    put(world, &shelve);
    assert_int_equal(model_alert_digest(world->ui.model, 50)->counts.shelved, 1);
    assert_int_equal(model_alert_digest(world->ui.model, 99)->wanting[SEVERITY_CRITICAL], 0);
    assert_int_equal(model_alert_digest(world->ui.model, 100)->counts.shelved, 0);
    assert_int_equal(model_alert_digest(world->ui.model, 100)->wanting[SEVERITY_CRITICAL], 1);
    assert_int_equal(model_alert_digest(world->ui.model, 50)->counts.shelved, 1); /* the clock was set back */
    world_destroy(world);
}

static void test_bell(void **state)
{
    struct world *world = world_create();
    struct ui *ui = &world->ui;
    (void)state;
    assert_false(bell_rings(ui));
    put_alert(world, "stale_quote", "AAPL", 1, SEVERITY_WARNING, true);
    assert_false(bell_rings(ui)); /* only a warning */
    put_alert(world, "daily_loss", "", 2, SEVERITY_CRITICAL, true);
    assert_true(bell_rings(ui));
    assert_false(bell_rings(ui)); /* once */
    put_alert(world, "daily_loss", "", 3, SEVERITY_CRITICAL, true);
    ui->monotonic_ns += NS_PER_SECOND - 1;
    assert_false(bell_rings(ui)); /* too soon, but not forgotten */
    ui->monotonic_ns += 1;
    assert_true(bell_rings(ui));
    put_alert(world, "daily_loss", "", 4, SEVERITY_CRITICAL, true);
    put_ack(world, "daily_loss::4");
    ui->monotonic_ns += 2 * NS_PER_SECOND;
    assert_false(bell_rings(ui)); /* somebody else saw it */
    ui->bell_rule = BELL_WARNING;
    put_alert(world, "stale_quote", "MSFT", 5, SEVERITY_WARNING, true);
    assert_true(bell_rings(ui));
    ui->bell_rule = BELL_OFF;
    put_alert(world, "daily_loss", "", 6, SEVERITY_CRITICAL, true);
    ui->monotonic_ns += 2 * NS_PER_SECOND;
    assert_false(bell_rings(ui));
    world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups),       cmocka_unit_test(test_worst),
        cmocka_unit_test(test_ten_thousand), cmocka_unit_test(test_digest_follows_the_clock),
        cmocka_unit_test(test_bell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
