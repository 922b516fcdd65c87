/* The text of `--feed`. What a person can mistype is told apart from the name of a file as far as that is possible, so
 * that `,sped=2` is refused here and not later as a file that does not exist. */
#include "feed/feed_spec.h"

#include <assert.h>
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "core/decimal.h"
#include "core/pace.h"
#include "feed/simulator.h"
#include "feed/trading_day.h"

/* A stretch of the text. */
struct part {
    const char *text;
    size_t length;
};

/* For messages: long enough to recognise, short enough for one line. */
static int shown(struct part part)
{
    return part.length < 60 ? (int)part.length : 60;
}

static bool part_is(struct part part, const char *word)
{
    return part.length == strlen(word) && memcmp(part.text, word, part.length) == 0;
}

/* Cuts what stands before the first `separator` off `rest`. False when `rest` was used up before. */
static bool cut(struct part *rest, char separator, struct part *head)
{
    if (rest->text == NULL)
        return false;
    const char *found = memchr(rest->text, separator, rest->length);
    *head = *rest;
    if (found == NULL) {
        *rest = (struct part){0};
        return true;
    }
    head->length = (size_t)(found - rest->text);
    *rest = (struct part){found + 1, rest->length - head->length - 1};
    return true;
}

/* A whole number without a sign. False when it is none or does not fit. */
static bool parse_whole(struct part value, uint64_t *number)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < value.length; i++) {
        unsigned digit = (unsigned)(unsigned char)value.text[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(sum, 10, &sum) || __builtin_add_overflow(sum, digit, &sum))
            return false;
    }
    *number = sum;
    return value.length > 0;
}

static int parse_seed(struct feed_spec *spec, struct part value, struct error *error)
{
    if (!parse_whole(value, &spec->seed))
        return error_set(error, ERROR_USAGE, "the seed of a feed is a whole number from 0 to 2^64-1, not '%.*s'",
                         shown(value), value.text);
    return 0;
}

static int parse_rate(struct feed_spec *spec, struct part value, struct error *error)
{
    int64_t rate;
    if (!decimal_parse(value.text, value.length, 6, &rate) || rate < FEED_RATE_LEAST_MICROHZ ||
        rate > FEED_RATE_MOST_MICROHZ)
        return error_set(error, ERROR_USAGE,
                         "the rate of a feed is a number of quotes per second from 0.001 to 100000, not '%.*s'",
                         shown(value), value.text);
    spec->rate_microhz = rate;
    return 0;
}

static int parse_instruments(struct feed_spec *spec, struct part value, struct error *error)
{
    uint64_t count;
    if (!parse_whole(value, &count) || count < 1 || count > SIMULATOR_INSTRUMENTS_MAX)
        return error_set(error, ERROR_USAGE, "the simulator has from 1 to %d instruments, not '%.*s'",
                         SIMULATOR_INSTRUMENTS_MAX, shown(value), value.text);
    spec->instruments = (size_t)count;
    return 0;
}

static int parse_session(struct feed_spec *spec, struct part value, struct error *error)
{
    uint64_t seconds;
    if (!parse_whole(value, &seconds) || seconds < TRADING_DAY_SESSION_LEAST_S || seconds > TRADING_DAY_SESSION_MOST_S)
        return error_set(error, ERROR_USAGE, "a session of the simulator has from %d to %d seconds, not '%.*s'",
                         TRADING_DAY_SESSION_LEAST_S, TRADING_DAY_SESSION_MOST_S, shown(value), value.text);
    spec->session_s = (int64_t)seconds;
    return 0;
}

static int parse_faults(struct feed_spec *spec, struct part value, struct error *error)
{
    if (!part_is(value, "none") && !part_is(value, "crash-day"))
        return error_set(error, ERROR_USAGE, "the faults of the simulator are none or crash-day, not '%.*s'",
                         shown(value), value.text);
    spec->crash_day = part_is(value, "crash-day");
    return 0;
}

static const struct {
    const char *name;
    int (*parse)(struct feed_spec *spec, struct part value, struct error *error);
} SIMULATOR_OPTIONS[] = {
    {"seed", parse_seed},       {"rate", parse_rate},     {"instruments", parse_instruments},
    {"session", parse_session}, {"faults", parse_faults},
};

enum { SIMULATOR_OPTION_COUNT = sizeof SIMULATOR_OPTIONS / sizeof *SIMULATOR_OPTIONS };

