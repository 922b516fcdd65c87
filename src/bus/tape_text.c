/* Sentences about the connection, none of which may hold a secret. */
#include "bus/tape_internal.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "core/unique.h"

/* Where a URL ends in a list or a sentence. */
static bool ends_url(char c)
{
    return c == '\0' || c == ',' || c == ' ' || c == '\t' || c == '\n' || c == '\'' || c == '"';
}

void tape_hide_secrets(char *out, size_t size, const char *text)
{
    size_t length = 0;
    for (const char *at = text; *at != '\0' && length + 1 < size;) {
        out[length++] = *at++;
        if (length < 2 || out[length - 1] != '/' || out[length - 2] != '/')
            continue;
        /* A password may hold a slash or another "@": what counts is the last "@" of the URL. */
        const char *host = at;
        for (const char *end = at; !ends_url(*end); end++)
            if (*end == '@')
                host = end + 1;
        at = host;
    }
    out[length] = '\0';
}

void tape_inbox_name(char name[TAPE_INBOX_SIZE])
{
    char id[UNIQUE_ID_SIZE];
    unique_id(id);
    snprintf(name, TAPE_INBOX_SIZE, "_INBOX.%s", id);
}

static const char *advice(natsStatus status, int code)
{
    switch (code) {
    case 0:
        break;
    case 10039: /* not enabled for the account */
    case 10076: /* not enabled at all */
        return "the server runs without JetStream";
    case 10023: /* insufficient resources */
    case 10047: /* insufficient storage */
        return "the server has not enough storage left";
    case 10059:
        return "there is no such stream";
    case 10065:
        return "its subjects overlap with those of another stream";
    default:
        return NULL;
    }
    if (status == NATS_TIMEOUT)
        return "the server did not answer in time";
    if (status == NATS_NO_RESPONDERS)
        return "the server runs without JetStream, or has no leader for it";
    if (status == NATS_CONNECTION_DISCONNECTED || status == NATS_CONNECTION_CLOSED ||
        status == NATS_INSUFFICIENT_BUFFER)
        return "there is no connection to the server";
    return NULL;
}

int tape_error(struct error *error, natsStatus status, int code, const char *what)
{
    const char *reason = advice(status, code);
    char text[160];
    if (reason == NULL) {
        natsStatus last = NATS_OK;
        const char *said = nats_GetLastError(&last);
        char shown[160];
        tape_hide_secrets(shown, sizeof shown, said != NULL && last == status ? said : natsStatus_GetText(status));
        text_clean(text, sizeof text, shown, strlen(shown));
        reason = text;
    }
    return error_set(error, ERROR_SERVER, "%s: %s", what, reason);
}
