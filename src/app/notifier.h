/* Tells one receiver of alerts, a web hook or a command, in a thread of its own: a worker on RISK (bus/worker.h).
 *
 * Each version of an alert is one message with the id that it has on the tape, and is told at least once. What the
 * receiver does not take comes again, three times in all, and is then a dead letter. Several processes with a notifier
 * of one name share the work. A receiver that hangs holds up nobody but itself. */
#ifndef APP_NOTIFIER_H
#define APP_NOTIFIER_H

#include "app/notifier_config.h"
#include "bus/tape.h"
#include "core/error.h"

struct notifier;

/* `config` must outlive it. ERROR_USAGE when a secret file or the address will not do, ERROR_SERVER when the worker
 * cannot start. */
struct notifier *notifier_start(const struct notifier_config *config, struct tape *tape, struct error *error);

/* Ends what is under way and gives it back: it is told again, and that was no try. NULL is allowed. */
void notifier_stop(struct notifier *notifier);

#endif
