/* Names that only one thing has: random, from the kernel. For shells; a rule derives its names from its input. */
#ifndef CORE_UNIQUE_H
#define CORE_UNIQUE_H

#include <stddef.h>

enum { UNIQUE_ID_SIZE = 27 };

/* Writes a random id of 26 characters in `0-9 A-Z` (130 bits) and its terminator. */
void unique_id(char id[UNIQUE_ID_SIZE]);

/* Fills `size` bytes with randomness, e.g. for a token. Aborts when the kernel has none. */
void unique_bytes(void *bytes, size_t size);

#endif
