/* The alerts as the screen looks at them for every frame. */
#include <stdlib.h>

#include "ui/model_private.h"

/* Counts one alert; what is shelved comes back later. */
static void digest_add(struct model *model, const struct alert_entry *entry, int64_t wall_ns)
{
    struct alert_digest *digest = &model->digest;
    enum severity severity = entry->alert.severity;
    if (alert_entry_is_shelved(entry, wall_ns)) {
        if (entry->shelved_until_ns < model->digest_until_ns)
            model->digest_until_ns = entry->shelved_until_ns;
        return;
    }
    if (entry->alert.raised && !entry->acknowledged && entry->sequence > digest->wanting[severity])
        digest->wanting[severity] = entry->sequence;
}

const struct alert_digest *model_alert_digest(struct model *model, int64_t wall_ns)
{
    struct alert_digest *digest = &model->digest;
    uint64_t version = 1 + alert_list_version(model->alerts);
    if (version == model->digest_version && wall_ns >= model->digest_from_ns && wall_ns < model->digest_until_ns)
        return digest;
    if (digest->entries == NULL)
        digest->entries = calloc(ALERT_LIST_MAX, sizeof *digest->entries);
    if (digest->entries == NULL)
        abort();
    model->digest_version = version;
    model->digest_from_ns = wall_ns;
    model->digest_until_ns = INT64_MAX;
    for (int severity = 0; severity <= SEVERITY_CRITICAL; severity++)
        digest->wanting[severity] = 0;
    digest->count = alert_list_sorted(model->alerts, wall_ns, digest->entries, ALERT_LIST_MAX);
    digest->counts = alert_list_counts(model->alerts, wall_ns);
    for (size_t i = 0; i < digest->count; i++)
        digest_add(model, digest->entries[i], wall_ns);
    return digest;
}
