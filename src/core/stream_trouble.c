/* Names, bits and one sentence. */
#include "core/stream_trouble.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *subjects; /* what its subjects begin with */
} STREAMS[TAPE_STREAMS] = {
    [TAPE_MARKET_DATA] = {"MARKET_DATA", "md."},
    [TAPE_ORDERS] = {"ORDERS", "orders."},
    [TAPE_POSITIONS] = {"POSITIONS", "positions."},
    [TAPE_RISK] = {"RISK", "risk."},
    [TAPE_LEASES] = {"TAPEDECK_LEASES", "$KV.TAPEDECK_LEASES."},
};

const char *tape_stream_name(enum tape_stream stream)
{
    return STREAMS[stream].name;
}

unsigned tape_stream_bit(const char *name)
{
    for (unsigned i = 0; i < TAPE_STREAMS; i++)
        if (strcmp(STREAMS[i].name, name) == 0)
            return 1u << i;
    return 0;
}

unsigned tape_stream_bit_of_subject(const char *subject)
{
    for (unsigned i = 0; i < TAPE_STREAMS; i++)
        if (strncmp(STREAMS[i].subjects, subject, strlen(STREAMS[i].subjects)) == 0)
            return 1u << i;
    return 0;
}

bool stream_troubles_any(const struct stream_troubles *troubles)
{
    return (troubles->gone | troubles->full) != 0;
}

/* The names of a set: "ORDERS, RISK". */
static void list(char *text, size_t size, unsigned streams)
{
    size_t length = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < TAPE_STREAMS && length < size; i++)
        if ((streams & 1u << i) != 0)
            length += (size_t)snprintf(text + length, size - length, "%s%s", length > 0 ? ", " : "", STREAMS[i].name);
}

void stream_troubles_text(const struct stream_troubles *troubles, char *text, size_t size)
{
    char names[64], gone[96] = "", full[96] = "";
    bool several = (troubles->gone & (troubles->gone - 1)) != 0;
    list(names, sizeof names, troubles->gone);
    if (troubles->gone != 0)
        snprintf(gone, sizeof gone, "stream%s %s %s vanished", several ? "s" : "", names, several ? "have" : "has");
    list(names, sizeof names, troubles->full);
    if (troubles->full != 0)
        snprintf(full, sizeof full, "no storage is left for %s", names);
    snprintf(text, size, "%s%s%s", gone, gone[0] != '\0' && full[0] != '\0' ? "; " : "", full);
}
