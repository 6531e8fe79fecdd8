// What a compiled set of kernels offers; one set for each instruction set.
//
// Layout: samples lie side by side in the lanes of vectors. A *panel* is `width` samples (a
// multiple of the lanes); an array of n numbers per sample is n rows of `width` numbers.
// All panels lie in scratch memory that ends with room for one more vector.
#pragma once

#include <cstddef>
#include <cstdint>

namespace clearprop {

// C = [C or bias or 0] + A B, with A read through two strides and B, C row by row.
template <class E>
struct Product {
    const E* a;
    std::ptrdiff_t a_row, a_column;  // from one row, one column of A to the next
    std::ptrdiff_t a_panel;          // from one panel of `tile_rows` rows to the next
    const E* b;
    std::ptrdiff_t b_row;
    E* c;
    std::ptrdiff_t c_row;
    int m, n, k;  // C is m by n; rows of B may be read up to a whole vector
    const E* bias;
    std::ptrdiff_t bias_step;  // one bias for each row of C, or 0: the same for all
    bool add;
};

template <class E>
struct LossBlock {
    const E* scores;
    E* delta;
    const E* target;   // one row of class numbers, or a row for each output
    const E* scales;   // of each sample, from `even` on
    E scale;           // of each sample before `even`
    std::ptrdiff_t even, width;  // samples; `even` is whole vectors
    bool alike;        // from `even` on there is at most a vector, of `scale` and 0
    int outputs;
    E* cache;
    const double* parameters;
};

template <class E>
struct Update {
    E* w;
    E* const* slots;
    const E* const* gradients;  // to be added up, in this order
    int n_gradients;
    const E* is_weight;  // 1 or 0 for each
    const E* frozen;     // 1 or 0 for each, or null
    std::ptrdiff_t begin, end;
    double l2, learning_rate;
    const double* prepared;
    const double* parameters;
    double penalty;  // out: the sum of squared weights before the step
    bool finite;     // out
};

struct RowInfo {
    const char* name;
    const char* fingerprint;
    int inputs, parameters, slots, scalars, caches;
    bool uses_input, identity, of_classes, has_probability, uses_is_weight;
};

template <class E>
struct Gate {
    RowInfo row;
    void (*forward)(const E* z, E* a, std::ptrdiff_t n, const double* parameters);
    void (*backward)(E* delta, const E* z, const E* a, std::ptrdiff_t n, const double* parameters);
    // The same for `rows` rows of `width`, but turned: out[s * out_row + row].
    void (*backward_turned)(const E* delta, const E* z, const E* a, int rows, std::ptrdiff_t width,
                            E* out, std::ptrdiff_t out_row, const double* parameters);
};

// A gate of any number of inputs, evaluated elementwise: value and one slope per input.
template <class E>
struct Elementwise {
    RowInfo row;
    void (*evaluate)(const E* const* x, E* value, E* const* slopes, std::ptrdiff_t n,
                     const double* parameters);
};

template <class E>
struct Loss {
    RowInfo row;
    double (*block)(const LossBlock<E>&);
    void (*chances)(const E* scores, E* p, std::ptrdiff_t width, int outputs, E* cache,
                    const double* parameters);
};

template <class E>
struct Rule {
    RowInfo row;
    void (*prepare)(double learning_rate, double t, const double* parameters, double* prepared);
    void (*step)(Update<E>&);
};

template <class E>
struct Kernels {
    int lanes, tile_rows, tile_vectors;
    void (*product)(const Product<E>&);
    // out[c * width + r] = from[index[r]][c] for `width` rows of an array that ends at `end`; a
    // row of ones below.
    void (*gather)(const E* from, const std::uint32_t* index, int columns, const E* end, E* out,
                   std::ptrdiff_t width);
    void (*transpose)(const E* in, std::ptrdiff_t in_row, int rows, int columns, E* out,
                      std::ptrdiff_t out_row);
    // acc[i][j] (+)= lane by lane a[i] * d[j]
    void (*dots)(const E* a, const E* d, int m, int n, std::ptrdiff_t width, E* acc, bool add);
    void (*lane_sums)(const E* acc, std::ptrdiff_t count, E* out);
    void (*row_products)(const E* x, const E* w, const E* bias, std::ptrdiff_t bias_step, int k,
                         int n, E* z);
    // Columns `first` to `last` of W (k by n) into panels of `tile_rows` columns.
    void (*pack)(const E* w, int k, int n, int first, int last, E* packed);
    void (*gradient)(Update<E>&, E* out);
    const Gate<E>* gates;
    int n_gates;
    const Elementwise<E>* elementwise;
    int n_elementwise;
    const Loss<E>* losses;
    int n_losses;
    const Rule<E>* rules;
    int n_rules;
};

struct KernelSet {
    const char* name;
    void (*row_keys)(std::uint32_t seed, std::uint32_t epoch, std::size_t n, std::uint64_t* keys);
    const Kernels<double>* f64;
    const Kernels<float>* f32;
};

template <class E>
const Kernels<E>& of(const KernelSet& set);
template <>
inline const Kernels<double>& of<double>(const KernelSet& set) {
    return *set.f64;
}
template <>
inline const Kernels<float>& of<float>(const KernelSet& set) {
    return *set.f32;
}

}  // namespace clearprop
