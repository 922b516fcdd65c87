/* Admissions in a hash by name and in lists (all orders, those without a decision, those that are alike), and a token
 * bucket per account. */
#include "engine/admissions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/age.h"
#include "core/text.h"
#include "core/timestamp.h"

#define uthash_fatal(message) abort()
#include <uthash.h>
#include <utlist.h>

/* What two orders that are alike have in common; unused bytes are zero, the key is compared as bytes. */
struct likeness {
    char account[ACCOUNT_SIZE];
    char symbol[SYMBOL_SIZE];
    int64_t quantity, limit_price, stop_price;
    int64_t side;
};

/* Who adds a field here adds it to pack_record, and raises the version of the section ADMISSIONS.
 *
 * An order is named by its id, a replace `<order_id>/<request_id>`. Kept until it is decided, and an order also as long
 * as a later one may repeat it. */
struct record {
    struct admission admission; /* the first member: what others see of it */
    char name[2 * ID_SIZE];
    bool is_undecided;
    struct likeness likeness;
    struct record *alike_before, *alike_after;
    struct record *next, *previous;                     /* orders, oldest first */
    struct record *undecided_next, *undecided_previous; /* those without a decision, oldest first */
    UT_hash_handle hh;
};

/* The newest of the orders that are alike. */
struct alike {
    struct likeness likeness;
    struct record *newest;
    UT_hash_handle hh;
};

/* Tokens in 1e-9 of one. */
struct bucket {
    char account[ACCOUNT_SIZE];
    int64_t tokens;
    int64_t stored_ns; /* of the last request */
    UT_hash_handle hh;
};

struct admissions {
    const struct checks_config *config;
    int64_t window_ns; /* within which an order can be repeated */
    struct record *by_name;
    struct record *oldest;
    struct record *oldest_undecided;
    struct alike *alike;
    struct bucket *buckets;
};

static void *allocate(size_t bytes)
{
    void *memory = calloc(1, bytes);
    if (memory == NULL)
        abort();
    return memory;
}

struct admissions *admissions_create(const struct checks_config *config)
{
    struct admissions *admissions = allocate(sizeof *admissions);
    admissions->config = config;
    admissions->window_ns = checks_config_duplicate_ns(config);
    return admissions;
}

void admissions_configure(struct admissions *admissions)
{
    admissions->window_ns = checks_config_duplicate_ns(admissions->config);
}

void admissions_destroy(struct admissions *admissions)
{
    if (admissions == NULL)
        return;
    struct record *record, *next_record;
    HASH_ITER(hh, admissions->by_name, record, next_record)
    {
        HASH_DEL(admissions->by_name, record);
        free(record);
    }
    struct alike *alike, *next_alike;
    HASH_ITER(hh, admissions->alike, alike, next_alike)
    {
        HASH_DEL(admissions->alike, alike);
        free(alike);
    }
    struct bucket *bucket, *next_bucket;
    HASH_ITER(hh, admissions->buckets, bucket, next_bucket)
    {
        HASH_DEL(admissions->buckets, bucket);
        free(bucket);
    }
    free(admissions);
}

/* Takes a token of the account's bucket as of the stored time, so that the answer is the same whenever and however
 * often the tape is folded. False when there is none. */
static bool take_token(struct admissions *admissions, const char *account, int64_t stored_ns)
{
    struct check_limits limits = checks_config_limits(admissions->config, account, "", "");
    int64_t full = limits.rate_burst * NS_PER_SECOND;
    struct bucket *bucket;
    HASH_FIND_STR(admissions->buckets, account, bucket);
    if (bucket == NULL) {
        bucket = allocate(sizeof *bucket);
        text_copy(bucket->account, sizeof bucket->account, account);
        bucket->tokens = full;
        bucket->stored_ns = stored_ns;
        HASH_ADD_STR(admissions->buckets, account, bucket);
    }
    if (stored_ns > bucket->stored_ns) {
        int128 tokens = bucket->tokens + (int128)(stored_ns - bucket->stored_ns) * limits.rate_per_second;
        bucket->tokens = tokens < full ? (int64_t)tokens : full;
        bucket->stored_ns = stored_ns;
    }
    if (bucket->tokens < NS_PER_SECOND)
        return false;
    bucket->tokens -= NS_PER_SECOND;
    return true;
}

static struct record *record_find(const struct admissions *admissions, const char *name)
{
    struct record *record;
    HASH_FIND_STR(admissions->by_name, name, record);
    return record;
}

static void name_replace(char name[2 * ID_SIZE], const char *order_id, const char *request_id)
{
    snprintf(name, 2 * ID_SIZE, "%s/%s", order_id, request_id);
}

