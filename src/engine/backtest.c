/* A reader for each rule, which stands at a place of its own on each stream. Reading is folding, deciding and storing
 * what is proposed; while a proposal has not been read back, its subject gets no other. */
#include "engine/backtest.h"

#include <assert.h>
#include <stdlib.h>

#include "core/age.h"
#include "core/pack.h"
#include "core/subject.h"
#include "core/timestamp.h"
#include "engine/checks.h"
#include "engine/exchange.h"
#include "engine/in_flight.h"
#include "engine/memory_tape.h"
#include "engine/position_keeper.h"
#include "engine/proposals.h"
#include "engine/quotes.h"
#include "engine/risk.h"

#define TICK_NS (250 * NS_PER_MS)

/* When nothing happens for long, time passes in longer steps: in 1/256 of how long it has been. */
enum { QUIET_SHARE = 256 };

enum reader_name {
    CHECKS = BACKTEST_CHECKS,
    EXCHANGE = BACKTEST_EXCHANGE,
    POSITIONS = BACKTEST_POSITIONS,
    RISK = BACKTEST_RISK,
    OBSERVER = BACKTEST_RULES,
    READERS
};

struct reader {
    struct in_flight *in_flight;
    bool decide_again;               /* a proposal was refused: ask for everything on the next tick */
    uint64_t places[MEMORY_STREAMS]; /* of each stream: everything before is read */
};

/* One reading that is possible now. */
struct reading {
    enum reader_name reader;
    enum memory_stream stream;
    uint64_t place;
};

struct backtest {
    const struct instruments *instruments;
    struct checks_config checks_config;
    struct exchange_config exchange_config;
    struct risk_config risk_config;
    enum position_method position_method;
    struct memory_tape *tape;
    struct checks *checks;
    struct exchange *exchange;
    struct position_keeper *positions;
    struct risk *risk;
    int64_t exposures_due_ns;
    struct reader readers[READERS];
    struct proposals proposals;
    uint64_t next_cookie;
    int64_t now_ns;
    int64_t tick_at_ns;
    int64_t last_publish_ns;
    void (*observe)(void *context, const struct event *event);
    size_t (*choose)(void *context, size_t count);
    void *context;
    struct backtest_counts counts;
};

/* Of RISK the checks read the exposures. */
static bool is_for_checks(const struct event *event)
{
    return memory_stream_of(event->kind) != MEMORY_RISK || event->kind == EVENT_EXPOSURE;
}

static void fold_checks(struct backtest *backtest, const struct event *event, int64_t age_ns)
{
    if (is_for_checks(event))
        checks_fold(backtest->checks, event, age_ns, backtest->now_ns);
}

static void decide_checks(struct backtest *backtest, const struct event *event)
{
    if (event == NULL)
        checks_decide_all(backtest->checks, backtest->now_ns, backtest->now_ns, &backtest->proposals);
    else if (is_for_checks(event))
        checks_decide(backtest->checks, event, backtest->now_ns, backtest->now_ns, &backtest->proposals);
}

static void fold_exchange(struct backtest *backtest, const struct event *event, int64_t age_ns)
{
    exchange_fold(backtest->exchange, event, age_ns, backtest->now_ns);
}

static void decide_exchange(struct backtest *backtest, const struct event *event)
{
    if (event == NULL)
        exchange_decide_all(backtest->exchange, backtest->now_ns, backtest->now_ns, &backtest->proposals);
    else
        exchange_decide(backtest->exchange, event, backtest->now_ns, backtest->now_ns, &backtest->proposals);
}

static void fold_positions(struct backtest *backtest, const struct event *event, int64_t age_ns)
{
    (void)age_ns;
    position_keeper_fold(backtest->positions, event);
}

static void decide_positions(struct backtest *backtest, const struct event *event)
{
    position_keeper_decide(backtest->positions, event, backtest->now_ns, &backtest->proposals);
}

static void fold_risk(struct backtest *backtest, const struct event *event, int64_t age_ns)
{
    risk_fold(backtest->risk, event, age_ns, backtest->now_ns, backtest->now_ns);
}

static void decide_risk(struct backtest *backtest, const struct event *event)
{
    if (event == NULL)
        risk_tick(backtest->risk, backtest->now_ns, backtest->now_ns);
    risk_decide(backtest->risk, event, backtest->now_ns, backtest->now_ns, &backtest->proposals);
    if (event != NULL || backtest->now_ns < backtest->exposures_due_ns)
        return;
    backtest->exposures_due_ns = backtest->now_ns + backtest->risk_config.exposure_period_ns;
    risk_decide_exposures(backtest->risk, backtest->now_ns, &backtest->proposals);
}

