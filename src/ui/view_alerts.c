/* The alerts screen: what nobody has acknowledged first. An alert can be acknowledged, shelved for a time and
 * commented; each of these is an event on RISK, so that every screen shows the same. */
#include "ui/view_alerts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "ui/alert_rows.h"
#include "ui/format.h"
#include "ui/keys.h"
#include "ui/pane.h"
#include "ui/prompt.h"
#include "ui/publish.h"
#include "ui/sweep.h"
#include "ui/view.h"

enum alert_column {
    COLUMN_SEVERITY,
    COLUMN_RAISED,
    COLUMN_STATE,
    COLUMN_COUNT_MET,
    COLUMN_RULE,
    COLUMN_ACCOUNT,
    COLUMN_SYMBOL,
    COLUMN_VALUE,
    COLUMN_LIMIT,
    COLUMN_MESSAGE,
    COLUMN_COMMENT,
    COLUMN_COUNT
};

static const struct column columns[COLUMN_COUNT] = {
    [COLUMN_SEVERITY] = {.title = "SEVERITY", .width = 9},
    [COLUMN_RAISED] = {.title = "RAISED", .width = 9, .rank = 1},
    [COLUMN_STATE] = {.title = "STATE", .width = 13},
    [COLUMN_COUNT_MET] = {.title = "TIMES", .width = 6, .rank = 4, .right = true},
    [COLUMN_RULE] = {.title = "RULE", .width = 18, .rank = 5},
    [COLUMN_ACCOUNT] = {.title = "ACCOUNT", .width = 10, .rank = 6},
    [COLUMN_SYMBOL] = {.title = "SYMBOL", .width = 9, .rank = 7},
    [COLUMN_VALUE] = {.title = "VALUE", .width = 14, .rank = 8, .right = true},
    [COLUMN_LIMIT] = {.title = "LIMIT", .width = 14, .rank = 8, .right = true},
    [COLUMN_MESSAGE] = {.title = "MESSAGE", .width = 46, .grow = 2},
    [COLUMN_COMMENT] = {.title = "COMMENT", .width = 24, .rank = 9, .grow = 1},
};

/* ---- which rows ----------------------------------------------------------------------------------------------- */

static bool is_shown(const struct ui *ui, const struct alert_entry *entry)
{
    const struct browse *browse = &ui->browses[VIEW_ALERTS];
    const struct alert *alert = &entry->alert;
    bool shelved = alert_entry_is_shelved(entry, ui->wall_ns);
    bool open = !shelved && (alert->raised || !entry->acknowledged);
    if (ui->alerts_which != ALERTS_ALL && (ui->alerts_which == ALERTS_SHELVED ? !shelved : !open))
        return false;
    return browse_matches(browse, alert->message, alert->rule) ||
           browse_matches(browse, alert->account, alert->symbol) ||
           browse_matches(browse, severity_name(alert->severity), entry->comment);
}

enum { MOST_OF_A_RULE = 20 };

struct shown {
    struct alert_rows rows;
    struct browse_rows list;
};

/* In the order in which a person should look at them; sorted otherwise they are listed one by one. */
static void collect(const struct ui *ui, struct shown *shown)
{
    const struct alert_digest *digest = model_alert_digest(ui->model, ui->wall_ns);
    const struct alert_entry *entries[ALERT_LIST_MAX];
    size_t count = 0;
    for (size_t i = 0; i < digest->count; i++) {
        if (is_shown(ui, digest->entries[i]))
            entries[count++] = digest->entries[i];
    }
    alert_rows_build(&shown->rows, entries, count, ui->browses[VIEW_ALERTS].sorted_by > 0 ? UINT32_MAX : MOST_OF_A_RULE,
                     ui->alerts_open);
    shown->list.count = 0;
    for (int i = 0; i < shown->rows.count; i++)
        browse_add(&shown->list, &shown->rows.items[i]);
}

/* ---- the list ------------------------------------------------------------------------------------------------- */

