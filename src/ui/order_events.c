/* The events of one order, oldest first, and how long each took: by the times at which the stream stored them, so that
 * no two clocks are compared. What the screen did not read itself (it may have started later) is known by its time
 * alone. */
#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"
#include "ui/format.h"
#include "ui/order_text.h"
#include "ui/pane.h"
#include "ui/view_orders.h"

enum { HOPS_MAX = 512 };

enum hop_column { COLUMN_EVENT, COLUMN_STORED, COLUMN_HOP, COLUMN_TOTAL, COLUMN_SEQUENCE, COLUMN_WHAT, COLUMN_COUNT };

static const struct column columns[COLUMN_COUNT] = {
    [COLUMN_EVENT] = {.title = "EVENT", .width = 19},
    [COLUMN_STORED] = {.title = "STORED", .width = 16, .rank = 1},
    [COLUMN_HOP] = {.title = "HOP ms", .width = 11, .right = true},
    [COLUMN_TOTAL] = {.title = "SINCE NEW ms", .width = 14, .rank = 3, .right = true},
    [COLUMN_SEQUENCE] = {.title = "SEQ", .width = 10, .rank = 4, .right = true},
    [COLUMN_WHAT] = {.title = "  WHAT", .width = 16, .rank = 2, .grow = 1},
};

struct hop {
    const char *name;
    const struct event *event; /* NULL: only its time is known */
    int64_t stored_ns;
    uint64_t sequence;
};

struct hops {
    struct hop items[HOPS_MAX];
    int count;
};

static void add(struct hops *hops, struct hop hop)
{
    if (hops->count < HOPS_MAX && hop.stored_ns != 0)
        hops->items[hops->count++] = hop;
}

/* The steps whose events were not read, by the times that the book keeps. */
static void add_earlier(struct hops *hops, const struct order *order)
{
    add(hops, (struct hop){"order request", NULL, order->new_stored_ns, order->new_sequence});
    add(hops, (struct hop){"order decided", NULL, order->decided_stored_ns, 0});
    add(hops, (struct hop){"order accepted", NULL, order->accepted_stored_ns, 0});
    add(hops, (struct hop){"last fill", NULL, order->executed_stored_ns, order->execution_sequence});
    if (order_is_done(order) && order->last_stored_ns != order->executed_stored_ns)
        add(hops, (struct hop){"order ended", NULL, order->last_stored_ns, order->last_sequence});
}

static void collect(const struct ui *ui, const struct order *order, struct hops *hops)
{
    const struct tape_entry *entry;
    struct hops earlier = {.count = 0};
    int back = 0;
    hops->count = 0;
    /* The ring goes from the newest to the oldest: find where the order begins, then walk forwards. */
    while ((entry = model_event(ui->model, MODEL_ORDERS, back)) != NULL && entry->event.sequence > order->new_sequence)
        back++;
    bool whole = entry != NULL;
    for (; back >= 0; back--) {
        entry = model_event(ui->model, MODEL_ORDERS, back);
        const char *id = entry == NULL ? NULL : event_order_id(&entry->event);
        if (id != NULL && strcmp(id, order->terms.order_id) == 0)
            add(hops, (struct hop){event_kind_name(entry->event.kind), &entry->event, entry->event.stored_ns,
                                   entry->event.sequence});
    }
    if (whole)
        return;
    add_earlier(&earlier, order);
    int64_t first_ns = hops->count > 0 ? hops->items[0].stored_ns : INT64_MAX;
    int kept = 0;
    while (kept < earlier.count && earlier.items[kept].stored_ns < first_ns)
        kept++;
    if (kept + hops->count > HOPS_MAX)
        hops->count = HOPS_MAX - kept;
    memmove(hops->items + kept, hops->items, (size_t)hops->count * sizeof hops->items[0]);
    memcpy(hops->items, earlier.items, (size_t)kept * sizeof hops->items[0]);
    hops->count += kept;
}

/* ---- what each says ------------------------------------------------------------------------------------------- */

static void say_change(char *text, size_t size, int64_t quantity, int64_t price, int price_decimals,
                       int quantity_decimals)
{
    char number[FORMAT_SIZE], limit[FORMAT_SIZE];
    format_quantity(number, quantity, quantity_decimals, false);
    format_price(limit, price, price_decimals, 24);
    snprintf(text, size, "%s%s%s", number, limit[0] != '\0' ? " @ " : "", limit);
}

