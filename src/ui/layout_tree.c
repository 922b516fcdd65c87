/* See layout_tree.h. */
#include "ui/layout_tree.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "core/text.h"

enum { DEPTH_MAX = 8, WORD_SIZE = 24 };

static const char *const pane_names[PANE_COUNT] = {
    [PANE_WATCH] = "watch",   [PANE_POSITIONS] = "positions", [PANE_ORDERS] = "orders", [PANE_ALERTS] = "alerts",
    [PANE_SERVER] = "server", [PANE_CHART] = "chart",         [PANE_TRADES] = "trades",
};

/* ---- reading -------------------------------------------------------------------------------------------------- */

struct reader {
    struct layout_tree *tree;
    const char *at;
    struct error *error;
};

/* A word, a number, one of ( ) , % or, at the end, nothing. */
static void read_word(struct reader *reader, char word[WORD_SIZE])
{
    size_t length = 0;
    while (isspace((unsigned char)*reader->at))
        reader->at++;
    while (length + 1 < WORD_SIZE && isalnum((unsigned char)reader->at[length]))
        length++;
    if (length == 0 && *reader->at != '\0')
        length = 1;
    memcpy(word, reader->at, length);
    word[length] = '\0';
    reader->at += length;
}

static bool next_is(struct reader *reader, const char *wanted)
{
    const char *before = reader->at;
    char word[WORD_SIZE];
    read_word(reader, word);
    if (strcmp(word, wanted) == 0)
        return true;
    reader->at = before;
    return false;
}

static int refuse(struct reader *reader, const char *word, const char *what)
{
    return error_set(reader->error, ERROR_USAGE, "%s%s%s %s", word[0] != '\0' ? "\"" : "",
                     word[0] != '\0' ? word : "the end", word[0] != '\0' ? "\"" : "", what);
}

static int read_share(struct reader *reader, struct layout_node *node)
{
    char word[WORD_SIZE];
    const char *before = reader->at;
    read_word(reader, word);
    if (!isdigit((unsigned char)word[0])) {
        reader->at = before;
        return 0;
    }
    for (const char *digit = word; *digit != '\0' && node->share < 1000; digit++)
        node->share = isdigit((unsigned char)*digit) ? node->share * 10 + (*digit - '0') : 1000;
    if (node->share < 1 || node->share > 99 || !next_is(reader, "%"))
        return refuse(reader, word, "is no share from 1% to 99%");
    return 0;
}

static int read_node(struct reader *reader, int depth, int *place);

/* What stands in the brackets of a split. */
static int read_parts(struct reader *reader, int depth, int split)
{
    struct layout_node *nodes = reader->tree->nodes;
    char word[WORD_SIZE];
    int before = 0, shares = 0, open = 0;
    if (!next_is(reader, "(")) {
        read_word(reader, word);
        return refuse(reader, word, "stands where ( is wanted");
    }
    do {
        int part;
        if (read_node(reader, depth + 1, &part) != 0)
            return -1;
        *(before == 0 ? &nodes[split].first : &nodes[before].next) = part;
        before = part;
        shares += nodes[part].share;
        open += nodes[part].share == 0;
    } while (next_is(reader, ","));
    if (!next_is(reader, ")")) {
        read_word(reader, word);
        return refuse(reader, word, "stands where , or ) is wanted");
    }
    if (shares > 100 || (open > 0 && shares > 99))
        return error_set(reader->error, ERROR_USAGE, "the shares of one split are more than 100%%");
    return 0;
}

static int pane_of(const char *word)
{
    int pane = 0;
    while (pane < PANE_COUNT && strcmp(pane_names[pane], word) != 0)
        pane++;
    return pane;
}

