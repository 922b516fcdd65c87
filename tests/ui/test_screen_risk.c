/* The risk screen as a person meets it: keys in, cells and requests out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ui/screen_test.h"

static void send(struct terminal *terminal, const char *keys, const char *shows)
{
    terminal_send(terminal, keys);
    if (!terminal_wait(terminal, shows))
        fail_msg("after \"%s\" the screen does not show \"%s\"", keys, shows);
}

static void test_sizes(void **state)
{
    static const int sizes[][2] = {{24, 80}, {36, 120}, {60, 200}};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct terminal *terminal = screen_test_start(sizes[i][0], sizes[i][1], "");
        char name[32];
        assert_true(terminal_wait(terminal, "? help"));
        send(terminal, GO("risk") "j", "Limits of SIM-1");
        snprintf(name, sizeof name, "risk-%dx%d", sizes[i][1], sizes[i][0]);
        screen_test_check_file(terminal, name);
        terminal_destroy(terminal);
    }
}

static void test_parts(void **state)
{
    struct terminal *terminal = screen_test_start(24, 80, "ascii");
    (void)state;
    assert_true(terminal_wait(terminal, "? help"));
    send(terminal, GO("risk"), "Limits of all");
    assert_true(terminal_find(terminal, "worst") < 0 || terminal_find(terminal, "METHOD") >= 0);
    send(terminal, "jw", "worst 0.60 %");
    screen_test_check_file(terminal, "risk-curve-ascii");
    send(terminal, "w", "Active; it was never halted.");
    send(terminal, "w", "METHOD");
    send(terminal, "/desk" ENTER, "Limits of DESK-2");
    terminal_destroy(terminal);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--child") == 0)
        return screen_child_main(argc - 1, argv + 1);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sizes), cmocka_unit_test(test_parts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
