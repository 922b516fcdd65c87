/* Reading the groups. Whether an instrument exists is not asked here: it may come with the first quote. */
#include "ui/watch_groups.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

static struct watch_group *group_of(struct watch_groups *groups, const char *name, struct error *error)
{
    if (!text_is_id(name, strlen(name), WATCH_GROUP_NAME_SIZE - 1) || text_equal_nocase(name, "all")) {
        error_set(error, ERROR_USAGE,
                  "[watch.%.40s]: a group's name has 1 to %d letters, digits, - and _, and is not \"all\"", name,
                  WATCH_GROUP_NAME_SIZE - 1);
        return NULL;
    }
    for (int i = 0; i < groups->count; i++) {
        if (text_equal_nocase(groups->groups[i].name, name))
            return &groups->groups[i];
    }
    if (groups->count == WATCH_GROUPS_MAX) {
        error_set(error, ERROR_USAGE, "there are more than %d groups", WATCH_GROUPS_MAX);
        return NULL;
    }
    struct watch_group *group = &groups->groups[groups->count++];
    text_copy(group->name, sizeof group->name, name);
    return group;
}

/* AAPL, or AAPL@NYSE. */
static bool read_symbol(struct watch_symbol *symbol, const char *text, size_t length)
{
    const char *at = memchr(text, '@', length);
    size_t name = at == NULL ? length : (size_t)(at - text), exchange = at == NULL ? 0 : length - name - 1;
    *symbol = (struct watch_symbol){0};
    if (name == 0 || name >= sizeof symbol->symbol || (at != NULL && exchange == 0) ||
        exchange >= sizeof symbol->exchange)
        return false;
    memcpy(symbol->symbol, text, name);
    for (size_t i = 0; i < exchange; i++)
        symbol->exchange[i] = (char)toupper((unsigned char)at[1 + i]);
    return true;
}

static int set_symbols(struct watch_group *group, const char *value, struct error *error)
{
    static const char separators[] = " \t,";
    free(group->symbols);
    group->count = 0;
    group->symbols = calloc(WATCH_SYMBOLS_MAX, sizeof *group->symbols);
    if (group->symbols == NULL)
        abort();
    for (value += strspn(value, separators); *value != '\0'; value += strspn(value, separators)) {
        size_t length = strcspn(value, separators);
        if (group->count == WATCH_SYMBOLS_MAX)
            return error_set(error, ERROR_USAGE, "symbols: there are more than %d", WATCH_SYMBOLS_MAX);
        if (!read_symbol(&group->symbols[group->count++], value, length))
            return error_set(error, ERROR_USAGE, "symbols: \"%.*s\" is neither SYMBOL nor SYMBOL@EXCHANGE",
                             length < 60 ? (int)length : 60, value);
        value += length;
    }
    return group->count > 0 ? 0 : error_set(error, ERROR_USAGE, "symbols: there is none");
}

int watch_groups_set(struct watch_groups *groups, const char *name, const char *key, const char *value,
                     struct error *error)
{
    if (strcmp(key, "symbols") != 0)
        return error_set(error, ERROR_USAGE, "[watch.%.40s] has no key \"%.60s\"", name, key);
    struct watch_group *group = group_of(groups, name, error);
    return group == NULL ? -1 : set_symbols(group, value, error);
}

void watch_groups_free(struct watch_groups *groups)
{
    for (int i = 0; i < groups->count; i++)
        free(groups->groups[i].symbols);
    *groups = (struct watch_groups){0};
}
