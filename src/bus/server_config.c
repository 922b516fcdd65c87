/* The server reads its token from a file, never from an argument that other users could list. Its monitoring endpoint
 * has no login and would tell the token to anybody who asks for /connz?auth=1, so it hides below a secret path. */
#include "bus/server_config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/timestamp.h"
#include "core/unique.h"

/* Above the ports that need rights, below those that the kernel gives to outgoing connections. */
enum { LOWEST_PORT = 20000, PORTS = 12768, PORT_TRIES = 200 };

static void random_hex(char text[SERVER_TOKEN_SIZE])
{
    unsigned char bytes[(SERVER_TOKEN_SIZE - 1) / 2];
    unique_bytes(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(text + 2 * i, 3, "%02x", (unsigned)bytes[i]);
}

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
}

static bool port_is_free(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    /* As the server does it; otherwise the last connections of a program that just ended would count as taken. */
    int one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = loopback(port);
    bool is_free = bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 1) == 0;
    close(fd);
    return is_free;
}

static uint16_t pick_port(uint16_t other)
{
    for (int i = 0; i < PORT_TRIES; i++) {
        uint32_t number;
        unique_bytes(&number, sizeof number);
        uint16_t port = (uint16_t)(LOWEST_PORT + number % PORTS);
        if (port != other && port_is_free(port))
            return port;
    }
    return 0;
}

int server_config_pick_ports(struct server_config *config, struct error *error)
{
    config->port = pick_port(0);
    config->monitor_port = pick_port(config->port);
    if (config->port == 0 || config->monitor_port == 0)
        return error_set(error, ERROR_IN_USE, "no free port on 127.0.0.1 between %d and %d", LOWEST_PORT,
                         LOWEST_PORT + PORTS - 1);
    return 0;
}

int server_config_init(struct server_config *config, struct error *error)
{
    char id[UNIQUE_ID_SIZE];
    unique_id(id);
    snprintf(config->name, sizeof config->name, "tapedeck-%s", id);
    random_hex(config->token);
    random_hex(config->monitor_path);
    return server_config_pick_ports(config, error);
}

/* The file's strings know the escapes of \" and \\. */
static void write_quoted(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', file);
        fputc(*text, file);
    }
    fputc('"', file);
}

int server_config_write(const struct server_config *config, const char *path, const char *store_directory,
                        int64_t store_limit_bytes, struct error *error)
{
    for (const char *at = store_directory; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20)
            return error_set(error, ERROR_USAGE, "the state directory's name holds a control character");
    /* What a kill left behind goes first, and nothing that anybody put there meanwhile is followed or reused. */
    if (unlink(path) < 0 && errno != ENOENT)
        return error_set(error, ERROR_FAILED, "cannot replace %s: %s", path, strerror(errno));
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL) {
        if (fd >= 0)
            close(fd);
        return error_set(error, ERROR_FAILED, "cannot write %s: %s", path, strerror(errno));
    }
    fprintf(file, "server_name: \"%s\"\n", config->name);
    fprintf(file, "listen: \"127.0.0.1:%u\"\n", (unsigned)config->port);
    fprintf(file, "http: \"127.0.0.1:%u\"\n", (unsigned)config->monitor_port);
    fprintf(file, "http_base_path: \"/%s\"\n", config->monitor_path);
    fprintf(file, "authorization { token: \"%s\" }\n", config->token);
    fputs("jetstream {\n  store_dir: ", file);
    write_quoted(file, store_directory);
    fprintf(file, "\n  max_file_store: %lld\n  max_memory_store: 268435456\n}\n", (long long)store_limit_bytes);
    fputs("max_payload: 1048576\nwrite_deadline: \"5s\"\n", file);
    bool failed = ferror(file) != 0;
    failed |= fclose(file) != 0;
    if (failed)
        return error_set(error, ERROR_FAILED, "cannot write %s: %s", path, strerror(errno));
    return 0;
}

/* Reads the line a server greets with: `INFO {…}`. */
static bool read_greeting(int fd, char *text, size_t size, int64_t end_ns)
{
    size_t length = 0;
    text[0] = '\0';
    while (length + 1 < size && strchr(text, '\n') == NULL) {
        int64_t left_ns = end_ns - clock_monotonic_ns();
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        if (left_ns <= 0)
            return false;
        if (poll(&poll_fd, 1, (int)(left_ns / NS_PER_MS) + 1) <= 0)
            continue;
        ssize_t got = recv(fd, text + length, size - 1 - length, 0);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0)
            return false;
        length += (size_t)got;
        text[length] = '\0';
    }
    return true;
}

bool server_config_answers(const struct server_config *config, int timeout_ms)
{
    int64_t end_ns = clock_monotonic_ns() + timeout_ms * NS_PER_MS;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    struct sockaddr_in address = loopback(config->port);
    char greeting[4096], name[SERVER_NAME_SIZE + 20];
    snprintf(name, sizeof name, "\"server_name\":\"%s\"", config->name);
    bool answers = (connect(fd, (struct sockaddr *)&address, sizeof address) == 0 || errno == EINPROGRESS) &&
                   read_greeting(fd, greeting, sizeof greeting, end_ns) && strncmp(greeting, "INFO ", 5) == 0 &&
                   strstr(greeting, name) != NULL && strstr(greeting, "\"jetstream\":true") != NULL;
    close(fd);
    return answers;
}
