/* Alerts as rows of a list that stays readable when there are thousands: a rule with many is one row, which can be
 * opened; inside it what one account and instrument has is one row again. Pure. */
#ifndef UI_ALERT_ROWS_H
#define UI_ALERT_ROWS_H

#include <stdbool.h>

#include "engine/alerts.h"

enum { ALERT_ROWS_MAX = 4096, ALERT_ROW_ID_SIZE = ALERT_ID_SIZE };

struct alert_row {
    const struct alert_entry *entry; /* the alert; of a group the one that should be looked at first */
    bool is_group, is_open;
    bool is_scope;   /* a group of one account and instrument, else of a rule */
    int level;       /* how many groups it stands in */
    uint32_t alerts; /* of a group, as all below */
    uint32_t raised, unacknowledged;
    enum severity worst; /* of what is raised; without any, of all */
    int64_t first_ns, last_ns;
};

struct alert_rows {
    struct alert_row items[ALERT_ROWS_MAX];
    int count;
    uint32_t left_out; /* rows beyond ALERT_ROWS_MAX */
};

/* Makes rows of `count` alerts, which stand in the order of alert_list_sorted. Rules with more than `most` of them are
 * groups. `open` is the id of the group that is open (with it the one that it is in); "": none. */
void alert_rows_build(struct alert_rows *rows, const struct alert_entry *const *entries, size_t count, uint32_t most,
                      const char *open);

/* What names a row: the id of the alert; that of a group begins with `=`. */
void alert_rows_id(const struct alert_row *row, char id[ALERT_ROW_ID_SIZE]);

/* Whether an alert belongs to the group of that id. */
bool alert_rows_holds(const char *group_id, const struct alert_entry *entry);

/* "stale_quote: 10,000 alerts, 9,998 not ack, …" */
void alert_rows_say(const struct alert_row *row, char *text, size_t size);

#endif
