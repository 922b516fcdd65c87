/* The tape screen, as its keys need it. */
#ifndef UI_VIEW_TAPE_H
#define UI_VIEW_TAPE_H

#include "ui/ui.h"

void view_tape_key_open(struct ui *ui, int key);
void view_tape_key_close(struct ui *ui, int key);
void view_tape_key_pause(struct ui *ui, int key);
void view_tape_key_scroll(struct ui *ui, int key);

/* Draws one event in full: where it stands, and each of its fields (event_text.c). */
void view_tape_draw_event(struct ui *ui, struct area area);
/* The fields of an event on one line, without what its subject says. */
void view_tape_brief(const struct event *event, char *text, size_t size);

#endif
