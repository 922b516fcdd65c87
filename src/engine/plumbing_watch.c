/* See plumbing_watch.h. */
#include "engine/plumbing_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "engine/settings.h"

/* What could not be put on the tape in this time, because another process decides, is not news any more. */
#define NEWS_NS (60 * NS_PER_SECOND)

#define SECOND_NS (MONEY_ONE / NS_PER_SECOND) /* value of a nanosecond, 1e-17 s */

/* With the rule and the time it has to fit into the id of an alert. */
enum { SCOPE_SIZE = SERVER_STREAM_NAME_SIZE + PLUMBING_READER_SIZE };

void plumbing_watch_init(struct plumbing_watch *watch, struct conditions *conditions, const struct risk_config *config,
                         int64_t monotonic_ns)
{
    *watch = (struct plumbing_watch){.conditions = conditions, .config = config};
    watch->away.condition = conditions_get_named(conditions, RULE_SERVER_AWAY, "nats", monotonic_ns);
    watch->silent.condition = conditions_get_named(conditions, RULE_PUBLISH_TIMEOUTS, "nats", monotonic_ns);
}

void plumbing_watch_free(struct plumbing_watch *watch)
{
    free(watch->items);
}

static void note(struct outage *outage, bool lasts, int64_t warning_ns, int64_t monotonic_ns)
{
    if (lasts == outage->lasts)
        return;
    outage->lasts = lasts;
    if (lasts) {
        outage->began_ns = monotonic_ns;
        return;
    }
    outage->over_ns = monotonic_ns;
    outage->is_news = outage->over_ns - outage->began_ns >= warning_ns; /* a shorter one is a hiccup */
}

void plumbing_watch_connection(struct plumbing_watch *watch, const struct connection_status *status,
                               int64_t monotonic_ns)
{
    bool is_connected = status->state == CONNECTION_CONNECTED;
    note(&watch->away, !is_connected, watch->config->outage_warning_ns, monotonic_ns);
    note(&watch->silent, is_connected && status->silent, watch->config->outage_warning_ns, monotonic_ns);
}

static void observe_outage(const struct plumbing_watch *watch, struct outage *outage, int64_t wall_ns,
                           int64_t monotonic_ns)
{
    const struct risk_config *config = watch->config;
    int64_t lasted_ns = outage->over_ns - outage->began_ns;
    enum severity severity = lasted_ns >= config->outage_critical_ns ? SEVERITY_CRITICAL : SEVERITY_WARNING;
    bool is_told = (int)condition_standing(outage->condition) >= (int)severity;
    if (is_told || monotonic_ns - outage->over_ns > NEWS_NS)
        outage->is_news = false;
    struct observation observation = {.value = lasted_ns * SECOND_NS};
    observation.limits[SEVERITY_WARNING] = config->outage_warning_ns * SECOND_NS;
    observation.limits[SEVERITY_CRITICAL] = config->outage_critical_ns * SECOND_NS;
    if (outage->is_news)
        observation.reached = observation.kept = severity;
    condition_observe(outage->condition, &observation, wall_ns, monotonic_ns);
}

/* Its item, met by this look. */
static struct plumbing_item *meet(struct plumbing_watch *watch, enum risk_rule rule, const char *scope,
                                  int64_t monotonic_ns)
{
    struct condition *condition = conditions_get_named(watch->conditions, rule, scope, monotonic_ns);
    size_t at = 0;
    while (at < watch->item_count && watch->items[at].condition != condition)
        at++;
    if (at == watch->item_capacity) {
        watch->item_capacity = watch->item_capacity == 0 ? 32 : 2 * watch->item_capacity;
        watch->items = realloc(watch->items, watch->item_capacity * sizeof *watch->items);
        if (watch->items == NULL)
            abort();
    }
    if (at == watch->item_count)
        watch->items[watch->item_count++] = (struct plumbing_item){.condition = condition};
    watch->items[at].look = watch->looks;
    return &watch->items[at];
}

/* Time of one look, in which several consumers may be one reader: the worst of them counts. */
struct look {
    struct plumbing_watch *watch;
    const struct risk_config *config;
    int64_t wall_ns, monotonic_ns;
};

static void observe(const struct look *look, enum risk_rule rule, const char *scope, struct observation observation,
                    int64_t detail)
{
    struct plumbing_item *item = meet(look->watch, rule, scope, look->monotonic_ns);
    observation.detail = detail;
    condition_observe(item->condition, &observation, look->wall_ns, look->monotonic_ns);
}

