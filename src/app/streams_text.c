/* What `tapedeck streams` prints. Names of hosts, leaders and subjects were written by others, so that all of them are
 * cleaned before they are shown. */
#include "app/streams_text.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"

enum { SHOWN_SIZE = 3 * STREAM_SETTING_SIZE }; /* an invalid byte becomes three */

_Static_assert(SHOWN_SIZE >= 3 * LEASE_HOST_SIZE, "a host fits");

/* The text without what could move a cursor; "-" when there is none. */
static const char *shown(char out[SHOWN_SIZE], const char *text)
{
    if (text_clean(out, SHOWN_SIZE, text, strlen(text)) == 0)
        text_copy(out, SHOWN_SIZE, "-");
    return out;
}

static int count_differences(const struct stream_report *report)
{
    int count = 0;

    for (int i = 0; i < report->setting_count; i++)
        count += report->settings[i].differs;
    return count;
}

bool streams_text_differs(const struct stream_report *report)
{
    return !report->exists || count_differences(report) > 0;
}

void streams_text_stream(FILE *out, const struct stream_report *report)
{
    char is[SHOWN_SIZE], wanted[SHOWN_SIZE];
    int differences = count_differences(report);

    if (!report->exists) {
        fprintf(out, "%s: missing\n", report->name);
        return;
    }
    fprintf(out, "%s: %" PRIu64 " messages, %" PRIu64 " bytes, sequences %" PRIu64 "-%" PRIu64 ", replicas %d",
            report->name, report->messages, report->bytes, report->first_sequence, report->last_sequence,
            report->replicas);
    if (report->current_replicas < report->replicas)
        fprintf(out, " (%d current)", report->current_replicas);
    if (report->leader[0] != '\0')
        fprintf(out, ", leader %s", shown(is, report->leader));
    fputs(differences > 0 ? "; differs\n" : "\n", out);
    for (int i = 0; i < report->setting_count; i++) {
        const struct stream_setting *setting = &report->settings[i];

        if (setting->differs)
            fprintf(out, "  %s is %s, configured %s\n", setting->name, shown(is, setting->is),
                    shown(wanted, setting->wanted));
    }
}

void streams_text_leases(FILE *out, const struct lease_entry *entries, size_t count)
{
    if (count == 0)
        fputs("nobody holds a role\n", out);
    for (size_t i = 0; i < count; i++) {
        char role[SHOWN_SIZE], host[SHOWN_SIZE], since[TIMESTAMP_TEXT_SIZE], renewed[TIMESTAMP_TEXT_SIZE];

        timestamp_format(since, entries[i].since_ns);
        timestamp_format(renewed, entries[i].renewed_ns);
        fprintf(out, "%s: host %s, process %" PRId64 ", since %s, renewed %s\n", shown(role, entries[i].role),
                shown(host, entries[i].host), entries[i].pid, since, renewed);
    }
}

/* The members are added to objects of our own making: only memory can be lacking. */
static void add(cJSON *object, const char *name, cJSON *value)
{
    if (value == NULL || !cJSON_AddItemToObject(object, name, value))
        abort();
}

static void add_text(cJSON *object, const char *name, const char *text)
{
    char clean[SHOWN_SIZE];

    text_clean(clean, sizeof(clean), text, strlen(text));
    add(object, name, cJSON_CreateString(clean));
}

/* A double is exact to 2^53, which no stream reaches. */
static void add_number(cJSON *object, const char *name, uint64_t number, bool known)
{
    add(object, name, known ? cJSON_CreateNumber((double)number) : cJSON_CreateNull());
}

static cJSON *make_array(cJSON *object, const char *name)
{
    cJSON *array = cJSON_CreateArray();

    add(object, name, array);
    return array;
}

static cJSON *make_item(cJSON *array)
{
    cJSON *item = cJSON_CreateObject();

    if (item == NULL || !cJSON_AddItemToArray(array, item))
        abort();
    return item;
}

static void print_and_delete(FILE *out, cJSON *object)
{
    char *text = cJSON_PrintUnformatted(object);

    if (text == NULL)
        abort();
    fprintf(out, "%s\n", text);
    cJSON_free(text);
    cJSON_Delete(object);
}

static void add_stream(cJSON *array, const struct stream_report *report)
{
    cJSON *stream = make_item(array);
    bool known = report->exists;

    add_text(stream, "name", report->name);
    add(stream, "exists", cJSON_CreateBool(known));
    add(stream, "differs", cJSON_CreateBool(streams_text_differs(report)));
    add_number(stream, "messages", report->messages, known);
    add_number(stream, "bytes", report->bytes, known);
    add_number(stream, "first_sequence", report->first_sequence, known);
    add_number(stream, "last_sequence", report->last_sequence, known);
    add_number(stream, "replicas", (uint64_t)report->replicas, known);
    add_number(stream, "current_replicas", (uint64_t)report->current_replicas, known);
    if (report->leader[0] != '\0')
        add_text(stream, "leader", report->leader);
    else
        add(stream, "leader", cJSON_CreateNull());
    cJSON *settings = make_array(stream, "settings");

    for (int i = 0; i < report->setting_count; i++) {
        const struct stream_setting *from = &report->settings[i];
        cJSON *setting = make_item(settings);

        add_text(setting, "name", from->name);
        if (known)
            add_text(setting, "is", from->is);
        else
            add(setting, "is", cJSON_CreateNull());
        add_text(setting, "configured", from->wanted);
        add(setting, "differs", cJSON_CreateBool(from->differs));
    }
}

void streams_text_streams_json(FILE *out, const struct stream_report *reports, size_t count)
{
    cJSON *all = cJSON_CreateObject();
    cJSON *array = make_array(all, "streams");

    for (size_t i = 0; i < count; i++)
        add_stream(array, &reports[i]);
    print_and_delete(out, all);
}

void streams_text_leases_json(FILE *out, const struct lease_entry *entries, size_t count)
{
    cJSON *all = cJSON_CreateObject();
    cJSON *array = make_array(all, "leases");

    for (size_t i = 0; i < count; i++) {
        char time[TIMESTAMP_TEXT_SIZE];
        cJSON *lease = make_item(array);

        add_text(lease, "role", entries[i].role);
        add_text(lease, "host", entries[i].host);
        add(lease, "pid", cJSON_CreateNumber((double)entries[i].pid));
        add_text(lease, "identity", entries[i].holder.identity);
        add_text(lease, "instance", entries[i].holder.instance);
        timestamp_format(time, entries[i].since_ns);
        add_text(lease, "since", time);
        timestamp_format(time, entries[i].renewed_ns);
        add_text(lease, "renewed", time);
    }
    print_and_delete(out, all);
}
