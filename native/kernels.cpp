// The kernels, compiled once for each instruction set (CP_ISA names it).
//
// No function of the C++ library is instantiated here: the linker could take this copy of
// it, made for this instruction set, for the whole program.
#if defined(_MSC_VER) && !defined(__clang__)
#include <math.h>
#define CP_SCALAR_POW ::pow
#define CP_SCALAR_SQRT ::sqrt
#else
#define CP_SCALAR_POW(a, b) (sizeof(a) == 4 ? __builtin_powf(a, b) : __builtin_pow(a, b))
#define CP_SCALAR_SQRT(a) (sizeof(a) == 4 ? __builtin_sqrtf(a) : __builtin_sqrt(a))
#endif

#include "kernels.hpp"
#include "native-tables.hpp"

#include "elementwise.hpp"
#include "matrix.hpp"

#define CP_TEXT(x) #x
#define CP_NAME(x) CP_TEXT(x)
#define CP_JOIN(a, b) a##b
#define CP_SET(isa) CP_JOIN(kernels_, isa)

namespace clearprop {
namespace CP_ISA {

template <class E>
struct Lists {
#define ROW(s, name, print) \
    {{name, print, s<E>::inputs, s<E>::parameters, 0, 0, 0, s<E>::slope_uses_input, \
      s<E>::is_identity, false, false, false}, &gate_forward<s<E>, E>, &gate_backward<s<E>, E>, \
     &gate_backward_turned<s<E>, E>},
    static constexpr Gate<E> gates[] = {CP_ACTIVATIONS(ROW)};
#undef ROW
#define ROW(s, name, print) \
    {{name, print, s<E>::inputs, s<E>::parameters, 0, 0, 0, s<E>::slope_uses_input, \
      s<E>::is_identity, false, false, false}, &gate_evaluate<s<E>, E>},
    static constexpr Elementwise<E> elementwise[] = {CP_GATES(ROW)};
#undef ROW
#define ROW(s, name, print) \
    {{name, print, 0, s<E>::parameters, 0, 0, s<E>::caches, false, false, s<E>::of_classes, \
      s<E>::has_probability, false}, &loss_block<s<E>, E>, &loss_chances<s<E>, E>},
    static constexpr Loss<E> losses[] = {CP_LOSSES(ROW)};
#undef ROW
#define ROW(s, name, print) \
    {{name, print, 0, s<E>::parameters, s<E>::slots, s<E>::scalars, 0, false, false, false, \
      false, s<E>::uses_is_weight}, &rule_prepare<s<E>>, &rule_step<s<E>, E>},
    static constexpr Rule<E> rules[] = {CP_UPDATES(ROW)};
#undef ROW
    template <class Row, int n>
    static constexpr int count(const Row (&)[n]) {
        return n;
    }
    static constexpr Kernels<E> kernels = {
        Vec<E>::lanes, tile_rows, tile_vectors, &product<E>, &gather<E>, &transpose<E>, &dots<E>,
        &lane_sums<E>, &row_products<E>, &pack<E>, &gradient<E>,
        gates, count(gates), elementwise, count(elementwise), losses, count(losses),
        rules, count(rules)};
};

// Threefry-2x32 with 20 rounds, as in clearprop.engines.order, for a run of row numbers.
void row_keys(std::uint32_t seed, std::uint32_t epoch, std::size_t n, std::uint64_t* keys) {
    constexpr int turns[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
    const std::uint32_t key[3] = {seed, epoch, seed ^ epoch ^ 0x1BD11BDAu};
    for (std::size_t i = 0; i < n; ++i) {
        std::uint32_t a = static_cast<std::uint32_t>(i) + key[0];
        std::uint32_t b = static_cast<std::uint32_t>(static_cast<std::uint64_t>(i) >> 32) + key[1];
#pragma GCC unroll 5
        for (std::uint32_t group = 0; group < 5; ++group) {
#pragma GCC unroll 4
            for (int turn : turns[group % 2]) {
                a += b;
                b = ((b << turn) | (b >> (32 - turn))) ^ a;
            }
            a += key[(group + 1) % 3];
            b += key[(group + 2) % 3] + group + 1;
        }
        keys[i] = (static_cast<std::uint64_t>(a) << 32) | b;
    }
}

}  // namespace CP_ISA

extern const KernelSet CP_SET(CP_ISA);
const KernelSet CP_SET(CP_ISA) = {CP_NAME(CP_ISA), &CP_ISA::row_keys, &CP_ISA::Lists<double>::kernels,
                                  &CP_ISA::Lists<float>::kernels};

}  // namespace clearprop
