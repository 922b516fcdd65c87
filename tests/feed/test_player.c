/* The pace of a feed, on a clock that the test moves, into a sink that has room or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/timestamp.h"
#include "feed/player.h"
#include "files.h"

#define START_NS INT64_C(5000000000) /* of the monotonic clock */
#define WALL_NS  INT64_C(1900000000000000000)
#define RECORDED INT64_C(1700000000000000000)
#define SYMBOLS  8
#define MS(x)    ((x)*NS_PER_MS)

/* Takes quotes while there is room, and keeps the last of each symbol. */
struct sink {
    int64_t room;
    uint64_t count;
    struct quote last[SYMBOLS], latest;
    uint64_t trades;
};

static bool take(void *context, const struct quote *quote)
{
    struct sink *sink = context;
    if (sink->room == 0)
        return false;
    sink->room--;
    sink->count++;
    size_t i = 0;
    while (sink->last[i].symbol[0] != '\0' && strcmp(sink->last[i].symbol, quote->symbol) != 0)
        i++;
    assert_true(i < SYMBOLS);
    assert_int_equal(quote->seq, sink->last[i].seq + 1);
    assert_string_equal(quote->source, "test-1");
    sink->trades += quote->last != DECIMAL_NONE;
    sink->last[i] = sink->latest = *quote;
    return true;
}

static struct player *create(const char *text, struct sink *sink)
{
    struct instruments instruments;
    struct feed_spec spec;
    struct error error = {0};
    assert_int_equal(instruments_init_builtin(&instruments, NULL), 0);
    assert_int_equal(feed_spec_parse(&spec, text, NULL), 0);
    struct player_options options = {.spec = &spec,
                                     .instruments = &instruments,
                                     .source = "test-1",
                                     .start_wall_ns = WALL_NS,
                                     .send = take,
                                     .context = sink};
    struct player *player = player_create(&options, &error);
    instruments_free(&instruments);
    if (player == NULL)
        fail_msg("%s", error.text);
    return player;
}

static int64_t step(struct player *player, int64_t passed_ns)
{
    return player_step(player, (struct player_time){START_NS + passed_ns, WALL_NS + passed_ns});
}

/* Steps as a thread would, on time, until `until_ns` has passed or the feed is finished; returns when it ended. */
static int64_t run(struct player *player, int64_t now_ns, int64_t until_ns)
{
    for (;;) {
        int64_t next_ns = step(player, now_ns);
        if (next_ns == INT64_MAX || next_ns - START_NS > until_ns)
            return now_ns;
        assert_true(next_ns - START_NS >= now_ns);
        now_ns = next_ns - START_NS;
    }
}

static int setup(void **state)
{
    (void)state;
    files_setup();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    files_teardown();
    return 0;
}

/* Writes a recording in which each line is a book at `times_ms` after RECORDED and the bid counts the lines; returns
 * the spec that plays it. The symbols take turns. */
static void write_books(char spec[PATH_SIZE + 64], const int64_t *times_ms, size_t count, int symbols,
                        const char *options)
{
    char *text = malloc(count * 120 + 1), path[PATH_SIZE];
    assert_non_null(text);
    size_t at = 0;
    for (size_t i = 0; i < count; i++)
        at += (size_t)sprintf(text + at,
                              "%lld {\"u\":%zu,\"s\":\"S%zu\",\"b\":\"%zu\",\"B\":\"1\",\"a\":\"%zu\",\"A\":\"1\"}\n",
                              (long long)(RECORDED + MS(times_ms[i])), i + 1, i % (size_t)symbols, i + 1, i + 2);
    files_write("books", text, at, FILES_PLAIN);
    free(text);
    files_path(path, "books");
    snprintf(spec, PATH_SIZE + 64, "recording:%s%s", path, options);
}

