// Matrix products on panels of samples, and what goes with them.
#pragma once

#include <utility>

#include "kernels.hpp"
#include "simd.hpp"

namespace clearprop::CP_ISA {

#if CP_BYTES == 64
constexpr int tile_rows = 6, tile_vectors = 4;  // 24 sums in 32 registers
#else
constexpr int tile_rows = 6, tile_vectors = 2;  // 12 sums in 16 registers
#endif

CP_INLINE std::ptrdiff_t round_columns(std::ptrdiff_t n, std::ptrdiff_t step) {
    return (n + step - 1) / step * step;
}

#if CP_VECTORS
template <class V, std::size_t... low>
CP_INLINE auto halves_added(V v, std::index_sequence<low...>) {
    return __builtin_shufflevector(v, v, low...) +
           __builtin_shufflevector(v, v, (low + sizeof...(low))...);
}

template <int count, class V>
CP_INLINE auto sum_of_lanes(V v) {
    if constexpr (count == 2)
        return v[0] + v[1];
    else
        return sum_of_lanes<count / 2>(halves_added(v, std::make_index_sequence<count / 2>{}));
}

template <class E>
CP_INLINE E sum_lanes(Vec<E> a) {
    return sum_of_lanes<Vec<E>::lanes>(a.v);
}
#else
template <class E>
CP_INLINE E sum_lanes(Vec<E> a) {
    return lane_sum(a);
}
#endif

// One tile of C: `rows` by `vectors`, all sums in registers over the whole of k.
template <class E, int rows, int vectors>
CP_INLINE void tile(const Product<E>& p, const E* a, const E* b, E* c, const E* bias) {
    using V = Vec<E>;
    V sum[rows][vectors];
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 8
        for (int j = 0; j < vectors; ++j)
            sum[i][j] = p.add    ? V::load(c + i * p.c_row + j * V::lanes)
                        : p.bias ? V(bias[i * p.bias_step])
                                 : V(0);
    const E* from[rows];
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) from[i] = a + i * p.a_row;
    std::ptrdiff_t at = 0;
    for (int k = 0; k < p.k; ++k, at += p.a_column, b += p.b_row) {
        V x[vectors];
#pragma GCC unroll 8
        for (int j = 0; j < vectors; ++j) x[j] = V::load(b + j * V::lanes);
#pragma GCC unroll 8
        for (int i = 0; i < rows; ++i) {
            const V y(from[i][at]);
#pragma GCC unroll 8
            for (int j = 0; j < vectors; ++j) sum[i][j] = fma(y, x[j], sum[i][j]);
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 8
        for (int j = 0; j < vectors; ++j) sum[i][j].store(c + i * p.c_row + j * V::lanes);
}

// Up to `tile_rows` rows of C, `vectors` vectors wide.
template <class E, int vectors>
void strip(const Product<E>& p, int rows, const E* a, const E* b, E* c, const E* bias) {
    switch (rows) {
        case 1: return tile<E, 1, vectors>(p, a, b, c, bias);
        case 2: return tile<E, 2, vectors>(p, a, b, c, bias);
        case 3: return tile<E, 3, vectors>(p, a, b, c, bias);
        case 4: return tile<E, 4, vectors>(p, a, b, c, bias);
        case 5: return tile<E, 5, vectors>(p, a, b, c, bias);
        default: return tile<E, 6, vectors>(p, a, b, c, bias);
    }
}

template <class E>
void strip_of(const Product<E>& p, int rows, int vectors, const E* a, const E* b, E* c,
              const E* bias) {
    switch (vectors) {
        case 1: return strip<E, 1>(p, rows, a, b, c, bias);
        case 2: return strip<E, 2>(p, rows, a, b, c, bias);
#if CP_BYTES == 64
        case 3: return strip<E, 3>(p, rows, a, b, c, bias);
        default: return strip<E, 4>(p, rows, a, b, c, bias);
#else
        default: return strip<E, 2>(p, rows, a, b, c, bias);
#endif
    }
}

// The last columns of C, fewer than a vector: by way of a tile beside it.
template <class E>
void strip_tail(const Product<E>& p, int rows, int columns, const E* a, const E* b, E* c,
                const E* bias) {
    constexpr int lanes = Vec<E>::lanes;
    E beside[tile_rows * lanes] = {};
    if (p.add)
        for (int i = 0; i < rows; ++i)
            for (int j = 0; j < columns; ++j) beside[i * lanes + j] = c[i * p.c_row + j];
    Product<E> q = p;
    q.c_row = lanes;
    strip<E, 1>(q, rows, a, b, beside, bias);
    for (int i = 0; i < rows; ++i)
        for (int j = 0; j < columns; ++j) c[i * p.c_row + j] = beside[i * lanes + j];
}

template <class E>
void product(const Product<E>& p) {
    constexpr int lanes = Vec<E>::lanes;
    const int whole = p.n / lanes, rest = p.n % lanes;
    for (int first = 0; first < whole; first += tile_vectors) {
        const int vectors = whole - first < tile_vectors ? whole - first : tile_vectors;
        for (int row = 0; row < p.m; row += tile_rows)
            strip_of(p, p.m - row < tile_rows ? p.m - row : tile_rows, vectors,
                     p.a + row / tile_rows * p.a_panel, p.b + first * lanes,
                     p.c + row * p.c_row + first * lanes, p.bias + row * p.bias_step);
    }
    if (rest)
        for (int row = 0; row < p.m; row += tile_rows)
            strip_tail(p, p.m - row < tile_rows ? p.m - row : tile_rows, rest,
                       p.a + row / tile_rows * p.a_panel, p.b + whole * lanes,
                       p.c + row * p.c_row + whole * lanes, p.bias + row * p.bias_step);
}

#if CP_VECTORS
// One step of a transposition: blocks of `size` lanes change places between two rows.
template <int size, class V, std::size_t... lane>
CP_INLINE void exchange(V& a, V& b, std::index_sequence<lane...>) {
    constexpr int n = sizeof...(lane);
    const V first = __builtin_shufflevector(a, b, ((lane & size) ? n + lane - size : lane)...);
    const V second = __builtin_shufflevector(a, b, ((lane & size) ? n + lane : lane + size)...);
    a = first;
    b = second;
}

template <int size, class E>
CP_INLINE void exchange_all(Vec<E> (&rows)[Vec<E>::lanes]) {
    constexpr int n = Vec<E>::lanes;
    if constexpr (size < n) {
#pragma GCC unroll 16
        for (int i = 0; i < n; ++i)
            if (!(i & size))
                exchange<size>(rows[i].v, rows[i + size].v, std::make_index_sequence<n>{});
        exchange_all<size * 2>(rows);
    }
}
#else
template <int size, class E>
CP_INLINE void exchange_all(Vec<E> (&rows)[Vec<E>::lanes]) {
    for (int i = 0; i < Vec<E>::lanes; ++i)
        for (int j = 0; j < i; ++j) {
            const E kept = rows[i].v[j];
            rows[i].v[j] = rows[j].v[i];
            rows[j].v[i] = kept;
        }
}
#endif

template <class E>
void gather(const E* array, const std::uint32_t* index, int columns, const E* end, E* out,
            std::ptrdiff_t width) {
    constexpr int lanes = Vec<E>::lanes;
    for (std::ptrdiff_t s = 0; s < width; s += lanes) {
        const E* from[lanes];
        const E* furthest = array;
#pragma GCC unroll 16
        for (int i = 0; i < lanes; ++i) {
            from[i] = array + static_cast<std::ptrdiff_t>(index[s + i]) * columns;
            furthest = from[i] > furthest ? from[i] : furthest;
        }
        // A vector may read on into the next row, but not past the last.
        const bool free = end - furthest >= round_columns(columns, lanes);
        int c = 0;
        for (; c < columns; c += lanes) {
            if (c + lanes > columns && !free) break;
            Vec<E> block[lanes];
#pragma GCC unroll 16
            for (int i = 0; i < lanes; ++i) block[i] = Vec<E>::load(from[i] + c);
            exchange_all<1>(block);
#pragma GCC unroll 16
            for (int i = 0; i < lanes; ++i)
                if (c + i < columns) block[i].store(out + (c + i) * width + s);
        }
        for (; c < columns; ++c)
            for (int i = 0; i < lanes; ++i) out[c * width + s + i] = from[i][c];
    }
    for (std::ptrdiff_t s = 0; s < width; ++s) out[columns * width + s] = 1;
}

// Both rows and columns of `out` come in whole vectors; rows that `in` lacks become 0.
template <class E>
void transpose(const E* in, std::ptrdiff_t in_row, int rows, int columns, E* out,
               std::ptrdiff_t out_row) {
    constexpr int lanes = Vec<E>::lanes;
    for (int r = 0; r < rows; r += lanes)
        for (int c = 0; c < columns; c += lanes) {
            Vec<E> block[lanes];
#pragma GCC unroll 16
            for (int i = 0; i < lanes; ++i)
                block[i] = r + i < rows ? Vec<E>::load(in + (r + i) * in_row + c) : Vec<E>(0);
            exchange_all<1>(block);
#pragma GCC unroll 16
            for (int i = 0; i < lanes; ++i) block[i].store(out + (c + i) * out_row + r);
        }
}

template <class E, int rows, int columns>
void dot_tile(const E* a, const E* d, std::ptrdiff_t width, E* acc, std::ptrdiff_t acc_row,
              bool add) {
    using V = Vec<E>;
    V sum[rows][columns];
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 8
        for (int j = 0; j < columns; ++j)
            sum[i][j] = add ? V::load(acc + i * acc_row + j * V::lanes) : V(0);
    for (std::ptrdiff_t s = 0; s < width; s += V::lanes) {
        V y[columns];
#pragma GCC unroll 8
        for (int j = 0; j < columns; ++j) y[j] = V::load(d + j * width + s);
#pragma GCC unroll 8
        for (int i = 0; i < rows; ++i) {
            const V x = V::load(a + i * width + s);
#pragma GCC unroll 8
            for (int j = 0; j < columns; ++j) sum[i][j] = fma(x, y[j], sum[i][j]);
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 8
        for (int j = 0; j < columns; ++j) sum[i][j].store(acc + i * acc_row + j * V::lanes);
}

template <class E, int columns>
void dot_strip(int rows, const E* a, const E* d, std::ptrdiff_t width, E* acc,
               std::ptrdiff_t acc_row, bool add) {
    switch (rows) {
        case 1: return dot_tile<E, 1, columns>(a, d, width, acc, acc_row, add);
        case 2: return dot_tile<E, 2, columns>(a, d, width, acc, acc_row, add);
        case 3: return dot_tile<E, 3, columns>(a, d, width, acc, acc_row, add);
        default: return dot_tile<E, 4, columns>(a, d, width, acc, acc_row, add);
    }
}

template <class E>
void dots(const E* a, const E* d, int m, int n, std::ptrdiff_t width, E* acc, bool add) {
    constexpr int lanes = Vec<E>::lanes, step = 4, across = CP_BYTES == 64 ? 4 : 2;
    const std::ptrdiff_t acc_row = static_cast<std::ptrdiff_t>(n) * lanes;
    for (int j = 0; j < n; j += across)
        for (int i = 0; i < m; i += step) {
            const int rows = m - i < step ? m - i : step;
            const E* x = a + i * width;
            const E* y = d + j * width;
            E* to = acc + i * acc_row + j * lanes;
            switch (n - j < across ? n - j : across) {
                case 1: dot_strip<E, 1>(rows, x, y, width, to, acc_row, add); break;
                case 2: dot_strip<E, 2>(rows, x, y, width, to, acc_row, add); break;
#if CP_BYTES == 64
                case 3: dot_strip<E, 3>(rows, x, y, width, to, acc_row, add); break;
                default: dot_strip<E, 4>(rows, x, y, width, to, acc_row, add); break;
#endif
            }
        }
}

template <class E>
void lane_sums(const E* acc, std::ptrdiff_t count, E* out) {
    for (std::ptrdiff_t i = 0; i < count; ++i)
        out[i] = sum_lanes(Vec<E>::load(acc + i * Vec<E>::lanes));
}

// z = bias + x W for one row x. Each sum runs over k in order, as in `product`: a row gives
// the same bits alone as among others.
template <class E>
void row_products(const E* x, const E* w, const E* bias, std::ptrdiff_t bias_step, int k, int n,
                  E* z) {
    using V = Vec<E>;
    constexpr int many = 4;
    int j = 0;
    for (; j + many * V::lanes <= n; j += many * V::lanes) {
        V sum[many];
        for (int v = 0; v < many; ++v)
            sum[v] = bias_step ? V::load(bias + j + v * V::lanes) : V(bias[0]);
        for (int i = 0; i < k; ++i) {
            const V y(x[i]);
            const E* row = w + static_cast<std::ptrdiff_t>(i) * n + j;
            for (int v = 0; v < many; ++v) sum[v] = fma(y, V::load(row + v * V::lanes), sum[v]);
        }
        for (int v = 0; v < many; ++v) sum[v].store(z + j + v * V::lanes);
    }
    for (; j + V::lanes <= n; j += V::lanes) {
        V sum = bias_step ? V::load(bias + j) : V(bias[0]);
        for (int i = 0; i < k; ++i)
            sum = fma(V(x[i]), V::load(w + static_cast<std::ptrdiff_t>(i) * n + j), sum);
        sum.store(z + j);
    }
    for (; j < n; ++j) {
        E sum = bias[j * bias_step];
        for (int i = 0; i < k; ++i)
            sum = scalar_fma(x[i], w[static_cast<std::ptrdiff_t>(i) * n + j], sum);
        z[j] = sum;
    }
}

// Columns of W (k by n) in panels of `tile_rows` columns, each panel k rows of them.
template <class E>
void pack(const E* w, int k, int n, int first, int last, E* packed) {
    for (int j = first; j < last; j += tile_rows) {
        const int columns = n - j < tile_rows ? n - j : tile_rows;
        const E* from = w + j;
        E* to = packed + static_cast<std::ptrdiff_t>(j) * k;
        if (columns == tile_rows)  // a size that the compiler knows: a load and a store or two
            for (int i = 0; i < k; ++i, to += tile_rows, from += n)
                std::memcpy(to, from, tile_rows * sizeof(E));
        else
            for (int i = 0; i < k; ++i, to += tile_rows, from += n)
                for (int c = 0; c < columns; ++c) to[c] = from[c];
    }
}

}  // namespace clearprop::CP_ISA
