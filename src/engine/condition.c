/* The table of conditions and the rules by which an alert is raised, changed and cleared. */
#include "engine/condition.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

#include "core/pack_value.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "engine/risk_text.h"

/* An alert whose condition cannot be observed any more (its instrument is gone from the tape) is cleared after this. */
#define UNOBSERVED_HOLD_NS (60 * NS_PER_SECOND)

struct entry {
    struct condition condition; /* first, so that a condition's entry is known */
    UT_hash_handle hh;
};

struct conditions {
    struct entry *by_key;
    struct entry **items;
    size_t count, capacity;
};

#define AT_ONCE (-1)

/* How each rule is called on the wire, and how long its condition has to last at least before it is raised, also where
 * the configuration says less. What is an age or a time itself, or over in a moment, is raised at once. */
static const struct {
    const char *name;
    int64_t least_hold_ns;
} rules[RULE_COUNT] = {
    [RULE_STALE_QUOTE] = {"stale_quote", AT_ONCE},
    [RULE_LOCKED_CROSSED] = {"locked_crossed", 0},
    [RULE_SPREAD_BLOWOUT] = {"spread_blowout", 0},
    [RULE_GROSS_EXPOSURE] = {"gross_exposure", 0},
    [RULE_NET_EXPOSURE] = {"net_exposure", 0},
    [RULE_DAILY_LOSS] = {"daily_loss", 0},
    [RULE_NO_RATE] = {"no_rate", 0},
    /* One jump makes the deviation large for some seconds: that is a spike, and no volatility. */
    [RULE_VOLATILITY] = {"volatility", 10 * NS_PER_SECOND},
    [RULE_PRICE_SPIKE] = {"price_spike", AT_ONCE},
    [RULE_CONCENTRATION] = {"concentration", 0},
    [RULE_DRAWDOWN] = {"drawdown", 0},
    [RULE_VALUE_AT_RISK] = {"value_at_risk", 0},
    [RULE_SERVER_AWAY] = {"server_away", AT_ONCE},
    [RULE_PUBLISH_TIMEOUTS] = {"publish_timeouts", AT_ONCE},
    [RULE_CONSUMER_LAG] = {"consumer_lag", AT_ONCE},
    /* Looked at now and then: twice wrong is wrong. */
    [RULE_REPLICA_LAG] = {"replica_lag", 5 * NS_PER_SECOND},
    [RULE_NO_LEADER] = {"no_leader", AT_ONCE},
    [RULE_STREAM_LIMIT] = {"stream_limit", 0},
    [RULE_DISK_FULL] = {"disk_full", 0},
    [RULE_CLOCK_OFFSET] = {"clock_offset", 5 * NS_PER_SECOND},
    [RULE_FEED_GAP] = {"feed_gap", AT_ONCE},
    /* A book that is asked for again is mostly there at once. */
    [RULE_FEED_TROUBLE] = {"feed_trouble", 3 * NS_PER_SECOND},
};

const char *risk_rule_name(enum risk_rule rule)
{
    return rules[rule].name;
}

struct conditions *conditions_create(void)
{
    struct conditions *conditions = calloc(1, sizeof *conditions);
    if (conditions == NULL)
        abort();
    return conditions;
}

void conditions_destroy(struct conditions *conditions)
{
    if (conditions == NULL)
        return;
    HASH_CLEAR(hh, conditions->by_key);
    for (size_t i = 0; i < conditions->count; i++)
        free(conditions->items[i]);
    free(conditions->items);
    free(conditions);
}

static struct condition *find(const struct conditions *conditions, const char *key)
{
    struct entry *entry;
    HASH_FIND_STR(conditions->by_key, key, entry);
    return entry == NULL ? NULL : &entry->condition;
}

