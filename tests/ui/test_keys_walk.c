/* Every key of the table, pressed in every place where it works. The walk starts on the deck and goes wherever a key
 * leads, so it finds new screens, dialogues and keys by itself; it only knows what the table says.
 *
 * In each place each key has to do something that can be seen: another frame, a request, the end. A key that moves a
 * cursor does nothing at its end of the list, so each key is tried again after each other key of its place, and on a
 * smaller screen, before it is said to do nothing. The commands have to do exactly what their keys do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ncurses.h>

#include "core/text.h"
#include "core/timestamp.h"
#include "ui/frame.h"
#include "ui/keys.h"
#include "ui/look.h"
#include "ui/scene.h"
#include "ui/ui.h"
#include "ui/view.h"

enum { PATH_MAX_KEYS = 48, PLACES_MAX = 32, CELLS_MAX = 24 * 80 };

/* 2026-11-23 14:30:05. Both clocks stand still, so that a frame changes by keys alone. */
static const int64_t wall_ns = (INT64_C(1795392000) + 14 * 3600 + 30 * 60 + 5) * 1000000000;
static const int64_t monotonic_ns = 1000 * NS_PER_SECOND;

/* What is typed where text is taken. */
static const char *const words[] = {"HALT", "RESUME", "CANCEL", "2h", "ord"};

/* The ways to places behind a word that the walk does not guess. */
static const char *const ways[] = {":ladder\nnAARM\n"};
enum { WAYS = sizeof ways / sizeof ways[0] };

/* ---- a screen without a terminal ------------------------------------------------------------------------------- */

/* Curses draws into memory; nothing of it is ever sent anywhere. */
static struct look *colours;
static struct instruments instruments;

/* What the scene has folded. A request changes it; until then every screen is shown on the same. */
struct market_day {
    struct model *model;
    struct scene scene;
    bool is_changed;
};

static struct market_day day;

struct deck {
    struct ui ui;
    int published;
    struct event request; /* the last one */
    uint64_t cookie;
    bool waiting;
    unsigned ids;
};

static struct deck *the_deck; /* for unique_id, which has no context */

static void fold(void *context, const struct event *event, int64_t age_ns)
{
    (void)context;
    model_fold(day.model, event, age_ns, wall_ns, monotonic_ns);
}

static bool publish(void *context, const struct event *event, uint64_t cookie)
{
    struct deck *deck = context;
    day.is_changed = true;
    deck->published++;
    deck->request = *event;
    deck->cookie = cookie;
    deck->waiting = true;
    return true;
}

static void unique_id(char id[27])
{
    snprintf(id, 27, "request-%u", ++the_deck->ids);
}

/* What the services would answer. */
static void answer(struct deck *deck)
{
    deck->waiting = false;
    model_request_answered(deck->ui.model, deck->cookie, REQUEST_STATE_STORED, "", monotonic_ns);
    day.scene.wall_ns += NS_PER_MS;
    if (deck->request.kind == EVENT_ORDER_NEW)
        scene_answer(&day.scene, &deck->request.request);
    else
        scene_send(&day.scene, &deck->request, 0);
}

static void start_day(void)
{
    struct connection_status connection = scene_connected(monotonic_ns);
    struct server_metrics metrics = scene_metrics();
    struct lease_board leases = scene_leases();
    struct event event = event_empty(EVENT_CANCEL_REJECTED);
    day.is_changed = false;
    day.model = model_create(&instruments, "SIM-1", 600 * NS_PER_SECOND);
    scene_init(&day.scene, &instruments, (struct scene_sink){NULL, fold}, wall_ns);
    scene_past(&day.scene, 20);
    scene_open(&day.scene);
    scene_business(&day.scene);
    scene_flood(&day.scene, 40);
    /* One order has more events than a screen shows. */
    text_copy(event.answer.order_id, sizeof event.answer.order_id, "order-tsla-1");
    for (int i = 0; i < 24; i++) {
        snprintf(event.answer.request_id, sizeof event.answer.request_id, "request-of-another-%d", i);
        scene_send(&day.scene, &event, 0);
    }
    model_set_connection(day.model, &connection, wall_ns);
    model_set_metrics(day.model, &metrics);
    model_set_leases(day.model, &leases);
    model_log(day.model, 1, "2026-11-23T14:30:05.125Z warning bus: the server is slow: 2 s");
    model_log(day.model, 2, "2026-11-23T14:30:05.250Z error checks: the second line");
}

