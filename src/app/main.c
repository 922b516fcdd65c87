/* tapedeck: what the command line asks for, and the exit code that says what came of it. */
#include <locale.h>
#include <stdio.h>

#include "app/deck.h"
#include "app/options.h"
#include "app/usage.h"
#include "app/watch.h"

static int run(const struct options *options, struct error *error)
{
    switch (options->command) {
    case OPTIONS_DECK:
        return deck_run(options, error);
    case OPTIONS_WATCH:
        return watch_run(options, error);
    case OPTIONS_PRINT_CONFIG:
        options_print(options, stdout);
        return 0;
    case OPTIONS_VERSION:
        usage_print_version(stdout);
        return 0;
    case OPTIONS_HELP:
        usage_print(stdout);
        return 0;
    }
    return -1;
}

int main(int argc, char **argv)
{
    struct options options;
    struct options_source source = {.argc = argc, .argv = argv};
    struct error error = {0};
    setlocale(LC_ALL, "");
    int result = options_read(&options, &source, &error);
    if (result == 0) {
        result = run(&options, &error);
        options_free(&options);
    }
    if (result != 0) {
        fprintf(stderr, "tapedeck: %s\n", error.text);
        return error.kind != ERROR_NONE ? (int)error.kind : ERROR_FAILED;
    }
    return fflush(stdout) == 0 ? 0 : ERROR_FAILED;
}
