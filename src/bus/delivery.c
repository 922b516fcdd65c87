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

bool delivery_parse(struct delivery *delivery, const char *reply)
{
    if (reply == NULL || strncmp(reply, "$JS.ACK.", 8) != 0)
        return false;
    const char *tokens[TOKENS_MAX];
    size_t count = 0;
    for (const char *at = reply; at != NULL && count < TOKENS_MAX; count++) {
        tokens[count] = at;
        at = strchr(at, '.');
        if (at != NULL)
            at++;
    }
    /* The newer form may have one random token more at its end. */
    size_t first = count == OLD_TOKENS ? 4 : 6;
    if (count != OLD_TOKENS && count != NEW_TOKENS && count != NEW_TOKENS + 1)
        return false;
    uint64_t stored;
    if (!read_number(tokens[first], &delivery->deliveries) ||
        !read_number(tokens[first + 1], &delivery->stream_sequence) ||
        !read_number(tokens[first + 2], &delivery->consumer_sequence) || !read_number(tokens[first + 3], &stored) ||
        !read_number(tokens[first + 4], &delivery->pending) || stored > INT64_MAX)
        return false;
    delivery->stored_ns = (int64_t)stored;
    return true;
}
