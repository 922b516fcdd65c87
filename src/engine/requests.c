/* Open requests in two lists (all, and per order). The ids of answered requests are kept, so that a request that was
 * stored a second time after the server's duplicate window is not carried out again. */
#include "engine/requests.h"

#include <stdlib.h>
#include <string.h>

#include "core/pack_value.h"
#include "core/text.h"

#define uthash_fatal(message) abort()
#include <uthash.h>
#include <utlist.h>

/* Unused bytes are zero: the key is compared as bytes. */
struct request_key {
    char order_id[ID_SIZE];
    char request_id[ID_SIZE];
};

struct request_record {
    struct request_key key;
    struct open_request *open; /* NULL once it was answered */
    UT_hash_handle hh;
};

struct order_requests {
    char order_id[ID_SIZE];
    struct open_request *oldest;
    UT_hash_handle hh;
};

struct requests {
    struct request_record *by_key;
    struct order_requests *by_order; /* orders with open requests only */
    struct open_request *oldest;
    size_t count;
};

static void *allocate(size_t bytes)
{
    void *memory = calloc(1, bytes);
    if (memory == NULL)
        abort();
    return memory;
}

static struct request_record *record_find(const struct requests *requests, const char *order_id, const char *request_id)
{
    struct request_key key = {0};
    text_copy(key.order_id, sizeof key.order_id, order_id);
    text_copy(key.request_id, sizeof key.request_id, request_id);
    struct request_record *record;
    HASH_FIND(hh, requests->by_key, &key, sizeof key, record);
    return record;
}

static struct order_requests *order_find(const struct requests *requests, const char *order_id)
{
    struct order_requests *order;
    HASH_FIND_STR(requests->by_order, order_id, order);
    return order;
}

struct requests *requests_create(void)
{
    return allocate(sizeof(struct requests));
}

void requests_destroy(struct requests *requests)
{
    if (requests == NULL)
        return;
    struct order_requests *order, *next_order;
    HASH_ITER(hh, requests->by_order, order, next_order)
    {
        HASH_DEL(requests->by_order, order);
        free(order);
    }
    struct request_record *record, *next_record;
    HASH_ITER(hh, requests->by_key, record, next_record)
    {
        HASH_DEL(requests->by_key, record);
        free(record->open);
        free(record);
    }
    free(requests);
}

static struct request_record *record_add(struct requests *requests, const struct request_key *key)
{
    struct request_record *record = allocate(sizeof *record);
    text_copy(record->key.order_id, sizeof record->key.order_id, key->order_id);
    text_copy(record->key.request_id, sizeof record->key.request_id, key->request_id);
    HASH_ADD(hh, requests->by_key, key, sizeof record->key, record);
    return record;
}

static struct open_request *open_add(struct requests *requests, struct request_record *record)
{
    struct open_request *open = allocate(sizeof *open);
    record->open = open;
    struct order_requests *order = order_find(requests, record->key.order_id);
    if (order == NULL) {
        order = allocate(sizeof *order);
        text_copy(order->order_id, sizeof order->order_id, record->key.order_id);
        HASH_ADD_STR(requests->by_order, order_id, order);
    }
    DL_APPEND2(order->oldest, open, previous_of_order, next_of_order);
    DL_APPEND2(requests->oldest, open, previous, next);
    requests->count++;
    return open;
}

const struct open_request *requests_open(struct requests *requests, const struct event *event)
{
    const struct change_request *request = &event->change;
    if (record_find(requests, request->order_id, request->request_id) != NULL)
        return NULL;
    struct request_key key;
    text_copy(key.order_id, sizeof key.order_id, request->order_id);
    text_copy(key.request_id, sizeof key.request_id, request->request_id);
    struct open_request *open = open_add(requests, record_add(requests, &key));
    open->request = *request;
    open->is_replace = event->kind == EVENT_ORDER_REPLACE;
    open->sequence = event->sequence;
    open->stored_ns = event->stored_ns;
    return open;
}

void requests_validate(struct requests *requests, const char *order_id, const char *request_id)
{
    struct request_record *record = record_find(requests, order_id, request_id);
    if (record != NULL && record->open != NULL && record->open->is_replace)
        record->open->validated = true;
}

void requests_close(struct requests *requests, const char *order_id, const char *request_id)
{
    struct request_record *record = record_find(requests, order_id, request_id);
    if (record == NULL || record->open == NULL)
        return;
    struct open_request *open = record->open;
    struct order_requests *order = order_find(requests, order_id);
    DL_DELETE2(order->oldest, open, previous_of_order, next_of_order);
    if (order->oldest == NULL) {
        HASH_DEL(requests->by_order, order);
        free(order);
    }
    DL_DELETE2(requests->oldest, open, previous, next);
    requests->count--;
    free(open);
    record->open = NULL;
}

const struct open_request *requests_oldest(const struct requests *requests)
{
    return requests->oldest;
}

const struct open_request *requests_oldest_of(const struct requests *requests, const char *order_id)
{
    const struct order_requests *order = order_find(requests, order_id);
    return order == NULL ? NULL : order->oldest;
}

size_t requests_count(const struct requests *requests)
{
    return requests->count;
}

const struct open_request *requests_find(const struct requests *requests, const char *order_id, const char *request_id)
{
    const struct request_record *record = record_find(requests, order_id, request_id);
    return record == NULL ? NULL : record->open;
}

static void pack_open(struct pack *pack, struct open_request *open)
{
    pack_change_request(pack, &open->request);
    pack_bool(pack, &open->is_replace);
    pack_bool(pack, &open->validated);
    pack_u64(pack, &open->sequence);
    pack_i64(pack, &open->stored_ns);
}

void requests_save(const struct requests *requests, struct pack *pack)
{
    pack_section(pack, "REQUESTS", 1);
    pack_count(pack, HASH_COUNT(requests->by_key));
    for (struct request_record *record = requests->by_key; record != NULL; record = record->hh.next) {
        bool is_open = record->open != NULL;
        PACK_TEXT(pack, record->key.order_id);
        PACK_TEXT(pack, record->key.request_id);
        pack_bool(pack, &is_open);
        if (is_open)
            pack_open(pack, record->open);
    }
}

int requests_load(struct requests *requests, struct pack *pack)
{
    pack_section(pack, "REQUESTS", 1);
    for (size_t left = pack_count(pack, 0); left > 0 && !pack->failed; left--) {
        struct request_key key = {0};
        bool is_open = false;
        PACK_TEXT(pack, key.order_id);
        PACK_TEXT(pack, key.request_id);
        pack_bool(pack, &is_open);
        if (record_find(requests, key.order_id, key.request_id) != NULL)
            pack_fail(pack);
        if (pack->failed)
            break;
        struct request_record *record = record_add(requests, &key);
        if (is_open)
            pack_open(pack, open_add(requests, record));
    }
    return pack->failed ? -1 : 0;
}
