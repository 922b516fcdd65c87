/* Subjects and message ids. One table has the beginning of each kind's subject and how many tokens of its content
 * follow; reading, writing and comparing all go by it. */
#include "core/subject.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *prefix;
    uint8_t length; /* of the prefix */
    uint8_t tokens; /* that follow it */
} shapes[EVENT_KINDS] = {
#define SHAPE(kind, prefix, tokens) [kind] = {prefix, sizeof(prefix) - 1, tokens}
    SHAPE(EVENT_QUOTE, "md", 2),
    SHAPE(EVENT_ORDER_NEW, "orders.new", 0),
    SHAPE(EVENT_ORDER_CANCEL, "orders.cancel", 0),
    SHAPE(EVENT_ORDER_REPLACE, "orders.replace", 0),
    SHAPE(EVENT_ORDER_VALIDATED, "orders.validated", 0),
    SHAPE(EVENT_ORDER_REJECTED, "orders.rejected", 0),
    SHAPE(EVENT_REPLACE_VALIDATED, "orders.replace_validated", 1),
    SHAPE(EVENT_REPLACE_REJECTED, "orders.replace_rejected", 1),
    SHAPE(EVENT_ORDER_ACCEPTED, "orders.accepted", 1),
    SHAPE(EVENT_ORDER_REFUSED, "orders.refused", 1),
    SHAPE(EVENT_ORDER_TRIGGERED, "orders.triggered", 1),
    SHAPE(EVENT_ORDER_EXECUTED, "orders.executed", 1),
    SHAPE(EVENT_ORDER_CANCELLED, "orders.cancelled", 1),
    SHAPE(EVENT_ORDER_REPLACED, "orders.replaced", 1),
    SHAPE(EVENT_CANCEL_REJECTED, "orders.cancel_rejected", 1),
    SHAPE(EVENT_TRADING_STATE, "orders.state", 0),
    SHAPE(EVENT_POSITION, "positions", 2),
    SHAPE(EVENT_ALERT, "risk.alerts", 1),
    SHAPE(EVENT_ALERT_ACK, "risk.acks", 0),
    SHAPE(EVENT_EXPOSURE, "risk.exposure", 1),
    SHAPE(EVENT_LIMITS, "risk.limits", 0),
#undef SHAPE
};

static const char depth_prefix[] = "depth";

/* The content of an event's subject: up to two texts, not yet escaped. */
struct subject_tokens {
    const char *texts[2];
    bool exchange_first; /* then the first is written in lower case and compared without case */
};

