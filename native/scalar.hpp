// The closed list of functions on single numbers, for what a step computes once.
#pragma once

#include <math.h>

#include "simd.hpp"

namespace clearprop::CP_ISA::scalar {

// clang-format off
CP_INLINE double exp(double x) { return ::exp(x); }
CP_INLINE double expm1(double x) { return ::expm1(x); }
CP_INLINE double log(double x) { return ::log(x); }
CP_INLINE double log1p(double x) { return ::log1p(x); }
CP_INLINE double tanh(double x) { return ::tanh(x); }
CP_INLINE double sqrt(double x) { return ::sqrt(x); }
CP_INLINE double abs(double x) { return ::fabs(x); }
CP_INLINE double pow(double x, double y) { return ::pow(x, y); }
CP_INLINE double max(double x, double y) { return y != y || y > x ? y : x; }
CP_INLINE double min(double x, double y) { return y != y || y < x ? y : x; }
CP_INLINE double where(bool mask, double then, double otherwise) { return mask ? then : otherwise; }
// clang-format on

}  // namespace clearprop::CP_ISA::scalar
