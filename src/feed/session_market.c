/* What the messages say: the books, and which instruments may be believed. */
#include "feed/session_private.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/timestamp.h"

/* A book that breaks again within this time is asked for later and later. */
#define CALM_NS (60 * NS_PER_SECOND)

#define RETRY_LEAST_NS NS_PER_SECOND
#define RETRY_MOST_NS  (60 * NS_PER_SECOND)

/* SIZE_MAX when it is none of ours. */
static size_t find(struct session *session, const char *symbol)
{
    if (strcmp(session->instruments[session->latest].symbol, symbol) == 0)
        return session->latest;
    for (size_t i = 0; i < session->count; i++) {
        if (strcmp(session->instruments[i].symbol, symbol) == 0)
            return session->latest = i;
    }
    return SIZE_MAX;
}

static void set_stale(struct session *session, size_t index, bool stale, const char *reason)
{
    struct session_instrument *instrument = &session->instruments[index];
    if (instrument->stale == stale)
        return;
    instrument->stale = stale;
    session_note(instrument, "%s", stale ? reason : "");
    session->counts.stale += stale ? 1 : (size_t)-1;
    session->sink.stale(session->sink.context, index, stale, reason);
}

static void hand_on(struct session *session, size_t index, const struct quote *raw)
{
    set_stale(session, index, false, NULL);
    session->sink.quote(session->sink.context, index, raw);
}

static void take_quote(void *context, const struct quote *raw)
{
    struct session *session = context;
    size_t index = find(session, raw->symbol);
    assert(index != SIZE_MAX);
    struct session_instrument *instrument = &session->instruments[index];
    /* Both sides, or what is known of them: not just a trade or a new status. */
    bool is_top = raw->last == DECIMAL_NONE && raw->bid_size != DECIMAL_NONE;
    if (is_top) {
        instrument->top = *raw;
        instrument->has_top = true;
    }
    /* A trade goes out with the best prices of before: on a stale instrument those would look fresh. */
    if (instrument->broken || (instrument->stale && !is_top)) {
        session->counts.withheld++;
        return;
    }
    hand_on(session, index, raw);
}

static void take_depth(void *context, const char *symbol, const struct book *book, int64_t timestamp_ns)
{
    struct session *session = context;
    size_t index = find(session, symbol);
    assert(index != SIZE_MAX);
    session->sink.depth(session->sink.context, index, book, timestamp_ns);
}

/* The book is void. It is asked for again at once, or after a while when that has not helped. */
static void take_break(void *context, const char *symbol, const char *reason)
{
    struct session *session = context;
    size_t index = find(session, symbol);
    assert(index != SIZE_MAX);
    struct session_instrument *instrument = &session->instruments[index];
    if (instrument->last_broken_ns == SESSION_NEVER || session->now_ns - instrument->last_broken_ns > CALM_NS)
        instrument->tries = 0;
    int64_t wait_ns =
        instrument->tries == 0 ? 0 : RETRY_LEAST_NS << (instrument->tries < 7 ? instrument->tries - 1 : 6);
    instrument->retry_ns = session->now_ns + (wait_ns < RETRY_MOST_NS ? wait_ns : RETRY_MOST_NS);
    instrument->last_broken_ns = session->now_ns;
    instrument->tries++;
    instrument->whole = instrument->wants_book = false;
    instrument->broken = true;
    session->counts.broken++;
    session_tell(session, LOG_WARNING, "%s: %s; it is asked for anew", symbol, reason);
    set_stale(session, index, true, reason);
}

static void take_answer(struct session *session, const struct market_event *event)
{
    if (!event->answer.refused)
        return;
    session->counts.refusals++;
    size_t index = event->symbol[0] == '\0' ? SIZE_MAX : find(session, event->symbol);
    const char *text = event->answer.text[0] == '\0' ? "no reason given" : event->answer.text;
    if (index == SIZE_MAX) {
        session_tell(session, LOG_ERROR, "the venue refuses a request: %s", text);
        snprintf(session->refusal, sizeof session->refusal, "the venue refuses a request: %s", text);
        return;
    }
    struct session_instrument *instrument = &session->instruments[index];
    if (!instrument->refused)
        session_tell(session, LOG_ERROR, "the venue refuses %s: %s", event->symbol, text);
    session_note(instrument, "the venue refuses it: %s", text);
    /* Another connection may bring it; asking again on this one will not. */
    instrument->refused = true;
    instrument->retry_ns = SESSION_NEVER;
}

