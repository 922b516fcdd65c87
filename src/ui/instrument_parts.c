#include "ui/instrument_parts.h"

#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"
#include "ui/format.h"
#include "ui/order_text.h"
#include "ui/pane.h"
#include "ui/watch_row.h"

/* ---- the quote ------------------------------------------------------------------------------------------------ */

/* What is out of the ordinary is a warning. */
static const char *state_of(const struct ui *ui, const struct market *market, enum role *role)
{
    *role = ROLE_WARNING;
    if (market->quote.status != QUOTE_OPEN)
        return market->quote.status == QUOTE_HALTED ? "HALTED by the exchange" : "in an auction";
    if (market_is_crossed(market))
        return "CROSSED";
    if (model_is_stale(ui->model, market, ui->monotonic_ns))
        return "STALE";
    *role = ROLE_DIM;
    return "open";
}

void instrument_draw_head(struct ui *ui, struct area area, const struct instrument_view *view)
{
    const struct quote *quote = &view->market->quote;
    struct column columns[WATCH_COLUMNS];
    struct browse_rows rows = {.count = 0};
    char title[96];
    if (view->instrument != NULL)
        snprintf(title, sizeof title, "%s  %s, %s in %s", quote->symbol, quote->exchange,
                 instrument_kind_name(view->instrument->kind), view->instrument->currency);
    else
        snprintf(title, sizeof title, "%s  %s, not in the instrument table", quote->symbol, quote->exchange);
    enum role role;
    const char *state = state_of(ui, view->market, &role);
    int start = draw_rule(&ui->canvas, area, title, state, true);
    draw_text(&ui->canvas, area, 0, start, 0, ui_ink(role, false), state);
    browse_add(&rows, view);
    memcpy(columns, watch_row_columns, sizeof columns);
    watch_row_widen(ui, columns, &rows, area.cols);
    struct table table = pane_table(area, columns, WATCH_COLUMNS);
    pane_header(ui, area, &table, columns, 1);
    watch_row_draw(ui, area, &table, 2, false, view);
}

/* ---- depth ---------------------------------------------------------------------------------------------------- */

enum depth_column { DEPTH_PRICE, DEPTH_SIZE, DEPTH_BAR, DEPTH_COLUMNS };

static const struct column depth_columns[DEPTH_COLUMNS] = {
    [DEPTH_PRICE] = {.title = "PRICE", .width = 12, .right = true},
    [DEPTH_SIZE] = {.title = "SIZE", .width = 9, .right = true},
    [DEPTH_BAR] = {.title = " ", .width = 6, .rank = 1, .grow = 1},
};

static void draw_level(const struct ui *ui, struct area area, const struct table *table, int row,
                       const struct instrument_view *view, const struct depth_level *level, int64_t most,
                       struct ink ink)
{
    char text[FORMAT_SIZE];
    format_price(text, level->price, view->price_decimals, table->width[DEPTH_PRICE] - 1);
    pane_cell(ui, area, table, depth_columns, DEPTH_PRICE, row, ink, text);
    format_size(text, level->size, view->quantity_decimals, table->width[DEPTH_SIZE] - 1);
    pane_cell(ui, area, table, depth_columns, DEPTH_SIZE, row, ui_ink(ROLE_TEXT, false), text);
    int cols = table->width[DEPTH_BAR] - 1;
    int length = cols > 0 ? (int)((int128)level->size * cols / most) : 0;
    for (int col = 0; col < length || (col == 0 && cols > 0); col++)
        draw_text(&ui->canvas, area, row, table->start[DEPTH_BAR] + 1 + col, 1, ink, ui->canvas.ascii ? "=" : "▬");
}

void instrument_draw_depth(const struct ui *ui, struct area area, const struct instrument_view *view)
{
    const struct depth_view *held = model_depth(ui->model, view->market);
    struct table table = pane_table(area, depth_columns, DEPTH_COLUMNS);
    char right[FORMAT_SIZE + 16] = "", age[FORMAT_SIZE];
    if (held == NULL) {
        draw_rule(&ui->canvas, area, "Depth", "", false);
        pane_empty(ui, area, 1, "No depth was published yet.");
        return;
    }
    format_age(age, ui->monotonic_ns - held->seen_ns);
    bool stale = model_is_stale(ui->model, view->market, ui->market_ns);
    snprintf(right, sizeof right, "%s s ago", age);
    draw_rule(&ui->canvas, area, "Depth", right, false);
    pane_header(ui, area, &table, depth_columns, 1);
    const struct depth *depth = &held->depth;
    int64_t most = 1;
    for (size_t i = 0; i < depth->bid_count; i++)
        most = depth->bids[i].size > most ? depth->bids[i].size : most;
    for (size_t i = 0; i < depth->ask_count; i++)
        most = depth->asks[i].size > most ? depth->asks[i].size : most;
    int levels = (area.rows - 2) / 2;
    int asks = (int)depth->ask_count < levels ? (int)depth->ask_count : levels;
    int bids = (int)depth->bid_count < levels ? (int)depth->bid_count : levels;
    for (int i = 0; i < asks; i++)
        draw_level(ui, area, &table, 1 + asks - i, view, &depth->asks[i], most,
                   ui_ink(stale ? ROLE_STALE : ROLE_LOSS, false));
    for (int i = 0; i < bids; i++)
        draw_level(ui, area, &table, 2 + asks + i, view, &depth->bids[i], most,
                   ui_ink(stale ? ROLE_STALE : ROLE_GAIN, false));
}

