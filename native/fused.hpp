// Losses written a second time, for speed; tests hold them to the rows that they repeat.
//
// A sum of log1p(u) over samples is one log1p: with p = (1 + u1)(1 + u2)... - 1, another u
// makes it p + u + p u. All terms are positive, so nothing is lost, and u is bounded, so
// after some number of factors the logarithm is taken before p can overflow.
#pragma once

#include "kernels.hpp"
#include "matrix.hpp"
#include "primitives.hpp"

namespace clearprop::CP_ISA {

// A vector of samples' losses, as log1p(u) + rest.
template <class E>
struct InParts {
    Vec<E> u, rest;
};

// Repeats the row softmax_cross_entropy: any number of classes.
template <class E, int fixed>
struct FusedSoftmax {
    static constexpr bool grows = true;  // 1 + u is at most the number of classes

    CP_INLINE static InParts<E> column(const LossBlock<E>& block, std::ptrdiff_t at, Vec<E> scale) {
        using V = Vec<E>;
        const E* s = block.scores + at;
        E* delta = block.delta + at;
        const std::ptrdiff_t ld = block.width;
        const int n = fixed ? fixed : block.outputs;
        const V wanted = V::load(block.target + at), zero(0), one(1);
        V m = V::load(s), c = m, t(0), o(0);
        for (int j = 1; j < n; ++j) m = prim::max(m, V::load(s + j * ld));
        for (int j = 0; j < n; ++j) {
            const V score = V::load(s + j * ld), e = prim::exp(score - m);
            const Mask<E> hit = wanted == V(j);
            c = select(hit, score, c);
            t = t + e;
            o = o + select(hit, zero * e, e);
            e.store(delta + j * ld);
        }
        const V share = scale / t;
        for (int j = 0; j < n; ++j) {
            const V e = V::load(delta + j * ld);
            (select(wanted == V(j), -o, e) * share).store(delta + j * ld);
        }
        return {select(c == m, o, t - one), m - c};
    }
};

// The same for two classes: all follows from the difference of the two scores.
template <class E>
struct FusedSoftmax<E, 2> {
    static constexpr bool grows = false;  // 1 + u is at most 2

    CP_INLINE static InParts<E> column(const LossBlock<E>& block, std::ptrdiff_t at, Vec<E> scale) {
        using V = Vec<E>;
        const V first = V::load(block.scores + at), second = V::load(block.scores + at + block.width);
        const V zero(0), one(1);
        const Mask<E> is_first = V::load(block.target + at) == zero;
        // Infinite scores have no difference: NaN, as in the row.
        const V gap = fma(first + second, zero, second - first);
        const V d = select(is_first, gap, -gap);
        const V a = prim::exp(-prim::abs(d));
        const V share = scale / (one + a);
        const V other = select(d > zero, share, a * share);
        select(is_first, -other, other).store(block.delta + at);
        select(is_first, other, -other).store(block.delta + at + block.width);
        return {a, prim::max(d, zero)};
    }
};

// Repeats the row logistic, for one output.
template <class E>
struct FusedLogistic {
    static constexpr bool grows = false;

    CP_INLINE static InParts<E> column(const LossBlock<E>& block, std::ptrdiff_t at, Vec<E> scale) {
        using V = Vec<E>;
        const V s = V::load(block.scores + at), target = V::load(block.target + at);
        const V zero(0), one(1);
        const V a = prim::exp(-prim::abs(s));
        const V large = one / (one + a), small = a * large;
        const Mask<E> positive = s > zero;
        const V p = select(positive, large, small), q = select(positive, small, large);
        (scale * ((one - target) * p - target * q)).store(block.delta + at);
        return {a, prim::max(s, zero) - s * target};
    }
};

template <class F, class E>
double fused_block(const LossBlock<E>& block) {
    using V = Vec<E>;
    V weighed(0), rest(0), logs(0), p(0);
    for (std::ptrdiff_t s = block.even; s < block.width; s += V::lanes) {
        const V scale = V::load(block.scales + s);
        const InParts<E> part = F::column(block, s, scale);
        weighed = fma(scale, prim::log1p(part.u) + part.rest, weighed);
    }
    int bits = 1;  // by which a factor may lengthen the product
    while (F::grows && (1 << bits) < block.outputs) ++bits;
    const std::ptrdiff_t most = (sizeof(E) == 8 ? 900 : 110) / bits * V::lanes;
    const V scale(block.scale);
    for (std::ptrdiff_t begin = 0; begin < block.even; begin += most) {
        const std::ptrdiff_t end = begin + most < block.even ? begin + most : block.even;
        p = V(0);
        for (std::ptrdiff_t s = begin; s < end; s += V::lanes) {
            const InParts<E> part = F::column(block, s, scale);
            p = fma(p, part.u, p + part.u);
            rest = rest + part.rest;
        }
        logs = logs + prim::log1p(p);
    }
    return static_cast<double>(sum_lanes(fma(scale, logs + rest, weighed)));
}

}  // namespace clearprop::CP_ISA
