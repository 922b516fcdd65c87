/* Who uses this program: named in what is recorded of a person's doing. */
#ifndef APP_USER_H
#define APP_USER_H

#include <sys/types.h>

/* The login name, or "unknown"; good until the next call. */
const char *user_name(void);

/* That of another user of this machine, or "unknown"; likewise. */
const char *user_name_of(uid_t user);

#endif
