/* Prints how many quotes per second the codec decodes and encodes on one core, each with the usual fields. Not a test:
 * run it by hand, in a release build, when the codec was changed. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/event.h"

enum { ROUNDS = 2000000 };

static const char subject[] = "md.nyse.AAPL";
static const char payload[] =
    "{\"symbol\":\"AAPL\",\"exchange\":\"NYSE\",\"bid\":189.01,\"ask\":189.02,\"bid_size\":300,\"ask_size\":1200,"
    "\"last\":189.02,\"last_size\":100,\"last_side\":\"buy\",\"seq\":123456,\"source\":\"sim-01JD2X9N8\","
    "\"received\":\"2026-11-23T14:30:00.123460001Z\",\"timestamp\":\"2026-11-23T14:30:00.123456789Z\"}";

static void report(const char *what, int64_t elapsed_ns, size_t bytes)
{
    char text[64];
    snprintf(text, sizeof text, "quotes %s, %zu bytes", what, bytes);
    printf("%-44s %10.0f /s\n", text, ROUNDS * 1e9 / (double)elapsed_ns);
}

int main(void)
{
    struct event event;
    struct error error = {0};
    char written[EVENT_PAYLOAD_SIZE];
    size_t length = 0;
    int64_t start_ns = clock_monotonic_ns();
    for (int i = 0; i < ROUNDS; i++) {
        if (event_decode(&event, subject, payload, sizeof(payload) - 1, NULL, &error) != 0) {
            fprintf(stderr, "%s\n", error.text);
            return EXIT_FAILURE;
        }
    }
    report("decoded", clock_monotonic_ns() - start_ns, sizeof(payload) - 1);
    start_ns = clock_monotonic_ns();
    for (int i = 0; i < ROUNDS; i++) {
        event.quote.bid += 10000000;
        length = event_encode(&event, written, sizeof(written));
    }
    report("encoded", clock_monotonic_ns() - start_ns, length);
    return EXIT_SUCCESS;
}
