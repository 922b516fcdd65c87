/* The rule of a lease as a table: questions, answers and what is held, at given times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bus/lease_rule.h"

enum { NOTHING = LEASE_ASK_NOTHING, READ = LEASE_ASK_READ, WRITE = LEASE_ASK_WRITE, UNANSWERED = -1 };

static const struct lease_holder SELF = {.identity = "machine", .instance = "self"};
static const struct lease_holder DEAD = {.identity = "machine", .instance = "before"};
static const struct lease_holder OTHER = {.identity = "elsewhere", .instance = "other"};

struct row {
    int64_t at_ms;
    int answer; /* to the last question, or UNANSWERED */
    uint64_t revision;
    const struct lease_holder *holder;
    int ask; /* expected */
    uint64_t expected_revision;
    bool held;
    uint64_t term;
};

static void play(const struct row *rows, size_t count)
{
    struct lease_rule rule;
    lease_rule_init(&rule, &SELF, 1);
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];
        int64_t now_ns = row->at_ms * NS_PER_MS + 1;
        struct lease_answer answer = {.kind = row->answer == UNANSWERED ? 0 : (enum lease_answer_kind)row->answer,
                                      .revision = row->revision};
        if (row->holder != NULL)
            answer.holder = *row->holder;
        struct lease_ask ask = lease_rule_step(&rule, row->answer == UNANSWERED ? NULL : &answer, now_ns);
        if ((int)ask.kind != row->ask || (ask.kind == LEASE_ASK_WRITE && ask.expected != row->expected_revision) ||
            (now_ns < lease_rule_held_until(&rule)) != row->held || rule.term != row->term)
            fail_msg("row %zu: asks %d with %llu, held until %lld, term %llu", i, (int)ask.kind,
                     (unsigned long long)ask.expected, (long long)lease_rule_held_until(&rule),
                     (unsigned long long)rule.term);
    }
}

#define PLAY(...)                                                                                                      \
    do {                                                                                                               \
        static const struct row rows[] = {__VA_ARGS__};                                                                \
        play(rows, sizeof rows / sizeof rows[0]);                                                                      \
    } while (0)

static void test_had_at_once_and_renewed(void **state)
{
    (void)state;
    PLAY({0, UNANSWERED, 0, NULL, WRITE, 0, false, 0}, {3, LEASE_ANSWER_WRITTEN, 7, NULL, NOTHING, 0, true, 1},
         {999, UNANSWERED, 0, NULL, NOTHING, 0, true, 1}, {1000, UNANSWERED, 0, NULL, WRITE, 7, true, 1},
         {1004, LEASE_ANSWER_WRITTEN, 9, NULL, NOTHING, 0, true, 1}, {2000, UNANSWERED, 0, NULL, WRITE, 9, true, 1});
}

/* The time counts from the question, not from the answer. */
static void test_lapses_after_two_seconds(void **state)
{
    (void)state;
    PLAY({0, UNANSWERED, 0, NULL, WRITE, 0, false, 0}, {900, LEASE_ANSWER_WRITTEN, 7, NULL, NOTHING, 0, true, 1},
         {1000, UNANSWERED, 0, NULL, WRITE, 7, true, 1}, {1500, LEASE_ANSWER_FAILED, 0, NULL, NOTHING, 0, true, 1},
         {1700, UNANSWERED, 0, NULL, READ, 0, true, 1}, {2000, LEASE_ANSWER_FAILED, 0, NULL, NOTHING, 0, false, 1},
         {2200, UNANSWERED, 0, NULL, READ, 0, false, 1}, {2201, LEASE_ANSWER_ENTRY, 8, &SELF, WRITE, 8, false, 1},
         {2202, LEASE_ANSWER_WRITTEN, 9, NULL, NOTHING, 0, true, 2});
}

static void test_an_answer_that_comes_too_late_holds_nothing(void **state)
{
    (void)state;
    PLAY({0, UNANSWERED, 0, NULL, WRITE, 0, false, 0}, {2500, LEASE_ANSWER_WRITTEN, 7, NULL, WRITE, 7, false, 1},
         {2501, LEASE_ANSWER_WRITTEN, 8, NULL, NOTHING, 0, true, 2});
}

static void test_stopped_for_minutes(void **state)
{
    (void)state;
    PLAY({0, UNANSWERED, 0, NULL, WRITE, 0, false, 0}, {1, LEASE_ANSWER_WRITTEN, 7, NULL, NOTHING, 0, true, 1},
         {180000, UNANSWERED, 0, NULL, WRITE, 7, false, 1}, {180001, LEASE_ANSWER_REFUSED, 0, NULL, READ, 0, false, 1},
         {180002, LEASE_ANSWER_ENTRY, 200, &OTHER, NOTHING, 0, false, 1},
         {180252, UNANSWERED, 0, NULL, READ, 0, false, 1});
}

static void test_waits_for_another(void **state)
{
    (void)state;
    PLAY({0, UNANSWERED, 0, NULL, WRITE, 0, false, 0}, {1, LEASE_ANSWER_REFUSED, 0, NULL, READ, 0, false, 0},
         {2, LEASE_ANSWER_ENTRY, 5, &OTHER, NOTHING, 0, false, 0}, {252, UNANSWERED, 0, NULL, READ, 0, false, 0},
         {253, LEASE_ANSWER_ENTRY, 6, &OTHER, NOTHING, 0, false, 0}, {3200, UNANSWERED, 0, NULL, READ, 0, false, 0},
         {3252, LEASE_ANSWER_ENTRY, 6, &OTHER, NOTHING, 0, false, 0}, {3502, UNANSWERED, 0, NULL, READ, 0, false, 0},
         {3503, LEASE_ANSWER_ENTRY, 6, &OTHER, WRITE, 6, false, 0},
         {3504, LEASE_ANSWER_WRITTEN, 7, NULL, NOTHING, 0, true, 1});
}

static void test_takes_what_was_given_up_or_forgotten(void **state)
{
    (void)state;
    PLAY({0, UNANSWERED, 0, NULL, WRITE, 0, false, 0}, {1, LEASE_ANSWER_REFUSED, 0, NULL, READ, 0, false, 0},
         {2, LEASE_ANSWER_FREE, 5, NULL, WRITE, 5, false, 0}, {3, LEASE_ANSWER_REFUSED, 0, NULL, READ, 0, false, 0},
         {4, LEASE_ANSWER_FREE, 0, NULL, WRITE, 0, false, 0}, {5, LEASE_ANSWER_WRITTEN, 8, NULL, NOTHING, 0, true, 1});
}

static void test_takes_over_at_once_from_a_dead_predecessor(void **state)
{
    (void)state;
    PLAY({0, UNANSWERED, 0, NULL, WRITE, 0, false, 0}, {1, LEASE_ANSWER_REFUSED, 0, NULL, READ, 0, false, 0},
         {2, LEASE_ANSWER_ENTRY, 5, &DEAD, WRITE, 5, false, 0},
         {3, LEASE_ANSWER_WRITTEN, 6, NULL, NOTHING, 0, true, 1});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_had_at_once_and_renewed),
        cmocka_unit_test(test_lapses_after_two_seconds),
        cmocka_unit_test(test_an_answer_that_comes_too_late_holds_nothing),
        cmocka_unit_test(test_stopped_for_minutes),
        cmocka_unit_test(test_waits_for_another),
        cmocka_unit_test(test_takes_what_was_given_up_or_forgotten),
        cmocka_unit_test(test_takes_over_at_once_from_a_dead_predecessor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
