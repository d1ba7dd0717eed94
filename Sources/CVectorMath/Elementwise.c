#include "Vectors.h"

/* Plain loops that the compiler vectorises, once for each width of vector the processor may have;
   the loader picks. */

#define KERNELS(type, suffix, root)                                                                \
  CLONED void vm_adam_##suffix(type *restrict w, const type *restrict g, type *restrict m,         \
                               type *restrict v, ptrdiff_t n, type step, type decay1, type decay2, \
                               type epsilon, type correction2, type shrink) {                      \
    for (ptrdiff_t i = 0; i < n; i++) {                                                            \
      m[i] = decay1 * m[i] + (1 - decay1) * g[i];                                                  \
      v[i] = decay2 * v[i] + (1 - decay2) * g[i] * g[i];                                           \
      w[i] = shrink * (w[i] - step * m[i] / (root(v[i] * correction2) + epsilon));                 \
    }                                                                                              \
  }                                                                                                \
  CLONED void vm_momentum_##suffix(type *restrict w, const type *restrict g, type *restrict m,     \
                                   ptrdiff_t n, type step, type decay, type shrink) {              \
    for (ptrdiff_t i = 0; i < n; i++) {                                                            \
      m[i] = decay * m[i] + g[i];                                                                  \
      w[i] = shrink * (w[i] - step * m[i]);                                                        \
    }                                                                                              \
  }                                                                                                \
  CLONED void vm_descend_##suffix(type *restrict w, const type *restrict g, ptrdiff_t n,           \
                                  type step, type shrink) {                                        \
    for (ptrdiff_t i = 0; i < n; i++) w[i] = shrink * (w[i] - step * g[i]);                        \
  }                                                                                                \
  CLONED void vm_combine_##suffix(type a, const type *x, type b, const type *y, type *out,         \
                                  ptrdiff_t n) {                                                   \
    for (ptrdiff_t i = 0; i < n; i++) out[i] = a * x[i] + b * y[i];                                \
  }                                                                                                \
  CLONED void vm_add_##suffix(const type *restrict x, type *restrict out, ptrdiff_t n) {           \
    for (ptrdiff_t i = 0; i < n; i++) out[i] += x[i];                                              \
  }                                                                                                \
  CLONED double vm_dot_##suffix(const type *x, const type *y, ptrdiff_t n) {                       \
    /* Eight sums in double, whatever the vectors are: dsdot adds up in float in some libraries. */\
    double sums[8] = {0}, sum = 0;                                                                 \
    ptrdiff_t i = 0;                                                                               \
    for (; i + 8 <= n; i += 8)                                                                     \
      for (int j = 0; j < 8; j++) sums[j] += (double)x[i + j] * (double)y[i + j];                  \
    for (; i < n; i++) sum += (double)x[i] * (double)y[i];                                         \
    for (int j = 0; j < 8; j++) sum += sums[j];                                                    \
    return sum;                                                                                    \
  }                                                                                                \
  CLONED void vm_bytes_##suffix(const unsigned char *restrict x, type *restrict out, ptrdiff_t n,  \
                                type scale) {                                                      \
    for (ptrdiff_t i = 0; i < n; i++) out[i] = scale * (type)x[i];                                 \
  }
KERNELS(float, f32, __builtin_elementwise_sqrt)
KERNELS(double, f64, __builtin_elementwise_sqrt)
