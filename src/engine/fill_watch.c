/* What the order book says of each fill becomes an incident, until its alert has been read back from the tape. */
#include "engine/fill_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "engine/alerts.h"
#include "engine/orders.h"

enum incident_rule {
    INCIDENT_LATE_FILL,
    INCIDENT_OVERFILL,
    INCIDENT_UNKNOWN_FILL,
    INCIDENT_STRAY_FILL,
    INCIDENT_FILL_GAP,
    INCIDENT_RULES
};

static const struct {
    const char *name;
    enum severity severity;
    const char *sentence; /* behind "SIM-1 AAPL: fill <execution id> " */
} rules[INCIDENT_RULES] = {
    [INCIDENT_LATE_FILL] = {"late_fill", SEVERITY_WARNING, "came after its order had ended"},
    [INCIDENT_OVERFILL] = {"overfill", SEVERITY_CRITICAL, "is more than was ordered"},
    [INCIDENT_UNKNOWN_FILL] = {"unknown_fill", SEVERITY_CRITICAL, "is of an order that nobody knows"},
    [INCIDENT_STRAY_FILL] = {"stray_fill", SEVERITY_CRITICAL, "cannot be of its order"},
    [INCIDENT_FILL_GAP] = {"fill_gap", SEVERITY_CRITICAL, "was not counted: one before it is missing"},
};

struct incident {
    enum incident_rule rule;
    char alert_id[ALERT_ID_SIZE];
    char execution_id[ID_SIZE + 12];
    char account[ACCOUNT_SIZE];
    char symbol[SYMBOL_SIZE];
    int64_t stored_ns;
};

struct fill_watch {
    struct order_book *book;
    struct alert_list *alerts;
    struct incident *incidents; /* whose alerts are not on the tape yet */
    size_t count, capacity;
};

struct fill_watch *fill_watch_create(void)
{
    struct fill_watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL)
        abort();
    watch->book = order_book_create();
    watch->alerts = alert_list_create();
    return watch;
}

void fill_watch_destroy(struct fill_watch *watch)
{
    if (watch == NULL)
        return;
    order_book_destroy(watch->book);
    alert_list_destroy(watch->alerts);
    free(watch->incidents);
    free(watch);
}

static int rule_named(const char *name)
{
    for (int rule = 0; rule < INCIDENT_RULES; rule++) {
        if (strcmp(rules[rule].name, name) == 0)
            return rule;
    }
    return -1;
}

static void keep_incident(struct fill_watch *watch, const struct incident *incident)
{
    if (watch->count == watch->capacity) {
        watch->capacity = watch->capacity == 0 ? 16 : watch->capacity * 2;
        watch->incidents = realloc(watch->incidents, watch->capacity * sizeof *watch->incidents);
        if (watch->incidents == NULL)
            abort();
    }
    watch->incidents[watch->count++] = *incident;
}

static void add_incident(struct fill_watch *watch, enum incident_rule rule, const struct event *event)
{
    const struct execution *execution = &event->execution;
    struct incident incident = {.rule = rule, .stored_ns = event->stored_ns};
    snprintf(incident.alert_id, sizeof incident.alert_id, "%s:%s:%lld", rules[rule].name, execution->execution_id,
             (long long)event->stored_ns);
    if (alert_list_find(watch->alerts, incident.alert_id) != NULL)
        return; /* said before the restart */
    text_copy(incident.execution_id, sizeof incident.execution_id, execution->execution_id);
    text_copy(incident.account, sizeof incident.account, execution->account);
    text_copy(incident.symbol, sizeof incident.symbol, execution->symbol);
    keep_incident(watch, &incident);
}

static void fold_alert(struct fill_watch *watch, const struct event *event)
{
    if (rule_named(event->alert.rule) < 0)
        return;
    alert_list_fold(watch->alerts, event);
    for (size_t i = 0; i < watch->count; i++) {
        if (strcmp(watch->incidents[i].alert_id, event->alert.alert_id) == 0) {
            watch->incidents[i] = watch->incidents[--watch->count];
            return;
        }
    }
}