static void write_id(const void *item, char id[BROWSE_ID_SIZE])
{
    alert_rows_id(item, id);
}

static int64_t raised_ns(const struct alert *alert)
{
    return alert->raised_at_ns != 0 ? alert->raised_at_ns : alert->timestamp_ns;
}

static int compare(const struct ui *ui, const void *a, const void *b, int column)
{
    const struct alert *left = &((const struct alert_row *)a)->entry->alert,
                       *right = &((const struct alert_row *)b)->entry->alert;
    (void)ui;
    switch ((enum alert_column)column) {
    case COLUMN_SEVERITY:
        return ((int)left->severity > (int)right->severity) - ((int)left->severity < (int)right->severity);
    case COLUMN_RAISED:
        return (raised_ns(left) > raised_ns(right)) - (raised_ns(left) < raised_ns(right));
    case COLUMN_COUNT_MET:
        return (left->count > right->count) - (left->count < right->count);
    case COLUMN_RULE:
        return strcmp(left->rule, right->rule);
    case COLUMN_ACCOUNT:
        return strcmp(left->account, right->account);
    case COLUMN_SYMBOL:
        return strcmp(left->symbol, right->symbol);
    case COLUMN_STATE:
    case COLUMN_VALUE:
    case COLUMN_LIMIT:
    case COLUMN_MESSAGE:
    case COLUMN_COMMENT:
    case COLUMN_COUNT:
        break;
    }
    return 0;
}

static void write_state(const struct ui *ui, const struct alert_entry *entry, char *text, size_t size)
{
    char until[16];
    if (alert_entry_is_shelved(entry, ui->wall_ns)) {
        timestamp_format_clock(until, entry->shelved_until_ns);
        snprintf(text, size, "to %s", until);
    } else if (entry->acknowledged) {
        snprintf(text, size, "%s%s", entry->alert.raised ? "ack " : "over, ack ", entry->acknowledged_by);
    } else {
        snprintf(text, size, entry->alert.raised ? "RAISED" : "over, not ack");
    }
}

static enum role severity_role(const struct alert *alert)
{
    if (!alert->raised)
        return ROLE_DIM;
    return alert->severity == SEVERITY_CRITICAL  ? ROLE_CRITICAL
           : alert->severity == SEVERITY_WARNING ? ROLE_WARNING
                                                 : ROLE_TEXT;
}

static const char *const words[] = {"info", "warning", "CRITICAL"};

static void draw_alert(const struct ui *ui, struct area area, const struct table *table, int row, bool selected,
                       const struct alert_row *item)
{
    const struct alert_entry *entry = item->entry;
    const struct alert *alert = &entry->alert;
    bool quiet = entry->acknowledged || alert_entry_is_shelved(entry, ui->wall_ns);
    struct ink mark = ui_ink(severity_role(alert), selected), dim = ui_ink(ROLE_DIM, selected);
    struct ink plain = ui_ink(quiet ? ROLE_DIM : ROLE_TEXT, selected);
    char text[FORMAT_SIZE + ACCOUNT_SIZE], message[2 * REASON_SIZE];
    mark.bold = !quiet;
    pane_cell(ui, area, table, columns, COLUMN_SEVERITY, row, mark, words[alert->severity]);
    timestamp_format_clock(text, raised_ns(alert));
    pane_cell(ui, area, table, columns, COLUMN_RAISED, row, dim, text);
    write_state(ui, entry, text, sizeof text);
    pane_cell(ui, area, table, columns, COLUMN_STATE, row, quiet ? dim : mark, text);
    text[0] = '\0';
    if (alert->count > 0)
        format_count(text, alert->count);
    pane_cell(ui, area, table, columns, COLUMN_COUNT_MET, row, dim, text);
    pane_cell(ui, area, table, columns, COLUMN_RULE, row, dim, alert->rule);
    pane_cell(ui, area, table, columns, COLUMN_ACCOUNT, row, dim, alert->account);
    pane_cell(ui, area, table, columns, COLUMN_SYMBOL, row, dim, alert->symbol);
    format_money_in(text, alert->value, 2, false, table->width[COLUMN_VALUE] - 1);
    pane_cell(ui, area, table, columns, COLUMN_VALUE, row, plain, text);
    format_money_in(text, alert->limit, 2, false, table->width[COLUMN_LIMIT] - 1);
    pane_cell(ui, area, table, columns, COLUMN_LIMIT, row, dim, text);
    snprintf(message, sizeof message, "%*s%s", 2 * item->level, "", alert->message);
    pane_cell(ui, area, table, columns, COLUMN_MESSAGE, row, plain, message);
    pane_cell(ui, area, table, columns, COLUMN_COMMENT, row, dim, entry->comment);
}

