/* Reading snapshots: the manifests of both slots, then the chunks of one through a follower, then size and hash. */
#include "bus/snapshot.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/bucket.h"
#include "bus/follower.h"
#include "bus/snapshot_internal.h"
#include "bus/stream.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/log.h"
#include "core/timestamp.h"

enum { WAIT_MS = 2000, SILENCE_MS = 5000, INBOX_BYTES = 8 << 20 };

static struct bucket snapshots(struct tape *tape)
{
    return (struct bucket){.tape = tape, .name = SNAPSHOT_BUCKET, .wait_ms = WAIT_MS};
}

int snapshot_open(struct tape *tape, struct error *error)
{
    size_t at = 0;
    while (strcmp(STREAM_DEFAULTS[at].name, "KV_" SNAPSHOT_BUCKET) != 0)
        at++;
    return stream_create(tape, &STREAM_DEFAULTS[at], WAIT_MS, error);
}

const struct snapshot_place *snapshot_place_of(const struct snapshot_places *places, const char *stream)
{
    for (size_t i = 0; i < places->count; i++) {
        if (strcmp(places->items[i].stream, stream) == 0)
            return &places->items[i];
    }
    return NULL;
}

void snapshot_pack_head(struct pack *pack, struct snapshot_places *places)
{
    pack_section(pack, "SNAPSHOT", SNAPSHOT_FORMAT);
    places->count = pack_count(pack, places->count);
    if (places->count > SNAPSHOT_PLACES_MAX) {
        places->count = 0;
        pack_fail(pack);
    }
    for (size_t i = 0; i < places->count; i++) {
        struct snapshot_place *place = &places->items[i];
        PACK_TEXT(pack, place->stream);
        pack_u64(pack, &place->at.sequence);
        pack_i64(pack, &place->at.stored_ns);
    }
}

static bool parse_manifest(struct snapshot_manifest *manifest, const char *text)
{
    struct json_reader reader;
    struct json_value key, value;
    size_t length = 0;
    *manifest = (struct snapshot_manifest){0};
    json_reader_init(&reader, text, strlen(text));
    while (json_reader_next(&reader, &key, &value)) {
        if (json_is(&key, "sha256") && value.type == JSON_STRING) {
            json_unescape(&value, manifest->hash, sizeof manifest->hash, &length);
            continue;
        }
        uint64_t number = value.type == JSON_NUMBER ? strtoull(value.text, NULL, 10) : 0;
        if (json_is(&key, "format"))
            manifest->format = number;
        else if (json_is(&key, "bytes"))
            manifest->bytes = number;
        else if (json_is(&key, "chunks"))
            manifest->chunks = number;
        else if (json_is(&key, "chunk_bytes"))
            manifest->chunk_bytes = number;
    }
    return reader.problem == NULL && manifest->format == SNAPSHOT_FORMAT && manifest->bytes > 0 &&
           manifest->bytes <= SNAPSHOT_BYTES_MAX && manifest->chunk_bytes > 0 &&
           manifest->chunks == (manifest->bytes + manifest->chunk_bytes - 1) / manifest->chunk_bytes;
}

int snapshot_read_manifests(struct tape *tape, const char *service, struct snapshot_manifest manifests[SNAPSHOT_SLOTS],
                            struct error *error)
{
    struct bucket bucket = snapshots(tape);
    bool exists;
    memset(manifests, 0, SNAPSHOT_SLOTS * sizeof *manifests);
    if (bucket_exists(&bucket, &exists, error) != 0)
        return -1;
    for (int slot = 0; exists && slot < SNAPSHOT_SLOTS; slot++) {
        char key[BUCKET_KEY_SIZE];
        struct bucket_entry entry;
        snprintf(key, sizeof key, "%.64s.%c", service, 'a' + slot);
        if (bucket_get(&bucket, key, &entry, error) != BUCKET_DONE)
            return -1;
        if (entry.value[0] == '\0')
            continue;
        if (!parse_manifest(&manifests[slot], entry.value)) {
            log_warning(service, "the snapshot %s is of another version, or damaged, and is left out", key);
            manifests[slot] = (struct snapshot_manifest){0};
            continue;
        }
        manifests[slot].revision = entry.revision;
    }
    return 0;
}

