/* Reading the options: flags are collected first, since one of them names the configuration file; then the layers are
 * laid over each other from the lowest to the highest, each value checked where it stands. */
#include "app/options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/alerts.h"
#include "app/backtest_options.h"
#include "app/dead_letters.h"
#include "app/option_table.h"
#include "app/order_options.h"
#include "app/paths.h"
#include "app/record_options.h"
#include "app/sections.h"
#include "app/state.h"
#include "core/text.h"

enum { OPTIONS_MAX = 96 };

static const char BUILT_IN[] = "built-in";

/* What the command line says, one text for each option of the table. */
struct flags {
    char *texts[OPTIONS_MAX]; /* owned; items of a list joined by the separator */
    enum options_command command;
    bool done; /* --help or --version: what stands behind it is not read */
    const char *watch_pattern;
    char **words; /* behind the name of a command of READS_WORDS; NULL: none; ended by NULL */
};

static char *format_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

static char *format_text(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    va_end(arguments);
    return text;
}

/* Takes one text over for one option. A list starts anew, because a higher layer replaces a lower one. */
static int apply(struct options *options, const struct option_spec *spec, const char *text, struct error *error)
{
    if ((spec->traits & OPTION_LIST) == 0)
        return spec->set(options, text, error);
    option_clear_list(options, spec);
    for (const char *at = text;;) {
        const char *end = strstr(at, OPTION_LIST_SEPARATOR);
        char *item = end != NULL ? strndup(at, (size_t)(end - at)) : strdup(at);

        if (item == NULL)
            abort();
        int result = spec->set(options, item, error);
        free(item);
        if (result != 0 || end == NULL)
            return result;
        at = end + strlen(OPTION_LIST_SEPARATOR);
    }
}

/* Keeps text and origin for options_print. `origin` becomes the options'. */
static void remember(struct options *options, const struct option_spec *spec, const char *text, char *origin)
{
    struct option_value *value = &options->values[spec - OPTION_TABLE];

    free(value->text);
    free(value->origin);
    value->text = format_text("%s", (spec->traits & OPTION_SECRET) != 0 ? "" : text);
    value->origin = origin;
}

static int apply_built_in(struct options *options, struct error *error)
{
    char path[PATHS_SIZE];

    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_spec *spec = &OPTION_TABLE[i];

        if (spec->built_in == NULL)
            continue;
        if (apply(options, spec, spec->built_in, error) != 0)
            return -1;
        remember(options, spec, spec->built_in, format_text("%s", BUILT_IN));
    }
    /* Where there is no home, the state directory has to be given. */
    if (paths_default_state_directory(path, NULL) == 0) {
        const struct option_spec *spec = option_of_key("state_dir");

        if (apply(options, spec, path, error) != 0)
            return -1;
        remember(options, spec, path, format_text("%s", BUILT_IN));
    }
    return 0;
}

/* A secret stands only in a file of this user's that nobody else can read, and that no link leads to. */
static int check_secret_file(const struct config_entry *entry, struct error *error)
{
    struct stat status;

    if (lstat(entry->file, &status) != 0 || S_ISLNK(status.st_mode))
        return config_error(entry, error, "%s is a secret, but this file is reached through a link", entry->key);
    if (status.st_uid != geteuid())
        return config_error(entry, error, "%s is a secret, but this file belongs to another user", entry->key);
    if (entry->others_can_read)
        return config_error(entry, error, "%s is a secret, but others can read this file; try chmod 600", entry->key);
    return 0;
}

static int apply_deck_entry(struct options *options, const struct config_entry *entry, struct error *error)
{
    const struct option_spec *spec = option_of_key(entry->key);
    struct error cause = {0};

    if (spec == NULL)
        return config_error(entry, error, "[deck] has no key '%.60s'", entry->key);
    if (apply(options, spec, entry->value, &cause) != 0)
        return config_error(entry, error, "%s: %s", entry->key, cause.text);
    if (strcmp(entry->key, "server") == 0 && value_servers_have_secret(entry->value) && entry->others_can_read)
        return config_error(entry, error, "the URL holds a secret, but others can read this file; try chmod 600");
    if ((spec->traits & OPTION_SECRET) != 0 && check_secret_file(entry, error) != 0)
        return -1;
    remember(options, spec, entry->value, format_text("%s:%d", entry->file, entry->line));
    return 0;
}

