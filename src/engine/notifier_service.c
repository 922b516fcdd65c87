/* The notifier folds the alerts as everybody does, so that a version that stands on the tape twice is told once. */
#include "engine/notifier_service.h"

#include <stdlib.h>

#include "core/log.h"
#include "engine/alerts.h"

struct notifier_service {
    struct alert_list *alerts;
};

struct notifier_service *notifier_service_create(void)
{
    struct notifier_service *self = calloc(1, sizeof *self);
    if (self == NULL)
        abort();
    self->alerts = alert_list_create();
    return self;
}

void notifier_service_destroy(struct notifier_service *self)
{
    if (self == NULL)
        return;
    alert_list_destroy(self->alerts);
    free(self);
}

static void tell(const struct alert *alert)
{
    enum log_level level = !alert->raised ? LOG_INFO : alert->severity == SEVERITY_CRITICAL ? LOG_ERROR : LOG_WARNING;
    log_write(level, "notifier", "%s %s: %s (%s, version %u)", severity_name(alert->severity),
              alert->raised ? "raised" : "cleared", alert->message, alert->alert_id, alert->version);
}

static void service_fold(void *context, const struct event *event, int64_t age_ns, struct moment now)
{
    (void)now;
    (void)age_ns; /* what was stored while the server was out of reach is old news, but news */
    struct notifier_service *self = context;
    enum alert_fold result = alert_list_fold(self->alerts, event);
    if (event->kind == EVENT_ALERT && result == ALERT_FOLD_APPLIED && event->alert.severity >= SEVERITY_WARNING)
        tell(&event->alert);
}

static void service_forget(void *context)
{
    struct notifier_service *self = context;
    alert_list_destroy(self->alerts);
    self->alerts = alert_list_create();
}

const struct service_ops notifier_service_ops = {
    .name = "notifier",
    .inputs = {{.stream = "RISK", .from = FOLLOW_NEW}},
    .input_count = 1,
    .fold = service_fold,
    .forget = service_forget,
};
