/* The depth of each instrument as it came last. Depth and quotes are in two streams, so the depth of an instrument may
 * be there before its first quote: it is kept under its name, not beside the market. */
#include <stdlib.h>

#include "core/text.h"
#include "ui/model_private.h"

/* Memory that ran out ends the process, as everywhere in the read model. */
#define uthash_fatal(message) abort()
#include <uthash.h>

/* Unused bytes are zero. */
struct depth_key {
    char exchange[EXCHANGE_SIZE], symbol[SYMBOL_SIZE];
};

struct depth_entry {
    struct depth_key key;
    struct depth_view view;
    UT_hash_handle hh;
};

static struct depth_entry *find(const struct model *model, const char *exchange, const char *symbol,
                                struct depth_key *key)
{
    struct depth_entry *entry;
    *key = (struct depth_key){0};
    text_copy(key->exchange, sizeof key->exchange, exchange);
    text_copy(key->symbol, sizeof key->symbol, symbol);
    HASH_FIND(hh, model->depths, key, sizeof *key, entry);
    return entry;
}

void model_fold_depth(struct model *model, const struct depth *depth, int64_t age_ns, int64_t monotonic_ns)
{
    struct depth_key key;
    struct depth_entry *entry = find(model, depth->exchange, depth->symbol, &key);
    if (entry == NULL) {
        entry = calloc(1, sizeof *entry);
        if (entry == NULL)
            abort();
        entry->key = key;
        HASH_ADD(hh, model->depths, key, sizeof entry->key, entry);
    }
    entry->view.depth = *depth;
    entry->view.seen_ns = monotonic_ns - (age_ns > 0 ? age_ns : 0);
    model->version++;
}

const struct depth_view *model_depth(const struct model *model, const struct market *market)
{
    struct depth_key key;
    const struct depth_entry *entry = find(model, market->quote.exchange, market->quote.symbol, &key);
    return entry == NULL ? NULL : &entry->view;
}

void model_depth_free(struct model *model)
{
    struct depth_entry *entry, *next;
    HASH_ITER(hh, model->depths, entry, next)
    {
        HASH_DEL(model->depths, entry);
        free(entry);
    }
}
