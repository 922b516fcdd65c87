/* One thread polls all sockets. What is held stays in the kernel's buffers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "faults/relay.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PAIRS_MAX = 64, BUFFER_BYTES = 65536, TICK_MS = 20 };

/* A descriptor is -1 when its end is closed. */
struct pair {
    int client, server;
};

struct relay {
    int listener;
    uint16_t port, server_port;
    struct pair pairs[PAIRS_MAX];
    size_t count;
    atomic_bool holds, stopping;
    pthread_t thread;
    char buffer[BUFFER_BYTES];
};

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
}

static void take_client(struct relay *relay)
{
    struct sockaddr_in address = loopback(relay->server_port);
    int client = accept(relay->listener, NULL, NULL);
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client < 0 || server < 0 || relay->count == PAIRS_MAX ||
        connect(server, (const struct sockaddr *)&address, sizeof address) != 0) {
        close(client);
        close(server);
        return;
    }
    relay->pairs[relay->count++] = (struct pair){.client = client, .server = server};
}

/* Passes on what is there. When one end is closed, so is the other, behind what was said before. */
static void pass(struct relay *relay, struct pair *pair, bool up)
{
    int from = up ? pair->client : pair->server, to = up ? pair->server : pair->client;
    ssize_t got = recv(from, relay->buffer, sizeof relay->buffer, MSG_DONTWAIT);
    ssize_t sent = 0;
    while (got > sent) {
        ssize_t put = send(to, relay->buffer + sent, (size_t)(got - sent), MSG_NOSIGNAL);
        if (put <= 0)
            break;
        sent += put;
    }
    /* The client may be gone while something of it is still to come: only its end ends the pair. */
    if (up && (got <= 0 || sent < got)) {
        close(pair->client);
        close(pair->server);
        *pair = (struct pair){.client = -1, .server = -1};
    }
}

static void *run(void *argument)
{
    struct relay *relay = argument;
    while (!atomic_load(&relay->stopping)) {
        struct pollfd polled[1 + 2 * PAIRS_MAX];
        bool holds = atomic_load(&relay->holds);
        size_t count = relay->count;
        polled[0] = (struct pollfd){.fd = relay->listener, .events = POLLIN};
        for (size_t i = 0; i < count; i++) {
            polled[1 + 2 * i] = (struct pollfd){.fd = holds ? -1 : relay->pairs[i].client, .events = POLLIN};
            polled[2 + 2 * i] = (struct pollfd){.fd = relay->pairs[i].server, .events = POLLIN};
        }
        if (poll(polled, 1 + 2 * count, TICK_MS) <= 0)
            continue;
        for (size_t i = 0; i < count; i++) {
            if ((polled[2 + 2 * i].revents & POLLIN) != 0)
                pass(relay, &relay->pairs[i], false);
            if (relay->pairs[i].client >= 0 && polled[1 + 2 * i].revents != 0)
                pass(relay, &relay->pairs[i], true);
        }
        if (polled[0].revents != 0)
            take_client(relay);
    }
    return NULL;
}

struct relay *relay_start(uint16_t server_port)
{
    struct relay *relay = calloc(1, sizeof *relay);
    assert_non_null(relay);
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    relay->server_port = server_port;
    relay->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(relay->listener >= 0);
    assert_int_equal(bind(relay->listener, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(relay->listener, 8), 0);
    assert_int_equal(getsockname(relay->listener, (struct sockaddr *)&address, &size), 0);
    relay->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&relay->thread, NULL, run, relay), 0);
    return relay;
}

void relay_stop(struct relay *relay)
{
    atomic_store(&relay->stopping, true);
    pthread_join(relay->thread, NULL);
    for (size_t i = 0; i < relay->count; i++) {
        if (relay->pairs[i].client >= 0) {
            close(relay->pairs[i].client);
            close(relay->pairs[i].server);
        }
    }
    close(relay->listener);
    free(relay);
}

uint16_t relay_port(const struct relay *relay)
{
    return relay->port;
}

void relay_hold(struct relay *relay, bool hold)
{
    atomic_store(&relay->holds, hold);
}
