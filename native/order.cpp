#include "order.hpp"

#include <algorithm>

namespace clearprop {

namespace {

constexpr int row_bits = 24;
constexpr std::uint64_t row_mask = (std::uint64_t{1} << row_bits) - 1;

}  // namespace

// The keys are as good as uniform: one bucket for about each row by the leading bits, then
// an insertion sort of what is nearly in order. A key's last bits make room for the row's
// number; where two keys differ in those bits alone, or there are too many rows, `exactly`.
void Order::shuffle(KeyMaker keys, std::uint32_t seed, std::uint32_t epoch, std::size_t n,
                    std::vector<std::uint32_t>& rows) {
    keys_.resize(n);
    entries_.resize(n);
    rows.resize(n);
    keys(seed, epoch, n, keys_.data());
    if (n > row_mask) return exactly(rows);
    int bits = 1;
    while ((std::size_t{1} << bits) < n) ++bits;
    const int shift = 64 - bits;
    starts_.assign((std::size_t{1} << bits) + 1, 0);
    for (std::size_t i = 0; i < n; ++i) ++starts_[(keys_[i] >> shift) + 1];
    for (std::size_t b = 1; b < starts_.size(); ++b) starts_[b] += starts_[b - 1];
    for (std::size_t i = 0; i < n; ++i)
        entries_[starts_[keys_[i] >> shift]++] = (keys_[i] & ~row_mask) | i;
    bool close = false;
    for (std::size_t i = 1; i < n; ++i) {
        const std::uint64_t moving = entries_[i];
        std::size_t at = i;
        for (; at > 0 && entries_[at - 1] > moving; --at) entries_[at] = entries_[at - 1];
        entries_[at] = moving;
        close |= at > 0 && (entries_[at - 1] | row_mask) == (moving | row_mask);
    }
    if (close) return exactly(rows);
    for (std::size_t i = 0; i < n; ++i) rows[i] = static_cast<std::uint32_t>(entries_[i] & row_mask);
}

// By whole keys; equal keys keep the rows' own order.
void Order::exactly(std::vector<std::uint32_t>& rows) const {
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::uint32_t>(i);
    std::stable_sort(rows.begin(), rows.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return keys_[a] < keys_[b]; });
}

}  // namespace clearprop
