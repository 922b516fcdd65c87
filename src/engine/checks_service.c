/* The hand-over between the service loop and the order checks; nothing is decided here. */
#include "engine/checks_service.h"

#include <stdlib.h>
#include <string.h>

#include "bus/snapshot.h"
#include "core/text.h"

enum { TICK_MS = 500 }; /* markets that open again, losses by marks */

struct checks_service {
    struct checks_config config;
    const struct instruments *instruments;
    struct checks *checks;
    char held[REASON_SIZE]; /* outlives what is forgotten */
};

struct checks_service *checks_service_create(const struct checks_config *config, const struct instruments *instruments)
{
    struct checks_service *service = calloc(1, sizeof *service);
    if (service == NULL)
        abort();
    service->config = *config;
    service->instruments = instruments;
    service->checks = checks_create(config, instruments);
    return service;
}

void checks_service_destroy(struct checks_service *service)
{
    if (service == NULL)
        return;
    checks_destroy(service->checks);
    free(service);
}

static void fold(void *self, const struct event *event, int64_t age_ns, struct moment now)
{
    struct checks_service *service = self;
    checks_fold(service->checks, event, age_ns, now.monotonic_ns);
    if (event->kind == EVENT_LIMITS)
        service->config = *checks_configuration(service->checks); /* outlives what is forgotten */
}

static void decide(void *self, const struct event *event, struct moment now, struct proposals *out)
{
    const struct checks_service *service = self;
    if (event == NULL)
        checks_decide_all(service->checks, now.wall_ns, now.monotonic_ns, out);
    else
        checks_decide(service->checks, event, now.wall_ns, now.monotonic_ns, out);
}

static void hold(void *self, const struct hold *hold)
{
    struct checks_service *service = self;
    text_copy(service->held, sizeof service->held, hold->reason);
    checks_hold(service->checks, service->held);
}

static void forget(void *self)
{
    struct checks_service *service = self;
    checks_destroy(service->checks);
    service->checks = checks_create(&service->config, service->instruments);
    checks_hold(service->checks, service->held);
}

static void begins_late(void *self, const char *stream)
{
    struct checks_service *service = self;
    if (strcmp(stream, "ORDERS") == 0)
        checks_begin_late(service->checks);
}

static void save(void *self, struct pack *pack)
{
    const struct checks_service *service = self;
    checks_save(service->checks, pack);
}

static int load(void *self, struct pack *pack, struct moment now)
{
    struct checks_service *service = self;
    struct checks *loaded = checks_create(&service->config, service->instruments);
    if (checks_load(loaded, pack, now.wall_ns, now.monotonic_ns) != 0 || pack_finish(pack) != 0) {
        checks_destroy(loaded);
        return -1;
    }
    checks_destroy(service->checks);
    service->checks = loaded;
    checks_hold(loaded, service->held);
    return 0;
}

const struct service_ops checks_service_ops = {
    .name = "checks",
    .inputs = {{.stream = "ORDERS", .filter = "orders.>", .from = FOLLOW_SEQUENCE},
               {.stream = "MARKET_DATA", .filter = "md.>", .from = FOLLOW_LAST_PER_SUBJECT},
               {.stream = "RISK", .filter = "risk.>", .from = FOLLOW_LAST_PER_SUBJECT}},
    .input_count = 3,
    .tick_ms = TICK_MS,
    .needs_lease = true,
    .fold = fold,
    .decide = decide,
    .forget = forget,
    .hold = hold,
    .begins_late = begins_late,
    .save = save,
    .load = load,
};

/* Takes the book out of one snapshot, when the tape has what it stands at and what follows. */
static int take_orders(struct tape *tape, struct snapshot *snapshot, struct orders_snapshot *orders,
                       struct error *error)
{
    const struct snapshot_place *place = snapshot_place_of(&snapshot->places, "ORDERS");
    enum checkpoint_verdict verdict;
    if (place == NULL)
        return 0;
    if (checkpoint_compare(tape, "ORDERS", &place->at, &verdict, error) != 0)
        return -1;
    if (verdict != CHECKPOINT_AGREES && verdict != CHECKPOINT_AGED)
        return 0;
    struct order_book *book = order_book_create();
    hold_pack(&orders->hold, &snapshot->state);
    if (checks_load_book(book, &snapshot->state) != 0) {
        order_book_destroy(book);
        return 0;
    }
    orders->book = book;
    orders->sequence = place->at.sequence;
    return 0;
}

int checks_service_read_orders(struct tape *tape, struct orders_snapshot *orders, struct error *error)
{
    *orders = (struct orders_snapshot){0};
    for (int which = SNAPSHOT_NEWEST; which <= SNAPSHOT_BEFORE && orders->book == NULL; which++) {
        struct snapshot snapshot;
        bool found;
        if (snapshot_read(tape, checks_service_ops.name, which, &snapshot, &found, error) != 0)
            return -1;
        int result = found ? take_orders(tape, &snapshot, orders, error) : 0;
        snapshot_free(&snapshot);
        if (result != 0)
            return -1;
    }
    return 0;
}
