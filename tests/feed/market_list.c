#include "market_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/decimal.h"

static void take(void *context, const struct market_event *event)
{
    struct market_list *list = context;
    assert_true(list->count < MARKET_LIST_MAX);
    list->events[list->count++] = *event;
}

static void parse_bytes(struct market_list *list, market_parser *parse, const char *text, size_t length)
{
    const struct market_sink sink = {.take = take, .context = list};
    char *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, text, length);
    *list = (struct market_list){0};
    list->good = parse(copy, length, &sink, &list->problem);
    free(copy);
    assert_true(list->good == (list->problem == NULL));
}

void market_list_parse(struct market_list *list, market_parser *parse, const char *text)
{
    parse_bytes(list, parse, text, strlen(text));
}

static const char *number(char text[DECIMAL_TEXT_SIZE], int64_t value, int decimals)
{
    if (value == DECIMAL_NONE)
        return "-";
    if (value == MARKET_PRICE_FAR)
        return "far";
    decimal_format(text, value, decimals);
    return text;
}

static void describe(const struct market_event *event, char *out, size_t size)
{
    char a[DECIMAL_TEXT_SIZE], b[DECIMAL_TEXT_SIZE], c[DECIMAL_TEXT_SIZE], d[DECIMAL_TEXT_SIZE];
    static const char *const SIDES[] = {[SIDE_NONE] = "none", [SIDE_BUY] = "buy", [SIDE_SELL] = "sell"};
    switch (event->kind) {
    case MARKET_TOP:
        snprintf(out, size, "top %s x %s, %s x %s", number(a, event->top.bid, PRICE_DECIMALS),
                 number(b, event->top.bid_size, QUANTITY_DECIMALS), number(c, event->top.ask, PRICE_DECIMALS),
                 number(d, event->top.ask_size, QUANTITY_DECIMALS));
        break;
    case MARKET_TRADE:
        snprintf(out, size, "trade %s %s x %s", SIDES[event->trade.aggressor],
                 number(a, event->trade.price, PRICE_DECIMALS), number(b, event->trade.size, QUANTITY_DECIMALS));
        break;
    case MARKET_SNAPSHOT:
        snprintf(out, size, "snapshot");
        break;
    case MARKET_LEVEL:
        snprintf(out, size, "level %s %s %s", SIDES[event->level.side], number(a, event->level.price, PRICE_DECIMALS),
                 number(b, event->level.size, QUANTITY_DECIMALS));
        break;
    case MARKET_BOOK:
        if (event->book.has_checksum)
            snprintf(out, size, "book sum %u", event->book.checksum);
        else
            snprintf(out, size, "book %llu-%llu", (unsigned long long)event->book.first_id,
                     (unsigned long long)event->book.last_id);
        break;
    case MARKET_PRECISION:
        snprintf(out, size, "precision %d %d", event->precision.price_decimals, event->precision.size_decimals);
        break;
    case MARKET_STATUS:
        snprintf(out, size, "status %d", (int)event->status);
        break;
    case MARKET_SEQUENCE:
        snprintf(out, size, "number %llu", (unsigned long long)event->sequence);
        break;
    case MARKET_HEARTBEAT:
        snprintf(out, size, "heartbeat");
        break;
    case MARKET_ANSWER:
        snprintf(out, size, "%s%s", event->answer.refused ? "refused: " : "answer", event->answer.text);
        break;
    }
}

const char *market_list_text(struct market_list *list)
{
    size_t length = 0;
    list->text[0] = '\0';
    for (size_t i = 0; i < list->count; i++) {
        char event[512];
        describe(&list->events[i], event, sizeof event);
        length += (size_t)snprintf(list->text + length, sizeof list->text - length, "%s%s", i > 0 ? "; " : "", event);
        assert_true(length < sizeof list->text);
    }
    return list->text;
}

static void check_cuts(market_parser *parse, const char *message)
{
    static struct market_list list;
    size_t length = strlen(message);
    while (length > 0 && message[length - 1] == ' ')
        length--;
    for (size_t at = 0; at < length; at++) {
        char with_nul[2048];
        parse_bytes(&list, parse, message, at);
        if (list.good)
            fail_msg("%s cut at %zu is taken for good", message, at);
        assert_true(length < sizeof with_nul);
        memcpy(with_nul, message, length);
        with_nul[at] = '\0';
        parse_bytes(&list, parse, with_nul, length);
        if (list.good)
            fail_msg("%s with a NUL at %zu is taken for good", message, at);
    }
}

void market_list_check(market_parser *parse, const struct market_case *cases, size_t count)
{
    static struct market_list list;
    for (size_t i = 0; i < count; i++) {
        const struct market_case *now = &cases[i];
        market_list_parse(&list, parse, now->message);
        if (now->problem != NULL) {
            if (list.good || strstr(list.problem, now->problem) == NULL)
                fail_msg("%s: %s", now->message, list.good ? "is taken for good" : list.problem);
            continue;
        }
        if (!list.good)
            fail_msg("%s: %s", now->message, list.problem);
        if (strcmp(market_list_text(&list), now->events) != 0)
            fail_msg("%s says: %s", now->message, market_list_text(&list));
        check_cuts(parse, now->message);
    }
}
