/* Alerts and acknowledgements are read by two followers, so that the exposures between them need not be; what was
 * stored before is put into the order of the stream and folded then. */
#include "app/alerts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/desk.h"
#include "app/user.h"
#include "core/clock.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "core/unique.h"
#include "engine/alert_json.h"

enum { ANSWER_MS = 5000, MANY = 20 };

struct alerts {
    const struct options *options;
    struct desk *desk;
    struct alert_list *list;
    struct event *history; /* owned; read, and not folded yet */
    size_t count, capacity;
    bool is_live; /* the history is folded */
    char request_id[ID_SIZE];
    bool is_answered; /* that request was read back */
};

static void print_alert(const struct alerts *alerts, const struct alert_entry *entry)
{
    const struct alert *alert = &entry->alert;
    char time[TIMESTAMP_TEXT_SIZE], line[ALERT_JSON_SIZE];
    struct json_writer writer;

    if (alerts->options->watch.json) {
        json_writer_init(&writer, line, sizeof(line));
        alert_json_write(&writer, entry);
        assert(!writer.overflow);
        printf("%.*s\n", (int)writer.length, line);
        return;
    }
    timestamp_format(time, alert->raised_at_ns != 0 ? alert->raised_at_ns : alert->timestamp_ns);
    printf("%s %s %s since %s", alert->alert_id, severity_name(alert->severity), alert->raised ? "raised" : "cleared",
           time);
    if (alert->count > 1)
        printf(", %u times", alert->count);
    printf(": %s", alert->message);
    if (entry->acknowledged)
        printf(", acknowledged by %s", entry->acknowledged_by);
    if (alert_entry_is_shelved(entry, clock_wall_ns())) {
        timestamp_format(time, entry->shelved_until_ns);
        printf(", shelved until %s", time);
    }
    if (entry->comment[0] != '\0')
        printf(", %s: %s", entry->comment_by, entry->comment);
    putchar('\n');
}

static void print_group(const struct alert_group *group)
{
    char first[TIMESTAMP_TEXT_SIZE], last[TIMESTAMP_TEXT_SIZE];
    const struct alert_counts *counts = &group->counts;
    const uint32_t *raised = counts->raised, *unseen = counts->unacknowledged;

    timestamp_format(first, group->first_ns);
    timestamp_format(last, group->last_ns);
    printf("%s: %u alerts, %u raised (%u critical), %u not acknowledged, %u shelved, from %s to %s; --all lists them\n",
           group->rule, group->alerts, raised[SEVERITY_INFO] + raised[SEVERITY_WARNING] + raised[SEVERITY_CRITICAL],
           raised[SEVERITY_CRITICAL], unseen[SEVERITY_INFO] + unseen[SEVERITY_WARNING] + unseen[SEVERITY_CRITICAL],
           counts->shelved, first, last);
}

/* The group of this rule when it has many; NULL otherwise. */
static struct alert_group *many_of(struct alert_group *groups, size_t count, const char *rule)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(groups[i].rule, rule) == 0)
            return groups[i].alerts > MANY ? &groups[i] : NULL;
    }
    return NULL;
}

static void print_list(const struct alerts *alerts)
{
    const struct options *options = alerts->options;
    const struct alert_entry **entries = calloc(ALERT_LIST_MAX, sizeof(*entries));
    static struct alert_group groups[ALERT_GROUPS_MAX];
    int64_t now_ns = clock_wall_ns();

    assert(entries != NULL);
    size_t count = alert_list_sorted(alerts->list, now_ns, entries, ALERT_LIST_MAX);
    size_t group_count = alert_list_groups(alerts->list, now_ns, groups);

    for (size_t i = 0; i < count; i++) {
        bool is_open = entries[i]->alert.raised || !entries[i]->acknowledged;
        bool is_whole = options->order.all || options->watch.json;
        struct alert_group *group = is_whole ? NULL : many_of(groups, group_count, entries[i]->alert.rule);

        if (!is_open && !options->order.all)
            continue;
        if (group == NULL) {
            print_alert(alerts, entries[i]);
        } else if (group->newest != NULL) {
            print_group(group);
            group->newest = NULL; /* said once */
        }
    }
    free((void *)entries);
    fflush(stdout);
}

