/* Questions before what is dangerous: a word to type for halts, resumes and cancels of many, a second key for a cancel
 * and for leaving. */
#ifndef UI_PROMPT_H
#define UI_PROMPT_H

#include "ui/ui.h"

void prompt_open(struct ui *ui, enum prompt_kind kind);
void prompt_draw(struct ui *ui, struct area around);

void prompt_key_text(struct ui *ui, int key);
void prompt_key_typed(struct ui *ui, int key);
void prompt_key_line(struct ui *ui, int key);
void prompt_key_line_done(struct ui *ui, int key);
void prompt_key_cancel(struct ui *ui, int key);
void prompt_key_cancel_all(struct ui *ui, int key);
void prompt_key_cancel_again(struct ui *ui, int key);
void prompt_key_close(struct ui *ui, int key);

#endif
