/* The texts of --help and --version, read off the table of options so that they cannot fall behind it. */
#include "app/usage.h"

#include <string.h>

#include "app/option_table.h"

enum { HELP_COLUMN = 30, HELP_WIDTH = 80 };

/* The help of one option, broken at spaces to fit beside the names. */
static void print_wrapped(const char *text, FILE *out)
{
    size_t room = HELP_WIDTH - HELP_COLUMN;

    while (strlen(text) > room) {
        size_t length = room;

        while (length > 0 && text[length] != ' ')
            length--;
        if (length == 0)
            length = strcspn(text, " ");
        fprintf(out, "%.*s\n%*s", (int)length, text, HELP_COLUMN, "");
        text += length;
        text += strspn(text, " ");
    }
    fprintf(out, "%s\n", text);
}

/* The options of a set of commands, or with OPTION_FOR_ALL those of every command. */
static void print_options(unsigned commands, FILE *out)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_spec *spec = &OPTION_TABLE[i];
        char names[64], help[256];

        bool general = (spec->traits & OPTION_FOR_ALL) == OPTION_FOR_ALL;
        bool hidden = (spec->traits & OPTION_SECRET) != 0;

        if (hidden || general != (commands == OPTION_FOR_ALL) || (spec->traits & commands) == 0)
            continue;
        char letter[] = {'-', spec->letter, ',', ' ', '\0'};

        snprintf(names, sizeof(names), "  %s--%s%s%s", spec->letter != 0 ? letter : "", spec->name,
                 spec->argument != NULL ? " " : "", spec->argument != NULL ? spec->argument : "");
        fprintf(out, "%-*s", HELP_COLUMN, names);
        if (strlen(names) >= HELP_COLUMN)
            fprintf(out, "\n%*s", HELP_COLUMN, "");
        if (spec->built_in != NULL && (spec->traits & OPTION_FLAG) == 0)
            snprintf(help, sizeof(help), "%s [%s]", spec->help, spec->built_in);
        else
            snprintf(help, sizeof(help), "%s", spec->help);
        print_wrapped(help, out);
    }
}

