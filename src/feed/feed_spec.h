/* What one `--feed` asks for, read from its text. Pure.
 *
 *   sim                                        the simulator with its defaults
 *   sim:OPTION,...                             of seed=N (from 0 on), rate=N (quotes per second and instrument, 0.001
 * to 100000), instruments=N (1 to 10000), session=SECONDS (60 to 86400) and faults=none|crash-day
 *   recording:FILE[;FILE...][,speed=N|max]     recordings merged by time; 1 is the pace they were recorded at
 *   kraken:SYMBOL[,SYMBOL...][,url=wss://…][,rest=https://…][,ca=FILE]   a venue, live; see venue.h; and so
 *   binance:SYMBOL…, coinbase:SYMBOL…
 *   none                                       no market data
 *
 * In the list of files what follows a comma is an option when it looks like `word=`, and part of the file's name
 * otherwise. */
#ifndef FEED_FEED_SPEC_H
#define FEED_FEED_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "feed/venue.h"

enum feed_kind { FEED_NONE, FEED_SIMULATOR, FEED_RECORDING, FEED_LIVE };

enum { FEED_FILES_MAX = 64, FEED_FILES_SIZE = 8192, FEED_PATH_SIZE = 1024 };

#define FEED_SEED_DEFAULT         UINT64_C(1)
#define FEED_RATE_DEFAULT_MICROHZ (10 * INT64_C(1000000))
#define FEED_RATE_LEAST_MICROHZ   INT64_C(1000)
#define FEED_RATE_MOST_MICROHZ    (100000 * INT64_C(1000000))

struct feed_spec {
    enum feed_kind kind;
    uint64_t seed;               /* simulator */
    int64_t rate_microhz;        /* simulator: quotes per second and instrument, in 1e-6 */
    size_t instruments;          /* simulator: how many; 0: those of the table */
    int64_t session_s;           /* simulator: from open to close; 0: it never closes */
    bool crash_day;              /* simulator: with faults, see feed/faults.h */
    int64_t speed_millionths;    /* recording: see core/pace.h */
    size_t file_count;           /* recording: 1 to FEED_FILES_MAX */
    char files[FEED_FILES_SIZE]; /* recording: their names, each terminated, one behind the other */
    /* live: */
    const struct venue *venue;
    size_t symbol_count; /* 1 to VENUE_SYMBOLS_MAX */
    char symbols[VENUE_SYMBOLS_MAX][SYMBOL_SIZE];
    char url[VENUE_URL_SIZE], rest_url[VENUE_URL_SIZE]; /* "": the venue's own */
    char ca_file[FEED_PATH_SIZE];                       /* "": the authorities of the system */
};

/* -1 with ERROR_USAGE and a sentence that says what is wrong; `spec` is written only on success. */
int feed_spec_parse(struct feed_spec *spec, const char *text, struct error *error);

/* The name of a file, 0 <= index < file_count. It is the spec's. */
const char *feed_spec_file(const struct feed_spec *spec, size_t index);

/* "none", "sim", "recording", or the name of the venue. */
const char *feed_spec_kind(const struct feed_spec *spec);

#endif