static int apply_files(struct options *options, struct error *error)
{
    for (size_t i = 0; i < options->config.count; i++) {
        const struct config_entry *entry = &options->config.entries[i];

        if (strcmp(entry->section, "deck") == 0) {
            if (apply_deck_entry(options, entry, error) != 0)
                return -1;
        } else if (sections_apply(options, entry, error) != 0) {
            return -1;
        }
    }
    return 0;
}

/* The value of a variable; NULL when it is unset or empty. */
static char *variable(const char *name)
{
    char *value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : NULL;
}

static int apply_environment(struct options *options, struct error *error)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_spec *spec = &OPTION_TABLE[i];
        char name[OPTION_KEY_SIZE];

        option_variable(spec, name);
        char *text = (spec->traits & OPTION_CONFIGURABLE) != 0 ? variable(name) : NULL;

        if (text == NULL)
            continue;
        if (apply(options, spec, text, error) != 0)
            return error_prefix(error, "%s", name);
        remember(options, spec, text, format_text("environment %s", name));
        /* Children inherit the environment, and the user's other programs can read it. */
        if ((spec->traits & OPTION_SECRET) != 0) {
            explicit_bzero(text, strlen(text));
            unsetenv(name);
        }
    }
    return 0;
}

static int apply_flags(struct options *options, const struct flags *flags, struct error *error)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_spec *spec = &OPTION_TABLE[i];

        if (flags->texts[i] == NULL || spec->set == NULL)
            continue;
        if (apply(options, spec, flags->texts[i], error) != 0)
            return error_prefix(error, "--%s", spec->name);
        remember(options, spec, flags->texts[i], format_text("command line"));
    }
    return 0;
}

static int read_files(struct options *options, const struct flags *flags, const char *system_file, struct error *error)
{
    char path[PATHS_SIZE];
    const char *named = variable("TAPEDECK_CONFIG");

    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (strcmp(OPTION_TABLE[i].name, "config") == 0 && flags->texts[i] != NULL)
            named = flags->texts[i];
    }
    if (config_read(&options->config, system_file != NULL ? system_file : PATHS_SYSTEM_CONFIG, false, error) != 0)
        return -1;
    if (named != NULL)
        return config_read(&options->config, named, true, error);
    /* Without a home there is no user's file. */
    if (paths_user_config(path, NULL) != 0)
        return 0;
    return config_read(&options->config, path, false, error);
}

/* One flag as getopt found it. */
static int take_flag(struct flags *flags, size_t index, char *argument, struct error *error)
{
    const struct option_spec *spec = &OPTION_TABLE[index];
    const char *text = argument != NULL ? argument : "yes";
    char *before = flags->texts[index];

    if (before != NULL && (spec->traits & OPTION_LIST) == 0)
        return error_set(error, ERROR_USAGE, "--%s is given twice", spec->name);
    flags->texts[index] =
        before != NULL ? format_text("%s" OPTION_LIST_SEPARATOR "%s", before, text) : format_text("%s", text);
    free(before);
    if (strcmp(spec->name, "server") == 0)
        value_mask_servers(argument, 'x');
    if (strcmp(spec->name, "help") == 0 || strcmp(spec->name, "version") == 0) {
        flags->command = spec->name[0] == 'h' ? OPTIONS_HELP : OPTIONS_VERSION;
        flags->done = true;
    } else if (strcmp(spec->name, "print-config") == 0) {
        flags->command = OPTIONS_PRINT_CONFIG;
    }
    return 0;
}

