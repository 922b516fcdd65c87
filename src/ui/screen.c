/* The life of the screen: the terminal taken over and given back, keys in, frames out. The only owner of curses' state.
 */
#include "ui/screen.h"

#include <assert.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <ncurses.h>

#include <term.h>
/* It names capabilities of terminals by short words. */
#undef columns
#undef lines

#include "core/clock.h"
#include "core/text.h"
#include "core/timestamp.h"
#include "ui/bell.h"
#include "ui/frame.h"
#include "ui/keys.h"
#include "ui/look.h"
#include "ui/pointer.h"
#include "ui/screen_config.h"
#include "ui/sweep.h"
#include "ui/tty.h"
#include "ui/ui.h"
#include "ui/waiting_quotes.h"

/* Between frames: of the market; of events; that answer keys. */
enum { MARKET_MS = 200, EVENT_MS = 50, KEY_MS = 10, BLOCKED_MS = 10 };
enum { ESCAPE_MS = 25, KEYS_AT_ONCE = 256, PASTE_SILENCE_S = 5 };

/* Codes of our own for what terminals send around a paste, when they know the marks around a frame, and before a report
 * of the mouse. */
enum {
    KEY_PASTE_BEGIN = KEY_MAX + 1,
    KEY_PASTE_END,
    KEY_SYNCHRONIZED,
    KEY_NOT_SYNCHRONIZED,
    KEY_MOUSE_SGR,
    KEY_MOUSE_X10
};

struct screen {
    struct ui ui;
    struct tty *tty;
    WINDOW *input; /* keys are read from a pad of its own: reading from stdscr would draw it, half done */
    struct waiting_quotes *waiting;
    int64_t drawn_ns;
    enum haste due;            /* the most urgent reason for the next frame */
    int64_t blocked_ns;        /* monotonic: since then the terminal has taken nothing; 0: it does */
    bool gone;                 /* the terminal is */
    bool pasting, paste_taken; /* inside a paste; some of it went into a field */
    int64_t pasted_ns;         /* monotonic: when its last piece came */
    struct mouse_report report;
};

/* ---- taking the terminal -------------------------------------------------------------------------------------- */

/* Whether the terminal shows UTF-8, by the locale; without any locale it is taken to, for nearly all do. */
static bool locale_is_utf8(void)
{
    const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    bool any = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        any = any || (value != NULL && value[0] != '\0');
    }
    setlocale(LC_CTYPE, any ? "" : "C.UTF-8");
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* Ctrl-Z, Ctrl-S and Ctrl-\ would stop or freeze more than the screen. */
static void set_keyboard(WINDOW *input)
{
    struct termios settings;
    cbreak();
    noecho();
    nonl();
    if (tcgetattr(STDIN_FILENO, &settings) == 0) {
        settings.c_cc[VSUSP] = _POSIX_VDISABLE;
        settings.c_cc[VQUIT] = _POSIX_VDISABLE;
        settings.c_iflag &= ~(tcflag_t)(IXON | IXOFF);
        tcsetattr(STDIN_FILENO, TCSANOW, &settings);
        def_prog_mode();
    }
    keypad(input, TRUE);
    /* Terminals send the one or the other form, whatever mode they were asked for. */
    static const struct {
        const char *sequence;
        int key;
    } forms[] = {{"\033[A", KEY_UP},
                 {"\033[B", KEY_DOWN},
                 {"\033[C", KEY_RIGHT},
                 {"\033[D", KEY_LEFT},
                 {"\033OA", KEY_UP},
                 {"\033OB", KEY_DOWN},
                 {"\033OC", KEY_RIGHT},
                 {"\033OD", KEY_LEFT},
                 {"\033[H", KEY_HOME},
                 {"\033[F", KEY_END},
                 {"\033[1~", KEY_HOME},
                 {"\033[4~", KEY_END},
                 {"\033[200~", KEY_PASTE_BEGIN},
                 {"\033[201~", KEY_PASTE_END},
                 {"\033[<", KEY_MOUSE_SGR},
                 {"\033[M", KEY_MOUSE_X10}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        define_key(forms[i].sequence, forms[i].key);
    nodelay(input, TRUE);
    set_escdelay(ESCAPE_MS);
    intrflush(input, FALSE);
    leaveok(stdscr, TRUE);
    curs_set(0);
}

/* The answer comes as a key, whenever it comes: nobody waits for it. */
static void ask_for_synchronization(struct tty *tty)
{
    static const char *const answers[] = {"\033[?2026;1$y", "\033[?2026;2$y", "\033[?2026;3$y", "\033[?2026;0$y",
                                          "\033[?2026;4$y"};
    if (!tty_may_synchronize())
        return;
    for (int i = 0; i < 5; i++)
        define_key(answers[i], i < 3 ? KEY_SYNCHRONIZED : KEY_NOT_SYNCHRONIZED);
    tty_put(tty, "\033[?2026$p");
}

/* A reason for a frame before that of the market. */
static void draw_soon(struct screen *screen, enum haste haste)
{
    if (haste > screen->due)
        screen->due = haste;
}

static void read_size(struct screen *screen)
{
    struct winsize size;
    int rows = LINES, cols = COLS;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
        rows = size.ws_row;
        cols = size.ws_col;
    }
    if (rows != LINES || cols != COLS)
        resizeterm(rows, cols);
    if (screen->ui.canvas.rows != LINES || screen->ui.canvas.cols != COLS) {
        screen->ui.price_cols = 0;
        memset(screen->ui.wanted, 0, sizeof screen->ui.wanted);
        draw_soon(screen, HASTE_KEY);
    }
    screen->ui.canvas.rows = LINES;
    screen->ui.canvas.cols = COLS;
}

