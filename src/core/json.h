/* A strict one-pass JSON scanner for flat objects and arrays, and a writer: the codec's hot path.
 *
 * cJSON keeps numbers as doubles and would change prices; this keeps the raw text of every value. Everything that is
 * not an event (server metrics, requests, descriptions) is read by cJSON instead. Pure. */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_type { JSON_STRING, JSON_NUMBER, JSON_TRUE, JSON_FALSE, JSON_NULL, JSON_OBJECT, JSON_ARRAY };

/* A value as it stands in the input: for strings without the quotes and still escaped. Points into the input. */
struct json_value {
    enum json_type type;
    const char *text;
    size_t length;
    bool escaped; /* a string that contains a backslash */
};

struct json_reader {
    const char *at, *end;
    const char *problem; /* what was wrong, as a sentence without a point; NULL while all is well */
    bool first;
};

/* Starts reading the members of one object. Nested values are checked and skipped to a depth of 8. The whole input
 * must be one object and white space; a byte-order mark, NUL bytes and invalid UTF-8 are refused. */
void json_reader_init(struct json_reader *reader, const char *text, size_t length);

/* The next member: true with key and value, false at the end or on a mistake (then `reader->problem` is set). */
bool json_reader_next(struct json_reader *reader, struct json_value *key, struct json_value *value);

/* The same for the elements of an array, e.g. one that json_reader_next has handed out. */
void json_array_init(struct json_reader *reader, const char *text, size_t length);
bool json_array_next(struct json_reader *reader, struct json_value *value);

/* True when the name or value is the string `text`, which needs no escapes. */
bool json_is(const struct json_value *value, const char *text);

/* Undoes the escapes of a string value into `out` (terminated). False when it does not fit or an escape is wrong. */
bool json_unescape(const struct json_value *value, char *out, size_t size, size_t *length);

/* A writer into a caller's buffer. After `overflow` is set nothing more is written. */
struct json_writer {
    char *text;
    size_t size, length;
    bool overflow;
    bool comma; /* a comma is due before the next member or element */
};

void json_writer_init(struct json_writer *writer, char *text, size_t size);
void json_open(struct json_writer *writer, char bracket);                   /* '{' or '[' */
void json_close(struct json_writer *writer, char bracket);                  /* '}' or ']' */
void json_key(struct json_writer *writer, const char *key);                 /* a plain name, written as it is */
void json_string(struct json_writer *writer, const char *text);             /* escaped; invalid UTF-8 becomes U+FFFD */
void json_raw(struct json_writer *writer, const char *text, size_t length); /* a value already in JSON */
void json_integer(struct json_writer *writer, int64_t value);
void json_unsigned(struct json_writer *writer, uint64_t value);
void json_bool(struct json_writer *writer, bool value);

/* A name that is held ready as `"name":`. */
void json_quoted_key(struct json_writer *writer, const char *key, size_t length);

/* A whole member. `value` has so many decimals and is written exactly; a text that is empty is left out. */
void json_decimal_member(struct json_writer *writer, const char *name, int64_t value, int decimals);
void json_bool_member(struct json_writer *writer, const char *name, bool value);
void json_text_member(struct json_writer *writer, const char *name, const char *text);

#endif
