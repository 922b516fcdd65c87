/* tapedeck: what the command line asks for, and the exit code that says what came of it. */
#include <locale.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "app/alerts.h"
#include "app/backtest.h"
#include "app/change.h"
#include "app/dead_letters.h"
#include "app/deck.h"
#include "app/flatten.h"
#include "app/lists.h"
#include "app/options.h"
#include "app/order.h"
#include "app/publish.h"
#include "app/record.h"
#include "app/state.h"
#include "app/streams.h"
#include "app/usage.h"
#include "app/watch.h"
#include "app/work.h"

static int run(const struct options *options, struct error *error)
{
    switch (options->command) {
    case OPTIONS_DECK:
        return deck_run(options, error);
    case OPTIONS_WATCH:
        return watch_run(options, error);
    case OPTIONS_WORK:
        return work_run(options, error);
    case OPTIONS_PUBLISH:
        return publish_run(options, error);
    case OPTIONS_DEAD_LETTERS:
        return dead_letters_run(options, error);
    case OPTIONS_STREAMS:
        return streams_run(options, error);
    case OPTIONS_ORDER:
        return order_run(options, error);
    case OPTIONS_CANCEL:
    case OPTIONS_REPLACE:
        return change_run(options, error);
    case OPTIONS_ORDERS:
    case OPTIONS_POSITIONS:
    case OPTIONS_FILLS:
        return lists_run(options, error);
    case OPTIONS_BACKTEST:
        return backtest_run(options, error);
    case OPTIONS_RECORD:
        return record_run(options, error);
    case OPTIONS_HALT:
    case OPTIONS_REDUCE:
    case OPTIONS_RESUME:
        return state_run(options, error);
    case OPTIONS_FLATTEN:
        return flatten_run(options, error);
    case OPTIONS_ALERTS:
        return alerts_run(options, error);
    case OPTIONS_ACK:
        return alerts_run_ack(options, error);
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

/* Passwords and tokens are in memory: no core dump of this process, or of those it starts, may carry them away, and no
 * other process of the user may read them there. The leak check of a sanitizer has to. */
static void keep_secrets(void)
{
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__
    prctl(PR_SET_DUMPABLE, 0);
#endif
}

int main(int argc, char **argv)
{
    struct options options;
    struct options_source source = {.argc = argc, .argv = argv};
    struct error error = {0};
    keep_secrets();
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
