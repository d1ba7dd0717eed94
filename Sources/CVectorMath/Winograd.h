/* Included by Winograd.c, once for each width of numbers: the weights, and the choice of a width of vectors. */

/* G g, for the weights of a block. */
typedef type suffix(block) __attribute__((ext_vector_type(BLOCK), aligned(sizeof(type))));

INLINED void suffix(spread)(const suffix(block) *g, int stride, suffix(block) out[6]) {
  const type near = 1 / (2 * A * A * (A * A - B * B)), far = 1 / (2 * B * B * (B * B - A * A));
  suffix(block) g0 = g[0], g1 = g[stride], g2 = g[2 * stride];
  suffix(block) even = near * (g0 + A * A * g2), odd = near * A * g1;
  out[0] = g0 * (1 / (A * A * B * B));
  out[1] = even + odd;
  out[2] = even - odd;
  even = far * (g0 + B * B * g2);
  odd = far * B * g1;
  out[3] = even + odd;
  out[4] = even - odd;
  out[5] = g2;
}

/* G w G^T, the first of three taps missing if there are two. */
INLINED void suffix(transform)(
    const int taps, const suffix(block) *w, type *u, ptrdiff_t step) {
  const int first = 3 - taps;
  suffix(block) g[9], half[18], out[6];
  UNROLLED for (int t = 0; t < 9; t++)
    g[t] = t / 3 < first || t % 3 < first ? 0 : w[(t / 3 - first) * taps + t % 3 - first];
  UNROLLED for (int j = first; j < 3; j++) {
    suffix(spread)(g + j, 3, out);
    UNROLLED for (int i = first; i < 6; i++) half[i * 3 + j] = out[i];
  }
  UNROLLED for (int i = first; i < 6; i++) {
    if (first > 0) half[i * 3] = 0;
    suffix(spread)(half + 3 * i, 1, out);
    UNROLLED for (int j = first; j < 6; j++)
      *(suffix(block) *)(u + ((6 - first) * (i - first) + j - first) * step) = out[j];
  }
}

/* The weights of up to `BLOCK` outputs at one tap. */
INLINED void suffix(gather)(
    const type *w, ptrdiff_t step, ptrdiff_t outputs, suffix(block) *g) {
  *g = 0;
  if (outputs >= BLOCK)
    UNROLLED for (int o = 0; o < BLOCK; o++) (*g)[o] = w[o * step];
  else
    for (ptrdiff_t o = 0; o < outputs; o++) (*g)[o] = w[o * step];
}

CLONED void suffix(cv_winograd_weights)(
    cv_kernel kernel, const type *w, ptrdiff_t channels, ptrdiff_t outputs, type *u) {
  const ptrdiff_t *places = kernel.places, taps = kernel.taps * kernel.taps;
  const ptrdiff_t step = kernel.phases * channels * BLOCK + SHIFT;
  for (ptrdiff_t phase = 0; phase < kernel.phases; phase++, places += taps)
    for (ptrdiff_t c = 0; c < channels; c++, u += BLOCK) {
      suffix(block) g[9];
      for (ptrdiff_t t = 0; t < taps; t++)
        suffix(gather)(w + c * kernel.channel + places[t], kernel.output, outputs, g + t);
      if (kernel.taps == 2) suffix(transform)(2, g, u, step);
      else suffix(transform)(3, g, u, step);
    }
}

CLONED void suffix(cv_winograd_narrow)(
    cv_convolution shape, cv_tiles tiles, const type *x, ptrdiff_t x_row, const type *u, type *z,
    ptrdiff_t z_row, type *room) {
  if (shape.taps == 2) NARROW(convolve)(1, 1, shape, tiles, x, x_row, u, z, z_row, room);
  else NARROW(convolve)(1, 0, shape, tiles, x, x_row, u, z, z_row, room);
}

#ifdef WIDE
WIDE static void suffix(winograd_wide)(
    cv_convolution shape, cv_tiles tiles, const type *x, ptrdiff_t x_row, const type *u, type *z,
    ptrdiff_t z_row, type *room) {
  if (shape.taps == 2) WIDEST(convolve)(2, 1, shape, tiles, x, x_row, u, z, z_row, room);
  else WIDEST(convolve)(2, 0, shape, tiles, x, x_row, u, z, z_row, room);
}
#endif

void suffix(cv_winograd)(
    cv_convolution shape, cv_tiles tiles, const type *x, ptrdiff_t x_row, const type *u, type *z,
    ptrdiff_t z_row, type *room) {
#ifdef WIDE
  if (has_wide_vectors()) {
    suffix(winograd_wide)(shape, tiles, x, x_row, u, z, z_row, room);
    return;
  }
#endif
  suffix(cv_winograd_narrow)(shape, tiles, x, x_row, u, z, z_row, room);
}

#undef type
#undef suffix
#undef NARROW
#undef WIDEST