static void fill_ui(struct screen *screen, const struct screen_options *options, const struct screen_actions *actions)
{
    struct ui *ui = &screen->ui;
    char warning[THEME_WARNING_SIZE];
    ui->instruments = options->instruments;
    ui->actions = *actions;
    ui->readonly = options->readonly;
    ui->flash = options->flash;
    ui->layouts = options->layouts;
    ui->layout_count = options->layout_count;
    ui->bell_rule = options->bell_rule;
    ui->config = options->config;
    for (int i = 0; i < VIEW_COUNT && ui->config != NULL; i++)
        ui->browses[i].columns = ui->config->columns[i];
    ui->arm_idle_ns = options->arm_idle_ns;
    ui->mouse = options->mouse;
    ui->hits = calloc(1, sizeof *ui->hits);
    if (ui->hits == NULL)
        abort();
    text_copy(ui->account, sizeof ui->account, options->account);
    text_copy(ui->user, sizeof ui->user, options->user);
    text_copy(ui->banner, sizeof ui->banner, options->banner);
    ui->model = model_create(options->instruments, options->account, options->stale_after_ns);
    risk_config_init(&ui->risk);
    if (options->risk != NULL)
        ui->risk = *options->risk;
    model_set_rates(ui->model, &ui->risk.rates);
    ui->monotonic_ns = clock_monotonic_ns();
    ui->wall_ns = clock_wall_ns();
    /* Cookies start at the clock, so that a publisher shared with others never mixes up two screens'. */
    ui->last_cookie = (uint64_t)ui->monotonic_ns;
    ui->look = look_create(options->theme, options->theme_directories, warning);
    if (warning[0] != '\0')
        ui_note(ui, ROLE_WARNING, "%s", warning);
    ui->bandwidth.limit = options->max_bytes_per_second;
    ui->canvas.palette = look_palette(ui->look);
}

struct screen *screen_create(const struct screen_options *options, const struct screen_actions *actions,
                             struct error *error)
{
    bool utf8 = locale_is_utf8();
    struct tty *tty = tty_create(error);
    if (tty == NULL)
        return NULL;
    struct screen *screen = calloc(1, sizeof *screen);
    if (screen == NULL)
        abort();
    screen->tty = tty;
    screen->input = newpad(1, 1);
    if (screen->input == NULL)
        abort();
    set_keyboard(screen->input);
    tty_capture(tty);
    ask_for_synchronization(tty);
    screen->waiting = waiting_quotes_create();
    screen->ui.canvas.ascii = options->ascii || !utf8;
    fill_ui(screen, options, actions);
    read_size(screen);
    return screen;
}

void screen_destroy(struct screen *screen)
{
    if (screen == NULL)
        return;
    delwin(screen->input);
    tty_destroy(screen->tty);
    look_destroy(screen->ui.look);
    waiting_quotes_destroy(screen->waiting);
    ui_free(&screen->ui);
    free(screen);
}

/* ---- what comes in -------------------------------------------------------------------------------------------- */

void screen_fold(struct screen *screen, const struct event *event, int64_t age_ns, int64_t monotonic_ns)
{
    if (event->kind == EVENT_QUOTE) {
        waiting_quotes_put(screen->waiting, screen->ui.model, event, age_ns, clock_wall_ns(), monotonic_ns);
        return;
    }
    model_fold(screen->ui.model, event, age_ns, 0, monotonic_ns);
    if (event->kind != EVENT_EXPOSURE) /* it follows the market, once a second */
        draw_soon(screen, HASTE_EVENT);
}

