/* Every state of an order with every event: the table of docs/orders.md in full, legal and not. A second test reads the
 * moves from order_fsm.csv, when that is there, and holds the table against them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/orders.h"
#include "script.h"

enum { LINES_MAX = 8, EVENTS = 20, CELL_SIZE = 8 };

/* An event, and the words that order_fsm.csv has for it. */
static const struct {
    const char *line;
    const char *words[3];
} events[EVENTS] = {
    {"new A buy 10 AAPL limit 189.01", {NULL}},
    {"validated A", {"sent"}},
    {"rejected A BAD_TICK", {"risk_denied", "halt"}},
    {"accepted A", {"ack"}},
    {"refused A", {"reject"}},
    {"triggered A 190", {"stop_hit"}},
    {"fill A * 1 @ 189", {"trade", "late trade"}},
    {"fill A * 10 @ 189", {"trade", "late trade"}},
    {"cancelled A requested C1", {"canceled"}},
    {"cancelled A ioc", {"kill", "canceled"}},
    {"cancelled A post_only", {"kill", "canceled"}},
    {"cancelled A halt", {"kill", "canceled", "halt"}},
    {"cancelled A expired", {"expired"}},
    {"cancel A C2", {"cancel_req"}},
    {"replace A R2 quantity 20", {"replace_req"}},
    {"replace_validated A R1", {NULL}},
    {"replace_rejected A R1", {"replace_reject"}},
    {"replaced A R1 4", {"replaced"}},
    {"cancel_rejected A C1", {"cancel_reject"}},
    {"cancel_rejected A R1", {"replace_reject"}},
};

#define NEW      "new A buy 10 AAPL limit 189.01"
#define SENT     NEW, "validated A"
#define ACCEPTED SENT, "accepted A"
#define PARTIAL  ACCEPTED, "fill A 1 4 @ 189"
#define STOPPED  "new A buy 10 AAPL stop 190 limit 191", "validated A", "accepted A"

/* A cell says what the event makes of the order: I S A T P F C E D R are the states in the order of docs/orders.md,
 * followed by c and r while a cancel and a replace are pending, and by ! when the fill is late or too much; "." is no
 * move, "=" stands on the tape twice. Both change nothing. */
