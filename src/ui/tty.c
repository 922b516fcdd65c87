/* Curses writes to a descriptor of its own. While it sets up the terminal, that is the terminal; then a file in memory
 * takes its place under the same number. The terminal itself is opened anew, for the non-blocking mode belongs to an
 * open file: set on standard output it would hold for the shell and every program that shares it, also when this one is
 * killed. */
#include "ui/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include <ncurses.h>

#include <term.h>
/* It names capabilities of terminals by short words. */
#undef lines

#include "core/clock.h"
#include "core/timestamp.h"
#include "ui/palette.h"
#include "ui/sgr.h"

enum { LEAVE_MS = 1000 };

static const char SYNC_BEGIN[] = "\033[?2026h", SYNC_END[] = "\033[?2026l";

struct tty {
    bool has_mouse; /* was asked for */
    SCREEN *screen;
    FILE *curses; /* what curses writes to */
    int memory;   /* where that goes after tty_capture */
    int fd;       /* the terminal */
    struct termios before;
    bool synchronized;
    char *frame; /* owned: what is being sent, of which `sent` bytes are gone */
    size_t bytes, sent, capacity;
};

static int check_terminal(struct error *error)
{
    const char *term = getenv("TERM");
    int status = 0;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return error_set(error, ERROR_USAGE, "The screen needs a terminal for input and output; --no-ui runs without.");
    if (term == NULL || term[0] == '\0')
        return error_set(error, ERROR_USAGE,
                         "TERM is not set: the terminal's type is not known; try TERM=xterm-256color.");
    if (setupterm(NULL, STDOUT_FILENO, &status) != OK)
        return error_set(error, ERROR_USAGE, "There is no terminal type \"%.40s\" (TERM); try TERM=xterm-256color.",
                         term);
    const char *address = tigetstr("cup"), *clear_it = tigetstr("clear");
    bool able = address != NULL && address != (char *)-1 && clear_it != NULL && clear_it != (char *)-1;
    del_curterm(cur_term);
    if (!able)
        return error_set(error, ERROR_USAGE,
                         "A terminal of type \"%.40s\" (TERM) cannot place the cursor; try TERM=xterm-256color.", term);
    return 0;
}

/* The terminal behind standard output as an open file of our own. Where it cannot be opened (another user's, after su
 * without a session) the shared one has to do, and may block. */
static int open_own(void)
{
    enum { FLAGS = O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC };
    char path[128];
    int fd = tcgetsid(STDOUT_FILENO) == getsid(0) ? open("/dev/tty", FLAGS) : -1;
    if (fd < 0 && ttyname_r(STDOUT_FILENO, path, sizeof path) == 0)
        fd = open(path, FLAGS);
    return fd >= 0 ? fd : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
}

/* Curses catches the signals that end or stop a program; those are the program's own business, and stopping the
 * screen with Ctrl-Z would stop the services beside it. The size is asked for by whoever draws. */
static SCREEN *start_curses(FILE *out)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
    enum { COUNT = sizeof signals / sizeof signals[0] };
    struct sigaction before[COUNT];
    for (int i = 0; i < COUNT; i++)
        sigaction(signals[i], NULL, &before[i]);
    SCREEN *screen = newterm(palette_terminal_type(getenv("TERM")), out, stdin);
    for (int i = 0; i < COUNT; i++)
        sigaction(signals[i], &before[i], NULL);
    return screen;
}

static void close_all(struct tty *tty)
{
    if (tty->curses != NULL)
        fclose(tty->curses);
    if (tty->memory >= 0)
        close(tty->memory);
    if (tty->fd >= 0)
        close(tty->fd);
    free(tty->frame);
    free(tty);
}

struct tty *tty_create(struct error *error)
{
    if (check_terminal(error) != 0)
        return NULL;
    struct tty *tty = calloc(1, sizeof *tty);
    if (tty == NULL)
        abort();
    tty->fd = open_own();
    tty->memory = memfd_create("frame", MFD_CLOEXEC);
    int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    tty->curses = out < 0 ? NULL : fdopen(out, "w");
    if (tty->fd < 0 || tty->memory < 0 || tty->curses == NULL || tcgetattr(STDIN_FILENO, &tty->before) != 0) {
        error_set(error, ERROR_FAILED, "The terminal could not be opened: %s", strerror(errno));
        close_all(tty);
        return NULL;
    }
    tty->screen = start_curses(tty->curses);
    if (tty->screen == NULL) {
        error_set(error, ERROR_USAGE, "The terminal could not be set up (TERM=%.40s).", getenv("TERM"));
        close_all(tty);
        return NULL;
    }
    return tty;
}

/* ---- frames --------------------------------------------------------------------------------------------------- */

