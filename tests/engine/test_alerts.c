/* The alert list: versions counted once, acknowledged, shelved, commented, cleared, sorted and forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/text.h"
#include "engine/alerts.h"

static struct event alert(const char *id, enum severity severity, bool raised, uint32_t version)
{
    static uint64_t sequence;
    struct event event = event_empty(EVENT_ALERT);
    event.sequence = ++sequence;
    text_copy(event.alert.alert_id, sizeof event.alert.alert_id, id);
    event.alert.severity = severity;
    event.alert.raised = raised;
    event.alert.version = version;
    return event;
}

static struct event ack(const char *id, enum ack_action action, const char *by, int64_t time_ns)
{
    struct event event = event_empty(EVENT_ALERT_ACK);
    text_copy(event.ack.alert_id, sizeof event.ack.alert_id, id);
    event.ack.action = action;
    text_copy(event.ack.by, sizeof event.ack.by, by);
    event.ack.timestamp_ns = time_ns;
    return event;
}

static enum alert_fold fold(struct alert_list *list, struct event event)
{
    return alert_list_fold(list, &event);
}

static void test_versions_count_once(void **state)
{
    (void)state;
    struct alert_list *list = alert_list_create();
    assert_int_equal(fold(list, alert("a", SEVERITY_WARNING, true, 1)), ALERT_FOLD_APPLIED);
    assert_int_equal(fold(list, alert("a", SEVERITY_CRITICAL, true, 1)), ALERT_FOLD_DUPLICATE);
    assert_int_equal(alert_list_find(list, "a")->alert.severity, SEVERITY_WARNING);
    assert_int_equal(fold(list, alert("a", SEVERITY_WARNING, false, 3)), ALERT_FOLD_APPLIED);
    assert_int_equal(fold(list, alert("a", SEVERITY_WARNING, true, 2)), ALERT_FOLD_DUPLICATE);
    assert_false(alert_list_find(list, "a")->alert.raised);
    assert_int_equal(fold(list, event_empty(EVENT_EXPOSURE)), ALERT_FOLD_IGNORED);
    assert_int_equal(fold(list, ack("b", ACK_ACK, "ann", 1)), ALERT_FOLD_UNKNOWN);
    assert_null(alert_list_find(list, "b"));
    assert_int_equal(alert_list_count(list), 1);
    alert_list_destroy(list);
}

static void test_acknowledged_by_whom_and_when(void **state)
{
    (void)state;
    struct alert_list *list = alert_list_create();
    fold(list, alert("a", SEVERITY_WARNING, true, 1));
    const struct alert_entry *entry = alert_list_find(list, "a");
    assert_int_equal(alert_list_counts(list, 0).unacknowledged[SEVERITY_WARNING], 1);
    assert_int_equal(fold(list, ack("a", ACK_ACK, "ann", 7)), ALERT_FOLD_APPLIED);
    assert_int_equal(fold(list, ack("a", ACK_ACK, "bob", 8)), ALERT_FOLD_DUPLICATE);
    assert_true(entry->acknowledged);
    assert_string_equal(entry->acknowledged_by, "ann");
    assert_int_equal(entry->acknowledged_ns, 7);
    assert_int_equal(alert_list_counts(list, 0).unacknowledged[SEVERITY_WARNING], 0);
    assert_int_equal(alert_list_counts(list, 0).raised[SEVERITY_WARNING], 1);
    /* Less severe: still acknowledged. More severe: somebody has to look again. */
    fold(list, alert("a", SEVERITY_CRITICAL, true, 2));
    assert_false(entry->acknowledged);
    assert_string_equal(entry->acknowledged_by, "");
    fold(list, ack("a", ACK_ACK, "bob", 9));
    fold(list, alert("a", SEVERITY_WARNING, true, 3));
    fold(list, alert("a", SEVERITY_WARNING, false, 4));
    assert_true(entry->acknowledged);
    assert_int_equal(alert_list_counts(list, 0).raised[SEVERITY_WARNING], 0);
    alert_list_destroy(list);
}

static void test_shelved_and_commented(void **state)
{
    (void)state;
    struct alert_list *list = alert_list_create();
    fold(list, alert("a", SEVERITY_CRITICAL, true, 1));
    const struct alert_entry *entry = alert_list_find(list, "a");
    struct event shelve = ack("a", ACK_SHELVE, "ann", 1);
    shelve.ack.until_ns = 100;
    text_copy(shelve.ack.comment, sizeof shelve.ack.comment, "maintenance");
    assert_int_equal(fold(list, shelve), ALERT_FOLD_APPLIED);
    assert_true(alert_entry_is_shelved(entry, 99));
    assert_false(alert_entry_is_shelved(entry, 100));
    assert_int_equal(alert_list_counts(list, 99).shelved, 1);
    assert_int_equal(alert_list_counts(list, 99).unacknowledged[SEVERITY_CRITICAL], 0);
    assert_int_equal(alert_list_counts(list, 100).unacknowledged[SEVERITY_CRITICAL], 1);
    assert_string_equal(entry->comment, "maintenance");
    assert_string_equal(entry->comment_by, "ann");
    fold(list, ack("a", ACK_UNSHELVE, "bob", 2));
    assert_false(alert_entry_is_shelved(entry, 50));
    struct event comment = ack("a", ACK_COMMENT, "bob", 3);
    text_copy(comment.ack.comment, sizeof comment.ack.comment, "done");
    fold(list, comment);
    assert_string_equal(entry->comment, "done");
    assert_string_equal(entry->comment_by, "bob");
    alert_list_destroy(list);
}

