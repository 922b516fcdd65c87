/* The alert list: a hash by id, a linked list by age, and one of what is cleared, so that nothing has to be looked for
 * when there are thousands. All entries are allocated at the start, so that a storm of alerts costs no memory. */
#include "engine/alerts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

#include "core/pack_value.h"
#include "core/text.h"

struct slot {
    struct alert_entry entry;                    /* first, so that an entry's slot is known */
    struct slot *cleared_later, *cleared_before; /* while it is cleared */
    UT_hash_handle hh;
};

struct alert_list {
    struct slot *slots; /* ALERT_LIST_MAX */
    size_t used;        /* slots that hold, or have held, an alert */
    struct slot *by_id;
    struct alert_entry *newest, *oldest;
    struct slot *cleared_last, *cleared_first;
    uint64_t version;
};

struct alert_list *alert_list_create(void)
{
    struct alert_list *list = calloc(1, sizeof *list);
    if (list == NULL || (list->slots = calloc(ALERT_LIST_MAX, sizeof *list->slots)) == NULL)
        abort();
    return list;
}

void alert_list_destroy(struct alert_list *list)
{
    if (list == NULL)
        return;
    HASH_CLEAR(hh, list->by_id);
    free(list->slots);
    free(list);
}

static struct alert_entry *find(const struct alert_list *list, const char *alert_id)
{
    struct slot *slot;
    HASH_FIND_STR(list->by_id, alert_id, slot);
    return slot == NULL ? NULL : &slot->entry;
}

static void unlink_entry(struct alert_list *list, struct alert_entry *entry)
{
    *(entry->newer != NULL ? &entry->newer->older : &list->newest) = entry->older;
    *(entry->older != NULL ? &entry->older->newer : &list->oldest) = entry->newer;
}

/* Alerts are cleared one after the other, so that the list is in the order of the tape. */
static void link_cleared(struct alert_list *list, struct slot *slot)
{
    slot->cleared_before = list->cleared_last;
    *(list->cleared_last != NULL ? &list->cleared_last->cleared_later : &list->cleared_first) = slot;
    list->cleared_last = slot;
}

static void unlink_cleared(struct alert_list *list, struct slot *slot)
{
    struct slot *later = slot->cleared_later, *before = slot->cleared_before;
    *(later != NULL ? &later->cleared_before : &list->cleared_last) = before;
    *(before != NULL ? &before->cleared_later : &list->cleared_first) = later;
    slot->cleared_later = slot->cleared_before = NULL;
}

/* A slot that is free: a new one, or that of the alert which is missed least. */
static struct slot *take_slot(struct alert_list *list)
{
    if (list->used < ALERT_LIST_MAX)
        return &list->slots[list->used++];
    struct slot *slot = list->cleared_first != NULL ? list->cleared_first : (struct slot *)list->oldest;
    if (!slot->entry.alert.raised)
        unlink_cleared(list, slot);
    unlink_entry(list, &slot->entry);
    HASH_DEL(list->by_id, slot);
    memset(slot, 0, sizeof *slot);
    return slot;
}

static struct alert_entry *add(struct alert_list *list, const struct alert *alert)
{
    struct slot *slot = take_slot(list);
    struct alert_entry *entry = &slot->entry;
    entry->alert = *alert;
    HASH_ADD_STR(list->by_id, entry.alert.alert_id, slot);
    entry->older = list->newest;
    if (list->newest != NULL)
        list->newest->newer = entry;
    else
        list->oldest = entry;
    list->newest = entry;
    return entry;
}

static enum alert_fold fold_alert(struct alert_list *list, const struct event *event)
{
    const struct alert *alert = &event->alert;
    struct alert_entry *entry = find(list, alert->alert_id);
    if (entry == NULL) {
        entry = add(list, alert);
        entry->sequence = event->sequence;
        if (!alert->raised)
            link_cleared(list, (struct slot *)entry);
        return ALERT_FOLD_APPLIED;
    }
    if (alert->version <= entry->alert.version)
        return ALERT_FOLD_DUPLICATE;
    if (alert->raised && alert->severity > entry->alert.severity) {
        entry->acknowledged = false;
        entry->acknowledged_by[0] = '\0';
        entry->acknowledged_ns = 0;
    }
    if (!entry->alert.raised)
        unlink_cleared(list, (struct slot *)entry);
    if (!alert->raised)
        link_cleared(list, (struct slot *)entry);
    /* The id is the hash key and stays; it is the same text. */
    entry->alert = *alert;
    entry->sequence = event->sequence;
    return ALERT_FOLD_APPLIED;
}

