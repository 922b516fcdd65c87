#include "ui/screen_child.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/stream_trouble.h"
#include "core/subject.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "core/unique.h"
#include "ui/layout_tree.h"
#include "ui/scene.h"
#include "ui/screen.h"
#include "ui/screen_config.h"

/* 2026-11-23 14:30:05: the wall clock of the screen stands still. */
static const int64_t wall_ns = (INT64_C(1795392000) + 14 * 3600 + 30 * 60 + 5) * 1000000000;

/* Of "configured". */
static const char *const settings[][3] = {
    {"keys", "buy", "F2 B"},
    {"keys", "quit", "Ctrl-X"},
    {"keys", "cancel", "K"},
    {"keys", "halt", "!"},
    {"columns", "market", "symbol ask bid age exch"},
    {"watch.tech", "symbols", "TSLA, AAPL MSFT@NYSE NOTHING@NASDAQ"},
    {"watch.coins", "symbols", "ETH-USD@CRYPTO"},
};

struct child {
    struct screen *screen;
    struct scene scene;
    struct event pending;
    uint64_t cookie;
    struct past_wish wish; /* symbol "": none */
    bool waiting, silent, unknown, backwards, conflated, flood;
    uint64_t seq; /* of the quotes of `conflated` */
};

static void fold(void *context, const struct event *event, int64_t age_ns)
{
    struct child *child = context;
    screen_fold(child->screen, event, age_ns, clock_monotonic_ns());
    if (child->backwards)
        screen_draw(child->screen, wall_ns, clock_monotonic_ns());
}

static bool publish(void *context, const struct event *event, uint64_t cookie)
{
    struct child *child = context;
    char line[SUBJECT_SIZE + EVENT_PAYLOAD_SIZE + 2], subject[SUBJECT_SIZE];
    subject_of(event, subject);
    size_t length = (size_t)snprintf(line, sizeof line, "%s ", subject);
    length += event_encode(event, line + length, EVENT_PAYLOAD_SIZE);
    line[length++] = '\n';
    child->pending = *event;
    child->cookie = cookie;
    child->waiting = true;
    return write(3, line, length) == (ssize_t)length;
}

static void read_past(void *context, const struct past_wish *wish)
{
    struct child *child = context;
    child->wish = *wish;
}

/* Of every instrument the tape has a trade of three minutes ago. */
static void send_past(struct child *child)
{
    struct event event = event_empty(EVENT_QUOTE);
    struct quote *quote = &event.quote;
    memcpy(quote->symbol, child->wish.symbol, sizeof quote->symbol);
    memcpy(quote->exchange, child->wish.exchange, sizeof quote->exchange);
    quote->bid = quote->last = 180 * PRICE_ONE;
    quote->ask = 181 * PRICE_ONE;
    quote->timestamp_ns = event.stored_ns = wall_ns - 180 * NS_PER_SECOND;
    event.sequence = 1;
    child->wish.symbol[0] = '\0';
    screen_past(child->screen, &event);
    screen_past_end(child->screen, true, clock_monotonic_ns());
}

static void answer(struct child *child)
{
    child->waiting = false;
    if (child->silent)
        return;
    screen_requested(child->screen, child->cookie, child->unknown ? REQUEST_UNKNOWN : REQUEST_STORED, "",
                     clock_monotonic_ns());
    if (child->unknown)
        return;
    child->scene.wall_ns += NS_PER_MS; /* it is stored after all that was there */
    if (child->pending.kind == EVENT_ORDER_NEW)
        scene_answer(&child->scene, &child->pending.request);
    else
        scene_send(&child->scene, &child->pending, 0);
}

/* A quote of a feed that left out three before it, and of which another one was lost. */
static void send_conflated(struct child *child)
{
    struct event event = event_empty(EVENT_QUOTE);
    struct quote *quote = &event.quote;
    text_copy(quote->symbol, sizeof quote->symbol, "MSFT");
    text_copy(quote->exchange, sizeof quote->exchange, "NASDAQ");
    text_copy(quote->source, sizeof quote->source, "sim-1");
    quote->bid = 420 * PRICE_ONE;
    quote->ask = 421 * PRICE_ONE;
    quote->seq = child->seq += 2;
    quote->conflated = 3;
    quote->timestamp_ns = wall_ns;
    scene_send(&child->scene, &event, 0);
}