static void start(struct deck *deck, bool readonly, int rows, int cols)
{
    if (day.is_changed || day.model == NULL) {
        model_destroy(day.model);
        start_day();
    }
    *deck = (struct deck){0};
    the_deck = deck;
    struct ui *ui = &deck->ui;
    ui->instruments = &instruments;
    ui->actions = (struct screen_actions){.context = deck, .publish = publish, .unique_id = unique_id};
    ui->readonly = readonly;
    text_copy(ui->account, sizeof ui->account, "SIM-1");
    text_copy(ui->user, sizeof ui->user, "anna");
    text_copy(ui->banner, sizeof ui->banner, "PAPER");
    ui->model = day.model;
    ui->wall_ns = wall_ns;
    ui->monotonic_ns = ui->market_ns = ui->key_ns = monotonic_ns;
    ui->arm_idle_ns = NS_PER_SECOND;
    ui->look = colours;
    ui->canvas = (struct canvas){.palette = look_palette(colours), .rows = rows, .cols = cols};
    frame_draw(ui);
}

static void stop(struct deck *deck)
{
    deck->ui.model = NULL; /* the day's */
    ui_free(&deck->ui);
}

static void press(struct deck *deck, int key)
{
    keys_dispatch(&deck->ui, keys_where(&deck->ui), key);
    if (deck->waiting)
        answer(deck);
    frame_draw(&deck->ui);
}

/* What can be seen of it. */
struct sight {
    chtype cells[CELLS_MAX];
    unsigned where;
    int published;
    bool leave, redraw;
};

static void look(struct deck *deck, struct sight *sight)
{
    const struct canvas *canvas = &deck->ui.canvas;
    memset(sight, 0, sizeof *sight);
    for (int row = 0; row < canvas->rows; row++) {
        for (int col = 0; col < canvas->cols; col++) {
            cchar_t cell;
            wchar_t text[CCHARW_MAX + 1];
            attr_t attributes;
            short pair;
            int extended = 0;
            mvwin_wch(stdscr, row, col, &cell);
            getcchar(&cell, text, &attributes, &pair, &extended);
            sight->cells[row * canvas->cols + col] = (chtype)text[0] + (chtype)attributes * 31 + (chtype)extended * 101;
        }
    }
    sight->where = keys_where(&deck->ui);
    sight->published = deck->published;
    sight->leave = deck->ui.leave;
    sight->redraw = deck->ui.redraw;
}

/* ---- the walk -------------------------------------------------------------------------------------------------- */

struct path {
    int keys[PATH_MAX_KEYS];
    int count;
};

struct place {
    unsigned where;
    struct path path;
};

/* One walk. */
struct walk {
    bool readonly, hasty;            /* each key is tried once, and may do nothing */
    struct place places[PLACES_MAX]; /* that were found; in this order they are looked at */
    int count;
    const struct key_binding *table;
    size_t bindings;
    unsigned worked[256]; /* by binding: where one of its keys did something */
    int published;
};

/* A screen whose keys are not changed, to ask the table. */
static const struct ui built_in;

static void append(struct path *path, int key)
{
    assert_true(path->count < PATH_MAX_KEYS);
    path->keys[path->count++] = key;
}

static void append_text(struct path *path, const char *text)
{
    for (; *text != '\0'; text++)
        append(path, *text);
}

static void go(const struct walk *walk, struct deck *deck, const struct path *path, int rows, int cols)
{
    start(deck, walk->readonly, rows, cols);
    for (int i = 0; i < path->count; i++)
        press(deck, path->keys[i]);
}