void screen_depth(struct screen *screen, const struct depth *depth, int64_t age_ns, int64_t monotonic_ns)
{
    model_fold_depth(screen->ui.model, depth, age_ns, monotonic_ns);
}

/* Orders show their fate in the order pane; other requests say it in the note line. */
static void note_fate(struct screen *screen, const struct request_view *request)
{
    static const char *const names[EVENT_KINDS] = {[EVENT_ORDER_NEW] = "order",
                                                   [EVENT_ORDER_CANCEL] = "cancel",
                                                   [EVENT_ORDER_REPLACE] = "change",
                                                   [EVENT_TRADING_STATE] = "halt or resume",
                                                   [EVENT_ALERT_ACK] = "acknowledgement"};
    const char *name = names[request->event.kind] == NULL ? "request" : names[request->event.kind];
    if (request->state == REQUEST_STATE_REFUSED)
        ui_note(&screen->ui, ROLE_CRITICAL, "The %s was not stored: %s", name, request->problem);
    else if (request->state == REQUEST_STATE_UNKNOWN)
        ui_note(&screen->ui, ROLE_UNKNOWN, "UNKNOWN whether the %s is stored; the tape will tell.", name);
}

void screen_past(struct screen *screen, const struct event *event)
{
    model_past_fold(screen->ui.model, event);
}

void screen_past_end(struct screen *screen, bool read, int64_t monotonic_ns)
{
    model_past_end(screen->ui.model, read, monotonic_ns);
}

void screen_requested(struct screen *screen, uint64_t cookie, enum request_fate fate, const char *problem,
                      int64_t monotonic_ns)
{
    static const enum request_state states[] = {[REQUEST_STORED] = REQUEST_STATE_STORED,
                                                [REQUEST_REFUSED] = REQUEST_STATE_REFUSED,
                                                [REQUEST_UNKNOWN] = REQUEST_STATE_UNKNOWN};
    screen->ui.monotonic_ns = monotonic_ns;
    model_request_answered(screen->ui.model, cookie, states[fate], problem, monotonic_ns);
    const struct request_view *request = model_request(screen->ui.model, cookie);
    if (request != NULL && !request->seen)
        note_fate(screen, request);
    draw_soon(screen, HASTE_EVENT);
}

void screen_connection(struct screen *screen, const struct connection_status *status)
{
    model_set_connection(screen->ui.model, status, clock_wall_ns());
    draw_soon(screen, HASTE_EVENT);
}

void screen_metrics(struct screen *screen, const struct server_metrics *metrics)
{
    model_set_metrics(screen->ui.model, metrics);
}

void screen_process(struct screen *screen, const struct process_status *status)
{
    model_set_process(screen->ui.model, status);
}

void screen_leases(struct screen *screen, const struct lease_board *board)
{
    model_set_leases(screen->ui.model, board);
}

void screen_gone(struct screen *screen, unsigned gone, int64_t wall_ns)
{
    model_set_gone(screen->ui.model, gone, wall_ns);
    draw_soon(screen, HASTE_EVENT);
}

void screen_take_orders(struct screen *screen, struct order_book *book, const struct hold *hold, uint64_t sequence)
{
    model_take_orders(screen->ui.model, book, hold, sequence);
}

void screen_begin_late(struct screen *screen)
{
    model_begin_late(screen->ui.model);
}

void screen_remade(struct screen *screen, const char *stream, int64_t wall_ns)
{
    model_set_remade(screen->ui.model, stream, wall_ns);
}

void screen_forget(struct screen *screen)
{
    waiting_quotes_drop(screen->waiting);
    model_forget(screen->ui.model);
    screen->ui.rung_sequence = 0; /* it is another tape */
    screen->ui.ladder = (struct ladder_screen){0};
    screen->ui.moved[PANE_WATCH] = false; /* the cursor was on a number that may be another instrument's now */
}

void screen_log(struct screen *screen, uint64_t number, const char *line)
{
    model_log(screen->ui.model, number, line);
}

void screen_bad_message(struct screen *screen)
{
    model_bad_message(screen->ui.model);
}

/* ---- keys ----------------------------------------------------------------------------------------------------- */

int screen_fd(const struct screen *screen)
{
    (void)screen;
    return STDIN_FILENO;
}