static void a_recording_keeps_its_pace(void **state)
{
    (void)state;
    static const int64_t times_ms[] = {0, 100, 100, 250, 1000, 61000};
    static const struct {
        const char *options;
        double speed;
    } cases[] = {{"", 1}, {",speed=2", 2}, {",speed=0.5", 0.5}, {",speed=1000", 1000}};
    for (size_t i = 0; i < 4; i++) {
        char spec[PATH_SIZE + 64];
        write_books(spec, times_ms, 6, 1, cases[i].options);
        struct sink sink = {.room = -1};
        struct player *player = create(spec, &sink);
        int64_t now_ns = 0;
        for (int line = 0; line < 6; line++) {
            int64_t due_ns = (int64_t)((double)MS(times_ms[line]) / cases[i].speed);
            if (due_ns > now_ns) {
                assert_int_equal(step(player, due_ns - 1) - START_NS, due_ns); /* not a moment too soon */
                assert_int_equal(sink.count, line);
            }
            now_ns = due_ns;
            step(player, now_ns);
            assert_true(sink.count >= (uint64_t)line + 1);
        }
        assert_int_equal(step(player, now_ns + 1), INT64_MAX);
        struct player_counts counts = player_counts(player);
        assert_true(counts.finished);
        assert_int_equal(counts.published, 6);
        assert_int_equal(counts.position_ns, RECORDED + MS(61000));
        assert_true(fabs(counts.pace / cases[i].speed - 1) < 0.001);
        assert_int_equal(counts.late, 0);
        assert_int_equal(sink.latest.timestamp_ns, RECORDED + MS(61000));
        assert_int_equal(sink.latest.received_ns, RECORDED + MS(61000));
        player_destroy(player);
    }
    player_destroy(NULL);
}

/* A second behind, a feed goes on from where it is: no burst, and the pauses of the recording stay. */
static void a_feed_does_not_catch_up(void **state)
{
    (void)state;
    static const int64_t times_ms[] = {0, 900, 10000, 20000, 20100};
    char spec[PATH_SIZE + 64];
    write_books(spec, times_ms, 5, 1, "");
    struct sink sink = {.room = -1};
    struct player *player = create(spec, &sink);
    step(player, 0);
    assert_int_equal(step(player, MS(1800)) - START_NS, MS(10000)); /* 0.9 s late: caught up */
    assert_int_equal(player_counts(player).late, 0);
    assert_int_equal(step(player, MS(60000)) - START_NS, MS(70000)); /* stopped for 50 s */
    assert_int_equal(sink.count, 3);
    assert_int_equal(player_counts(player).late, 1);
    run(player, MS(70000), MS(100000));
    assert_int_equal(sink.count, 5);
    assert_int_equal(player_counts(player).late, 1);
    player_destroy(player);
}

/* Times that go back: the line is played at once, and the pace holds from there. */
static void times_may_go_back(void **state)
{
    (void)state;
    static const int64_t times_ms[] = {0, 5000, 1000, 1500};
    char spec[PATH_SIZE + 64];
    write_books(spec, times_ms, 4, 1, "");
    struct sink sink = {.room = -1};
    struct player *player = create(spec, &sink);
    step(player, 0);
    assert_int_equal(step(player, MS(5000)) - START_NS, MS(5500));
    assert_int_equal(sink.count, 3);
    assert_int_equal(step(player, MS(5500)), INT64_MAX);
    player_destroy(player);
}

/* Takes depth while there is room. */
struct depth_sink {
    struct sink quotes; /* first, since both callbacks have one context */
    int64_t room;
    uint64_t count;
    struct depth latest;
};

static bool take_depth(void *context, const struct depth *depth)
{
    struct depth_sink *sink = context;
    if (sink->room == 0)
        return false;
    sink->room--;
    sink->count++;
    sink->latest = *depth;
    assert_string_equal(depth->source, "test-1");
    return true;
}

static struct player *create_with_depth(const char *text, struct depth_sink *sink)
{
    struct instruments instruments;
    struct feed_spec spec;
    assert_int_equal(instruments_init_builtin(&instruments, NULL), 0);
    assert_int_equal(feed_spec_parse(&spec, text, NULL), 0);
    struct player_options options = {.spec = &spec,
                                     .instruments = &instruments,
                                     .source = "test-1",
                                     .start_wall_ns = WALL_NS,
                                     .send = take,
                                     .depths_per_second = 5,
                                     .send_depth = take_depth,
                                     .context = sink};
    struct player *player = player_create(&options, NULL);
    instruments_free(&instruments);
    assert_non_null(player);
    return player;
}

/* A book with its snapshot behind the first update, as Binance has them: what has changed by a line leaves at the time
 * of that line, at most five times a second, and the last of it after the last quote. */
