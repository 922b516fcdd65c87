/* JSON to events, by the table of fields: each known member is read by the type of its field, then what a message
 * needs besides single fields is checked. */
#include <string.h>

#include "core/event.h"
#include "core/event_fields.h"
#include "core/event_value.h"
#include "core/json.h"
#include "core/subject.h"
#include "core/text.h"

/* The index of the field of this name, or `count`. The search begins behind the last one found, for writers keep the
 * order of the table. */
static size_t find_field(const struct field *fields, size_t count, size_t start, const struct json_value *key)
{
    char plain[64];
    const char *name = key->text;
    size_t length = key->length;
    if (key->escaped) {
        if (!json_unescape(key, plain, sizeof(plain), &length)) {
            return count;
        }
        name = plain;
    }
    for (size_t tried = 0, i = start; tried < count; tried++, i++) {
        if (i >= count) {
            i = 0;
        }
        if (fields[i].name_length == length && memcmp(fields[i].name, name, length) == 0) {
            return i;
        }
    }
    return count;
}

static void keep_extra(const struct event_extras *extras, const struct json_value *key, const struct json_value *value)
{
    for (size_t i = 0; i < extras->count; i++) {
        if (json_is(key, extras->names[i])) {
            extras->values[i] = *value;
        }
    }
}

/* Reads all members; `seen` gets a bit for each field that was there. */
static int read_members(struct event *event, const char *payload, size_t payload_bytes,
                        const struct event_extras *extras, uint64_t *seen, struct error *error)
{
    struct json_reader reader;
    struct json_value key;
    struct json_value value;
    size_t count;
    const struct field *fields = event_fields_of(event->kind, &count);
    size_t next = 0;
    json_reader_init(&reader, payload, payload_bytes);
    while (json_reader_next(&reader, &key, &value)) {
        size_t found = find_field(fields, count, next, &key);
        if (found == count || fields[found].presence == FIELD_UNUSED) {
            keep_extra(extras, &key, &value);
            continue;
        }
        const struct field *field = &fields[found];
        next = found + 1;
        if ((*seen & UINT64_C(1) << found) != 0) {
            return event_value_bad(field, "stands there twice", error);
        }
        /* Many writers say null for what they do not have. */
        if (value.type == JSON_NULL && field->presence != FIELD_REQUIRED) {
            *seen |= UINT64_C(1) << found;
            continue;
        }
        if (event_value_read(field, (char *)event + field->offset, &value, error) != 0) {
            return -1;
        }
        *seen |= UINT64_C(1) << found;
    }
    return reader.problem == NULL ? 0 : error_set(error, ERROR_FAILED, "bad JSON: %s", reader.problem);
}

static int check_required(enum event_kind kind, uint64_t seen, struct error *error)
{
    size_t count;
    const struct field *fields = event_fields_of(kind, &count);
    for (size_t i = 0; i < count; i++) {
        if (fields[i].presence == FIELD_REQUIRED && (seen & UINT64_C(1) << i) == 0) {
            return event_value_bad(&fields[i], "is missing", error);
        }
    }
    return 0;
}

/* The prices that the type of an order needs, and for a request also that it has no others: who sends a limit price
 * with a market order expects it to be kept. */
static int check_prices(const struct order_request *order, bool strictly, struct error *error)
{
    bool limit = order->type == ORDER_LIMIT || order->type == ORDER_STOP_LIMIT;
    bool stop = order->type == ORDER_STOP || order->type == ORDER_STOP_LIMIT;
    const char *type = order_type_name(order->type);
    if (limit && order->limit_price == DECIMAL_NONE) {
        return error_set(error, ERROR_FAILED, "limit_price is missing in a %s order", type);
    }
    if (stop && order->stop_price == DECIMAL_NONE) {
        return error_set(error, ERROR_FAILED, "stop_price is missing in a %s order", type);
    }
    if (strictly && !limit && order->limit_price != DECIMAL_NONE) {
        return error_set(error, ERROR_FAILED, "limit_price does not belong into a %s order", type);
    }
    if (strictly && !stop && order->stop_price != DECIMAL_NONE) {
        return error_set(error, ERROR_FAILED, "stop_price does not belong into a %s order", type);
    }
    return 0;
}