static enum alert_fold fold_ack(struct alert_list *list, const struct alert_ack *ack)
{
    struct alert_entry *entry = find(list, ack->alert_id);
    if (entry == NULL)
        return ALERT_FOLD_UNKNOWN;
    switch (ack->action) {
    case ACK_ACK:
        if (entry->acknowledged)
            return ALERT_FOLD_DUPLICATE; /* who was first, was */
        entry->acknowledged = true;
        text_copy(entry->acknowledged_by, sizeof entry->acknowledged_by, ack->by);
        entry->acknowledged_ns = ack->timestamp_ns;
        break;
    case ACK_SHELVE:
        entry->shelved_until_ns = ack->until_ns;
        break;
    case ACK_UNSHELVE:
        entry->shelved_until_ns = 0;
        break;
    case ACK_COMMENT:
        break;
    }
    if (ack->comment[0] != '\0') {
        text_copy(entry->comment, sizeof entry->comment, ack->comment);
        text_copy(entry->comment_by, sizeof entry->comment_by, ack->by);
    }
    return ALERT_FOLD_APPLIED;
}

enum alert_fold alert_list_fold(struct alert_list *list, const struct event *event)
{
    enum alert_fold result = event->kind == EVENT_ALERT       ? fold_alert(list, event)
                             : event->kind == EVENT_ALERT_ACK ? fold_ack(list, &event->ack)
                                                              : ALERT_FOLD_IGNORED;
    list->version += result == ALERT_FOLD_APPLIED;
    return result;
}

const struct alert_entry *alert_list_find(const struct alert_list *list, const char *alert_id)
{
    return find(list, alert_id);
}

const struct alert_entry *alert_list_newest(const struct alert_list *list)
{
    return list->newest;
}

size_t alert_list_count(const struct alert_list *list)
{
    return HASH_COUNT(list->by_id);
}

uint64_t alert_list_version(const struct alert_list *list)
{
    return list->version;
}

bool alert_entry_is_shelved(const struct alert_entry *entry, int64_t wall_ns)
{
    return entry->shelved_until_ns > wall_ns;
}

enum { RANKS = 6 };

/* Which of the groups of alert_list_sorted an alert is in. */
static int rank_of(const struct alert_entry *entry, int64_t wall_ns)
{
    if (alert_entry_is_shelved(entry, wall_ns))
        return 5;
    if (!entry->acknowledged)
        return entry->alert.raised ? (int)(SEVERITY_CRITICAL - entry->alert.severity) : 3;
    return entry->alert.raised ? 4 : 5;
}

size_t alert_list_sorted(const struct alert_list *list, int64_t wall_ns, const struct alert_entry **entries,
                         size_t capacity)
{
    size_t places[RANKS + 1] = {0}; /* where the next of each rank goes */
    for (const struct alert_entry *entry = list->newest; entry != NULL; entry = entry->older)
        places[rank_of(entry, wall_ns) + 1]++;
    for (int rank = 1; rank <= RANKS; rank++)
        places[rank] += places[rank - 1];
    size_t count = places[RANKS];
    for (const struct alert_entry *entry = list->newest; entry != NULL; entry = entry->older) {
        size_t place = places[rank_of(entry, wall_ns)]++;
        if (place < capacity)
            entries[place] = entry;
    }
    return count < capacity ? count : capacity;
}

static void count(struct alert_counts *counts, const struct alert_entry *entry, int64_t wall_ns)
{
    if (alert_entry_is_shelved(entry, wall_ns)) {
        counts->shelved++;
        return;
    }
    counts->raised[entry->alert.severity] += entry->alert.raised;
    counts->unacknowledged[entry->alert.severity] += !entry->acknowledged;
}

struct alert_counts alert_list_counts(const struct alert_list *list, int64_t wall_ns)
{
    struct alert_counts counts = {0};
    for (const struct alert_entry *entry = list->newest; entry != NULL; entry = entry->older)
        count(&counts, entry, wall_ns);
    return counts;
}

