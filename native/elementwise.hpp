// Gates, losses and optimizers on whole blocks: the printed rows, looped over vectors.
#pragma once

#include "fused.hpp"
#include "kernels.hpp"
#include "matrix.hpp"

namespace clearprop::CP_ISA {

template <class G, class E>
void gate_forward(const E* z, E* a, std::ptrdiff_t n, const double* parameters) {
    using V = Vec<E>;
    const G gate(parameters);
    for (std::ptrdiff_t i = 0; i < n; i += V::lanes) gate.value(V::load(z + i)).store(a + i);
}

template <class G, class E>
void gate_backward(E* delta, const E* z, const E* a, std::ptrdiff_t n, const double* parameters) {
    using V = Vec<E>;
    const G gate(parameters);
    for (std::ptrdiff_t i = 0; i < n; i += V::lanes) {
        const V y = V::load(a + i), x = G::slope_uses_input ? V::load(z + i) : y;
        (V::load(delta + i) * gate.slope0(x, y)).store(delta + i);
    }
}

template <class G, class E>
void gate_backward_turned(const E* delta, const E* z, const E* a, int rows, std::ptrdiff_t width,
                          E* out, std::ptrdiff_t out_row, const double* parameters) {
    using V = Vec<E>;
    const G gate(parameters);
    for (int r = 0; r < rows; r += V::lanes)
        for (std::ptrdiff_t c = 0; c < width; c += V::lanes) {
            V block[V::lanes];
            for (int i = 0; i < V::lanes; ++i) {
                const std::ptrdiff_t at = (r + i) * width + c;
                if (r + i < rows) {
                    const V y = V::load(a + at), x = G::slope_uses_input ? V::load(z + at) : y;
                    block[i] = V::load(delta + at) * gate.slope0(x, y);
                } else {
                    block[i] = V(0);
                }
            }
            exchange_all<1>(block);
#pragma GCC unroll 16
            for (int i = 0; i < V::lanes; ++i) block[i].store(out + (c + i) * out_row + r);
        }
}

// One vector of inputs at a time, the last one filled up with its own last number.
template <class G, class E>
void gate_evaluate(const E* const* x, E* value, E* const* slopes, std::ptrdiff_t n,
                   const double* parameters) {
    using V = Vec<E>;
    const G gate(parameters);
    for (std::ptrdiff_t at = 0; at < n; at += V::lanes) {
        const std::ptrdiff_t many = n - at < V::lanes ? n - at : V::lanes;
        E in[3][V::lanes], out[4][V::lanes];
        for (int k = 0; k < G::inputs; ++k)
            for (int i = 0; i < V::lanes; ++i) in[k][i] = x[k][at + (i < many ? i : many - 1)];
        const V x0 = V::load(in[0]);
        if constexpr (G::inputs == 1) {
            const V y = gate.value(x0);
            y.store(out[0]);
            gate.slope0(x0, y).store(out[1]);
        } else if constexpr (G::inputs == 2) {
            const V x1 = V::load(in[1]), y = gate.value(x0, x1);
            y.store(out[0]);
            gate.slope0(x0, x1, y).store(out[1]);
            gate.slope1(x0, x1, y).store(out[2]);
        } else {
            static_assert(G::inputs == 3, "a gate has one, two or three inputs");
            const V x1 = V::load(in[1]), x2 = V::load(in[2]), y = gate.value(x0, x1, x2);
            y.store(out[0]);
            gate.slope0(x0, x1, x2, y).store(out[1]);
            gate.slope1(x0, x1, x2, y).store(out[2]);
            gate.slope2(x0, x1, x2, y).store(out[3]);
        }
        for (std::ptrdiff_t i = 0; i < many; ++i) {
            value[at + i] = out[0][i];
            for (int k = 0; k < G::inputs; ++k) slopes[k][at + i] = out[k + 1][i];
        }
    }
}

template <class L, int outputs, class E>
CP_INLINE double loss_columns(const L& loss, const LossBlock<E>& block) {
    using V = Vec<E>;
    V total(0);
    for (std::ptrdiff_t s = 0; s < block.width; s += V::lanes) {
        const V scale = s < block.even ? V(block.scale) : V::load(block.scales + s);
        total = fma(scale, loss.template column<outputs>(block.scores + s, block.delta + s,
                                                         block.target + s, block.width,
                                                         block.outputs, scale, block.cache),
                    total);
    }
    return static_cast<double>(sum_lanes(total));
}

template <class A, class B>
constexpr bool same = false;
template <class A>
constexpr bool same<A, A> = true;

template <class L, class E>
double loss_block(const LossBlock<E>& block) {
    if constexpr (same<L, loss_softmax_cross_entropy<E>>) switch (block.outputs) {
            case 2: return fused_block<FusedSoftmax<E, 2>>(block);
            case 3: return fused_block<FusedSoftmax<E, 3>>(block);
            default: return fused_block<FusedSoftmax<E, 0>>(block);
        }
    if constexpr (same<L, loss_logistic<E>>)
        if (block.outputs == 1) return fused_block<FusedLogistic<E>>(block);
    const L loss(block.parameters);
    switch (block.outputs) {
        case 1: return loss_columns<L, 1>(loss, block);
        case 2: return loss_columns<L, 2>(loss, block);
        case 3: return loss_columns<L, 3>(loss, block);
        default: return loss_columns<L, 0>(loss, block);
    }
}

template <class L, class E>
void loss_chances(const E* scores, E* p, std::ptrdiff_t width, int outputs, E* cache,
                  const double* parameters) {
    if constexpr (L::has_probability) {
        const L loss(parameters);
        for (std::ptrdiff_t s = 0; s < width; s += Vec<E>::lanes)
            loss.chances(scores + s, p + s, width, outputs, cache);
    }
}

// The gradient of a vector of parameters: the groups' parts in order, and the penalty's.
template <bool penalised, class E>
CP_INLINE Vec<E> total_gradient(const Update<E>& u, std::ptrdiff_t i, Vec<E> w, Vec<E> is_weight,
                                Vec<E>& squares) {
    using V = Vec<E>;
    V g = V::load(u.gradients[0] + i);
    for (int k = 1; k < u.n_gradients; ++k) g = g + V::load(u.gradients[k] + i);
    if constexpr (penalised) {
        const V weighed = is_weight * w;
        squares = fma(weighed, w, squares);
        g = fma(V(u.l2), weighed, g);
    }
    return g;
}

template <class R, bool penalised, class E>
CP_INLINE void step_block(Update<E>& u) {
    using V = Vec<E>;
    const R rule(u.parameters);
    const V learning_rate(u.learning_rate), zero(0);
    V squares(0), bad(0);
    for (std::ptrdiff_t i = u.begin; i < u.end; i += V::lanes) {
        const V before = V::load(u.w + i), is_weight = V::load(u.is_weight + i);
        const V g = total_gradient<penalised>(u, i, before, is_weight, squares);
        V slots[R::slots ? R::slots : 1], w = before;
        for (int k = 0; k < R::slots; ++k) slots[k] = V::load(u.slots[k] + i);
        rule.apply(w, g, is_weight, learning_rate, u.prepared, slots);
        if (u.frozen) w = select(V::load(u.frozen + i) != zero, before, w);
        bad = fma(w, zero, bad);  // infinity and NaN, times 0, are NaN
        w.store(u.w + i);
        for (int k = 0; k < R::slots; ++k) {
            bad = fma(slots[k], zero, bad);
            slots[k].store(u.slots[k] + i);
        }
    }
    const E sum = sum_lanes(bad);
    u.finite = sum == sum;
    u.penalty = static_cast<double>(sum_lanes(squares));
}

template <class R, class E>
void rule_step(Update<E>& u) {
    u.l2 != 0 ? step_block<R, true>(u) : step_block<R, false>(u);
}

template <class R>
void rule_prepare(double learning_rate, double t, const double* parameters, double* prepared) {
    R::prepare(learning_rate, t, parameters, prepared);
}

template <class E>
void gradient(Update<E>& u, E* out) {
    using V = Vec<E>;
    V squares(0);
    for (std::ptrdiff_t i = u.begin; i < u.end; i += V::lanes) {
        const V w = V::load(u.w + i), is_weight = V::load(u.is_weight + i);
        total_gradient<true>(u, i, w, is_weight, squares).store(out + i);
    }
    u.penalty = static_cast<double>(sum_lanes(squares));
}

}  // namespace clearprop::CP_ISA
