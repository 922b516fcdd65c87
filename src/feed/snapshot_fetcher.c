/* One request waits at most: a session asks for one snapshot at a time, and a new connection makes older ones void. */
#include "feed/snapshot_fetcher.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"

enum { URL_SIZE = 512, TIMEOUT_MS = 10000, BODY_MAX = 16 << 20 };

struct snapshot_fetcher {
    char url[URL_SIZE / 2];
    struct mailbox *mailbox;
    CURL *curl; /* owned; the thread's while it runs */
    char failure[CURL_ERROR_SIZE];
    char *body; /* owned; the thread's */
    size_t length, room;
    atomic_bool stop;

    pthread_t thread;
    bool started;
    pthread_mutex_t mutex;
    pthread_cond_t asked;
    bool waits; /* under the mutex, as what follows: a request waits */
    char path[URL_SIZE / 2];
    size_t instrument;
    uint64_t connection;
};

static size_t on_data(char *bytes, size_t size, size_t count, void *context)
{
    struct snapshot_fetcher *fetcher = context;
    size_t length = size * count;
    if (length > BODY_MAX - fetcher->length)
        return 0;
    while (fetcher->length + length > fetcher->room) {
        fetcher->room = fetcher->room == 0 ? 1 << 16 : 2 * fetcher->room;
        fetcher->body = realloc(fetcher->body, fetcher->room);
        if (fetcher->body == NULL)
            abort();
    }
    memcpy(fetcher->body + fetcher->length, bytes, length);
    fetcher->length += length;
    return length;
}

static int on_progress(void *context, curl_off_t total, curl_off_t now, curl_off_t upload_total, curl_off_t upload_now)
{
    (void)total;
    (void)now;
    (void)upload_total;
    (void)upload_now;
    return atomic_load(&((struct snapshot_fetcher *)context)->stop);
}

/* Makes one request and puts what came of it. */
static void fetch(struct snapshot_fetcher *fetcher, const char *path, struct mail *mail)
{
    char url[URL_SIZE], reason[CURL_ERROR_SIZE + 32], said[128] = "";
    long status = 0;
    curl_off_t wait_s = 0;
    snprintf(url, sizeof url, "%s%s", fetcher->url, path);
    fetcher->length = 0;
    fetcher->failure[0] = '\0';
    curl_easy_setopt(fetcher->curl, CURLOPT_URL, url);
    CURLcode code = curl_easy_perform(fetcher->curl);
    curl_easy_getinfo(fetcher->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(fetcher->curl, CURLINFO_RETRY_AFTER, &wait_s);
    mail->kind = MAIL_SNAPSHOT;
    mail->text = fetcher->body;
    mail->length = fetcher->length;
    if (code != CURLE_OK) {
        snprintf(reason, sizeof reason, "%s",
                 fetcher->failure[0] != '\0' ? fetcher->failure : curl_easy_strerror(code));
    } else if (status != 200) {
        text_clean(said, sizeof said, fetcher->body, fetcher->length);
        snprintf(reason, sizeof reason, "the venue answers %ld %s", status, said);
        mail->wait_s = wait_s > 0 && wait_s < 3600 ? (unsigned)wait_s : 0;
    }
    if (code != CURLE_OK || status != 200) {
        mail->kind = MAIL_SNAPSHOT_FAILED;
        mail->text = reason;
        mail->length = strlen(reason);
    }
    mail->received_ns = clock_wall_ns();
    if (!mailbox_put(fetcher->mailbox, mail)) {
        *mail =
            (struct mail){.kind = MAIL_SNAPSHOT_FAILED, .connection = mail->connection, .instrument = mail->instrument};
        mailbox_put(fetcher->mailbox, mail);
    }
}

static void *run(void *context)
{
    struct snapshot_fetcher *fetcher = context;
    char path[sizeof fetcher->path];
    pthread_setname_np(pthread_self(), "venue snapshot");
    for (;;) {
        pthread_mutex_lock(&fetcher->mutex);
        while (!fetcher->waits && !atomic_load(&fetcher->stop))
            pthread_cond_wait(&fetcher->asked, &fetcher->mutex);
        struct mail mail = {.instrument = fetcher->instrument, .connection = fetcher->connection};
        memcpy(path, fetcher->path, sizeof path);
        fetcher->waits = false;
        pthread_mutex_unlock(&fetcher->mutex);
        if (atomic_load(&fetcher->stop))
            return NULL;
        fetch(fetcher, path, &mail);
    }
}

static void start_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static int prepare(struct snapshot_fetcher *fetcher, const struct snapshot_fetcher_options *options,
                   struct error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_curl);
    CURL *curl = fetcher->curl = curl_easy_init();
    if (curl == NULL)
        return error_set(error, ERROR_FAILED, "cannot start libcurl");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "tapedeck");
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, fetcher->failure);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, fetcher);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, fetcher);
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L); /* does not wait for the look-up of a name */
    if (options->ca_file[0] != '\0')
        curl_easy_setopt(curl, CURLOPT_CAINFO, options->ca_file);
    return 0;
}

struct snapshot_fetcher *snapshot_fetcher_create(const struct snapshot_fetcher_options *options, struct error *error)
{
    sigset_t all, before;
    struct snapshot_fetcher *fetcher = calloc(1, sizeof *fetcher);
    if (fetcher == NULL)
        abort();
    pthread_mutex_init(&fetcher->mutex, NULL);
    pthread_cond_init(&fetcher->asked, NULL);
    text_copy(fetcher->url, sizeof fetcher->url, options->url);
    fetcher->mailbox = options->mailbox;
    if (prepare(fetcher, options, error) != 0)
        goto failed;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    fetcher->started = pthread_create(&fetcher->thread, NULL, run, fetcher) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (fetcher->started)
        return fetcher;
    error_set(error, ERROR_FAILED, "cannot start a thread for the snapshots of a venue");
failed:
    snapshot_fetcher_destroy(fetcher);
    return NULL;
}

void snapshot_fetcher_destroy(struct snapshot_fetcher *fetcher)
{
    if (fetcher == NULL)
        return;
    if (fetcher->started) {
        pthread_mutex_lock(&fetcher->mutex);
        atomic_store(&fetcher->stop, true);
        pthread_cond_signal(&fetcher->asked);
        pthread_mutex_unlock(&fetcher->mutex);
        pthread_join(fetcher->thread, NULL);
    }
    if (fetcher->curl != NULL)
        curl_easy_cleanup(fetcher->curl);
    pthread_cond_destroy(&fetcher->asked);
    pthread_mutex_destroy(&fetcher->mutex);
    free(fetcher->body);
    free(fetcher);
}

void snapshot_fetcher_ask(struct snapshot_fetcher *fetcher, const char *path, size_t instrument, uint64_t connection)
{
    pthread_mutex_lock(&fetcher->mutex);
    text_copy(fetcher->path, sizeof fetcher->path, path);
    fetcher->instrument = instrument;
    fetcher->connection = connection;
    fetcher->waits = true;
    pthread_cond_signal(&fetcher->asked);
    pthread_mutex_unlock(&fetcher->mutex);
}
