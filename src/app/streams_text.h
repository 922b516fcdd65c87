/* What `tapedeck streams` prints, as text and as JSON. Pure: from values to a FILE of the caller's. */
#ifndef APP_STREAMS_TEXT_H
#define APP_STREAMS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "bus/lease.h"
#include "bus/stream.h"

/* True when the stream is missing, or one of its settings differs. */
bool streams_text_differs(const struct stream_report *report);

/* One line: name, messages, bytes, first and last sequence, replicas (and how many of them are current when some are
 * not) and leader. Below it one line for each setting that differs. */
void streams_text_stream(FILE *out, const struct stream_report *report);

/* One line for each role and its holder, or "nobody holds a role". Times are UTC. */
void streams_text_leases(FILE *out, const struct lease_entry *entries, size_t count);

/* {"streams":[…]} with all settings of each, and {"leases":[…]}, as one line. What is not there is null: the state of a
 * missing stream, the actual values of its settings, the leader of a server alone. */
void streams_text_streams_json(FILE *out, const struct stream_report *reports, size_t count);
void streams_text_leases_json(FILE *out, const struct lease_entry *entries, size_t count);

#endif