static void look_at_replicas(const struct look *look, const struct plumbing_stream *stream)
{
    const struct risk_config *config = look->config;
    if (config->replica_lag_warning == 0)
        return;
    struct observation observation =
        observation_of_value(config, (int128)stream->replica_lag * MONEY_ONE, config->replica_lag_warning * MONEY_ONE,
                             config->replica_lag_critical * MONEY_ONE);
    if (stream->replicas_offline > 0 && observation.reached == NO_SEVERITY)
        observation.reached = SEVERITY_WARNING;
    if (stream->replicas_offline > 0 && observation.kept == NO_SEVERITY)
        observation.kept = SEVERITY_WARNING;
    observe(look, RULE_REPLICA_LAG, stream->name, observation, stream->replicas_offline);
}

/* In 1e-17; 0 without a limit. */
static int128 share_of(uint64_t used, uint64_t limit)
{
    return limit == 0 ? 0 : (int128)((double)used / (double)limit * (double)MONEY_ONE);
}

/* A share in 1e-6 basis points in 1e-17. */
static int128 share_level(int64_t share)
{
    return share * (MONEY_ONE / BASIS_POINTS_WHOLE);
}

static void look_at_limits(const struct look *look, const struct plumbing_stream *stream)
{
    const struct risk_config *config = look->config;
    int128 bytes = share_of(stream->bytes, stream->limit_bytes);
    int128 messages = share_of(stream->messages, stream->limit_messages);
    if (config->stream_limit_warning == 0 || !stream->refuses_when_full)
        return;
    observe(look, RULE_STREAM_LIMIT, stream->name,
            observation_of_value(config, bytes > messages ? bytes : messages, share_level(config->stream_limit_warning),
                                 share_level(config->stream_limit_critical)),
            0);
}

static void look_at_stream(const struct look *look, const struct plumbing_stream *stream)
{
    const struct risk_config *config = look->config;
    struct plumbing_item *leader = meet(look->watch, RULE_NO_LEADER, stream->name, look->monotonic_ns);
    if (stream->has_leader)
        leader->since_ns = 0;
    else if (leader->since_ns == 0)
        leader->since_ns = look->monotonic_ns;
    int64_t missing_ns = stream->has_leader ? 0 : look->monotonic_ns - leader->since_ns;
    condition_observe_value(leader->condition, config, missing_ns * SECOND_NS, config->outage_warning_ns * SECOND_NS,
                            config->outage_critical_ns * SECOND_NS, look->wall_ns, look->monotonic_ns);
    if (!stream->has_leader)
        return;
    look_at_replicas(look, stream);
    look_at_limits(look, stream);
}

static bool is_same_reader(const struct plumbing_consumer *one, const struct plumbing_consumer *other)
{
    return strcmp(one->stream, other->stream) == 0 && strcmp(one->reader, other->reader) == 0;
}

/* Several processes may carry one service, and each follows: what is told is who is furthest behind. */
static void look_at_consumers(const struct look *look, const struct plumbing *plumbing)
{
    const struct risk_config *config = look->config;
    int64_t behind_ns[PLUMBING_CONSUMERS_MAX];
    consumer_lags_begin(&look->watch->lags);
    for (uint32_t i = 0; i < plumbing->consumer_count; i++)
        behind_ns[i] = consumer_lags_of(&look->watch->lags, &plumbing->consumers[i], look->monotonic_ns);
    for (uint32_t i = 0; i < plumbing->consumer_count && config->lag_warning_ns > 0; i++) {
        const struct plumbing_consumer *consumer = &plumbing->consumers[i];
        bool is_worst = true;
        for (uint32_t j = 0; j < plumbing->consumer_count && is_worst; j++)
            is_worst = j == i || !is_same_reader(consumer, &plumbing->consumers[j]) || behind_ns[j] < behind_ns[i] ||
                       (behind_ns[j] == behind_ns[i] && i < j);
        if (!is_worst)
            continue;
        char scope[SCOPE_SIZE];
        snprintf(scope, sizeof scope, "%s.%s", consumer->stream, consumer->reader);
        observe(look, RULE_CONSUMER_LAG, scope,
                observation_of_value(config, behind_ns[i] * SECOND_NS, config->lag_warning_ns * SECOND_NS,
                                     config->lag_critical_ns * SECOND_NS),
                (int64_t)consumer->pending);
    }
}

