/* See script.h. The words of a line are split once and read from left to right. */
#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/subject.h"
#include "core/text.h"
#include "core/timestamp.h"

enum { WORDS_MAX = 32, WORD_SIZE = 80 };

struct words {
    char word[WORDS_MAX][WORD_SIZE];
    int count, at;
    const char *line;
};

static void fail_line(const struct words *words, const char *what)
{
    fprintf(stderr, "test script: %s in \"%s\"\n", what, words->line);
    abort();
}

static struct words split(const char *line)
{
    struct words words = {.line = line};
    for (const char *at = line; *at != '\0';) {
        at += strspn(at, " ");
        size_t length = strcspn(at, " ");
        if (length == 0)
            break;
        if (words.count == WORDS_MAX || length >= WORD_SIZE)
            fail_line(&words, "too much");
        memcpy(words.word[words.count++], at, length);
        at += length;
    }
    return words;
}

static const char *next(struct words *words)
{
    if (words->at == words->count)
        fail_line(words, "a word is missing");
    return words->word[words->at++];
}

/* Takes the next word when it is this one. */
static bool take(struct words *words, const char *word)
{
    if (words->at == words->count || strcmp(words->word[words->at], word) != 0)
        return false;
    words->at++;
    return true;
}

int64_t script_price(const char *text)
{
    int64_t value;
    if (!decimal_parse(text, strlen(text), PRICE_DECIMALS, &value))
        fail_line(&(struct words){.line = text}, "no price");
    return value;
}

int64_t script_quantity(const char *text)
{
    int64_t value;
    if (!decimal_parse(text, strlen(text), QUANTITY_DECIMALS, &value))
        fail_line(&(struct words){.line = text}, "no quantity");
    return value;
}

static int64_t size_of(const char *text)
{
    return strcmp(text, "-") == 0 ? DECIMAL_NONE : script_quantity(text);
}

