/* The tape screen: every event as it comes, the newest first. The filter is about the subject: a part of it, or a
 * pattern with the wild cards of NATS. */
#include "ui/view_tape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/subject.h"
#include "core/text.h"
#include "ui/format.h"
#include "ui/keys.h"
#include "ui/pane.h"
#include "ui/view.h"

/* So many rows are enough to look back; the filter searches all that is kept. */
enum { ROWS_SHOWN = 1000 };

enum tape_column { COLUMN_STORED, COLUMN_SEQUENCE, COLUMN_SUBJECT, COLUMN_WHAT, COLUMN_COUNT };

static const struct column columns[COLUMN_COUNT] = {
    [COLUMN_STORED] = {.title = "STORED", .width = 16},
    [COLUMN_SEQUENCE] = {.title = "SEQ", .width = 12, .rank = 2, .right = true},
    [COLUMN_SUBJECT] = {.title = "SUBJECT", .width = 30},
    [COLUMN_WHAT] = {.title = "WHAT", .width = 30, .rank = 1, .grow = 1},
};

/* ---- which rows ----------------------------------------------------------------------------------------------- */

static bool is_shown(const struct ui *ui, const struct tape_entry *entry)
{
    const struct filter *filter = &ui->browses[VIEW_TAPE].filter;
    char subject[SUBJECT_SIZE];
    if (filter->text[0] == '\0')
        return true;
    subject_of(&entry->event, subject);
    return strpbrk(filter->text, "*>") != NULL ? subject_matches(filter->text, subject)
                                               : filter_matches(filter, subject);
}

/* Merges what is kept of each stream by the order in which it was read. */
static void collect(const struct ui *ui, struct browse_rows *rows)
{
    int back[MODEL_STREAMS] = {0};
    rows->count = 0;
    while (rows->count < ROWS_SHOWN) {
        const struct tape_entry *newest = NULL;
        int from = 0;
        for (int stream = 0; stream < MODEL_STREAMS; stream++) {
            const struct tape_entry *entry = model_event(ui->model, (enum model_stream)stream, back[stream]);
            if (entry != NULL && (newest == NULL || entry->number > newest->number)) {
                newest = entry;
                from = stream;
            }
        }
        if (newest == NULL)
            return;
        back[from]++;
        bool later = ui->tape.paused_at != 0 && newest->number > ui->tape.paused_at;
        if (!later && is_shown(ui, newest))
            browse_add(rows, newest);
    }
}

/* ---- the list ------------------------------------------------------------------------------------------------- */

static void write_id(const void *item, char id[BROWSE_ID_SIZE])
{
    snprintf(id, BROWSE_ID_SIZE, "%llu", (unsigned long long)((const struct tape_entry *)item)->number);
}

static enum role role_of(enum event_kind kind)
{
    switch (kind) {
    case EVENT_ORDER_REJECTED:
    case EVENT_REPLACE_REJECTED:
    case EVENT_ORDER_REFUSED:
    case EVENT_CANCEL_REJECTED:
        return ROLE_LOSS;
    case EVENT_ORDER_EXECUTED:
        return ROLE_GAIN;
    case EVENT_ALERT:
    case EVENT_TRADING_STATE:
    case EVENT_LIMITS:
        return ROLE_WARNING;
    case EVENT_QUOTE:
    case EVENT_EXPOSURE:
    case EVENT_POSITION:
        return ROLE_DIM;
    case EVENT_ORDER_NEW:
    case EVENT_ORDER_CANCEL:
    case EVENT_ORDER_REPLACE:
    case EVENT_ORDER_VALIDATED:
    case EVENT_REPLACE_VALIDATED:
    case EVENT_ORDER_ACCEPTED:
    case EVENT_ORDER_TRIGGERED:
    case EVENT_ORDER_CANCELLED:
    case EVENT_ORDER_REPLACED:
    case EVENT_ALERT_ACK:
    case EVENT_KINDS:
        break;
    }
    return ROLE_TEXT;
}

