/* One libcurl handle, which keeps its connection from post to post. */
#include "bus/webhook.h"

#include <assert.h>
#include <curl/curl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/curl_once.h"

enum { ANSWER_BYTES_MAX = 1 << 16, SIGNATURE_BYTES = 32, HEADER_SIZE = 320 };

struct webhook {
    CURL *curl;
    char *secret; /* owned; NULL: none */
    size_t answer_bytes;
    atomic_bool stopping;
};

/* What the receiver says is not read, but for its status; one that does not come to an end is cut off. */
static size_t on_data(char *data, size_t size, size_t count, void *context)
{
    struct webhook *webhook = context;
    (void)data;
    webhook->answer_bytes += size * count;
    return webhook->answer_bytes <= ANSWER_BYTES_MAX ? size * count : 0;
}

static int on_progress(void *context, curl_off_t total, curl_off_t now, curl_off_t upload_total, curl_off_t upload_now)
{
    (void)total;
    (void)now;
    (void)upload_total;
    (void)upload_now;
    struct webhook *webhook = context;
    return atomic_load(&webhook->stopping) ? 1 : 0;
}

static int check_url(const char *url, struct error *error)
{
    CURLU *parts = curl_url();
    char *scheme = NULL;
    bool good = parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
                curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
    curl_free(scheme);
    curl_url_cleanup(parts);
    return good ? 0 : error_set(error, ERROR_USAGE, "the address of the web hook is none of http or https");
}

struct webhook *webhook_create(const struct webhook_options *options, struct error *error)
{
    curl_once();
    if (check_url(options->url, error) != 0)
        return NULL;
    struct webhook *webhook = calloc(1, sizeof *webhook);
    if (webhook == NULL)
        abort();
    webhook->secret = options->secret != NULL ? strdup(options->secret) : NULL;
    CURL *curl = webhook->curl = curl_easy_init();
    if (curl == NULL || (options->secret != NULL && webhook->secret == NULL))
        abort();
    curl_easy_setopt(curl, CURLOPT_URL, options->url);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)options->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "tapedeck");
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, webhook);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, webhook);
    return webhook;
}

void webhook_destroy(struct webhook *webhook)
{
    if (webhook == NULL)
        return;
    curl_easy_cleanup(webhook->curl);
    if (webhook->secret != NULL)
        explicit_bzero(webhook->secret, strlen(webhook->secret));
    free(webhook->secret);
    free(webhook);
}

void webhook_stop(struct webhook *webhook)
{
    atomic_store(&webhook->stopping, true);
}

static struct curl_slist *add_header(struct curl_slist *headers, const char *text)
{
    struct curl_slist *longer = curl_slist_append(headers, text);
    if (longer == NULL)
        abort();
    return longer;
}

static struct curl_slist *add_signature(struct curl_slist *headers, const struct webhook *webhook,
                                        const struct webhook_message *message)
{
    char line[HEADER_SIZE];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_bytes = 0;
    const unsigned char *made =
        HMAC(EVP_sha256(), webhook->secret, (int)strlen(webhook->secret), (const unsigned char *)message->payload,
             message->payload_bytes, digest, &digest_bytes);
    assert(made != NULL && digest_bytes == SIGNATURE_BYTES);
    int length = snprintf(line, sizeof line, "X-Tapedeck-Signature: sha256=");
    for (unsigned i = 0; i < digest_bytes; i++)
        length += snprintf(line + length, sizeof line - (size_t)length, "%02x", digest[i]);
    return add_header(headers, line);
}

int webhook_post(struct webhook *webhook, const struct webhook_message *message, struct error *error)
{
    char line[HEADER_SIZE];
    struct curl_slist *headers = add_header(NULL, "Content-Type: application/json");
    snprintf(line, sizeof line, "X-Tapedeck-Id: %s", message->id);
    headers = add_header(headers, line);
    snprintf(line, sizeof line, "X-Tapedeck-Delivery: %" PRIu64, message->delivery);
    headers = add_header(headers, line);
    if (webhook->secret != NULL)
        headers = add_signature(headers, webhook, message);
    webhook->answer_bytes = 0;
    curl_easy_setopt(webhook->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(webhook->curl, CURLOPT_POSTFIELDSIZE, (long)message->payload_bytes);
    curl_easy_setopt(webhook->curl, CURLOPT_POSTFIELDS, message->payload);
    CURLcode code = curl_easy_perform(webhook->curl);
    long status = 0;
    curl_easy_getinfo(webhook->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_setopt(webhook->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    if (code != CURLE_OK)
        return error_set(error, ERROR_FAILED, "the web hook cannot be reached: %s", curl_easy_strerror(code));
    if (status < 200 || status > 299)
        return error_set(error, ERROR_FAILED, "the web hook answered with HTTP status %ld", status);
    return 0;
}
