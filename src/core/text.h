/* Text from outside, made safe to show and to keep. Pure. */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when the bytes are valid UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF). */
bool text_is_utf8(const char *text, size_t length);

/* Copies text to `out` (terminated, cut at a character's border to fit `size`), leaving out what could move a cursor
 * or mislead a reader: C0 and C1 controls, DEL, bidi overrides and isolates, zero-width characters, byte-order marks.
 * Invalid bytes become U+FFFD. Returns the length written. */
size_t text_clean(char *out, size_t size, const char *text, size_t length);

/* True when all bytes are in `A-Z a-z 0-9 _ -` and there are 1 to `longest` of them: the form of ids. */
bool text_is_id(const char *text, size_t length, size_t longest);

/* Copies a C string, always terminated, cut at a character's border. Returns false when it had to be cut. */
bool text_copy(char *out, size_t size, const char *text);

/* True when two C strings are equal without regard to ASCII case. */
bool text_equal_nocase(const char *a, const char *b);

/* A hash (FNV-1a) of a text and its terminator, so that several in a row cannot run into each other: `hash` is
 * TEXT_HASH at first, then what the text before gave. The same everywhere and for ever: names are made of it. */
#define TEXT_HASH UINT64_C(14695981039346656037)
uint64_t text_hash(uint64_t hash, const char *text);

#endif
