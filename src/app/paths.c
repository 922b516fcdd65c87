/* Where things are on this machine. */
#include "app/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int format_path(char path[PATHS_SIZE], struct error *error, const char *first, const char *second)
{
    int length = snprintf(path, PATHS_SIZE, "%s%s", first, second);

    if (length < 0 || length >= PATHS_SIZE)
        return error_set(error, ERROR_USAGE, "the path %.60s… is too long", first);
    return 0;
}

int paths_join(char path[PATHS_SIZE], const char *directory, const char *name, struct error *error)
{
    int length = snprintf(path, PATHS_SIZE, "%s/%s", directory, name);

    if (length < 0 || length >= PATHS_SIZE)
        return error_set(error, ERROR_USAGE, "the path %.60s… is too long", directory);
    return 0;
}

/* The home directory, from the environment or, as under a bare service manager, from the password file. */
static const char *home(struct error *error)
{
    const char *directory = getenv("HOME");

    if (directory != NULL && directory[0] == '/')
        return directory;
    const struct passwd *user = getpwuid(geteuid());

    if (user != NULL && user->pw_dir != NULL && user->pw_dir[0] == '/')
        return user->pw_dir;
    error_set(error, ERROR_USAGE, "no home directory is known: set HOME or give --state-dir");
    return NULL;
}

int paths_absolute(char path[PATHS_SIZE], const char *text, struct error *error)
{
    char here[PATHS_SIZE];

    if (text[0] == '/')
        return format_path(path, error, text, "");
    if (text[0] == '~' && (text[1] == '/' || text[1] == '\0')) {
        const char *directory = home(error);
        return directory == NULL ? -1 : format_path(path, error, directory, text + 1);
    }
    if (getcwd(here, sizeof(here)) == NULL)
        return error_set(error, ERROR_USAGE, "the working directory cannot be found: %s", strerror(errno));
    return paths_join(path, here, text, error);
}

/* `$VARIABLE` + suffix, or home + fallback + suffix. */
static int base_directory(char path[PATHS_SIZE], const char *variable, const char *fallback, const char *suffix,
                          struct error *error)
{
    const char *value = getenv(variable);
    char base[PATHS_SIZE];

    if (value != NULL && value[0] == '/')
        return format_path(path, error, value, suffix);
    const char *directory = home(error);

    if (directory == NULL || format_path(base, error, directory, fallback) != 0)
        return -1;
    return format_path(path, error, base, suffix);
}

int paths_default_state_directory(char path[PATHS_SIZE], struct error *error)
{
    return base_directory(path, "XDG_STATE_HOME", "/.local/state", "/tapedeck", error);
}

int paths_user_config(char path[PATHS_SIZE], struct error *error)
{
    return base_directory(path, "XDG_CONFIG_HOME", "/.config", "/tapedeck/tapedeck.ini", error);
}

int paths_nats_context(char path[PATHS_SIZE], const char *name, struct error *error)
{
    char file[PATHS_SIZE];
    int length = snprintf(file, sizeof(file), "/nats/context/%s.json", name);

    if (length < 0 || length >= (int)sizeof(file))
        return error_set(error, ERROR_USAGE, "the name of the context is too long");
    return base_directory(path, "XDG_CONFIG_HOME", "/.config", file, error);
}

/* Creates `path` and its missing parents, all 0700. What exists is left as it is. */
static int make_directories(const char *path, struct error *error)
{
    char part[PATHS_SIZE];

    if (format_path(part, error, path, "") != 0)
        return -1;
    for (char *at = part + 1;; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        char end = *at;

        *at = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST && errno != EROFS && errno != EISDIR)
            return error_set(error, ERROR_USAGE, "cannot create the directory %s: %s", part, strerror(errno));
        if (end == '\0')
            return 0;
        *at = end;
    }
}

