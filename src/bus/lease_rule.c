/* The first question is already the write that creates the entry: when nobody holds the role, it is had in one round
 * trip. */
#include "bus/lease_rule.h"

#include <string.h>

void lease_rule_init(struct lease_rule *rule, const struct lease_holder *self, int64_t now_ns)
{
    *rule = (struct lease_rule){.self = *self, .next = {.kind = LEASE_ASK_WRITE, .expected = 0}, .due_ns = now_ns};
}

int64_t lease_rule_held_until(const struct lease_rule *rule)
{
    return rule->revision == 0 || rule->renewed_ns == 0 ? 0 : rule->renewed_ns + LEASE_HOLD_NS;
}

static void plan(struct lease_rule *rule, enum lease_ask_kind kind, uint64_t expected, int64_t due_ns)
{
    rule->next = (struct lease_ask){.kind = kind, .expected = expected};
    rule->due_ns = due_ns;
}

static void lose(struct lease_rule *rule)
{
    rule->revision = 0;
    rule->renewed_ns = 0;
}

static bool is_same(const struct lease_holder *a, const struct lease_holder *b)
{
    return strcmp(a->identity, b->identity) == 0 && strcmp(a->instance, b->instance) == 0;
}

static void take_written(struct lease_rule *rule, uint64_t revision, int64_t now_ns)
{
    /* Also when it had only lapsed: whoever looks must see that there was a time in which it was not held. */
    if (now_ns >= lease_rule_held_until(rule))
        rule->term++;
    rule->revision = revision;
    rule->renewed_ns = rule->asked_ns;
    rule->settled = true;
    rule->other = (struct lease_holder){0};
    rule->other_revision = 0;
    plan(rule, LEASE_ASK_WRITE, revision, rule->asked_ns + LEASE_RENEW_NS);
}

static void take_entry(struct lease_rule *rule, const struct lease_answer *answer, int64_t now_ns)
{
    if (is_same(&answer->holder, &rule->self)) {
        /* A write of ours that was not answered. When it was made is not known, so it does not count as a renewal. */
        plan(rule, LEASE_ASK_WRITE, answer->revision, now_ns);
        return;
    }
    lose(rule);
    if (strcmp(answer->holder.identity, rule->self.identity) == 0) {
        /* Two of one identity never live at the same time, so that one is dead. */
        plan(rule, LEASE_ASK_WRITE, answer->revision, now_ns);
        return;
    }
    rule->settled = true;
    if (answer->revision != rule->other_revision || !is_same(&answer->holder, &rule->other)) {
        rule->other = answer->holder;
        rule->other_revision = answer->revision;
        rule->other_since_ns = now_ns;
    }
    /* The server forgets an entry by its own clock, and not to the moment; what was watched for as long is as dead. */
    if (now_ns - rule->other_since_ns >= LEASE_AGE_NS)
        plan(rule, LEASE_ASK_WRITE, answer->revision, now_ns);
    else
        plan(rule, LEASE_ASK_READ, 0, now_ns + LEASE_WATCH_NS);
}

static void take(struct lease_rule *rule, const struct lease_answer *answer, int64_t now_ns)
{
    switch (answer->kind) {
    case LEASE_ANSWER_FREE:
        lose(rule);
        plan(rule, LEASE_ASK_WRITE, answer->revision, now_ns);
        break;
    case LEASE_ANSWER_ENTRY:
        take_entry(rule, answer, now_ns);
        break;
    case LEASE_ANSWER_WRITTEN:
        take_written(rule, answer->revision, now_ns);
        break;
    case LEASE_ANSWER_REFUSED:
        lose(rule);
        plan(rule, LEASE_ASK_READ, 0, now_ns);
        break;
    case LEASE_ANSWER_FAILED:
        /* A write may be stored or not: what stands there now has to be read. Until then the last renewal counts. */
        plan(rule, LEASE_ASK_READ, 0, now_ns + LEASE_RETRY_NS);
        break;
    }
}

struct lease_ask lease_rule_step(struct lease_rule *rule, const struct lease_answer *answer, int64_t now_ns)
{
    if (answer != NULL)
        take(rule, answer, now_ns);
    if (now_ns < rule->due_ns)
        return (struct lease_ask){.kind = LEASE_ASK_NOTHING};
    rule->asked_ns = now_ns;
    return rule->next;
}
