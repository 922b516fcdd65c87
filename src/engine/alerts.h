/* The alerts: a fold of the stream RISK, shared by the screen, the risk rules and the gateway. Pure; one thread owns a
 * list.
 *
 * An alert's life follows ISA-18.2: it is raised, acknowledged by somebody, cleared (also without having been
 * acknowledged), and may be shelved for a time. An alert that becomes more severe needs acknowledging again. */
#ifndef ENGINE_ALERTS_H
#define ENGINE_ALERTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/pack.h"

/* So many alerts are kept. Beyond that the one that was cleared first is forgotten, or the oldest when all are raised.
 */
enum { ALERT_LIST_MAX = 16384, ALERT_GROUPS_MAX = 64 };

struct alert_entry {
    struct alert alert; /* its last version */
    uint64_t sequence;  /* RISK sequence of that version */
    bool acknowledged;
    char acknowledged_by[ACCOUNT_SIZE];
    int64_t acknowledged_ns;   /* the acknowledgement's timestamp */
    int64_t shelved_until_ns;  /* 0: not shelved */
    char comment[REASON_SIZE]; /* the last one; "" when there is none */
    char comment_by[ACCOUNT_SIZE];
    struct alert_entry *newer, *older; /* by the time their first version stood on the tape */
};

enum alert_fold {
    ALERT_FOLD_APPLIED,
    ALERT_FOLD_DUPLICATE, /* a version at or below the one that is known */
    ALERT_FOLD_UNKNOWN,   /* an acknowledgement of an alert that is not known */
    ALERT_FOLD_IGNORED,   /* neither an alert nor an acknowledgement */
};

struct alert_counts {
    /* By severity; an alert that is shelved counts only as shelved. */
    uint32_t unacknowledged[SEVERITY_CRITICAL + 1]; /* raised or cleared, but seen by nobody yet */
    uint32_t raised[SEVERITY_CRITICAL + 1];
    uint32_t shelved;
};

/* All alerts of one rule: what a person looks at first when there are thousands. */
struct alert_group {
    const char *rule; /* the list's, good until the next fold */
    struct alert_counts counts;
    uint32_t alerts;           /* in all */
    uint64_t met;              /* sum of their counts: how often their conditions were met */
    int64_t first_ns, last_ns; /* when the first was raised; the last change of any */
    const struct alert_entry *newest;
};

struct alert_list;

struct alert_list *alert_list_create(void);
void alert_list_destroy(struct alert_list *list); /* NULL is allowed */

/* Folds one event of RISK; events are given in stream order. Each (alert_id, version) counts once. */
enum alert_fold alert_list_fold(struct alert_list *list, const struct event *event);

/* NULL when there is none. Entries are the list's; good until the next fold. */
const struct alert_entry *alert_list_find(const struct alert_list *list, const char *alert_id);

/* The newest alert; follow `older` for the rest. NULL when there is none. */
const struct alert_entry *alert_list_newest(const struct alert_list *list);
size_t alert_list_count(const struct alert_list *list);
/* Grows with every change. */
uint64_t alert_list_version(const struct alert_list *list);

/* Fills `entries` with at most `capacity` alerts in the order in which a person should look at them, and returns how
 * many: what nobody acknowledged, the still raised before the cleared and there the more severe first; then what is
 * acknowledged and still raised; then the rest. Newest first within each. `wall_ns` says which are shelved. */
size_t alert_list_sorted(const struct alert_list *list, int64_t wall_ns, const struct alert_entry **entries,
                         size_t capacity);

struct alert_counts alert_list_counts(const struct alert_list *list, int64_t wall_ns);

/* Fills `groups` with the alerts by rule, those with more severe ones still raised first, there the larger first, and
 * returns how many. Rules beyond ALERT_GROUPS_MAX count in the last one. */
size_t alert_list_groups(const struct alert_list *list, int64_t wall_ns, struct alert_group groups[ALERT_GROUPS_MAX]);

/* For snapshots; into a fresh list. -1: what was read cannot be. A new field of alert_entry goes into pack_entry
 * (alerts.c), and raises the version of the section there. */
void alert_list_save(const struct alert_list *list, struct pack *pack);
int alert_list_load(struct alert_list *list, struct pack *pack);

bool alert_entry_is_shelved(const struct alert_entry *entry, int64_t wall_ns);

#endif
