/* Small things that every pane needs. */
#include "ui/ui.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/timestamp.h"
#include "ui/keys.h"
#include "ui/screen_config.h"
#include "ui/sweep.h"

void ui_free(struct ui *ui)
{
    for (int kind = 0; kind < SWEEP_KINDS; kind++)
        sweep_drop(&ui->sweeps[kind]);
    free(ui->hits);
    for (int i = 0; i < PANE_FOCUSABLE; i++)
        filter_clear(&ui->filters[i]);
    for (int i = 0; i < VIEW_COUNT; i++)
        filter_clear(&ui->browses[i].filter);
    model_destroy(ui->model);
}

const struct keymap *ui_keymap(const struct ui *ui)
{
    return ui->config == NULL ? NULL : &ui->config->keys;
}

void ui_note(struct ui *ui, enum role role, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(ui->note, sizeof ui->note, format, arguments);
    va_end(arguments);
    ui->note_role = role;
    ui->note_until_ns = ui->monotonic_ns + 6 * NS_PER_SECOND;
}

uint64_t ui_publish(struct ui *ui, const struct event *event)
{
    uint64_t cookie = ui->last_cookie + 1;
    if (!model_request_sent(ui->model, event, cookie, ui->monotonic_ns)) {
        ui_note(ui, ROLE_CRITICAL, "Not sent: %d requests are still unanswered.", MODEL_REQUESTS);
        return 0;
    }
    ui->last_cookie = cookie;
    if (!ui->actions.publish(ui->actions.context, event, cookie)) {
        model_request_answered(ui->model, cookie, REQUEST_STATE_REFUSED, "the queue to the server is full",
                               ui->monotonic_ns);
        ui_note(ui, ROLE_CRITICAL, "Not sent: the queue to the server is full.");
        return 0;
    }
    return cookie;
}

void ui_type(char *text, size_t size, int key)
{
    size_t length = strlen(text);
    if (key == KEYS_BACKSPACE) {
        if (length > 0)
            text[length - 1] = '\0';
    } else if (length + 1 < size) {
        text[length] = (char)key;
        text[length + 1] = '\0';
    }
}

struct filter *ui_filter(struct ui *ui)
{
    return ui->view == VIEW_DECK ? &ui->filters[ui->focus] : &ui->browses[ui->view].filter;
}

bool ui_matches(const struct ui *ui, enum pane_id pane, const char *text)
{
    return filter_matches(&ui->filters[pane], text);
}

struct area ui_dialogue(struct area around, int rows)
{
    return area_centred(around, rows, around.cols <= 84 ? around.cols : 66);
}

struct ink ui_ink(enum role role, bool selected)
{
    return (struct ink){.role = role, .ground = selected ? GROUND_SELECTED : GROUND_SCREEN};
}

enum role ui_role_of(int sign)
{
    return sign > 0 ? ROLE_GAIN : sign < 0 ? ROLE_LOSS : ROLE_TEXT;
}

const char *ui_arrow(const struct ui *ui, int sign)
{
    if (sign == 0)
        return "";
    return draw_glyph(&ui->canvas, sign > 0 ? GLYPH_UP : GLYPH_DOWN);
}

int ui_sign(int128 money)
{
    return money == MONEY_NONE ? 0 : (money > 0) - (money < 0);
}
