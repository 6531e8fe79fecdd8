// What the parts of the Python module share: arrays, rows of the tables, runs.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <exception>
#include <optional>

#include "run.hpp"

namespace nb = nanobind;

namespace clearprop {

template <class E>
using In = nb::ndarray<const E, nb::c_contig, nb::device::cpu>;
template <class E>
using Out = nb::ndarray<E, nb::c_contig, nb::device::cpu>;
using Spec = std::pair<std::string, std::vector<double>>;

inline RowSpec row_spec(const Spec& spec) { return {spec.first, spec.second}; }

template <class E>
Shape<E> shape_of(const std::vector<int>& sizes, const std::vector<Spec>& gates, const Spec& loss,
                  bool shared_bias) {
    std::vector<RowSpec> rows;
    for (const Spec& gate : gates) rows.push_back(row_spec(gate));
    return Shape<E>(sizes, rows, row_spec(loss), shared_bias);
}

inline void expect(bool right, const char* what) {
    if (!right) throw std::invalid_argument(what);
}

// An array that is kept: never a converted copy, which would be gone when the call is over.
template <class A>
A as_it_is(nb::handle object) {
    A array;
    expect(nb::try_cast(object, array, false), "an array of another kind of numbers or memory");
    return array;
}

// A run, and the arrays that it reads.
template <class E>
struct PyRun {
    std::vector<nb::object> kept;
    std::unique_ptr<Run<E>> run;
};

// A copy that belongs to Python.
inline nb::object as_numpy(const std::vector<double>& numbers) {
    const std::size_t count = numbers.size();
    auto* out = new double[std::max<std::size_t>(count, 1)];
    nb::capsule owner(out, [](void* p) noexcept { delete[] static_cast<double*>(p); });
    std::copy_n(numbers.data(), count, out);
    return nb::cast(nb::ndarray<nb::numpy, double, nb::ndim<1>>(out, {count}, owner));
}

template <class E>
std::vector<E*> slot_pointers(const Run<E>& run, const std::vector<Out<E>>& slots) {
    expect(slots.size() == static_cast<std::size_t>(run.slots()), "one array for each slot");
    std::vector<E*> found;
    for (const Out<E>& slot : slots) {
        expect(slot.size() == static_cast<std::size_t>(run.shape().n_parameters),
               "a slot has one number for each parameter");
        found.push_back(slot.data());
    }
    return found;
}

inline Clock::time_point after(double seconds) {
    return Clock::now() + std::chrono::duration_cast<Clock::duration>(
                              std::chrono::duration<double>(std::max(0.0, std::min(seconds, 1e6))));
}

}  // namespace clearprop
