/* The table of all options and what each does with its text. */
#include "app/option_table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "app/backtest_options.h"
#include "app/context.h"
#include "app/order_options.h"
#include "app/paths.h"
#include "app/record_options.h"
#include "app/watch_time.h"
#include "core/clock.h"
#include "core/pace.h"
#include "core/subject.h"
#include "core/text.h"
#include "engine/settings.h"
#include "feed/feed_spec.h"

/* A group has 500 unsettled messages in all. */
enum { GROUP_MAX = 500, RATE_MAX = 1000000, REPLICAS_MAX = 5, DEPTH_RATE_MAX = 1000, KBPS_MAX = 1000000 };

static void replace(char **field, const char *text)
{
    char *copy = strdup(text);

    if (copy == NULL)
        abort();
    free(*field);
    *field = copy;
}

static int refuse_empty(const char *text, struct error *error)
{
    return text[0] != '\0' ? 0 : error_set(error, ERROR_USAGE, "the value is empty");
}

static int set_path(char **field, const char *text, struct error *error)
{
    char path[PATHS_SIZE];

    if (refuse_empty(text, error) != 0 || paths_absolute(path, text, error) != 0)
        return -1;
    replace(field, path);
    return 0;
}

static int set_no_ui(struct options *options, const char *text, struct error *error)
{
    return value_parse_bool(text, &options->no_ui, error);
}

static int set_server(struct options *options, const char *text, struct error *error)
{
    if (value_check_servers(text, error) != 0)
        return -1;
    replace(&options->server, text);
    return 0;
}

static int set_nats_server(struct options *options, const char *text, struct error *error)
{
    if (strchr(text, '/') != NULL)
        return set_path(&options->nats_server, text, error);
    if (refuse_empty(text, error) != 0)
        return -1;
    replace(&options->nats_server, text);
    return 0;
}

static int set_state_dir(struct options *options, const char *text, struct error *error)
{
    return set_path(&options->state_dir, text, error);
}

static int set_feed(struct options *options, const char *text, struct error *error)
{
    if (options->feed_count == OPTIONS_FEEDS_MAX)
        return error_set(error, ERROR_USAGE, "there are more than %d feeds", OPTIONS_FEEDS_MAX);
    struct feed_spec spec;

    if (feed_spec_parse(&spec, text, error) != 0)
        return -1;
    for (size_t i = 0; i < options->feed_count && spec.kind != FEED_NONE; i++) {
        if (strcmp(options->feeds[i], text) == 0)
            return error_set(error, ERROR_USAGE, "the feed '%.60s' stands twice", text);
    }
    replace(&options->feeds[options->feed_count++], text);
    return 0;
}

static int set_feed_limit(struct options *options, const char *text, struct error *error)
{
    options->feed_limit = 0;
    if (strcmp(text, "0") == 0)
        return 0;
    return value_parse_count(text, RATE_MAX, &options->feed_limit, error);
}

static int set_roles(struct options *options, const char *text, struct error *error)
{
    return value_parse_roles(text, &options->roles, error);
}

static int set_http(struct options *options, const char *text, struct error *error)
{
    return value_parse_http(text, &options->http, error);
}

static int set_http_cert(struct options *options, const char *text, struct error *error)
{
    return set_path(&options->http_cert, text, error);
}

static int set_http_key(struct options *options, const char *text, struct error *error)
{
    return set_path(&options->http_key, text, error);
}

static int set_http_token(struct options *options, const char *text, struct error *error)
{
    return set_path(&options->http_token, text, error);
}

static int set_http_names(struct options *options, const char *text, struct error *error)
{
    if (value_check_names(text, error) != 0)
        return -1;
    replace(&options->http_names, text);
    return 0;
}

static int set_http_rate(struct options *options, const char *text, struct error *error)
{
    return value_parse_count(text, RATE_MAX, &options->http_rate, error);
}

