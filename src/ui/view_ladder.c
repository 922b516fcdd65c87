/* The ladder screen: the watched instrument's ladder, beside it those of the next in the watchlist and its trades and
 * orders where there is room. Keys act on what was drawn last, so that nobody trades at a price that was not shown. */
#include "ui/view_ladder.h"

#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"
#include "ui/format.h"
#include "ui/keys.h"
#include "ui/ladder_rows.h"
#include "ui/ladder_trade.h"
#include "ui/order_text.h"
#include "ui/pane.h"
#include "ui/view.h"

enum {
    HEAD_ROWS = 3, /* above the column titles */
    LADDER_COLS = 80,
    NEXT_COLS = 43, /* of a ladder beside it */
    SIDE_COLS = 31, /* of trades and orders, at least */
    SIDE_COLS_MAX = 60,
    QUANTITY_COLS = 12, /* kept free for the quantity of the next order */
    FATE_SHOWN_S = 10,
    DOUBLE_CLICK_MS = 500
};

/* How many ticks a row stands for. */
static const int groupings[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};
enum { GROUPINGS = sizeof groupings / sizeof groupings[0] };

const struct instrument_view *view_ladder_instrument(const struct ui *ui)
{
    return ui->ladder.places[0].placed ? model_instrument(ui->model, ui->ladder.markets[0]) : NULL;
}

/* ---- places --------------------------------------------------------------------------------------------------- */

static int64_t step_of(const struct ui *ui, const struct instrument_view *view, int number)
{
    int64_t tick = model_price_step(view), step;
    int ticks = number == 0 ? groupings[ui->ladder.grouping] : 1;
    return __builtin_mul_overflow(tick, ticks, &step) ? tick : step;
}

/* Another instrument than before: what was set for that one is not meant for this. */
static void begin(struct ui *ui, int number, const struct instrument_view *view)
{
    struct ladder_screen *ladder = &ui->ladder;
    ladder->places[number] = (struct ladder_place){0};
    ladder->markets[number] = view->market->index;
    if (number > 0)
        return;
    ladder_trade_disarm(ui, "this is another instrument");
    ladder->has_cursor = ladder->is_moving = false;
    ladder->quantity = 0;
    ladder->grouping = 0;
    ladder->order_id[0] = '\0';
}

static void put_cursor(struct ui *ui, const struct instrument_view *view)
{
    struct ladder_screen *ladder = &ui->ladder;
    const struct quote *quote = &view->market->quote;
    bool is_sale = ladder->side == SIDE_SELL;
    ladder->cursor = ladder_round(is_sale ? quote->ask : quote->bid, ladder->places[0].step, ladder->side);
    ladder->side = is_sale ? SIDE_SELL : SIDE_BUY;
    ladder->has_cursor = true;
}

static void place(struct ui *ui, int rows, int number, const struct instrument_view *view)
{
    struct ladder_screen *ladder = &ui->ladder;
    struct ladder_place *at = &ladder->places[number];
    const struct quote *quote = &view->market->quote;
    if (!at->placed || ladder->markets[number] != view->market->index)
        begin(ui, number, view);
    enum ladder_move move = ladder_follow(at, step_of(ui, view, number), rows, quote->bid, quote->ask);
    if (number > 0)
        return;
    if (move == LADDER_PLACED && ladder->has_cursor) {
        ladder->cursor = ladder_round(ladder->cursor, at->step, ladder->side);
        ladder->has_cursor = ladder_shows(at, ladder->cursor);
    }
    if (move == LADDER_FOLLOWED)
        ui_note(ui, ROLE_WARNING, "The market had left the view: the ladder is centred on it again.");
    if (!ladder->has_cursor)
        put_cursor(ui, view);
}

/* ---- the head ------------------------------------------------------------------------------------------------- */

