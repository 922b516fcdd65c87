/* Who is told of alerts: the sections [notifier.NAME]. Filled once, read afterwards. */
#ifndef APP_NOTIFIER_CONFIG_H
#define APP_NOTIFIER_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "core/alert.h"
#include "core/error.h"

enum { NOTIFIERS_MAX = 8, NOTIFIER_NAME_SIZE = 33 };

struct notifier_config {
    char name[NOTIFIER_NAME_SIZE]; /* of its durable consumer, too */
    char *webhook;                 /* an address, or the absolute path of a secret file that holds it; NULL: none */
    char *secret;                  /* absolute path of the secret file whose text signs; NULL: not signed */
    char *command;                 /* for the shell; NULL: none */
    enum severity severity;        /* the least that is told */
    int64_t timeout_ns;            /* of one try */
    int64_t retry_ns;              /* from a failed try to the next */
    int64_t max_age_ns;            /* an alert that is older is not told any more */
    int64_t digest_above;          /* so many alerts are told one by one in a minute, what is more together; 0: all */
    int64_t digest_period_ns;      /* so long alerts are gathered for one digest */
};

struct notifiers_config {
    struct notifier_config items[NOTIFIERS_MAX];
    size_t count;
};

/* Sets one key of one notifier, which is made when its name is new: -1 (ERROR_USAGE) for a wrong name or key and for a
 * bad value.
 *
 *   webhook     http://… or https://…, or the path of a secret file (mode 0600) that holds it
 *   secret      path of a secret file
 *   command     a line for /bin/sh
 *   severity    info, warning or critical (warning)
 *   timeout     duration, 100ms to 25s (5s)
 *   retry       duration, at most 1m (5s)
 *   max_age     duration (1h)
 *   digest_above    1 to 1000000, or off (off)
 *   digest_period   duration, 100ms to 25s (10s) */
int notifiers_config_set(struct notifiers_config *config, const char *name, const char *key, const char *value,
                         struct error *error);

/* When all is set: each has either a web hook or a command. */
int notifiers_config_check(const struct notifiers_config *config, struct error *error);

void notifiers_config_free(struct notifiers_config *config);

#endif
