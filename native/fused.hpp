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

// A vector of samples: their losses as log1p(u) + rest, and the first slopes of their scores
// (all of them, where their number is fixed).
template <class E, int outputs>
struct Samples {
    Vec<E> u, rest;
    Vec<E> delta[outputs ? outputs : 1];
};

// Repeats the row softmax_cross_entropy: any number of classes.
template <class E, int fixed>
struct FusedSoftmax {
    static constexpr int outputs = fixed;
    static constexpr bool grows = true;  // 1 + u is at most the number of classes
    static constexpr int side_by_side = fixed ? 2 : 1;

    CP_INLINE static Samples<E, fixed> column(const LossBlock<E>& block, std::ptrdiff_t at,
                                              Vec<E> scale) {
        using V = Vec<E>;
        const E* s = block.scores + at;
        const std::ptrdiff_t ld = block.width;
        const int n = fixed ? fixed : block.outputs;
        const V wanted = V::load(block.target + at), zero(0), one(1);
        Samples<E, fixed> result;
        const auto exponential = [&](int j) -> Vec<E> {
            return fixed ? result.delta[j] : V::load(block.delta + at + j * ld);
        };
        const auto keep = [&](int j, V v) {
            if constexpr (fixed)
                result.delta[j] = v;
            else
                v.store(block.delta + at + j * ld);
        };
        V m = V::load(s), c = m, t(0), o(0);
        for (int j = 1; j < n; ++j) m = prim::max(m, V::load(s + j * ld));
        for (int j = 0; j < n; ++j) {
            const V score = V::load(s + j * ld), e = prim::exp(score - m);
            const Mask<E> hit = wanted == V(j);
            c = select(hit, score, c);
            t = t + e;
            o = o + select(hit, zero * e, e);
            keep(j, e);
        }
        const V share = scale / t;
        for (int j = 0; j < n; ++j) keep(j, select(wanted == V(j), -o, exponential(j)) * share);
        result.u = select(c == m, o, t - one);
        result.rest = m - c;
        return result;
    }
};

// The same for two classes: all follows from the difference of the two scores.
template <class E>
struct FusedSoftmax<E, 2> {
    static constexpr int outputs = 2;
    static constexpr bool grows = false;  // 1 + u is at most 2
    static constexpr int side_by_side = 4;

    CP_INLINE static Samples<E, 2> column(const LossBlock<E>& block, std::ptrdiff_t at,
                                          Vec<E> scale) {
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
        return {a, prim::max(d, zero),
                {select(is_first, -other, other), select(is_first, other, -other)}};
    }
};

// Repeats the row logistic, for one output.
template <class E>
struct FusedLogistic {
    static constexpr int outputs = 1;
    static constexpr bool grows = false;
    static constexpr int side_by_side = 4;

    CP_INLINE static Samples<E, 1> column(const LossBlock<E>& block, std::ptrdiff_t at,
                                          Vec<E> scale) {
        using V = Vec<E>;
        const V s = V::load(block.scores + at), target = V::load(block.target + at);
        const V zero(0), one(1);
        const V a = prim::exp(-prim::abs(s));
        const V large = one / (one + a), small = a * large;
        const Mask<E> positive = s > zero;
        const V p = select(positive, large, small), q = select(positive, small, large);
        return {a, prim::max(s, zero) - s * target, {scale * ((one - target) * p - target * q)}};
    }
};

// Samples' losses on their way to one sum: that of log1p(p) and of rest, lane by lane.
template <class E>
struct Gathered {
    Vec<E> p{0}, rest{0};

    CP_INLINE void take(Vec<E> u, Vec<E> more) {
        p = fma(p, u, p + u);
        rest = rest + more;
    }
};

template <class E, int outputs>
CP_INLINE void store_slopes(const Samples<E, outputs>& samples, const LossBlock<E>& block,
                            std::ptrdiff_t at) {
    for (int j = 0; j < outputs; ++j)
        samples.delta[j].store(block.delta + at + j * block.width);
}

// The losses of whole vectors of samples that weigh alike, several vectors side by side. What
// comes alone comes first, to be done while the others begin.
template <class F, class E>
CP_INLINE void gather_losses(const LossBlock<E>& block, std::ptrdiff_t begin, std::ptrdiff_t end,
                             Gathered<E>& sum) {
    constexpr int many = F::side_by_side, lanes = Vec<E>::lanes;
    using S = Samples<E, F::outputs>;
    const Vec<E> scale(block.scale);
    std::ptrdiff_t s = begin;
    for (; (end - s) % (many * lanes); s += lanes) {
        const S one = F::column(block, s, scale);
        store_slopes(one, block, s);
        sum.take(one.u, one.rest);
    }
    for (; s < end; s += many * lanes) {
        S some[many];
#pragma GCC unroll 4
        for (int i = 0; i < many; ++i) some[i] = F::column(block, s + i * lanes, scale);
#pragma GCC unroll 4
        for (int i = 0; i < many; ++i) {
            store_slopes(some[i], block, s + i * lanes);
            sum.take(some[i].u, some[i].rest);
        }
    }
}

// The losses of samples that do not weigh alike, added up lane by lane.
template <class F, class E>
CP_APART Vec<E> weighed_losses(const LossBlock<E>& block) {
    Vec<E> sum(0);
    for (std::ptrdiff_t s = block.even; s < block.width; s += Vec<E>::lanes) {
        const Vec<E> scale = Vec<E>::load(block.scales + s);
        const auto one = F::column(block, s, scale);
        store_slopes(one, block, s);
        sum = fma(scale, prim::log1p(one.u) + one.rest, sum);
    }
    return sum;
}

// scale times (the logarithm of 1 + p, and rest), all lanes added up.
template <class E>
CP_APART double total_loss(const Gathered<E>& sum, Vec<E> scale) {
    return static_cast<double>(sum_lanes(scale * (prim::log1p(sum.p) + sum.rest)));
}

template <class F, class E>
double fused_block(const LossBlock<E>& block) {
    using V = Vec<E>;
    int bits = 1;  // by which a factor may lengthen the product
    while (F::grows && (1 << bits) < block.outputs) ++bits;
    const std::ptrdiff_t most = ((sizeof(E) == 8 ? 900 : 110) / bits - 1) * V::lanes;
    double total = block.alike ? 0 : static_cast<double>(sum_lanes(weighed_losses<F>(block)));
    for (std::ptrdiff_t begin = 0; begin < block.even || !begin; begin += most) {
        Gathered<E> sum;
        if (block.alike && !begin && block.even < block.width) {
            // The last vector: of its samples, those that count weigh like the others.
            const V scale = V::load(block.scales + block.even), zero(0);
            const auto last = F::column(block, block.even, scale);
            store_slopes(last, block, block.even);
            const Mask<E> counts = scale != zero;
            sum.take(select(counts, last.u, zero), select(counts, last.rest, zero));
        }
        gather_losses<F>(block, begin, begin + most < block.even ? begin + most : block.even, sum);
        total += total_loss(sum, V(block.scale));
    }
    return total;
}

}  // namespace clearprop::CP_ISA
