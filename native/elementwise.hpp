// Gates, losses and optimizers on whole blocks: the printed rows, looped over vectors.
#pragma once

#include "fused.hpp"
#include "kernels.hpp"
#include "matrix.hpp"

namespace clearprop::CP_ISA {

template <class G, class E>
void gate_forward(const E* z, E* a, std::ptrdiff_t n, const double* parameters) {
    using V = Vec<E>;
    constexpr int many = 4;  // vectors side by side, lest each wait for its own last result
    const G gate(parameters);
    std::ptrdiff_t i = 0;
    for (; i + many * V::lanes <= n; i += many * V::lanes) {
        V v[many];
#pragma GCC unroll 4
        for (int k = 0; k < many; ++k) v[k] = gate.value(V::load(z + i + k * V::lanes));
#pragma GCC unroll 4
        for (int k = 0; k < many; ++k) v[k].store(a + i + k * V::lanes);
    }
    for (; i < n; i += V::lanes) gate.value(V::load(z + i)).store(a + i);
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

// Up to a vector of numbers: the first `many`, then zeros.
template <class E>
CP_INLINE Vec<E> load_some(const E* from, std::ptrdiff_t many) {
    if (many >= Vec<E>::lanes) return Vec<E>::load(from);
#if CP_VECTORS && defined(__AVX512F__)
    if constexpr (sizeof(E) == 8)
        return Vec<E>((typename Vec<E>::Native)_mm512_maskz_loadu_pd(
            static_cast<__mmask8>((1u << many) - 1), from));
    else
        return Vec<E>((typename Vec<E>::Native)_mm512_maskz_loadu_ps(
            static_cast<__mmask16>((1u << many) - 1), from));
#else
    E beside[Vec<E>::lanes] = {};
    for (int i = 0; i < many; ++i) beside[i] = from[i];
    return Vec<E>::load(beside);
#endif
}

template <class E>
CP_INLINE void store_some(Vec<E> v, E* to, std::ptrdiff_t many) {
    if (many >= Vec<E>::lanes) return v.store(to);
#if CP_VECTORS && defined(__AVX512F__)
    if constexpr (sizeof(E) == 8)
        _mm512_mask_storeu_pd(to, static_cast<__mmask8>((1u << many) - 1), (__m512d)v.v);
    else
        _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << many) - 1), (__m512)v.v);
#else
    E beside[Vec<E>::lanes];
    v.store(beside);
    for (int i = 0; i < many; ++i) to[i] = beside[i];
#endif
}

// A vector with zeros in place of all but its first `many` numbers.
template <class E>
CP_INLINE Vec<E> some(Vec<E> v, std::ptrdiff_t many) {
    if (many >= Vec<E>::lanes) return v;
    E beside[Vec<E>::lanes] = {};
    store_some(v, beside, many);
    return Vec<E>::load(beside);
}

// What is added to a vector of gradients, and to the sum of squares, by the penalty.
template <class E>
CP_INLINE Vec<E> penalty_slope(const Update<E>& u, std::ptrdiff_t i, std::ptrdiff_t many, Vec<E> w,
                               Vec<E>& squares) {
    const Vec<E> weighed = load_some(u.is_weight + i, many) * w;
    squares = fma(weighed, w, squares);  // zeros beyond `many`
    return Vec<E>(u.l2) * weighed;
}

// The gradient of a vector of parameters: the groups' parts in order, and the penalty's.
template <bool penalised, class E>
CP_INLINE Vec<E> total_gradient(const Update<E>& u, std::ptrdiff_t i, std::ptrdiff_t many,
                                Vec<E> w, Vec<E>& squares) {
    Vec<E> g = load_some(u.gradients[0] + i, many);
    for (int k = 1; k < u.n_gradients; ++k) g = g + load_some(u.gradients[k] + i, many);
    if constexpr (penalised) g = g + penalty_slope(u, i, many, w, squares);
    return g;
}

// The step of up to a vector of parameters, `many` of them.
template <class R, bool penalised, class E>
CP_INLINE void step_some(const Update<E>& u, const R& rule, std::ptrdiff_t i, std::ptrdiff_t many,
                         Vec<E>& squares, Vec<E>& bad) {
    using V = Vec<E>;
    const V before = load_some(u.w + i, many), zero(0);
    const V is_weight = R::uses_is_weight ? load_some(u.is_weight + i, many) : zero;
    const V g = total_gradient<penalised>(u, i, many, before, squares);
    V slots[R::slots ? R::slots : 1], w = before;
    for (int k = 0; k < R::slots; ++k) slots[k] = load_some(u.slots[k] + i, many);
    rule.apply(w, g, is_weight, V(u.learning_rate), u.prepared, slots);
    if (u.frozen) w = select(load_some(u.frozen + i, many) != zero, before, w);
    bad = fma(some(w, many), zero, bad);  // infinity and NaN, times 0, are NaN
    store_some(w, u.w + i, many);
    for (int k = 0; k < R::slots; ++k) {
        bad = fma(some(slots[k], many), zero, bad);
        store_some(slots[k], u.slots[k] + i, many);
    }
}

template <class R, bool penalised, class E>
CP_INLINE void step_block(Update<E>& u) {
    constexpr int lanes = Vec<E>::lanes;
    const R rule(u.parameters);
    Vec<E> squares(0), bad(0);
    std::ptrdiff_t i = u.begin;
    for (; i + lanes <= u.end; i += lanes) step_some<R, penalised>(u, rule, i, lanes, squares, bad);
    if (i < u.end) step_some<R, penalised>(u, rule, i, u.end - i, squares, bad);
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

template <bool penalised, class E>
CP_INLINE void gradient_block(Update<E>& u, E* out) {
    constexpr int lanes = Vec<E>::lanes;
    Vec<E> squares(0);
    for (std::ptrdiff_t i = u.begin; i < u.end; i += lanes) {
        const std::ptrdiff_t many = u.end - i < lanes ? u.end - i : lanes;
        const Vec<E> w = load_some(u.w + i, many);
        if (out)
            store_some(total_gradient<penalised>(u, i, many, w, squares), out + i, many);
        else if constexpr (penalised)
            penalty_slope(u, i, many, w, squares);
    }
    u.penalty = static_cast<double>(sum_lanes(squares));
}

// The whole gradient (not where `out` is null), and the penalty.
template <class E>
void gradient(Update<E>& u, E* out) {
    u.l2 != 0 ? gradient_block<true>(u, out) : gradient_block<false>(u, out);
}

}  // namespace clearprop::CP_ISA
