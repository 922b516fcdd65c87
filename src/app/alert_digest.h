/* Many alerts told as one: how many of each rule, and which. Pure; one thread owns a digest. */
#ifndef APP_ALERT_DIGEST_H
#define APP_ALERT_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"

/* The share of one of two workers in what may be unsettled. */
enum { ALERT_DIGEST_MAX = 250, ALERT_DIGEST_SIZE = 1 << 20 };

struct alert_digest;

struct alert_digest *alert_digest_create(void);
void alert_digest_destroy(struct alert_digest *digest); /* NULL is allowed */

/* An alert that has to be told, and the handle under which it was got. There is room (alert_digest_count). */
void alert_digest_add(struct alert_digest *digest, const struct event *event, uint64_t handle, uint64_t delivery);
size_t alert_digest_count(const struct alert_digest *digest);
uint64_t alert_digest_handle(const struct alert_digest *digest, size_t index);
/* The largest of those that were given. */
uint64_t alert_digest_delivery(const struct alert_digest *digest);

/* What it is about, `digest:<first>-<last>` with the sequences of RISK; and the subject of its most severe alert. */
void alert_digest_name(const struct alert_digest *digest, char *id, size_t id_size, char *subject, size_t subject_size);

/* Its text in JSON:
 * {"digest":60,"critical":10,"first":…,"last":…,"rules":[{"rule":…,"alerts":…,"raised":…,"critical":…,
 * "message":…}],"ids":[…]}. Into ALERT_DIGEST_SIZE bytes; returns how many. */
size_t alert_digest_write(const struct alert_digest *digest, char *text);

void alert_digest_clear(struct alert_digest *digest);

#endif
