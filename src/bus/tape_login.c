/* The login. nats.c reads credentials from a path of its own choosing of moment and through links, so the text is read
 * by whoever checked the file, and the answers to the server's challenge are made here from memory.
 *
 * nats.c also writes user, password and token into its JSON as they are; quotes in them are escaped here, or a password
 * could say something else than that it is one. */
#include "bus/tape_login.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

enum {
    SERVERS_MAX = 32,
    SEED_CHARACTERS = 58, /* 36 bytes in base32 */
    SEED_BYTES = 36,      /* two bytes of prefix, the seed, its checksum */
    SEED_PREFIX_BYTES = 2,
    KEY_BYTES = 32,
    CHECKSUM_BYTES = 2,
    PUBLIC_PREFIX_USER = 20 << 3, /* the letter U */
    PUBLIC_KEY_CHARACTERS = 56,   /* 35 bytes in base32 */
};

struct tape_login {
    char *user, *password, *token; /* escaped; NULL: none */
    char *jwt;                     /* NULL: the key alone is the login */
    char seed[SEED_CHARACTERS + 1];
    char public_key[PUBLIC_KEY_CHARACTERS + 1];
    atomic_bool unlucky; /* a signature could not be sent since it was asked last */
};

static void wipe(char *text)
{
    if (text != NULL)
        explicit_bzero(text, strlen(text));
    free(text);
}

/* The text as it may stand between quotes in JSON. */
static char *escape(const char *text)
{
    char *escaped = malloc(6 * strlen(text) + 1), *out = escaped;
    if (escaped == NULL)
        abort();
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\') {
            *out++ = '\\';
            *out++ = *at;
        } else if ((unsigned char)*at < ' ') {
            out += sprintf(out, "\\u%04x", (unsigned)(unsigned char)*at);
        } else {
            *out++ = *at;
        }
    }
    *out = '\0';
    return escaped;
}

static const char BASE32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* -1 for a character that is not base32, and for bits left over. */
static int decode_base32(const char *text, size_t characters, uint8_t *bytes, size_t count)
{
    uint32_t bits = 0;
    unsigned held = 0;
    size_t at = 0;
    for (size_t i = 0; i < characters; i++) {
        const char *found = text[i] != '\0' ? strchr(BASE32, text[i]) : NULL;
        if (found == NULL)
            return -1;
        bits = bits << 5 | (uint32_t)(found - BASE32);
        held += 5;
        if (held >= 8) {
            held -= 8;
            if (at == count)
                return -1;
            bytes[at++] = (uint8_t)(bits >> held);
        }
    }
    return at == count ? 0 : -1;
}

/* For a number of bytes that fills whole characters. */
static void encode_base32(const uint8_t *bytes, size_t count, char *text)
{
    uint32_t bits = 0;
    unsigned held = 0;
    for (size_t i = 0; i < count; i++) {
        bits = bits << 8 | bytes[i];
        held += 8;
        while (held >= 5) {
            held -= 5;
            *text++ = BASE32[bits >> held & 31];
        }
    }
    *text = '\0';
}

/* CRC-16/XMODEM, as NKeys have it. */
static uint16_t checksum(const uint8_t *bytes, size_t count)
{
    uint16_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum ^= (uint16_t)(bytes[i] << 8);
        for (int bit = 0; bit < 8; bit++)
            sum = (uint16_t)((sum & 0x8000) != 0 ? sum << 1 ^ 0x1021 : sum << 1);
    }
    return sum;
}

static bool has_checksum(const uint8_t *bytes, size_t count)
{
    uint16_t sum = checksum(bytes, count);
    return bytes[count] == (sum & 0xff) && bytes[count + 1] == sum >> 8;
}

/* The public key that belongs to a seed: the server knows its users by it. */
static int derive_public_key(struct tape_login *login, struct error *error)
{
    uint8_t seed[SEED_BYTES], public_key[1 + KEY_BYTES + CHECKSUM_BYTES];
    size_t length = KEY_BYTES;
    int result = -1;
    if (decode_base32(login->seed, SEED_CHARACTERS, seed, sizeof seed) != 0 ||
        !has_checksum(seed, SEED_BYTES - CHECKSUM_BYTES)) {
        explicit_bzero(seed, sizeof seed);
        return error_set(error, ERROR_USAGE, "the NKey seed of the credentials is damaged");
    }
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed + SEED_PREFIX_BYTES, KEY_BYTES);
    explicit_bzero(seed, sizeof seed);
    if (key != NULL && EVP_PKEY_get_raw_public_key(key, public_key + 1, &length) == 1) {
        public_key[0] = PUBLIC_PREFIX_USER;
        uint16_t sum = checksum(public_key, 1 + KEY_BYTES);
        public_key[1 + KEY_BYTES] = (uint8_t)(sum & 0xff);
        public_key[2 + KEY_BYTES] = (uint8_t)(sum >> 8);
        encode_base32(public_key, sizeof public_key, login->public_key);
        result = 0;
    } else {
        error_set(error, ERROR_FAILED, "the NKey of the credentials cannot be used");
    }
    EVP_PKEY_free(key);
    return result;
}

