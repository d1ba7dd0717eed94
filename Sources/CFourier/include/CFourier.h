#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Discrete Fourier transforms of one length, by KissFFT, on the calling thread:
   out[k] = sum_j in[j] exp(-+ 2 pi i j k / n), minus for the forward transform, without a factor.
   Complex numbers are pairs, real part first; in and out do not overlap. A plan may be used by
   several threads at once. Cost: n times the sum of the prime factors of n. */
#ifdef __cplusplus
extern "C" {
#endif

#define FT_TRANSFORM(type, suffix)                                                               \
  typedef struct ft_plan_##suffix ft_plan_##suffix;                                              \
  /* NULL without memory; n >= 1 */                                                              \
  ft_plan_##suffix *ft_make_##suffix(ptrdiff_t n, bool inverse);                                 \
  void ft_free_##suffix(ft_plan_##suffix *plan);                                                 \
  void ft_transform_##suffix(const ft_plan_##suffix *plan, const type *in, type *out);
FT_TRANSFORM(float, f32)
FT_TRANSFORM(double, f64)
#undef FT_TRANSFORM

#ifdef __cplusplus
}
#endif