static struct condition *add(struct conditions *conditions, const char *key, enum risk_rule rule, int64_t monotonic_ns)
{
    if (conditions->count == conditions->capacity) {
        conditions->capacity = conditions->capacity == 0 ? 64 : conditions->capacity * 2;
        conditions->items = realloc(conditions->items, conditions->capacity * sizeof(struct entry *));
        if (conditions->items == NULL)
            abort();
    }
    struct entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL)
        abort();
    struct condition *condition = &entry->condition;
    text_copy(condition->key, sizeof condition->key, key);
    condition->rule = rule;
    for (int s = SEVERITY_WARNING; s <= SEVERITY_CRITICAL; s++)
        condition->triggers[s].since_ns = monotonic_ns;
    conditions->items[conditions->count++] = entry;
    HASH_ADD_STR(conditions->by_key, condition.key, entry);
    return condition;
}

struct condition *conditions_get(struct conditions *conditions, enum risk_rule rule, const char *account,
                                 const char *exchange, const char *symbol, int64_t monotonic_ns)
{
    char key[ALERT_ID_SIZE];
    if (account[0] != '\0')
        snprintf(key, sizeof key, "%s:%s", rules[rule].name, account);
    else
        snprintf(key, sizeof key, "%s:%s.%s", rules[rule].name, exchange, symbol);
    struct condition *condition = find(conditions, key);
    if (condition == NULL)
        condition = add(conditions, key, rule, monotonic_ns);
    text_copy(condition->account, sizeof condition->account, account);
    text_copy(condition->symbol, sizeof condition->symbol, symbol);
    return condition;
}

struct condition *conditions_get_named(struct conditions *conditions, enum risk_rule rule, const char *name,
                                       int64_t monotonic_ns)
{
    char key[ALERT_ID_SIZE];
    snprintf(key, sizeof key, "%s:%s", rules[rule].name, name);
    struct condition *condition = find(conditions, key);
    return condition != NULL ? condition : add(conditions, key, rule, monotonic_ns);
}

size_t conditions_count(const struct conditions *conditions)
{
    return conditions->count;
}

const struct condition *conditions_at(const struct conditions *conditions, size_t index)
{
    assert(index < conditions->count);
    return &conditions->items[index]->condition;
}

/* The condition that an alert is about, or NULL when its rule is not one of ours or its id has another form. */
static struct condition *condition_of(struct conditions *conditions, const struct alert *alert, int64_t monotonic_ns)
{
    int rule = 0;
    while (rule < RULE_COUNT && strcmp(rules[rule].name, alert->rule) != 0)
        rule++;
    size_t length = strlen(alert->rule);
    if (rule == RULE_COUNT || strncmp(alert->alert_id, alert->rule, length) != 0 || alert->alert_id[length] != ':')
        return NULL;
    char key[ALERT_ID_SIZE];
    text_copy(key, sizeof key, alert->alert_id);
    char *time = strrchr(key, ':');
    if (time == key + length)
        return NULL;
    *time = '\0';
    struct condition *condition = find(conditions, key);
    if (condition == NULL) {
        condition = add(conditions, key, (enum risk_rule)rule, monotonic_ns);
        text_copy(condition->account, sizeof condition->account, alert->account);
        text_copy(condition->symbol, sizeof condition->symbol, alert->symbol);
    }
    return condition;
}

void conditions_fold(struct conditions *conditions, const struct event *event, int64_t monotonic_ns)
{
    if (event->kind != EVENT_ALERT)
        return;
    const struct alert *alert = &event->alert;
    struct condition *condition = condition_of(conditions, alert, monotonic_ns);
    if (condition == NULL)
        return;
    if (strcmp(alert->alert_id, condition->orphan.alert_id) == 0) {
        if (alert->version > condition->orphan.version)
            condition->orphan = alert->raised ? *alert : (struct alert){0};
        return;
    }
    if (strcmp(alert->alert_id, condition->alert.alert_id) != 0) {
        if (!alert->raised)
            return; /* an older one that is over */
        /* Two processes raised it at the same time: the newer one stands, the other is cleared. */
        if (condition->alert.raised)
            condition->orphan = condition->alert;
        condition->met = alert->count > 0 ? alert->count : 1;
        condition->alert = *alert;
        return;
    }
    if (alert->version > condition->alert.version)
        condition->alert = *alert;
}

