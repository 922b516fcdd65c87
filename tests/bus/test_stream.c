/* The streams on a real server: created once, found again, differences reported and left, small disks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus/stream.h"
#include "bus/tape_internal.h"
#include "bus/test_server.h"
#include "core/log.h"
#include "core/timestamp.h"

static int set_up(void **state)
{
    struct test_server *server = malloc(sizeof *server);
    assert_non_null(server);
    test_server_start(server);
    *state = server;
    return 0;
}

static int tear_down(void **state)
{
    test_server_stop(*state);
    free(*state);
    return 0;
}

static jsStreamInfo *info_of(struct test_server *server, const char *name)
{
    jsStreamInfo *info = NULL;
    assert_int_equal(js_GetStreamInfo(&info, tape_jetstream(server->tape), name, NULL, NULL), NATS_OK);
    return info;
}

/* Runs streams_create with the log in a file and gives back what it logged. */
static void create_and_read_log(struct test_server *server, const struct stream_config *streams, size_t count,
                                char *log, size_t size)
{
    char path[96];
    snprintf(path, sizeof path, "%s/test.log", server->directory);
    unlink(path);
    struct error error = {0};
    assert_int_equal(log_open(path, &error), 0);
    int result = streams_create(server->tape, streams, count, 0, &error);
    log_open(NULL, NULL);
    if (result < 0)
        fail_msg("%s", error.text);
    FILE *file = fopen(path, "r");
    size_t length = file == NULL ? 0 : fread(log, 1, size - 1, file);
    log[length] = '\0';
    if (file != NULL)
        fclose(file);
}

static void test_creating_twice_changes_nothing(void **state)
{
    struct test_server *server = *state;
    char log[4096];
    create_and_read_log(server, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, log, sizeof log);
    assert_null(strstr(log, "wanted"));
    assert_non_null(strstr(log, "created stream ORDERS"));
    for (size_t i = 0; i < STREAM_DEFAULT_COUNT; i++) {
        const struct stream_config *wanted = &STREAM_DEFAULTS[i];
        jsStreamInfo *info = info_of(server, wanted->name);
        assert_int_equal(info->Config->Replicas, 1);
        assert_int_equal(info->Config->MaxAge, wanted->max_age_ns);
        assert_int_equal(info->Config->MaxBytes, wanted->max_bytes);
        assert_int_equal(info->Config->Storage, js_FileStorage);
        if (wanted->duplicate_window_ns != 0)
            assert_int_equal(info->Config->Duplicates, wanted->duplicate_window_ns);
        int64_t per_subject = wanted->bucket_messages > 0 ? wanted->bucket_messages : wanted->bucket ? 1 : -1;
        assert_int_equal(info->Config->MaxMsgsPerSubject, per_subject);
        assert_int_equal(info->Config->MaxMsgs, wanted->bucket_messages > 0 ? wanted->bucket_messages : -1);
        assert_int_equal(info->Config->AllowRollup, wanted->bucket);
        assert_int_equal(info->Config->DenyPurge, wanted->deny_purge);
        assert_int_equal(info->Config->DenyDelete, wanted->deny_delete);
        assert_string_equal(info->Config->Subjects[0], wanted->subjects[0]);
        jsStreamInfo_Destroy(info);
    }
    create_and_read_log(server, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, log, sizeof log);
    assert_string_equal(log, "");
}

static void test_a_stream_in_memory(void **state)
{
    struct test_server *server = *state;
    struct stream_config depth = {.name = "FLEETING", .subjects = {"fleeting.>"}, .max_bytes = 1 << 24, .memory = true};
    char log[4096];
    create_and_read_log(server, &depth, 1, log, sizeof log);
    jsStreamInfo *info = info_of(server, depth.name);
    assert_int_equal(info->Config->Storage, js_MemoryStorage);
    jsStreamInfo_Destroy(info);
    depth.memory = false;
    create_and_read_log(server, &depth, 1, log, sizeof log);
    assert_non_null(strstr(log, "stream FLEETING: storage is memory, wanted file; left as it is"));
}

static void test_orders_cannot_be_purged(void **state)
{
    struct test_server *server = *state;
    char log[4096];
    create_and_read_log(server, STREAM_DEFAULTS, STREAM_DEFAULT_COUNT, log, sizeof log);
    assert_int_not_equal(js_PurgeStream(tape_jetstream(server->tape), "ORDERS", NULL, NULL), NATS_OK);
}