/* The words that may stand first; without one of them it is the deck. */
static const struct {
    const char *name;
    enum options_command command;
    unsigned trait;
} COMMANDS[] = {
    {"watch", OPTIONS_WATCH, OPTION_FOR_WATCH},
    {"work", OPTIONS_WORK, OPTION_FOR_WORK},
    {"publish", OPTIONS_PUBLISH, OPTION_FOR_PUBLISH},
    {"dead-letters", OPTIONS_DEAD_LETTERS, OPTION_FOR_DEAD_LETTERS},
    {"streams", OPTIONS_STREAMS, OPTION_FOR_STREAMS},
    {"order", OPTIONS_ORDER, OPTION_FOR_ORDER},
    {"cancel", OPTIONS_CANCEL, OPTION_FOR_CANCEL},
    {"replace", OPTIONS_REPLACE, OPTION_FOR_REPLACE},
    {"orders", OPTIONS_ORDERS, OPTION_FOR_ORDERS},
    {"positions", OPTIONS_POSITIONS, OPTION_FOR_POSITIONS},
    {"fills", OPTIONS_FILLS, OPTION_FOR_FILLS},
    {"backtest", OPTIONS_BACKTEST, OPTION_FOR_BACKTEST},
    {"record", OPTIONS_RECORD, OPTION_FOR_RECORD},
    {"halt", OPTIONS_HALT, OPTION_FOR_STATE},
    {"reduce", OPTIONS_REDUCE, OPTION_FOR_STATE},
    {"resume", OPTIONS_RESUME, OPTION_FOR_STATE},
    {"flatten", OPTIONS_FLATTEN, OPTION_FOR_FLATTEN},
    {"alerts", OPTIONS_ALERTS, OPTION_FOR_ALERTS},
    {"ack", OPTIONS_ACK, OPTION_FOR_ACK},
};

/* Those that read the words behind their name themselves, once all options have their values. */
enum {
    READS_WORDS = OPTION_FOR_WORK | OPTION_FOR_DEAD_LETTERS | OPTION_FOR_TRADE | OPTION_FOR_BACKTEST |
                  OPTION_FOR_STATE | OPTION_FOR_FLATTEN | OPTION_FOR_ACK
};

enum { COMMAND_COUNT = sizeof(COMMANDS) / sizeof(COMMANDS[0]) };

/* The words behind the name of COMMANDS[at]. */
static int take_words(struct flags *flags, size_t at, int count, char **words, struct error *error)
{
    enum options_command command = COMMANDS[at].command;

    if (command == OPTIONS_WATCH || command == OPTIONS_RECORD) {
        if (count > 1)
            return error_set(error, ERROR_USAGE, "%s takes one pattern; '%.60s' is too much", COMMANDS[at].name,
                             words[1]);
        flags->watch_pattern = count == 1 ? words[0] : NULL;
    } else if ((COMMANDS[at].trait & READS_WORDS) != 0) {
        flags->words = count > 0 ? words : NULL;
    } else if (count > 0) {
        return error_set(error, ERROR_USAGE, "%s takes no words; '%.60s' is too much", COMMANDS[at].name, words[0]);
    }
    return 0;
}

/* Every flag belongs to the command; `name` is NULL for the deck. */
static int check_flags(const struct flags *flags, unsigned needed, const char *name, struct error *error)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_spec *spec = &OPTION_TABLE[i];
        size_t owner = 0;

        if (flags->texts[i] == NULL || (spec->traits & needed) != 0)
            continue;
        if (name != NULL)
            return error_set(error, ERROR_USAGE, "--%s is not an option of %s", spec->name, name);
        while ((spec->traits & COMMANDS[owner].trait) == 0)
            owner++;
        return error_set(error, ERROR_USAGE, "--%s is an option of %s only", spec->name, COMMANDS[owner].name);
    }
    return 0;
}

/* Which command it is, and that every flag belongs to it. */
static int take_command(struct flags *flags, int count, char **words, struct error *error)
{
    size_t at = 0;

    if (count == 0)
        return check_flags(flags, OPTION_FOR_DECK, NULL, error);
    while (at < COMMAND_COUNT && strcmp(words[0], COMMANDS[at].name) != 0)
        at++;
    if (at == COMMAND_COUNT)
        return error_set(error, ERROR_USAGE, "'%.60s' is no command; see tapedeck --help", words[0]);
    if (take_words(flags, at, count - 1, words + 1, error) != 0)
        return -1;
    if (flags->command == OPTIONS_DECK)
        flags->command = COMMANDS[at].command;
    return check_flags(flags, COMMANDS[at].trait, COMMANDS[at].name, error);
}

static void fill_getopt(struct option longs[OPTIONS_MAX + 1], char *letters)
{
    size_t at = 0, count = 0;

    letters[at++] = ':'; /* a missing argument is told apart from an unknown option */
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_spec *spec = &OPTION_TABLE[i];
        int takes = required_argument;

        if ((spec->traits & OPTION_SECRET) != 0)
            continue;
        if ((spec->traits & OPTION_COMMAND) != 0)
            takes = no_argument;
        else if ((spec->traits & OPTION_FLAG) != 0)
            takes = optional_argument;
        longs[count++] = (struct option){.name = spec->name, .has_arg = takes, .val = 256 + (int)i};
        if (spec->letter != 0)
            letters[at++] = spec->letter;
        if (spec->letter != 0 && takes == required_argument)
            letters[at++] = ':';
    }
    longs[count] = (struct option){0};
    letters[at] = '\0';
}

