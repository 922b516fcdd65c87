/* Texts are compared, not values: what the events carry is what the files have. */
#include "app/reload.h"

#include <stdlib.h>
#include <string.h>

#include "app/sections.h"
#include "core/clock.h"
#include "core/text.h"
#include "core/unique.h"

/* One comparison. */
struct comparison {
    struct reload *reload;
    const struct options *running;
    const char *by;
    char request_id[UNIQUE_ID_SIZE];
    struct error *error;
};

static bool is_of_checks(const char *section)
{
    return strcmp(section, "checks") == 0 || strncmp(section, "checks.", strlen("checks.")) == 0;
}

/* Says which line it is, or, for what stands in no file any more, the key. */
static int needs_restart(const struct comparison *comparison, const struct config_entry *entry, const char *section,
                         const char *key)
{
    if (entry != NULL)
        return config_error(entry, comparison->error, "a change of %s in [%s] needs a restart; nothing was changed",
                            key, section);
    return error_set(comparison->error, ERROR_USAGE, "[%s] has lost %s, which needs a restart; nothing was changed",
                     section, key);
}

static int add_change(const struct comparison *comparison, const struct config_entry *entry, const char *section,
                      const char *key, const char *value, const char *old)
{
    struct reload *reload = comparison->reload;
    bool may_change = is_of_checks(section) ? checks_config_may_change(key) : risk_config_may_change(key, value, old);
    struct event event = event_empty(EVENT_LIMITS);

    if (!may_change || !text_copy(event.limits.section, sizeof(event.limits.section), section) ||
        !text_copy(event.limits.key, sizeof(event.limits.key), key) ||
        !text_copy(event.limits.value, sizeof(event.limits.value), value) ||
        !text_copy(event.limits.old, sizeof(event.limits.old), old))
        return needs_restart(comparison, entry, section, key);
    text_copy(event.limits.by, sizeof(event.limits.by), comparison->by);
    text_copy(event.limits.request_id, sizeof(event.limits.request_id), comparison->request_id);
    event.limits.timestamp_ns = clock_wall_ns();
    reload->events = reallocarray(reload->events, reload->count + 1, sizeof(*reload->events));
    if (reload->events == NULL)
        abort();
    reload->events[reload->count++] = event;
    return 0;
}

static int compare_key(const struct comparison *comparison, const char *section, const char *key)
{
    const struct config_entry *entry, *before;
    const char *value = sections_text(&comparison->reload->fresh, section, key, &entry);
    const char *old = sections_text(comparison->running, section, key, &before);

    if (value == NULL)
        return needs_restart(comparison, NULL, section, key);
    if (old != NULL && strcmp(value, old) == 0)
        return 0;
    return add_change(comparison, entry, section, key, value, old != NULL ? old : "");
}

static bool is_added(const struct reload *reload, const char *section, const char *key)
{
    for (size_t i = 0; i < reload->count; i++) {
        const struct limit_change *change = &reload->events[i].limits;

        if (strcmp(change->section, section) == 0 && text_equal_nocase(change->key, key))
            return true;
    }
    return false;
}

/* The keys of sections that only a file can name, such as the checks of one account. */
static int compare_named(const struct comparison *comparison, const struct config *config)
{
    for (size_t i = 0; i < config->count; i++) {
        const struct config_entry *entry = &config->entries[i];

        if (strncmp(entry->section, "checks.", strlen("checks.")) == 0 &&
            !is_added(comparison->reload, entry->section, entry->key) &&
            compare_key(comparison, entry->section, entry->key) != 0)
            return -1;
    }
    return 0;
}

static int compare(const struct comparison *comparison)
{
    for (size_t i = 0; i < SECTION_KEY_COUNT; i++) {
        const struct section_key *own = &SECTION_KEYS[i];
        bool is_limit = strcmp(own->section, "checks") == 0 || strcmp(own->section, "risk") == 0;

        if (is_limit && compare_key(comparison, own->section, own->key) != 0)
            return -1;
    }
    if (compare_named(comparison, &comparison->reload->fresh.config) != 0)
        return -1;
    return compare_named(comparison, &comparison->running->config);
}

int reload_read(struct reload *reload, const struct options *running, const char *by, struct error *error)
{
    struct comparison comparison = {.reload = reload, .running = running, .by = by, .error = error};

    *reload = (struct reload){0};
    if (options_reread(&reload->fresh, running, error) != 0)
        return -1;
    unique_id(comparison.request_id);
    if (compare(&comparison) == 0)
        return 0;
    options_free(&reload->fresh);
    reload_free(reload);
    return -1;
}

void reload_free(struct reload *reload)
{
    free(reload->events);
    reload->events = NULL;
    reload->count = 0;
}
