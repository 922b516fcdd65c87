/* See alert_digest.h. */
#include "app/alert_digest.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/subject.h"
#include "core/text.h"
#include "core/timestamp.h"

struct entry {
    char id[MESSAGE_ID_SIZE]; /* of the message on the tape */
    char rule[RULE_SIZE], message[REASON_SIZE];
    enum severity severity;
    bool raised;
    uint64_t handle, sequence;
    int64_t timestamp_ns;
};

struct alert_digest {
    struct entry entries[ALERT_DIGEST_MAX];
    size_t count;
    uint64_t delivery;
};

struct alert_digest *alert_digest_create(void)
{
    struct alert_digest *digest = calloc(1, sizeof(*digest));

    if (digest == NULL)
        abort();
    return digest;
}

void alert_digest_destroy(struct alert_digest *digest)
{
    free(digest);
}

void alert_digest_add(struct alert_digest *digest, const struct event *event, uint64_t handle, uint64_t delivery)
{
    const struct alert *alert = &event->alert;

    assert(digest->count < ALERT_DIGEST_MAX);
    struct entry *entry = &digest->entries[digest->count++];

    *entry = (struct entry){.severity = alert->severity,
                            .raised = alert->raised,
                            .handle = handle,
                            .sequence = event->sequence,
                            .timestamp_ns = alert->timestamp_ns};
    message_id_of(event, entry->id);
    text_copy(entry->rule, sizeof(entry->rule), alert->rule);
    text_copy(entry->message, sizeof(entry->message), alert->message);
    if (delivery > digest->delivery)
        digest->delivery = delivery;
}

size_t alert_digest_count(const struct alert_digest *digest)
{
    return digest->count;
}

uint64_t alert_digest_handle(const struct alert_digest *digest, size_t index)
{
    assert(index < digest->count);
    return digest->entries[index].handle;
}

uint64_t alert_digest_delivery(const struct alert_digest *digest)
{
    return digest->delivery;
}

void alert_digest_name(const struct alert_digest *digest, char *id, size_t id_size, char *subject, size_t subject_size)
{
    uint64_t first = UINT64_MAX, last = 0;
    enum severity worst = SEVERITY_INFO;

    for (size_t i = 0; i < digest->count; i++) {
        const struct entry *entry = &digest->entries[i];

        first = entry->sequence < first ? entry->sequence : first;
        last = entry->sequence > last ? entry->sequence : last;
        worst = entry->severity > worst ? entry->severity : worst;
    }
    snprintf(id, id_size, "digest:%" PRIu64 "-%" PRIu64, first, last);
    snprintf(subject, subject_size, "risk.alerts.%s", severity_name(worst));
}

/* The rule's line, with its newest message; nothing when an earlier entry was of it. */
static void write_rule(struct json_writer *writer, const struct alert_digest *digest, size_t first)
{
    const struct entry *newest = &digest->entries[first];
    uint64_t alerts = 0, raised = 0, critical = 0;

    for (size_t i = 0; i < digest->count; i++) {
        const struct entry *entry = &digest->entries[i];

        if (strcmp(entry->rule, newest->rule) != 0)
            continue;
        if (i < first)
            return;
        alerts++;
        raised += entry->raised;
        critical += entry->severity == SEVERITY_CRITICAL;
        if (entry->sequence > newest->sequence)
            newest = entry;
    }
    json_open(writer, '{');
    json_text_member(writer, "rule", newest->rule);
    json_key(writer, "alerts");
    json_unsigned(writer, alerts);
    json_key(writer, "raised");
    json_unsigned(writer, raised);
    json_key(writer, "critical");
    json_unsigned(writer, critical);
    json_text_member(writer, "message", newest->message);
    json_close(writer, '}');
}

static void write_time(struct json_writer *writer, const char *name, int64_t time_ns)
{
    char text[TIMESTAMP_TEXT_SIZE];

    timestamp_format(text, time_ns);
    json_text_member(writer, name, text);
}

size_t alert_digest_write(const struct alert_digest *digest, char *text)
{
    struct json_writer writer;
    int64_t first_ns = INT64_MAX, last_ns = INT64_MIN;
    uint64_t critical = 0;

    for (size_t i = 0; i < digest->count; i++) {
        const struct entry *entry = &digest->entries[i];

        first_ns = entry->timestamp_ns < first_ns ? entry->timestamp_ns : first_ns;
        last_ns = entry->timestamp_ns > last_ns ? entry->timestamp_ns : last_ns;
        critical += entry->severity == SEVERITY_CRITICAL;
    }
    json_writer_init(&writer, text, ALERT_DIGEST_SIZE);
    json_open(&writer, '{');
    json_key(&writer, "digest");
    json_unsigned(&writer, digest->count);
    json_key(&writer, "critical");
    json_unsigned(&writer, critical);
    write_time(&writer, "first", first_ns);
    write_time(&writer, "last", last_ns);
    json_key(&writer, "rules");
    json_open(&writer, '[');
    for (size_t i = 0; i < digest->count; i++)
        write_rule(&writer, digest, i);
    json_close(&writer, ']');
    json_key(&writer, "ids");
    json_open(&writer, '[');
    for (size_t i = 0; i < digest->count; i++)
        json_string(&writer, digest->entries[i].id);
    json_close(&writer, ']');
    json_close(&writer, '}');
    assert(!writer.overflow);
    return writer.length;
}

void alert_digest_clear(struct alert_digest *digest)
{
    digest->count = 0;
    digest->delivery = 0;
}
