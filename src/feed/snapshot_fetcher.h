/* Fetches the snapshots of books over HTTPS, by libcurl, one after the other in a thread of its own. */
#ifndef FEED_SNAPSHOT_FETCHER_H
#define FEED_SNAPSHOT_FETCHER_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "feed/mailbox.h"

struct snapshot_fetcher_options {
    const char *url;         /* https://HOST[:PORT]; copied */
    const char *ca_file;     /* the authorities that are trusted; "": those of the system; copied */
    struct mailbox *mailbox; /* outlives it */
};

struct snapshot_fetcher;

struct snapshot_fetcher *snapshot_fetcher_create(const struct snapshot_fetcher_options *options, struct error *error);
/* Breaks off what is under way, within a second. NULL is allowed. */
void snapshot_fetcher_destroy(struct snapshot_fetcher *fetcher);

/* Asks for a path. Returns at once; MAIL_SNAPSHOT or MAIL_SNAPSHOT_FAILED follows, with the instrument and the number
 * of the connection, within 10 s. What was asked before and has not been begun is forgotten. */
void snapshot_fetcher_ask(struct snapshot_fetcher *fetcher, const char *path, size_t instrument, uint64_t connection);

#endif
