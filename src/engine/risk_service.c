/* The shell of the risk rules. It adds only when to ask for exposures: they have no name of their own on the tape, so
 * what is asked for is published, and is asked for once in a period. */
#include "engine/risk_service.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/rate_limit.h"
#include "core/timestamp.h"
#include "engine/risk.h"

enum { TICK_MS = 250, ALERTS_PER_SECOND = 1000 };

/* Accounts are valued so often at most: a limit is seen to be breached no later than this. */
#define VALUE_NS (2 * NS_PER_MS)

struct risk_service {
    struct risk_config config;
    const struct instruments *instruments;
    struct hold hold; /* outlives what is forgotten */
    struct risk *risk;
    int64_t exposures_due_ns, tick_due_ns, value_due_ns; /* monotonic */
    struct rate_limit limit;                             /* of alerts on quotes */
};

struct risk_service *risk_service_create(const struct risk_config *config, const struct instruments *instruments)
{
    struct risk_service *self = calloc(1, sizeof *self);
    if (self == NULL)
        abort();
    self->config = *config;
    self->instruments = instruments;
    self->limit.per_second = ALERTS_PER_SECOND;
    self->risk = risk_create(config, instruments);
    return self;
}

void risk_service_destroy(struct risk_service *self)
{
    if (self == NULL)
        return;
    risk_destroy(self->risk);
    free(self);
}

static void service_fold(void *context, const struct event *event, int64_t age_ns, struct moment now)
{
    struct risk_service *self = context;
    risk_fold(self->risk, event, age_ns, now.wall_ns, now.monotonic_ns);
    if (event->kind == EVENT_LIMITS)
        self->config = *risk_configuration(self->risk); /* outlives what is forgotten */
}

static void decide_at_tick(struct risk_service *self, struct moment now, struct proposals *out)
{
    risk_tick(self->risk, now.wall_ns, now.monotonic_ns);
    risk_decide(self->risk, NULL, now.wall_ns, now.monotonic_ns, out);
    self->tick_due_ns = now.monotonic_ns + TICK_MS * NS_PER_MS;
    if (now.monotonic_ns < self->exposures_due_ns)
        return;
    self->exposures_due_ns = now.monotonic_ns + self->config.exposure_period_ns;
    risk_decide_exposures(self->risk, now.wall_ns, out);
}

/* A quote is worth a look at its instrument, and every few milliseconds at the accounts. When too many quotes raise
 * something, the rest is left to the tick, which has the more severe first. */
static void service_decide(void *context, const struct event *event, struct moment now, struct proposals *out)
{
    struct risk_service *self = context;
    if (event == NULL && now.monotonic_ns >= self->tick_due_ns) {
        decide_at_tick(self, now, out);
    } else if (event != NULL) {
        risk_decide(self->risk, event, now.wall_ns, now.monotonic_ns, out);
        if (out->count > 0 && !rate_limit_take(&self->limit, now.monotonic_ns))
            proposals_clear(out);
    }
    if (risk_marks_moved(self->risk) && now.monotonic_ns >= self->value_due_ns) {
        risk_value(self->risk, now.wall_ns, now.monotonic_ns);
        risk_decide_accounts(self->risk, now.wall_ns, now.monotonic_ns, out);
        self->value_due_ns = now.monotonic_ns + VALUE_NS;
    }
}

static int64_t service_due_ns(void *context)
{
    const struct risk_service *self = context;
    return risk_marks_moved(self->risk) ? self->value_due_ns : INT64_MAX;
}

static void service_connection(void *context, const struct connection_status *status)
{
    struct risk_service *self = context;
    risk_connection(self->risk, status, clock_monotonic_ns());
}

static void service_plumbing(void *context, const struct plumbing *plumbing, struct moment now)
{
    struct risk_service *self = context;
    risk_plumbing(self->risk, plumbing, now.wall_ns, now.monotonic_ns);
}

static void service_hold(void *context, const struct hold *hold)
{
    struct risk_service *self = context;
    self->hold = *hold;
    risk_hold(self->risk, hold);
}

static void service_forget(void *context)
{
    struct risk_service *self = context;
    risk_destroy(self->risk);
    self->risk = risk_create(&self->config, self->instruments);
    risk_hold(self->risk, &self->hold);
}

static void service_save(void *context, struct pack *pack)
{
    const struct risk_service *self = context;
    risk_save(self->risk, pack);
}

static int service_load(void *context, struct pack *pack, struct moment now)
{
    struct risk_service *self = context;
    struct risk *loaded = risk_create(&self->config, self->instruments);
    if (risk_load(loaded, pack, now.monotonic_ns) != 0 || pack_finish(pack) != 0) {
        risk_destroy(loaded);
        return -1;
    }
    risk_destroy(self->risk);
    self->risk = loaded;
    risk_hold(loaded, &self->hold);
    return 0;
}

const struct service_ops risk_service_ops = {
    .name = "risk",
    .inputs =
        {
            {.stream = "RISK", .from = FOLLOW_SEQUENCE, .may_miss = true},
            {.stream = "POSITIONS", .from = FOLLOW_LAST_PER_SUBJECT},
            {.stream = "MARKET_DATA", .from = FOLLOW_LAST_PER_SUBJECT},
            {.stream = "ORDERS", .from = FOLLOW_SEQUENCE},
        },
    .input_count = 4,
    .tick_ms = TICK_MS,
    .needs_lease = true,
    .fold = service_fold,
    .decide = service_decide,
    .forget = service_forget,
    .hold = service_hold,
    .due_ns = service_due_ns,
    .connection = service_connection,
    .plumbing = service_plumbing,
    .save = service_save,
    .load = service_load,
};
