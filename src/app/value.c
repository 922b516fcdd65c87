/* The texts of single options, made into values. */
#include "app/value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/quote.h"
#include "core/text.h"

static const struct {
    const char *name;
    unsigned roles;
} ROLE_NAMES[] = {
    {"feed", ROLE_FEED},           {"checks", ROLE_CHECKS}, {"exchange", ROLE_EXCHANGE},
    {"positions", ROLE_POSITIONS}, {"risk", ROLE_RISK},     {"gateway", ROLE_GATEWAY},
    {"notifier", ROLE_NOTIFIER},   {"ui", ROLE_UI},         {"all", ROLES_ALL},
};

int value_parse_bool(const char *text, bool *value, struct error *error)
{
    static const char *const YES[] = {"yes", "true", "on", "1"}, *const NO[] = {"no", "false", "off", "0"};

    for (size_t i = 0; i < sizeof(YES) / sizeof(YES[0]); i++) {
        bool is_yes = text_equal_nocase(text, YES[i]);

        if (is_yes || text_equal_nocase(text, NO[i])) {
            *value = is_yes;
            return 0;
        }
    }
    return error_set(error, ERROR_USAGE, "'%.60s' is neither yes nor no", text);
}

int value_parse_count(const char *text, uint64_t largest, uint64_t *value, struct error *error)
{
    uint64_t sum = 0;
    bool valid = text[0] != '\0';

    for (const char *at = text; valid && *at != '\0'; at++) {
        valid = *at >= '0' && *at <= '9' && !__builtin_mul_overflow(sum, UINT64_C(10), &sum) &&
                !__builtin_add_overflow(sum, (uint64_t)(*at - '0'), &sum);
    }
    if (!valid || sum == 0 || sum > largest)
        return error_set(error, ERROR_USAGE, "'%.60s' is not a whole number from 1 to %llu", text,
                         (unsigned long long)largest);
    *value = sum;
    return 0;
}

/* The set that a word stands for; 0 when it is none. */
static unsigned roles_named(const char *word, size_t length)
{
    for (size_t i = 0; i < sizeof(ROLE_NAMES) / sizeof(ROLE_NAMES[0]); i++) {
        if (strlen(ROLE_NAMES[i].name) == length && memcmp(ROLE_NAMES[i].name, word, length) == 0)
            return ROLE_NAMES[i].roles;
    }
    return 0;
}

int value_parse_roles(const char *text, unsigned *roles, struct error *error)
{
    unsigned result = 0;

    for (const char *at = text;;) {
        size_t length = strcspn(at, ",");
        unsigned named = roles_named(at, length);

        if (named == 0)
            return error_set(error, ERROR_USAGE,
                             "'%.*s' is no role; they are feed, checks, exchange, positions, risk, gateway, notifier, "
                             "ui and all",
                             length > 60 ? 60 : (int)length, at);
        if ((result & named) != 0)
            return error_set(error, ERROR_USAGE, "the role '%.*s' stands twice", (int)length, at);
        result |= named;
        if (at[length] == '\0')
            break;
        at += length + 1;
    }
    *roles = result;
    return 0;
}

/* Makes a host numeric. False when it is neither localhost nor an address. */
static bool numeric_host(char host[HTTP_HOST_SIZE])
{
    struct in6_addr address;

    if (text_equal_nocase(host, "localhost"))
        return text_copy(host, HTTP_HOST_SIZE, "127.0.0.1");
    return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

int value_parse_http(const char *text, struct http_address *address, struct error *error)
{
    struct http_address result = {.enabled = true};
    const char *colon = strrchr(text, ':');
    const char *host = text;
    unsigned long port = 0;

    if (strcmp(text, "off") == 0) {
        *address = (struct http_address){.enabled = false};
        return 0;
    }
    bool valid = colon != NULL && colon != text && colon[1] != '\0' && strlen(colon + 1) <= 5 &&
                 strspn(colon + 1, "0123456789") == strlen(colon + 1);
    if (valid) {
        port = strtoul(colon + 1, NULL, 10);
        valid = port <= 65535;
    }
    if (!valid)
        return error_set(error, ERROR_USAGE, "'%.60s' is neither HOST:PORT nor off", text);
    size_t length = (size_t)(colon - text);

    if (length > 2 && text[0] == '[' && colon[-1] == ']') {
        host++;
        length -= 2;
    }
    if (length < sizeof(result.host)) {
        memcpy(result.host, host, length);
        result.host[length] = '\0';
    }
    if (length >= sizeof(result.host) || !numeric_host(result.host))
        return error_set(error, ERROR_USAGE, "'%.*s' is not an address to listen on, such as 127.0.0.1",
                         length > 60 ? 60 : (int)length, host);
    result.port = (uint16_t)port;
    *address = result;
    return 0;
}

int value_check_names(const char *text, struct error *error)
{
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");

        if (length == 0 || length > 253)
            return error_set(error, ERROR_USAGE, "there is an empty or too long name among '%.60s'", text);
        for (size_t i = 0; i < length; i++) {
            if (!isalnum((unsigned char)at[i]) && strchr("-._:[]", at[i]) == NULL)
                return error_set(error, ERROR_USAGE, "'%.*s' is no name of a host", length > 60 ? 60 : (int)length, at);
        }
        at += length;
        if (*at == '\0')
            return 0;
    }
}

