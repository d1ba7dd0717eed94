/* Included by Convolution.c, once for each width of numbers, for processors with vectors of 64 bytes: the
   correlation with rows taken as one line, `window.row` apart. What a vector holds of the gap between two
   rows is computed and dropped; the sums are those of the kernel for shorter vectors, in the same order. */

typedef type NAME(wide) __attribute__((ext_vector_type(2 * lanes), aligned(sizeof(type))));
typedef type NAME(narrow) __attribute__((ext_vector_type(lanes), aligned(sizeof(type))));

/* `n` numbers in whole vectors, the last over part of the one before. */
INLINED void NAME(copy_line)(const type *x, type *out, ptrdiff_t n) {
  if (n >= 2 * lanes) {
    for (ptrdiff_t i = 0; i + 2 * lanes <= n; i += 2 * lanes)
      *(NAME(wide) *)(out + i) = *(const NAME(wide) *)(x + i);
    *(NAME(wide) *)(out + n - 2 * lanes) = *(const NAME(wide) *)(x + n - 2 * lanes);
  } else if (n >= lanes) {
    *(NAME(narrow) *)out = *(const NAME(narrow) *)x;
    *(NAME(narrow) *)(out + n - lanes) = *(const NAME(narrow) *)(x + n - lanes);
  } else {
    for (ptrdiff_t i = 0; i < n; i++) out[i] = x[i];
  }
}

/* The numbers from `first` on, so many vectors of them. */
INLINED void NAME(plane_tile)(
    const int outputs, const int vectors, const cv_window *window, const type *x, const type *w,
    ptrdiff_t first, type *z, ptrdiff_t z_plane, ptrdiff_t z_row) {
  NAME(wide) sum[4][12];
  UNROLLED for (int o = 0; o < outputs; o++)
    UNROLLED for (int v = 0; v < vectors; v++) sum[o][v] = 0;
  x += first;
  for (ptrdiff_t c = 0; c < window->channels; c++, x += window->plane)
    for (ptrdiff_t t = 0; t < window->taps; t++, w += outputs) {
      const type *at = x + window->offsets[t];
      NAME(wide) pixels[12];
      UNROLLED for (int v = 0; v < vectors; v++)
        pixels[v] = *(const NAME(wide) *)(at + 2 * lanes * v);
      UNROLLED for (int o = 0; o < outputs; o++)
        UNROLLED for (int v = 0; v < vectors; v++) sum[o][v] += pixels[v] * w[o];
    }
  type line[4][12 * 2 * lanes];
  UNROLLED for (int o = 0; o < outputs; o++)
    UNROLLED for (int v = 0; v < vectors; v++)
      *(NAME(wide) *)(line[o] + 2 * lanes * v) = sum[o][v];
  ptrdiff_t end = first + 2 * lanes * vectors, row = first / window->row;
  for (ptrdiff_t at = first; at < end && row < window->rows; row++) {
    ptrdiff_t column = at - row * window->row, count = window->width - column;
    if (count > end - at) count = end - at;
    for (ptrdiff_t o = 0; count > 0 && o < outputs; o++)
      NAME(copy_line)(line[o] + at - first, z + o * z_plane + row * z_row + column, count);
    at = (row + 1) * window->row;
  }
}

WIDE static void NAME(correlate_plane)(
    cv_window window, const type *x, const type *w, ptrdiff_t outputs, type *z, ptrdiff_t z_plane,
    ptrdiff_t z_row) {
  ptrdiff_t numbers = (window.rows - 1) * window.row + window.width;
  ptrdiff_t count = (numbers + 2 * lanes - 1) / (2 * lanes);
  ptrdiff_t tiles = (count + widest_of_plane[outputs] - 1) / widest_of_plane[outputs];
  for (ptrdiff_t tile = 0; tile < tiles; tile++) {
    ptrdiff_t first = count * tile / tiles, vectors = count * (tile + 1) / tiles - first;
#define CASE(o, v)                                                                                 \
  case o * 16 + v:                                                                                 \
    NAME(plane_tile)(o, v, &window, x, w, 2 * lanes * first, z, z_plane, z_row);                   \
    break;
    switch (outputs * 16 + vectors) { TILES(CASE) WIDE_TILES(CASE) }
#undef CASE
  }
}
