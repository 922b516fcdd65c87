/* See session_script.h. */
#include "session_script.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/timestamp.h"

enum { TEXT_SIZE = 8192 };

#define WALL_NS (INT64_C(1700000000) * NS_PER_SECOND)

struct script {
    struct session *session;
    const char *const *symbols;
    int64_t now_ns;
    char text[TEXT_SIZE];
    size_t length;
};

__attribute__((format(printf, 2, 3))) static void note(struct script *script, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (script->length > 0)
        script->text[script->length++] = '\n';
    script->length += (size_t)vsnprintf(script->text + script->length, TEXT_SIZE - script->length, format, arguments);
    va_end(arguments);
    assert_true(script->length < TEXT_SIZE - 2);
}

static void take_quote(void *context, size_t instrument, const struct quote *raw)
{
    struct script *script = context;
    char bid[DECIMAL_TEXT_SIZE] = "-", ask[DECIMAL_TEXT_SIZE] = "-", last[DECIMAL_TEXT_SIZE];
    assert_string_equal(raw->symbol, script->symbols[instrument]);
    if (raw->last != DECIMAL_NONE) {
        decimal_format(last, raw->last, PRICE_DECIMALS);
        note(script, "trade %s %s", raw->symbol, last);
        return;
    }
    if (raw->bid != DECIMAL_NONE)
        decimal_format(bid, raw->bid, PRICE_DECIMALS);
    if (raw->ask != DECIMAL_NONE)
        decimal_format(ask, raw->ask, PRICE_DECIMALS);
    note(script, "quote %s %s/%s", raw->symbol, bid, ask);
}

static void take_depth(void *context, size_t instrument, const struct book *book, int64_t timestamp_ns)
{
    struct script *script = context;
    assert_non_null(book);
    assert_true(timestamp_ns > 0);
    note(script, "depth %s", script->symbols[instrument]);
}

static void take_stale(void *context, size_t instrument, bool stale, const char *reason)
{
    struct script *script = context;
    if (stale)
        note(script, "stale %s: %s", script->symbols[instrument], reason);
    else
        note(script, "fresh %s", script->symbols[instrument]);
}

static void take_text(void *context, enum log_level level, const char *text)
{
    (void)level;
    note(context, "say %s", text);
}

static void act(struct script *script)
{
    struct session_action action;
    while (session_next(script->session, script->now_ns, &action)) {
        static const char *const names[] = {[SESSION_CONNECT] = "connect",
                                            [SESSION_CLOSE] = "close",
                                            [SESSION_SEND] = "send ",
                                            [SESSION_PING] = "ping",
                                            [SESSION_FETCH] = "fetch "};
        if (action.text != NULL)
            assert_int_equal(strlen(action.text), action.length);
        note(script, "%s%s", names[action.kind], action.text != NULL ? action.text : "");
    }
    assert_true(session_due_ns(script->session) > script->now_ns); /* else a thread would turn in circles */
}

static void pass(struct script *script, int64_t ms)
{
    int64_t until_ns = script->now_ns + ms * NS_PER_MS;
    for (int64_t due_ns; (due_ns = session_due_ns(script->session)) <= until_ns;) {
        script->now_ns = due_ns > script->now_ns ? due_ns : script->now_ns;
        act(script);
    }
    script->now_ns = until_ns;
}

static void happen(struct script *script, const char *in)
{
    struct session *session = script->session;
    int64_t now_ns = script->now_ns, received_ns = WALL_NS + now_ns;
    size_t instrument;
    unsigned wait_s;
    int end = 0;
    if (strcmp(in, "connected") == 0) {
        session_connected(session, now_ns);
    } else if (strcmp(in, "pong") == 0) {
        session_pong(session, now_ns);
    } else if (strcmp(in, "part") == 0) {
        session_part(session, now_ns);
    } else if (strcmp(in, "pause") == 0) {
        session_pause(session, now_ns);
        return; /* until somebody asks again */
    } else if (strncmp(in, "closed ", 7) == 0) {
        session_closed(session, in + 7, now_ns);
    } else if (sscanf(in, "snapshot %zu %n", &instrument, &end) == 1) {
        session_snapshot(session, instrument, in + end, strlen(in + end), received_ns, now_ns);
    } else if (sscanf(in, "failed %zu %u %n", &instrument, &wait_s, &end) == 2) {
        session_snapshot_failed(session, instrument, in + end, wait_s, now_ns);
    } else {
        session_message(session, in, strlen(in), received_ns, now_ns);
    }
    act(script);
}

struct session_counts session_script_play(const struct venue *venue, const char *const symbols[2],
                                          const struct session_step *steps, size_t count)
{
    struct script script = {.symbols = symbols};
    script.session = session_create(&(struct session_options){
        .venue = venue,
        .symbols = symbols,
        .symbol_count = 2,
        .seed = 1,
        .sink = {
            .quote = take_quote, .depth = take_depth, .stale = take_stale, .tell = take_text, .context = &script}});
    for (size_t i = 0; i < count; i++) {
        script.length = 0;
        script.text[0] = '\0';
        pass(&script, steps[i].ms);
        if (steps[i].in != NULL)
            happen(&script, steps[i].in);
        if (strcmp(script.text, steps[i].out) != 0)
            fail_msg("step %zu, %s gave:\n%s\ninstead of:\n%s", i, steps[i].in != NULL ? steps[i].in : "time",
                     script.text, steps[i].out);
    }
    struct session_counts counts = session_counts(script.session);
    session_destroy(script.session);
    return counts;
}