static void append(struct tty *tty, const char *bytes, size_t count)
{
    memcpy(tty->frame + tty->bytes, bytes, count);
    tty->bytes += count;
}

/* Takes what was written into memory, between marks. The frame before it is gone. */
static void take_frame(struct tty *tty)
{
    off_t size = lseek(tty->memory, 0, SEEK_CUR);
    size_t needed = (size_t)(size > 0 ? size : 0) + sizeof SYNC_BEGIN + sizeof SYNC_END;
    tty->bytes = tty->sent = 0;
    if (size <= 0)
        return;
    if (needed > tty->capacity) {
        tty->frame = realloc(tty->frame, needed);
        if (tty->frame == NULL)
            abort();
        tty->capacity = needed;
    }
    if (tty->synchronized)
        append(tty, SYNC_BEGIN, strlen(SYNC_BEGIN));
    ssize_t got = pread(tty->memory, tty->frame + tty->bytes, (size_t)size, 0);
    tty->bytes += got > 0 ? sgr_squeeze(tty->frame + tty->bytes, (size_t)got) : 0;
    if (tty->synchronized)
        append(tty, SYNC_END, strlen(SYNC_END));
    if (ftruncate(tty->memory, 0) != 0 || lseek(tty->memory, 0, SEEK_SET) != 0)
        abort();
}

bool tty_flush(struct tty *tty)
{
    while (tty->sent < tty->bytes) {
        ssize_t count = write(tty->fd, tty->frame + tty->sent, tty->bytes - tty->sent);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN)
            return false;
        /* A terminal that hung up takes nothing any more; its end is seen where the keys are read. */
        tty->sent = count < 0 ? tty->bytes : tty->sent + (size_t)count;
    }
    return true;
}

size_t tty_send(struct tty *tty)
{
    take_frame(tty);
    tty_flush(tty);
    return tty->bytes;
}

void tty_put(struct tty *tty, const char *sequence)
{
    /* Into the same memory, behind what curses has flushed. */
    if (write(tty->memory, sequence, strlen(sequence)) < 0)
        abort();
}

void tty_set_synchronized(struct tty *tty, bool on)
{
    tty->synchronized = on;
}

bool tty_may_synchronize(void)
{
    static const char *const kinds[] = {"xterm", "tmux", "alacritty", "foot", "kitty", "wezterm", "contour", "ghostty"};
    const char *term = getenv("TERM");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && term != NULL; i++) {
        if (strncmp(term, kinds[i], strlen(kinds[i])) == 0)
            return true;
    }
    return false;
}

/* Asks the terminal to mark what is pasted, or no longer to: else a pasted line could trade. Only terminals that are
 * described as able to, or are known to, are asked. */
static void set_paste_marks(struct tty *tty, bool on)
{
    static const char *const able[] = {"screen", "rxvt"};
    const char *ask = tigetstr(on ? "BE" : "BD"), *term = getenv("TERM");
    bool described = ask != NULL && ask != (const char *)-1;
    bool known = described;
    for (size_t i = 0; i < sizeof able / sizeof able[0] && term != NULL; i++)
        known = known || strncmp(term, able[i], strlen(able[i])) == 0;
    if (known)
        tty_put(tty, described ? ask : on ? "\033[?2004h" : "\033[?2004l");
}

void tty_capture(struct tty *tty)
{
    if (dup3(tty->memory, fileno(tty->curses), O_CLOEXEC) < 0)
        abort();
    /* A frame is a whole: curses does not break it off when keys wait. */
    typeahead(-1);
    set_paste_marks(tty, true);
}

void tty_set_mouse(struct tty *tty, bool on)
{
    const char *described = tigetstr("kmous");
    if (on == tty->has_mouse || described == NULL || described == (const char *)-1)
        return;
    tty_put(tty, on ? "\033[?1000h\033[?1006h" : "\033[?1006l\033[?1000l");
    tty->has_mouse = on;
}

/* ---- giving it back ------------------------------------------------------------------------------------------- */

static void drain(struct tty *tty, int64_t end_ns)
{
    struct pollfd output = {.fd = tty->fd, .events = POLLOUT};
    while (!tty_flush(tty) && clock_monotonic_ns() < end_ns)
        poll(&output, 1, LEAVE_MS / 20);
}

void tty_destroy(struct tty *tty)
{
    if (tty == NULL)
        return;
    int64_t end_ns = clock_monotonic_ns() + LEAVE_MS * NS_PER_MS;
    drain(tty, end_ns);
    set_paste_marks(tty, false);
    tty_set_mouse(tty, false);
    endwin();
    tty_send(tty);
    drain(tty, end_ns);
    /* Curses would wait here for a terminal that takes nothing. */
    tcsetattr(STDIN_FILENO, TCSANOW, &tty->before);
    delscreen(tty->screen);
    close_all(tty);
}
