/* HTTP: what a request must be before anybody looks at what it asks for, which call it is, and how an answer leaves.
 *
 * A program in the user's browser can send requests to loopback too. So the Host must be ours (against names that were
 * rebound to this address), there must be no Origin, the token must be right, and what changes something must be
 * JSON. Requests that two parsers could read differently (doubled framing headers) are refused. */
#include "engine/gateway_private.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"

typedef bool handler(struct gateway *gateway, struct slot *slot, struct reply *reply);

/* What stands between `path` and `suffix`. */
enum path_id { NO_ID, ORDER_ID, ALERT_ID };

struct route {
    const char *path, *suffix;
    enum path_id id;
    bool open; /* without a token */
    const char *allow;
    handler *get, *post, *patch, *delete;
};

static const struct route routes[] = {
    {.path = "/healthz", .open = true, .allow = "GET, HEAD", .get = gateway_views_health},
    {.path = "/readyz", .allow = "GET, HEAD", .get = gateway_views_ready},
    {.path = "/metrics", .allow = "GET, HEAD", .get = gateway_views_metrics},
    {.path = "/v1/orders",
     .allow = "GET, HEAD, POST, DELETE",
     .get = gateway_views_orders,
     .post = gateway_orders_place,
     .delete = gateway_changes_cancel_all},
    {.path = "/v1/orders/",
     .suffix = "",
     .id = ORDER_ID,
     .allow = "GET, HEAD, PATCH, DELETE",
     .get = gateway_views_one_order,
     .patch = gateway_changes_replace,
     .delete = gateway_changes_cancel},
    {.path = "/v1/orders/", .suffix = "/events", .id = ORDER_ID, .allow = "GET, HEAD", .get = gateway_events_of_order},
    {.path = "/v1/events", .allow = "GET, HEAD", .get = gateway_events_stream},
    {.path = "/v1/positions", .allow = "GET, HEAD", .get = gateway_views_positions},
    {.path = "/v1/quotes", .allow = "GET, HEAD", .get = gateway_views_quotes},
    {.path = "/v1/alerts", .allow = "GET, HEAD", .get = gateway_views_alerts},
    {.path = "/v1/alerts/", .suffix = "/ack", .id = ALERT_ID, .allow = "POST", .post = gateway_changes_acknowledge},
    {.path = "/v1/openapi.json", .allow = "GET, HEAD", .get = gateway_views_openapi},
    {.path = "/v1/risk", .allow = "GET, HEAD", .get = gateway_risk_view},
    {.path = "/v1/risk/halt", .allow = "POST", .post = gateway_changes_halt},
    {.path = "/v1/risk/reduce", .allow = "POST", .post = gateway_changes_reduce},
    {.path = "/v1/risk/resume", .allow = "POST", .post = gateway_changes_resume},
    {.path = "/v1/risk/flatten", .allow = "POST", .post = gateway_changes_flatten},
};

/* The headers that decide whether a request is taken. */
struct headers {
    const char *host, *origin, *authorization, *content_type, *content_length, *transfer_encoding;
    bool doubled, expects_continue;
};

bool gateway_http_problem(struct reply *reply, unsigned status, const char *code, const char *format, ...)
{
    va_list arguments;
    reply->status = status;
    text_copy(reply->code, sizeof reply->code, code);
    va_start(arguments, format);
    vsnprintf(reply->detail, sizeof reply->detail, format, arguments);
    va_end(arguments);
    return true;
}

size_t gateway_http_unescape(void *self, struct MHD_Connection *connection, char *text)
{
    (void)self;
    (void)connection;
    return strstr(text, "%00") != NULL ? strlen(text) : MHD_http_unescape(text);
}

static enum MHD_Result read_header(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    struct headers *headers = context;
    const struct {
        const char *name;
        const char **value;
    } known[] = {
        {MHD_HTTP_HEADER_HOST, &headers->host},
        {MHD_HTTP_HEADER_ORIGIN, &headers->origin},
        {MHD_HTTP_HEADER_AUTHORIZATION, &headers->authorization},
        {MHD_HTTP_HEADER_CONTENT_TYPE, &headers->content_type},
        {MHD_HTTP_HEADER_CONTENT_LENGTH, &headers->content_length},
        {MHD_HTTP_HEADER_TRANSFER_ENCODING, &headers->transfer_encoding},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcasecmp(name, known[i].name) != 0)
            continue;
        headers->doubled = headers->doubled || *known[i].value != NULL;
        *known[i].value = value != NULL ? value : "";
    }
    if (strcasecmp(name, MHD_HTTP_HEADER_EXPECT) == 0)
        headers->expects_continue = true;
    return MHD_YES;
}

