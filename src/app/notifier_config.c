/* See notifier_config.h. */
#include "app/notifier_config.h"

#include <stdlib.h>
#include <string.h>

#include "app/paths.h"
#include "core/decimal.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "engine/settings.h"

/* A try has to end before the worker's acknowledgement is due. */
#define LEAST_TIMEOUT_NS   (100 * NS_PER_MS)
#define LARGEST_TIMEOUT_NS (25 * NS_PER_SECOND)
#define LARGEST_RETRY_NS   (60 * NS_PER_SECOND)

static struct notifier_config *find(struct notifiers_config *config, const char *name, struct error *error)
{
    for (size_t i = 0; i < config->count; i++) {
        if (strcmp(config->items[i].name, name) == 0)
            return &config->items[i];
    }
    if (!text_is_id(name, strlen(name), NOTIFIER_NAME_SIZE - 1)) {
        error_set(error, ERROR_USAGE, "'%.60s' is no name of a notifier: 1 to 32 letters, digits, '-' and '_'", name);
        return NULL;
    }
    if (config->count == NOTIFIERS_MAX) {
        error_set(error, ERROR_USAGE, "there are more than %d notifiers", NOTIFIERS_MAX);
        return NULL;
    }
    struct notifier_config *added = &config->items[config->count++];

    *added = (struct notifier_config){.severity = SEVERITY_WARNING,
                                      .timeout_ns = 5 * NS_PER_SECOND,
                                      .retry_ns = 5 * NS_PER_SECOND,
                                      .max_age_ns = 3600 * NS_PER_SECOND,
                                      .digest_period_ns = 10 * NS_PER_SECOND};
    text_copy(added->name, sizeof(added->name), name);
    return added;
}

static int set_text(char **field, const char *text)
{
    char *copy = strdup(text);

    if (copy == NULL)
        abort();
    free(*field);
    *field = copy;
    return 0;
}

static int set_path(char **field, const char *text, struct error *error)
{
    char path[PATHS_SIZE];

    return paths_absolute(path, text, error) == 0 ? set_text(field, path) : -1;
}

static int set_duration(const char *key, const char *text, int64_t least_ns, int64_t largest_ns, int64_t *duration_ns,
                        struct error *error)
{
    int64_t value_ns;

    if (setting_duration(key, text, &value_ns, error) != 0)
        return -1;
    if (value_ns < least_ns || value_ns > largest_ns)
        return error_set(error, ERROR_USAGE, "%s: \"%s\" is not from %lld ms to %lld s", key, text,
                         (long long)(least_ns / NS_PER_MS), (long long)(largest_ns / NS_PER_SECOND));
    *duration_ns = value_ns;
    return 0;
}

static int set_count_or_off(const char *key, const char *text, int64_t *count, struct error *error)
{
    int64_t value = 0;

    if (strcmp(text, "off") != 0 && (!decimal_parse(text, strlen(text), 0, &value) || value < 1 || value > 1000000))
        return error_set(error, ERROR_USAGE, "%s: \"%s\" is neither off nor a whole number from 1 to 1000000", key,
                         text);
    *count = value;
    return 0;
}

int notifiers_config_set(struct notifiers_config *config, const char *name, const char *key, const char *value,
                         struct error *error)
{
    struct notifier_config *notifier = find(config, name, error);

    if (notifier == NULL)
        return -1;
    if (value[0] == '\0')
        return error_set(error, ERROR_USAGE, "%s: the value is empty", key);
    if (strcmp(key, "webhook") == 0)
        return strstr(value, "://") != NULL ? set_text(&notifier->webhook, value)
                                            : set_path(&notifier->webhook, value, error);
    if (strcmp(key, "secret") == 0)
        return set_path(&notifier->secret, value, error);
    if (strcmp(key, "command") == 0)
        return set_text(&notifier->command, value);
    if (strcmp(key, "severity") == 0)
        return severity_from_name(value, &notifier->severity) == 0
                   ? 0
                   : error_set(error, ERROR_USAGE, "severity: \"%s\" is none of info, warning and critical", value);
    if (strcmp(key, "timeout") == 0)
        return set_duration(key, value, LEAST_TIMEOUT_NS, LARGEST_TIMEOUT_NS, &notifier->timeout_ns, error);
    if (strcmp(key, "retry") == 0)
        return set_duration(key, value, NS_PER_MS, LARGEST_RETRY_NS, &notifier->retry_ns, error);
    if (strcmp(key, "max_age") == 0)
        return setting_duration(key, value, &notifier->max_age_ns, error);
    if (strcmp(key, "digest_above") == 0)
        return set_count_or_off(key, value, &notifier->digest_above, error);
    if (strcmp(key, "digest_period") == 0)
        return set_duration(key, value, LEAST_TIMEOUT_NS, LARGEST_TIMEOUT_NS, &notifier->digest_period_ns, error);
    return error_set(error, ERROR_USAGE, "[notifier.%s] has no key \"%s\"", name, key);
}

int notifiers_config_check(const struct notifiers_config *config, struct error *error)
{
    for (size_t i = 0; i < config->count; i++) {
        const struct notifier_config *notifier = &config->items[i];

        if ((notifier->webhook != NULL) == (notifier->command != NULL))
            return error_set(error, ERROR_USAGE, "[notifier.%s] needs a webhook or a command%s", notifier->name,
                             notifier->webhook != NULL ? ", not both" : "");
        if (notifier->secret != NULL && notifier->webhook == NULL)
            return error_set(error, ERROR_USAGE, "[notifier.%s]: the secret signs a webhook, and there is none",
                             notifier->name);
    }
    return 0;
}

void notifiers_config_free(struct notifiers_config *config)
{
    for (size_t i = 0; i < config->count; i++) {
        free(config->items[i].webhook);
        free(config->items[i].secret);
        free(config->items[i].command);
    }
    *config = (struct notifiers_config){0};
}
