/* Asking for a halt, for reduce-only, for a flatten, and for a resume: the scope is chosen with the arrows, the word is
 * typed out. What is asked for is a request like any other: the screen shows the new state when the tape does. */
#ifndef UI_TRADING_PROMPT_H
#define UI_TRADING_PROMPT_H

#include "ui/ui.h"

void trading_prompt_key_halt(struct ui *ui, int key);
void trading_prompt_key_reduce(struct ui *ui, int key);
void trading_prompt_key_flatten(struct ui *ui, int key);
void trading_prompt_key_resume(struct ui *ui, int key);
/* The scope before or behind the one that is chosen. */
void trading_prompt_key_scope(struct ui *ui, int key);

/* Whether a question is one of these, and the word to type then. */
bool trading_prompt_is(enum prompt_kind kind);
const char *trading_prompt_word(enum prompt_kind kind);

/* The word is typed. */
void trading_prompt_send(struct ui *ui);

/* What it would do. */
void trading_prompt_say(const struct ui *ui, char *text, size_t size);

#endif
