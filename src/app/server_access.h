/* Where the server is and who we are there: what options, a NATS context and the files they name say together. */
#ifndef APP_SERVER_ACCESS_H
#define APP_SERVER_ACCESS_H

#include <stdbool.h>

#include "app/options.h"
#include "bus/tape.h"

/* All texts are owned; NULL: not used. */
struct server_access {
    char *urls, *user, *password, *token;
    char *credentials; /* text of the credentials file or NKey seed */
    char *ca_file, *certificate_file;
    char *key; /* text of the private key */
    bool remote;
};

/* True when a server is asked for that is not our own. */
bool server_access_is_remote(const struct options *options);

/* Fills in how to reach the server of --server or --context; with `local_url` not NULL that of our own instead, which
 * needs no login. An option goes before what the context says; a login of the options before any login of the context.
 * ERROR_USAGE for logins that contradict each other and for a file that is missing, others could read or a link leads
 * to; then nothing has to be freed. */
int server_access_read(struct server_access *access, const struct options *options, const char *local_url,
                       struct error *error);

/* For commands beside a deck: the server of --server or --context, or that of the tapedeck that runs on the state
 * directory. ERROR_SERVER when none runs; else as above. */
int server_access_find(struct server_access *access, const struct options *options, struct error *error);

/* The options for tape_connect, with texts of `access`. A remote server is asked again every 2 s, 60 times. */
struct tape_options server_access_options(const struct server_access *access, const char *name);

/* Overwrites and frees the texts. */
void server_access_free(struct server_access *access);

#endif
