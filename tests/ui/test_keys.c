/* The table of keys: no key means two things in one place, and the manual names them all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/keys.h"

static void test_no_key_twice(void **state)
{
    size_t count;
    const struct key_binding *table = keys_table(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        assert_non_null(table[i].handler);
        assert_true(table[i].where != 0 && table[i].keys[0] != 0);
        assert_true(table[i].label[0] != '\0' && table[i].help[0] != '\0');
        for (size_t j = i + 1; j < count; j++) {
            bool same_place = (table[i].where & table[j].where) != 0;
            assert_false(same_place && table[i].command != NULL && table[j].command != NULL &&
                         strcmp(table[i].command, table[j].command) == 0);
            for (int k = 0; k < KEYS_PER_BINDING && table[i].keys[k] != 0; k++) {
                for (int l = 0; l < KEYS_PER_BINDING && table[j].keys[l] != 0; l++)
                    assert_false(table[i].keys[k] == table[j].keys[l] && (table[i].where & table[j].where) != 0);
            }
        }
    }
}

static void test_every_place_can_be_left(void **state)
{
    size_t count;
    const struct key_binding *table = keys_table(&count);
    (void)state;
    for (unsigned place = 1; place != 0; place <<= 1) {
        bool escape = (place & WHERE_EVERYWHERE) == 0;
        for (size_t i = 0; i < count; i++) {
            for (int k = 0; k < KEYS_PER_BINDING; k++)
                escape = escape || (table[i].keys[k] == KEYS_ESCAPE && (table[i].where & place) != 0);
        }
        assert_true(escape);
    }
}

static void test_manual(void **state)
{
    const char *root = getenv("TAPEDECK_SOURCE_DIR");
    static char text[65536];
    char path[1024];
    size_t count;
    const struct key_binding *table = keys_table(&count);
    (void)state;
    if (root == NULL) {
        puts("SKIP: TAPEDECK_SOURCE_DIR is not set");
        skip();
    }
    snprintf(path, sizeof path, "%s/docs/keys.md", root);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    for (size_t i = 0; i < count; i++) {
        char row[128], section[64];
        snprintf(row, sizeof row, "| `%s` | %s", table[i].label, table[i].help);
        snprintf(section, sizeof section, "\n## %s\n", keys_section(&table[i]));
        if (strstr(text, row) == NULL || strstr(text, section) == NULL)
            fail_msg("docs/keys.md does not have %s", row);
    }
}

/* Leaving asks when something would be lost by it. */
static void test_leaving_asks(void **state)
{
    static struct ui ui;
    (void)state;
    ui = (struct ui){.sweeps[SWEEP_CANCELS] = {.count = 3, .next = 3}};
    assert_true(keys_dispatch(&ui, WHERE_VIEW_SYSTEM, 'q'));
    assert_true(ui.leave);
    ui = (struct ui){.sweeps[SWEEP_CANCELS] = {.count = 3, .next = 1}}; /* two orders are still to be cancelled */
    assert_true(keys_dispatch(&ui, WHERE_VIEW_SYSTEM, 'q'));
    assert_false(ui.leave);
    assert_int_equal(keys_where(&ui), WHERE_QUIT);
    assert_true(keys_dispatch(&ui, WHERE_QUIT, KEYS_ESCAPE));
    assert_int_equal(ui.mode, MODE_VIEW);
    assert_true(keys_dispatch(&ui, WHERE_TICKET_SENT, 'q'));
    assert_false(ui.leave);
    assert_true(keys_dispatch(&ui, WHERE_QUIT, 'q'));
    assert_true(ui.leave);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_key_twice),
        cmocka_unit_test(test_every_place_can_be_left),
        cmocka_unit_test(test_manual),
        cmocka_unit_test(test_leaving_asks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
