/* Keys that the configuration changes: their names, whose they become, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "ui/keys.h"
#include "ui/screen_config.h"

static struct screen_config config;
static const struct ui ui = {.config = &config};

static int set(const char *setting, const char *value, struct error *error)
{
    return screen_config_set(&config, "keys", setting, value, error);
}

static int forget(void **state)
{
    (void)state;
    memset(&config, 0, sizeof config);
    return 0;
}

static void test_names_of_keys(void **state)
{
    static const struct {
        const char *name;
        int key;
    } cases[] = {
        {"a", 'a'},
        {"#", '#'},
        {"Space", ' '},
        {"Tab", KEYS_TAB},
        {"S-Tab", KEYS_BACK_TAB},
        {"F1", KEYS_F1},
        {"F12", KEYS_F12},
        {"F13", 0},
        {"F0", 0},
        {"F1x", 0},
        {"Ctrl-A", 1},
        {"Ctrl-Z", 26},
        {"Ctrl-C", 0},
        {"Ctrl-I", 0},
        {"Ctrl-a", 0},
        {"Ctrl-", 0},
        {"PgUp", KEYS_PAGE_UP},
        {"Del", KEYS_DELETE},
        {"esc", 0},
        {"ab", 0},
        {"\xc3\xa9", 0},
        {"", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (keymap_key(cases[i].name) != cases[i].key)
            fail_msg("\"%s\" is %#x", cases[i].name, keymap_key(cases[i].name));
    }
}

static void check(unsigned where, int key, const char *command)
{
    const struct key_binding *binding = keys_find(&ui, where, key);
    const char *is = binding == NULL || binding->command == NULL ? "" : binding->command;
    if (strcmp(is, command) != 0)
        fail_msg("key %#x in place %#x is \"%s\", not \"%s\"", key, where, is, command);
}

/* Everywhere, or in one part; the old keys are free, and a later setting wins. */
static void test_changes(void **state)
{
    struct error error = {0};
    const char *section, *key;
    (void)state;
    assert_int_equal(set("halt", "F12 !", &error), 0);
    assert_int_equal(set("deck.buy", "B", &error), 0);
    assert_int_equal(set("zoom", "b", &error), 0);
    assert_int_equal(set("zoom", "F5", &error), 0);
    assert_int_equal(set("every-screen-but-the-deck.down", "n Down", &error), 0);
    assert_int_equal(set("order-ticket-sent.quit", "Q", &error), 0);
    assert_int_equal(screen_config_check(&config, &section, &key, &error), 0);
    check(WHERE_WATCH, KEYS_F12, "halt");
    check(WHERE_WATCH, '!', "halt");
    check(WHERE_TICKET_SENT, '!', "halt");
    check(WHERE_WATCH, 'H', "");
    check(WHERE_WATCH, 'B', "buy");
    check(WHERE_WATCH, 'b', "");
    check(WHERE_VIEW_MARKET, 'b', "buy");
    check(WHERE_WATCH, KEYS_F1 + 4, "zoom");
    check(WHERE_VIEW_ORDERS, 'n', "down");
    check(WHERE_VIEW_ORDERS, 'j', "");
    check(WHERE_WATCH, 'j', "down");
    check(WHERE_TICKET_SENT, 'Q', "quit");
    check(WHERE_WATCH, 'q', "quit");
    assert_string_equal(keys_label(&ui, keys_find(&ui, WHERE_WATCH, '!')), "F12 !");
    assert_string_equal(keys_name(&ui, WHERE_WATCH, "halt").text, "F12");
}

/* Two actions may change places. */
static void test_exchange(void **state)
{
    struct error error = {0};
    const char *section, *key;
    (void)state;
    assert_int_equal(set("deck.buy", "s", &error), 0);
    assert_int_equal(set("deck.sell", "b", &error), 0);
    assert_int_equal(screen_config_check(&config, &section, &key, &error), 0);
    check(WHERE_WATCH, 's', "buy");
    check(WHERE_WATCH, 'b', "sell");
}