/* The keys that stand for one key of the table. */
static int keys_for(int key, int keys[16])
{
    static const char text[] = "1aH";
    const char *characters = key == KEYS_TEXT || key == KEYS_NUMBER ? text : key == KEYS_DIGIT ? VIEW_KEYS : NULL;
    int count = 0;
    if (characters == NULL)
        keys[count++] = key == KEYS_ANY ? KEYS_DOWN : key;
    for (; characters != NULL && *characters != '\0'; characters++)
        keys[count++] = *characters;
    return count;
}

static const struct path *path_to(const struct walk *walk, unsigned where)
{
    for (int i = 0; i < walk->count; i++) {
        if (walk->places[i].where == where)
            return &walk->places[i].path;
    }
    fail_msg("no key leads to place %#x", where);
    return NULL;
}

static void find_place(struct walk *walk, struct deck *deck, const struct path *path)
{
    unsigned where = keys_where(&deck->ui);
    if (deck->ui.leave)
        return;
    for (int i = 0; i < walk->count; i++) {
        if (walk->places[i].where == where)
            return;
    }
    assert_true(walk->count < PLACES_MAX);
    walk->places[walk->count++] = (struct place){.where = where, .path = *path};
}

/* Presses a key behind a path; true when the path ends in that place and the key can be seen to act. */
static bool does_something(struct walk *walk, unsigned where, const struct path *path, int key, int rows, int cols)
{
    static struct deck deck;
    static struct sight before, after;
    struct path longer = *path;
    go(walk, &deck, path, rows, cols);
    look(&deck, &before);
    press(&deck, key);
    look(&deck, &after);
    append(&longer, key);
    if (before.where == where)
        find_place(walk, &deck, &longer);
    walk->published += deck.published;
    stop(&deck);
    return before.where == where && memcmp(&before, &after, sizeof before) != 0;
}

/* Calls does_something with what can be done in the place before it: nothing, another key, a word. */
static bool does_something_somehow(struct walk *walk, const struct place *place, int key, int rows, int cols)
{
    if (does_something(walk, place->where, &place->path, key, rows, cols))
        return true;
    if (walk->hasty)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct path path = place->path;
        append_text(&path, words[i]);
        if (keys_find(&built_in, place->where, 'a') != NULL &&
            keys_find(&built_in, place->where, 'a')->keys[0] == KEYS_TEXT &&
            does_something(walk, place->where, &path, key, rows, cols))
            return true;
    }
    for (size_t i = 0; i < walk->bindings; i++) {
        bool works = (walk->table[i].where & place->where) != 0;
        for (int k = 0; works && k < KEYS_PER_BINDING && walk->table[i].keys[k] != 0; k++) {
            struct path path = place->path;
            int keys[16];
            keys_for(walk->table[i].keys[k], keys);
            append(&path, keys[0]);
            if (keys[0] != key && does_something(walk, place->where, &path, key, rows, cols))
                return true;
        }
    }
    return false;
}

static void print_place(const struct walk *walk, const struct place *place)
{
    static struct deck deck;
    go(walk, &deck, &place->path, 24, 80);
    for (int row = 0; row < 24; row++) {
        wchar_t line[81];
        mvwinnwstr(stdscr, row, 0, line, 80);
        print_message("|%ls|\n", line);
    }
    stop(&deck);
}

static void try_key(struct walk *walk, const struct place *place, const struct key_binding *binding, int table_key)
{
    int keys[16], count = keys_for(table_key, keys);
    bool any = false, mine = false;
    for (int i = 0; i < count && !any; i++) {
        if (keys_find(&built_in, place->where, keys[i]) != binding)
            continue;
        mine = true;
        any = does_something_somehow(walk, place, keys[i], 24, 80) ||
              does_something_somehow(walk, place, keys[i], 12, 40);
    }
    if (mine && !any && !walk->hasty) {
        print_place(walk, place);
        fail_msg("%s (%s) does nothing in place %#x", binding->label, binding->help, place->where);
    }
    /* What a key that trades asks back depends on the row: the second one is tried too. */
    struct path second = place->path;
    append(&second, KEYS_DOWN);
    if (mine && binding->trading)
        does_something(walk, place->where, &second, binding->keys[0], 24, 80);
    if (any)
        walk->worked[binding - walk->table] |= place->where;
}