static int set_theme(struct options *options, const char *text, struct error *error)
{
    if (value_check_theme(text, error) != 0)
        return -1;
    replace(&options->theme, text);
    return 0;
}

static int set_bell(struct options *options, const char *text, struct error *error)
{
    static const char *const names[] = {[BELL_CRITICAL] = "critical", [BELL_WARNING] = "warning", [BELL_OFF] = "off"};

    for (int i = 0; i <= BELL_OFF; i++) {
        if (strcmp(text, names[i]) == 0) {
            options->bell_rule = (enum bell_rule)i;
            return 0;
        }
    }
    return error_set(error, ERROR_USAGE, "'%.60s' is none of critical, warning and off", text);
}

static int set_readonly(struct options *options, const char *text, struct error *error)
{
    return value_parse_bool(text, &options->readonly, error);
}

static int set_ascii(struct options *options, const char *text, struct error *error)
{
    return value_parse_bool(text, &options->ascii, error);
}

static int set_flash(struct options *options, const char *text, struct error *error)
{
    return value_parse_bool(text, &options->flash, error);
}

static int set_max_kbps(struct options *options, const char *text, struct error *error)
{
    options->max_kbps = 0;
    return strcmp(text, "0") == 0 ? 0 : value_parse_count(text, KBPS_MAX, &options->max_kbps, error);
}

static int set_mouse(struct options *options, const char *text, struct error *error)
{
    return value_parse_bool(text, &options->mouse, error);
}

static int set_no_mouse(struct options *options, const char *text, struct error *error)
{
    if (value_parse_bool(text, &options->mouse, error) != 0)
        return -1;
    options->mouse = !options->mouse;
    return 0;
}

static int set_arm_idle(struct options *options, const char *text, struct error *error)
{
    if (setting_duration("arm-idle", text, &options->arm_idle_ns, error) != 0)
        return -1;
    return options->arm_idle_ns > 0 ? 0 : error_set(error, ERROR_USAGE, "'%.60s' is no time at all", text);
}

static int set_account(struct options *options, const char *text, struct error *error)
{
    if (value_check_account(text, error) != 0)
        return -1;
    text_copy(options->account, sizeof(options->account), text);
    return 0;
}

static int set_log_level(struct options *options, const char *text, struct error *error)
{
    if (log_level_from_name(text, &options->log_level) == 0)
        return 0;
    return error_set(error, ERROR_USAGE, "'%.60s' is no level; they are debug, info, warning and error", text);
}

static int set_log_file(struct options *options, const char *text, struct error *error)
{
    return set_path(&options->log_file, text, error);
}

static int set_json(struct options *options, const char *text, struct error *error)
{
    return value_parse_bool(text, &options->watch.json, error);
}

static int set_count(struct options *options, const char *text, struct error *error)
{
    return value_parse_count(text, INT64_MAX, &options->watch.count, error);
}

static int set_csv(struct options *options, const char *text, struct error *error)
{
    return value_parse_bool(text, &options->watch.csv, error);
}

static int set_from(struct options *options, const char *text, struct error *error)
{
    options->watch.from.kind = REPLAY_TIME;
    return watch_time_parse(text, clock_wall_ns(), &options->watch.from.time_ns, error);
}

static int set_sequence(struct options *options, const char *text, struct error *error)
{
    options->watch.has_sequence = true;
    return value_parse_count(text, INT64_MAX, &options->watch.sequence, error);
}

static int set_to(struct options *options, const char *text, struct error *error)
{
    return watch_time_parse_bound(text, clock_wall_ns(), &options->watch.to, error);
}

static int set_speed(struct options *options, const char *text, struct error *error)
{
    options->watch.has_speed = true;
    if (pace_parse_speed(text, strlen(text), &options->watch.speed_millionths))
        return 0;
    return error_set(error, ERROR_USAGE, "'%.60s' is neither a number from 0.001 to 1000000 nor max", text);
}