/* One chunk goes to its place. False when it is not what the manifest says. */
static bool take_chunk(struct snapshot *snapshot, const struct snapshot_manifest *manifest,
                       const struct inbox_item *item)
{
    const char *number = strrchr(item->subject, '.');
    uint64_t index = number == NULL ? UINT64_MAX : strtoull(number + 1, NULL, 10);
    if (index >= manifest->chunks)
        return true; /* an earlier snapshot was longer */
    uint64_t offset = index * manifest->chunk_bytes, left = manifest->bytes - offset;
    if (item->payload_bytes != (left < manifest->chunk_bytes ? left : manifest->chunk_bytes))
        return false;
    memcpy((char *)snapshot->bytes + offset, item->payload, item->payload_bytes);
    snapshot->count += item->payload_bytes;
    return true;
}

/* Takes what the follower brings until all is there. -1 when nothing comes. */
static int collect(struct snapshot *snapshot, const struct snapshot_manifest *manifest, struct inbox *inbox)
{
    int64_t end_ns = clock_monotonic_ns() + SILENCE_MS * NS_PER_MS;
    struct inbox_item item;
    while (clock_monotonic_ns() < end_ns) {
        if (!inbox_take(inbox, &item)) {
            inbox_wait(inbox, SILENCE_MS);
            continue;
        }
        end_ns = clock_monotonic_ns() + SILENCE_MS * NS_PER_MS;
        if (item.kind == INBOX_CAUGHT_UP)
            return 0;
        if (item.kind == INBOX_MESSAGE && !take_chunk(snapshot, manifest, &item))
            return 0;
        if (snapshot->count == manifest->bytes)
            return 0;
    }
    return -1;
}

void snapshot_hash_text(const unsigned char *hash, char text[SNAPSHOT_HASH_SIZE])
{
    for (size_t i = 0; i < SNAPSHOT_HASH_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", hash[i]);
}

static bool has_hash(const struct snapshot *snapshot, const struct snapshot_manifest *manifest)
{
    unsigned char hash[SNAPSHOT_HASH_BYTES];
    char text[SNAPSHOT_HASH_SIZE];
    if (EVP_Digest(snapshot->bytes, snapshot->count, hash, NULL, EVP_sha256(), NULL) != 1)
        return false;
    snapshot_hash_text(hash, text);
    return strcmp(text, manifest->hash) == 0;
}

static int read_chunks(struct tape *tape, const char *service, int slot, const struct snapshot_manifest *manifest,
                       struct snapshot *snapshot, struct error *error)
{
    char filter[BUCKET_SUBJECT_SIZE];
    snprintf(filter, sizeof filter, "$KV." SNAPSHOT_BUCKET ".%.64s.%c.*", service, 'a' + slot);
    const struct follower_options options = {
        .stream = "KV_" SNAPSHOT_BUCKET, .filter = filter, .from = FOLLOW_LAST_PER_SUBJECT};
    struct inbox *inbox = inbox_create(INBOX_BYTES);
    struct follower *follower = follower_create(tape, &options, inbox, error);
    int result = follower == NULL ? -1 : collect(snapshot, manifest, inbox);
    if (follower != NULL && result < 0)
        error_set(error, ERROR_SERVER, "cannot read the snapshot of %s: the server did not answer in time", service);
    inbox_close(inbox);
    follower_destroy(follower);
    inbox_destroy(inbox);
    return result;
}

int snapshot_read(struct tape *tape, const char *service, int which, struct snapshot *snapshot, bool *found,
                  struct error *error)
{
    struct snapshot_manifest manifests[SNAPSHOT_SLOTS];
    *snapshot = (struct snapshot){0};
    *found = false;
    if (snapshot_read_manifests(tape, service, manifests, error) != 0)
        return -1;
    int newest = manifests[1].revision > manifests[0].revision ? 1 : 0;
    int slot = which == SNAPSHOT_NEWEST ? newest : 1 - newest;
    const struct snapshot_manifest *manifest = &manifests[slot];
    if (manifest->revision == 0)
        return 0;
    snapshot->bytes = malloc(manifest->bytes);
    if (snapshot->bytes == NULL)
        abort();
    if (read_chunks(tape, service, slot, manifest, snapshot, error) != 0) {
        snapshot_free(snapshot);
        return -1;
    }
    pack_read(&snapshot->state, snapshot->bytes, snapshot->count);
    if (snapshot->count == manifest->bytes && has_hash(snapshot, manifest))
        snapshot_pack_head(&snapshot->state, &snapshot->places);
    else
        pack_fail(&snapshot->state);
    *found = !snapshot->state.failed;
    if (!*found) {
        log_error(service, "the snapshot %s.%c is damaged and is left out", service, 'a' + slot);
        snapshot_free(snapshot);
    }
    return 0;
}

void snapshot_free(struct snapshot *snapshot)
{
    free(snapshot->bytes);
    *snapshot = (struct snapshot){0};
}
