#include "ui/volume_profile.h"

void volume_profile_add(struct volume_profile *profile, int64_t day_ns, int64_t step, const struct quote *quote)
{
    if (day_ns > profile->day_ns)
        *profile = (struct volume_profile){.day_ns = day_ns};
    if (quote->last_size == DECIMAL_NONE || day_ns < profile->day_ns)
        return;
    int64_t place = quote->last / step % VOLUME_LEVELS;
    size_t at = (size_t)(place < 0 ? place + VOLUME_LEVELS : place);
    if (profile->levels[at].price != quote->last)
        profile->levels[at].volume = 0;
    profile->levels[at].price = quote->last;
    if (__builtin_add_overflow(profile->levels[at].volume, quote->last_size, &profile->levels[at].volume))
        profile->levels[at].volume = INT64_MAX;
    if (profile->since_ns == 0)
        profile->since_ns = quote->timestamp_ns;
}
