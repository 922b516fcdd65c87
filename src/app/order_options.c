/* Words become the same request that the tape would carry, and what the tape would refuse is refused here. */
#include "app/order_options.h"

#include <ctype.h>
#include <string.h>

#include "core/text.h"

void order_options_init(struct options *options)
{
    options->order.quantity = options->order.limit_price = options->order.stop_price = DECIMAL_NONE;
}

static int read_number(const char *text, int decimals, const char *what, int64_t *value, struct error *error)
{
    if (decimal_parse(text, strlen(text), decimals, value) && *value > 0)
        return 0;
    return error_set(error, ERROR_USAGE, "'%.60s' is no %s: a number above 0 with at most %d decimals", text, what,
                     decimals);
}

static int read_price(const char *text, int64_t *value, struct error *error)
{
    return read_number(text, PRICE_DECIMALS, "price", value, error);
}

/* A name that goes into a message has to come out of it unchanged. */
static int read_name(const char *text, char *name, size_t size, const char *what, struct error *error)
{
    char clean[SYMBOL_SIZE + 1];
    size_t length = text_clean(clean, sizeof(clean), text, strlen(text));

    if (length == 0 || length >= size || strcmp(clean, text) != 0)
        return error_set(error, ERROR_USAGE, "'%.60s' is no %s", text, what);
    text_copy(name, size, text);
    return 0;
}

int order_options_quantity(struct options *options, const char *text, struct error *error)
{
    return read_number(text, QUANTITY_DECIMALS, "quantity", &options->order.quantity, error);
}

int order_options_limit(struct options *options, const char *text, struct error *error)
{
    return read_price(text, &options->order.limit_price, error);
}

int order_options_stop(struct options *options, const char *text, struct error *error)
{
    return read_price(text, &options->order.stop_price, error);
}

int order_options_time_in_force(struct options *options, const char *text, struct error *error)
{
    if (time_in_force_from_name(text, &options->order.time_in_force) == 0)
        return 0;
    return error_set(error, ERROR_USAGE, "'%.60s' is none of day, gtc, ioc and fok", text);
}

int order_options_post_only(struct options *options, const char *text, struct error *error)
{
    return value_parse_bool(text, &options->order.post_only, error);
}

int order_options_exchange(struct options *options, const char *text, struct error *error)
{
    char *name = options->order.exchange;

    if (read_name(text, name, sizeof(options->order.exchange), "exchange", error) != 0)
        return -1;
    for (; *name != '\0'; name++)
        *name = (char)toupper((unsigned char)*name);
    return 0;
}

int order_options_symbol(struct options *options, const char *text, struct error *error)
{
    return read_name(text, options->order.symbol, sizeof(options->order.symbol), "symbol", error);
}

int order_options_id(struct options *options, const char *text, struct error *error)
{
    if (!text_is_id(text, strlen(text), ID_SIZE - 1))
        return error_set(error, ERROR_USAGE, "'%.60s' is no id of an order: 1 to 64 letters, digits, '-' and '_'",
                         text);
    text_copy(options->order.order_id, sizeof(options->order.order_id), text);
    return 0;
}

int order_options_wait(struct options *options, const char *text, struct error *error)
{
    return value_parse_bool(text, &options->order.wait, error);
}

int order_options_all(struct options *options, const char *text, struct error *error)
{
    return value_parse_bool(text, &options->order.all, error);
}

static int take_order(struct options *options, char **words, size_t count, struct error *error)
{
    const struct instrument *instrument;

    if (count < 3)
        return error_set(error, ERROR_USAGE, "order takes buy or sell, a symbol and a quantity");
    if (count > 4)
        return error_set(error, ERROR_USAGE, "order takes no more than a price; '%.60s' is too much", words[4]);
    if (side_from_name(words[0], &options->order.side) != 0)
        return error_set(error, ERROR_USAGE, "an order is to buy or to sell, not to '%.60s'", words[0]);
    if (order_options_symbol(options, words[1], error) != 0 || order_options_quantity(options, words[2], error) != 0)
        return -1;
    if (count == 4 && words[3][0] != '@')
        return error_set(error, ERROR_USAGE, "'%.60s' is no price; write @189.01", words[3]);
    if (count == 4 && order_options_limit(options, words[3] + 1, error) != 0)
        return -1;
    if (options->order.exchange[0] != '\0')
        return 0;
    instrument = instruments_primary(&options->instruments, words[1]);
    if (instrument == NULL)
        return error_set(error, ERROR_USAGE, "%.60s is not in the instrument table; give --exchange", words[1]);
    text_copy(options->order.exchange, sizeof(options->order.exchange), instrument->exchange);
    return 0;
}

static int take_cancel(struct options *options, char **words, size_t count, struct error *error)
{
    if (options->order.all && count > 0)
        return error_set(error, ERROR_USAGE, "cancel takes the id of an order or --all, not both");
    if (!options->order.all && options->order.symbol[0] != '\0')
        return error_set(error, ERROR_USAGE, "--symbol belongs to cancel --all");
    if (options->order.all)
        return 0;
    if (count != 1)
        return error_set(error, ERROR_USAGE, "cancel takes the id of one order, or --all");
    return order_options_id(options, words[0], error);
}

static int take_replace(struct options *options, char **words, size_t count, struct error *error)
{
    if (count != 1)
        return error_set(error, ERROR_USAGE, "replace takes the id of one order");
    if (options->order.quantity == DECIMAL_NONE && options->order.limit_price == DECIMAL_NONE &&
        options->order.stop_price == DECIMAL_NONE)
        return error_set(error, ERROR_USAGE, "replace needs --quantity, --limit or --stop");
    return order_options_id(options, words[0], error);
}

int order_options_take_words(struct options *options, char **words, struct error *error)
{
    size_t count = 0;

    while (words != NULL && words[count] != NULL)
        count++;
    if (options->command == OPTIONS_ORDER)
        return take_order(options, words, count, error);
    if (options->command == OPTIONS_CANCEL)
        return take_cancel(options, words, count, error);
    return take_replace(options, words, count, error);
}
