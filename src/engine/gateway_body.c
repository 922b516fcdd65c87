/* Bodies become messages of the tape: their members are taken over as they are written, what is left out is filled in,
 * and the codec of the tape reads the whole. So a number is exact, and what this way lets through is what the tape
 * would have let through. Here are the members of any body, and the whole of an order's. */
#include "engine/gateway_private.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "core/unique.h"

enum member {
    CLIENT_ORDER_ID,
    ACCOUNT,
    SYMBOL,
    EXCHANGE,
    SIDE,
    TYPE,
    QUANTITY,
    LIMIT_PRICE,
    STOP_PRICE,
    TIME_IN_FORCE,
    POST_ONLY,
    MEMBERS
};

static const char *const member_names[MEMBERS] = {
    [CLIENT_ORDER_ID] = "client_order_id",
    [ACCOUNT] = "account",
    [SYMBOL] = "symbol",
    [EXCHANGE] = "exchange",
    [SIDE] = "side",
    [TYPE] = "type",
    [QUANTITY] = "quantity",
    [LIMIT_PRICE] = "limit_price",
    [STOP_PRICE] = "stop_price",
    [TIME_IN_FORCE] = "time_in_force",
    [POST_ONLY] = "post_only",
};

static bool bad_syntax(struct reply *reply, const char *code, const char *what, const char *why)
{
    gateway_http_problem(reply, MHD_HTTP_BAD_REQUEST, code, "%s %s", what, why);
    return false;
}

static struct body_member *find_member(struct body_member *members, size_t count, const struct json_value *key)
{
    char plain[32];
    size_t length;
    if (!json_unescape(key, plain, sizeof plain, &length))
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (strlen(members[i].name) == length && memcmp(plain, members[i].name, length) == 0)
            return &members[i];
    }
    return NULL;
}

bool gateway_body_read(const char *text, size_t bytes, struct body_member *members, size_t count, struct reply *reply)
{
    struct json_reader reader;
    struct json_value key, value;
    json_reader_init(&reader, text, bytes);
    while (json_reader_next(&reader, &key, &value)) {
        struct body_member *member = find_member(members, count, &key);
        if (member == NULL)
            continue; /* unknown members are ignored, as everywhere */
        if (member->seen)
            return bad_syntax(reply, "DOUBLED_FIELD", member->name, "stands there twice");
        member->seen = true;
        if (value.type != JSON_NULL)
            member->value = value;
    }
    return reader.problem == NULL || bad_syntax(reply, "BAD_JSON", "the body is not one JSON object:", reader.problem);
}

static bool has(const struct body_member *members, enum member member)
{
    return members[member].value.text != NULL;
}