static const char *exchange_of(const char *symbol)
{
    static const char *const known[][2] = {
        {"TSLA", "NASDAQ"}, {"AMZN", "NASDAQ"}, {"BTC-USD", "CRYPTO"}, {"ETH-USD", "CRYPTO"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(symbol, known[i][0]) == 0)
            return known[i][1];
    return "NYSE";
}

static size_t order_index(const struct script *script, const struct words *words, const char *order_id)
{
    for (size_t i = 0; i < script->order_count; i++)
        if (strcmp(script->orders[i].order_id, order_id) == 0)
            return i;
    fail_line(words, "an order that no line made");
    return 0;
}

/* `limit`, `stop` and `quantity` of requests and answers. */
static bool take_term(struct words *words, int64_t *quantity, int64_t *limit_price, int64_t *stop_price)
{
    if (quantity != NULL && take(words, "quantity"))
        *quantity = script_quantity(next(words));
    else if (take(words, "limit"))
        *limit_price = script_price(next(words));
    else if (take(words, "stop"))
        *stop_price = script_price(next(words));
    else
        return false;
    return true;
}

static struct event read_quote(struct words *words)
{
    struct event event = event_empty(EVENT_QUOTE);
    struct quote *quote = &event.quote;
    text_copy(quote->symbol, sizeof quote->symbol, next(words));
    text_copy(quote->exchange, sizeof quote->exchange, exchange_of(quote->symbol));
    quote->bid = script_price(next(words));
    if (!take(words, "x"))
        fail_line(words, "no x");
    quote->bid_size = size_of(next(words));
    if (!take(words, "/"))
        fail_line(words, "no /");
    quote->ask = script_price(next(words));
    if (!take(words, "x"))
        fail_line(words, "no x");
    quote->ask_size = size_of(next(words));
    while (words->at < words->count) {
        if (take(words, "last")) {
            quote->last = script_price(next(words));
            if (take(words, "x"))
                quote->last_size = size_of(next(words));
        } else if (take(words, "buy")) {
            quote->last_side = SIDE_BUY;
        } else if (take(words, "sell")) {
            quote->last_side = SIDE_SELL;
        } else if (take(words, "halted")) {
            quote->status = QUOTE_HALTED;
        } else if (take(words, "auction")) {
            quote->status = QUOTE_AUCTION;
        } else {
            fail_line(words, "an unknown word");
        }
    }
    return event;
}

static struct event read_new(struct script *script, struct words *words)
{
    struct event event = event_empty(EVENT_ORDER_NEW);
    struct order_request *request = &event.request;
    request->limit_price = request->stop_price = DECIMAL_NONE;
    text_copy(request->order_id, sizeof request->order_id, next(words));
    text_copy(request->account, sizeof request->account, "SIM-1");
    request->side = strcmp(next(words), "buy") == 0 ? SIDE_BUY : SIDE_SELL;
    request->quantity = script_quantity(next(words));
    text_copy(request->symbol, sizeof request->symbol, next(words));
    text_copy(request->exchange, sizeof request->exchange, exchange_of(request->symbol));
    request->timestamp_ns = script->wall_ns;
    while (words->at < words->count) {
        enum time_in_force tif;
        if (take_term(words, NULL, &request->limit_price, &request->stop_price))
            continue;
        if (take(words, "post_only"))
            request->post_only = true;
        else if (take(words, "account"))
            text_copy(request->account, sizeof request->account, next(words));
        else if (time_in_force_from_name(next(words), &tif) == 0)
            request->time_in_force = tif;
        else
            fail_line(words, "an unknown word");
    }
    bool has_limit = request->limit_price != DECIMAL_NONE, has_stop = request->stop_price != DECIMAL_NONE;
    request->type = has_limit ? (has_stop ? ORDER_STOP_LIMIT : ORDER_LIMIT) : (has_stop ? ORDER_STOP : ORDER_MARKET);
    for (size_t i = 0; i < script->order_count; i++)
        if (strcmp(script->orders[i].order_id, request->order_id) == 0)
            return event; /* A second orders.new of the id: later lines mean the first. */
    if (script->order_count == SCRIPT_ORDERS_MAX)
        fail_line(words, "too many orders");
    script->orders[script->order_count++] = *request;
    return event;
}

static struct event read_decision(const struct script *script, struct words *words, enum event_kind kind)
{
    struct event event = event_empty(kind);
    struct decision *decision = &event.decision;
    decision->order = script->orders[order_index(script, words, next(words))];
    decision->order.timestamp_ns = script->wall_ns;
    if (kind == EVENT_ORDER_REJECTED)
        text_copy(decision->code, sizeof decision->code, next(words));
    if (kind == EVENT_REPLACE_VALIDATED || kind == EVENT_REPLACE_REJECTED)
        text_copy(decision->request_id, sizeof decision->request_id, next(words));
    if (take(words, "reference"))
        decision->reference_price = script_price(next(words));
    return event;
}

static struct event read_acknowledgement(const struct script *script, struct words *words, enum event_kind kind)
{
    struct event event = event_empty(kind);
    struct acknowledgement *acknowledgement = &event.acknowledgement;
    const struct order_request *order = &script->orders[order_index(script, words, next(words))];
    text_copy(acknowledgement->order_id, sizeof acknowledgement->order_id, order->order_id);
    text_copy(acknowledgement->account, sizeof acknowledgement->account, order->account);
    text_copy(acknowledgement->symbol, sizeof acknowledgement->symbol, order->symbol);
    text_copy(acknowledgement->exchange, sizeof acknowledgement->exchange, order->exchange);
    acknowledgement->queue_ahead = take(words, "queue") ? script_quantity(next(words)) : DECIMAL_NONE;
    if (kind == EVENT_ORDER_TRIGGERED)
        acknowledgement->price = script_price(next(words));
    if (kind == EVENT_ORDER_REFUSED)
        text_copy(acknowledgement->reason, sizeof acknowledgement->reason, "refused in a test");
    return event;
}

static struct event read_fill(struct script *script, struct words *words)
{
    struct event event = event_empty(EVENT_ORDER_EXECUTED);
    struct execution *execution = &event.execution;
    size_t index = order_index(script, words, next(words));
    const struct order_request *order = &script->orders[index];
    text_copy(execution->order_id, sizeof execution->order_id, order->order_id);
    text_copy(execution->account, sizeof execution->account, order->account);
    text_copy(execution->symbol, sizeof execution->symbol, order->symbol);
    text_copy(execution->exchange, sizeof execution->exchange, order->exchange);
    execution->side = order->side;
    snprintf(execution->execution_id, sizeof execution->execution_id, "%.64s-%.10s", order->order_id, next(words));
    execution->quantity = script_quantity(next(words));
    if (!take(words, "@"))
        fail_line(words, "no @");
    execution->price = script_price(next(words));
    if (take(words, "quote_seq"))
        execution->quote_seq = strtoull(next(words), NULL, 10);
    script->filled[index] += execution->quantity;
    execution->cumulative_quantity = script->filled[index];
    execution->leaves_quantity = order->quantity > script->filled[index] ? order->quantity - script->filled[index] : 0;
    execution->filled = execution->leaves_quantity == 0;
    return event;
}

static struct event read_cancelled(const struct script *script, struct words *words)
{
    struct event event = event_empty(EVENT_ORDER_CANCELLED);
    struct cancellation *cancellation = &event.cancellation;
    size_t index = order_index(script, words, next(words));
    const struct order_request *order = &script->orders[index];
    text_copy(cancellation->order_id, sizeof cancellation->order_id, order->order_id);
    text_copy(cancellation->account, sizeof cancellation->account, order->account);
    text_copy(cancellation->symbol, sizeof cancellation->symbol, order->symbol);
    text_copy(cancellation->exchange, sizeof cancellation->exchange, order->exchange);
    cancellation->cumulative_quantity = script->filled[index];
    const char *reason = next(words);
    for (int i = CANCEL_REQUESTED; i <= CANCEL_HALT; i++)
        if (strcmp(reason, cancel_reason_name((enum cancel_reason)i)) == 0)
            cancellation->reason = (enum cancel_reason)i;
    if (words->at < words->count)
        text_copy(cancellation->request_id, sizeof cancellation->request_id, next(words));
    return event;
}

static struct event read_change(const struct script *script, struct words *words, enum event_kind kind)
{
    struct event event = event_empty(kind);
    struct change_request *change = &event.change;
    change->quantity = change->limit_price = change->stop_price = DECIMAL_NONE;
    text_copy(change->order_id, sizeof change->order_id, next(words));
    text_copy(change->request_id, sizeof change->request_id, next(words));
    text_copy(change->account, sizeof change->account, "SIM-1");
    change->timestamp_ns = script->wall_ns;
    while (take_term(words, &change->quantity, &change->limit_price, &change->stop_price)) {
    }
    return event;
}

static struct event read_answer(struct words *words, enum event_kind kind)
{
    struct event event = event_empty(kind);
    struct change_answer *answer = &event.answer;
    answer->limit_price = answer->stop_price = DECIMAL_NONE;
    text_copy(answer->order_id, sizeof answer->order_id, next(words));
    text_copy(answer->request_id, sizeof answer->request_id, next(words));
    if (kind == EVENT_ORDER_REPLACED)
        answer->quantity = script_quantity(next(words));
    while (take_term(words, NULL, &answer->limit_price, &answer->stop_price)) {
    }
    return event;
}

static struct event read_state(struct words *words)
{
    struct event event = event_empty(EVENT_TRADING_STATE);
    if (trading_state_from_name(next(words), &event.state.state) != 0)
        fail_line(words, "no trading state");
    text_copy(event.state.scope, sizeof event.state.scope, next(words));
    text_copy(event.state.request_id, sizeof event.state.request_id, next(words));
    if (take(words, "flatten"))
        event.state.step = STEP_FLATTEN;
    return event;
}

static int128 read_money(struct words *words)
{
    const char *text = next(words);
    int128 money;
    if (!money_parse(text, strlen(text), &money))
        fail_line(words, "no amount");
    return money;
}

static struct event read_exposure(const struct script *script, struct words *words)
{
    struct event event = event_empty(EVENT_EXPOSURE);
    text_copy(event.exposure.account, sizeof event.exposure.account, next(words));
    event.exposure.realized_pnl = read_money(words);
    if (take(words, "day"))
        event.exposure.day_pnl = read_money(words);
    event.exposure.timestamp_ns = script->wall_ns;
    return event;
}

static struct event read_limits(struct words *words)
{
    struct event event = event_empty(EVENT_LIMITS);
    text_copy(event.limits.section, sizeof event.limits.section, next(words));
    text_copy(event.limits.key, sizeof event.limits.key, next(words));
    while (words->at < words->count) {
        size_t length = strlen(event.limits.value);
        snprintf(event.limits.value + length, sizeof event.limits.value - length, "%s%s", length == 0 ? "" : " ",
                 next(words));
    }
    return event;
}

static const struct {
    const char *word;
    enum event_kind kind;
} kinds[] = {
    {"quote", EVENT_QUOTE},
    {"new", EVENT_ORDER_NEW},
    {"validated", EVENT_ORDER_VALIDATED},
    {"rejected", EVENT_ORDER_REJECTED},
    {"replace_validated", EVENT_REPLACE_VALIDATED},
    {"replace_rejected", EVENT_REPLACE_REJECTED},
    {"accepted", EVENT_ORDER_ACCEPTED},
    {"refused", EVENT_ORDER_REFUSED},
    {"triggered", EVENT_ORDER_TRIGGERED},
    {"fill", EVENT_ORDER_EXECUTED},
    {"cancelled", EVENT_ORDER_CANCELLED},
    {"cancel", EVENT_ORDER_CANCEL},
    {"replace", EVENT_ORDER_REPLACE},
    {"replaced", EVENT_ORDER_REPLACED},
    {"cancel_rejected", EVENT_CANCEL_REJECTED},
    {"state", EVENT_TRADING_STATE},
    {"exposure", EVENT_EXPOSURE},
    {"limits", EVENT_LIMITS},
};

static struct event read_kind(struct script *script, struct words *words, enum event_kind kind)
{
    switch ((int)kind) {
    case EVENT_QUOTE:
        return read_quote(words);
    case EVENT_ORDER_NEW:
        return read_new(script, words);
    case EVENT_ORDER_EXECUTED:
        return read_fill(script, words);
    case EVENT_ORDER_CANCELLED:
        return read_cancelled(script, words);
    case EVENT_ORDER_CANCEL:
    case EVENT_ORDER_REPLACE:
        return read_change(script, words, kind);
    case EVENT_ORDER_REPLACED:
    case EVENT_CANCEL_REJECTED:
        return read_answer(words, kind);
    case EVENT_TRADING_STATE:
        return read_state(words);
    case EVENT_EXPOSURE:
        return read_exposure(script, words);
    case EVENT_LIMITS:
        return read_limits(words);
    case EVENT_ORDER_ACCEPTED:
    case EVENT_ORDER_REFUSED:
    case EVENT_ORDER_TRIGGERED:
        return read_acknowledgement(script, words, kind);
    default:
        return read_decision(script, words, kind);
    }
}

void script_init(struct script *script)
{
    memset(script, 0, sizeof *script);
    script->wall_ns = INT64_C(1795444200) * NS_PER_SECOND; /* 2026-11-23T14:30:00Z */
    script->monotonic_ns = 1000 * NS_PER_SECOND;
}

void script_wait(struct script *script, int64_t ns)
{
    script->wall_ns += ns;
    script->monotonic_ns += ns;
}

static void stamp(struct script *script, struct event *event)
{
    bool is_of_orders = event->kind != EVENT_QUOTE && event->kind != EVENT_EXPOSURE && event->kind != EVENT_LIMITS;
    event->sequence = is_of_orders ? ++script->orders_sequence : ++script->market_sequence;
    event->stored_ns = script->wall_ns;
}

struct event script_event(struct script *script, const char *line)
{
    struct words words = split(line);
    const char *word = next(&words);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(word, kinds[i].word) != 0)
            continue;
        struct event event = read_kind(script, &words, kinds[i].kind);
        if (words.at != words.count)
            fail_line(&words, "a word too many");
        stamp(script, &event);
        return event;
    }
    fail_line(&words, "an unknown event");
    return event_empty(EVENT_QUOTE);
}

