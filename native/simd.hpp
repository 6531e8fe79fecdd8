// Vectors of numbers, as wide as the instruction set that this file is compiled for.
//
// Vec<double> or Vec<float> behaves like a number: + - * /, comparisons (which give a
// Mask), load, store. With GCC and Clang it is a vector type of theirs; elsewhere, or with
// CLEARPROP_PORTABLE, a plain array whose loops the compiler may vectorise.
//
// Everything lives in a namespace named after the instruction set, so that code compiled
// for one processor is never linked into the functions of another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if (defined(__GNUC__) || defined(__clang__)) && !defined(CLEARPROP_PORTABLE)
#define CP_VECTORS 1
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif
#else
#define CP_VECTORS 0
#endif

#if defined(_MSC_VER) && !defined(__clang__)
#define CP_INLINE __forceinline
#else
#define CP_INLINE inline __attribute__((always_inline))
#endif

// A call of its own, whose constants do not crowd its caller's registers.
#if defined(_MSC_VER) && !defined(__clang__)
#define CP_APART __declspec(noinline)
#else
#define CP_APART __attribute__((noinline))
#endif

#if defined(__AVX512F__)
#define CP_BYTES 64
#elif defined(__AVX__)
#define CP_BYTES 32
#else
#define CP_BYTES 16
#endif

namespace clearprop::CP_ISA {

template <class E>
struct IntegerOf;
template <>
struct IntegerOf<double> {
    using type = std::int64_t;
};
template <>
struct IntegerOf<float> {
    using type = std::int32_t;
};

#if CP_VECTORS

template <class N>
struct Wide {
    typedef N type __attribute__((vector_size(CP_BYTES)));
};

// A mask keeps the comparison's own vector of 0 and -1.
template <class E>
struct Mask {
    typename Wide<typename IntegerOf<E>::type>::type m;
};

template <class E>
struct Vec {
    using Element = E;
    using Integer = typename IntegerOf<E>::type;
    using Native = typename Wide<E>::type;
    using Integers = typename Wide<Integer>::type;
    static constexpr int lanes = CP_BYTES / sizeof(E);

    Native v;

    Vec() = default;
    CP_INLINE Vec(Native native) : v(native) {}
    CP_INLINE explicit Vec(double number) : v(static_cast<E>(number) - Native{}) {}
    CP_INLINE explicit Vec(float number) : v(static_cast<E>(number) - Native{}) {}
    CP_INLINE explicit Vec(int number) : v(static_cast<E>(number) - Native{}) {}

    CP_INLINE static Vec load(const E* from) {
        Vec result;
        std::memcpy(&result.v, from, sizeof(Native));
        return result;
    }
    CP_INLINE void store(E* to) const { std::memcpy(to, &v, sizeof(Native)); }
    CP_INLINE E lane(int index) const { return v[index]; }
    CP_INLINE Integers bits() const { return (Integers)v; }  // the same bits
    CP_INLINE static Vec of_bits(Integers bits) { return Vec((Native)bits); }
    CP_INLINE static Integers integers(Integer number) { return number - Integers{}; }
};

// clang-format off
template <class E> CP_INLINE Vec<E> operator+(Vec<E> a, Vec<E> b) { return Vec<E>(a.v + b.v); }
template <class E> CP_INLINE Vec<E> operator-(Vec<E> a, Vec<E> b) { return Vec<E>(a.v - b.v); }
template <class E> CP_INLINE Vec<E> operator*(Vec<E> a, Vec<E> b) { return Vec<E>(a.v * b.v); }
template <class E> CP_INLINE Vec<E> operator/(Vec<E> a, Vec<E> b) { return Vec<E>(a.v / b.v); }
template <class E> CP_INLINE Vec<E> operator-(Vec<E> a) { return Vec<E>(-a.v); }
template <class E> CP_INLINE Mask<E> operator<(Vec<E> a, Vec<E> b) { return {a.v < b.v}; }
template <class E> CP_INLINE Mask<E> operator<=(Vec<E> a, Vec<E> b) { return {a.v <= b.v}; }
template <class E> CP_INLINE Mask<E> operator>(Vec<E> a, Vec<E> b) { return {a.v > b.v}; }
template <class E> CP_INLINE Mask<E> operator>=(Vec<E> a, Vec<E> b) { return {a.v >= b.v}; }
template <class E> CP_INLINE Mask<E> operator==(Vec<E> a, Vec<E> b) { return {a.v == b.v}; }
template <class E> CP_INLINE Mask<E> operator!=(Vec<E> a, Vec<E> b) { return {a.v != b.v}; }
// clang-format on

template <class E>
CP_INLINE Vec<E> select(Mask<E> mask, Vec<E> then, Vec<E> otherwise) {
    return Vec<E>(mask.m ? then.v : otherwise.v);
}

#else

template <class E>
struct Mask {
    static constexpr int lanes = CP_BYTES / sizeof(E);
    bool m[lanes];
};

template <class E>
struct Vec {
    using Element = E;
    using Integer = typename IntegerOf<E>::type;
    static constexpr int lanes = CP_BYTES / sizeof(E);
    struct Integers {
        Integer v[lanes];
        // clang-format off
        CP_INLINE Integers operator+(Integers b) const { Integers r; for (int i = 0; i < lanes; ++i) r.v[i] = v[i] + b.v[i]; return r; }
        CP_INLINE Integers operator-(Integers b) const { Integers r; for (int i = 0; i < lanes; ++i) r.v[i] = v[i] - b.v[i]; return r; }
        CP_INLINE Integers operator&(Integers b) const { Integers r; for (int i = 0; i < lanes; ++i) r.v[i] = v[i] & b.v[i]; return r; }
        CP_INLINE Integers operator|(Integers b) const { Integers r; for (int i = 0; i < lanes; ++i) r.v[i] = v[i] | b.v[i]; return r; }
        CP_INLINE Integers operator^(Integers b) const { Integers r; for (int i = 0; i < lanes; ++i) r.v[i] = v[i] ^ b.v[i]; return r; }
        CP_INLINE Integers operator<<(int n) const { Integers r; for (int i = 0; i < lanes; ++i) r.v[i] = static_cast<Integer>(static_cast<std::uint64_t>(v[i]) << n); return r; }
        CP_INLINE Integers operator>>(int n) const { Integers r; for (int i = 0; i < lanes; ++i) r.v[i] = v[i] >> n; return r; }
        // clang-format on
    };

