/* How fast the sources of market data are on one core: simulated quotes per second, alone and through the player into a
 * sink that drops them, and lines of a recording per second. Usage: bench_feed [RECORDING...] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/event.h"
#include "core/timestamp.h"
#include "feed/player.h"
#include "feed/recording.h"
#include "feed/simulator.h"

enum { QUOTES = 5000000 };

static int64_t busy_ns(void)
{
    struct timespec busy;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &busy);
    return busy.tv_sec * NS_PER_SECOND + busy.tv_nsec;
}

static void report(const char *what, double count, int64_t start_ns, const char *wanted)
{
    double passed_s = (double)(busy_ns() - start_ns) / 1e9;
    printf("%-44s %10.0f /s %30s\n", what, count / passed_s, wanted);
}

static void bench_simulator(const struct instruments *instruments, size_t count, int64_t rate_hz, const char *what)
{
    struct simulator_options options = {
        .instruments = instruments, .count = count, .seed = 1, .rate_microhz = rate_hz * INT64_C(1000000)};
    struct simulator *simulator = simulator_create(&options, NULL);
    struct quote quote;
    int64_t due_ns, start_ns = busy_ns();
    for (int i = 0; i < QUOTES; i++)
        simulator_next(simulator, &quote, &due_ns);
    report(what, QUOTES, start_ns, "2000000");
    simulator_destroy(simulator);
}

static bool drop(void *context, const struct quote *quote)
{
    struct event *event = context;
    char payload[EVENT_PAYLOAD_SIZE];
    event->quote = *quote;
    event_encode(event, payload, sizeof payload);
    return true;
}

static void bench_player(const struct instruments *instruments, const char *text, const char *what)
{
    struct feed_spec spec;
    struct error error;
    struct event event = event_empty(EVENT_QUOTE);
    struct player_options options = {
        .spec = &spec, .instruments = instruments, .source = "bench-1", .send = drop, .context = &event};
    struct player *player = NULL;
    if (feed_spec_parse(&spec, text, &error) == 0)
        player = player_create(&options, &error);
    if (player == NULL) {
        fprintf(stderr, "bench_feed: %s\n", error.text);
        exit(2);
    }
    /* Time stands at most as far ahead as the player needs it to be. */
    int64_t start_ns = busy_ns(), now_ns = 0;
    while (now_ns != INT64_MAX && player_counts(player).published < QUOTES)
        now_ns = player_step(player, (struct player_time){now_ns, now_ns});
    report(what, (double)player_counts(player).published, start_ns, "");
    player_destroy(player);
}

static void bench_recording(const char *text)
{
    struct feed_spec spec;
    struct error error;
    struct recording *recording = NULL;
    if (feed_spec_parse(&spec, text, &error) == 0)
        recording = recording_open(&spec, &error);
    if (recording == NULL) {
        fprintf(stderr, "bench_feed: %s\n", error.text);
        exit(2);
    }
    struct quote raw;
    int64_t start_ns = busy_ns();
    while (recording_next(recording, &raw, &error) != 0) {
    }
    const struct recording_counts *counts = recording_counts(recording);
    report("lines of the recording", (double)(counts->books + counts->trades + counts->ignored + counts->bad_lines),
           start_ns, "");
    recording_close(recording);
}

int main(int argc, char **argv)
{
    struct instruments instruments;
    struct error error;
    if (instruments_init_builtin(&instruments, &error)) {
        fprintf(stderr, "bench_feed: %s\n", error.text);
        return 1;
    }
    bench_simulator(&instruments, 0, 1000, "simulated quotes");
    bench_simulator(&instruments, 500, 20, "simulated quotes of 500 instruments");
    bench_player(&instruments, "sim:rate=1000", "simulated quotes, normalised and encoded");
    for (int i = 1; i < argc; i++) {
        char text[4200];
        snprintf(text, sizeof text, "recording:%s,speed=max", argv[i]);
        bench_recording(text);
        bench_player(&instruments, text, "quotes of the recording, encoded");
    }
    instruments_free(&instruments);
    return 0;
}
