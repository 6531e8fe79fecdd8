// The order of rows, the same as clearprop.engines.order.Shuffled gives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace clearprop {

// Writes `n` keys of 64 bits: Threefry-2x32-20 of (seed, epoch) and the row's number.
using KeyMaker = void (*)(std::uint32_t seed, std::uint32_t epoch, std::size_t n, std::uint64_t* keys);

class Order {
   public:
    // Fills `rows` with the numbers of rows, sorted by their keys.
    void shuffle(KeyMaker keys, std::uint32_t seed, std::uint32_t epoch, std::size_t n,
                 std::vector<std::uint32_t>& rows);

   private:
    void exactly(std::vector<std::uint32_t>& rows) const;

    std::vector<std::uint64_t> keys_, entries_;
    std::vector<std::uint32_t> starts_;
};

}  // namespace clearprop