/* ---- what is ours --------------------------------------------------------------------------------------------- */

enum { OURS_MAX = 64 };

/* Our orders that are not done, the oldest first; then those that the tape does not show yet. */
struct ours {
    const char *account;
    const struct order *orders[OURS_MAX];
    const struct request_view *requests[OURS_MAX];
    int order_count, request_count;
};

static void take_order(const struct order *order, void *context)
{
    struct ours *ours = context;
    if (strcmp(order->terms.account, ours->account) == 0 && ours->order_count < OURS_MAX)
        ours->orders[ours->order_count++] = order;
}

static void collect_ours(const struct ui *ui, const struct instrument_view *view, struct ours *ours)
{
    const struct quote *quote = &view->market->quote;
    *ours = (struct ours){.account = ui->account};
    order_book_each_open_of(model_orders(ui->model), quote->exchange, quote->symbol, take_order, ours);
    for (int i = 0; i < MODEL_REQUESTS; i++) {
        const struct request_view *request = model_request_at(ui->model, i);
        if (request != NULL && !request->seen && request->state != REQUEST_STATE_REFUSED &&
            request->event.kind == EVENT_ORDER_NEW && strcmp(request->event.request.symbol, quote->symbol) == 0 &&
            strcmp(request->event.request.exchange, quote->exchange) == 0)
            ours->requests[ours->request_count++] = request;
    }
}

static const struct position_view *find_position(const struct ui *ui, const char *symbol)
{
    const struct position_view *position;
    for (size_t i = 0; (position = model_position_at(ui->model, i)) != NULL; i++) {
        if (strcmp(position->position.account, ui->account) == 0 && strcmp(position->position.symbol, symbol) == 0)
            return position;
    }
    return NULL;
}

/* The position in words: how much at which average, and what it is worth now. */
static void describe_position(const struct ui *ui, const struct instrument_view *view, char *text, size_t size)
{
    const struct position_view *position = find_position(ui, view->market->quote.symbol);
    char quantity[FORMAT_SIZE], average[FORMAT_SIZE], open[2 * FORMAT_SIZE], realized[2 * FORMAT_SIZE];
    if (position == NULL || !position->known) {
        snprintf(text, size, "no position");
        return;
    }
    const struct position_event *held = &position->position;
    struct position_value value = model_position_value(ui->model, position, ui->monotonic_ns);
    format_quantity(quantity, held->quantity, view->quantity_decimals, true);
    format_price(average, held->average_price, view->price_decimals + 1, 20);
    pane_profit(ui, open, sizeof open, value.unrealized, value.stale, 24);
    pane_profit(ui, realized, sizeof realized, held->realized_pnl, false, 24);
    if (held->quantity == 0)
        snprintf(text, size, "flat  realized %s", realized);
    else
        snprintf(text, size, "%s at %s  unrealized %s  realized %s", quantity, average,
                 model_position_is_behind(position) ? "behind" : open, realized);
}

static void draw_order(const struct ui *ui, struct area area, int row, const struct instrument_view *view,
                       const struct order_request *terms, enum role role, const char *state)
{
    char quantity[FORMAT_SIZE], price[FORMAT_SIZE], time[TIMESTAMP_TEXT_SIZE], text[2 * FORMAT_SIZE + 16];
    bool buy = terms->side == SIDE_BUY;
    timestamp_format_clock(time, terms->timestamp_ns);
    format_quantity(quantity, terms->quantity, view->quantity_decimals, false);
    format_price(price, terms->limit_price, view->price_decimals, 20);
    snprintf(text, sizeof text, "%s at %s %s", quantity, terms->limit_price == DECIMAL_NONE ? "market" : price,
             time_in_force_name(terms->time_in_force));
    draw_text(&ui->canvas, area, row, 1, 0, ui_ink(ROLE_DIM, false), time);
    draw_text(&ui->canvas, area, row, 10, 0, ui_ink(buy ? ROLE_GAIN : ROLE_LOSS, false), buy ? "buy" : "sell");
    int col = draw_text(&ui->canvas, area, row, 15, 0, ui_ink(ROLE_TEXT, false), text);
    col = col < 34 && area.cols > 60 ? 36 : col + 2;
    if (col + 1 < area.cols)
        draw_text(&ui->canvas, area, row, col, area.cols - 1 - col, ui_ink(role, false), state);
}

