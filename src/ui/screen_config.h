/* What the configuration says about the screen: [keys], [columns] and [watch.NAME]. Filled at the start, read by the
 * screen afterwards. */
#ifndef UI_SCREEN_CONFIG_H
#define UI_SCREEN_CONFIG_H

#include "core/error.h"
#include "ui/keymap.h"
#include "ui/table.h"
#include "ui/watch_groups.h"

enum { SCREEN_CONFIG_VIEWS = 16 };

/* All zeros: what is built in. */
struct screen_config {
    struct keymap keys;
    struct column_choice columns[SCREEN_CONFIG_VIEWS]; /* by enum view_id */
    struct watch_groups groups;
};

/* True for the sections that are the screen's. */
bool screen_config_has(const char *section);

/* Takes over one setting of them. -1 (ERROR_USAGE) with what is wrong with it. */
int screen_config_set(struct screen_config *config, const char *section, const char *key, const char *value,
                      struct error *error);

/* After all settings: whether they agree. -1 otherwise, and the setting at fault (the config's). */
int screen_config_check(const struct screen_config *config, const char **section, const char **key,
                        struct error *error);
void screen_config_free(struct screen_config *config);

#endif
