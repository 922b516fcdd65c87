/* The shell around a session. What the threads of libwebsockets and libcurl bring lies in the mailbox; what comes from
 * a connection that was given up is thrown away here. */
#include "feed/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "core/unique.h"
#include "feed/depth_pacer.h"
#include "feed/mailbox.h"
#include "feed/snapshot_fetcher.h"
#include "feed/web_socket.h"

/* Several of the largest messages. */
enum { MAILBOX_BYTES = 64 << 20, STEP_MAIL = 256, LINE_SIZE = 160 };

#define RETRY_NS NS_PER_MS /* how soon to look for room again */

struct live {
    const struct venue *venue;
    struct session *session;          /* owned */
    struct mailbox *mailbox;          /* owned */
    struct web_socket *socket;        /* owned */
    struct snapshot_fetcher *fetcher; /* owned; NULL: the venue needs none */
    struct outlet *outlet;            /* owned */
    struct depth_pacer *depths;       /* owned; NULL: nobody wants depth */
    uint64_t connection;              /* the number of the latest */
    bool is_open;                     /* its mail is read */
    char source[SOURCE_SIZE];
    char symbols[VENUE_SYMBOLS_MAX][SYMBOL_SIZE]; /* ours, in the session's order */
    size_t symbol_count;
};

static void take_quote(void *context, size_t instrument, const struct quote *raw)
{
    struct live *live = context;
    struct quote quote = *raw;
    memcpy(quote.symbol, live->symbols[instrument], sizeof quote.symbol);
    outlet_put(live->outlet, &quote, 0);
}

static void take_depth(void *context, size_t instrument, const struct book *book, int64_t timestamp_ns)
{
    struct live *live = context;
    struct depth depth = {.timestamp_ns = timestamp_ns};
    if (live->depths == NULL)
        return;
    text_copy(depth.exchange, sizeof depth.exchange, live->venue->books.exchange);
    memcpy(depth.symbol, live->symbols[instrument], sizeof depth.symbol);
    book_best(book, &depth);
    depth_pacer_put(live->depths, &depth);
}

static void take_stale(void *context, size_t instrument, bool stale, const char *reason)
{
    struct live *live = context;
    if (stale)
        log_debug("feed", "%s: %s is stale: %s", live->source, live->symbols[instrument], reason);
    else
        log_debug("feed", "%s: %s is not stale any more", live->source, live->symbols[instrument]);
}

static void take_text(void *context, enum log_level level, const char *text)
{
    struct live *live = context;
    log_write(level, "feed", "%s: %s", live->source, text);
}

static struct session *create_session(struct live *live, const struct feed_spec *spec,
                                      const struct instruments *instruments)
{
    const char *symbols[VENUE_SYMBOLS_MAX];
    uint64_t seed;
    for (size_t i = 0; i < spec->symbol_count; i++) {
        const struct instrument *instrument =
            instruments_at_venue(instruments, spec->venue->books.exchange, spec->symbols[i]);
        symbols[i] = instrument != NULL ? instrument_venue_symbol(instrument) : spec->symbols[i];
        text_copy(live->symbols[i], SYMBOL_SIZE, instrument != NULL ? instrument->symbol : spec->symbols[i]);
        if (instrument == NULL)
            log_warning("feed", "%s: %s is not in the table of instruments, and can be watched only", live->source,
                        spec->symbols[i]);
    }
    unique_bytes(&seed, sizeof seed);
    return session_create(&(struct session_options){
        .venue = spec->venue,
        .symbols = symbols,
        .symbol_count = spec->symbol_count,
        .seed = seed,
        .sink = {.quote = take_quote, .depth = take_depth, .stale = take_stale, .tell = take_text, .context = live}});
}

struct live *live_create(const struct live_options *options, struct error *error)
{
    const struct feed_spec *spec = options->spec;
    struct live *live = calloc(1, sizeof *live);
    if (live == NULL)
        abort();
    live->venue = spec->venue;
    text_copy(live->source, sizeof live->source, options->source);
    live->symbol_count = spec->symbol_count;
    live->session = create_session(live, spec, options->instruments);
    live->outlet = outlet_create(options->source, options->send, options->context);
    if (options->depths_per_second > 0)
        live->depths = depth_pacer_create(&(struct depth_pacer_options){.source = options->source,
                                                                        .per_second = options->depths_per_second,
                                                                        .send = options->send_depth,
                                                                        .context = options->context});
    live->mailbox = mailbox_create(MAILBOX_BYTES, options->wake, options->context);
    const char *url = spec->url[0] != '\0' ? spec->url : spec->venue->url;
    live->socket = web_socket_create(
        &(struct web_socket_options){.url = url, .ca_file = spec->ca_file, .mailbox = live->mailbox}, error);
    if (live->socket == NULL)
        goto failed;
    if (spec->venue->rest_url != NULL) {
        live->fetcher = snapshot_fetcher_create(&(struct snapshot_fetcher_options){.url = spec->rest_url[0] != '\0'
                                                                                              ? spec->rest_url
                                                                                              : spec->venue->rest_url,
                                                                                   .ca_file = spec->ca_file,
                                                                                   .mailbox = live->mailbox},
                                                error);
        if (live->fetcher == NULL)
            goto failed;
    }
    return live;
failed:
    live_destroy(live);
    return NULL;
}