static void look_at_disk(const struct look *look, const struct plumbing_disk *disk)
{
    const struct risk_config *config = look->config;
    if (config->disk_warning == 0 || disk->size_bytes == 0)
        return;
    observe(look, RULE_DISK_FULL, disk->name,
            observation_of_value(config, share_of(disk->used_bytes, disk->size_bytes),
                                 share_level(config->disk_warning), share_level(config->disk_critical)),
            0);
}

static void look_at_clock(const struct look *look, const struct plumbing_clock *clock)
{
    const struct risk_config *config = look->config;
    int128 off = (int128)clock->ahead_ns * SECOND_NS;
    if (config->clock_warning_ns == 0)
        return;
    observe(look, RULE_CLOCK_OFFSET, clock->host,
            observation_of_value(config, off < 0 ? -off : off, config->clock_warning_ns * SECOND_NS,
                                 config->clock_critical_ns * SECOND_NS),
            clock->ahead_ns);
}

static void look_at_trouble(const struct look *look, const struct plumbing_trouble *trouble)
{
    struct observation observation = {.reached = SEVERITY_WARNING, .kept = SEVERITY_WARNING};
    struct plumbing_item *item = meet(look->watch, RULE_FEED_TROUBLE, trouble->scope, look->monotonic_ns);
    const char *point = strchr(trouble->scope, '.');
    text_copy(item->condition->symbol, sizeof item->condition->symbol, point != NULL ? point + 1 : "");
    text_copy(item->condition->reason, sizeof item->condition->reason, trouble->text);
    condition_observe(item->condition, &observation, look->wall_ns, look->monotonic_ns);
}

void plumbing_watch_look(struct plumbing_watch *watch, const struct plumbing *plumbing, int64_t wall_ns,
                         int64_t monotonic_ns)
{
    struct look look = {.watch = watch, .config = watch->config, .wall_ns = wall_ns, .monotonic_ns = monotonic_ns};
    watch->looks++;
    for (uint32_t i = 0; i < plumbing->stream_count; i++)
        look_at_stream(&look, &plumbing->streams[i]);
    look_at_consumers(&look, plumbing);
    for (uint32_t i = 0; i < plumbing->disk_count; i++)
        look_at_disk(&look, &plumbing->disks[i]);
    for (uint32_t i = 0; i < plumbing->clock_count; i++)
        look_at_clock(&look, &plumbing->clocks[i]);
    for (uint32_t i = 0; i < plumbing->trouble_count; i++)
        look_at_trouble(&look, &plumbing->troubles[i]);
    for (size_t i = 0; i < watch->item_count && !plumbing->in_part; i++) {
        struct plumbing_item *item = &watch->items[i];
        if (item->look == watch->looks)
            continue;
        item->since_ns = 0;
        condition_observe(item->condition, &(struct observation){0}, wall_ns, monotonic_ns);
    }
}

static struct exchange_gaps *gaps_of(struct plumbing_watch *watch, const char *exchange, int64_t monotonic_ns)
{
    size_t at = 0;
    while (at < watch->exchange_count && strcmp(watch->exchanges[at].exchange, exchange) != 0)
        at++;
    if (at == PLUMBING_EXCHANGES_MAX)
        return NULL;
    struct exchange_gaps *gaps = &watch->exchanges[at];
    if (at == watch->exchange_count) {
        watch->exchange_count++;
        text_copy(gaps->exchange, sizeof gaps->exchange, exchange);
        gaps->condition = conditions_get_named(watch->conditions, RULE_FEED_GAP, exchange, monotonic_ns);
    }
    return gaps;
}

void plumbing_watch_gap(struct plumbing_watch *watch, const char *exchange, int64_t missing, int64_t monotonic_ns)
{
    struct exchange_gaps *gaps = gaps_of(watch, exchange, monotonic_ns);
    if (gaps != NULL)
        feed_gaps_note(&gaps->gaps, missing, monotonic_ns);
}

void plumbing_watch_tick(struct plumbing_watch *watch, int64_t wall_ns, int64_t monotonic_ns)
{
    const struct risk_config *config = watch->config;
    if (!watch->away.lasts)
        observe_outage(watch, &watch->away, wall_ns, monotonic_ns);
    if (!watch->silent.lasts)
        observe_outage(watch, &watch->silent, wall_ns, monotonic_ns);
    for (size_t i = 0; i < watch->exchange_count && config->feed_gap_warning > 0; i++)
        condition_observe_value(
            watch->exchanges[i].condition, config, feed_gaps_count(&watch->exchanges[i].gaps, monotonic_ns) * MONEY_ONE,
            config->feed_gap_warning * MONEY_ONE, config->feed_gap_critical * MONEY_ONE, wall_ns, monotonic_ns);
}
