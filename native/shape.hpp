// A network's shape as the engine sees it, and its forward pass on a panel of samples.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels.hpp"
#include "memory.hpp"

namespace clearprop {

// The set of kernels that this processor runs best, or the one named by CLEARPROP_ISA.
const KernelSet& best_kernels();

// A row of a table: its name, and its parameters' values.
struct RowSpec {
    std::string name;
    std::vector<double> parameters;
};

template <class Row>
const Row& find_row(const Row* rows, int n, const RowSpec& spec, const char* table) {
    for (int i = 0; i < n; ++i)
        if (spec.name == rows[i].row.name) {
            if (static_cast<int>(spec.parameters.size()) != rows[i].row.parameters)
                throw std::invalid_argument(spec.name + " has another number of parameters");
            return rows[i];
        }
    throw std::invalid_argument(std::string("no ") + table + " " + spec.name + " was compiled in");
}

template <class E>
struct Layer {
    int in, out;
    std::ptrdiff_t w, b;       // where weights and biases stand in the flat vector
    std::ptrdiff_t bias_step;  // 1, or 0 where all neurons share a bias
    const Gate<E>* gate;
    std::vector<double> parameters;
    bool dots;               // gradients as lane by lane dot products, not as a product
    std::ptrdiff_t packed;   // where its packed weights stand; -1: read as they are
};

template <class E>
struct Shape {
    const Kernels<E>* kernels;
    std::vector<int> sizes;
    std::vector<Layer<E>> layers;
    const Loss<E>* loss;
    std::vector<double> loss_parameters;
    bool shared_bias;
    bool large;  // so many parameters that their gradients are better not kept
    std::ptrdiff_t n_parameters = 0, n_packed = 0;
    int widest = 0;

    Shape(std::vector<int> sizes, const std::vector<RowSpec>& gates, const RowSpec& loss,
          bool shared_bias);

    int inputs() const { return sizes.front(); }
    int outputs() const { return sizes.back(); }
    bool of_classes() const { return loss->row.of_classes; }
    // Numbers that a sample needs in scratch memory, forward and backward.
    std::ptrdiff_t per_sample() const;
    void pack(const E* w, E* packed, int part, int parts) const;
};

// One worker's scratch memory: a panel's values, slopes and what belongs to its samples.
template <class E>
struct Scratch {
    std::ptrdiff_t capacity = 0, width = 0;
    std::vector<Buffer<E>> z, a;  // a[0] is the inputs; each a ends with a row of ones
    std::vector<Buffer<E>> turned;  // deltas with one sample a row: of each layer, or of one
    Buffer<E> delta, next, target, scales, cache, sums, totals;
    std::vector<std::uint32_t> index;

    enum class For { forward, backward, deltas };  // deltas: those of all layers are kept

    Scratch(const Shape<E>& shape, std::ptrdiff_t capacity, For use);
    // Makes panels this wide; rows of ones stand elsewhere for each width.
    void set_width(const Shape<E>& shape, std::ptrdiff_t new_width);
};

// Fills z and a from the inputs in a[0] (or `inputs`); the scores are in a.back().
template <class E>
void forward(const Shape<E>& shape, const E* w, const E* packed, const E* inputs,
             Scratch<E>& scratch);

}  // namespace clearprop
