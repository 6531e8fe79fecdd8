// A training run: the whole loop, from one state to the next.
#pragma once

#include <chrono>
#include <mutex>

#include "order.hpp"
#include "shape.hpp"
#include "threads.hpp"

namespace clearprop {

using Clock = std::chrono::steady_clock;

enum class RowOrder { as_given, shuffled, handed_in };

// What a run is to do. The arrays belong to the caller and outlive the run.
template <class E>
struct Task {
    const E* x;
    const std::int64_t* classes;  // for losses over classes
    const E* targets;             // for the others, a row of outputs for each sample
    const E* weights;             // of samples, or null
    const bool* frozen;           // of parameters, or null
    std::size_t rows, batch;
    bool mean;
    bool shared_penalty;  // what a mean divides by divides the penalty too
    double l2, learning_rate;
    double shown;         // by what the data's part is multiplied where the loss is told
    std::size_t earlier;  // steps that the optimizer has done before this run
    double clip;          // the longest gradient, by its Euclidean norm; 0: any
    RowOrder order;
    std::uint32_t seed;
};

template <class E>
class Run {
   public:
    Run(Shape<E> shape, const Task<E>& task, const RowSpec* rule);

    // The state: parameters and slots, which are changed where they lie, steps done, and the
    // epoch's loss so far.
    void bind(E* vector, E* const* slots, std::size_t step, double running);
    // Parameters alone, for `loss_and_gradient`.
    void bind(E* vector) { w_ = vector; }
    std::size_t rows() const { return task_.rows; }
    // Whether a step is over all rows at once, so that `loss_and_gradient` can be asked.
    bool sees_all() const { return task_.batch >= task_.rows && !cuts_[0].fused; }
    std::size_t step() const { return step_; }
    double running() const { return running_; }
    int slots() const { return rule_ ? rule_->row.slots : 0; }
    std::size_t steps_per_epoch() const { return (task_.rows + task_.batch - 1) / task_.batch; }

    // Carries on to step `until`, or until about `deadline`; at least one step. False: the
    // step after `step()` gave NaN or infinity, and the parameters are those after it. `rates`
    // has a learning rate for each step of the epoch, or is null.
    bool advance(std::size_t until, Clock::time_point deadline, const std::uint32_t* order,
                 const double* rates, int workers, std::vector<double>& losses);

    // Data term, penalty and (where it is not null) gradient over all rows, of a run that sees
    // them all.
    void loss_and_gradient(double& data, double& penalty, E* gradient, int workers);

    // Gives back what only a run on its way needs.
    void rest();

    const Shape<E>& shape() const { return shape_; }
    std::mutex& mutex() { return mutex_; }

   private:
    struct Panels {  // how a batch of some size is cut up; decided by shapes alone
        std::size_t rows;
        std::ptrdiff_t width;
        std::size_t panels, groups;
        bool fused;  // gradients are made and used part by part, by rows of the weights
    };
    struct Part {  // rows of a layer's weights, the biases being one more row
        std::size_t layer;
        int begin, end;
    };

    Panels make_cut(std::size_t rows) const;
    void choose_dots();
    const Panels& cut(std::size_t rows) const { return cuts_[rows != task_.batch]; }
    void prepare(int workers, bool slopes);
    bool one_step(Team& team, const std::uint32_t* order, double rate);
    void data_pass(Team& team, std::size_t first, std::size_t rows, const std::uint32_t* order,
                   bool slopes);
    void group(const Panels& cut, std::size_t index, std::size_t first, const std::uint32_t* order,
               double scale, bool slopes, Scratch<E>& scratch);
    struct Fetched {  // a panel's rows, turned, and what belongs to them
        E *inputs, *target, *scales;
    };
    Fetched place(std::size_t panel, Scratch<E>& scratch);
    void fetch(std::size_t first, std::size_t count, const std::uint32_t* order, double scale,
               const Fetched& to, Scratch<E>& scratch);
    void backward(const E* inputs, E* gradient, Scratch<E>& scratch, bool add);
    void finish(E* gradient, Scratch<E>& scratch);
    void slopes(const Part& part, const Panels& cut, E* gradient);
    Update<E> update(double rate) const;
    double clip(Update<E>& u);
    double batch_weight(std::size_t first, std::size_t rows, const std::uint32_t* order) const;
    double work_per_row() const;

    Shape<E> shape_;
    Task<E> task_;
    const Rule<E>* rule_;
    std::vector<double> rule_parameters_, prepared_;
    Panels cuts_[2];  // of a batch, of an epoch's last batch
    std::ptrdiff_t padded_;
    E* w_ = nullptr;
    std::vector<E*> slots_;
    Buffer<E> is_weight_, frozen_, packed_, clipped_;
    std::vector<Buffer<E>> gradients_;
    std::vector<std::unique_ptr<Scratch<E>>> scratch_;
    std::vector<double> group_loss_;
    std::vector<Update<E>> updates_;
    std::vector<Part> parts_;
    std::vector<Buffer<E>> part_gradients_;  // one for each worker
    std::size_t step_ = 0;
    double running_ = 0, data_ = 0, penalty_ = 0;
    double l2_ = 0;  // of the batch at hand
    // Where every step is over all rows as given, and they are not too many: all panels.
    Buffer<E> held_;
    std::ptrdiff_t held_each_ = 0;
    bool filled_ = false;
    struct Shuffle {
        std::size_t epoch = static_cast<std::size_t>(-1);
        std::vector<std::uint32_t> rows;
    };
    void shuffle(Shuffle& shuffle, std::size_t epoch, Order& order);
    Order order_, order_ahead_;
    Shuffle now_, next_;  // this epoch's order, and perhaps the next one's
    std::mutex mutex_;
};

}  // namespace clearprop
