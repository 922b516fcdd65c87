/* See sgr.h. The stream is read with two pens: the one that curses wants and the one that the terminal has. They are
 * made the same only when something is drawn, or a sequence comes that is not known here. */
#include "ui/sgr.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    OTHERS = 1 << 0, /* all that have no name here */
    BOLD = 1 << 1,
    DIM = 1 << 2,
    ITALIC = 1 << 3,
    UNDERLINE = 1 << 4,
    BLINK = 1 << 5,
    REVERSE = 1 << 7,
    ATTRIBUTES = BOLD | DIM | ITALIC | UNDERLINE | BLINK | REVERSE,
    VALUES_MAX = 16, /* parameters of one sequence */
    CHANGE_SIZE = 96,
};

enum colour_kind { COLOUR_UNKNOWN, COLOUR_DEFAULT, COLOUR_NAMED, COLOUR_INDEXED, COLOUR_RGB };

struct colour {
    enum colour_kind kind;
    uint32_t value; /* NAMED: 0 to 7, 60 to 67 for the bright ones; INDEXED; RGB: 0xRRGGBB */
};

struct pen {
    struct colour colours[2]; /* of what is drawn, and behind it */
    unsigned attributes;      /* those that are on */
    unsigned known;           /* those of which it is known */
    char charset;             /* 0: unknown */
    bool reset;               /* all was switched off at once since it was written last */
};

/* ---- reading -------------------------------------------------------------------------------------------------- */

static const struct pen PLAIN = {.colours = {{.kind = COLOUR_DEFAULT}, {.kind = COLOUR_DEFAULT}},
                                 .known = ATTRIBUTES | OTHERS};

/* The colour behind 38 or 48; returns how many values it takes, 0 when it is not understood. */
static int take_colour(struct colour *colour, const unsigned *values, int count)
{
    if (count >= 2 && values[0] == 5 && values[1] < 256) {
        *colour = (struct colour){.kind = COLOUR_INDEXED, .value = values[1]};
        return 2;
    }
    if (count >= 4 && values[0] == 2 && values[1] < 256 && values[2] < 256 && values[3] < 256) {
        *colour = (struct colour){.kind = COLOUR_RGB, .value = values[1] << 16 | values[2] << 8 | values[3]};
        return 4;
    }
    return 0;
}

/* The attributes that a value switches off. */
static unsigned switched_off(unsigned value)
{
    static const unsigned off[] = {[22] = BOLD | DIM, [23] = ITALIC, [24] = UNDERLINE, [25] = BLINK, [27] = REVERSE};
    return value < sizeof off / sizeof off[0] ? off[value] : 0;
}

/* One value and what belongs to it; returns how many there are, 0 when it is not understood. */
static int apply_one(struct pen *pen, const unsigned *values, int count)
{
    unsigned value = values[0], tens = value / 10, ones = value % 10;
    if (value == 0) {
        char charset = pen->charset;
        *pen = PLAIN;
        pen->charset = charset;
        pen->reset = true;
        return 1;
    }
    if (value < 8 && (1u << value & ATTRIBUTES) != 0) {
        pen->attributes |= 1u << value;
        pen->known |= 1u << value;
        return 1;
    }
    if (switched_off(value) != 0) {
        pen->attributes &= ~switched_off(value);
        pen->known |= switched_off(value);
        return 1;
    }
    bool bright = tens == 9 || tens == 10;
    if ((tens != 3 && tens != 4 && !bright) || (bright && ones > 7))
        return 0;
    struct colour *colour = &pen->colours[tens == 4 || tens == 10];
    if (ones == 8) {
        int taken = take_colour(colour, values + 1, count - 1);
        return taken == 0 ? 0 : taken + 1;
    }
    *colour = ones == 9 ? (struct colour){.kind = COLOUR_DEFAULT}
                        : (struct colour){.kind = COLOUR_NAMED, .value = ones + (bright ? 60 : 0)};
    return 1;
}

/* The values of the parameters in `text`; -1 when there is something else among them. */
static int read_values(const char *text, size_t length, unsigned values[VALUES_MAX])
{
    int count = 1;
    values[0] = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == ';' && count < VALUES_MAX)
            values[count++] = 0;
        else if (text[i] >= '0' && text[i] <= '9' && values[count - 1] < 1000)
            values[count - 1] = values[count - 1] * 10 + (unsigned)(text[i] - '0');
        else
            return -1;
    }
    return count;
}

/* The parameters of a change of colours or attributes. False when they are not wholly understood. */
static bool apply(struct pen *pen, const char *text, size_t length)
{
    unsigned values[VALUES_MAX];
    struct pen changed = *pen;
    int count = read_values(text, length, values);
    for (int at = 0, taken; at < count; at += taken) {
        taken = apply_one(&changed, values + at, count - at);
        if (taken == 0)
            return false;
    }
    if (count > 0)
        *pen = changed;
    return count > 0;
}

/* ---- writing -------------------------------------------------------------------------------------------------- */

struct change {
    char text[CHANGE_SIZE];
    size_t length;
};

static void add(struct change *change, unsigned value)
{
    int length = snprintf(change->text + change->length, CHANGE_SIZE - change->length, ";%u", value);
    change->length += (size_t)length;
}

static void add_colour(struct change *change, const struct colour *colour, unsigned base)
{
    switch (colour->kind) {
    case COLOUR_UNKNOWN:
        break;
    case COLOUR_DEFAULT:
        add(change, base + 9);
        break;
    case COLOUR_NAMED:
        add(change, base + colour->value);
        break;
    case COLOUR_INDEXED:
        add(change, base + 8);
        add(change, 5);
        add(change, colour->value);
        break;
    case COLOUR_RGB:
        add(change, base + 8);
        add(change, 2);
        add(change, colour->value >> 16);
        add(change, colour->value >> 8 & 0xFF);
        add(change, colour->value & 0xFF);
        break;
    }
}

