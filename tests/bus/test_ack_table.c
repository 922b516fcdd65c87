/* What a durable reader knows of its messages: read like a table of what came, what was said, and what follows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bus/ack_table.h"

/* A step: 'd' a message comes, 'a' it is acknowledged, 'n' wanted again, 'f' the server has forgotten it for good. */
struct step {
    char what;
    uint64_t sequence;
    int64_t stored_ns;
    int expected; /* d: an ack_state; a, n: whether the server is told; f: entries left */
};

static void play(const struct step *steps, size_t count)
{
    struct ack_table table = {0};
    for (size_t i = 0; i < count; i++) {
        const struct step *step = &steps[i];
        struct delivery delivery = {.stream_sequence = step->sequence,
                                    .stored_ns = step->stored_ns,
                                    .consumer_sequence = i + 1,
                                    .deliveries = 1};
        struct delivery told;
        int result = 0;
        if (step->what == 'd') {
            result = (int)ack_table_deliver(&table, &delivery);
        } else if (step->what == 'f') {
            ack_table_forget(&table, step->sequence);
            result = (int)table.count;
        } else {
            result = ack_table_answer(&table, step->sequence, step->what == 'a' ? ACK_DONE : ACK_RETURNED, &told);
            if (result)
                assert_int_equal(told.stream_sequence, step->sequence);
        }
        if (result != step->expected)
            fail_msg("step %zu: '%c' %d gave %d, not %d", i, step->what, (int)step->sequence, result, step->expected);
    }
    ack_table_free(&table);
}

#define PLAY(...)                                                                                                      \
    do {                                                                                                               \
        static const struct step STEPS[] = {__VA_ARGS__};                                                              \
        play(STEPS, sizeof STEPS / sizeof STEPS[0]);                                                                   \
    } while (0)

static void test_each_message_is_handed_on_once(void **state)
{
    (void)state;
    PLAY({'d', 1, 10, ACK_RETURNED}, {'d', 2, 20, ACK_RETURNED}, {'d', 1, 10, ACK_OWNED}, {'a', 1, 0, true},
         {'d', 1, 10, ACK_DONE}, {'a', 1, 0, false}, {'n', 1, 0, false}, {'a', 7, 0, false});
}

static void test_what_is_wanted_again_is_handed_on_again(void **state)
{
    (void)state;
    PLAY({'d', 1, 10, ACK_RETURNED}, {'n', 1, 0, true}, {'n', 1, 0, false}, {'a', 1, 0, false},
         {'d', 1, 10, ACK_RETURNED}, {'d', 1, 10, ACK_OWNED}, {'a', 1, 0, true}, {'d', 1, 10, ACK_DONE});
}

static void test_old_messages_find_their_place(void **state)
{
    (void)state;
    PLAY({'d', 9, 90, ACK_RETURNED}, {'d', 3, 30, ACK_RETURNED}, {'d', 12, 120, ACK_RETURNED},
         {'d', 5, 50, ACK_RETURNED}, {'a', 5, 0, true}, {'a', 12, 0, true}, {'d', 3, 30, ACK_OWNED},
         {'d', 5, 50, ACK_DONE}, {'d', 9, 90, ACK_OWNED}, {'d', 12, 120, ACK_DONE}, {'f', 4, 0, 3}, {'f', 11, 0, 1});
}

static void test_what_is_forgotten_stays_done(void **state)
{
    (void)state;
    PLAY({'d', 1, 10, ACK_RETURNED}, {'a', 1, 0, true}, {'d', 2, 20, ACK_RETURNED}, {'f', 1, 0, 1},
         {'d', 1, 10, ACK_DONE}, {'f', 0, 0, 1}, {'d', 1, 10, ACK_DONE}, {'d', 2, 20, ACK_OWNED});
}

static void test_another_message_of_the_same_sequence(void **state)
{
    (void)state;
    PLAY({'d', 1, 10, ACK_RETURNED}, {'a', 1, 0, true}, {'d', 1, 99, ACK_RETURNED}, {'a', 1, 0, true}, {'f', 1, 0, 0},
         {'d', 1, 99, ACK_DONE}, {'d', 1, 100, ACK_RETURNED});
}

static void test_many(void **state)
{
    (void)state;
    struct ack_table table = {0};
    struct delivery told;
    for (uint64_t i = 1; i <= 5000; i++) {
        const struct delivery delivery = {.stream_sequence = 2 * i, .stored_ns = (int64_t)i};
        assert_int_equal(ack_table_deliver(&table, &delivery), ACK_RETURNED);
        assert_int_equal(ack_table_answer(&table, 2 * i, ACK_DONE, &told), true);
        if (i % 1000 == 0)
            ack_table_forget(&table, 2 * i - 10);
    }
    assert_int_equal(table.count, 5);
    ack_table_clear(&table);
    const struct delivery first = {.stream_sequence = 2, .stored_ns = 1};
    assert_int_equal(ack_table_deliver(&table, &first), ACK_RETURNED);
    ack_table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_message_is_handed_on_once),
        cmocka_unit_test(test_what_is_wanted_again_is_handed_on_again),
        cmocka_unit_test(test_old_messages_find_their_place),
        cmocka_unit_test(test_what_is_forgotten_stays_done),
        cmocka_unit_test(test_another_message_of_the_same_sequence),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
