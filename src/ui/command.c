/* Commands are the names of the bindings that work where the cursor stands, and the names of the screens. A name may be
 * cut short as long as only one is meant. */
#include "ui/command.h"

#include <stdio.h>
#include <string.h>

#include "ui/keys.h"
#include "ui/view.h"

enum { CANDIDATES_MAX = 96 };

struct candidate {
    const char *name, *help;
    const struct key_binding *binding; /* NULL: a screen */
    enum view_id view;
};

struct candidates {
    struct candidate items[CANDIDATES_MAX];
    int count;
};

static void add(struct candidates *found, const char *word, size_t length, struct candidate candidate)
{
    if (strncmp(candidate.name, word, length) == 0 && found->count < CANDIDATES_MAX)
        found->items[found->count++] = candidate;
}

/* All whose names begin with the first word of the line. A name that is typed in full stands alone. */
static void find(const struct ui *ui, struct candidates *found)
{
    size_t count, length = strcspn(ui->command.text, " ");
    const struct key_binding *table = keys_table(&count);
    unsigned where = view_current(ui)->where(ui);
    found->count = 0;
    for (int id = 0; id < VIEW_COUNT; id++)
        add(found, ui->command.text, length,
            (struct candidate){.name = view_of((enum view_id)id)->name, .help = "screen", .view = (enum view_id)id});
    for (size_t i = 0; i < count; i++) {
        if (table[i].command != NULL && (table[i].where & where) && !(table[i].trading && ui->readonly))
            add(found, ui->command.text, length,
                (struct candidate){.name = table[i].command, .help = table[i].help, .binding = &table[i]});
    }
    for (int i = 0; i < found->count; i++) {
        if (strlen(found->items[i].name) == length) {
            found->items[0] = found->items[i];
            found->count = 1;
        }
    }
}

void command_key_open(struct ui *ui, int key)
{
    (void)key;
    ui->mode = MODE_COMMAND;
    ui->command.text[0] = '\0';
}

void command_key_close(struct ui *ui, int key)
{
    (void)key;
    ui->mode = MODE_VIEW;
}

void command_key_text(struct ui *ui, int key)
{
    if (key == KEYS_BACKSPACE && ui->command.text[0] == '\0')
        ui->mode = MODE_VIEW;
    ui_type(ui->command.text, sizeof ui->command.text, key);
}

void command_key_complete(struct ui *ui, int key)
{
    struct candidates found;
    char *text = ui->command.text;
    size_t length = strlen(text);
    (void)key;
    find(ui, &found);
    if (found.count == 0 || strchr(text, ' ') != NULL)
        return;
    /* As far as all that are meant agree. */
    for (; length + 1 < sizeof ui->command.text; length++) {
        char next = found.items[0].name[length];
        for (int i = 1; i < found.count; i++) {
            if (found.items[i].name[length] != next)
                next = '\0';
        }
        if (next == '\0')
            break;
        text[length] = next;
        text[length + 1] = '\0';
    }
}

const char *command_argument(const struct ui *ui)
{
    const char *text = ui->command.text + strcspn(ui->command.text, " ");
    return ui->command.runs ? text + strspn(text, " ") : "";
}

void command_key_run(struct ui *ui, int key)
{
    struct candidates found;
    const char *text = ui->command.text;
    (void)key;
    find(ui, &found);
    ui->mode = MODE_VIEW;
    if (text[0] == '\0')
        return;
    if (found.count != 1) {
        ui_note(ui, ROLE_WARNING, found.count == 0 ? "There is no command \"%s\" here." : "\"%s\" can mean several.",
                text);
        return;
    }
    ui->command.runs = true;
    text = command_argument(ui);
    if (found.items[0].binding != NULL) {
        found.items[0].binding->handler(ui, found.items[0].binding->keys[0]);
    } else {
        view_show(ui, found.items[0].view);
        if (text[0] != '\0' && view_current(ui)->argument != NULL)
            view_current(ui)->argument(ui, text);
    }
    ui->command.runs = false;
    for (; *text != '\0' && ui->mode != MODE_VIEW; text++)
        keys_paste(ui, *text);
}

void command_draw(const struct ui *ui, struct area area)
{
    struct candidates found;
    struct ink name = {.role = ROLE_KEY}, dim = {.role = ROLE_DIM};
    char line[sizeof ui->command.text + 3];
    find(ui, &found);
    draw_fill(&ui->canvas, area, (struct ink){.role = ROLE_TEXT});
    snprintf(line, sizeof line, ":%s_", ui->command.text);
    int col = draw_text(&ui->canvas, area, 0, 1, 0, (struct ink){.role = ROLE_INPUT}, line) + 2;
    if (found.count == 0)
        draw_text(&ui->canvas, area, 0, col, 0, (struct ink){.role = ROLE_WARNING}, "no such command");
    for (int i = 0; i < found.count; i++) {
        const char *help = found.count <= 3 ? found.items[i].help : "";
        int width = draw_width(found.items[i].name, ui->canvas.ascii) + draw_width(help, ui->canvas.ascii) + 4;
        if (col + width >= area.cols && i > 0)
            break;
        col = draw_text(&ui->canvas, area, 0, col, 0, name, found.items[i].name) + 1;
        if (help[0] != '\0')
            col = draw_text(&ui->canvas, area, 0, col, 0, dim, help) + 2;
    }
}
