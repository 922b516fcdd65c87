/* Where things are on this machine: the state directory, configuration files, themes; and small secret files. The
 * places are those of the XDG base directory specification; a variable that is empty or relative counts as unset. */
#ifndef APP_PATHS_H
#define APP_PATHS_H

#include <stddef.h>

#include "core/error.h"

enum { PATHS_SIZE = 4096 };

/* The configuration file of the whole machine. */
#define PATHS_SYSTEM_CONFIG "/etc/tapedeck/tapedeck.ini"

/* Writes `directory/name`. -1 when it is too long. */
int paths_join(char path[PATHS_SIZE], const char *directory, const char *name, struct error *error);

/* `text` as an absolute path: a leading `~/` is the home directory, a relative path starts at the working directory. */
int paths_absolute(char path[PATHS_SIZE], const char *text, struct error *error);

/* $XDG_STATE_HOME/tapedeck, by default ~/.local/state/tapedeck. Creates nothing. */
int paths_default_state_directory(char path[PATHS_SIZE], struct error *error);

/* $XDG_CONFIG_HOME/tapedeck/tapedeck.ini, by default ~/.config/tapedeck/tapedeck.ini. It need not exist. */
int paths_user_config(char path[PATHS_SIZE], struct error *error);

/* $XDG_CONFIG_HOME/nats/context/NAME.json, by default below ~/.config, where the nats command keeps its contexts. */
int paths_nats_context(char path[PATHS_SIZE], const char *name, struct error *error);

/* Makes sure that `path` is a directory of this user with mode 0700, creating it and its parents (0700) where they are
 * missing. Refuses (ERROR_USAGE) what is no directory, belongs to another user or can be written by others; where
 * others could only read it, the mode is set. */
int paths_make_state_directory(const char *path, struct error *error);

/* The directories in which a theme is looked for, the first one wins: the user's, the installed ones beside the
 * running binary (../share/tapedeck/themes), and the source tree's while the binary stands in its build tree. */
struct paths_themes {
    char text[3][PATHS_SIZE];
    const char *directories[4]; /* into `text`; NULL-terminated. Do not copy the struct. */
};

void paths_theme_directories(struct paths_themes *themes);

/* Writes a file of mode 0600 with this text, by rename, so that a reader sees the old one or the new one whole. */
int paths_write_secret(const char *path, const char *text, struct error *error);

/* Reads a secret file into `text` (terminated, without the newline at its end). Refuses a symbolic link, what is no
 * regular file, belongs to another user, can be read or written by others, is empty or does not fit. */
int paths_read_secret(const char *path, char *text, size_t size, struct error *error);

#endif
