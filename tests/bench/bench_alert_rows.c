/* What alerts cost when there are thousands: folding one, and what the screen does for a frame: sorting and counting
 * after a change, and making rows, closed and with a group open. Ten times as many should cost ten times as much; and a
 * list that is full should cost no more for each. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "ui/alert_rows.h"
#include "ui/model.h"

enum { FRAMES = 50, SCOPES = 500 };

/* Of one core: what else runs on the machine does not count. */
static double microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void put(struct model *model, int number, uint32_t version)
{
    static const char *const rules[] = {"stale_quote", "spread_blowout", "volatility", "price_spike"};
    struct event event = event_empty(EVENT_ALERT);
    struct alert *alert = &event.alert;
    const char *rule = rules[number % 7 % 4];
    snprintf(alert->alert_id, sizeof alert->alert_id, "%s:NYSE.S%d:%d", rule, number % SCOPES, number);
    text_copy(alert->rule, sizeof alert->rule, rule);
    snprintf(alert->symbol, sizeof alert->symbol, "S%d", number % SCOPES);
    snprintf(alert->message, sizeof alert->message, "S%d quote is stale for 6.2 s (warning at 5 s)", number % SCOPES);
    alert->severity = number % 100 == 0 ? SEVERITY_CRITICAL : SEVERITY_WARNING;
    alert->raised = true;
    alert->version = version;
    alert->raised_at_ns = alert->timestamp_ns = number;
    event.sequence = (uint64_t)number + 1;
    model_fold(model, &event, 0, 0, 0);
}

static void measure(const struct instruments *instruments, int count)
{
    static struct alert_rows rows;
    struct model *model = model_create(instruments, "SIM-1", NS_PER_SECOND);
    double start = microseconds(), digest_us = 0, closed_us = 0, open_us = 0;
    for (int i = 0; i < count; i++)
        put(model, i, 1);
    double fold_us = (microseconds() - start) / count;
    for (int frame = 0; frame < FRAMES; frame++) {
        put(model, frame, (uint32_t)frame + 2);
        start = microseconds();
        const struct alert_digest *digest = model_alert_digest(model, NS_PER_SECOND);
        digest_us += microseconds() - start;
        start = microseconds();
        alert_rows_build(&rows, digest->entries, digest->count, 20, "");
        closed_us += microseconds() - start;
        start = microseconds();
        alert_rows_build(&rows, digest->entries, digest->count, 20, "=stale_quote");
        open_us += microseconds() - start;
    }
    const struct {
        const char *what;
        double us;
    } lines[] = {{"folded, each", fold_us},
                 {"sorted and counted after a change", digest_us / FRAMES},
                 {"as rows", closed_us / FRAMES},
                 {"as rows with a group open", open_us / FRAMES}};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char what[64];
        snprintf(what, sizeof what, "%d alerts %s", count, lines[i].what);
        printf("%-44s %10.2f us\n", what, lines[i].us);
    }
    model_destroy(model);
}

int main(void)
{
    struct instruments instruments = {0};
    struct error error;
    if (instruments_init_builtin(&instruments, &error) != 0)
        return 1;
    static const int counts[] = {1000, 10000, 2 * ALERT_LIST_MAX};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        measure(&instruments, counts[i]);
    instruments_free(&instruments);
    return 0;
}