/* "2 orders above  market below  10 ticks a row  depth 0.2 s" */
static void write_right(const struct ui *ui, const struct instrument_view *view, int number, struct ladder_rows rows,
                        char *text, size_t size)
{
    const struct depth_view *depth = model_depth(ui->model, view->market);
    size_t length = 0;
    char age[FORMAT_SIZE];
    text[0] = '\0';
    if (rows.orders_above > 0)
        length += (size_t)snprintf(text + length, size - length, "%d of ours above  ", rows.orders_above);
    if (rows.orders_below > 0)
        length += (size_t)snprintf(text + length, size - length, "%d of ours below  ", rows.orders_below);
    if (rows.market_above || rows.market_below)
        length += (size_t)snprintf(text + length, size - length, "market %s  ", rows.market_above ? "above" : "below");
    if (number == 0 && ui->ladder.grouping > 0)
        length += (size_t)snprintf(text + length, size - length, "%d ticks a row  ", groupings[ui->ladder.grouping]);
    if (depth == NULL) {
        snprintf(text + length, size - length, "touch only");
        return;
    }
    int64_t age_ns = ui->market_ns - depth->seen_ns;
    format_age(age, age_ns > 0 ? age_ns : 0);
    snprintf(text + length, size - length, "depth %s s", age);
}

static int draw_profit(const struct ui *ui, struct area area, int col, int128 money, bool stale, const char *what)
{
    char text[2 * FORMAT_SIZE];
    enum role role = pane_profit(ui, text, sizeof text, money, stale, 16);
    if (text[0] == '\0')
        return col;
    col = draw_text(&ui->canvas, area, 1, col, 0, (struct ink){.role = role, .bold = true}, text) + 1;
    return draw_text(&ui->canvas, area, 1, col, 0, (struct ink){.role = ROLE_DIM}, what) + 2;
}

/* "+380 @ 188.530  ▲ +184.30 open  ▲ +840.00 taken"; returns the column behind it. */
static int draw_position(const struct ui *ui, struct area area, const struct instrument_view *view)
{
    const struct position_view *position = model_position(ui->model, ui->account, view->market->quote.symbol);
    struct ink plain = {.role = ROLE_TEXT, .bold = true};
    char quantity[FORMAT_SIZE], average[FORMAT_SIZE], text[2 * FORMAT_SIZE + 8];
    if (position == NULL || (!position->known && !model_position_is_behind(position)))
        return draw_text(&ui->canvas, area, 1, 1, 0, (struct ink){.role = ROLE_DIM}, "no position") + 2;
    const struct position_event *held = &position->position;
    bool is_flat = held->quantity == 0;
    format_quantity(quantity, held->quantity, view->quantity_decimals, true);
    format_price(average, held->average_price, view->price_decimals + 1, 24);
    snprintf(text, sizeof text, "%s%s%s", is_flat ? "flat" : quantity, is_flat ? "" : " @ ", is_flat ? "" : average);
    int col = draw_text(&ui->canvas, area, 1, 1, 0, plain, text) + 2;
    if (model_position_is_behind(position))
        return draw_text(&ui->canvas, area, 1, col, 0, (struct ink){.role = ROLE_WARNING}, "behind") + 2;
    struct position_value value = model_position_value(ui->model, position, ui->market_ns);
    if (!is_flat)
        col = draw_profit(ui, area, col, value.unrealized, value.stale, "open");
    return draw_profit(ui, area, col, held->realized_pnl, false, "taken");
}

/* The presets, and the quantity of the next order among them; returns how many. */
static int list_quantities(const struct ui *ui, const struct instrument_view *view,
                           int64_t quantities[LADDER_PRESETS + 1])
{
    int64_t now = ladder_trade_quantity(ui, view);
    int count = ladder_trade_presets(view, quantities), place = 0;
    while (place < count && quantities[place] < now)
        place++;
    if (count == 0 || (place < count && quantities[place] == now))
        return count;
    for (int i = count; i > place; i--)
        quantities[i] = quantities[i - 1];
    quantities[place] = now;
    return count + 1;
}

