/* The CSV has the members of the JSON as its columns, so that the two cannot disagree. */
#include "app/order_lines.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "app/csv.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "engine/position_table.h"

static const char *const ORDER_COLUMNS[] = {"order_id",
                                            "account",
                                            "symbol",
                                            "exchange",
                                            "side",
                                            "type",
                                            "quantity",
                                            "limit_price",
                                            "stop_price",
                                            "time_in_force",
                                            "post_only",
                                            "state",
                                            "cumulative_quantity",
                                            "leaves_quantity",
                                            "average_price",
                                            "cancel_pending",
                                            "replace_pending",
                                            "code",
                                            "reason",
                                            "source",
                                            "timestamp",
                                            NULL};

static const char *const POSITION_COLUMNS[] = {
    "account",    "symbol", "quantity",   "average_price", "cost", "realized_pnl", "fees",           "currency",
    "last_price", "epoch",  "orders_seq", "timestamp",     "mark", "mark_stale",   "unrealized_pnl", NULL};

/* Text is added at the end of a line. */
struct text {
    char *line;
    size_t length;
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text->length += (size_t)vsnprintf(text->line + text->length, ORDER_LINE_SIZE - text->length, format, arguments);
    va_end(arguments);
    assert(text->length < ORDER_LINE_SIZE);
}

static void add_decimal(struct text *text, const char *before, int64_t value, int decimals)
{
    char number[DECIMAL_TEXT_SIZE];

    decimal_format(number, value, decimals);
    add(text, "%s%s", before, number);
}

static void add_money(struct text *text, const char *before, int128 value)
{
    char number[DECIMAL_TEXT_SIZE];

    money_format(number, value);
    add(text, "%s%s", before, number);
}

size_t order_lines_text(char line[ORDER_LINE_SIZE], const struct order *order)
{
    const struct order_request *terms = &order->terms;
    struct text text = {.line = line};

    add(&text, "%s %s %s", terms->order_id, order_state_name(order->state), side_name(terms->side));
    add_decimal(&text, " ", terms->quantity, QUANTITY_DECIMALS);
    add(&text, " %s on %s", terms->symbol, terms->exchange);
    if (terms->limit_price != DECIMAL_NONE)
        add_decimal(&text, " limit ", terms->limit_price, PRICE_DECIMALS);
    if (terms->stop_price != DECIMAL_NONE)
        add_decimal(&text, " stop ", terms->stop_price, PRICE_DECIMALS);
    add(&text, " %s%s", time_in_force_name(terms->time_in_force), terms->post_only ? " post-only" : "");
    if (order->cumulative_quantity != 0) {
        add_decimal(&text, ", filled ", order->cumulative_quantity, QUANTITY_DECIMALS);
        add_decimal(&text, " at ", order_average_price(order), PRICE_DECIMALS);
    }
    if (order->cancel_pending || order->replace_pending)
        add(&text, ", %s pending", order->cancel_pending ? "cancel" : "replace");
    if (order->state == ORDER_DENIED || order->state == ORDER_REJECTED)
        add(&text, ", %s%s%s", order->code, order->code[0] != '\0' ? ": " : "", order->reason);
    add(&text, "\n");
    return text.length;
}

size_t order_lines_json(char line[ORDER_LINE_SIZE], const struct order *order)
{
    struct json_writer writer;

    json_writer_init(&writer, line, ORDER_LINE_SIZE - 1);
    order_json_write(&writer, order, "");
    assert(!writer.overflow);
    line[writer.length++] = '\n';
    line[writer.length] = '\0';
    return writer.length;
}

static size_t csv_header(char line[ORDER_LINE_SIZE], const char *const *columns)
{
    struct csv_row row = {.text = line, .size = ORDER_LINE_SIZE};

    for (size_t i = 0; columns[i] != NULL; i++)
        csv_add_cell(&row, columns[i]);
    csv_add_byte(&row, '\n');
    return row.length;
}