static void go_a_way(struct walk *walk, const char *way)
{
    static struct deck deck;
    struct path path = {0};
    append_text(&path, way);
    go(walk, &deck, &path, 24, 80);
    find_place(walk, &deck, &path);
    stop(&deck);
}

static void walk_all(struct walk *walk)
{
    static struct deck deck;
    walk->table = keys_table(&walk->bindings);
    assert_true(walk->bindings <= sizeof walk->worked / sizeof walk->worked[0]);
    start(&deck, walk->readonly, 24, 80);
    find_place(walk, &deck, &(struct path){0});
    stop(&deck);
    for (int i = 0, way = 0; i < walk->count || way < WAYS; i++) {
        while (i == walk->count && way < WAYS)
            go_a_way(walk, ways[way++]);
        if (i == walk->count)
            break;
        struct place place = walk->places[i];
        for (size_t j = 0; j < walk->bindings; j++) {
            const struct key_binding *binding = &walk->table[j];
            for (int k = 0; k < KEYS_PER_BINDING && binding->keys[k] != 0; k++) {
                if ((binding->where & place.where) != 0)
                    try_key(walk, &place, binding, binding->keys[k]);
            }
        }
    }
}

/* ---- tests ----------------------------------------------------------------------------------------------------- */

static struct walk walked; /* by test_every_key, for those behind it */

static void test_every_key(void **state)
{
    (void)state;
    walk_all(&walked);
    for (size_t i = 0; i < walked.bindings; i++) {
        if (walked.worked[i] != walked.table[i].where)
            fail_msg("%s (%s) was only pressed in %#x of %#x", walked.table[i].label, walked.table[i].help,
                     walked.worked[i], walked.table[i].where);
    }
}

/* What the help says, for keys where that is more than another look of the same screen: where one comes to, what goes
 * out, or the end. `first` is typed before. */
