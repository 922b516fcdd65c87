/* The venues that can be read live. */
#include "feed/venue.h"

#include <string.h>

static const struct venue *const VENUES[] = {&VENUE_KRAKEN, &VENUE_BINANCE, &VENUE_COINBASE};

const struct venue *venue_find(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof VENUES / sizeof *VENUES; i++) {
        if (strlen(VENUES[i]->name) == length && memcmp(VENUES[i]->name, name, length) == 0)
            return VENUES[i];
    }
    return NULL;
}
