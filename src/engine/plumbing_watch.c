/* See plumbing_watch.h. */
#include "engine/plumbing_watch.h"

#include "core/timestamp.h"

/* A shorter outage is a hiccup. */
#define WARNING_NS  (3 * NS_PER_SECOND)
#define CRITICAL_NS (30 * NS_PER_SECOND)
/* What could not be put on the tape in this time, because another process decides, is not news any more. */
#define NEWS_NS (60 * NS_PER_SECOND)

void plumbing_watch_init(struct plumbing_watch *watch, struct conditions *conditions, int64_t monotonic_ns)
{
    *watch = (struct plumbing_watch){0};
    watch->away.condition = conditions_get_named(conditions, RULE_SERVER_AWAY, "nats", monotonic_ns);
    watch->silent.condition = conditions_get_named(conditions, RULE_PUBLISH_TIMEOUTS, "nats", monotonic_ns);
}

static void note(struct outage *outage, bool lasts, int64_t monotonic_ns)
{
    if (lasts == outage->lasts)
        return;
    outage->lasts = lasts;
    if (lasts) {
        outage->began_ns = monotonic_ns;
        return;
    }
    outage->over_ns = monotonic_ns;
    outage->is_news = outage->over_ns - outage->began_ns >= WARNING_NS;
}

void plumbing_watch_connection(struct plumbing_watch *watch, const struct connection_status *status,
                               int64_t monotonic_ns)
{
    bool is_connected = status->state == CONNECTION_CONNECTED;
    note(&watch->away, !is_connected, monotonic_ns);
    note(&watch->silent, is_connected && status->silent, monotonic_ns);
}

static void observe(struct outage *outage, int64_t wall_ns, int64_t monotonic_ns)
{
    const int128 second = MONEY_ONE / NS_PER_SECOND; /* value of a nanosecond, 1e-17 s */
    int64_t lasted_ns = outage->over_ns - outage->began_ns;
    enum severity severity = lasted_ns >= CRITICAL_NS ? SEVERITY_CRITICAL : SEVERITY_WARNING;
    bool is_told = (int)condition_standing(outage->condition) >= (int)severity;
    if (is_told || monotonic_ns - outage->over_ns > NEWS_NS)
        outage->is_news = false;
    struct observation observation = {.value = lasted_ns * second};
    observation.limits[SEVERITY_WARNING] = WARNING_NS * second;
    observation.limits[SEVERITY_CRITICAL] = CRITICAL_NS * second;
    if (outage->is_news)
        observation.reached = observation.kept = severity;
    condition_observe(outage->condition, &observation, wall_ns, monotonic_ns);
}

void plumbing_watch_tick(struct plumbing_watch *watch, int64_t wall_ns, int64_t monotonic_ns)
{
    if (!watch->away.lasts)
        observe(&watch->away, wall_ns, monotonic_ns);
    if (!watch->silent.lasts)
        observe(&watch->silent, wall_ns, monotonic_ns);
}
