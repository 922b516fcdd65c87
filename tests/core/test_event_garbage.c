/* The codec on what no sender should send: it may refuse, it may not crash, hang, or take what it would itself not
 * write. The seed is fixed, so that a failure comes again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/event.h"
#include "core/subject.h"
#include "core/text.h"
#include "samples.h"

static uint64_t seed = 20261123;

static uint32_t random_below(uint32_t limit)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % limit);
}

/* Decodes a copy of exactly this size, so that a sanitizer sees each byte read beyond it. What is accepted must be
 * written again in a form that is accepted, and that stays. */
static bool try_decode(const char *subject, const char *payload, size_t length)
{
    char *copy = malloc(length > 0 ? length : 1);
    assert_non_null(copy);
    memcpy(copy, payload, length);
    struct event event;
    struct error error = {0};
    int result = event_decode(&event, subject, copy, length, "SIM-1", &error);
    free(copy);
    if (result != 0) {
        assert_int_equal(error.kind, ERROR_FAILED);
        assert_true(error.text[0] != '\0' && text_is_utf8(error.text, strlen(error.text)));
        assert_null(strpbrk(error.text, "\n\r\x1B"));
        return false;
    }
    char once[EVENT_PAYLOAD_SIZE];
    char twice[EVENT_PAYLOAD_SIZE];
    char id[MESSAGE_ID_SIZE];
    char again[SUBJECT_SIZE];
    size_t written = event_encode(&event, once, sizeof(once));
    subject_of(&event, again);
    message_id_of(&event, id);
    assert_int_equal(subject_kind(again), event.kind);
    assert_int_equal(event_decode(&event, again, once, written, "SIM-1", &error), 0);
    event_encode(&event, twice, sizeof(twice));
    assert_string_equal(once, twice);
    return true;
}

/* Changes one place: a byte, a piece taken out, doubled or moved, or a token that means something put in. */
static size_t mutate(char *text, size_t length, size_t size)
{
    static const char *const tokens[] = {
        "\"",
        "\\",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "null",
        "true",
        "-",
        ".",
        "e9",
        "0",
        "99999999",
        "\\u",
        "\\ud83d",
        "\\u0000",
        "\xEF\xBB\xBF",
        "\xC3",
        "\xFF",
        "\n",
        "\x1B[",
        "\\u202e",
        "9223372036854775808",
        "1e999",
        "NaN",
        "-0",
        "\\u200b",
        "%",
    };
    size_t at = random_below((uint32_t)length);
    switch (random_below(5)) {
    case 0:
        text[at] = (char)random_below(256);
        return length;
    case 1: {
        size_t count = 1 + random_below(8);
        count = count > length - at ? length - at : count;
        memmove(text + at, text + at + count, length - at - count);
        return length - count;
    }
    case 2:
        return at; /* cut */
    case 3: {
        size_t from = random_below((uint32_t)length);
        size_t count = random_below(16);
        count = count > length - at ? length - at : count;
        count = count > length - from ? length - from : count;
        memmove(text + at, text + from, count);
        return length;
    }
    default: {
        const char *token = tokens[random_below(sizeof(tokens) / sizeof(tokens[0]))];
        size_t count = strlen(token);
        if (length + count > size) {
            return length;
        }
        memmove(text + at + count, text + at, length - at);
        memcpy(text + at, token, count);
        return length + count;
    }
    }
}

static void mutated_messages_never_crash(void **state)
{
    (void)state;
    size_t accepted = 0;
    for (int round = 0; round < 30000; round++) {
        const struct sample *sample = &samples[random_below(EVENT_KINDS)];
        char payload[SAMPLE_PAYLOAD_SIZE];
        size_t length = sample_write(sample, sample_all(sample), 0, NULL, payload);
        uint32_t changes = 1 + random_below(3);
        for (uint32_t i = 0; i < changes && length > 0; i++) {
            length = mutate(payload, length, sizeof(payload));
        }
        accepted += try_decode(sample->subject, payload, length);
    }
    assert_true(accepted > 500); /* else the mutations would only be testing the first check */
}

