/* How many tries of a message have failed. The server counts deliveries, and knows neither that a message was handed
 * back because it was not its time yet, nor that a worker ended before it began. So it may deliver without end, and
 * what is no failure is put down: then every delivery since the last entry was a try that failed, also the one that
 * took its worker along. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/bucket.h"
#include "bus/worker_internal.h"
#include "core/json.h"
#include "core/timestamp.h"

enum { WAIT_MS = 1000, VALUE_SIZE = 160 };

static struct bucket tries(const struct worker *worker)
{
    return (struct bucket){.tape = worker->tape, .name = WORKER_TRIES_BUCKET, .wait_ms = WAIT_MS};
}

int worker_open_tries(struct worker *worker, struct error *error)
{
    struct bucket bucket = tries(worker);
    return bucket_create(&bucket, WORKER_TRIES_AGE_NS, error);
}

static void make_key(char key[BUCKET_KEY_SIZE], const struct worker *worker, uint64_t sequence)
{
    snprintf(key, BUCKET_KEY_SIZE, "%s.%s.%" PRIu64, worker->stream, worker->durable, sequence);
}

uint64_t worker_tries_failed(const struct worker_tries *entry, uint64_t deliveries)
{
    uint64_t behind = deliveries > entry->deliveries ? entry->deliveries : 0;
    return entry->failed + deliveries - behind - 1;
}

/* What cannot be read is as good as nothing. */
static struct worker_tries parse(const char *text)
{
    struct worker_tries entry = {0};
    struct json_reader reader;
    struct json_value key, value;
    json_reader_init(&reader, text, strlen(text));
    while (json_reader_next(&reader, &key, &value)) {
        if (json_is(&key, "failed") && value.type == JSON_NUMBER)
            entry.failed = strtoull(value.text, NULL, 10);
        else if (json_is(&key, "deliveries") && value.type == JSON_NUMBER)
            entry.deliveries = strtoull(value.text, NULL, 10);
        else if (json_is(&key, "stored") && value.type == JSON_STRING)
            timestamp_parse(value.text, value.length, &entry.stored_ns);
    }
    return reader.problem == NULL ? entry : (struct worker_tries){0};
}

bool worker_read_failed(struct worker *worker, const struct delivery *delivery, uint64_t *failed)
{
    char key[BUCKET_KEY_SIZE];
    struct bucket bucket = tries(worker);
    struct bucket_entry read;
    struct error error = {0};
    *failed = 0;
    if (delivery->deliveries <= 1)
        return true;
    make_key(key, worker, delivery->stream_sequence);
    if (bucket_get(&bucket, key, &read, &error) != BUCKET_DONE) {
        worker_complain(worker, error.text);
        return false;
    }
    /* Another message stood under this sequence when the stream was another. */
    struct worker_tries entry = parse(read.value);
    if (entry.stored_ns != delivery->stored_ns)
        entry = (struct worker_tries){0};
    *failed = worker_tries_failed(&entry, delivery->deliveries);
    return true;
}

bool worker_keep_tries(struct worker *worker, uint64_t sequence, const struct worker_tries *entry)
{
    char key[BUCKET_KEY_SIZE], value[VALUE_SIZE], stored[TIMESTAMP_TEXT_SIZE];
    struct bucket bucket = tries(worker);
    struct error error = {0};
    struct json_writer writer;
    make_key(key, worker, sequence);
    timestamp_format(stored, entry->stored_ns);
    json_writer_init(&writer, value, sizeof value - 1);
    json_open(&writer, '{');
    json_key(&writer, "failed");
    json_unsigned(&writer, entry->failed);
    json_key(&writer, "deliveries");
    json_unsigned(&writer, entry->deliveries);
    json_key(&writer, "stored");
    json_string(&writer, stored);
    json_close(&writer, '}');
    value[writer.length] = '\0';
    if (bucket_put(&bucket, key, value, BUCKET_ANY_REVISION, NULL, &error) == BUCKET_DONE)
        return true;
    worker_complain(worker, error.text);
    return false;
}
