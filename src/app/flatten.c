/* The order checks do the work, in whatever process they run; here it is read off the tape, so that a signal ends the
 * looking on and nothing else. */
#include "app/flatten.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "app/desk.h"
#include "app/user.h"
#include "core/clock.h"
#include "core/text.h"
#include "core/unique.h"
#include "engine/trading_states.h"

enum { ANSWER_MS = 10000 };

struct flattening {
    const struct options *options;
    struct desk *desk;
    char request_id[ID_SIZE];
    uint64_t sequence;         /* of the request, as folded; 0: not yet */
    bool is_closing, is_flat;  /* the order checks said so */
    struct state_change ended; /* by whom; request_id "": by nobody */
    uint64_t last_sequence;    /* of the last step */
    size_t working;            /* orders of the scope */
};

static bool holds(const struct flattening *flattening, const struct order_request *terms)
{
    return trading_scope_holds(flattening->options->state.scope, terms->account, terms->symbol);
}

static void show_step(struct flattening *flattening, const struct state_change *step, uint64_t sequence)
{
    flattening->last_sequence = sequence;
    if (step->step == STEP_CLOSING) {
        printf("2. %s: closing orders pass since ORDERS %" PRIu64 "\n", step->note, sequence);
        flattening->is_closing = true;
    } else if (step->step == STEP_WAITING) {
        printf("   waits: %s\n", step->note);
    } else if (step->step == STEP_FLAT) {
        printf("3. ORDERS read to %" PRIu64 ", said at %" PRIu64 "\n", step->orders_seq, sequence);
        flattening->is_flat = true;
    }
    fflush(stdout);
}

static void listen_to_state(struct flattening *flattening, const struct state_change *change, uint64_t sequence)
{
    if (strcmp(change->request_id, flattening->request_id) == 0 && flattening->sequence == 0) {
        flattening->sequence = sequence;
        printf("1. new orders of %s stop: halted at ORDERS %" PRIu64 "\n", change->scope, sequence);
        fflush(stdout);
    } else if (strcmp(change->of, flattening->request_id) == 0) {
        show_step(flattening, change, sequence);
    } else if (flattening->sequence != 0 && change->of[0] == '\0' &&
               strcmp(change->scope, flattening->options->state.scope) == 0) {
        flattening->ended = *change;
    }
}

/* A closing order is known by its name, which begins with the sequence of the request. */
static bool is_ours(const struct flattening *flattening, const char *order_id)
{
    char prefix[32];

    snprintf(prefix, sizeof(prefix), "flat-%" PRIu64 "-", flattening->sequence);
    return flattening->sequence != 0 && strncmp(order_id, prefix, strlen(prefix)) == 0;
}

static void listen_to_order(const struct flattening *flattening, const struct event *event, const char *order_id,
                            uint64_t sequence)
{
    const struct order *order = order_book_find(desk_book(flattening->desk), order_id);
    char quantity[DECIMAL_TEXT_SIZE];

    if (order == NULL || !is_ours(flattening, order_id))
        return;
    if (event->kind == EVENT_ORDER_NEW) {
        decimal_format(quantity, order->terms.quantity, QUANTITY_DECIMALS);
        printf("   %s %s %s of %s: order %s\n", side_name(order->terms.side), quantity, order->terms.symbol,
               order->terms.account, order_id);
    } else if (order_is_done(order)) {
        printf("   order %s is %s at ORDERS %" PRIu64 "%s%s\n", order_id, order_state_name(order->state), sequence,
               order->code[0] != '\0' ? ": " : "", order->code);
    }
    fflush(stdout);
}

static void listen(void *context, const struct inbox_item *item, const struct event *event, enum fold_result result)
{
    struct flattening *flattening = context;
    const char *order_id = event_order_id(event);

    if (result != FOLD_APPLIED)
        return;
    if (event->kind == EVENT_TRADING_STATE)
        listen_to_state(flattening, &event->state, item->sequence);
    else if (order_id != NULL)
        listen_to_order(flattening, event, order_id, item->sequence);
}

static bool is_under_way(void *context)
{
    const struct flattening *flattening = context;

    return flattening->is_closing || flattening->ended.request_id[0] != '\0';
}

