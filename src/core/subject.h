/* Subjects and message ids: the one place that knows their spelling. Pure. */
#ifndef CORE_SUBJECT_H
#define CORE_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/event.h"

enum { SUBJECT_SIZE = 256, MESSAGE_ID_SIZE = 256 };

/* The subject that an event is published on. */
void subject_of(const struct event *event, char subject[SUBJECT_SIZE]);

/* The filter for quotes: of one exchange (in any case) or, NULL, of all; of one instrument or, NULL, of all. Names that
 * are too long for a subject are cut. */
void subject_of_quotes(char subject[SUBJECT_SIZE], const char *exchange, const char *symbol);

/* The subject of an instrument's depth (core/depth.h); with NULL for an exchange or an instrument, or both, the filter
 * for those of all. As subject_of_quotes. */
void subject_of_depth(char subject[SUBJECT_SIZE], const char *exchange, const char *symbol);

/* Its Nats-Msg-Id, "" for messages that have none (quotes, exposure). */
void message_id_of(const struct event *event, char id[MESSAGE_ID_SIZE]);

/* Which kind of message a subject carries: an event_kind, or -1 when it is none of ours. */
int subject_kind(const char *subject);

/* True when what the subject says (exchange without case, instrument, account, order id, severity) is what the event
 * says. The subject is one whose subject_kind is the event's. */
bool subject_agrees(const char *subject, const struct event *event);

/* The same of a subject of depth; false for a subject that is none. */
bool subject_agrees_with_depth(const char *subject, const char *exchange, const char *symbol);

/* Writes `text` as one subject token: bytes outside `A-Z a-z 0-9 - _` become %XX. Returns the length. */
size_t subject_escape(char *token, size_t size, const char *text);

/* Undoes that for the first `length` bytes of `token`. False when it does not fit or an escape is wrong. */
bool subject_unescape(char *text, size_t size, const char *token, size_t length);

/* True when `pattern` (with the wild cards * and >) matches `subject`. */
bool subject_matches(const char *pattern, const char *subject);

#endif
