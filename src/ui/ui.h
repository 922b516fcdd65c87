/* What every screen, pane and dialogue has in hand: the read model, the canvas, what the user looks at and what is
 * open. One struct, owned by screen.c, handed to all of them; no globals. Screen thread. */
#ifndef UI_UI_H
#define UI_UI_H

#include <stdbool.h>
#include <stdint.h>

#include "core/order.h"
#include "ui/bandwidth.h"
#include "ui/browse.h"
#include "ui/chart.h"
#include "ui/draw.h"
#include "ui/hits.h"
#include "ui/ladder.h"
#include "ui/layout.h"
#include "ui/model.h"
#include "ui/screen.h"

/* Who gets the keys. */
enum mode { MODE_VIEW, MODE_FILTER, MODE_TICKET, MODE_PROMPT, MODE_COMMAND, MODE_HELP };

/* The screens, in the order of their keys: 1 to 9, 0, -. */
enum view_id {
    VIEW_DECK,
    VIEW_MARKET,
    VIEW_INSTRUMENT,
    VIEW_LADDER,
    VIEW_ORDERS,
    VIEW_POSITIONS,
    VIEW_RISK,
    VIEW_ALERTS,
    VIEW_SYSTEM,
    VIEW_TAPE,
    VIEW_LOG,
    VIEW_COUNT
};

enum ticket_field { TICKET_SIDE, TICKET_TYPE, TICKET_QUANTITY, TICKET_PRICE, TICKET_TIF, TICKET_FIELDS };
enum ticket_phase { TICKET_EDIT, TICKET_CONFIRM, TICKET_SENT };

struct ticket {
    enum ticket_phase phase;
    enum ticket_field field;
    char symbol[SYMBOL_SIZE], exchange[EXCHANGE_SIZE];
    enum side side;
    enum order_type type;
    enum time_in_force tif;
    int64_t quantity, price; /* as last read from the fields; DECIMAL_NONE: not a number */
    char quantity_text[24], price_text[24];
    bool fresh;        /* the field was just entered: the first digit replaces it */
    char problem[120]; /* what is wrong with the fields */
    char order_id[ID_SIZE];
    bool changes;             /* it is about this order, which works already */
    char request_id[ID_SIZE]; /* of the change */
    uint64_t cookie;
    int64_t sent_ns;
};

enum prompt_kind {
    PROMPT_HALT,
    PROMPT_REDUCE,
    PROMPT_FLATTEN,
    PROMPT_RESUME,
    PROMPT_CANCEL,
    PROMPT_CANCEL_ALL,
    PROMPT_CANCEL_HERE, /* in the row of the ladder's cursor */
    PROMPT_ARM,
    PROMPT_QUANTITY,
    PROMPT_SHELVE,
    PROMPT_COMMENT,
    PROMPT_ACK_GROUP,
    PROMPT_QUIT
};

struct prompt {
    enum prompt_kind kind;
    char typed[96];
    char order_id[ID_SIZE];       /* PROMPT_CANCEL */
    char scope[STATE_SCOPE_SIZE]; /* of a halt and the like; of a resume the account, `*`: all */
    char alert_id[ALERT_ID_SIZE]; /* PROMPT_SHELVE, PROMPT_COMMENT; PROMPT_ACK_GROUP: of the group */
    char problem[64];             /* what is wrong with what was typed */
    enum mode before;             /* where Esc goes back to */
};

struct ui;
struct look;
struct layout_tree;

/* A screen: one file with this table. Its keys stand in the one table of keys (keys.c); `where` says which of them
 * work now. */
struct view_ops {
    const char *name;
    void (*open)(struct ui *ui); /* NULL, like `close`: there is nothing to do */
    void (*draw)(struct ui *ui);
    unsigned (*where)(const struct ui *ui);
    void (*close)(struct ui *ui);
    const struct browse_ops *list; /* what its cursor walks through; NULL: none */
    /* Writes what the cursor is on in full, to be copied; false when that is its row as it is drawn, as with NULL. */
    bool (*copy)(struct ui *ui, char *text, size_t size);
};

struct market_screen {
    int group; /* of the configuration, from 1; 0: all instruments */
};

/* Ladders beside each other: the first has the cursor, the others are of the instruments below it in the watchlist. */
enum { LADDERS_MAX = 3 };

struct ladder_screen {
    struct ladder_place places[LADDERS_MAX];
    size_t markets[LADDERS_MAX]; /* of which each is, once it is placed */
    bool has_cursor;             /* else it goes to the market with the next frame */
    int64_t cursor;              /* price of a row */
    enum side side;              /* the column of the cursor */
    int64_t quantity;            /* of orders; 0: the usual one */
    int grouping;                /* how many ticks a row stands for, a place in a table */
    bool armed;                  /* orders are sent with one key */
    bool is_moving;              /* orders were picked up in the row of `moved_from` */
    int64_t moved_from;
    char order_id[ID_SIZE]; /* of the last order that was sent with one key; "": none */
    bool is_clicked;        /* the mouse put the cursor where it is, at `clicked_ns` */
    int64_t clicked_ns;     /* monotonic */
};

/* What the orders screen shows. */
enum orders_scope { ORDERS_WORKING, ORDERS_DONE, ORDERS_ALL, ORDERS_SCOPES };

struct orders_screen {
    enum orders_scope scope;
    bool all_accounts;
    char order_id[ID_SIZE]; /* whose events are shown; "": the list is */
    int top;                /* the first of them on the screen */
};

struct positions_screen {
    bool own_account; /* only; else all */
    bool flat;        /* what is closed is listed too */
};