static int set_stream(struct options *options, const char *text, struct error *error)
{
    if (!text_is_id(text, strlen(text), OPTIONS_STREAM_LONGEST))
        return error_set(error, ERROR_USAGE, "'%.60s' is no name of a stream, such as ORDERS", text);
    replace(&options->watch.stream, text);
    replace(&options->work.stream, text);
    return 0;
}

static int set_context(struct options *options, const char *text, struct error *error)
{
    if (context_check_name(text, error) != 0)
        return -1;
    replace(&options->login.context, text);
    return 0;
}

static int set_user(struct options *options, const char *text, struct error *error)
{
    if (refuse_empty(text, error) != 0)
        return -1;
    replace(&options->login.user, text);
    return 0;
}

static int set_password(struct options *options, const char *text, struct error *error)
{
    if (refuse_empty(text, error) != 0)
        return -1;
    replace(&options->login.password, text);
    return 0;
}

static int set_token(struct options *options, const char *text, struct error *error)
{
    if (refuse_empty(text, error) != 0)
        return -1;
    replace(&options->login.token, text);
    return 0;
}

static int set_creds(struct options *options, const char *text, struct error *error)
{
    return set_path(&options->login.creds, text, error);
}

static int set_tls_ca(struct options *options, const char *text, struct error *error)
{
    return set_path(&options->login.tls_ca, text, error);
}

static int set_tls_cert(struct options *options, const char *text, struct error *error)
{
    return set_path(&options->login.tls_cert, text, error);
}

static int set_tls_key(struct options *options, const char *text, struct error *error)
{
    return set_path(&options->login.tls_key, text, error);
}

/* A subject or a pattern of subjects. */
static int set_subject_text(char **field, const char *text, struct error *error)
{
    if (refuse_empty(text, error) != 0)
        return -1;
    if (strlen(text) >= SUBJECT_SIZE || strpbrk(text, " \t\r\n") != NULL)
        return error_set(error, ERROR_USAGE, "'%.60s' is no subject", text);
    replace(field, text);
    return 0;
}

static int set_durable(struct options *options, const char *text, struct error *error)
{
    if (!text_is_id(text, strlen(text), 64))
        return error_set(error, ERROR_USAGE, "'%.60s' is no name: 1 to 64 letters, digits, '-' and '_'", text);
    replace(&options->work.durable, text);
    return 0;
}

static int set_filter(struct options *options, const char *text, struct error *error)
{
    return set_subject_text(&options->work.filter, text, error);
}

static int set_group(struct options *options, const char *text, struct error *error)
{
    return value_parse_count(text, GROUP_MAX, &options->work.group, error);
}

static int set_subject(struct options *options, const char *text, struct error *error)
{
    if (strpbrk(text, "*>") != NULL)
        return error_set(error, ERROR_USAGE, "'%.60s' has a wild card", text);
    return set_subject_text(&options->publish.subject, text, error);
}

static int set_depth_rate(struct options *options, const char *text, struct error *error)
{
    if (strcmp(text, "0") == 0) {
        options->depth_rate = 0;
        return 0;
    }
    return value_parse_count(text, DEPTH_RATE_MAX, &options->depth_rate, error);
}

static int set_depth_storage(struct options *options, const char *text, struct error *error)
{
    options->depth_in_memory = strcmp(text, "memory") == 0;
    if (options->depth_in_memory || strcmp(text, "file") == 0)
        return 0;
    return error_set(error, ERROR_USAGE, "'%.60s' is neither file nor memory", text);
}

static int set_replicas(struct options *options, const char *text, struct error *error)
{
    return value_parse_count(text, REPLICAS_MAX, &options->replicas, error);
}

static int set_apply(struct options *options, const char *text, struct error *error)
{
    return value_parse_bool(text, &options->streams.apply, error);
}

static int set_leases(struct options *options, const char *text, struct error *error)
{
    return value_parse_bool(text, &options->streams.leases, error);
}

