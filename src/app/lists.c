/* `tapedeck orders`, `positions` and `fills`. All are folded as the services fold them. */
#include "app/lists.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/desk.h"
#include "app/order_lines.h"
#include "app/watch_event.h"
#include "core/age.h"
#include "core/clock.h"
#include "engine/mark.h"
#include "engine/position_table.h"
#include "engine/quotes.h"

struct lists {
    const struct options *options;
    struct desk *desk;
    struct position_table *positions;
    struct quotes *quotes;
    uint64_t kinds_seen; /* of fills: whose header of CSV is out */
};

/* False for one that stands on the tape twice, and for one before which another is missing. The order may be older than
 * the tape: its fills count all the same. */
static bool is_fill(enum fold_result result)
{
    return result == FOLD_APPLIED || result == FOLD_LATE_FILL || result == FOLD_OVERFILL || result == FOLD_UNKNOWN;
}

static void print_fill(struct lists *lists, const struct inbox_item *item, const struct event *event)
{
    const struct watch_event line = {.sequence = item->sequence,
                                     .stored_ns = item->stored_ns,
                                     .subject = item->subject,
                                     .payload = item->payload,
                                     .payload_bytes = item->payload_bytes};
    size_t size = watch_event_size(&line);
    char *text = malloc(size < ORDER_LINE_SIZE ? ORDER_LINE_SIZE : size), *scratch = malloc(size);

    assert(text != NULL && scratch != NULL);
    if (lists->options->watch.json)
        watch_event_json(text, scratch, &line);
    else if (lists->options->watch.csv)
        watch_event_csv(text, scratch, &line, &lists->kinds_seen);
    else
        order_lines_fill_text(text, &event->execution);
    fputs(text, stdout);
    free(text);
    free(scratch);
}

static void listen(void *context, const struct inbox_item *item, const struct event *event, enum fold_result result)
{
    struct lists *lists = context;
    const struct replay_bound *from = &lists->options->watch.from;

    if (event->kind == EVENT_POSITION) {
        position_table_fold(lists->positions, event);
    } else if (event->kind == EVENT_QUOTE) {
        quotes_fold(lists->quotes, event, age_when_read_ns(item->stored_ns, clock_wall_ns(), true),
                    clock_monotonic_ns());
    } else if (event->kind == EVENT_ORDER_EXECUTED && lists->options->command == OPTIONS_FILLS) {
        if (is_fill(result) && (from->kind == REPLAY_OPEN || item->stored_ns >= from->time_ns))
            print_fill(lists, item, event);
    }
}

static void print_order(const struct lists *lists, const struct order *order)
{
    char line[ORDER_LINE_SIZE];

    if (lists->options->watch.json)
        order_lines_json(line, order);
    else if (lists->options->watch.csv)
        order_lines_csv(line, order);
    else
        order_lines_text(line, order);
    fputs(line, stdout);
}

/* The book's list begins with the newest. */
static void print_orders(const struct lists *lists)
{
    char line[ORDER_LINE_SIZE];
    const struct order *order = order_book_newest(desk_book(lists->desk));

    if (lists->options->watch.csv) {
        order_lines_csv_header(line);
        fputs(line, stdout);
    }
    while (order != NULL && order->older != NULL)
        order = order->older;
    for (; order != NULL; order = order->newer) {
        if (lists->options->order.all || !order_is_done(order))
            print_order(lists, order);
    }
}

static void print_position(const struct lists *lists, const struct position_event *position)
{
    const struct instruments *instruments = &lists->options->instruments;
    const struct instrument *instrument = instruments_primary(instruments, position->symbol);
    const struct position_line view = {
        .position = position,
        .mark = mark_of(position->quantity, mark_last_price(position),
                        mark_market(lists->quotes, instruments, position->symbol), clock_monotonic_ns(),
                        lists->options->risk.stale_warning_ns),
        .multiplier = instrument != NULL ? instrument->multiplier : 1,
    };
    char line[ORDER_LINE_SIZE];

    if (lists->options->watch.json)
        order_lines_position_json(line, &view);
    else if (lists->options->watch.csv)
        order_lines_position_csv(line, &view);
    else
        order_lines_position_text(line, &view);
    fputs(line, stdout);
}

static void print_positions(const struct lists *lists)
{
    char line[ORDER_LINE_SIZE];

    if (lists->options->watch.csv) {
        order_lines_position_csv_header(line);
        fputs(line, stdout);
    }
    for (size_t i = 0; i < position_table_count(lists->positions); i++)
        print_position(lists, position_table_at(lists->positions, i));
}

/* Fills are not in a snapshot: they are read from the stream's start. */
static int follow(const struct lists *lists, struct error *error)
{
    if (lists->options->command == OPTIONS_ORDERS)
        return desk_follow_orders(lists->desk, error);
    if (lists->options->command == OPTIONS_FILLS)
        return desk_follow(lists->desk, "ORDERS", NULL, FOLLOW_SEQUENCE, 1, error);
    if (desk_follow(lists->desk, "POSITIONS", NULL, FOLLOW_LAST_PER_SUBJECT, 0, error) != 0)
        return -1;
    return desk_follow(lists->desk, "MARKET_DATA", NULL, FOLLOW_LAST_PER_SUBJECT, 0, error);
}

static int read_and_print(struct lists *lists, struct error *error)
{
    if (follow(lists, error) != 0 || desk_read_all(lists->desk, error) != 0)
        return -1;
    if (lists->options->command == OPTIONS_POSITIONS)
        print_positions(lists);
    else if (lists->options->command == OPTIONS_ORDERS)
        print_orders(lists);
    return 0;
}

int lists_run(const struct options *options, struct error *error)
{
    static const char *const NAMES[] = {"tapedeck orders", "tapedeck positions", "tapedeck fills"};
    struct lists lists = {.options = options};
    const struct desk_options desk = {
        .options = options, .name = NAMES[options->command - OPTIONS_ORDERS], .listen = listen, .context = &lists};

    if (options->watch.json && options->watch.csv)
        return error_set(error, ERROR_USAGE, "--json and --csv exclude each other");
    lists.desk = desk_open(&desk, error);
    if (lists.desk == NULL)
        return -1;
    lists.positions = position_table_create();
    lists.quotes = quotes_create();
    int result = read_and_print(&lists, error);

    desk_close(lists.desk);
    position_table_destroy(lists.positions);
    quotes_destroy(lists.quotes);
    return result;
}