static void test_what_the_help_says(void **state)
{
    static const struct {
        unsigned where;
        const char *first;
        int key;
        unsigned leads;
        enum event_kind asks; /* EVENT_KINDS: for nothing */
        bool leaves;
    } rows[] = {
        {WHERE_WATCH, "", 'b', WHERE_TICKET, EVENT_KINDS, false},
        {WHERE_WATCH, "", KEYS_TAB, WHERE_POSITIONS, EVENT_KINDS, false},
        {WHERE_WATCH, "", 'v', WHERE_SERVER, EVENT_KINDS, false},
        {WHERE_WATCH, "", '/', WHERE_FILTER, EVENT_KINDS, false},
        {WHERE_WATCH, "", ':', WHERE_COMMAND, EVENT_KINDS, false},
        {WHERE_WATCH, "", '?', WHERE_HELP, EVENT_KINDS, false},
        {WHERE_WATCH, "", 'q', WHERE_DECK, EVENT_KINDS, true},
        {WHERE_POSITIONS, "", 's', WHERE_TICKET, EVENT_KINDS, false},
        {WHERE_ORDERS, "", 'c', WHERE_CANCEL, EVENT_KINDS, false},
        {WHERE_ALERTS, "", 'a', WHERE_ALERTS, EVENT_ALERT_ACK, false},
        {WHERE_SERVER, "", 'H', WHERE_TYPED, EVENT_KINDS, false},
        {WHERE_VIEW_MARKET, "", 'b', WHERE_TICKET, EVENT_KINDS, false},
        {WHERE_VIEW_LADDER, "", 'b', WHERE_TICKET, EVENT_KINDS, false},
        {WHERE_VIEW_LADDER, "", KEYS_ENTER, WHERE_TICKET, EVENT_KINDS, false},
        {WHERE_WATCH, ":ladder\njjjjjj", 'c', WHERE_CANCEL, EVENT_KINDS, false},
        {WHERE_WATCH, ":ladder\nAARM\njjjjjjmk", 'm', WHERE_LADDER_ARMED, EVENT_ORDER_REPLACE, false},
        {WHERE_VIEW_LADDER, "A", KEYS_ESCAPE, WHERE_VIEW_LADDER, EVENT_KINDS, false},
        {WHERE_VIEW_LADDER, "t70", KEYS_ENTER, WHERE_VIEW_LADDER, EVENT_KINDS, false},
        {WHERE_LADDER_ARMED, "", 'b', WHERE_LADDER_ARMED, EVENT_ORDER_NEW, false},
        {WHERE_LADDER_ARMED, "", 's', WHERE_LADDER_ARMED, EVENT_ORDER_NEW, false},
        {WHERE_LADDER_ARMED, "", 'n', WHERE_VIEW_LADDER, EVENT_KINDS, false},
        {WHERE_LADDER_ARMED, "", KEYS_ESCAPE, WHERE_VIEW_LADDER, EVENT_KINDS, false},
        {WHERE_VIEW_ORDERS, "", KEYS_ENTER, WHERE_VIEW_ORDER, EVENT_KINDS, false},
        {WHERE_VIEW_ORDERS, "", 'C', WHERE_TYPED, EVENT_KINDS, false},
        {WHERE_VIEW_ORDER, "", 'e', WHERE_TICKET, EVENT_KINDS, false},
        {WHERE_VIEW_ORDER, "", KEYS_ESCAPE, WHERE_VIEW_ORDERS, EVENT_KINDS, false},
        {WHERE_VIEW_POSITIONS, "j", 'x', WHERE_TICKET, EVENT_KINDS, false},
        {WHERE_VIEW_POSITIONS, "j", 'X', WHERE_TICKET, EVENT_KINDS, false},
        {WHERE_VIEW_ALERTS, "", 'a', WHERE_VIEW_ALERTS, EVENT_ALERT_ACK, false},
        {WHERE_VIEW_ALERTS, "", 's', WHERE_LINE, EVENT_KINDS, false},
        {WHERE_VIEW_ALERTS, "", 'c', WHERE_LINE, EVENT_KINDS, false},
        {WHERE_VIEW_TAPE, "", KEYS_ENTER, WHERE_VIEW_EVENT, EVENT_KINDS, false},
        {WHERE_VIEW_EVENT, "", KEYS_ESCAPE, WHERE_VIEW_TAPE, EVENT_KINDS, false},
        {WHERE_VIEW_LOG, "", KEYS_ESCAPE, WHERE_DECK, EVENT_KINDS, false},
        {WHERE_TICKET, "", KEYS_ENTER, WHERE_TICKET_CONFIRM, EVENT_KINDS, false},
        {WHERE_TICKET, "", 'q', WHERE_QUIT, EVENT_KINDS, false},
        {WHERE_TICKET_CONFIRM, "", KEYS_ENTER, WHERE_TICKET_SENT, EVENT_ORDER_NEW, false},
        {WHERE_TICKET_CONFIRM, "", KEYS_ESCAPE, WHERE_TICKET, EVENT_KINDS, false},
        {WHERE_TICKET_SENT, "", 'H', WHERE_TYPED, EVENT_KINDS, false},
        {WHERE_TYPED, "HALT", KEYS_ENTER, WHERE_SCREENS, EVENT_TRADING_STATE, false},
        {WHERE_TYPED, "HAL", KEYS_ENTER, WHERE_TYPED, EVENT_KINDS, false},
        {WHERE_CANCEL, "", 'c', WHERE_SCREENS, EVENT_ORDER_CANCEL, false},
        {WHERE_CANCEL, "", KEYS_ESCAPE, WHERE_SCREENS, EVENT_KINDS, false},
        {WHERE_VIEW_ALERTS, "s2h", KEYS_ENTER, WHERE_SCREENS, EVENT_ALERT_ACK, false},
        {WHERE_QUIT, "", 'q', WHERE_QUIT, EVENT_KINDS, true},
        {WHERE_QUIT, "", KEYS_ESCAPE, WHERE_TICKET, EVENT_KINDS, false},
    };
    static struct deck deck;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct path path = *path_to(&walked, rows[i].where);
        append_text(&path, rows[i].first);
        go(&walked, &deck, &path, 24, 80);
        int published = deck.published;
        press(&deck, rows[i].key);
        bool asks = deck.published > published;
        if ((keys_where(&deck.ui) & rows[i].leads) == 0 || deck.ui.leave != rows[i].leaves ||
            asks != (rows[i].asks != EVENT_KINDS) || (asks && deck.request.kind != rows[i].asks))
            fail_msg("key %#x behind \"%s\" in place %#x leads to %#x and asks for %d", rows[i].key, rows[i].first,
                     rows[i].where, keys_where(&deck.ui), asks ? (int)deck.request.kind : -1);
        stop(&deck);
    }
}

