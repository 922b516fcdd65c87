/* The reply subject is scanned without copying, for it comes with every message. */
#include "bus/delivery.h"

#include <stddef.h>
#include <string.h>

enum { OLD_TOKENS = 9, NEW_TOKENS = 11, TOKENS_MAX = 13 };

static bool read_number(const char *text, uint64_t *number)
{
    uint64_t value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++)
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *at - '0', &value))
            return false;
    *number = value;
    return at > text && (*at == '.' || *at == '\0');
}

/* Finds the tokens of a reply subject; returns the index of the first number, 0 when it is none. */
static size_t find_numbers(const char *reply, const char *tokens[TOKENS_MAX])
{
    if (reply == NULL || strncmp(reply, "$JS.ACK.", 8) != 0)
        return 0;
    size_t count = 0;
    for (const char *at = reply; at != NULL && count < TOKENS_MAX; count++) {
        tokens[count] = at;
        at = strchr(at, '.');
        if (at != NULL)
            at++;
    }
    /* The newer form may have one random token more at its end. */
    if (count != OLD_TOKENS && count != NEW_TOKENS && count != NEW_TOKENS + 1)
        return 0;
    return count == OLD_TOKENS ? 4 : 6;
}

size_t delivery_prefix_length(const char *reply)
{
    const char *tokens[TOKENS_MAX];
    size_t first = find_numbers(reply, tokens);
    return first > 0 ? (size_t)(tokens[first] - reply) : 0;
}

bool delivery_parse(struct delivery *delivery, const char *reply)
{
    const char *tokens[TOKENS_MAX];
    size_t first = find_numbers(reply, tokens);
    uint64_t stored;
    if (first == 0 || !read_number(tokens[first], &delivery->deliveries) ||
        !read_number(tokens[first + 1], &delivery->stream_sequence) ||
        !read_number(tokens[first + 2], &delivery->consumer_sequence) || !read_number(tokens[first + 3], &stored) ||
        !read_number(tokens[first + 4], &delivery->pending) || stored > INT64_MAX)
        return false;
    delivery->stored_ns = (int64_t)stored;
    return true;
}
