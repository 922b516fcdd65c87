/* A relay between a client and a server on the loopback, which can be told to hold back what the client says. The
 * server is heard all the while; what was held arrives when the relay lets it go, also of connections that the client
 * has given up meanwhile. */
#ifndef TESTS_FAULTS_RELAY_H
#define TESTS_FAULTS_RELAY_H

#include <stdbool.h>
#include <stdint.h>

struct relay;

/* Listens on a free port and connects each client to `server_port`. Fails the test when it cannot. */
struct relay *relay_start(uint16_t server_port);
void relay_stop(struct relay *relay);

uint16_t relay_port(const struct relay *relay);

/* Any thread. */
void relay_hold(struct relay *relay, bool hold);

#endif
