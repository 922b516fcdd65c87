/* See look.h. */
#include "ui/look.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "ui/ui.h"

struct look {
    const char *const *directories;
    char name[1024]; /* as it was asked for */
    struct theme theme;
    struct palette palette;
    struct stat file; /* as it was read; all zero without one */
    int64_t looked_ns;
};

/* As it is now; all zero when there is none. */
static struct stat status_of(const char *path)
{
    struct stat status;
    if (path[0] == '\0' || stat(path, &status) != 0)
        memset(&status, 0, sizeof status);
    return status;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static bool wear(struct look *look, const char *name, char warning[THEME_WARNING_SIZE])
{
    text_copy(look->name, sizeof look->name, name == NULL ? "" : name);
    bool whole = theme_load(&look->theme, look->name, look->directories, warning);
    look->file = status_of(look->theme.path);
    palette_init(&look->palette, &look->theme);
    return whole;
}

struct look *look_create(const char *theme, const char *const *directories, char warning[THEME_WARNING_SIZE])
{
    struct look *look = calloc(1, sizeof *look);
    if (look == NULL)
        abort();
    look->directories = directories;
    wear(look, theme, warning);
    return look;
}

void look_destroy(struct look *look)
{
    free(look);
}

const struct palette *look_palette(const struct look *look)
{
    return &look->palette;
}

static void change(struct ui *ui, const char *name, const char *how)
{
    char warning[THEME_WARNING_SIZE], chosen[sizeof ui->look->name];
    text_copy(chosen, sizeof chosen, name); /* it may be the look's own */
    if (wear(ui->look, chosen, warning))
        ui_note(ui, ROLE_TEXT, "Theme %s%s.", ui->look->theme.name, how);
    else
        ui_note(ui, ROLE_WARNING, "%s", warning);
    ui->redraw = true;
}

void look_follow(struct ui *ui)
{
    struct look *look = ui->look;
    if (look->theme.path[0] == '\0' || ui->monotonic_ns - look->looked_ns < NS_PER_SECOND)
        return;
    look->looked_ns = ui->monotonic_ns;
    struct stat now = status_of(look->theme.path);
    /* An editor may be about to put the new one in its place. */
    if (now.st_ino != 0 && !same_file(&now, &look->file))
        change(ui, look->name, ", read again since its file has changed");
}

void look_wear(struct ui *ui, const char *name)
{
    change(ui, name, "");
}

bool look_name_after(const struct ui *ui, const char *name, char *next, size_t size)
{
    return theme_name_after(name, ui->look->directories, next, size);
}

void look_key_theme(struct ui *ui, int key)
{
    char next[64];
    (void)key;
    if (look_name_after(ui, ui->look->theme.name, next, sizeof next))
        change(ui, next, "");
    else
        ui_note(ui, ROLE_TEXT, "No other theme is installed.");
}

void look_key_reload(struct ui *ui, int key)
{
    (void)key;
    change(ui, ui->look->name, ", read again");
}