/* One that its feed has flagged, and others that show it by themselves. */
static void send_odd(struct child *child)
{
    static const struct {
        const char *exchange, *symbol;
        int64_t bid, ask, bid_size;
        enum quote_condition condition;
    } rows[] = {
        {"NYSE", "AAPL", 250, 251, 1, QUOTE_OUTLIER},
        {"NYSE", "GOOG", 141, 141, 1, QUOTE_SOUND},
        {"NYSE", "MSFT", 403, 402, 1, QUOTE_SOUND},
        {"NASDAQ", "TSLA", 201, 202, 0, QUOTE_SOUND},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct event event = event_empty(EVENT_QUOTE);
        struct quote *quote = &event.quote;
        text_copy(quote->exchange, sizeof quote->exchange, rows[i].exchange);
        text_copy(quote->symbol, sizeof quote->symbol, rows[i].symbol);
        quote->bid = rows[i].bid * PRICE_ONE;
        quote->ask = rows[i].ask * PRICE_ONE;
        quote->bid_size = rows[i].bid_size * QUANTITY_ONE;
        quote->condition = rows[i].condition;
        quote->timestamp_ns = wall_ns;
        scene_send(&child->scene, &event, 0);
    }
}

/* Some minutes of trades, and the depth of AAPL. */
static void show_past(struct child *child)
{
    struct depth depth = scene_depth();
    scene_past(&child->scene, 240);
    screen_depth(child->screen, &depth, 0, clock_monotonic_ns());
}

/* An alert in characters of two columns, and with accents that have none of their own. */
static void send_wide(struct scene *scene)
{
    scene_alert(
        scene, "wide", SEVERITY_CRITICAL,
        "\u682a\u5f0f\u5e02\u5834 e\u0301a\u0302 end \u682a\u5f0f\u682a\u5f0f\u682a\u5f0f\u682a\u5f0f\u682a\u5f0f\u682a"
        "\u5f0f\u682a\u5f0f\u682a\u5f0f\u682a\u5f0f\u682a\u5f0f\u682a\u5f0f\u682a\u5f0f\u682a\u5f0f\u682a\u5f0f");
}

static void run(struct child *child)
{
    struct pollfd input = {.fd = screen_fd(child->screen), .events = POLLIN};
    while (screen_keys(child->screen, wall_ns, clock_monotonic_ns())) {
        int wait_ms = screen_draw(child->screen, wall_ns, clock_monotonic_ns());
        if (child->waiting)
            answer(child);
        if (child->wish.symbol[0] != '\0')
            send_past(child);
        if (child->conflated)
            send_conflated(child);
        for (int i = 0; child->flood && i < 20; i++)
            scene_move(&child->scene, 0);
        poll(&input, 1, wait_ms > 20 ? 20 : wait_ms);
    }
}

