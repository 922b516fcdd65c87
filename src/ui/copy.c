/* See copy.h. No terminal says whether it has taken a copy. */
#include "ui/copy.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/view.h"

enum { BASE64_SIZE = (COPY_BYTES_MAX + 2) / 3 * 4 + 1 };

static_assert(2 * BASE64_SIZE + 64 < CONTROL_SIZE, "a copy and its wrapped form fit");

static void write_base64(char *out, const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t length = strlen(text);
    const unsigned char *bytes = (const unsigned char *)text;
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        uint32_t group = (uint32_t)bytes[i] << 16 | (uint32_t)(left > 1 ? bytes[i + 1] : 0) << 8 |
                         (uint32_t)(left > 2 ? bytes[i + 2] : 0);
        *out++ = digits[group >> 18];
        *out++ = digits[group >> 12 & 63];
        *out++ = left > 1 ? digits[group >> 6 & 63] : '=';
        *out++ = left > 2 ? digits[group & 63] : '=';
    }
    *out = '\0';
}

static bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* tmux takes the plain form with `set-clipboard on` and hands the wrapped one on with `allow-passthrough on`; both do
 * no harm. */
bool copy_sequence(const char *term, const char *text, char *sequence, size_t size)
{
    char encoded[BASE64_SIZE];
    if (begins_with(term, "linux") || begins_with(term, "vt") || strlen(text) > COPY_BYTES_MAX)
        return false;
    write_base64(encoded, text);
    int length = snprintf(sequence, size, "\033]52;c;%s\a", encoded);
    if (begins_with(term, "tmux") || getenv("TMUX") != NULL)
        length += snprintf(sequence + length, size - (size_t)length, "\033Ptmux;\033\033]52;c;%s\a\033\\", encoded);
    return (size_t)length < size;
}

/* The row that is marked in the focused pane, else on the screen, from its pointer on. */
static bool read_row(const struct ui *ui, char *text, size_t size)
{
    struct area area = ui->view == VIEW_DECK ? ui->layout.panes[ui->focus] : ui->layout.body;
    for (int row = 0; row < area.rows; row++) {
        draw_read(&ui->canvas, area, row, text, size);
        char *pointer = strstr(text, draw_glyph(&ui->canvas, GLYPH_POINTER));
        if (pointer == NULL)
            continue;
        pointer += strlen(draw_glyph(&ui->canvas, GLYPH_POINTER));
        memmove(text, pointer, strlen(pointer) + 1);
        return true;
    }
    return false;
}

void copy_key(struct ui *ui, int key)
{
    char text[COPY_BYTES_MAX + 1];
    const char *term = getenv("TERM");
    const struct view_ops *view = view_current(ui);
    (void)key;
    bool found = (view->copy != NULL && view->copy(ui, text, sizeof text)) || read_row(ui, text, sizeof text);
    if (!found || text[0] == '\0') {
        ui_note(ui, ROLE_TEXT, "There is nothing to copy here.");
        return;
    }
    if (!copy_sequence(term == NULL ? "" : term, text, ui->control, sizeof ui->control)) {
        ui_note(ui, ROLE_WARNING, "A terminal of type %.40s takes no copies.", term);
        return;
    }
    ui_note(ui, ROLE_TEXT, "Copied %s", text);
}
