/* Named groups of instruments for the market screen: `[watch.NAME] symbols = AAPL MSFT BTC-USD@COINBASE`. Pure. */
#ifndef UI_WATCH_GROUPS_H
#define UI_WATCH_GROUPS_H

#include "core/error.h"
#include "core/quote.h"

enum { WATCH_GROUPS_MAX = 32, WATCH_GROUP_NAME_SIZE = 20, WATCH_SYMBOLS_MAX = 1024 };

struct watch_symbol {
    char exchange[EXCHANGE_SIZE]; /* "": the symbol's primary one */
    char symbol[SYMBOL_SIZE];
};

struct watch_group {
    char name[WATCH_GROUP_NAME_SIZE];
    struct watch_symbol *symbols; /* owned */
    int count;
};

/* In the order of the configuration. All zeros: none. */
struct watch_groups {
    struct watch_group groups[WATCH_GROUPS_MAX];
    int count;
};

/* Takes over one key of [watch.NAME]; the symbols replace those that the group had. -1 (ERROR_USAGE) for an unknown
 * key, a name that is taken ("all") or is none, and symbols that are none. */
int watch_groups_set(struct watch_groups *groups, const char *name, const char *key, const char *value,
                     struct error *error);
void watch_groups_free(struct watch_groups *groups);

#endif
