/* Keys: one table holds every key, where it works, its help and its handler. The help screen, the bottom line and
 * docs/keys.md are made from it. */
#ifndef UI_KEYS_H
#define UI_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/ui.h"

/* Keys that are not characters; characters are their code point. screen.c translates curses' codes. */
enum keys_code {
    KEYS_TAB = 9,
    KEYS_ENTER = 10,
    KEYS_REDRAW = 12, /* Ctrl-L */
    KEYS_RELOAD = 20, /* Ctrl-T */
    KEYS_ESCAPE = 27,
    KEYS_UP = 0x200000, /* beyond the last code point */
    KEYS_DOWN,
    KEYS_LEFT,
    KEYS_RIGHT,
    KEYS_PAGE_UP,
    KEYS_PAGE_DOWN,
    KEYS_HOME,
    KEYS_END,
    KEYS_BACK_TAB,
    KEYS_BACKSPACE,
    KEYS_INSERT,
    KEYS_DELETE,
    KEYS_F1, /* to F12 */
    KEYS_F12 = KEYS_F1 + 11,
    KEYS_TEXT,   /* in the table only: any printable ASCII character */
    KEYS_NUMBER, /* in the table only: a digit or a point */
    KEYS_DIGIT,  /* in the table only: the keys of the screens, VIEW_KEYS */
    KEYS_ANY,    /* in the table only: any key */
};

/* Where a key works: the focused pane of the deck, another screen, or what is open over it. */
enum {
    WHERE_WATCH = 1 << PANE_WATCH,
    WHERE_POSITIONS = 1 << PANE_POSITIONS,
    WHERE_ORDERS = 1 << PANE_ORDERS,
    WHERE_ALERTS = 1 << PANE_ALERTS,
    WHERE_SERVER = 1 << PANE_SERVER,
    WHERE_DECK = (1 << PANE_FOCUSABLE) - 1,
    WHERE_DECK_LISTS = WHERE_DECK & ~WHERE_SERVER,

    WHERE_VIEW_ORDERS = 1 << 5,
    WHERE_VIEW_ORDER = 1 << 6, /* the events of one order */
    WHERE_VIEW_POSITIONS = 1 << 7,
    WHERE_VIEW_ALERTS = 1 << 8,
    WHERE_VIEW_SYSTEM = 1 << 9,
    WHERE_VIEW_TAPE = 1 << 10,
    WHERE_VIEW_EVENT = 1 << 11, /* one event in full */
    WHERE_VIEW_LOG = 1 << 12,
    WHERE_VIEW_MARKET = 1 << 13,
    WHERE_VIEW_INSTRUMENT = 1 << 14,
    WHERE_VIEW_RISK = 1 << 26,
    WHERE_VIEW_LADDER = 1 << 15,
    WHERE_LADDER_ARMED = 1 << 27, /* the ladder, while one key trades */
    WHERE_LADDER = WHERE_VIEW_LADDER | WHERE_LADDER_ARMED,
    /* Lists that can be sorted. */
    WHERE_TABLES = WHERE_VIEW_MARKET | WHERE_VIEW_ORDERS | WHERE_VIEW_POSITIONS | WHERE_VIEW_RISK | WHERE_VIEW_ALERTS,
    WHERE_LISTS = WHERE_TABLES | WHERE_VIEW_TAPE | WHERE_VIEW_LOG,
    WHERE_VIEWS =
        WHERE_LISTS | WHERE_VIEW_INSTRUMENT | WHERE_VIEW_ORDER | WHERE_VIEW_SYSTEM | WHERE_VIEW_EVENT | WHERE_LADDER,
    WHERE_SCREENS = WHERE_DECK | WHERE_VIEWS,

    WHERE_FILTER = 1 << 16,
    WHERE_COMMAND = 1 << 17,
    WHERE_TICKET = 1 << 18,         /* the fields are being edited */
    WHERE_TICKET_CONFIRM = 1 << 19, /* the order is repeated in words */
    WHERE_TICKET_SENT = 1 << 20,    /* what became of it */
    WHERE_TYPED = 1 << 21,          /* a word has to be typed: HALT, FLATTEN, CANCEL, ARM */
    WHERE_CANCEL = 1 << 22,         /* the second key of a cancel */
    WHERE_QUIT = 1 << 23,           /* the question before leaving */
    WHERE_LINE = 1 << 24,           /* a line is typed: how long to shelve, a comment, a quantity */
    WHERE_HELP = 1 << 25,
    WHERE_ACK_GROUP = 1 << 28, /* the second key before a whole group is acknowledged */
    WHERE_DIALOGUES = WHERE_FILTER | WHERE_COMMAND | WHERE_TICKET | WHERE_TICKET_CONFIRM | WHERE_TICKET_SENT |
                      WHERE_TYPED | WHERE_CANCEL | WHERE_QUIT | WHERE_LINE | WHERE_HELP | WHERE_ACK_GROUP,
    WHERE_EVERYWHERE = WHERE_SCREENS | WHERE_DIALOGUES,
};

enum { KEYS_PER_BINDING = 5 };

struct keymap;

struct key_binding {
    int keys[KEYS_PER_BINDING]; /* 0 ends them */
    unsigned where;
    const char *label;   /* as people write it */
    const char *help;    /* a few words */
    const char *hint;    /* one word for the bottom line; NULL: not there */
    const char *command; /* its name on the command line and in the configuration; NULL: none */
    bool trading;        /* off with --readonly */
    /* Is given the key; where there is a command, the first one of the table, whatever key it has now. */
    void (*handler)(struct ui *ui, int key);
};

/* The table; `*count` entries. */
const struct key_binding *keys_table(size_t *count);

/* Where the keys go now. */
unsigned keys_where(const struct ui *ui);

/* Whether a binding has a key, as the configuration changed it; `map` may be NULL. */
bool keys_takes(const struct keymap *map, const struct key_binding *binding, int key);

/* The binding that gets `key` there; NULL when none does. */
const struct key_binding *keys_find(const struct ui *ui, unsigned where, int key);

/* The keys of a binding as people write them. */
const char *keys_label(const struct ui *ui, const struct key_binding *binding);

/* The first of the keys that have this command there, for a sentence; "" when there is none. */
struct key_name {
    char text[16];
};
struct key_name keys_name(const struct ui *ui, unsigned where, const char *command);

/* Calls the handler of `key`; false when it has none here. */
bool keys_dispatch(struct ui *ui, unsigned where, int key);

/* Does what the bottom line names: a binding by its place in the table, that works here. */
void keys_press(struct ui *ui, int place);

/* A character of a paste: given to what takes text here, never to a command. False when nothing takes it. */
bool keys_paste(struct ui *ui, int key);

/* The bottom line. */
void keys_draw_line(const struct ui *ui, struct area area);

/* The name of the part of the help that a binding stands in. */
const char *keys_section(const struct key_binding *binding);

#endif
