/* Commands are the names of the bindings that work where the cursor stands, and the names of the screens. A name may be
 * cut short as long as only one is meant. */
#include "ui/command.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "ui/command_argument.h"
#include "ui/keys.h"
#include "ui/view.h"

enum { CANDIDATES_MAX = 96, NAME_SIZE = 64 };

/* What a word can mean: a command, or an argument of one. */
struct candidate {
    char name[NAME_SIZE];
    const char *help;
    const struct key_binding *binding; /* NULL: a screen, or an argument */
    enum view_id view;
};

struct candidates {
    const char *word; /* that their names begin with */
    size_t length;
    struct candidate items[CANDIDATES_MAX];
    int count;
};

/* ---- what is meant -------------------------------------------------------------------------------------------- */

static void add(struct candidates *found, const char *name, struct candidate candidate)
{
    if (strncasecmp(name, found->word, found->length) != 0 || found->count == CANDIDATES_MAX)
        return;
    text_copy(candidate.name, sizeof candidate.name, name);
    found->items[found->count++] = candidate;
}

/* A name that is typed in full stands alone. */
static void prefer_whole(struct candidates *found)
{
    for (int i = 0; i < found->count; i++) {
        if (strlen(found->items[i].name) == found->length) {
            found->items[0] = found->items[i];
            found->count = 1;
        }
    }
}

/* All whose names begin with the first word of the line. */
static void find_commands(const struct ui *ui, struct candidates *found)
{
    size_t count;
    const struct key_binding *table = keys_table(&count);
    unsigned where = view_current(ui)->where(ui);
    found->word = ui->command.text;
    found->length = strcspn(ui->command.text, " ");
    found->count = 0;
    for (int id = 0; id < VIEW_COUNT; id++)
        add(found, view_of((enum view_id)id)->name, (struct candidate){.help = "screen", .view = (enum view_id)id});
    for (size_t i = 0; i < count; i++) {
        if (table[i].command != NULL && (table[i].where & where) && !(table[i].trading && ui->readonly))
            add(found, table[i].command, (struct candidate){.help = table[i].help, .binding = &table[i]});
    }
    prefer_whole(found);
}

static void add_name(void *context, const char *name)
{
    add(context, name, (struct candidate){.help = ""});
}

/* What the last word of the line can mean: a command, or behind one, an argument of it. */
static void find(const struct ui *ui, struct candidates *found)
{
    find_commands(ui, found);
    const char *end = ui->command.text + strlen(ui->command.text), *word = end;
    if (ui->command.text[found->length] == '\0')
        return;
    const struct command_argument *argument = found->count == 1 ? command_argument_of(ui, found->items[0].name) : NULL;
    if (argument == NULL || argument->names == NULL)
        return;
    while (word[-1] != ' ' && word[-1] != ',')
        word--;
    *found = (struct candidates){.word = word, .length = (size_t)(end - word)};
    argument->names(ui, add_name, found);
}

/* ---- keys ----------------------------------------------------------------------------------------------------- */

void command_open(struct ui *ui, const char *text)
{
    ui->mode = MODE_COMMAND;
    text_copy(ui->command.text, sizeof ui->command.text, text);
}

void command_key_open(struct ui *ui, int key)
{
    (void)key;
    command_open(ui, "");
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

/* As far as all that are meant agree; a command that is whole is followed by a blank when something can follow it. */
void command_key_complete(struct ui *ui, int key)
{
    struct candidates found;
    (void)key;
    find(ui, &found);
    if (found.count == 0 || found.length >= strlen(ui->command.text) + 1)
        return;
    char *text = ui->command.text;
    size_t start = (size_t)(found.word - text), length = strlen(found.items[0].name);
    bool is_command = start == 0;
    if (is_command && text[found.length] != '\0')
        return;
    for (int i = 1; i < found.count; i++) {
        size_t same = 0;
        while (same < length && found.items[0].name[same] == found.items[i].name[same])
            same++;
        length = same;
    }
    bool was_whole = length <= found.length;
    if (start + length + 1 >= sizeof ui->command.text || length < found.length)
        return;
    memcpy(text + start, found.items[0].name, length);
    text[start + length] = '\0';
    if (is_command && was_whole && found.count == 1 && command_argument_of(ui, found.items[0].name) != NULL)
        text_copy(text + start + length, 2, " ");
}

static void act(struct ui *ui, const struct candidate *command)
{
    if (command->binding == NULL)
        view_show(ui, command->view);
    else
        command->binding->handler(ui, command->binding->keys[0]);
}

void command_key_run(struct ui *ui, int key)
{
    struct candidates found;
    char line[COMMAND_SIZE];
    const char *text = line;
    (void)key;
    find_commands(ui, &found);
    text_copy(line, sizeof line, ui->command.text); /* the command may open the line again */
    ui->mode = MODE_VIEW;
    if (line[0] == '\0')
        return;
    if (found.count != 1) {
        ui_note(ui, ROLE_WARNING, found.count == 0 ? "There is no command \"%s\" here." : "\"%s\" can mean several.",
                line);
        return;
    }
    text += strcspn(text, " ");
    text += strspn(text, " ");
    const struct command_argument *argument = command_argument_of(ui, found.items[0].name);
    if (argument != NULL && argument->take != NULL && *text != '\0' && !argument->take(ui, &text))
        return;
    act(ui, &found.items[0]);
    for (; *text != '\0' && ui->mode != MODE_VIEW; text++)
        keys_paste(ui, *text);
}

/* ---- drawing -------------------------------------------------------------------------------------------------- */

void command_draw(const struct ui *ui, struct area area)
{
    struct candidates found;
    struct ink name = {.role = ROLE_KEY}, dim = {.role = ROLE_DIM};
    char line[COMMAND_SIZE + 3];
    find(ui, &found);
    draw_fill(&ui->canvas, area, (struct ink){.role = ROLE_TEXT});
    snprintf(line, sizeof line, ":%s_", ui->command.text);
    /* Of a line that is too long its end is seen, where one types. */
    size_t length = strlen(line), room = area.cols > 4 ? (size_t)area.cols - 4 : 1;
    const char *seen = length > room ? line + length - room : line;
    int col = draw_text(&ui->canvas, area, 0, 1, 0, (struct ink){.role = ROLE_INPUT}, seen) + 2;
    if (found.count == 0)
        draw_text(&ui->canvas, area, 0, col, 0, (struct ink){.role = ROLE_WARNING},
                  found.word == ui->command.text ? "no such command" : "none begins so");
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
