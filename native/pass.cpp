// A panel's way through the network and back; the rest of a run is in run.cpp.
#include <algorithm>

#include "run.hpp"

namespace clearprop {

template <class E>
double Run<E>::batch_weight(std::size_t first, std::size_t rows, const std::uint32_t* order) const {
    if (!task_.mean) return 1;
    if (!task_.weights) return static_cast<double>(rows);
    double sum = 0;
    for (std::size_t i = first; i < first + rows; ++i) sum += task_.weights[order ? order[i] : i];
    return sum != 0 ? sum : 1;  // nothing to divide where no sample weighs anything
}

template <class E>
typename Run<E>::Fetched Run<E>::place(std::size_t panel, Scratch<E>& scratch) {
    if (!held_.size()) return {scratch.a[0].data(), scratch.target.data(), scratch.scales.data()};
    E* inputs = held_.data() + static_cast<std::ptrdiff_t>(panel) * held_each_;
    E* target = inputs + (shape_.inputs() + 1) * cuts_[0].width;
    return {inputs, target, inputs + held_each_ - cuts_[0].width};
}

template <class E>
void Run<E>::fetch(std::size_t first, std::size_t count, const std::uint32_t* order, double scale,
                   const Fetched& to, Scratch<E>& scratch) {
    const std::ptrdiff_t width = scratch.width;
    std::uint32_t* index = scratch.index.data();
    for (std::size_t s = 0; s < count; ++s)
        index[s] = order ? order[first + s] : static_cast<std::uint32_t>(first + s);
    // A panel is filled up with its last row.
    std::fill(index + count, index + width, index[count - 1]);
    const auto columns = [&](const E* from, int n, E* out) {
        shape_.kernels->gather(from, index, n, from + task_.rows * n, out, width);
    };
    columns(task_.x, shape_.inputs(), to.inputs);
    if (shape_.of_classes())
        for (std::ptrdiff_t s = 0; s < width; ++s)
            to.target[s] = static_cast<E>(task_.classes[index[s]]);
    else
        columns(task_.targets, shape_.outputs(), to.target);
    if (task_.weights || count < static_cast<std::size_t>(width))
        for (std::ptrdiff_t s = 0; s < width; ++s) {
            const double weight =
                task_.weights ? static_cast<double>(task_.weights[index[s]]) : 1;
            const bool counts = s < static_cast<std::ptrdiff_t>(count);
            to.scales[s] = counts ? static_cast<E>(weight * scale) : E(0);
        }
}

// One group of panels, forward and backward; its gradient and loss are its own.
template <class E>
void Run<E>::group(const Panels& cut, std::size_t index, std::size_t first,
                   const std::uint32_t* order, double scale, bool slopes, Scratch<E>& scratch) {
    const std::ptrdiff_t lanes = shape_.kernels->lanes;
    const std::size_t begin = cut.panels * index / cut.groups;
    const std::size_t end = cut.panels * (index + 1) / cut.groups;
    double loss = 0;
    for (std::size_t panel = begin; panel < end; ++panel) {
        const std::size_t start = panel * cut.width;
        const std::size_t count = std::min<std::size_t>(cut.width, cut.rows - start);
        scratch.set_width(shape_, round_up(count, lanes));
        const Fetched data = place(panel, scratch);
        if (!filled_) fetch(first + start, count, order, scale, data, scratch);
        forward(shape_, w_, packed_.data(), data.inputs, scratch);
        LossBlock<E> of_loss{};
        of_loss.scores = scratch.a.back().data();
        of_loss.delta = scratch.delta.data();
        of_loss.target = data.target;
        of_loss.scales = data.scales;
        of_loss.scale = static_cast<E>(scale);
        of_loss.alike = !task_.weights;
        of_loss.even = of_loss.alike ? static_cast<std::ptrdiff_t>(count) / lanes * lanes : 0;
        of_loss.width = scratch.width;
        of_loss.outputs = shape_.outputs();
        of_loss.cache = scratch.cache.data();
        of_loss.parameters = shape_.loss_parameters.data();
        loss += shape_.loss->block(of_loss);
        if (slopes)
            backward(data.inputs, cut.fused ? nullptr : gradients_[index].data(), scratch, panel > begin);
    }
    if (slopes && !cut.fused) finish(gradients_[index].data(), scratch);
    group_loss_[index] = loss;
}

// Without a place for the gradient, only the deltas are made, turned, for `slopes`.
template <class E>
void Run<E>::backward(const E* inputs, E* gradient, Scratch<E>& scratch, bool add) {
    const Kernels<E>& kernels = *shape_.kernels;
    const std::ptrdiff_t width = scratch.width;
    const bool shared = shape_.shared_bias;
    E* delta = scratch.delta.data();
    E* next = scratch.next.data();
    E* sums = scratch.sums.data();
    for (std::size_t l = shape_.layers.size(); l-- > 0;) {
        const Layer<E>& layer = shape_.layers[l];
        const E* a = scratch.a[l + 1].data();
        const E* z = scratch.z[l].size() ? scratch.z[l].data() : a;
        // In the first layer the deltas are needed in one form only, where it takes the product.
        const bool turned = l == 0 && !layer.dots && !shared;
        if (!layer.gate->row.identity && !turned)
            layer.gate->backward(delta, z, a, layer.out * width, layer.parameters.data());
        const E* below = l ? scratch.a[l].data() : inputs;
        if (layer.dots) {
            kernels.dots(below, delta, layer.in + 1, layer.out, width, sums, add);
            sums += static_cast<std::ptrdiff_t>(layer.in + 1) * layer.out * kernels.lanes;
        } else {
            const std::ptrdiff_t row = round_up(layer.out, kernels.lanes);
            E* deltas = scratch.turned[gradient ? 0 : l].data();
            if (turned)
                layer.gate->backward_turned(delta, z, a, layer.out, width, deltas, row,
                                            layer.parameters.data());
            else
                kernels.transpose(delta, width, layer.out, static_cast<int>(width), deltas, row);
            Product<E> p{};
            p.a = below;
            p.a_row = width;
            p.a_column = 1;
            p.a_panel = kernels.tile_rows * width;
            p.b = deltas;
            p.b_row = row;
            p.c = gradient ? gradient + layer.w : nullptr;
            p.c_row = layer.out;
            p.m = shared ? layer.in : layer.in + 1;  // the row of ones gives the biases' slopes
            p.n = layer.out;
            p.k = static_cast<int>(width);
            p.add = add;
            if (gradient) kernels.product(p);
            if (shared) kernels.dots(below + layer.in * width, delta, 1, layer.out, width, sums, add);
            sums += static_cast<std::ptrdiff_t>(layer.out) * kernels.lanes;
        }
        if (!l) break;
        Product<E> p{};
        p.a = w_ + layer.w;
        p.a_row = layer.out;
        p.a_column = 1;
        p.a_panel = static_cast<std::ptrdiff_t>(kernels.tile_rows) * layer.out;
        p.b = delta;
        p.b_row = p.c_row = width;
        p.c = next;
        p.m = layer.in;
        p.n = static_cast<int>(width);
        p.k = layer.out;
        kernels.product(p);
        std::swap(delta, next);
    }
}

// Adds up the lanes of what was gathered lane by lane.
template <class E>
void Run<E>::finish(E* gradient, Scratch<E>& scratch) {
    const Kernels<E>& kernels = *shape_.kernels;
    const bool shared = shape_.shared_bias;
    const E* sums = scratch.sums.data();
    for (std::size_t l = shape_.layers.size(); l-- > 0;) {
        const Layer<E>& layer = shape_.layers[l];
        const std::ptrdiff_t weights = layer.dots ? static_cast<std::ptrdiff_t>(layer.in) * layer.out : 0;
        const std::ptrdiff_t all = weights + layer.out;
        if (shared) {
            E* totals = scratch.totals.data();
            kernels.lane_sums(sums, all, totals);
            std::copy_n(totals, weights, gradient + layer.w);
            E bias = 0;
            for (std::ptrdiff_t i = weights; i < all; ++i) bias += totals[i];
            gradient[layer.b] = bias;
        } else if (layer.dots) {
            kernels.lane_sums(sums, all, gradient + layer.w);
        }
        sums += all * kernels.lanes;
    }
}

// The slopes of some rows of a layer's weights over all panels, which keep their deltas.
template <class E>
void Run<E>::slopes(const Part& part, const Panels& cut, E* gradient) {
    const Layer<E>& layer = shape_.layers[part.layer];
    for (std::size_t panel = 0; panel < cut.panels; ++panel) {
        const Scratch<E>& scratch = *scratch_[panel];
        Product<E> p{};
        p.a = scratch.a[part.layer].data() + part.begin * scratch.width;
        p.a_row = scratch.width;
        p.a_column = 1;
        p.a_panel = shape_.kernels->tile_rows * scratch.width;
        p.b = scratch.turned[part.layer].data();
        p.b_row = round_up(layer.out, shape_.kernels->lanes);
        p.c = gradient;
        p.c_row = layer.out;
        p.m = part.end - part.begin;
        p.n = layer.out;
        p.k = static_cast<int>(scratch.width);
        p.add = panel > 0;
        shape_.kernels->product(p);
    }
}

template double Run<double>::batch_weight(std::size_t, std::size_t, const std::uint32_t*) const;
template double Run<float>::batch_weight(std::size_t, std::size_t, const std::uint32_t*) const;
template void Run<double>::group(const Panels&, std::size_t, std::size_t, const std::uint32_t*, double,
                                 bool, Scratch<double>&);
template void Run<float>::group(const Panels&, std::size_t, std::size_t, const std::uint32_t*, double,
                                bool, Scratch<float>&);
template void Run<double>::slopes(const Part&, const Panels&, double*);
template void Run<float>::slopes(const Part&, const Panels&, float*);

}  // namespace clearprop