static void mutated_subjects_never_crash(void **state)
{
    (void)state;
    for (int round = 0; round < 20000; round++) {
        const struct sample *sample = &samples[random_below(EVENT_KINDS)];
        char payload[SAMPLE_PAYLOAD_SIZE];
        char subject[SUBJECT_SIZE] = "";
        size_t length = sample_write(sample, sample_all(sample), 0, NULL, payload);
        memcpy(subject, sample->subject, strlen(sample->subject));
        subject[mutate(subject, strlen(subject), sizeof(subject) - 1)] = '\0';
        try_decode(subject, payload, length);
    }
}

static void random_bytes_never_crash(void **state)
{
    (void)state;
    for (int round = 0; round < 20000; round++) {
        char payload[64];
        size_t length = random_below(sizeof(payload) + 1);
        for (size_t i = 0; i < length; i++) {
            payload[i] = (char)random_below(256);
        }
        assert_false(try_decode(samples[random_below(EVENT_KINDS)].subject, payload, length));
    }
}

static void any_kind_as_any_other_never_crashes(void **state)
{
    (void)state;
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        char payload[SAMPLE_PAYLOAD_SIZE];
        size_t length = sample_write(&samples[kind], sample_all(&samples[kind]), 0, NULL, payload);
        for (int other = 0; other < EVENT_KINDS; other++) {
            bool accepted = try_decode(samples[other].subject, payload, length);
            assert_true(accepted || kind != other);
        }
    }
}

/* Ten megabytes of one thing, in the middle of a message. */
static void large_payloads_are_refused_or_cut(void **state)
{
    (void)state;
    enum { SIZE = 10 * 1024 * 1024 };
    static const struct {
        const char *head, *unit, *tail;
        bool good;
    } cases[] = {
        {"", "\0", "", false},
        {"", " ", "", false},
        {"", "{", "", false},
        {"", "\xFF", "", false},
        {"{\"symbol\":\"", "A", "\"}", false},
        {"{\"symbol\":\"", "\\u0041", "\"}", false},
        {"{\"bid\":", "9", "}", false},
        {"{\"bid\":0.", "0", "}", false},
        {"{\"bid\":\"0.", "7", "\"}", false},
        {"{\"seq\":", "1", "}", false},
        {"{\"timestamp\":\"", "2", "\"}", false},
        {"{\"x\":[0", ",0", "]}", false},
        {"{\"x\":0", ",\"x\":0", "}", false},
        {"{\"", "k", "\":1}", false},
        {"{\"order_id\":\"a\",\"request_id\":\"12345678\",\"timestamp\":\"2026-11-23T14:30:00Z\",\"reason\":\"", "y",
         "\"}", true},
        {"{\"order_id\":\"a\",\"request_id\":\"12345678\",\"timestamp\":\"2026-11-23T14:30:00Z\",\"reason\":\"",
         "\\ud83d\\udcc8", "\"}", true},
        {"{\"order_id\":\"a\",\"request_id\":\"12345678\",\"timestamp\":\"2026-11-23T14:30:00Z\",\"reason\":\"",
         "\xE2\x80\x8B", "\"}", true},
    };
    char *payload = malloc(SIZE + 256);
    assert_non_null(payload);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t length = strlen(cases[i].head);
        size_t unit = cases[i].unit[0] == '\0' ? 1 : strlen(cases[i].unit);
        memcpy(payload, cases[i].head, length);
        char *body = payload + length;
        size_t repeated = unit;
        memcpy(body, cases[i].unit, unit);
        while (length + 2 * repeated <= SIZE) { /* by doubling */
            memcpy(body + repeated, body, repeated);
            repeated *= 2;
        }
        size_t more = (SIZE - length - repeated) / unit * unit;
        memcpy(body + repeated, body, more);
        length += repeated + more;
        memcpy(payload + length, cases[i].tail, strlen(cases[i].tail));
        length += strlen(cases[i].tail);
        const char *subject = cases[i].good ? "orders.cancel" : "md.nyse.AAPL";
        assert_int_equal(try_decode(subject, payload, length), cases[i].good);
    }
    free(payload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutated_messages_never_crash),      cmocka_unit_test(mutated_subjects_never_crash),
        cmocka_unit_test(random_bytes_never_crash),          cmocka_unit_test(any_kind_as_any_other_never_crashes),
        cmocka_unit_test(large_payloads_are_refused_or_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