static void the_depth_of_a_recording(void **state)
{
    (void)state;
#define TOP(time, id)                                                                                                  \
    "170000000" time "000000 {\"u\":" id ",\"s\":\"S\",\"b\":\"9\",\"B\":\"1\",\"a\":\"10\",\"A\":\"" id "\"}\n"
#define UPDATE(time, first, last, bids, asks)                                                                          \
    "170000000" time "000000 {\"e\":\"depthUpdate\",\"E\":170000000" time ",\"s\":\"S\",\"U\":" first ",\"u\":" last   \
    ",\"b\":[" bids "],\"a\":[" asks "]}\n"
    static const char TEXT[] = UPDATE("0000", "1", "2", "", "")
        TOP("0000", "1") "1700000000050000000 {\"lastUpdateId\":2,\"bids\":[[\"9\",\"1\"],"
                         "[\"8\",\"2\"]],\"asks\":[[\"10\",\"1\"]]}\n" TOP("0100", "2")
                             UPDATE("0110", "3", "3", "[\"8\",\"0\"]", "") TOP("0120", "3")
                                 UPDATE("0130", "4", "4", "", "[\"12\",\"7\"]") TOP("0140", "4");
    char path[PATH_SIZE], spec[PATH_SIZE + 64];
    files_write("depth", TEXT, sizeof TEXT - 1, FILES_PLAIN);
    files_path(path, "depth");
    snprintf(spec, sizeof spec, "recording:%s", path);
    struct depth_sink sink = {.quotes = {.room = -1}, .room = -1};
    struct player *player = create_with_depth(spec, &sink);
    assert_int_equal(step(player, 0) - START_NS, MS(50));
    assert_int_equal(sink.count, 0); /* no snapshot yet */
    step(player, MS(50));
    assert_int_equal(sink.count, 1);
    assert_string_equal(sink.latest.symbol, "S");
    assert_string_equal(sink.latest.exchange, "BINANCE");
    assert_int_equal(sink.latest.seq, 1);
    assert_int_equal(sink.latest.bid_count, 2);
    assert_int_equal(sink.latest.ask_count, 1);
    assert_int_equal(step(player, MS(120)) - START_NS, MS(130));
    assert_int_equal(step(player, MS(140)) - START_NS, MS(250));
    assert_true(player_counts(player).finished);
    assert_int_equal(sink.count, 1);
    sink.room = 0;
    assert_int_equal(step(player, MS(250)) - START_NS, MS(251));
    sink.room = -1;
    assert_int_equal(step(player, MS(251)), INT64_MAX);
    assert_int_equal(sink.count, 2);
    assert_int_equal(sink.latest.seq, 2);
    assert_int_equal(sink.latest.bid_count, 1);
    assert_int_equal(sink.latest.ask_count, 2);
    assert_int_equal(sink.latest.asks[1].size, 7 * QUANTITY_ONE);
    assert_int_equal(sink.latest.timestamp_ns, RECORDED + MS(130));
    assert_int_equal(player_counts(player).bad_lines, 0);
    player_destroy(player);
}

/* A recording of the stream of depth alone, merged with one of quotes by the time of their lines. */
static void recorded_depth_plays_back(void **state)
{
    (void)state;
#define STORED(ms, subject)                                                                                            \
    "{\"stream_sequence\":1,\"stored\":\"2023-11-14T22:13:20." ms "Z\",\"subject\":\"" subject                         \
    ".x.A\",\"symbol\":\"A\","                                                                                         \
    "\"exchange\":\"X\",\"timestamp\":\"2023-11-14T22:13:19Z\","
#define DEPTH(ms, bid) STORED(ms, "depth") "\"bids\":[[" bid ",2]],\"asks\":[],\"seq\":7,\"source\":\"old\"}\n"
#define QUOTE(ms, bid) STORED(ms, "md") "\"bid\":" bid ",\"ask\":20}\n"
    static const char DEPTHS[] =
        DEPTH("000", "10") DEPTH("300", "11") "{\"subject\":\"depth.x.A\"}\n" DEPTH("900", "12");
    static const char QUOTES[] = QUOTE("100", "10") QUOTE("600", "11");
    char depths[PATH_SIZE], quotes[PATH_SIZE], spec[2 * PATH_SIZE + 64];
    files_write("depths", DEPTHS, sizeof DEPTHS - 1, FILES_GZIP);
    files_write("quotes", QUOTES, sizeof QUOTES - 1, FILES_PLAIN);
    files_path(depths, "depths");
    files_path(quotes, "quotes");
    snprintf(spec, sizeof spec, "recording:%s;%s", depths, quotes);
    struct depth_sink sink = {.quotes = {.room = -1}, .room = -1};
    struct player *player = create_with_depth(spec, &sink);
    static const struct {
        int64_t at_ms, depths, quotes;
    } STEPS[] = {{0, 1, 0}, {100, 1, 1}, {300, 2, 1}, {600, 2, 2}, {900, 3, 2}};
    for (size_t i = 0; i < sizeof STEPS / sizeof *STEPS; i++) {
        int64_t due_ns = step(player, MS(STEPS[i].at_ms));
        assert_int_equal(sink.count, STEPS[i].depths);
        assert_int_equal(sink.quotes.count, STEPS[i].quotes);
        if (i + 1 < sizeof STEPS / sizeof *STEPS)
            assert_int_equal(due_ns - START_NS, MS(STEPS[i + 1].at_ms));
        assert_int_equal(sink.latest.bids[0].price, (10 + sink.count - 1) * PRICE_ONE);
    }
    assert_int_equal(sink.latest.seq, 3);
    assert_string_equal(sink.latest.symbol, "A");
    assert_int_equal(player_counts(player).bad_lines, 1);
    assert_true(player_counts(player).finished);
    player_destroy(player);
}

