/* Errors that a person can act on.
 *
 * A function that can fail returns 0 or -1 and fills the caller's `struct error` with a kind and one sentence. The
 * kinds are the exit codes of the command line, so that main() can return what it was given. That an order was
 * rejected is a result, not an error. */
#ifndef CORE_ERROR_H
#define CORE_ERROR_H

enum error_kind {
    ERROR_NONE = 0,
    ERROR_FAILED = 1,  /* anything that has no kind of its own */
    ERROR_USAGE = 2,   /* wrong usage, configuration or terminal */
    ERROR_SERVER = 3,  /* server not reachable, authentication or certificate refused */
    ERROR_IN_USE = 4,  /* address or state directory in use */
    ERROR_REFUSED = 5, /* order refused by a check or the exchange */
    ERROR_UNKNOWN = 6, /* the fate of what was asked for is not known */
};

struct error {
    enum error_kind kind;
    char text[256]; /* one sentence without a newline; cut, never overrun */
};

/* Fills `error` (which may be NULL) and returns -1, so that callers can write `return error_set(…)`. */
int error_set(struct error *error, enum error_kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts "context: " in front of the sentence, keeps the kind and returns -1. */
int error_prefix(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
