/* Which role is which service: one table. A service's state is made here and handed to its thread, which alone touches
 * it until the service has stopped. */
#include "app/roles.h"

#include <assert.h>
#include <stdlib.h>

#include "app/notifier.h"
#include "engine/checks_service.h"
#include "engine/exchange_service.h"
#include "engine/gateway.h"
#include "engine/notifier_service.h"
#include "engine/positions_service.h"
#include "engine/risk_service.h"
#include "engine/service.h"

struct making {
    const struct options *options;
    const struct http_access *http;
    struct outbox *outbox;
};

static void *make_checks(const struct making *making, struct error *error)
{
    (void)error;
    return checks_service_create(&making->options->checks, &making->options->instruments);
}

static void *make_exchange(const struct making *making, struct error *error)
{
    (void)error;
    return exchange_service_create(&making->options->exchange, &making->options->instruments);
}

static void *make_positions(const struct making *making, struct error *error)
{
    (void)error;
    return positions_service_create(&making->options->instruments, making->options->position_method);
}

static void *make_risk(const struct making *making, struct error *error)
{
    (void)error;
    return risk_service_create(&making->options->risk, &making->options->instruments);
}

static void *make_gateway(const struct making *making, struct error *error)
{
    const struct options *options = making->options;
    struct gateway_options gateway = {
        .host = options->http.host,
        .port = options->http.port,
        .token = making->http->token,
        .own_token = making->http->own_token,
        .certificate = making->http->certificate,
        .key = making->http->key,
        .names = options->http_names,
        .outbox = making->outbox,
        .request_rate = (uint32_t)options->http_rate,
        .account = options->account,
        .instruments = &options->instruments,
    };
    return gateway_create(&gateway, error);
}

static void *make_notifier(const struct making *making, struct error *error)
{
    (void)making;
    (void)error;
    return notifier_service_create();
}

static void free_checks(void *self)
{
    checks_service_destroy(self);
}

static void free_exchange(void *self)
{
    exchange_service_destroy(self);
}

static void free_positions(void *self)
{
    positions_service_destroy(self);
}

static void free_risk(void *self)
{
    risk_service_destroy(self);
}

static void free_gateway(void *self)
{
    gateway_destroy(self);
}

static void free_notifier(void *self)
{
    notifier_service_destroy(self);
}

/* In the direction in which orders travel, so that who listens to an output starts after who makes it. */
static const struct role_entry {
    enum role role;
    const struct service_ops *ops;
    void *(*make)(const struct making *making, struct error *error);
    void (*free)(void *self);
} ROLE_TABLE[] = {
    {ROLE_CHECKS, &checks_service_ops, make_checks, free_checks},
    {ROLE_EXCHANGE, &exchange_service_ops, make_exchange, free_exchange},
    {ROLE_POSITIONS, &positions_service_ops, make_positions, free_positions},
    {ROLE_RISK, &risk_service_ops, make_risk, free_risk},
    {ROLE_NOTIFIER, &notifier_service_ops, make_notifier, free_notifier},
    {ROLE_GATEWAY, &gateway_ops, make_gateway, free_gateway},
};

enum { SERVICES = sizeof ROLE_TABLE / sizeof ROLE_TABLE[0] };

struct roles {
    struct notifier *notifiers[NOTIFIERS_MAX];
    void *states[SERVICES];
    struct service *services[SERVICES];
};

static bool is_wanted(const struct options *options, enum role role)
{
    return (options->roles & role) != 0 && (role != ROLE_GATEWAY || options->http.enabled);
}

struct roles *roles_start(const struct options *options, struct tape *tape, struct publisher *publisher,
                          struct outbox *outbox, const struct http_access *http, const char *identity,
                          struct error *error)
{
    const struct service_options service = {
        .tape = tape,
        .publisher = publisher,
        .default_account = options->account,
        .identity = identity,
        .outbox = outbox,
        .state_directory = options->state_dir,
    };
    struct making making = {.options = options, .http = http, .outbox = outbox};
    struct roles *roles = calloc(1, sizeof *roles);
    assert(roles != NULL);
    for (int i = 0; i < SERVICES; i++) {
        const struct role_entry *entry = &ROLE_TABLE[i];
        if (!is_wanted(options, entry->role))
            continue;
        roles->states[i] = entry->make(&making, error);
        if (roles->states[i] == NULL)
            goto failed;
        roles->services[i] = service_start_with(entry->ops, roles->states[i], &service, error);
        if (roles->services[i] == NULL)
            goto failed;
    }
    for (size_t i = 0; i < options->notifiers.count && is_wanted(options, ROLE_NOTIFIER); i++) {
        roles->notifiers[i] = notifier_start(&options->notifiers.items[i], tape, error);
        if (roles->notifiers[i] == NULL)
            goto failed;
    }
    return roles;

failed:
    roles_stop(roles);
    return NULL;
}

void roles_stop(struct roles *roles)
{
    if (roles == NULL)
        return;
    for (size_t i = 0; i < NOTIFIERS_MAX; i++)
        notifier_stop(roles->notifiers[i]);
    for (int i = SERVICES - 1; i >= 0; i--) {
        service_stop(roles->services[i]);
        if (roles->states[i] != NULL)
            ROLE_TABLE[i].free(roles->states[i]);
    }
    free(roles);
}

int roles_gateway_port(const struct roles *roles)
{
    for (int i = 0; i < SERVICES; i++) {
        if (ROLE_TABLE[i].role == ROLE_GATEWAY && roles->states[i] != NULL)
            return gateway_port(roles->states[i]);
    }
    return 0;
}

void roles_put_queues(const struct roles *roles, struct process_status *status)
{
    for (int i = 0; i < SERVICES; i++) {
        if (roles->services[i] != NULL)
            process_status_put_queue(status, ROLE_TABLE[i].ops->name, service_counts(roles->services[i]).waiting, 0);
    }
}

bool roles_live(const struct roles *roles)
{
    for (int i = 0; i < SERVICES; i++) {
        if (roles->services[i] != NULL && !service_counts(roles->services[i]).live)
            return false;
    }
    return true;
}
