/* The notifier against a real server and a receiver of the test's own, which takes, refuses, hangs and comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <microhttpd.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/notifier.h"
#include "app/paths.h"
#include "bus/follower.h"
#include "bus/publish_event.h"
#include "bus/stream.h"
#include "bus/test_server.h"
#include "core/clock.h"
#include "core/text.h"
#include "core/timestamp.h"

#define WAIT_NS (20 * NS_PER_SECOND)

enum { POSTS_MAX = 256, BODY_SIZE = 65536, ID_LENGTH = 192 };

enum mood { MOOD_TAKES, MOOD_REFUSES, MOOD_HANGS };

struct post {
    char id[ID_LENGTH], delivery[8], signature[96], body[BODY_SIZE];
    size_t body_bytes;
};

/* A receiver; each connection has a thread of its own. */
static struct receiver {
    struct MHD_Daemon *daemon;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    enum mood mood;
    struct post posts[POSTS_MAX];
    size_t count;
} receiver = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static struct test_server server;
static struct publisher *publisher;
static struct inbox *inbox;
static char secret_file[PATHS_SIZE], url[64];

static void copy_header(struct MHD_Connection *connection, const char *name, char *text, size_t size)
{
    const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);

    snprintf(text, size, "%s", value != NULL ? value : "");
}

/* Keeps what was posted, and says what to do with it. While the receiver hangs, this does not return. */
static enum mood keep(struct MHD_Connection *connection, struct post *post)
{
    copy_header(connection, "X-Tapedeck-Id", post->id, sizeof(post->id));
    copy_header(connection, "X-Tapedeck-Delivery", post->delivery, sizeof(post->delivery));
    copy_header(connection, "X-Tapedeck-Signature", post->signature, sizeof(post->signature));
    pthread_mutex_lock(&receiver.mutex);
    if (receiver.count < POSTS_MAX)
        receiver.posts[receiver.count++] = *post;
    pthread_cond_broadcast(&receiver.changed);
    enum mood mood = receiver.mood;
    while (receiver.mood == MOOD_HANGS)
        pthread_cond_wait(&receiver.changed, &receiver.mutex);
    pthread_mutex_unlock(&receiver.mutex);
    return mood;
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *path, const char *method,
                              const char *version, const char *data, size_t *bytes, void **memory)
{
    struct post *post = *memory;

    (void)context;
    (void)path;
    (void)method;
    (void)version;
    if (post == NULL) {
        *memory = calloc(1, sizeof(*post));
        return *memory != NULL ? MHD_YES : MHD_NO;
    }
    if (*bytes > 0) {
        if (post->body_bytes + *bytes < BODY_SIZE)
            memcpy(post->body + post->body_bytes, data, *bytes);
        post->body_bytes += *bytes;
        *bytes = 0;
        return MHD_YES;
    }
    bool takes = keep(connection, post) == MOOD_TAKES;
    struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result = MHD_queue_response(connection, takes ? MHD_HTTP_NO_CONTENT : 500, response);

    MHD_destroy_response(response);
    return result;
}

static void release(void *context, struct MHD_Connection *connection, void **memory,
                    enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)connection;
    (void)code;
    free(*memory);
    *memory = NULL;
}

static void feel(enum mood mood)
{
    pthread_mutex_lock(&receiver.mutex);
    receiver.mood = mood;
    pthread_cond_broadcast(&receiver.changed);
    pthread_mutex_unlock(&receiver.mutex);
}

/* Waits until so many were posted since the last call of `forget`. */
static void await_posts(size_t count)
{
    struct timespec end;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += WAIT_NS / NS_PER_SECOND;
    pthread_mutex_lock(&receiver.mutex);
    while (receiver.count < count) {
        if (pthread_cond_timedwait(&receiver.changed, &receiver.mutex, &end) != 0)
            fail_msg("%zu posts came, and not %zu", receiver.count, count);
    }
    pthread_mutex_unlock(&receiver.mutex);
}

static void forget(void)
{
    pthread_mutex_lock(&receiver.mutex);
    receiver.count = 0;
    pthread_mutex_unlock(&receiver.mutex);
}

