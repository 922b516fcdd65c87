/* A WebSocket over TLS, by libwebsockets: one thread that serves it, copies what comes and puts it into a mailbox.
 * Without compression. The certificate must be valid, and be that of the host. */
#ifndef FEED_WEB_SOCKET_H
#define FEED_WEB_SOCKET_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "feed/mailbox.h"

/* A longer message is not taken: the connection is closed. */
enum { WEB_SOCKET_MESSAGE_MAX = 16 << 20 };

struct web_socket_options {
    const char *url;         /* wss://HOST[:PORT][/PATH]; copied */
    const char *ca_file;     /* the authorities that are trusted besides those of the system; "": none; read here */
    struct mailbox *mailbox; /* outlives it */
};

struct web_socket;

/* Starts the thread; nothing is connected yet. NULL with ERROR_USAGE when the address or the file is not good. */
struct web_socket *web_socket_create(const struct web_socket_options *options, struct error *error);
/* Ends the thread; takes up to 2 s when the system is looking a name up. NULL is allowed. */
void web_socket_destroy(struct web_socket *socket);

/* All of these return at once, and may be called by any thread.
 *
 * Begins a connection; the one before is dropped. Its mail has the number `connection`: MAIL_CONNECTED, then
 * MAIL_MESSAGE, MAIL_PART (at most one a second) and MAIL_PONG; MAIL_CLOSED is the last of it. */
void web_socket_connect(struct web_socket *socket, uint64_t connection);
/* Nothing is sent when there is no connection. */
void web_socket_send(struct web_socket *socket, const char *text, size_t length);
void web_socket_ping(struct web_socket *socket);
void web_socket_close(struct web_socket *socket);

#endif
