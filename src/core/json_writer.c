/* The writer half of json.h: appends to a caller's buffer and keeps it terminated, so that it can be handed on as a
 * C string at any time. */
#include "core/json.h"

#include <string.h>

#include "core/decimal.h"
#include "core/json_plain.h"
#include "core/text.h"

/* Makes the text longer; returns where the new bytes are to be written, or NULL when they do not fit. */
static char *grow(struct json_writer *writer, size_t length)
{
    if (writer->overflow || length >= writer->size - writer->length) {
        writer->overflow = true;
        return NULL;
    }
    char *at = writer->text + writer->length;
    at[length] = '\0';
    writer->length += length;
    return at;
}

static void put(struct json_writer *writer, const char *text, size_t length)
{
    char *at = grow(writer, length);
    if (at != NULL) {
        memcpy(at, text, length);
    }
}

/* What stands before a value: the comma that is due. After the value, one is due again. */
static void begin_value(struct json_writer *writer)
{
    if (writer->comma) {
        put(writer, ",", 1);
    }
    writer->comma = true;
}

void json_writer_init(struct json_writer *writer, char *text, size_t size)
{
    *writer = (struct json_writer){.text = text, .size = size, .overflow = size == 0};
    if (size > 0) {
        text[0] = '\0';
    }
}

void json_open(struct json_writer *writer, char bracket)
{
    begin_value(writer);
    put(writer, &bracket, 1);
    writer->comma = false;
}

void json_close(struct json_writer *writer, char bracket)
{
    put(writer, &bracket, 1);
    writer->comma = true;
}

/* Escapes text. Runs of bytes that need no escape are copied as they are. */
static void put_escaped(struct json_writer *writer, const char *text, size_t length)
{
    static const char hex[] = "0123456789abcdef";
    size_t run = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        put(writer, text + run, i - run);
        run = i + 1;
        if (c == '"' || c == '\\') {
            put(writer, (const char[]){'\\', (char)c}, 2);
        } else if (c == '\n') {
            put(writer, "\\n", 2);
        } else {
            put(writer, (const char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
        }
    }
    put(writer, text + run, length - run);
}

/* Escapes text of which some bytes are not UTF-8: each of those becomes U+FFFD. Rare, so character by character. */
static void put_repaired(struct json_writer *writer, const char *text, size_t length)
{
    size_t at = 0;
    while (at < length) {
        size_t bytes = 1;
        while (bytes < 4 && bytes < length - at && !text_is_utf8(text + at, bytes)) {
            bytes++;
        }
        if (text_is_utf8(text + at, bytes)) {
            put_escaped(writer, text + at, bytes);
            at += bytes;
        } else {
            put(writer, "\xEF\xBF\xBD", 3);
            at++;
        }
    }
}

void json_key(struct json_writer *writer, const char *key)
{
    begin_value(writer);
    put(writer, "\"", 1);
    put(writer, key, strlen(key));
    put(writer, "\":", 2);
    writer->comma = false;
}

void json_quoted_key(struct json_writer *writer, const char *key, size_t length)
{
    begin_value(writer);
    put(writer, key, length);
    writer->comma = false;
}

/* A string that stands for itself, as nearly all do. */
static void put_plain(struct json_writer *writer, const char *text, size_t length)
{
    char *at = grow(writer, length + 2);
    if (at != NULL) {
        at[0] = '"';
        memcpy(at + 1, text, length);
        at[length + 1] = '"';
    }
}

void json_string(struct json_writer *writer, const char *text)
{
    size_t length = strlen(text);
    begin_value(writer);
    if (json_plain_length(text, length) == length) {
        put_plain(writer, text, length);
        return;
    }
    put(writer, "\"", 1);
    if (text_is_utf8(text, length)) {
        put_escaped(writer, text, length);
    } else {
        put_repaired(writer, text, length);
    }
    put(writer, "\"", 1);
}

void json_raw(struct json_writer *writer, const char *text, size_t length)
{
    begin_value(writer);
    put(writer, text, length);
}

static void put_whole(struct json_writer *writer, bool negative, uint64_t magnitude)
{
    char digits[24];
    char *end = digits + sizeof(digits);
    char *at = end;
    do {
        *--at = (char)('0' + magnitude % 10);
        magnitude /= 10;
    } while (magnitude > 0);
    if (negative) {
        *--at = '-';
    }
    json_raw(writer, at, (size_t)(end - at));
}

void json_integer(struct json_writer *writer, int64_t value)
{
    put_whole(writer, value < 0, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void json_unsigned(struct json_writer *writer, uint64_t value)
{
    put_whole(writer, false, value);
}

void json_bool(struct json_writer *writer, bool value)
{
    json_raw(writer, value ? "true" : "false", value ? 4 : 5);
}

void json_decimal_member(struct json_writer *writer, const char *name, int64_t value, int decimals)
{
    char text[DECIMAL_TEXT_SIZE];
    json_key(writer, name);
    json_raw(writer, text, decimal_format(text, value, decimals));
}

void json_bool_member(struct json_writer *writer, const char *name, bool value)
{
    json_key(writer, name);
    json_bool(writer, value);
}

void json_text_member(struct json_writer *writer, const char *name, const char *text)
{
    if (text[0] == '\0') {
        return;
    }
    json_key(writer, name);
    json_string(writer, text);
}
