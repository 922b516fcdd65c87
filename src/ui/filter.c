/* A filter acts while it is typed: the list shows what it leaves. */
#include "ui/filter.h"

#include <string.h>

#include "ui/keys.h"

void filter_key_open(struct ui *ui, int key)
{
    (void)key;
    ui->mode = MODE_FILTER;
    ui_filter(ui)[0] = '\0';
}

void filter_key_text(struct ui *ui, int key)
{
    ui_type(ui_filter(ui), FILTER_SIZE, key);
}

void filter_key_done(struct ui *ui, int key)
{
    /* What a filter found stays under the cursor. */
    if (ui->view == VIEW_DECK)
        ui->moved[ui->focus] = true;
    else
        ui->browses[ui->view].moved = true;
    if (key == KEYS_ESCAPE)
        ui_filter(ui)[0] = '\0';
    ui->mode = MODE_VIEW;
}
