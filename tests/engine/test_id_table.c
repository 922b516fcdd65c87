/* The table of ids: what was added is found, what was not is not, also when ids differ in one place only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "engine/id_table.h"

enum { IDS = 5000, ID_BYTES = 65 };

static char ids[IDS][ID_BYTES];

static void finds_what_was_added(void **state)
{
    (void)state;
    struct id_table table = {0};
    assert_null(id_table_find(&table, "A"));
    for (size_t i = 0; i < IDS; i++) {
        /* Short ones, and ones of all lengths that agree but for their first, or their last, letters. */
        snprintf(ids[i], ID_BYTES, i % 3 == 0 ? "%zu" : i % 3 == 1 ? "ORDER-%050zu" : "%zu-TWAP-SLICE", i);
        assert_null(id_table_find(&table, ids[i]));
        id_table_add(&table, ids[i], ids[i]);
        assert_ptr_equal(id_table_find(&table, ids[i]), ids[i]);
    }
    assert_int_equal(table.count, IDS);
    for (size_t i = 0; i < IDS; i++) {
        char copy[ID_BYTES];
        memcpy(copy, ids[i], ID_BYTES);
        assert_ptr_equal(id_table_find(&table, copy), ids[i]);
        strcat(copy, "x");
        assert_null(id_table_find(&table, copy));
    }
    assert_null(id_table_find(&table, ""));
    id_table_free(&table);
    assert_int_equal(table.count, 0);
    assert_null(id_table_find(&table, ids[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
