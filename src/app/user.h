/* Who uses this program: named in what is recorded of a person's doing. */
#ifndef APP_USER_H
#define APP_USER_H

/* The login name, or "unknown"; good until the next call. */
const char *user_name(void);

#endif
