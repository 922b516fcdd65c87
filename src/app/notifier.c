/* The worker hands out one alert at a time, so that none waits here while another process of the name is idle; one that
 * tells of many together takes what a digest can hold. */
#include "app/notifier.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/alert_digest.h"
#include "app/child.h"
#include "app/paths.h"
#include "bus/inbox.h"
#include "bus/webhook.h"
#include "bus/worker.h"
#include "core/clock.h"
#include "core/event.h"
#include "core/log.h"
#include "core/subject.h"
#include "core/text.h"

enum { INBOX_BYTES = 1 << 20, GROUP = 2, LOOK_MS = 100, SECRET_SIZE = 4096, DURABLE_SIZE = 64, VARIABLE_SIZE = 320 };

#define MINUTE_NS (60 * NS_PER_SECOND)

struct notifier {
    const struct notifier_config *config;
    char durable[DURABLE_SIZE];
    struct webhook *webhook; /* NULL: it is a command */
    struct inbox *inbox;
    struct worker *worker;
    pthread_t thread;
    bool runs;
    atomic_bool stopping;
    /* The thread's alone. */
    int64_t minute_ns; /* monotonic: when it began */
    int64_t told;      /* in it */
    struct alert_digest *digest;
    int64_t digest_due_ns; /* monotonic; while there is something in it */
    char *digest_text;     /* ALERT_DIGEST_SIZE bytes */
};

/* An alert, or a digest. */
struct telling {
    const char *id, *subject;
    uint64_t delivery;
    const char *payload;
    size_t payload_bytes;
};

static int tell_command(struct notifier *notifier, const struct telling *telling, struct error *error)
{
    char texts[3][VARIABLE_SIZE], how[64];
    char *const command[] = {(char[]){"/bin/sh"}, (char[]){"-c"}, notifier->config->command, NULL};
    const struct child_message message = {.variables = {texts[0], texts[1], texts[2]},
                                          .payload = telling->payload,
                                          .payload_bytes = telling->payload_bytes};
    int64_t end_ns = clock_monotonic_ns() + notifier->config->timeout_ns;
    struct child child;

    snprintf(texts[0], sizeof(texts[0]), "TAPEDECK_ID=%s", telling->id);
    snprintf(texts[1], sizeof(texts[1]), "TAPEDECK_SUBJECT=%s", telling->subject);
    snprintf(texts[2], sizeof(texts[2]), "TAPEDECK_DELIVERY=%" PRIu64, telling->delivery);
    if (child_start(&child, command, &message, error) != 0)
        return -1;
    while (!child_wait(&child, LOOK_MS)) {
        if (atomic_load(&notifier->stopping) || clock_monotonic_ns() >= end_ns) {
            child_kill(&child);
            return error_set(error, ERROR_FAILED, "the command was ended: it took longer than its time-out");
        }
    }
    child_describe(&child, how, sizeof(how));
    return how[0] == '\0' ? 0 : error_set(error, ERROR_FAILED, "the command %s", how);
}

static int tell_webhook(struct notifier *notifier, const struct telling *telling, struct error *error)
{
    const struct webhook_message message = {.id = telling->id,
                                            .delivery = telling->delivery,
                                            .payload = telling->payload,
                                            .payload_bytes = telling->payload_bytes};

    return webhook_post(notifier->webhook, &message, error);
}

/* -1, after a line in the log: it was not told. */
static int tell(struct notifier *notifier, const struct telling *telling, struct error *error)
{
    int result =
        notifier->webhook != NULL ? tell_webhook(notifier, telling, error) : tell_command(notifier, telling, error);

    if (result != 0 && !atomic_load(&notifier->stopping))
        log_warning("notifier", "%s: %s was not told in try %" PRIu64 ": %s", notifier->config->name, telling->id,
                    telling->delivery, error->text);
    return result;
}

static void settle(struct notifier *notifier, uint64_t handle, int result, const struct error *error)
{
    if (result == 0)
        worker_ack(notifier->worker, handle);
    else if (!atomic_load(&notifier->stopping))
        worker_nak(notifier->worker, handle, error->text);
}

/* Whether there have been so many in this minute that this one is told together with others. */
static bool is_one_of_many(struct notifier *notifier, int64_t now_ns)
{
    if (notifier->config->digest_above == 0)
        return false;
    if (now_ns - notifier->minute_ns > MINUTE_NS) {
        notifier->minute_ns = now_ns;
        notifier->told = 0;
    }
    return ++notifier->told > notifier->config->digest_above;
}

static void tell_digest(struct notifier *notifier)
{
    struct alert_digest *digest = notifier->digest;
    struct error error = {0};
    char id[MESSAGE_ID_SIZE], subject[SUBJECT_SIZE];
    struct telling telling = {.id = id, .subject = subject, .delivery = alert_digest_delivery(digest)};
    size_t count = alert_digest_count(digest);

    for (size_t i = 0; i < count; i++)
        worker_extend(notifier->worker, alert_digest_handle(digest, i));
    alert_digest_name(digest, id, sizeof(id), subject, sizeof(subject));
    telling.payload = notifier->digest_text;
    telling.payload_bytes = alert_digest_write(digest, notifier->digest_text);
    int result = tell(notifier, &telling, &error);

    for (size_t i = 0; i < count; i++)
        settle(notifier, alert_digest_handle(digest, i), result, &error);
    alert_digest_clear(digest);
}