static int index_of_letter(int letter)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (OPTION_TABLE[i].letter == letter)
            return (int)i;
    }
    return -1;
}

static int getopt_error(int found, const char *word, struct error *error)
{
    /* Only the name: what stands behind the = may be a secret. */
    int length = (int)strcspn(word, "=");

    if (length > 60)
        length = 60;
    if (found == ':')
        return error_set(error, ERROR_USAGE, "%.*s needs a value", length, word);
    if (optopt > 0 && optopt < 256)
        return error_set(error, ERROR_USAGE, "-%c is no option; see tapedeck --help", optopt);
    if (optopt >= 256)
        return error_set(error, ERROR_USAGE, "%.*s takes no value", length, word);
    return error_set(error, ERROR_USAGE, "%.*s is no option, or short for several; see tapedeck --help", length, word);
}

/* `argv` is a copy: getopt moves the words that are no options to its end. */
static int read_flags(struct flags *flags, int argc, char **argv, struct error *error)
{
    struct option longs[OPTIONS_MAX + 1];
    char letters[2 * OPTIONS_MAX + 2];

    fill_getopt(longs, letters);
    opterr = 0;
    optind = 0; /* GNU: starts anew, whatever was read before */
    while (!flags->done) {
        optopt = 0;
        int found = getopt_long(argc, argv, letters, longs, NULL);

        if (found == -1)
            break;
        int index = found >= 256 ? found - 256 : index_of_letter(found);

        if (found == ':' || found == '?' || index < 0)
            return getopt_error(found, argv[optind - 1], error);
        if (take_flag(flags, (size_t)index, optarg, error) != 0)
            return -1;
    }
    return flags->done ? 0 : take_command(flags, argc - optind, argv + optind, error);
}

static bool is_built_in(const struct options *options, const char *key)
{
    return strcmp(options->values[option_of_key(key) - OPTION_TABLE].origin, BUILT_IN) == 0;
}

static int take_work(struct options *options, char **words, struct error *error)
{
    if (options->work.durable == NULL)
        return error_set(error, ERROR_USAGE, "work needs --durable NAME");
    if (words == NULL)
        return error_set(error, ERROR_USAGE, "work needs a command: tapedeck work --durable NAME -- COMMAND");
    options->work.command = value_copy_words(words);
    return 0;
}

static int take_command_words(struct options *options, char **words, struct error *error)
{
    switch ((int)options->command) {
    case OPTIONS_WORK:
        return take_work(options, words, error);
    case OPTIONS_DEAD_LETTERS:
        return dead_letters_take_words(options, words, error);
    case OPTIONS_ORDER:
    case OPTIONS_CANCEL:
    case OPTIONS_REPLACE:
        return order_options_take_words(options, words, error);
    case OPTIONS_BACKTEST:
        return backtest_options_take_words(options, words, error);
    case OPTIONS_RECORD:
        return record_options_check(options, error);
    case OPTIONS_HALT:
    case OPTIONS_REDUCE:
    case OPTIONS_RESUME:
    case OPTIONS_FLATTEN:
        return state_take_words(options, words, error);
    case OPTIONS_ACK:
        return alerts_take_words(options, words, error);
    default:
        return 0;
    }
}

