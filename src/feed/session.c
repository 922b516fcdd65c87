/* The connection, and what is to be done. Nothing is done here: session_next hands it out, one thing after the other,
 * no faster than the venue takes it. */
#include "feed/session_private.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"

#define CONNECT_LIMIT_NS (15 * NS_PER_SECOND) /* for a connection with all its handshakes */
#define ANSWER_LIMIT_NS  (10 * NS_PER_SECOND) /* for what was asked for to come */
#define PART_LIMIT_NS    (60 * NS_PER_SECOND) /* for one message */
#define FETCH_SPACE_NS   (500 * NS_PER_MS)    /* between two snapshots */
#define FETCH_RETRY_NS   (5 * NS_PER_SECOND)  /* after one that failed */
#define GOOD_NS          (60 * NS_PER_SECOND) /* a connection that held so long was a good one */
#define WAIT_LEAST_NS    (500 * NS_PER_MS)    /* between two connections */
#define WAIT_MOST_NS     (30 * NS_PER_SECOND)
#define RENEW_BEFORE_NS  (15 * 60 * NS_PER_SECOND) /* before the venue cuts */

void session_tell(struct session *session, enum log_level level, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    session->sink.tell(session->sink.context, level, text);
}

void session_note(struct session_instrument *instrument, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(instrument->why, sizeof instrument->why, format, arguments);
    va_end(arguments);
}

struct session *session_create(const struct session_options *options)
{
    assert(options->symbol_count >= 1 && options->symbol_count <= VENUE_SYMBOLS_MAX);
    struct session *session = calloc(1, sizeof *session);
    if (session == NULL)
        abort();
    session->venue = options->venue;
    session->sink = options->sink;
    session->books = market_books_create(&options->venue->books);
    session->count = session->counts.stale = options->symbol_count;
    for (size_t i = 0; i < session->count; i++) {
        text_copy(session->instruments[i].symbol, SYMBOL_SIZE, options->symbols[i]);
        session->instruments[i].stale = true;
        session->instruments[i].retry_ns = session->instruments[i].last_broken_ns = SESSION_NEVER;
    }
    prng_init(&session->jitter, options->seed, 0, 0);
    session->limit.per_second = options->venue->messages_per_second;
    session->connect_ns = INT64_MIN;
    session->fetching = SIZE_MAX;
    return session;
}

void session_destroy(struct session *session)
{
    if (session == NULL)
        return;
    market_books_destroy(session->books);
    free(session);
}

/* From half of the wait to all of it, so that many who lost their connections at once do not come back at once. */
static int64_t back_off_ns(struct session *session)
{
    unsigned doublings = session->failures < 7 ? session->failures : 7;
    int64_t wait_ns = WAIT_LEAST_NS << doublings;
    if (wait_ns > WAIT_MOST_NS)
        wait_ns = WAIT_MOST_NS;
    return wait_ns / 2 + (int64_t)(prng_uniform(&session->jitter) * (double)(wait_ns / 2));
}

static void disconnect(struct session *session, const char *reason)
{
    session->must_close = session->state != SESSION_WAITING;
    session->state = SESSION_WAITING;
    session->request_count = 0;
    session->fetching = SIZE_MAX;
    session_void(session, reason);
}

void session_lose(struct session *session, const char *reason, bool at_once, int64_t now_ns)
{
    bool was_good = session->state == SESSION_UP && now_ns - session->since_ns >= GOOD_NS;
    if (was_good)
        session->failures = 0;
    int64_t wait_ns = at_once ? 0 : back_off_ns(session);
    if (at_once)
        session_tell(session, LOG_INFO, "%s", reason);
    else if (session->failures == 0 || strcmp(session->lost, reason) != 0)
        session_tell(session, LOG_WARNING, "%s; the next connection is tried in %.1f s", reason, (double)wait_ns / 1e9);
    text_copy(session->lost, sizeof session->lost, reason);
    session->failures += !at_once;
    session->connect_ns = now_ns + wait_ns;
    disconnect(session, reason);
}