void fill_watch_fold(struct fill_watch *watch, const struct event *event)
{
    if (event->kind == EVENT_ALERT) {
        fold_alert(watch, event);
        return;
    }
    if (event->kind == EVENT_ALERT_ACK) {
        alert_list_fold(watch->alerts, event);
        return;
    }
    enum fold_result result = order_book_fold(watch->book, event);
    if (event->kind != EVENT_ORDER_EXECUTED)
        return;
    switch (result) {
    case FOLD_LATE_FILL:
        add_incident(watch, INCIDENT_LATE_FILL, event);
        break;
    case FOLD_OVERFILL:
        add_incident(watch, INCIDENT_OVERFILL, event);
        break;
    case FOLD_UNKNOWN:
        add_incident(watch, INCIDENT_UNKNOWN_FILL, event);
        break;
    case FOLD_GAP:
        add_incident(watch, INCIDENT_FILL_GAP, event);
        break;
    case FOLD_ILLEGAL:
        add_incident(watch, INCIDENT_STRAY_FILL, event);
        break;
    case FOLD_APPLIED:
    case FOLD_DUPLICATE:
    case FOLD_IGNORED:
        break;
    }
}

static void raise_alert(const struct incident *incident, int64_t wall_ns, struct proposals *out)
{
    struct alert *alert = &proposals_add(out, EVENT_ALERT, NO_FENCE)->alert;
    text_copy(alert->alert_id, sizeof alert->alert_id, incident->alert_id);
    text_copy(alert->rule, sizeof alert->rule, rules[incident->rule].name);
    text_copy(alert->account, sizeof alert->account, incident->account);
    text_copy(alert->symbol, sizeof alert->symbol, incident->symbol);
    snprintf(alert->message, sizeof alert->message, "%.*s %.*s: fill %s %s", ACCOUNT_SIZE, incident->account,
             SYMBOL_SIZE, incident->symbol, incident->execution_id, rules[incident->rule].sentence);
    alert->severity = rules[incident->rule].severity;
    alert->raised = true;
    alert->version = 1;
    alert->count = 1;
    alert->raised_at_ns = incident->stored_ns;
    alert->timestamp_ns = wall_ns;
}

void fill_watch_decide(const struct fill_watch *watch, int64_t wall_ns, struct proposals *out)
{
    for (size_t i = 0; i < watch->count; i++) {
        if (wall_ns - watch->incidents[i].stored_ns < NS_PER_DAY)
            raise_alert(&watch->incidents[i], wall_ns, out);
    }
    for (const struct alert_entry *entry = alert_list_newest(watch->alerts); entry != NULL; entry = entry->older) {
        if (!entry->alert.raised || !entry->acknowledged)
            continue;
        struct alert *alert = &proposals_add(out, EVENT_ALERT, NO_FENCE)->alert;
        *alert = entry->alert;
        alert->raised = false;
        alert->version++;
        alert->timestamp_ns = wall_ns;
    }
}

static void pack_incident(struct pack *pack, struct incident *incident)
{
    incident->rule = pack_choice(pack, incident->rule, INCIDENT_RULES - 1);
    PACK_TEXT(pack, incident->alert_id);
    PACK_TEXT(pack, incident->execution_id);
    PACK_TEXT(pack, incident->account);
    PACK_TEXT(pack, incident->symbol);
    pack_i64(pack, &incident->stored_ns);
}

void fill_watch_save(const struct fill_watch *watch, struct pack *pack)
{
    order_book_save(watch->book, pack);
    alert_list_save(watch->alerts, pack);
    pack_section(pack, "INCIDENTS", 2);
    pack_count(pack, watch->count);
    for (size_t i = 0; i < watch->count; i++)
        pack_incident(pack, &watch->incidents[i]);
}

int fill_watch_load(struct fill_watch *watch, struct pack *pack)
{
    order_book_load(watch->book, pack);
    alert_list_load(watch->alerts, pack);
    pack_section(pack, "INCIDENTS", 2);
    for (size_t left = pack_count(pack, 0); left > 0 && !pack->failed; left--) {
        struct incident incident = {0};
        pack_incident(pack, &incident);
        if (!pack->failed)
            keep_incident(watch, &incident);
    }
    return pack->failed ? -1 : 0;
}
