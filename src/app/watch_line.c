/* The lines of `tapedeck watch`. */
#include "app/watch_line.h"

#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "core/text.h"

static const char PREFIX[] = "md.";

bool watch_line_is_subject(const char *pattern)
{
    for (const char *at = pattern; *at != '\0'; at++) {
        if ((unsigned char)*at <= ' ' || *at == 0x7f)
            return false;
    }
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
    if (pattern == NULL)
        pattern = "md.>";
    for (const char *at = pattern; *at != '\0'; at++) {
        if ((unsigned char)*at <= ' ' || *at == 0x7f)
            return error_set(error, ERROR_USAGE, "the pattern has a space or a control character in it");
    }
    if (strlen(pattern) >= SUBJECT_SIZE / 4)
        return error_set(error, ERROR_USAGE, "the pattern is too long");
    if (pattern[0] != '\0' && strpbrk(pattern, ".*>") == NULL) {
        char symbol[SUBJECT_SIZE];

        /* One with a dot in it has to be given as subjects spell it. */
        if (!subject_unescape(symbol, sizeof(symbol), pattern, strlen(pattern)))
            text_copy(symbol, sizeof(symbol), pattern);
        subject_of_quotes(filter, NULL, symbol);
        return 0;
    }
    if (strncmp(pattern, PREFIX, sizeof(PREFIX) - 1) != 0 || !watch_line_is_subject(pattern))
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

void watch_line_spread(char text[DECIMAL_TEXT_SIZE], const struct quote *quote)
{
    money_format(text, spread_of(quote));
}

size_t watch_line_text(char line[WATCH_LINE_SIZE], const struct quote *quote)
{
    char bid[DECIMAL_TEXT_SIZE], ask[DECIMAL_TEXT_SIZE], spread[DECIMAL_TEXT_SIZE];

    format_price(bid, quote->bid, 2);
    format_price(ask, quote->ask, 2);
    watch_line_spread(spread, quote);
    int decimals = decimals_of(spread);

    money_format_fixed(spread, spread_of(quote), decimals > 4 ? decimals : 4, false);
    return (size_t)snprintf(line, WATCH_LINE_SIZE, "%s: bid=%s, ask=%s, spread=%s\n", quote->symbol, bid, ask, spread);
}

size_t watch_line_json_size(size_t payload_bytes)
{
    /* Copying adds nothing to the payload but the spread; cleaning may make three bytes of one that is not UTF-8. */
    return 3 * payload_bytes + DECIMAL_TEXT_SIZE + 32;
}

void watch_line_copy_members(struct json_writer *writer, const char *payload, size_t payload_bytes,
                             const char *const *but)
{
    struct json_reader reader;
    struct json_value key, value;

    json_reader_init(&reader, payload, payload_bytes);
    while (json_reader_next(&reader, &key, &value)) {
        size_t i = 0;

        while (but[i] != NULL && (strlen(but[i]) != key.length || memcmp(but[i], key.text, key.length) != 0))
            i++;
        if (but[i] != NULL)
            continue;
        /* Keys and strings are still escaped, and stay so. */
        json_raw(writer, key.text - 1, key.length + 2);
        writer->comma = false;
        json_raw(writer, ":", 1);
        writer->comma = false;
        if (value.type == JSON_STRING)
            json_raw(writer, value.text - 1, value.length + 2);
        else
            json_raw(writer, value.text, value.length);
    }
}

size_t watch_line_json(char *line, char *scratch, const char *payload, size_t payload_bytes, const struct quote *quote)
{
    static const char *const SPREAD[] = {"spread", NULL};
    char spread[DECIMAL_TEXT_SIZE];
    size_t size = watch_line_json_size(payload_bytes);
    struct json_writer writer;

    watch_line_spread(spread, quote);
    json_writer_init(&writer, scratch, size);
    json_open(&writer, '{');
    watch_line_copy_members(&writer, payload, payload_bytes, SPREAD);
    json_key(&writer, SPREAD[0]);
    json_raw(&writer, spread, strlen(spread));
    json_close(&writer, '}');
    size_t length = text_clean(line, size - 1, scratch, writer.length);

    line[length++] = '\n';
    line[length] = '\0';
    return length;
}