struct event script_store(struct script *script, const struct event *proposed)
{
    struct event event = *proposed;
    stamp(script, &event);
    return event;
}

static size_t read_levels(struct words *words, struct depth_level levels[DEPTH_LEVELS])
{
    size_t count = 0;
    while (words->at < words->count && strcmp(words->word[words->at], "/") != 0) {
        if (count == DEPTH_LEVELS)
            fail_line(words, "too many levels");
        levels[count].price = script_price(next(words));
        if (!take(words, "x"))
            fail_line(words, "no x");
        levels[count++].size = script_quantity(next(words));
    }
    return count;
}

struct depth script_depth(const char *line)
{
    struct words words = split(line);
    struct depth depth = {0};
    if (!take(&words, "depth"))
        fail_line(&words, "no depth");
    text_copy(depth.symbol, sizeof depth.symbol, next(&words));
    text_copy(depth.exchange, sizeof depth.exchange, exchange_of(depth.symbol));
    depth.bid_count = read_levels(&words, depth.bids);
    if (!take(&words, "/"))
        fail_line(&words, "no /");
    depth.ask_count = read_levels(&words, depth.asks);
    return depth;
}

/* Appends " name value" when the value is there. */
static void append(char *text, size_t size, const char *name, int64_t value, int decimals)
{
    char number[DECIMAL_TEXT_SIZE];
    if (value == DECIMAL_NONE)
        return;
    decimal_format(number, value, decimals);
    size_t length = strlen(text);
    snprintf(text + length, size - length, "%s%s%s", name[0] == '\0' ? "" : " ", name, name[0] == '\0' ? "" : " ");
    length = strlen(text);
    snprintf(text + length, size - length, "%s", number);
}

