/* Shows the screen on a scripted market, for looking at it: `demo_screen [--theme NAME] [--ascii] [--readonly]
 * [--banner WORD] [--rate N] [--max-kbps N] [--halted] [--away] [--empty]`. Orders of the ticket are filled after a
 * moment. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "core/unique.h"
#include "ui/scene.h"
#include "ui/screen.h"

struct demo {
    struct screen *screen;
    struct scene scene;
    struct event pending; /* the last request published */
    uint64_t cookie;
    int64_t due_ns; /* when it is answered; 0: nothing to answer */
};

static void fold(void *context, const struct event *event, int64_t age_ns)
{
    struct demo *demo = context;
    screen_fold(demo->screen, event, age_ns, clock_monotonic_ns());
}

static bool publish(void *context, const struct event *event, uint64_t cookie)
{
    struct demo *demo = context;
    demo->pending = *event;
    demo->cookie = cookie;
    demo->due_ns = clock_monotonic_ns() + 400 * NS_PER_MS;
    return true;
}

/* MSFT orders are never answered, so that UNKNOWN can be seen. */
static void answer(struct demo *demo)
{
    demo->due_ns = 0;
    bool unknown = demo->pending.kind == EVENT_ORDER_NEW && strcmp(demo->pending.request.symbol, "MSFT") == 0;
    screen_requested(demo->screen, demo->cookie, unknown ? REQUEST_UNKNOWN : REQUEST_STORED, "", clock_monotonic_ns());
    if (unknown)
        return;
    if (demo->pending.kind == EVENT_ORDER_NEW)
        scene_answer(&demo->scene, &demo->pending.request);
    else
        scene_send(&demo->scene, &demo->pending, 0);
}

/* `rate`: quotes per second. */
static void run(struct demo *demo, int rate)
{
    struct pollfd input = {.fd = screen_fd(demo->screen), .events = POLLIN};
    int64_t start_ns = clock_monotonic_ns(), sent = 0;
    while (screen_keys(demo->screen, clock_wall_ns(), clock_monotonic_ns())) {
        int wait_ms = screen_draw(demo->screen, clock_wall_ns(), clock_monotonic_ns());
        poll(&input, 1, wait_ms > 20 ? 20 : wait_ms);
        demo->scene.wall_ns = clock_wall_ns();
        for (int64_t due = (clock_monotonic_ns() - start_ns) / 1000 * rate / 1000000; sent < due; sent++)
            scene_move(&demo->scene, 0);
        if (demo->due_ns != 0 && clock_monotonic_ns() > demo->due_ns)
            answer(demo);
    }
}

int main(int argc, char **argv)
{
    struct demo demo = {0};
    struct instruments instruments = {0};
    struct error error = {0};
    static const char *const directories[] = {"themes", NULL};
    struct screen_options options = {.account = "SIM-1",
                                     .user = "anna",
                                     .banner = "PAPER",
                                     .flash = true,
                                     .theme_directories = directories,
                                     .instruments = &instruments,
                                     .stale_after_ns = 5 * NS_PER_SECOND};
    int rate = 30;
    bool halted = false, away = false, empty = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--theme") == 0 && i + 1 < argc)
            options.theme = argv[++i];
        else if (strcmp(argv[i], "--banner") == 0 && i + 1 < argc)
            options.banner = argv[++i];
        else if (strcmp(argv[i], "--rate") == 0 && i + 1 < argc)
            rate = atoi(argv[++i]);
        else if (strcmp(argv[i], "--max-kbps") == 0 && i + 1 < argc)
            options.max_bytes_per_second = 1000 * atoi(argv[++i]);
        else if (strcmp(argv[i], "--ascii") == 0)
            options.ascii = true;
        else if (strcmp(argv[i], "--readonly") == 0)
            options.readonly = true;
        else if (strcmp(argv[i], "--halted") == 0)
            halted = true;
        else if (strcmp(argv[i], "--away") == 0)
            away = true;
        else if (strcmp(argv[i], "--empty") == 0)
            empty = true;
    }
    if (instruments_init_builtin(&instruments, &error) != 0) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    struct screen_actions actions = {.context = &demo, .publish = publish, .unique_id = unique_id};
    demo.screen = screen_create(&options, &actions, &error);
    if (demo.screen == NULL) {
        fprintf(stderr, "%s\n", error.text);
        instruments_free(&instruments);
        return (int)error.kind;
    }
    struct connection_status connection = scene_connected(clock_monotonic_ns());
    struct server_metrics metrics = scene_metrics();
    struct lease_board leases = scene_leases();
    struct process_status process = scene_process();
    scene_init(&demo.scene, &instruments, (struct scene_sink){&demo, fold}, clock_wall_ns());
    if (!empty) {
        struct depth depth = scene_depth();
        scene_past(&demo.scene, 300);
        screen_depth(demo.screen, &depth, 0, clock_monotonic_ns());
        scene_open(&demo.scene);
        scene_business(&demo.scene);
        screen_metrics(demo.screen, &metrics);
        screen_leases(demo.screen, &leases);
        screen_process(demo.screen, &process);
    }
    if (halted)
        scene_state(&demo.scene, TRADING_HALTED, "halted from the screen");
    if (away) {
        connection.state = CONNECTION_DISCONNECTED;
        text_copy(connection.problem, sizeof connection.problem, "connection refused");
    }
    screen_connection(demo.screen, &connection);
    screen_log(demo.screen, 1, "2026-11-23T14:30:05.125Z warning bus: the server is slow: 2 s");
    screen_log(demo.screen, 2, "2026-11-23T14:30:05.250Z error checks: the second line");
    run(&demo, away || empty ? 0 : rate);
    screen_destroy(demo.screen);
    instruments_free(&instruments);
    return 0;
}