static int set_rate(struct options *options, const char *text, struct error *error)
{
    return value_parse_count(text, RATE_MAX, &options->publish.rate, error);
}

/* Texts of a person, for the record: as the tape would carry them. */
static int set_note(char **field, const char *text, struct error *error)
{
    char clean[REASON_SIZE];

    if (refuse_empty(text, error) != 0)
        return -1;
    if (text_clean(clean, sizeof(clean), text, strlen(text)) != strlen(text))
        return error_set(error, ERROR_USAGE, "the text is longer than %d bytes, or not one line", REASON_SIZE - 1);
    replace(field, text);
    return 0;
}

static int set_reason(struct options *options, const char *text, struct error *error)
{
    return set_note(&options->state.reason, text, error);
}

static int set_yes(struct options *options, const char *text, struct error *error)
{
    return value_parse_bool(text, &options->state.yes, error);
}

static int set_comment(struct options *options, const char *text, struct error *error)
{
    return set_note(&options->alerts.comment, text, error);
}

static int set_follow(struct options *options, const char *text, struct error *error)
{
    return value_parse_bool(text, &options->alerts.follow, error);
}

static int set_shelve(struct options *options, const char *text, struct error *error)
{
    if (setting_duration("shelve", text, &options->alerts.shelve_ns, error) != 0)
        return -1;
    return options->alerts.shelve_ns > 0 ? 0 : error_set(error, ERROR_USAGE, "'%.60s' is no time at all", text);
}

static int set_unshelve(struct options *options, const char *text, struct error *error)
{
    return value_parse_bool(text, &options->alerts.unshelve, error);
}

enum {
    DECK = OPTION_FOR_DECK,
    WATCH = OPTION_FOR_WATCH,
    WORK = OPTION_FOR_WORK,
    PUBLISH = OPTION_FOR_PUBLISH,
    DEAD_LETTERS = OPTION_FOR_DEAD_LETTERS,
    STREAMS = OPTION_FOR_STREAMS,
    ORDER = OPTION_FOR_ORDER,
    CANCEL = OPTION_FOR_CANCEL,
    REPLACE = OPTION_FOR_REPLACE,
    TRADE = OPTION_FOR_TRADE,
    ORDERS = OPTION_FOR_ORDERS,
    FILLS = OPTION_FOR_FILLS,
    LISTS = OPTION_FOR_LISTS,
    BACKTEST = OPTION_FOR_BACKTEST,
    RECORD = OPTION_FOR_RECORD,
    STATE = OPTION_FOR_STATE,
    FLATTEN = OPTION_FOR_FLATTEN,
    ALERTS = OPTION_FOR_ALERTS,
    ACK = OPTION_FOR_ACK,
    ALL = OPTION_FOR_ALL,
    CONFIGURABLE = OPTION_CONFIGURABLE,
    FLAG = OPTION_FLAG,
    LIST = OPTION_LIST,
    COMMAND = OPTION_COMMAND,
    SECRET = OPTION_SECRET,
};