static void append_word(char *text, size_t size, const char *word)
{
    size_t length = strlen(text);
    snprintf(text + length, size - length, " %s", word);
}

static void decision_text(char *text, size_t size, const char *name, const struct decision *decision)
{
    snprintf(text, size, "%s %s%s%s%s%s", name, decision->order.order_id, decision->request_id[0] == '\0' ? "" : " ",
             decision->request_id, decision->code[0] == '\0' ? "" : " ", decision->code);
}

static void execution_text(char *text, size_t size, const struct execution *execution)
{
    static const char *const liquidity[] = {"", " maker", " taker"};
    snprintf(text, size, "executed %s %s ", execution->execution_id, side_name(execution->side));
    append(text, size, "", execution->quantity, QUANTITY_DECIMALS);
    append(text, size, "@", execution->price, PRICE_DECIMALS);
    append(text, size, "leaves", execution->leaves_quantity, QUANTITY_DECIMALS);
    size_t length = strlen(text);
    snprintf(text + length, size - length, "%s%s", liquidity[execution->liquidity],
             execution->size_assumed ? " assumed" : "");
}

void script_text(char *text, size_t size, const struct event *event)
{
    size_t length;
    switch ((int)event->kind) {
    case EVENT_ORDER_NEW:
        snprintf(text, size, "new %s %s ", event->request.order_id, side_name(event->request.side));
        append(text, size, "", event->request.quantity, QUANTITY_DECIMALS);
        append_word(text, size, event->request.symbol);
        append_word(text, size, event->request.account);
        break;
    case EVENT_ORDER_CANCEL:
        snprintf(text, size, "cancel %s %s", event->change.order_id, event->change.request_id);
        break;
    case EVENT_ORDER_VALIDATED:
        decision_text(text, size, "validated", &event->decision);
        break;
    case EVENT_ORDER_REJECTED:
        decision_text(text, size, "rejected", &event->decision);
        break;
    case EVENT_REPLACE_VALIDATED:
        decision_text(text, size, "replace_validated", &event->decision);
        break;
    case EVENT_REPLACE_REJECTED:
        decision_text(text, size, "replace_rejected", &event->decision);
        break;
    case EVENT_ORDER_ACCEPTED:
        snprintf(text, size, "accepted %s", event->acknowledgement.order_id);
        append(text, size, "queue", event->acknowledgement.queue_ahead, QUANTITY_DECIMALS);
        break;
    case EVENT_ORDER_REFUSED:
        snprintf(text, size, "refused %s", event->acknowledgement.order_id);
        break;
    case EVENT_ORDER_TRIGGERED:
        snprintf(text, size, "triggered %s", event->acknowledgement.order_id);
        append(text, size, "@", event->acknowledgement.price, PRICE_DECIMALS);
        break;
    case EVENT_ORDER_EXECUTED:
        execution_text(text, size, &event->execution);
        break;
    case EVENT_ORDER_CANCELLED:
        snprintf(text, size, "cancelled %s %s%s%s", event->cancellation.order_id,
                 cancel_reason_name(event->cancellation.reason), event->cancellation.request_id[0] == '\0' ? "" : " ",
                 event->cancellation.request_id);
        break;
    case EVENT_ORDER_REPLACED:
        snprintf(text, size, "replaced %s %s", event->answer.order_id, event->answer.request_id);
        append(text, size, "quantity", event->answer.quantity, QUANTITY_DECIMALS);
        append(text, size, "limit", event->answer.limit_price, PRICE_DECIMALS);
        append(text, size, "stop", event->answer.stop_price, PRICE_DECIMALS);
        break;
    case EVENT_CANCEL_REJECTED:
        snprintf(text, size, "cancel_rejected %s %s", event->answer.order_id, event->answer.request_id);
        break;
    case EVENT_TRADING_STATE:
        snprintf(text, size, "state %s %s", trading_state_name(event->state.state), event->state.scope);
        if (event->state.step != STEP_NONE)
            append_word(text, size, state_step_name(event->state.step));
        length = strlen(text);
        snprintf(text + length, size - length, ": %s",
                 event->state.note[0] != '\0' ? event->state.note : event->state.reason);
        break;
    default:
        snprintf(text, size, "%s", event_kind_name(event->kind));
        break;
    }
}

