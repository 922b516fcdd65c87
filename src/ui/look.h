/* The theme that the screen wears: chosen by name, changed while it runs, and read again when its file changes. Screen
 * thread, between newterm and endwin. */
#ifndef UI_LOOK_H
#define UI_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/palette.h"

struct look;
struct ui;

/* `directories` as in theme_load; they outlive the look. What is wrong with the theme is written into `warning`, and
 * the built-in one is worn. */
struct look *look_create(const char *theme, const char *const *directories, char warning[THEME_WARNING_SIZE]);
void look_destroy(struct look *look); /* NULL is allowed */

/* Its colours; the same address for the life of the look. */
const struct palette *look_palette(const struct look *look);

/* Looks once a second whether the file of the theme is another than was read, and then reads it and says so. */
void look_follow(struct ui *ui);

/* Wears the theme of a name or a path, and says which it is or what is wrong with it. */
void look_wear(struct ui *ui, const char *name);

/* The name of the theme behind `name` in the alphabet, or of the first one; false when none is installed. */
bool look_name_after(const struct ui *ui, const char *name, char *next, size_t size);

/* The next theme; and the theme's file once more. */
void look_key_theme(struct ui *ui, int key);
void look_key_reload(struct ui *ui, int key);

#endif
