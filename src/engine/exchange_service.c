/* The hand-over between the service loop and the paper exchange; nothing is decided here. */
#include "engine/exchange_service.h"

#include <stdlib.h>
#include <string.h>

struct exchange_service {
    struct exchange_config config;
    const struct instruments *instruments;
    struct exchange *exchange;
    bool held; /* outlives what is forgotten */
};

struct exchange_service *exchange_service_create(const struct exchange_config *config,
                                                 const struct instruments *instruments)
{
    struct exchange_service *service = calloc(1, sizeof *service);
    if (service == NULL)
        abort();
    service->config = *config;
    service->instruments = instruments;
    service->exchange = exchange_create(config, instruments);
    return service;
}

void exchange_service_destroy(struct exchange_service *service)
{
    if (service == NULL)
        return;
    exchange_destroy(service->exchange);
    free(service);
}

static void fold(void *self, const struct event *event, int64_t age_ns, struct moment now)
{
    struct exchange_service *service = self;
    exchange_fold(service->exchange, event, age_ns, now.monotonic_ns);
}

static void aside(void *self, const struct inbox_item *item, int64_t age_ns, struct moment now)
{
    struct exchange_service *service = self;
    exchange_depth(service->exchange, item->subject, item->payload, item->payload_bytes, age_ns, now.monotonic_ns);
}

static void decide(void *self, const struct event *event, struct moment now, struct proposals *out)
{
    const struct exchange_service *service = self;
    if (event == NULL)
        exchange_decide_all(service->exchange, now.wall_ns, now.monotonic_ns, out);
    else
        exchange_decide(service->exchange, event, now.wall_ns, now.monotonic_ns, out);
}

static void hold(void *self, const struct hold *hold)
{
    struct exchange_service *service = self;
    service->held = hold->reason[0] != '\0';
    exchange_hold(service->exchange, service->held);
}

static void forget(void *self)
{
    struct exchange_service *service = self;
    exchange_destroy(service->exchange);
    service->exchange = exchange_create(&service->config, service->instruments);
    exchange_hold(service->exchange, service->held);
}

static void begins_late(void *self, const char *stream)
{
    struct exchange_service *service = self;
    if (strcmp(stream, "ORDERS") == 0)
        exchange_begin_late(service->exchange);
}

static void save(void *self, struct pack *pack)
{
    const struct exchange_service *service = self;
    exchange_save(service->exchange, pack);
}

static int load(void *self, struct pack *pack, struct moment now)
{
    (void)now;
    struct exchange_service *service = self;
    struct exchange *loaded = exchange_create(&service->config, service->instruments);
    if (exchange_load(loaded, pack) != 0 || pack_finish(pack) != 0) {
        exchange_destroy(loaded);
        return -1;
    }
    exchange_destroy(service->exchange);
    service->exchange = loaded;
    exchange_hold(loaded, service->held);
    return 0;
}

/* An order that found what it wants claimed by one before it, which then did not take it, or that has to wait for its
 * turn behind the touch, is tried again on the tick. */
const struct service_ops exchange_service_ops = {
    .name = "exchange",
    .inputs = {{.stream = "ORDERS", .filter = "orders.>", .from = FOLLOW_SEQUENCE},
               {.stream = "MARKET_DATA", .filter = "md.>", .from = FOLLOW_LAST_PER_SUBJECT}},
    .input_count = 2,
    .tick_ms = 250,
    .needs_lease = true,
    .aside_stream = "MARKET_DEPTH",
    .fold = fold,
    .aside = aside,
    .decide = decide,
    .forget = forget,
    .hold = hold,
    .begins_late = begins_late,
    .save = save,
    .load = load,
};
