/* See sgr.h. Only sequences that set one colour and nothing else are taken out; all others that could touch a colour
 * let both be unknown again. */
#include "ui/sgr.h"

#include <stdbool.h>
#include <string.h>

struct colour {
    const char *text; /* the sequence that set it last, in the buffer; unknown with a length of 0 */
    size_t length;
};

enum kind { KIND_OTHER, KIND_ATTRIBUTE, KIND_FOREGROUND, KIND_BACKGROUND };

/* What the parameters of a sequence are about. Attributes leave the colours alone; 0, alone or among others, does not.
 */
static enum kind kind_of(const char *text, size_t length)
{
    size_t separators = 0;
    for (size_t i = 0; i < length; i++)
        separators += text[i] == ';' || text[i] == ':';
    if (length == 1 && text[0] != '0')
        return KIND_ATTRIBUTE;
    bool plain = length == 2 && separators == 0;
    bool extended = length > 5 && text[1] == '8' && text[2] == ';' &&
                    ((text[3] == '5' && separators == 2) || (text[3] == '2' && separators == 4));
    if (!plain && !extended)
        return KIND_OTHER;
    return text[0] == '3' ? KIND_FOREGROUND : text[0] == '4' ? KIND_BACKGROUND : KIND_OTHER;
}

/* The bytes of `ESC [ parameters m` at `at`, 0 when there is none. */
static size_t sequence_at(const char *at, const char *end)
{
    const char *next = at + 2;
    if (end - at < 3 || at[0] != '\033' || at[1] != '[')
        return 0;
    while (next < end && ((*next >= '0' && *next <= '9') || *next == ';' || *next == ':'))
        next++;
    return next < end && *next == 'm' ? (size_t)(next + 1 - at) : 0;
}

size_t sgr_squeeze(char *bytes, size_t count)
{
    struct colour colours[2] = {{0}};
    const char *at = bytes, *end = bytes + count;
    char *out = bytes;
    while (at < end) {
        size_t length = sequence_at(at, end);
        enum kind kind = length == 0 ? KIND_ATTRIBUTE : kind_of(at + 2, length - 3);
        struct colour *colour = &colours[kind == KIND_BACKGROUND];
        bool is_colour = kind == KIND_FOREGROUND || kind == KIND_BACKGROUND;
        if (is_colour && colour->length == length && memcmp(colour->text, at, length) == 0) {
            at += length;
            continue;
        }
        if (is_colour)
            *colour = (struct colour){.text = out, .length = length};
        else if (kind == KIND_OTHER)
            memset(colours, 0, sizeof colours);
        size_t taken = length == 0 ? 1 : length;
        memmove(out, at, taken);
        out += taken;
        at += taken;
    }
    return (size_t)(out - bytes);
}
