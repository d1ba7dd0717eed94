#pragma once
#include <stddef.h>

/* Elementwise functions over contiguous arrays, compiled for several vector widths and chosen at
   run time; exp, log, tanh … come from SLEEF (Linux) or vForce (macOS). `out` may equal `x`. */

#define VM_UNARY(name)                                                                             \
  void vm_##name##_f32(const float *x, float *out, ptrdiff_t n);                                   \
  void vm_##name##_f64(const double *x, double *out, ptrdiff_t n);
VM_UNARY(exp)
VM_UNARY(log)
VM_UNARY(log1p)
VM_UNARY(tanh)
VM_UNARY(atan)
VM_UNARY(asinh)
VM_UNARY(expm1)
VM_UNARY(logistic) /* 1 / (1 + exp(-x)) */
VM_UNARY(softplus) /* log(1 + exp(x)) without overflow */
#undef VM_UNARY

#define VM_KERNELS(type, suffix)                                                                   \
  /* m <- d1 m + (1-d1) g, v <- d2 v + (1-d2) g^2, w <- shrink (w - step m / (sqrt(c v) + eps)) */ \
  void vm_adam_##suffix(type *w, const type *g, type *m, type *v, ptrdiff_t n, type step,          \
                        type decay1, type decay2, type epsilon, type correction2, type shrink);    \
  /* m <- decay m + g, w <- shrink (w - step m) */                                                 \
  void vm_momentum_##suffix(type *w, const type *g, type *m, ptrdiff_t n, type step, type decay,   \
                            type shrink);                                                          \
  /* w <- shrink (w - step g) */                                                                   \
  void vm_descend_##suffix(type *w, const type *g, ptrdiff_t n, type step, type shrink);           \
  /* out <- a x + b y; out may be x or y */                                                        \
  void vm_combine_##suffix(type a, const type *x, type b, const type *y, type *out, ptrdiff_t n);  \
  /* out <- out + x */                                                                             \
  void vm_add_##suffix(const type *x, type *out, ptrdiff_t n);                                     \
  /* <x, y>, added up in double */                                                                 \
  double vm_dot_##suffix(const type *x, const type *y, ptrdiff_t n);                               \
  /* out <- scale x */                                                                             \
  void vm_bytes_##suffix(const unsigned char *x, type *out, ptrdiff_t n, type scale);
VM_KERNELS(float, f32)
VM_KERNELS(double, f64)
#undef VM_KERNELS

#define LINEAR_ALGEBRA(type, suffix)                                                               \
  /* C <- alpha op(A) op(B) + beta C, row-major; C is m x n, the inner extent k */                 \
  void la_gemm_##suffix(_Bool transpose_a, _Bool transpose_b, ptrdiff_t m, ptrdiff_t n,            \
                        ptrdiff_t k, type alpha, const type *a, ptrdiff_t lda, const type *b,      \
                        ptrdiff_t ldb, type beta, type *c, ptrdiff_t ldc);                         \
  /* The lower triangle of A <- its Cholesky factor; the first minor that is not positive, or 0 */ \
  ptrdiff_t la_cholesky_factor_##suffix(type *a, ptrdiff_t n);                                     \
  /* A <- inverse of the matrix whose factor is in the lower triangle; both triangles */           \
  ptrdiff_t la_cholesky_inverse_##suffix(type *a, ptrdiff_t n);
LINEAR_ALGEBRA(float, f32)
LINEAR_ALGEBRA(double, f64)
#undef LINEAR_ALGEBRA

/* The name and build of the library underneath. */
const char *la_name(void);
/* From now on the library uses the calling thread only. */
void la_use_one_thread(void);

/* The team whose loop the calling thread is working on; NULL at first. */
const void *vm_working_for(void);
void vm_work_for(const void *team);

/* Tells the processor that this thread is waiting in a loop. */
static inline void vm_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}
