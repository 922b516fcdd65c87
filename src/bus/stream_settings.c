/* One line for each setting that is compared: its name, where it stands in nats.c's struct, and how it is read. */
#include "bus/stream_settings.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"

enum setting_kind { DURATION, BYTES, COUNT, LIMIT, YES_NO, RETENTION, STORAGE, DISCARD };

static const struct setting_spec {
    const char *name;
    enum setting_kind kind;
    size_t offset, size;
} SPECS[] = {
#define SETTING(name, kind, member)                                                                                    \
    {                                                                                                                  \
        name, kind, offsetof(jsStreamConfig, member), sizeof((jsStreamConfig *)0)->member                              \
    }
    SETTING("retention", RETENTION, Retention),
    SETTING("storage", STORAGE, Storage),
    SETTING("discard", DISCARD, Discard),
    SETTING("max_age", DURATION, MaxAge),
    SETTING("max_bytes", BYTES, MaxBytes),
    SETTING("max_msgs", LIMIT, MaxMsgs),
    SETTING("max_msgs_per_subject", LIMIT, MaxMsgsPerSubject),
    SETTING("max_msg_size", BYTES, MaxMsgSize),
    SETTING("duplicate_window", DURATION, Duplicates),
    SETTING("allow_rollup", YES_NO, AllowRollup),
    SETTING("deny_delete", YES_NO, DenyDelete),
    SETTING("deny_purge", YES_NO, DenyPurge),
    SETTING("no_ack", YES_NO, NoAck),
    SETTING("sealed", YES_NO, Sealed),
    SETTING("replicas", COUNT, Replicas),
#undef SETTING
};

enum { SPEC_COUNT = sizeof SPECS / sizeof SPECS[0] };

_Static_assert(SPEC_COUNT + 1 <= STREAM_SETTINGS_MAX, "every setting has a place in a report");

void stream_settings_duration(char text[STREAM_SETTING_SIZE], int64_t duration_ns)
{
    static const struct {
        int64_t ns;
        const char *name;
    } UNITS[] = {{NS_PER_DAY, "days"}, {3600 * NS_PER_SECOND, "h"}, {60 * NS_PER_SECOND, "min"},
                 {NS_PER_SECOND, "s"}, {NS_PER_MS, "ms"},           {1, "ns"}};
    size_t i = 0;
    if (duration_ns <= 0) {
        snprintf(text, STREAM_SETTING_SIZE, "no limit");
        return;
    }
    while (duration_ns % UNITS[i].ns != 0)
        i++;
    snprintf(text, STREAM_SETTING_SIZE, "%" PRId64 " %s", duration_ns / UNITS[i].ns, UNITS[i].name);
}

void stream_settings_bytes(char text[STREAM_SETTING_SIZE], int64_t bytes)
{
    static const char *const UNITS[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    size_t i = 0;
    if (bytes <= 0) {
        snprintf(text, STREAM_SETTING_SIZE, "no limit");
        return;
    }
    for (; bytes % 1024 == 0 && i < sizeof UNITS / sizeof UNITS[0] - 1; i++)
        bytes /= 1024;
    snprintf(text, STREAM_SETTING_SIZE, "%" PRId64 " %s", bytes, UNITS[i]);
}

static int64_t read_member(const jsStreamConfig *config, const struct setting_spec *spec)
{
    const char *at = (const char *)config + spec->offset;
    int64_t wide;
    int32_t narrow;
    bool flag;
    if (spec->size == sizeof wide) {
        memcpy(&wide, at, sizeof wide);
        return wide;
    }
    if (spec->size == sizeof flag) {
        memcpy(&flag, at, sizeof flag);
        return flag;
    }
    memcpy(&narrow, at, sizeof narrow);
    return narrow;
}

static void choose(char text[STREAM_SETTING_SIZE], int64_t value, const char *const *names, int64_t count)
{
    snprintf(text, STREAM_SETTING_SIZE, "%s", value >= 0 && value < count ? names[value] : "unknown");
}

static void describe(char text[STREAM_SETTING_SIZE], const jsStreamConfig *config, const struct setting_spec *spec)
{
    static const char *const RETENTIONS[] = {"limits", "interest", "work queue"};
    static const char *const STORAGES[] = {"file", "memory"};
    static const char *const DISCARDS[] = {"old", "new"};
    int64_t value = read_member(config, spec);
    switch (spec->kind) {
    case DURATION:
        stream_settings_duration(text, value);
        break;
    case BYTES:
        stream_settings_bytes(text, value);
        break;
    case LIMIT: /* no limit is written as 0 or as -1 */
        if (value <= 0) {
            snprintf(text, STREAM_SETTING_SIZE, "no limit");
            break;
        }
        /* fall through */
    case COUNT:
        snprintf(text, STREAM_SETTING_SIZE, "%" PRId64, value);
        break;
    case YES_NO:
        snprintf(text, STREAM_SETTING_SIZE, "%s", value != 0 ? "yes" : "no");
        break;
    case RETENTION:
        choose(text, value, RETENTIONS, 3);
        break;
    case STORAGE:
        choose(text, value, STORAGES, 2);
        break;
    case DISCARD:
        choose(text, value, DISCARDS, 2);
        break;
    }
}

static void join_subjects(char text[STREAM_SETTING_SIZE], const jsStreamConfig *config)
{
    text[0] = '\0';
    for (int i = 0; i < config->SubjectsLen; i++) {
        size_t length = strlen(text);
        snprintf(text + length, STREAM_SETTING_SIZE - length, "%s%s", i > 0 ? " " : "", config->Subjects[i]);
    }
}

int stream_settings_compare(struct stream_setting *settings, const jsStreamConfig *is, const jsStreamConfig *wanted)
{
    memset(settings, 0, STREAM_SETTINGS_MAX * sizeof *settings);
    settings[0].name = "subjects";
    join_subjects(settings[0].wanted, wanted);
    if (is != NULL)
        join_subjects(settings[0].is, is);
    for (int i = 0; i < SPEC_COUNT; i++) {
        const struct setting_spec *spec = &SPECS[i];
        struct stream_setting *setting = &settings[i + 1];
        setting->name = spec->name;
        describe(setting->wanted, wanted, spec);
        if (is != NULL)
            describe(setting->is, is, spec);
        bool left_to_the_server = (spec->offset == offsetof(jsStreamConfig, Duplicates) && wanted->Duplicates == 0) ||
                                  (spec->offset == offsetof(jsStreamConfig, Replicas) && wanted->Replicas == 0);
        if (left_to_the_server)
            snprintf(setting->wanted, sizeof setting->wanted, "any");
    }
    for (int i = 0; i <= SPEC_COUNT; i++)
        settings[i].differs = strcmp(settings[i].wanted, "any") != 0 && strcmp(settings[i].is, settings[i].wanted) != 0;
    return SPEC_COUNT + 1;
}