static struct subject_tokens tokens_of(const struct event *event)
{
    struct subject_tokens tokens = {{NULL, NULL}, false};
    switch (event->kind) {
    case EVENT_QUOTE:
        return (struct subject_tokens){{event->quote.exchange, event->quote.symbol}, true};
    case EVENT_POSITION:
        return (struct subject_tokens){{event->position.account, event->position.symbol}, false};
    case EVENT_ALERT:
        tokens.texts[0] = severity_name(event->alert.severity);
        return tokens;
    case EVENT_EXPOSURE:
        tokens.texts[0] = event->exposure.account;
        return tokens;
    case EVENT_ORDER_NEW:
    case EVENT_ORDER_CANCEL:
    case EVENT_ORDER_REPLACE:
    case EVENT_ORDER_VALIDATED:
    case EVENT_ORDER_REJECTED:
    case EVENT_REPLACE_VALIDATED:
    case EVENT_REPLACE_REJECTED:
    case EVENT_ORDER_ACCEPTED:
    case EVENT_ORDER_REFUSED:
    case EVENT_ORDER_TRIGGERED:
    case EVENT_ORDER_EXECUTED:
    case EVENT_ORDER_CANCELLED:
    case EVENT_ORDER_REPLACED:
    case EVENT_CANCEL_REJECTED:
    case EVENT_TRADING_STATE:
    case EVENT_ALERT_ACK:
    case EVENT_LIMITS:
    case EVENT_KINDS:
        break;
    }
    tokens.texts[0] = event_order_id(event); /* used only where the table says that a token follows */
    return tokens;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_plain(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

size_t subject_escape(char *token, size_t size, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t length = 0;
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        size_t needed = is_plain(*text) ? 1 : 3;
        assert(length + needed < size);
        if (needed == 1) {
            token[length] = *text;
        } else {
            token[length] = '%';
            token[length + 1] = hex[c >> 4];
            token[length + 2] = hex[c & 15];
        }
        length += needed;
    }
    token[length] = '\0';
    return length;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The next byte of an escaped token: moves `at` on; -1 when the escape is wrong. */
static int next_byte(const char **at, const char *end)
{
    if (**at != '%') {
        return (unsigned char)*(*at)++;
    }
    if (end - *at < 3) {
        return -1;
    }
    int high = hex_value((*at)[1]);
    int low = hex_value((*at)[2]);
    *at += 3;
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

bool subject_unescape(char *text, size_t size, const char *token, size_t length)
{
    const char *at = token;
    const char *end = token + length;
    size_t written = 0;
    while (at < end) {
        int byte = next_byte(&at, end);
        if (byte <= 0 || written + 1 >= size) {
            return false;
        }
        text[written++] = (char)byte;
    }
    if (size == 0) {
        return false;
    }
    text[written] = '\0';
    return true;
}

/* True when the token, its escapes undone, is `text`. */
static bool token_is(const char *token, size_t length, const char *text, bool nocase)
{
    const char *at = token;
    const char *end = token + length;
    while (at < end) {
        int byte = next_byte(&at, end);
        char c = (char)byte;
        if (byte <= 0 || *text == '\0' || (c != *text && !(nocase && lower(c) == lower(*text)))) {
            return false;
        }
        text++;
    }
    return *text == '\0';
}

/* Appends a text as one token; returns the new length. */
static size_t append_token(char subject[SUBJECT_SIZE], size_t length, const char *text, bool lower_case)
{
    size_t start = length;
    length += subject_escape(subject + start, SUBJECT_SIZE - start, text);
    /* Not the digits of an escape, which are in upper case. */
    for (size_t at = start; lower_case && at < length; at += subject[at] == '%' ? 3 : 1) {
        subject[at] = lower(subject[at]);
    }
    return length;
}

void subject_of(const struct event *event, char subject[SUBJECT_SIZE])
{
    struct subject_tokens tokens = tokens_of(event);
    size_t length = shapes[event->kind].length;
    memcpy(subject, shapes[event->kind].prefix, length + 1);
    for (int i = 0; i < shapes[event->kind].tokens; i++) {
        subject[length++] = '.';
        length = append_token(subject, length, tokens.texts[i], i == 0 && tokens.exchange_first);
    }
}

/* The subjects of what is told of each instrument on its exchange. */
static void subject_of_market(char subject[SUBJECT_SIZE], const char *prefix, const char *exchange, const char *symbol)
{
    size_t length = (size_t)snprintf(subject, SUBJECT_SIZE, "%s.*", prefix);
    if (exchange != NULL)
        length = append_token(subject, length - 1, exchange, true);
    subject[length++] = '.';
    if (symbol != NULL)
        append_token(subject, length, symbol, false);
    else
        memcpy(subject + length, ">", 2);
}

void subject_of_quotes(char subject[SUBJECT_SIZE], const char *exchange, const char *symbol)
{
    subject_of_market(subject, shapes[EVENT_QUOTE].prefix, exchange, symbol);
}

void subject_of_depth(char subject[SUBJECT_SIZE], const char *exchange, const char *symbol)
{
    subject_of_market(subject, depth_prefix, exchange, symbol);
}

/* True when the tokens behind the prefix, each with a point before it, are these. */
static bool tokens_agree(const char *at, int count, const struct subject_tokens *tokens)
{
    for (int i = 0; i < count; i++) {
        at++; /* the point */
        size_t length = strcspn(at, ".");
        if (!token_is(at, length, tokens->texts[i], i == 0 && tokens->exchange_first)) {
            return false;
        }
        at += length;
    }
    return true;
}

bool subject_agrees(const char *subject, const struct event *event)
{
    struct subject_tokens tokens = tokens_of(event);
    return tokens_agree(subject + shapes[event->kind].length, shapes[event->kind].tokens, &tokens);
}

/* True when exactly `count` tokens follow, each with a point before it and none empty. */
static bool has_tokens(const char *text, int count)
{
    for (int i = 0; i < count; i++) {
        if (*text != '.') {
            return false;
        }
        text++;
        size_t length = strcspn(text, ".");
        if (length == 0) {
            return false;
        }
        text += length;
    }
    return *text == '\0';
}

bool subject_agrees_with_depth(const char *subject, const char *exchange, const char *symbol)
{
    struct subject_tokens tokens = {{exchange, symbol}, true};
    size_t length = sizeof(depth_prefix) - 1;
    return strncmp(subject, depth_prefix, length) == 0 && has_tokens(subject + length, 2) &&
           tokens_agree(subject + length, 2, &tokens);
}

int subject_kind(const char *subject)
{
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        if (strncmp(subject, shapes[kind].prefix, shapes[kind].length) == 0 &&
            has_tokens(subject + shapes[kind].length, shapes[kind].tokens)) {
            return kind;
        }
    }
    return -1;
}

static void position_id(const struct position_event *position, char id[MESSAGE_ID_SIZE])
{
    char account[3 * ACCOUNT_SIZE];
    char symbol[3 * SYMBOL_SIZE];
    subject_escape(account, sizeof(account), position->account);
    subject_escape(symbol, sizeof(symbol), position->symbol);
    snprintf(id, MESSAGE_ID_SIZE, "pos:%s:%s:%llu:%llu", account, symbol, (unsigned long long)position->epoch,
             (unsigned long long)position->orders_seq);
}

void message_id_of(const struct event *event, char id[MESSAGE_ID_SIZE])
{
    const char *order_id = event_order_id(event);
    switch (event->kind) {
    case EVENT_ORDER_NEW:
        snprintf(id, MESSAGE_ID_SIZE, "new:%s", order_id);
        return;
    case EVENT_ORDER_CANCEL:
        snprintf(id, MESSAGE_ID_SIZE, "cancel:%s:%s", order_id, event->change.request_id);
        return;
    case EVENT_ORDER_REPLACE:
        snprintf(id, MESSAGE_ID_SIZE, "replace:%s:%s", order_id, event->change.request_id);
        return;
    case EVENT_ORDER_VALIDATED:
    case EVENT_ORDER_REJECTED:
        snprintf(id, MESSAGE_ID_SIZE, "decision:%s", order_id);
        return;
    case EVENT_REPLACE_VALIDATED:
    case EVENT_REPLACE_REJECTED:
        snprintf(id, MESSAGE_ID_SIZE, "decision:%s:%s", order_id, event->decision.request_id);
        return;
    case EVENT_ORDER_ACCEPTED:
        snprintf(id, MESSAGE_ID_SIZE, "accepted:%s", order_id);
        return;
    case EVENT_ORDER_REFUSED:
        snprintf(id, MESSAGE_ID_SIZE, "refused:%s", order_id);
        return;
    case EVENT_ORDER_TRIGGERED:
        snprintf(id, MESSAGE_ID_SIZE, "triggered:%s", order_id);
        return;
    case EVENT_ORDER_EXECUTED:
        snprintf(id, MESSAGE_ID_SIZE, "%s", event->execution.execution_id);
        return;
    case EVENT_ORDER_CANCELLED:
        snprintf(id, MESSAGE_ID_SIZE, "cancelled:%s", order_id);
        return;
    case EVENT_ORDER_REPLACED:
        snprintf(id, MESSAGE_ID_SIZE, "replaced:%s:%s", order_id, event->answer.request_id);
        return;
    case EVENT_CANCEL_REJECTED:
        snprintf(id, MESSAGE_ID_SIZE, "cancel_rejected:%s:%s", order_id, event->answer.request_id);
        return;
    case EVENT_TRADING_STATE:
        snprintf(id, MESSAGE_ID_SIZE, "state:%s", event->state.request_id);
        return;
    case EVENT_POSITION:
        position_id(&event->position, id);
        return;
    case EVENT_ALERT:
        snprintf(id, MESSAGE_ID_SIZE, "alert:%s:%u", event->alert.alert_id, event->alert.version);
        return;
    case EVENT_ALERT_ACK:
        snprintf(id, MESSAGE_ID_SIZE, "ack:%s", event->ack.request_id);
        return;
    case EVENT_LIMITS:
        snprintf(id, MESSAGE_ID_SIZE, "limits:%s:%s.%s", event->limits.request_id, event->limits.section,
                 event->limits.key);
        return;
    case EVENT_QUOTE:
    case EVENT_EXPOSURE:
    case EVENT_KINDS:
        break;
    }
    id[0] = '\0';
}

bool subject_matches(const char *pattern, const char *subject)
{
    for (;;) {
        size_t wanted = strcspn(pattern, ".");
        size_t found = strcspn(subject, ".");
        if (wanted == 1 && *pattern == '>') {
            return pattern[1] == '\0' && found > 0;
        }
        bool any = wanted == 1 && *pattern == '*' && found > 0;
        if (!any && (wanted != found || memcmp(pattern, subject, wanted) != 0)) {
            return false;
        }
        pattern += wanted;
        subject += found;
        if (*pattern != *subject) {
            return false; /* one has more tokens than the other */
        }
        if (*pattern == '\0') {
            return true;
        }
        pattern++;
        subject++;
    }
}