    E v[lanes];

    Vec() = default;
    CP_INLINE explicit Vec(double number) {
        for (int i = 0; i < lanes; ++i) v[i] = static_cast<E>(number);
    }
    CP_INLINE explicit Vec(float number) : Vec(static_cast<double>(number)) {}
    CP_INLINE explicit Vec(int number) : Vec(static_cast<double>(number)) {}

    CP_INLINE static Vec load(const E* from) {
        Vec result;
        std::memcpy(result.v, from, sizeof(result.v));
        return result;
    }
    CP_INLINE void store(E* to) const { std::memcpy(to, v, sizeof(v)); }
    CP_INLINE E lane(int index) const { return v[index]; }
    CP_INLINE Integers bits() const {
        Integers result;
        std::memcpy(result.v, v, sizeof(v));
        return result;
    }
    CP_INLINE static Vec of_bits(Integers bits) {
        Vec result;
        std::memcpy(result.v, bits.v, sizeof(result.v));
        return result;
    }
    CP_INLINE static Integers integers(Integer number) {
        Integers result;
        for (int i = 0; i < lanes; ++i) result.v[i] = number;
        return result;
    }
};

// clang-format off
template <class E> CP_INLINE Vec<E> operator+(Vec<E> a, Vec<E> b) { for (int i = 0; i < a.lanes; ++i) a.v[i] += b.v[i]; return a; }
template <class E> CP_INLINE Vec<E> operator-(Vec<E> a, Vec<E> b) { for (int i = 0; i < a.lanes; ++i) a.v[i] -= b.v[i]; return a; }
template <class E> CP_INLINE Vec<E> operator*(Vec<E> a, Vec<E> b) { for (int i = 0; i < a.lanes; ++i) a.v[i] *= b.v[i]; return a; }
template <class E> CP_INLINE Vec<E> operator/(Vec<E> a, Vec<E> b) { for (int i = 0; i < a.lanes; ++i) a.v[i] /= b.v[i]; return a; }
template <class E> CP_INLINE Vec<E> operator-(Vec<E> a) { for (int i = 0; i < a.lanes; ++i) a.v[i] = -a.v[i]; return a; }
template <class E> CP_INLINE Mask<E> operator<(Vec<E> a, Vec<E> b) { Mask<E> r; for (int i = 0; i < a.lanes; ++i) r.m[i] = a.v[i] < b.v[i]; return r; }
template <class E> CP_INLINE Mask<E> operator<=(Vec<E> a, Vec<E> b) { Mask<E> r; for (int i = 0; i < a.lanes; ++i) r.m[i] = a.v[i] <= b.v[i]; return r; }
template <class E> CP_INLINE Mask<E> operator>(Vec<E> a, Vec<E> b) { return b < a; }
template <class E> CP_INLINE Mask<E> operator>=(Vec<E> a, Vec<E> b) { return b <= a; }
template <class E> CP_INLINE Mask<E> operator==(Vec<E> a, Vec<E> b) { Mask<E> r; for (int i = 0; i < a.lanes; ++i) r.m[i] = a.v[i] == b.v[i]; return r; }
template <class E> CP_INLINE Mask<E> operator!=(Vec<E> a, Vec<E> b) { Mask<E> r; for (int i = 0; i < a.lanes; ++i) r.m[i] = a.v[i] != b.v[i]; return r; }
// clang-format on

template <class E>
CP_INLINE Vec<E> select(Mask<E> mask, Vec<E> then, Vec<E> otherwise) {
    for (int i = 0; i < then.lanes; ++i) then.v[i] = mask.m[i] ? then.v[i] : otherwise.v[i];
    return then;
}

#endif

// a * b + c; one rounding where the processor has it (the compiler fuses it), else two.
template <class E>
CP_INLINE Vec<E> fma(Vec<E> a, Vec<E> b, Vec<E> c) {
    return a * b + c;
}

// The same for single numbers: rounded as often as the vectors' fma.
template <class E>
CP_INLINE E scalar_fma(E a, E b, E c) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
    if constexpr (sizeof(E) == 8)
        return __builtin_fma(a, b, c);
    else
        return __builtin_fmaf(a, b, c);
#else
    return a * b + c;
#endif
}

// Add up all lanes, in an order that depends on their number alone.
template <class E>
CP_INLINE E lane_sum(Vec<E> a) {
    E part[Vec<E>::lanes];
    a.store(part);
    for (int half = Vec<E>::lanes / 2; half > 0; half /= 2)
        for (int i = 0; i < half; ++i) part[i] += part[i + half];
    return part[0];
}

}  // namespace clearprop::CP_ISA
