/* The texts of single options, made into values: the same for the command line, the environment and the files. Each
 * function returns 0, or -1 with a sentence that names what is wrong but not where it stands (ERROR_USAGE). Pure. */
#ifndef APP_VALUE_H
#define APP_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* The parts of tapedeck that a process can carry; a set of them is their sum. */
enum role {
    ROLE_FEED = 1 << 0,
    ROLE_CHECKS = 1 << 1,
    ROLE_EXCHANGE = 1 << 2,
    ROLE_POSITIONS = 1 << 3,
    ROLE_RISK = 1 << 4,
    ROLE_GATEWAY = 1 << 5,
    ROLE_NOTIFIER = 1 << 6,
    ROLE_UI = 1 << 7,
    ROLES_ALL = (1 << 8) - 1,
};

enum { HTTP_HOST_SIZE = 64 };

/* Where the REST gateway listens. */
struct http_address {
    bool enabled;
    char host[HTTP_HOST_SIZE]; /* a numeric address, without brackets */
    uint16_t port;             /* 0: a free one */
};

/* yes, true, on, 1 or no, false, off, 0. */
int value_parse_bool(const char *text, bool *value, struct error *error);

/* A whole number from 1 to `largest`. */
int value_parse_count(const char *text, uint64_t largest, uint64_t *value, struct error *error);

/* `feed,checks,…` or `all`; a set of enum role. */
int value_parse_roles(const char *text, unsigned *roles, struct error *error);

/* `HOST:PORT` with `localhost` or a numeric address (IPv6 in brackets), or `off`. */
int value_parse_http(const char *text, struct http_address *address, struct error *error);

/* Host names or addresses, separated by commas. */
int value_check_names(const char *text, struct error *error);

/* A trading account: 1 to 31 bytes of UTF-8 without spaces, control characters, `/` and `*`. */
int value_check_account(const char *text, struct error *error);

/* A theme: a name of letters, digits, `-` and `_`, or a path with a `/` in it. */
int value_check_theme(const char *text, struct error *error);

/* `[nats://|tls://][user info@]host[:port]`, one or several separated by commas. */
int value_check_servers(const char *text, struct error *error);

/* True when one of the URLs carries user info: a token, or a user and a password. */
bool value_servers_have_secret(const char *text);

/* Puts `fill` over each byte of the user info of each URL, in place. */
void value_mask_servers(char *text, char fill);

/* The URLs with `***` for their user info. The caller frees the text. */
char *value_masked_servers(const char *text);

/* A copy of words and of the NULL behind them; value_free_words frees it, and may be given NULL. */
char **value_copy_words(char *const *words);
void value_free_words(char **words);

#endif