static void test_order_of_attention(void **state)
{
    (void)state;
    struct alert_list *list = alert_list_create();
    fold(list, alert("old warning", SEVERITY_WARNING, true, 1));
    fold(list, alert("critical", SEVERITY_CRITICAL, true, 1));
    fold(list, alert("acknowledged", SEVERITY_CRITICAL, true, 1));
    fold(list, alert("cleared", SEVERITY_CRITICAL, true, 1));
    fold(list, alert("done", SEVERITY_CRITICAL, true, 1));
    fold(list, alert("shelved", SEVERITY_CRITICAL, true, 1));
    fold(list, alert("new warning", SEVERITY_WARNING, true, 1));
    fold(list, alert("info", SEVERITY_INFO, true, 1));
    fold(list, ack("acknowledged", ACK_ACK, "ann", 1));
    fold(list, ack("done", ACK_ACK, "ann", 1));
    fold(list, alert("cleared", SEVERITY_CRITICAL, false, 2));
    fold(list, alert("done", SEVERITY_CRITICAL, false, 2));
    struct event shelve = ack("shelved", ACK_SHELVE, "ann", 1);
    shelve.ack.until_ns = 100;
    fold(list, shelve);
    static const char *const expected[] = {"critical", "new warning",  "old warning", "info",
                                           "cleared",  "acknowledged", "shelved",     "done"};
    const struct alert_entry *entries[16];
    assert_int_equal(alert_list_sorted(list, 1, entries, 16), 8);
    for (size_t i = 0; i < 8; i++)
        assert_string_equal(entries[i]->alert.alert_id, expected[i]);
    assert_int_equal(alert_list_sorted(list, 1, entries, 2), 2);
    assert_string_equal(alert_list_newest(list)->alert.alert_id, "info");
    assert_string_equal(alert_list_newest(list)->older->alert.alert_id, "new warning");
    alert_list_destroy(list);
}

/* A storm does not grow the list: what is cleared goes first, what is raised stays. */
static void test_forgets_the_oldest_cleared(void **state)
{
    (void)state;
    struct alert_list *list = alert_list_create();
    fold(list, alert("raised", SEVERITY_WARNING, true, 1));
    fold(list, alert("cleared", SEVERITY_WARNING, false, 1));
    char id[32];
    for (int i = 0; i < ALERT_LIST_MAX - 1; i++) {
        snprintf(id, sizeof id, "storm %d", i);
        fold(list, alert(id, SEVERITY_WARNING, true, 1));
    }
    assert_int_equal(alert_list_count(list), ALERT_LIST_MAX);
    assert_non_null(alert_list_find(list, "raised"));
    assert_null(alert_list_find(list, "cleared"));
    fold(list, alert("one more", SEVERITY_WARNING, true, 1));
    assert_null(alert_list_find(list, "raised"));
    assert_non_null(alert_list_find(list, "storm 0"));
    assert_int_equal(alert_list_count(list), ALERT_LIST_MAX);
    size_t linked = 0;
    for (const struct alert_entry *entry = alert_list_newest(list); entry != NULL; entry = entry->older)
        linked++;
    assert_int_equal(linked, ALERT_LIST_MAX);
    alert_list_destroy(list);
}

/* The one that was cleared first goes first, whenever it was raised, also behind a snapshot. */
static void test_forgets_in_the_order_of_clearing(void **state)
{
    (void)state;
    struct alert_list *list = alert_list_create(), *loaded = alert_list_create();
    char id[32];
    for (int i = 0; i < ALERT_LIST_MAX; i++) {
        snprintf(id, sizeof id, "storm %d", i);
        fold(list, alert(id, SEVERITY_WARNING, true, 1));
    }
    fold(list, alert("storm 7", SEVERITY_WARNING, false, 2));
    fold(list, alert("storm 3", SEVERITY_WARNING, false, 2));
    fold(list, alert("storm 5", SEVERITY_WARNING, false, 2));
    fold(list, alert("storm 3", SEVERITY_WARNING, true, 3)); /* it is raised again */
    struct pack out, in;
    pack_write(&out);
    alert_list_save(list, &out);
    pack_read(&in, out.bytes, out.count);
    assert_int_equal(alert_list_load(loaded, &in), 0);
    struct alert_list *both[] = {list, loaded};
    for (size_t i = 0; i < 2; i++) {
        fold(both[i], alert("new 1", SEVERITY_WARNING, true, 1));
        assert_null(alert_list_find(both[i], "storm 7"));
        assert_non_null(alert_list_find(both[i], "storm 5"));
        fold(both[i], alert("new 2", SEVERITY_WARNING, true, 1));
        assert_null(alert_list_find(both[i], "storm 5"));
        fold(both[i], alert("new 3", SEVERITY_WARNING, true, 1));
        assert_null(alert_list_find(both[i], "storm 0")); /* nothing is cleared any more */
        assert_non_null(alert_list_find(both[i], "storm 3"));
        alert_list_destroy(both[i]);
    }
    pack_free(&out);
}

