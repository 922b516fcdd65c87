/* How many orders a second the REST gateway takes from clients whose connections are kept, and how long each hop of an
 * order takes on the tape, with 1,000 quotes/s beside. The program is the built tapedeck with an embedded server; the
 * checks that would refuse so many orders are switched off.
 *
 * usage: bench_gateway [CONNECTIONS [SECONDS [ORDERS_PER_SECOND]]]
 * Without a rate each connection sends its next order when it has the answer to the last. */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/order_hops.h"
#include "core/clock.h"
#include "core/timestamp.h"

enum { CONNECTIONS_MAX = 256, ANSWER_BYTES = 4096, START_MS = 20000 };

static const char CONFIG[] = "[checks]\nrate_limit = off\nduplicate = off\nrepeated_fills = off\nopen_notional = off\n"
                             "position_limit = off\nmax_notional = off\ndaily_loss = off\n";

struct client {
    int fd;
    bool waits;
    int64_t sent_ns;
    char answer[ANSWER_BYTES];
    size_t bytes;
};

struct deck {
    pid_t pid;
    char directory[64], host[64], token[256], server_url[256];
    unsigned port;
};

static uint64_t statuses[600], orders_sent;

static bool read_state_file(const struct deck *deck, const char *name, char *text, size_t size)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", deck->directory, name);
    FILE *file = fopen(path, "re");
    bool there = file != NULL && fgets(text, (int)size, file) != NULL;
    if (file != NULL)
        fclose(file);
    if (there)
        text[strcspn(text, "\n")] = '\0';
    return there;
}

static void start_deck(struct deck *deck)
{
    char config[96], url[128];
    snprintf(deck->directory, sizeof deck->directory, "/tmp/tapedeck-bench-XXXXXX");
    if (mkdtemp(deck->directory) == NULL)
        bench_fail("cannot make a directory");
    snprintf(config, sizeof config, "%s/bench.ini", deck->directory);
    FILE *file = fopen(config, "we");
    if (file == NULL || fputs(CONFIG, file) < 0 || fclose(file) != 0)
        bench_fail("cannot write the configuration");
    deck->pid = fork();
    if (deck->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        execl(TAPEDECK_BINARY, "tapedeck", "--no-ui", "--state-dir", deck->directory, "--config", config, "--feed",
              "sim:seed=1,rate=1000", "--http-rate", "1000000", (char *)NULL);
        _exit(127);
    }
    int64_t end_ns = clock_monotonic_ns() + START_MS * NS_PER_MS;
    while (!read_state_file(deck, "http.url", url, sizeof url)) {
        if (clock_monotonic_ns() > end_ns || waitpid(deck->pid, NULL, WNOHANG) != 0)
            bench_fail("tapedeck does not come up");
        poll(NULL, 0, 10);
    }
    if (sscanf(url, "http://%63[^:]:%u", deck->host, &deck->port) != 2 ||
        !read_state_file(deck, "http.token", deck->token, sizeof deck->token) ||
        !read_state_file(deck, "server.url", deck->server_url, sizeof deck->server_url))
        bench_fail("the state directory has not what it should");
    poll(NULL, 0, 1000); /* quotes for the checks */
}

static void stop_deck(struct deck *deck)
{
    char command[128];
    kill(deck->pid, SIGTERM);
    waitpid(deck->pid, NULL, 0);
    snprintf(command, sizeof command, "rm -rf %s", deck->directory);
    if (system(command) != 0)
        bench_fail("cannot remove the directory");
}

static void open_client(const struct deck *deck, struct client *client)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)deck->port)};
    inet_pton(AF_INET, deck->host, &address.sin_addr);
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&address, sizeof address) != 0)
        bench_fail("cannot connect");
}