static const struct {
    const char *name; /* the state as order_fsm.csv writes it, and what is pending */
    const char *lines[LINES_MAX];
    const char *cells[EVENTS];
} rows[] = {
    {"INITIALIZED", {NEW}, {"=", "S", "D", ".",  ".", ".", ".", ".", ".", ".",
                            ".", "C", ".", "Ic", ".", ".", ".", ".", ".", "."}},
    {"INITIALIZED + pend=CANCEL", {NEW, "cancel A C1"}, {"=", "Sc", "D", ".",  ".", ".", ".", ".", "C", ".",
                                                         ".", "C",  ".", "Ic", ".", ".", ".", ".", ".", "."}},
    {"SUBMITTED", {SENT}, {"=", "=", "=", "A",  "R", ".", "P", "F", ".", "C",
                           "C", "C", ".", "Sc", ".", ".", ".", ".", ".", "."}},
    {"SUBMITTED + pend=CANCEL", {SENT, "cancel A C1"}, {"=", "=", "=", "Ac", "R", ".", "Pc", "F", "C", "C",
                                                        "C", "C", ".", "Sc", ".", ".", ".",  ".", ".", "."}},
    {"ACCEPTED", {ACCEPTED}, {"=", "=", "=", "=",  "R",  ".", "P", "F", "C", "C",
                              "C", "C", "E", "Ac", "Ar", ".", ".", ".", ".", "."}},
    {"ACCEPTED (stop)", {STOPPED}, {"=", "=", "=", "=",  "R",  "T", "P", "F", "C", "C",
                                    "C", "C", "E", "Ac", "Ar", ".", ".", ".", ".", "."}},
    {"ACCEPTED + pend=CANCEL", {ACCEPTED, "cancel A C1"}, {"=", "=", "=", "=",  "R",   ".", "Pc", "F", "C", "C",
                                                           "C", "C", "E", "Ac", "Acr", ".", ".",  ".", "A", "."}},
    {"ACCEPTED + pend=REPLACE",
     {ACCEPTED, "replace A R1 quantity 4"},
     {"=", "=", "=", "=", "R", ".", "Pr", "F", "C", "C", "C", "C", "E", "Acr", ".", "Ar", "A", "A", ".", "A"}},
    {"ACCEPTED + pend=CANCEL + pend=REPLACE",
     {ACCEPTED, "cancel A C1", "replace A R1 quantity 4"},
     {"=", "=", "=", "=", "R", ".", "Pcr", "F", "C", "C", "C", "C", "E", "Acr", ".", "Acr", "Ac", "Ac", "Ar", "Ac"}},
    {"TRIGGERED", {STOPPED, "triggered A 190"}, {"=", "=", "=", "=",  ".",  "=", "P", "F", "C", "C",
                                                 "C", "C", "E", "Tc", "Tr", ".", ".", ".", ".", "."}},
    {"TRIGGERED + pend=CANCEL",
     {STOPPED, "triggered A 190", "cancel A C1"},
     {"=", "=", "=", "=", ".", "=", "Pc", "F", "C", "C", "C", "C", "E", "Tc", "Tcr", ".", ".", ".", "T", "."}},
    {"TRIGGERED + pend=REPLACE",
     {STOPPED, "triggered A 190", "replace A R1 quantity 4"},
     {"=", "=", "=", "=", ".", "=", "Pr", "F", "C", "C", "C", "C", "E", "Tcr", ".", "Tr", "T", "T", ".", "T"}},
    {"PARTIALLY_FILLED", {PARTIAL}, {"=", "=", "=", "=",  ".",  ".", "P", "F!", "C", "C",
                                     "C", "C", "E", "Pc", "Pr", ".", ".", ".",  ".", "."}},
    {"PARTIALLY_FILLED + pend=CANCEL",
     {PARTIAL, "cancel A C1"},
     {"=", "=", "=", "=", ".", ".", "Pc", "F!", "C", "C", "C", "C", "E", "Pc", "Pcr", ".", ".", ".", "P", "."}},
    {"PARTIALLY_FILLED + pend=REPLACE",
     {PARTIAL, "replace A R1 quantity 4"},
     {"=", "=", "=", "=", ".", ".", "Pr", "F!", "C", "C", "C", "C", "E", "Pcr", ".", "Pr", "P", "F", ".", "P"}},
    {"FILLED", {SENT, "fill A 1 10 @ 189"}, {"=", "=", "=", ".", ".", ".", "F!", "F!", ".", ".",
                                             ".", ".", ".", "F", ".", ".", "F",  ".",  "F", "F"}},
    {"CANCELED", {PARTIAL, "cancelled A halt"}, {"=", "=", "=", "=", ".", ".", "C!", "C!", "=", "=",
                                                 "=", "=", "=", "C", ".", ".", "C",  ".",  "C", "C"}},
    {"EXPIRED", {PARTIAL, "cancelled A expired"}, {"=", "=", "=", "=", ".", ".", "E!", "E!", "=", "=",
                                                   "=", "=", "=", "E", ".", ".", "E",  ".",  "E", "E"}},
    {"DENIED", {NEW, "rejected A BAD_TICK"}, {"=", "=", "=", ".", ".", ".", ".", ".", ".", ".",
                                              ".", ".", ".", "D", ".", ".", "D", ".", "D", "D"}},
    {"REJECTED", {SENT, "refused A"}, {"=", "=", "=", ".", "=", ".", ".", ".", ".", ".",
                                       ".", ".", ".", "R", ".", ".", "R", ".", "R", "R"}},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static enum fold_result fold(struct order_book *book, struct script *script, const char *line)
{
    struct event event = script_event(script, line);
    return order_book_fold(book, &event);
}

/* The line with the number of the order's next fill in place of the star. */
static void next_fill(char *text, size_t size, const char *line, const struct order *order)
{
    const char *star = strchr(line, '*');
    if (star == NULL)
        snprintf(text, size, "%s", line);
    else
        snprintf(text, size, "%.*s%u%s", (int)(star - line), line, order->fills + 1, star + 1);
}

static void write_cell(char cell[CELL_SIZE], enum fold_result result, const struct order *order)
{
    static const char letters[] = "ISATPFCEDR";
    snprintf(cell, CELL_SIZE, "%c%s%s%s", letters[order->state], order->cancel_pending ? "c" : "",
             order->replace_pending ? "r" : "", result == FOLD_LATE_FILL || result == FOLD_OVERFILL ? "!" : "");
    if (result == FOLD_ILLEGAL || result == FOLD_DUPLICATE)
        snprintf(cell, CELL_SIZE, "%s", result == FOLD_ILLEGAL ? "." : "=");
}

/* Brings an order into the state of the row, folds the event, and says what came of it. */
static void make_cell(char cell[CELL_SIZE], size_t row, size_t column)
{
    struct order_book *book = order_book_create();
    struct script script;
    char line[128];
    script_init(&script);
    for (int i = 0; i < LINES_MAX && rows[row].lines[i] != NULL; i++)
        assert_int_equal(fold(book, &script, rows[row].lines[i]), FOLD_APPLIED);
    const struct order *order = order_book_find(book, "A");
    struct order before = *order;
    next_fill(line, sizeof line, events[column].line, order);
    enum fold_result result = fold(book, &script, line);
    write_cell(cell, result, order);
    if ((result == FOLD_ILLEGAL || result == FOLD_DUPLICATE) && memcmp(&before, order, sizeof before) != 0)
        fail_msg("%s: \"%s\" was no move and changed the order", rows[row].name, line);
    order_book_destroy(book);
}

static void test_every_state_with_every_event(void **state)
{
    (void)state;
    for (size_t row = 0; row < ROWS; row++) {
        for (size_t column = 0; column < EVENTS; column++) {
            char cell[CELL_SIZE];
            make_cell(cell, row, column);
            if (strcmp(cell, rows[row].cells[column]) != 0)
                fail_msg("%s: \"%s\" gives %s instead of %s", rows[row].name, events[column].line, cell,
                         rows[row].cells[column]);
        }
    }
}

/* What the table allows beyond the words of a row of order_fsm.csv, and what of it depends on more than the state. */
static const struct {
    const char *row, *line;
} exceptions[] = {
    /* The note of the row: an order with a pending cancel is cancelled instead of accepted. */
    {"INITIALIZED + pend=CANCEL", "cancelled A requested C1"},
    {"SUBMITTED + pend=CANCEL", "cancelled A requested C1"},
    /* In a halt the checks deny what is INITIALIZED, and the exchange cancels what is SUBMITTED. */
    {"SUBMITTED", "rejected A BAD_TICK"},
    {"SUBMITTED + pend=CANCEL", "rejected A BAD_TICK"},
    /* Only stop and stop-limit orders are triggered. */
    {"ACCEPTED", "triggered A 190"},
    {"ACCEPTED + pend=CANCEL", "triggered A 190"},
    {"ACCEPTED + pend=REPLACE", "triggered A 190"},
    {"ACCEPTED + pend=CANCEL + pend=REPLACE", "triggered A 190"},
    /* One replace at a time. */
    {"ACCEPTED + pend=REPLACE", "replace A R2 quantity 20"},
    {"TRIGGERED + pend=REPLACE", "replace A R2 quantity 20"},
    {"PARTIALLY_FILLED + pend=REPLACE", "replace A R2 quantity 20"},
    {"ACCEPTED + pend=CANCEL + pend=REPLACE", "replace A R2 quantity 20"},
};

static bool is_exception(const char *row, const char *line)
{
    for (size_t i = 0; i < sizeof exceptions / sizeof exceptions[0]; i++)
        if (strcmp(exceptions[i].row, row) == 0 && strcmp(exceptions[i].line, line) == 0)
            return true;
    return false;
}

/* Whether the words between bars have this one. */
static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)) != NULL; at++) {
        bool begins = at == list || at[-1] == '|', ends = strchr("| ", at[length]) != NULL;
        if (begins && ends)
            return true;
    }
    return false;
}

