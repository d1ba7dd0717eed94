#include "Vectors.h"

/* The seam to BLAS and LAPACK: OpenBLAS here, Accelerate on macOS. Row-major throughout; a lower
   triangle is the upper one in LAPACK's column-major eyes. */
#if defined(__APPLE__)
#define ACCELERATE_NEW_LAPACK
#include <Accelerate/Accelerate.h>
typedef __LAPACK_int order_t;
const char *la_name(void) { return "Accelerate"; }
void la_use_one_thread(void) { BLASSetThreading(BLAS_THREADING_SINGLE_THREADED); }
#else
#include <cblas.h>
#include <string.h>
typedef int order_t;
void spotrf_(const char *uplo, const int *n, float *a, const int *lda, int *info);
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
void spotri_(const char *uplo, const int *n, float *a, const int *lda, int *info);
void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info);
const char *la_name(void) { return openblas_get_config(); }
void la_use_one_thread(void) { openblas_set_num_threads(1); }
#endif

#ifdef WIDE
/* A library older than the processor has no kernels for its vectors of 64 bytes; then ours multiply, in tiles of
   24 sums that 32 registers hold, from 512 rows of B at a time that the second cache holds. */
enum { ROWS = 8, VECTORS = 3, DEPTH = 512 };
typedef struct {
  ptrdiff_t row, column;
} steps;

static int library_lacks_wide_vectors(void) {
  const char *kernels = openblas_get_corename();
  return has_wide_vectors() && (!strcmp(kernels, "Haswell") || !strcmp(kernels, "Zen"));
}

#define type float
#define lanes 16
#define NAME(name) name##_f32
#include "Product.h"
#define type double
#define lanes 8
#define NAME(name) name##_f64
#include "Product.h"

#define MULTIPLIED(suffix)                                                                         \
  if (k > 0 && library_lacks_wide_vectors()) {                                                            \
    steps a_step = transpose_a ? (steps){1, lda} : (steps){lda, 1};                                \
    steps b_step = transpose_b ? (steps){1, ldb} : (steps){ldb, 1};                                \
    product_##suffix(m, n, k, alpha, a, a_step, b, b_step, beta, c, ldc);                          \
    return;                                                                                        \
  }
#else
#define MULTIPLIED(suffix)
#endif

#define LINEAR_ALGEBRA(type, suffix, letter)                                                       \
  void la_gemm_##suffix(_Bool transpose_a, _Bool transpose_b, ptrdiff_t m, ptrdiff_t n,            \
                        ptrdiff_t k, type alpha, const type *a, ptrdiff_t lda, const type *b,      \
                        ptrdiff_t ldb, type beta, type *c, ptrdiff_t ldc) {                        \
    MULTIPLIED(suffix)                                                                             \
    cblas_##letter##gemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,                   \
                         transpose_b ? CblasTrans : CblasNoTrans, (order_t)m, (order_t)n,          \
                         (order_t)k, alpha, a, (order_t)lda, b, (order_t)ldb, beta, c,             \
                         (order_t)ldc);                                                            \
  }                                                                                                \
  ptrdiff_t la_cholesky_factor_##suffix(type *a, ptrdiff_t n) {                                    \
    order_t order = (order_t)n, leading = n > 1 ? order : 1, status = 0;                           \
    letter##potrf_("U", &order, a, &leading, &status);                                             \
    return status;                                                                                 \
  }                                                                                                \
  ptrdiff_t la_cholesky_inverse_##suffix(type *a, ptrdiff_t n) {                                   \
    order_t order = (order_t)n, leading = n > 1 ? order : 1, status = 0;                           \
    letter##potri_("U", &order, a, &leading, &status);                                             \
    for (ptrdiff_t i = 0; i < n; i++)                                                              \
      for (ptrdiff_t j = 0; j < i; j++) a[j * n + i] = a[i * n + j];                               \
    return status;                                                                                 \
  }
LINEAR_ALGEBRA(float, f32, s)
LINEAR_ALGEBRA(double, f64, d)
