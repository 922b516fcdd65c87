/* `tapedeck backtest`: two sources of events merged by time into a tape in memory, and what listens to it. */
#include "app/backtest.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/backtest_print.h"
#include "app/request_line.h"
#include "app/signals.h"
#include "app/strategy.h"
#include "app/watch_event.h"
#include "core/log.h"
#include "core/subject.h"
#include "core/timestamp.h"
#include "engine/backtest.h"
#include "engine/backtest_report.h"
#include "feed/feed_spec.h"
#include "feed/lines.h"
#include "feed/quote_reader.h"

/* Monday 2026-01-05 14:30 UTC, where simulated time begins when nobody says otherwise, and how long it lasts. */
#define START_NS      INT64_C(1767623400000000000)
#define SIMULATED_NS  (3600 * NS_PER_SECOND)
#define BEFORE_ORDERS (60 * NS_PER_SECOND)

/* Of the command at one instant: one that answers its own orders with orders would never let time go on. */
enum { REQUESTS_AT_ONCE_MAX = 10000 };

struct run {
    const struct options *options;
    int stop_fd;
    struct quote_reader *quotes;
    bool has_quote;
    struct event quote; /* the next one */
    struct lines *requests;
    bool has_request;
    struct event request; /* the next one of the file, and its time */
    int64_t request_ns;   /* of the line before, when there is no next */
    struct strategy *strategy;
    uint64_t answers; /* requests of the strategy */
    FILE *events;
    struct backtest *backtest;
    struct backtest_report *report;
    int64_t end_ns;
    int64_t instant_ns; /* of the strategy's last request, and how many had its time */
    uint64_t at_once;
    bool failed;
    struct error error;   /* the first one */
    char *line, *scratch; /* owned; both of line_size bytes */
    size_t line_size;
};

/* Keeps the first error. */
static void fail(struct run *run, const struct error *error)
{
    if (!run->failed)
        run->error = *error;
    run->failed = true;
}

static int64_t from_ns(const struct run *run)
{
    return run->options->watch.from.kind == REPLAY_TIME ? run->options->watch.from.time_ns : INT64_MIN;
}

static void next_quote(struct run *run)
{
    do {
        run->has_quote = quote_reader_next(run->quotes, &run->quote.quote);
    } while (run->has_quote && run->quote.quote.received_ns < from_ns(run));
}

static bool is_blank(const char *text, size_t length)
{
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    return length == 0;
}

/* The next request of the file that is not too early, in the order of time. */
static int next_request(struct run *run, struct error *error)
{
    struct request_line_defaults defaults = {.account = run->options->account};
    const char *text;
    size_t length;
    int got;

    run->has_request = false;
    while (run->requests != NULL && !run->has_request &&
           (got = lines_next(run->requests, &text, &length, error)) != 0) {
        int64_t before_ns = run->request_ns;
        int result = got < 0 ? -1 : 0;

        defaults.number = lines_number(run->requests);
        if (got > 0 && !is_blank(text, length))
            result = request_line_read(&run->request, &run->request_ns, text, length, &defaults, error);
        if (result == 1 && run->request_ns < before_ns)
            result = error_set(error, ERROR_FAILED, "is earlier than the line before it");
        if (result < 0)
            return error_prefix(error, "%s:%" PRIu64, run->options->backtest.orders, defaults.number);
        run->has_request = result == 1 && run->request_ns >= from_ns(run);
    }
    return 0;
}

/* The event as a line of JSON, in run->line; returns its length. */
static size_t make_line(struct run *run, const struct event *event)
{
    char subject[SUBJECT_SIZE], payload[EVENT_PAYLOAD_SIZE];
    struct watch_event line = {
        .sequence = event->sequence, .stored_ns = event->stored_ns, .subject = subject, .payload = payload};

    subject_of(event, subject);
    line.payload_bytes = event_encode(event, payload, sizeof(payload));
    size_t size = watch_event_size(&line);

    if (size > run->line_size) {
        run->line = realloc(run->line, size);
        run->scratch = realloc(run->scratch, size);
        assert(run->line != NULL && run->scratch != NULL);
        run->line_size = size;
    }
    return watch_event_json(run->line, run->scratch, &line);
}