/* `json` is a line with the members. */
static size_t csv_line(char line[ORDER_LINE_SIZE], const char *const *columns, const char *json, size_t length)
{
    char scratch[2 * ORDER_LINE_SIZE];
    struct csv_row row = {.text = line, .size = ORDER_LINE_SIZE};

    csv_add_members(&row, columns, json, length, scratch, ORDER_LINE_SIZE);
    csv_add_byte(&row, '\n');
    return row.length;
}

size_t order_lines_csv_header(char line[ORDER_LINE_SIZE])
{
    return csv_header(line, ORDER_COLUMNS);
}

size_t order_lines_csv(char line[ORDER_LINE_SIZE], const struct order *order)
{
    char json[ORDER_LINE_SIZE];

    return csv_line(line, ORDER_COLUMNS, json, order_lines_json(json, order));
}

/* MONEY_NONE when it does not fit. */
static int128 unrealized(const struct position_line *line)
{
    int128 money;

    return position_event_unrealized(line->position, line->mark.mid, line->multiplier, &money) ? money : MONEY_NONE;
}

size_t order_lines_position_text(char line[ORDER_LINE_SIZE], const struct position_line *position)
{
    const struct position_event *event = position->position;
    struct text text = {.line = line};

    add(&text, "%s %s", event->account, event->symbol);
    add_decimal(&text, " ", event->quantity, QUANTITY_DECIMALS);
    if (event->quantity != 0) {
        add_decimal(&text, " at ", event->average_price, PRICE_DECIMALS);
        add_decimal(&text, ", mark ", position->mark.mid, PRICE_DECIMALS);
        add(&text, "%s", position->mark.stale ? " (stale)" : "");
    }
    add_money(&text, ", realized ", event->realized_pnl);
    if (event->quantity != 0 && unrealized(position) != MONEY_NONE)
        add_money(&text, ", unrealized ", unrealized(position));
    add_money(&text, ", fees ", event->fees);
    add(&text, " %s\n", event->currency);
    return text.length;
}

size_t order_lines_position_json(char line[ORDER_LINE_SIZE], const struct position_line *position)
{
    struct event event = event_empty(EVENT_POSITION);
    char payload[EVENT_PAYLOAD_SIZE], number[DECIMAL_TEXT_SIZE];
    struct json_writer writer;

    event.position = *position->position;
    size_t bytes = event_encode(&event, payload, sizeof(payload));

    json_writer_init(&writer, line, ORDER_LINE_SIZE - 1);
    json_raw(&writer, payload, bytes - 1); /* without its bracket */
    json_key(&writer, "mark");
    json_raw(&writer, number, decimal_format(number, position->mark.mid, PRICE_DECIMALS));
    json_key(&writer, "mark_stale");
    json_bool(&writer, position->mark.stale);
    if (unrealized(position) != MONEY_NONE) {
        json_key(&writer, "unrealized_pnl");
        json_raw(&writer, number, money_format(number, unrealized(position)));
    }
    json_close(&writer, '}');
    assert(!writer.overflow);
    line[writer.length++] = '\n';
    line[writer.length] = '\0';
    return writer.length;
}

size_t order_lines_position_csv_header(char line[ORDER_LINE_SIZE])
{
    return csv_header(line, POSITION_COLUMNS);
}

size_t order_lines_position_csv(char line[ORDER_LINE_SIZE], const struct position_line *position)
{
    char json[ORDER_LINE_SIZE];

    return csv_line(line, POSITION_COLUMNS, json, order_lines_position_json(json, position));
}

size_t order_lines_fill_text(char line[ORDER_LINE_SIZE], const struct execution *execution)
{
    char time[TIMESTAMP_TEXT_SIZE];
    struct text text = {.line = line};

    timestamp_format(time, execution->timestamp_ns);
    add(&text, "%s %s %s", time, execution->execution_id, side_name(execution->side));
    add_decimal(&text, " ", execution->quantity, QUANTITY_DECIMALS);
    add(&text, " %s on %s", execution->symbol, execution->exchange);
    add_decimal(&text, " at ", execution->price, PRICE_DECIMALS);
    if (execution->fee != MONEY_NONE) {
        add_money(&text, ", fee ", execution->fee);
        add(&text, " %s", execution->fee_currency);
    }
    add(&text, "\n");
    return text.length;
}
