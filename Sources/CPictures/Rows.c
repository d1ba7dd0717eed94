#include "CPictures.h"

/* Plain loops that the compiler vectorises, once for each width of vector the processor may have;
   the loader picks. */
#if defined(__x86_64__) && defined(__linux__)
#define CLONED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONED
#endif

#define ROOT(x) __builtin_elementwise_sqrt(x)

#define KERNELS(type, suffix)                                                                      \
  CLONED void px_primal_##suffix(const type *f, const type *restrict right,                        \
                                 const type *restrict down, const type *restrict above, type *u,   \
                                 ptrdiff_t n, type lambda) {                                       \
    if (above) {                                                                                   \
      u[0] = f[0] + lambda * (right[0] + down[0] - above[0]);                                      \
      for (ptrdiff_t i = 1; i < n; i++)                                                            \
        u[i] = f[i] + lambda * ((right[i] - right[i - 1]) + (down[i] - above[i]));                 \
    } else {                                                                                       \
      u[0] = f[0] + lambda * (right[0] + down[0]);                                                 \
      for (ptrdiff_t i = 1; i < n; i++)                                                            \
        u[i] = f[i] + lambda * ((right[i] - right[i - 1]) + down[i]);                              \
    }                                                                                              \
  }                                                                                                \
  static inline __attribute__((always_inline)) void px_dual_one_##suffix(                          \
      type across, type along, type *right, type *down, type q, type r, type *next_right,          \
      type *next_down, type c, type beta) {                                                        \
    type v = q + c * across, w = r + c * along;                                                    \
    type square = v * v + w * w;                                                                   \
    type scale = square > 1 ? 1 / ROOT(square) : 1;                                                \
    v *= scale;                                                                                    \
    w *= scale;                                                                                    \
    *next_right = v + beta * (v - *right);                                                         \
    *next_down = w + beta * (w - *down);                                                           \
    *right = v;                                                                                    \
    *down = w;                                                                                     \
  }                                                                                                \
  CLONED void px_dual_##suffix(const type *restrict u, const type *restrict below,                 \
                               type *restrict right, type *restrict down, const type *restrict q,  \
                               const type *restrict r, type *restrict next_right,                  \
                               type *restrict next_down, ptrdiff_t n, type c, type beta) {         \
    for (ptrdiff_t i = 0; i < n - 1; i++)                                                          \
      px_dual_one_##suffix(u[i + 1] - u[i], below[i] - u[i], right + i, down + i, q[i], r[i],      \
                           next_right + i, next_down + i, c, beta);                                \
    ptrdiff_t i = n - 1;                                                                           \
    px_dual_one_##suffix(0, below[i] - u[i], right + i, down + i, q[i], r[i], next_right + i,      \
                         next_down + i, c, beta);                                                  \
  }                                                                                                \
  static inline __attribute__((always_inline)) void px_project_one_##suffix(                       \
      type across, type along, type *right, type *down, type c) {                                  \
    type v = *right + c * across, w = *down + c * along;                                           \
    type square = v * v + w * w;                                                                   \
    type scale = square > 1 ? 1 / ROOT(square) : 1;                                                \
    *right = scale * v;                                                                            \
    *down = scale * w;                                                                             \
  }                                                                                                \
  CLONED void px_project_##suffix(const type *restrict u, const type *restrict below,              \
                                  type *restrict right, type *restrict down, ptrdiff_t n,          \
                                  type c) {                                                        \
    for (ptrdiff_t i = 0; i < n - 1; i++)                                                          \
      px_project_one_##suffix(u[i + 1] - u[i], below[i] - u[i], right + i, down + i, c);           \
    px_project_one_##suffix(0, below[n - 1] - u[n - 1], right + n - 1, down + n - 1, c);           \
  }                                                                                                \
  CLONED void px_variation_##suffix(const type *restrict u, const type *restrict below,            \
                                    const type *restrict right, const type *restrict down,         \
                                    ptrdiff_t n, double *norm, double *product) {                  \
    double norms[8] = {0}, products[8] = {0};                                                      \
    ptrdiff_t i = 0;                                                                               \
    for (; i + 8 < n; i += 8)                                                                      \
      for (int j = 0; j < 8; j++) {                                                                \
        type v = u[i + j + 1] - u[i + j], w = below[i + j] - u[i + j];                             \
        norms[j] += (double)ROOT(v * v + w * w);                                                   \
        products[j] += (double)(v * right[i + j] + w * down[i + j]);                               \
      }                                                                                            \
    for (; i < n; i++) {                                                                           \
      type v = i + 1 < n ? u[i + 1] - u[i] : 0, w = below[i] - u[i];                               \
      norms[0] += (double)ROOT(v * v + w * w);                                                     \
      products[0] += (double)(v * right[i] + w * down[i]);                                         \
    }                                                                                              \
    *norm = *product = 0;                                                                          \
    for (int j = 0; j < 8; j++) {                                                                  \
      *norm += norms[j];                                                                           \
      *product += products[j];                                                                     \
    }                                                                                              \
  }                                                                                                \
  CLONED void px_add_square_##suffix(const type *restrict x, const type *restrict y,               \
                                     type *restrict out, ptrdiff_t n) {                            \
    for (ptrdiff_t i = 0; i < n; i++) {                                                            \
      type difference = x[i] - y[i];                                                               \
      out[i] += difference * difference;                                                           \
    }                                                                                              \
  }                                                                                                \
  CLONED void px_exponents_##suffix(const type *restrict x, ptrdiff_t width, type *restrict out,   \
                                    ptrdiff_t n, type scale, type offset) {                        \
    for (ptrdiff_t i = 0; i < n; i++) out[i] = x[i];                                               \
    for (ptrdiff_t k = 1; k < width; k++)                                                          \
      for (ptrdiff_t i = 0; i < n; i++) out[i] += x[i + k];                                        \
    for (ptrdiff_t i = 0; i < n; i++) {                                                            \
      type exponent = offset - scale * out[i];                                                     \
      out[i] = exponent < 0 ? exponent : 0;                                                        \
    }                                                                                              \
  }                                                                                                \
  CLONED void px_accumulate_##suffix(const type *restrict w, const type *restrict x,               \
                                     type *restrict sum, ptrdiff_t n) {                            \
    for (ptrdiff_t i = 0; i < n; i++) sum[i] += w[i] * x[i];                                       \
  }                                                                                                \
  CLONED void px_maximum_##suffix(const type *restrict w, type *restrict out, ptrdiff_t n) {       \
    for (ptrdiff_t i = 0; i < n; i++) out[i] = w[i] > out[i] ? w[i] : out[i];                      \
  }
KERNELS(float, f32)
KERNELS(double, f64)
