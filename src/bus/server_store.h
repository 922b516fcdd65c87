/* How much the embedded server may store, from what the disk has left and what its streams were promised. */
#ifndef BUS_SERVER_STORE_H
#define BUS_SERVER_STORE_H

#include <stdint.h>

/* The `max_file_store` for the JetStream store in `directory` (need not exist yet; its parent does), in bytes: 90 % of
 * what is free or in the store already, at most 64 GiB, but never less than the existing streams have reserved: a
 * server with a smaller limit would leave out streams at its start instead of restoring them. */
int64_t server_store_limit(const char *directory);

#endif
