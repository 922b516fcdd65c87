#include "ui/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { DEADLINE_MS = 10000 };

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int set_property(VTermProp property, VTermValue *value, void *user)
{
    struct terminal *terminal = user;
    if (property == VTERM_PROP_ALTSCREEN)
        terminal->alternate = value->boolean;
    if (property == VTERM_PROP_CURSORVISIBLE)
        terminal->cursor_visible = value->boolean;
    return 1;
}

static void run_child(int back, const char *const *argv, const char *const *environment)
{
    char *arguments[16] = {(char *)(uintptr_t) "terminal-child"};
    for (int i = 1; argv[i] != NULL && i < 15; i++)
        arguments[i] = (char *)argv[i];
    dup2(back, 3);
    dup2(back, 2);
    if (back > 3)
        close(back);
    for (int i = 0; environment[i] != NULL; i++) {
        char copy[128];
        snprintf(copy, sizeof copy, "%s", environment[i]);
        char *equals = strchr(copy, '=');
        if (equals == NULL) {
            unsetenv(copy);
        } else {
            *equals = '\0';
            setenv(copy, equals + 1, 1);
        }
    }
    execv("/proc/self/exe", arguments);
    _exit(127);
}

struct terminal *terminal_start(int rows, int cols, const char *const *argv, const char *const *environment)
{
    static const VTermScreenCallbacks callbacks = {.settermprop = set_property};
    struct terminal *terminal = calloc(1, sizeof *terminal);
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    int back[2];
    if (terminal == NULL || pipe2(back, O_CLOEXEC) != 0)
        abort();
    terminal->rows = rows;
    terminal->cols = cols;
    terminal->vterm = vterm_new(rows, cols);
    vterm_set_utf8(terminal->vterm, 1);
    terminal->screen = vterm_obtain_screen(terminal->vterm);
    vterm_screen_set_callbacks(terminal->screen, &callbacks, terminal);
    vterm_screen_enable_altscreen(terminal->screen, 1);
    vterm_screen_reset(terminal->screen, 1);
    terminal->child = forkpty(&terminal->master, NULL, NULL, &size);
    if (terminal->child < 0)
        abort();
    if (terminal->child == 0)
        run_child(back[1], argv, environment);
    close(back[1]);
    terminal->back = back[0];
    fcntl(terminal->master, F_SETFL, O_NONBLOCK);
    fcntl(terminal->back, F_SETFL, O_NONBLOCK);
    return terminal;
}

void terminal_destroy(struct terminal *terminal)
{
    if (terminal->child > 0) {
        kill(terminal->child, SIGKILL);
        waitpid(terminal->child, NULL, 0);
    }
    terminal_close(terminal);
    close(terminal->back);
    vterm_free(terminal->vterm);
    free(terminal);
}

void terminal_send(struct terminal *terminal, const char *keys)
{
    size_t length = strlen(keys);
    while (length > 0) {
        ssize_t written = write(terminal->master, keys, length);
        if (written > 0) {
            keys += written;
            length -= (size_t)written;
        } else if (errno != EAGAIN && errno != EINTR) {
            return;
        } else {
            terminal_pump(terminal, 10);
        }
    }
}

void terminal_resize(struct terminal *terminal, int rows, int cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    terminal->rows = rows;
    terminal->cols = cols;
    vterm_set_size(terminal->vterm, rows, cols);
    ioctl(terminal->master, TIOCSWINSZ, &size);
}

void terminal_close(struct terminal *terminal)
{
    if (terminal->master >= 0)
        close(terminal->master);
    terminal->master = -1;
}

static void keep_raw(struct terminal *terminal, const char *bytes, size_t count)
{
    if (terminal->raw_bytes + count > TERMINAL_RAW_SIZE) {
        size_t half = terminal->raw_bytes / 2;
        memmove(terminal->raw, terminal->raw + half, terminal->raw_bytes - half);
        terminal->raw_bytes -= half;
    }
    memcpy(terminal->raw + terminal->raw_bytes, bytes, count);
    terminal->raw_bytes += count;
    terminal->all_bytes += count;
}

