/* What the other files of the bus may know of a tape: the connection below it. */
#ifndef BUS_TAPE_INTERNAL_H
#define BUS_TAPE_INTERNAL_H

#include <nats/nats.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/tape.h"
#include "core/error.h"

/* Both are the tape's, and valid until tape_destroy. */
natsConnection *tape_connection(struct tape *tape);
jsCtx *tape_jetstream(struct tape *tape);

/* Any thread: ends a subscription of this connection and frees it as soon as that is safe; instead of
 * natsSubscription_Destroy. NULL is allowed. */
void tape_retire(struct tape *tape, natsSubscription *subscription);

/* Any thread, cheap: whether the connection is up, and how often it has been made. What was asked of the server in an
 * earlier generation will not be answered any more. */
bool tape_is_connected(const struct tape *tape);
uint64_t tape_generation(const struct tape *tape);

/* Any thread, cheap: how often the server has said that this user may not publish on a subject, other than those of
 * JetStream itself. It does not say which message it was. */
uint64_t tape_publish_refusals(const struct tape *tape);

/* Any thread, cheap: what became of a publish on this subject, as far as it says something about the server. `full`: it
 * was refused for want of storage, and `problem` says how; else it was stored. And: nobody answered in time; when that
 * goes on, storage counts as full. */
void tape_report_storage(struct tape *tape, const char *subject, bool full, const char *problem);
void tape_report_silence(struct tape *tape);

/* True for the codes by which JetStream says that there is no storage left, for the server, the account or a stream. */
bool tape_code_is_full(int code);

/* Waits until the connection is up, at most `timeout_ms`; true when it is. */
bool tape_wait_connected(struct tape *tape, int timeout_ms);

/* A name for an inbox subject of our own, "_INBOX.<unique>", terminated. */
enum { TAPE_INBOX_SIZE = 48 };
void tape_inbox_name(char name[TAPE_INBOX_SIZE]);

/* Copies `text` and leaves out what stands between "//" and "@" in the URLs in it: user, password, token. */
void tape_hide_secrets(char *out, size_t size, const char *text);

/* What a user may not do. */
struct tape_violation {
    bool publish; /* false: subscribe */
    char subject[160];
};

/* Reads nats.c's text for it; false when it is about something else. */
bool tape_violation(struct tape_violation *violation, const char *said);

/* What the server or the handshake with it came to, as the end of a sentence that begins with "the server": "has a
 * certificate that has expired". `said` is nats.c's text for it, `certified` whether we have a client certificate.
 * False when it is nothing of this kind; `text` is untouched then. */
bool tape_verdict(char *text, size_t size, natsStatus status, const char *said, bool certified);

/* Fills the error with a sentence for what nats.c or the server's API (`code`, 0: none) said; returns -1. `what` is
 * what was tried, as in "cannot read stream ORDERS". */
int tape_error(struct error *error, natsStatus status, int code, const char *what);

#endif
