#include "ui/mouse.h"

#include "core/timestamp.h"

enum { SGR_LENGTH_MAX = 24, X10_LENGTH = 3, NUMBER_MAX = 100000, REPORT_MS = 200 };

/* Bits of a button. */
enum { BUTTON_NUMBER = 3, BUTTON_MOTION = 32, BUTTON_WHEEL = 64, BUTTON_MORE = 128 };

void mouse_begin(struct mouse_report *report, enum mouse_form form, int64_t monotonic_ns)
{
    *report = (struct mouse_report){.form = form, .since_ns = monotonic_ns};
}

static struct mouse_event event_of(const struct mouse_report *report, bool pressed)
{
    int button = report->numbers[0], number = button & BUTTON_NUMBER;
    struct mouse_event event = {.row = report->numbers[2] - 1, .col = report->numbers[1] - 1};
    if (event.row < 0 || event.col < 0 || !pressed || (button & (BUTTON_MOTION | BUTTON_MORE)) != 0)
        return event;
    if ((button & BUTTON_WHEEL) != 0 && number < 2)
        event.action = number == 0 ? MOUSE_WHEEL_UP : MOUSE_WHEEL_DOWN;
    else if ((button & BUTTON_WHEEL) == 0 && number == 0)
        event.action = MOUSE_PRESS;
    return event;
}

/* Three bytes, each 32 above its number. Beyond column 95 they are no characters; such a report is dropped. */
static void read_x10(struct mouse_report *report, int character, struct mouse_event *event)
{
    report->numbers[report->length - 1] = character - ' ';
    if (report->length < X10_LENGTH)
        return;
    bool valid = report->numbers[0] >= 0 && report->numbers[1] > 0 && report->numbers[2] > 0 && character < 127;
    *event = event_of(report, valid);
    report->form = MOUSE_FORM_NONE;
}

static void read_sgr(struct mouse_report *report, int character, struct mouse_event *event)
{
    if (character >= '0' && character <= '9') {
        int *number = &report->numbers[report->count];
        *number = *number < NUMBER_MAX ? *number * 10 + (character - '0') : *number;
        return;
    }
    if (character == ';' && report->count < 2) {
        report->count++;
        return;
    }
    if (report->count == 2 && (character == 'M' || character == 'm'))
        *event = event_of(report, character == 'M');
    report->form = MOUSE_FORM_NONE;
}

bool mouse_read(struct mouse_report *report, int character, int64_t monotonic_ns, struct mouse_event *event)
{
    *event = (struct mouse_event){0};
    if (report->form != MOUSE_FORM_NONE && monotonic_ns - report->since_ns > REPORT_MS * NS_PER_MS)
        report->form = MOUSE_FORM_NONE;
    if (report->form == MOUSE_FORM_NONE)
        return false;
    report->length++;
    if (report->form == MOUSE_FORM_X10)
        read_x10(report, character, event);
    else
        read_sgr(report, character, event);
    if (report->length >= SGR_LENGTH_MAX)
        report->form = MOUSE_FORM_NONE;
    return true;
}
