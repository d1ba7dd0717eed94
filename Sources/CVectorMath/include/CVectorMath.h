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

/* What a convolution kernel sees of its source: planes of rows of pixels with room around them.
   Pixel (row, column) of a plane meets tap t at `row * this->row + column + offsets[t]`; up to a
   whole vector may be read from there. */
typedef struct {
  ptrdiff_t plane;    /* from the start of a channel to that of the next */
  ptrdiff_t row;      /* from a pixel to the one that the next row begins with */
  ptrdiff_t rows, width, channels, taps;
  const ptrdiff_t *offsets;
} cv_window;

/* A band of rows of an image with zeros around it, from row `first` and column `origin` on. Rows that lie
   `down` apart and columns that lie a `step` apart are next to one another, `rows` and `part` of them. */
typedef struct {
  ptrdiff_t channels, height, width, first, rows, down, origin, step, part;
} cv_band;

/* Windows of `height x width` pixels, `down` and `across` apart, over a plane of pixels. */
typedef struct {
  ptrdiff_t source_rows, source_columns, rows, columns, height, width, down, across;
} cv_pool;

/* Sums over `taps x taps` neighbours, 2 or 3 both ways, for Winograd's method. The source is taken apart into
   `step x step` pictures of pixels that lie a step apart, as for a convolution with a stride; the target may be
   every other pixel of a picture, as for the adjoint of one. */
typedef struct {
  ptrdiff_t channels, height, width, step; /* of the source */
  ptrdiff_t outputs, rows, columns;        /* channels and extents of the target */
  ptrdiff_t plane, down, across;           /* from a channel, row, pixel of the target to the next */
  ptrdiff_t top, left; /* the pixel that the first of three taps of the first pixel meets; below 0 outside */
  ptrdiff_t taps;
} cv_convolution;

/* Up to 32 tiles of 4 x 4 pixels of the target: `rows x columns` of each of some samples. */
typedef struct {
  ptrdiff_t samples, top, left, rows, columns;
} cv_tiles;

/* Where the weights of output `o` and channel `c` are: `o output + c channel + places`, the `taps x taps` of one
   picture of the source after those of another. */
typedef struct {
  ptrdiff_t output, channel, phases, taps;
  const ptrdiff_t *places;
} cv_kernel;

/* Numbers of the weights of 8 outputs, and of the room that a convolution needs; `channels` counts those of all
   the pictures of the source. */
static inline ptrdiff_t cv_winograd_block(ptrdiff_t channels, ptrdiff_t taps) {
  return (3 + taps) * (3 + taps) * (8 * channels + 16);
}
static inline ptrdiff_t cv_winograd_room(ptrdiff_t channels, ptrdiff_t taps) {
  return 32 * 48 + (3 + taps) * (3 + taps) * (32 * (channels + 8) + 32);
}

#define CONVOLUTION(type, suffix)                                                                  \
  /* z[o] <- sum over channels c and taps t of w[c, t, o] x[c] at the tap; 1 to 4 outputs o */     \
  void cv_correlate_##suffix(cv_window window, const type *x, const type *w, ptrdiff_t outputs,    \
                             type *z, ptrdiff_t z_plane, ptrdiff_t z_row);                         \
  /* The same by the kernel for processors with shorter vectors, to the same bits. */              \
  void cv_correlate_rows_##suffix(cv_window window, const type *x, const type *w,                  \
                                  ptrdiff_t outputs, type *z, ptrdiff_t z_plane,                   \
                                  ptrdiff_t z_row);                                                \
  /* g[o, c, t] <- g + sum over pixels of r[o] x[c] at the tap; 1 to 4 outputs o. Rows of r follow \
     one another without gaps; they have at least a vector of 32 bytes. */                         \
  void cv_gradient_##suffix(cv_window window, const type *x, const type *r, ptrdiff_t r_plane,     \
                            ptrdiff_t outputs, type *g);                                           \
  /* u <- G w G^T of up to 8 outputs. */                                                           \
  void cv_winograd_weights_##suffix(cv_kernel kernel, const type *w, ptrdiff_t channels,           \
                                    ptrdiff_t outputs, type *u);                                   \
  /* z <- the convolution, for some tiles; `x_row` and `z_row` lead from sample to sample. */      \
  void cv_winograd_##suffix(cv_convolution shape, cv_tiles tiles, const type *x, ptrdiff_t x_row,  \
                            const type *u, type *z, ptrdiff_t z_row, type *room);                  \
  /* The same by the kernel for processors with shorter vectors, to the same bits. */              \
  void cv_winograd_narrow_##suffix(cv_convolution shape, cv_tiles tiles, const type *x,            \
                                   ptrdiff_t x_row, const type *u, type *z, ptrdiff_t z_row,       \
                                   type *room);                                                    \
  /* x_0 + … + x_(count - 1) */                                                                    \
  type cv_sum_##suffix(const type *x, ptrdiff_t count);                                            \
  /* out_i <- value */                                                                             \
  void cv_fill_##suffix(type *out, ptrdiff_t n, type value);                                       \
  /* channel by channel, row by row */                                                             \
  void cv_copy_band_##suffix(cv_band band, const type *x, type *out);                              \
  /* out_i <- x_(places_i) */                                                                      \
  void cv_gather_##suffix(const type *x, const ptrdiff_t *places, type *out, ptrdiff_t n);         \
  /* out_(to i) <- x_(from i) */                                                                   \
  void cv_copy_##suffix(const type *x, ptrdiff_t from, type *out, ptrdiff_t to, ptrdiff_t n);      \
  /* The means over windows, and their adjoint */                                                  \
  void cv_means_##suffix(cv_pool pool, const type *x, type *z);                                    \
  void cv_spread_means_##suffix(cv_pool pool, const type *r, type *u);
CONVOLUTION(float, f32)
CONVOLUTION(double, f64)
#undef CONVOLUTION

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
