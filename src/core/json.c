/* The scanner walks the input once, from the first brace to the last byte, and hands out slices of it; what nobody
 * asks for is checked just as strictly. UTF-8 is checked in strings only, for JSON has no other place for it. */
#include "core/json.h"

#include <string.h>

#include "core/json_plain.h"
#include "core/text.h"

enum { NESTED_DEPTH = 8 };

static bool fail(struct json_reader *reader, const char *problem)
{
    if (reader->problem == NULL) {
        reader->problem = problem;
    }
    return false;
}

static void skip_space(struct json_reader *reader)
{
    while (reader->at < reader->end &&
           (*reader->at == ' ' || *reader->at == '\n' || *reader->at == '\r' || *reader->at == '\t')) {
        reader->at++;
    }
}

/* Takes `c` when it is the next character. */
static bool take(struct json_reader *reader, char c)
{
    if (reader->at < reader->end && *reader->at == c) {
        reader->at++;
        return true;
    }
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool hex_value(char c, unsigned *value)
{
    if (is_digit(c)) {
        *value = (unsigned)(c - '0');
    } else if (c >= 'a' && c <= 'f') {
        *value = (unsigned)(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'F') {
        *value = (unsigned)(c - 'A') + 10;
    } else {
        return false;
    }
    return true;
}

/* Reads the four digits of \uXXXX. */
static bool read_hex4(const char *text, const char *end, uint32_t *value)
{
    uint32_t sum = 0;
    if (end - text < 4) {
        return false;
    }
    for (int i = 0; i < 4; i++) {
        unsigned digit;
        if (!hex_value(text[i], &digit)) {
            return false;
        }
        sum = sum << 4 | digit;
    }
    *value = sum;
    return true;
}

/* Skips an escape behind its backslash. */
static bool skip_escape(struct json_reader *reader)
{
    if (reader->at == reader->end) {
        return fail(reader, "the text ends inside a string");
    }
    char c = *reader->at++;
    if (c == 'u') {
        uint32_t unit;
        if (!read_hex4(reader->at, reader->end, &unit)) {
            return fail(reader, "a string has a wrong escape");
        }
        reader->at += 4;
        return true;
    }
    if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL) {
        return fail(reader, "a string has a wrong escape");
    }
    return true;
}

/* The opening quote is taken. */
static bool scan_string(struct json_reader *reader, struct json_value *value)
{
    const char *start = reader->at;
    bool ascii = true;
    value->type = JSON_STRING;
    value->escaped = false;
    for (;;) {
        reader->at += json_plain_length(reader->at, (size_t)(reader->end - reader->at));
        if (reader->at == reader->end) {
            return fail(reader, "the text ends inside a string");
        }
        unsigned char c = (unsigned char)*reader->at++;
        if (c == '"') {
            break;
        }
        if (c == '\\') {
            value->escaped = true;
            if (!skip_escape(reader)) {
                return false;
            }
        } else if (c < 0x20) {
            return fail(reader, "a string has a control character in it");
        } else {
            ascii = false;
        }
    }
    value->text = start;
    value->length = (size_t)(reader->at - 1 - start);
    if (!ascii && !text_is_utf8(value->text, value->length)) {
        return fail(reader, "a string is not valid UTF-8");
    }
    return true;
}

/* Skips digits; false when there is none. */
static bool skip_digits(struct json_reader *reader)
{
    const char *start = reader->at, *at = start;
    while (at < reader->end && is_digit(*at)) {
        at++;
    }
    reader->at = at;
    return at > start;
}

static bool scan_number(struct json_reader *reader, struct json_value *value)
{
    const char *start = reader->at;
    take(reader, '-');
    bool zero = reader->at < reader->end && *reader->at == '0';
    const char *whole = reader->at;
    bool good = skip_digits(reader) && !(zero && reader->at - whole > 1);
    if (good && take(reader, '.')) {
        good = skip_digits(reader);
    }
    if (good && (take(reader, 'e') || take(reader, 'E'))) {
        if (!take(reader, '+')) {
            take(reader, '-');
        }
        good = skip_digits(reader);
    }
    value->type = JSON_NUMBER;
    value->escaped = false;
    value->text = start;
    value->length = (size_t)(reader->at - start);
    return good || fail(reader, "a number is not written as JSON wants it");
}

static bool scan_word(struct json_reader *reader, struct json_value *value, const char *word, enum json_type type)
{
    size_t length = strlen(word);
    if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0) {
        return fail(reader, "a value is not JSON");
    }
    value->type = type;
    value->escaped = false;
    value->text = reader->at;
    value->length = length;
    reader->at += length;
    return true;
}

static bool scan_value(struct json_reader *reader, struct json_value *value, int depth);

static bool scan_key(struct json_reader *reader, struct json_value *key)
{
    skip_space(reader);
    if (!take(reader, '"')) {
        return fail(reader, reader->at == reader->end ? "the text ends too early" : "a name in quotes is missing");
    }
    if (!scan_string(reader, key)) {
        return false;
    }
    skip_space(reader);
    return take(reader, ':') || fail(reader, "a colon is missing");
}