static int parse_speed(struct part value, int64_t *speed_millionths, struct error *error)
{
    if (!pace_parse_speed(value.text, value.length, speed_millionths))
        return error_set(error, ERROR_USAGE,
                         "the speed of a recording is a number from 0.001 to 1000000, or max, not '%.*s'", shown(value),
                         value.text);
    return 0;
}

/* The options in any order, each at most once. */
static int parse_simulator(struct feed_spec *spec, struct part rest, struct error *error)
{
    bool seen[SIMULATOR_OPTION_COUNT] = {false};
    struct part option;
    while (cut(&rest, ',', &option)) {
        struct part value = option, key = {0};
        cut(&value, '=', &key);
        size_t i = 0;
        while (i < SIMULATOR_OPTION_COUNT && !part_is(key, SIMULATOR_OPTIONS[i].name))
            i++;
        if (i == SIMULATOR_OPTION_COUNT)
            return error_set(error, ERROR_USAGE,
                             "the simulator knows the options seed, rate, instruments, session and faults, not '%.*s'",
                             shown(option), option.text);
        if (value.text == NULL)
            return error_set(error, ERROR_USAGE, "the simulator's option '%.*s' lacks a value", shown(key), key.text);
        if (seen[i])
            return error_set(error, ERROR_USAGE, "the simulator's option '%.*s' stands twice", shown(key), key.text);
        seen[i] = true;
        if (SIMULATOR_OPTIONS[i].parse(spec, value, error))
            return -1;
    }
    return 0;
}

static int add_file(struct feed_spec *spec, struct part name, size_t *used, struct error *error)
{
    if (name.length == 0)
        return error_set(error, ERROR_USAGE, "a recording has an empty file name");
    if (spec->file_count == FEED_FILES_MAX)
        return error_set(error, ERROR_USAGE, "a recording has more than %d files", FEED_FILES_MAX);
    if (name.length >= FEED_FILES_SIZE - *used)
        return error_set(error, ERROR_USAGE, "the file names of a recording are longer than %d bytes in all",
                         FEED_FILES_SIZE);
    memcpy(spec->files + *used, name.text, name.length);
    *used += name.length;
    spec->files[(*used)++] = '\0';
    spec->file_count++;
    return 0;
}

/* True for `word=…`: lower-case letters and an equals sign. */
static bool looks_like_option(struct part part)
{
    size_t letters = 0;
    while (letters < part.length && part.text[letters] >= 'a' && part.text[letters] <= 'z')
        letters++;
    return letters > 0 && letters < part.length && part.text[letters] == '=';
}

/* Takes the options off the end of the list of files. */
static int parse_recording_options(struct feed_spec *spec, struct part *rest, struct error *error)
{
    bool has_speed = false;
    for (;;) {
        const char *comma = memrchr(rest->text, ',', rest->length);
        if (comma == NULL)
            return 0;
        struct part option = {comma + 1, rest->length - (size_t)(comma + 1 - rest->text)};
        if (!looks_like_option(option))
            return 0;
        static const char key[] = "speed=";
        if (option.length < sizeof key - 1 || memcmp(option.text, key, sizeof key - 1) != 0)
            return error_set(error, ERROR_USAGE, "a recording knows the option speed=N|max, not '%.*s'", shown(option),
                             option.text);
        if (has_speed)
            return error_set(error, ERROR_USAGE, "a recording's option 'speed' stands twice");
        has_speed = true;
        struct part value = {option.text + sizeof key - 1, option.length - (sizeof key - 1)};
        if (parse_speed(value, &spec->speed_millionths, error))
            return -1;
        rest->length = (size_t)(comma - rest->text);
    }
}

static int parse_recording(struct feed_spec *spec, struct part rest, struct error *error)
{
    if (parse_recording_options(spec, &rest, error))
        return -1;
    size_t used = 0;
    struct part name;
    while (cut(&rest, ';', &name)) {
        if (add_file(spec, name, &used, error))
            return -1;
    }
    return 0;
}

static int add_symbol(struct feed_spec *spec, struct part name, struct error *error)
{
    char symbol[SYMBOL_SIZE] = "";
    bool good = name.length > 0 && name.length < SYMBOL_SIZE;
    for (size_t i = 0; i < name.length && good; i++) {
        good = isalnum((unsigned char)name.text[i]) || strchr("/-_.", name.text[i]) != NULL;
        symbol[i] = spec->venue->upper_case ? (char)toupper((unsigned char)name.text[i]) : name.text[i];
    }
    if (!good)
        return error_set(error, ERROR_USAGE, "'%.*s' is no instrument of %s", shown(name), name.text,
                         spec->venue->name);
    if (spec->symbol_count == VENUE_SYMBOLS_MAX)
        return error_set(error, ERROR_USAGE, "a feed of %s has more than %d instruments", spec->venue->name,
                         VENUE_SYMBOLS_MAX);
    for (size_t i = 0; i < spec->symbol_count; i++) {
        if (strcmp(spec->symbols[i], symbol) == 0)
            return error_set(error, ERROR_USAGE, "the instrument '%s' of %s stands twice", symbol, spec->venue->name);
    }
    memcpy(spec->symbols[spec->symbol_count++], symbol, sizeof symbol);
    return 0;
}