static void keep(struct alerts *alerts, const struct event *event)
{
    if (alerts->count == alerts->capacity) {
        alerts->capacity = alerts->capacity == 0 ? 64 : 2 * alerts->capacity;
        alerts->history = reallocarray(alerts->history, alerts->capacity, sizeof(*alerts->history));
        if (alerts->history == NULL)
            abort();
    }
    alerts->history[alerts->count++] = *event;
}

static void listen(void *context, const struct inbox_item *item, const struct event *event, enum fold_result result)
{
    struct alerts *alerts = context;
    bool is_ack = event->kind == EVENT_ALERT_ACK;

    (void)item;
    (void)result;
    if (is_ack && strcmp(event->ack.request_id, alerts->request_id) == 0)
        alerts->is_answered = true;
    if (!alerts->is_live) {
        keep(alerts, event);
        return;
    }
    if (alert_list_fold(alerts->list, event) != ALERT_FOLD_APPLIED || !alerts->options->alerts.follow)
        return;
    print_alert(alerts, alert_list_find(alerts->list, is_ack ? event->ack.alert_id : event->alert.alert_id));
    fflush(stdout);
}

static int compare(const void *left, const void *right)
{
    const struct event *a = left, *b = right;

    return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

static int read_history(struct alerts *alerts, struct error *error)
{
    if (desk_follow(alerts->desk, "RISK", "risk.alerts.>", FOLLOW_SEQUENCE, 1, error) != 0 ||
        desk_follow(alerts->desk, "RISK", "risk.acks", FOLLOW_SEQUENCE, 1, error) != 0 ||
        desk_read_all(alerts->desk, error) != 0)
        return -1;
    if (alerts->count > 0)
        qsort(alerts->history, alerts->count, sizeof(*alerts->history), compare);
    for (size_t i = 0; i < alerts->count; i++)
        alert_list_fold(alerts->list, &alerts->history[i]);
    alerts->is_live = true;
    return 0;
}

static bool never(void *context)
{
    (void)context;
    return false;
}

static int show(struct alerts *alerts, struct error *error)
{
    print_list(alerts);
    if (!alerts->options->alerts.follow)
        return 0;
    int waited = desk_wait(alerts->desk, never, alerts, -1, error);

    return waited < 0 && error->kind == ERROR_SERVER ? -1 : 0; /* a signal is how it ends */
}

/* The alert of this id, or the only one whose id begins so. */
static const struct alert_entry *choose(const struct alerts *alerts, struct error *error)
{
    const char *id = alerts->options->alerts.alert_id;
    const struct alert_entry *found = alert_list_find(alerts->list, id);
    size_t count = 0;

    if (found != NULL)
        return found;
    for (const struct alert_entry *entry = alert_list_newest(alerts->list); entry != NULL; entry = entry->older) {
        if (strncmp(entry->alert.alert_id, id, strlen(id)) == 0) {
            found = entry;
            count++;
        }
    }
    if (count == 1)
        return found;
    if (count == 0)
        error_set(error, ERROR_FAILED, "no alert has the id %.100s", id);
    else
        error_set(error, ERROR_FAILED, "%zu alerts have an id that begins with %.100s", count, id);
    return NULL;
}

static bool is_answered(void *context)
{
    const struct alerts *alerts = context;

    return alerts->is_answered;
}

static int acknowledge(struct alerts *alerts, const struct alert_entry *entry, struct error *error)
{
    const struct options *options = alerts->options;
    struct event event = event_empty(EVENT_ALERT_ACK);
    uint64_t sequence;

    event.ack.action = options->alerts.unshelve ? ACK_UNSHELVE : options->alerts.shelve_ns > 0 ? ACK_SHELVE : ACK_ACK;
    text_copy(event.ack.alert_id, sizeof(event.ack.alert_id), entry->alert.alert_id);
    text_copy(event.ack.by, sizeof(event.ack.by), user_name());
    unique_id(alerts->request_id);
    text_copy(event.ack.request_id, sizeof(event.ack.request_id), alerts->request_id);
    text_copy(event.ack.comment, sizeof(event.ack.comment),
              options->alerts.comment != NULL ? options->alerts.comment : "");
    event.ack.timestamp_ns = clock_wall_ns();
    if (event.ack.action == ACK_SHELVE)
        event.ack.until_ns = event.ack.timestamp_ns + options->alerts.shelve_ns;
    alerts->is_answered = false;
    if (desk_publish(alerts->desk, &event, &sequence, error) != 0)
        return -1;
    int waited = desk_wait(alerts->desk, is_answered, alerts, ANSWER_MS, error);

    if (waited == 0)
        error_set(error, ERROR_UNKNOWN, "it did not come back in %d s", ANSWER_MS / 1000);
    if (waited != 1)
        return desk_fate_unknown(error, "the acknowledgement");
    print_alert(alerts, alert_list_find(alerts->list, event.ack.alert_id));
    return 0;
}

static int acknowledge_all(struct alerts *alerts, struct error *error)
{
    const struct alert_entry **entries = calloc(ALERT_LIST_MAX, sizeof(*entries));
    int result = 0;

    assert(entries != NULL);
    size_t count = alert_list_sorted(alerts->list, clock_wall_ns(), entries, ALERT_LIST_MAX);

    /* An entry stays where it is, but what comes meanwhile may take its place; then it is done without us. */
    for (size_t i = 0; i < count && result == 0; i++) {
        if (!entries[i]->acknowledged)
            result = acknowledge(alerts, entries[i], error);
    }
    free((void *)entries);
    return result;
}

static int run(const struct options *options, const char *name, int (*work)(struct alerts *, struct error *),
               struct error *error)
{
    struct alerts alerts = {.options = options};
    const struct desk_options desk = {.options = options, .name = name, .listen = listen, .context = &alerts};

    alerts.desk = desk_open(&desk, error);
    if (alerts.desk == NULL)
        return -1;
    alerts.list = alert_list_create();
    int result = read_history(&alerts, error);

    if (result == 0)
        result = work(&alerts, error);
    desk_close(alerts.desk);
    alert_list_destroy(alerts.list);
    free(alerts.history);
    return result;
}

int alerts_run(const struct options *options, struct error *error)
{
    return run(options, "tapedeck alerts", show, error);
}

static int acknowledge_chosen(struct alerts *alerts, struct error *error)
{
    if (alerts->options->order.all)
        return acknowledge_all(alerts, error);
    const struct alert_entry *entry = choose(alerts, error);

    return entry == NULL ? -1 : acknowledge(alerts, entry, error);
}

int alerts_run_ack(const struct options *options, struct error *error)
{
    return run(options, "tapedeck ack", acknowledge_chosen, error);
}

int alerts_take_words(struct options *options, char **words, struct error *error)
{
    if (options->alerts.unshelve && options->alerts.shelve_ns > 0)
        return error_set(error, ERROR_USAGE, "--shelve and --unshelve exclude each other");
    if (options->order.all && words != NULL)
        return error_set(error, ERROR_USAGE, "ack takes the id of an alert or --all, not both");
    if (options->order.all)
        return 0;
    if (words == NULL || words[0][0] == '\0' || words[1] != NULL)
        return error_set(error, ERROR_USAGE, "ack takes the id of one alert, or --all");
    if (strlen(words[0]) >= sizeof(options->alerts.alert_id))
        return error_set(error, ERROR_USAGE, "'%.60s' is too long for the id of an alert", words[0]);
    text_copy(options->alerts.alert_id, sizeof(options->alerts.alert_id), words[0]);
    return 0;
}