int value_check_account(const char *text, struct error *error)
{
    char clean[ACCOUNT_SIZE];
    size_t length = strlen(text);

    if (length == 0 || length >= ACCOUNT_SIZE)
        return error_set(error, ERROR_USAGE, "an account's name has 1 to %d bytes", ACCOUNT_SIZE - 1);
    if (!text_is_utf8(text, length) || text_clean(clean, sizeof(clean), text, length) != length ||
        strpbrk(text, " /*") != NULL)
        return error_set(error, ERROR_USAGE, "an account's name has no spaces, control characters, '/' or '*'");
    return 0;
}

int value_check_theme(const char *text, struct error *error)
{
    size_t length = strlen(text);

    if (strchr(text, '/') == NULL && !text_is_id(text, length, 64))
        return error_set(error, ERROR_USAGE,
                         "'%.60s' is no theme: give a name of letters, digits, - and _, or a path with a /", text);
    return 0;
}

/* One URL of a list: where its host begins, behind the scheme and the user info. */
static const char *host_of(const char *url, size_t length)
{
    const char *end = url + length, *host = url;

    for (const char *at = url; at + 2 < end; at++) {
        if (memcmp(at, "://", 3) == 0) {
            host = at + 3;
            break;
        }
    }
    for (const char *at = end; at > host; at--) {
        if (at[-1] == '@')
            return at;
    }
    return host;
}

/* Where its user info begins; equal to the host when there is none. */
static const char *user_info_of(const char *url, size_t length)
{
    const char *host = host_of(url, length);

    if (host == url || host[-1] != '@')
        return host;
    for (const char *at = url; at + 2 < host; at++) {
        if (memcmp(at, "://", 3) == 0)
            return at + 3;
    }
    return url;
}

static bool has_good_port(const char *host, const char *end)
{
    const char *colon = memrchr(host, ':', (size_t)(end - host));
    unsigned long port = 0;

    if (memchr(host, '[', (size_t)(end - host)) != NULL) { /* [::1] or [::1]:4222 */
        const char *bracket = memchr(host, ']', (size_t)(end - host));
        if (host[0] != '[' || bracket == NULL || bracket == host + 1)
            return false;
        if (bracket + 1 == end)
            return true;
        colon = bracket + 1;
        if (*colon != ':')
            return false;
    }
    if (colon == NULL)
        return end > host;
    for (const char *at = colon + 1; at < end; at++) {
        if (*at < '0' || *at > '9' || (port = port * 10 + (unsigned long)(*at - '0')) > 65535)
            return false;
    }
    return colon > host && colon + 1 < end && port > 0;
}

/* The sentence never holds the URL: it may carry a secret. */
static int check_server(const char *url, size_t length, int number, struct error *error)
{
    const char *user_info = user_info_of(url, length), *host = host_of(url, length);
    size_t scheme = (size_t)(user_info - url);

    for (size_t i = 0; i < length; i++) {
        if (isspace((unsigned char)url[i]) || iscntrl((unsigned char)url[i]))
            return error_set(error, ERROR_USAGE, "server %d of the list has a space in it", number);
    }
    if (scheme > 0 && !(scheme == 7 && memcmp(url, "nats://", 7) == 0) &&
        !(scheme == 6 && memcmp(url, "tls://", 6) == 0))
        return error_set(error, ERROR_USAGE, "server %d of the list begins neither with nats:// nor with tls://",
                         number);
    bool has_path = host[strcspn(host, "/?#,")] != ',' && host + strcspn(host, "/?#,") < url + length;

    if (has_path || !has_good_port(host, url + length))
        return error_set(error, ERROR_USAGE, "server %d of the list is not nats://HOST:PORT", number);
    return 0;
}

int value_check_servers(const char *text, struct error *error)
{
    int number = 1;

    for (const char *at = text;; number++) {
        size_t length = strcspn(at, ",");

        if (check_server(at, length, number, error) != 0)
            return -1;
        if (at[length] == '\0')
            return 0;
        at += length + 1;
    }
}

bool value_servers_have_secret(const char *text)
{
    return strchr(text, '@') != NULL;
}

void value_mask_servers(char *text, char fill)
{
    for (char *at = text; *at != '\0';) {
        size_t length = strcspn(at, ",");
        size_t from = (size_t)(user_info_of(at, length) - at), to = (size_t)(host_of(at, length) - at);

        if (to > from)
            memset(at + from, fill, to - from - 1);
        at += length + (at[length] == ',' ? 1 : 0);
    }
}

char *value_masked_servers(const char *text)
{
    char *masked = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&masked, &size);

    if (out == NULL)
        abort();
    for (const char *at = text; *at != '\0';) {
        size_t length = strcspn(at, ",");
        const char *user_info = user_info_of(at, length), *host = host_of(at, length);

        fprintf(out, "%.*s%s%.*s", (int)(user_info - at), at, host > user_info ? "***@" : "", (int)(at + length - host),
                host);
        at += length;
        if (*at == ',') {
            fputc(',', out);
            at++;
        }
    }
    if (fclose(out) != 0)
        abort();
    return masked;
}

char **value_copy_words(char *const *words)
{
    size_t count = 0;

    while (words[count] != NULL)
        count++;
    char **copy = calloc(count + 1, sizeof(char *));

    if (copy == NULL)
        abort();
    for (size_t i = 0; i < count; i++) {
        copy[i] = strdup(words[i]);
        if (copy[i] == NULL)
            abort();
    }
    return copy;
}

void value_free_words(char **words)
{
    for (size_t i = 0; words != NULL && words[i] != NULL; i++)
        free(words[i]);
    free(words);
}