/* The names under which this machine reaches itself, with our port: a page whose name was rebound to 127.0.0.1 sends
 * its own. */
static bool host_is(const struct gateway *gateway, const char *host, const char *name, size_t length)
{
    unsigned usual = gateway->secure ? 443 : 80;
    char port[16];
    if (strncasecmp(host, name, length) != 0)
        return false;
    snprintf(port, sizeof port, ":%u", (unsigned)gateway->port);
    return strcmp(host + length, port) == 0 || (gateway->port == usual && host[length] == '\0');
}

static bool host_is_ours(const struct gateway *gateway, const char *host)
{
    const char *names[] = {"127.0.0.1", "localhost", "[::1]", gateway->host};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (host_is(gateway, host, names[i], strlen(names[i])))
            return true;
    }
    for (const char *name = gateway->names; name != NULL && *name != '\0'; name += *name == ',') {
        size_t length = strcspn(name, ",");
        if (host_is(gateway, host, name, length))
            return true;
        name += length;
    }
    return false;
}

/* Takes the same time wherever the first difference is. */
static bool token_matches(const char *token, const char *given)
{
    size_t length = strlen(token), given_length = strlen(given);
    volatile unsigned difference = length != given_length;
    for (size_t i = 0; i < given_length; i++)
        difference |= (unsigned char)token[i % length] ^ (unsigned char)given[i];
    return difference == 0;
}

static bool is_authorized(const struct gateway *gateway, const char *authorization)
{
    static const char scheme[] = "Bearer ";
    if (authorization == NULL || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
        return false;
    const char *given = authorization + sizeof scheme - 1;
    return token_matches(gateway->token, given + strspn(given, " "));
}

static bool is_json(const char *content_type)
{
    static const char json[] = "application/json";
    if (content_type == NULL || strncasecmp(content_type, json, sizeof json - 1) != 0)
        return false;
    const char *rest = content_type + sizeof json - 1;
    rest += strspn(rest, " \t");
    return *rest == '\0' || *rest == ';';
}

/* Takes the id out of a path; false when it is not one. */
static bool take_id(const struct route *route, const char *url, struct slot *slot)
{
    size_t before = strlen(route->path), after = strlen(route->suffix), length = strlen(url);
    if (length <= before + after || strncmp(url, route->path, before) != 0 ||
        strcmp(url + length - after, route->suffix) != 0)
        return false;
    const char *id = url + before;
    size_t bytes = length - before - after;
    bool fits =
        route->id == ORDER_ID ? text_is_id(id, bytes, ID_SIZE - 1) : bytes < sizeof slot->id && text_is_utf8(id, bytes);
    if (fits) {
        memcpy(slot->id, id, bytes);
        slot->id[bytes] = '\0';
    }
    return fits;
}

static const struct route *find_route(struct slot *slot, const char *url)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        const struct route *route = &routes[i];
        if (route->id == NO_ID ? strcmp(url, route->path) == 0 : take_id(route, url, slot))
            return route;
    }
    return NULL;
}