static void draw_group(const struct ui *ui, struct area area, const struct table *table, int row, bool selected,
                       const struct alert_row *group)
{
    char text[FORMAT_SIZE], state[FORMAT_SIZE], message[2 * REASON_SIZE], what[REASON_SIZE];
    enum role role = group->raised == 0                  ? ROLE_DIM
                     : group->worst == SEVERITY_CRITICAL ? ROLE_CRITICAL
                     : group->worst == SEVERITY_WARNING  ? ROLE_WARNING
                                                         : ROLE_TEXT;
    struct ink mark = ui_ink(role, selected), dim = ui_ink(ROLE_DIM, selected);
    struct ink plain = ui_ink(group->unacknowledged == 0 ? ROLE_DIM : ROLE_TEXT, selected);
    mark.bold = plain.bold = group->unacknowledged > 0;
    pane_cell(ui, area, table, columns, COLUMN_SEVERITY, row, mark, words[group->worst]);
    timestamp_format_clock(text, group->first_ns);
    pane_cell(ui, area, table, columns, COLUMN_RAISED, row, dim, text);
    format_count(text, group->unacknowledged);
    snprintf(state, sizeof state, "%.8s new", text);
    pane_cell(ui, area, table, columns, COLUMN_STATE, row, group->unacknowledged > 0 ? mark : dim,
              group->unacknowledged > 0 ? state : "all ack");
    format_count(text, group->alerts);
    pane_cell(ui, area, table, columns, COLUMN_COUNT_MET, row, dim, text);
    pane_cell(ui, area, table, columns, COLUMN_RULE, row, dim, group->entry->alert.rule);
    alert_rows_say(group, what, sizeof what);
    snprintf(message, sizeof message, "%*s%s %s", 2 * group->level, "", group->is_open ? "-" : "+", what);
    pane_cell(ui, area, table, columns, COLUMN_MESSAGE, row, plain, message);
}

static void draw_row(const struct ui *ui, struct area area, const struct table *table, int row, bool selected,
                     const void *item)
{
    const struct alert_row *alert = item;
    (alert->is_group ? draw_group : draw_alert)(ui, area, table, row, selected, alert);
}

static const struct browse_ops list_ops = {
    .columns = columns,
    .column_count = COLUMN_COUNT,
    .id = write_id,
    .sortable = 1u << COLUMN_SEVERITY | 1u << COLUMN_RAISED | 1u << COLUMN_COUNT_MET | 1u << COLUMN_RULE |
                1u << COLUMN_ACCOUNT | 1u << COLUMN_SYMBOL,
    .compare = compare,
    .draw_row = draw_row,
};

/* ---- keys ----------------------------------------------------------------------------------------------------- */

/* The row under the cursor, copied; false, and said, when there is none. */
static bool selected_row(struct ui *ui, struct alert_row *row)
{
    struct shown shown;
    collect(ui, &shown);
    browse_place(ui, &ui->browses[VIEW_ALERTS], &list_ops, &shown.list);
    const struct alert_row *chosen = browse_selected(&ui->browses[VIEW_ALERTS], &shown.list);
    if (chosen == NULL) {
        ui_note(ui, ROLE_TEXT, "There is no alert here.");
        return false;
    }
    *row = *chosen;
    return true;
}

