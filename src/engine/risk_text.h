/* What an alert of the risk rules says to a person: one sentence with the numbers that matter. Pure. */
#ifndef ENGINE_RISK_TEXT_H
#define ENGINE_RISK_TEXT_H

#include <stddef.h>

#include "engine/condition.h"

void risk_text_raised(char *text, size_t size, const struct condition *condition, enum severity severity);
void risk_text_cleared(char *text, size_t size, const struct condition *condition);

#endif
