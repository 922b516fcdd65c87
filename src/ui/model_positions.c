/* Positions as the screen shows them: the last one of each account and symbol, never folded from fills here (ORDERS and
 * POSITIONS have no order between them), but marked "behind" while ORDERS has a later fill. */
#include <stdlib.h>
#include <string.h>

#include "engine/mark.h"
#include "engine/position_table.h"
#include "ui/model_private.h"

/* Memory that ran out ends the program: a table with holes would show wrong positions. */
#define uthash_fatal(message) abort()
#include <uthash.h>

/* Unused bytes are zero, for it is hashed as bytes. */
struct position_key {
    char account[ACCOUNT_SIZE];
    char symbol[SYMBOL_SIZE];
};

struct position_entry {
    struct position_key key;
    struct position_view view;
    UT_hash_handle hh;
};

static struct position_key key_of(const char *account, const char *symbol)
{
    struct position_key key = {0};
    strncpy(key.account, account, sizeof key.account - 1);
    strncpy(key.symbol, symbol, sizeof key.symbol - 1);
    return key;
}

static int compare_places(const void *a, const void *b)
{
    const struct position_entry *left = *(struct position_entry *const *)a;
    const struct position_entry *right = *(struct position_entry *const *)b;
    int order = strcmp(left->key.account, right->key.account);
    return order != 0 ? order : strcmp(left->key.symbol, right->key.symbol);
}

static struct position_entry *find(const struct model *model, const struct position_key *key)
{
    struct position_entry *entry = NULL;
    HASH_FIND(hh, model->positions, key, sizeof *key, entry);
    return entry;
}

static struct position_view *view_of(struct model *model, const char *account, const char *symbol)
{
    struct position_key key = key_of(account, symbol);
    struct position_entry *entry = find(model, &key);
    if (entry != NULL)
        return &entry->view;
    if (model->position_count == model->position_capacity) {
        model->position_capacity = model->position_capacity == 0 ? 32 : model->position_capacity * 2;
        void *places = realloc(model->position_places, model->position_capacity * sizeof(struct position_entry *));
        if (places == NULL)
            abort();
        model->position_places = places;
    }
    entry = calloc(1, sizeof *entry);
    if (entry == NULL)
        abort();
    entry->key = key;
    entry->view.position.average_price = 0;
    memcpy(entry->view.position.account, key.account, sizeof key.account);
    memcpy(entry->view.position.symbol, key.symbol, sizeof key.symbol);
    HASH_ADD(hh, model->positions, key, sizeof entry->key, entry);
    model->position_places[model->position_count++] = entry;
    qsort(model->position_places, model->position_count, sizeof(struct position_entry *), compare_places);
    return &entry->view;
}

void model_positions_fold(struct model *model, const struct position_event *position)
{
    struct position_view *view = view_of(model, position->account, position->symbol);
    const struct position_event *held = &view->position;
    bool newer =
        position->epoch > held->epoch || (position->epoch == held->epoch && position->orders_seq > held->orders_seq);
    if (view->known && !newer)
        return;
    view->position = *position;
    view->known = true;
}

void model_positions_fill(struct model *model, const struct execution *execution, uint64_t sequence)
{
    struct position_view *view = view_of(model, execution->account, execution->symbol);
    if (sequence > view->last_fill)
        view->last_fill = sequence;
}

void model_positions_free(struct model *model)
{
    HASH_CLEAR(hh, model->positions);
    for (size_t i = 0; i < model->position_count; i++)
        free(model->position_places[i]);
    free(model->position_places);
}

size_t model_position_count(const struct model *model)
{
    return model->position_count;
}

const struct position_view *model_position(const struct model *model, const char *account, const char *symbol)
{
    struct position_key key = key_of(account, symbol);
    const struct position_entry *entry = find(model, &key);
    return entry == NULL ? NULL : &entry->view;
}

const struct position_view *model_position_at(const struct model *model, size_t place)
{
    return place < model->position_count ? &model->position_places[place]->view : NULL;
}

bool model_position_is_behind(const struct position_view *position)
{
    return position->last_fill > position->position.orders_seq;
}

/* What the instrument table, else the quotes, say of the symbol. */
static void describe(const struct model *model, const char *symbol, const struct instrument_view *view,
                     struct position_value *value)
{
    const struct instrument *instrument = instruments_primary(model->instruments, symbol);
    value->price_decimals = 2;
    if (view != NULL) {
        value->price_decimals = view->price_decimals;
        value->quantity_decimals = view->quantity_decimals;
    }
    if (instrument != NULL) {
        value->price_decimals = instrument_price_decimals(instrument);
        value->quantity_decimals = instrument_quantity_decimals(instrument);
    }
}

/* The marks, and what they are worth, are those of the risk rules, so that the two cannot disagree. Only a position
 * that nobody has paid a price for and nobody quotes has no mark here: a dash says more than a profit of zero. */
struct position_value model_position_value(const struct model *model, const struct position_view *position,
                                           int64_t monotonic_ns)
{
    const struct position_event *held = &position->position;
    const struct instrument *instrument = instruments_primary(model->instruments, held->symbol);
    const struct instrument_view *view = model_primary(model, held->symbol);
    struct position_value value = {.mark = DECIMAL_NONE, .exposure = MONEY_NONE, .unrealized = MONEY_NONE};
    describe(model, held->symbol, view, &value);
    if (position->known && held->quantity == 0)
        value.exposure = value.unrealized = 0;
    if (!position->known || (view == NULL && held->last_price == DECIMAL_NONE))
        return value;
    struct mark mark = mark_of(held->quantity, mark_last_price(held), view == NULL ? NULL : view->market, monotonic_ns,
                               model->stale_after_ns);
    int64_t multiplier = instrument == NULL ? 1 : instrument->multiplier;
    value.mark = mark.mid;
    value.stale = mark.stale;
    value.known = position_event_value(held, mark.mid, multiplier, &value.exposure) &&
                  position_event_unrealized(held, mark.mid, multiplier, &value.unrealized);
    if (!value.known)
        value.exposure = value.unrealized = MONEY_NONE;
    return value;
}
