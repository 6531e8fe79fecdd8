// Which set of kernels this processor runs best.
#include <cstdlib>
#include <cstring>

#include "native-sets.hpp"
#include "shape.hpp"

#if defined(_MSC_VER) && (defined(_M_X64) || defined(_M_IX86))
#include <intrin.h>
#endif

namespace clearprop {

#define CP_DECLARE(isa) extern const KernelSet kernels_##isa;
CP_SETS(CP_DECLARE)

namespace {

struct Candidate {
    const KernelSet* kernels;
    bool (*runs)();
};

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
bool runs_v4() {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
}
bool runs_v3() {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}
bool runs_v2() { return __builtin_cpu_supports("sse4.2"); }
#elif defined(_MSC_VER) && defined(_M_X64)
bool has(int leaf, int reg, int bit) {
    int found[4];
    __cpuidex(found, leaf, 0);
    return (found[reg] >> bit) & 1;
}
bool saves(unsigned long long mask) {
    return has(1, 2, 27) && (_xgetbv(0) & mask) == mask;
}
bool runs_v3() { return saves(0x6) && has(7, 1, 5) && has(1, 2, 12); }
bool runs_v4() {
    return runs_v3() && saves(0xe6) && has(7, 1, 16) && has(7, 1, 30) && has(7, 1, 17) &&
           has(7, 1, 31);
}
bool runs_v2() { return has(1, 2, 20); }
#endif
[[maybe_unused]] bool runs_plain() { return true; }

#define CP_CANDIDATE(isa) {&kernels_##isa, &runs_##isa},
const Candidate candidates[] = {CP_SETS(CP_CANDIDATE)};

const KernelSet* choose() {
    const char* wanted = std::getenv("CLEARPROP_ISA");
    for (const Candidate& each : candidates)
        if (each.runs() && (!wanted || !*wanted || std::strcmp(wanted, each.kernels->name) == 0))
            return each.kernels;
    return nullptr;
}

}  // namespace

const KernelSet& best_kernels() {
    static const KernelSet* chosen = choose();
    if (!chosen) throw std::runtime_error("no compiled kernels run on this processor, or none has the name in CLEARPROP_ISA");
    return *chosen;
}

}  // namespace clearprop
