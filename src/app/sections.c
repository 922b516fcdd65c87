/* The sections of a configuration file other than [deck]. Each line goes to the setter of the part that owns the
 * value; this file knows only which section is whose. */
#include "app/sections.h"

#include <ctype.h>
#include <string.h>

#include "app/zone_file.h"
#include "core/text.h"

/* The keys of the rules' sections with the text of what is built in, for --print-config. A test holds the texts against
 * the values that the rules start with. */
const struct section_key SECTION_KEYS[] = {
    {"checks", "trading_halted", "on"},
    {"checks", "reduce_only", "on"},
    {"checks", "unknown_instrument", "on"},
    {"checks", "bad_tick", "on"},
    {"checks", "bad_lot", "on"},
    {"checks", "stale_request", "5s"},
    {"checks", "max_quantity", "on"},
    {"checks", "no_reference", "on"},
    {"checks", "max_notional", "250000"},
    {"checks", "price_collar", "on"},
    {"checks", "duplicate", "1s"},
    {"checks", "rate_limit", "20/s burst 40"},
    {"checks", "position_limit", "on"},
    {"checks", "open_notional", "1000000"},
    {"checks", "daily_loss", "10000"},
    {"checks", "repeated_fills", "50 in 60s"},
    {"checks", "stale_after", "5s"},
    {"checks", "market_margin", "5%"},
    {"exchange", "stale_after", "5s"},
    {"exchange", "maker", "0.2bp"},
    {"exchange", "taker", "0.5bp"},
    {"exchange", "CRYPTO.maker", "10bp"},
    {"exchange", "CRYPTO.taker", "10bp"},
    {"exchange", "BINANCE.maker", "10bp"},
    {"exchange", "BINANCE.taker", "10bp"},
    {"session.NYSE", "zone", SESSION_NEW_YORK_ZONE},
    {"session.NYSE", "days", "mon-fri"},
    {"session.NYSE", "open", "09:30"},
    {"session.NYSE", "close", "16:00"},
    {"session.NYSE", "holidays", SESSION_NEW_YORK_HOLIDAYS},
    {"session.NYSE", "early", SESSION_NEW_YORK_EARLY},
    {"session.NYSE", "early_close", "13:00"},
    {"session.NASDAQ", "zone", SESSION_NEW_YORK_ZONE},
    {"session.NASDAQ", "days", "mon-fri"},
    {"session.NASDAQ", "open", "09:30"},
    {"session.NASDAQ", "close", "16:00"},
    {"session.NASDAQ", "holidays", SESSION_NEW_YORK_HOLIDAYS},
    {"session.NASDAQ", "early", SESSION_NEW_YORK_EARLY},
    {"session.NASDAQ", "early_close", "13:00"},
    {"positions", "method", "average_cost"},
    {"rates", "USDT", "1"},
    {"rates", "USDC", "1"},
    {"risk", "starting_cash", "1000000"},
    {"risk", "base_currency", "USD"},
    {"risk", "gross_exposure", "1000000"},
    {"risk", "net_exposure", "off"},
    {"risk", "daily_loss", "10000"},
    {"risk", "all_gross_exposure", "off"},
    {"risk", "all_net_exposure", "off"},
    {"risk", "all_daily_loss", "off"},
    {"risk", "limit_warning", "80%"},
    {"risk", "clear_level", "90%"},
    {"risk", "raise_hold", "500ms"},
    {"risk", "clear_hold", "5s"},
    {"risk", "stale_quote", "5s"},
    {"risk", "stale_gaps", "10"},
    {"risk", "stale_critical", "30s"},
    {"risk", "locked_crossed", "on"},
    {"risk", "spread_blowout", "on"},
    {"risk", "spread_warning", "5"},
    {"risk", "spread_critical", "20"},
    {"risk", "spread_ticks", "2"},
    {"risk", "volatility", "on"},
    {"risk", "volatility_warning", "3"},
    {"risk", "volatility_critical", "5"},
    {"risk", "price_spike", "on"},
    {"risk", "spike_warning", "10"},
    {"risk", "spike_critical", "15"},
    {"risk", "concentration_warning", "40%"},
    {"risk", "concentration_critical", "60%"},
    {"risk", "concentration_from", "10%"},
    {"risk", "drawdown_warning", "5%"},
    {"risk", "drawdown_critical", "10%"},
    {"risk", "var_warning", "5%"},
    {"risk", "var_critical", "10%"},
    {"risk", "var_step", "10s"},
    {"risk", "var_horizon", "24h"},
    {"risk", "exposure_period", "1s"},
    {"risk", "outage_warning", "3s"},
    {"risk", "outage_critical", "30s"},
    {"risk", "lag_warning", "10s"},
    {"risk", "lag_critical", "1m"},
    {"risk", "replica_lag_warning", "10000"},
    {"risk", "replica_lag_critical", "100000"},
    {"risk", "stream_limit_warning", "80%"},
    {"risk", "stream_limit_critical", "95%"},
    {"risk", "disk_warning", "90%"},
    {"risk", "disk_critical", "97%"},
    {"risk", "clock_warning", "500ms"},
    {"risk", "clock_critical", "2s"},
    {"risk", "feed_gap_warning", "1"},
    {"risk", "feed_gap_critical", "100"},
};

