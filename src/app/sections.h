/* The sections of a configuration file other than [deck]: instruments and the rules' own settings. */
#ifndef APP_SECTIONS_H
#define APP_SECTIONS_H

#include <stdio.h>

#include "app/options.h"

struct section_key {
    const char *section, *key, *built_in;
};

extern const struct section_key SECTION_KEYS[];
extern const size_t SECTION_KEY_COUNT;

/* Fills in what is built in; the instruments are filled already. */
void sections_init(struct options *options);

/* Takes one setting over into `options`. -1 (ERROR_USAGE, "FILE:LINE: …") for a section or key that is not known and
 * for a bad value. */
int sections_apply(struct options *options, const struct config_entry *entry, struct error *error);

/* After all files: whether their settings agree with each other. -1 as above. */
int sections_check(const struct options *options, struct error *error);

/* The text that holds for a key: that of a file, else what is built in; NULL when there is neither. `entry` gets the
 * line of the file, NULL: none. */
const char *sections_text(const struct options *options, const char *section, const char *key,
                          const struct config_entry **entry);

/* Prints them all as INI with a comment that says where each value came from. */
void sections_print(const struct options *options, FILE *out);

#endif