/* Seven instruments, five times a second. */
static void the_depth_of_the_simulator(void **state)
{
    (void)state;
    struct depth_sink sink = {.quotes = {.room = -1}, .room = -1};
    struct player *player = create_with_depth("sim:rate=100", &sink);
    run(player, 0, MS(10000));
    assert_true(sink.count > 300 && sink.count <= 7 * 51);
    assert_int_equal(sink.latest.bid_count, DEPTH_LEVELS);
    assert_true(sink.latest.timestamp_ns > WALL_NS + MS(9000) && sink.latest.timestamp_ns <= WALL_NS + MS(10000));
    player_destroy(player);
}

/* No room: the latest of each waits, the rest is counted; room again: it leaves, at once and numbered without holes. */
static void without_room_quotes_are_conflated(void **state)
{
    (void)state;
    int64_t times_ms[100];
    for (int i = 0; i < 100; i++)
        times_ms[i] = i * 10;
    char spec[PATH_SIZE + 64];
    write_books(spec, times_ms, 100, 4, "");
    struct sink sink = {.room = 10};
    struct player *player = create(spec, &sink);
    run(player, 0, MS(500));
    assert_int_equal(sink.count, 10);
    struct player_counts counts = player_counts(player);
    assert_int_equal(counts.published, 10);
    assert_int_equal(counts.conflated, 51 - 10 - 4);
    assert_false(counts.finished);
    sink.room = -1;
    step(player, MS(501));
    assert_int_equal(sink.count, 14);
    for (int i = 0; i < 4; i++)
        assert_true(sink.last[i].bid > 47 * PRICE_ONE);
    run(player, MS(502), MS(2000));
    counts = player_counts(player);
    assert_true(counts.finished);
    assert_int_equal(counts.published + counts.conflated, 100);
    for (int i = 0; i < 4; i++)
        assert_int_equal(sink.last[i].bid, (97 + i) * PRICE_ONE);
    player_destroy(player);
}

/* At full speed nothing is conflated: a step waits a moment for room, however little there is of it. */
static void at_full_speed_it_waits_for_room(void **state)
{
    (void)state;
    int64_t times_ms[1000];
    for (int i = 0; i < 1000; i++)
        times_ms[i] = i * 1000;
    char spec[PATH_SIZE + 64];
    write_books(spec, times_ms, 1000, 3, ",speed=max");
    struct sink sink = {.room = 0};
    struct player *player = create(spec, &sink);
    int64_t now_ns = 0;
    for (int steps = 0; !player_counts(player).finished; steps++) {
        assert_true(steps < 1000);
        sink.room = steps % 7;
        int64_t next_ns = step(player, now_ns) - START_NS;
        bool waits = sink.count < 1000;
        assert_true(!waits || (next_ns >= now_ns && next_ns <= now_ns + MS(1)));
        now_ns = next_ns;
    }
    struct player_counts counts = player_counts(player);
    assert_int_equal(counts.published, 1000);
    assert_int_equal(counts.conflated, 0);
    assert_int_equal(sink.count, 1000);
    assert_int_equal(sink.latest.bid, 1000 * PRICE_ONE);
    player_destroy(player);
}

