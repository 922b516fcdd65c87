/* The filter of a list: what is typed behind "/", for the panes of the deck and for the screens.
 *
 * It is a part of a text, without regard to case. With one of ^ $ * + ? ( ) [ ] | \ in it, it is a POSIX extended
 * regular expression (also without regard to case); one that is broken is taken as the text it is, and says so. */
#ifndef UI_FILTER_H
#define UI_FILTER_H

#include <stdbool.h>

#include <regex.h>

struct ui;

enum { FILTER_SIZE = 48, FILTER_PROBLEM_SIZE = 96 };

/* All zeros: everything matches. */
struct filter {
    char text[FILTER_SIZE];
    bool is_expression;
    regex_t expression;                /* owned, when it is one */
    char problem[FILTER_PROBLEM_SIZE]; /* what is wrong with an expression; "": nothing */
};

/* Sets the text (what does not fit is cut off); "" clears it. */
void filter_set(struct filter *filter, const char *text);
void filter_clear(struct filter *filter);

bool filter_matches(const struct filter *filter, const char *text);

void filter_key_open(struct ui *ui, int key);
void filter_key_text(struct ui *ui, int key);
void filter_key_done(struct ui *ui, int key);

#endif