int paths_make_state_directory(const char *path, struct error *error)
{
    struct stat status;
    int result = -1;

    if (path[0] == '\0')
        return error_set(error, ERROR_USAGE, "the state directory has no name");
    if (make_directories(path, error) != 0)
        return -1;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return error_set(error, ERROR_USAGE, "cannot use %s as the state directory: %s", path, strerror(errno));
    if (fstat(fd, &status) != 0)
        error_set(error, ERROR_USAGE, "cannot use %s as the state directory: %s", path, strerror(errno));
    else if (status.st_uid != geteuid())
        error_set(error, ERROR_USAGE, "the state directory %s belongs to another user", path);
    else if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        error_set(error, ERROR_USAGE, "others can write the state directory %s; try chmod 700", path);
    else if ((status.st_mode & 07777) != 0700 && fchmod(fd, 0700) != 0)
        error_set(error, ERROR_USAGE, "cannot set the mode of %s: %s", path, strerror(errno));
    else
        result = 0;
    close(fd);
    return result;
}

/* The directory of the running binary. */
static bool binary_directory(char path[PATHS_SIZE])
{
    ssize_t length = readlink("/proc/self/exe", path, PATHS_SIZE - 1);

    if (length <= 0)
        return false;
    path[length] = '\0';
    char *slash = strrchr(path, '/');

    if (slash == NULL)
        return false;
    *slash = '\0';
    return true;
}

void paths_theme_directories(struct paths_themes *themes)
{
    char binary[PATHS_SIZE], mark[PATHS_SIZE];
    size_t count = 0;

    if (base_directory(themes->text[count], "XDG_DATA_HOME", "/.local/share", "/tapedeck/themes", NULL) == 0) {
        themes->directories[count] = themes->text[count];
        count++;
    }
    if (binary_directory(binary)) {
        if (paths_join(themes->text[count], binary, "../share/tapedeck/themes", NULL) == 0) {
            themes->directories[count] = themes->text[count];
            count++;
        }
        /* A build tree is known by CMake's cache; it stands two levels below the sources. */
        if (paths_join(mark, binary, "CMakeCache.txt", NULL) == 0 && access(mark, F_OK) == 0 &&
            paths_join(themes->text[count], binary, "../../themes", NULL) == 0) {
            themes->directories[count] = themes->text[count];
            count++;
        }
    }
    themes->directories[count] = NULL;
}

static bool write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, text, length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        text += written;
        length -= (size_t)written;
    }
    return true;
}

int paths_write_secret(const char *path, const char *text, struct error *error)
{
    char temporary[PATHS_SIZE];

    if (format_path(temporary, error, path, ".XXXXXX") != 0)
        return -1;
    int fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */

    if (fd < 0)
        return error_set(error, ERROR_FAILED, "cannot write %s: %s", path, strerror(errno));
    bool written = write_all(fd, text, strlen(text)) && write_all(fd, "\n", 1);

    if (close(fd) != 0)
        written = false;
    if (!written || rename(temporary, path) != 0) {
        error_set(error, ERROR_FAILED, "cannot write %s: %s", path, strerror(errno));
        unlink(temporary);
        return -1;
    }
    return 0;
}

/* Reads the opened secret and checks who can see it. */
static int read_secret(int fd, const char *path, char *text, size_t size, struct error *error)
{
    struct stat status;
    size_t length = 0;

    if (fstat(fd, &status) != 0)
        return error_set(error, ERROR_FAILED, "cannot read %s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return error_set(error, ERROR_FAILED, "%s is not a regular file", path);
    if (status.st_uid != geteuid())
        return error_set(error, ERROR_FAILED, "%s belongs to another user", path);
    if ((status.st_mode & 077) != 0)
        return error_set(error, ERROR_FAILED, "others can read %s; try chmod 600", path);
    while (length < size) {
        ssize_t got = read(fd, text + length, size - length);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(error, ERROR_FAILED, "cannot read %s: %s", path, strerror(errno));
        if (got == 0)
            break;
        length += (size_t)got;
    }
    if (length == size || memchr(text, '\0', length) != NULL)
        return error_set(error, ERROR_FAILED, "%s does not hold what it should", path);
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
        length--;
    text[length] = '\0';
    return length > 0 ? 0 : error_set(error, ERROR_FAILED, "%s is empty", path);
}

int paths_read_secret(const char *path, char *text, size_t size, struct error *error)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

    if (fd < 0 && errno == ELOOP)
        return error_set(error, ERROR_FAILED, "%s is a symbolic link, which is not followed", path);
    if (fd < 0)
        return error_set(error, ERROR_FAILED, "cannot read %s: %s", path, strerror(errno));
    int result = read_secret(fd, path, text, size, error);

    close(fd);
    return result;
}