static void test_refused(void **state)
{
    static const struct {
        const char *setting, *value, *says;
    } cases[] = {
        {"explode", "x", "there is no action \"explode\""},
        {"market.halt", "x", "there is no action \"market.halt\""},
        {"deck.", "x", "there is no action"},
        {"screen", "x", "there is no action"},
        {"buy", "", "needs a key"},
        {"buy", "F99", "there is no key \"F99\""},
        {"buy", "a b c d e f", "at most 5 keys"},
        {"buy", "B aVeryLongNameOfAKeyThatNoKeyboardHas", "there is no key \"aVery"},
    };
    static const struct {
        const char *setting, *value, *says;
    } conflicts[] = {
        {"buy", "s", "\"s\" a key is taken: \"sell"},
        {"deck.zoom", "F5 3", "another screen"},     /* digits lead to screens */
        {"order-ticket.quit", "7", "type a number"}, /* and are numbers in the ticket */
        {"redraw", "~", "part of a name"},           /* letters are text where text is typed */
        {"halt", "Esc", "Esc"},
    };
    struct error error = {0};
    const char *section, *key;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(set(cases[i].setting, cases[i].value, &error), -1);
        if (strstr(error.text, cases[i].says) == NULL)
            fail_msg("%s = %s: %s", cases[i].setting, cases[i].value, error.text);
    }
    for (size_t i = 0; i < sizeof conflicts / sizeof conflicts[0]; i++) {
        forget(NULL);
        assert_int_equal(set(conflicts[i].setting, conflicts[i].value, &error), 0);
        assert_int_equal(screen_config_check(&config, &section, &key, &error), -1);
        assert_string_equal(key, conflicts[i].setting);
        if (strstr(error.text, conflicts[i].says) == NULL)
            fail_msg("%s = %s: %s", conflicts[i].setting, conflicts[i].value, error.text);
    }
}

static void test_groups_and_columns(void **state)
{
    static const struct {
        const char *section, *key, *value, *says; /* NULL: taken */
    } cases[] = {
        {"watch.tech", "symbols", "AAPL,MSFT  BTC-USD@kraken", NULL},
        {"watch.tech", "symbols", "TSLA", NULL}, /* the later one */
        {"watch.tech", "color", "red", "no key \"color\""},
        {"watch.all", "symbols", "AAPL", "is not \"all\""},
        {"watch.", "symbols", "AAPL", "a group's name"},
        {"watch.x", "symbols", " , ", "there is none"},
        {"watch.x", "symbols", "@NYSE", "neither SYMBOL"},
        {"watch.x", "symbols", "AAPL@", "neither SYMBOL"},
        {"watch.x", "symbols", "A-symbol-that-is-longer-than-any-symbol-can-be-1234567890", "neither SYMBOL"},
        {"columns", "market", "symbol, BID ask chg%", NULL},
        {"columns", "market", "all", NULL},
        {"columns", "market", "symbol bod", "there is no column \"bod\""},
        {"columns", "market", "bid bid", "stands twice"},
        {"columns", "market", "all bid", "\"all\" alone"},
        {"columns", "market", "", "names of columns"},
        {"columns", "system", "symbol", "no screen with a list"},
        {"columns", "orders", "order state", NULL},
    };
    struct error error = {0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int result = screen_config_set(&config, cases[i].section, cases[i].key, cases[i].value, &error);
        if ((result == 0) != (cases[i].says == NULL) ||
            (cases[i].says != NULL && strstr(error.text, cases[i].says) == NULL))
            fail_msg("[%s] %s = %s: %d %s", cases[i].section, cases[i].key, cases[i].value, result, error.text);
    }
    assert_int_equal(config.groups.groups[0].count, 1);
    assert_string_equal(config.groups.groups[0].symbols[0].symbol, "TSLA");
    screen_config_free(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_of_keys),
        cmocka_unit_test_setup(test_changes, forget),
        cmocka_unit_test_setup(test_exchange, forget),
        cmocka_unit_test_setup(test_refused, forget),
        cmocka_unit_test_setup(test_groups_and_columns, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
