#include "predict.hpp"

#include <algorithm>

namespace clearprop {
namespace {

constexpr std::ptrdiff_t cache_bytes = 64 * 1024;
constexpr std::size_t worth_threads = 2048;  // rows
constexpr std::size_t most_tasks = 1 << 16;
constexpr std::size_t few = 4;               // rows that are taken one by one

}  // namespace

template <class E>
void Predictor<E>::row(const E* x, E* out, Answer what, E* scratch) const {
    const Kernels<E>& kernels = *shape_.kernels;
    const std::ptrdiff_t room = round_up(shape_.widest, kernels.lanes);
    E *z = scratch, *other = scratch + room;
    for (const Layer<E>& layer : shape_.layers) {
        kernels.row_products(x, w_ + layer.w, w_ + layer.b, layer.bias_step, layer.in, layer.out, z);
        if (!layer.gate->row.identity)
            layer.gate->forward(z, z, round_up(layer.out, kernels.lanes), layer.parameters.data());
        x = z;
        std::swap(z, other);
    }
    if (what == Answer::chances) {
        // One sample in the first lane of a panel that is a vector wide.
        E* panel = scratch + 2 * room;
        E* cache = panel + static_cast<std::ptrdiff_t>(shape_.outputs()) * kernels.lanes;
        for (int j = 0; j < shape_.outputs(); ++j)
            std::fill_n(panel + static_cast<std::ptrdiff_t>(j) * kernels.lanes, kernels.lanes, x[j]);
        shape_.loss->chances(panel, panel, kernels.lanes, shape_.outputs(), cache,
                             shape_.loss_parameters.data());
        for (int j = 0; j < shape_.outputs(); ++j)
            out[j] = panel[static_cast<std::ptrdiff_t>(j) * kernels.lanes];
        return;
    }
    std::copy_n(x, shape_.outputs(), out);
}

template <class E>
void Predictor<E>::panel(const E* x, std::size_t rows, E* out, Answer what, Scratch<E>& scratch,
                         const E* packed) const {
    const int inputs = shape_.inputs(), outputs = shape_.outputs();
    for (std::ptrdiff_t s = 0; s < scratch.width; ++s)
        scratch.index[s] = static_cast<std::uint32_t>(std::min(static_cast<std::size_t>(s), rows - 1));
    shape_.kernels->gather(x, scratch.index.data(), inputs, x + rows * inputs, scratch.a[0].data(),
                           scratch.width);
    forward(shape_, w_, packed, scratch.a[0].data(), scratch);
    const E* found = scratch.a.back().data();
    if (what == Answer::chances) {
        shape_.loss->chances(found, scratch.delta.data(), scratch.width, outputs,
                             scratch.cache.data(), shape_.loss_parameters.data());
        found = scratch.delta.data();
    }
    for (std::size_t s = 0; s < rows; ++s)
        for (int j = 0; j < outputs; ++j) out[s * outputs + j] = found[j * scratch.width + s];
}

template <class E>
void Predictor<E>::answer(const E* x, std::size_t rows, E* out, Answer what, int asked) const {
    const std::ptrdiff_t lanes = shape_.kernels->lanes;
    const std::size_t inputs = shape_.inputs(), outputs = shape_.outputs();
    if (rows <= few) {
        const std::ptrdiff_t room = round_up(shape_.widest, lanes);
        Buffer<E> scratch(2 * room + static_cast<std::ptrdiff_t>(1 + shape_.loss->row.caches) *
                                         shape_.outputs() * lanes);
        for (std::size_t i = 0; i < rows; ++i)
            row(x + i * inputs, out + i * outputs, what, scratch.data());
        return;
    }
    Buffer<E> packed(shape_.n_packed);
    if (shape_.n_packed) shape_.pack(w_, packed.data(), 0, 1);
    const std::ptrdiff_t tile = lanes * shape_.kernels->tile_vectors;
    const std::ptrdiff_t bytes = shape_.per_sample() * static_cast<std::ptrdiff_t>(sizeof(E));
    const std::ptrdiff_t width = std::min(std::max(tile, cache_bytes / bytes / tile * tile),
                                          round_up(static_cast<std::ptrdiff_t>(rows), lanes));
    const std::size_t panels = (rows + width - 1) / width;
    const int workers = rows < worth_threads ? 1 : asked;
    Lease lease(workers);
    std::vector<std::unique_ptr<Scratch<E>>> scratch(lease.team().workers());
    for (auto& each : scratch) {
        each = std::make_unique<Scratch<E>>(shape_, width, Scratch<E>::For::forward);
        each->set_width(shape_, width);
    }
    const std::size_t portion = panels / most_tasks + 1;  // panels in a task
    lease.team().run((panels + portion - 1) / portion, [&](std::size_t task, int worker) {
        for (std::size_t p = task * portion; p < std::min(panels, (task + 1) * portion); ++p) {
            const std::size_t first = p * width, count = std::min<std::size_t>(width, rows - first);
            panel(x + first * inputs, count, out + first * outputs, what, *scratch[worker],
                  packed.data());
        }
    });
}

template class Predictor<double>;
template class Predictor<float>;

}  // namespace clearprop