bool terminal_pump(struct terminal *terminal, int timeout_ms)
{
    struct pollfd output = {.fd = terminal->master, .events = POLLIN};
    char bytes[16384];
    if (terminal->unread) {
        poll(NULL, 0, timeout_ms);
        return false;
    }
    if (poll(&output, 1, timeout_ms) <= 0)
        return false;
    ssize_t count = read(terminal->master, bytes, sizeof bytes);
    if (count <= 0)
        return false;
    keep_raw(terminal, bytes, (size_t)count);
    vterm_input_write(terminal->vterm, bytes, (size_t)count);
    return true;
}

void terminal_line(struct terminal *terminal, int row, char line[TERMINAL_LINE_SIZE])
{
    VTermRect rect = {.start_row = row, .end_row = row + 1, .start_col = 0, .end_col = terminal->cols};
    size_t length = vterm_screen_get_text(terminal->screen, line, TERMINAL_LINE_SIZE - 1, rect);
    while (length > 0 && line[length - 1] == ' ')
        length--;
    line[length] = '\0';
}

int terminal_find(struct terminal *terminal, const char *text)
{
    char line[TERMINAL_LINE_SIZE];
    for (int row = 0; row < terminal->rows; row++) {
        terminal_line(terminal, row, line);
        if (strstr(line, text) != NULL)
            return row;
    }
    return -1;
}

static void print_screen(struct terminal *terminal)
{
    char line[TERMINAL_LINE_SIZE];
    for (int row = 0; row < terminal->rows; row++) {
        terminal_line(terminal, row, line);
        fprintf(stderr, "|%s\n", line);
    }
}

static bool wait_for(struct terminal *terminal, const char *text, bool wanted)
{
    long deadline = now_ms() + DEADLINE_MS;
    while ((terminal_find(terminal, text) >= 0) != wanted) {
        if (now_ms() > deadline) {
            fprintf(stderr, "waited in vain for %s\"%s\"\n", wanted ? "" : "the end of ", text);
            print_screen(terminal);
            return false;
        }
        terminal_pump(terminal, 50);
    }
    return true;
}

bool terminal_wait(struct terminal *terminal, const char *text)
{
    return wait_for(terminal, text, true);
}

bool terminal_wait_gone(struct terminal *terminal, const char *text)
{
    return wait_for(terminal, text, false);
}

int terminal_wait_exit(struct terminal *terminal)
{
    long deadline = now_ms() + DEADLINE_MS;
    int status = 0;
    while (waitpid(terminal->child, &status, WNOHANG) == 0) {
        if (now_ms() > deadline)
            return -1;
        if (terminal->master < 0 || !terminal_pump(terminal, 20))
            poll(NULL, 0, 5);
    }
    while (terminal->master >= 0 && terminal_pump(terminal, 20))
        continue; /* what it wrote last */
    terminal->child = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

bool terminal_read_back(struct terminal *terminal, char *line, size_t size)
{
    long deadline = now_ms() + DEADLINE_MS;
    size_t length = 0;
    while (length + 1 < size) {
        ssize_t count = read(terminal->back, line + length, 1);
        if (count == 1) {
            if (line[length] == '\n')
                break;
            length++;
        } else if (count == 0 || now_ms() > deadline) {
            line[length] = '\0';
            return length > 0;
        } else {
            terminal_pump(terminal, 10);
        }
    }
    line[length] = '\0';
    return true;
}

void terminal_fill(struct terminal *terminal)
{
    enum { REDRAWS = 40 };
    terminal->unread = true;
    for (int i = 0; i < REDRAWS; i++) {
        terminal_send(terminal, "\x0c");
        terminal_pump(terminal, 20);
    }
}
