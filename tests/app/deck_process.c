/* Starts, asks and ends the built program, as a user of it would: by its arguments, its files and its gateway. */
#include "app/deck_process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <curl/curl.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/timestamp.h"

enum { ARGUMENTS_MAX = 32, DEADLINE_S = 60, POLL_MS = 5 };

void wait_until(bool (*holds)(void *context), void *context, const char *what)
{
    int64_t deadline_ns = clock_monotonic_ns() + DEADLINE_S * NS_PER_SECOND;
    while (!holds(context)) {
        if (clock_monotonic_ns() > deadline_ns)
            fail_msg("waited %d s in vain: %s", DEADLINE_S, what);
        poll(NULL, 0, POLL_MS);
    }
}

static pid_t spawn(const char *const *arguments, int error_fd)
{
    const char *argv[ARGUMENTS_MAX] = {TAPEDECK_BINARY};
    for (int i = 0; arguments[i] != NULL; i++)
        argv[i + 1] = arguments[i];
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nothing behind */
        dup2(error_fd, STDERR_FILENO);
        execv(TAPEDECK_BINARY, (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    return pid;
}

static bool read_file(const struct deck_process *deck, const char *name, char *text, size_t size)
{
    char path[DECK_PATH_SIZE + 32];
    snprintf(path, sizeof path, "%s/%s", deck->directory, name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    bool read = fgets(text, (int)size, file) != NULL;
    fclose(file);
    text[strcspn(text, "\n")] = '\0';
    return read;
}

static bool takes_orders(void *context)
{
    struct deck_process *deck = context;
    int status;
    if (waitpid(deck->pid, &status, WNOHANG) == deck->pid)
        fail_msg("tapedeck ended with status %d; see %s/stderr", WEXITSTATUS(status), deck->directory);
    /* The files may be those that a kill left behind: they are true when somebody answers. */
    static char body[DECK_BODY_SIZE];
    if (!read_file(deck, "http.url", deck->http_url, sizeof deck->http_url) ||
        !read_file(deck, "http.token", deck->token, sizeof deck->token))
        return false;
    long answer = deck_process_http(deck, "/readyz", NULL, body);
    snprintf(deck->waiting, sizeof deck->waiting, "tapedeck in %.100s takes orders; it says %ld: %.400s",
             deck->directory, answer, body);
    if (answer != 200)
        return false;
    if (!read_file(deck, "server.url", deck->server_url, sizeof deck->server_url))
        deck->server_url[0] = '\0';
    return true;
}

void deck_process_start(struct deck_process *deck, const char *const *arguments)
{
    if (deck->directory[0] == '\0') {
        snprintf(deck->directory, sizeof deck->directory, "%s/tapedeck-test-XXXXXX",
                 getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
        assert_non_null(mkdtemp(deck->directory));
    }
    const char *argv[ARGUMENTS_MAX] = {"--no-ui", "--state-dir", deck->directory};
    int count = 3;
    for (int i = 0; arguments != NULL && arguments[i] != NULL; i++)
        argv[count++] = arguments[i];
    char path[DECK_PATH_SIZE + 32];
    snprintf(path, sizeof path, "%s/stderr", deck->directory);
    int error_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(error_fd >= 0);
    deck->pid = spawn(argv, error_fd);
    close(error_fd);
    snprintf(deck->waiting, sizeof deck->waiting, "tapedeck in %.100s takes orders", deck->directory);
    wait_until(takes_orders, deck, deck->waiting);
}

int deck_process_run(const char *const *arguments, char *line, size_t size)
{
    int ends[2], status;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = spawn(arguments, ends[1]);
    close(ends[1]);
    FILE *errors = fdopen(ends[0], "r");
    if (fgets(line, (int)size, errors) == NULL)
        line[0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    assert_int_equal(waitpid(pid, &status, 0), pid);
    fclose(errors);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int deck_process_end(struct deck_process *deck, int number)
{
    int status;
    kill(deck->pid, number);
    assert_int_equal(waitpid(deck->pid, &status, 0), deck->pid);
    deck->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void deck_process_clean(struct deck_process *deck)
{
    char command[DECK_PATH_SIZE + 32];
    snprintf(command, sizeof command, "rm -rf '%s'", deck->directory);
    assert_int_equal(system(command), 0);
}

static size_t collect(char *data, size_t size, size_t count, void *context)
{
    char *body = context;
    size_t have = strlen(body), bytes = size * count;
    if (have + bytes >= DECK_BODY_SIZE)
        return 0;
    memcpy(body + have, data, bytes);
    body[have + bytes] = '\0';
    return bytes;
}

long deck_process_http(const struct deck_process *deck, const char *path, const char *content, char *body)
{
    char url[512], authorization[512];
    long status = 0;
    snprintf(url, sizeof url, "%s%s", deck->http_url, path);
    snprintf(authorization, sizeof authorization, "Authorization: Bearer %s", deck->token);
    struct curl_slist *headers = curl_slist_append(NULL, authorization);
    headers = curl_slist_append(headers, "Content-Type: application/json");
    CURL *curl = curl_easy_init();
    body[0] = '\0';
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 10000L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    if (content != NULL)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, content);
    if (curl_easy_perform(curl) == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return status;
}

/* A nats-server whose configuration file, its last argument, lies in the state directory. */
static bool serves(const struct deck_process *deck, const char *process)
{
    char path[300], line[4096];
    snprintf(path, sizeof path, "/proc/%s/cmdline", process);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    size_t bytes = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[bytes] = '\0';
    for (size_t i = 0; i < bytes; i++) {
        if (line[i] == '\0')
            line[i] = ' ';
    }
    return strstr(line, deck->directory) != NULL && strstr(line, "nats-server") != NULL;
}

pid_t deck_process_server_pid(const struct deck_process *deck)
{
    DIR *processes = opendir("/proc");
    assert_non_null(processes);
    pid_t found = 0;
    const struct dirent *entry;
    while (found == 0 && (entry = readdir(processes)) != NULL) {
        if (strspn(entry->d_name, "0123456789") == strlen(entry->d_name) && serves(deck, entry->d_name))
            found = (pid_t)strtol(entry->d_name, NULL, 10);
    }
    closedir(processes);
    return found;
}
