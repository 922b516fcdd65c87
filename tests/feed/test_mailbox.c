/* The mailbox between the threads of a connection and the feed's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "feed/mailbox.h"

static void count_wake(void *context)
{
    __atomic_add_fetch((int *)context, 1, __ATOMIC_RELAXED);
}

static bool put(struct mailbox *mailbox, enum mail_kind kind, const char *text)
{
    return mailbox_put(mailbox, &(struct mail){.kind = kind, .text = text, .length = strlen(text)});
}

static void keeps_the_order_and_wakes_once(void **state)
{
    (void)state;
    int wakes = 0;
    struct mail mail;
    struct mailbox *mailbox = mailbox_create(100, count_wake, &wakes);
    assert_false(mailbox_take(mailbox, &mail));
    assert_true(put(mailbox, MAIL_MESSAGE, "one"));
    assert_true(put(mailbox, MAIL_PONG, ""));
    assert_int_equal(wakes, 1);
    assert_true(mailbox_take(mailbox, &mail));
    assert_string_equal(mail.text, "one");
    assert_true(put(mailbox, MAIL_MESSAGE, "two")); /* behind what was taken over and not handed out */
    assert_int_equal(wakes, 2);
    assert_true(mailbox_take(mailbox, &mail));
    assert_int_equal(mail.kind, MAIL_PONG);
    assert_true(mailbox_take(mailbox, &mail));
    assert_string_equal(mail.text, "two");
    assert_false(mailbox_take(mailbox, &mail));
    put(mailbox, MAIL_MESSAGE, "left behind");
    mailbox_destroy(mailbox);
    mailbox_destroy(NULL);
}

static void has_a_limit_that_an_end_does_not_know(void **state)
{
    (void)state;
    int wakes = 0;
    struct mail mail;
    struct mailbox *mailbox = mailbox_create(10, count_wake, &wakes);
    assert_true(put(mailbox, MAIL_MESSAGE, "12345"));
    assert_true(put(mailbox, MAIL_MESSAGE, "67890"));
    assert_false(put(mailbox, MAIL_MESSAGE, "x"));
    assert_true(put(mailbox, MAIL_CLOSED, "more came than could be worked off"));
    assert_true(mailbox_take(mailbox, &mail));
    assert_false(put(mailbox, MAIL_MESSAGE, "x")); /* what was handed out is still there */
    while (mailbox_take(mailbox, &mail))
        assert_string_not_equal(mail.text, "x");
    assert_true(put(mailbox, MAIL_MESSAGE, "1234567890"));
    mailbox_destroy(mailbox);
}

enum { MANY = 20000 };

static void *put_many(void *context)
{
    char text[16];
    for (int i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "%d", i);
        assert_true(put(context, MAIL_MESSAGE, text));
    }
    return NULL;
}

static void passes_from_thread_to_thread(void **state)
{
    (void)state;
    int wakes = 0, next = 0;
    pthread_t thread;
    struct mail mail;
    struct mailbox *mailbox = mailbox_create(1 << 20, count_wake, &wakes);
    assert_int_equal(pthread_create(&thread, NULL, put_many, mailbox), 0);
    while (next < MANY) {
        char text[16];
        if (!mailbox_take(mailbox, &mail))
            continue;
        snprintf(text, sizeof text, "%d", next++);
        assert_string_equal(mail.text, text);
    }
    pthread_join(thread, NULL);
    assert_true(wakes >= 1);
    mailbox_destroy(mailbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_order_and_wakes_once),
        cmocka_unit_test(has_a_limit_that_an_end_does_not_know),
        cmocka_unit_test(passes_from_thread_to_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