void session_pause(struct session *session, int64_t now_ns)
{
    session->connect_ns = now_ns;
    disconnect(session, "another process reads the venue");
}

static void queue(struct session *session, enum venue_request_kind kind, const struct venue_channel *channel,
                  size_t instrument)
{
    assert(session->request_count < SESSION_REQUESTS_MAX);
    size_t place = (session->request_first + session->request_count++) % SESSION_REQUESTS_MAX;
    session->requests[place] = (struct session_request){kind, channel, instrument};
}

void session_ask_all(struct session *session)
{
    const struct venue_channel *channel = session->venue->channels + session->venue->precision_first;
    for (; channel->name != NULL; channel++)
        queue(session, VENUE_SUBSCRIBE, channel, SIZE_MAX);
}

static const struct venue_channel *book_channel(const struct session *session)
{
    const struct venue_channel *channel = session->venue->channels;
    while (!channel->is_book)
        channel++;
    return channel;
}

void session_ask_again(struct session *session, size_t instrument)
{
    queue(session, VENUE_UNSUBSCRIBE, book_channel(session), instrument);
    queue(session, VENUE_SUBSCRIBE, book_channel(session), instrument);
}

void session_connected(struct session *session, int64_t now_ns)
{
    const struct venue *venue = session->venue;
    assert(session->state == SESSION_CONNECTING);
    session->state = SESSION_UP;
    session->since_ns = session->heard_ns = now_ns;
    session->pinged_ns = session->part_ns = SESSION_NEVER;
    session->renew_ns = SESSION_NEVER;
    if (venue->lifetime_ns != 0)
        session->renew_ns =
            now_ns + venue->lifetime_ns - (int64_t)((1 + prng_uniform(&session->jitter)) * (double)RENEW_BEFORE_NS / 2);
    session->has_sequence = false;
    session->request_id = 0;
    session->refusal[0] = '\0';
    session->precise = !venue->precision_first;
    session->counts.connections++;
    if (session->failures > 0)
        session_tell(session, LOG_INFO, "connected again after %u failure%s", session->failures,
                     session->failures == 1 ? "" : "s");
    else
        session_tell(session, LOG_INFO, "connected");
    if (venue->precision_first)
        queue(session, VENUE_SUBSCRIBE, &venue->channels[0], SIZE_MAX);
    else
        session_ask_all(session);
}

static void heard(struct session *session, int64_t now_ns)
{
    session->heard_ns = now_ns;
    session->pinged_ns = SESSION_NEVER;
}

void session_message(struct session *session, const char *text, size_t length, int64_t received_ns, int64_t now_ns)
{
    if (session->state != SESSION_UP)
        return;
    bool was_precise = session->precise;
    const struct market_sink sink = session_market_sink(session);
    const char *problem = NULL;
    heard(session, now_ns);
    session->part_ns = SESSION_NEVER;
    session->counts.messages++;
    session_begin(session, received_ns, now_ns);
    bool good = session->venue->parse(text, length, &sink, &problem);
    session_end(session, good, problem);
    if (session->state == SESSION_UP && !was_precise && session->precise)
        session_ask_all(session);
}

void session_part(struct session *session, int64_t now_ns)
{
    heard(session, now_ns);
    if (session->part_ns == SESSION_NEVER)
        session->part_ns = now_ns;
}

void session_pong(struct session *session, int64_t now_ns)
{
    if (!session->venue->has_heartbeats)
        heard(session, now_ns);
}

void session_closed(struct session *session, const char *reason, int64_t now_ns)
{
    if (session->state == SESSION_WAITING)
        return;
    session_lose(session, reason, false, now_ns);
    session->must_close = false;
}

void session_snapshot(struct session *session, size_t instrument, const char *text, size_t length, int64_t received_ns,
                      int64_t now_ns)
{
    if (session->fetching != instrument)
        return;
    const struct market_sink sink = session_market_sink(session);
    const char *problem = NULL;
    session->fetching = SIZE_MAX;
    session_begin(session, received_ns, now_ns);
    const char *symbol = session->instruments[instrument].symbol;
    bool good = session->venue->parse_snapshot(text, length, symbol, &sink, &problem);
    session_end(session, good, problem);
}