static void fold_observer(struct backtest *backtest, const struct event *event, int64_t age_ns)
{
    (void)age_ns;
    if (backtest->observe == NULL)
        return;
    /* A copy, for what is published meanwhile may move the tape's own. */
    struct event seen = *event;
    backtest->observe(backtest->context, &seen);
}

static void decide_nothing(struct backtest *backtest, const struct event *event)
{
    (void)backtest;
    (void)event;
}

/* Each saves a rule into a pack that is written; from one that is read it makes the rule anew. -1 when that cannot be.
 */
static int renew_checks(struct backtest *backtest, struct pack *pack)
{
    if (!pack->reading) {
        checks_save(backtest->checks, pack);
        return 0;
    }
    checks_destroy(backtest->checks);
    backtest->checks = checks_create(&backtest->checks_config, backtest->instruments);
    return checks_load(backtest->checks, pack, backtest->now_ns, backtest->now_ns);
}

static int renew_exchange(struct backtest *backtest, struct pack *pack)
{
    if (!pack->reading) {
        exchange_save(backtest->exchange, pack);
        return 0;
    }
    exchange_destroy(backtest->exchange);
    backtest->exchange = exchange_create(&backtest->exchange_config, backtest->instruments);
    return exchange_load(backtest->exchange, pack);
}

static int renew_positions(struct backtest *backtest, struct pack *pack)
{
    if (!pack->reading) {
        position_keeper_save(backtest->positions, pack);
        return 0;
    }
    position_keeper_destroy(backtest->positions);
    backtest->positions = position_keeper_create(backtest->instruments, backtest->position_method);
    return position_keeper_load(backtest->positions, pack);
}

static int renew_risk(struct backtest *backtest, struct pack *pack)
{
    if (!pack->reading) {
        risk_save(backtest->risk, pack);
        return 0;
    }
    risk_destroy(backtest->risk);
    backtest->risk = risk_create(&backtest->risk_config, backtest->instruments);
    return risk_load(backtest->risk, pack, backtest->now_ns);
}

#define STREAM(name) (1u << MEMORY_##name)

/* What each reads, as the inputs of the services have it, and the stream of its own outputs. */
static const struct rule {
    unsigned streams;
    enum memory_stream own;
    bool timed; /* decides everything on each tick */
    void (*fold)(struct backtest *backtest, const struct event *event, int64_t age_ns);
    void (*decide)(struct backtest *backtest, const struct event *event); /* NULL event: everything */
    int (*renew)(struct backtest *backtest, struct pack *pack);           /* saves it, or makes it anew */
} RULES[READERS] = {
    [CHECKS] = {STREAM(ORDERS) | STREAM(MARKET_DATA) | STREAM(RISK), MEMORY_ORDERS, true, fold_checks, decide_checks,
                renew_checks},
    [EXCHANGE] = {STREAM(ORDERS) | STREAM(MARKET_DATA), MEMORY_ORDERS, true, fold_exchange, decide_exchange,
                  renew_exchange},
    [POSITIONS] = {STREAM(POSITIONS) | STREAM(ORDERS), MEMORY_POSITIONS, false, fold_positions, decide_positions,
                   renew_positions},
    [RISK] = {STREAM(RISK) | STREAM(POSITIONS) | STREAM(MARKET_DATA) | STREAM(ORDERS), MEMORY_RISK, true, fold_risk,
              decide_risk, renew_risk},
    [OBSERVER] = {STREAM(RISK) | STREAM(POSITIONS) | STREAM(MARKET_DATA) | STREAM(ORDERS), MEMORY_STREAMS, false,
                  fold_observer, decide_nothing, NULL},
};

struct backtest *backtest_create(const struct backtest_options *options)
{
    struct backtest *backtest = calloc(1, sizeof *backtest);
    if (backtest == NULL)
        abort();
    backtest->instruments = options->instruments;
    backtest->checks_config = *options->checks;
    backtest->exchange_config = *options->exchange;
    backtest->risk_config = *options->risk;
    backtest->position_method = options->position_method;
    backtest->tape = memory_tape_create();
    backtest->checks = checks_create(options->checks, options->instruments);
    backtest->exchange = exchange_create(options->exchange, options->instruments);
    backtest->positions = position_keeper_create(options->instruments, options->position_method);
    backtest->risk = risk_create(options->risk, options->instruments);
    for (int i = 0; i < READERS; i++)
        backtest->readers[i].in_flight = in_flight_create();
    backtest->now_ns = backtest->tick_at_ns = backtest->last_publish_ns = options->start_ns;
    backtest->observe = options->observe;
    backtest->choose = options->choose;
    backtest->context = options->context;
    return backtest;
}

