/* See screen_test.h. */
#include "ui/screen_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const usual_environment[] = {"TERM=xterm-256color", "LC_ALL=C.UTF-8", "COLORTERM", "NO_COLOR", NULL};

struct terminal *screen_test_start(int rows, int cols, const char *argument)
{
    char words[128];
    const char *argv[12] = {"", "--child"};
    int count = 2;
    snprintf(words, sizeof words, "%s", argument);
    for (char *word = strtok(words, ","); word != NULL && count < 11; word = strtok(NULL, ","))
        argv[count++] = word;
    return terminal_start(rows, cols, argv, usual_environment);
}

/* A line of the screen is as written; # stands for any one character, for ages and the flow. */
static bool line_is(struct terminal *terminal, int row, const char *wanted, char line[TERMINAL_LINE_SIZE])
{
    size_t i = 0;
    terminal_line(terminal, row, line);
    for (; wanted[i] != '\0' && line[i] != '\0'; i++) {
        if (wanted[i] != '#' && wanted[i] != line[i])
            return false;
    }
    return wanted[i] == '\0' && line[i] == '\0';
}

/* A frame may arrive in pieces: each line is waited for. */
static bool line_becomes(struct terminal *terminal, int row, const char *wanted, char line[TERMINAL_LINE_SIZE])
{
    for (int tries = 0; !line_is(terminal, row, wanted, line); tries++) {
        if (tries == 100)
            return false;
        terminal_pump(terminal, 50);
    }
    return true;
}

void screen_test_check_rows(struct terminal *terminal, int first, const char *const *wanted, int count)
{
    char line[TERMINAL_LINE_SIZE];
    for (int i = 0; i < count; i++) {
        if (wanted[i] == NULL)
            continue;
        if (!line_becomes(terminal, first + i, wanted[i], line))
            fail_msg("row %d\n is     |%s|\n wanted |%s|", first + i, line, wanted[i]);
    }
}

void screen_test_walk(struct terminal *terminal, const struct screen_step *steps, size_t count)
{
    assert_true(terminal_wait(terminal, "? help"));
    for (size_t i = 0; i < count; i++) {
        terminal_send(terminal, steps[i].keys);
        if (!terminal_wait(terminal, steps[i].shows))
            fail_msg("after \"%s\" the screen does not show \"%s\"", steps[i].keys, steps[i].shows);
    }
}

void screen_test_check_line(struct terminal *terminal, const char *wanted)
{
    char line[TERMINAL_LINE_SIZE];
    if (terminal_wait(terminal, wanted)) {
        int row = terminal_find(terminal, wanted);
        if (!line_becomes(terminal, row, wanted, line))
            fail_msg("\n is     |%s|\n wanted |%s|", line, wanted);
        return;
    }
    for (int row = 0; row < terminal->rows; row++) {
        terminal_line(terminal, row, line);
        print_message("|%s|\n", line);
    }
    fail_msg("no line is |%s|", wanted);
}

/* clang-format off */
static const char *const golden_80x24[24] = {
    NULL, /* the status bar: it holds the flow */
    "─ Watch ──────────────────────────────────────────────────────── 7 instruments ─",
    " SYMBOL    BIDSZ       BID       ASK  ASKSZ SPREAD   BP        LAST   CHG% AGE",
    "▸AAPL        300    189.01    189.02    200   0.01  0.5      189.02   0.00 ###",
    " GOOG        100    141.17    141.19 12,400   0.02  1.4      141.17   0.00 ###",
    " MSFT        500    402.55    402.56    100   0.01  0.2      402.56   0.00 ###",
    " TSLA        300    201.30    201.34    200   0.04  2.0      201.30   0.00 ###",
    " AMZN        700    172.80    172.81    600   0.01  0.6      172.80   0.00 20m!",
    " BTC-USD  0.8200 61,837.63 61,837.64 1.4000   0.01  0.0   61,837.64   0.00 ###",
    " ETH-USD  12.100  2,641.20  2,641.21 3.3000   0.01  0.0    2,641.20   0.00 ###",
    "─ Positions  1-3 of 4 ─────── unrealized (▲ +250.30)  realized ▲ +1,072.02 USD ─",
    " SYMBOL         QTY     AVERAGE        MARK  EXPOSURE   UNREALIZED     REALIZED",
    " AAPL          +380     188.530     189.015   +71,826    ▲ +184.30    ▲ +840.00",
    " AMZN           +40     172.000     172.800    +6,912   (▲ +32.00)         0.00",
    " BTC-USD   +0.01300  61,837.631  61,837.635      +804         0.00      ▼ -0.08",
    "─ Orders  1-3 of 5 ───────────────────────────────────────────────── 2 working ─",
    " 14:30:05 sell TSLA         50     205.00 gtc  working",
    " 14:30:05 buy  AAPL        200     188.95 day  80 of 200 filled",
    " 14:30:05 buy  GOOG        100      99.00 day  rejected PRICE_COLLAR: 99.00 is…",
    "─ Alerts ────────────────────────────────────────────────── 2 not acknowledged ─",
    " CRITICAL 14:30:06 SIM-1 daily loss 10,120 above 10,000: reduce only",
    " warning  14:30:05 AMZN quote is stale for 6.2 s (warning at 5 s)",
    "",
    " b buy  s sell  H halt  Tab pane  / filter  1-9 screen  : cmd  ? help  q quit",
};
/* clang-format on */

void screen_test_check_golden(struct terminal *terminal)
{
    screen_test_check_rows(terminal, 0, golden_80x24, 24);
}

/* The rows that a golden file holds: without the frame, which changes with the screens there are. */
enum { FRAME_ROWS = 2, KEY_ROWS = 1 };

/* A frame may arrive in pieces; a person waits for this, so it may take its time. */
static void write_file(struct terminal *terminal, const char *path)
{
    char line[TERMINAL_LINE_SIZE];
    for (int i = 0; i < 20; i++)
        terminal_pump(terminal, 100);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int row = FRAME_ROWS; row < terminal->rows - KEY_ROWS; row++) {
        terminal_line(terminal, row, line);
        fprintf(file, "%s\n", line);
    }
    fclose(file);
}

void screen_test_check_file(struct terminal *terminal, const char *name)
{
    const char *root = getenv("TAPEDECK_SOURCE_DIR"), *how = getenv("TAPEDECK_GOLDEN");
    char path[1024], wanted[TERMINAL_LINE_SIZE], line[TERMINAL_LINE_SIZE];
    snprintf(path, sizeof path, "%s/tests/ui/golden/%s.txt", root == NULL ? "." : root, name);
    if (how != NULL && strcmp(how, "write") == 0)
        write_file(terminal, path);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail_msg("%s cannot be read", path);
    for (int row = FRAME_ROWS; row < terminal->rows - KEY_ROWS; row++) {
        assert_non_null(fgets(wanted, sizeof wanted, file));
        wanted[strcspn(wanted, "\n")] = '\0';
        if (!line_becomes(terminal, row, wanted, line))
            fail_msg("%s, row %d\n is     |%s|\n wanted |%s|", name, row, line, wanted);
    }
    fclose(file);
}

struct event screen_test_next_request(struct terminal *terminal)
{
    char line[8192];
    struct event event;
    struct error error;
    assert_true(terminal_read_back(terminal, line, sizeof line));
    char *blank = strchr(line, ' ');
    assert_non_null(blank);
    *blank = '\0';
    if (event_decode(&event, line, blank + 1, strlen(blank + 1), NULL, &error) != 0)
        fail_msg("%s: %s", line, error.text);
    return event;
}
