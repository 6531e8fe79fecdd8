// Memory for vectors: aligned to cache lines, with room for one more vector at the end.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

namespace clearprop {

template <class E>
class Buffer {
   public:
    Buffer() = default;
    explicit Buffer(std::size_t n, E fill = 0) : size_(n) {
        data_ = static_cast<E*>(::operator new[]((n + spare) * sizeof(E), std::align_val_t{64}));
        for (std::size_t i = 0; i < n + spare; ++i) data_[i] = fill;
    }
    Buffer(Buffer&& other) noexcept : data_(other.data_), size_(other.size_) {
        other.data_ = nullptr;
        other.size_ = 0;
    }
    Buffer& operator=(Buffer&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~Buffer() {
        if (data_) ::operator delete[](data_, std::align_val_t{64});
    }
    E* data() { return data_; }
    const E* data() const { return data_; }
    std::size_t size() const { return size_; }
    E& operator[](std::size_t i) { return data_[i]; }
    const E& operator[](std::size_t i) const { return data_[i]; }

   private:
    static constexpr std::size_t spare = 64 / sizeof(E);
    E* data_ = nullptr;
    std::size_t size_ = 0;
};

inline std::ptrdiff_t round_up(std::ptrdiff_t n, std::ptrdiff_t step) {
    return (n + step - 1) / step * step;
}

}  // namespace clearprop
