/* `tapedeck cancel` and `tapedeck replace`. An answer is known by the id of its request; an order that is done answers
 * every cancel. */
#include "app/change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/desk.h"
#include "app/order.h"
#include "core/clock.h"
#include "core/text.h"
#include "core/unique.h"

struct target {
    const struct order *order; /* the book's */
    char request_id[ID_SIZE];
    bool is_answered, is_refused;
    char code[32];
    char reason[REASON_SIZE];
};

struct change {
    const struct options *options;
    struct desk *desk;
    struct target *targets; /* owned */
    size_t count, capacity;
};

static void add_target(const struct order *order, void *context)
{
    struct change *change = context;
    const struct options *options = change->options;

    if (options->order.all &&
        (strcmp(order->terms.account, options->account) != 0 ||
         (options->order.symbol[0] != '\0' && strcmp(order->terms.symbol, options->order.symbol) != 0)))
        return;
    if (change->count == change->capacity) {
        change->capacity = change->capacity == 0 ? 16 : 2 * change->capacity;
        change->targets = reallocarray(change->targets, change->capacity, sizeof(*change->targets));
        if (change->targets == NULL)
            abort();
    }
    change->targets[change->count] = (struct target){.order = order};
    unique_id(change->targets[change->count].request_id);
    change->count++;
}

static struct target *find_target(struct change *change, const char *request_id)
{
    for (size_t i = 0; i < change->count; i++) {
        if (strcmp(change->targets[i].request_id, request_id) == 0)
            return &change->targets[i];
    }
    return NULL;
}

static void listen(void *context, const struct inbox_item *item, const struct event *event, enum fold_result result)
{
    struct target *target = NULL;

    (void)item;
    (void)result;
    if (event->kind == EVENT_REPLACE_REJECTED)
        target = find_target(context, event->decision.request_id);
    else if (event->kind == EVENT_ORDER_REPLACED || event->kind == EVENT_CANCEL_REJECTED)
        target = find_target(context, event->answer.request_id);
    if (target == NULL)
        return;
    target->is_answered = true;
    target->is_refused = event->kind != EVENT_ORDER_REPLACED;
    if (event->kind == EVENT_REPLACE_REJECTED) {
        text_copy(target->code, sizeof(target->code), event->decision.code);
        text_copy(target->reason, sizeof(target->reason), event->decision.reason);
    } else if (event->kind == EVENT_CANCEL_REJECTED) {
        text_copy(target->code, sizeof(target->code), "REFUSED");
        text_copy(target->reason, sizeof(target->reason), event->answer.reason);
    }
}

static bool is_answered(void *context)
{
    const struct change *change = context;

    for (size_t i = 0; i < change->count; i++) {
        if (!change->targets[i].is_answered && !order_is_done(change->targets[i].order))
            return false;
    }
    return true;
}

static bool is_done(void *context)
{
    const struct change *change = context;

    return order_is_done(change->targets[0].order);
}

static struct event make_request(const struct change *change, const struct target *target)
{
    bool is_replace = change->options->command == OPTIONS_REPLACE;
    struct event event = event_empty(is_replace ? EVENT_ORDER_REPLACE : EVENT_ORDER_CANCEL);
    struct change_request *request = &event.change;

    text_copy(request->order_id, sizeof(request->order_id), target->order->terms.order_id);
    text_copy(request->request_id, sizeof(request->request_id), target->request_id);
    text_copy(request->account, sizeof(request->account), target->order->terms.account);
    text_copy(request->source, sizeof(request->source), "cli");
    if (is_replace) {
        request->quantity = change->options->order.quantity;
        request->limit_price = change->options->order.limit_price;
        request->stop_price = change->options->order.stop_price;
    }
    request->timestamp_ns = clock_wall_ns();
    return event;
}

static int too_late(const struct order *order, struct error *error)
{
    return error_set(error, ERROR_FAILED, "too late: order %s is %s", order->terms.order_id,
                     order_state_name(order->state));
}

/* The order of the command line, or with --all those that are open. */
static int choose(struct change *change, struct error *error)
{
    const char *order_id = change->options->order.order_id;

    if (change->options->order.all) {
        order_book_each_open(desk_book(change->desk), add_target, change);
        return 0;
    }
    const struct order *order = order_book_find(desk_book(change->desk), order_id);

    if (order == NULL)
        return error_set(error, ERROR_FAILED, "no order has the id %s", order_id);
    if (order_is_done(order))
        return too_late(order, error);
    add_target(order, change);
    return 0;
}

/* What became of the one order that was asked about; of several only a refusal is an error, for any other end is what
 * was wanted. */
static int judge(const struct change *change, struct error *error)
{
    for (size_t i = 0; i < change->count; i++) {
        const struct target *target = &change->targets[i];
        bool is_over = target->order->state == ORDER_CANCELED || target->order->state == ORDER_EXPIRED;

        if (target->is_refused && !order_is_done(target->order))
            return error_set(error, ERROR_REFUSED, "%s: order %s: %s", target->code, target->order->terms.order_id,
                             target->reason);
        if (change->options->order.all || target->is_answered)
            continue;
        if (change->options->command == OPTIONS_REPLACE || !is_over)
            return too_late(target->order, error);
    }
    return 0;
}

static int ask(struct change *change, struct error *error)
{
    uint64_t sequence;

    if (desk_follow_orders(change->desk, error) != 0 || desk_read_all(change->desk, error) != 0 ||
        choose(change, error) != 0)
        return -1;
    for (size_t i = 0; i < change->count; i++) {
        struct event event = make_request(change, &change->targets[i]);

        if (desk_publish(change->desk, &event, &sequence, error) != 0)
            return error_prefix(error, "order %s", event.change.order_id);
    }
    int waited = desk_wait(change->desk, is_answered, change, ORDER_ANSWER_MS, error);

    if (waited < 0)
        return desk_fate_unknown(error, "the request");
    if (waited == 1 && change->options->order.wait && !change->targets[0].is_refused &&
        desk_wait(change->desk, is_done, change, -1, error) < 0)
        return -1;
    for (size_t i = 0; i < change->count; i++)
        order_print(change->targets[i].order, false);
    if (waited == 0)
        return error_set(error, ERROR_UNKNOWN, "the request is stored, but nobody answered in %d s",
                         ORDER_ANSWER_MS / 1000);
    return judge(change, error);
}

int change_run(const struct options *options, struct error *error)
{
    struct change change = {.options = options};
    const struct desk_options desk = {
        .options = options,
        .name = options->command == OPTIONS_CANCEL ? "tapedeck cancel" : "tapedeck replace",
        .listen = listen,
        .context = &change,
    };

    change.desk = desk_open(&desk, error);
    if (change.desk == NULL)
        return -1;
    int result = ask(&change, error);

    desk_close(change.desk);
    free(change.targets);
    return result;
}