/* The alert under the cursor; says so when there is none. */
static const struct alert_entry *selected(struct ui *ui)
{
    struct alert_row row;
    if (!selected_row(ui, &row))
        return NULL;
    if (row.is_group)
        ui_note(ui, ROLE_TEXT, "This is a group: Enter opens it, a acknowledges all of it.");
    return row.is_group ? NULL : row.entry;
}

void view_alerts_key_open(struct ui *ui, int key)
{
    struct alert_row row;
    char *open = ui->alerts_open;
    (void)key;
    if (!selected_row(ui, &row))
        return;
    if (!row.is_group) {
        ui_note(ui, ROLE_TEXT, "This is one alert; it stands in full above the keys.");
        return;
    }
    alert_rows_id(&row, open);
    if (row.is_open && row.is_scope)
        snprintf(open, BROWSE_ID_SIZE, "=%s", row.entry->alert.rule);
    else if (row.is_open)
        open[0] = '\0';
}

void view_alerts_key_show(struct ui *ui, int key)
{
    (void)key;
    view_show(ui, VIEW_ALERTS);
}

/* ---- a whole group -------------------------------------------------------------------------------------------- */

void view_alerts_ask_group(struct ui *ui, const struct alert_row *row)
{
    if (row->unacknowledged == 0) {
        ui_note(ui, ROLE_TEXT, "All of this group are acknowledged already.");
        return;
    }
    prompt_open(ui, PROMPT_ACK_GROUP);
    alert_rows_id(row, ui->prompt.alert_id);
}

/* What of the group wants to be acknowledged now, as the screen shows it; with `sweep` each goes into it. */
static int wanting_of_group(struct ui *ui, struct sweep *sweep)
{
    const struct alert_digest *digest = model_alert_digest(ui->model, ui->wall_ns);
    int count = 0;
    for (size_t i = 0; i < digest->count; i++) {
        const struct alert_entry *entry = digest->entries[i];
        bool is_listed = ui->view == VIEW_ALERTS ? is_shown(ui, entry) : !alert_entry_is_shelved(entry, ui->wall_ns);
        if (entry->acknowledged || !is_listed || !alert_rows_holds(ui->prompt.alert_id, entry))
            continue;
        count++;
        if (sweep != NULL)
            sweep_add(sweep, entry->alert.alert_id);
    }
    return count;
}

void view_alerts_say_group(struct ui *ui, char *text, size_t size)
{
    char count[FORMAT_SIZE];
    format_count(count, (uint64_t)wanting_of_group(ui, NULL));
    snprintf(text, size, "Acknowledges %s alerts of %s.", count, ui->prompt.alert_id + 1);
}

void view_alerts_key_acknowledge_group(struct ui *ui, int key)
{
    (void)key;
    ui->mode = ui->prompt.before;
    sweep_drop(&ui->sweeps[SWEEP_ACKS]);
    wanting_of_group(ui, &ui->sweeps[SWEEP_ACKS]);
}

/* ---- one ------------------------------------------------------------------------------------------------------ */

void view_alerts_key_acknowledge(struct ui *ui, int key)
{
    struct alert_row row;
    (void)key;
    if (!selected_row(ui, &row))
        return;
    if (row.is_group)
        view_alerts_ask_group(ui, &row);
    else if (row.entry->acknowledged)
        ui_note(ui, ROLE_TEXT, "This alert is acknowledged already.");
    else if (publish_ack(ui, row.entry->alert.alert_id, ACK_ACK, 0, ""))
        ui_note(ui, ROLE_TEXT, "The acknowledgement is sent.");
}

void view_alerts_key_unshelve(struct ui *ui, int key)
{
    const struct alert_entry *entry = selected(ui);
    (void)key;
    if (entry == NULL)
        return;
    if (!alert_entry_is_shelved(entry, ui->wall_ns))
        ui_note(ui, ROLE_TEXT, "This alert is not shelved.");
    else if (publish_ack(ui, entry->alert.alert_id, ACK_UNSHELVE, 0, ""))
        ui_note(ui, ROLE_TEXT, "It is taken from the shelf.");
}

