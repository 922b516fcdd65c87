/* See user.h. */
#include "app/user.h"

#include <pwd.h>
#include <unistd.h>

const char *user_name_of(uid_t user)
{
    const struct passwd *entry = getpwuid(user);

    return entry != NULL ? entry->pw_name : "unknown";
}

const char *user_name(void)
{
    return user_name_of(geteuid());
}