static bool is_over(void *context)
{
    const struct flattening *flattening = context;

    return flattening->is_flat || flattening->ended.request_id[0] != '\0';
}

static void count_working(const struct order *order, void *context)
{
    struct flattening *flattening = context;

    flattening->working += order->state != ORDER_INITIALIZED && holds(flattening, &order->terms);
}

static size_t count_all_working(struct flattening *flattening)
{
    flattening->working = 0;
    order_book_each_open(desk_book(flattening->desk), count_working, flattening);
    return flattening->working;
}

static int publish_request(struct flattening *flattening, struct error *error)
{
    struct event event = event_empty(EVENT_TRADING_STATE);
    const struct options *options = flattening->options;
    const char *reason = options->state.reason != NULL ? options->state.reason : "flatten from the command line";
    uint64_t sequence;

    event.state.state = TRADING_HALTED;
    event.state.step = STEP_FLATTEN;
    text_copy(event.state.scope, sizeof(event.state.scope), options->state.scope);
    unique_id(flattening->request_id);
    text_copy(event.state.request_id, sizeof(event.state.request_id), flattening->request_id);
    text_copy(event.state.by, sizeof(event.state.by), user_name());
    text_copy(event.state.reason, sizeof(event.state.reason), reason);
    event.state.timestamp_ns = clock_wall_ns();
    return desk_publish(flattening->desk, &event, &sequence, error);
}

/* What the order checks say, held against the orders as they are read here. */
static int judge(struct flattening *flattening, struct error *error)
{
    const struct state_change *ended = &flattening->ended;

    if (!flattening->is_flat)
        return error_set(error, ERROR_FAILED, "the flatten was ended: %s is %s, by %s: %s", ended->scope,
                         trading_state_name(ended->state), ended->by, ended->reason);
    if (count_all_working(flattening) > 0)
        return error_set(error, ERROR_FAILED, "the order checks say flat, but %zu orders of %s work",
                         flattening->working, flattening->options->state.scope);
    printf("flat, 0 positions, 0 working orders\n");
    return 0;
}

static int flatten(struct flattening *flattening, struct error *error)
{
    if (desk_follow_orders(flattening->desk, error) != 0 || publish_request(flattening, error) != 0)
        return -1;
    int waited = desk_wait(flattening->desk, is_under_way, flattening, ANSWER_MS, error);

    if (waited == 0 && count_all_working(flattening) > 0)
        return error_set(error, ERROR_UNKNOWN, "halted, but %zu orders still work after %d s; is the exchange up?",
                         flattening->working, ANSWER_MS / 1000);
    if (waited == 0)
        return error_set(error, ERROR_UNKNOWN,
                         "stored, but nothing follows from it after %d s; do the order checks run?", ANSWER_MS / 1000);
    if (waited == 1)
        waited = desk_wait(flattening->desk, is_over, flattening, -1, error);
    if (waited < 0)
        return desk_fate_unknown(error, "the flatten");
    return judge(flattening, error);
}

/* Nobody closes everything by a slip of the hand. */
static int confirm(const struct options *options, struct error *error)
{
    char wanted[sizeof(options->state.scope) + 16], said[sizeof(wanted) + 2] = "";

    if (options->state.yes)
        return 0;
    snprintf(wanted, sizeof(wanted), "flatten %s", options->state.scope);
    fprintf(stderr,
            "This cancels every order and closes every position of %s at market. Type \"%s\": ", options->state.scope,
            wanted);
    if (fgets(said, sizeof(said), stdin) == NULL)
        fputc('\n', stderr);
    said[strcspn(said, "\n")] = '\0';
    return strcmp(said, wanted) == 0 ? 0 : error_set(error, ERROR_FAILED, "not confirmed; nothing was done");
}

int flatten_run(const struct options *options, struct error *error)
{
    struct flattening flattening = {.options = options};
    const struct desk_options desk = {
        .options = options, .name = "tapedeck flatten", .listen = listen, .context = &flattening};

    if (confirm(options, error) != 0)
        return -1;
    flattening.desk = desk_open(&desk, error);
    if (flattening.desk == NULL)
        return -1;
    int result = flatten(&flattening, error);

    desk_close(flattening.desk);
    return result;
}