static struct record *admit(struct admissions *admissions, const char *name, const char *account, int64_t timestamp_ns,
                            const struct event *event, int64_t seen_ns)
{
    struct record *record = allocate(sizeof *record);
    text_copy(record->name, sizeof record->name, name);
    record->admission.seen_ns = seen_ns;
    record->admission.stored_ns = event->stored_ns;
    record->admission.late_ns = event->stored_ns > timestamp_ns ? event->stored_ns - timestamp_ns : 0;
    record->admission.over_rate = !take_token(admissions, account, event->stored_ns);
    HASH_ADD_STR(admissions->by_name, name, record);
    return record;
}

static struct alike *alike_of(struct admissions *admissions, const struct likeness *likeness)
{
    struct alike *alike;
    HASH_FIND(hh, admissions->alike, likeness, sizeof *likeness, alike);
    if (alike == NULL) {
        alike = allocate(sizeof *alike);
        alike->likeness = *likeness;
        HASH_ADD(hh, admissions->alike, likeness, sizeof alike->likeness, alike);
    }
    return alike;
}

/* Puts an admitted order behind those before it. */
static void list_order(struct admissions *admissions, struct record *record)
{
    struct alike *alike = alike_of(admissions, &record->likeness);
    record->alike_before = alike->newest;
    if (alike->newest != NULL)
        alike->newest->alike_after = record;
    alike->newest = record;
    DL_APPEND2(admissions->oldest, record, previous, next);
    if (record->is_undecided)
        DL_APPEND2(admissions->oldest_undecided, record, undecided_previous, undecided_next);
}

void admissions_add_order(struct admissions *admissions, const struct event *event, const struct order *order,
                          int64_t seen_ns)
{
    const struct order_request *request = &event->request;
    struct record *record =
        admit(admissions, request->order_id, request->account, request->timestamp_ns, event, seen_ns);
    record->admission.order = order;
    record->is_undecided = true;
    text_copy(record->likeness.account, sizeof record->likeness.account, request->account);
    text_copy(record->likeness.symbol, sizeof record->likeness.symbol, request->symbol);
    record->likeness.quantity = request->quantity;
    record->likeness.limit_price = request->limit_price;
    record->likeness.stop_price = request->stop_price;
    record->likeness.side = request->side;

    list_order(admissions, record);
}

void admissions_add_replace(struct admissions *admissions, const struct event *event, const char *account,
                            int64_t seen_ns)
{
    char name[2 * ID_SIZE];
    name_replace(name, event->change.order_id, event->change.request_id);
    admit(admissions, name, account, event->change.timestamp_ns, event, seen_ns);
}

void admissions_answered(struct admissions *admissions, const char *order_id, const char *request_id)
{
    char name[2 * ID_SIZE];
    name_replace(name, order_id, request_id);
    struct record *record = record_find(admissions, name);
    if (record == NULL)
        return;
    HASH_DEL(admissions->by_name, record);
    free(record);
}

static void forget_order(struct admissions *admissions, struct record *record)
{
    if (record->alike_before != NULL)
        record->alike_before->alike_after = record->alike_after;
    if (record->alike_after != NULL) {
        record->alike_after->alike_before = record->alike_before;
    } else {
        struct alike *alike = alike_of(admissions, &record->likeness);
        alike->newest = record->alike_before;
        if (alike->newest == NULL) {
            HASH_DEL(admissions->alike, alike);
            free(alike);
        }
    }
    DL_DELETE2(admissions->oldest, record, previous, next);
    HASH_DEL(admissions->by_name, record);
    free(record);
}

void admissions_forget_old(struct admissions *admissions, int64_t stored_ns)
{
    while (admissions->oldest != NULL && !admissions->oldest->is_undecided &&
           stored_ns - admissions->oldest->admission.stored_ns > admissions->window_ns)
        forget_order(admissions, admissions->oldest);
}

void admissions_decided(struct admissions *admissions, const struct order *order)
{
    struct record *record = record_find(admissions, order->terms.order_id);
    if (record == NULL || !record->is_undecided || order->state == ORDER_INITIALIZED)
        return;
    record->is_undecided = false;
    DL_DELETE2(admissions->oldest_undecided, record, undecided_previous, undecided_next);
}

const struct admission *admissions_find_order(const struct admissions *admissions, const char *order_id)
{
    const struct record *record = record_find(admissions, order_id);
    return record == NULL ? NULL : &record->admission;
}

const struct admission *admissions_find_replace(const struct admissions *admissions, const char *order_id,
                                                const char *request_id)
{
    char name[2 * ID_SIZE];
    name_replace(name, order_id, request_id);
    return admissions_find_order(admissions, name);
}