static handler *handler_of(const struct route *route, const char *method)
{
    if (strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
        return route->get;
    if (strcmp(method, MHD_HTTP_METHOD_POST) == 0)
        return route->post;
    if (strcmp(method, MHD_HTTP_METHOD_PATCH) == 0)
        return route->patch;
    return strcmp(method, MHD_HTTP_METHOD_DELETE) == 0 ? route->delete : NULL;
}

/* Framing: after these the connection cannot be trusted to be where we think it is, so it is closed. */
static bool refuse_framing(const struct headers *headers, size_t header_bytes, struct reply *reply)
{
    reply->close = true;
    if (header_bytes > GATEWAY_HEADER_BYTES)
        return gateway_http_problem(reply, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE, "HEADERS_TOO_LARGE",
                                    "request line and headers have more than %d bytes", GATEWAY_HEADER_BYTES);
    if (headers->doubled)
        return gateway_http_problem(reply, MHD_HTTP_BAD_REQUEST, "DOUBLED_HEADER",
                                    "a header that may stand there once stands there twice");
    if (headers->content_length != NULL && headers->transfer_encoding != NULL)
        return gateway_http_problem(reply, MHD_HTTP_BAD_REQUEST, "BAD_FRAMING",
                                    "Content-Length and Transfer-Encoding exclude each other");
    if (headers->transfer_encoding != NULL && strcasecmp(headers->transfer_encoding, "chunked") != 0)
        return gateway_http_problem(reply, MHD_HTTP_BAD_REQUEST, "BAD_FRAMING",
                                    "the only transfer encoding that is understood is chunked");
    if (headers->host == NULL)
        return gateway_http_problem(reply, MHD_HTTP_BAD_REQUEST, "NO_HOST", "the header Host is missing");
    reply->close = false;
    return false;
}

static bool refuse_sender(struct gateway *gateway, const struct headers *headers, bool open, struct reply *reply)
{
    if (!host_is_ours(gateway, headers->host))
        return gateway_http_problem(reply, MHD_HTTP_MISDIRECTED_REQUEST, "WRONG_HOST",
                                    "this server is %s:%u and answers for no other name", gateway->host,
                                    (unsigned)gateway->port);
    if (headers->origin != NULL)
        return gateway_http_problem(reply, MHD_HTTP_FORBIDDEN, "ORIGIN", "requests of web pages are not answered");
    if (!open && !is_authorized(gateway, headers->authorization)) {
        bool none = headers->authorization == NULL;
        reply->authenticate = none ? "Bearer realm=\"tapedeck\"" : "Bearer realm=\"tapedeck\", error=\"invalid_token\"";
        return gateway_http_problem(reply, MHD_HTTP_UNAUTHORIZED, "UNAUTHORIZED",
                                    none ? "send Authorization: Bearer with the token of http.token"
                                         : "the token is not the one of http.token");
    }
    return false;
}

/* A bucket of one second's worth of requests. */
static bool refuse_rate(struct gateway *gateway, bool open, struct reply *reply)
{
    uint32_t rate = gateway->options.request_rate;
    int64_t now_ns = gateway->now.monotonic_ns;
    if (rate == 0 || open)
        return false;
    if (gateway->allowed_ns < now_ns - NS_PER_SECOND)
        gateway->allowed_ns = now_ns - NS_PER_SECOND;
    if (gateway->allowed_ns <= now_ns) {
        gateway->allowed_ns += NS_PER_SECOND / rate;
        return false;
    }
    gateway->counts.rate_limited++;
    reply->retry_after_s = 1;
    return gateway_http_problem(reply, MHD_HTTP_TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS",
                                "more than %u requests came in a second", (unsigned)rate);
}

static bool refuse_call(struct slot *slot, const struct headers *headers, const char *method, struct reply *reply)
{
    if (slot->route == NULL)
        return gateway_http_problem(reply, MHD_HTTP_NOT_FOUND, "NOT_FOUND", "there is nothing at this path");
    if (handler_of(slot->route, method) == NULL) {
        reply->allow = slot->route->allow;
        return gateway_http_problem(reply, MHD_HTTP_METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "only %s work here",
                                    slot->route->allow);
    }
    bool has_body = strcmp(method, MHD_HTTP_METHOD_POST) == 0 || strcmp(method, MHD_HTTP_METHOD_PATCH) == 0;
    if (has_body && !is_json(headers->content_type))
        return gateway_http_problem(reply, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "NOT_JSON",
                                    "the body must be application/json");
    return false;
}

static bool refuse_body(size_t bytes, struct reply *reply)
{
    if (bytes <= GATEWAY_BODY_BYTES)
        return false;
    return gateway_http_problem(reply, MHD_HTTP_CONTENT_TOO_LARGE, "BODY_TOO_LARGE", "a body has at most %d bytes",
                                GATEWAY_BODY_BYTES);
}

static struct MHD_Response *make_response(struct reply *reply)
{
    if (reply->stream != NULL) {
        struct MHD_Response *response = MHD_create_response_from_callback(
            MHD_SIZE_UNKNOWN, GATEWAY_BODY_BYTES, reply->stream_read, reply->stream, reply->stream_destroy);
        if (response != NULL)
            reply->stream = NULL; /* libmicrohttpd destroys it */
        return response;
    }
    if (reply->body == NULL)
        reply->body = gateway_views_problem(reply, &reply->body_bytes);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply->body_bytes, reply->body, MHD_RESPMEM_MUST_FREE);
    if (response != NULL)
        reply->body = NULL;
    return response;
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (value != NULL)
        MHD_add_response_header(response, name, value);
}

