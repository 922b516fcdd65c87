/* The screen shell: decodes what followers bring, hands it to the screen, and lets the screen's requests go out. The
 * loop gives keys their turn after a slice of messages, so that a long history never makes the keys wait. */
#include "app/screen_shell.h"

#include <poll.h>

#include "app/past_reader.h"
#include "bus/follower.h"
#include "bus/inbox.h"
#include "bus/lease_watch.h"
#include "bus/metrics.h"
#include "core/age.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/stream_trouble.h"
#include "core/timestamp.h"
#include "core/unique.h"
#include "engine/checks_service.h"

enum {
    INBOX_BYTES = 8 << 20,
    SLICE_MS = 15,     /* of reading, before keys and drawing have their turn */
    READ_MS = 10,      /* between two slices, while there is something to read: what comes in is read in heaps */
    PAST_SLICE_MS = 5, /* of reading the past */
    FOLLOW_AGAIN_MS = 1000,
    RECENT_EVENTS = 2000, /* of ORDERS, that are read although the snapshot has them: for the list of fills */
};

enum feed { POSITIONS, MARKET_DATA, MARKET_DEPTH, RISK, ORDERS, FEEDS };

/* What the screen reads. RISK from its start, since alerts that are raised may be old, and ORDERS too when there is no
 * snapshot. Depth is shown when there is any: a deck of before, or of others, may have no such stream. */
static const struct follower_options INPUTS[FEEDS] = {
    [POSITIONS] = {.stream = "POSITIONS", .from = FOLLOW_LAST_PER_SUBJECT},
    [MARKET_DATA] = {.stream = "MARKET_DATA", .from = FOLLOW_LAST_PER_SUBJECT},
    [MARKET_DEPTH] = {.stream = "MARKET_DEPTH", .from = FOLLOW_LAST_PER_SUBJECT, .patient = true},
    [RISK] = {.stream = "RISK", .from = FOLLOW_SEQUENCE, .sequence = 1},
    [ORDERS] = {.stream = "ORDERS", .from = FOLLOW_SEQUENCE, .sequence = 1},
};

struct shell {
    const struct screen_shell_options *options;
    struct tape *tape;
    struct outbox *outbox;
    struct inbox *inbox;
    struct follower *followers[FEEDS];
    uint64_t read[FEEDS];          /* the last sequence */
    struct orders_snapshot orders; /* that ORDERS is read behind; the book is handed over to the screen */
    bool caught_up[FEEDS];
    unsigned gone;         /* streams, a set of tape_stream */
    int generation;        /* of the followers: what earlier ones have put is of no interest */
    int64_t follow_at_ns;  /* monotonic: not before this, what could not be followed is tried again */
    int64_t process_at_ns; /* monotonic: when the process is looked at next */
    struct metrics *metrics;
    struct lease_watch *leases;
    struct past_reader *past;
    struct screen *screen;
    uint64_t bad_messages;
    uint64_t logged; /* entries of the log that the screen has */
};

static bool publish(void *context, const struct event *event, uint64_t cookie)
{
    struct shell *shell = context;
    return outbox_publish(shell->outbox, event, shell->inbox, cookie);
}

static void read_past(void *context, const struct past_wish *wish)
{
    struct shell *shell = context;
    past_reader_ask(shell->past, wish);
}

static void count_bad_message(struct shell *shell, const struct inbox_item *item, const struct error *error)
{
    if (shell->bad_messages++ == 0)
        log_warning("ui", "a message on %s cannot be shown: %s", item->subject, error->text);
    screen_bad_message(shell->screen);
}

static int64_t age_of(const struct shell *shell, const struct inbox_item *item)
{
    return age_when_read_ns(item->stored_ns, clock_wall_ns(), !shell->caught_up[item->follower_tag]);
}

static void read_depth(struct shell *shell, const struct inbox_item *item)
{
    struct depth depth;
    struct error error = {0};
    if (depth_decode(&depth, item->subject, item->payload, item->payload_bytes, &error) != 0)
        count_bad_message(shell, item, &error);
    else
        screen_depth(shell->screen, &depth, age_of(shell, item), clock_monotonic_ns());
}

static void read_message(struct shell *shell, const struct inbox_item *item)
{
    struct event event;
    struct error error = {0};
    if (event_decode(&event, item->subject, item->payload, item->payload_bytes, shell->options->default_account,
                     &error) != 0) {
        count_bad_message(shell, item, &error);
        return;
    }
    event.sequence = item->sequence;
    event.stored_ns = item->stored_ns;
    if (item->follower_tag == ORDERS && shell->read[ORDERS] == 0 && shell->orders.sequence == 0 && item->sequence > 1)
        screen_begin_late(shell->screen);
    shell->read[item->follower_tag] = item->sequence;
    screen_fold(shell->screen, &event, age_of(shell, item), clock_monotonic_ns());
}

