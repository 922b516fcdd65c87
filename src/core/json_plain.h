/* What stands in a JSON string for itself: the one loop over bytes that both halves of json.h run for nearly all of a
 * message. Inside core only. Pure. */
#ifndef CORE_JSON_PLAIN_H
#define CORE_JSON_PLAIN_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* How many bytes at the front are ASCII without controls, quotes and backslashes.
 *
 * Eight bytes are looked at in one word. Of each byte the top bit is set when it is not ASCII, or when a subtraction
 * borrows: of 0x20 from a control, of 1 from what the quote (or the backslash) has become by the exclusive or, zero.
 * A borrow may run on into the bytes behind, so that only the first bit found is to be trusted. */
static inline size_t json_plain_length(const char *text, size_t length)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    size_t at = 0;
    for (uint64_t word; length - at >= sizeof word; at += sizeof word) {
        memcpy(&word, text + at, sizeof word);
        word = le64toh(word);
        uint64_t found = word | (word - ones * 0x20) | ((word ^ ones * '"') - ones) | ((word ^ ones * '\\') - ones);
        found &= ones * 0x80;
        if (found != 0)
            return at + (size_t)__builtin_ctzll(found) / 8;
    }
    while (at < length && (unsigned char)text[at] >= 0x20 && (unsigned char)text[at] < 0x80 && text[at] != '"' &&
           text[at] != '\\')
        at++;
    return at;
}

#endif
