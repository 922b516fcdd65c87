/* Keys that the configuration changes: `[keys] buy = F2 B` gives an action other keys wherever it is in the table of
 * keys, `deck.buy = B` only in that part of it (as the help and docs/keys.md name them, with - for a blank). Pure. */
#ifndef UI_KEYMAP_H
#define UI_KEYMAP_H

#include <stdbool.h>

#include "core/error.h"

enum { KEYMAP_KEYS = 5, KEYMAP_LABEL_SIZE = 56, KEYMAP_SETTING_SIZE = 64, KEYMAP_BINDINGS_MAX = 256 };

/* All zeros: nothing is changed. */
struct keymap {
    struct keymap_change {
        char setting[KEYMAP_SETTING_SIZE]; /* that asked for it; "": not changed */
        int keys[KEYMAP_KEYS];             /* as in struct key_binding */
        char label[KEYMAP_LABEL_SIZE];
    } changes[KEYMAP_BINDINGS_MAX]; /* beside the table of keys */
};

/* Takes over a setting; later ones win. -1 (ERROR_USAGE) for an action or a key that is not known. */
int keymap_set(struct keymap *map, const char *setting, const char *value, struct error *error);

/* After all settings: whether no key means two things in one place. -1 (ERROR_USAGE) otherwise, and `*setting` is the
 * one at fault (the map's). */
int keymap_check(const struct keymap *map, const char **setting, struct error *error);

/* The code of a key by its name: one printable ASCII character, Space, Tab, S-Tab, Enter, Esc, Backspace, Up, Down,
 * Left, Right, PgUp, PgDn, Home, End, Ins, Del, F1 to F12, Ctrl-A to Ctrl-Z. 0 when there is none, or a terminal cannot
 * tell it from another one. */
int keymap_key(const char *name);

#endif
