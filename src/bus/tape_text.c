/* Sentences about the connection, none of which may hold a secret. */
#include "bus/tape_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/tape_tls.h"
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
    case 10005: /* no suitable peers */
        return "too few servers of the cluster have room for it";
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

/* OpenSSL's numbers for what it found wrong with a certificate (X509_V_ERR_…), which nats.c puts in front of its text.
 */
static const char *certificate_verdict(int number)
{
    switch (number) {
    case 9:
        return "has a certificate that is not valid yet";
    case 10:
        return "has a certificate that has expired";
    case 23:
        return "has a certificate that has been revoked";
    case 62: /* host name */
    case 64: /* address */
        return "has a certificate for another host name";
    case 2:
    case 18: /* signed by itself */
    case 19:
    case 20:
    case 21:
        return "has a certificate of an authority that is not trusted here";
    default:
        return "has a certificate that cannot be trusted";
    }
}

static const char *handshake_verdict(const char *said, bool certified)
{
    static const char BEFORE[] = "SSL handshake error: ";
    const char *at = strstr(said, BEFORE);
    const char *reason = at != NULL ? at + strlen(BEFORE) : said;
    char *end = NULL;
    long number = strtol(reason, &end, 10);
    if (end != reason && *end == ':')
        return certificate_verdict((int)number);
    if (at != NULL && strstr(said, "alert") == NULL)
        return "broke off the TLS handshake";
    /* The alert that would say why is lost when the server was quicker than our first words. */
    if (strstr(said, "alert") == NULL)
        return certified ? "ended the connection after the TLS handshake, as when it refuses the client certificate"
                         : "ended the connection after the TLS handshake, as when a client certificate is missing";
    /* Servers differ in the alert that they send when there is no certificate at all. */
    if (!certified)
        return "asks for a client certificate";
    if (strstr(said, "expired") != NULL)
        return "refused the client certificate, which has expired";
    if (strstr(said, "unknown ca") != NULL)
        return "refused the client certificate, whose authority it does not trust";
    return "refused the client certificate";
}

static const char *login_verdict(const char *said)
{
    if (strcasestr(said, "expired") != NULL)
        return "says that the user's credentials have expired";
    if (strcasestr(said, "revoked") != NULL)
        return "says that the user's credentials have been revoked";
    return "refused the user, password, token or key";
}

/* Permissions Violation for Publish to "orders.new". */
bool tape_violation(struct tape_violation *violation, const char *said)
{
    const char *at = strcasestr(said, " to ");
    if (at == NULL || strcasestr(said, "permissions violation") == NULL)
        return false;
    at += 4;
    at += *at == '"' || *at == '\'';
    violation->publish = strcasestr(said, "for publish") != NULL;
    text_clean(violation->subject, sizeof violation->subject, at, strcspn(at, "\"'"));
    return true;
}

bool tape_verdict(char *text, size_t size, natsStatus status, const char *said, bool certified)
{
    const char *verdict = NULL;
    struct tape_violation violation;
    if (said == NULL)
        said = "";
    const char *alert = tape_tls_alert();
    if (tape_violation(&violation, said)) {
        snprintf(text, size, "does not allow this user to %s to %s", violation.publish ? "publish" : "subscribe",
                 violation.subject);
        return true;
    }
    if (status == NATS_CONNECTION_AUTH_FAILED || strcasestr(said, "authentication revoked") != NULL)
        verdict = login_verdict(said);
    else if (alert != NULL)
        verdict = handshake_verdict(alert, certified);
    else if (status == NATS_SSL_ERROR || strstr(said, "SSL_read error") != NULL ||
             strstr(said, "SSL_write error") != NULL)
        verdict = handshake_verdict(said, certified);
    else if (status == NATS_SECURE_CONNECTION_WANTED)
        verdict = "offers no TLS";
    else if (status == NATS_PROTOCOL_ERROR)
        verdict = "does not speak the protocol of NATS";
    else if (strcasestr(said, "maximum connections exceeded") != NULL)
        verdict = "has as many connections as it takes";
    if (verdict != NULL)
        snprintf(text, size, "%s", verdict);
    return verdict != NULL;
}

/* nats.c puts the place in its own source in front: "(jsm.c:1033): no such stream". */
static const char *without_place(const char *said)
{
    const char *behind = said[0] == '(' ? strstr(said, "): ") : NULL;
    return behind != NULL ? behind + 3 : said;
}

bool tape_code_is_full(int code)
{
    return code == JSInsufficientResourcesErr || code == JSStorageResourcesExceededErr ||
           code == JSStreamStoreFailedErr;
}

int tape_error(struct error *error, natsStatus status, int code, const char *what)
{
    const char *reason = advice(status, code);
    char text[160];
    if (reason == NULL) {
        natsStatus last = NATS_OK;
        const char *said = nats_GetLastError(&last);
        char shown[160];
        bool of_this = said != NULL && last == status;
        tape_hide_secrets(shown, sizeof shown, of_this ? without_place(said) : natsStatus_GetText(status));
        text_clean(text, sizeof text, shown, strlen(shown));
        reason = text;
    }
    return error_set(error, ERROR_SERVER, "%s: %s", what, reason);
}
