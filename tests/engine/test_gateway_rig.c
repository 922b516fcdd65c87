/* See test_gateway_rig.h. The thread is the gateway's only owner, as the service's is; the test hands it what came
 * from the tape in a queue, and the only thing that wakes it otherwise is the gateway's own descriptor. */
#include "test_gateway_rig.h"

#include <arpa/inet.h>
#include <assert.h>
#include <curl/curl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/text.h"
#include "core/timestamp.h"

enum { ITEMS_MAX = 1024 };

enum item_kind { ITEM_EVENT, ITEM_RESULT, ITEM_CONNECTION, ITEM_FORGET };

struct item {
    enum item_kind kind;
    struct event event;
    struct publish_result result;
    bool connected;
};

struct rig {
    struct gateway *gateway;
    struct instruments instruments;
    pthread_t thread;
    int wake_fd;

    pthread_mutex_t lock; /* for all below */
    pthread_cond_t changed;
    bool stop, live;
    int64_t ahead_ns;
    enum rig_tape tape;
    char code[32];
    struct item items[ITEMS_MAX];
    size_t put, taken, done;
    uint64_t sequence;
    size_t published;
    struct event last;
};

static void wake(struct rig *rig)
{
    uint64_t one = 1;
    assert(write(rig->wake_fd, &one, sizeof one) == sizeof one);
}

/* Locked. */
static void put_item(struct rig *rig, const struct item *item)
{
    assert(rig->put - rig->taken < ITEMS_MAX);
    rig->items[rig->put++ % ITEMS_MAX] = *item;
    wake(rig);
}

static void put_event(struct rig *rig, const struct event *event)
{
    struct item item = {.kind = ITEM_EVENT, .event = *event};
    item.event.sequence = ++rig->sequence;
    item.event.stored_ns = clock_wall_ns();
    put_item(rig, &item);
}

static void put_result(struct rig *rig, enum publish_status status, uint64_t cookie)
{
    struct item item = {.kind = ITEM_RESULT, .result = {.status = status, .cookie = cookie}};
    if (status == PUBLISH_REFUSED)
        text_copy(item.result.problem, sizeof item.result.problem, "the stream ORDERS is full");
    put_item(rig, &item);
}

static bool publish(void *context, const struct event *event, uint64_t cookie)
{
    struct rig *rig = context;
    pthread_mutex_lock(&rig->lock);
    enum rig_tape tape = rig->tape;
    bool order = event->kind == EVENT_ORDER_NEW;
    if (tape == RIG_FULL) {
        pthread_mutex_unlock(&rig->lock);
        return false;
    }
    rig->published++;
    rig->last = *event;
    if (tape == RIG_VALIDATES || tape == RIG_REJECTS || tape == RIG_STORES) {
        put_result(rig, PUBLISH_STORED, cookie);
        put_event(rig, event);
    }
    if (order && (tape == RIG_VALIDATES || tape == RIG_REJECTS)) {
        struct event decision = rig_decision(&event->request, tape == RIG_REJECTS ? rig->code : NULL);
        put_event(rig, &decision);
    }
    if (tape == RIG_DUPLICATE) {
        struct event other = *event;
        if (order)
            other.request.quantity += strcmp(rig->code, "OTHER") == 0 ? QUANTITY_ONE : 0;
        put_result(rig, PUBLISH_DUPLICATE, cookie);
        put_event(rig, &other);
    }
    if (tape == RIG_ACKNOWLEDGES)
        put_result(rig, PUBLISH_STORED, cookie);
    if (tape == RIG_UNKNOWN || tape == RIG_REFUSES)
        put_result(rig, tape == RIG_UNKNOWN ? PUBLISH_UNKNOWN : PUBLISH_REFUSED, cookie);
    pthread_cond_broadcast(&rig->changed);
    pthread_mutex_unlock(&rig->lock);
    return true;
}

static bool live(void *context)
{
    struct rig *rig = context;
    pthread_mutex_lock(&rig->lock);
    bool live = rig->live;
    pthread_mutex_unlock(&rig->lock);
    return live;
}

static struct moment rig_now(struct rig *rig)
{
    pthread_mutex_lock(&rig->lock);
    int64_t ahead_ns = rig->ahead_ns;
    pthread_mutex_unlock(&rig->lock);
    return (struct moment){.wall_ns = clock_wall_ns(), .monotonic_ns = clock_monotonic_ns() + ahead_ns};
}

