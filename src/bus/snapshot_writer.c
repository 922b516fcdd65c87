/* Writing a snapshot, one message after the other: the old manifest goes, the chunks come, what an earlier and longer
 * snapshot left in the slot is emptied, the manifest comes. The next message goes out when the one before is stored. */
#include <assert.h>
#include <nats/nats.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/bucket.h"
#include "bus/snapshot_internal.h"
#include "bus/tape_internal.h"
#include "core/json.h"
#include "core/log.h"
#include "core/text.h"

enum step { STEP_IDLE, STEP_SAVED, STEP_WITHDRAW, STEP_CHUNKS, STEP_EMPTY, STEP_MANIFEST };

struct snapshot_writer {
    struct publisher *publisher;
    struct inbox *inbox;
    uint64_t cookie;
    char service[BUCKET_KEY_SIZE];
    struct pack state; /* kept between snapshots, so that memory is allocated once */
    EVP_MD_CTX *hash;
    enum step step;
    int slot;                             /* being written, or the next to be */
    uint64_t chunk, chunks;               /* the one on its way, and how many there are */
    uint64_t slot_chunks[SNAPSHOT_SLOTS]; /* that stand in each slot */
    size_t chunk_bytes;
    bool in_flight; /* a message is not answered yet */
    bool failing;   /* the last snapshot could not be written; said once */
};

struct snapshot_writer *snapshot_writer_create(struct publisher *publisher, struct inbox *inbox, uint64_t cookie,
                                               const char *service)
{
    struct snapshot_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL || (writer->hash = EVP_MD_CTX_new()) == NULL)
        abort();
    writer->publisher = publisher;
    writer->inbox = inbox;
    writer->cookie = cookie;
    text_copy(writer->service, sizeof writer->service, service);
    writer->chunk_bytes = SNAPSHOT_CHUNK_BYTES;
    pack_write(&writer->state);
    return writer;
}

void snapshot_writer_destroy(struct snapshot_writer *writer)
{
    if (writer == NULL)
        return;
    EVP_MD_CTX_free(writer->hash);
    pack_free(&writer->state);
    free(writer);
}

int snapshot_writer_look(struct snapshot_writer *writer, struct tape *tape, struct error *error)
{
    struct snapshot_manifest manifests[SNAPSHOT_SLOTS];
    if (snapshot_read_manifests(tape, writer->service, manifests, error) != 0)
        return -1;
    int64_t limit = natsConnection_GetMaxPayload(tape_connection(tape));
    if (limit > 0 && limit < SNAPSHOT_CHUNK_BYTES)
        writer->chunk_bytes = (size_t)limit;
    writer->slot = manifests[0].revision > manifests[1].revision ? 1 : 0;
    for (int i = 0; i < SNAPSHOT_SLOTS; i++)
        writer->slot_chunks[i] = manifests[i].chunks;
    return 0;
}

struct pack *snapshot_writer_begin(struct snapshot_writer *writer, const struct snapshot_places *places)
{
    if (writer->step != STEP_IDLE || writer->in_flight)
        return NULL;
    struct snapshot_places copy = *places;
    pack_clear(&writer->state);
    snapshot_pack_head(&writer->state, &copy);
    writer->step = STEP_SAVED;
    return &writer->state;
}

static const unsigned char *chunk_start(const struct snapshot_writer *writer)
{
    return writer->state.bytes + writer->chunk * writer->chunk_bytes;
}

static size_t chunk_length(const struct snapshot_writer *writer)
{
    size_t left = writer->state.count - (size_t)writer->chunk * writer->chunk_bytes;
    return left < writer->chunk_bytes ? left : writer->chunk_bytes;
}

static bool send(struct snapshot_writer *writer, bool is_chunk, const void *payload, size_t bytes)
{
    char key[BUCKET_KEY_SIZE + 32], subject[BUCKET_SUBJECT_SIZE];
    if (is_chunk)
        snprintf(key, sizeof key, "%.64s.%c.%llu", writer->service, 'a' + writer->slot,
                 (unsigned long long)writer->chunk);
    else
        snprintf(key, sizeof key, "%.64s.%c", writer->service, 'a' + writer->slot);
    bucket_subject(subject, SNAPSHOT_BUCKET, key);
    return publisher_send(writer->publisher, &(struct publish_message){.subject = subject,
                                                                       .fence = PUBLISH_NO_FENCE,
                                                                       .payload = payload,
                                                                       .payload_bytes = bytes,
                                                                       .inbox = writer->inbox,
                                                                       .cookie = writer->cookie});
}