const struct option_spec OPTION_TABLE[] = {
    {"no-ui", 0, DECK | CONFIGURABLE | FLAG, NULL, "no", "run without a screen until SIGTERM or SIGINT", set_no_ui},
    {"server", 0, ALL | CONFIGURABLE, "URL[,URL...]", NULL, "use this NATS server instead of an embedded one",
     set_server},
    {"context", 0, ALL | CONFIGURABLE, "NAME", NULL, "use the server and login of this NATS context", set_context},
    {"user", 0, ALL | CONFIGURABLE, "NAME", NULL, "log in as this user; the password is TAPEDECK_PASSWORD", set_user},
    {"password", 0, ALL | CONFIGURABLE | SECRET, NULL, NULL, NULL, set_password},
    {"token", 0, ALL | CONFIGURABLE | SECRET, NULL, NULL, NULL, set_token},
    {"creds", 0, ALL | CONFIGURABLE, "FILE", NULL, "log in with this credentials file or NKey seed (mode 0600)",
     set_creds},
    {"tls-ca", 0, ALL | CONFIGURABLE, "FILE", NULL, "certificates of the authorities to trust instead of the system's",
     set_tls_ca},
    {"tls-cert", 0, ALL | CONFIGURABLE, "FILE", NULL, "our certificate for the server", set_tls_cert},
    {"tls-key", 0, ALL | CONFIGURABLE, "FILE", NULL, "its private key (mode 0600)", set_tls_key},
    {"nats-server", 0, DECK | CONFIGURABLE, "PATH", "nats-server", "program of the embedded server", set_nats_server},
    {"state-dir", 0, ALL | CONFIGURABLE, "DIR", NULL, "where the tape and all state are kept", set_state_dir},
    {"config", 0, ALL, "FILE", NULL, "read FILE instead of the user's configuration file", NULL},
    {"feed", 0, DECK | BACKTEST | CONFIGURABLE | LIST, "SPEC", "sim",
     "market data: sim[:seed=N,rate=N,...], recording:FILE[;FILE...][,speed=N|max], "
     "kraken|binance|coinbase:SYMBOL[,SYMBOL...], "
     "none; may be repeated",
     set_feed},
    {"feed-limit", 0, DECK | CONFIGURABLE, "N", "10000",
     "quotes per second that each feed publishes at most; 0: no limit", set_feed_limit},
    {"depth-rate", 0, DECK | BACKTEST | CONFIGURABLE, "N", "5",
     "how often per second each feed publishes the levels of an instrument at most; 0: never", set_depth_rate},
    {"depth-storage", 0, DECK | STREAMS | CONFIGURABLE, "file|memory", "file", "where the stream MARKET_DEPTH is kept",
     set_depth_storage},
    {"roles", 0, DECK | CONFIGURABLE, "LIST", "all",
     "what this process does: of feed, checks, exchange, positions, risk, gateway, notifier and ui, with commas "
     "between",
     set_roles},
    {"replicas", 0, DECK | STREAMS | CONFIGURABLE, "N", NULL,
     "how many servers of a cluster keep each stream; built in are 3, and 1 without a cluster", set_replicas},
    {"http", 0, DECK | CONFIGURABLE, "HOST:PORT|off", "127.0.0.1:0",
     "where the REST gateway listens; port 0 picks a free one", set_http},
    {"http-cert", 0, DECK | CONFIGURABLE, "FILE", NULL, "the REST gateway's certificate: it then speaks HTTPS",
     set_http_cert},
    {"http-key", 0, DECK | CONFIGURABLE, "FILE", NULL, "its private key (mode 0600)", set_http_key},
    {"http-token", 0, DECK | CONFIGURABLE, "FILE", NULL,
     "its bearer token (mode 0600, 32 characters or more); otherwise a new one is made at each start", set_http_token},
    {"http-names", 0, DECK | CONFIGURABLE, "NAME[,NAME...]", NULL,
     "names under which it is reached, besides its address and those of loopback", set_http_names},
    {"http-rate", 0, DECK | CONFIGURABLE, "N", "10000", "requests per second that it takes", set_http_rate},
    {"bell", 0, DECK | CONFIGURABLE, "WHICH", "critical",
     "alerts that ring the terminal's bell: critical, warning, off", set_bell},
    {"theme", 0, DECK | CONFIGURABLE, "NAME", "dark", "colours: a theme's name, or the path of its file", set_theme},
    {"readonly", 0, DECK | CONFIGURABLE | FLAG, NULL, "no", "a screen that cannot trade", set_readonly},
    {"ascii", 0, DECK | CONFIGURABLE | FLAG, NULL, "no", "a screen without characters beyond ASCII", set_ascii},
    {"flash", 0, DECK | CONFIGURABLE | FLAG, NULL, "yes", "prices that change flash for a moment", set_flash},
    {"max-kbps", 0, DECK | CONFIGURABLE, "N", "0",
     "KB per second that the screen sends to the terminal at most; 0: no limit", set_max_kbps},
    {"mouse", 0, DECK | CONFIGURABLE | FLAG, NULL, "yes", "clicks are the deck's; with no the terminal selects text",
     set_mouse},
    {"no-mouse", 0, DECK | FLAG, NULL, NULL, "the same as --mouse=no", set_no_mouse},
    {"arm-idle", 0, DECK | CONFIGURABLE, "TIME", "60s", "one-key trading on the ladder ends without a key for so long",
     set_arm_idle},
    {"account", 0, DECK | TRADE | BACKTEST | CONFIGURABLE, "NAME", "SIM-1", "the account that orders are for",
     set_account},
    {"log-level", 0, ALL | CONFIGURABLE, "LEVEL", "info", "debug, info, warning or error", set_log_level},
    {"log-file", 0, ALL | CONFIGURABLE, "FILE", NULL, "where the log goes", set_log_file},
    {"from", 0, WATCH | RECORD | FILLS | BACKTEST, "TIME", NULL,
     "begin with what was stored from then on: 2026-11-23T14:30:00Z, 14:30[:05] (today, UTC), -10m, -2h, -1d",
     set_from},
    {"seq", 0, WATCH, "N", NULL, "print from the message of that sequence on", set_sequence},
    {"to", 0, WATCH | RECORD | BACKTEST, "TIME|N", NULL,
     "end behind that time or sequence; built in is the stream's present end", set_to},
    {"speed", 0, WATCH, "X|max", NULL,
     "print the past at X times the pace it was stored at, or at once, as is built in", set_speed},
    {"stream", 0, WATCH | RECORD | WORK, "NAME", NULL, "read this stream, whatever it holds", set_stream},
    {"json", 0, WATCH | DEAD_LETTERS | STREAMS | ORDER | LISTS | BACKTEST | ALERTS | ACK | FLAG, NULL, NULL,
     "print lines of JSON", set_json},
    {"csv", 0, WATCH | LISTS | FLAG, NULL, NULL, "print comma-separated values, with a header for each kind of line",
     set_csv},
    {"count", 0, WATCH | RECORD | DEAD_LETTERS, "N", NULL,
     "print or record N lines at most: the first ones; of dead letters the newest", set_count},
    {"output", 'o', RECORD, "FILE", NULL, "write into FILE, compressed when it ends in .gz or .zst",
     record_options_output},
    {"force", 0, RECORD | FLAG, NULL, NULL, "write over FILE when it exists", record_options_force},
    {"durable", 0, WORK, "NAME", NULL, "the durable consumer that remembers what is done", set_durable},
    {"group", 0, WORK, "N", NULL, "how many workers share the durable", set_group},
    {"filter", 0, WORK, "SUBJECT", NULL, "work only messages of this subject pattern", set_filter},
    {"subject", 0, PUBLISH, "SUBJECT", NULL, "publish all lines on this subject", set_subject},
    {"rate", 0, PUBLISH, "N", NULL, "publish at most N messages per second", set_rate},
    {"apply", 0, STREAMS | FLAG, NULL, NULL, "change what differs, as far as the server changes it", set_apply},
    {"leases", 0, STREAMS | FLAG, NULL, NULL, "print who holds which role instead", set_leases},
    {"stop", 0, ORDER | REPLACE, "PRICE", NULL, "a stop order, which waits until this price is reached",
     order_options_stop},
    {"tif", 0, ORDER, "day|gtc|ioc|fok", NULL, "how long it holds; built in is day", order_options_time_in_force},
    {"post-only", 0, ORDER | FLAG, NULL, NULL, "cancel it when it would take instead of rest", order_options_post_only},
    {"exchange", 0, ORDER, "NAME", NULL, "where to; built in is the symbol's in the instrument table",
     order_options_exchange},
    {"id", 0, ORDER, "ID", NULL, "its id, unique for ever: the same order again under its id is placed once",
     order_options_id},
    {"quantity", 0, REPLACE, "Q", NULL, "the new quantity, filled pieces included", order_options_quantity},
    {"limit", 0, REPLACE, "PRICE", NULL, "the new limit price", order_options_limit},
    {"wait", 0, ORDER | REPLACE | FLAG, NULL, NULL, "end when the order is done: filled, cancelled, expired",
     order_options_wait},
    {"all", 0, CANCEL | ORDERS | ALERTS | ACK | FLAG, NULL, NULL,
     "cancel every open order of the account; acknowledge every alert; list those done, too", order_options_all},
    {"symbol", 0, CANCEL, "SYMBOL", NULL, "with --all: only orders of this symbol", order_options_symbol},
    {"orders", 0, BACKTEST, "FILE", NULL, "requests as lines of JSON, in the order of their times",
     backtest_options_orders},
    {"events", 0, BACKTEST, "FILE", NULL, "write all events into FILE (-: standard output) as lines of JSON",
     backtest_options_events},
    {"follow", 0, ALERTS | FLAG, NULL, NULL, "then print every alert that changes, until a signal", set_follow},
    {"comment", 0, ACK, "TEXT", NULL, "what is said about it, for the record", set_comment},
    {"shelve", 0, ACK, "DURATION", NULL, "put it aside for so long instead: 30m, 8h", set_shelve},
    {"unshelve", 0, ACK | FLAG, NULL, NULL, "take it back instead", set_unshelve},
    {"reason", 0, STATE | FLATTEN, "TEXT", NULL, "why, for the record", set_reason},
    {"yes", 0, FLATTEN | FLAG, NULL, NULL, "do not ask for the words that confirm it", set_yes},
    {"print-config", 0, ALL | COMMAND, NULL, NULL, "print every setting and where it came from", NULL},
    {"version", 'V', ALL | COMMAND, NULL, NULL, "print the version", NULL},
    {"help", 'h', ALL | COMMAND, NULL, NULL, "print this help", NULL},
};