/* More alerts that are raised and severe first, then more alerts at all. */
static int compare_groups(const void *left, const void *right)
{
    const struct alert_group *a = left, *b = right;
    for (int s = SEVERITY_CRITICAL; s >= SEVERITY_INFO; s--) {
        if ((a->counts.raised[s] > 0) != (b->counts.raised[s] > 0))
            return a->counts.raised[s] > 0 ? -1 : 1;
    }
    if (a->alerts != b->alerts)
        return a->alerts > b->alerts ? -1 : 1;
    return strcmp(a->rule, b->rule);
}

size_t alert_list_groups(const struct alert_list *list, int64_t wall_ns, struct alert_group groups[ALERT_GROUPS_MAX])
{
    size_t used = 0, last = 0;
    for (const struct alert_entry *entry = list->newest; entry != NULL; entry = entry->older) {
        const struct alert *alert = &entry->alert;
        int64_t since_ns = alert->raised_at_ns != 0 ? alert->raised_at_ns : alert->timestamp_ns;
        size_t at = last; /* a flood is of one rule */
        if (at >= used || strcmp(groups[at].rule, alert->rule) != 0)
            at = 0;
        while (at < used && strcmp(groups[at].rule, alert->rule) != 0)
            at++;
        if (at == ALERT_GROUPS_MAX)
            at--;
        else if (at == used)
            groups[used++] = (struct alert_group){.rule = alert->rule, .first_ns = since_ns, .newest = entry};
        last = at;
        struct alert_group *group = &groups[at];
        group->alerts++;
        group->met += alert->count > 0 ? alert->count : 1;
        if (since_ns < group->first_ns)
            group->first_ns = since_ns;
        if (alert->timestamp_ns > group->last_ns)
            group->last_ns = alert->timestamp_ns;
        count(&group->counts, entry, wall_ns);
    }
    qsort(groups, used, sizeof *groups, compare_groups);
    return used;
}

static void pack_entry(struct pack *pack, struct alert_entry *entry)
{
    pack_u64(pack, &entry->sequence);
    pack_bool(pack, &entry->acknowledged);
    PACK_TEXT(pack, entry->acknowledged_by);
    pack_i64(pack, &entry->acknowledged_ns);
    pack_i64(pack, &entry->shelved_until_ns);
    PACK_TEXT(pack, entry->comment);
    PACK_TEXT(pack, entry->comment_by);
}

void alert_list_save(const struct alert_list *list, struct pack *pack)
{
    pack_section(pack, "ALERTS", 1);
    pack_count(pack, HASH_COUNT(list->by_id));
    for (struct alert_entry *entry = list->oldest; entry != NULL; entry = entry->newer) {
        pack_alert(pack, &entry->alert);
        pack_entry(pack, entry);
    }
}

static int compare_cleared(const void *left, const void *right)
{
    const struct slot *a = *(struct slot *const *)left, *b = *(struct slot *const *)right;
    return (a->entry.sequence > b->entry.sequence) - (a->entry.sequence < b->entry.sequence);
}

/* What is cleared, in the order of the tape again. */
static void load_cleared(struct alert_list *list)
{
    struct slot **cleared = calloc(list->used + 1, sizeof(struct slot *));
    size_t cleared_count = 0;
    if (cleared == NULL)
        abort();
    for (size_t i = 0; i < list->used; i++) {
        if (!list->slots[i].entry.alert.raised)
            cleared[cleared_count++] = &list->slots[i];
    }
    qsort(cleared, cleared_count, sizeof(struct slot *), compare_cleared);
    for (size_t i = 0; i < cleared_count; i++)
        link_cleared(list, cleared[i]);
    free(cleared);
}

int alert_list_load(struct alert_list *list, struct pack *pack)
{
    pack_section(pack, "ALERTS", 1);
    for (size_t left = pack_count(pack, 0); left > 0 && !pack->failed; left--) {
        struct alert alert = {0};
        pack_alert(pack, &alert);
        if (find(list, alert.alert_id) != NULL)
            pack_fail(pack);
        if (!pack->failed)
            pack_entry(pack, add(list, &alert));
    }
    load_cleared(list);
    return pack->failed ? -1 : 0;
}