const struct admission *admissions_oldest_undecided(const struct admissions *admissions)
{
    return admissions->oldest_undecided == NULL ? NULL : &admissions->oldest_undecided->admission;
}

const struct admission *admissions_next_undecided(const struct admission *admission)
{
    const struct record *next = ((const struct record *)admission)->undecided_next;
    return next == NULL ? NULL : &next->admission;
}

/* utlist keeps the last of a list as the one before its first. */
const struct admission *admissions_newest_undecided(const struct admissions *admissions)
{
    const struct record *oldest = admissions->oldest_undecided;
    return oldest == NULL ? NULL : &oldest->undecided_previous->admission;
}

const struct admission *admissions_previous_undecided(const struct admissions *admissions,
                                                      const struct admission *admission)
{
    const struct record *record = (const struct record *)admission;
    return record == admissions->oldest_undecided ? NULL : &record->undecided_previous->admission;
}

const struct admission *admissions_duplicate_of(const struct admission *admission, int64_t window_ns)
{
    const struct record *before = ((const struct record *)admission)->alike_before;
    for (; before != NULL; before = before->alike_before) {
        const struct admission *other = &before->admission;
        if (admission->stored_ns - other->stored_ns > window_ns)
            return NULL;
        if (other->order->state != ORDER_DENIED && other->order->state != ORDER_REJECTED)
            return other;
    }
    return NULL;
}

static void pack_record(struct pack *pack, struct record *record)
{
    struct likeness *likeness = &record->likeness;
    PACK_TEXT(pack, record->name);
    pack_i64(pack, &record->admission.stored_ns);
    pack_i64(pack, &record->admission.late_ns);
    pack_bool(pack, &record->admission.over_rate);
    pack_bool(pack, &record->is_undecided);
    PACK_TEXT(pack, likeness->account);
    PACK_TEXT(pack, likeness->symbol);
    pack_i64(pack, &likeness->quantity);
    pack_i64(pack, &likeness->limit_price);
    pack_i64(pack, &likeness->stop_price);
    pack_i64(pack, &likeness->side);
}

static void pack_bucket(struct pack *pack, struct bucket *bucket)
{
    PACK_TEXT(pack, bucket->account);
    pack_i64(pack, &bucket->tokens);
    pack_i64(pack, &bucket->stored_ns);
}

void admissions_save(const struct admissions *admissions, struct pack *pack)
{
    pack_section(pack, "ADMISSIONS", 1);
    pack_count(pack, HASH_COUNT(admissions->by_name));
    for (struct record *record = admissions->by_name; record != NULL; record = record->hh.next) {
        bool is_order = record->admission.order != NULL;
        pack_bool(pack, &is_order);
        pack_record(pack, record);
    }
    pack_count(pack, HASH_COUNT(admissions->buckets));
    for (struct bucket *bucket = admissions->buckets; bucket != NULL; bucket = bucket->hh.next)
        pack_bucket(pack, bucket);
}

static void load_record(struct admissions *admissions, struct pack *pack, const struct order_book *book,
                        int64_t wall_ns, int64_t monotonic_ns)
{
    struct record *record = allocate(sizeof *record);
    bool is_order = false;
    pack_bool(pack, &is_order);
    pack_record(pack, record);
    if (is_order)
        record->admission.order = order_book_find(book, record->name);
    if (pack->failed || record_find(admissions, record->name) != NULL ||
        (is_order && record->admission.order == NULL)) {
        pack_fail(pack);
        free(record);
        return;
    }
    record->admission.seen_ns = monotonic_ns - age_when_read_ns(record->admission.stored_ns, wall_ns, true);
    HASH_ADD_STR(admissions->by_name, name, record);
    if (is_order)
        list_order(admissions, record);
}

static void load_bucket(struct admissions *admissions, struct pack *pack)
{
    struct bucket *bucket = allocate(sizeof *bucket), *other = NULL;
    pack_bucket(pack, bucket);
    HASH_FIND_STR(admissions->buckets, bucket->account, other);
    if (pack->failed || other != NULL) {
        pack_fail(pack);
        free(bucket);
        return;
    }
    HASH_ADD_STR(admissions->buckets, account, bucket);
}

int admissions_load(struct admissions *admissions, struct pack *pack, const struct order_book *book, int64_t wall_ns,
                    int64_t monotonic_ns)
{
    pack_section(pack, "ADMISSIONS", 1);
    for (size_t left = pack_count(pack, 0); left > 0 && !pack->failed; left--)
        load_record(admissions, pack, book, wall_ns, monotonic_ns);
    for (size_t left = pack_count(pack, 0); left > 0 && !pack->failed; left--)
        load_bucket(admissions, pack);
    return pack->failed ? -1 : 0;
}
