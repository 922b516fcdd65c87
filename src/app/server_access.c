/* Where the server is and who we are there. Files with secrets are read here, once, with the checks of a secret. */
#include "app/server_access.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/context.h"
#include "app/paths.h"

enum { SECRET_SIZE = 32768, RECONNECT_WAIT_MS = 2000 };

bool server_access_is_remote(const struct options *options)
{
    return options->server != NULL || options->login.context != NULL;
}

static char *copy(const char *text)
{
    char *result = text != NULL ? strdup(text) : NULL;

    if (text != NULL && result == NULL)
        abort();
    return result;
}

static void wipe(char **text)
{
    if (*text != NULL)
        explicit_bzero(*text, strlen(*text));
    free(*text);
    *text = NULL;
}

void server_access_free(struct server_access *access)
{
    char **const texts[] = {&access->urls,        &access->user,    &access->password,         &access->token,
                            &access->credentials, &access->ca_file, &access->certificate_file, &access->key};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        wipe(texts[i]);
}

/* The text of a file that only this user can read; `path` NULL: none. */
static int read_secret(char **text, const char *path, struct error *error)
{
    char buffer[SECRET_SIZE];

    if (path == NULL)
        return 0;
    int result = paths_read_secret(path, buffer, sizeof(buffer), error);

    if (result == 0)
        *text = copy(buffer);
    else if (error != NULL)
        error->kind = ERROR_USAGE;
    explicit_bzero(buffer, sizeof(buffer));
    return result;
}

static int read_login(struct server_access *access, const char *user, const char *password, const char *token,
                      const char *creds, struct error *error)
{
    int logins = (user != NULL) + (token != NULL) + (creds != NULL);

    if (logins > 1)
        return error_set(error, ERROR_USAGE,
                         "there is more than one login: give a user and password, a token, or credentials");
    if (password != NULL && user == NULL)
        return error_set(error, ERROR_USAGE, "there is a password for the server, but no user");
    access->user = copy(user);
    access->password = copy(password);
    access->token = copy(token);
    return read_secret(&access->credentials, creds, error);
}

static int read_tls(struct server_access *access, const char *ca, const char *cert, const char *key,
                    struct error *error)
{
    if ((cert == NULL) != (key == NULL))
        return error_set(error, ERROR_USAGE, "a client certificate and its private key belong together");
    access->ca_file = copy(ca);
    access->certificate_file = copy(cert);
    return read_secret(&access->key, key, error);
}

static const char *first(const char *option, const char *context)
{
    return option != NULL ? option : context;
}

static int read_remote(struct server_access *access, const struct options *options, const struct context *context,
                       struct error *error)
{
    const char *user = options->login.user, *password = options->login.password, *token = options->login.token,
               *creds = options->login.creds;

    if (first(options->server, context->url) == NULL)
        return error_set(error, ERROR_USAGE, "the context %.60s names no server; give --server",
                         options->login.context);
    access->urls = copy(first(options->server, context->url));
    if (value_check_servers(access->urls, error) != 0)
        return error_prefix(error, "the context %.60s", options->login.context);
    if (user == NULL && password == NULL && token == NULL && creds == NULL) {
        user = context->user;
        password = context->password;
        token = context->token;
        creds = first(context->creds, context->nkey);
    }
    /* A certificate and its key come from the same place. */
    bool own = options->login.tls_cert != NULL || options->login.tls_key != NULL;

    if (read_login(access, user, password, token, creds, error) != 0)
        return -1;
    return read_tls(access, first(options->login.tls_ca, context->ca), own ? options->login.tls_cert : context->cert,
                    own ? options->login.tls_key : context->key, error);
}

int server_access_read(struct server_access *access, const struct options *options, const char *local_url,
                       struct error *error)
{
    struct context context = {0};

    *access = (struct server_access){.remote = local_url == NULL};
    if (local_url != NULL) {
        access->urls = copy(local_url);
        return 0;
    }
    if (options->login.context != NULL && context_read(&context, options->login.context, error) != 0)
        return -1;
    int result = read_remote(access, options, &context, error);

    context_free(&context);
    if (result != 0)
        server_access_free(access);
    return result;
}

int server_access_find(struct server_access *access, const struct options *options, struct error *error)
{
    char path[PATHS_SIZE];
    char *url = NULL;

    if (server_access_is_remote(options))
        return server_access_read(access, options, NULL, error);
    if (paths_join(path, options->state_dir, "server.url", error) != 0)
        return -1;
    if (faccessat(AT_FDCWD, path, F_OK, 0) != 0)
        return error_set(error, ERROR_SERVER, "no tapedeck runs on %s; start one, or give --server",
                         options->state_dir);
    if (read_secret(&url, path, error) != 0)
        return -1;
    int result = server_access_read(access, options, url, error);

    wipe(&url);
    return result;
}

struct tape_options server_access_options(const struct server_access *access, const char *name)
{
    return (struct tape_options){
        .urls = access->urls,
        .name = name,
        .reconnect_wait_ms = access->remote ? RECONNECT_WAIT_MS : 0,
        .user = access->user,
        .password = access->password,
        .token = access->token,
        .credentials = access->credentials,
        .ca_file = access->ca_file,
        .certificate_file = access->certificate_file,
        .key = access->key,
    };
}
