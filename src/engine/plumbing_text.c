/* The scope of a condition of the plumbing is what its key has behind the rule: a stream, `<stream>.<consumer>`, a
 * disk, a machine, an exchange, an instrument. */
#include "engine/plumbing_text.h"

#include <stdio.h>
#include <string.h>

enum { NUMBER_SIZE = DECIMAL_TEXT_SIZE };

static const char *scope_of(const struct condition *condition)
{
    return strchr(condition->key, ':') + 1;
}

static const char *disk_of(const struct condition *condition)
{
    return strcmp(scope_of(condition), "state") == 0 ? "the disk of the state directory" : "the server's storage";
}

/* The consumer, and the stream that it reads. */
struct reader {
    const char *name;
    int stream_length;
    const char *stream;
};

static struct reader reader_of(const struct condition *condition)
{
    const char *scope = scope_of(condition), *point = strchr(scope, '.');
    if (point == NULL)
        return (struct reader){.name = "a consumer", .stream = scope, .stream_length = (int)strlen(scope)};
    return (struct reader){.name = point + 1, .stream = scope, .stream_length = (int)(point - scope)};
}

static void text_of_replicas(char *text, size_t size, const struct condition *condition, const char *value,
                             const char *levels)
{
    if (condition->last.detail > 0)
        snprintf(text, size, "stream %s: %lld of its replicas cannot be reached", scope_of(condition),
                 (long long)condition->last.detail);
    else
        snprintf(text, size, "stream %s: a replica is %s messages behind (%s)", scope_of(condition), value, levels);
}

void plumbing_text_raised(char *text, size_t size, const struct condition *condition, enum severity severity)
{
    const struct observation *last = &condition->last;
    bool is_share = condition->rule == RULE_STREAM_LIMIT || condition->rule == RULE_DISK_FULL;
    bool is_count = condition->rule == RULE_REPLICA_LAG || condition->rule == RULE_FEED_GAP;
    const int128 unit = is_share ? 100 : 1;
    char value[NUMBER_SIZE], limit[NUMBER_SIZE], levels[2 * NUMBER_SIZE];
    struct reader reader = reader_of(condition);
    money_format_fixed(value, last->value * unit, is_count ? 0 : 1, true);
    money_format_fixed(limit, last->limits[severity] * unit, is_count ? 0 : 1, true);
    snprintf(levels, sizeof levels, "%s at %s%s", severity_name(severity), limit,
             is_share   ? " %"
             : is_count ? ""
                        : " s");
    switch ((int)condition->rule) { /* the other rules have their sentences in risk_text.c */
    case RULE_SERVER_AWAY:
        snprintf(text, size, "the server was out of reach for %s s", value);
        return;
    case RULE_PUBLISH_TIMEOUTS:
        snprintf(text, size, "the server did not answer what was published for %s s", value);
        return;
    case RULE_CONSUMER_LAG:
        snprintf(text, size, "%s is %s s behind on %.*s with %lld messages to go (%s)", reader.name, value,
                 reader.stream_length, reader.stream, (long long)last->detail, levels);
        return;
    case RULE_REPLICA_LAG:
        text_of_replicas(text, size, condition, value, levels);
        return;
    case RULE_NO_LEADER:
        snprintf(text, size, "stream %s has had no leader for %s s (%s)", scope_of(condition), value, levels);
        return;
    case RULE_STREAM_LIMIT:
        snprintf(text, size, "stream %s holds %s %% of what it may, and then refuses more (%s)", scope_of(condition),
                 value, levels);
        return;
    case RULE_DISK_FULL:
        snprintf(text, size, "%s is %s %% full (%s)", disk_of(condition), value, levels);
        return;
    case RULE_CLOCK_OFFSET:
        snprintf(text, size, "the clock of %s is %s s %s the server's (%s)", scope_of(condition), value,
                 last->detail < 0 ? "behind" : "ahead of", levels);
        return;
    case RULE_FEED_GAP:
        snprintf(text, size, "%s quotes of %s are missing in the last minute (%s)", value, scope_of(condition), levels);
        return;
    case RULE_FEED_TROUBLE:
        snprintf(text, size, "%s is stale: %s", scope_of(condition), condition->reason);
        return;
    default:
        text[0] = '\0';
    }
}

void plumbing_text_cleared(char *text, size_t size, const struct condition *condition)
{
    struct reader reader = reader_of(condition);
    const char *scope = scope_of(condition);
    switch ((int)condition->rule) { /* the other rules have their sentences in risk_text.c */
    case RULE_SERVER_AWAY:
        snprintf(text, size, "the server has been within reach since");
        return;
    case RULE_PUBLISH_TIMEOUTS:
        snprintf(text, size, "the server has answered since");
        return;
    case RULE_CONSUMER_LAG:
        snprintf(text, size, "%s is not behind on %.*s any more", reader.name, reader.stream_length, reader.stream);
        return;
    case RULE_REPLICA_LAG:
        snprintf(text, size, "stream %s: all replicas are there", scope);
        return;
    case RULE_NO_LEADER:
        snprintf(text, size, "stream %s has a leader again", scope);
        return;
    case RULE_STREAM_LIMIT:
        snprintf(text, size, "stream %s has room again", scope);
        return;
    case RULE_DISK_FULL:
        snprintf(text, size, "%s has room again", disk_of(condition));
        return;
    case RULE_CLOCK_OFFSET:
        snprintf(text, size, "the clock of %s agrees with the server's again", scope);
        return;
    case RULE_FEED_GAP:
        snprintf(text, size, "no quotes of %s have been missing for a minute", scope);
        return;
    case RULE_FEED_TROUBLE:
        snprintf(text, size, "%s is up to date again", scope);
        return;
    default:
        text[0] = '\0';
    }
}