static void ask(struct ui *ui, enum prompt_kind kind)
{
    const struct alert_entry *entry = selected(ui);
    if (entry == NULL)
        return;
    prompt_open(ui, kind);
    text_copy(ui->prompt.alert_id, sizeof ui->prompt.alert_id, entry->alert.alert_id);
}

void view_alerts_key_shelve(struct ui *ui, int key)
{
    (void)key;
    ask(ui, PROMPT_SHELVE);
}

void view_alerts_key_comment(struct ui *ui, int key)
{
    (void)key;
    ask(ui, PROMPT_COMMENT);
}

void view_alerts_key_which(struct ui *ui, int key)
{
    (void)key;
    ui->alerts_which = (enum alerts_which)((ui->alerts_which + 1) % ALERTS_WHICHES);
}

bool view_alerts_read_duration(const char *text, int64_t *duration_ns)
{
    static const char units[] = "smhd";
    static const int64_t seconds[] = {1, 60, 3600, 86400};
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    long number = strtol(text, &end, 10);
    const char *unit = end[0] == '\0' ? units + 1 : strchr(units, end[0]);
    if (unit == NULL || (end[0] != '\0' && end[1] != '\0') || number < 1 || number > 7 * 86400)
        return false;
    *duration_ns = number * seconds[unit - units] * NS_PER_SECOND;
    return *duration_ns <= 7 * NS_PER_DAY;
}

/* ---- the screen ----------------------------------------------------------------------------------------------- */

static void write_detail(const struct alert_row *row, char *text, size_t size)
{
    text[0] = '\0';
    if (row == NULL)
        return;
    const struct alert_entry *entry = row->entry;
    snprintf(text, size, "%s%s%s%s%s%s", row->is_group ? "first of them: " : "", entry->alert.message,
             entry->comment[0] != '\0' ? "  " : "", entry->comment_by, entry->comment[0] != '\0' ? ": " : "",
             entry->comment);
}

static void alerts_draw(struct ui *ui)
{
    static const char *const titles[ALERTS_WHICHES] = {"Open alerts", "All alerts", "Shelved alerts"};
    struct shown shown;
    char right[2 * FORMAT_SIZE + 48], detail[2 * NOTE_SIZE], left_out[FORMAT_SIZE], wanting[FORMAT_SIZE];
    char empty[64];
    struct area body = view_begin(ui);
    const struct alert_counts *counts = &model_alert_digest(ui->model, ui->wall_ns)->counts;
    unsigned open = 0;
    for (int severity = 0; severity <= SEVERITY_CRITICAL; severity++)
        open += counts->unacknowledged[severity];
    snprintf(empty, sizeof empty, "Nothing is wrong; %s shows what was.",
             keys_name(ui, WHERE_VIEW_ALERTS, "which").text);
    collect(ui, &shown);
    format_count(left_out, shown.rows.left_out);
    format_count(wanting, open);
    if (shown.rows.left_out > 0)
        snprintf(right, sizeof right, "%s more rows, %s not acknowledged", left_out, wanting);
    else
        snprintf(right, sizeof right, "%s not acknowledged, %u shelved", wanting, counts->shelved);
    browse_draw(ui, body, &ui->browses[VIEW_ALERTS], &list_ops, &shown.list, titles[ui->alerts_which], right,
                ui->alerts_which == ALERTS_OPEN ? empty : "No alerts.");
    const struct alert_row *row = browse_selected(&ui->browses[VIEW_ALERTS], &shown.list);
    write_detail(row, detail, sizeof detail);
    view_end(ui, row == NULL ? ROLE_TEXT : severity_role(&row->entry->alert), detail);
}

static unsigned alerts_where(const struct ui *ui)
{
    (void)ui;
    return WHERE_VIEW_ALERTS;
}

const struct view_ops view_alerts = {.name = "alerts", .draw = alerts_draw, .where = alerts_where, .list = &list_ops};
