#include "run.hpp"

#include <algorithm>
#include <cmath>

namespace clearprop {
namespace {

constexpr std::ptrdiff_t cache_bytes = 48 * 1024;  // for a panel: first-level cache and some
constexpr std::ptrdiff_t block = 4096;             // parameters that are updated in one go
constexpr std::ptrdiff_t part_bytes = 65536;       // of gradients that are made in one go
constexpr std::ptrdiff_t held_bytes = 4 << 20;     // of rows that are kept turned
constexpr std::size_t most_groups = 16;
constexpr std::size_t worth_sorting = 4096;       // rows
constexpr double worth_threads = 40'000;           // vector operations in a step

}  // namespace

template <class E>
Run<E>::Run(Shape<E> shape, const Task<E>& task, const RowSpec* rule)
    : shape_(std::move(shape)), task_(task), rule_(nullptr) {
    const Kernels<E>& kernels = *shape_.kernels;
    padded_ = round_up(shape_.n_parameters, kernels.lanes);
    if (rule) {
        rule_ = &find_row(kernels.rules, kernels.n_rules, *rule, "optimizer");
        rule_parameters_ = rule->parameters;
        prepared_.resize(rule_->row.scalars + 1);
        slots_.resize(rule_->row.slots);
    }
    cuts_[0] = make_cut(task_.batch);
    cuts_[1] = make_cut(task_.rows % task_.batch ? task_.rows % task_.batch : task_.batch);
    cuts_[1].fused = cuts_[0].fused;
    cuts_[1].groups = std::min(cuts_[1].groups, cuts_[0].groups);
    choose_dots();
    if (cuts_[0].fused)
        for (std::size_t l = 0; l < shape_.layers.size(); ++l) {
            const Layer<E>& layer = shape_.layers[l];
            const int step = kernels.tile_rows;
            const auto row = static_cast<std::ptrdiff_t>(layer.out * sizeof(E));
            const int rows = static_cast<int>(std::max<std::ptrdiff_t>(part_bytes / row / step, 1)) * step;
            for (int begin = 0; begin <= layer.in; begin += rows)
                parts_.push_back({l, begin, std::min(begin + rows, layer.in + 1)});
        }
    if (task_.l2 != 0 || (rule_ && rule_->row.uses_is_weight)) {
        is_weight_ = Buffer<E>(padded_);
        for (const Layer<E>& layer : shape_.layers)
            std::fill(is_weight_.data() + layer.w, is_weight_.data() + layer.b, E(1));
    }
    if (task_.frozen) {
        frozen_ = Buffer<E>(padded_);
        for (std::ptrdiff_t i = 0; i < shape_.n_parameters; ++i) frozen_[i] = task_.frozen[i];
    }
}

// Where a group has many samples for each of a layer's weights, lane by lane sums cost less than
// turning the deltas for a product. In cycles, as measured: 100 to turn a block of lanes by
// lanes, 2 to fetch and store a sum, 4 to add up its lanes.
template <class E>
void Run<E>::choose_dots() {
    const double lanes = shape_.kernels->lanes, groups = static_cast<double>(cuts_[0].groups);
    const double vectors = static_cast<double>(cuts_[0].rows) / lanes / groups;
    const double panels = static_cast<double>(cuts_[0].panels) / groups;
    for (Layer<E>& layer : shape_.layers) {
        const double turning = std::ceil(layer.out / lanes) * 100 * vectors;
        const double sums = (layer.in + 1.0) * layer.out * (2 * panels + 4);
        layer.dots = layer.dots || (!shape_.large && sums < turning);
    }
}

template <class E>
typename Run<E>::Panels Run<E>::make_cut(std::size_t rows) const {
    const std::ptrdiff_t lanes = shape_.kernels->lanes;
    const std::ptrdiff_t tile = lanes * shape_.kernels->tile_vectors;
    const std::ptrdiff_t bytes = shape_.per_sample() * static_cast<std::ptrdiff_t>(sizeof(E));
    const std::ptrdiff_t most = std::max(tile, cache_bytes / bytes / tile * tile);
    const std::size_t panels = (rows + most - 1) / most;
    const std::size_t each = (rows + panels - 1) / panels;
    const std::ptrdiff_t width = round_up(each, panels > 1 ? tile : lanes);
    const std::size_t needed = (rows + width - 1) / width;
    const std::ptrdiff_t size = shape_.n_parameters * static_cast<std::ptrdiff_t>(sizeof(E));
    const bool fused = rule_ && shape_.large && needed <= most_groups && task_.clip == 0;
    const std::size_t groups = size <= 65536 || fused ? most_groups : size <= 1048576 ? 8 : 4;
    return {rows, width, needed, std::min(groups, needed), fused};
}

template <class E>
double Run<E>::work_per_row() const {
    double operations = 0;
    for (const Layer<E>& layer : shape_.layers)
        operations += 3.0 * layer.in * layer.out + 30.0 * layer.out;
    return operations / shape_.kernels->lanes;
}

template <class E>
void Run<E>::bind(E* vector, E* const* slots, std::size_t step, double running) {
    w_ = vector;
    for (std::size_t i = 0; i < slots_.size(); ++i) slots_[i] = slots[i];
    step_ = step;
    running_ = running;
}

template <class E>
void Run<E>::prepare(int workers, bool slopes) {
    const Panels& whole = cuts_[0];
    const auto use = whole.fused ? Scratch<E>::For::deltas : Scratch<E>::For::backward;
    const std::size_t needed = whole.fused ? whole.panels : static_cast<std::size_t>(workers);
    while (scratch_.size() < needed) {
        scratch_.push_back(std::make_unique<Scratch<E>>(
            shape_, std::max(whole.width, cuts_[1].width), use));  // one panel may be the wider
    }
    held_each_ = (shape_.inputs() + 1 + (shape_.of_classes() ? 1 : shape_.outputs()) + 2) * whole.width;
    const std::ptrdiff_t all = held_each_ * static_cast<std::ptrdiff_t>(whole.panels);
    if (task_.batch >= task_.rows && task_.order == RowOrder::as_given && !whole.fused &&
        all * static_cast<std::ptrdiff_t>(sizeof(E)) <= held_bytes && !held_.size())
        held_ = Buffer<E>(all);
    group_loss_.resize(whole.groups);
    if (whole.fused) {
        std::ptrdiff_t most = 0;
        for (const Part& part : parts_)
            most = std::max(most, static_cast<std::ptrdiff_t>(part.end - part.begin) *
                                      shape_.layers[part.layer].out);
        while (static_cast<int>(part_gradients_.size()) < workers) part_gradients_.emplace_back(most);
    } else if (slopes) {
        while (gradients_.size() < whole.groups) gradients_.emplace_back(padded_);
    }
    if (shape_.n_packed && !packed_.size()) packed_ = Buffer<E>(shape_.n_packed);
}

template <class E>
void Run<E>::rest() {
    scratch_.clear();
    gradients_.clear();
    part_gradients_.clear();
    packed_ = Buffer<E>();
    held_ = Buffer<E>();
    filled_ = false;
    order_ = order_ahead_ = Order();
}

template <class E>
void Run<E>::data_pass(Team& team, std::size_t first, std::size_t rows, const std::uint32_t* order,
                       bool slopes) {
    const Panels& panels = cut(rows);
    const double scale = 1 / batch_weight(first, rows, order);
    l2_ = task_.shared_penalty ? task_.l2 * scale : task_.l2;
    if (shape_.n_packed)
        team.run(8, [&](std::size_t part, int) {
            shape_.pack(w_, packed_.data(), static_cast<int>(part), 8);
        });
    team.run(panels.groups, [&](std::size_t g, int worker) {
        group(panels, g, first, order, scale, slopes, *scratch_[panels.fused ? g : worker]);
    });
    filled_ = held_.size() != 0;
    data_ = 0;
    for (std::size_t g = 0; g < panels.groups; ++g) data_ += group_loss_[g];
}

template <class E>
Update<E> Run<E>::update(double rate) const {
    Update<E> u{};
    u.w = w_;
    u.slots = slots_.data();
    u.is_weight = is_weight_.data();
    u.frozen = frozen_.data();
    u.end = shape_.n_parameters;
    u.l2 = l2_;
    u.learning_rate = rate;
    u.prepared = prepared_.data();
    u.parameters = rule_parameters_.data();
    return u;
}

// Puts the whole gradient in place of the groups', no longer than allowed; returns the sum of
// squared weights, where there is a penalty.
template <class E>
double Run<E>::clip(Update<E>& u) {
    if (!clipped_.size()) clipped_ = Buffer<E>(padded_);
    shape_.kernels->gradient(u, clipped_.data());
    double squares = 0;
    for (std::ptrdiff_t i = 0; i < shape_.n_parameters; ++i)
        if (!task_.frozen || !task_.frozen[i])
            squares += static_cast<double>(clipped_[i]) * static_cast<double>(clipped_[i]);
    const double norm = std::sqrt(squares);
    if (norm > task_.clip)
        for (std::ptrdiff_t i = 0; i < shape_.n_parameters; ++i)
            clipped_[i] = static_cast<E>(clipped_[i] * (task_.clip / norm));
    u.l2 = 0;  // it is in the gradient
    u.n_gradients = 1;
    return u.penalty;
}

template <class E>
bool Run<E>::one_step(Team& team, const std::uint32_t* order, double rate) {
    const std::size_t first = step_ % steps_per_epoch() * task_.batch;
    const std::size_t rows = std::min(task_.batch, task_.rows - first);
    data_pass(team, first, rows, order, true);
    rule_->prepare(rate, static_cast<double>(task_.earlier + step_ + 1), rule_parameters_.data(),
                   prepared_.data());
    const Panels& panels = cut(rows);
    double squares = 0;
    const E* gradients[most_groups];
    Update<E> whole = update(rate);
    whole.gradients = gradients;
    if (panels.fused) {
        whole.n_gradients = 1;
        updates_.assign(parts_.size(), whole);
        team.run(parts_.size(), [&](std::size_t i, int worker) {
            const Layer<E>& layer = shape_.layers[parts_[i].layer];
            Update<E>& u = updates_[i];
            u.begin = layer.w + static_cast<std::ptrdiff_t>(parts_[i].begin) * layer.out;
            u.end = layer.w + static_cast<std::ptrdiff_t>(parts_[i].end) * layer.out;
            E* part = part_gradients_[worker].data();
            slopes(parts_[i], panels, part);
            const E* from = part - u.begin;
            u.gradients = &from;
            rule_->step(u);
        });
    } else {
        for (std::size_t g = 0; g < panels.groups; ++g) gradients[g] = gradients_[g].data();
        whole.n_gradients = static_cast<int>(panels.groups);
        if (task_.clip > 0) {
            squares = clip(whole);
            gradients[0] = clipped_.data();
        }
        updates_.assign((shape_.n_parameters + block - 1) / block, whole);
        team.run(updates_.size(), [&](std::size_t b, int) {
            updates_[b].begin = static_cast<std::ptrdiff_t>(b) * block;
            updates_[b].end = std::min(updates_[b].begin + block, shape_.n_parameters);
            rule_->step(updates_[b]);
        });
    }
    bool finite = true;
    for (const Update<E>& part : updates_) {
        squares += part.penalty;
        finite = finite && part.finite;
    }
    penalty_ = l2_ / 2 * squares;
    const double share = static_cast<double>(rows) / static_cast<double>(task_.rows);
    running_ += task_.shown * (task_.mean ? data_ * share : data_) + penalty_ * share;
    return finite && std::isfinite(data_ + penalty_);
}

template <class E>
bool Run<E>::advance(std::size_t until, Clock::time_point deadline, const std::uint32_t* given,
                     const double* rates, int asked, std::vector<double>& losses) {
    const Panels& whole = cuts_[0];
    const bool pays = work_per_row() * static_cast<double>(task_.batch) >= worth_threads;
    const int workers = pays ? std::min<int>(asked, static_cast<int>(whole.groups)) : 1;
    const bool shuffled = task_.order == RowOrder::shuffled;
    // Where steps leave the other threads idle, one of them can sort the next epoch's rows.
    const bool ahead = shuffled && workers == 1 && asked > 1 && task_.rows >= worth_sorting;
    Lease lease(ahead ? 2 : workers);
    Team& team = lease.team();
    Team alone(1);
    prepare(workers, true);
    bool left = false, finite = true;
    std::size_t ahead_of = 0;
    auto sort_next = [&] { shuffle(next_, ahead_of + 1, order_ahead_); };
    for (std::size_t done = 0; step_ < until; ++done) {
        if ((done == 1 || done % 8 == 7) && Clock::now() >= deadline) break;
        const std::size_t epoch = step_ / steps_per_epoch();
        if (shuffled && now_.epoch != epoch) {
            left = left && !team.settled();  // not done yet: rather sort once more than wait
            if (!left && next_.epoch == epoch) std::swap(now_, next_);
            shuffle(now_, epoch, order_);
        }
        if (ahead && !left && next_.epoch != epoch + 1) {
            ahead_of = epoch;
            left = true;
            team.leave(sort_next);
        }
        const double rate = rates ? rates[step_ % steps_per_epoch()] : task_.learning_rate;
        finite = one_step(ahead ? alone : team, shuffled ? now_.rows.data() : given, rate);
        if (!finite) break;
        ++step_;
        if (step_ % steps_per_epoch() == 0) {
            losses.push_back(running_);
            running_ = 0;
        }
    }
    if (left) team.settle();
    return finite;
}

template <class E>
void Run<E>::shuffle(Shuffle& shuffle, std::size_t epoch, Order& order) {
    if (shuffle.epoch == epoch) return;
    order.shuffle(best_kernels().row_keys, task_.seed, static_cast<std::uint32_t>(epoch),
                   task_.rows, shuffle.rows);
    shuffle.epoch = epoch;
}

template <class E>
void Run<E>::loss_and_gradient(double& data, double& penalty, E* gradient, int asked) {
    const bool pays = work_per_row() * static_cast<double>(task_.rows) >= worth_threads;
    const int workers = pays ? std::min<int>(asked, static_cast<int>(cut(task_.rows).groups)) : 1;
    Lease lease(workers);
    prepare(workers, gradient != nullptr);
    data_pass(lease.team(), 0, task_.rows, nullptr, gradient != nullptr);
    const E* gradients[most_groups];
    for (std::size_t g = 0; g < gradients_.size(); ++g) gradients[g] = gradients_[g].data();
    Update<E> u = update(task_.learning_rate);
    u.gradients = gradients;
    u.n_gradients = static_cast<int>(gradients_.size());
    shape_.kernels->gradient(u, gradient);
    data = data_;
    penalty = l2_ / 2 * u.penalty;
}

template class Run<double>;
template class Run<float>;

}  // namespace clearprop
