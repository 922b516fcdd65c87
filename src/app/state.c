/* New orders stop with the event itself: it stands among the orders, and what would be accepted behind it is not. The
 * paper exchange then cancels what works; here the tape is read until none is left. */
#include "app/state.h"

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

struct step {
    const struct options *options;
    struct desk *desk;
    char request_id[ID_SIZE];
    uint64_t state_sequence; /* of the event, as folded; 0: not yet */
    uint64_t last_sequence;  /* read of ORDERS */
    uint64_t done_sequence;  /* of the last order of the scope that ended behind the halt */
    uint64_t end_sequence;   /* to which ORDERS is to be read */
    size_t done, working;    /* orders of the scope: ended behind the halt; not ended */
};

static enum trading_state wanted_state(const struct options *options)
{
    return options->command == OPTIONS_HALT     ? TRADING_HALTED
           : options->command == OPTIONS_REDUCE ? TRADING_REDUCING
                                                : TRADING_ACTIVE;
}

/* The order of an event; NULL when it is about none, or none that is known. */
static const struct order *order_of(const struct step *step, const struct event *event)
{
    const char *order_id = event_order_id(event);

    return order_id != NULL ? order_book_find(desk_book(step->desk), order_id) : NULL;
}

static bool ends_order(const struct event *event, enum fold_result result)
{
    return result == FOLD_APPLIED && (event->kind == EVENT_ORDER_CANCELLED || event->kind == EVENT_ORDER_EXECUTED ||
                                      event->kind == EVENT_ORDER_REFUSED || event->kind == EVENT_ORDER_REJECTED);
}

static void listen(void *context, const struct inbox_item *item, const struct event *event, enum fold_result result)
{
    struct step *step = context;

    step->last_sequence = item->sequence;
    if (event->kind == EVENT_TRADING_STATE && strcmp(event->state.request_id, step->request_id) == 0 &&
        step->state_sequence == 0)
        step->state_sequence = item->sequence;
    if (step->state_sequence == 0 || !ends_order(event, result))
        return;
    const struct order *order = order_of(step, event);

    if (order == NULL || !order_is_done(order) ||
        !trading_scope_holds(step->options->state.scope, order->terms.account, order->terms.symbol))
        return;
    step->done++;
    step->done_sequence = item->sequence;
}

static bool is_folded(void *context)
{
    const struct step *step = context;

    return step->state_sequence != 0;
}

/* What came behind the halt and is not decided cannot work: it will be denied. Under load there always is some. */
static void count_working(const struct order *order, void *context)
{
    struct step *step = context;

    bool is_denied = order->state == ORDER_INITIALIZED && order->new_sequence > step->state_sequence;

    if (!is_denied && trading_scope_holds(step->options->state.scope, order->terms.account, order->terms.symbol))
        step->working++;
}

static bool none_works(void *context)
{
    struct step *step = context;

    step->working = 0;
    order_book_each_open(desk_book(step->desk), count_working, step);
    return step->working == 0;
}

static bool is_read(void *context)
{
    struct step *step = context;

    return step->last_sequence >= step->end_sequence;
}

static int publish_state(struct step *step, struct error *error)
{
    struct event event = event_empty(EVENT_TRADING_STATE);
    const char *reason = step->options->state.reason;
    uint64_t sequence;

    event.state.state = wanted_state(step->options);
    text_copy(event.state.scope, sizeof(event.state.scope), step->options->state.scope);
    unique_id(step->request_id);
    text_copy(event.state.request_id, sizeof(event.state.request_id), step->request_id);
    text_copy(event.state.by, sizeof(event.state.by), user_name());
    text_copy(event.state.reason, sizeof(event.state.reason), reason != NULL ? reason : "from the command line");
    event.state.timestamp_ns = clock_wall_ns();
    if (desk_publish(step->desk, &event, &sequence, error) != 0)
        return -1;
    if (desk_wait(step->desk, is_folded, step, -1, error) < 0)
        return desk_fate_unknown(error, "the trading state");
    return 0;
}

/* Until no order of the scope works, and the tape has none behind that either. */
static int await_none(struct step *step, struct error *error)
{
    for (;;) {
        int waited = desk_wait(step->desk, none_works, step, ANSWER_MS, error);

        if (waited == 1 && desk_last_sequence(step->desk, "ORDERS", &step->end_sequence, error) == 0)
            waited = desk_wait(step->desk, is_read, step, ANSWER_MS, error);
        else if (waited == 1)
            waited = -1;
        if (waited < 0)
            return desk_fate_unknown(error, "the halt");
        if (waited == 0)
            return error_set(error, ERROR_UNKNOWN, "halted, but %zu orders still work after %d s; is the exchange up?",
                             step->working, ANSWER_MS / 1000);
        if (none_works(step))
            return 0;
    }
}

static void show_stricter(const struct state_change *change, void *context)
{
    const struct step *step = context;
    const char *scope = step->options->state.scope;
    size_t length = strlen(change->scope);
    bool holds_ours = strcmp(change->scope, "*") == 0 ||
                      (strncmp(scope, change->scope, length) == 0 && (scope[length] == '/' || scope[length] == '\0'));
    bool is_below = strcmp(scope, "*") == 0;

    if (change->state != TRADING_ACTIVE && strcmp(change->scope, scope) != 0 && (holds_ours || is_below))
        printf("%s stays %s: %s\n", change->scope, trading_state_name(change->state), change->reason);
}

static int change_state(struct step *step, struct error *error)
{
    const char *scope = step->options->state.scope;

    /* What stood before is read behind the request: a halt does not wait for it. */
    if (desk_follow_orders(step->desk, error) != 0 || publish_state(step, error) != 0)
        return -1;
    if (step->options->command != OPTIONS_HALT) {
        printf("%s is %s since ORDERS %" PRIu64 "\n", scope, trading_state_name(wanted_state(step->options)),
               step->state_sequence);
        order_book_each_state(desk_book(step->desk), show_stricter, step);
        return 0;
    }
    printf("1. new orders of %s stop: halted at ORDERS %" PRIu64 "\n", scope, step->state_sequence);
    fflush(stdout);
    if (await_none(step, error) != 0)
        return -1;
    if (step->done > 0)
        printf("2. %zu orders ended, the last at ORDERS %" PRIu64 "\n", step->done, step->done_sequence);
    else
        printf("2. no order worked\n");
    printf("3. ORDERS read to its end at %" PRIu64 "\nhalted, 0 working orders\n", step->last_sequence);
    return 0;
}

int state_run(const struct options *options, struct error *error)
{
    struct step step = {.options = options};
    const struct desk_options desk = {.options = options, .name = "tapedeck halt", .listen = listen, .context = &step};

    step.desk = desk_open(&desk, error);
    if (step.desk == NULL)
        return -1;
    int result = change_state(&step, error);

    desk_close(step.desk);
    return result;
}

int state_take_words(struct options *options, char **words, struct error *error)
{
    const char *scope = words == NULL ? "*" : words[0];
    char clean[sizeof(options->state.scope)];

    if (words != NULL && words[1] != NULL)
        return error_set(error, ERROR_USAGE, "one scope at a time; '%.60s' is too much", words[1]);
    text_clean(clean, sizeof(clean), scope, strlen(scope));
    if (!trading_scope_is_valid(scope) || strcmp(clean, scope) != 0)
        return error_set(error, ERROR_USAGE, "'%.60s' is no scope: *, an account, or ACCOUNT/SYMBOL", scope);
    text_copy(options->state.scope, sizeof(options->state.scope), scope);
    return 0;
}
