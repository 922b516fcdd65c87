/* `tapedeck dead-letters`: lists what no reader could work, shows one of them, and puts their messages back. */
#ifndef APP_DEAD_LETTERS_H
#define APP_DEAD_LETTERS_H

#include "app/options.h"
#include "core/error.h"

/* Reads `[list]`, `show SEQUENCE` or `put-back SEQUENCE...` into `options->dead_letters`; `words` ends with NULL and
 * may be NULL. ERROR_USAGE for anything else. */
int dead_letters_take_words(struct options *options, char **words, struct error *error);

/* Does it. The list has one line for each letter, the newest last: its sequence, when it was stored, the stream and the
 * sequence of its message, the reader and the reason. `show` prints every member of the letter on a line of its own.
 * With `watch.json` either prints the letter's JSON with `letter` (its sequence) and `stored` added. `put-back` prints
 * where each message is stored now, and ends at the first that cannot be put back.
 *
 * -1 with ERROR_FAILED for a letter that is not there or cannot be put back; ERROR_UNKNOWN when it may be stored or
 * not; ERROR_SERVER when the server cannot be reached or is gone for good. Call before any thread starts. */
int dead_letters_run(const struct options *options, struct error *error);

#endif