static int take_answer(struct run *run, const char *text, size_t length, struct error *error)
{
    const struct request_line_defaults defaults = {
        .account = run->options->account, .timestamp_ns = backtest_now_ns(run->backtest), .number = run->answers + 1};
    struct event request;
    int64_t time_ns;
    int result = request_line_read(&request, &time_ns, text, length, &defaults, error);

    if (result < 0)
        return error_prefix(error, "line %llu of the command", strategy_lines(run->strategy));
    if (result == 0)
        return 0;
    run->at_once = run->instant_ns == defaults.timestamp_ns ? run->at_once + 1 : 1;
    run->instant_ns = defaults.timestamp_ns;
    if (run->at_once > REQUESTS_AT_ONCE_MAX)
        return error_set(error, ERROR_FAILED, "more than %d requests at one instant; does the command answer itself?",
                         REQUESTS_AT_ONCE_MAX);
    run->answers++;
    backtest_publish(run->backtest, &request);
    return 0;
}

/* Tells the command of an event, and does what it says. When it has ended its output the run is at its end. */
static int ask_strategy(struct run *run, size_t length, struct error *error)
{
    const char *text;
    size_t bytes;

    if (strategy_tell(run->strategy, run->line, length, error) != 0)
        return -1;
    for (;;) {
        switch (strategy_hear(run->strategy, &text, &bytes, error)) {
        case STRATEGY_LINE:
            if (take_answer(run, text, bytes, error) != 0)
                return -1;
            break;
        case STRATEGY_END_OF_ANSWER:
            return 0;
        case STRATEGY_END_OF_OUTPUT:
            run->end_ns = INT64_MIN;
            return 0;
        case STRATEGY_FAILED:
            return error_prefix(error, "line %llu of the command", strategy_lines(run->strategy) + 1);
        }
    }
}

static bool is_told(const struct run *run, const struct event *event)
{
    bool is_risk = event->kind == EVENT_ALERT || event->kind == EVENT_ALERT_ACK || event->kind == EVENT_EXPOSURE;

    return run->strategy != NULL && run->end_ns != INT64_MIN && !is_risk;
}

static void observe(void *context, const struct event *event)
{
    struct run *run = context;
    struct error error = {0};

    if (run->failed)
        return;
    backtest_report_fold(run->report, event);
    if (run->events == NULL && !is_told(run, event))
        return;
    size_t length = make_line(run, event);

    if (run->events != NULL)
        fwrite(run->line, 1, length, run->events);
    if (is_told(run, event) && ask_strategy(run, length, &error) != 0)
        fail(run, &error);
}

/* Where simulated time begins: as asked, or a minute before the first request of the file. */
static int64_t simulated_start_ns(const struct run *run)
{
    if (run->options->watch.from.kind == REPLAY_TIME)
        return run->options->watch.from.time_ns;
    return run->has_request ? run->request_ns - BEFORE_ORDERS : START_NS;
}

static bool has_simulator(const struct options *options)
{
    struct feed_spec spec;

    for (size_t i = 0; i < options->feed_count; i++) {
        if (feed_spec_parse(&spec, options->feeds[i], NULL) == 0 && spec.kind == FEED_SIMULATOR)
            return true;
    }
    return false;
}