static bool take_item(struct rig *rig, struct item *item)
{
    pthread_mutex_lock(&rig->lock);
    bool there = rig->taken < rig->put;
    if (there)
        *item = rig->items[rig->taken++ % ITEMS_MAX];
    pthread_mutex_unlock(&rig->lock);
    return there;
}

static void read_item(struct rig *rig, const struct item *item)
{
    if (item->kind == ITEM_EVENT) {
        gateway_ops.fold(rig->gateway, &item->event, 0, rig_now(rig));
    } else if (item->kind == ITEM_RESULT) {
        gateway_ops.published(rig->gateway, &item->result, rig_now(rig));
    } else if (item->kind == ITEM_FORGET) {
        gateway_ops.forget(rig->gateway);
    } else {
        enum connection_state state = item->connected ? CONNECTION_CONNECTED : CONNECTION_DISCONNECTED;
        gateway_ops.connection(rig->gateway, &(struct connection_status){.state = state});
    }
    pthread_mutex_lock(&rig->lock);
    rig->done++;
    pthread_cond_broadcast(&rig->changed);
    pthread_mutex_unlock(&rig->lock);
}

static void *run(void *argument)
{
    struct rig *rig = argument;
    for (;;) {
        struct item item;
        uint64_t woken;
        while (take_item(rig, &item))
            read_item(rig, &item);
        gateway_ops.work(rig->gateway, rig_now(rig));
        pthread_mutex_lock(&rig->lock);
        bool stop = rig->stop;
        pthread_mutex_unlock(&rig->lock);
        if (stop)
            return NULL;
        struct pollfd fds[] = {{.fd = rig->wake_fd, .events = POLLIN},
                               {.fd = gateway_ops.descriptor(rig->gateway), .events = POLLIN}};
        poll(fds, 2, -1);
        if (fds[0].revents & POLLIN)
            assert(read(rig->wake_fd, &woken, sizeof woken) == sizeof woken);
    }
}

struct rig *rig_create(void)
{
    return rig_create_with(&(struct gateway_options){0});
}

struct rig *rig_create_with(const struct gateway_options *more)
{
    struct rig *rig = calloc(1, sizeof *rig);
    struct error error = {0};
    assert(rig != NULL);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    pthread_mutex_init(&rig->lock, NULL);
    pthread_cond_init(&rig->changed, NULL);
    rig->live = true;
    rig->wake_fd = eventfd(0, EFD_CLOEXEC);
    assert(instruments_init_builtin(&rig->instruments, &error) == 0);
    struct gateway_options options = {.token = RIG_TOKEN,
                                      .account = "SIM-1",
                                      .instruments = &rig->instruments,
                                      .publish = publish,
                                      .live = live,
                                      .context = rig,
                                      .certificate = more->certificate,
                                      .key = more->key,
                                      .names = more->names,
                                      .request_rate = more->request_rate};
    rig->gateway = gateway_create(&options, &error);
    if (rig->gateway == NULL)
        fprintf(stderr, "%s\n", error.text);
    assert(rig->gateway != NULL);
    assert(pthread_create(&rig->thread, NULL, run, rig) == 0);
    rig_connect(rig, true);
    return rig;
}

void rig_destroy(struct rig *rig)
{
    pthread_mutex_lock(&rig->lock);
    rig->stop = true;
    wake(rig);
    pthread_mutex_unlock(&rig->lock);
    pthread_join(rig->thread, NULL);
    gateway_destroy(rig->gateway);
    instruments_free(&rig->instruments);
    close(rig->wake_fd);
    pthread_cond_destroy(&rig->changed);
    pthread_mutex_destroy(&rig->lock);
    free(rig);
}

uint16_t rig_port(const struct rig *rig)
{
    return gateway_port(rig->gateway);
}

void rig_tape(struct rig *rig, enum rig_tape tape, const char *code)
{
    pthread_mutex_lock(&rig->lock);
    rig->tape = tape;
    text_copy(rig->code, sizeof rig->code, code != NULL ? code : "");
    pthread_mutex_unlock(&rig->lock);
}