/* What a message needs besides single fields. */
static int check_whole(const struct event *event, struct error *error)
{
    switch (event->kind) {
    case EVENT_ORDER_NEW:
        return check_prices(&event->request, true, error);
    case EVENT_ORDER_REPLACE:
        if (event->change.quantity == DECIMAL_NONE && event->change.limit_price == DECIMAL_NONE &&
            event->change.stop_price == DECIMAL_NONE) {
            return error_set(error, ERROR_FAILED, "none of quantity, limit_price and stop_price is there");
        }
        return 0;
    case EVENT_ORDER_VALIDATED:
    case EVENT_ORDER_REJECTED:
    case EVENT_REPLACE_VALIDATED:
        return check_prices(&event->decision.order, false, error);
    case EVENT_ORDER_EXECUTED:
        if (execution_number(&event->execution) == 0) {
            return error_set(error, ERROR_FAILED, "execution_id is not <order_id>-<n>, n from 1");
        }
        return 0;
    case EVENT_ALERT:
        if (event->alert.version == 0) {
            return error_set(error, ERROR_FAILED, "version is zero; it counts from 1");
        }
        return 0;
    case EVENT_QUOTE:
    case EVENT_ORDER_CANCEL:
    case EVENT_REPLACE_REJECTED:
    case EVENT_ORDER_ACCEPTED:
    case EVENT_ORDER_REFUSED:
    case EVENT_ORDER_TRIGGERED:
    case EVENT_ORDER_CANCELLED:
    case EVENT_ORDER_REPLACED:
    case EVENT_CANCEL_REJECTED:
    case EVENT_TRADING_STATE:
    case EVENT_POSITION:
    case EVENT_ALERT_ACK:
    case EVENT_EXPOSURE:
    case EVENT_LIMITS:
    case EVENT_KINDS:
        break;
    }
    return 0;
}

static void fill_account(struct event *event, const char *default_account)
{
    char *account = NULL;
    if (event->kind == EVENT_ORDER_NEW) {
        account = event->request.account;
    } else if (event->kind == EVENT_ORDER_CANCEL || event->kind == EVENT_ORDER_REPLACE) {
        account = event->change.account;
    }
    if (account != NULL && account[0] == '\0' && default_account != NULL) {
        text_copy(account, ACCOUNT_SIZE, default_account);
    }
}

static int decode(struct event *event, enum event_kind kind, const char *payload, size_t payload_bytes,
                  const struct event_extras *extras, const char *default_account, struct error *error)
{
    uint64_t seen = 0;
    event_clear(event, kind);
    if (read_members(event, payload, payload_bytes, extras, &seen, error) != 0 ||
        check_required(kind, seen, error) != 0 || check_whole(event, error) != 0) {
        return error_prefix(error, "%s", event_kind_name(kind));
    }
    fill_account(event, default_account);
    return 0;
}

int event_decode_kind(struct event *event, enum event_kind kind, const char *payload, size_t payload_bytes,
                      const char *default_account, struct error *error)
{
    static const struct event_extras NONE = {0};
    return decode(event, kind, payload, payload_bytes, &NONE, default_account, error);
}

int event_decode_line(struct event *event, enum event_kind kind, const char *line, size_t length,
                      const struct event_extras *extras, struct error *error)
{
    memset(extras->values, 0, extras->count * sizeof(*extras->values));
    return decode(event, kind, line, length, extras, NULL, error);
}

int event_decode(struct event *event, const char *subject, const char *payload, size_t payload_bytes,
                 const char *default_account, struct error *error)
{
    int kind = subject_kind(subject);
    if (kind < 0) {
        return error_set(error, ERROR_FAILED, "the subject %.100s carries none of the known messages", subject);
    }
    if (event_decode_kind(event, (enum event_kind)kind, payload, payload_bytes, default_account, error) != 0) {
        return -1;
    }
    if (!subject_agrees(subject, event)) {
        return error_set(error, ERROR_FAILED, "%s: the subject %.100s and the payload disagree",
                         event_kind_name((enum event_kind)kind), subject);
    }
    return 0;
}
