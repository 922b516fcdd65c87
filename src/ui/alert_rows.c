/* See alert_rows.h. Alerts of one group stand apart in the order that is given; a group stands where its first one
 * does.
 */
#include "ui/alert_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/timestamp.h"
#include "engine/id_table.h"
#include "ui/format.h"

enum { SCOPE_SIZE = ACCOUNT_SIZE + SYMBOL_SIZE };

/* A rule, or a scope in an open one, while rows are made. */
struct group {
    struct alert_row row;
    bool is_shown; /* its row is there */
    char scope[SCOPE_SIZE];
};

struct rules {
    struct group items[ALERT_GROUPS_MAX];
    size_t count, last;
};

static void write_scope(const struct alert_entry *entry, char scope[SCOPE_SIZE])
{
    snprintf(scope, SCOPE_SIZE, "%s/%s", entry->alert.account, entry->alert.symbol);
}

/* ---- groups --------------------------------------------------------------------------------------------------- */

static void count_in(struct alert_row *row, const struct alert_entry *entry)
{
    const struct alert *alert = &entry->alert;
    int64_t since_ns = alert->raised_at_ns != 0 ? alert->raised_at_ns : alert->timestamp_ns;
    if (row->alerts++ == 0)
        *row = (struct alert_row){.entry = entry,
                                  .is_group = true,
                                  .alerts = 1,
                                  .worst = alert->severity,
                                  .first_ns = since_ns,
                                  .last_ns = alert->timestamp_ns};
    bool first_raised = alert->raised && row->raised == 0;
    bool counts = alert->raised || row->raised == 0;
    if (first_raised || (counts && alert->severity > row->worst))
        row->worst = alert->severity;
    row->raised += alert->raised;
    row->unacknowledged += !entry->acknowledged;
    row->first_ns = since_ns < row->first_ns ? since_ns : row->first_ns;
    row->last_ns = alert->timestamp_ns > row->last_ns ? alert->timestamp_ns : row->last_ns;
}

/* The last one takes what is beyond ALERT_GROUPS_MAX, which is more rules than there are. */
static struct group *rule_of(struct rules *rules, const struct alert_entry *entry)
{
    size_t at = rules->last; /* a flood is of one rule */
    if (at >= rules->count || strcmp(rules->items[at].row.entry->alert.rule, entry->alert.rule) != 0)
        at = 0;
    while (at < rules->count && strcmp(rules->items[at].row.entry->alert.rule, entry->alert.rule) != 0)
        at++;
    if (at == ALERT_GROUPS_MAX)
        at--;
    else if (at == rules->count)
        rules->items[rules->count++] = (struct group){.row = {.entry = entry}};
    rules->last = at;
    return &rules->items[at];
}

static void add(struct alert_rows *rows, const struct alert_row *row)
{
    if (rows->count < ALERT_ROWS_MAX)
        rows->items[rows->count++] = *row;
    else
        rows->left_out++;
}

static void add_alert(struct alert_rows *rows, const struct alert_entry *entry, int level)
{
    add(rows, &(struct alert_row){.entry = entry, .level = level, .alerts = 1});
}

/* ---- an open group -------------------------------------------------------------------------------------------- */

struct scopes {
    struct group *items; /* owned */
    size_t count;
    struct id_table table;
};

static void find_scopes(struct scopes *scopes, const struct alert_entry *const *entries, size_t count, const char *rule)
{
    scopes->items = calloc(count + 1, sizeof *scopes->items);
    if (scopes->items == NULL)
        abort();
    for (size_t i = 0; i < count; i++) {
        char scope[SCOPE_SIZE];
        if (strcmp(entries[i]->alert.rule, rule) != 0)
            continue;
        write_scope(entries[i], scope);
        struct group *group = id_table_find(&scopes->table, scope);
        if (group == NULL) {
            group = &scopes->items[scopes->count++];
            memcpy(group->scope, scope, sizeof group->scope);
            id_table_add(&scopes->table, group->scope, group);
        }
        count_in(&group->row, entries[i]);
    }
}