const size_t SECTION_KEY_COUNT = sizeof(SECTION_KEYS) / sizeof(SECTION_KEYS[0]);

static const char INSTRUMENT[] = "instrument.";
static const char CHECKS[] = "checks.";
static const char SESSION[] = "session.";
static const char NOTIFIER[] = "notifier.";
static const char LAYOUT[] = "layout.";

/* What an instrument is that a file only names: shares in cents and single pieces, with limits one would dare. */
static struct instrument new_instrument(void)
{
    return (struct instrument){.kind = INSTRUMENT_EQUITY,
                               .tick = PRICE_ONE / 100,
                               .lot = QUANTITY_ONE,
                               .multiplier = 1,
                               .currency = "USD",
                               .max_quantity = 10000 * QUANTITY_ONE,
                               .position_limit = 50000 * QUANTITY_ONE,
                               .collar_bp = 300};
}

/* Takes `instrument.EXCHANGE.SYMBOL` apart; the symbol may have points of its own. */
static int name_instrument(const char *section, struct instrument *instrument)
{
    const char *exchange = section + sizeof(INSTRUMENT) - 1;
    const char *point = strchr(exchange, '.');

    if (point == NULL || point == exchange || point[1] == '\0')
        return -1;
    size_t length = (size_t)(point - exchange);

    if (!text_is_id(exchange, length, EXCHANGE_SIZE - 1) ||
        !text_copy(instrument->symbol, sizeof(instrument->symbol), point + 1))
        return -1;
    for (size_t i = 0; i < length; i++)
        instrument->exchange[i] = (char)toupper((unsigned char)exchange[i]);
    instrument->exchange[length] = '\0';
    return 0;
}

static int apply_instrument(struct options *options, const struct config_entry *entry, struct error *error)
{
    struct instrument instrument = new_instrument();
    struct error cause = {0};

    if (name_instrument(entry->section, &instrument) != 0)
        return config_error(entry, error, "[%s] is not [instrument.EXCHANGE.SYMBOL]", entry->section);
    const struct instrument *known = instruments_find(&options->instruments, instrument.exchange, instrument.symbol);

    if (known != NULL)
        instrument = *known;
    if (instrument_set(&instrument, entry->key, entry->value, &cause) != 0 ||
        instruments_put(&options->instruments, &instrument, &cause) != 0)
        return config_error(entry, error, "%s", cause.text);
    return 0;
}

static bool begins_with(const char *section, const char *prefix)
{
    return strncmp(section, prefix, strlen(prefix)) == 0;
}

/* [session.EXCHANGE]. A zone may also be named as the system's time zones are. */
static int apply_session(struct options *options, const struct config_entry *entry, struct error *error)
{
    char rule[ZONE_RULE_SIZE];
    bool is_named = strcmp(entry->key, "zone") == 0 && zone_file_rule(entry->value, rule);

    return session_calendars_set(&options->exchange.calendars, entry->section + strlen(SESSION), entry->key,
                                 is_named ? rule : entry->value, error);
}

/* The checks and risk see money alike: with one base currency and the same rates. */
static int apply_rate(struct options *options, const struct config_entry *entry, struct error *error)
{
    if (rates_config_set(&options->risk.rates, entry->key, entry->value, error) != 0)
        return -1;
    options->checks.rates = options->risk.rates;
    return 0;
}

static int apply_risk(struct options *options, const struct config_entry *entry, struct error *error)
{
    int result = risk_config_set(&options->risk, entry->key, entry->value, error);

    options->checks.rates = options->risk.rates;
    return result;
}