/* What waits at the end of a paced recording waits until it has left. */
static void the_last_quotes_are_never_lost(void **state)
{
    (void)state;
    static const int64_t times_ms[] = {0, 10, 20, 30, 40, 50};
    char spec[PATH_SIZE + 64];
    write_books(spec, times_ms, 6, 2, "");
    struct sink sink = {.room = 0};
    struct player *player = create(spec, &sink);
    assert_int_equal(run(player, 0, MS(1000)), MS(1000));
    assert_false(player_counts(player).finished);
    assert_int_equal(sink.count, 0);
    sink.room = 1;
    step(player, MS(1001));
    assert_false(player_counts(player).finished);
    sink.room = 1;
    assert_int_equal(step(player, MS(1002)), INT64_MAX);
    assert_true(player_counts(player).finished);
    assert_int_equal(sink.last[0].bid, 5 * PRICE_ONE);
    assert_int_equal(sink.last[1].bid, 6 * PRICE_ONE);
    player_destroy(player);
}

static void the_sample_becomes_quotes(void **state)
{
    (void)state;
    size_t length;
    char *sample = files_sample(&length), path[PATH_SIZE], spec[PATH_SIZE + 64];
    files_write("sample.gz", sample, length, FILES_GZIP);
    free(sample);
    files_path(path, "sample.gz");
    snprintf(spec, sizeof spec, "recording:%s,speed=max", path);
    struct sink sink = {.room = -1};
    struct player *player = create(spec, &sink);
    run(player, 0, MS(10));
    struct player_counts counts = player_counts(player);
    assert_true(counts.finished);
    assert_int_equal(counts.published, 5);
    assert_int_equal(counts.duplicates, 1);
    assert_int_equal(counts.bad_lines, 2);
    assert_int_equal(counts.ignored, 3);
    assert_int_equal(counts.held_back, 0);
    assert_int_equal(counts.broken_files, 0);
    assert_non_null(strstr(player_first_bad(player), "sample.gz:7: "));
    assert_string_equal(player_broken_file(player), "");
    assert_int_equal(sink.trades, 2);
    assert_int_equal(sink.latest.bid, 9990000000);
    assert_int_equal(sink.latest.ask, 10000000000);
    assert_int_equal(sink.latest.seq, 5);
    player_destroy(player);
}

static void a_broken_file_is_counted(void **state)
{
    (void)state;
    size_t length;
    char *sample = files_sample(&length), path[PATH_SIZE], spec[PATH_SIZE + 64], bytes[8192];
    files_write("sample.gz", sample, length, FILES_GZIP);
    free(sample);
    files_path(path, "sample.gz");
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    file = fopen(path, "wb");
    assert_non_null(file);
    fwrite(bytes, 1, length - 8, file); /* without its check sum */
    fclose(file);
    snprintf(spec, sizeof spec, "recording:%s,speed=max", path);
    struct sink sink = {.room = -1};
    struct player *player = create(spec, &sink);
    run(player, 0, MS(10));
    struct player_counts counts = player_counts(player);
    assert_true(counts.finished);
    assert_int_equal(counts.broken_files, 1);
    assert_int_equal(counts.published, 5);
    assert_non_null(strstr(player_broken_file(player), "cut off"));
    player_destroy(player);
}

static void the_simulator_plays_in_real_time(void **state)
{
    (void)state;
    struct sink sink = {.room = -1};
    struct player *player = create("sim:rate=20,seed=3", &sink);
    step(player, 0);
    assert_int_equal(sink.count, 7); /* a full picture in the first moment */
    assert_int_equal(sink.latest.timestamp_ns, WALL_NS);
    int64_t now_ns = run(player, 1, 60 * NS_PER_SECOND);
    struct player_counts counts = player_counts(player);
    assert_int_equal(counts.published, sink.count);
    assert_in_range(counts.published, 7 * 1000, 7 * 1400);
    assert_int_equal(sink.latest.timestamp_ns, WALL_NS + now_ns);
    assert_int_equal(sink.latest.received_ns, WALL_NS + now_ns);
    assert_true(sink.trades > 0);
    assert_true(fabs(counts.pace - 1) < 0.01);
    assert_int_equal(counts.duplicates + counts.held_back + counts.conflated + counts.late, 0);
    assert_false(counts.finished);

    /* A machine that slept for an hour: no hour of quotes at once. */
    uint64_t before = sink.count;
    step(player, 3660 * NS_PER_SECOND);
    assert_true(sink.count - before < 300);
    assert_int_equal(player_counts(player).late, 1);
    player_destroy(player);
}

