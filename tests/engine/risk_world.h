/* A world for the tests of the risk rules: a clock, the stream RISK, and the rule. Quotes, positions and time go in,
 * alerts and exposures come out. */
#ifndef TESTS_ENGINE_RISK_WORLD_H
#define TESTS_ENGINE_RISK_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/instrument.h"
#include "core/timestamp.h"
#include "engine/risk.h"

enum { WORLD_TAPE_MAX = 4096 };

#define WORLD_TICK_NS (250 * NS_PER_MS)

/* A risk service in a nutshell: a clock, the stream RISK, and the rule. */
struct world {
    struct instruments instruments;
    struct risk_config config;
    struct risk *risk;
    struct event tape[WORLD_TAPE_MAX]; /* RISK */
    size_t count, read;                /* stored; looked at by the test */
    int64_t wall_ns, monotonic_ns, exposures_due_ns;
    struct proposals proposals;
    uint64_t orders_seq;
    char currency[CURRENCY_SIZE];
};

extern struct world world;

/* Switches the rules about shares and moves (concentration, drawdown, value at risk, volatility, spikes) on or off, for
 * the next world_start. */
void world_measures(bool on);

/* Around each test, without those rules: at ten in the morning, with nothing known. */
int world_setup(void **state);
int world_teardown(void **state);

/* A new rule with the world's configuration, which reads RISK from its start. The old one is destroyed before. */
void world_start(void);

/* Stores what was proposed and gives it back to the rule. */
void world_store(void);

/* Lets time pass, in ticks. */
void world_pass(int64_t ns);

/* Thousandths are exact. */
int64_t world_price(double value);

struct event world_quote_event(const char *symbol, double bid, double ask);
void world_fold_quote(const struct event *event, int64_t age_ns);
/* A new quote of NYSE, 100 on either side. */
void world_quote(const char *symbol, double bid, double ask);
/* The same quote again and again, four times a second. */
void world_stream(const char *symbol, double bid, double ask, int64_t ns);
/* Account SIM-1 holds so many from now on. */
void world_hold(const char *symbol, int64_t pieces, double average, double realized, double fees);

void world_hold_in(const char *account, const char *symbol, int64_t pieces, double average, double realized,
                   double fees);

/* In what currency the positions of world_hold are from now on; USD at first. */
void world_currency(const char *currency);

/* The alerts since the last look are exactly these lines (NULL at the end), e.g.
 * "stale_quote NYSE.AAPL warning raised 1": rule, scope, severity, state, version. */
void world_expect(const char *const *lines);
#define EXPECT(...)      world_expect((const char *const[]){__VA_ARGS__, NULL})
#define EXPECT_NOTHING() world_expect((const char *const[]){NULL})

/* What comes and goes is one alert that counts: `bad` and `good` take turns, each keeping it so for longer than the
 * raising hold and shorter than the clearing hold; `line` is what is raised, without state and version. Ends with it
 * cleared. */
void world_flap(void (*bad)(void), void (*good)(void), const char *line);

/* Fail when there is none. */
const struct alert *world_last_alert(void);
const struct exposure *world_last_exposure(void);
const struct exposure *world_last_exposure_of(const char *account);

void world_assert_money(int128 money, double expected);

#endif
