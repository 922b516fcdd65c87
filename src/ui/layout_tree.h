/* A layout of the deck's panes that a person wrote: a tree of splits. Pure.
 *
 *   columns(rows(watch 60%, orders), rows(alerts 30%, server))
 *
 * `columns` puts what follows side by side, `rows` one below the other. A share is a part of the split it stands in;
 * what has none divides what is left. */
#ifndef UI_LAYOUT_TREE_H
#define UI_LAYOUT_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "ui/layout.h"

enum { LAYOUT_NAME_SIZE = 32, LAYOUT_NODES_MAX = 32, LAYOUT_TREES_MAX = 16 };

/* The smallest pane that shows something. */
enum { LAYOUT_PANE_ROWS_MIN = 3, LAYOUT_PANE_COLS_MIN = 24 };

enum layout_kind { LAYOUT_PANE, LAYOUT_COLUMNS, LAYOUT_ROWS };

struct layout_node {
    enum layout_kind kind;
    enum pane_id pane;
    int share;       /* percent; 0: what is left */
    int first, next; /* the first of those in it, and the one beside it; 0: none */
};

/* The root is the first node. */
struct layout_tree {
    char name[LAYOUT_NAME_SIZE];
    struct layout_node nodes[LAYOUT_NODES_MAX];
    int count;
};

/* Reads the text; -1 (ERROR_USAGE) with the word that is wrong, and `tree` is not to be used. */
int layout_tree_parse(struct layout_tree *tree, const char *name, const char *text, struct error *error);

/* Cuts `body` up; the panes that are not in the tree stay empty. False when one would be too small. */
bool layout_tree_place(const struct layout_tree *tree, struct area body, struct area panes[PANE_COUNT]);

bool layout_tree_has(const struct layout_tree *tree, enum pane_id pane);

#endif
