/* Collects what a venue's parser says about one message, for the tests of the parsers. */
#ifndef TESTS_FEED_MARKET_LIST_H
#define TESTS_FEED_MARKET_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "feed/market.h"

enum { MARKET_LIST_MAX = 64, MARKET_LIST_TEXT = 2048 };

typedef bool market_parser(const char *text, size_t length, const struct market_sink *sink, const char **problem);

struct market_list {
    bool good;
    const char *problem; /* NULL when good */
    struct market_event events[MARKET_LIST_MAX];
    size_t count;
    char text[MARKET_LIST_TEXT];
};

/* A message, and either what it says (as market_list_text has it) or a part of what is wrong with it. */
struct market_case {
    const char *message;
    const char *events, *problem;
};

/* Parses a copy that ends where the text ends, so that a sanitizer sees reads behind it. */
void market_list_parse(struct market_list *list, market_parser *parse, const char *text);

/* The events in short, joined by semicolons. The list's own. */
const char *market_list_text(struct market_list *list);

/* Fails for the cases that are not as they say; then cuts each good message at every byte and puts a NUL at every byte,
 * and fails when one of these is taken for good. */
void market_list_check(market_parser *parse, const struct market_case *cases, size_t count);

#endif
