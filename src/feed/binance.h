/* Reads the market data messages of Binance Spot, as recordings hold them: one line is
 * `<local time in ns since the epoch> <JSON>`, and the JSON is a message of the combined streams
 * (`{"stream":…,"data":{…}}`), one of a single stream, or a depth snapshot of the REST interface. Pure.
 * Source: binance/binance-spot-api-docs, web-socket-streams.md. */
#ifndef FEED_BINANCE_H
#define FEED_BINANCE_H

#include <stddef.h>

#include "core/quote.h"

enum binance_kind {
    BINANCE_BOOK,      /* bookTicker: best bid and ask */
    BINANCE_TRADE,     /* trade */
    BINANCE_IGNORED,   /* well formed, but neither of the two: depth, snapshots, other streams, answers */
    BINANCE_MALFORMED, /* not what the venue sends */
};

/* Reads one line (without its newline). `raw` is written for BOOK and TRADE: a quote that has what the message said
 * and DECIMAL_NONE for what it did not (see normaliser.h); exchange "BINANCE", the symbol as the venue spells it.
 *   BOOK   bid, ask and their sizes; a side that is empty has no price and size 0; seq is the venue's update id; the
 *          message has no time of its own, so timestamp is that of the line.
 *   TRADE  last, last_size, last_side (the aggressor) and trade_id; timestamp is the venue's, in ms.
 * received_ns is the time of the line in both. For MALFORMED `problem` is set to a sentence without a point. */
enum binance_kind binance_parse(const char *line, size_t length, struct quote *raw, const char **problem);

#endif
