// The native engine as a Python module; clearprop.engines.native is its only caller.
#include "binding.hpp"
#include "many.hpp"
#include "predict.hpp"

using namespace nb::literals;

namespace clearprop {
namespace {

template <class E>
std::unique_ptr<PyRun<E>> make_run(const std::vector<int>& sizes, const std::vector<Spec>& gates,
                                   const Spec& loss, bool shared_bias, nb::object x,
                                   nb::object targets, nb::object weights, nb::object frozen,
                                   std::size_t batch, bool mean, double l2, double learning_rate,
                                   nb::object rule, int order, std::uint32_t seed,
                                   bool shared_penalty, double shown, std::size_t earlier,
                                   double clip) {
    auto result = std::make_unique<PyRun<E>>();
    Shape<E> shape = shape_of<E>(sizes, gates, loss, shared_bias);
    Task<E> task{};
    const auto features = as_it_is<In<E>>(x);
    expect(features.ndim() == 2 && features.shape(1) == static_cast<std::size_t>(shape.inputs()) &&
               features.shape(0) > 0, "X has a row for each sample and a column for each input");
    task.x = features.data();
    task.rows = features.shape(0);
    if (shape.of_classes()) {
        const auto classes = as_it_is<In<std::int64_t>>(targets);
        expect(classes.ndim() == 1 && classes.shape(0) == task.rows, "one class for each row");
        task.classes = classes.data();
    } else {
        const auto values = as_it_is<In<E>>(targets);
        expect(values.ndim() == 2 && values.shape(0) == task.rows &&
                   values.shape(1) == static_cast<std::size_t>(shape.outputs()),
               "one target for each output of each row");
        task.targets = values.data();
    }
    if (!weights.is_none()) {
        const auto each = as_it_is<In<E>>(weights);
        expect(each.ndim() == 1 && each.shape(0) == task.rows, "one weight for each row");
        task.weights = each.data();
    }
    if (!frozen.is_none()) {
        const auto mask = as_it_is<In<bool>>(frozen);
        expect(mask.ndim() == 1 && mask.shape(0) == static_cast<std::size_t>(shape.n_parameters),
               "one mark for each parameter");
        task.frozen = mask.data();
    }
    expect(batch > 0 && batch <= task.rows, "a batch has from 1 to all rows");
    task.batch = batch;
    task.mean = mean;
    task.shared_penalty = shared_penalty;
    task.l2 = l2;
    task.learning_rate = learning_rate;
    task.shown = shown;
    task.earlier = earlier;
    task.clip = clip;
    task.order = static_cast<RowOrder>(order);
    task.seed = seed;
    std::optional<RowSpec> of_rule;
    if (!rule.is_none()) of_rule = row_spec(nb::cast<Spec>(rule));
    result->run = std::make_unique<Run<E>>(std::move(shape), task, of_rule ? &*of_rule : nullptr);
    result->kept = {x, targets, weights, frozen};
    return result;
}

// Carries on, changing the arrays where they lie; returns (step, running, losses, finite).
template <class E>
nb::tuple advance(PyRun<E>& self, const Out<E>& vector, const std::vector<Out<E>>& slots,
                  std::size_t step, double running, std::size_t until, double seconds,
                  nb::object order, const std::optional<In<double>>& rates) {
    Run<E>& run = *self.run;
    expect(vector.size() == static_cast<std::size_t>(run.shape().n_parameters),
           "the vector has one number for each parameter");
    const std::vector<E*> places = slot_pointers(run, slots);
    const std::uint32_t* rows = nullptr;
    std::optional<In<std::uint32_t>> given;
    if (!order.is_none()) {
        given = nb::cast<In<std::uint32_t>>(order);
        rows = given->data();
        const std::size_t n = run.rows();
        expect(given->size() == n && std::all_of(rows, rows + n, [&](auto row) { return row < n; }),
               "an order has the number of each row");
    }
    expect(!rates || rates->size() == run.steps_per_epoch(), "a rate for each step of an epoch");
    const double* each_rate = rates ? rates->data() : nullptr;
    std::vector<double> losses;
    bool finite = true;
    {
        nb::gil_scoped_release unlocked;
        const std::lock_guard<std::mutex> one_at_a_time(run.mutex());
        run.bind(vector.data(), places.data(), step, running);
        finite = run.advance(until, after(seconds), rows, each_rate, threads(), losses);
        step = run.step();
        running = run.running();
    }
    return nb::make_tuple(step, running, as_numpy(losses), finite);
}

template <class E>
nb::tuple loss_and_gradient(PyRun<E>& self, const Out<E>& vector,
                            const std::optional<Out<E>>& gradient) {
    Run<E>& run = *self.run;
    const auto n = static_cast<std::size_t>(run.shape().n_parameters);
    expect(vector.size() == n && (!gradient || gradient->size() == n),
           "one number for each parameter");
    expect(run.sees_all(), "this run does not see all rows at once");
    double data = 0, penalty = 0;
    {
        nb::gil_scoped_release unlocked;
        const std::lock_guard<std::mutex> one_at_a_time(run.mutex());
        run.bind(vector.data());
        run.loss_and_gradient(data, penalty, gradient ? gradient->data() : nullptr, threads());
    }
    return nb::make_tuple(data, penalty);
}

template <class E>
struct PyPredictor {
    nb::object kept;
    std::unique_ptr<Predictor<E>> predictor;