static void publish(const char *rule, int number, enum severity severity)
{
    struct event event = event_empty(EVENT_ALERT);
    struct alert *alert = &event.alert;

    snprintf(alert->alert_id, sizeof(alert->alert_id), "%s:S%d:1", rule, number);
    text_copy(alert->rule, sizeof(alert->rule), rule);
    text_copy(alert->message, sizeof(alert->message), "it is odd");
    alert->severity = severity;
    alert->raised = true;
    alert->version = 1;
    alert->timestamp_ns = clock_wall_ns();
    assert_true(publish_event(publisher, &event, PUBLISH_NO_FENCE, inbox, 0));
    assert_int_equal(test_await(inbox, INBOX_PUBLISHED).result.status, PUBLISH_STORED);
}

static struct notifier_config configuration(const char *name)
{
    return (struct notifier_config){.webhook = url,
                                    .secret = secret_file,
                                    .severity = SEVERITY_WARNING,
                                    .timeout_ns = 5 * NS_PER_SECOND,
                                    .retry_ns = 50 * NS_PER_MS,
                                    .max_age_ns = 60 * NS_PER_SECOND,
                                    .name = {name[0], name[1], name[2], '\0'}};
}

static struct notifier *start(const struct notifier_config *config)
{
    struct error error = {0};
    struct notifier *notifier = notifier_start(config, server.tape, &error);

    if (notifier == NULL)
        fail_msg("%s", error.text);
    return notifier;
}

/* How many posts had this id; `last` is filled with the last of them. */
static size_t posts_of(const char *id, struct post *last)
{
    size_t count = 0;

    pthread_mutex_lock(&receiver.mutex);
    for (size_t i = 0; i < receiver.count; i++) {
        if (strcmp(receiver.posts[i].id, id) == 0) {
            *last = receiver.posts[i];
            count++;
        }
    }
    pthread_mutex_unlock(&receiver.mutex);
    return count;
}

/* Waits for a post of this id. */
static void await_post_of(const char *id, struct post *last)
{
    for (size_t seen = 1; posts_of(id, last) == 0; seen++)
        await_posts(seen);
}

/* The next dead letter of RISK, which has this text in it. */
static void await_dead_letter(const char *reason, const char *alert)
{
    struct error error = {0};
    struct follower_options options = {.stream = "TAPEDECK_DEAD_LETTERS", .from = FOLLOW_SEQUENCE, .sequence = 1};
    struct inbox *letters = inbox_create(1 << 20);
    struct follower *follower = follower_create(server.tape, &options, letters, &error);

    assert_non_null(follower);
    for (;;) {
        struct inbox_item item = test_await(letters, INBOX_MESSAGE);

        if (strcmp(item.subject, "dead.RISK") == 0 && strstr(item.payload, reason) != NULL &&
            strstr(item.payload, alert) != NULL)
            break;
    }
    inbox_close(letters);
    follower_destroy(follower);
    inbox_destroy(letters);
}