enum severity condition_standing(const struct condition *condition)
{
    return condition->alert.raised ? condition->alert.severity : NO_SEVERITY;
}

void condition_observe(struct condition *condition, const struct observation *observation, int64_t wall_ns,
                       int64_t monotonic_ns)
{
    condition->observed = true;
    condition->last = *observation;
    for (int s = SEVERITY_WARNING; s <= SEVERITY_CRITICAL; s++) {
        struct trigger *trigger = &condition->triggers[s];
        bool on = trigger->on ? (int)observation->kept >= s : (int)observation->reached >= s;
        if (on == trigger->on)
            continue;
        *trigger = (struct trigger){.on = on, .since_ns = monotonic_ns, .since_wall_ns = wall_ns};
        if (on && s == SEVERITY_WARNING)
            condition->met = condition->alert.raised ? condition->met + 1 : 1;
    }
}

struct observation observation_of_value(const struct risk_config *config, int128 value, int128 warning, int128 critical)
{
    struct observation observation = {.value = value};
    observation.limits[SEVERITY_WARNING] = warning;
    observation.limits[SEVERITY_CRITICAL] = critical;
    for (int s = SEVERITY_WARNING; s <= SEVERITY_CRITICAL; s++) {
        if (value >= observation.limits[s])
            observation.reached = (enum severity)s;
        if (value >= risk_config_clear_level(config, observation.limits[s]))
            observation.kept = (enum severity)s;
    }
    return observation;
}

void condition_observe_value(struct condition *condition, const struct risk_config *config, int128 value,
                             int128 warning, int128 critical, int64_t wall_ns, int64_t monotonic_ns)
{
    struct observation observation = observation_of_value(config, value, warning, critical);
    condition_observe(condition, &observation, wall_ns, monotonic_ns);
}

static int64_t raise_hold_ns(enum risk_rule rule, const struct risk_config *config)
{
    int64_t least_ns = rules[rule].least_hold_ns;
    if (least_ns == AT_ONCE)
        return 0;
    return config->raise_hold_ns > least_ns ? config->raise_hold_ns : least_ns;
}

/* The severity that the alert should have now. */
static enum severity wanted(const struct condition *condition, const struct risk_config *config, int64_t monotonic_ns)
{
    int64_t raise_ns = raise_hold_ns(condition->rule, config);
    int64_t clear_ns = config->clear_hold_ns;
    if (!condition->observed && clear_ns < UNOBSERVED_HOLD_NS)
        clear_ns = UNOBSERVED_HOLD_NS;
    int standing = (int)condition_standing(condition);
    for (int s = SEVERITY_CRITICAL; s > standing; s--) {
        const struct trigger *trigger = &condition->triggers[s];
        if (trigger->on && (int)condition->last.reached >= s && monotonic_ns - trigger->since_ns >= raise_ns)
            return (enum severity)s;
    }
    int s = standing;
    while (s > (int)NO_SEVERITY && !condition->triggers[s].on &&
           monotonic_ns - condition->triggers[s].since_ns >= clear_ns)
        s--;
    return (enum severity)s;
}

bool condition_wants_critical(const struct condition *condition, const struct risk_config *config, int64_t monotonic_ns)
{
    return wanted(condition, config, monotonic_ns) == SEVERITY_CRITICAL;
}

static void fill(struct alert *alert, const struct condition *condition, enum severity severity)
{
    alert->severity = severity;
    alert->raised = true;
    alert->value = condition->last.value;
    alert->limit = condition->last.limits[severity];
    alert->count = condition->met;
    risk_text_raised(alert->message, sizeof alert->message, condition, severity);
}

