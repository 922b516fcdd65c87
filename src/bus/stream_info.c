/* Asking again until the end is where it was. */
#include "bus/stream_info.h"

#include "bus/tape_internal.h"
#include "core/clock.h"
#include "core/timestamp.h"

enum { LAG_WAIT_MS = 3000, LAG_POLL_MS = 50 };

natsStatus stream_info_get(struct tape *tape, const char *stream, uint64_t reaches, jsStreamInfo **info,
                           jsErrCode *code)
{
    int64_t end_ns = clock_monotonic_ns() + LAG_WAIT_MS * NS_PER_MS;
    for (;;) {
        natsStatus status = js_GetStreamInfo(info, tape_jetstream(tape), stream, NULL, code);
        if (status != NATS_OK)
            return status;
        /* A newer server names a leader also when it is alone, and no others. */
        bool shared = (*info)->Cluster != NULL && (*info)->Cluster->ReplicasLen > 0;
        if (!shared || (*info)->State.LastSeq >= reaches || clock_monotonic_ns() >= end_ns)
            return NATS_OK;
        jsStreamInfo_Destroy(*info);
        *info = NULL;
        nats_Sleep(LAG_POLL_MS);
    }
}