static void add_scope(struct alert_rows *rows, struct group *group, const struct alert_entry *const *entries,
                      size_t count, const char *open)
{
    char id[ALERT_ROW_ID_SIZE];
    group->is_shown = true;
    group->row.is_scope = true;
    group->row.level = 1;
    alert_rows_id(&group->row, id);
    group->row.is_open = strcmp(id, open) == 0;
    add(rows, &group->row);
    for (size_t i = 0; group->row.is_open && i < count; i++) {
        if (alert_rows_holds(id, entries[i]))
            add_alert(rows, entries[i], 2);
    }
}

static void add_inside(struct alert_rows *rows, const char *rule, const struct alert_entry *const *entries,
                       size_t count, const char *open)
{
    struct scopes scopes = {0};
    find_scopes(&scopes, entries, count, rule);
    for (size_t i = 0; i < count; i++) {
        char scope[SCOPE_SIZE];
        if (strcmp(entries[i]->alert.rule, rule) != 0)
            continue;
        write_scope(entries[i], scope);
        struct group *group = id_table_find(&scopes.table, scope);
        if (group->row.alerts == 1)
            add_alert(rows, entries[i], 1);
        else if (!group->is_shown)
            add_scope(rows, group, entries, count, open);
    }
    id_table_free(&scopes.table);
    free(scopes.items);
}

/* ---- all of them ---------------------------------------------------------------------------------------------- */

static bool is_open(const struct alert_row *row, const char *open)
{
    size_t length = strlen(row->entry->alert.rule);
    return open[0] == '=' && strncmp(open + 1, row->entry->alert.rule, length) == 0 &&
           (open[1 + length] == '\0' || open[1 + length] == '=');
}

void alert_rows_build(struct alert_rows *rows, const struct alert_entry *const *entries, size_t count, uint32_t most,
                      const char *open)
{
    struct rules rules = {.count = 0};
    rows->count = 0;
    rows->left_out = 0;
    for (size_t i = 0; i < count; i++)
        count_in(&rule_of(&rules, entries[i])->row, entries[i]);
    for (size_t i = 0; i < count; i++) {
        struct group *group = rule_of(&rules, entries[i]);
        if (group->row.alerts <= most) {
            add_alert(rows, entries[i], 0);
        } else if (!group->is_shown) {
            group->is_shown = true;
            group->row.is_open = is_open(&group->row, open);
            add(rows, &group->row);
            if (group->row.is_open)
                add_inside(rows, entries[i]->alert.rule, entries, count, open);
        }
    }
}

void alert_rows_id(const struct alert_row *row, char id[ALERT_ROW_ID_SIZE])
{
    const struct alert *alert = &row->entry->alert;
    if (!row->is_group)
        memcpy(id, alert->alert_id, sizeof alert->alert_id);
    else if (row->is_scope)
        snprintf(id, ALERT_ROW_ID_SIZE, "=%s=%s/%s", alert->rule, alert->account, alert->symbol);
    else
        snprintf(id, ALERT_ROW_ID_SIZE, "=%s", alert->rule);
}

bool alert_rows_holds(const char *group_id, const struct alert_entry *entry)
{
    size_t length = strlen(entry->alert.rule);
    if (group_id[0] != '=' || strncmp(group_id + 1, entry->alert.rule, length) != 0)
        return false;
    const char *rest = group_id + 1 + length;
    char scope[SCOPE_SIZE];
    if (rest[0] != '=')
        return rest[0] == '\0';
    write_scope(entry, scope);
    return strcmp(rest + 1, scope) == 0;
}

void alert_rows_say(const struct alert_row *row, char *text, size_t size)
{
    char alerts[FORMAT_SIZE], unacknowledged[FORMAT_SIZE], raised[FORMAT_SIZE], last[FORMAT_SIZE];
    const struct alert *alert = &row->entry->alert;
    const char *account = row->is_scope ? alert->account : "", *symbol = row->is_scope ? alert->symbol : "";
    format_count(alerts, row->alerts);
    format_count(unacknowledged, row->unacknowledged);
    format_count(raised, row->raised);
    timestamp_format_clock(last, row->last_ns);
    snprintf(text, size, "%s%s%s%s%s: %s alerts, %s not ack, %s raised, last %s", row->is_scope ? "" : alert->rule,
             account, account[0] != '\0' && symbol[0] != '\0' ? " " : "", symbol,
             row->is_scope && account[0] == '\0' && symbol[0] == '\0' ? "no scope" : "", alerts, unacknowledged, raised,
             last);
}
