// Memory for vectors: aligned to cache lines, with room for one more vector at the end.
//
// Arrays that a loop reads and writes side by side are given places: where a load and an earlier
// store agree in the last twelve bits of their addresses, processors wait as if they were the
// same (seen here: a third of a small step). Array number k starts k * 832 bytes into a page.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

namespace clearprop {

template <class E>
class Buffer {
   public:
    Buffer() = default;
    explicit Buffer(std::size_t n) : Buffer(n, line, 0) {}
    // The one of this number among arrays that are used together.
    Buffer(std::size_t n, int number) : Buffer(n, page, number * 832 % page) {}
    Buffer(Buffer&& other) noexcept { *this = std::move(other); }
    Buffer& operator=(Buffer&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(alignment_, other.alignment_);
        std::swap(start_, other.start_);
        return *this;
    }
    ~Buffer() {
        if (data_)
            ::operator delete[](reinterpret_cast<std::byte*>(data_) - start_,
                                std::align_val_t{alignment_});
    }
    E* data() { return data_; }
    const E* data() const { return data_; }
    std::size_t size() const { return size_; }
    E& operator[](std::size_t i) { return data_[i]; }
    const E& operator[](std::size_t i) const { return data_[i]; }

   private:
    static constexpr std::size_t line = 64, page = 4096, spare = 64 / sizeof(E);

    Buffer(std::size_t n, std::size_t alignment, std::size_t start)
        : size_(n), alignment_(alignment), start_(start) {
        void* memory =
            ::operator new[](start + (n + spare) * sizeof(E), std::align_val_t{alignment});
        data_ = reinterpret_cast<E*>(static_cast<std::byte*>(memory) + start);
        std::fill_n(data_, n + spare, E(0));
    }

    E* data_ = nullptr;
    std::size_t size_ = 0, alignment_ = line, start_ = 0;
};

inline std::ptrdiff_t round_up(std::ptrdiff_t n, std::ptrdiff_t step) {
    return (n + step - 1) / step * step;
}

}  // namespace clearprop
