/* The names of keys and of actions, and what two changes can do to each other. */
#include "ui/keymap.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ui/keys.h"

static_assert((int)KEYMAP_KEYS == (int)KEYS_PER_BINDING, "a change has as many keys as a binding");

/* ---- names of keys -------------------------------------------------------------------------------------------- */

static int control_key(const char *letter)
{
    /* Ctrl-C is a signal; terminals send the others for Backspace, Tab and Enter. */
    if (letter[0] < 'A' || letter[0] > 'Z' || letter[1] != '\0' || strchr("CHIJM", letter[0]) != NULL)
        return 0;
    return letter[0] - '@';
}

static int function_key(const char *number)
{
    int value = 0;
    for (int i = 0; number[i] != '\0'; i++) {
        if (!isdigit((unsigned char)number[i]) || i > 1)
            return 0;
        value = value * 10 + number[i] - '0';
    }
    return value >= 1 && value <= 12 ? KEYS_F1 + value - 1 : 0;
}

int keymap_key(const char *name)
{
    static const struct {
        const char *name;
        int key;
    } named[] = {
        {"Space", ' '},        {"Tab", KEYS_TAB},      {"S-Tab", KEYS_BACK_TAB},
        {"Enter", KEYS_ENTER}, {"Esc", KEYS_ESCAPE},   {"Backspace", KEYS_BACKSPACE},
        {"Up", KEYS_UP},       {"Down", KEYS_DOWN},    {"Left", KEYS_LEFT},
        {"Right", KEYS_RIGHT}, {"PgUp", KEYS_PAGE_UP}, {"PgDn", KEYS_PAGE_DOWN},
        {"Home", KEYS_HOME},   {"End", KEYS_END},      {"Ins", KEYS_INSERT},
        {"Del", KEYS_DELETE},
    };
    if (name[0] > ' ' && name[0] < 0x7f && name[1] == '\0')
        return name[0];
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        if (strcmp(name, named[i].name) == 0)
            return named[i].key;
    }
    if (strncmp(name, "Ctrl-", 5) == 0)
        return control_key(name + 5);
    return name[0] == 'F' ? function_key(name + 1) : 0;
}

static int read_keys(struct keymap_change *change, const char *setting, const char *value, struct error *error)
{
    int count = 0;
    size_t length = 0;
    for (value += strspn(value, " \t"); *value != '\0'; value += strspn(value, " \t")) {
        char name[16];
        size_t bytes = strcspn(value, " \t");
        snprintf(name, sizeof name, "%.*s", (int)bytes, value);
        int key = bytes < sizeof name ? keymap_key(name) : 0;
        if (key == 0)
            return error_set(error, ERROR_USAGE, "%.40s: there is no key \"%.*s\"", setting, (int)bytes, value);
        if (count == KEYMAP_KEYS)
            return error_set(error, ERROR_USAGE, "%.40s: an action has at most %d keys", setting, KEYMAP_KEYS);
        change->keys[count++] = key;
        length +=
            (size_t)snprintf(change->label + length, sizeof change->label - length, "%s%s", count > 1 ? " " : "", name);
        value += bytes;
    }
    return count > 0 ? 0 : error_set(error, ERROR_USAGE, "%.40s: an action needs a key", setting);
}

/* ---- names of actions ----------------------------------------------------------------------------------------- */

/* "Order ticket, sent" is order-ticket-sent here. */
static bool is_section(const char *section, const char *name, size_t length)
{
    char slug[64];
    size_t used = 0;
    for (; *section != '\0' && used + 1 < sizeof slug; section++) {
        if (*section != ',')
            slug[used++] = *section == ' ' ? '-' : (char)tolower((unsigned char)*section);
    }
    return used == length && strncmp(slug, name, length) == 0;
}

static bool is_named(const struct key_binding *binding, const char *setting)
{
    const char *point = strchr(setting, '.');
    const char *command = point == NULL ? setting : point + 1;
    if (binding->command == NULL || strcmp(binding->command, command) != 0)
        return false;
    return point == NULL || is_section(keys_section(binding), setting, (size_t)(point - setting));
}

int keymap_set(struct keymap *map, const char *setting, const char *value, struct error *error)
{
    struct keymap_change change = {0};
    size_t count;
    const struct key_binding *table = keys_table(&count);
    bool any = false;
    if (!text_copy(change.setting, sizeof change.setting, setting))
        return error_set(error, ERROR_USAGE, "there is no action \"%.60s…\"", setting);
    if (read_keys(&change, setting, value, error) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (is_named(&table[i], setting)) {
            map->changes[i] = change;
            any = true;
        }
    }
    return any ? 0
               : error_set(error, ERROR_USAGE, "there is no action \"%.60s\"; `?` and docs/keys.md name them", setting);
}

/* ---- conflicts ------------------------------------------------------------------------------------------------ */

/* Both are looked at as they are after the changes: a key that another action gave up is free. */
static int common_key(const struct keymap *map, const struct key_binding *table, size_t a, size_t b)
{
    const int *keys = map->changes[a].keys;
    for (int i = 0; i < KEYMAP_KEYS && keys[i] != 0; i++) {
        if (keys_takes(map, &table[b], keys[i]))
            return i;
    }
    return -1;
}

int keymap_check(const struct keymap *map, const char **setting, struct error *error)
{
    size_t count;
    const struct key_binding *table = keys_table(&count);
    for (size_t a = 0; a < count; a++) {
        for (size_t b = 0; b < count && map->changes[a].setting[0] != '\0'; b++) {
            bool anything = table[b].keys[0] == KEYS_ANY; /* it takes what others leave */
            if (a == b || (table[a].where & table[b].where) == 0 || anything || common_key(map, table, a, b) < 0)
                continue;
            const char *label = map->changes[a].label;
            *setting = map->changes[a].setting;
            return error_set(error, ERROR_USAGE, "%.40s: of \"%.40s\" a key is taken: \"%s\" (%s)", *setting, label,
                             table[b].help, keys_section(&table[b]));
        }
    }
    return 0;
}
