/* The screen as a reader of the tape: followers and metrics in, requests out. Runs in the main thread. */
#ifndef APP_SCREEN_SHELL_H
#define APP_SCREEN_SHELL_H

#include "bus/outbox.h"
#include "bus/tape.h"
#include "core/error.h"
#include "core/process_status.h"
#include "ui/screen.h"

struct screen_shell_options {
    struct screen_options screen; /* its strings outlive the call */
    const char *monitor_url;      /* of the server's metrics; NULL: none are shown */
    const char *default_account;
    int stop_fd; /* polls readable when the program shall end */
    /* What the process is busy with, asked for once a second in the screen's thread. */
    void (*read_process)(void *context, struct process_status *status);
    void *context;
};

/* Shows the screen until the user leaves, `stop_fd` becomes readable or the terminal goes away: 0. What
 * it sends goes into the outbox, and is never waited for. */
int screen_shell_run(const struct screen_shell_options *options, struct tape *tape, struct outbox *outbox,
                     struct error *error);

#endif