/* "qty 10 50 [100] 500 1,000" at the right; where that has no room behind `from`, only the one in brackets. */
static void draw_quantities(const struct ui *ui, struct area area, int from, const struct instrument_view *view)
{
    int64_t quantities[LADDER_PRESETS + 1], now = ladder_trade_quantity(ui, view);
    int count = list_quantities(ui, view, quantities), cols = 3, now_cols = 0;
    char texts[LADDER_PRESETS + 1][FORMAT_SIZE + 2], number[FORMAT_SIZE];
    for (int i = 0; i < count; i++) {
        format_size(number, quantities[i], view->quantity_decimals, QUANTITY_COLS - 3);
        snprintf(texts[i], sizeof texts[i], quantities[i] == now ? "[%s]" : "%s", number);
        int width = draw_width(texts[i], ui->canvas.ascii);
        cols += 1 + width;
        now_cols = quantities[i] == now ? width : now_cols;
    }
    bool all_fit = from + cols < area.cols;
    int col = area.cols - 1 - (all_fit ? cols : now_cols);
    if (all_fit)
        col = draw_text(&ui->canvas, area, 1, col, 0, (struct ink){.role = ROLE_DIM}, "qty") + 1;
    for (int i = 0; i < count; i++) {
        if (all_fit || quantities[i] == now) {
            int width = draw_width(texts[i], ui->canvas.ascii);
            hits_add(ui->hits, area, (struct area){1, col, 1, width}, HIT_QUANTITY, 0, quantities[i]);
            col = draw_text(&ui->canvas, area, 1, col, 0,
                            (struct ink){.role = quantities[i] == now ? ROLE_ACCENT : ROLE_DIM}, texts[i]) +
                  1;
        }
    }
}

/* Whether one key trades: in a colour of its own and in words, with the mode it trades in. */
static void draw_arming(const struct ui *ui, struct area area, const struct instrument_view *view)
{
    struct area line = {area.row + 2, area.col, 1, area.cols};
    char text[200], quantity[FORMAT_SIZE];
    if (!ui->ladder.armed) {
        snprintf(text, sizeof text, "%s",
                 ui->readonly ? "Read-only: nothing can be traded from here."
                              : "Not armed: b, s and Enter open the ticket. A arms one-key trading.");
        draw_text(&ui->canvas, line, 0, 1, line.cols - 2, (struct ink){.role = ROLE_DIM}, text);
        return;
    }
    format_size(quantity, ladder_trade_quantity(ui, view), view->quantity_decimals, 12);
    int64_t left_ns = ui->arm_idle_ns - (ui->monotonic_ns - ui->key_ns);
    bool live = strcmp(ui->banner, "LIVE") == 0;
    struct ink ink = {.role = live ? ROLE_BANNER_LIVE : ROLE_WARNING, .bold = true, .reverse = !live};
    draw_fill(&ui->canvas, line, ink);
    snprintf(text, sizeof text, "ARMED  %s  b buys, s sells %s at the cursor AT ONCE. Esc ends it (%lld s)", ui->banner,
             quantity, (long long)(left_ns / NS_PER_SECOND));
    draw_text(&ui->canvas, line, 0, 1, line.cols - 2, ink, text);
}

/* A ladder beside the first: how old its quote is, and the last trade. */
static void draw_next_head(const struct ui *ui, struct area area, const struct instrument_view *view)
{
    char age[FORMAT_SIZE], last[FORMAT_SIZE], text[2 * FORMAT_SIZE + 32];
    bool stale = model_is_stale(ui->model, view->market, ui->market_ns);
    format_age(age, market_age_ns(view->market, ui->market_ns));
    format_price(last, view->market->quote.last, view->price_decimals, 20);
    snprintf(text, sizeof text, "last %s  age %s%s", last[0] != '\0' ? last : draw_glyph(&ui->canvas, GLYPH_DASH), age,
             stale ? "!" : "");
    draw_text(&ui->canvas, area, 2, 1, 0, (struct ink){.role = stale ? ROLE_STALE : ROLE_DIM}, text);
}

/* ---- the screen ----------------------------------------------------------------------------------------------- */

static void draw_ladder(struct ui *ui, struct area area, int number, const struct instrument_view *view)
{
    const struct quote *quote = &view->market->quote;
    char title[SYMBOL_SIZE + EXCHANGE_SIZE + 8], right[160];
    if (area.rows <= HEAD_ROWS + 1)
        return;
    place(ui, area.rows - HEAD_ROWS - 1, number, view);
    struct ladder_rows rows = ladder_rows_draw(ui, area_below(area, HEAD_ROWS), number, view);
    snprintf(title, sizeof title, "%s on %s", quote->symbol, quote->exchange);
    write_right(ui, view, number, rows, right, sizeof right);
    draw_rule(&ui->canvas, area, title, right, number == 0);
    struct area held = area;
    held.cols -= number == 0 ? QUANTITY_COLS : 0;
    int col = draw_position(ui, held, view);
    if (number > 0) {
        draw_next_head(ui, area, view);
        return;
    }
    draw_quantities(ui, area, col, view);
    draw_arming(ui, area, view);
}