static void describe(const struct ui *ui, const struct event *event, const struct order *order, char *text, size_t size)
{
    const struct instrument *instrument = instruments_find(ui->instruments, order->terms.exchange, order->terms.symbol);
    int price_decimals = instrument == NULL ? 2 : instrument_price_decimals(instrument);
    int quantity_decimals = instrument == NULL ? 0 : instrument_quantity_decimals(instrument);
    char fill[2 * FORMAT_SIZE];
    text[0] = '\0';
    switch (event->kind) {
    case EVENT_ORDER_NEW:
        say_change(text, size, event->request.quantity, event->request.limit_price, price_decimals, quantity_decimals);
        break;
    case EVENT_ORDER_CANCEL:
        snprintf(text, size, "by %s", event->change.source);
        break;
    case EVENT_ORDER_REPLACE:
        say_change(text, size, event->change.quantity, event->change.limit_price, price_decimals, quantity_decimals);
        break;
    case EVENT_ORDER_REJECTED:
    case EVENT_REPLACE_REJECTED:
        snprintf(text, size, "%s: %s", event->decision.code, event->decision.reason);
        break;
    case EVENT_ORDER_EXECUTED:
        say_change(fill, sizeof fill, event->execution.quantity, event->execution.price, price_decimals,
                   quantity_decimals);
        snprintf(text, size, "%s%s%s", fill,
                 event->execution.liquidity == LIQUIDITY_MAKER   ? ", maker"
                 : event->execution.liquidity == LIQUIDITY_TAKER ? ", taker"
                                                                 : "",
                 event->execution.filled ? ", filled" : "");
        break;
    case EVENT_ORDER_REFUSED:
        snprintf(text, size, "%s", event->acknowledgement.reason);
        break;
    case EVENT_ORDER_CANCELLED:
        snprintf(text, size, "%s", cancel_reason_name(event->cancellation.reason));
        break;
    case EVENT_ORDER_REPLACED:
        say_change(text, size, event->answer.quantity, event->answer.limit_price, price_decimals, quantity_decimals);
        break;
    case EVENT_CANCEL_REJECTED:
        snprintf(text, size, "%s", event->answer.reason);
        break;
    case EVENT_QUOTE:
    case EVENT_ORDER_VALIDATED:
    case EVENT_REPLACE_VALIDATED:
    case EVENT_ORDER_ACCEPTED:
    case EVENT_ORDER_TRIGGERED:
    case EVENT_TRADING_STATE:
    case EVENT_POSITION:
    case EVENT_ALERT:
    case EVENT_ALERT_ACK:
    case EVENT_EXPOSURE:
    case EVENT_LIMITS:
    case EVENT_KINDS:
        break;
    }
}

/* ---- drawing -------------------------------------------------------------------------------------------------- */

static void draw_hop(const struct ui *ui, struct area area, const struct table *table, int row, const struct hops *hops,
                     int place, const struct order *order)
{
    const struct hop *hop = &hops->items[place];
    struct ink plain = ui_ink(ROLE_TEXT, false), dim = ui_ink(ROLE_DIM, false);
    char text[REASON_SIZE + 64], what[REASON_SIZE + 68];
    pane_cell(ui, area, table, columns, COLUMN_EVENT, row, plain, hop->name);
    format_instant(text, hop->stored_ns);
    pane_cell(ui, area, table, columns, COLUMN_STORED, row, dim, text);
    text[0] = '\0';
    if (place > 0)
        format_ms(text, hop->stored_ns - hops->items[place - 1].stored_ns);
    pane_cell(ui, area, table, columns, COLUMN_HOP, row, plain, text);
    if (place > 0)
        format_ms(text, hop->stored_ns - hops->items[0].stored_ns);
    pane_cell(ui, area, table, columns, COLUMN_TOTAL, row, dim, text);
    text[0] = '\0';
    if (hop->sequence != 0)
        format_count(text, hop->sequence);
    pane_cell(ui, area, table, columns, COLUMN_SEQUENCE, row, dim, text);
    if (hop->event != NULL)
        describe(ui, hop->event, order, text, sizeof text);
    else
        snprintf(text, sizeof text, "before this screen began to read");
    snprintf(what, sizeof what, "  %s", text);
    pane_cell(ui, area, table, columns, COLUMN_WHAT, row, hop->event == NULL ? dim : plain, what);
}

static void write_title(const struct ui *ui, const struct order *order, char *title, size_t size)
{
    const struct order_request *terms = &order->terms;
    const struct instrument *instrument = instruments_find(ui->instruments, terms->exchange, terms->symbol);
    char quantity[FORMAT_SIZE], price[FORMAT_SIZE];
    format_quantity(quantity, terms->quantity, instrument == NULL ? 0 : instrument_quantity_decimals(instrument),
                    false);
    format_price(price, terms->limit_price != DECIMAL_NONE ? terms->limit_price : terms->stop_price,
                 instrument == NULL ? 2 : instrument_price_decimals(instrument), 24);
    snprintf(title, size, "%s %s %s @ %s %s", side_name(terms->side), quantity, terms->symbol,
             price[0] != '\0' ? price : "market", time_in_force_name(terms->time_in_force));
}

void view_orders_draw_events(struct ui *ui, struct area area)
{
    enum { HEAD = 3 };
    const struct order *order = order_book_find(model_orders(ui->model), ui->orders.order_id);
    struct hops hops;
    char title[4 * FORMAT_SIZE], state[REASON_SIZE + 64], line[REASON_SIZE + 160];
    if (area_is_empty(area))
        return;
    if (order == NULL) {
        draw_rule(&ui->canvas, area, "Order", ui->orders.order_id, true);
        pane_empty(ui, area, 1, "The tape was read anew and does not hold this order any more.");
        return;
    }
    collect(ui, order, &hops);
    write_title(ui, order, title, sizeof title);
    draw_rule(&ui->canvas, area, title, order->terms.account, true);
    enum role role = order_text(order, true, 0, state, sizeof state);
    snprintf(line, sizeof line, "%s  on %s, from %s", order->terms.order_id, order->terms.exchange,
             order->terms.source);
    int col = draw_text(&ui->canvas, area, 1, 1, 0, ui_ink(ROLE_DIM, false), line);
    draw_text(&ui->canvas, area, 1, col + 2, area.cols - col - 3, ui_ink(role, false), state);
    struct table table = pane_table(area, columns, COLUMN_COUNT);
    pane_header(ui, area, &table, columns, 2);
    int visible = area.rows - HEAD;
    if (ui->orders.top > hops.count - visible)
        ui->orders.top = hops.count - visible;
    if (ui->orders.top < 0)
        ui->orders.top = 0;
    for (int i = 0; i < visible && ui->orders.top + i < hops.count; i++)
        draw_hop(ui, area, &table, HEAD + i, &hops, ui->orders.top + i, order);
}