static void take_sequence(struct session *session, uint64_t sequence)
{
    if (session->has_sequence && sequence != session->sequence + 1 && session->missing == NULL)
        session->missing = sequence > session->sequence ? "messages of the connection are missing"
                                                        : "the messages of the connection are not in order";
    session->has_sequence = true;
    session->sequence = sequence;
}

/* The book has become whole, or waits for its snapshot. */
static void look_at_book(struct session *session, size_t index)
{
    struct session_instrument *instrument = &session->instruments[index];
    if (market_books_find(session->books, instrument->symbol) == NULL) {
        /* A fetched snapshot must not be older than the first update that waits for it. */
        if (session->venue->rest_url != NULL && session->fetching != index && !instrument->whole &&
            (instrument->retry_ns == SESSION_NEVER || instrument->retry_ns <= session->now_ns))
            instrument->wants_book = true;
        return;
    }
    if (instrument->whole)
        return;
    bool was_broken = instrument->broken;
    instrument->whole = true;
    instrument->broken = instrument->wants_book = false;
    instrument->retry_ns = SESSION_NEVER;
    if (was_broken) {
        session_tell(session, LOG_INFO, "%s: its book is whole again", instrument->symbol);
        if (instrument->has_top)
            hand_on(session, index, &instrument->top);
    }
}

static void take_event(void *context, const struct market_event *event)
{
    struct session *session = context;
    if (event->kind == MARKET_ANSWER) {
        take_answer(session, event);
        return;
    }
    if (event->kind == MARKET_SEQUENCE) {
        take_sequence(session, event->sequence);
        return;
    }
    session->precise = session->precise || event->kind == MARKET_PRECISION;
    size_t index = event->symbol[0] == '\0' ? SIZE_MAX : find(session, event->symbol);
    if (index == SIZE_MAX || session->missing != NULL)
        return;
    struct session_instrument *instrument = &session->instruments[index];
    uint64_t broken = session->counts.broken;
    if (event->kind == MARKET_SNAPSHOT)
        instrument->whole = false;
    instrument->in_doubt = instrument->in_doubt || event->kind == MARKET_SNAPSHOT || event->kind == MARKET_LEVEL;
    const struct market_books_sink sink = {
        .quote = take_quote, .depth = take_depth, .broken = take_break, .context = session};
    market_books_take(session->books, event, session->received_ns, &sink);
    if (event->kind == MARKET_BOOK) {
        instrument->in_doubt = false;
        if (session->counts.broken == broken)
            look_at_book(session, index);
    }
}

struct market_sink session_market_sink(struct session *session)
{
    return (struct market_sink){.take = take_event, .context = session};
}

void session_begin(struct session *session, int64_t received_ns, int64_t now_ns)
{
    session->received_ns = received_ns;
    session->now_ns = now_ns;
    session->missing = NULL;
}

/* Books of which only a part was read are broken. On a numbered connection everything may be. */
void session_end(struct session *session, bool good, const char *problem)
{
    if (!good) {
        if (session->counts.bad_messages++ == 0)
            session_tell(session, LOG_WARNING, "a message cannot be read: %s; further ones are counted", problem);
        if (session->venue->numbered)
            session->missing = "a message could not be read";
    }
    for (size_t i = 0; i < session->count && session->missing == NULL; i++) {
        struct session_instrument *instrument = &session->instruments[i];
        if (!instrument->in_doubt)
            continue;
        instrument->in_doubt = false;
        market_books_drop(session->books, instrument->symbol);
        take_break(session, instrument->symbol, "a message about its book cannot be read");
    }
    if (session->missing != NULL)
        session_lose(session, session->missing, false, session->now_ns);
}

void session_void(struct session *session, const char *reason)
{
    market_books_void(session->books);
    for (size_t i = 0; i < session->count; i++) {
        struct session_instrument *instrument = &session->instruments[i];
        instrument->broken = instrument->whole = instrument->refused = instrument->wants_book = false;
        instrument->in_doubt = instrument->has_top = false;
        instrument->retry_ns = SESSION_NEVER;
        set_stale(session, i, true, reason);
        instrument->why[0] = '\0'; /* the next connection has reasons of its own */
    }
}