static void test_tells_what_is_severe_and_signs_it(void **state)
{
    (void)state;
    static struct notifier_config config;

    config = configuration("one");
    struct notifier *notifier = start(&config);
    struct post post;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length;
    char expected[96] = "sha256=";

    publish("info_rule", 1, SEVERITY_INFO);
    publish("take_rule", 1, SEVERITY_WARNING);
    publish("take_rule", 2, SEVERITY_CRITICAL);
    await_post_of("alert:take_rule:S1:1:1", &post);
    await_post_of("alert:take_rule:S2:1:1", &post);
    assert_int_equal(posts_of("alert:info_rule:S1:1:1", &post), 0);
    assert_int_equal(posts_of("alert:take_rule:S2:1:1", &post), 1);
    assert_int_equal(posts_of("alert:take_rule:S1:1:1", &post), 1);
    assert_int_equal(posts_of("alert:take_rule:S1:1:1", &post), 1);
    assert_string_equal(post.delivery, "1");
    assert_non_null(strstr(post.body, "\"alert_id\":\"take_rule:S1:1\""));
    assert_non_null(HMAC(EVP_sha256(), "the secret", 10, (unsigned char *)post.body, post.body_bytes, digest, &length));
    for (unsigned i = 0; i < length; i++)
        snprintf(expected + 7 + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(post.signature, expected);
    notifier_stop(notifier);
    /* What was told is not told again, not by another of the name either. */
    forget();
    notifier = start(&config);
    publish("take_rule", 3, SEVERITY_WARNING);
    await_post_of("alert:take_rule:S3:1:1", &post);
    assert_int_equal(posts_of("alert:take_rule:S1:1:1", &post), 0);
    notifier_stop(notifier);
}

static void test_refused_three_times_is_a_dead_letter(void **state)
{
    (void)state;
    static struct notifier_config config;

    config = configuration("two");
    struct post post;

    forget();
    feel(MOOD_REFUSES);
    struct notifier *notifier = start(&config);

    publish("refuse_rule", 1, SEVERITY_CRITICAL);
    await_dead_letter("HTTP status 500", "refuse_rule:S1:1");
    assert_int_equal(posts_of("alert:refuse_rule:S1:1:1", &post), 3);
    assert_string_equal(post.delivery, "3");
    feel(MOOD_TAKES);
    publish("refuse_rule", 2, SEVERITY_CRITICAL);
    await_post_of("alert:refuse_rule:S2:1:1", &post);
    assert_int_equal(posts_of("alert:refuse_rule:S1:1:1", &post), 3);
    notifier_stop(notifier);
}

/* One receiver hangs; another is told everything meanwhile. When the first is back, it is told what it was not. */
static void test_who_hangs_holds_up_nobody_else(void **state)
{
    (void)state;
    char file[PATHS_SIZE], command[PATHS_SIZE + 64], line[ID_LENGTH];
    static struct notifier_config hangs, writes;
    struct post post;
    struct error error = {0};
    size_t lines = 0;

    assert_int_equal(paths_join(file, server.directory, "told", &error), 0);
    snprintf(command, sizeof(command), "echo \"$TAPEDECK_ID\" >> '%s'; grep -q hang_rule", file);
    writes = configuration("fou");
    writes.webhook = writes.secret = NULL;
    writes.command = command;
    writes.timeout_ns = 10 * NS_PER_SECOND;
    hangs = configuration("thr");
    hangs.timeout_ns = 300 * NS_PER_MS;
    forget();
    feel(MOOD_HANGS);
    struct notifier *first = start(&hangs), *second = start(&writes);

    publish("hang_rule", 1, SEVERITY_CRITICAL);
    await_post_of("alert:hang_rule:S1:1:1", &post);
    for (int i = 2; i <= 6; i++)
        publish("hang_rule", i, SEVERITY_CRITICAL);
    /* The file also has what the earlier tests published, which the command refuses. Of a message that two notifiers
     * give up there is one dead letter. */
    int64_t end_ns = clock_monotonic_ns() + WAIT_NS;

    while (lines < 6 && clock_monotonic_ns() < end_ns) {
        FILE *told = fopen(file, "r");

        lines = 0;
        while (told != NULL && fgets(line, sizeof(line), told) != NULL)
            lines += strstr(line, "hang_rule") != NULL;
        if (told != NULL)
            fclose(told);
        poll(NULL, 0, 10);
    }
    assert_int_equal(lines, 6);
    await_dead_letter("the command failed with exit code 1", "refuse_rule:S2:1");
    feel(MOOD_TAKES);
    publish("hang_rule", 7, SEVERITY_CRITICAL);
    await_post_of("alert:hang_rule:S7:1:1", &post);
    for (int i = 1; i <= 6; i++) {
        char id[ID_LENGTH];

        snprintf(id, sizeof(id), "alert:hang_rule:S%d:1:1", i);
        size_t tries = posts_of(id, &post);

        assert_true(tries >= 1 && tries <= 3);
    }
    notifier_stop(first);
    notifier_stop(second);
}

static void test_two_of_one_name_share(void **state)
{
    (void)state;
    static struct notifier_config config;

    config = configuration("fiv");
    struct notifier *first = start(&config), *second = start(&config);
    struct post post;

    forget();
    feel(MOOD_TAKES);
    for (int i = 0; i < 40; i++)
        publish("share_rule", i, SEVERITY_WARNING);
    for (int i = 0; i < 40; i++) {
        char id[ID_LENGTH];

        snprintf(id, sizeof(id), "alert:share_rule:S%d:1:1", i);
        await_post_of(id, &post);
        assert_int_equal(posts_of(id, &post), 1);
    }
    notifier_stop(first);
    notifier_stop(second);
}

/* Both are at work: each holds one that it waits for. */
static void test_two_of_one_name_work_at_once(void **state)
{
    (void)state;
    static struct notifier_config config;

    config = configuration("fiv");
    config.timeout_ns = 25 * NS_PER_SECOND;
    forget();
    feel(MOOD_HANGS);
    struct notifier *first = start(&config), *second = start(&config);

    publish("both_rule", 1, SEVERITY_WARNING);
    publish("both_rule", 2, SEVERITY_WARNING);
    await_posts(2);
    assert_string_not_equal(receiver.posts[0].id, receiver.posts[1].id);
    feel(MOOD_TAKES);
    notifier_stop(first);
    notifier_stop(second);
}

static bool is_in_a_digest(const char *quoted_id)
{
    for (size_t i = 0; i < receiver.count; i++) {
        const struct post *post = &receiver.posts[i];

        if (strncmp(post->id, "digest:", 7) == 0 && strstr(post->body, quoted_id) != NULL)
            return true;
    }
    return false;
}

/* How many of these alerts are in the digests that were posted, and how many digests these are. */
static size_t digested(const char *rule, size_t count, size_t *digests)
{
    size_t found = 0;
    char id[ID_LENGTH];

    *digests = 0;
    pthread_mutex_lock(&receiver.mutex);
    for (size_t i = 0; i < receiver.count; i++)
        *digests += strncmp(receiver.posts[i].id, "digest:", 7) == 0;
    for (size_t number = 0; number < count; number++) {
        snprintf(id, sizeof(id), "\"alert:%s:S%zu:1:1\"", rule, number);
        found += is_in_a_digest(id);
    }
    pthread_mutex_unlock(&receiver.mutex);
    return found;
}

/* A flood is told in a few posts, and refused ones come again. */
static void test_many_are_told_together(void **state)
{
    (void)state;
    enum { ALERTS = 300, SINGLE = 3 };
    static struct notifier_config config;
    struct post post;
    size_t digests = 0, alone = 0;
    char id[ID_LENGTH];

    config = configuration("nin");
    config.digest_above = SINGLE;
    config.digest_period_ns = NS_PER_SECOND;
    config.max_age_ns = 3600 * NS_PER_SECOND;
    config.severity = SEVERITY_CRITICAL;
    for (int i = 0; i < ALERTS; i++)
        publish("many_rule", i, SEVERITY_CRITICAL);
    forget();
    feel(MOOD_REFUSES);
    struct notifier *notifier = start(&config);

    /* What the earlier tests published comes first, and is among the single ones. */
    await_posts(SINGLE + 1);
    feel(MOOD_TAKES);
    int64_t end_ns = clock_monotonic_ns() + WAIT_NS;

    while (digested("many_rule", ALERTS, &digests) < ALERTS && clock_monotonic_ns() < end_ns)
        poll(NULL, 0, 10);
    assert_int_equal(digested("many_rule", ALERTS, &digests), ALERTS);
    assert_true(digests <= 8);
    for (int i = 0; i < ALERTS; i++) {
        snprintf(id, sizeof(id), "alert:many_rule:S%d:1:1", i);
        alone += posts_of(id, &post);
    }
    assert_int_equal(alone, 0);
    notifier_stop(notifier);
    for (size_t i = 0; i < receiver.count; i++) {
        const struct post *last = &receiver.posts[i];

        if (strncmp(last->id, "digest:", 7) == 0)
            assert_non_null(strstr(last->body, "\"rule\":\"many_rule\",\"alerts\":"));
    }
}

/* A stop does not wait for a receiver that hangs, and what was under way is told again. */
static void test_stop_while_it_hangs(void **state)
{
    (void)state;
    static struct notifier_config config;

    config = configuration("six");
    char id[ID_LENGTH];
    struct post post;

    config.timeout_ns = 25 * NS_PER_SECOND;
    forget();
    feel(MOOD_HANGS);
    struct notifier *notifier = start(&config);

    await_posts(1); /* of what the earlier tests published */
    snprintf(id, sizeof(id), "%s", receiver.posts[0].id);
    notifier_stop(notifier);
    forget();
    feel(MOOD_TAKES);
    notifier = start(&config);
    await_post_of(id, &post);
    assert_int_equal(posts_of(id, &post), 1);
    notifier_stop(notifier);
}

static void test_what_cannot_be_used(void **state)
{
    (void)state;
    struct error error = {0};
    static struct notifier_config config;

    config = configuration("sev");

    config.webhook = (char[]){"ftp://127.0.0.1/"};
    assert_null(notifier_start(&config, server.tape, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    assert_string_equal(error.text, "notifier sev: the address of the web hook is none of http or https");
    config = configuration("sev");
    config.secret = (char[]){"/no/such/file"};
    assert_null(notifier_start(&config, server.tape, &error));
    assert_non_null(strstr(error.text, "notifier sev: "));
}

static void test_configuration(void **state)
{
    (void)state;
    static const struct {
        const char *name, *key, *value;
        int result;
    } ROWS[] = {
        {"a", "webhook", "https://example.org/x", 0},
        {"a", "webhook", "", -1},
        {"a", "secret", "/some/file", 0},
        {"a", "severity", "critical", 0},
        {"a", "severity", "loud", -1},
        {"a", "timeout", "2s", 0},
        {"a", "timeout", "26s", -1},
        {"a", "timeout", "0", -1},
        {"a", "retry", "1s", 0},
        {"a", "retry", "2m", -1},
        {"a", "max_age", "10m", 0},
        {"a", "digest_above", "20", 0},
        {"a", "digest_above", "0", -1},
        {"a", "digest_above", "off", 0},
        {"a", "digest_period", "1s", 0},
        {"a", "digest_period", "1m", -1},
        {"a", "colour", "red", -1},
        {"a b", "webhook", "https://example.org/x", -1},
        {"", "webhook", "https://example.org/x", -1},
        {"b", "command", "true", 0},
    };
    struct notifiers_config config = {0};
    struct error error = {0};

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        if (notifiers_config_set(&config, ROWS[i].name, ROWS[i].key, ROWS[i].value, &error) != ROWS[i].result)
            fail_msg("%s: %s = %s: %s", ROWS[i].name, ROWS[i].key, ROWS[i].value, error.text);
    }
    assert_int_equal(config.count, 2);
    assert_int_equal(notifiers_config_check(&config, &error), 0);
    assert_int_equal(notifiers_config_set(&config, "a", "command", "true", &error), 0);
    assert_int_equal(notifiers_config_check(&config, &error), -1);
    assert_string_equal(error.text, "[notifier.a] needs a webhook or a command, not both");
    notifiers_config_free(&config);
    assert_int_equal(notifiers_config_set(&config, "c", "severity", "info", &error), 0);
    assert_int_equal(notifiers_config_check(&config, &error), -1);
    notifiers_config_free(&config);
}

static int set_up(void **state)
{
    struct error error = {0};

    (void)state;
    test_server_start(&server);
    assert_int_equal(streams_create(server.tape, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, 0, &error), 0);
    publisher = publisher_create(server.tape, &(struct publisher_options){0}, &error);
    assert_non_null(publisher);
    inbox = inbox_create(1 << 20);
    assert_int_equal(paths_join(secret_file, server.directory, "secret", &error), 0);
    assert_int_equal(paths_write_secret(secret_file, "the secret", &error), 0);
    receiver.daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0, NULL, NULL,
                                       answer, NULL, MHD_OPTION_NOTIFY_COMPLETED, release, NULL, MHD_OPTION_END);
    assert_non_null(receiver.daemon);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/hook",
             MHD_get_daemon_info(receiver.daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    feel(MOOD_TAKES);
    MHD_stop_daemon(receiver.daemon);
    publisher_destroy(publisher, 1000);
    inbox_destroy(inbox);
    test_server_stop(&server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tells_what_is_severe_and_signs_it),
        cmocka_unit_test(test_refused_three_times_is_a_dead_letter),
        cmocka_unit_test(test_who_hangs_holds_up_nobody_else),
        cmocka_unit_test(test_two_of_one_name_share),
        cmocka_unit_test(test_two_of_one_name_work_at_once),
        cmocka_unit_test(test_many_are_told_together),
        cmocka_unit_test(test_stop_while_it_hangs),
        cmocka_unit_test(test_what_cannot_be_used),
        cmocka_unit_test(test_configuration),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
