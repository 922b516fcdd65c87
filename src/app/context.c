/* Contexts of the nats command. A context may hold a password or a token, so it is read with the checks of a secret. */
#include "app/context.h"

#include <cJSON.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "app/paths.h"

enum { CONTEXT_SIZE = 65536 };

int context_check_name(const char *name, struct error *error)
{
    if (name[0] == '\0')
        return error_set(error, ERROR_USAGE, "the value is empty");
    if (name[0] == '.' || strchr(name, '/') != NULL)
        return error_set(error, ERROR_USAGE, "'%.60s' is no name of a context", name);
    return 0;
}

static void wipe(char **text)
{
    if (*text != NULL)
        explicit_bzero(*text, strlen(*text));
    free(*text);
    *text = NULL;
}

void context_free(struct context *context)
{
    char **const texts[] = {&context->url,  &context->user, &context->password, &context->token, &context->creds,
                            &context->nkey, &context->ca,   &context->cert,     &context->key};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        wipe(texts[i]);
}

/* cJSON frees its texts without overwriting them. */
static void wipe_json(cJSON *json)
{
    for (cJSON *item = json != NULL ? json->child : NULL; item != NULL; item = item->next) {
        if (cJSON_IsString(item) && item->valuestring != NULL)
            explicit_bzero(item->valuestring, strlen(item->valuestring));
    }
    cJSON_Delete(json);
}

static int take(const cJSON *json, const char *key, bool is_path, char **text, struct error *error)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);
    char path[PATHS_SIZE];

    if (item == NULL || cJSON_IsNull(item))
        return 0;
    if (!cJSON_IsString(item))
        return error_set(error, ERROR_USAGE, "%s is no text", key);
    if (item->valuestring[0] == '\0')
        return 0;
    if (is_path && paths_absolute(path, item->valuestring, error) != 0)
        return -1;
    *text = strdup(is_path ? path : item->valuestring);
    if (*text == NULL)
        abort();
    return 0;
}

static int parse(struct context *context, const char *text, struct error *error)
{
    const struct {
        const char *key;
        bool is_path;
        char **text;
    } keys[] = {
        {"url", false, &context->url},     {"user", false, &context->user},  {"password", false, &context->password},
        {"token", false, &context->token}, {"creds", true, &context->creds}, {"nkey", true, &context->nkey},
        {"ca", true, &context->ca},        {"cert", true, &context->cert},   {"key", true, &context->key},
    };
    cJSON *json = cJSON_ParseWithOpts(text, NULL, true);
    int result = 0;

    if (!cJSON_IsObject(json))
        result = error_set(error, ERROR_USAGE, "it is no JSON object");
    for (size_t i = 0; result == 0 && i < sizeof(keys) / sizeof(keys[0]); i++)
        result = take(json, keys[i].key, keys[i].is_path, keys[i].text, error);
    wipe_json(json);
    return result;
}

int context_read(struct context *context, const char *name, struct error *error)
{
    char path[PATHS_SIZE];

    *context = (struct context){0};
    if (context_check_name(name, error) != 0 || paths_nats_context(path, name, error) != 0)
        return -1;
    char *text = malloc(CONTEXT_SIZE);

    if (text == NULL)
        abort();
    int result = paths_read_secret(path, text, CONTEXT_SIZE, error);

    if (result != 0) {
        if (error != NULL)
            error->kind = ERROR_USAGE;
    } else if (parse(context, text, error) != 0) {
        result = error_prefix(error, "%s", path);
        context_free(context);
    }
    explicit_bzero(text, CONTEXT_SIZE);
    free(text);
    return result;
}