/* What stands at the right: trades above, orders below. */
static void draw_side(struct ui *ui, struct area area)
{
    struct area trades = area;
    trades.rows = area.rows / 2;
    pane_trades.draw(ui, trades, false);
    pane_orders.draw(ui, area_below(area, trades.rows), false);
}

static struct area take_left(struct area *rest, int cols)
{
    struct area taken = *rest;
    taken.cols = cols;
    rest->col += cols + 1;
    rest->cols -= cols + 1;
    return taken;
}

static void draw_all(struct ui *ui, struct area body, const struct instrument_view *view)
{
    int cols = body.cols;
    if (cols < LADDER_COLS + 1 + SIDE_COLS) {
        draw_ladder(ui, body, 0, view);
        return;
    }
    draw_ladder(ui, take_left(&body, LADDER_COLS), 0, view);
    for (int number = 1; number < LADDERS_MAX && body.cols >= NEXT_COLS + 1 + SIDE_COLS; number++) {
        const struct instrument_view *next = pane_watch_below(ui, number);
        if (next != NULL)
            draw_ladder(ui, take_left(&body, NEXT_COLS), number, next);
    }
    if (body.cols > SIDE_COLS_MAX)
        body.cols = SIDE_COLS_MAX;
    draw_side(ui, body);
}

/* The watched instrument; until somebody has chosen one, the first of the watchlist is. */
static const struct instrument_view *shown(struct ui *ui)
{
    const struct instrument_view *view = ui->moved[PANE_WATCH] ? model_instrument(ui->model, ui->watched) : NULL;
    if (view == NULL)
        view = pane_watch_selected(ui);
    if (view != NULL) {
        ui->watched = view->market->index;
        ui->moved[PANE_WATCH] = true; /* it shall not change because others arrive */
    }
    return view;
}

/* What became of the order that was sent last; nothing once that has been there to see. */
static enum role write_fate(const struct ui *ui, const struct instrument_view *view, char *text, size_t size)
{
    const char *order_id = ui->ladder.order_id;
    const struct order *order = order_id[0] == '\0' ? NULL : order_book_find(model_orders(ui->model), order_id);
    const struct request_view *request = order_id[0] == '\0' ? NULL : model_request_of_order(ui->model, order_id);
    const struct order_request *terms = order != NULL     ? &order->terms
                                        : request != NULL ? &request->event.request
                                                          : NULL;
    char quantity[FORMAT_SIZE], price[FORMAT_SIZE], state[REASON_SIZE + 64];
    if (terms == NULL ||
        (order != NULL && order_is_done(order) && ui->wall_ns - order->last_stored_ns > FATE_SHOWN_S * NS_PER_SECOND))
        return ROLE_TEXT;
    enum role role = order != NULL ? order_text(order, true, view->quantity_decimals, state, sizeof state)
                                   : order_text_request(request, ui->monotonic_ns, state, sizeof state);
    format_size(quantity, terms->quantity, view->quantity_decimals, 12);
    format_price(price, terms->limit_price, view->price_decimals, 24);
    snprintf(text, size, "%s %.24s at %.24s: %.150s", side_name(terms->side), quantity, price, state);
    return role;
}

static void ladder_draw(struct ui *ui)
{
    char detail[NOTE_SIZE] = "";
    struct area body = view_begin(ui);
    if (area_is_empty(body))
        return;
    const struct instrument_view *view = shown(ui);
    if (view == NULL) {
        draw_rule(&ui->canvas, body, "Ladder", "", true);
        pane_empty(ui, body, 2, "Waiting for the first quote.");
        view_end(ui, ROLE_DIM, "");
        return;
    }
    ladder_trade_watch(ui);
    draw_all(ui, body, view);
    enum role role = write_fate(ui, view, detail, sizeof detail);
    if (detail[0] == '\0') {
        role = ROLE_DIM;
        snprintf(detail, sizeof detail,
                 "~ what was shown when placed, less what traded   @ average   * due   ? UNKNOWN");
    }
    view_end(ui, role, detail);
}

static void ladder_close(struct ui *ui)
{
    ladder_trade_disarm(ui, "the ladder was left");
    ui->ladder.is_moving = false;
}

