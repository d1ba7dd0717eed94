#include "Vectors.h"

/* Direct convolution kernels. Vectors run along a row of pixels, so that one channel, on either
   side, is as fast as many; the code is the same for both widths of numbers. */
/* Output channels times vectors (or taps) of a tile: as many as leave room for their operands in 16
   registers, and for each number of channels the most of the others. */
#define TILES(CASE)                                                                                \
  CASE(1, 1) CASE(1, 2) CASE(1, 3) CASE(1, 4) CASE(1, 5) CASE(1, 6) CASE(1, 7) CASE(1, 8)          \
  CASE(2, 1) CASE(2, 2) CASE(2, 3) CASE(2, 4) CASE(2, 5) CASE(2, 6)                                \
  CASE(3, 1) CASE(3, 2) CASE(3, 3) CASE(3, 4)                                                      \
  CASE(4, 1) CASE(4, 2) CASE(4, 3)
static const ptrdiff_t widest[] = {0, 8, 6, 4, 3};

/* The same with 32 registers of 64 bytes, where the processor has them. */
#ifdef WIDE
#define WIDE_TILES(CASE)                                                                           \
  CASE(1, 9) CASE(1, 10) CASE(1, 11) CASE(1, 12) CASE(2, 7) CASE(2, 8) CASE(2, 9) CASE(2, 10)      \
  CASE(3, 5) CASE(3, 6) CASE(3, 7) CASE(3, 8) CASE(4, 4) CASE(4, 5) CASE(4, 6)
static const ptrdiff_t widest_of_plane[] = {0, 12, 10, 8, 6};
#endif

#define SUM4(v) (v.x + v.y + (v.z + v.w))

#define type float
#define whole int
#define lanes 8
#define SUM(v) SUM4((v.lo + v.hi))
#define NAME(name) name##_f32
#ifdef WIDE
#include "PlaneCorrelation.h"
#endif
#include "ConvolutionKernels.h"
#undef type
#undef whole
#undef lanes
#undef NAME
#undef SUM

#define type double
#define whole long long
#define lanes 4
#define SUM(v) SUM4(v)
#define NAME(name) name##_f64
#ifdef WIDE
#include "PlaneCorrelation.h"
#endif
#include "ConvolutionKernels.h"
