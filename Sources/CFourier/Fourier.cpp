/* Twiddle factors are finite: products need no check for infinities. */
#pragma STDC CX_LIMITED_RANGE ON
#include "CFourier.h"

#include <kissfft/kissfft.hh>
#include <new>

namespace {

/* KissFFT keeps a buffer in the plan for prime factors above 5. */
bool needs_buffer(ptrdiff_t n) {
  for (ptrdiff_t factor : {2, 3, 5})
    while (n % factor == 0) n /= factor;
  return n > 1;
}

template <typename T>
struct Plan {
  kissfft<T> transform;
  bool shares_buffer;

  Plan(ptrdiff_t n, bool inverse)
      : transform(static_cast<std::size_t>(n), inverse), shares_buffer(needs_buffer(n)) {}

  void run(const T *in, T *out) const {
    auto from = reinterpret_cast<const std::complex<T> *>(in);
    auto to = reinterpret_cast<std::complex<T> *>(out);
    if (shares_buffer) {
      kissfft<T> own = transform;
      own.transform(from, to);
    } else {
      transform.transform(from, to);
    }
  }
};

template <typename P>
P *make(ptrdiff_t n, bool inverse) {
  try {
    return new P(n, inverse);
  } catch (...) {
    return nullptr;
  }
}

}  // namespace

struct ft_plan_f32 : Plan<float> {
  using Plan<float>::Plan;
};
struct ft_plan_f64 : Plan<double> {
  using Plan<double>::Plan;
};

extern "C" {

#define FT_TRANSFORM(type, suffix)                                                            \
  ft_plan_##suffix *ft_make_##suffix(ptrdiff_t n, bool inverse) {                             \
    return make<ft_plan_##suffix>(n, inverse);                                                \
  }                                                                                           \
  void ft_free_##suffix(ft_plan_##suffix *plan) { delete plan; }                              \
  void ft_transform_##suffix(const ft_plan_##suffix *plan, const type *in, type *out) {       \
    plan->run(in, out);                                                                       \
  }
FT_TRANSFORM(float, f32)
FT_TRANSFORM(double, f64)
}
