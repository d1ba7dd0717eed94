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

/* Tells the processor that this thread is waiting in a loop. */
static inline void vm_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}
