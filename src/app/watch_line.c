/* The lines of `tapedeck watch`. */
#include "app/watch_line.h"

#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "core/text.h"

static const char PREFIX[] = "md.";

/* True for tokens between single dots, of printable characters, with `>` as a whole token at the end only and `*` as
 * a whole token. */
static bool is_subject_pattern(const char *pattern)
{
    for (const char *token = pattern;;) {
        size_t length = strcspn(token, ".");
        bool last = token[length] == '\0';

        if (length == 0 || (memchr(token, '>', length) != NULL && (length != 1 || !last)) ||
            (memchr(token, '*', length) != NULL && length != 1))
            return false;
        if (last)
            return true;
        token += length + 1;
    }
}

int watch_line_filter(char filter[SUBJECT_SIZE], const char *pattern, struct error *error)
{
    char token[SUBJECT_SIZE];

    if (pattern == NULL)
        pattern = "md.>";
    for (const char *at = pattern; *at != '\0'; at++) {
        if ((unsigned char)*at <= ' ' || *at == 0x7f)
            return error_set(error, ERROR_USAGE, "the pattern has a space or a control character in it");
    }
    if (strlen(pattern) >= SUBJECT_SIZE / 4)
        return error_set(error, ERROR_USAGE, "the pattern is too long");
    if (pattern[0] != '\0' && strpbrk(pattern, ".*>") == NULL) {
        subject_escape(token, sizeof(token), pattern);
        snprintf(filter, SUBJECT_SIZE, "md.*.%.*s", SUBJECT_SIZE - 6, token);
        return 0;
    }
    if (strncmp(pattern, PREFIX, sizeof(PREFIX) - 1) != 0 || !is_subject_pattern(pattern))
        return error_set(error, ERROR_USAGE,
                         "'%.60s' is no pattern of quotes; give a symbol (AAPL, BRK%%2EB) or a subject (md.nyse.>)",
                         pattern);
    text_copy(filter, SUBJECT_SIZE, pattern);
    return 0;
}

/* How many decimals the shortest exact text of a number has. */
static int decimals_of(const char *text)
{
    const char *point = strchr(text, '.');

    return point != NULL ? (int)strlen(point + 1) : 0;
}

static void format_price(char text[DECIMAL_TEXT_SIZE], int64_t price, int least)
{
    decimal_format(text, price, PRICE_DECIMALS);
    int decimals = decimals_of(text);

    decimal_format_fixed(text, price, PRICE_DECIMALS, decimals > least ? decimals : least, false);
}

/* In money's scale, because the difference of two prices may not fit into a price. */
static int128 spread_of(const struct quote *quote)
{
    return ((int128)quote->ask - quote->bid) * QUANTITY_ONE;
}

size_t watch_line_text(char line[WATCH_LINE_SIZE], const struct quote *quote)
{
    char bid[DECIMAL_TEXT_SIZE], ask[DECIMAL_TEXT_SIZE], spread[DECIMAL_TEXT_SIZE];

    format_price(bid, quote->bid, 2);
    format_price(ask, quote->ask, 2);
    money_format(spread, spread_of(quote));
    int decimals = decimals_of(spread);

    money_format_fixed(spread, spread_of(quote), decimals > 4 ? decimals : 4, false);
    return (size_t)snprintf(line, WATCH_LINE_SIZE, "%s: bid=%s, ask=%s, spread=%s\n", quote->symbol, bid, ask, spread);
}

size_t watch_line_json_size(size_t payload_bytes)
{
    /* Copying adds nothing to the payload but the spread; cleaning may make three bytes of one that is not UTF-8. */
    return 3 * payload_bytes + DECIMAL_TEXT_SIZE + 32;
}

size_t watch_line_json(char *line, char *scratch, const char *payload, size_t payload_bytes, const struct quote *quote)
{
    struct json_reader reader;
    struct json_value key, value;
    char spread[DECIMAL_TEXT_SIZE];
    size_t size = watch_line_json_size(payload_bytes), at = 0;

    scratch[at++] = '{';
    json_reader_init(&reader, payload, payload_bytes);
    while (json_reader_next(&reader, &key, &value)) {
        const char *quotes = value.type == JSON_STRING ? "\"" : "";

        if (key.length == 6 && memcmp(key.text, "spread", 6) == 0)
            continue;
        at += (size_t)snprintf(scratch + at, size - at, "\"%.*s\":%s%.*s%s,", (int)key.length, key.text, quotes,
                               (int)value.length, value.text, quotes);
    }
    money_format(spread, spread_of(quote));
    at += (size_t)snprintf(scratch + at, size - at, "\"spread\":%s}", spread);
    size_t length = text_clean(line, size - 1, scratch, at);

    line[length++] = '\n';
    line[length] = '\0';
    return length;
}
