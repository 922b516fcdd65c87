/* Reads the server's /varz, /jsz and /connz once a second by libcurl, in a thread of its own. */
#ifndef BUS_METRICS_H
#define BUS_METRICS_H

#include <stddef.h>

#include "bus/inbox.h"
#include "core/error.h"
#include "core/server_status.h"

struct metrics;

/* `url` as http://host:port. Each reading goes into the inbox (INBOX_METRICS), whether it succeeded or not; a request
 * has 1 s and 1 MB. */
struct metrics *metrics_create(const char *url, struct inbox *inbox, struct error *error);
/* Waits for a request under way, at most 1 s. NULL is allowed. */
void metrics_destroy(struct metrics *metrics);

/* The parsers, pure: fill `metrics` from one body. -1 when it is not the expected JSON. */
int metrics_parse_varz(struct server_metrics *metrics, const char *body, size_t bytes, struct error *error);
int metrics_parse_jsz(struct server_metrics *metrics, const char *body, size_t bytes, struct error *error);
int metrics_parse_connz(struct server_metrics *metrics, const char *body, size_t bytes, struct error *error);

#endif
