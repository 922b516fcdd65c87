/* Events in words: in full, where it stands on the tape and then field by field as it would be written again; and in
 * brief, what its subject does not say. */
#include <stdio.h>
#include <string.h>

#include "core/subject.h"
#include "core/timestamp.h"
#include "ui/pane.h"
#include "ui/view_tape.h"

enum { NAME_COLS = 22 };

/* The end of a value that begins at `at`: the comma or bracket behind it, outside of texts and nested values. */
static const char *end_of_value(const char *at)
{
    int depth = 0;
    bool text = false;
    for (; *at != '\0'; at++) {
        if (text) {
            if (*at == '\\' && at[1] != '\0')
                at++;
            else if (*at == '"')
                text = false;
        } else if (*at == '"') {
            text = true;
        } else if (*at == '{' || *at == '[') {
            depth++;
        } else if (depth == 0 && (*at == ',' || *at == '}')) {
            break;
        } else if (*at == '}' || *at == ']') {
            depth--;
        }
    }
    return at;
}

struct lines {
    const struct ui *ui;
    struct area area;
    int top, count; /* the first line that is shown; lines so far */
};

static void put_line(struct lines *lines, const char *name, const char *value)
{
    int row = 1 + lines->count++ - lines->top;
    if (row < 1 || row >= lines->area.rows)
        return;
    const struct canvas *canvas = &lines->ui->canvas;
    draw_text(canvas, lines->area, row, 1, NAME_COLS, ui_ink(ROLE_DIM, false), name);
    draw_text(canvas, lines->area, row, 1 + NAME_COLS, lines->area.cols - NAME_COLS - 2, ui_ink(ROLE_TEXT, false),
              value);
}

struct field {
    char name[64];
    char value[EVENT_PAYLOAD_SIZE];
};

/* Takes the next `"name":value` pair of one object; false behind the last. The payload is our own encoder's, so its
 * form is known. */
static bool next_field(const char **payload, struct field *field)
{
    const char *at = *payload + 1; /* behind the brace or the comma */
    if (**payload == '\0' || *at != '"')
        return false;
    size_t length = strcspn(at + 1, "\"");
    snprintf(field->name, sizeof field->name, "%.*s", (int)length, at + 1);
    at += length + 3; /* both quotes and the colon */
    const char *end = end_of_value(at);
    bool quoted = *at == '"' && end - at >= 2;
    snprintf(field->value, sizeof field->value, "%.*s", (int)(end - at) - (quoted ? 2 : 0), at + (quoted ? 1 : 0));
    *payload = end;
    return true;
}

/* What the subject says already, and times beside that of storing. */
static bool is_left_out(const char *name)
{
    static const char *const names[] = {"symbol",    "exchange", "account",     "order_id",
                                        "timestamp", "received", "execution_id"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

void view_tape_brief(const struct event *event, char *text, size_t size)
{
    char payload[EVENT_PAYLOAD_SIZE];
    const char *at = payload;
    struct field field;
    size_t length = 0;
    bool subject_says = event->kind != EVENT_ORDER_NEW && event->kind != EVENT_ORDER_CANCEL &&
                        event->kind != EVENT_ORDER_REPLACE && event->kind != EVENT_ORDER_VALIDATED &&
                        event->kind != EVENT_ORDER_REJECTED;
    event_encode(event, payload, sizeof payload);
    text[0] = '\0';
    while (next_field(&at, &field) && length < size) {
        bool said = is_left_out(field.name) && (subject_says || strcmp(field.name, "symbol") != 0);
        if (!said)
            length += (size_t)snprintf(text + length, size - length, "%s%s %s", length > 0 ? "  " : "", field.name,
                                       field.value);
    }
}

void view_tape_draw_event(struct ui *ui, struct area area)
{
    const struct event *event = &ui->tape.open.event;
    struct lines lines = {.ui = ui, .area = area, .top = ui->tape.top};
    char subject[SUBJECT_SIZE], id[MESSAGE_ID_SIZE], number[32], stored[TIMESTAMP_TEXT_SIZE];
    char payload[EVENT_PAYLOAD_SIZE];
    const char *at = payload;
    struct field field;
    if (area_is_empty(area))
        return;
    subject_of(event, subject);
    message_id_of(event, id);
    event_encode(event, payload, sizeof payload);
    draw_rule(&ui->canvas, area, event_kind_name(event->kind), subject, true);
    snprintf(number, sizeof number, "%llu", (unsigned long long)event->sequence);
    timestamp_format(stored, event->stored_ns);
    put_line(&lines, "subject", subject);
    put_line(&lines, "sequence", number);
    put_line(&lines, "stored", stored);
    put_line(&lines, "Nats-Msg-Id", id[0] != '\0' ? id : draw_glyph(&ui->canvas, GLYPH_DASH));
    put_line(&lines, "", "");
    while (next_field(&at, &field))
        put_line(&lines, field.name, field.value);
    int most = lines.count - (area.rows - 1);
    ui->tape.top = ui->tape.top > most ? most : ui->tape.top;
    ui->tape.top = ui->tape.top < 0 ? 0 : ui->tape.top;
}
