/* Where the REST gateway takes its secrets from, see http_access.h. */
#include "app/http_access.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/paths.h"
#include "core/unique.h"

enum { TOKEN_BYTES = 32, PEM_SIZE = 65536 };

static void make_token(char *text)
{
    unsigned char bytes[TOKEN_BYTES];
    unique_bytes(bytes, sizeof bytes);
    for (int i = 0; i < TOKEN_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    explicit_bzero(bytes, sizeof bytes);
}

static int read_key(char **key, const char *path, struct error *error)
{
    char *text = malloc(PEM_SIZE);
    if (text == NULL)
        abort();
    int result = paths_read_secret(path, text, PEM_SIZE, error);
    if (result == 0)
        *key = text;
    else
        free(text);
    return result;
}

/* A certificate is no secret; it may be anybody's file. */
static int read_certificate(char **certificate, const char *path, struct error *error)
{
    FILE *file = fopen(path, "re");
    char *text = malloc(PEM_SIZE);
    if (text == NULL)
        abort();
    size_t length = file != NULL ? fread(text, 1, PEM_SIZE - 1, file) : 0;
    bool failed = file == NULL || ferror(file) != 0 || length == 0 || length == PEM_SIZE - 1;
    if (failed)
        error_set(error, ERROR_USAGE, "cannot read the certificate %s: %s", path,
                  errno != 0 ? strerror(errno) : "it is empty or too long");
    if (file != NULL)
        fclose(file);
    text[length] = '\0';
    if (failed)
        free(text);
    else
        *certificate = text;
    return failed ? -1 : 0;
}

int http_access_read(struct http_access *access, const struct options *options, struct error *error)
{
    const char *certificate = options->http_cert, *key = options->http_key;
    *access = (struct http_access){.own_token = options->http_token != NULL};
    if ((certificate != NULL) != (key != NULL))
        return error_set(error, ERROR_USAGE, "--http-cert and --http-key go together");
    errno = 0;
    if ((access->own_token &&
         paths_read_secret(options->http_token, access->token, sizeof access->token, error) != 0) ||
        (certificate != NULL && read_certificate(&access->certificate, certificate, error) != 0) ||
        (key != NULL && read_key(&access->key, key, error) != 0)) {
        if (error != NULL)
            error->kind = ERROR_USAGE;
        return -1;
    }
    if (!access->own_token)
        make_token(access->token);
    return 0;
}

void http_access_url(const struct http_access *access, const struct options *options, int port, char *url, size_t size)
{
    const char *host = options->http.host, *scheme = access->certificate != NULL ? "https" : "http";
    if (options->http_names != NULL)
        snprintf(url, size, "%s://%.*s:%d", scheme, (int)strcspn(options->http_names, ","), options->http_names, port);
    else
        snprintf(url, size, strchr(host, ':') != NULL ? "%s://[%s]:%d" : "%s://%s:%d", scheme, host, port);
}

void http_access_free(struct http_access *access)
{
    explicit_bzero(access->token, sizeof access->token);
    if (access->key != NULL)
        explicit_bzero(access->key, strlen(access->key));
    free(access->key);
    free(access->certificate);
    access->key = access->certificate = NULL;
}