void live_destroy(struct live *live)
{
    if (live == NULL)
        return;
    snapshot_fetcher_destroy(live->fetcher);
    web_socket_destroy(live->socket);
    mailbox_destroy(live->mailbox);
    depth_pacer_destroy(live->depths);
    outlet_destroy(live->outlet);
    session_destroy(live->session);
    free(live);
}

static void read_mail(struct live *live, const struct mail *mail, int64_t now_ns)
{
    if (!live->is_open || mail->connection != live->connection)
        return;
    switch (mail->kind) {
    case MAIL_CONNECTED:
        session_connected(live->session, now_ns);
        break;
    case MAIL_MESSAGE:
        session_message(live->session, mail->text, mail->length, mail->received_ns, now_ns);
        break;
    case MAIL_PART:
        session_part(live->session, now_ns);
        break;
    case MAIL_PONG:
        session_pong(live->session, now_ns);
        break;
    case MAIL_CLOSED:
        live->is_open = false;
        session_closed(live->session, mail->text, now_ns);
        break;
    case MAIL_SNAPSHOT:
        session_snapshot(live->session, mail->instrument, mail->text, mail->length, mail->received_ns, now_ns);
        break;
    case MAIL_SNAPSHOT_FAILED:
        session_snapshot_failed(live->session, mail->instrument, mail->text, mail->wait_s, now_ns);
        break;
    }
}

static void act(struct live *live, const struct session_action *action)
{
    switch (action->kind) {
    case SESSION_CONNECT:
        live->is_open = true;
        web_socket_connect(live->socket, ++live->connection);
        break;
    case SESSION_CLOSE:
        live->is_open = false;
        web_socket_close(live->socket);
        break;
    case SESSION_SEND:
        log_debug("feed", "%s: sends %s", live->source, action->text);
        web_socket_send(live->socket, action->text, action->length);
        break;
    case SESSION_PING:
        web_socket_ping(live->socket);
        break;
    case SESSION_FETCH:
        snapshot_fetcher_ask(live->fetcher, action->text, action->instrument, live->connection);
        break;
    }
}

static void act_all(struct live *live, int64_t now_ns)
{
    struct session_action action;
    while (session_next(live->session, now_ns, &action))
        act(live, &action);
}

int64_t live_step(struct live *live, struct player_time now)
{
    struct mail mail;
    int read = 0;
    outlet_hand_on(live->outlet);
    while (read < STEP_MAIL && mailbox_take(live->mailbox, &mail)) {
        read_mail(live, &mail, now.monotonic_ns);
        /* What the message asks for goes out before the next one is read: that one may be about it. */
        act_all(live, now.monotonic_ns);
        read++;
    }
    act_all(live, now.monotonic_ns);
    if (read == STEP_MAIL)
        return now.monotonic_ns;
    int64_t due_ns = session_due_ns(live->session), depth_due_ns = depth_pacer_hand_on(live->depths, now.monotonic_ns);
    if (depth_due_ns < due_ns)
        due_ns = depth_due_ns;
    if (outlet_is_waiting(live->outlet) && due_ns > now.monotonic_ns + RETRY_NS)
        due_ns = now.monotonic_ns + RETRY_NS;
    return due_ns > now.monotonic_ns ? due_ns : now.monotonic_ns;
}

void live_pause(struct live *live, int64_t now_ns)
{
    struct mail mail;
    session_pause(live->session, now_ns);
    if (live->is_open)
        web_socket_close(live->socket);
    live->is_open = false;
    while (mailbox_take(live->mailbox, &mail)) {
    }
}

/* Adds a line when it fits; returns the new length. */
static size_t add_trouble(const struct live *live, const char *symbol, const char *sentence, char *lines, size_t length,
                          size_t size)
{
    char clean[LINE_SIZE], line[LINE_SIZE + EXCHANGE_SIZE + SYMBOL_SIZE + 4];
    text_clean(clean, sizeof clean, sentence, strlen(sentence));
    int added = snprintf(line, sizeof line, "%s%s%s %s\n", live->venue->books.exchange, symbol[0] == '\0' ? "" : ".",
                         symbol, clean);
    if (length + (size_t)added >= size)
        return length;
    memcpy(lines + length, line, (size_t)added + 1);
    return length + (size_t)added;
}

void live_trouble(const struct live *live, int64_t now_ns, char *lines, size_t size)
{
    const char *sentence = session_trouble(live->session, SIZE_MAX, now_ns);
    size_t length = 0;
    lines[0] = '\0';
    if (sentence != NULL)
        length = add_trouble(live, "", sentence, lines, length, size);
    for (size_t i = 0; i < live->symbol_count; i++) {
        sentence = session_trouble(live->session, i, now_ns);
        if (sentence != NULL)
            length = add_trouble(live, live->symbols[i], sentence, lines, length, size);
    }
}

struct live_counts live_counts(const struct live *live)
{
    return (struct live_counts){.out = outlet_counts(live->outlet), .session = session_counts(live->session)};
}