/* Hands the slot's reply to libmicrohttpd. MHD_NO (the connection is closed) only when memory is out. */
static enum MHD_Result answer(struct gateway *gateway, struct slot *slot)
{
    struct reply *reply = &slot->reply;
    assert(reply->status >= 100 && reply->status < 600);
    bool problem = reply->body == NULL && reply->stream == NULL;
    struct MHD_Response *response = make_response(reply);
    if (response == NULL)
        return MHD_NO;
    const char *type = problem ? "application/problem+json" : reply->content_type;
    add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type != NULL ? type : "application/json");
    add_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    add_header(response, "X-Content-Type-Options", "nosniff");
    add_header(response, MHD_HTTP_HEADER_ALLOW, reply->allow);
    add_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, reply->authenticate);
    add_header(response, MHD_HTTP_HEADER_CONNECTION, reply->close ? "close" : NULL);
    char text[sizeof "/v1/orders/" + ID_SIZE];
    snprintf(text, sizeof text, "%d", reply->retry_after_s);
    add_header(response, MHD_HTTP_HEADER_RETRY_AFTER, reply->retry_after_s > 0 ? text : NULL);
    if (reply->created) {
        snprintf(text, sizeof text, "/v1/orders/%s", reply->order_id);
        add_header(response, MHD_HTTP_HEADER_LOCATION, text);
    }
    gateway->counts.answers[reply->status / 100]++;
    slot->state = SLOT_ANSWERED;
    enum MHD_Result queued = MHD_queue_response(slot->connection, reply->status, response);
    MHD_destroy_response(response);
    return queued;
}

/* The headers are there. What is refused is mostly answered when its body has been read and dropped: a client that
 * still writes might not see an answer that comes before. */
static enum MHD_Result begin(struct gateway *gateway, struct slot *slot, const char *url, const char *method)
{
    struct headers headers = {0};
    struct reply *reply = &slot->reply;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(slot->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    MHD_get_connection_values(slot->connection, MHD_HEADER_KIND, read_header, &headers);
    size_t announced = headers.content_length != NULL ? (size_t)strtoull(headers.content_length, NULL, 10) : 0;
    slot->route = find_route(slot, url);
    bool open = slot->route != NULL && slot->route->open;
    slot->refused = refuse_framing(&headers, info != NULL ? info->header_size : 0, reply) ||
                    refuse_sender(gateway, &headers, open, reply) || refuse_rate(gateway, open, reply) ||
                    refuse_call(slot, &headers, method, reply) || refuse_body(announced, reply);
    bool at_once = reply->close || announced > GATEWAY_SWALLOW_BYTES || headers.expects_continue;
    return slot->refused && at_once ? answer(gateway, slot) : MHD_YES;
}

static enum MHD_Result take_body(struct slot *slot, const char *upload, size_t *upload_bytes)
{
    size_t bytes = *upload_bytes;
    *upload_bytes = 0;
    if (!slot->refused && bytes <= GATEWAY_BODY_BYTES - slot->body_bytes) {
        memcpy(slot->body + slot->body_bytes, upload, bytes);
        slot->body_bytes += bytes;
        return MHD_YES;
    }
    if (!slot->refused)
        slot->refused = refuse_body(slot->body_bytes + bytes, &slot->reply);
    slot->swallowed_bytes += bytes;
    return slot->swallowed_bytes <= GATEWAY_SWALLOW_BYTES ? MHD_YES : MHD_NO;
}

enum MHD_Result gateway_http_request(void *self, struct MHD_Connection *connection, const char *url, const char *method,
                                     const char *version, const char *upload, size_t *upload_bytes, void **request)
{
    (void)version;
    struct gateway *gateway = self;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct slot *slot = info != NULL ? info->socket_context : NULL;
    if (slot == NULL)
        return MHD_NO;
    if (*request == NULL) {
        *request = slot;
        return begin(gateway, slot, url, method);
    }
    if (*upload_bytes > 0)
        return take_body(slot, upload, upload_bytes);
    if (slot->state == SLOT_READING && !slot->refused && !handler_of(slot->route, method)(gateway, slot, &slot->reply))
        return MHD_YES; /* suspended */
    return answer(gateway, slot);
}

void gateway_http_completed(void *self, struct MHD_Connection *connection, void **request,
                            enum MHD_RequestTerminationCode code)
{
    (void)connection;
    (void)code;
    if (*request != NULL)
        gateway_slots_reset(self, *request);
    *request = NULL;
}
