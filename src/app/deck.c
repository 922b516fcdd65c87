/* The composition: state directory, server, tape, services, feeds, screen; in this order up, and in reverse down.
 *
 * Two publishers: one for orders and what follows from them, which never gives up while the process lives, and one of
 * the feeds on a connection of its own, so that a burst of quotes never stands in front of an order. */
#include "app/deck.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "app/http_access.h"
#include "app/paths.h"
#include "app/process_reader.h"
#include "app/reload.h"
#include "app/roles.h"
#include "app/screen_shell.h"
#include "app/server_access.h"
#include "app/signals.h"
#include "app/streams.h"
#include "app/user.h"
#include "bus/checkpoint.h"
#include "bus/embedded_server.h"
#include "bus/inbox.h"
#include "bus/lease.h"
#include "bus/market_publisher.h"
#include "bus/outbox.h"
#include "bus/publish_event.h"
#include "bus/publisher.h"
#include "bus/stream.h"
#include "bus/tape.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "core/unique.h"
#include "feed/feed.h"

enum {
    DRAIN_MS = 2000,
    OUTBOX_DRAIN_MS = 500, /* what is not acknowledged by then is on disk */
    LIVE_POLL_MS = 5,      /* between looks whether all services are live */
    INBOX_BYTES = 16384,
    STALE_AFTER_S = 5,
    ATTACH_MS = 5000, /* that a tapedeck which has just begun gets to open its tape */
    ATTACH_POLL_MS = 20,
    ATTACHED_MAX = 16, /* screens with an outbox at once */
    ATTACHED_OUTBOX_BYTES = 1 << 20,
    MONITOR_URL_SIZE = 256,
};

/* The files beside the wire, see docs/wire.md. */
static const char *const STATE_FILES[] = {"server.url", "monitor.url", "http.url", "http.token"};

struct deck {
    const struct options *options;
    bool attached; /* a screen for the tapedeck that runs on the state directory, which has everything else */
    int lock_fd, stop_fd;
    struct server_access access;
    struct embedded_server *server;
    char monitor_url[MONITOR_URL_SIZE]; /* "": there is none */
    struct tape *tape, *feed_tape;
    struct publisher *publisher;
    struct outbox *outbox;
    struct market_publisher *market_publisher, *depth_publisher;
    struct roles *roles;
    struct feed *feeds[OPTIONS_FEEDS_MAX];
    char identity[LEASE_IDENTITY_SIZE]; /* of this process, for its leases */
    struct http_access http;
    struct process_reader *process; /* the screen's */
    pthread_t announcer;
    bool announcing;
    atomic_bool ending;
    struct options reloaded; /* what the files said when the limits were reloaded last */
    bool has_reloaded;
};