static void read_result(struct shell *shell, const struct publish_result *result)
{
    enum request_fate fate = REQUEST_STORED;
    if (result->status == PUBLISH_REFUSED || result->status == PUBLISH_FENCED)
        fate = REQUEST_REFUSED;
    else if (result->status == PUBLISH_UNKNOWN)
        fate = REQUEST_UNKNOWN;
    screen_requested(shell->screen, result->cookie, fate, result->problem, clock_monotonic_ns());
}

static void set_gone(struct shell *shell, unsigned stream, bool gone)
{
    shell->gone = gone ? shell->gone | stream : shell->gone & ~stream;
    screen_gone(shell->screen, shell->gone, clock_wall_ns());
}

/* Messages that are missing, or another stream under the name of the one that was read: then all is read anew. */
static void read_gap(struct shell *shell, const struct inbox_item *item)
{
    const char *stream = INPUTS[item->follower_tag].stream;
    if (item->follower_tag == MARKET_DEPTH)
        return; /* the next message has all there is to know */
    if (item->sequence > shell->read[item->follower_tag]) {
        log_warning("ui", "%s has lost messages from %llu on that had not been read", stream,
                    (unsigned long long)item->sequence);
        return;
    }
    log_warning("ui", "%s is another tape than before; all is read anew", stream);
    if (item->remade)
        screen_remade(shell->screen, stream, clock_wall_ns());
    for (int i = 0; i < FEEDS; i++) {
        follower_destroy(shell->followers[i]);
        shell->followers[i] = NULL;
        shell->read[i] = 0;
        shell->caught_up[i] = false;
    }
    shell->generation++;
    shell->orders.sequence = 0;
    screen_forget(shell->screen);
}

/* Starts what is not followed: at the start, and when all is read anew. -1 when one cannot be followed (yet). */
static int follow(struct shell *shell, struct error *error)
{
    for (int i = 0; i < FEEDS; i++) {
        if (shell->followers[i] != NULL)
            continue;
        struct follower_options options = INPUTS[i];
        options.tag = shell->generation * FEEDS + i;
        if (i == ORDERS && shell->orders.sequence > RECENT_EVENTS)
            options.sequence = shell->orders.sequence - RECENT_EVENTS;
        shell->followers[i] = follower_create(shell->tape, &options, shell->inbox, error);
        if (shell->followers[i] == NULL)
            return -1;
        if ((shell->gone & tape_stream_bit(options.stream)) != 0)
            set_gone(shell, tape_stream_bit(options.stream), false);
    }
    return 0;
}

/* Whether an item is not of a follower that was given up; its tag becomes the number of the input. */
static bool is_current(const struct shell *shell, struct inbox_item *item)
{
    int generation = item->follower_tag / FEEDS;
    item->follower_tag %= FEEDS;
    bool is_of_nobody = item->kind == INBOX_PUBLISHED || item->kind == INBOX_CONNECTION ||
                        item->kind == INBOX_METRICS || item->kind == INBOX_LEASES;
    return is_of_nobody || generation == shell->generation;
}

static void read_item(struct shell *shell, const struct inbox_item *item)
{
    switch (item->kind) {
    case INBOX_MESSAGE:
        if (item->follower_tag == MARKET_DEPTH)
            read_depth(shell, item);
        else
            read_message(shell, item);
        break;
    case INBOX_CAUGHT_UP:
        shell->caught_up[item->follower_tag] = true;
        break;
    case INBOX_PUBLISHED:
        read_result(shell, &item->result);
        break;
    case INBOX_CONNECTION:
        screen_connection(shell->screen, &item->connection);
        break;
    case INBOX_METRICS:
        screen_metrics(shell->screen, item->metrics);
        break;
    case INBOX_LEASES:
        screen_leases(shell->screen, item->leases);
        break;
    case INBOX_PLUMBING:
        break;
    case INBOX_GAP:
        read_gap(shell, item);
        break;
    case INBOX_STREAM_GONE:
    case INBOX_STREAM_BACK:
        set_gone(shell, tape_stream_bit(INPUTS[item->follower_tag].stream), item->kind == INBOX_STREAM_GONE);
        break;
    }
}

/* Reads for one slice of time, and says how long to wait before the next: 0 when more is there, -1 until there is. */
static int read_slice(struct shell *shell)
{
    int64_t end_ns = clock_monotonic_ns() + SLICE_MS * NS_PER_MS;
    struct inbox_item item;
    unsigned count = 0;
    while (inbox_take(shell->inbox, &item)) {
        if (is_current(shell, &item))
            read_item(shell, &item);
        if (++count % 64 == 0 && clock_monotonic_ns() > end_ns)
            return 0;
    }
    return count > 0 ? READ_MS : -1;
}

/* Reads the past for a shorter one; true when more is there. */
static bool read_past_slice(struct shell *shell)
{
    int64_t end_ns = clock_monotonic_ns() + PAST_SLICE_MS * NS_PER_MS;
    enum past_found found;
    struct event event;
    for (unsigned count = 1; (found = past_reader_next(shell->past, &event)) != PAST_NOTHING; count++) {
        if (found == PAST_EVENT)
            screen_past(shell->screen, &event);
        else
            screen_past_end(shell->screen, found == PAST_END, clock_monotonic_ns());
        if (count % 64 == 0 && clock_monotonic_ns() > end_ns)
            return true;
    }
    return false;
}

