/* One record per halt that is being carried out, oldest first; those that are proved are forgotten. Of a position that
 * two flattens want closed the older one is the owner, so that it is closed once. */
#include "engine/flatten.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/pack_value.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "engine/trading_states.h"

#include <utlist.h>

/* Between two `waiting` of one flatten, so that what changes quickly does not fill the tape. */
#define WAITING_NS NS_PER_SECOND

/* A halt on its way. Who adds a field here adds it to pack_halt, and raises the version of the section FLATTEN. */
struct halt {
    struct state_change request;
    uint64_t sequence; /* ORDERS sequence of the request */
    int64_t stored_ns; /* and its stored time: they name its steps */
    bool is_closing;   /* a flatten that has come so far */
    bool is_over;      /* a person ended it while it closed: its orders are taken back */
    uint32_t steps;    /* on the tape */
    int64_t step_stored_ns;
    char note[REASON_SIZE]; /* of the last `waiting` */
    size_t open;            /* orders of the scope that are not done; not saved */
    struct halt *prev, *next;
};

struct flatten {
    struct closing_sources known;
    struct halt *halts;
    uint64_t state_sequence; /* of the last orders.state: the fence of steps */
    bool is_late;            /* older positions are not known */
};

struct flatten *flatten_create(const struct closing_sources *sources)
{
    struct flatten *flatten = calloc(1, sizeof *flatten);
    if (flatten == NULL)
        abort();
    flatten->known = *sources;
    return flatten;
}

void flatten_destroy(struct flatten *flatten)
{
    if (flatten == NULL)
        return;
    struct halt *halt, *next;
    DL_FOREACH_SAFE(flatten->halts, halt, next)
    {
        free(halt);
    }
    free(flatten);
}

static bool is_flatten(const struct halt *halt)
{
    return halt->request.step == STEP_FLATTEN;
}

static struct closing_name name_of(const struct halt *halt)
{
    return (struct closing_name){.request_id = halt->request.request_id, .sequence = halt->sequence};
}

static bool holds(const struct halt *halt, const char *account, const char *symbol)
{
    return trading_scope_holds(halt->request.scope, account, symbol);
}

/* Whether an order in this state stands in the way of the proof. A request from behind the halt that is not decided
 * does not: it will be denied. */
static bool counts(const struct halt *halt, const struct order *order, enum order_state state)
{
    switch (state) {
    case ORDER_INITIALIZED:
        return order->new_sequence < halt->sequence;
    case ORDER_SUBMITTED:
    case ORDER_ACCEPTED:
    case ORDER_TRIGGERED:
    case ORDER_PARTIALLY_FILLED:
        return true;
    case ORDER_FILLED:
    case ORDER_CANCELED:
    case ORDER_EXPIRED:
    case ORDER_DENIED:
    case ORDER_REJECTED:
        break;
    }
    return false;
}

static void count_open(const struct order *order, void *context)
{
    struct halt *halt = context;
    if (holds(halt, order->terms.account, order->terms.symbol) && counts(halt, order, order->state))
        halt->open++;
}

static void drop(struct flatten *flatten, struct halt *halt)
{
    DL_DELETE(flatten->halts, halt);
    free(halt);
}

static struct halt *find_scope(const struct flatten *flatten, const char *scope)
{
    struct halt *halt;
    DL_FOREACH(flatten->halts, halt)
    {
        if (strcmp(halt->request.scope, scope) == 0)
            break;
    }
    return halt;
}

static void begin(struct flatten *flatten, const struct event *event)
{
    struct halt *halt = calloc(1, sizeof *halt);
    if (halt == NULL)
        abort();
    halt->request = event->state;
    halt->sequence = event->sequence;
    halt->stored_ns = event->stored_ns;
    halt->step_stored_ns = event->stored_ns;
    DL_APPEND(flatten->halts, halt);
    order_book_each_open(flatten->known.book, count_open, halt);
}

/* A person, or a rule, says what holds for a scope from now on: what was on its way there ends. A new halt has the
 * exchange cancel the closing orders, anything else leaves that to us. */
