#pragma once
#include "CVectorMath.h"

/* How kernels are compiled for several widths of vectors. */
#define INLINED static inline __attribute__((always_inline))
#define UNROLLED _Pragma("clang loop unroll(full)")

#if defined(__x86_64__) && defined(__linux__)
#define CLONED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
/* With 32 registers of 64 bytes, where the processor has them. */
#define WIDE __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))

static inline int has_wide_vectors(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
         && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#else
#define CLONED
#endif