static bool is_same_colour(const struct colour *a, const struct colour *b)
{
    return a->kind == b->kind && a->value == b->value;
}

static void add_difference(struct change *change, const struct pen *has, const struct pen *wants)
{
    static const unsigned OFF[] = {22, 23, 24, 25, 27};
    unsigned differs = (has->attributes ^ wants->attributes) | (wants->known & ~has->known);
    unsigned on = wants->attributes & differs;
    for (size_t i = 0; i < sizeof OFF / sizeof OFF[0]; i++) {
        unsigned off = switched_off(OFF[i]);
        if ((off & differs & ~wants->attributes) == 0)
            continue;
        add(change, OFF[i]);
        on |= wants->attributes & off; /* bold and dim go together */
    }
    for (unsigned value = 1; value < 8; value++) {
        if ((on & 1u << value) != 0)
            add(change, value);
    }
    for (int i = 0; i < 2; i++) {
        if (!is_same_colour(&has->colours[i], &wants->colours[i]))
            add_colour(change, &wants->colours[i], i == 0 ? 30 : 40);
    }
}

/* Terminals with so many colours know how to switch off a single attribute; of others only those that are told so. */
static bool is_of_today(const struct pen *pen)
{
    return pen->colours[0].kind >= COLOUR_INDEXED || pen->colours[1].kind >= COLOUR_INDEXED;
}

static bool is_same_pen(const struct pen *a, const struct pen *b)
{
    return is_same_colour(&a->colours[0], &b->colours[0]) && is_same_colour(&a->colours[1], &b->colours[1]) &&
           a->attributes == b->attributes && a->known == b->known && a->charset == b->charset;
}

/* Writes the shortest change from one pen to the other; returns its length. */
static size_t write_change(char *out, struct pen *has, struct pen *wants)
{
    size_t written = 0;
    if (is_same_pen(has, wants))
        return 0;
    if (wants->charset != has->charset) {
        const char select[] = {'\033', '(', wants->charset};
        memcpy(out, select, sizeof select);
        written = sizeof select;
    }
    struct change difference = {.length = 0}, anew = {.length = 0};
    add_difference(&difference, has, wants);
    add(&anew, 0);
    add_difference(&anew, &PLAIN, wants);
    bool others = (wants->known & ~has->known & OTHERS) != 0;
    bool single = is_of_today(wants) || (has->attributes & ~wants->attributes) == 0;
    bool shorter = difference.length > 0 && (!single || anew.length < difference.length);
    bool at_once = wants->reset && (others || shorter);
    const struct change *change = at_once ? &anew : &difference;
    if (change->length > 0) {
        /* The first separator gives its place to the bracket; a 0 alone may be left out. */
        size_t length = strcmp(change->text, ";0") == 0 ? 0 : change->length - 1;
        memcpy(out + written, "\033[", 2);
        memcpy(out + written + 2, change->text + 1, length);
        written += length + 2;
        out[written++] = 'm';
    }
    wants->reset = false;
    *has = *wants;
    return written;
}

/* What a space shows of a pen: that is all it needs. */
static bool looks_blank_alike(const struct pen *a, const struct pen *b)
{
    enum { SEEN = UNDERLINE | REVERSE | OTHERS };
    bool plain = ((a->attributes | b->attributes) & SEEN) == 0 && (a->known & b->known & SEEN) == SEEN;
    return plain && a->charset == b->charset && is_same_colour(&a->colours[1], &b->colours[1]) &&
           a->colours[1].kind != COLOUR_UNKNOWN;
}

/* ---- sequences ------------------------------------------------------------------------------------------------ */

/* The bytes of the sequence that begins at `at` with ESC, as far as it is of a form known here; else 1. */
static size_t sequence_length(const char *at, const char *end)
{
    if (end - at >= 3 && at[1] == '(')
        return 3;
    const char *next = at + 2;
    if (end - at < 3 || at[1] != '[')
        return 1;
    while (next < end && ((*next >= '0' && *next <= '9') || *next == ';'))
        next++;
    return next < end && *next >= '@' && *next <= '~' ? (size_t)(next + 1 - at) : 1;
}

/* Whether a sequence only moves the cursor, whatever the pen. */
static bool moves_only(const char *at, size_t length)
{
    return length >= 3 && at[1] == '[' && strchr("ABCDGHd", at[length - 1]) != NULL;
}

size_t sgr_squeeze(char *bytes, size_t count)
{
    struct pen has = {0}, wants = {0};
    const char *at = bytes, *end = bytes + count;
    char *out = bytes;
    while (at < end) {
        size_t length = *at == '\033' ? sequence_length(at, end) : 1;
        if (length > 1 && at[length - 1] == 'm' && at[1] == '[' && apply(&wants, at + 2, length - 3)) {
            at += length;
            continue;
        }
        if (length == 3 && at[1] == '(') {
            wants.charset = at[2];
            at += length;
            continue;
        }
        bool blank = *at == ' ' && looks_blank_alike(&has, &wants);
        if (!blank && !moves_only(at, length) && *at != '\r') {
            char change[2 * CHANGE_SIZE];
            size_t changed = write_change(change, &has, &wants);
            assert(out + changed <= at);
            memcpy(out, change, changed);
            out += changed;
        }
        /* Another sequence may do anything. */
        if (*at == '\033' && !moves_only(at, length) && (length == 1 || at[length - 1] == 'm'))
            has = wants = (struct pen){0};
        memmove(out, at, length);
        out += length;
        at += length;
    }
    return (size_t)(out - bytes) + write_change(out, &has, &wants);
}
