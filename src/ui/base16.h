/* Schemes of base16: sixteen colours with fixed uses, of which there are hundreds for editors and terminals. Pure. */
#ifndef UI_BASE16_H
#define UI_BASE16_H

#include "ui/theme.h"

/* Reads the text of a scheme, in the flat form or with a `palette:`. False, with the reason and its line in `warning`,
 * when a line is broken or a colour is missing; `theme` is then the built-in one. */
bool base16_parse(struct theme *theme, const char *name, const char *text, size_t length,
                  char warning[THEME_WARNING_SIZE]);

#endif