/* Ten thousand conditions at once: all are kept, the severe ones stand first, and by rule it is a few lines. */
static void test_a_flood_is_grouped(void **state)
{
    (void)state;
    static struct alert_group groups[ALERT_GROUPS_MAX];
    struct alert_list *list = alert_list_create();
    char id[40];
    for (int i = 0; i < 10000; i++) {
        struct event event = alert("", SEVERITY_WARNING, true, 1);
        snprintf(event.alert.alert_id, sizeof event.alert.alert_id, "stale_quote:NYSE.S%d:1", i);
        text_copy(event.alert.rule, sizeof event.alert.rule, "stale_quote");
        event.alert.severity = i % 1000 == 0 ? SEVERITY_CRITICAL : SEVERITY_WARNING;
        event.alert.raised_at_ns = 100 + i;
        event.alert.timestamp_ns = 200 + i;
        event.alert.count = 2;
        fold(list, event);
    }
    struct event other = alert("gross_exposure:A:1", SEVERITY_CRITICAL, true, 1);
    text_copy(other.alert.rule, sizeof other.alert.rule, "gross_exposure");
    fold(list, other);
    for (int i = 0; i < 5000; i++) {
        snprintf(id, sizeof id, "stale_quote:NYSE.S%d:1", i);
        fold(list, ack(id, ACK_ACK, "ann", 1));
    }
    struct event shelve = ack("stale_quote:NYSE.S9999:1", ACK_SHELVE, "ann", 1);
    shelve.ack.until_ns = 1000;
    fold(list, shelve);
    assert_int_equal(alert_list_count(list), 10001);
    assert_int_equal(alert_list_groups(list, 500, groups), 2);
    const struct alert_group *flood = &groups[0];
    assert_string_equal(flood->rule, "stale_quote");
    assert_int_equal(flood->alerts, 10000);
    assert_int_equal(flood->met, 20000);
    assert_int_equal(flood->counts.raised[SEVERITY_CRITICAL], 10);
    assert_int_equal(flood->counts.raised[SEVERITY_WARNING], 9989);
    assert_int_equal(flood->counts.unacknowledged[SEVERITY_CRITICAL], 5);
    assert_int_equal(flood->counts.unacknowledged[SEVERITY_WARNING], 4994);
    assert_int_equal(flood->counts.shelved, 1);
    assert_int_equal(flood->first_ns, 100);
    assert_int_equal(flood->last_ns, 200 + 9999);
    assert_string_equal(flood->newest->alert.alert_id, "stale_quote:NYSE.S9999:1");
    assert_string_equal(groups[1].rule, "gross_exposure");
    const struct alert_entry *entries[8];
    assert_int_equal(alert_list_sorted(list, 500, entries, 8), 8);
    for (size_t i = 0; i < 6; i++)
        assert_true(entries[i]->alert.severity == SEVERITY_CRITICAL && !entries[i]->acknowledged);
    assert_int_equal(entries[6]->alert.severity, SEVERITY_WARNING);
    alert_list_destroy(list);
}

/* More rules than there are groups: what is too much counts in the last. */
static void test_too_many_rules(void **state)
{
    (void)state;
    static struct alert_group groups[ALERT_GROUPS_MAX];
    struct alert_list *list = alert_list_create();
    uint32_t alerts = 0;
    for (int i = 0; i < ALERT_GROUPS_MAX + 9; i++) {
        struct event event = alert("", SEVERITY_INFO, true, 1);
        snprintf(event.alert.alert_id, sizeof event.alert.alert_id, "rule%d:A:1", i);
        snprintf(event.alert.rule, sizeof event.alert.rule, "rule%d", i);
        fold(list, event);
    }
    size_t count = alert_list_groups(list, 0, groups);
    assert_int_equal(count, ALERT_GROUPS_MAX);
    for (size_t i = 0; i < count; i++)
        alerts += groups[i].alerts;
    assert_int_equal(alerts, ALERT_GROUPS_MAX + 9);
    alert_list_destroy(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions_count_once),        cmocka_unit_test(test_acknowledged_by_whom_and_when),
        cmocka_unit_test(test_shelved_and_commented),      cmocka_unit_test(test_order_of_attention),
        cmocka_unit_test(test_forgets_the_oldest_cleared), cmocka_unit_test(test_forgets_in_the_order_of_clearing),
        cmocka_unit_test(test_a_flood_is_grouped),         cmocka_unit_test(test_too_many_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