void backtest_destroy(struct backtest *backtest)
{
    if (backtest == NULL)
        return;
    for (int i = 0; i < READERS; i++)
        in_flight_destroy(backtest->readers[i].in_flight);
    proposals_free(&backtest->proposals);
    risk_destroy(backtest->risk);
    position_keeper_destroy(backtest->positions);
    exchange_destroy(backtest->exchange);
    checks_destroy(backtest->checks);
    memory_tape_destroy(backtest->tape);
    free(backtest);
}

static bool store(struct backtest *backtest, const struct event *event, int64_t fence)
{
    enum memory_answer answer = memory_tape_store(backtest->tape, event, fence, backtest->now_ns);
    backtest->counts.stored[event->kind] += answer == MEMORY_STORED;
    backtest->counts.duplicates += answer == MEMORY_DUPLICATE;
    backtest->counts.fenced += answer == MEMORY_FENCED;
    return answer == MEMORY_STORED;
}

static void propose(struct backtest *backtest, struct reader *reader, const struct proposal *proposal)
{
    char key[FLIGHT_KEY_SIZE];
    bool awaited = flight_key(&proposal->event, key);
    if (awaited && in_flight_has(reader->in_flight, key))
        return; /* decided again when the one in flight has been read back */
    if (!store(backtest, &proposal->event, proposal->fence))
        reader->decide_again = true;
    else if (awaited)
        in_flight_add(reader->in_flight, key, ++backtest->next_cookie, &proposal->event);
}

static void decide(struct backtest *backtest, enum reader_name name, const struct event *event)
{
    proposals_clear(&backtest->proposals);
    RULES[name].decide(backtest, event);
    for (size_t i = 0; i < backtest->proposals.count; i++)
        propose(backtest, &backtest->readers[name], &backtest->proposals.items[i]);
}

static void tick(struct backtest *backtest)
{
    for (enum reader_name name = 0; name < READERS; name++) {
        struct reader *reader = &backtest->readers[name];
        if (!RULES[name].timed && !reader->decide_again)
            continue;
        reader->decide_again = false;
        decide(backtest, name, NULL);
    }
}

/* The next reading of one stream; false when the reader stands at its end. */
static bool find_reading(struct backtest *backtest, enum reader_name name, enum memory_stream stream,
                         struct reading *reading)
{
    uint64_t *place = &backtest->readers[name].places[stream];
    const struct event *event;
    while ((event = memory_tape_at(backtest->tape, *place)) != NULL && memory_stream_of(event->kind) != stream)
        ++*place;
    *reading = (struct reading){.reader = name, .stream = stream, .place = *place};
    return event != NULL;
}

static size_t find_readings(struct backtest *backtest, struct reading readings[READERS * MEMORY_STREAMS])
{
    size_t count = 0;
    for (enum reader_name name = 0; name < READERS; name++) {
        for (enum memory_stream stream = 0; stream < MEMORY_STREAMS; stream++) {
            if ((RULES[name].streams & 1u << stream) != 0 && find_reading(backtest, name, stream, &readings[count]))
                count++;
        }
    }
    return count;
}

static const struct event *fold_event(struct backtest *backtest, const struct reading *reading)
{
    const struct rule *rule = &RULES[reading->reader];
    struct reader *reader = &backtest->readers[reading->reader];
    const struct event *event = memory_tape_at(backtest->tape, reading->place);
    reader->places[reading->stream] = reading->place + 1;
    if (reading->stream == rule->own)
        in_flight_landed(reader->in_flight, event);
    rule->fold(backtest, event, age_when_read_ns(event->stored_ns, backtest->now_ns, false));
    return event;
}

static void read_event(struct backtest *backtest, const struct reading *reading)
{
    const struct event *event = fold_event(backtest, reading);
    decide(backtest, reading->reader, event);
}

/* Lets go what everybody has read. */
static void forget(struct backtest *backtest)
{
    uint64_t least = memory_tape_end(backtest->tape);
    for (int i = 0; i < READERS; i++) {
        for (int stream = 0; stream < MEMORY_STREAMS; stream++) {
            if ((RULES[i].streams & 1u << stream) != 0 && backtest->readers[i].places[stream] < least)
                least = backtest->readers[i].places[stream];
        }
    }
    memory_tape_forget(backtest->tape, least);
}

