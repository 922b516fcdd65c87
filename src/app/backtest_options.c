/* Files, a command, and what excludes what. */
#include "app/backtest_options.h"

#include <stdlib.h>
#include <string.h>

#include "app/paths.h"

static void keep(const char *text, char **field)
{
    free(*field);
    *field = strdup(text);
    if (*field == NULL)
        abort();
}

static int read_path(const char *text, char **field, struct error *error)
{
    char path[PATHS_SIZE];

    if (text[0] == '\0')
        return error_set(error, ERROR_USAGE, "the value is empty");
    if (paths_absolute(path, text, error) != 0)
        return -1;
    keep(path, field);
    return 0;
}

int backtest_options_orders(struct options *options, const char *text, struct error *error)
{
    return read_path(text, &options->backtest.orders, error);
}

int backtest_options_events(struct options *options, const char *text, struct error *error)
{
    if (strcmp(text, "-") != 0)
        return read_path(text, &options->backtest.events, error);
    keep(text, &options->backtest.events);
    return 0;
}

int backtest_options_take_words(struct options *options, char **words, struct error *error)
{
    if ((words == NULL) == (options->backtest.orders == NULL))
        return error_set(error, ERROR_USAGE, "backtest takes --orders FILE or a command: tapedeck backtest -- COMMAND");
    if (options->watch.to.kind == REPLAY_SEQUENCE)
        return error_set(error, ERROR_USAGE, "--to of backtest is a time");
    if (words != NULL)
        options->backtest.command = value_copy_words(words);
    return 0;
}