int instrument_ours_rows(const struct ui *ui, const struct instrument_view *view)
{
    struct ours ours;
    collect_ours(ui, view, &ours);
    return 1 + ours.order_count + ours.request_count;
}

void instrument_draw_ours(const struct ui *ui, struct area area, const struct instrument_view *view)
{
    struct ours ours;
    char text[8 * FORMAT_SIZE], title[64];
    collect_ours(ui, view, &ours);
    int total = ours.order_count + ours.request_count, row = 1;
    if (total > area.rows - 1)
        snprintf(title, sizeof title, "Ours  %d of %d orders", area.rows - 1, total);
    else
        snprintf(title, sizeof title, "Ours  %d order%s", total, total == 1 ? "" : "s");
    describe_position(ui, view, text, sizeof text);
    draw_rule(&ui->canvas, area, title, text, false);
    for (int i = 0; i < ours.request_count && row < area.rows; i++) {
        enum role role = order_text_request(ours.requests[i], ui->monotonic_ns, text, sizeof text);
        draw_order(ui, area, row++, view, &ours.requests[i]->event.request, role, text);
    }
    for (int i = 0; i < ours.order_count && row < area.rows; i++) {
        enum role role = order_text(ours.orders[i], true, view->quantity_decimals, text, sizeof text);
        draw_order(ui, area, row++, view, &ours.orders[i]->terms, role, text);
    }
    if (total == 0)
        pane_empty(ui, area, 1, "No order of this account is open here.");
}

/* ---- the day -------------------------------------------------------------------------------------------------- */

static void draw_figure(const struct ui *ui, struct area area, int row, const char *name, const char *text)
{
    if (row >= area.rows)
        return;
    draw_text(&ui->canvas, area, row, 1, 0, ui_ink(ROLE_DIM, false), name);
    draw_right(&ui->canvas, area, row, area.cols - 1, 0, ui_ink(text[0] != '\0' ? ROLE_TEXT : ROLE_DIM, false),
               text[0] != '\0' ? text : draw_glyph(&ui->canvas, GLYPH_DASH));
}

/* What was traded since the screen began to look, and its average price. */
static void draw_seen(const struct ui *ui, struct area area, int row, const struct instrument_view *view)
{
    char text[FORMAT_SIZE], name[64], since[TIMESTAMP_TEXT_SIZE];
    double volume = 0, value = 0;
    if (view->profile == NULL || view->profile->since_ns == 0)
        return;
    for (int i = 0; i < VOLUME_LEVELS; i++) {
        volume += quantity_to_double(view->profile->levels[i].volume);
        value += quantity_to_double(view->profile->levels[i].volume) * price_to_double(view->profile->levels[i].price);
    }
    timestamp_format_clock(since, view->profile->since_ns);
    snprintf(name, sizeof name, "seen since %s", since);
    text[0] = '\0';
    if (volume > 0 && volume < 9e10)
        format_size(text, (int64_t)(volume * 1e8), view->quantity_decimals, 12);
    draw_figure(ui, area, row, name, text);
    text[0] = '\0';
    if (volume > 0 && value / volume < 9e9)
        format_price(text, (int64_t)(value / volume * 1e9), view->price_decimals + 1, 16);
    draw_figure(ui, area, row + 1, "average of these", text);
}

void instrument_draw_session(const struct ui *ui, struct area area, const struct instrument_view *view)
{
    const struct quote *quote = &view->market->quote;
    char text[FORMAT_SIZE];
    const struct {
        const char *name;
        int64_t price;
        int decimals;
    } prices[] = {
        {"first (UTC day)", view->reference, view->price_decimals + 1},
        {"high", view->high, view->price_decimals},
        {"low", view->low, view->price_decimals},
        {"last", quote->last, view->price_decimals},
    };
    int row = 1;
    draw_rule(&ui->canvas, area, "Day", "as seen here", false);
    for (size_t i = 0; i < sizeof prices / sizeof prices[0]; i++) {
        format_price(text, prices[i].price, prices[i].decimals, 16);
        draw_figure(ui, area, row++, prices[i].name, text);
    }
    int64_t change = view->reference == DECIMAL_NONE ? DECIMAL_NONE : market_mid(view->market) - view->reference;
    format_price(text, change, view->price_decimals + 1, 16);
    draw_figure(ui, area, row++, "change", text);
    text[0] = '\0';
    if (quote->volume != DECIMAL_NONE)
        format_size(text, quote->volume, view->quantity_decimals, 12);
    draw_figure(ui, area, row++, "session's volume", text);
    draw_seen(ui, area, row, view);
}