/* What the alerts screen shows: what is raised or not acknowledged, all, or what is shelved. */
enum alerts_which { ALERTS_OPEN, ALERTS_ALL, ALERTS_SHELVED, ALERTS_WHICHES };

struct tape_screen {
    uint64_t paused_at;     /* events that were read since are not shown; 0: all are */
    struct tape_entry open; /* shown in full; number 0: the list is */
    int top;
};

/* Orders that are being cancelled, or alerts that are being acknowledged, because a person asked for all of them: as
 * many at a time as may be in flight. */
enum sweep_kind { SWEEP_CANCELS, SWEEP_ACKS, SWEEP_KINDS };

struct sweep {
    char (*ids)[ALERT_ID_SIZE]; /* owned; of orders or alerts */
    int count, next;
};

/* The line behind ":". */
enum { COMMAND_SIZE = 192 };

struct command_line {
    char text[COMMAND_SIZE];
};

enum { NOTE_SIZE = 240, CONTROL_SIZE = 17 * 1024 };

struct screen_config;

struct ui {
    struct model *model; /* owned */
    const struct instruments *instruments;
    struct risk_config risk; /* its levels */
    struct screen_actions actions;
    char account[ACCOUNT_SIZE], user[ACCOUNT_SIZE], banner[16];
    bool readonly;
    bool flash; /* what changes shines for a moment */
    enum bell_rule bell_rule;
    uint64_t rung_sequence;             /* RISK sequence of the latest alert that the bell rang for */
    int64_t rang_ns;                    /* monotonic: when; 0: never */
    const struct screen_config *config; /* NULL: what is built in */
    struct canvas canvas;
    struct hits *hits;             /* owned; what the mouse finds where; NULL: there is none */
    bool mouse;                    /* clicks are the deck's, not the terminal's */
    struct look *look;             /* owned by the screen: its palette is the canvas' */
    int64_t wall_ns, monotonic_ns; /* of this frame or key */
    int64_t market_ns;             /* monotonic: as of then the market is shown */
    struct bandwidth bandwidth;    /* to the terminal */
    int64_t key_ns;                /* monotonic: of the last key */
    int64_t arm_idle_ns;           /* one-key trading ends when no key comes for so long */

    enum view_id view;
    struct browse browses[VIEW_COUNT]; /* the list of each screen */
    struct market_screen market;
    struct ladder_screen ladder;
    struct orders_screen orders;
    struct positions_screen positions;
    enum alerts_which alerts_which;
    char alerts_open[BROWSE_ID_SIZE]; /* the group that is open; "": none */
    int risk_part;                    /* of the risk screen: which stands first below the limits */
    int system_part;                  /* of the system screen: which stands first */
    struct tape_screen tape;
    struct sweep sweeps[SWEEP_KINDS];
    struct command_line command;
    enum mode mode;
    enum pane_id focus; /* in the deck */
    bool zoomed;
    const struct layout_tree *layouts; /* of the configuration */
    int layout_count;
    const struct layout_tree *layout_tree; /* the one in use; NULL: the built-in layout */
    struct layout layout;
    struct list lists[PANE_FOCUSABLE];
    size_t watched;                             /* the market that the cursor of the watchlist is on */
    bool moved[PANE_FOCUSABLE];                 /* the user put the cursor where it is; else it keeps to the top row */
    char chosen[PANE_FOCUSABLE][ALERT_ID_SIZE]; /* what the cursor of the other lists is on */
    struct filter filters[PANE_FOCUSABLE];
    int wanted[PANE_FOCUSABLE]; /* the most rows that a pane had to show; never less, so that nothing jumps back */
    int price_cols;             /* of price columns: grows with the prices, so that nothing jumps back */
    struct chart_look chart;
    size_t past_of; /* the instrument whose past is wanted, and since when (monotonic) */
    int64_t past_since_ns;
    bool depth_beside; /* the chart, on a narrow screen; else the trades */
    struct ticket ticket;
    struct prompt prompt;
    int help_top;
    char note[NOTE_SIZE]; /* what happened, in words */
    enum role note_role;
    int64_t note_until_ns; /* monotonic */
    uint64_t last_cookie;
    bool leave;                 /* the user wants to go */
    bool redraw;                /* the terminal has to be drawn anew */
    char control[CONTROL_SIZE]; /* a control sequence that goes to the terminal with the next frame */
};

/* Frees what it owns, the model too. */
void ui_free(struct ui *ui);

/* The keys that the configuration changed; NULL: none. */
const struct keymap *ui_keymap(const struct ui *ui);

/* Says something in the note line for some seconds. */
void ui_note(struct ui *ui, enum role role, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Publishes a request of the user; says so when it cannot be queued. Returns its cookie, 0 when it was not sent. */
uint64_t ui_publish(struct ui *ui, const struct event *event);

/* A key for a line of text: a character is appended as long as it fits, backspace takes the last one away. */
void ui_type(char *text, size_t size, int key);

/* The filter that is in use where the cursor stands: the pane's on the deck, else the screen's. */
struct filter *ui_filter(struct ui *ui);

/* True when the pane's filter finds `text`. */
bool ui_matches(const struct ui *ui, enum pane_id pane, const char *text);

/* The rectangle of a dialogue over `around`: all its columns on a narrow screen, so that nothing shows at its sides. */
struct area ui_dialogue(struct area around, int rows);

/* The ink of a row: selected or not. */
struct ink ui_ink(enum role role, bool selected);

/* The arrow (none for 0) and the role for a gain or loss: 1, -1 or 0. */
enum role ui_role_of(int sign);
const char *ui_arrow(const struct ui *ui, int sign);
int ui_sign(int128 money);

#endif
