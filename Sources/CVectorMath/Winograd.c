#include "Vectors.h"

/* Convolutions of 3 x 3 taps by Winograd's method: 6 x 6 products for 4 x 4 pixels of the target, in place of
   144. The points are 0, +-5/8, +-3/2 and infinity, nearer to one another than +-1 and +-2: rounding
   errors are smaller. Two taps are three of which the first is 0: so is then the product at the point 0, and
   5 x 5 are left. */
#define A ((type)0.625)
#define B ((type)1.5)

/* Output channels of a block of weights, and tiles that are worked on together. The 36 numbers of a tile lie
   `SHIFT` further apart than they need: a power of two apart they would share a few lines of the cache. */
enum { BLOCK = 8, TILES = 32, SHIFT = 16 };

/* A tile: where its patch is in the padded planes, where its pixels are in the target, and how many of them. */
typedef struct {
  ptrdiff_t from, to, rows, columns;
} place;

#define FOUR(at, a, b, c, d) at + a, at + b, at + c, at + d
#define EIGHT(at, ...) FOUR(at, __VA_ARGS__), FOUR(at + 4, __VA_ARGS__)
#define SIXTEEN(at, ...) EIGHT(at, __VA_ARGS__), EIGHT(at + 8, __VA_ARGS__)

#define type float
#define suffix(name) name##_f32
#define lanes 8
#define QUADS(...) EIGHT(0, __VA_ARGS__)
#define NAME(name) name##_f32x8
#include "WinogradTiles.h"
#ifdef WIDE
#define lanes 16
#define QUADS(...) SIXTEEN(0, __VA_ARGS__)
#define NAME(name) name##_f32x16
#include "WinogradTiles.h"
#define WIDEST(name) name##_f32x16
#endif
#define NARROW(name) name##_f32x8
#include "Winograd.h"

#define type double
#define suffix(name) name##_f64
#define lanes 4
#define QUADS(...) FOUR(0, __VA_ARGS__)
#define NAME(name) name##_f64x4
#include "WinogradTiles.h"
#ifdef WIDE
#define lanes 8
#define QUADS(...) EIGHT(0, __VA_ARGS__)
#define NAME(name) name##_f64x8
#include "WinogradTiles.h"
#define WIDEST(name) name##_f64x8
#endif
#define NARROW(name) name##_f64x4
#include "Winograd.h"
