/* A server with one stream "T" of subjects t.>, and an inbox: what tests of its readers start from. */
#ifndef TESTS_BUS_STREAM_FIXTURE_H
#define TESTS_BUS_STREAM_FIXTURE_H

#include "bus/stream.h"
#include "bus/test_server.h"

extern const struct stream_config STREAM_FIXTURE_CONFIG;

/* The tag that the tests' readers shall put into their items. */
enum { STREAM_FIXTURE_TAG = 5 };

struct stream_fixture {
    struct test_server server;
    struct inbox *inbox;
};

void stream_fixture_start(struct stream_fixture *fixture);
void stream_fixture_stop(struct stream_fixture *fixture);

/* Publishes one message and waits for its acknowledgement. */
void stream_fixture_publish(struct stream_fixture *fixture, const char *subject, const char *payload);
/* Publishes on t.0, t.1, t.2, t.0, … */
void stream_fixture_publish_many(struct stream_fixture *fixture, int count);
/* Publishes a large number of messages of 200 bytes on t.a and waits until they are stored. */
void stream_fixture_fill(struct stream_fixture *fixture, uint64_t count);

/* The next item; fails the test when it is not this one, or when none comes within 30 s. */
struct inbox_item stream_fixture_expect(struct inbox *inbox, enum inbox_kind kind, uint64_t sequence);
bool stream_fixture_is_empty(struct inbox *inbox);

/* Deletes the consumers of the stream; there are `count`. */
void stream_fixture_delete_consumers(struct stream_fixture *fixture, int count);

#endif
