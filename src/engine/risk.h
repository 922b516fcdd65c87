/* The risk rules: exposure of the accounts, and the alerts. Pure; one thread owns a state.
 *
 * Folded: RISK (own outputs: which alerts stand, what the session started with), POSITIONS (as published),
 * MARKET_DATA (marks, medians, ages, returns) and ORDERS (fills that must not happen). Time passes by risk_tick. */
#ifndef ENGINE_RISK_H
#define ENGINE_RISK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/instrument.h"
#include "core/pack.h"
#include "core/plumbing.h"
#include "core/server_status.h"
#include "engine/hold.h"
#include "engine/proposals.h"
#include "engine/risk_config.h"

/* More are for the next time: what is published together stands in front of everything else. */
enum { RISK_ALERTS_MAX = 250 };

struct risk;

/* `instruments` must outlive the state; `config` is copied. */
struct risk *risk_create(const struct risk_config *config, const struct instruments *instruments);
void risk_destroy(struct risk *risk); /* NULL is allowed */

/* Folds an event of RISK, POSITIONS, MARKET_DATA or ORDERS; `age_ns` as in quotes_fold. */
void risk_fold(struct risk *risk, const struct event *event, int64_t age_ns, int64_t wall_ns, int64_t monotonic_ns);

/* With all changes that were folded. */
const struct risk_config *risk_configuration(const struct risk *risk);

/* What is wrong with the streams, and what follows for trading, has changed. */
void risk_hold(struct risk *risk, const struct hold *hold);

/* The connection to the server has changed. */
void risk_connection(struct risk *risk, const struct connection_status *status, int64_t monotonic_ns);

/* The plumbing was looked at. */
void risk_plumbing(struct risk *risk, const struct plumbing *plumbing, int64_t wall_ns, int64_t monotonic_ns);

/* Lets time pass: values the accounts anew and looks at what has grown old. Called before risk_decide(NULL). */
void risk_tick(struct risk *risk, int64_t wall_ns, int64_t monotonic_ns);

/* Whether a quote that marks a position has come since the accounts were valued; and values them, as risk_tick does
 * too: for those who cannot wait for that. */
bool risk_marks_moved(const struct risk *risk);
void risk_value(struct risk *risk, int64_t wall_ns, int64_t monotonic_ns);

/* Proposes alerts: after a quote those of its instrument, with NULL all of them, and the halt that is due; of a flood
 * RISK_ALERTS_MAX at a time, the critical ones first. */
void risk_decide(const struct risk *risk, const struct event *event, int64_t wall_ns, int64_t monotonic_ns,
                 struct proposals *out);

/* The same, of the accounts only: behind risk_value. */
void risk_decide_accounts(const struct risk *risk, int64_t wall_ns, int64_t monotonic_ns, struct proposals *out);

/* Proposes the exposures that changed. The caller asks at most once per `exposure_period_ns`. */
void risk_decide_exposures(const struct risk *risk, int64_t wall_ns, struct proposals *out);

/* For snapshots: what was folded of RISK, POSITIONS and ORDERS, and the returns measured; quotes are read again and
 * watched anew, as with every start. Into a fresh state. -1: what was read cannot be, and the state is good for nothing
 * but destroying. */
void risk_save(const struct risk *risk, struct pack *pack);
int risk_load(struct risk *risk, struct pack *pack, int64_t monotonic_ns);

#endif
