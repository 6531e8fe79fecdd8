// Many runs at once, as Python sees them.
#pragma once

#include "binding.hpp"

namespace clearprop {

// Many runs at once, each on one thread.
template <class E>
struct PyMany {
    struct Each {
        std::unique_ptr<PyRun<E>> run;  // null once it is dropped
        std::size_t until;
        std::vector<E> state;  // parameters, then each slot
        std::vector<double> losses;
        std::optional<double> loss;  // over all rows at the end, where the run can tell
        bool finite = true;
        std::exception_ptr error;
        bool done() const { return error || !finite || run->run->step() >= until; }
    };
    std::vector<Each> all;
    std::vector<std::size_t> live;  // those that are not done, in the order of their numbers

    PyMany() = default;
    PyMany(const PyMany&) = delete;

    // Takes a run over, from this state on; its number is how many there were before.
    void add(PyRun<E>& made, const Out<E>& vector, const std::vector<Out<E>>& slots,
             std::size_t until) {
        expect(live.size() < (1 << 20) - 1, "at most a million runs at a time");
        const std::vector<E*> places = slot_pointers(*made.run, slots);
        expect(vector.size() == static_cast<std::size_t>(made.run->shape().n_parameters),
               "the vector has one number for each parameter");
        auto own = std::make_unique<PyRun<E>>();
        own->kept = std::move(made.kept);
        own->run = std::move(made.run);
        const std::size_t n = vector.size();
        std::vector<E> state(n * (1 + places.size()));
        std::copy_n(vector.data(), n, state.data());
        std::vector<E*> slots_in_it;
        for (std::size_t i = 0; i < places.size(); ++i) {
            slots_in_it.push_back(state.data() + (i + 1) * n);
            std::copy_n(places[i], n, slots_in_it[i]);
        }
        own->run->bind(state.data(), slots_in_it.data(), 0, 0);
        live.push_back(all.size());
        all.push_back({std::move(own), until, std::move(state), {}, {}, true, nullptr});
    }

    // Carries on until all are done or about `seconds` have gone by; returns the numbers of
    // those that have become done.
    std::vector<std::size_t> advance(double seconds) {
        std::vector<std::size_t> done;
        {
            nb::gil_scoped_release unlocked;
            const Clock::time_point deadline = after(seconds);
            const auto most = static_cast<int>(std::clamp<std::size_t>(live.size(), 1, 256));
            Lease lease(std::min(threads(), most));
            lease.team().run(live.size(), [&](std::size_t i, int) {
                Each& each = all[live[i]];
                if (each.done() || Clock::now() >= deadline) return;
                try {
                    Run<E>& run = *each.run->run;
                    each.finite = run.advance(each.until, deadline, nullptr, nullptr, 1, each.losses);
                    if (each.done() && each.finite && run.sees_all()) {
                        double data = 0, penalty = 0;
                        run.loss_and_gradient(data, penalty, nullptr, 1);
                        each.loss = data + penalty;
                    }
                } catch (...) {
                    each.error = std::current_exception();
                }
                if (each.done()) each.run->run->rest();
            });
            const auto rest = std::stable_partition(live.begin(), live.end(), [&](std::size_t i) {
                return !all[i].done();
            });
            done.assign(rest, live.end());
            live.erase(rest, live.end());
        }
        for (std::size_t index : done)
            if (all[index].error) std::rethrow_exception(all[index].error);
        return done;
    }

    // How much of their way those that are not done have gone, each from 0 to 1, added up.
    double begun() const {
        double sum = 0;
        for (std::size_t i : live)
            sum += static_cast<double>(all[i].run->run->step()) / static_cast<double>(all[i].until);
        return sum;
    }

    // Copies a run's state and losses out; returns (step, running, losses, finite, loss).
    nb::tuple take(std::size_t index, const Out<E>& vector, const std::vector<Out<E>>& slots) {
        Each& each = all.at(index);
        expect(each.run != nullptr, "this run was dropped");
        Run<E>& run = *each.run->run;
        const std::vector<E*> places = slot_pointers(run, slots);
        expect(vector.size() == static_cast<std::size_t>(run.shape().n_parameters),
               "the vector has one number for each parameter");
        const std::size_t n = vector.size();
        std::copy_n(each.state.data(), n, vector.data());
        for (std::size_t i = 0; i < places.size(); ++i)
            std::copy_n(each.state.data() + (i + 1) * n, n, places[i]);
        return nb::make_tuple(run.step(), run.running(), as_numpy(each.losses), each.finite,
                              each.loss);
    }

    // Frees all that belongs to a run that is done.
    void drop(std::size_t index) {
        Each& each = all.at(index);
        if (!each.run) return;
        expect(each.done(), "this run is not done");
        each.run.reset();
        std::vector<E>().swap(each.state);
        std::vector<double>().swap(each.losses);
    }
};

}  // namespace clearprop
