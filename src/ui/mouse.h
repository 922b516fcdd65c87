/* What terminals send of the mouse, decoded. SGR reports (mode 1006): ESC [ < button ; column ; row M, or m for a
 * release; and the older form of three bytes behind ESC [ M, which comes from terminals that know no other. The prefix
 * is recognized by curses as a key; what follows arrives as characters. Pure: whatever comes, a report ends after a few
 * of them or after a moment, so that the keys never stay dead. */
#ifndef UI_MOUSE_H
#define UI_MOUSE_H

#include <stdbool.h>
#include <stdint.h>

enum mouse_form { MOUSE_FORM_NONE, MOUSE_FORM_SGR, MOUSE_FORM_X10 };

enum mouse_action { MOUSE_NOTHING, MOUSE_PRESS, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN };

struct mouse_event {
    enum mouse_action action; /* of the left button; NOTHING for others, for releases and for what makes no sense */
    int row, col;             /* from 0 */
};

/* A report that is being read; none when it is zeroed. */
struct mouse_report {
    enum mouse_form form;
    int numbers[3], count; /* read so far; the last one may go on */
    int length;            /* characters of it */
    int64_t since_ns;
};

void mouse_begin(struct mouse_report *report, enum mouse_form form, int64_t monotonic_ns);

/* True when this character belongs to the report that is being read; `event` is then filled: its action is NOTHING
 * until the report is complete. False: none is being read, or it was broken off long ago. */
bool mouse_read(struct mouse_report *report, int character, int64_t monotonic_ns, struct mouse_event *event);

#endif
