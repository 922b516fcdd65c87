/* Randomness from the kernel, without a state of our own that a fork or a thread could share by mistake. */
#include "core/unique.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/types.h>

void unique_bytes(void *bytes, size_t size)
{
    unsigned char *at = bytes;
    while (size > 0) {
        ssize_t got = getrandom(at, size, 0);
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            /* A token or an id that others could guess would be worse than a program that ends. */
            abort();
        }
        at += got;
        size -= (size_t)got;
    }
}

void unique_id(char id[UNIQUE_ID_SIZE])
{
    /* 32 characters, so that five bits of each random byte choose one without a bias. I, L, O and U are left out, for
     * people read ids to each other. */
    static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    unsigned char bytes[UNIQUE_ID_SIZE - 1];
    unique_bytes(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        id[i] = alphabet[bytes[i] & 31];
    }
    id[UNIQUE_ID_SIZE - 1] = '\0';
}
