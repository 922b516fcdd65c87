/* Block 0 and 1 are the heads, all others the ring. Numbers are found by scanning the whole file at the start, which
 * takes some ten milliseconds; so nothing but the records themselves has to be right after a failure. */
#include "bus/outbox_journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "core/log.h"

enum {
    HEADS = 2,
    RECORD_BLOCKS_MAX = 16,
    BATCH_BLOCKS = 1024,
    SCAN_BLOCKS = 256,
};

#define RECORD_MAGIC UINT32_C(0x7464726f)
#define HEAD_MAGIC   UINT32_C(0x74646864)

/* On disk, in the machine's own byte order: the file never leaves it. The checksum is of all that follows it. */
struct record_header {
    uint32_t magic, checksum;
    uint64_t number;
    int64_t accepted_ns;
    uint32_t payload_bytes;
    uint16_t subject_bytes; /* the subject, then the payload, follow without terminators */
    uint16_t dropped;
};

struct head {
    uint32_t magic, checksum;
    uint64_t written; /* counts heads: the higher of the two is the newer */
    uint64_t kept_from;
};

static_assert(offsetof(struct record_header, number) == offsetof(struct head, written), "both begin alike");

/* Where a record is. */
struct place {
    uint64_t number;
    uint32_t block;
    uint32_t blocks; /* 0: it is missing */
};

/* Blocks of the batch that go to one place in the file. */
struct range {
    uint32_t block, blocks;
};

struct outbox_journal {
    int fd;
    uint32_t blocks;      /* of the file */
    struct place *places; /* by number, modulo `blocks` */
    uint64_t first, next; /* numbers */
    uint32_t head_block;  /* where the next record goes */
    uint64_t heads_written, kept_from_written;

    char *batch; /* BATCH_BLOCKS */
    struct range ranges[2];
    int range_count;
    uint64_t batch_first;                    /* number of its first record */
    uint32_t batch_blocks, batch_head_block; /* and where the ring ended before it */

    char record[RECORD_BLOCKS_MAX * OUTBOX_BLOCK_BYTES + 2]; /* the last one that was read */
};

static uint32_t checksum_of(const void *record, size_t bytes)
{
    size_t skipped = offsetof(struct record_header, number);
    return (uint32_t)crc32(0, (const Bytef *)record + skipped, (uInt)(bytes - skipped));
}

static size_t record_bytes(const struct record_header *header)
{
    return sizeof *header + header->subject_bytes + header->payload_bytes;
}

static uint32_t blocks_for(size_t bytes)
{
    return (uint32_t)((bytes + OUTBOX_BLOCK_BYTES - 1) / OUTBOX_BLOCK_BYTES);
}

static struct place *place_of(const struct outbox_journal *journal, uint64_t number)
{
    return &journal->places[number % journal->blocks];
}

/* True when `bytes` at `at` begin with a whole record. */
static bool is_record(const char *at, size_t bytes, struct record_header *header)
{
    if (bytes < sizeof *header)
        return false;
    memcpy(header, at, sizeof *header);
    return header->magic == RECORD_MAGIC && header->payload_bytes <= RECORD_BLOCKS_MAX * OUTBOX_BLOCK_BYTES &&
           record_bytes(header) <= bytes && checksum_of(at, record_bytes(header)) == header->checksum;
}

static int read_at(const struct outbox_journal *journal, void *out, uint32_t block, uint32_t blocks)
{
    size_t wanted = (size_t)blocks * OUTBOX_BLOCK_BYTES;
    return pread(journal->fd, out, wanted, (off_t)block * OUTBOX_BLOCK_BYTES) == (ssize_t)wanted ? 0 : -1;
}

