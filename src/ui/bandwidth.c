/* See bandwidth.h. */
#include "ui/bandwidth.h"

#include "core/timestamp.h"

void bandwidth_sent(struct bandwidth *bandwidth, size_t bytes, int64_t now_ns)
{
    int64_t elapsed_ns = now_ns - bandwidth->window_start_ns;
    if (bandwidth->window_start_ns == 0) {
        bandwidth->window_start_ns = now_ns;
    } else if (elapsed_ns >= NS_PER_SECOND) {
        bandwidth->rate =
            (uint64_t)((double)(bandwidth->sent_bytes - bandwidth->window_start_bytes) * 1e9 / (double)elapsed_ns);
        bandwidth->window_start_ns = now_ns;
        bandwidth->window_start_bytes = bandwidth->sent_bytes;
    }
    bandwidth->sent_bytes += bytes;
    if (bandwidth->limit == 0)
        return;
    if (bandwidth->paid_ns < now_ns)
        bandwidth->paid_ns = now_ns;
    bandwidth->paid_ns += (int64_t)((double)bytes * 1e9 / (double)bandwidth->limit);
}

int64_t bandwidth_free_ns(const struct bandwidth *bandwidth, enum haste haste)
{
    static const int64_t ahead_ns[] = {
        [HASTE_MARKET] = 0, [HASTE_EVENT] = NS_PER_SECOND, [HASTE_KEY] = 3 * NS_PER_SECOND};
    return bandwidth->paid_ns - ahead_ns[haste];
}
