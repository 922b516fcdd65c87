/* All rings turn together, so that the same place is the same step in each. */
#include "engine/return_history.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/decimal.h"
#include "core/text.h"

struct return_history {
    struct return_series **series;
    size_t count, capacity;
    size_t next;
    bool marked; /* something was, since the last step */
};

struct return_history *return_history_create(void)
{
    struct return_history *history = calloc(1, sizeof *history);
    if (history == NULL)
        abort();
    return history;
}

void return_history_destroy(struct return_history *history)
{
    if (history == NULL)
        return;
    for (size_t i = 0; i < history->count; i++)
        free(history->series[i]);
    free(history->series);
    free(history);
}

struct return_series *return_history_series(struct return_history *history, const char *exchange, const char *symbol)
{
    for (size_t i = 0; i < history->count; i++) {
        struct return_series *series = history->series[i];
        if (strcmp(series->symbol, symbol) == 0 && strcmp(series->exchange, exchange) == 0)
            return series;
    }
    if (history->count == history->capacity) {
        history->capacity = history->capacity == 0 ? 16 : history->capacity * 2;
        history->series = reallocarray(history->series, history->capacity, sizeof *history->series);
        if (history->series == NULL)
            abort();
    }
    struct return_series *series = calloc(1, sizeof *series);
    if (series == NULL)
        abort();
    text_copy(series->exchange, sizeof series->exchange, exchange);
    text_copy(series->symbol, sizeof series->symbol, symbol);
    history->series[history->count++] = series;
    return series;
}

void return_history_mark(struct return_history *history, struct return_series *series, int64_t price)
{
    if (price <= 0)
        return;
    series->latest = price;
    history->marked = true;
}

/* (to - from) / from in 1e-12. */
static int64_t return_of(int64_t from, int64_t to)
{
    int128 value = divide_half_even(((int128)to - from) * RETURN_ONE, from);
    return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

static void end_step(struct return_series *series, size_t place)
{
    bool measured = series->base != 0 && series->latest != 0;
    series->values[place] = measured ? return_of(series->base, series->latest) : 0;
    if ((measured || series->count > 0) && series->count < RETURN_STEPS)
        series->count++;
    if (series->latest != 0)
        series->base = series->latest;
}

void return_history_step(struct return_history *history)
{
    if (!history->marked) {
        return_history_pause(history);
        return;
    }
    for (size_t i = 0; i < history->count; i++)
        end_step(history->series[i], history->next);
    history->next = (history->next + 1) % RETURN_STEPS;
    history->marked = false;
}

void return_history_pause(struct return_history *history)
{
    for (size_t i = 0; i < history->count; i++)
        history->series[i]->base = history->series[i]->latest = 0;
    history->marked = false;
}

int64_t return_history_at(const struct return_history *history, const struct return_series *series, size_t back)
{
    assert(back < series->count);
    return series->values[(history->next + RETURN_STEPS - 1 - back) % RETURN_STEPS];
}

void return_history_save(const struct return_history *history, struct pack *pack)
{
    pack_section(pack, "RETURNS", 1);
    pack_count(pack, history->count);
    for (size_t i = 0; i < history->count; i++) {
        struct return_series *series = history->series[i];
        PACK_TEXT(pack, series->exchange);
        PACK_TEXT(pack, series->symbol);
        pack_count(pack, series->count);
        for (size_t back = series->count; back-- > 0;) {
            int64_t value = return_history_at(history, series, back);
            pack_i64(pack, &value);
        }
    }
}

int return_history_load(struct return_history *history, struct pack *pack)
{
    pack_section(pack, "RETURNS", 1);
    for (size_t left = pack_count(pack, 0); left > 0 && !pack->failed; left--) {
        char exchange[EXCHANGE_SIZE] = "", symbol[SYMBOL_SIZE] = "";
        PACK_TEXT(pack, exchange);
        PACK_TEXT(pack, symbol);
        size_t count = pack_count(pack, 0);
        if (count > RETURN_STEPS)
            pack_fail(pack);
        if (pack->failed)
            break;
        struct return_series *series = return_history_series(history, exchange, symbol);
        if (series->count != 0) {
            pack_fail(pack);
            break;
        }
        series->count = count; /* the newest at the last place: the next step goes to the first */
        for (size_t place = RETURN_STEPS - count; place < RETURN_STEPS; place++)
            pack_i64(pack, &series->values[place]);
    }
    return pack->failed ? -1 : 0;
}
