/* A filter acts while it is typed: the list shows what it leaves. */
#include "ui/filter.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/keys.h"

/* ---- matching ------------------------------------------------------------------------------------------------- */

/* Counts and references to groups can take time and memory without bound, which no filter is worth. Returns what is
 * wrong; NULL when nothing is. */
static const char *refusal(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '{')
            return "counts in {} are not taken";
        if (*text == '\\' && text[1] >= '1' && text[1] <= '9')
            return "references to groups are not taken";
        if (*text == '\\' && text[1] != '\0')
            text++;
    }
    return NULL;
}

static void compile(struct filter *filter)
{
    const char *refused = refusal(filter->text);
    if (refused != NULL) {
        text_copy(filter->problem, sizeof filter->problem, refused);
        return;
    }
    int result = regcomp(&filter->expression, filter->text, REG_EXTENDED | REG_ICASE | REG_NOSUB);
    filter->is_expression = result == 0;
    if (result != 0)
        regerror(result, &filter->expression, filter->problem, sizeof filter->problem);
}

void filter_clear(struct filter *filter)
{
    if (filter->is_expression)
        regfree(&filter->expression);
    *filter = (struct filter){0};
}

void filter_set(struct filter *filter, const char *text)
{
    filter_clear(filter);
    text_copy(filter->text, sizeof filter->text, text);
    if (strpbrk(filter->text, "^$*+?()[]|\\") != NULL)
        compile(filter);
}

bool filter_matches(const struct filter *filter, const char *text)
{
    if (filter->is_expression)
        return regexec(&filter->expression, text, 0, NULL, 0) == 0;
    return filter->text[0] == '\0' || strcasestr(text, filter->text) != NULL;
}

/* ---- keys ----------------------------------------------------------------------------------------------------- */

void filter_key_open(struct ui *ui, int key)
{
    (void)key;
    ui->mode = MODE_FILTER;
    filter_clear(ui_filter(ui));
}

void filter_key_text(struct ui *ui, int key)
{
    struct filter *filter = ui_filter(ui);
    char text[FILTER_SIZE];
    text_copy(text, sizeof text, filter->text);
    ui_type(text, sizeof text, key);
    filter_set(filter, text);
    if (filter->problem[0] != '\0')
        ui_note(ui, ROLE_WARNING, "No regular expression, so taken as text: %s.", filter->problem);
    else
        ui->note_until_ns = 0;
}

void filter_key_done(struct ui *ui, int key)
{
    /* What a filter found stays under the cursor. */
    if (ui->view == VIEW_DECK)
        ui->moved[ui->focus] = true;
    else
        ui->browses[ui->view].moved = true;
    if (key == KEYS_ESCAPE)
        filter_clear(ui_filter(ui));
    ui->mode = MODE_VIEW;
}