/* True when there is something to read; sets `gone` at the end of input or when the terminal hung up. */
static bool input_waits(struct screen *screen)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    int bytes = 0;
    if (poll(&input, 1, 0) <= 0)
        return false;
    if (input.revents & POLLIN && ioctl(STDIN_FILENO, FIONREAD, &bytes) == 0 && bytes > 0)
        return true;
    screen->gone = true;
    return false;
}

static int translate(wint_t code, bool special)
{
    if (!special)
        return code == '\r' ? KEYS_ENTER : code == 8 || code == 127 ? KEYS_BACKSPACE : (int)code;
    switch (code) {
    case KEY_UP:
        return KEYS_UP;
    case KEY_DOWN:
        return KEYS_DOWN;
    case KEY_LEFT:
        return KEYS_LEFT;
    case KEY_RIGHT:
        return KEYS_RIGHT;
    case KEY_PPAGE:
        return KEYS_PAGE_UP;
    case KEY_NPAGE:
        return KEYS_PAGE_DOWN;
    case KEY_HOME:
        return KEYS_HOME;
    case KEY_END:
        return KEYS_END;
    case KEY_BTAB:
        return KEYS_BACK_TAB;
    case KEY_BACKSPACE:
        return KEYS_BACKSPACE;
    case KEY_ENTER:
        return KEYS_ENTER;
    case KEY_IC:
        return KEYS_INSERT;
    case KEY_DC:
        return KEYS_DELETE;
    default:
        return code >= KEY_F(1) && code <= KEY_F(12) ? KEYS_F1 + (int)code - KEY_F(1) : 0;
    }
}

static void give_key(struct screen *screen, int key)
{
    struct ui *ui = &screen->ui;
    if (key == 0)
        return;
    draw_soon(screen, HASTE_KEY);
    ui->key_ns = ui->monotonic_ns;
    keys_dispatch(ui, keys_where(ui), key);
}

static void begin_paste(struct screen *screen)
{
    screen->pasting = true;
    screen->paste_taken = false;
    screen->pasted_ns = screen->ui.monotonic_ns;
}

static void end_paste(struct screen *screen)
{
    screen->pasting = false;
    draw_soon(screen, HASTE_KEY);
    if (!screen->paste_taken)
        ui_note(&screen->ui, ROLE_WARNING, "What was pasted is ignored: only text fields take it.");
}

/* What is pasted is text for a field and nothing else: no key of it acts. A paste whose end got lost is over when
 * nothing of it has come for some seconds, so that the keys never stay dead. */
static bool is_pasted(struct screen *screen, wint_t code, bool special)
{
    struct ui *ui = &screen->ui;
    if (special && code == KEY_PASTE_BEGIN) {
        begin_paste(screen);
        return true;
    }
    if (!screen->pasting)
        return special && code == KEY_PASTE_END;
    if ((special && code == KEY_PASTE_END) || ui->monotonic_ns - screen->pasted_ns > PASTE_SILENCE_S * NS_PER_SECOND) {
        end_paste(screen);
        return special && code == KEY_PASTE_END;
    }
    screen->pasted_ns = ui->monotonic_ns;
    if (!special && keys_paste(ui, (int)code))
        screen->paste_taken = true;
    return true;
}

/* What a report of the mouse consists of is no key, however broken it is. */
static bool is_mouse(struct screen *screen, wint_t code, bool special)
{
    struct ui *ui = &screen->ui;
    struct mouse_event event;
    if (special && (code == KEY_MOUSE_SGR || code == KEY_MOUSE_X10)) {
        mouse_begin(&screen->report, code == KEY_MOUSE_SGR ? MOUSE_FORM_SGR : MOUSE_FORM_X10, ui->monotonic_ns);
        return true;
    }
    if (special || !mouse_read(&screen->report, (int)code, ui->monotonic_ns, &event))
        return false;
    if (event.action != MOUSE_NOTHING && ui->mouse) {
        ui->key_ns = ui->monotonic_ns;
        draw_soon(screen, HASTE_KEY);
        pointer_act(ui, &event);
    }
    return true;
}

