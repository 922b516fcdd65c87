/* Contexts of the nats command: files that say where a server is and who one is there. */
#ifndef APP_CONTEXT_H
#define APP_CONTEXT_H

#include "core/error.h"

/* All texts are owned; NULL where the file says nothing. Files are absolute paths. */
struct context {
    char *url, *user, *password, *token;
    char *creds, *nkey;    /* files */
    char *ca, *cert, *key; /* files */
};

/* A name that is that of a file in the directory of contexts: no `/`, no dot in front. ERROR_USAGE. */
int context_check_name(const char *name, struct error *error);

/* Reads ~/.config/nats/context/NAME.json, whatever context the nats command has selected. Keys that are not known are
 * ignored, empty ones too. ERROR_USAGE when there is none, when others could read it or a link leads to it, and when it
 * cannot be understood; then nothing has to be freed. */
int context_read(struct context *context, const char *name, struct error *error);

/* Overwrites and frees the texts. */
void context_free(struct context *context);

#endif
