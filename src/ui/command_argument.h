/* What can follow a command: columns, groups, symbols. Screen thread. */
#ifndef UI_COMMAND_ARGUMENT_H
#define UI_COMMAND_ARGUMENT_H

#include "ui/ui.h"

/* Is given each name that an argument may be. */
typedef void command_visit(void *context, const char *name);

struct command_argument {
    const char *command;
    /* Visits the names; NULL: there are none to choose from. */
    void (*names)(const struct ui *ui, command_visit *visit, void *context);
    /* Takes what it knows off the front of the text, before the command itself acts on the rest; false when that is all
     * there was to do, or what is wrong is said. */
    bool (*take)(struct ui *ui, const char **text);
};

/* NULL when the command takes none where the user is. */
const struct command_argument *command_argument_of(const struct ui *ui, const char *command);

#endif