    // Null where X is no array of the right kind; the caller then says what is wrong.
    std::optional<In<E>> features(nb::handle x) const {
        In<E> array;
        if (!nb::try_cast(x, array, false) || array.ndim() != 2 ||
            array.shape(1) != static_cast<std::size_t>(predictor->shape().inputs()))
            return std::nullopt;
        return array;
    }

    nb::object answer(nb::handle x, Answer what) const {
        const std::optional<In<E>> found = features(x);
        if (!found) return nb::none();
        const std::size_t rows = found->shape(0), outputs = predictor->shape().outputs();
        E* out = new E[std::max<std::size_t>(rows * outputs, 1)];
        nb::capsule owner(out, [](void* p) noexcept { delete[] static_cast<E*>(p); });
        run(*found, out, what);
        return nb::cast(nb::ndarray<nb::numpy, E, nb::ndim<2>>(out, {rows, outputs}, owner));
    }

    // The class with the largest score; of equals, and of NaNs, the first.
    nb::object classify(nb::handle x) const {
        const std::optional<In<E>> found = features(x);
        if (!found) return nb::none();
        const std::size_t rows = found->shape(0), outputs = predictor->shape().outputs();
        std::vector<E> scores(std::max<std::size_t>(rows * outputs, 1));
        run(*found, scores.data(), Answer::scores);
        auto* out = new std::int64_t[std::max<std::size_t>(rows, 1)];
        nb::capsule owner(out, [](void* p) noexcept { delete[] static_cast<std::int64_t*>(p); });
        for (std::size_t i = 0; i < rows; ++i) {
            const E* s = scores.data() + i * outputs;
            std::size_t best = 0;
            for (std::size_t j = 1; j < outputs && s[best] == s[best]; ++j)
                if (s[j] > s[best] || s[j] != s[j]) best = j;
            out[i] = static_cast<std::int64_t>(best);
        }
        return nb::cast(nb::ndarray<nb::numpy, std::int64_t, nb::ndim<1>>(out, {rows}, owner));
    }

