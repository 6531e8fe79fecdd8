// Scores of many rows, in panels over threads, or of a few, row by row.
#pragma once

#include "shape.hpp"
#include "threads.hpp"

namespace clearprop {

// What becomes of a row's scores.
enum class Answer { scores, chances };

template <class E>
class Predictor {
   public:
    Predictor(Shape<E> shape, const E* w) : shape_(std::move(shape)), w_(w) {}

    // Writes `rows` rows of outputs.
    void answer(const E* x, std::size_t rows, E* out, Answer what, int workers) const;
    const Shape<E>& shape() const { return shape_; }

   private:
    void row(const E* x, E* out, Answer what, E* scratch) const;
    void panel(const E* x, std::size_t rows, E* out, Answer what, Scratch<E>& scratch,
               const E* packed) const;

    Shape<E> shape_;
    const E* w_;
};

}  // namespace clearprop
