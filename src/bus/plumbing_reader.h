/* Looks at the plumbing every two seconds, in a thread of its own that may wait for answers: the streams and their
 * consumers by the API of JetStream, the disk of the state directory, and by the leases that are renewed every second
 * how far the clock of each machine is off the server's. */
#ifndef BUS_PLUMBING_READER_H
#define BUS_PLUMBING_READER_H

#include <stddef.h>
#include <stdint.h>

#include "bus/inbox.h"
#include "bus/tape.h"
#include "core/error.h"
#include "core/plumbing.h"

struct plumbing_reader;

/* Puts INBOX_PLUMBING into the inbox for each look that was answered. Without a connection, or where the login may not
 * ask, there is none. `state_directory` may be NULL: then no disk is looked at. The tape and the inbox outlive it. */
struct plumbing_reader *plumbing_reader_create(struct tape *tape, const char *state_directory, struct inbox *inbox,
                                               struct error *error);

/* Waits for a request under way: 1 s, or some seconds while nats.c is reconnecting. NULL is allowed. */
void plumbing_reader_destroy(struct plumbing_reader *reader);

/* What followers of our services have in their descriptions, before the service's name. */
#define PLUMBING_DESCRIPTION "tapedeck "

/* The parser of one page of $JS.API.CONSUMER.LIST, pure: adds those that are watched, which are the durable ones and
 * our services, and says how many the page lists and how many there are. -1 when it is not the expected JSON. */
int plumbing_parse_consumers(struct plumbing *plumbing, const char *stream, const char *body, size_t bytes,
                             uint32_t *listed, uint32_t *total, struct error *error);

#endif