/* Holds the state directory as long as the process lives; the kernel lets go of it whatever ends the process. */
static int lock_state_directory(struct deck *deck, struct error *error)
{
    char path[PATHS_SIZE];
    const char *directory = deck->options->state_dir;
    if (paths_make_state_directory(directory, error) != 0 || paths_join(path, directory, "tapedeck.lock", error) != 0)
        return -1;
    deck->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (deck->lock_fd < 0)
        return error_set(error, ERROR_USAGE, "cannot open %s: %s", path, strerror(errno));
    if (flock(deck->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return error_set(error, ERROR_IN_USE, "another tapedeck runs on the state directory %s", directory);
    return 0;
}

static int write_state_file(const struct deck *deck, const char *name, const char *text, struct error *error)
{
    char path[PATHS_SIZE];
    if (paths_join(path, deck->options->state_dir, name, error) != 0)
        return -1;
    return paths_write_secret(path, text, error);
}

static void remove_state_files(const struct deck *deck)
{
    char path[PATHS_SIZE];
    for (size_t i = 0; i < sizeof STATE_FILES / sizeof STATE_FILES[0]; i++) {
        if (paths_join(path, deck->options->state_dir, STATE_FILES[i], NULL) == 0)
            unlink(path);
    }
}

/* The server of the tapedeck that runs here, which may have begun this moment. */
static int find_server(struct deck *deck, struct error *error)
{
    const char *directory = deck->options->state_dir;
    int64_t deadline_ns = clock_monotonic_ns() + ATTACH_MS * NS_PER_MS;
    char path[PATHS_SIZE];
    if (server_access_is_remote(deck->options))
        return server_access_read(&deck->access, deck->options, NULL, error);
    while (server_access_find(&deck->access, deck->options, error) != 0) {
        if (error->kind != ERROR_SERVER)
            return -1;
        if (clock_monotonic_ns() >= deadline_ns)
            return error_set(error, ERROR_IN_USE,
                             "another tapedeck runs on the state directory %s, on a server that is not its own; give "
                             "--server too",
                             directory);
        poll(NULL, 0, ATTACH_POLL_MS);
    }
    if (paths_join(path, directory, "monitor.url", error) != 0)
        return -1;
    return paths_read_secret(path, deck->monitor_url, sizeof deck->monitor_url, error);
}

static int start_server(struct deck *deck, struct error *error)
{
    if (deck->attached)
        return find_server(deck, error);
    if (server_access_is_remote(deck->options))
        return server_access_read(&deck->access, deck->options, NULL, error);
    deck->server = embedded_server_start(deck->options->nats_server, deck->options->state_dir, error);
    if (deck->server == NULL)
        return -1;
    text_copy(deck->monitor_url, sizeof deck->monitor_url, embedded_server_monitor_url(deck->server));
    return server_access_read(&deck->access, deck->options, embedded_server_url(deck->server), error);
}

/* A daemon waits for its server without end, and so does everybody for a server of our own; who looks at a screen shall
 * see at last that a server is gone for good. */
static struct tape_options tape_options(const struct deck *deck, const char *name)
{
    struct tape_options options = server_access_options(&deck->access, name);
    if (deck->server != NULL || (deck->options->roles & ROLE_UI) == 0)
        options.reconnect_attempts = -1;
    return options;
}

/* Each attached screen has an outbox of its own: the first that nobody holds, with what a screen before it left. */
static int open_attached_outbox(struct deck *deck, struct error *error)
{
    for (int i = 1; i <= ATTACHED_MAX; i++) {
        char path[PATHS_SIZE], name[32];
        snprintf(name, sizeof name, "outbox-screen-%d", i);
        if (paths_join(path, deck->options->state_dir, name, error) != 0)
            return -1;
        struct outbox_options options = {
            .path = path, .bytes = ATTACHED_OUTBOX_BYTES, .default_account = deck->options->account};
        deck->outbox = outbox_create(deck->tape, deck->publisher, &options, error);
        if (deck->outbox != NULL)
            return 0;
        if (error->kind != ERROR_IN_USE)
            return -1;
    }
    return error_set(error, ERROR_IN_USE, "%d screens are attached to the state directory %s; no more can be",
                     ATTACHED_MAX, deck->options->state_dir);
}

/* What was accepted before a power failure or a kill goes out first. Only these roles accept something. */
static int open_outbox(struct deck *deck, struct error *error)
{
    char path[PATHS_SIZE];
    if ((deck->options->roles & (ROLE_GATEWAY | ROLE_UI)) == 0)
        return 0;
    if (deck->attached)
        return open_attached_outbox(deck, error);
    if (paths_join(path, deck->options->state_dir, "outbox", error) != 0)
        return -1;
    struct outbox_options options = {.path = path, .default_account = deck->options->account};
    deck->outbox = outbox_create(deck->tape, deck->publisher, &options, error);
    return deck->outbox != NULL ? 0 : -1;
}

/* A stream that was read before and is not there was lost. On a server that others use too it is for somebody to decide
 * whether it is brought back or made anew. One of our own nobody could reach before we run: it is made, and the
 * services find by their checkpoints that it is another one, and start halted. */
static int look_for_lost_streams(struct deck *deck, struct error *error)
{
    for (size_t i = 0; i < STREAM_DEFAULT_COUNT; i++) {
        const struct stream_config *stream = &STREAM_DEFAULTS[i];
        struct stream_report report;
        struct checkpoint checkpoint;
        if (stream_inspect(deck->tape, stream, (int)deck->options->replicas, &report, error) != 0)
            return -1;
        if (report.exists)
            continue;
        if (checkpoint_newest(deck->tape, stream->name, &checkpoint, error) != 0)
            return -1;
        if (checkpoint.sequence == 0)
            continue;
        if (deck->server == NULL)
            return error_set(error, ERROR_SERVER,
                             "stream %s is missing, though it was read up to message %llu; nothing was created. Bring "
                             "it back from a backup, or make it anew with \"tapedeck streams --apply\"",
                             stream->name, (unsigned long long)checkpoint.sequence);
        log_error("deck",
                  "stream %s is missing, though it was read up to message %llu: it is made anew, and trading starts "
                  "halted",
                  stream->name, (unsigned long long)checkpoint.sequence);
    }
    return 0;
}

/* Whoever runs the services makes the streams. */
static int make_streams(struct deck *deck, struct error *error)
{
    if (deck->attached)
        return 0;
    if (look_for_lost_streams(deck, error) != 0)
        return -1;
    struct stream_config *streams = streams_wanted(deck->options);
    int result = streams_create(deck->tape, streams, STREAM_DEFAULT_COUNT, (int)deck->options->replicas, error);
    free(streams);
    return result;
}

static int open_tape(struct deck *deck, struct error *error)
{
    struct tape_options options = tape_options(deck, deck->attached ? "tapedeck screen" : "tapedeck");
    deck->tape = tape_connect(&options, error);
    if (deck->tape == NULL || make_streams(deck, error) != 0)
        return -1;
    struct publisher_options never_gives_up = {.give_up_ms = -1};
    deck->publisher = publisher_create(deck->tape, &never_gives_up, error);
    if (deck->publisher == NULL || open_outbox(deck, error) != 0)
        return -1;
    if (deck->server == NULL)
        return 0;
    if (write_state_file(deck, "monitor.url", deck->monitor_url, error) != 0)
        return -1;
    return write_state_file(deck, "server.url", embedded_server_url(deck->server), error);
}

static int start_feeds(struct deck *deck, struct error *error)
{
    const struct options *options = deck->options;
    if ((options->roles & ROLE_FEED) == 0 || options->feed_count == 0)
        return 0;
    struct tape_options of_tape = tape_options(deck, "tapedeck feed");
    deck->feed_tape = tape_connect(&of_tape, error);
    if (deck->feed_tape == NULL)
        return -1;
    deck->market_publisher =
        market_publisher_create(deck->feed_tape, &(struct market_publisher_options){.stream = "MARKET_DATA"}, error);
    if (deck->market_publisher == NULL)
        return -1;
    if (options->depth_rate > 0) {
        deck->depth_publisher = market_publisher_create(
            deck->feed_tape, &(struct market_publisher_options){.stream = "MARKET_DEPTH"}, error);
        if (deck->depth_publisher == NULL)
            return -1;
    }
    for (size_t i = 0; i < options->feed_count; i++) {
        struct feed_options feed = {
            .spec = options->feeds[i],
            .instruments = &options->instruments,
            .publisher = deck->market_publisher,
            .limit_per_second = (uint32_t)options->feed_limit,
            .depth_publisher = deck->depth_publisher,
            .depths_per_second = (uint32_t)options->depth_rate,
            .lease_tape = deck->tape,
            .lease_identity = deck->identity,
        };
        deck->feeds[i] = feed_start(&feed, error);
        if (deck->feeds[i] == NULL)
            return -1;
    }
    return 0;
}

static int start_roles(struct deck *deck, struct error *error)
{
    deck->roles =
        roles_start(deck->options, deck->tape, deck->publisher, deck->outbox, &deck->http, deck->identity, error);
    return deck->roles != NULL ? 0 : -1;
}

static void write_gateway_files(struct deck *deck, int port)
{
    char url[320];
    struct error error = {0};
    http_access_url(&deck->http, deck->options, port, url, sizeof url);
    if (write_state_file(deck, "http.token", deck->http.token, &error) != 0 ||
        write_state_file(deck, "http.url", url, &error) != 0)
        log_error("deck", "%s", error.text);
    else
        log_info("deck", "orders are accepted at %s", url);
}

/* Orders are accepted once every service has read its history, which the screen does not wait for: a thread of its
 * own does, and then lets http.url appear. */
static void *announce(void *argument)
{
    struct deck *deck = argument;
    pthread_setname_np(pthread_self(), "announcer");
    while (!atomic_load(&deck->ending)) {
        if (roles_live(deck->roles)) {
            write_gateway_files(deck, roles_gateway_port(deck->roles));
            break;
        }
        poll(NULL, 0, LIVE_POLL_MS);
    }
    return NULL;
}

static int start_announcer(struct deck *deck, struct error *error)
{
    if (roles_gateway_port(deck->roles) == 0)
        return 0;
    if (pthread_create(&deck->announcer, NULL, announce, deck) != 0)
        return error_set(error, ERROR_FAILED, "cannot start a thread");
    deck->announcing = true;
    return 0;
}

static void put_publisher(struct process_status *status, const char *name, struct market_publisher *publisher)
{
    if (publisher == NULL)
        return;
    struct market_counts counts = market_publisher_counts(publisher);
    process_status_put_queue(status, name, counts.tally.open, counts.full);
}

static void read_process(void *context, struct process_status *status)
{
    struct deck *deck = context;
    process_reader_read(deck->process, status, clock_monotonic_ns());
    if (deck->roles != NULL)
        roles_put_queues(deck->roles, status);
    struct outbox_counts outbox = outbox_counts(deck->outbox);
    process_status_put_queue(status, "outbox", outbox.unpublished, outbox.refused);
    struct publisher_counts publisher = publisher_counts(deck->publisher);
    process_status_put_queue(status, "publisher", publisher.queued + publisher.in_flight, publisher.full);
    put_publisher(status, "quotes out", deck->market_publisher);
    put_publisher(status, "depth out", deck->depth_publisher);
}

static int show_screen(struct deck *deck, struct error *error)
{
    const struct options *options = deck->options;
    struct paths_themes themes;
    paths_theme_directories(&themes);
    struct screen_shell_options shell = {
        .screen =
            {
                .account = options->account,
                .user = user_name(),
                .banner = "PAPER",
                .theme = options->theme,
                .theme_directories = themes.directories,
                .layouts = options->layouts,
                .layout_count = options->layout_count,
                .instruments = &options->instruments,
                .config = &options->screen,
                .risk = &options->risk,
                .readonly = options->readonly,
                .ascii = options->ascii,
                .flash = options->flash,
                .max_bytes_per_second = (int64_t)options->max_kbps * 1000,
                .bell_rule = options->bell_rule,
                .mouse = options->mouse,
                .arm_idle_ns = options->arm_idle_ns,
                .stale_after_ns = STALE_AFTER_S * NS_PER_SECOND,
            },
        .monitor_url = deck->monitor_url[0] != '\0' ? deck->monitor_url : NULL,
        .default_account = options->account,
        .stop_fd = deck->stop_fd,
        .read_process = read_process,
        .context = deck,
    };
    deck->process = process_reader_create();
    int result = screen_shell_run(&shell, deck->tape, deck->outbox, error);
    process_reader_destroy(deck->process);
    return result;
}

/* What the files say now of limits, to be told to everybody; a mistake in them changes nothing. */
static void reload(struct deck *deck, const char *by, struct inbox *inbox)
{
    struct reload reload;
    struct error error = {0};
    const struct options *running = deck->has_reloaded ? &deck->reloaded : deck->options;
    if (reload_read(&reload, running, by, &error) != 0) {
        log_error("deck", "the limits stay as they are: %s", error.text);
        return;
    }
    for (size_t i = 0; i < reload.count; i++) {
        const struct limit_change *change = &reload.events[i].limits;
        log_info("deck", "[%s] %s: %s -> %s, by %s", change->section, change->key, change->old, change->value, by);
        if (!publish_event(deck->publisher, &reload.events[i], PUBLISH_NO_FENCE, inbox, 0))
            log_error("deck", "too much waits for the server; the change is not sent");
    }
    if (reload.count == 0)
        log_info("deck", "no limit has changed");
    if (deck->has_reloaded)
        options_free(&deck->reloaded);
    deck->reloaded = reload.fresh;
    deck->has_reloaded = true;
    reload_free(&reload);
}

/* True when a signal has come that ends the program. Without a screen, SIGHUP is asked to reload the limits by. */
static bool take_signals(struct deck *deck, struct inbox *inbox)
{
    uid_t sender = 0;
    for (int signal = signals_take(deck->stop_fd, &sender); signal != 0;
         signal = signals_take(deck->stop_fd, &sender)) {
        if (signal != SIGHUP)
            return true;
        reload(deck, user_name_of(sender), inbox);
    }
    return false;
}

static int take_items(struct inbox *inbox, struct error *error)
{
    struct inbox_item item;
    while (inbox_take(inbox, &item)) {
        if (item.kind == INBOX_CONNECTION && item.connection.state == CONNECTION_CLOSED)
            return error_set(error, ERROR_SERVER, "%s", item.connection.problem);
        if (item.kind == INBOX_PUBLISHED && item.result.status != PUBLISH_STORED)
            log_error("deck", "a change of a limit is not on the tape: %s", item.result.problem);
    }
    return 0;
}

/* Until a signal ends it, or the server refuses us for good. */
static int wait_for_end(struct deck *deck, struct error *error)
{
    log_info("deck", "running without a screen; SIGTERM or SIGINT ends it, SIGHUP reloads the limits");
    struct inbox *inbox = inbox_create(INBOX_BYTES);
    struct pollfd fds[] = {{.fd = deck->stop_fd, .events = POLLIN}, {.fd = inbox_fd(inbox), .events = POLLIN}};
    int result = 0;
    tape_notify(deck->tape, inbox);
    while (!take_signals(deck, inbox) && (result = take_items(inbox, error)) == 0)
        poll(fds, 2, -1);
    tape_unnotify(deck->tape, inbox);
    publisher_forget(deck->publisher, inbox);
    inbox_destroy(inbox);
    log_info("deck", "ending");
    return result;
}

static void stop(struct deck *deck)
{
    atomic_store(&deck->ending, true);
    if (deck->announcing)
        pthread_join(deck->announcer, NULL);
    if (!deck->attached)
        remove_state_files(deck);
    for (size_t i = 0; i < deck->options->feed_count; i++)
        feed_stop(deck->feeds[i]);
    roles_stop(deck->roles);
    outbox_destroy(deck->outbox, OUTBOX_DRAIN_MS);
    market_publisher_destroy(deck->depth_publisher, DRAIN_MS);
    market_publisher_destroy(deck->market_publisher, DRAIN_MS);
    publisher_destroy(deck->publisher, DRAIN_MS);
    tape_destroy(deck->feed_tape);
    tape_destroy(deck->tape);
    embedded_server_stop(deck->server);
    server_access_free(&deck->access);
    http_access_free(&deck->http);
    if (deck->has_reloaded)
        options_free(&deck->reloaded);
    if (deck->lock_fd >= 0)
        close(deck->lock_fd);
}

/* A screen has the terminal for itself, so the log then goes to a file. */
static int open_log(const struct options *options, struct error *error)
{
    char path[PATHS_SIZE];
    log_set_level(options->log_level);
    if (options->log_file != NULL)
        return log_open(options->log_file, error);
    if ((options->roles & ROLE_UI) == 0)
        return 0;
    if (paths_join(path, options->state_dir, "tapedeck.log", error) != 0)
        return -1;
    return log_open(path, error);
}

/* Starts everything, shows the screen or waits, and ends everything. */
static int run(struct deck *deck, struct error *error)
{
    int result = -1;
    if (http_access_read(&deck->http, deck->options, error) == 0 && start_server(deck, error) == 0 &&
        open_tape(deck, error) == 0 && start_feeds(deck, error) == 0 && start_roles(deck, error) == 0 &&
        start_announcer(deck, error) == 0) {
        if ((deck->options->roles & ROLE_UI) != 0)
            result = show_screen(deck, error);
        else
            result = wait_for_end(deck, error);
    } else {
        tape_explain(deck->feed_tape, error);
        tape_explain(deck->tape, error);
    }
    stop(deck);
    return result;
}

/* Another tapedeck has the state directory. Its services serve this screen too; without a screen there is no room. */
static bool attach(struct deck *deck, struct options *screen_only, struct error *error)
{
    if (error->kind != ERROR_IN_USE || (deck->options->roles & ROLE_UI) == 0)
        return false;
    *screen_only = *deck->options;
    screen_only->roles = ROLE_UI;
    screen_only->feed_count = 0;
    deck->options = screen_only;
    deck->attached = true;
    *error = (struct error){0};
    return true;
}

int deck_run(const struct options *options, struct error *error)
{
    struct deck deck = {.options = options, .lock_fd = -1, .stop_fd = -1};
    struct options screen_only;
    int result = -1;
    deck.stop_fd = signals_open(error);
    if (deck.stop_fd < 0)
        return -1;
    bool locked = lock_state_directory(&deck, error) == 0;
    if ((locked || attach(&deck, &screen_only, error)) && open_log(options, error) == 0) {
        if (locked) {
            lease_identity(deck.identity, deck.lock_fd);
            remove_state_files(&deck);
        } else {
            log_info("deck", "a screen for the tapedeck that runs on %s", options->state_dir);
        }
        result = run(&deck, error);
    } else if (deck.lock_fd >= 0) {
        close(deck.lock_fd);
    }
    close(deck.stop_fd);
    return result;
}
