#include "order.hpp"

namespace clearprop {

// The keys are as good as uniform: one bucket for about each row by the leading bits, then
// an insertion sort within each bucket. Equal keys keep the rows' own order.
void Order::shuffle(KeyMaker keys, std::uint32_t seed, std::uint32_t epoch, std::size_t n,
                    std::vector<std::uint32_t>& rows) {
    int bits = 1;
    while (bits < 24 && (std::size_t{1} << bits) < n) ++bits;
    const int shift = 64 - bits;
    keys_.resize(n);
    entries_.resize(n);
    rows.resize(n);
    keys(seed, epoch, n, keys_.data());
    starts_.assign((std::size_t{1} << bits) + 1, 0);
    for (std::size_t i = 0; i < n; ++i) ++starts_[(keys_[i] >> shift) + 1];
    for (std::size_t b = 1; b < starts_.size(); ++b) starts_[b] += starts_[b - 1];
    for (std::size_t i = 0; i < n; ++i)
        entries_[starts_[keys_[i] >> shift]++] = {keys_[i], static_cast<std::uint32_t>(i)};
    // Now each start has moved to its bucket's end, and buckets follow each other in order.
    for (std::size_t i = 1; i < n; ++i) {
        const Entry moving = entries_[i];
        std::size_t at = i;
        for (; at > 0 && entries_[at - 1].key > moving.key; --at) entries_[at] = entries_[at - 1];
        entries_[at] = moving;
    }
    for (std::size_t i = 0; i < n; ++i) rows[i] = entries_[i].row;
}

}  // namespace clearprop
