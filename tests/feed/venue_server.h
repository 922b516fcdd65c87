/* A venue for tests: a server of WebSockets over TLS on a loopback port, with a thread of its own, that says what it is
 * told to and misbehaves when it is told to. It also answers every other request over HTTPS, with one body.
 *
 * It speaks to the latest connection. Nothing here waits: what is to be sent goes out by and by, in its order. */
#ifndef TESTS_FEED_VENUE_SERVER_H
#define TESTS_FEED_VENUE_SERVER_H

#include <stdbool.h>
#include <stddef.h>

struct venue_server;

/* `directory` holds what make_certificates.sh made, `certificate` is one of its names. */
struct venue_server *venue_server_start(const char *directory, const char *certificate);
void venue_server_stop(struct venue_server *server);
int venue_server_port(const struct venue_server *server);

/* Connections that were made so far. */
unsigned venue_server_connections(struct venue_server *server);
/* True when a message with `part` in it has come since the last one that was looked for, which is then behind. */
bool venue_server_has(struct venue_server *server, const char *part);

/* Sends a message; a piece of one, with more to come; bytes that are no text. */
void venue_server_send(struct venue_server *server, const char *text, size_t length);
void venue_server_send_piece(struct venue_server *server, const char *text, size_t length, bool is_first, bool is_last);
void venue_server_send_binary(struct venue_server *server, const char *bytes, size_t length);
/* Behind what is to be sent: cuts the connection without a word, or closes it with a reason. */
void venue_server_cut(struct venue_server *server);
void venue_server_close(struct venue_server *server, const char *reason);

/* What HTTPS requests are answered from now on, and how many there were. */
void venue_server_answer(struct venue_server *server, int status, const char *body);
unsigned venue_server_requests(struct venue_server *server);

#endif
