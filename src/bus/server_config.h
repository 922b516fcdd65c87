/* The configuration file of the embedded server, its secrets and its ports. */
#ifndef BUS_SERVER_CONFIG_H
#define BUS_SERVER_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

enum { SERVER_TOKEN_SIZE = 65, SERVER_NAME_SIZE = 48 };

struct server_config {
    char name[SERVER_NAME_SIZE];          /* tells our server from another that took the port */
    char token[SERVER_TOKEN_SIZE];        /* 256 random bits in hex; whoever has it may trade */
    char monitor_path[SERVER_TOKEN_SIZE]; /* likewise; the monitoring endpoint answers below this path only */
    uint16_t port, monitor_port;          /* on the loopback, below 32768 */
};

/* New names, secrets and two free ports. */
int server_config_init(struct server_config *config, struct error *error);

/* Other ports, because one was taken meanwhile. */
int server_config_pick_ports(struct server_config *config, struct error *error);

/* Writes the file anew with mode 0600. */
int server_config_write(const struct server_config *config, const char *path, const char *store_directory,
                        int64_t store_limit_bytes, struct error *error);

/* True when our server answers on its port, with JetStream. Waits at most `timeout_ms`. */
bool server_config_answers(const struct server_config *config, int timeout_ms);

#endif