/* What was logged since, or as much of it as is kept. */
static void read_log(struct shell *shell)
{
    char line[256];
    for (uint64_t newest = log_newest(); shell->logged < newest; shell->logged++) {
        if (log_recall(shell->logged + 1, line, sizeof line))
            screen_log(shell->screen, shell->logged + 1, line);
    }
}

static void read_process(struct shell *shell, int64_t now_ns)
{
    struct process_status status = {0};
    if (now_ns < shell->process_at_ns)
        return;
    shell->process_at_ns = now_ns + NS_PER_SECOND;
    shell->options->read_process(shell->options->context, &status);
    process_status_put_queue(&status, "screen", inbox_items(shell->inbox), 0);
    screen_process(shell->screen, &status);
}

/* A server that is not there would make the keys wait. */
static void follow_again(struct shell *shell, int64_t now_ns)
{
    struct error error = {0};
    bool wanted = shell->followers[FEEDS - 1] == NULL && now_ns >= shell->follow_at_ns;
    if (wanted && tape_status(shell->tape).state == CONNECTION_CONNECTED && follow(shell, &error) != 0) {
        log_warning("ui", "%s", error.text);
        shell->follow_at_ns = now_ns + FOLLOW_AGAIN_MS * NS_PER_MS;
    }
}

static void loop(struct shell *shell)
{
    struct pollfd fds[] = {
        {.fd = shell->options->stop_fd, .events = POLLIN},
        {.fd = screen_fd(shell->screen), .events = POLLIN},
        {.fd = past_reader_fd(shell->past), .events = POLLIN},
        {.fd = inbox_fd(shell->inbox), .events = POLLIN},
    };
    for (;;) {
        int rest_ms = read_slice(shell);
        if (read_past_slice(shell))
            rest_ms = 0;
        follow_again(shell, clock_monotonic_ns());
        read_log(shell);
        read_process(shell, clock_monotonic_ns());
        if (!screen_keys(shell->screen, clock_wall_ns(), clock_monotonic_ns()))
            return;
        int wait_ms = screen_draw(shell->screen, clock_wall_ns(), clock_monotonic_ns());
        bool rest = rest_ms >= 0; /* then what comes in wakes nobody */
        poll(fds, rest ? 3 : 4, rest && rest_ms < wait_ms ? rest_ms : wait_ms);
        if (fds[0].revents != 0)
            return;
    }
}

static int start_reading(struct shell *shell, struct error *error)
{
    struct error problem = {0};
    if (checks_service_read_orders(shell->tape, &shell->orders, &problem) != 0)
        log_warning("ui", "orders are read from their beginning: %s", problem.text);
    if (follow(shell, error) != 0)
        return -1;
    if (shell->options->monitor_url != NULL) {
        shell->metrics = metrics_create(shell->options->monitor_url, shell->inbox, error);
        if (shell->metrics == NULL)
            return -1;
    }
    shell->leases = lease_watch_create(shell->tape, shell->inbox, error);
    if (shell->leases == NULL)
        return -1;
    shell->past = past_reader_create(shell->tape);
    tape_notify(shell->tape, shell->inbox);
    return 0;
}

static void stop_reading(struct shell *shell)
{
    tape_unnotify(shell->tape, shell->inbox);
    inbox_close(shell->inbox);
    metrics_destroy(shell->metrics);
    lease_watch_destroy(shell->leases);
    past_reader_destroy(shell->past);
    for (int i = 0; i < FEEDS; i++)
        follower_destroy(shell->followers[i]);
    outbox_forget(shell->outbox, shell->inbox);
    inbox_destroy(shell->inbox);
}

static void hand_over_orders(struct shell *shell)
{
    if (shell->orders.book != NULL)
        screen_take_orders(shell->screen, shell->orders.book, &shell->orders.hold, shell->orders.sequence);
    shell->orders.book = NULL;
}

int screen_shell_run(const struct screen_shell_options *options, struct tape *tape, struct outbox *outbox,
                     struct error *error)
{
    struct shell shell = {.options = options, .tape = tape, .outbox = outbox};
    struct screen_actions actions = {
        .context = &shell, .publish = publish, .read_past = read_past, .unique_id = unique_id};
    int result = -1;
    shell.inbox = inbox_create(INBOX_BYTES);
    if (start_reading(&shell, error) == 0) {
        shell.screen = screen_create(&options->screen, &actions, error);
        if (shell.screen != NULL) {
            hand_over_orders(&shell);
            loop(&shell);
            result = 0;
        }
    }
    screen_destroy(shell.screen);
    order_book_destroy(shell.orders.book);
    stop_reading(&shell);
    return result;
}