/* Without the right to trade no key asks for anything, and no dialogue opens that could. */
static void test_readonly(void **state)
{
    static struct walk walk = {.readonly = true, .hasty = true};
    (void)state;
    walk_all(&walk);
    assert_true(walk.count > VIEW_COUNT);
    assert_int_equal(walk.published, 0);
    for (int i = 0; i < walk.count; i++) {
        for (size_t j = 0; j < walk.bindings && (walk.places[i].where & WHERE_SCREENS) == 0; j++)
            assert_false(walk.table[j].trading && (walk.table[j].where & walk.places[i].where) != 0);
    }
}

/* The command of a key leaves the same screen, the same requests and the same end behind. */
static void test_commands_do_what_keys_do(void **state)
{
    static struct deck deck;
    static struct sight by_key, by_name;
    (void)state;
    for (int i = 0; i < walked.count; i++) {
        const struct place *place = &walked.places[i];
        for (size_t j = 0; j < walked.bindings && (place->where & WHERE_SCREENS) != 0; j++) {
            const struct key_binding *binding = &walked.table[j];
            struct path typed = place->path, pressed = place->path;
            if ((binding->where & place->where) == 0 || binding->command == NULL)
                continue;
            append(&pressed, binding->keys[0]);
            append(&typed, ':');
            append_text(&typed, binding->command);
            append(&typed, KEYS_ENTER);
            go(&walked, &deck, &pressed, 24, 80);
            look(&deck, &by_key);
            stop(&deck);
            go(&walked, &deck, &typed, 24, 80);
            look(&deck, &by_name);
            stop(&deck);
            if (memcmp(&by_key, &by_name, sizeof by_key) != 0)
                fail_msg(":%s does not do what %s does in place %#x", binding->command, binding->label, place->where);
        }
    }
}

/* A dialogue takes keys and no commands: what is typed there is its answer. On a screen only these have no command. */
static void test_every_key_has_a_command(void **state)
{
    static const struct {
        int key;
        const char *reason;
    } exceptions[] = {
        {':', "it opens the command line itself"},
        {KEYS_DIGIT, "the screens are commands by their own names"},
    };
    (void)state;
    for (size_t i = 0; i < walked.bindings; i++) {
        const struct key_binding *binding = &walked.table[i];
        bool has = binding->command != NULL || (binding->where & WHERE_SCREENS) == 0;
        for (size_t j = 0; j < sizeof exceptions / sizeof exceptions[0]; j++)
            has = has || binding->keys[0] == exceptions[j].key;
        if (!has)
            fail_msg("%s (%s) has no command", binding->label, binding->help);
    }
}

int main(void)
{
    struct error error;
    setlocale(LC_CTYPE, "C.UTF-8");
    setenv("LINES", "24", 1);
    setenv("COLUMNS", "80", 1);
    FILE *nowhere = fopen("/dev/null", "r+");
    SCREEN *screen = nowhere == NULL ? NULL : newterm("xterm-256color", nowhere, nowhere);
    if (screen == NULL || instruments_init_builtin(&instruments, &error) != 0)
        return 1;
    char warning[THEME_WARNING_SIZE];
    colours = look_create("", NULL, warning);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_key),
        cmocka_unit_test(test_what_the_help_says),
        cmocka_unit_test(test_readonly),
        cmocka_unit_test(test_commands_do_what_keys_do),
        cmocka_unit_test(test_every_key_has_a_command),
    };
    int result = cmocka_run_group_tests(tests, NULL, NULL);
    model_destroy(day.model);
    look_destroy(colours);
    instruments_free(&instruments);
    delscreen(screen);
    fclose(nowhere);
    return result;
}