static int read_node(struct reader *reader, int depth, int *place)
{
    struct layout_tree *tree = reader->tree;
    char word[WORD_SIZE];
    read_word(reader, word);
    if (tree->count == LAYOUT_NODES_MAX || depth > DEPTH_MAX)
        return refuse(reader, word, "is one pane too many");
    *place = tree->count++;
    struct layout_node *node = &tree->nodes[*place];
    *node = (struct layout_node){.kind = strcmp(word, "columns") == 0 ? LAYOUT_COLUMNS
                                         : strcmp(word, "rows") == 0  ? LAYOUT_ROWS
                                                                      : LAYOUT_PANE};
    if (node->kind != LAYOUT_PANE)
        return read_parts(reader, depth, *place) != 0 ? -1 : read_share(reader, node);
    int pane = pane_of(word);
    if (pane == PANE_COUNT)
        return refuse(reader, word,
                      "is neither columns, rows nor a pane (watch, positions, orders, alerts, server, chart, trades)");
    node->pane = PANE_COUNT; /* not yet one of those that are there */
    if (layout_tree_has(tree, (enum pane_id)pane))
        return refuse(reader, word, "is there twice");
    node->pane = (enum pane_id)pane;
    return read_share(reader, node);
}

static bool takes_the_cursor(const struct layout_tree *tree)
{
    for (int pane = 0; pane < PANE_FOCUSABLE; pane++) {
        if (layout_tree_has(tree, (enum pane_id)pane))
            return true;
    }
    return false;
}

int layout_tree_parse(struct layout_tree *tree, const char *name, const char *text, struct error *error)
{
    struct reader reader = {.tree = tree, .at = text, .error = error};
    char word[WORD_SIZE];
    int root;
    *tree = (struct layout_tree){0};
    text_copy(tree->name, sizeof tree->name, name);
    if (read_node(&reader, 0, &root) != 0)
        return -1;
    read_word(&reader, word);
    if (word[0] != '\0')
        return refuse(&reader, word, "stands behind the layout");
    if (!takes_the_cursor(tree))
        return error_set(error, ERROR_USAGE,
                         "none of the panes takes the cursor (watch, positions, orders, alerts, server)");
    return 0;
}

bool layout_tree_has(const struct layout_tree *tree, enum pane_id pane)
{
    for (int i = 0; i < tree->count; i++) {
        if (tree->nodes[i].kind == LAYOUT_PANE && tree->nodes[i].pane == pane)
            return true;
    }
    return false;
}

/* ---- placing -------------------------------------------------------------------------------------------------- */

/* The percent of a part in its split, for those without a share as well. */
static int share_of(const struct layout_tree *tree, const struct layout_node *split, const struct layout_node *part)
{
    int shares = 0, open = 0;
    for (int i = split->first; i != 0; i = tree->nodes[i].next) {
        shares += tree->nodes[i].share;
        open += tree->nodes[i].share == 0;
    }
    return part->share != 0 ? part->share : (100 - shares) / open;
}

static bool place_node(const struct layout_tree *tree, int place, struct area area, struct area panes[PANE_COUNT])
{
    const struct layout_node *node = &tree->nodes[place];
    if (node->kind == LAYOUT_PANE) {
        panes[node->pane] = area;
        return area.rows >= LAYOUT_PANE_ROWS_MIN && area.cols >= LAYOUT_PANE_COLS_MIN;
    }
    bool fits = true, columns = node->kind == LAYOUT_COLUMNS;
    int all = columns ? area.cols : area.rows;
    for (int i = node->first; i != 0; i = tree->nodes[i].next) {
        const struct layout_node *part = &tree->nodes[i];
        int left = columns ? area.cols : area.rows;
        int size = part->next == 0 ? left : all * share_of(tree, node, part) / 100;
        int gap = columns && part->next != 0 ? 1 : 0;
        struct area own = area;
        *(columns ? &own.cols : &own.rows) = size - gap > 0 ? size - gap : 0;
        fits = place_node(tree, i, own, panes) && fits;
        area.col += columns ? size : 0;
        area.cols -= columns ? size : 0;
        area.row += columns ? 0 : size;
        area.rows -= columns ? 0 : size;
    }
    return fits;
}

bool layout_tree_place(const struct layout_tree *tree, struct area body, struct area panes[PANE_COUNT])
{
    assert(tree->count > 0);
    return place_node(tree, 0, body, panes);
}
