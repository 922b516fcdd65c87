/* Text from outside. One decoder of UTF-8 stands below checking and cleaning, so that both agree on what is valid. */
#include "core/text.h"

#include <stdint.h>
#include <string.h>

/* Decodes the character at `text`; returns how many bytes it has, or 0 when they are not valid UTF-8. */
static size_t decode_character(const unsigned char *text, size_t length, uint32_t *character)
{
    unsigned char first = text[0];
    if (first < 0x80) {
        *character = first;
        return 1;
    }
    size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || size > length) {
        return 0;
    }
    uint32_t value = first & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((text[i] & 0xC0) != 0x80) {
            return 0;
        }
        value = value << 6 | (text[i] & 0x3Fu);
    }
    bool overlong = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
    bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (overlong || surrogate || value > 0x10FFFF) {
        return 0;
    }
    *character = value;
    return size;
}

bool text_is_utf8(const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char *end = at + length;
    while (at < end) {
        /* Most text is ASCII: eight bytes at once while no top bit is set. */
        uint64_t word;
        while ((size_t)(end - at) >= sizeof(word)) {
            memcpy(&word, at, sizeof(word));
            if ((word & UINT64_C(0x8080808080808080)) != 0) {
                break;
            }
            at += sizeof(word);
        }
        if (at == end) {
            break;
        }
        uint32_t character;
        size_t size = decode_character(at, (size_t)(end - at), &character);
        if (size == 0) {
            return false;
        }
        at += size;
    }
    return true;
}

/* Characters that move the cursor, turn the direction of what follows, or cannot be seen at all. */
static bool is_harmful(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x00, 0x1F},       /* C0: line breaks, escape sequences */
        {0x7F, 0x9F},       /* DEL and C1 */
        {0xAD, 0xAD},       /* soft hyphen */
        {0x61C, 0x61C},     /* Arabic letter mark */
        {0x180B, 0x180F},   /* Mongolian variation selectors and vowel separator */
        {0x200B, 0x200F},   /* zero width space and joiners, direction marks */
        {0x2028, 0x202E},   /* line and paragraph separators, bidi embeddings and overrides */
        {0x2060, 0x206F},   /* word joiner, invisible operators, bidi isolates, deprecated formats */
        {0xFE00, 0xFE0F},   /* variation selectors */
        {0xFEFF, 0xFEFF},   /* byte-order mark */
        {0xFFF9, 0xFFFB},   /* interlinear annotation */
        {0xE0000, 0xE0FFF}, /* tags and further variation selectors */
    };
    if (c >= 0x20 && c < 0x7F) {
        return false;
    }
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (c >= ranges[i].first && c <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

size_t text_clean(char *out, size_t size, const char *text, size_t length)
{
    static const unsigned char replacement[] = {0xEF, 0xBF, 0xBD};
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char *end = at + length;
    size_t written = 0;
    if (size == 0) {
        return 0;
    }
    while (at < end) {
        uint32_t character = 0;
        const unsigned char *source = at;
        size_t bytes = decode_character(at, (size_t)(end - at), &character);
        if (bytes == 0) {
            source = replacement;
            bytes = sizeof(replacement);
            at++;
        } else {
            at += bytes;
            if (is_harmful(character)) {
                continue;
            }
        }
        if (bytes >= size - written) {
            break;
        }
        memcpy(out + written, source, bytes);
        written += bytes;
    }
    out[written] = '\0';
    return written;
}

bool text_is_id(const char *text, size_t length, size_t longest)
{
    if (length < 1 || length > longest) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-')) {
            return false;
        }
    }
    return true;
}

bool text_copy(char *out, size_t size, const char *text)
{
    size_t length = strlen(text);
    if (size == 0) {
        return false;
    }
    bool fits = length < size;
    if (!fits) {
        length = size - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) {
            length--; /* Half a character would no longer be UTF-8. */
        }
    }
    memcpy(out, text, length);
    out[length] = '\0';
    return fits;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_equal_nocase(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

uint64_t text_hash(uint64_t hash, const char *text)
{
    do {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    } while (*text++ != '\0');
    return hash;
}