static bool send_manifest(struct snapshot_writer *writer)
{
    char payload[BUCKET_VALUE_SIZE], text[SNAPSHOT_HASH_SIZE];
    unsigned char hash[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    bool hashed =
        copy != NULL && EVP_MD_CTX_copy_ex(copy, writer->hash) == 1 && EVP_DigestFinal_ex(copy, hash, NULL) == 1;
    EVP_MD_CTX_free(copy);
    assert(hashed);
    snapshot_hash_text(hash, text);
    struct json_writer json;
    json_writer_init(&json, payload, sizeof payload);
    json_open(&json, '{');
    json_key(&json, "format");
    json_unsigned(&json, SNAPSHOT_FORMAT);
    json_key(&json, "bytes");
    json_unsigned(&json, writer->state.count);
    json_key(&json, "chunks");
    json_unsigned(&json, writer->chunks);
    json_key(&json, "chunk_bytes");
    json_unsigned(&json, writer->chunk_bytes);
    json_key(&json, "sha256");
    json_string(&json, text);
    json_close(&json, '}');
    return send(writer, false, payload, json.length);
}

void snapshot_writer_step(struct snapshot_writer *writer)
{
    if (writer->in_flight)
        return;
    switch (writer->step) {
    case STEP_IDLE:
    case STEP_SAVED:
        break;
    case STEP_WITHDRAW:
        writer->in_flight = send(writer, false, "", 0);
        break;
    case STEP_CHUNKS:
        writer->in_flight = send(writer, true, chunk_start(writer), chunk_length(writer));
        break;
    case STEP_EMPTY:
        writer->in_flight = send(writer, true, "", 0);
        break;
    case STEP_MANIFEST:
        writer->in_flight = send_manifest(writer);
        break;
    }
}

void snapshot_writer_go(struct snapshot_writer *writer)
{
    assert(writer->step == STEP_SAVED);
    if (writer->state.count > SNAPSHOT_BYTES_MAX) {
        log_error(writer->service, "the state is too large for a snapshot: %zu bytes", writer->state.count);
        writer->step = STEP_IDLE;
        return;
    }
    writer->chunk = 0;
    writer->chunks = (writer->state.count + writer->chunk_bytes - 1) / writer->chunk_bytes;
    int begun = EVP_DigestInit_ex(writer->hash, EVP_sha256(), NULL);
    assert(begun == 1);
    (void)begun;
    writer->step = STEP_WITHDRAW;
    snapshot_writer_step(writer);
}

void snapshot_writer_abandon(struct snapshot_writer *writer)
{
    writer->step = STEP_IDLE;
}

bool snapshot_writer_is_busy(const struct snapshot_writer *writer)
{
    return writer->step != STEP_IDLE || writer->in_flight;
}

/* What follows a message that is stored. True when that was the last. */
static bool advance(struct snapshot_writer *writer)
{
    switch (writer->step) {
    case STEP_WITHDRAW:
        writer->step = STEP_CHUNKS;
        break;
    case STEP_CHUNKS:
        EVP_DigestUpdate(writer->hash, chunk_start(writer), chunk_length(writer));
        writer->chunk++;
        if (writer->chunk > writer->slot_chunks[writer->slot])
            writer->slot_chunks[writer->slot] = writer->chunk;
        if (writer->chunk == writer->chunks)
            writer->step = writer->chunk < writer->slot_chunks[writer->slot] ? STEP_EMPTY : STEP_MANIFEST;
        break;
    case STEP_EMPTY:
        writer->chunk++;
        if (writer->chunk == writer->slot_chunks[writer->slot])
            writer->step = STEP_MANIFEST;
        break;
    case STEP_MANIFEST:
        writer->step = STEP_IDLE;
        writer->slot_chunks[writer->slot] = writer->chunks;
        writer->slot = 1 - writer->slot;
        writer->failing = false;
        return true;
    case STEP_IDLE:
    case STEP_SAVED:
        break;
    }
    snapshot_writer_step(writer);
    return false;
}

bool snapshot_writer_answered(struct snapshot_writer *writer, const struct publish_result *result)
{
    writer->in_flight = false;
    if (writer->step == STEP_IDLE || writer->step == STEP_SAVED)
        return false; /* abandoned meanwhile */
    if (result->status == PUBLISH_STORED)
        return advance(writer);
    if (!writer->failing)
        log_warning(writer->service, "cannot write a snapshot yet: %s", result->problem);
    writer->failing = true;
    writer->step = STEP_IDLE;
    return false;
}
