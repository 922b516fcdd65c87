/* TLS of the connection: whom we trust, and by what we are known. */
#ifndef BUS_TAPE_TLS_H
#define BUS_TAPE_TLS_H

#include <nats/nats.h>
#include <stdbool.h>

#include "bus/tape.h"
#include "core/error.h"

/* Sets what the options want. The host name is checked always. ERROR_USAGE when a file cannot be used. */
int tape_tls_apply(const struct tape_options *wanted, natsOptions *options, struct error *error);

/* The alert by which the server ended a connection of the calling thread right after the handshake, in OpenSSL's words;
 * NULL when there is none. nats.c loses it: it reads an empty line instead. Forgets it. */
const char *tape_tls_alert(void);

#endif