/* [layout.NAME] */
static int apply_layout(struct options *options, const struct config_entry *entry, struct error *error)
{
    const char *name = entry->section + strlen(LAYOUT);
    int place = 0;
    if (!text_is_id(name, strlen(name), LAYOUT_NAME_SIZE - 1))
        return error_set(error, ERROR_USAGE, "a layout's name is of letters, digits, - and _");
    if (strcmp(entry->key, "panes") != 0)
        return error_set(error, ERROR_USAGE, "[%s] has no key \"%s\"", entry->section, entry->key);
    while (place < options->layout_count && strcmp(options->layouts[place].name, name) != 0)
        place++;
    if (place == LAYOUT_TREES_MAX)
        return error_set(error, ERROR_USAGE, "there are more than %d layouts", LAYOUT_TREES_MAX);
    if (layout_tree_parse(&options->layouts[place], name, entry->value, error) != 0)
        return -1;
    options->layout_count += place == options->layout_count;
    return 0;
}

static int apply_rule(struct options *options, const struct config_entry *entry, struct error *error)
{
    if (strcmp(entry->section, "checks") == 0 || begins_with(entry->section, CHECKS))
        return checks_config_set_in(&options->checks, entry->section, entry->key, entry->value, error);
    if (begins_with(entry->section, SESSION))
        return apply_session(options, entry, error);
    if (begins_with(entry->section, LAYOUT))
        return apply_layout(options, entry, error);
    if (begins_with(entry->section, NOTIFIER))
        return notifiers_config_set(&options->notifiers, entry->section + strlen(NOTIFIER), entry->key, entry->value,
                                    error);
    if (strcmp(entry->section, "exchange") == 0)
        return exchange_config_set(&options->exchange, entry->key, entry->value, error);
    if (strcmp(entry->section, "positions") == 0 && strcmp(entry->key, "method") == 0)
        return position_method_from_name(entry->value, &options->position_method)
                   ? 0
                   : error_set(error, ERROR_USAGE, "method: \"%s\" is neither average_cost nor fifo", entry->value);
    if (strcmp(entry->section, "positions") == 0)
        return error_set(error, ERROR_USAGE, "[positions] has no key \"%s\"", entry->key);
    if (screen_config_has(entry->section))
        return screen_config_set(&options->screen, entry->section, entry->key, entry->value, error);
    if (strcmp(entry->section, "rates") == 0)
        return apply_rate(options, entry, error);
    if (strcmp(entry->section, "risk") == 0)
        return apply_risk(options, entry, error);
    return error_set(error, ERROR_USAGE, "there is no section [%s]", entry->section);
}

void sections_init(struct options *options)
{
    checks_config_init(&options->checks);
    exchange_config_init(&options->exchange);
    risk_config_init(&options->risk);
}

int sections_apply(struct options *options, const struct config_entry *entry, struct error *error)
{
    if (strncmp(entry->section, INSTRUMENT, sizeof(INSTRUMENT) - 1) == 0)
        return apply_instrument(options, entry, error);
    if (entry->section[0] == '\0')
        return config_error(entry, error, "'%.60s' stands before the first [section]", entry->key);
    struct error cause = {0};

    return apply_rule(options, entry, &cause) == 0 ? 0 : config_error(entry, error, "%s", cause.text);
}

int sections_check(const struct options *options, struct error *error)
{
    const char *section, *key;
    struct error cause = {0};

    if (notifiers_config_check(&options->notifiers, error) != 0)
        return -1;
    if (screen_config_check(&options->screen, &section, &key, &cause) == 0)
        return 0;
    return config_error(config_find(&options->config, section, key), error, "%s", cause.text);
}

/* The setting that holds for a key, whose case does not matter to the rules; NULL when no file has it. */
static const struct config_entry *find_entry(const struct options *options, const char *section, const char *key)
{
    for (size_t i = options->config.count; i > 0; i--) {
        const struct config_entry *entry = &options->config.entries[i - 1];

        if (strcmp(entry->section, section) == 0 && text_equal_nocase(entry->key, key))
            return entry;
    }
    return NULL;
}

const char *sections_text(const struct options *options, const char *section, const char *key,
                          const struct config_entry **entry)
{
    *entry = find_entry(options, section, key);
    if (*entry != NULL)
        return (*entry)->value;
    for (size_t i = 0; i < SECTION_KEY_COUNT; i++) {
        if (strcmp(SECTION_KEYS[i].section, section) == 0 && text_equal_nocase(SECTION_KEYS[i].key, key))
            return SECTION_KEYS[i].built_in;
    }
    return NULL;
}

static void print_key(const char *key, const char *value, const struct config_entry *entry, FILE *out)
{
    int width = fprintf(out, "%s = %s", key, value);

    fprintf(out, "%*s ; ", width < 40 ? 40 - width : 0, "");
    if (entry != NULL)
        fprintf(out, "%s:%d\n", entry->file, entry->line);
    else
        fprintf(out, "built-in\n");
}

