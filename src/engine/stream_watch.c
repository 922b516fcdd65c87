/* Which alerts stand is folded from RISK; what is wrong comes from the hold of the service. */
#include "engine/stream_watch.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"

static const char *const rule_names[STREAM_RULES] = {
    [STREAM_RULE_GONE] = "stream_gone",
    [STREAM_RULE_FULL] = "storage_full",
};

/* The place of an alert, by its id `<rule>:<stream>:<raised at>`; NULL when it is of another rule. */
static struct alert *place_of(struct stream_watch *watch, const struct alert *alert)
{
    char scope[ALERT_ID_SIZE];
    for (int rule = 0; rule < STREAM_RULES; rule++) {
        for (int stream = 0; stream < TAPE_STREAMS; stream++) {
            int length =
                snprintf(scope, sizeof scope, "%s:%s:", rule_names[rule], tape_stream_name((enum tape_stream)stream));
            if (strncmp(alert->alert_id, scope, (size_t)length) == 0)
                return &watch->alerts[rule][stream];
        }
    }
    return NULL;
}

void stream_watch_fold(struct stream_watch *watch, const struct event *event)
{
    if (event->kind != EVENT_ALERT)
        return;
    struct alert *known = place_of(watch, &event->alert);
    if (known == NULL)
        return;
    bool same = strcmp(known->alert_id, event->alert.alert_id) == 0;
    if (same ? event->alert.version > known->version : event->alert.raised_at_ns > known->raised_at_ns)
        *known = event->alert;
}

static void raise_alert(enum stream_rule rule, const char *stream, bool is_over, int64_t wall_ns, struct proposals *out)
{
    struct alert *alert = &proposals_add(out, EVENT_ALERT, NO_FENCE)->alert;
    snprintf(alert->alert_id, sizeof alert->alert_id, "%s:%s:%lld", rule_names[rule], stream, (long long)wall_ns);
    text_copy(alert->rule, sizeof alert->rule, rule_names[rule]);
    if (is_over)
        snprintf(alert->message, sizeof alert->message,
                 "stream %s had vanished and was made again: trading is halted until somebody resumes", stream);
    else if (rule == STREAM_RULE_GONE)
        snprintf(alert->message, sizeof alert->message,
                 "stream %s has vanished: trading is halted; `tapedeck streams --apply` makes it again", stream);
    else
        snprintf(alert->message, sizeof alert->message,
                 "no storage is left for stream %s: trading is halted; make room, then resume", stream);
    alert->severity = SEVERITY_CRITICAL;
    alert->raised = true;
    alert->version = 1;
    alert->count = 1;
    alert->raised_at_ns = wall_ns;
    alert->timestamp_ns = wall_ns;
}

static void clear_alert(enum stream_rule rule, const char *stream, const struct alert *known, int64_t wall_ns,
                        struct proposals *out)
{
    struct alert *alert = &proposals_add(out, EVENT_ALERT, NO_FENCE)->alert;
    *alert = *known;
    snprintf(alert->message, sizeof alert->message,
             rule == STREAM_RULE_GONE ? "stream %s is there again" : "stream %s has storage again", stream);
    alert->raised = false;
    alert->version++;
    alert->timestamp_ns = wall_ns;
}

/* One halt for each time that trouble began: its request is named by that moment. */
static void halt(const struct hold *hold, int64_t wall_ns, struct proposals *out)
{
    struct state_change *change = &proposals_add(out, EVENT_TRADING_STATE, NO_FENCE)->state;
    change->state = TRADING_HALTED;
    text_copy(change->scope, sizeof change->scope, "*");
    snprintf(change->request_id, sizeof change->request_id, "streams-%lld", (long long)hold->since_ns);
    text_copy(change->by, sizeof change->by, "risk");
    text_copy(change->reason, sizeof change->reason, hold->reason);
    change->timestamp_ns = wall_ns;
}

void stream_watch_decide(const struct stream_watch *watch, int64_t wall_ns, struct proposals *out)
{
    const struct hold *hold = &watch->hold;
    for (int rule = 0; rule < STREAM_RULES; rule++) {
        unsigned met = rule == STREAM_RULE_GONE ? hold->troubles.gone | hold->remade : hold->troubles.full;
        for (int stream = 0; stream < TAPE_STREAMS; stream++) {
            const struct alert *known = &watch->alerts[rule][stream];
            const char *name = tape_stream_name((enum tape_stream)stream);
            bool is_met = (met & 1u << stream) != 0;
            bool is_over = rule == STREAM_RULE_GONE && (hold->troubles.gone & 1u << stream) == 0;
            if (is_met && !known->raised)
                raise_alert((enum stream_rule)rule, name, is_over, wall_ns, out);
            else if (!is_met && known->raised)
                clear_alert((enum stream_rule)rule, name, known, wall_ns, out);
        }
    }
    if (hold_asks_for_halt(hold))
        halt(hold, wall_ns, out);
}