int screen_child_main(int argc, char **argv)
{
    struct child child = {0};
    struct instruments instruments = {0};
    struct error error = {0};
    /* Nothing becomes stale by itself, however slow the machine is; AMZN is older than this from the start. */
    struct screen_options options = {.account = "SIM-1",
                                     .user = "anna",
                                     .banner = "PAPER",
                                     .flash = true,
                                     .instruments = &instruments,
                                     .arm_idle_ns = 600 * NS_PER_SECOND,
                                     .stale_after_ns = 600 * NS_PER_SECOND};
    struct layout_tree layouts[2];
    layout_tree_parse(&layouts[0], "left", "columns(rows(watch 60%, orders), alerts 40%)", &error);
    layout_tree_parse(&layouts[1], "wide", "rows(columns(watch, positions), orders)", &error);
    int alerts = 0;
    struct screen_config config = {0};
    bool configured = false, wide = false, away = false, gone = false, full = false, duck = false;
    bool odd = false, past = false, tape = false;
    for (int i = 1; i < argc; i++) {
        options.readonly = options.readonly || strcmp(argv[i], "readonly") == 0;
        options.ascii = options.ascii || strcmp(argv[i], "ascii") == 0;
        child.silent = child.silent || strcmp(argv[i], "silent") == 0;
        child.unknown = child.unknown || strcmp(argv[i], "unknown") == 0;
        child.conflated = child.conflated || strcmp(argv[i], "conflated") == 0;
        if (strcmp(argv[i], "layouts") == 0) {
            options.layouts = layouts;
            options.layout_count = 2;
        }
        child.flood = child.flood || strcmp(argv[i], "flood") == 0;
        child.backwards = child.backwards || strcmp(argv[i], "backwards") == 0;
        odd = odd || strcmp(argv[i], "odd") == 0;
        configured = configured || strcmp(argv[i], "configured") == 0;
        away = away || strcmp(argv[i], "away") == 0;
        wide = wide || strcmp(argv[i], "wide") == 0;
        gone = gone || strcmp(argv[i], "gone") == 0;
        full = full || strcmp(argv[i], "full") == 0;
        duck = duck || strcmp(argv[i], "duck") == 0;
        past = past || strcmp(argv[i], "past") == 0;
        tape = tape || strcmp(argv[i], "tape") == 0;
        if (strncmp(argv[i], "alerts=", 7) == 0)
            alerts = atoi(argv[i] + 7);
        options.mouse = options.mouse || strcmp(argv[i], "mouse") == 0;
        if (strcmp(argv[i], "idle") == 0)
            options.arm_idle_ns = 300 * NS_PER_MS;
        if (strcmp(argv[i], "live") == 0)
            options.banner = "LIVE";
        if (strncmp(argv[i], "theme=", 6) == 0)
            options.theme = argv[i] + 6;
        if (strncmp(argv[i], "limit=", 6) == 0)
            options.max_bytes_per_second = atoi(argv[i] + 6);
    }
    if (configured)
        options.config = &config;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        if (screen_config_set(&config, settings[i][0], settings[i][1], settings[i][2], &error) != 0)
            return 101;
    }
    signal(SIGHUP, SIG_IGN); /* the end of the terminal has to be seen by the screen */
    if (instruments_init_builtin(&instruments, &error) != 0)
        return 100;
    struct screen_actions actions = {
        .context = &child, .publish = publish, .read_past = tape ? read_past : NULL, .unique_id = unique_id};
    child.screen = screen_create(&options, &actions, &error);
    if (child.screen == NULL) {
        dprintf(3, "%s\n", error.text);
        screen_config_free(&config);
        instruments_free(&instruments);
        return (int)error.kind;
    }
    struct connection_status connection = scene_connected(clock_monotonic_ns());
    struct depth depth = scene_depth();
    struct server_metrics metrics = scene_metrics();
    struct lease_board leases = scene_leases();
    struct process_status process = scene_process();
    if (away) {
        connection.state = CONNECTION_DISCONNECTED;
        text_copy(connection.problem, sizeof connection.problem, "connection refused");
    }
    connection.full_streams = full ? 1u << TAPE_ORDERS : 0;
    connection.lame_duck = duck;
    if (duck)
        text_copy(connection.problem, sizeof connection.problem, "the server is about to stop (lame duck mode)");
    scene_init(&child.scene, &instruments, (struct scene_sink){&child, fold}, wall_ns);
    child.scene.silence_ns = 1200 * NS_PER_SECOND;
    child.scene.backwards = child.backwards;
    child.scene.md_sequence = tape ? 1000 : 0;
    if (past)
        show_past(&child);
    scene_open(&child.scene);
    scene_business(&child.scene);
    if (odd)
        send_odd(&child);
    scene_flood(&child.scene, alerts);
    screen_depth(child.screen, &depth, 0, clock_monotonic_ns());
    screen_metrics(child.screen, &metrics);
    screen_leases(child.screen, &leases);
    screen_process(child.screen, &process);
    screen_connection(child.screen, &connection);
    screen_log(child.screen, 1, "2026-11-23T14:30:05.125Z warning bus: the server is slow: 2 s");
    screen_log(child.screen, 2, "2026-11-23T14:30:05.250Z error checks: the second line");
    if (wide)
        send_wide(&child.scene);
    if (gone)
        screen_gone(child.screen, 1u << TAPE_ORDERS, wall_ns);
    run(&child);
    screen_destroy(child.screen);
    screen_config_free(&config);
    instruments_free(&instruments);
    return 0;
}