static void draw_row(const struct ui *ui, struct area area, const struct table *table, int row, bool selected,
                     const void *item)
{
    const struct event *event = &((const struct tape_entry *)item)->event;
    char text[EVENT_PAYLOAD_SIZE + SUBJECT_SIZE];
    format_instant(text, event->stored_ns);
    pane_cell(ui, area, table, columns, COLUMN_STORED, row, ui_ink(ROLE_DIM, selected), text);
    snprintf(text, sizeof text, "%llu", (unsigned long long)event->sequence);
    pane_cell(ui, area, table, columns, COLUMN_SEQUENCE, row, ui_ink(ROLE_DIM, selected), text);
    subject_of(event, text);
    pane_cell(ui, area, table, columns, COLUMN_SUBJECT, row, ui_ink(role_of(event->kind), selected), text);
    view_tape_brief(event, text, sizeof text);
    pane_cell(ui, area, table, columns, COLUMN_WHAT, row, ui_ink(ROLE_TEXT, selected), text);
}

static const struct browse_ops list_ops = {
    .columns = columns, .column_count = COLUMN_COUNT, .id = write_id, .flows = true, .draw_row = draw_row};

/* ---- keys ----------------------------------------------------------------------------------------------------- */

static const struct tape_entry *selected(struct ui *ui)
{
    struct browse_rows rows;
    collect(ui, &rows);
    browse_place(ui, &ui->browses[VIEW_TAPE], &list_ops, &rows);
    return browse_selected(&ui->browses[VIEW_TAPE], &rows);
}

/* The event is copied: what the model keeps is written over by what comes. */
void view_tape_key_open(struct ui *ui, int key)
{
    const struct tape_entry *entry = selected(ui);
    (void)key;
    if (entry == NULL)
        return;
    ui->tape.open = *entry;
    ui->tape.top = 0;
    ui->browses[VIEW_TAPE].moved = true;
}

void view_tape_key_close(struct ui *ui, int key)
{
    (void)key;
    ui->tape.open.number = 0;
}

void view_tape_key_pause(struct ui *ui, int key)
{
    (void)key;
    ui->tape.paused_at = ui->tape.paused_at != 0 ? 0 : model_event_count(ui->model);
}

void view_tape_key_scroll(struct ui *ui, int key)
{
    ui->tape.top += key == KEYS_UP || key == 'k' ? -1 : 1;
}

/* ---- the screen ----------------------------------------------------------------------------------------------- */

static void tape_open(struct ui *ui)
{
    ui->tape.open.number = 0;
}

static void draw_list(struct ui *ui, struct area area)
{
    struct browse_rows rows;
    char right[FORMAT_SIZE + 32], count[FORMAT_SIZE];
    collect(ui, &rows);
    format_count(count, model_event_count(ui->model));
    snprintf(right, sizeof right, "%s%s events read", ui->tape.paused_at != 0 ? "PAUSED, " : "", count);
    browse_draw(ui, area, &ui->browses[VIEW_TAPE], &list_ops, &rows, "Tape", right, "Nothing was read yet.");
}

static void tape_draw(struct ui *ui)
{
    struct area body = view_begin(ui);
    if (ui->tape.open.number != 0)
        view_tape_draw_event(ui, body);
    else
        draw_list(ui, body);
    view_end(ui, ROLE_TEXT, "");
}

static unsigned tape_where(const struct ui *ui)
{
    return ui->tape.open.number != 0 ? WHERE_VIEW_EVENT : WHERE_VIEW_TAPE;
}

/* The message as it stands on the tape: its subject, a blank, its payload. */
static bool tape_copy(struct ui *ui, char *text, size_t size)
{
    const struct tape_entry *entry = ui->tape.open.number != 0 ? &ui->tape.open : selected(ui);
    char subject[SUBJECT_SIZE], payload[EVENT_PAYLOAD_SIZE];
    if (entry == NULL)
        return false;
    subject_of(&entry->event, subject);
    event_encode(&entry->event, payload, sizeof payload);
    return (size_t)snprintf(text, size, "%s %s", subject, payload) < size;
}

const struct view_ops view_tape = {
    .name = "tape", .open = tape_open, .draw = tape_draw, .where = tape_where, .list = &list_ops, .copy = tape_copy};
