/* See user.h. */
#include "app/user.h"

#include <pwd.h>
#include <unistd.h>

const char *user_name(void)
{
    const struct passwd *entry = getpwuid(geteuid());

    return entry != NULL ? entry->pw_name : "unknown";
}
