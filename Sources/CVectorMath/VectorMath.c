#include "CVectorMath.h"

/* One loop per function and width. The vector routine is chosen once per call by the processor;
   the last, partial vector goes through a small buffer so that every element takes the same path
   and a result never depends on where in an array it stands. */

#if defined(__APPLE__)
#include <Accelerate/Accelerate.h>

#define VFORCE(name, single, wide)                                                                 \
  void vm_##name##_f32(const float *x, float *out, ptrdiff_t n) {                                  \
    int count = (int)n;                                                                            \
    single(out, x, &count);                                                                        \
  }                                                                                                \
  void vm_##name##_f64(const double *x, double *out, ptrdiff_t n) {                                \
    int count = (int)n;                                                                            \
    wide(out, x, &count);                                                                          \
  }
VFORCE(exp, vvexpf, vvexp)
VFORCE(log, vvlogf, vvlog)
VFORCE(log1p, vvlog1pf, vvlog1p)
VFORCE(expm1, vvexpm1f, vvexpm1)
VFORCE(tanh, vvtanhf, vvtanh)
VFORCE(atan, vvatanf, vvatan)
VFORCE(asinh, vvasinhf, vvasinh)

#elif defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define WIDE(type, vector, lanes, isa, load, store, routine, name)                                 \
  __attribute__((target(isa))) vector routine(vector);                                             \
  __attribute__((target(isa))) static void name(const type *x, type *out, ptrdiff_t n) {           \
    ptrdiff_t i = 0;                                                                               \
    for (; i + lanes <= n; i += lanes) store(out + i, routine(load(x + i)));                       \
    if (i < n) {                                                                                   \
      type tail[lanes] = {0};                                                                      \
      memcpy(tail, x + i, (size_t)(n - i) * sizeof(type));                                         \
      store(tail, routine(load(tail)));                                                            \
      memcpy(out + i, tail, (size_t)(n - i) * sizeof(type));                                       \
    }                                                                                              \
  }
#define SLEEF(name, sleef)                                                                         \
  WIDE(float, __m128, 4, "sse2", _mm_loadu_ps, _mm_storeu_ps, Sleef_##sleef##f4_u10, name##_s4)    \
  WIDE(double, __m128d, 2, "sse2", _mm_loadu_pd, _mm_storeu_pd, Sleef_##sleef##d2_u10, name##_d2)  \
  WIDE(float, __m256, 8, "avx2,fma", _mm256_loadu_ps, _mm256_storeu_ps,                            \
       Sleef_##sleef##f8_u10avx2, name##_s8)                                                       \
  WIDE(double, __m256d, 4, "avx2,fma", _mm256_loadu_pd, _mm256_storeu_pd,                          \
       Sleef_##sleef##d4_u10avx2, name##_d4)                                                       \
  WIDE(float, __m512, 16, "avx512f", _mm512_loadu_ps, _mm512_storeu_ps,                            \
       Sleef_##sleef##f16_u10avx512f, name##_s16)                                                  \
  WIDE(double, __m512d, 8, "avx512f", _mm512_loadu_pd, _mm512_storeu_pd,                           \
       Sleef_##sleef##d8_u10avx512f, name##_d8)                                                    \
  void vm_##name##_f32(const float *x, float *out, ptrdiff_t n) {                                  \
    if (__builtin_cpu_supports("avx512f")) name##_s16(x, out, n);                                  \
    else if (__builtin_cpu_supports("avx2")) name##_s8(x, out, n);                                 \
    else name##_s4(x, out, n);                                                                     \
  }                                                                                                \
  void vm_##name##_f64(const double *x, double *out, ptrdiff_t n) {                                \
    if (__builtin_cpu_supports("avx512f")) name##_d8(x, out, n);                                   \
    else if (__builtin_cpu_supports("avx2")) name##_d4(x, out, n);                                 \
    else name##_d2(x, out, n);                                                                     \
  }
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"
SLEEF(exp, exp)
SLEEF(log, log)
SLEEF(log1p, log1p)
SLEEF(expm1, expm1)
SLEEF(tanh, tanh)
SLEEF(atan, atan)
SLEEF(asinh, asinh)
#pragma clang diagnostic pop

#elif defined(__aarch64__)
#include <arm_neon.h>
#include <string.h>

#define WIDE(type, vector, lanes, load, store, routine, name)                                      \
  vector routine(vector);                                                                          \
  void name(const type *x, type *out, ptrdiff_t n) {                                               \
    ptrdiff_t i = 0;                                                                               \
    for (; i + lanes <= n; i += lanes) store(out + i, routine(load(x + i)));                       \
    if (i < n) {                                                                                   \
      type tail[lanes] = {0};                                                                      \
      memcpy(tail, x + i, (size_t)(n - i) * sizeof(type));                                         \
      store(tail, routine(load(tail)));                                                            \
      memcpy(out + i, tail, (size_t)(n - i) * sizeof(type));                                       \
    }                                                                                              \
  }
#define SLEEF(name, sleef)                                                                         \
  WIDE(float, float32x4_t, 4, vld1q_f32, vst1q_f32, Sleef_##sleef##f4_u10, vm_##name##_f32)        \
  WIDE(double, float64x2_t, 2, vld1q_f64, vst1q_f64, Sleef_##sleef##d2_u10, vm_##name##_f64)
SLEEF(exp, exp)
SLEEF(log, log)
SLEEF(log1p, log1p)
SLEEF(expm1, expm1)
SLEEF(tanh, tanh)
SLEEF(atan, atan)
SLEEF(asinh, asinh)
#endif

/* Built from the ones above, a cache-sized piece at a time. */
enum { PIECE = 1024 };

#define COMPOSED(type, suffix, absolute)                                                           \
  void vm_logistic_##suffix(const type *x, type *out, ptrdiff_t n) {                               \
    for (ptrdiff_t start = 0; start < n; start += PIECE) {                                         \
      ptrdiff_t count = n - start < PIECE ? n - start : PIECE;                                     \
      type e[PIECE];                                                                               \
      for (ptrdiff_t i = 0; i < count; i++) e[i] = -absolute(x[start + i]);                        \
      vm_exp_##suffix(e, e, count);                                                                \
      for (ptrdiff_t i = 0; i < count; i++) {                                                      \
        type small = e[i] / (1 + e[i]), big = 1 / (1 + e[i]);                                      \
        out[start + i] = x[start + i] < 0 ? small : big;                                           \
      }                                                                                            \
    }                                                                                              \
  }                                                                                                \
  void vm_softplus_##suffix(const type *x, type *out, ptrdiff_t n) {                               \
    for (ptrdiff_t start = 0; start < n; start += PIECE) {                                         \
      ptrdiff_t count = n - start < PIECE ? n - start : PIECE;                                     \
      type e[PIECE];                                                                               \
      for (ptrdiff_t i = 0; i < count; i++) e[i] = -absolute(x[start + i]);                        \
      vm_exp_##suffix(e, e, count);                                                                \
      vm_log1p_##suffix(e, e, count);                                                              \
      for (ptrdiff_t i = 0; i < count; i++)                                                        \
        out[start + i] = (x[start + i] < 0 ? 0 : x[start + i]) + e[i];                             \
    }                                                                                              \
  }
COMPOSED(float, f32, __builtin_fabsf)
COMPOSED(double, f64, __builtin_fabs)