/* Locked: waits until the thread has worked off all that was put. */
static void settle(struct rig *rig)
{
    size_t wanted = rig->put;
    while (rig->done < wanted)
        pthread_cond_wait(&rig->changed, &rig->lock);
}

void rig_connect(struct rig *rig, bool connected)
{
    struct item item = {.kind = ITEM_CONNECTION, .connected = connected};
    pthread_mutex_lock(&rig->lock);
    put_item(rig, &item);
    settle(rig);
    pthread_mutex_unlock(&rig->lock);
}

void rig_forget(struct rig *rig)
{
    struct item item = {.kind = ITEM_FORGET};
    pthread_mutex_lock(&rig->lock);
    put_item(rig, &item);
    settle(rig);
    pthread_mutex_unlock(&rig->lock);
}

void rig_live(struct rig *rig, bool is_live)
{
    pthread_mutex_lock(&rig->lock);
    rig->live = is_live;
    pthread_mutex_unlock(&rig->lock);
}

void rig_fold(struct rig *rig, const struct event *event)
{
    pthread_mutex_lock(&rig->lock);
    put_event(rig, event);
    settle(rig);
    pthread_mutex_unlock(&rig->lock);
}

void rig_advance(struct rig *rig, int64_t milliseconds)
{
    pthread_mutex_lock(&rig->lock);
    rig->ahead_ns += milliseconds * NS_PER_MS;
    wake(rig);
    pthread_mutex_unlock(&rig->lock);
}

size_t rig_published(struct rig *rig)
{
    pthread_mutex_lock(&rig->lock);
    size_t published = rig->published;
    pthread_mutex_unlock(&rig->lock);
    return published;
}

struct event rig_last(struct rig *rig)
{
    pthread_mutex_lock(&rig->lock);
    struct event last = rig->last;
    pthread_mutex_unlock(&rig->lock);
    return last;
}

bool rig_wait_published(struct rig *rig, size_t count)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 5;
    pthread_mutex_lock(&rig->lock);
    while (rig->published < count && pthread_cond_timedwait(&rig->changed, &rig->lock, &until) == 0)
        continue;
    bool reached = rig->published >= count;
    pthread_mutex_unlock(&rig->lock);
    return reached;
}

struct event rig_order_new(const char *id, const char *symbol)
{
    struct event event = event_empty(EVENT_ORDER_NEW);
    text_copy(event.request.order_id, sizeof event.request.order_id, id);
    text_copy(event.request.account, sizeof event.request.account, "SIM-1");
    text_copy(event.request.symbol, sizeof event.request.symbol, symbol);
    text_copy(event.request.exchange, sizeof event.request.exchange, "NYSE");
    event.request.side = SIDE_BUY;
    event.request.type = ORDER_LIMIT;
    event.request.quantity = 100 * QUANTITY_ONE;
    event.request.limit_price = 189 * PRICE_ONE;
    event.request.timestamp_ns = clock_wall_ns();
    return event;
}

struct event rig_decision(const struct order_request *request, const char *code)
{
    struct event event = event_empty(code != NULL ? EVENT_ORDER_REJECTED : EVENT_ORDER_VALIDATED);
    event.decision.order = *request;
    event.decision.reference_price = code != NULL ? DECIMAL_NONE : 189 * PRICE_ONE;
    if (code != NULL) {
        text_copy(event.decision.code, sizeof event.decision.code, code);
        event.decision.value = 12 * MONEY_ONE + MONEY_ONE / 2;
        event.decision.limit = 10 * MONEY_ONE;
        text_copy(event.decision.reason, sizeof event.decision.reason, "the checks of the rig say no");
    }
    return event;
}

struct event rig_execution(const struct order_request *request, const char *quantity, const char *price)
{
    struct event event = event_empty(EVENT_ORDER_EXECUTED);
    struct execution *execution = &event.execution;
    text_copy(execution->order_id, sizeof execution->order_id, request->order_id);
    snprintf(execution->execution_id, sizeof execution->execution_id, "%s-1", request->order_id);
    text_copy(execution->account, sizeof execution->account, request->account);
    text_copy(execution->symbol, sizeof execution->symbol, request->symbol);
    text_copy(execution->exchange, sizeof execution->exchange, request->exchange);
    execution->side = request->side;
    assert(decimal_parse(quantity, strlen(quantity), QUANTITY_DECIMALS, &execution->quantity));
    assert(decimal_parse(price, strlen(price), PRICE_DECIMALS, &execution->price));
    execution->cumulative_quantity = execution->quantity;
    execution->leaves_quantity = request->quantity - execution->quantity;
    execution->filled = execution->leaves_quantity == 0;
    execution->timestamp_ns = clock_wall_ns();
    return event;
}