static void fold_request(struct flatten *flatten, const struct event *event)
{
    struct halt *halt = find_scope(flatten, event->state.scope);
    bool is_halt = event->state.state == TRADING_HALTED;
    if (halt != NULL && halt->is_closing && !is_halt)
        halt->is_over = true;
    else if (halt != NULL)
        drop(flatten, halt);
    if (is_halt)
        begin(flatten, event);
}

static void fold_step(struct flatten *flatten, const struct event *event)
{
    const struct state_change *change = &event->state;
    struct halt *halt = find_scope(flatten, change->scope);
    if (halt == NULL || strcmp(halt->request.request_id, change->of) != 0)
        return;
    halt->steps++;
    halt->step_stored_ns = event->stored_ns;
    if (change->step == STEP_CLOSING)
        halt->is_closing = true;
    else if (change->step == STEP_WAITING)
        text_copy(halt->note, sizeof halt->note, change->note);
    else if (change->step == STEP_STOPPED || change->step == STEP_FLAT)
        drop(flatten, halt);
}

static void follow_order(struct flatten *flatten, const struct order *order, bool was_there, enum order_state before)
{
    struct halt *halt;
    DL_FOREACH(flatten->halts, halt)
    {
        if (!holds(halt, order->terms.account, order->terms.symbol))
            continue;
        halt->open += counts(halt, order, order->state);
        halt->open -= was_there && counts(halt, order, before);
    }
}

void flatten_fold(struct flatten *flatten, const struct event *event, enum fold_result result,
                  const struct order *order, enum order_state before)
{
    if (event->kind == EVENT_TRADING_STATE) {
        flatten->state_sequence = event->sequence;
        if (result == FOLD_APPLIED && event->state.of[0] != '\0')
            fold_step(flatten, event);
        else if (result == FOLD_APPLIED)
            fold_request(flatten, event);
    } else if (flatten->halts != NULL && order != NULL) {
        follow_order(flatten, order, event->kind != EVENT_ORDER_NEW || result != FOLD_APPLIED, before);
    }
}

static const struct halt *closing_halt(const struct flatten *flatten, const char *account, const char *symbol)
{
    const struct halt *halt;
    DL_FOREACH(flatten->halts, halt)
    {
        if (halt->is_closing && !halt->is_over && holds(halt, account, symbol))
            break;
    }
    return halt;
}

bool flatten_closes(const struct flatten *flatten, const char *account, const char *symbol)
{
    return closing_halt(flatten, account, symbol) != NULL;
}

bool flatten_owns(const struct flatten *flatten, const struct order_request *terms)
{
    const struct halt *halt = closing_halt(flatten, terms->account, terms->symbol);
    if (halt == NULL)
        return false;
    struct closing_name name = name_of(halt);
    return closing_is_named(&name, terms);
}

/* The next step of a halt: a trading state that repeats what was asked for and by whom. */
static void propose_step(const struct flatten *flatten, const struct halt *halt, enum state_step step, const char *note,
                         int64_t wall_ns, struct proposals *out)
{
    struct state_change *change = &proposals_add(out, EVENT_TRADING_STATE, (int64_t)flatten->state_sequence)->state;
    *change = halt->request;
    change->state = step == STEP_STOPPED ? TRADING_HALTED : TRADING_REDUCING;
    change->step = step;
    text_copy(change->of, sizeof change->of, halt->request.request_id);
    snprintf(change->request_id, sizeof change->request_id, "step-%llu-%lld-%u", (unsigned long long)halt->sequence,
             (long long)halt->stored_ns, halt->steps + 1);
    change->orders_seq = order_book_sequence(flatten->known.book);
    text_copy(change->note, sizeof change->note, note);
    change->timestamp_ns = wall_ns;
}

void flatten_begin_late(struct flatten *flatten)
{
    flatten->is_late = true;
}

static size_t count_positions(const struct flatten *flatten, const struct halt *halt)
{
    const struct positions *positions = flatten->known.positions;
    size_t count = 0;
    for (size_t i = 0; i < positions_count(positions); i++) {
        const struct position *position = positions_at(positions, i);
        count += position->quantity != 0 && holds(halt, position->account, position->symbol);
    }
    return count;
}

