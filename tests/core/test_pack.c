/* What was written reads back; what is cut, changed or random fails and changes nothing outside the values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/pack.h"
#include "core/pack_value.h"

static const uint64_t UNSIGNED[] = {0, 1, 127, 128, 16383, 16384, INT64_MAX, UINT64_MAX - 1, UINT64_MAX};
static const int64_t SIGNED[] = {0, -1, 1, 63, -64, 64, -65, INT64_MAX, INT64_MIN, DECIMAL_NONE};

enum { COUNT_UNSIGNED = sizeof UNSIGNED / sizeof *UNSIGNED, COUNT_SIGNED = sizeof SIGNED / sizeof *SIGNED };

/* One of everything, over and over. */
struct sample {
    uint64_t u64, near_u64;
    int64_t i64, near_i64;
    uint32_t u32;
    int128 i128;
    bool flag;
    unsigned choice;
    char text[8];
    size_t count;
};

static struct sample sample_at(size_t i)
{
    struct sample sample = {
        .u64 = UNSIGNED[i % COUNT_UNSIGNED],
        .near_u64 = UNSIGNED[(i + 3) % COUNT_UNSIGNED],
        .i64 = SIGNED[i % COUNT_SIGNED],
        .near_i64 = SIGNED[(i + 5) % COUNT_SIGNED],
        .u32 = (uint32_t)UNSIGNED[(i + 1) % COUNT_UNSIGNED],
        .i128 = i % 3 == 0 ? MONEY_NONE : (int128)SIGNED[i % COUNT_SIGNED] * SIGNED[(i + 7) % 8],
        .flag = i % 2 == 1,
        .choice = (unsigned)(i % 4),
        .count = i % 5,
    };
    memcpy(sample.text, "1234567", i % 8);
    return sample;
}

static void pack_sample(struct pack *pack, struct sample *sample)
{
    pack_section(pack, "SAMPLE", 3);
    pack_u64(pack, &sample->u64);
    pack_u64_from(pack, 1000, &sample->near_u64);
    pack_i64(pack, &sample->i64);
    pack_i64_from(pack, -5, &sample->near_i64);
    pack_u32(pack, &sample->u32);
    pack_i128(pack, &sample->i128);
    pack_bool(pack, &sample->flag);
    sample->choice = pack_choice(pack, sample->choice, 3);
    PACK_TEXT(pack, sample->text);
    sample->count = pack_count(pack, sample->count);
    for (size_t i = 0; i < sample->count; i++) {
        uint64_t item = i;
        pack_u64(pack, &item);
    }
}

static bool is_same(const struct sample *a, const struct sample *b)
{
    return a->u64 == b->u64 && a->near_u64 == b->near_u64 && a->i64 == b->i64 && a->near_i64 == b->near_i64 &&
           a->u32 == b->u32 && a->i128 == b->i128 && a->flag == b->flag && a->choice == b->choice &&
           strcmp(a->text, b->text) == 0 && a->count == b->count;
}

static void what_was_written_reads_back(void **state)
{
    (void)state;
    struct pack out, in;
    pack_write(&out);
    pack_sample(&out, &(struct sample){0});
    pack_clear(&out);
    for (size_t i = 0; i < 1000; i++) {
        struct sample sample = sample_at(i);
        pack_sample(&out, &sample);
    }
    assert_int_equal(pack_finish(&out), 0);
    pack_read(&in, out.bytes, out.count);
    for (size_t i = 0; i < 1000; i++) {
        struct sample wanted = sample_at(i), sample = {0};
        pack_sample(&in, &sample);
        assert_true(is_same(&sample, &wanted));
    }
    assert_int_equal(pack_finish(&in), 0);
    uint64_t more = 7;
    pack_u64(&in, &more);
    assert_int_equal(more, 7);
    assert_int_equal(pack_finish(&in), -1);
    pack_free(&out);
}

static void what_is_cut_or_too_long_fails(void **state)
{
    (void)state;
    struct pack out, in;
    for (size_t i = 0; i < 64; i++) {
        struct sample sample = sample_at(i);
        pack_write(&out);
        pack_sample(&out, &sample);
        for (size_t length = 0; length <= out.count + 1; length++) {
            /* A buffer of its own, so that reading beyond it is seen. */
            unsigned char *copy = calloc(1, length == 0 ? 1 : length);
            assert_non_null(copy);
            memcpy(copy, out.bytes, length < out.count ? length : out.count);
            pack_read(&in, copy, length);
            pack_sample(&in, &sample);
            assert_int_equal(pack_finish(&in), length == out.count ? 0 : -1);
            free(copy);
        }
        pack_free(&out);
    }
}

