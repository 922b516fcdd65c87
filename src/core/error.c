/* Builds the sentences of struct error. They end on a terminal, in a log line or in a dead letter, and often quote
 * what came from outside: so they are cleaned here, once, for all of these. */
#include "core/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

/* A line break inside a quoted text shall stay visible as a gap; the cleaning would close it. */
static void put_text(struct error *error, char *text)
{
    for (char *at = text; *at != '\0'; at++) {
        if (*at == '\n' || *at == '\r' || *at == '\t') {
            *at = ' ';
        }
    }
    text_clean(error->text, sizeof(error->text), text, strlen(text));
}

int error_set(struct error *error, enum error_kind kind, const char *format, ...)
{
    if (error == NULL) {
        return -1;
    }
    char text[sizeof(error->text)];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(text, sizeof(text), format, arguments) < 0) {
        text[0] = '\0';
    }
    va_end(arguments);
    error->kind = kind;
    put_text(error, text);
    return -1;
}

int error_prefix(struct error *error, const char *format, ...)
{
    if (error == NULL) {
        return -1;
    }
    char context[sizeof(error->text)];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(context, sizeof(context), format, arguments) < 0) {
        context[0] = '\0';
    }
    va_end(arguments);
    char text[2 * sizeof(error->text) + 2];
    int length = snprintf(text, sizeof(text), "%s: %s", context, error->text);
    if (length > 0) {
        put_text(error, text);
    }
    return -1;
}