/* In the order of the tape each event is read by all before the next is. */
static void settle_in_order(struct backtest *backtest)
{
    for (;;) {
        struct reading readings[READERS * MEMORY_STREAMS], *next = readings;
        size_t count = find_readings(backtest, readings);
        if (count == 0)
            return;
        for (size_t i = 1; i < count; i++) {
            if (readings[i].place < next->place)
                next = &readings[i];
        }
        read_event(backtest, next);
    }
}

void backtest_settle(struct backtest *backtest)
{
    if (backtest->choose == NULL) {
        settle_in_order(backtest);
    } else {
        struct reading readings[READERS * MEMORY_STREAMS];
        size_t count, chosen;
        while ((count = find_readings(backtest, readings)) > 0 &&
               (chosen = backtest->choose(backtest->context, count)) < count)
            read_event(backtest, &readings[chosen]);
        return; /* the quotes are read again by those that are started again */
    }
    forget(backtest);
}

void backtest_advance(struct backtest *backtest, int64_t now_ns)
{
    while (backtest->tick_at_ns < now_ns) {
        if (backtest->tick_at_ns > backtest->now_ns)
            backtest->now_ns = backtest->tick_at_ns;
        tick(backtest);
        backtest_settle(backtest);
        int64_t step_ns = (backtest->now_ns - backtest->last_publish_ns) / QUIET_SHARE;
        if (__builtin_add_overflow(backtest->tick_at_ns, step_ns > TICK_NS ? step_ns : TICK_NS, &backtest->tick_at_ns))
            return;
    }
    if (now_ns > backtest->now_ns)
        backtest->now_ns = now_ns;
}

int64_t backtest_now_ns(const struct backtest *backtest)
{
    return backtest->now_ns;
}

bool backtest_publish(struct backtest *backtest, const struct event *event)
{
    backtest->last_publish_ns = backtest->now_ns;
    return store(backtest, event, NO_FENCE);
}

void backtest_depth(struct backtest *backtest, const struct depth *depth)
{
    char subject[SUBJECT_SIZE], payload[DEPTH_PAYLOAD_SIZE];
    subject_of_depth(subject, depth->exchange, depth->symbol);
    size_t bytes = depth_encode(depth, payload, sizeof payload);
    exchange_depth(backtest->exchange, subject, payload, bytes, 0, backtest->now_ns);
}

/* The last quote of each instrument that the reader had read. */
static void fold_last_quotes(struct backtest *backtest, enum reader_name name)
{
    struct quotes *known = quotes_create();
    for (uint64_t place = backtest->readers[name].places[MEMORY_MARKET_DATA]; place-- > 0;) {
        const struct event *event = memory_tape_at(backtest->tape, place);
        if (event->kind != EVENT_QUOTE || quotes_find(known, event->quote.exchange, event->quote.symbol) != NULL)
            continue;
        quotes_fold(known, event, 0, 0);
        RULES[name].fold(backtest, event, age_when_read_ns(event->stored_ns, backtest->now_ns, true));
    }
    quotes_destroy(known);
}

/* To the end of a stream, without deciding. */
static void catch_up(struct backtest *backtest, enum reader_name name, enum memory_stream stream)
{
    struct reading reading;
    while (find_reading(backtest, name, stream, &reading))
        fold_event(backtest, &reading);
}

void backtest_restart(struct backtest *backtest, enum backtest_rule rule)
{
    enum reader_name name = (enum reader_name)rule;
    struct reader *reader = &backtest->readers[name];
    struct pack saved, pack;
    assert(backtest->choose != NULL && rule < BACKTEST_RULES);
    pack_write(&saved);
    RULES[name].renew(backtest, &saved);
    pack_read(&pack, saved.bytes, saved.count);
    int result = RULES[name].renew(backtest, &pack);
    assert(result == 0 && pack_finish(&pack) == 0);
    pack_free(&saved);
    in_flight_destroy(reader->in_flight);
    reader->in_flight = in_flight_create();
    reader->decide_again = false;
    if ((RULES[name].streams & STREAM(MARKET_DATA)) != 0)
        fold_last_quotes(backtest, name);
    catch_up(backtest, name, RULES[name].own);
    /* What follows from single fills is decided with each of them. */
    for (enum memory_stream stream = 0; stream < MEMORY_STREAMS && name != POSITIONS; stream++) {
        if ((RULES[name].streams & 1u << stream) != 0)
            catch_up(backtest, name, stream);
    }
    decide(backtest, name, NULL);
}

const struct order_book *backtest_book(const struct backtest *backtest)
{
    return exchange_book(backtest->exchange);
}

const struct positions *backtest_positions(const struct backtest *backtest)
{
    return position_keeper_positions(backtest->positions);
}

struct backtest_counts backtest_counts(const struct backtest *backtest)
{
    return backtest->counts;
}
