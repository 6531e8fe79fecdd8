// The closed list of functions in which the tables are written, on vectors.
//
// About 2 units in the last place over the whole range, NaN in gives NaN out, infinities
// and the ends of the range as in IEEE 754's recommended functions. The coefficients are
// minimax polynomials found by Remez's exchange on the reduced interval:
//   exp:  e^r = 1 + r + r^2 Q(r),                         |r| <= ln(2) / 2
//   tanh: 2 h coth(h) = C(h^2),                           |h| <= ln(2) / 4
//   log:  ln(1 + f) = 2 s + s^3 P(s^2),  s = f / (2 + f), 1 + f in [sqrt(1/2), sqrt(2)]
// (Muller, Elementary Functions, 3rd ed., 2016, chapters 3 and 11).
#pragma once

#include "simd.hpp"

namespace clearprop::CP_ISA {

template <class E>
struct Constants;

template <>
struct Constants<double> {
    static constexpr double ln2_high = 0x1.62e42fefp-1, ln2_low = 7.4406171100123967161e-11;
    static constexpr double magic = 0x1.8p52;  // adding it leaves a whole number in the low bits
    static constexpr double exp_high = 710.0, exp_low = -746.0, flat = -40.0, straight = 22.0;
    static constexpr double far = 1000.0, wide = 0x1p64, narrow = 0x1p-64;
    static constexpr int mantissa = 52;
    static constexpr std::int64_t one = 0x3ff0000000000000, root_half = 0x3fe6a09e667f3bcd;
    static constexpr double smallest = 0x1p-1022, lift = 0x1p54;
    static constexpr int lifted = 54;
    static constexpr double even[] = {0.500000000000001279, 0.04166666666651494726,
                                      0.001388888894715266941, 0.00002480148978872609968,
                                      2.763133887785593217e-7};
    static constexpr double odd[] = {0.1666666666666669921, 0.008333333333307100099,
                                     0.000198412699176316858, 2.755721606790235034e-6,
                                     2.511793670020011922e-8};
    static constexpr double coth[] = {2.000000000000000002,     0.66666666666666297,
                                      -0.04444444444300889592,  0.00423280402889140226624,
                                      -0.000423267326213525989888, 4.23675149777969992768e-5};
    static constexpr double series[] = {0.666666666666669893,  0.3999999999961189655,
                                        0.2857142870386371878, 0.2222220213982017474,
                                        0.1818339414453844612, 0.1531809734085319265,
                                        0.1475797283252123723};
};

template <>
struct Constants<float> {
    static constexpr float ln2_high = 0.693115234375f, ln2_low = 0.000031946184945309417232f;
    static constexpr float magic = 0x1.8p23f;
    static constexpr float exp_high = 89.0f, exp_low = -104.0f, flat = -20.0f, straight = 10.0f;
    static constexpr float far = 120.0f, wide = 0x1p32f, narrow = 0x1p-32f;
    static constexpr int mantissa = 23;
    static constexpr std::int32_t one = 0x3f800000, root_half = 0x3f3504f3;
    static constexpr float smallest = 0x1p-126f, lift = 0x1p25f;
    static constexpr int lifted = 25;
    static constexpr float even[] = {0.5000000095679832362f, 0.04166620418890570533f,
                                     0.00139505948916125577f};
    static constexpr float odd[] = {0.1666651860652077132f, 0.008368917601147181007f};
    static constexpr float coth[] = {2.00000000357080422f, 0.6666645262007640632f,
                                     -0.04425428859676893768f};
    static constexpr float series[] = {0.6666666583283659414f, 0.4000030205883766718f,
                                       0.2853906622195787917f, 0.2355321253733303388f};
};

// Horner's scheme, unrolled by the compiler.
template <class E, int n>
CP_INLINE Vec<E> polynomial(const E (&coefficients)[n], Vec<E> x) {
    Vec<E> sum(coefficients[n - 1]);
#pragma GCC unroll 16
    for (int i = n - 2; i >= 0; --i) sum = fma(sum, x, Vec<E>(coefficients[i]));
    return sum;
}

// e^r - 1 for |r| <= ln(2) / 2; even and odd terms apart, for two short chains.
template <class E>
CP_INLINE Vec<E> expm1_near_zero(Vec<E> r) {
    const Vec<E> square = r * r;
    const Vec<E> q = fma(polynomial(Constants<E>::odd, square), r,
                         polynomial(Constants<E>::even, square));
    return fma(square, q, r);
}

// x = turns ln(2) + rest; magic + turns has the whole number in its low bits.
template <class E>
struct Reduced {
    Vec<E> turns, rest;
    typename Vec<E>::Integers power;  // the bits of 2^turns, less the exponent's bias
};

template <class E>
CP_INLINE Reduced<E> reduce(Vec<E> x) {
    using C = Constants<E>;
    const Vec<E> shifted = fma(x, Vec<E>(1.4426950408889634074), Vec<E>(C::magic));
    const Vec<E> turns = shifted - Vec<E>(C::magic);
    Vec<E> rest = fma(-turns, Vec<E>(C::ln2_high), x);
    rest = fma(-turns, Vec<E>(C::ln2_low), rest);
    return {turns, rest, shifted.bits() << C::mantissa};
}

// The same for 2 x, whose rest is given by its half.
template <class E>
CP_INLINE Reduced<E> reduce_halves(Vec<E> x) {
    using C = Constants<E>;
    const Vec<E> shifted = fma(x, Vec<E>(2 * 1.4426950408889634074), Vec<E>(C::magic));
    const Vec<E> turns = shifted - Vec<E>(C::magic);
    Vec<E> rest = fma(-turns, Vec<E>(C::ln2_high / 2), x);
    rest = fma(-turns, Vec<E>(C::ln2_low / 2), rest);
    return {turns, rest, shifted.bits() << C::mantissa};
}

template <class E>
CP_INLINE Vec<E> power_of_two(typename Vec<E>::Integers shifted_exponent) {
    return Vec<E>::of_bits(shifted_exponent + Vec<E>::integers(Constants<E>::one));
}

namespace prim {

template <class E>
CP_INLINE Vec<E> where(Mask<E> mask, Vec<E> then, Vec<E> otherwise) {
    return select(mask, then, otherwise);
}

template <class E>
CP_INLINE Vec<E> abs(Vec<E> x) {
    using I = typename Vec<E>::Integer;
    const I all_but_sign = static_cast<I>(~(static_cast<I>(1) << (8 * sizeof(E) - 1)));
    return Vec<E>::of_bits(x.bits() & Vec<E>::integers(all_but_sign));
}

template <class E>
CP_INLINE Vec<E> with_sign_of(Vec<E> size, Vec<E> sign) {
    using I = typename Vec<E>::Integer;
    const I only_sign = static_cast<I>(static_cast<std::uint64_t>(1) << (8 * sizeof(E) - 1));
    return Vec<E>::of_bits(size.bits() | (sign.bits() & Vec<E>::integers(only_sign)));
}

// a < b ? a : b, so that a NaN on either side gives b.
template <class E>
CP_INLINE Vec<E> lesser(Vec<E> a, Vec<E> b) {
#if CP_VECTORS && defined(__AVX512F__)
    if constexpr (sizeof(E) == 8)
        return Vec<E>((typename Vec<E>::Native)_mm512_min_pd((__m512d)a.v, (__m512d)b.v));
    else
        return Vec<E>((typename Vec<E>::Native)_mm512_min_ps((__m512)a.v, (__m512)b.v));
#elif CP_VECTORS && defined(__AVX__)
    if constexpr (sizeof(E) == 8)
        return Vec<E>((typename Vec<E>::Native)_mm256_min_pd((__m256d)a.v, (__m256d)b.v));
    else
        return Vec<E>((typename Vec<E>::Native)_mm256_min_ps((__m256)a.v, (__m256)b.v));
#else
    return select(a < b, a, b);
#endif
}

// a > b ? a : b, so that a NaN on either side gives b.
template <class E>
CP_INLINE Vec<E> greater(Vec<E> a, Vec<E> b) {
#if CP_VECTORS && defined(__AVX512F__)
    if constexpr (sizeof(E) == 8)
        return Vec<E>((typename Vec<E>::Native)_mm512_max_pd((__m512d)a.v, (__m512d)b.v));
    else
        return Vec<E>((typename Vec<E>::Native)_mm512_max_ps((__m512)a.v, (__m512)b.v));
#elif CP_VECTORS && defined(__AVX__)
    if constexpr (sizeof(E) == 8)
        return Vec<E>((typename Vec<E>::Native)_mm256_max_pd((__m256d)a.v, (__m256d)b.v));
    else
        return Vec<E>((typename Vec<E>::Native)_mm256_max_ps((__m256)a.v, (__m256)b.v));
#else
    return select(a > b, a, b);
#endif
}

// As in NumPy, max and min give NaN if either is NaN, and the first of two equal numbers.
template <class E>
CP_INLINE Vec<E> max(Vec<E> a, Vec<E> b) {
    return select(b != b, b, greater(b, a));
}

template <class E>
CP_INLINE Vec<E> min(Vec<E> a, Vec<E> b) {
    return select(b != b, b, lesser(b, a));
}

// Bring x into [low, high]; NaN stays.
template <class E>
CP_INLINE Vec<E> clamp(Vec<E> x, Vec<E> low, Vec<E> high) {
    return greater(low, lesser(high, x));
}

template <class E>
CP_INLINE Vec<E> sqrt(Vec<E> x) {
#if CP_VECTORS && defined(__AVX512F__)
    if constexpr (sizeof(E) == 8)
        return Vec<E>((typename Vec<E>::Native)_mm512_sqrt_pd((__m512d)x.v));
    else
        return Vec<E>((typename Vec<E>::Native)_mm512_sqrt_ps((__m512)x.v));
#elif CP_VECTORS && defined(__AVX__)
    if constexpr (sizeof(E) == 8)
        return Vec<E>((typename Vec<E>::Native)_mm256_sqrt_pd((__m256d)x.v));
    else
        return Vec<E>((typename Vec<E>::Native)_mm256_sqrt_ps((__m256)x.v));
#elif CP_VECTORS && defined(__SSE2__)
    if constexpr (sizeof(E) == 8)
        return Vec<E>((typename Vec<E>::Native)_mm_sqrt_pd((__m128d)x.v));
    else
        return Vec<E>((typename Vec<E>::Native)_mm_sqrt_ps((__m128)x.v));
#elif CP_VECTORS && defined(__aarch64__)
    if constexpr (sizeof(E) == 8)
        return Vec<E>((typename Vec<E>::Native)vsqrtq_f64((float64x2_t)x.v));
    else
        return Vec<E>((typename Vec<E>::Native)vsqrtq_f32((float32x4_t)x.v));
#else
    E part[Vec<E>::lanes];
    x.store(part);
    for (E& each : part) each = static_cast<E>(CP_SCALAR_SQRT(each));
    return Vec<E>::load(part);
#endif
}

template <class E>
CP_INLINE Vec<E> exp(Vec<E> x) {
    using C = Constants<E>;
    x = clamp(x, Vec<E>(C::exp_low), Vec<E>(C::exp_high));
    const Reduced<E> parts = reduce(x);
    const Vec<E> mantissa = Vec<E>(1) + expm1_near_zero(parts.rest);
#if CP_VECTORS && defined(__AVX512F__)
    if constexpr (sizeof(E) == 8)
        return Vec<E>((typename Vec<E>::Native)_mm512_scalef_pd((__m512d)mantissa.v,
                                                                (__m512d)parts.turns.v));
    else
        return Vec<E>((typename Vec<E>::Native)_mm512_scalef_ps((__m512)mantissa.v,
                                                                (__m512)parts.turns.v));
#else
    // Near both ends of the range 2^turns is no normal number: go there in two steps.
    const Vec<E> far(C::far);
    const Mask<E> low = parts.turns < -far, high = parts.turns > far;
    const Vec<E> factor =
        select(low, Vec<E>(C::narrow), select(high, Vec<E>(C::wide), Vec<E>(1)));
    const Vec<E> nearer = select(low, Vec<E>(1), select(high, Vec<E>(-1), Vec<E>(0)));
    const Vec<E> steps(sizeof(E) == 8 ? 64 : 32);
    const Vec<E> shifted = fma(nearer, steps, parts.turns) + Vec<E>(C::magic);
    return mantissa * power_of_two<E>(shifted.bits() << C::mantissa) * factor;
#endif
}

template <class E>
CP_INLINE Vec<E> expm1(Vec<E> x) {
    using C = Constants<E>;
    const Vec<E> tiny = x;
    x = clamp(x, Vec<E>(C::flat), Vec<E>(C::exp_high));
    const Reduced<E> parts = reduce(x);
    const Vec<E> q = expm1_near_zero(parts.rest);
    // 2^turns may be just too large for a number; half of it is not.
    const Vec<E> half = power_of_two<E>(
        parts.power - Vec<E>::integers(static_cast<typename Vec<E>::Integer>(1) << C::mantissa));
    const Vec<E> result = Vec<E>(2) * fma(half, q, half - Vec<E>(0.5));
    return select(x == Vec<E>(0), tiny, result);  // -0 stays -0
}

template <class E>
CP_INLINE Vec<E> tanh(Vec<E> x) {
    // e^(2|x|) = 2^k (C + r) / (C - r), put into (e^(2|x|) - 1) / (e^(2|x|) + 1): no digits
    // cancel, because r is positive where 2^k - 1 is 0. The divisor is made from what is
    // divided, so that near 1 their rounding errors cancel. Additions are cheaper than
    // products here, so h = r / 2 and C / 2 stand in their places.
    using C = Constants<E>;
    const Reduced<E> parts = reduce_halves(lesser(Vec<E>(C::straight), abs(x)));
    const Vec<E> h = parts.rest, half(0.5);
    const Vec<E> scale = power_of_two<E>(
        parts.power - Vec<E>::integers(static_cast<typename Vec<E>::Integer>(1) << C::mantissa));
    const Vec<E> c = polynomial(C::coth, h * h), both = h + h;
    const Vec<E> upper = fma(scale - half, c, (scale + half) * both);
    return with_sign_of(upper / (upper + (c - both)), x);
}

// x = m 2^turns with m in [sqrt(1/2), sqrt(2)), for x normal and above 0.
template <class E>
struct Split {
    Vec<E> turns, m;
};

template <class E>
CP_INLINE Split<E> split(Vec<E> x) {
    using C = Constants<E>;
    using I = typename Vec<E>::Integer;
    const auto above = x.bits() - Vec<E>::integers(C::root_half);
    // The exponent, made a number by way of the magic constant's low bits.
    const auto biased = (above >> C::mantissa) + Vec<E>::integers(
        static_cast<I>(sizeof(E) == 8 ? 0x4338000000000000 : 0x4b400000));
    const Vec<E> turns = Vec<E>::of_bits(biased) - Vec<E>(C::magic);
    const I mask = static_cast<I>((static_cast<std::uint64_t>(1) << C::mantissa) - 1);
    return {turns, Vec<E>::of_bits((above & Vec<E>::integers(mask)) +
                                   Vec<E>::integers(C::root_half))};
}

// turns ln(2) + ln(1 + f) + small, with |small| far below f.
template <class E>
CP_INLINE Vec<E> assemble(Vec<E> turns, Vec<E> f, Vec<E> small) {
    using C = Constants<E>;
    const Vec<E> s = f / (Vec<E>(2) + f);
    const Vec<E> z = s * s;
    const Vec<E> half_square = Vec<E>(0.5) * f * f;
    const Vec<E> series = z * polynomial(C::series, z);
    const Vec<E> low = fma(turns, Vec<E>(C::ln2_low), small);
    const Vec<E> correction = fma(s, half_square + series, low);
    return fma(turns, Vec<E>(C::ln2_high), f - (half_square - correction));
}

template <class E>
CP_INLINE Vec<E> log_ends(Vec<E> x, Vec<E> result) {
    const Vec<E> zero(0), infinity = Vec<E>(1) / zero;
    result = select(x == infinity, infinity, result);
    result = select(x == zero, -infinity, result);
    return select(x < zero, zero / zero, select(x != x, x, result));
}

template <class E>
CP_INLINE Vec<E> log(Vec<E> x) {
    using C = Constants<E>;
    const Mask<E> subnormal = x < Vec<E>(C::smallest);
    const Split<E> parts = split(select(subnormal, x * Vec<E>(C::lift), x));
    const Vec<E> turns = parts.turns - select(subnormal, Vec<E>(C::lifted), Vec<E>(0));
    return log_ends(x, assemble(turns, parts.m - Vec<E>(1), Vec<E>(0)));
}

template <class E>
CP_INLINE Vec<E> log1p(Vec<E> x) {
    const Vec<E> zero(0), one(1), u = one + x;
    const Split<E> parts = split(u);
    const Mask<E> near = parts.turns == zero;
    // What 1 + x lost by rounding.
    const Vec<E> lost = select(parts.turns > zero, one - (u - x), x - (u - one)) / u;
    const Vec<E> f = select(near, x, parts.m - one);
    const Vec<E> result = assemble(parts.turns, f, select(near, zero, lost));
    return log_ends(u, select(x == zero, x, result));
}

template <class E>
CP_INLINE Vec<E> pow(Vec<E> base, Vec<E> exponent) {
    E bases[Vec<E>::lanes], exponents[Vec<E>::lanes];
    base.store(bases);
    exponent.store(exponents);
    for (int i = 0; i < Vec<E>::lanes; ++i)
        bases[i] = static_cast<E>(CP_SCALAR_POW(bases[i], exponents[i]));
    return Vec<E>::load(bases);
}

}  // namespace prim
}  // namespace clearprop::CP_ISA