    void run(const In<E>& x, E* out, Answer what) const {
        if (x.shape(0) <= 4) return predictor->answer(x.data(), x.shape(0), out, what, 1);
        nb::gil_scoped_release unlocked;
        predictor->answer(x.data(), x.shape(0), out, what, threads());
    }
};

template <class E>
void evaluate(const std::string& name, const std::vector<In<E>>& inputs, const Out<E>& value,
              const std::vector<Out<E>>& slopes, const std::vector<double>& parameters) {
    const Kernels<E>& kernels = of<E>(best_kernels());
    const auto& gate = find_row(kernels.elementwise, kernels.n_elementwise, {name, parameters}, "gate");
    const auto count = static_cast<std::size_t>(gate.row.inputs);
    expect(inputs.size() == count && slopes.size() == count, "one array for each input and slope");
    std::vector<const E*> x;
    std::vector<E*> out;
    for (std::size_t i = 0; i < count; ++i) {
        expect(inputs[i].size() == value.size() && slopes[i].size() == value.size(),
               "all arrays have one length");
        x.push_back(inputs[i].data());
        out.push_back(slopes[i].data());
    }
    gate.evaluate(x.data(), value.data(), out.data(), static_cast<std::ptrdiff_t>(value.size()),
                  parameters.data());
}

// {kind: {name: fingerprint}}: which rows of the tables were compiled in.
nb::dict known_rows() {
    const Kernels<double>& kernels = *best_kernels().f64;
    nb::dict gates, losses, rules, all;
    for (int i = 0; i < kernels.n_gates; ++i) gates[kernels.gates[i].row.name] = kernels.gates[i].row.fingerprint;
    for (int i = 0; i < kernels.n_losses; ++i) losses[kernels.losses[i].row.name] = kernels.losses[i].row.fingerprint;
    for (int i = 0; i < kernels.n_rules; ++i) rules[kernels.rules[i].row.name] = kernels.rules[i].row.fingerprint;
    all["gate"] = gates;
    all["loss"] = losses;
    all["optimizer"] = rules;
    return all;
}

template <class E>
void bind(nb::module_& m, const std::string& suffix) {
    nb::class_<PyRun<E>>(m, ("Run" + suffix).c_str())
        .def_prop_ro("sees_all", [](const PyRun<E>& self) { return self.run->sees_all(); })
        .def("advance", &advance<E>, "vector"_a, "slots"_a, "step"_a, "running"_a, "until"_a,
             "seconds"_a, "order"_a.none(), "rates"_a = nb::none())
        .def("loss_and_gradient", &loss_and_gradient<E>, "vector"_a, "gradient"_a.none())
        .def("rest", [](PyRun<E>& self) {
            const std::lock_guard<std::mutex> one_at_a_time(self.run->mutex());
            self.run->rest();
        });
    m.def(("run" + suffix).c_str(), &make_run<E>, "sizes"_a, "gates"_a, "loss"_a, "shared_bias"_a,
          "x"_a, "targets"_a, "weights"_a.none(), "frozen"_a.none(), "batch"_a, "mean"_a, "l2"_a,
          "learning_rate"_a, "rule"_a.none(), "order"_a, "seed"_a, "shared_penalty"_a = false,
          "shown"_a = 1.0, "earlier"_a = 0, "clip"_a = 0.0);
    nb::class_<PyMany<E>>(m, ("Many" + suffix).c_str())
        .def(nb::init<>())
        .def("add", &PyMany<E>::add)
        .def("advance", &PyMany<E>::advance)
        .def("begun", &PyMany<E>::begun)
        .def("take", &PyMany<E>::take)
        .def("drop", &PyMany<E>::drop);
    nb::class_<PyPredictor<E>>(m, ("Predictor" + suffix).c_str())
        .def("scores", [](const PyPredictor<E>& self, nb::handle x) { return self.answer(x, Answer::scores); })
        .def("chances", [](const PyPredictor<E>& self, nb::handle x) { return self.answer(x, Answer::chances); })
        .def("classify", &PyPredictor<E>::classify);
    m.def(("predictor" + suffix).c_str(),
          [](const std::vector<int>& sizes, const std::vector<Spec>& gates, const Spec& loss,
             bool shared_bias, nb::object vector) {
              auto result = std::make_unique<PyPredictor<E>>();
              Shape<E> shape = shape_of<E>(sizes, gates, loss, shared_bias);
              const auto w = as_it_is<In<E>>(vector);
              expect(w.size() == static_cast<std::size_t>(shape.n_parameters), "one number for each parameter");
              result->kept = vector;
              result->predictor = std::make_unique<Predictor<E>>(std::move(shape), w.data());
              return result;
          });
    m.def(("evaluate" + suffix).c_str(), &evaluate<E>);
}

}  // namespace

NB_MODULE(_native, m) {
    m.doc() = "The native engine; see clearprop.engines.native.";
    bind<double>(m, "64");
    bind<float>(m, "32");
    m.def("known_rows", &known_rows);
    m.def("isa", [] { return std::string(best_kernels().name); });
    m.def("threads", &threads);
    m.def("set_threads", &set_threads);
}

}  // namespace clearprop