void session_snapshot_failed(struct session *session, size_t instrument, const char *reason, unsigned wait_s,
                             int64_t now_ns)
{
    if (session->fetching != instrument)
        return;
    struct session_instrument *failed = &session->instruments[instrument];
    session_tell(session, LOG_WARNING, "%s: there is no snapshot of its book: %s", failed->symbol, reason);
    session_note(failed, "there is no snapshot of its book: %s", reason);
    session->fetching = SIZE_MAX;
    session->fetch_ns = now_ns + (int64_t)wait_s * NS_PER_SECOND;
    failed->retry_ns = now_ns + FETCH_RETRY_NS;
}

/* Notices what does not come. */
static void look_at_clock(struct session *session, int64_t now_ns)
{
    const struct venue *venue = session->venue;
    char reason[128];
    if (session->state == SESSION_CONNECTING && now_ns - session->since_ns >= CONNECT_LIMIT_NS) {
        session_lose(session, "the connection took more than 15 s", false, now_ns);
        return;
    }
    if (session->state != SESSION_UP)
        return;
    if (now_ns - session->heard_ns >= 2 * venue->silence_ns) {
        snprintf(reason, sizeof reason, "nothing was heard for %" PRId64 " s", 2 * venue->silence_ns / NS_PER_SECOND);
        session_lose(session, reason, false, now_ns);
    } else if (session->part_ns != SESSION_NEVER && now_ns - session->part_ns >= PART_LIMIT_NS) {
        session_lose(session, "a message did not come to its end within 60 s", false, now_ns);
    } else if (!session->precise && now_ns - session->since_ns >= ANSWER_LIMIT_NS) {
        session_lose(session, "the venue does not say how many decimals its numbers have", false, now_ns);
    } else if (now_ns >= session->renew_ns) {
        session_lose(session, "a new connection is taken before the venue cuts this one", true, now_ns);
    }
    for (size_t i = 0; i < session->count && session->state == SESSION_UP && venue->rest_url == NULL; i++) {
        struct session_instrument *instrument = &session->instruments[i];
        if (instrument->retry_ns > now_ns)
            continue;
        instrument->retry_ns = SESSION_NEVER; /* until it has been sent */
        session_ask_again(session, i);
    }
}

/* Books that were asked for are to come within a time. */
static void expect_book(struct session *session, const struct session_request *request, int64_t now_ns)
{
    if (!request->channel->is_book || request->kind != VENUE_SUBSCRIBE)
        return;
    for (size_t i = 0; i < session->count; i++) {
        if (request->instrument == SIZE_MAX || request->instrument == i)
            session->instruments[i].retry_ns = now_ns + ANSWER_LIMIT_NS;
    }
}

static bool send_request(struct session *session, int64_t now_ns, struct session_action *action)
{
    if (session->request_count == 0 || !rate_limit_take(&session->limit, now_ns))
        return false;
    const struct session_request request = session->requests[session->request_first];
    const char *symbols[VENUE_SYMBOLS_MAX];
    size_t count = 0;
    session->request_first = (session->request_first + 1) % SESSION_REQUESTS_MAX;
    session->request_count--;
    for (size_t i = 0; i < session->count && !request.channel->is_general; i++) {
        if (request.instrument == SIZE_MAX || request.instrument == i)
            symbols[count++] = session->instruments[i].symbol;
    }
    const struct venue_request message = {.kind = request.kind,
                                          .channel = request.channel->name,
                                          .symbols = symbols,
                                          .symbol_count = count,
                                          .id = ++session->request_id};
    action->kind = SESSION_SEND;
    action->text = session->text;
    action->length = session->venue->write(session->text, sizeof session->text, &message);
    if (session->venue->rest_url == NULL)
        expect_book(session, &request, now_ns);
    return true;
}