bool screen_keys(struct screen *screen, int64_t wall_ns, int64_t monotonic_ns)
{
    struct ui *ui = &screen->ui;
    ui->wall_ns = wall_ns;
    ui->monotonic_ns = monotonic_ns;
    read_size(screen);
    for (int i = 0; i < KEYS_AT_ONCE && !ui->leave; i++) {
        wint_t code = 0;
        int got = wget_wch(screen->input, &code);
        if (got == ERR && !input_waits(screen))
            break;
        if (got == ERR)
            continue;
        if (got == KEY_CODE_YES && code == KEY_RESIZE)
            read_size(screen);
        else if (got == KEY_CODE_YES && (code == KEY_SYNCHRONIZED || code == KEY_NOT_SYNCHRONIZED))
            tty_set_synchronized(screen->tty, code == KEY_SYNCHRONIZED);
        else if (!is_pasted(screen, code, got == KEY_CODE_YES) && !is_mouse(screen, code, got == KEY_CODE_YES))
            give_key(screen, translate(code, got == KEY_CODE_YES));
    }
    tty_set_mouse(screen->tty, ui->mouse);
    return !ui->leave && !screen->gone;
}

/* ---- frames --------------------------------------------------------------------------------------------------- */

static void draw_frame(struct screen *screen)
{
    struct ui *ui = &screen->ui;
    frame_draw(ui);
    if (ui->redraw)
        clearok(stdscr, TRUE);
    ui->redraw = false;
    wnoutrefresh(stdscr);
    doupdate();
}

/* When a frame of that haste is due: the market five times a second, events soon, keys at once; and not before the line
 * may carry it. */
static int64_t due_ns(const struct screen *screen, enum haste haste)
{
    static const int period_ms[] = {[HASTE_MARKET] = MARKET_MS, [HASTE_EVENT] = EVENT_MS, [HASTE_KEY] = KEY_MS};
    int64_t before_ns = haste == HASTE_MARKET ? screen->ui.market_ns : screen->drawn_ns;
    int64_t next_ns = before_ns + period_ms[haste] * NS_PER_MS;
    int64_t free_ns = bandwidth_free_ns(&screen->ui.bandwidth, haste);
    return free_ns > next_ns ? free_ns : next_ns;
}

static int ms_until_due(const struct screen *screen, int64_t monotonic_ns)
{
    int64_t market_ns = due_ns(screen, HASTE_MARKET), other_ns = due_ns(screen, screen->due);
    int64_t next_ns = market_ns < other_ns ? market_ns : other_ns;
    return monotonic_ns >= next_ns ? 0 : (int)((next_ns - monotonic_ns + NS_PER_MS - 1) / NS_PER_MS);
}

/* A terminal that takes nothing gets no frames, and none are kept for it. */
static bool is_blocked(struct screen *screen, int64_t monotonic_ns)
{
    if (!tty_flush(screen->tty)) {
        if (screen->blocked_ns == 0)
            screen->blocked_ns = monotonic_ns;
        return true;
    }
    int64_t blocked_ns = screen->blocked_ns == 0 ? 0 : monotonic_ns - screen->blocked_ns;
    screen->blocked_ns = 0;
    if (blocked_ns >= NS_PER_SECOND) {
        screen->ui.monotonic_ns = monotonic_ns;
        ui_note(&screen->ui, ROLE_WARNING, "The terminal took nothing for %lld s; what changed meanwhile is shown now.",
                (long long)(blocked_ns / NS_PER_SECOND));
    }
    return false;
}

int screen_draw(struct screen *screen, int64_t wall_ns, int64_t monotonic_ns)
{
    struct ui *ui = &screen->ui;
    int wait_ms = ms_until_due(screen, monotonic_ns);
    if (is_blocked(screen, monotonic_ns))
        return BLOCKED_MS;
    if (wait_ms > 0)
        return wait_ms;
    ui->wall_ns = wall_ns;
    ui->monotonic_ns = monotonic_ns;
    bool market = monotonic_ns >= due_ns(screen, HASTE_MARKET);
    if (market && !waiting_quotes_fold(screen->waiting, ui->model)) {
        market = false;
        if (screen->due != HASTE_KEY)
            return 0; /* keys have their turn before the rest of them */
    }
    if (market) {
        ui->market_ns = monotonic_ns;
        look_follow(ui);
    }
    read_size(screen);
    model_tick(ui->model, monotonic_ns);
    sweep_step(ui);
    if (bell_rings(ui))
        beep(); /* flashes where there is no bell */
    draw_frame(screen);
    tty_put(screen->tty, ui->control);
    ui->control[0] = '\0';
    bandwidth_sent(&ui->bandwidth, tty_send(screen->tty), monotonic_ns);
    model_note_latency(ui->model, MODEL_STAGE_FRAME, clock_monotonic_ns() - monotonic_ns);
    screen->drawn_ns = monotonic_ns;
    screen->due = HASTE_MARKET;
    return ms_until_due(screen, monotonic_ns);
}