static unsigned ladder_where(const struct ui *ui)
{
    return ui->ladder.armed ? WHERE_LADDER_ARMED : WHERE_VIEW_LADDER;
}

const struct view_ops view_ladder = {
    .name = "ladder", .draw = ladder_draw, .where = ladder_where, .close = ladder_close};

/* ---- the mouse ------------------------------------------------------------------------------------------------ */

void view_ladder_click(struct ui *ui, int64_t price, enum side side)
{
    struct ladder_screen *ladder = &ui->ladder;
    bool is_again = ladder->is_clicked && ladder->has_cursor && ladder->cursor == price && ladder->side == side;
    bool is_double = is_again && ui->monotonic_ns - ladder->clicked_ns < DOUBLE_CLICK_MS * NS_PER_MS;
    ladder->cursor = price;
    ladder->side = side;
    ladder->is_clicked = !is_again;
    ladder->clicked_ns = ui->monotonic_ns;
    if (!ui->readonly && (ladder->armed ? is_again : is_double))
        ladder_trade_key_order(ui, side == SIDE_SELL ? 's' : 'b');
}

void view_ladder_scroll(struct ui *ui, int rows)
{
    struct ladder_place *at = &ui->ladder.places[0];
    if (at->placed)
        ladder_reveal(at, rows < 0 ? ladder_top(at) - rows * at->step : ladder_bottom(at) - rows * at->step);
}

void view_ladder_watch(struct ui *ui, size_t market)
{
    ui->watched = market;
    ui->moved[PANE_WATCH] = true;
}

/* ---- keys ----------------------------------------------------------------------------------------------------- */

void view_ladder_key_move(struct ui *ui, int key)
{
    struct ladder_screen *ladder = &ui->ladder;
    struct ladder_place *at = &ladder->places[0];
    const struct instrument_view *view = view_ladder_instrument(ui);
    int page = at->rows > 2 ? at->rows - 1 : 1;
    ladder->is_clicked = false;
    if (view == NULL)
        return;
    const struct quote *quote = &view->market->quote;
    if (key == 'g' || key == KEYS_HOME) {
        ladder->cursor = ladder_round(quote->ask, at->step, SIDE_SELL);
    } else if (key == 'G' || key == KEYS_END) {
        ladder->cursor = ladder_round(quote->bid, at->step, SIDE_BUY);
    } else {
        int rows = key == KEYS_UP || key == 'k'     ? 1
                   : key == KEYS_DOWN || key == 'j' ? -1
                   : key == KEYS_PAGE_UP            ? page
                                                    : -page;
        int64_t price;
        if (!__builtin_add_overflow(ladder->cursor, rows * at->step, &price))
            ladder->cursor = ladder_round(price, at->step, SIDE_BUY);
    }
    ladder_reveal(at, ladder->cursor);
}

void view_ladder_key_side(struct ui *ui, int key)
{
    ui->ladder.side = key == KEYS_LEFT || key == 'h' ? SIDE_BUY : SIDE_SELL;
}

void view_ladder_key_centre(struct ui *ui, int key)
{
    const struct instrument_view *view = view_ladder_instrument(ui);
    (void)key;
    if (view == NULL)
        return;
    ladder_centre(&ui->ladder.places[0], view->market->quote.bid, view->market->quote.ask);
    if (!ladder_shows(&ui->ladder.places[0], ui->ladder.cursor))
        put_cursor(ui, view);
}

void view_ladder_key_grouping(struct ui *ui, int key)
{
    int grouping = ui->ladder.grouping + (key == '>' ? 1 : -1);
    if (grouping >= 0 && grouping < GROUPINGS)
        ui->ladder.grouping = grouping;
    ui->ladder.is_moving = false;
}

void view_ladder_key_instrument(struct ui *ui, int key)
{
    pane_watch.move(ui, key == 'n' ? 1 : -1);
    ui->moved[PANE_WATCH] = true;
}

void view_ladder_key_back(struct ui *ui, int key)
{
    (void)key;
    if (ui->ladder.is_moving) {
        ui->ladder.is_moving = false;
        ui_note(ui, ROLE_TEXT, "What was picked up stays where it is.");
    } else if (ui->ladder.armed) {
        ladder_trade_disarm(ui, "a key has ended it");
    } else {
        view_show(ui, VIEW_DECK);
    }
}
