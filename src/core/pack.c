/* Numbers as groups of seven bits, the lowest first, with the top bit saying that more follow. Signed numbers are
 * folded first (0, -1, 1, -2, …), so that small negative ones are short too. */
#include "core/pack.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 4096, NAME_SIZE = 32, NUMBER_BYTES = 19 /* of 128 bits */ };

void pack_write(struct pack *pack)
{
    *pack = (struct pack){0};
}

void pack_clear(struct pack *pack)
{
    pack->count = 0;
}

void pack_free(struct pack *pack)
{
    if (!pack->reading)
        free(pack->bytes);
    *pack = (struct pack){0};
}

void pack_read(struct pack *pack, const void *bytes, size_t count)
{
    /* A reading pack never writes to its bytes. */
    *pack = (struct pack){.bytes = (unsigned char *)(uintptr_t)bytes, .count = count, .reading = true};
}

int pack_finish(const struct pack *pack)
{
    return pack->failed || (pack->reading && pack->at != pack->count) ? -1 : 0;
}

void pack_fail(struct pack *pack)
{
    pack->failed = true;
}

/* Room for so many more bytes, behind which the caller writes. */
static unsigned char *room(struct pack *pack, size_t count)
{
    if (pack->capacity - pack->count < count) {
        size_t capacity = pack->capacity == 0 ? FIRST_CAPACITY : pack->capacity;
        while (capacity - pack->count < count)
            capacity *= 2;
        pack->bytes = realloc(pack->bytes, capacity);
        if (pack->bytes == NULL)
            abort();
        pack->capacity = capacity;
    }
    return pack->bytes + pack->count;
}

static void write_number(struct pack *pack, uint128 number)
{
    unsigned char *start = room(pack, NUMBER_BYTES), *to = start;
    for (; number > UINT64_MAX; number >>= 7)
        *to++ = (unsigned char)(number | 0x80);
    uint64_t rest = (uint64_t)number;
    for (; rest > 0x7F; rest >>= 7)
        *to++ = (unsigned char)(rest | 0x80);
    *to++ = (unsigned char)rest;
    pack->count += (size_t)(to - start);
}

/* A number of at most `bits` bits. False leaves the pack failed. */
static bool read_number(struct pack *pack, uint128 *number, int bits)
{
    uint128 value = 0;
    for (int shift = 0; shift < bits && !pack->failed && pack->at < pack->count; shift += 7) {
        unsigned char group = pack->bytes[pack->at++];
        uint128 part = group & 0x7F;
        if (bits - shift < 7 && part >> (bits - shift) != 0)
            break;
        value |= part << shift;
        if (group < 0x80) {
            *number = value;
            return true;
        }
    }
    pack->failed = true;
    return false;
}

void pack_u64(struct pack *pack, uint64_t *value)
{
    uint128 number = *value;
    if (!pack->reading)
        write_number(pack, number);
    else if (read_number(pack, &number, 64))
        *value = (uint64_t)number;
}

void pack_u32(struct pack *pack, uint32_t *value)
{
    uint128 number = *value;
    if (!pack->reading)
        write_number(pack, number);
    else if (read_number(pack, &number, 32))
        *value = (uint32_t)number;
}

void pack_i64(struct pack *pack, int64_t *value)
{
    uint64_t folded = (uint64_t)*value << 1 ^ (*value < 0 ? UINT64_MAX : 0);
    pack_u64(pack, &folded);
    if (pack->reading && !pack->failed)
        *value = (int64_t)(folded >> 1 ^ ((folded & 1) != 0 ? UINT64_MAX : 0));
}

void pack_i128(struct pack *pack, int128 *value)
{
    const uint128 ones = ~(uint128)0;
    uint128 folded = (uint128)*value << 1 ^ (*value < 0 ? ones : 0);
    if (!pack->reading)
        write_number(pack, folded);
    else if (read_number(pack, &folded, 128))
        *value = (int128)(folded >> 1 ^ ((folded & 1) != 0 ? ones : 0));
}

void pack_bool(struct pack *pack, bool *value)
{
    *value = pack_choice(pack, *value, 1) != 0;
}

void pack_u64_from(struct pack *pack, uint64_t base, uint64_t *value)
{
    int64_t distance = (int64_t)(*value - base);
    pack_i64(pack, &distance);
    if (pack->reading && !pack->failed)
        *value = base + (uint64_t)distance;
}

void pack_i64_from(struct pack *pack, int64_t base, int64_t *value)
{
    uint64_t bits = (uint64_t)*value;
    pack_u64_from(pack, (uint64_t)base, &bits);
    *value = (int64_t)bits;
}

void pack_text(struct pack *pack, char *text, size_t size)
{
    uint64_t length = pack->reading ? 0 : strnlen(text, size - 1);
    pack_u64(pack, &length);
    if (!pack->reading) {
        memcpy(room(pack, (size_t)length), text, (size_t)length);
        pack->count += (size_t)length;
        return;
    }
    if (pack->failed || length >= size || length > pack->count - pack->at ||
        memchr(pack->bytes + pack->at, '\0', (size_t)length) != NULL) {
        pack->failed = true;
        return;
    }
    memcpy(text, pack->bytes + pack->at, (size_t)length);
    memset(text + length, 0, size - (size_t)length);
    pack->at += (size_t)length;
}

unsigned pack_choice(struct pack *pack, unsigned value, unsigned last)
{
    uint32_t number = value;
    pack_u32(pack, &number);
    if (number <= last)
        return number;
    pack->failed = true;
    return value;
}

size_t pack_count(struct pack *pack, size_t count)
{
    uint64_t number = count;
    pack_u64(pack, &number);
    if (!pack->reading)
        return count;
    if (!pack->failed && number <= pack->count - pack->at)
        return (size_t)number;
    pack->failed = true;
    return 0;
}

void pack_section(struct pack *pack, const char *name, unsigned version)
{
    char found[NAME_SIZE] = {0};
    uint32_t number = version;
    strncpy(found, name, sizeof found - 1);
    PACK_TEXT(pack, found);
    pack_u32(pack, &number);
    if (pack->reading && (strcmp(found, name) != 0 || number != version))
        pack->failed = true;
}