static int read_layers(struct options *options, const struct flags *flags, const char *system_file, struct error *error)
{
    if (instruments_init_builtin(&options->instruments, error) != 0)
        return -1;
    sections_init(options);
    order_options_init(options);
    if (apply_built_in(options, error) != 0 || read_files(options, flags, system_file, error) != 0 ||
        apply_files(options, error) != 0 || apply_environment(options, error) != 0 ||
        apply_flags(options, flags, error) != 0)
        return -1;
    if (sections_check(options, error) != 0)
        return -1;
    if (options->state_dir == NULL)
        return paths_default_state_directory((char[PATHS_SIZE]){0}, error);
    /* These are for their output: their log speaks of trouble only, unless more is asked for. Where trouble is the end,
     * it is told once. */
    bool is_tool = options->command != OPTIONS_DECK && options->command != OPTIONS_PRINT_CONFIG;
    bool ends = options->command == OPTIONS_STREAMS || options->command == OPTIONS_DEAD_LETTERS;

    if (is_tool && is_built_in(options, "log_level"))
        options->log_level = ends ? LOG_ERROR : LOG_WARNING;
    if (flags->watch_pattern != NULL)
        options->watch.pattern = format_text("%s", flags->watch_pattern);
    if (take_command_words(options, flags->words, error) != 0)
        return -1;
    text_copy(options->risk.account, sizeof(options->risk.account), options->account);
    if (options->no_ui)
        options->roles &= ~(unsigned)ROLE_UI;
    return 0;
}

/* What was given may hold newlines and escape sequences; the sentence about it is one line of text. */
static void clean(struct error *error)
{
    char text[sizeof(error->text)];

    text_clean(text, sizeof(text), error->text, strlen(error->text));
    text_copy(error->text, sizeof(error->text), text);
}

int options_read(struct options *options, const struct options_source *source, struct error *error)
{
    struct flags flags = {.command = OPTIONS_DECK};
    char **argv = calloc((size_t)source->argc + 1, sizeof(char *));

    *options = (struct options){.values = calloc(OPTION_COUNT, sizeof(struct option_value))};
    if (argv == NULL || options->values == NULL)
        abort();
    memcpy(argv, source->argv, (size_t)source->argc * sizeof(char *));
    int result = read_flags(&flags, source->argc, argv, error);

    if (result == 0) {
        options->command = flags.command;
        if (!flags.done)
            result = read_layers(options, &flags, source->system_file, error);
    }
    for (size_t i = 0; i < OPTION_COUNT; i++)
        free(flags.texts[i]);
    free(argv);
    if (result != 0) {
        options_free(options);
        clean(error);
    }
    return result;
}

static int reread(struct options *options, const struct options *running, struct error *error)
{
    if (instruments_init_builtin(&options->instruments, error) != 0)
        return -1;
    sections_init(options);
    order_options_init(options);
    if (apply_built_in(options, error) != 0)
        return -1;
    for (size_t i = 0; i < running->config.file_count; i++) {
        if (config_read(&options->config, running->config.files[i], true, error) != 0)
            return -1;
    }
    return apply_files(options, error) != 0 || sections_check(options, error) != 0 ? -1 : 0;
}

int options_reread(struct options *options, const struct options *running, struct error *error)
{
    *options = (struct options){.values = calloc(OPTION_COUNT, sizeof(struct option_value))};
    if (options->values == NULL)
        abort();
    if (reread(options, running, error) == 0)
        return 0;
    options_free(options);
    clean(error);
    return -1;
}

static void wipe(char *text)
{
    if (text != NULL)
        explicit_bzero(text, strlen(text));
    free(text);
}

void options_free(struct options *options)
{
    for (size_t i = 0; options->values != NULL && i < OPTION_COUNT; i++) {
        free(options->values[i].text);
        free(options->values[i].origin);
    }
    for (size_t i = 0; i < options->feed_count; i++)
        free(options->feeds[i]);
    free(options->values);
    free(options->server);
    free(options->http_cert);
    free(options->http_key);
    free(options->http_token);
    free(options->http_names);
    free(options->login.context);
    wipe(options->login.user);
    wipe(options->login.password);
    wipe(options->login.token);
    free(options->login.creds);
    free(options->login.tls_ca);
    free(options->login.tls_cert);
    free(options->login.tls_key);
    free(options->nats_server);
    free(options->state_dir);
    free(options->theme);
    free(options->log_file);
    free(options->watch.pattern);
    free(options->work.stream);
    free(options->work.durable);
    free(options->work.filter);
    value_free_words(options->work.command);
    free(options->publish.subject);
    free(options->dead_letters.sequences);
    free(options->backtest.orders);
    free(options->backtest.events);
    value_free_words(options->backtest.command);
    free(options->watch.stream);
    free(options->record.output);
    free(options->state.reason);
    free(options->alerts.comment);
    notifiers_config_free(&options->notifiers);
    screen_config_free(&options->screen);
    instruments_free(&options->instruments);
    config_free(&options->config);
    *options = (struct options){0};
}