/* The same for an instrument, whose section may spell the exchange in lower case. */
static const struct config_entry *find_instrument_entry(const struct options *options,
                                                        const struct instrument *instrument, const char *key)
{
    for (size_t i = options->config.count; i > 0; i--) {
        const struct config_entry *entry = &options->config.entries[i - 1];
        struct instrument named;

        if (strcmp(entry->key, key) == 0 && strncmp(entry->section, INSTRUMENT, sizeof(INSTRUMENT) - 1) == 0 &&
            name_instrument(entry->section, &named) == 0 && strcmp(named.exchange, instrument->exchange) == 0 &&
            strcmp(named.symbol, instrument->symbol) == 0)
            return entry;
    }
    return NULL;
}

static void print_instrument(const struct options *options, const struct instrument *instrument, FILE *out)
{
    const struct {
        const char *key;
        int64_t value;
        int decimals;
    } numbers[] = {
        {"tick", instrument->tick, PRICE_DECIMALS},
        {"lot", instrument->lot, QUANTITY_DECIMALS},
        {"multiplier", instrument->multiplier, 0},
        {"max_quantity", instrument->max_quantity, QUANTITY_DECIMALS},
        {"position_limit", instrument->position_limit, QUANTITY_DECIMALS},
        {"collar_bp", instrument->collar_bp, 0},
        {"start_price", instrument->start_price, PRICE_DECIMALS},
    };

    fprintf(out, "\n[%s%s.%s]\n", INSTRUMENT, instrument->exchange, instrument->symbol);
    print_key("kind", instrument_kind_name(instrument->kind), find_instrument_entry(options, instrument, "kind"), out);
    print_key("currency", instrument->currency, find_instrument_entry(options, instrument, "currency"), out);
    print_key("venue_symbol", instrument_venue_symbol(instrument),
              find_instrument_entry(options, instrument, "venue_symbol"), out);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        char text[DECIMAL_TEXT_SIZE];

        decimal_format(text, numbers[i].value, numbers[i].decimals);
        print_key(numbers[i].key, text, find_instrument_entry(options, instrument, numbers[i].key), out);
    }
}

static bool is_listed(const struct config_entry *entry)
{
    for (size_t i = 0; i < SECTION_KEY_COUNT; i++) {
        if (strcmp(SECTION_KEYS[i].section, entry->section) == 0 && text_equal_nocase(SECTION_KEYS[i].key, entry->key))
            return true;
    }
    return false;
}

/* The keys that only a file can name: the fees of further exchanges. */
static void print_unlisted(const struct options *options, const char *section, FILE *out)
{
    for (size_t i = 0; i < options->config.count; i++) {
        const struct config_entry *entry = &options->config.entries[i];

        if (strcmp(entry->section, section) == 0 && !is_listed(entry) &&
            find_entry(options, section, entry->key) == entry)
            print_key(entry->key, entry->value, entry, out);
    }
}

/* Sections that only a file can name, such as the checks of one account, in the order in which they stand there. */
static void print_named(const struct options *options, const char *prefix, FILE *out)
{
    const struct config *config = &options->config;

    for (size_t i = 0; i < config->count; i++) {
        const char *section = config->entries[i].section;
        bool is_first = begins_with(section, prefix);

        for (size_t j = 0; j < i && is_first; j++)
            is_first = strcmp(config->entries[j].section, section) != 0;
        for (size_t j = 0; j < SECTION_KEY_COUNT && is_first; j++)
            is_first = strcmp(SECTION_KEYS[j].section, section) != 0;
        if (!is_first)
            continue;
        fprintf(out, "\n[%s]\n", section);
        print_unlisted(options, section, out);
    }
}

void sections_print(const struct options *options, FILE *out)
{
    for (size_t i = 0; i < SECTION_KEY_COUNT; i++) {
        const struct section_key *own = &SECTION_KEYS[i];
        const struct config_entry *entry = find_entry(options, own->section, own->key);

        if (i == 0 || strcmp(own->section, SECTION_KEYS[i - 1].section) != 0)
            fprintf(out, "\n[%s]\n", own->section);
        print_key(own->key, entry != NULL ? entry->value : own->built_in, entry, out);
        if (i + 1 == SECTION_KEY_COUNT || strcmp(own->section, SECTION_KEYS[i + 1].section) != 0)
            print_unlisted(options, own->section, out);
    }
    print_named(options, CHECKS, out);
    print_named(options, SESSION, out);
    print_named(options, NOTIFIER, out);
    print_named(options, LAYOUT, out);
    print_named(options, "keys", out);
    print_named(options, "columns", out);
    print_named(options, "watch.", out);
    for (size_t i = 0; i < options->instruments.count; i++)
        print_instrument(options, &options->instruments.items[i], out);
}
