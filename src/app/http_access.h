/* Who may use the REST gateway and under which names: its token, and its certificate and key. Files with secrets are
 * read here, once, with the checks of a secret. */
#ifndef APP_HTTP_ACCESS_H
#define APP_HTTP_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "app/options.h"
#include "core/error.h"
#include "engine/gateway.h"

/* Secret but for the certificate. */
struct http_access {
    char token[GATEWAY_TOKEN_SIZE];
    bool own_token;    /* from --http-token; otherwise it was made up for this run */
    char *certificate; /* PEM, with the chain behind it; NULL: no TLS */
    char *key;         /* PEM */
};

/* Reads what the options name; makes a token up when they name none. ERROR_USAGE when a file will not do, or one of
 * certificate and key is missing. */
int http_access_read(struct http_access *access, const struct options *options, struct error *error);

/* Where the gateway at this port is reached. */
void http_access_url(const struct http_access *access, const struct options *options, int port, char *url, size_t size);

/* Wipes and frees. */
void http_access_free(struct http_access *access);

#endif
