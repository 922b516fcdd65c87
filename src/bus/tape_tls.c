/* TLS. nats.c reads files by name; the private key is handed to it as a file that exists in memory only, so that it is
 * the checked text and no other that is used, and the certificate's chain is read whole, which nats.c does for files
 * only. nats.c 3.4.1 ignores the scheme of a URL, so `tls://` is made true here. */
#include "bus/tape_tls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/err.h>

static bool any_tls_url(const char *urls)
{
    return strcasestr(urls, "tls://") != NULL;
}

static int check_readable(const char *what, const char *path, struct error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return error_set(error, ERROR_USAGE, "cannot read the %s %s: %s", what, path, strerror(errno));
    close(fd);
    return 0;
}

static int use_authorities(const char *path, natsOptions *options, struct error *error)
{
    if (check_readable("CA file", path, error) != 0)
        return -1;
    if (natsOptions_LoadCATrustedCertificates(options, path) != NATS_OK)
        return error_set(error, ERROR_USAGE, "the CA file %s holds no certificate in PEM", path);
    return 0;
}

static bool write_all(int fd, const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t written = write(fd, text, left);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        text += written;
        left -= (size_t)written;
    }
    return true;
}

static int use_certificate(const struct tape_options *wanted, natsOptions *options, struct error *error)
{
    const char *path = wanted->certificate_file;
    char key_path[32];
    if (wanted->key == NULL)
        return error_set(error, ERROR_USAGE, "the client certificate %s needs its private key", path);
    if (check_readable("client certificate", path, error) != 0)
        return -1;
    /* OpenSSL would ask for the pass phrase on the terminal. */
    if (strstr(wanted->key, "ENCRYPTED") != NULL)
        return error_set(error, ERROR_USAGE, "the private key of %s has a pass phrase, which cannot be asked for",
                         path);
    int fd = memfd_create("tapedeck", MFD_CLOEXEC);
    if (fd < 0 || !write_all(fd, wanted->key)) {
        error_set(error, ERROR_FAILED, "cannot keep the private key in memory: %s", strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    snprintf(key_path, sizeof key_path, "/proc/self/fd/%d", fd);
    natsStatus status = natsOptions_LoadCertificatesChain(options, path, key_path);
    close(fd);
    if (status == NATS_OK)
        return 0;
    const char *said = nats_GetLastError(NULL);
    if (said != NULL && strstr(said, "mismatch") != NULL)
        return error_set(error, ERROR_USAGE, "the private key does not belong to the client certificate %s", path);
    if (said != NULL && strstr(said, "private key") != NULL)
        return error_set(error, ERROR_USAGE, "the private key of the client certificate %s is not in PEM", path);
    return error_set(error, ERROR_USAGE, "the client certificate %s is not in PEM", path);
}

int tape_tls_apply(const struct tape_options *wanted, natsOptions *options, struct error *error)
{
    if (wanted->key != NULL && wanted->certificate_file == NULL)
        return error_set(error, ERROR_USAGE, "the private key needs its client certificate");
    bool secure =
        wanted->tls || wanted->ca_file != NULL || wanted->certificate_file != NULL || any_tls_url(wanted->urls);
    if (secure && natsOptions_SetSecure(options, true) != NATS_OK)
        return error_set(error, ERROR_FAILED, "TLS cannot be used: %s", nats_GetLastError(NULL));
    if (wanted->ca_file != NULL && use_authorities(wanted->ca_file, options, error) != 0)
        return -1;
    return wanted->certificate_file != NULL ? use_certificate(wanted, options, error) : 0;
}

const char *tape_tls_alert(void)
{
    const char *alert = NULL;
    for (unsigned long code = ERR_get_error(); code != 0; code = ERR_get_error()) {
        const char *reason = ERR_reason_error_string(code);
        if (reason != NULL && strstr(reason, "alert") != NULL)
            alert = reason;
    }
    return alert;
}