const size_t OPTION_COUNT = sizeof(OPTION_TABLE) / sizeof(OPTION_TABLE[0]);

void option_key(const struct option_spec *spec, char key[OPTION_KEY_SIZE])
{
    text_copy(key, OPTION_KEY_SIZE, spec->name);
    for (char *at = key; *at != '\0'; at++) {
        if (*at == '-')
            *at = '_';
    }
}

void option_variable(const struct option_spec *spec, char name[OPTION_KEY_SIZE])
{
    static const char PREFIX[] = "TAPEDECK_";
    char key[OPTION_KEY_SIZE];

    option_key(spec, key);
    text_copy(name, OPTION_KEY_SIZE, PREFIX);
    text_copy(name + sizeof(PREFIX) - 1, OPTION_KEY_SIZE - sizeof(PREFIX) + 1, key);
    for (char *at = name; *at != '\0'; at++)
        *at = (char)toupper((unsigned char)*at);
}

const struct option_spec *option_of_key(const char *key)
{
    char own[OPTION_KEY_SIZE];

    for (size_t i = 0; i < OPTION_COUNT; i++) {
        option_key(&OPTION_TABLE[i], own);
        if ((OPTION_TABLE[i].traits & OPTION_CONFIGURABLE) != 0 && strcmp(own, key) == 0)
            return &OPTION_TABLE[i];
    }
    return NULL;
}

void option_clear_list(struct options *options, const struct option_spec *spec)
{
    if (spec->set != set_feed)
        return;
    for (size_t i = 0; i < options->feed_count; i++) {
        free(options->feeds[i]);
        options->feeds[i] = NULL;
    }
    options->feed_count = 0;
}