static void clear(struct alert *alert, const struct condition *condition)
{
    alert->raised = false;
    alert->value = condition->observed ? condition->last.value : MONEY_NONE;
    alert->limit = condition->observed ? condition->last.limits[alert->severity] : MONEY_NONE;
    if (condition->met > alert->count)
        alert->count = condition->met;
    risk_text_cleared(alert->message, sizeof alert->message, condition);
}

static void start(struct alert *alert, const struct condition *condition)
{
    const struct trigger *since = &condition->triggers[SEVERITY_WARNING];
    int length =
        snprintf(alert->alert_id, sizeof alert->alert_id, "%s:%lld", condition->key, (long long)since->since_wall_ns);
    assert(length > 0 && (size_t)length < sizeof alert->alert_id);
    text_copy(alert->rule, sizeof alert->rule, rules[condition->rule].name);
    text_copy(alert->account, sizeof alert->account, condition->account);
    text_copy(alert->symbol, sizeof alert->symbol, condition->symbol);
    alert->raised_at_ns = since->since_wall_ns;
    /* Raised again after somebody else cleared it while it was true: the same alert goes on. */
    bool goes_on = strcmp(alert->alert_id, condition->alert.alert_id) == 0;
    alert->version = goes_on ? condition->alert.version : 0;
}

void condition_decide(const struct condition *condition, const struct risk_config *config, int64_t wall_ns,
                      int64_t monotonic_ns, struct proposals *out)
{
    if (condition->orphan.alert_id[0] != '\0') {
        struct alert *alert = &proposals_add(out, EVENT_ALERT, NO_FENCE)->alert;
        *alert = condition->orphan;
        clear(alert, condition);
        alert->version++;
        alert->timestamp_ns = wall_ns;
        return; /* the newer one has its turn when this is on the tape */
    }
    enum severity standing = condition_standing(condition), severity = wanted(condition, config, monotonic_ns);
    if (severity == standing)
        return;
    struct alert *alert = &proposals_add(out, EVENT_ALERT, NO_FENCE)->alert;
    if (standing == NO_SEVERITY)
        start(alert, condition);
    else
        *alert = condition->alert;
    if (severity == NO_SEVERITY)
        clear(alert, condition);
    else
        fill(alert, condition, severity);
    alert->version++;
    alert->timestamp_ns = wall_ns;
}

/* All that is folded from RISK, but for the key and the rule that a condition is made from. */
static void pack_condition(struct pack *pack, struct condition *condition)
{
    PACK_TEXT(pack, condition->account);
    PACK_TEXT(pack, condition->symbol);
    pack_u32(pack, &condition->met);
    pack_alert(pack, &condition->alert);
    pack_alert(pack, &condition->orphan);
}

void conditions_save(const struct conditions *conditions, struct pack *pack)
{
    pack_section(pack, "CONDITIONS", 3);
    pack_count(pack, conditions->count);
    for (size_t i = 0; i < conditions->count; i++) {
        struct condition *condition = &conditions->items[i]->condition;
        PACK_TEXT(pack, condition->key);
        pack_choice(pack, condition->rule, RULE_COUNT - 1);
        pack_condition(pack, condition);
    }
}

int conditions_load(struct conditions *conditions, struct pack *pack, int64_t monotonic_ns)
{
    pack_section(pack, "CONDITIONS", 3);
    for (size_t left = pack_count(pack, 0); left > 0 && !pack->failed; left--) {
        char key[ALERT_ID_SIZE] = "";
        PACK_TEXT(pack, key);
        enum risk_rule rule = pack_choice(pack, 0, RULE_COUNT - 1);
        if (find(conditions, key) != NULL)
            pack_fail(pack);
        if (!pack->failed)
            pack_condition(pack, add(conditions, key, rule, monotonic_ns));
    }
    return pack->failed ? -1 : 0;
}