#define ONES_9 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF
#define ONES_18(last)                                                                                                  \
    {                                                                                                                  \
        ONES_9, ONES_9, last                                                                                           \
    }

static void numbers_that_do_not_fit_fail(void **state)
{
    (void)state;
    static const struct {
        unsigned char bytes[20];
        size_t count;
        bool u32, u64, i128; /* fits */
    } cases[] = {
        {{0xFF, 0xFF, 0xFF, 0xFF, 0x0F}, 5, true, true, true},
        {{0xFF, 0xFF, 0xFF, 0xFF, 0x1F}, 5, false, true, true},
        {{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01}, 10, false, true, true},
        {{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02}, 10, false, false, true},
        {ONES_18(3), 19, false, false, true},
        {ONES_18(4), 19, false, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pack in;
        uint32_t u32 = 0;
        uint64_t u64 = 0;
        int128 i128 = 0;
        pack_read(&in, cases[i].bytes, cases[i].count);
        pack_u32(&in, &u32);
        assert_int_equal(pack_finish(&in) == 0, cases[i].u32);
        pack_read(&in, cases[i].bytes, cases[i].count);
        pack_u64(&in, &u64);
        assert_int_equal(pack_finish(&in) == 0, cases[i].u64);
        pack_read(&in, cases[i].bytes, cases[i].count);
        pack_i128(&in, &i128);
        assert_int_equal(pack_finish(&in) == 0, cases[i].i128);
    }
}

static void texts_and_sections_must_fit(void **state)
{
    (void)state;
    struct pack out, in;
    char text[8] = "1234567", small[4] = "", named[] = "name";
    pack_write(&out);
    pack_section(&out, "ONE", 1);
    PACK_TEXT(&out, text);
    pack_read(&in, out.bytes, out.count);
    pack_section(&in, "ONE", 1);
    PACK_TEXT(&in, small);
    assert_int_equal(pack_finish(&in), -1);
    pack_read(&in, out.bytes, out.count);
    pack_section(&in, "ONE", 2);
    assert_true(in.failed);
    pack_read(&in, out.bytes, out.count);
    pack_section(&in, "TWO", 1);
    PACK_TEXT(&in, text);
    assert_true(in.failed);
    assert_string_equal(text, "1234567"); /* left alone */
    pack_read(&in, "\4a\0bc", 5);         /* two texts in one */
    PACK_TEXT(&in, named);
    assert_true(in.failed);
    pack_read(&in, "\5", 1);
    assert_int_equal(pack_choice(&in, 2, 4), 2);
    assert_true(in.failed);
    pack_read(&in, "\3ab", 3);
    assert_int_equal(pack_count(&in, 0), 0); /* three items do not fit into two bytes */
    assert_true(in.failed);
    pack_free(&out);
}

/* xorshift, so that a failure can be repeated. */
static uint64_t next_random(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    return *random ^= *random << 17;
}

static void random_bytes_do_no_harm(void **state)
{
    (void)state;
    uint64_t random = 88172645463325252;
    for (int round = 0; round < 20000; round++) {
        size_t count = next_random(&random) % 200;
        unsigned char *bytes = malloc(count + 1);
        assert_non_null(bytes);
        for (size_t i = 0; i < count; i++)
            bytes[i] = (unsigned char)(next_random(&random) >> (round % 2 == 0 ? 20 : 60)); /* any, or small ones */
        struct pack in;
        struct sample sample = {0};
        struct order_request request = {0};
        struct alert alert = {0};
        pack_read(&in, bytes, count);
        pack_order_request(&in, &request);
        pack_alert(&in, &alert);
        pack_sample(&in, &sample);
        assert_true(in.at <= in.count && strnlen(alert.message, sizeof alert.message) < sizeof alert.message);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_reads_back),  cmocka_unit_test(what_is_cut_or_too_long_fails),
        cmocka_unit_test(numbers_that_do_not_fit_fail), cmocka_unit_test(texts_and_sections_must_fit),
        cmocka_unit_test(random_bytes_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