static int write_at(const struct outbox_journal *journal, const char *from, uint32_t block, uint32_t blocks)
{
    size_t left = (size_t)blocks * OUTBOX_BLOCK_BYTES;
    off_t at = (off_t)block * OUTBOX_BLOCK_BYTES;
    while (left > 0) {
        ssize_t written = pwrite(journal->fd, from, left, at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return -1;
        from += written;
        at += written;
        left -= (size_t)written;
    }
    return 0;
}

static uint64_t read_heads(struct outbox_journal *journal)
{
    uint64_t kept_from = 0;
    for (uint32_t i = 0; i < HEADS; i++) {
        char block[OUTBOX_BLOCK_BYTES];
        struct head head;
        if (read_at(journal, block, i, 1) != 0)
            continue;
        memcpy(&head, block, sizeof head);
        if (head.magic != HEAD_MAGIC || head.checksum != checksum_of(&head, sizeof head) ||
            head.written < journal->heads_written)
            continue;
        journal->heads_written = head.written;
        kept_from = head.kept_from;
    }
    journal->kept_from_written = kept_from;
    return kept_from;
}

/* Calls `found` for every whole record of the ring, wherever it is. */
static int scan(struct outbox_journal *journal, void (*found)(struct outbox_journal *, struct place))
{
    enum { WINDOW = SCAN_BLOCKS + RECORD_BLOCKS_MAX };
    char *blocks = malloc((size_t)WINDOW * OUTBOX_BLOCK_BYTES);
    assert(blocks != NULL);
    int result = 0;
    uint32_t block = HEADS;
    while (result == 0 && block < journal->blocks) {
        uint32_t count = journal->blocks - block < WINDOW ? journal->blocks - block : WINDOW;
        uint32_t at = 0;
        result = read_at(journal, blocks, block, count);
        while (result == 0 && at < count && at < SCAN_BLOCKS) {
            struct record_header header;
            const char *record = blocks + (size_t)at * OUTBOX_BLOCK_BYTES;
            uint32_t length = 1;
            if (is_record(record, (size_t)(count - at) * OUTBOX_BLOCK_BYTES, &header)) {
                length = blocks_for(record_bytes(&header));
                found(journal, (struct place){header.number, block + at, length});
            }
            at += length;
        }
        block += at;
    }
    free(blocks);
    return result;
}

static void find_end(struct outbox_journal *journal, struct place place)
{
    if (place.number < journal->next)
        return;
    journal->next = place.number + 1;
    journal->head_block = place.block + place.blocks;
}

static void take_in(struct outbox_journal *journal, struct place place)
{
    if (place.number >= journal->first && place.number < journal->next)
        *place_of(journal, place.number) = place;
}

/* Which records are kept: those from the head's number on that are still there. */
static int recover(struct outbox_journal *journal, const char *path, struct error *error)
{
    journal->head_block = HEADS;
    journal->next = 1;
    uint64_t kept_from = read_heads(journal);
    if (scan(journal, find_end) != 0)
        return error_set(error, ERROR_FAILED, "cannot read %s: %s", path, strerror(errno));
    if (journal->next < kept_from)
        journal->next = kept_from;
    journal->first = journal->next > journal->blocks ? journal->next - journal->blocks : 1;
    if (journal->first < kept_from)
        journal->first = kept_from;
    if (scan(journal, take_in) != 0)
        return error_set(error, ERROR_FAILED, "cannot read %s: %s", path, strerror(errno));
    while (journal->first < journal->next && place_of(journal, journal->first)->number != journal->first)
        journal->first++;
    return 0;
}

/* Makes the file at least as large as asked for, with its room on the disk. */
static int allocate(struct outbox_journal *journal, const char *path, size_t bytes, struct error *error)
{
    struct stat status;
    if (fstat(journal->fd, &status) != 0 || !S_ISREG(status.st_mode))
        return error_set(error, ERROR_FAILED, "%s is not a file", path);
    size_t size = bytes > (size_t)status.st_size ? bytes : (size_t)status.st_size;
    size -= size % OUTBOX_BLOCK_BYTES;
    if (size < (size_t)OUTBOX_BLOCKS_MIN * OUTBOX_BLOCK_BYTES || size / OUTBOX_BLOCK_BYTES > UINT32_MAX)
        return error_set(error, ERROR_USAGE, "the outbox cannot have %zu bytes", size);
    int problem = posix_fallocate(journal->fd, 0, (off_t)size);
    if (problem != 0)
        return error_set(error, ERROR_FAILED, "cannot make room for the outbox %s: %s", path, strerror(problem));
    if (fsync(journal->fd) != 0)
        return error_set(error, ERROR_FAILED, "cannot write %s: %s", path, strerror(errno));
    journal->blocks = (uint32_t)(size / OUTBOX_BLOCK_BYTES);
    return 0;
}

/* A file that was just made is there after a power failure only when its directory says so. */
static int sync_directory(const char *path, struct error *error)
{
    const char *slash = strrchr(path, '/');
    char *directory = strndup(path, slash != NULL ? (size_t)(slash - path) + 1 : 0);
    assert(directory != NULL);
    int fd = open(slash != NULL ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = fd >= 0 && fsync(fd) == 0
                     ? 0
                     : error_set(error, ERROR_FAILED, "cannot write the directory of %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    free(directory);
    return result;
}

struct outbox_journal *outbox_journal_open(const char *path, size_t bytes, struct error *error)
{
    struct outbox_journal *journal = calloc(1, sizeof *journal);
    assert(journal != NULL);
    journal->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (journal->fd < 0) {
        error_set(error, ERROR_FAILED, "cannot open %s: %s", path, strerror(errno));
        goto failed;
    }
    if (flock(journal->fd, LOCK_EX | LOCK_NB) != 0) {
        error_set(error, ERROR_IN_USE, "another process has the outbox %s", path);
        goto failed;
    }
    if (allocate(journal, path, bytes, error) != 0 || sync_directory(path, error) != 0)
        goto failed;
    journal->places = calloc(journal->blocks, sizeof *journal->places);
    journal->batch = malloc((size_t)BATCH_BLOCKS * OUTBOX_BLOCK_BYTES);
    assert(journal->places != NULL && journal->batch != NULL);
    if (recover(journal, path, error) != 0)
        goto failed;
    journal->batch_first = journal->next;
    return journal;

failed:
    if (journal->fd >= 0)
        close(journal->fd);
    free(journal->places);
    free(journal->batch);
    free(journal);
    return NULL;
}

void outbox_journal_close(struct outbox_journal *journal)
{
    if (journal == NULL)
        return;
    outbox_journal_write_head(journal);
    close(journal->fd);
    free(journal->places);
    free(journal->batch);
    free(journal);
}

uint64_t outbox_journal_first(const struct outbox_journal *journal)
{
    return journal->first;
}

uint64_t outbox_journal_next(const struct outbox_journal *journal)
{
    return journal->batch_first;
}

/* Blocks from the oldest kept record to where the next one goes. */
static uint32_t used_blocks(const struct outbox_journal *journal)
{
    uint32_t ring = journal->blocks - HEADS;
    uint64_t number = journal->first;
    while (number < journal->next && place_of(journal, number)->blocks == 0)
        number++;
    if (number == journal->next)
        return 0;
    uint32_t tail = place_of(journal, number)->block;
    return (journal->head_block + ring - tail) % ring;
}

size_t outbox_journal_capacity(const struct outbox_journal *journal)
{
    return journal->blocks;
}

bool outbox_journal_read(struct outbox_journal *journal, uint64_t number, struct outbox_record *record)
{
    if (number < journal->first || number >= journal->batch_first)
        return false;
    const struct place *place = place_of(journal, number);
    struct record_header header;
    if (place->number != number || place->blocks == 0 ||
        read_at(journal, journal->record, place->block, place->blocks) != 0 ||
        !is_record(journal->record, (size_t)place->blocks * OUTBOX_BLOCK_BYTES, &header) || header.number != number ||
        header.dropped)
        return false;
    /* Room for a terminator between the two is made by moving the payload. */
    char *subject = journal->record + sizeof header;
    char *payload = subject + header.subject_bytes + 1;
    memmove(payload, payload - 1, header.payload_bytes);
    payload[-1] = '\0';
    payload[header.payload_bytes] = '\0';
    *record = (struct outbox_record){number, header.accepted_ns, subject, payload, header.payload_bytes};
    return true;
}

/* Reserves blocks behind the last record; false when the ring has no room for them. */
static bool reserve(struct outbox_journal *journal, uint32_t blocks, uint32_t *block)
{
    uint32_t at = journal->head_block;
    uint32_t skipped = 0;
    bool wraps = at + blocks > journal->blocks; /* a record is in one piece */
    if (wraps) {
        skipped = journal->blocks - at;
        at = HEADS;
    }
    if (used_blocks(journal) + skipped + blocks >= journal->blocks - HEADS ||
        journal->next - journal->first >= journal->blocks)
        return false;
    if (journal->range_count == 0 || wraps)
        journal->ranges[journal->range_count++] = (struct range){.block = at};
    journal->ranges[journal->range_count - 1].blocks += blocks;
    journal->head_block = at + blocks;
    *block = at;
    return true;
}

int outbox_journal_add(struct outbox_journal *journal, const struct outbox_record *record, uint64_t *number,
                       bool *batch_full, struct error *error)
{
    struct record_header header = {
        .magic = RECORD_MAGIC,
        .number = journal->next,
        .accepted_ns = record->accepted_ns,
        .payload_bytes = (uint32_t)record->payload_bytes,
        .subject_bytes = (uint16_t)strlen(record->subject),
    };
    uint32_t blocks = blocks_for(record_bytes(&header)), block;
    *batch_full = false;
    if (blocks > RECORD_BLOCKS_MAX)
        return error_set(error, ERROR_FAILED, "the request is too long for the outbox");
    bool wraps = journal->head_block + blocks > journal->blocks;
    if (journal->batch_blocks + blocks > BATCH_BLOCKS || (wraps && journal->range_count == 2)) {
        *batch_full = true;
        return -1;
    }
    if (journal->range_count == 0)
        journal->batch_head_block = journal->head_block;
    if (!reserve(journal, blocks, &block))
        return error_set(error, ERROR_FAILED, "the outbox is full: too many orders in the last minutes");
    char *at = journal->batch + (size_t)journal->batch_blocks * OUTBOX_BLOCK_BYTES;
    memset(at, 0, (size_t)blocks * OUTBOX_BLOCK_BYTES);
    memcpy(at + sizeof header, record->subject, header.subject_bytes);
    memcpy(at + sizeof header + header.subject_bytes, record->payload, header.payload_bytes);
    memcpy(at, &header, sizeof header);
    header.checksum = checksum_of(at, record_bytes(&header));
    memcpy(at, &header, sizeof header);
    journal->batch_blocks += blocks;
    *place_of(journal, journal->next) = (struct place){journal->next, block, blocks};
    *number = journal->next++;
    return 0;
}

static int write_batch(struct outbox_journal *journal)
{
    const char *from = journal->batch;
    for (int i = 0; i < journal->range_count; i++) {
        if (write_at(journal, from, journal->ranges[i].block, journal->ranges[i].blocks) != 0)
            return -1;
        from += (size_t)journal->ranges[i].blocks * OUTBOX_BLOCK_BYTES;
    }
    return fdatasync(journal->fd);
}

int outbox_journal_commit(struct outbox_journal *journal, struct error *error)
{
    int result = 0;
    if (journal->range_count > 0 && write_batch(journal) != 0) {
        result = error_set(error, ERROR_FAILED, "the outbox cannot be written: %s", strerror(errno));
        for (uint64_t number = journal->batch_first; number < journal->next; number++)
            place_of(journal, number)->blocks = 0;
        journal->head_block = journal->batch_head_block; /* the next batch is written over this one */
    }
    journal->range_count = 0;
    journal->batch_blocks = 0;
    journal->batch_first = journal->next;
    return result;
}

void outbox_journal_drop(struct outbox_journal *journal, uint64_t number)
{
    struct outbox_record record;
    if (!outbox_journal_read(journal, number, &record))
        return;
    struct place *place = place_of(journal, number);
    struct record_header header;
    if (read_at(journal, journal->record, place->block, place->blocks) == 0) {
        memcpy(&header, journal->record, sizeof header);
        header.dropped = 1;
        memcpy(journal->record, &header, sizeof header);
        header.checksum = checksum_of(journal->record, record_bytes(&header));
        memcpy(journal->record, &header, sizeof header);
        if (write_at(journal, journal->record, place->block, 1) != 0 || fdatasync(journal->fd) != 0)
            log_error("outbox", "a refused request could not be struck out: %s", strerror(errno));
    }
}

void outbox_journal_release(struct outbox_journal *journal, uint64_t number)
{
    assert(number <= journal->batch_first);
    if (number > journal->first)
        journal->first = number;
}

void outbox_journal_write_head(struct outbox_journal *journal)
{
    if (journal->kept_from_written == journal->first)
        return;
    char block[OUTBOX_BLOCK_BYTES] = {0};
    struct head head = {.magic = HEAD_MAGIC, .written = journal->heads_written + 1, .kept_from = journal->first};
    head.checksum = checksum_of(&head, sizeof head);
    memcpy(block, &head, sizeof head);
    if (write_at(journal, block, head.written % HEADS, 1) != 0)
        return; /* the older head says no more than that more records are looked at */
    journal->heads_written = head.written;
    journal->kept_from_written = head.kept_from;
}