void usage_print(FILE *out)
{
    static const struct {
        const char *name;
        unsigned commands;
    } GROUPS[] = {
        {"watch", OPTION_FOR_WATCH},
        {"record", OPTION_FOR_RECORD},
        {"work", OPTION_FOR_WORK},
        {"publish", OPTION_FOR_PUBLISH},
        {"dead-letters", OPTION_FOR_DEAD_LETTERS},
        {"streams", OPTION_FOR_STREAMS},
        {"order, cancel and replace", OPTION_FOR_TRADE},
        {"orders, positions and fills", OPTION_FOR_LISTS},
        {"backtest", OPTION_FOR_BACKTEST},
        {"halt, reduce and resume", OPTION_FOR_STATE},
        {"flatten", OPTION_FOR_FLATTEN},
        {"alerts and ack", OPTION_FOR_ALERTS | OPTION_FOR_ACK},
    };

    fputs("Usage: tapedeck [OPTION]...\n"
          "       tapedeck watch [PATTERN] [--from TIME|--seq N] [--to TIME|N] [--speed X]\n"
          "                      [--stream NAME] [--json|--csv] [--count N] [OPTION]...\n"
          "       tapedeck record [PATTERN] -o FILE [--from TIME] [--to TIME|N] [--count N]\n"
          "                       [--stream NAME] [--force] [OPTION]...\n"
          "       tapedeck work --durable NAME [--group N] [--stream NAME]\n"
          "                     [--filter SUBJECT] [OPTION]... -- COMMAND [ARG]...\n"
          "       tapedeck publish [--subject SUBJECT] [--rate N] [OPTION]...\n"
          "       tapedeck dead-letters [list] [--json] [--count N] [OPTION]...\n"
          "       tapedeck dead-letters show SEQUENCE [--json] [OPTION]...\n"
          "       tapedeck dead-letters put-back SEQUENCE... [OPTION]...\n"
          "       tapedeck streams [--apply|--leases] [--json] [OPTION]...\n"
          "       tapedeck order buy|sell SYMBOL QUANTITY [@PRICE] [--stop PRICE]\n"
          "                      [--tif day|gtc|ioc|fok] [--post-only] [--exchange NAME]\n"
          "                      [--id ID] [--wait] [--json] [OPTION]...\n"
          "       tapedeck cancel ID|--all [--symbol SYMBOL] [OPTION]...\n"
          "       tapedeck replace ID [--quantity Q] [--limit PRICE] [--stop PRICE]\n"
          "                        [--wait] [OPTION]...\n"
          "       tapedeck orders [--all] [--json|--csv] [OPTION]...\n"
          "       tapedeck positions [--json|--csv] [OPTION]...\n"
          "       tapedeck fills [--from TIME] [--json|--csv] [OPTION]...\n"
          "       tapedeck backtest [--feed SPEC]... [--events FILE] [--json]\n"
          "                         (--orders FILE | -- COMMAND [ARG]...) [OPTION]...\n"
          "       tapedeck halt|reduce|resume [SCOPE] [--reason TEXT] [OPTION]...\n"
          "       tapedeck flatten [SCOPE] [--reason TEXT] [--yes] [OPTION]...\n"
          "       tapedeck alerts [--all] [--follow] [--json] [OPTION]...\n"
          "       tapedeck ack ID|--all [--comment TEXT] [--shelve DURATION|--unshelve]\n"
          "                    [--json] [OPTION]...\n"
          "\n"
          "A live trading deck in the terminal, on NATS JetStream.\n"
          "\n"
          "tapedeck starts the deck: a NATS server of its own, the services and the screen.\n"
          "tapedeck watch prints quotes with their spread; PATTERN is a symbol (AAPL) or\n"
          "a subject pattern (md.nyse.>). Below orders., positions. or risk., or of any\n"
          "--stream, it prints events; with --from, --seq or --to, the past.\n"
          "tapedeck record writes the same into a file, which --feed recording:FILE plays.\n"
          "tapedeck work runs COMMAND for each message of a stream, until it exits with 0.\n"
          "tapedeck publish publishes lines of JSON from standard input.\n"
          "tapedeck dead-letters lists what no reader could work, and puts it back.\n"
          "tapedeck streams shows where the streams differ from what is configured.\n"
          "tapedeck order, cancel and replace trade on paper; orders, positions and fills\n"
          "print what came of it.\n"
          "tapedeck backtest trades on recorded or simulated quotes, as fast as it goes.\n"
          "tapedeck halt stops all trading, that of an account or of ACCOUNT/SYMBOL, and\n"
          "ends when the tape proves that no order works; reduce lets through what makes\n"
          "a position smaller; resume lifts both; flatten halts, closes every position\n"
          "at market, and ends when the tape proves that none is left.\n"
          "tapedeck alerts lists what is wrong; ack says that somebody has seen it.\n"
          "\n"
          "Options of the deck:\n",
          out);
    print_options(OPTION_FOR_DECK, out);
    for (size_t i = 0; i < sizeof(GROUPS) / sizeof(GROUPS[0]); i++) {
        fprintf(out, "\nOptions of %s:\n", GROUPS[i].name);
        print_options(GROUPS[i].commands, out);
    }
    fputs("\nOptions of all:\n", out);
    print_options(OPTION_FOR_ALL, out);
    fputs("\n"
          "An option is also read from the environment (TAPEDECK_STATE_DIR), from the\n"
          "section [deck] of ~/.config/tapedeck/tapedeck.ini and of\n"
          "/etc/tapedeck/tapedeck.ini; the first of these that has it counts.\n"
          "\n"
          "TAPEDECK_USER and TAPEDECK_PASSWORD, or TAPEDECK_TOKEN, log in to the server.\n"
          "\n"
          "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 server not\n"
          "reachable, 4 address or state directory in use, 5 order refused, 6 fate unknown.\n"
          "See man tapedeck.\n",
          out);
}

void usage_print_version(FILE *out)
{
    fputs("tapedeck " TAPEDECK_VERSION "\n", out);
}