/* Checks an object or array whose opening bracket is next, and skips it. */
static bool scan_nested(struct json_reader *reader, struct json_value *value, int depth)
{
    bool object = *reader->at == '{';
    char close = object ? '}' : ']';
    const char *start = reader->at++;
    if (depth >= NESTED_DEPTH) {
        return fail(reader, "values are nested too deeply");
    }
    skip_space(reader);
    if (!take(reader, close)) {
        do {
            struct json_value inner;
            if ((object && !scan_key(reader, &inner)) || !scan_value(reader, &inner, depth + 1)) {
                return false;
            }
            skip_space(reader);
        } while (take(reader, ','));
        if (!take(reader, close)) {
            return fail(reader, reader->at == reader->end ? "the text ends too early" : "a bracket is not closed");
        }
    }
    value->type = object ? JSON_OBJECT : JSON_ARRAY;
    value->escaped = false;
    value->text = start;
    value->length = (size_t)(reader->at - start);
    return true;
}

static bool scan_value(struct json_reader *reader, struct json_value *value, int depth)
{
    skip_space(reader);
    if (reader->at == reader->end) {
        return fail(reader, "the text ends too early");
    }
    switch (*reader->at) {
    case '"':
        reader->at++;
        return scan_string(reader, value);
    case '{':
    case '[':
        return scan_nested(reader, value, depth);
    case 't':
        return scan_word(reader, value, "true", JSON_TRUE);
    case 'f':
        return scan_word(reader, value, "false", JSON_FALSE);
    case 'n':
        return scan_word(reader, value, "null", JSON_NULL);
    default:
        if (*reader->at == '-' || is_digit(*reader->at)) {
            return scan_number(reader, value);
        }
        return fail(reader, "a value is not JSON");
    }
}

static void begin(struct json_reader *reader, const char *text, size_t length, char open, const char *problem)
{
    *reader = (struct json_reader){.at = text, .end = text + length, .first = true};
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        fail(reader, "the text begins with a byte-order mark");
        return;
    }
    skip_space(reader);
    if (!take(reader, open)) {
        fail(reader, reader->at == reader->end ? "the text is empty" : problem);
    }
}

void json_reader_init(struct json_reader *reader, const char *text, size_t length)
{
    begin(reader, text, length, '{', "the text is not an object");
}

void json_array_init(struct json_reader *reader, const char *text, size_t length)
{
    begin(reader, text, length, '[', "the text is not an array");
}

/* Goes to the next member or element; false at the end, behind which only space may be. There `at` becomes NULL, so
 * that a further call finds the end again. */
static bool advance(struct json_reader *reader, char close, const char *trailing)
{
    if (reader->problem != NULL || reader->at == NULL) {
        return false;
    }
    skip_space(reader);
    if (take(reader, close)) {
        skip_space(reader);
        if (reader->at != reader->end) {
            return fail(reader, trailing);
        }
        reader->at = NULL;
        return false;
    }
    if (!reader->first && !take(reader, ',')) {
        return fail(reader, reader->at == reader->end ? "the text ends too early" : "a comma is missing");
    }
    reader->first = false;
    return true;
}

bool json_reader_next(struct json_reader *reader, struct json_value *key, struct json_value *value)
{
    return advance(reader, '}', "something follows the object") && scan_key(reader, key) &&
           scan_value(reader, value, 0);
}

bool json_array_next(struct json_reader *reader, struct json_value *value)
{
    return advance(reader, ']', "something follows the array") && scan_value(reader, value, 0);
}

/* Writes a character as UTF-8 into 4 bytes; returns how many it has. */
static size_t encode_character(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

/* Reads one escape behind its backslash, a pair of surrogates as one; returns where it ends, or NULL. */
static const char *read_escape(const char *at, const char *end, uint32_t *character)
{
    static const char plain[] = "\"\\/bfnrt";
    static const char meaning[] = "\"\\/\b\f\n\r\t";
    if (at == end) {
        return NULL;
    }
    if (*at != 'u') {
        const char *found = *at == '\0' ? NULL : strchr(plain, *at);
        if (found == NULL) {
            return NULL;
        }
        *character = (unsigned char)meaning[found - plain];
        return at + 1;
    }
    uint32_t high;
    if (!read_hex4(at + 1, end, &high)) {
        return NULL;
    }
    at += 5;
    if (high < 0xD800 || high > 0xDFFF) {
        *character = high;
        return at;
    }
    uint32_t low;
    if (high > 0xDBFF || end - at < 6 || at[0] != '\\' || at[1] != 'u' || !read_hex4(at + 2, end, &low) ||
        low < 0xDC00 || low > 0xDFFF) {
        return NULL; /* half of a pair is no character */
    }
    *character = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
    return at + 6;
}

bool json_is(const struct json_value *value, const char *text)
{
    return value->text != NULL && value->type == JSON_STRING && value->length == strlen(text) &&
           memcmp(value->text, text, value->length) == 0;
}

bool json_unescape(const struct json_value *value, char *out, size_t size, size_t *length)
{
    if (value->type != JSON_STRING || size == 0) {
        return false;
    }
    const char *at = value->text;
    const char *end = at + value->length;
    size_t written = 0;
    while (at < end) {
        char bytes[4];
        size_t count = 1;
        if (*at == '\\') {
            uint32_t character;
            at = read_escape(at + 1, end, &character);
            if (at == NULL) {
                return false;
            }
            count = encode_character(bytes, character);
        } else {
            bytes[0] = *at++;
        }
        if (count >= size - written) {
            return false;
        }
        memcpy(out + written, bytes, count);
        written += count;
    }
    out[written] = '\0';
    if (length != NULL) {
        *length = written;
    }
    return true;
}