/* url=, rest= and ca=. */
static int set_live_option(struct feed_spec *spec, struct part option, struct error *error)
{
    const struct {
        const char *key, *begin;
        char *value;
        size_t size;
    } options[] = {{"url", "wss://", spec->url, sizeof spec->url},
                   {"rest", "https://", spec->rest_url, sizeof spec->rest_url},
                   {"ca", "", spec->ca_file, sizeof spec->ca_file}};
    struct part value = option, key;
    cut(&value, '=', &key);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (!part_is(key, options[i].key))
            continue;
        size_t begin = strlen(options[i].begin);
        if (value.length <= begin || memcmp(value.text, options[i].begin, begin) != 0 ||
            value.length >= options[i].size)
            return error_set(error, ERROR_USAGE, "the option %s= of %s wants %s..., not '%.*s'", options[i].key,
                             spec->venue->name, begin > 0 ? options[i].begin : "a file", shown(value), value.text);
        if (options[i].value[0] != '\0')
            return error_set(error, ERROR_USAGE, "the option '%s' of %s stands twice", options[i].key,
                             spec->venue->name);
        memcpy(options[i].value, value.text, value.length);
        return 0;
    }
    return error_set(error, ERROR_USAGE, "%s knows the options url=, rest= and ca=, not '%.*s'", spec->venue->name,
                     shown(option), option.text);
}

static int parse_live(struct feed_spec *spec, struct part rest, struct error *error)
{
    struct part part;
    while (cut(&rest, ',', &part)) {
        int failed = looks_like_option(part) ? set_live_option(spec, part, error) : add_symbol(spec, part, error);
        if (failed)
            return -1;
    }
    if (spec->symbol_count == 0)
        return error_set(error, ERROR_USAGE, "a feed of %s lacks its instruments", spec->venue->name);
    return 0;
}

int feed_spec_parse(struct feed_spec *spec, const char *text, struct error *error)
{
    struct feed_spec parsed = {.kind = FEED_NONE,
                               .seed = FEED_SEED_DEFAULT,
                               .rate_microhz = FEED_RATE_DEFAULT_MICROHZ,
                               .speed_millionths = PACE_ONE};
    struct part rest = {text, strlen(text)}, kind;
    cut(&rest, ':', &kind);
    bool bare = rest.text == NULL;
    int failed = 0;
    if (part_is(kind, "none") && bare) {
        parsed.kind = FEED_NONE;
    } else if (part_is(kind, "sim")) {
        parsed.kind = FEED_SIMULATOR;
        failed = parse_simulator(&parsed, rest, error);
    } else if (part_is(kind, "recording") && !bare) {
        parsed.kind = FEED_RECORDING;
        failed = parse_recording(&parsed, rest, error);
    } else if (!bare && (parsed.venue = venue_find(kind.text, kind.length)) != NULL) {
        parsed.kind = FEED_LIVE;
        failed = parse_live(&parsed, rest, error);
    } else {
        failed =
            error_set(error, ERROR_USAGE,
                      "'%.60s' is no feed; there are sim[:seed=N,rate=N,...], recording:FILE[;FILE...][,speed=N|max], "
                      "kraken|binance|coinbase:SYMBOL[,SYMBOL...] and none",
                      text);
    }
    if (failed)
        return -1;
    *spec = parsed;
    return 0;
}

const char *feed_spec_file(const struct feed_spec *spec, size_t index)
{
    assert(index < spec->file_count);
    const char *name = spec->files;
    while (index-- > 0)
        name += strlen(name) + 1;
    return name;
}

const char *feed_spec_kind(const struct feed_spec *spec)
{
    switch (spec->kind) {
    case FEED_NONE:
        return "none";
    case FEED_SIMULATOR:
        return "sim";
    case FEED_RECORDING:
        return "recording";
    case FEED_LIVE:
        return spec->venue->name;
    }
    return "?";
}
