/* What an alert about the plumbing says to a person. Pure; a part of risk_text.h. */
#ifndef ENGINE_PLUMBING_TEXT_H
#define ENGINE_PLUMBING_TEXT_H

#include <stddef.h>

#include "engine/condition.h"

void plumbing_text_raised(char *text, size_t size, const struct condition *condition, enum severity severity);
void plumbing_text_cleared(char *text, size_t size, const struct condition *condition);

#endif