static void prove_stop(const struct flatten *flatten, const struct halt *halt, int64_t wall_ns, struct proposals *out)
{
    char note[REASON_SIZE];
    size_t positions = count_positions(flatten, halt);
    if (halt->open > 0)
        return;
    if (is_flatten(halt))
        snprintf(note, sizeof note, "0 working orders; %zu position%s to close", positions, positions == 1 ? "" : "s");
    else
        text_copy(note, sizeof note, "halted, 0 working orders");
    propose_step(flatten, halt, is_flatten(halt) ? STEP_CLOSING : STEP_STOPPED, note, wall_ns, out);
}

/* Goes on with every position that is this flatten's to close. True when one was left. */
static bool close_positions(const struct flatten *flatten, const struct halt *halt, const struct closing_moment *moment,
                            struct proposals *out, char note[REASON_SIZE])
{
    const struct positions *positions = flatten->known.positions;
    struct closing_name name = name_of(halt);
    bool any_left = false;
    for (size_t i = 0; i < positions_count(positions); i++) {
        const struct position *position = positions_at(positions, i);
        char waits[REASON_SIZE];
        if (!holds(halt, position->account, position->symbol))
            continue;
        if (halt->is_over) {
            closing_end(&flatten->known, &name, position, moment, out);
            continue;
        }
        if (position->quantity == 0)
            continue;
        any_left = true;
        if (closing_halt(flatten, position->account, position->symbol) == halt &&
            !closing_decide(&flatten->known, &name, position, moment, out, waits) && note[0] == '\0')
            text_copy(note, REASON_SIZE, waits);
    }
    return any_left;
}

static void go_on_closing(const struct flatten *flatten, const struct halt *halt, const struct closing_moment *moment,
                          struct proposals *out)
{
    char note[REASON_SIZE] = "";
    bool any_left = close_positions(flatten, halt, moment, out, note);
    if (halt->is_over)
        return;
    if (!any_left && flatten->is_late)
        text_copy(note, sizeof note, "ORDERS begins late: whether older positions are left, tapedeck positions tells");
    if (!any_left && halt->open == 0 && !flatten->is_late)
        propose_step(flatten, halt, STEP_FLAT, "flat, 0 positions, 0 working orders", moment->wall_ns, out);
    else if (note[0] != '\0' && strcmp(note, halt->note) != 0 && moment->stored_ns - halt->step_stored_ns >= WAITING_NS)
        propose_step(flatten, halt, STEP_WAITING, note, moment->wall_ns, out);
}

void flatten_decide(const struct flatten *flatten, const struct closing_moment *moment, struct proposals *out)
{
    const struct halt *halt;
    DL_FOREACH(flatten->halts, halt)
    {
        if (halt->is_closing)
            go_on_closing(flatten, halt, moment, out);
        else
            prove_stop(flatten, halt, moment->wall_ns, out);
    }
}

static void pack_halt(struct pack *pack, struct halt *halt)
{
    pack_state_change(pack, &halt->request);
    pack_u64(pack, &halt->sequence);
    pack_i64(pack, &halt->stored_ns);
    pack_bool(pack, &halt->is_closing);
    pack_bool(pack, &halt->is_over);
    pack_u32(pack, &halt->steps);
    pack_i64(pack, &halt->step_stored_ns);
    PACK_TEXT(pack, halt->note);
}

void flatten_save(const struct flatten *flatten, struct pack *pack)
{
    uint64_t state_sequence = flatten->state_sequence;
    bool is_late = flatten->is_late;
    struct halt *halt;
    size_t count;
    pack_section(pack, "FLATTEN", 1);
    pack_u64(pack, &state_sequence);
    pack_bool(pack, &is_late);
    DL_COUNT(flatten->halts, halt, count);
    pack_count(pack, count);
    DL_FOREACH(flatten->halts, halt)
    {
        pack_halt(pack, halt);
    }
}

int flatten_load(struct flatten *flatten, struct pack *pack)
{
    pack_section(pack, "FLATTEN", 1);
    pack_u64(pack, &flatten->state_sequence);
    pack_bool(pack, &flatten->is_late);
    for (size_t left = pack_count(pack, 0); left > 0 && !pack->failed; left--) {
        struct halt *halt = calloc(1, sizeof *halt);
        if (halt == NULL)
            abort();
        pack_halt(pack, halt);
        DL_APPEND(flatten->halts, halt);
        order_book_each_open(flatten->known.book, count_open, halt);
    }
    return pack->failed ? -1 : 0;
}