/* The first word behind a line that begins a block; NULL when there is no such block. */
static const char *block(const char *text, const char *begin, size_t *length)
{
    const char *at = strstr(text, begin);
    if (at == NULL || (at = strchr(at, '\n')) == NULL)
        return NULL;
    at += strspn(at, " \t\r\n");
    *length = strcspn(at, " \t\r\n");
    return at;
}

static int read_credentials(struct tape_login *login, const char *text, struct error *error)
{
    size_t jwt_length = 0, seed_length = 0;
    const char *jwt = block(text, "BEGIN NATS USER JWT", &jwt_length);
    const char *seed = block(text, "BEGIN USER NKEY SEED", &seed_length);
    if (jwt == NULL && seed == NULL) {
        seed = text + strspn(text, " \t\r\n");
        seed_length = strcspn(seed, " \t\r\n");
    }
    if (seed == NULL || seed_length != SEED_CHARACTERS || seed[0] != 'S' || seed[1] != 'U')
        return error_set(error, ERROR_USAGE, "the credentials hold no NKey seed of a user");
    memcpy(login->seed, seed, SEED_CHARACTERS);
    if (jwt != NULL) {
        if (jwt_length == 0 || jwt[0] == '-')
            return error_set(error, ERROR_USAGE, "the credentials hold no user JWT");
        login->jwt = strndup(jwt, jwt_length);
        if (login->jwt == NULL)
            abort();
    }
    return derive_public_key(login, error);
}

struct tape_login *tape_login_create(const struct tape_options *wanted, struct error *error)
{
    struct tape_login *login = calloc(1, sizeof *login);
    if (login == NULL)
        abort();
    if (wanted->user != NULL)
        login->user = escape(wanted->user);
    if (wanted->password != NULL)
        login->password = escape(wanted->password);
    if (wanted->token != NULL)
        login->token = escape(wanted->token);
    if (wanted->credentials != NULL && read_credentials(login, wanted->credentials, error) != 0) {
        tape_login_destroy(login);
        return NULL;
    }
    return login;
}

void tape_login_destroy(struct tape_login *login)
{
    if (login == NULL)
        return;
    wipe(login->user);
    wipe(login->password);
    wipe(login->token);
    wipe(login->jwt);
    explicit_bzero(login, sizeof *login);
    free(login);
}

/* nats.c frees what these give to it. */
static natsStatus give_jwt(char **jwt, char **problem, void *context)
{
    (void)problem;
    const struct tape_login *login = context;
    *jwt = strdup(login->jwt);
    return *jwt != NULL ? NATS_OK : NATS_NO_MEMORY;
}

/* nats.c up to 3.4.1 takes a signature whose first byte is 0, one in 256, for none at all: the login would be refused,
 * and after the second time given up for good. Such an attempt fails here instead; the next one is another challenge.
 */
static natsStatus sign(char **problem, unsigned char **signature, int *length, const char *nonce, void *context)
{
    (void)problem;
    struct tape_login *login = context;
    /* A server that knows no keys sends no challenge, and refuses the login by itself. */
    if (nonce == NULL)
        nonce = "";
    natsStatus status = nats_Sign(login->seed, nonce, signature, length);
    if (status != NATS_OK || (*signature)[0] != 0)
        return status;
    free(*signature);
    *signature = NULL;
    atomic_store(&login->unlucky, true);
    return NATS_ERR;
}

bool tape_login_was_unlucky(struct tape_login *login)
{
    return atomic_exchange(&login->unlucky, false);
}

natsStatus tape_login_apply(const struct tape_login *login, natsOptions *options)
{
    /* nats.c takes contexts that it does not change as pointers to what it could. */
    void *context = (void *)(uintptr_t)login;
    natsStatus status = NATS_OK;
    if (login->user != NULL)
        status = natsOptions_SetUserInfo(options, login->user, login->password != NULL ? login->password : "");
    if (status == NATS_OK && login->token != NULL)
        status = natsOptions_SetToken(options, login->token);
    if (status == NATS_OK && login->jwt != NULL)
        status = natsOptions_SetUserCredentialsCallbacks(options, give_jwt, context, sign, context);
    else if (status == NATS_OK && login->seed[0] != '\0')
        status = natsOptions_SetNKey(options, login->public_key, sign, context);
    return status;
}

natsStatus tape_login_set_servers(natsOptions *options, const char *urls)
{
    char *copy = strdup(urls);
    if (copy == NULL)
        abort();
    const char *servers[SERVERS_MAX];
    int count = 0;
    char *rest = NULL;
    for (char *url = strtok_r(copy, ", \t", &rest); url != NULL; url = strtok_r(NULL, ", \t", &rest)) {
        if (count == SERVERS_MAX)
            break;
        servers[count++] = url;
    }
    natsStatus status = count > 0 ? natsOptions_SetServers(options, servers, count) : NATS_INVALID_ARG;
    explicit_bzero(copy, strlen(urls));
    free(copy);
    return status;
}
