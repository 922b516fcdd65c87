/* Command lines for tests. */
/* cmocka.h needs these before it, in this order. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "app/command_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/option_table.h"
#include "app/temporary.h"

enum { WORDS_MAX = 32 };

char command_line_no_file[128];

void command_line_clear(void)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char name[OPTION_KEY_SIZE];

        option_variable(&OPTION_TABLE[i], name);
        unsetenv(name);
    }
    setenv("HOME", temporary_path("home"), 1);
    unsetenv("XDG_STATE_HOME");
    unsetenv("XDG_CONFIG_HOME");
}

int command_line_set_up(void **state)
{
    (void)state;
    temporary_make();
    snprintf(command_line_no_file, sizeof(command_line_no_file), "%s", temporary_path("no-system-file"));
    command_line_clear();
    return 0;
}

int command_line_tear_down(void **state)
{
    (void)state;
    temporary_remove();
    return 0;
}

int command_line_read(struct options *options, const char *line, const char *system_file, struct error *error)
{
    char text[1024], *words[WORDS_MAX + 1] = {0}, *rest = NULL;
    int count = 0;

    snprintf(text, sizeof(text), "tapedeck %s", line);
    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        assert_true(count < WORDS_MAX);
        for (char *at = word; *at != '\0'; at++) {
            if (*at == '|')
                *at = ' ';
        }
        words[count++] = word;
    }
    const struct options_source source = {
        .argc = count, .argv = words, .system_file = system_file != NULL ? system_file : command_line_no_file};

    return options_read(options, &source, error);
}

void command_line_read_well(struct options *options, const char *line)
{
    struct error error = {0};

    if (command_line_read(options, line, NULL, &error) != 0)
        fail_msg("%s: %s", line, error.text);
}

void command_line_read_config(struct options *options, const char *text)
{
    char line[160];

    snprintf(line, sizeof(line), "--config %s", temporary_text("own.ini", text));
    command_line_read_well(options, line);
}