static bool is_same_file(const char *path, const char *other)
{
    struct stat one, two;

    return stat(path, &one) == 0 && stat(other, &two) == 0 && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

static int open_events(struct run *run, struct error *error)
{
    const char *path = run->options->backtest.events, *orders = run->options->backtest.orders;

    if (orders != NULL && is_same_file(path, orders))
        return error_set(error, ERROR_USAGE, "--events would overwrite the file of --orders");
    run->events = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
    if (run->events == NULL)
        return error_set(error, ERROR_USAGE, "%s: %s", path, strerror(errno));
    return 0;
}

static int open_inputs(struct run *run, struct error *error)
{
    const struct options *options = run->options;

    if (options->backtest.orders != NULL) {
        run->requests = lines_open(options->backtest.orders, error);
        if (run->requests == NULL || next_request(run, error) != 0)
            return -1;
    }
    const struct quote_reader_options quotes = {.specs = options->feeds,
                                                .spec_count = options->feed_count,
                                                .instruments = &options->instruments,
                                                .start_wall_ns = simulated_start_ns(run),
                                                .depths_per_second = (uint32_t)options->depth_rate};

    run->quotes = quote_reader_open(&quotes, error);
    if (run->quotes == NULL)
        return -1;
    run->quote = event_empty(EVENT_QUOTE);
    next_quote(run);
    run->end_ns = INT64_MAX;
    if (options->watch.to.kind == REPLAY_TIME)
        run->end_ns = options->watch.to.time_ns;
    else if (has_simulator(options))
        run->end_ns = quotes.start_wall_ns + SIMULATED_NS;
    if (options->backtest.events != NULL && open_events(run, error) != 0)
        return -1;
    if (options->backtest.command != NULL) {
        run->strategy = strategy_start(options->backtest.command, run->stop_fd, error);
        return run->strategy != NULL ? 0 : -1;
    }
    return 0;
}

/* A request comes behind the quotes of its time. */
static bool quote_is_next(const struct run *run)
{
    return run->has_quote && (!run->has_request || run->quote.quote.received_ns <= run->request_ns);
}

static bool is_stopped(const struct run *run)
{
    struct pollfd fd = {.fd = run->stop_fd, .events = POLLIN};

    return poll(&fd, 1, 0) > 0;
}

static void give_depths(struct run *run)
{
    size_t count;
    const struct depth *depths = quote_reader_depths(run->quotes, &count);

    for (size_t i = 0; i < count; i++)
        backtest_depth(run->backtest, &depths[i]);
}

/* The next event in time, and all that follows from it. False at the end. */
static bool step(struct run *run, struct error *error)
{
    bool is_quote = quote_is_next(run);
    int64_t time_ns = is_quote ? run->quote.quote.received_ns : run->request_ns;

    if ((!is_quote && !run->has_request) || time_ns > run->end_ns || run->failed)
        return false;
    backtest_advance(run->backtest, time_ns);
    if (is_quote)
        give_depths(run);
    backtest_publish(run->backtest, is_quote ? &run->quote : &run->request);
    backtest_settle(run->backtest);
    if (is_quote)
        next_quote(run);
    else if (next_request(run, error) != 0)
        fail(run, error);
    return true;
}

static int play(struct run *run, struct error *error)
{
    enum { STEPS_BETWEEN_LOOKS = 1024 };
    const struct options *options = run->options;
    const struct backtest_options backtest = {
        .instruments = &options->instruments,
        .checks = &options->checks,
        .exchange = &options->exchange,
        .risk = &options->risk,
        .position_method = options->position_method,
        .start_ns = quote_is_next(run) ? run->quote.quote.received_ns
                    : run->has_request ? run->request_ns
                                       : 0,
        .observe = observe,
        .context = run,
    };

    run->backtest = backtest_create(&backtest);
    run->report = backtest_report_create(&options->instruments, &options->risk);
    for (uint64_t steps = 1; step(run, error); steps++) {
        if (steps % STEPS_BETWEEN_LOOKS == 0 && is_stopped(run))
            return error_set(error, ERROR_FAILED, "ended by a signal");
    }
    if (!run->failed)
        return 0;
    *error = run->error;
    return -1;
}

/* What was left out is told, since a report does not show it. */
static void warn(const struct run *run)
{
    uint64_t duplicates = backtest_counts(run->backtest).duplicates;

    if (quote_reader_first_bad(run->quotes)[0] != '\0')
        fprintf(stderr, "tapedeck: bad lines are left out; the first is %s\n", quote_reader_first_bad(run->quotes));
    if (quote_reader_broken_file(run->quotes)[0] != '\0')
        fprintf(stderr, "tapedeck: %s\n", quote_reader_broken_file(run->quotes));
    if (run->has_request && run->end_ns != INT64_MIN)
        fprintf(stderr, "tapedeck: requests from %s on come after the end and are left out\n",
                event_order_id(&run->request) != NULL ? event_order_id(&run->request) : "a change of state");
    if (duplicates > 0)
        fprintf(stderr, "tapedeck: %" PRIu64 " requests have the id of an earlier one and are left out\n", duplicates);
}

static int end_outputs(struct run *run, struct error *error)
{
    if (run->events == NULL)
        return 0;
    bool is_written = ferror(run->events) == 0;

    if ((run->events == stdout || fclose(run->events) == 0) && is_written)
        return 0;
    return error_set(error, ERROR_FAILED, "%s: cannot be written", run->options->backtest.events);
}

int backtest_run(const struct options *options, struct error *error)
{
    struct run run = {.options = options, .request_ns = INT64_MIN};

    log_set_level(options->log_level);
    if (options->log_file != NULL && log_open(options->log_file, error) != 0)
        return -1;
    run.stop_fd = signals_open(error);
    if (run.stop_fd < 0)
        return -1;
    int result = open_inputs(&run, error);

    if (result == 0)
        result = play(&run, error);
    if (end_outputs(&run, result == 0 ? error : NULL) != 0)
        result = -1;
    if (strategy_end(run.strategy, result == 0 ? error : NULL) != 0)
        result = -1;
    if (result == 0) {
        warn(&run);
        (options->watch.json ? backtest_print_json : backtest_print_text)(stdout, run.report, &options->instruments);
    }
    backtest_report_destroy(run.report);
    backtest_destroy(run.backtest);
    quote_reader_close(run.quotes);
    lines_close(run.requests);
    free(run.line);
    free(run.scratch);
    close(run.stop_fd);
    return result;
}
