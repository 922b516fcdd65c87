/* One flat JSON object, so that a person can read the bucket with any client. */
#include "bus/lease_value.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/json.h"
#include "core/text.h"
#include "core/timestamp.h"

void lease_value_write(char value[BUCKET_VALUE_SIZE], const struct lease_holder *holder, int64_t since_ns,
                       int64_t now_ns, const char *trouble)
{
    char host[LEASE_HOST_SIZE] = "", since[TIMESTAMP_TEXT_SIZE], at[TIMESTAMP_TEXT_SIZE];
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    timestamp_format(since, since_ns);
    timestamp_format(at, now_ns);
    struct json_writer writer;
    json_writer_init(&writer, value, BUCKET_VALUE_SIZE - 1);
    json_open(&writer, '{');
    json_key(&writer, "identity");
    json_string(&writer, holder->identity);
    json_key(&writer, "instance");
    json_string(&writer, holder->instance);
    json_key(&writer, "host");
    json_string(&writer, host);
    json_key(&writer, "pid");
    json_integer(&writer, (int64_t)getpid());
    json_key(&writer, "since");
    json_string(&writer, since);
    json_key(&writer, "at");
    json_string(&writer, at);
    json_text_member(&writer, "trouble", trouble);
    json_close(&writer, '}');
    assert(!writer.overflow);
    value[writer.length] = '\0';
}

static void read_text(char *out, size_t size, const struct json_value *value)
{
    char text[BUCKET_VALUE_SIZE];
    size_t length = 0;
    if (value->type == JSON_STRING && json_unescape(value, text, sizeof text, &length))
        text_clean(out, size, text, length);
}

void lease_value_read(struct lease_entry *entry, const char *value)
{
    *entry = (struct lease_entry){0};
    struct json_reader reader;
    struct json_value key, member;
    json_reader_init(&reader, value, strlen(value));
    while (json_reader_next(&reader, &key, &member)) {
        if (json_is(&key, "identity"))
            read_text(entry->holder.identity, sizeof entry->holder.identity, &member);
        else if (json_is(&key, "instance"))
            read_text(entry->holder.instance, sizeof entry->holder.instance, &member);
        else if (json_is(&key, "host"))
            read_text(entry->host, sizeof entry->host, &member);
        else if (json_is(&key, "pid") && member.type == JSON_NUMBER)
            entry->pid = strtoll(member.text, NULL, 10);
        else if (json_is(&key, "since") && member.type == JSON_STRING)
            timestamp_parse(member.text, member.length, &entry->since_ns);
        else if (json_is(&key, "at") && member.type == JSON_STRING)
            timestamp_parse(member.text, member.length, &entry->at_ns);
    }
    if (reader.problem != NULL)
        *entry = (struct lease_entry){0};
}

void lease_value_trouble(char trouble[LEASE_TROUBLE_SIZE], const char *value)
{
    struct json_reader reader;
    struct json_value key, member;
    bool is_read = false;
    json_reader_init(&reader, value, strlen(value));
    while (json_reader_next(&reader, &key, &member)) {
        if (json_is(&key, "trouble"))
            is_read = json_unescape(&member, trouble, LEASE_TROUBLE_SIZE, NULL);
    }
    if (!is_read || reader.problem != NULL)
        trouble[0] = '\0';
}