/* Whether a row of the file is about this state: "ACCEPTED|TRIGGERED" or "any working + pend=CANCEL". */
static bool covers(const char *from, const char *name)
{
    char state[32];
    snprintf(state, sizeof state, "%.*s", (int)strcspn(name, " "), name);
    const char *pending = strstr(from, "pend");
    if (pending != NULL && strstr(name, pending) == NULL)
        return false;
    return has_word(from, state) ||
           (strncmp(from, "any working", 11) == 0 && has_word("ACCEPTED|TRIGGERED|PARTIALLY_FILLED", state));
}

static bool is_column(const char *word_list, size_t column)
{
    for (size_t i = 0; i < 3 && events[column].words[i] != NULL; i++)
        if (has_word(word_list, events[column].words[i]))
            return true;
    return false;
}

static void take_row(bool legal[ROWS][EVENTS], const char *from, const char *words)
{
    for (size_t row = 0; row < ROWS; row++)
        for (size_t column = 0; column < EVENTS; column++)
            legal[row][column] |= covers(from, rows[row].name) && is_column(words, column);
}

static void test_the_file_says_the_same(void **state)
{
    (void)state;
    static bool legal[ROWS][EVENTS];
    const char *source = getenv("TAPEDECK_SOURCE_DIR");
    char path[512], line[512];
    snprintf(path, sizeof path, "%s/../shared/order_fsm.csv", source == NULL ? "." : source);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        printf("SKIP: no %s\n", path);
        skip();
    }
    int taken = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        char *words = strchr(line, ','), *end = words == NULL ? NULL : strchr(words + 1, ',');
        if (end == NULL || taken++ == 0)
            continue;
        *words++ = *end = '\0';
        take_row(legal, line, words);
    }
    fclose(file);
    assert_true(taken > 20);
    for (size_t row = 0; row < ROWS; row++) {
        for (size_t column = 0; column < EVENTS; column++) {
            const char *cell = rows[row].cells[column];
            if (events[column].words[0] == NULL || is_exception(rows[row].name, events[column].line))
                continue;
            bool is_move = strcmp(cell, ".") != 0 && strcmp(cell, "=") != 0;
            if (is_move != legal[row][column])
                fail_msg("%s: \"%s\" gives %s, the file says it is %slegal", rows[row].name, events[column].line, cell,
                         legal[row][column] ? "" : "not ");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_state_with_every_event),
        cmocka_unit_test(test_the_file_says_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