void gateway_body_word(const struct body_member *member, char *out, size_t size)
{
    size_t length;
    out[0] = '\0';
    if (member->value.text != NULL && member->value.type == JSON_STRING &&
        !json_unescape(&member->value, out, size, &length))
        out[0] = '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A number as JSON writes it, without an exponent, however long: what is wrong with such a one is its value. */
static bool is_decimal(const struct json_value *value)
{
    const char *at = value->text, *end = value->text + value->length;
    if (value->type != JSON_NUMBER && value->type != JSON_STRING)
        return false;
    at += at < end && *at == '-';
    const char *whole = at;
    while (at < end && is_digit(*at))
        at++;
    if (at == whole || (*whole == '0' && at - whole > 1))
        return false;
    if (at == end)
        return true;
    const char *fraction = at + 1;
    if (*at != '.' || fraction == end)
        return false;
    for (at = fraction; at < end && is_digit(*at);)
        at++;
    return at == end;
}

bool gateway_body_check_quantity(const struct body_member *quantity, struct reply *reply)
{
    const struct json_value *value = &quantity->value;
    int64_t number;
    if (value->text == NULL || !is_decimal(value) ||
        (decimal_parse(value->text, value->length, QUANTITY_DECIMALS, &number) && number > 0))
        return true;
    return !gateway_http_problem(reply, MHD_HTTP_UNPROCESSABLE_CONTENT, "BAD_LOT",
                                 "quantity must be above zero, with at most %d decimals, and fit", QUANTITY_DECIMALS);
}

bool gateway_body_check_price(const struct body_member *price, struct reply *reply)
{
    const struct json_value *value = &price->value;
    int64_t number;
    if (value->text == NULL || !is_decimal(value) || decimal_parse(value->text, value->length, PRICE_DECIMALS, &number))
        return true;
    return !gateway_http_problem(reply, MHD_HTTP_UNPROCESSABLE_CONTENT, "BAD_TICK",
                                 "%s must have at most %d decimals, and fit", price->name, PRICE_DECIMALS);
}

/* What is well written but no order: words that no exchange knows, steps too fine for any tick or lot. The tick and
 * the lot of the instrument itself are for the order checks to judge. */
static bool check_terms(const struct body_member *body, struct reply *reply)
{
    char word[32];
    enum order_type type;
    enum time_in_force tif;
    gateway_body_word(&body[TYPE], word, sizeof word);
    if (has(body, TYPE) && body[TYPE].value.type == JSON_STRING && order_type_from_name(word, &type) != 0)
        return !gateway_http_problem(reply, MHD_HTTP_UNPROCESSABLE_CONTENT, "BAD_TYPE",
                                     "type is one of market, limit, stop, stop_limit");
    gateway_body_word(&body[TIME_IN_FORCE], word, sizeof word);
    if (has(body, TIME_IN_FORCE) && body[TIME_IN_FORCE].value.type == JSON_STRING &&
        time_in_force_from_name(word, &tif) != 0)
        return !gateway_http_problem(reply, MHD_HTTP_UNPROCESSABLE_CONTENT, "BAD_TIME_IN_FORCE",
                                     "time_in_force is one of day, gtc, ioc, fok");
    return gateway_body_check_quantity(&body[QUANTITY], reply) && gateway_body_check_price(&body[LIMIT_PRICE], reply) &&
           gateway_body_check_price(&body[STOP_PRICE], reply);
}

/* The prices that a type needs and has not, or has and cannot use. */
static bool check_prices(const struct body_member *body, struct reply *reply)
{
    char word[32];
    enum order_type type;
    gateway_body_word(&body[TYPE], word, sizeof word);
    if (order_type_from_name(word, &type) != 0)
        return true; /* missing or not a string: the codec says so */
    bool limit = type == ORDER_LIMIT || type == ORDER_STOP_LIMIT, stop = type == ORDER_STOP || type == ORDER_STOP_LIMIT;
    for (int member = LIMIT_PRICE; member <= STOP_PRICE; member++) {
        bool wanted = member == LIMIT_PRICE ? limit : stop;
        if (wanted != has(body, (enum member)member))
            return !gateway_http_problem(reply, MHD_HTTP_UNPROCESSABLE_CONTENT, "BAD_TYPE",
                                         wanted ? "a %s order needs %s" : "a %s order has no %s", word,
                                         member_names[member]);
    }
    return true;
}

static void write_text(struct json_writer *writer, const char *name, const char *text)
{
    json_key(writer, name);
    json_string(writer, text);
}

void gateway_body_write(struct json_writer *writer, const struct body_member *member)
{
    const struct json_value *value = &member->value;
    if (value->text == NULL)
        return;
    json_key(writer, member->name);
    bool quoted = value->type == JSON_STRING;
    json_raw(writer, value->text - quoted, value->length + 2 * (size_t)quoted);
}

/* False when the symbol has no exchange of its own either. */
static bool write_exchange(struct gateway *gateway, const struct body_member *body, struct json_writer *writer,
                           struct reply *reply)
{
    if (has(body, EXCHANGE)) {
        gateway_body_write(writer, &body[EXCHANGE]);
        return true;
    }
    char symbol[SYMBOL_SIZE];
    gateway_body_word(&body[SYMBOL], symbol, sizeof symbol);
    const struct instrument *instrument = instruments_primary(gateway->options.instruments, symbol);
    if (instrument == NULL && has(body, SYMBOL) && body[SYMBOL].value.type == JSON_STRING)
        return !gateway_http_problem(reply, MHD_HTTP_UNPROCESSABLE_CONTENT, "UNKNOWN_INSTRUMENT",
                                     "no instrument has this symbol");
    if (instrument != NULL)
        write_text(writer, "exchange", instrument->exchange);
    return true;
}

bool gateway_body_order(struct gateway *gateway, const char *text, size_t bytes, struct event *event,
                        struct reply *reply)
{
    struct body_member body[MEMBERS] = {0};
    for (int member = 0; member < MEMBERS; member++)
        body[member].name = member_names[member];
    if (!gateway_body_read(text, bytes, body, MEMBERS, reply) || !check_terms(body, reply) ||
        !check_prices(body, reply))
        return false;
    char id[ID_SIZE], time[TIMESTAMP_TEXT_SIZE], request[GATEWAY_BODY_BYTES + 512];
    struct json_writer writer;
    json_writer_init(&writer, request, sizeof request);
    json_open(&writer, '{');
    if (has(body, CLIENT_ORDER_ID)) {
        const struct json_value *given = &body[CLIENT_ORDER_ID].value;
        if (given->type != JSON_STRING || !text_is_id(given->text, given->length, ID_SIZE - 1))
            return bad_syntax(reply, "BAD_REQUEST", "client_order_id", "is not 1 to 64 characters of A-Z a-z 0-9 _ -");
        snprintf(id, sizeof id, "%.*s", (int)given->length, given->text);
    } else {
        unique_id(id);
    }
    write_text(&writer, "order_id", id);
    for (int member = ACCOUNT; member < MEMBERS; member++) {
        if (member != EXCHANGE)
            gateway_body_write(&writer, &body[member]);
        else if (!write_exchange(gateway, body, &writer, reply))
            return false;
    }
    timestamp_format(time, gateway->now.wall_ns);
    write_text(&writer, "timestamp", time);
    write_text(&writer, "source", "rest");
    json_close(&writer, '}');
    struct error error = {0};
    if (writer.overflow)
        return bad_syntax(reply, "BAD_REQUEST", "the body", "is too long for an order");
    if (event_decode_kind(event, EVENT_ORDER_NEW, request, writer.length, gateway->account, &error) != 0)
        return bad_syntax(reply, "BAD_REQUEST", "the body is not an order:", error.text);
    return true;
}
