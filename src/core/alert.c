/* The words of alerts. */
#include "core/alert.h"

#include <string.h>

#include "core/words.h"

const char *severity_name(enum severity severity)
{
    return words_name(&words_severity, severity);
}

int severity_from_name(const char *name, enum severity *severity)
{
    int found = words_find(&words_severity, name, strlen(name));
    if (found < 0) {
        return -1;
    }
    *severity = (enum severity)found;
    return 0;
}
