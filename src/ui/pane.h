/* Panes: the pieces of the deck. Each is one file with one of these tables; each draws from the read model alone. */
#ifndef UI_PANE_H
#define UI_PANE_H

#include "ui/alert_rows.h"
#include "ui/table.h"
#include "ui/ui.h"

struct pane_ops {
    const char *name; /* in the note line and in help */
    void (*draw)(struct ui *ui, struct area area, bool focused);
    /* Moves the cursor by so many entries; NULL when the pane has none. Large numbers go to an end. */
    void (*move)(struct ui *ui, int by);
    /* Writes what the cursor is on in full, for the note line; NULL when rows are never cut. */
    enum role (*detail)(const struct ui *ui, char *text, size_t size);
};

extern const struct pane_ops pane_watch, pane_positions, pane_orders, pane_alerts, pane_server, pane_chart, pane_trades;

/* The instrument under the cursor of the watchlist; NULL when there is none. */
const struct instrument_view *pane_watch_selected(const struct ui *ui);
/* Puts it on an instrument; a filter that hides it is cleared, and charts begin at now. */
void pane_watch_select(struct ui *ui, const struct instrument_view *view);
/* The one that stands so many places below it; NULL when none does. */
const struct instrument_view *pane_watch_below(const struct ui *ui, int by);
/* The order under the cursor of the order pane; NULL when there is none, or when it is not in the order book. */
const struct order *pane_orders_selected(const struct ui *ui);
/* The alert, or the group of them, under the cursor of the alert pane; false when there is none. */
bool pane_alerts_selected(const struct ui *ui, struct alert_row *row);

/* A stream by what it holds: without the prefix of our own streams. */
const char *pane_server_stream_name(const char *name);

/* ---- for panes ------------------------------------------------------------------------------------------------ */

/* The columns that fit into the pane, with a cell free at its right edge. */
struct table pane_table(struct area area, const struct column *columns, int count);

/* Notes how many rows a pane has to show, for the layout of the next frame. */
void pane_want_rows(struct ui *ui, enum pane_id pane, int rows);

/* One cell of a table in row `row`: right-aligned or not as its column says; an empty text is a dash. */
void pane_cell(const struct ui *ui, struct area area, const struct table *table, const struct column *columns,
               int column, int row, struct ink ink, const char *text);

/* The column titles in row `row`. */
void pane_header(const struct ui *ui, struct area area, const struct table *table, const struct column *columns,
                 int row);

/* A line in the dim ink, for a pane that has nothing to show. */
void pane_empty(const struct ui *ui, struct area area, int row, const char *text);

/* The row's ground, and the pointer when the cursor stands there. `place` is that of the entry in its list, for the
 * mouse; -1: it is no entry. */
void pane_row(const struct ui *ui, struct area area, int row, int place, bool selected);

/* The rule above a pane with its filter, if it has one. `count` and `visible` say which part of a list is shown, when
 * that is not all of it. Both return the column at which `right` starts. */
int pane_list_rule(const struct ui *ui, struct area area, enum pane_id pane, const char *title, const char *right,
                   bool focused, int count, int visible);
int pane_rule(const struct ui *ui, struct area area, enum pane_id pane, const char *title, const char *right,
              bool focused);

/* Money with arrow and sign, in brackets when it rests on a stale mark. Returns the role for its sign; what rounds to
 * nothing has none. */
enum role pane_profit(const struct ui *ui, char *text, size_t size, int128 money, bool stale, int cols);

#endif