static bool ping(struct session *session, int64_t now_ns, struct session_action *action)
{
    if (now_ns - session->heard_ns < session->venue->silence_ns || session->pinged_ns == session->heard_ns ||
        !rate_limit_take(&session->limit, now_ns))
        return false;
    session->pinged_ns = session->heard_ns;
    action->kind = SESSION_PING;
    return true;
}

static bool fetch(struct session *session, int64_t now_ns, struct session_action *action)
{
    if (session->fetching != SIZE_MAX || now_ns < session->fetch_ns)
        return false;
    for (size_t i = 0; i < session->count; i++) {
        struct session_instrument *instrument = &session->instruments[i];
        if (!instrument->wants_book)
            continue;
        instrument->wants_book = false;
        session->fetching = i;
        session->fetch_ns = now_ns + FETCH_SPACE_NS;
        session->venue->snapshot_path(session->text, sizeof session->text, instrument->symbol);
        *action = (struct session_action){SESSION_FETCH, session->text, strlen(session->text), i};
        return true;
    }
    return false;
}

bool session_next(struct session *session, int64_t now_ns, struct session_action *action)
{
    *action = (struct session_action){0};
    look_at_clock(session, now_ns);
    if (session->must_close) {
        session->must_close = false;
        action->kind = SESSION_CLOSE;
        return true;
    }
    if (session->state == SESSION_WAITING && now_ns >= session->connect_ns) {
        session->state = SESSION_CONNECTING;
        session->since_ns = now_ns;
        action->kind = SESSION_CONNECT;
        return true;
    }
    return session->state == SESSION_UP &&
           (send_request(session, now_ns, action) || ping(session, now_ns, action) || fetch(session, now_ns, action));
}

static int64_t earlier(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

int64_t session_due_ns(const struct session *session)
{
    if (session->must_close || session->state == SESSION_WAITING)
        return session->must_close ? INT64_MIN : session->connect_ns;
    if (session->state == SESSION_CONNECTING)
        return session->since_ns + CONNECT_LIMIT_NS;
    const struct venue *venue = session->venue;
    int64_t due_ns = session->renew_ns, ping_ns = session->heard_ns + venue->silence_ns;
    if (session->pinged_ns == session->heard_ns)
        due_ns = earlier(due_ns, ping_ns + venue->silence_ns);
    else
        due_ns = earlier(due_ns, ping_ns > session->limit.due_ns ? ping_ns : session->limit.due_ns);
    if (session->part_ns != SESSION_NEVER)
        due_ns = earlier(due_ns, session->part_ns + PART_LIMIT_NS);
    if (!session->precise)
        due_ns = earlier(due_ns, session->since_ns + ANSWER_LIMIT_NS);
    if (session->request_count > 0)
        due_ns = earlier(due_ns, session->limit.due_ns);
    for (size_t i = 0; i < session->count; i++) {
        const struct session_instrument *instrument = &session->instruments[i];
        if (venue->rest_url == NULL)
            due_ns = earlier(due_ns, instrument->retry_ns);
        else if (instrument->wants_book && session->fetching == SIZE_MAX)
            due_ns = earlier(due_ns, session->fetch_ns);
    }
    return due_ns;
}

const char *session_trouble(const struct session *session, size_t instrument, int64_t now_ns)
{
    if (instrument == SIZE_MAX) {
        if (session->state != SESSION_UP)
            return session->failures > 0 ? session->lost : NULL;
        return session->counts.stale > 0 && session->refusal[0] != '\0' ? session->refusal : NULL;
    }
    const struct session_instrument *asked = &session->instruments[instrument];
    if (!asked->stale || session->state != SESSION_UP)
        return NULL;
    if (asked->why[0] != '\0')
        return asked->why;
    return now_ns - session->since_ns >= ANSWER_LIMIT_NS ? "the venue has sent no quote since it was asked" : NULL;
}

struct session_counts session_counts(const struct session *session)
{
    struct session_counts counts = session->counts;
    counts.books = *market_books_counts(session->books);
    return counts;
}