/* The wall clock jumps; the pace does not notice, and timestamps follow it. */
static void the_wall_clock_may_jump(void **state)
{
    (void)state;
    struct sink sink = {.room = -1};
    struct player *player = create("sim", &sink);
    step(player, 0);
    int64_t next_ns = player_step(player, (struct player_time){START_NS + MS(500), WALL_NS - NS_PER_DAY});
    assert_true(next_ns > START_NS && next_ns < START_NS + MS(2000));
    assert_int_equal(sink.latest.timestamp_ns, WALL_NS - NS_PER_DAY);
    player_destroy(player);
}

static void needs_what_it_plays(void **state)
{
    (void)state;
    struct instruments instruments = {0};
    struct player_options options = {.instruments = &instruments, .source = "x", .send = take};
    static const char *const texts[] = {"sim", "recording:/does/not/exist", "recording:/tmp"};
    for (size_t i = 0; i < 3; i++) {
        struct feed_spec spec;
        struct error error = {0};
        assert_int_equal(feed_spec_parse(&spec, texts[i], NULL), 0);
        options.spec = &spec;
        assert_null(player_create(&options, &error));
        assert_int_equal(error.kind, ERROR_USAGE);
        assert_true(strlen(error.text) > 0);
    }
}

static void the_last_prices_are_those_of_the_file(void **state)
{
    (void)state;
    char btc[PATH_SIZE], eth[PATH_SIZE], spec[2 * PATH_SIZE + 64];
    if (!files_shared(btc, "hftbacktest_binance_spot_btcusdt_20240808.gz") ||
        !files_shared(eth, "hftbacktest_binance_spot_ethusdt_20240808.gz"))
        skip();
    snprintf(spec, sizeof spec, "recording:%s;%s,speed=max", btc, eth);
    struct sink sink = {.room = -1};
    struct player *player = create(spec, &sink);
    run(player, 0, NS_PER_SECOND);
    struct player_counts counts = player_counts(player);
    assert_true(counts.finished);
    assert_int_equal(counts.bad_lines + counts.duplicates + counts.conflated, 0);
    assert_int_equal(counts.published + counts.held_back, 28040 + 9757 + 24077 + 6106);
    assert_true(counts.held_back < 10);
    for (int i = 0; i < 2; i++) {
        bool is_btc = strcmp(sink.last[i].symbol, "BTCUSDT") == 0;
        char command[PATH_SIZE + 128], bid[64], ask[64];
        snprintf(command, sizeof command,
                 "zcat '%s' | grep '@bookTicker' | tail -1 | sed 's/.*\"b\":\"\\([^\"]*\\)\".*\"a\":\"\\([^\"]*\\)\".*"
                 "/\\1 \\2/'",
                 is_btc ? btc : eth);
        FILE *pipe = popen(command, "r");
        assert_non_null(pipe);
        assert_int_equal(fscanf(pipe, "%63s %63s", bid, ask), 2);
        pclose(pipe);
        int64_t price;
        assert_true(decimal_parse(bid, strlen(bid), PRICE_DECIMALS, &price));
        assert_int_equal(sink.last[i].bid, price);
        assert_true(decimal_parse(ask, strlen(ask), PRICE_DECIMALS, &price));
        assert_int_equal(sink.last[i].ask, price);
    }
    player_destroy(player);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_recording_keeps_its_pace, setup, teardown),
        cmocka_unit_test_setup_teardown(a_feed_does_not_catch_up, setup, teardown),
        cmocka_unit_test_setup_teardown(times_may_go_back, setup, teardown),
        cmocka_unit_test_setup_teardown(without_room_quotes_are_conflated, setup, teardown),
        cmocka_unit_test_setup_teardown(at_full_speed_it_waits_for_room, setup, teardown),
        cmocka_unit_test_setup_teardown(the_last_quotes_are_never_lost, setup, teardown),
        cmocka_unit_test_setup_teardown(the_sample_becomes_quotes, setup, teardown),
        cmocka_unit_test_setup_teardown(a_broken_file_is_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(the_depth_of_a_recording, setup, teardown),
        cmocka_unit_test_setup_teardown(recorded_depth_plays_back, setup, teardown),
        cmocka_unit_test(the_depth_of_the_simulator),
        cmocka_unit_test(the_simulator_plays_in_real_time),
        cmocka_unit_test(the_wall_clock_may_jump),
        cmocka_unit_test(needs_what_it_plays),
        cmocka_unit_test(the_last_prices_are_those_of_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
