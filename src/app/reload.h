/* Limits that change while tapedeck runs: the configuration files are read anew, and where [checks], its sections and
 * [risk] differ from what holds, each change is an event on RISK (`risk.limits`), which the order checks and risk of
 * all processes fold. */
#ifndef APP_RELOAD_H
#define APP_RELOAD_H

#include <stddef.h>

#include "app/options.h"
#include "core/event.h"

struct reload {
    struct options fresh; /* what holds from now on; options_free */
    struct event *events; /* owned */
    size_t count;
};

/* Compares the files with `running`. -1 (ERROR_USAGE, "FILE:LINE: …") when they cannot be read, something in them is
 * wrong, or a change holds only from a start on: then nothing is changed. `by`: who asked. */
int reload_read(struct reload *reload, const struct options *running, const char *by, struct error *error);
/* Frees the events; what is fresh stays. */
void reload_free(struct reload *reload);

#endif
