/* Command lines for tests: one text instead of an argv, on an environment without any variable that tapedeck reads. */
#ifndef TESTS_APP_COMMAND_LINE_H
#define TESTS_APP_COMMAND_LINE_H

#include "app/options.h"

/* A path at which there is no file: the system's configuration of these tests. */
extern char command_line_no_file[128];

/* For a group of tests: makes and removes the directory of temporary.h. */
int command_line_set_up(void **state);
int command_line_tear_down(void **state);

/* Unsets every variable, and puts HOME into the directory. */
void command_line_clear(void);

/* Reads a command line given as one text with spaces between its words; `|` stands for a space inside a word. NULL for
 * the system's file: there is none. */
int command_line_read(struct options *options, const char *line, const char *system_file, struct error *error);

/* The same, and fails the test when it is refused. */
void command_line_read_well(struct options *options, const char *line);

/* Reads `--config FILE` with a file of this content. */
void command_line_read_config(struct options *options, const char *text);

#endif