struct sink {
    char *text;
    size_t size, length;
};

static size_t take_bytes(char *data, size_t size, size_t count, void *context)
{
    struct sink *sink = context;
    size_t bytes = size * count, room = sink->size - 1 - sink->length;
    memcpy(sink->text + sink->length, data, bytes < room ? bytes : room);
    sink->length += bytes < room ? bytes : room;
    sink->text[sink->length] = '\0';
    return bytes;
}

static struct curl_slist *add_header(struct curl_slist *list, const char *name, const char *standard, const char *odd)
{
    char line[12288];
    const char *value = odd != NULL ? odd : standard;
    if (value == NULL)
        return list;
    snprintf(line, sizeof line, value[0] != '\0' ? "%s: %s" : "%s:", name, value);
    return curl_slist_append(list, line);
}

struct answer rig_ask_port(uint16_t port, const char *method, const char *path, const char *body,
                           const struct oddities *odd)
{
    struct answer answer = {0};
    struct oddities none = {0};
    struct sink text = {answer.body, sizeof answer.body, 0}, headers = {answer.headers, sizeof answer.headers, 0};
    char url[512];
    odd = odd != NULL ? odd : &none;
    snprintf(url, sizeof url, "%s://127.0.0.1:%u%s", odd->authority != NULL ? "https" : "http", (unsigned)port, path);
    CURL *curl = curl_easy_init();
    struct curl_slist *list = add_header(NULL, "Authorization", "Bearer " RIG_TOKEN, odd->token);
    list = add_header(list, "Host", NULL, odd->host);
    list = add_header(list, "Origin", NULL, odd->origin);
    list = add_header(list, "Content-Type", body != NULL ? "application/json" : NULL, odd->content_type);
    if (odd->extra != NULL)
        list = curl_slist_append(list, odd->extra);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    if (odd->authority != NULL)
        curl_easy_setopt(curl, CURLOPT_CAINFO, odd->authority);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 10L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &text);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_bytes);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &headers);
    if (body != NULL)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    if (strcmp(method, "HEAD") == 0)
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    else
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    if (curl_easy_perform(curl) == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
    curl_easy_getinfo(curl, CURLINFO_TOTAL_TIME, &answer.seconds);
    curl_slist_free_all(list);
    curl_easy_cleanup(curl);
    return answer;
}

struct answer rig_ask(struct rig *rig, const char *method, const char *path, const char *body,
                      const struct oddities *odd)
{
    return rig_ask_port(rig_port(rig), method, path, body, odd);
}

int rig_dial(struct rig *rig)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(rig_port(rig))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    return fd;
}

bool rig_write(int fd, const char *text, size_t bytes)
{
    while (bytes > 0) {
        ssize_t sent = send(fd, text, bytes, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        text += sent;
        bytes -= (size_t)sent;
    }
    return true;
}

int rig_read_to_end(int fd, char *text, size_t size, int timeout_ms)
{
    size_t length = 0;
    text[0] = '\0';
    for (;;) {
        char dropped[4096];
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        if (poll(&readable, 1, timeout_ms) <= 0)
            return -1;
        bool room = length < size - 1;
        ssize_t got = recv(fd, room ? text + length : dropped, room ? size - 1 - length : sizeof dropped, 0);
        if (got <= 0)
            return (int)length;
        length += room ? (size_t)got : 0;
        text[length] = '\0';
    }
}

int rig_raw(struct rig *rig, const char *request, size_t bytes)
{
    char text[8192];
    int status = 0;
    int fd = rig_dial(rig);
    rig_write(fd, request, bytes);
    shutdown(fd, SHUT_WR);
    int length = rig_read_to_end(fd, text, sizeof text, 7000); /* a half-closed one ends at its deadline */
    close(fd);
    if (length < 0)
        return -1;
    sscanf(text, "HTTP/1.%*c %d", &status);
    return status;
}
