#include "shape.hpp"

#include <algorithm>

namespace clearprop {
namespace {

constexpr std::ptrdiff_t pack_from = 16384;      // numbers in a layer's weights
constexpr std::ptrdiff_t large_from = 1 << 20;  // bytes of all parameters

}  // namespace

template <class E>
Shape<E>::Shape(std::vector<int> given, const std::vector<RowSpec>& gates, const RowSpec& loss_row,
                bool shared)
    : kernels(&of<E>(best_kernels())), sizes(std::move(given)), shared_bias(shared) {
    if (sizes.size() < 2 || gates.size() + 1 != sizes.size())
        throw std::invalid_argument("a shape has a gate for each layer of weights");
    loss = &find_row(kernels->losses, kernels->n_losses, loss_row, "loss");
    loss_parameters = loss_row.parameters;
    std::ptrdiff_t numbers = 0;
    for (std::size_t l = 0; l + 1 < sizes.size(); ++l)
        numbers += (static_cast<std::ptrdiff_t>(sizes[l]) + 1) * sizes[l + 1];
    large = !shared && numbers * static_cast<std::ptrdiff_t>(sizeof(E)) >= large_from;
    for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
        Layer<E> layer{};
        layer.in = sizes[l];
        layer.out = sizes[l + 1];
        layer.w = n_parameters;
        layer.b = layer.w + static_cast<std::ptrdiff_t>(layer.in) * layer.out;
        layer.bias_step = shared ? 0 : 1;
        n_parameters = layer.b + (shared ? 1 : layer.out);
        layer.gate = &find_row(kernels->gates, kernels->n_gates, gates[l], "gate");
        layer.parameters = gates[l].parameters;
        layer.dots = !large && 2 * layer.out < kernels->lanes;
        const bool packs = static_cast<std::ptrdiff_t>(layer.in) * layer.out >= pack_from;
        layer.packed = packs ? n_packed : -1;
        if (packs) n_packed += round_up(layer.out, kernels->tile_rows) * layer.in;
        layers.push_back(std::move(layer));
    }
    widest = *std::max_element(sizes.begin(), sizes.end());
}

template <class E>
std::ptrdiff_t Shape<E>::per_sample() const {
    std::ptrdiff_t n = sizes[0] + 1 + 3 * static_cast<std::ptrdiff_t>(widest) + 4;
    for (const Layer<E>& layer : layers)
        n += layer.out * (layer.gate->row.uses_input ? 2 : 1) + 1;
    return n;
}

// One of several equal parts of all packing.
template <class E>
void Shape<E>::pack(const E* w, E* packed, int part, int parts) const {
    const int step = kernels->tile_rows;
    for (const Layer<E>& layer : layers) {
        if (layer.packed < 0) continue;
        const std::ptrdiff_t panels = (layer.out + step - 1) / step;
        const int first = static_cast<int>(panels * part / parts) * step;
        const int last = static_cast<int>(panels * (part + 1) / parts) * step;
        kernels->pack(w + layer.w, layer.in, layer.out, first, std::min(last, layer.out),
                      packed + layer.packed);
    }
}

template <class E>
Scratch<E>::Scratch(const Shape<E>& shape, std::ptrdiff_t room, For use) : capacity(room) {
    const bool backward = use != For::forward;
    const int lanes = shape.kernels->lanes;
    int number = 0;
    const auto buffer = [&](std::ptrdiff_t n) { return n ? Buffer<E>(n, number++) : Buffer<E>(); };
    a.push_back(buffer((shape.inputs() + 1) * room));
    for (const Layer<E>& layer : shape.layers) {
        const bool own = layer.gate->row.uses_input && backward && !layer.gate->row.identity;
        z.push_back(buffer(own ? layer.out * room : 0));
        a.push_back(buffer((layer.out + 1) * room));
    }
    index.resize(room);
    cache = Buffer<E>(static_cast<std::size_t>(shape.loss->row.caches) * shape.outputs() * lanes);
    delta = buffer(shape.widest * room);
    if (!backward) return;
    next = buffer(shape.widest * room);
    if (use == For::deltas)
        for (const Layer<E>& layer : shape.layers)
            turned.push_back(buffer(round_up(layer.out, lanes) * room));
    else
        turned.push_back(buffer(round_up(shape.widest, lanes) * room));
    target = buffer((shape.of_classes() ? 1 : shape.outputs()) * room + room);
    scales = buffer(room);
    std::ptrdiff_t n_sums = 0, most = 0;
    for (const Layer<E>& layer : shape.layers) {
        const std::ptrdiff_t each = static_cast<std::ptrdiff_t>(layer.dots ? layer.in + 1 : 1) * layer.out;
        n_sums += each;
        most = std::max(most, each);
    }
    sums = Buffer<E>(n_sums * lanes);
    totals = Buffer<E>(most);
}

template <class E>
void Scratch<E>::set_width(const Shape<E>& shape, std::ptrdiff_t new_width) {
    if (new_width == width) return;
    width = new_width;
    for (std::size_t l = 0; l < a.size(); ++l)
        std::fill_n(a[l].data() + shape.sizes[l] * width, width, E(1));
}

template <class E>
void forward(const Shape<E>& shape, const E* w, const E* packed, const E* inputs,
             Scratch<E>& scratch) {
    const std::ptrdiff_t width = scratch.width;
    const Kernels<E>& kernels = *shape.kernels;
    const E* flowing = inputs;
    for (std::size_t l = 0; l < shape.layers.size(); ++l) {
        const Layer<E>& layer = shape.layers[l];
        E* a = scratch.a[l + 1].data();
        E* z = scratch.z[l].size() ? scratch.z[l].data() : a;
        Product<E> p{};
        if (layer.packed >= 0) {
            p.a = packed + layer.packed;
            p.a_row = 1;
            p.a_column = kernels.tile_rows;
            p.a_panel = static_cast<std::ptrdiff_t>(layer.in) * kernels.tile_rows;
        } else {
            p.a = w + layer.w;
            p.a_row = 1;
            p.a_column = layer.out;
            p.a_panel = kernels.tile_rows;
        }
        p.b = flowing;
        p.b_row = p.c_row = width;
        p.c = z;
        p.m = layer.out;
        p.n = static_cast<int>(width);
        p.k = layer.in;
        p.bias = w + layer.b;
        p.bias_step = layer.bias_step;
        kernels.product(p);
        if (!layer.gate->row.identity)
            layer.gate->forward(z, a, layer.out * width, layer.parameters.data());
        flowing = a;
    }
}

template struct Shape<double>;
template struct Shape<float>;
template struct Scratch<double>;
template struct Scratch<float>;
template void forward(const Shape<double>&, const double*, const double*, const double*,
                      Scratch<double>&);
template void forward(const Shape<float>&, const float*, const float*, const float*,
                      Scratch<float>&);

}  // namespace clearprop
