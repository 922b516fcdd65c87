/* Signals are blocked in all threads and read from a descriptor, so that no handler ever runs. */
#include "app/signals.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

int signals_open(struct error *error)
{
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &ending, NULL);
    signal(SIGPIPE, SIG_IGN);
    int fd = signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return error_set(error, ERROR_FAILED, "cannot watch for signals: %s", strerror(errno));
    return fd;
}

int signals_take(int fd, uid_t *sender)
{
    struct signalfd_siginfo info;
    if (read(fd, &info, sizeof info) != (ssize_t)sizeof info)
        return 0;
    *sender = (uid_t)info.ssi_uid;
    return (int)info.ssi_signo;
}