/* Request ids of scripts are shorter than the wire allows. */
static void lengthen_request_id(struct event *event)
{
    char *id = NULL, longer[ID_SIZE];
    if (event->kind == EVENT_REPLACE_VALIDATED || event->kind == EVENT_REPLACE_REJECTED)
        id = event->decision.request_id;
    else if (event->kind == EVENT_ORDER_REPLACED || event->kind == EVENT_CANCEL_REJECTED)
        id = event->answer.request_id;
    else if (event->kind == EVENT_ORDER_CANCELLED && event->cancellation.request_id[0] != '\0')
        id = event->cancellation.request_id;
    else if (event->kind == EVENT_TRADING_STATE && event->state.of[0] != '\0')
        id = event->state.of;
    if (id == NULL)
        return;
    snprintf(longer, sizeof longer, "REQUEST-%.50s", id);
    text_copy(id, ID_SIZE, longer);
}

void script_check_wire(const struct event *proposed)
{
    struct event event = *proposed;
    lengthen_request_id(&event);
    char subject[SUBJECT_SIZE], payload[EVENT_PAYLOAD_SIZE], before[SCRIPT_TEXT_SIZE], after[SCRIPT_TEXT_SIZE];
    struct event decoded;
    struct error error = {0};
    subject_of(&event, subject);
    size_t length = event_encode(&event, payload, sizeof payload);
    script_text(before, sizeof before, &event);
    if (event_decode(&decoded, subject, payload, length, NULL, &error) != 0) {
        fprintf(stderr, "test script: \"%s\" cannot be read: %s\n%s\n", before, error.text, payload);
        abort();
    }
    script_text(after, sizeof after, &decoded);
    if (strcmp(before, after) != 0) {
        fprintf(stderr, "test script: \"%s\" is read as \"%s\"\n%s\n", before, after, payload);
        abort();
    }
}
