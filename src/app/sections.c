/* The sections of a configuration file other than [deck]. Each line goes to the setter of the part that owns the
 * value; this file knows only which section is whose. */
#include "app/sections.h"

#include <ctype.h>
#include <string.h>

#include "core/text.h"

static const char INSTRUMENT[] = "instrument.";

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

int sections_apply(struct options *options, const struct config_entry *entry, struct error *error)
{
    if (strncmp(entry->section, INSTRUMENT, sizeof(INSTRUMENT) - 1) == 0)
        return apply_instrument(options, entry, error);
    if (entry->section[0] == '\0')
        return config_error(entry, error, "'%.60s' stands before the first [section]", entry->key);
    return config_error(entry, error, "there is no section [%s]", entry->section);
}

static void print_key(const struct options *options, const char *section, const char *key, const char *value, FILE *out)
{
    const struct config_entry *entry = config_find(&options->config, section, key);
    char setting[128];

    snprintf(setting, sizeof(setting), "%s = %s", key, value);
    if (entry != NULL)
        fprintf(out, "%-40s ; %s:%d\n", setting, entry->file, entry->line);
    else
        fprintf(out, "%-40s ; built-in\n", setting);
}

static void print_decimal(const struct options *options, const char *section, const char *key, int64_t value,
                          int decimals, FILE *out)
{
    char text[DECIMAL_TEXT_SIZE];

    decimal_format(text, value, decimals);
    print_key(options, section, key, text, out);
}

static void print_instrument(const struct options *options, const struct instrument *instrument, FILE *out)
{
    char section[sizeof(INSTRUMENT) + EXCHANGE_SIZE + SYMBOL_SIZE];

    snprintf(section, sizeof(section), "%s%s.%s", INSTRUMENT, instrument->exchange, instrument->symbol);
    fprintf(out, "\n[%s]\n", section);
    print_key(options, section, "kind", instrument_kind_name(instrument->kind), out);
    print_decimal(options, section, "tick", instrument->tick, PRICE_DECIMALS, out);
    print_decimal(options, section, "lot", instrument->lot, QUANTITY_DECIMALS, out);
    print_decimal(options, section, "multiplier", instrument->multiplier, 0, out);
    print_key(options, section, "currency", instrument->currency, out);
    print_decimal(options, section, "max_quantity", instrument->max_quantity, QUANTITY_DECIMALS, out);
    print_decimal(options, section, "position_limit", instrument->position_limit, QUANTITY_DECIMALS, out);
    print_decimal(options, section, "collar_bp", instrument->collar_bp, 0, out);
    print_decimal(options, section, "start_price", instrument->start_price, PRICE_DECIMALS, out);
}

void sections_print(const struct options *options, FILE *out)
{
    for (size_t i = 0; i < options->instruments.count; i++)
        print_instrument(options, &options->instruments.items[i], out);
}