static void test_a_difference_is_reported_and_left(void **state)
{
    struct test_server *server = *state;
    struct stream_config other = STREAM_DEFAULTS[0];
    other.name = "OTHER";
    other.subjects[0] = "other.>";
    other.max_bytes = 64 << 20;
    char log[4096];
    create_and_read_log(server, &other, 1, log, sizeof log);
    struct stream_config changed = other;
    changed.max_age_ns = 2 * NS_PER_DAY;
    changed.deny_delete = true;
    changed.subjects[1] = "more.>";
    create_and_read_log(server, &changed, 1, log, sizeof log);
    assert_non_null(strstr(log, "max_age is 1 days, wanted 2 days"));
    assert_non_null(strstr(log, "deny_delete is no, wanted yes"));
    assert_non_null(strstr(log, "subjects is other.>, wanted other.> more.>"));
    assert_null(strstr(log, "max_bytes"));
    jsStreamInfo *info = info_of(server, "OTHER");
    assert_int_equal(info->Config->MaxAge, NS_PER_DAY);
    assert_int_equal(info->Config->SubjectsLen, 1);
    jsStreamInfo_Destroy(info);
}

static const struct stream_setting *setting_of(const struct stream_report *report, const char *name)
{
    for (int i = 0; i < report->setting_count; i++) {
        if (strcmp(report->settings[i].name, name) == 0)
            return &report->settings[i];
    }
    fail_msg("no setting %s", name);
    return NULL;
}

static void test_a_stream_is_inspected_and_changed(void **state)
{
    struct test_server *server = *state;
    struct error error = {0};
    struct stream_report report;
    struct stream_config other = STREAM_DEFAULTS[0];
    other.name = "INSPECTED";
    other.subjects[0] = "inspected.>";
    other.max_bytes = 64 << 20;
    assert_int_equal(stream_inspect(server->tape, &other, 0, &report, &error), 0);
    assert_false(report.exists);
    assert_true(setting_of(&report, "max_age")->differs);

    assert_int_equal(stream_apply(server->tape, &other, 0, &error), 0);
    assert_int_equal(stream_inspect(server->tape, &other, 0, &report, &error), 0);
    assert_true(report.exists);
    for (int i = 0; i < report.setting_count; i++)
        assert_false(report.settings[i].differs);

    other.max_age_ns = 2 * NS_PER_DAY;
    assert_int_equal(stream_inspect(server->tape, &other, 0, &report, &error), 0);
    assert_string_equal(setting_of(&report, "max_age")->is, "1 days");
    assert_string_equal(setting_of(&report, "max_age")->wanted, "2 days");
    assert_true(setting_of(&report, "max_age")->differs);
    assert_false(setting_of(&report, "max_bytes")->differs);
    assert_int_equal(stream_apply(server->tape, &other, 0, &error), 0);
    assert_int_equal(stream_inspect(server->tape, &other, 0, &report, &error), 0);
    assert_false(setting_of(&report, "max_age")->differs);

    /* What the server does not change is said. */
    other.deny_delete = true;
    assert_int_equal(stream_apply(server->tape, &other, 0, &error), 0);
    other.deny_delete = false;
    assert_int_equal(stream_apply(server->tape, &other, 0, &error), -1);
    assert_non_null(strstr(error.text, "INSPECTED"));
}

static void test_overlapping_subjects_are_an_error(void **state)
{
    struct test_server *server = *state;
    struct stream_config first = {.name = "A", .subjects = {"a.>"}, .max_bytes = -1};
    struct stream_config second = {.name = "B", .subjects = {"a.b"}, .max_bytes = -1};
    struct error error = {0};
    assert_int_equal(streams_create(server->tape, &first, 1, 0, &error), 0);
    assert_int_equal(streams_create(server->tape, &second, 1, 0, &error), -1);
    assert_int_equal(error.kind, ERROR_SERVER);
    assert_string_equal(error.text, "cannot create stream B: its subjects overlap with those of another stream");
}

static void test_a_stream_shrinks_to_the_disk(void **state)
{
    struct test_server *server = *state;
    /* Larger than any store that the embedded server allows. */
    struct stream_config huge = {.name = "HUGE", .subjects = {"huge.>"}, .max_bytes = INT64_C(1) << 40};
    char log[4096];
    create_and_read_log(server, &huge, 1, log, sizeof log);
    assert_non_null(strstr(log, "because the disk has no more"));
    jsStreamInfo *info = info_of(server, "HUGE");
    assert_true(info->Config->MaxBytes > 0 && info->Config->MaxBytes <= INT64_C(1) << 35);
    jsStreamInfo_Destroy(info);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_creating_twice_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_stream_in_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_orders_cannot_be_purged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_difference_is_reported_and_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_stream_is_inspected_and_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_overlapping_subjects_are_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_stream_shrinks_to_the_disk, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