static void work_alert(struct notifier *notifier, const struct inbox_item *item, const struct event *event)
{
    const struct notifier_config *config = notifier->config;
    struct error error = {0};
    char id[MESSAGE_ID_SIZE];
    int64_t now_ns = clock_monotonic_ns();

    if (event->alert.severity < config->severity || clock_wall_ns() - item->stored_ns > config->max_age_ns) {
        worker_ack(notifier->worker, item->handle);
        return;
    }
    if (is_one_of_many(notifier, now_ns)) {
        if (alert_digest_count(notifier->digest) == 0)
            notifier->digest_due_ns = now_ns + config->digest_period_ns;
        alert_digest_add(notifier->digest, event, item->handle, item->deliveries);
        return;
    }
    message_id_of(event, id);
    const struct telling telling = {.id = id,
                                    .subject = item->subject,
                                    .delivery = item->deliveries,
                                    .payload = item->payload,
                                    .payload_bytes = item->payload_bytes};

    settle(notifier, item->handle, tell(notifier, &telling, &error), &error);
}

static void work_message(struct notifier *notifier, const struct inbox_item *item)
{
    struct event event;
    struct error error = {0};

    int result = event_decode(&event, item->subject, item->payload, item->payload_bytes, "", &error);

    event.sequence = item->sequence;
    if (result != 0)
        worker_term(notifier->worker, item->handle, error.text);
    else if (event.kind != EVENT_ALERT)
        worker_ack(notifier->worker, item->handle);
    else
        work_alert(notifier, item, &event);
}

/* How long it may wait for the next alert: until the digest is due, which may be now. */
static int wait_ms(const struct notifier *notifier)
{
    size_t gathered = alert_digest_count(notifier->digest);
    int64_t left_ns = notifier->digest_due_ns - clock_monotonic_ns();

    if (gathered == 0)
        return -1;
    return gathered == ALERT_DIGEST_MAX || left_ns <= 0 ? 0 : (int)(left_ns / NS_PER_MS) + 1;
}

static void *run(void *context)
{
    struct notifier *notifier = context;
    struct inbox_item item;

    while (!atomic_load(&notifier->stopping)) {
        int left_ms = wait_ms(notifier);

        if (left_ms == 0)
            tell_digest(notifier);
        else if (!inbox_take(notifier->inbox, &item))
            inbox_wait(notifier->inbox, left_ms);
        else if (item.kind == INBOX_MESSAGE)
            work_message(notifier, &item);
    }
    return NULL;
}

static int open_webhook(struct notifier *notifier, struct error *error)
{
    const struct notifier_config *config = notifier->config;
    char url[SECRET_SIZE], secret[SECRET_SIZE];
    struct webhook_options options = {.url = config->webhook,
                                      .secret = config->secret != NULL ? secret : NULL,
                                      .timeout_ms = (int)(config->timeout_ns / NS_PER_MS)};
    int result = 0;

    if (config->webhook[0] == '/') {
        options.url = url;
        result = paths_read_secret(config->webhook, url, sizeof(url), error);
    }
    if (result == 0 && config->secret != NULL)
        result = paths_read_secret(config->secret, secret, sizeof(secret), error);
    if (result == 0)
        notifier->webhook = webhook_create(&options, error);
    explicit_bzero(url, sizeof(url));
    explicit_bzero(secret, sizeof(secret));
    return notifier->webhook != NULL ? 0 : -1;
}

struct notifier *notifier_start(const struct notifier_config *config, struct tape *tape, struct error *error)
{
    struct notifier *notifier = calloc(1, sizeof(*notifier));

    if (notifier == NULL)
        abort();
    notifier->config = config;
    notifier->inbox = inbox_create(INBOX_BYTES);
    notifier->digest = alert_digest_create();
    notifier->digest_text = malloc(ALERT_DIGEST_SIZE);
    if (notifier->digest_text == NULL)
        abort();
    snprintf(notifier->durable, sizeof(notifier->durable), "notifier-%s", config->name);
    const struct worker_options options = {.stream = "RISK",
                                           .durable = notifier->durable,
                                           .filter = "risk.alerts.>",
                                           .group_size = GROUP,
                                           .batch = config->digest_above > 0 ? ALERT_DIGEST_MAX : 1,
                                           .nak_delay_ms = (int)(config->retry_ns / NS_PER_MS)};

    if (config->webhook != NULL && open_webhook(notifier, error) != 0)
        goto failed;
    notifier->worker = worker_create(tape, &options, notifier->inbox, error);
    if (notifier->worker == NULL)
        goto failed;
    notifier->runs = pthread_create(&notifier->thread, NULL, run, notifier) == 0;
    if (notifier->runs)
        return notifier;
    error_set(error, ERROR_FAILED, "cannot start a thread");
failed:
    error_prefix(error, "notifier %s", config->name);
    notifier_stop(notifier);
    return NULL;
}

void notifier_stop(struct notifier *notifier)
{
    if (notifier == NULL)
        return;
    atomic_store(&notifier->stopping, true);
    if (notifier->webhook != NULL)
        webhook_stop(notifier->webhook);
    inbox_wake(notifier->inbox);
    if (notifier->runs)
        pthread_join(notifier->thread, NULL);
    inbox_close(notifier->inbox);
    worker_destroy(notifier->worker);
    webhook_destroy(notifier->webhook);
    inbox_destroy(notifier->inbox);
    alert_digest_destroy(notifier->digest);
    free(notifier->digest_text);
    free(notifier);
}
