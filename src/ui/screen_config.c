/* Each section goes to the part of the screen that it is about. */
#include "ui/screen_config.h"

#include <assert.h>
#include <string.h>

#include "ui/view.h"

static_assert((int)VIEW_COUNT <= (int)SCREEN_CONFIG_VIEWS, "each screen has its columns");

static const char watch[] = "watch.";

bool screen_config_has(const char *section)
{
    return strcmp(section, "keys") == 0 || strcmp(section, "columns") == 0 ||
           strncmp(section, watch, sizeof watch - 1) == 0;
}

static int set_columns(struct screen_config *config, const char *screen, const char *value, struct error *error)
{
    char problem[TABLE_PROBLEM_SIZE];
    for (int id = 0; id < VIEW_COUNT; id++) {
        const struct view_ops *view = view_of((enum view_id)id);
        if (strcmp(view->name, screen) != 0 || view->list == NULL)
            continue;
        if (table_choose(view->list->columns, view->list->column_count, value, &config->columns[id], problem))
            return 0;
        return error_set(error, ERROR_USAGE, "%.20s: %s", screen, problem);
    }
    return error_set(error, ERROR_USAGE, "\"%.60s\" is no screen with a list", screen);
}

int screen_config_set(struct screen_config *config, const char *section, const char *key, const char *value,
                      struct error *error)
{
    if (strcmp(section, "keys") == 0)
        return keymap_set(&config->keys, key, value, error);
    if (strcmp(section, "columns") == 0)
        return set_columns(config, key, value, error);
    return watch_groups_set(&config->groups, section + sizeof watch - 1, key, value, error);
}

int screen_config_check(const struct screen_config *config, const char **section, const char **key, struct error *error)
{
    *section = "keys";
    return keymap_check(&config->keys, key, error);
}

void screen_config_free(struct screen_config *config)
{
    watch_groups_free(&config->groups);
}
