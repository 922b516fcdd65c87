/* The one table of all options: the command line, the environment, the [deck] section of a configuration file, the
 * help and --print-config are read off it. */
#ifndef APP_OPTION_TABLE_H
#define APP_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "app/options.h"

enum {
    OPTION_FOR_DECK = 1 << 0,
    OPTION_FOR_WATCH = 1 << 1,
    OPTION_CONFIGURABLE = 1 << 2, /* a key of [deck] and a variable too, not only a flag */
    OPTION_FLAG = 1 << 3,         /* yes or no; `--name` alone means yes */
    OPTION_LIST = 1 << 4,         /* may be given several times; in one text separated by " | " */
    OPTION_COMMAND = 1 << 5,      /* takes no argument at all and ends the reading of options, or is a mode */
    OPTION_FOR_WORK = 1 << 7,
    OPTION_FOR_PUBLISH = 1 << 8,
    OPTION_FOR_DEAD_LETTERS = 1 << 9,
    OPTION_FOR_STREAMS = 1 << 10,
    OPTION_FOR_ORDER = 1 << 11,
    OPTION_FOR_CANCEL = 1 << 12,
    OPTION_FOR_REPLACE = 1 << 13,
    OPTION_FOR_ORDERS = 1 << 14,
    OPTION_FOR_POSITIONS = 1 << 15,
    OPTION_FOR_FILLS = 1 << 16,
    OPTION_FOR_BACKTEST = 1 << 17,
    OPTION_FOR_RECORD = 1 << 18,
    OPTION_FOR_STATE = 1 << 19, /* halt, reduce, resume */
    OPTION_FOR_ALERTS = 1 << 20,
    OPTION_FOR_ACK = 1 << 21,
    OPTION_FOR_FLATTEN = 1 << 22,
    OPTION_FOR_TRADE = OPTION_FOR_ORDER | OPTION_FOR_CANCEL | OPTION_FOR_REPLACE,
    OPTION_FOR_LISTS = OPTION_FOR_ORDERS | OPTION_FOR_POSITIONS | OPTION_FOR_FILLS,
    OPTION_FOR_ALL = OPTION_FOR_DECK | OPTION_FOR_WATCH | OPTION_FOR_WORK | OPTION_FOR_PUBLISH |
                     OPTION_FOR_DEAD_LETTERS | OPTION_FOR_STREAMS | OPTION_FOR_TRADE | OPTION_FOR_LISTS |
                     OPTION_FOR_BACKTEST | OPTION_FOR_RECORD | OPTION_FOR_STATE | OPTION_FOR_FLATTEN |
                     OPTION_FOR_ALERTS | OPTION_FOR_ACK,
    OPTION_SECRET = 1 << 6, /* no flag; a key only in a file that nobody else can read; never shown */
};

/* Separates the items of a list in an environment variable or a file. */
#define OPTION_LIST_SEPARATOR " | "

enum { OPTION_KEY_SIZE = 32 };

struct option_spec {
    const char *name;     /* of the flag, without the dashes */
    char letter;          /* short form; 0: none */
    unsigned traits;      /* of the enum above */
    const char *argument; /* as the help shows it */
    const char *built_in; /* NULL: no value */
    const char *help;
    /* Takes one value (one item of a list) over into the options. NULL for commands. */
    int (*set)(struct options *options, const char *text, struct error *error);
};

extern const struct option_spec OPTION_TABLE[];
extern const size_t OPTION_COUNT;

/* What was given for an option last, and where. Both are owned. */
struct option_value {
    char *text;   /* NULL: nothing */
    char *origin; /* "built-in", "FILE:LINE", "environment TAPEDECK_…", "command line" */
};

/* The key of [deck]: the name with `_` for `-`. */
void option_key(const struct option_spec *spec, char key[OPTION_KEY_SIZE]);
/* The variable: TAPEDECK_ and the key in capitals. */
void option_variable(const struct option_spec *spec, char name[OPTION_KEY_SIZE]);
/* NULL when there is none of this key, or it cannot stand in a file. */
const struct option_spec *option_of_key(const char *key);

/* Forgets the items of a list. */
void option_clear_list(struct options *options, const struct option_spec *spec);

#endif