static void send_order(const struct deck *deck, struct client *client)
{
    char body[256], request[1024];
    uint64_t number = ++orders_sent;
    int body_bytes = snprintf(body, sizeof body,
                              "{\"client_order_id\":\"bench-%llu\",\"symbol\":\"AAPL\",\"side\":\"%s\","
                              "\"type\":\"market\",\"time_in_force\":\"ioc\",\"quantity\":1}",
                              (unsigned long long)number, number % 2 != 0 ? "buy" : "sell");
    int bytes = snprintf(request, sizeof request,
                         "POST /v1/orders HTTP/1.1\r\nHost: %s:%u\r\nAuthorization: Bearer %s\r\n"
                         "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                         deck->host, deck->port, deck->token, body_bytes, body);
    client->sent_ns = clock_monotonic_ns();
    client->waits = true;
    client->bytes = 0;
    if (send(client->fd, request, (size_t)bytes, MSG_NOSIGNAL) != bytes)
        bench_fail("cannot send");
}

static void take_answer(struct client *client, struct samples *latencies)
{
    ssize_t got = recv(client->fd, client->answer + client->bytes, ANSWER_BYTES - 1 - client->bytes, 0);
    if (got <= 0)
        bench_fail("the connection was closed");
    client->bytes += (size_t)got;
    client->answer[client->bytes] = '\0';
    const char *end = strstr(client->answer, "\r\n\r\n"), *length = strcasestr(client->answer, "Content-Length:");
    if (end == NULL || length == NULL ||
        client->bytes < (size_t)(end - client->answer) + 4 + strtoul(length + 15, NULL, 10))
        return;
    unsigned long status = strtoul(client->answer + 9, NULL, 10);
    statuses[status < 600 ? status : 0]++;
    samples_add(latencies, clock_monotonic_ns() - client->sent_ns);
    client->waits = false;
}

/* Sends and takes answers until the time is over and all are answered. */
static void drive(const struct deck *deck, struct client *clients, int count, int64_t seconds, int64_t rate,
                  struct samples *latencies)
{
    struct pollfd fds[CONNECTIONS_MAX];
    int64_t start_ns = clock_monotonic_ns(), end_ns = start_ns + seconds * NS_PER_SECOND;
    for (int open = count; open > 0;) {
        int64_t now_ns = clock_monotonic_ns();
        open = now_ns < end_ns ? count : 0;
        for (int turn = 0, first = (int)(orders_sent % (uint64_t)count); turn < count; turn++) {
            int i = (first + turn) % count; /* none is idle for so long that it is closed */
            bool due = rate == 0 || (int64_t)orders_sent < (now_ns - start_ns) * rate / NS_PER_SECOND;
            if (!clients[i].waits && now_ns < end_ns && due)
                send_order(deck, &clients[i]);
            open += clients[i].waits;
            fds[i] = (struct pollfd){.fd = clients[i].fd, .events = POLLIN};
        }
        if (poll(fds, (nfds_t)count, 1) <= 0)
            continue;
        for (int i = 0; i < count; i++) {
            if (fds[i].revents != 0 && clients[i].waits)
                take_answer(&clients[i], latencies);
        }
    }
}

int main(int argc, char **argv)
{
    static struct client clients[CONNECTIONS_MAX];
    struct deck deck = {0};
    struct samples latencies = {0};
    int count = (int)bench_argument(argc, argv, 1, 64);
    int64_t seconds = (int64_t)bench_argument(argc, argv, 2, 10), rate = (int64_t)bench_argument(argc, argv, 3, 0);
    if (count < 1 || count > CONNECTIONS_MAX || seconds < 1)
        bench_fail("1 to 256 connections, 1 s or more");
    start_deck(&deck);
    for (int i = 0; i < count; i++)
        open_client(&deck, &clients[i]);
    int64_t start_ns = clock_monotonic_ns();
    drive(&deck, clients, count, seconds, rate, &latencies);
    double took = (double)(clock_monotonic_ns() - start_ns) / 1e9;
    printf("gateway: %d connections for %.1f s: %.0f orders/s, answered", count, took, (double)orders_sent / took);
    for (int status = 0; status < 600; status++) {
        if (statuses[status] > 0)
            printf(" %llu with %d", (unsigned long long)statuses[status], status);
    }
    printf("\n");
    samples_print("answer", &latencies);
    order_hops_print(deck.server_url);
    for (int i = 0; i < count; i++)
        close(clients[i].fd);
    stop_deck(&deck);
    return 0;
}
