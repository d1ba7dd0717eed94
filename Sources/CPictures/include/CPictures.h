#pragma once
#include <stddef.h>

/* Kernels on rows of pixels, compiled for several vector widths and chosen at run time. Arrays do
   not overlap except where said. D x = (right, down) are forward differences. */
#define PX_KERNELS(type, suffix)                                                                   \
  /* u <- f - lambda D^* (right, down) in one row; above: the row of down before, NULL at the top. \
     Differences across the border must be 0; u may be f. */                                       \
  void px_primal_##suffix(const type *f, const type *right, const type *down, const type *above,   \
                          type *u, ptrdiff_t n, type lambda);                                      \
  /* (v, w) <- (q, r) + c D u, into the unit disc; next <- (v, w) + beta ((v, w) - (right, down)), \
     (right, down) <- (v, w) in one row; below: the next row of u, u itself at the bottom. */      \
  void px_dual_##suffix(const type *u, const type *below, type *right, type *down, const type *q,  \
                        const type *r, type *next_right, type *next_down, ptrdiff_t n, type c,     \
                        type beta);                                                                \
  /* (right, down) <- (right, down) + c D u, into the unit disc, in one row. */                    \
  void px_project_##suffix(const type *u, const type *below, type *right, type *down, ptrdiff_t n, \
                           type c);                                                                \
  /* The sums of |D u| and of <D u, (right, down)> over one row. */                                \
  void px_variation_##suffix(const type *u, const type *below, const type *right,                  \
                             const type *down, ptrdiff_t n, double *norm, double *product);        \
  /* out <- out + (x - y)^2 */                                                                     \
  void px_add_square_##suffix(const type *x, const type *y, type *out, ptrdiff_t n);               \
  /* out[i] <- -max(scale (x[i] + ... + x[i + width - 1]) - offset, 0) */                          \
  void px_exponents_##suffix(const type *x, ptrdiff_t width, type *out, ptrdiff_t n, type scale,   \
                             type offset);                                                         \
  /* sum <- sum + w x */                                                                           \
  void px_accumulate_##suffix(const type *w, const type *x, type *sum, ptrdiff_t n);               \
  /* out <- max(out, w) */                                                                         \
  void px_maximum_##suffix(const type *w, type *out, ptrdiff_t n);
PX_KERNELS(float, f32)
PX_KERNELS(double, f64)
#undef PX_KERNELS
