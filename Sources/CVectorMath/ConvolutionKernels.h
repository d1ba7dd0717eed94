/* Included by Convolution.c, once for each width of numbers. */

typedef type NAME(vector) __attribute__((ext_vector_type(lanes), aligned(sizeof(type))));
typedef whole NAME(lane_mask) __attribute__((ext_vector_type(lanes), aligned(sizeof(type))));

/* One tile: the sums stay in registers over all channels and taps. `from` and `to` are the places
   of its vectors in a plane of the source and of the target, `live` the numbers of each. */
INLINED void NAME(correlate_tile)(
    const int outputs, const int vectors, const cv_window *window, const type *x, const type *w,
    const ptrdiff_t *from, const ptrdiff_t *to, const ptrdiff_t *live, type *z,
    ptrdiff_t z_plane) {
  NAME(vector) sum[4][8];
  UNROLLED for (int o = 0; o < outputs; o++)
    UNROLLED for (int v = 0; v < vectors; v++) sum[o][v] = 0;
  for (ptrdiff_t c = 0; c < window->channels; c++, x += window->plane)
    for (ptrdiff_t t = 0; t < window->taps; t++, w += outputs) {
      const type *at = x + window->offsets[t];
      NAME(vector) pixels[8];
      UNROLLED for (int v = 0; v < vectors; v++)
        pixels[v] = *(const NAME(vector) *)(at + from[v]);
      UNROLLED for (int o = 0; o < outputs; o++)
        UNROLLED for (int v = 0; v < vectors; v++) sum[o][v] += pixels[v] * w[o];
    }
  UNROLLED for (int o = 0; o < outputs; o++)
    UNROLLED for (int v = 0; v < vectors; v++) {
      type *target = z + o * z_plane + to[v];
      if (live[v] == lanes) *(NAME(vector) *)target = sum[o][v];
      else for (ptrdiff_t i = 0; i < live[v]; i++) target[i] = sum[o][v][i];
    }
}

CLONED void NAME(cv_correlate_rows)(
    cv_window window, const type *x, const type *w, ptrdiff_t outputs, type *z, ptrdiff_t z_plane,
    ptrdiff_t z_row) {
  ptrdiff_t across = (window.width + lanes - 1) / lanes, count = across * window.rows;
  ptrdiff_t tiles = (count + widest[outputs] - 1) / widest[outputs];
  for (ptrdiff_t tile = 0; tile < tiles; tile++) {
    ptrdiff_t first = count * tile / tiles, vectors = count * (tile + 1) / tiles - first;
    ptrdiff_t from[8], to[8], live[8];
    for (ptrdiff_t v = 0; v < vectors; v++) {
      ptrdiff_t row = (first + v) / across, column = (first + v) % across * lanes;
      /* The last vector of a row ends with it, over part of the one before: the same sums again. */
      if (window.width >= lanes && column > window.width - lanes) column = window.width - lanes;
      from[v] = row * window.row + column;
      to[v] = row * z_row + column;
      live[v] = window.width - column < lanes ? window.width - column : lanes;
    }
#define CASE(o, v)                                                                                 \
  case o * 16 + v:                                                                                 \
    NAME(correlate_tile)(o, v, &window, x, w, from, to, live, z, z_plane);                         \
    break;
    switch (outputs * 16 + vectors) { TILES(CASE) }
#undef CASE
  }
}

void NAME(cv_correlate)(
    cv_window window, const type *x, const type *w, ptrdiff_t outputs, type *z, ptrdiff_t z_plane,
    ptrdiff_t z_row) {
#ifdef WIDE
  if (has_wide_vectors()) {
    NAME(correlate_plane)(window, x, w, outputs, z, z_plane, z_row);
    return;
  }
#endif
  NAME(cv_correlate_rows)(window, x, w, outputs, z, z_plane, z_row);
}

INLINED void NAME(gradient_step)(
    const int outputs, const int taps, const type *at, const ptrdiff_t *offsets, const type *r,
    ptrdiff_t r_plane, const whole *mask, NAME(vector) sum[4][8]) {
  NAME(vector) residual[4];
  UNROLLED for (int o = 0; o < outputs; o++)
    residual[o] = mask ? (NAME(vector))(*(const NAME(lane_mask) *)(r + o * r_plane)
                                        & *(const NAME(lane_mask) *)mask)
                       : *(const NAME(vector) *)(r + o * r_plane);
  UNROLLED for (int t = 0; t < taps; t++) {
    NAME(vector) pixels = *(const NAME(vector) *)(at + offsets[t]);
    UNROLLED for (int o = 0; o < outputs; o++) sum[o][t] += pixels * residual[o];
  }
}

/* One tile of output channels and taps, for one input channel: sums over all pixels. The last
   vector of a row ends with it, what the one before has of it masked. */
INLINED void NAME(gradient_tile)(
    const int outputs, const int taps, const cv_window *window, const type *x,
    const ptrdiff_t *offsets, const type *r, ptrdiff_t r_plane, const whole *rest, type *g) {
  NAME(vector) sum[4][8];
  UNROLLED for (int o = 0; o < outputs; o++)
    UNROLLED for (int t = 0; t < taps; t++) sum[o][t] = 0;
  ptrdiff_t last = window->width - lanes;
  for (ptrdiff_t row = 0; row < window->rows; row++, x += window->row, r += window->width) {
    ptrdiff_t column = 0;
    for (; column <= last; column += lanes)
      NAME(gradient_step)(outputs, taps, x + column, offsets, r + column, r_plane, 0, sum);
    if (column < window->width)
      NAME(gradient_step)(outputs, taps, x + last, offsets, r + last, r_plane, rest, sum);
  }
  UNROLLED for (int o = 0; o < outputs; o++)
    UNROLLED for (int t = 0; t < taps; t++)
      g[o * window->channels * window->taps + t] += SUM(sum[o][t]);
}

CLONED void NAME(cv_gradient)(
    cv_window window, const type *x, const type *r, ptrdiff_t r_plane, ptrdiff_t outputs,
    type *g) {
  ptrdiff_t tiles = (window.taps + widest[outputs] - 1) / widest[outputs];
  whole rest[lanes];
  for (int i = 0; i < lanes; i++) rest[i] = i < lanes - window.width % lanes ? 0 : -1;
  for (ptrdiff_t c = 0; c < window.channels; c++)
    for (ptrdiff_t tile = 0; tile < tiles; tile++) {
      ptrdiff_t first = window.taps * tile / tiles;
      ptrdiff_t taps = window.taps * (tile + 1) / tiles - first;
#define CASE(o, t)                                                                                 \
  case o * 16 + t:                                                                                 \
    NAME(gradient_tile)(                                                                           \
        o, t, &window, x + c * window.plane, window.offsets + first, r, r_plane, rest,             \
        g + c * window.taps + first);                                                              \
    break;
      switch (outputs * 16 + taps) { TILES(CASE) }
#undef CASE
    }
}

CLONED type NAME(cv_sum)(const type *x, ptrdiff_t count) {
  NAME(vector) sum = 0;
  ptrdiff_t i = 0;
  for (; i + lanes <= count; i += lanes) sum += *(const NAME(vector) *)(x + i);
  type total = SUM(sum);
  for (; i < count; i++) total += x[i];
  return total;
}

CLONED void NAME(cv_fill)(type *out, ptrdiff_t n, type value) {
  for (ptrdiff_t i = 0; i < n; i++) out[i] = value;
}

/* A few numbers in whole vectors, the last over part of the one before: rows are short, and a call of
   memcpy for each would cost more than the copy. */
INLINED void NAME(copy_row)(const type *row, type *out, ptrdiff_t n) {
  typedef type half __attribute__((ext_vector_type(lanes / 2), aligned(sizeof(type))));
  if (n >= lanes) {
    for (ptrdiff_t k = 0; k + lanes <= n; k += lanes)
      *(NAME(vector) *)(out + k) = *(const NAME(vector) *)(row + k);
    *(NAME(vector) *)(out + n - lanes) = *(const NAME(vector) *)(row + n - lanes);
  } else if (n >= lanes / 2) {
    *(half *)out = *(const half *)row;
    *(half *)(out + n - lanes / 2) = *(const half *)(row + n - lanes / 2);
  } else {
    for (ptrdiff_t k = 0; k < n; k++) out[k] = row[k];
  }
}

CLONED __attribute__((no_builtin("memcpy", "memset"))) void NAME(cv_copy_band)(
    cv_band band, const type *x, type *out) {
  for (ptrdiff_t c = 0; c < band.channels; c++, x += band.height * band.width)
    for (ptrdiff_t below = 0; below < band.down; below++)
      for (ptrdiff_t phase = 0; phase < band.step; phase++) {
        /* The columns `start + step k`, of which those from `first` to `end` are in the image. */
        ptrdiff_t start = band.origin + phase, step = band.step;
        ptrdiff_t first = start < 0 ? (step - 1 - start) / step : 0;
        ptrdiff_t end = start < band.width ? (band.width - 1 - start) / step + 1 : 0;
        if (end > band.part) end = band.part;
        if (first > end) first = end;
        for (ptrdiff_t k = 0; k < band.rows; k++, out += band.part) {
          ptrdiff_t i = band.first + below + k * band.down;
          if (i < 0 || i >= band.height) {
            for (ptrdiff_t j = 0; j < band.part; j++) out[j] = 0;
            continue;
          }
          const type *row = x + i * band.width + start + step * first;
          for (ptrdiff_t j = 0; j < first; j++) out[j] = 0;
          if (step == 1) NAME(copy_row)(row, out + first, end - first);
          else for (ptrdiff_t j = 0; j < end - first; j++) out[first + j] = row[step * j];
          for (ptrdiff_t j = end; j < band.part; j++) out[j] = 0;
        }
      }
}

void NAME(cv_gather)(const type *x, const ptrdiff_t *places, type *out, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) out[i] = x[places[i]];
}

void NAME(cv_copy)(const type *x, ptrdiff_t from, type *out, ptrdiff_t to, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) out[i * to] = x[i * from];
}

/* Windows of 2 x 2 side by side, by far the commonest: one pass. */
INLINED void NAME(means_of_four)(cv_pool pool, const type *x, type *z) {
  for (ptrdiff_t i = 0; i < pool.rows; i++, z += pool.columns) {
    const type *upper = x + 2 * i * pool.source_columns, *lower = upper + pool.source_columns;
    for (ptrdiff_t j = 0; j < pool.columns; j++)
      z[j] = (upper[2 * j] + upper[2 * j + 1] + (lower[2 * j] + lower[2 * j + 1])) / 4;
  }
}

INLINED void NAME(spread_to_four)(cv_pool pool, const type *r, type *u) {
  ptrdiff_t width = pool.source_columns;
  for (ptrdiff_t i = 0; i < pool.source_rows; i++) {
    type *row = u + i * width;
    if (i >= 2 * pool.rows) {
      for (ptrdiff_t j = 0; j < width; j++) row[j] = 0;
      continue;
    }
    const type *line = r + i / 2 * pool.columns;
    for (ptrdiff_t j = 0; j < pool.columns; j++) row[2 * j] = row[2 * j + 1] = line[j] / 4;
    for (ptrdiff_t j = 2 * pool.columns; j < width; j++) row[j] = 0;
  }
}

INLINED int NAME(is_two_by_two)(cv_pool pool) {
  return pool.height == 2 && pool.width == 2 && pool.down == 2 && pool.across == 2;
}

CLONED void NAME(cv_means)(cv_pool pool, const type *x, type *z) {
  if (NAME(is_two_by_two)(pool)) {
    NAME(means_of_four)(pool, x, z);
    return;
  }
  type count = (type)(pool.height * pool.width);
  for (ptrdiff_t i = 0; i < pool.rows; i++, z += pool.columns) {
    for (ptrdiff_t j = 0; j < pool.columns; j++) z[j] = 0;
    for (ptrdiff_t row = 0; row < pool.height; row++)
      for (ptrdiff_t column = 0; column < pool.width; column++) {
        const type *at = x + (i * pool.down + row) * pool.source_columns + column;
        for (ptrdiff_t j = 0; j < pool.columns; j++) z[j] += at[j * pool.across];
      }
    for (ptrdiff_t j = 0; j < pool.columns; j++) z[j] /= count;
  }
}

CLONED void NAME(cv_spread_means)(cv_pool pool, const type *r, type *u) {
  if (NAME(is_two_by_two)(pool)) {
    NAME(spread_to_four)(pool, r, u);
    return;
  }
  type count = (type)(pool.height * pool.width);
  for (ptrdiff_t j = 0; j < pool.source_rows * pool.source_columns; j++) u[j] = 0;
  for (ptrdiff_t i = 0; i < pool.rows; i++, r += pool.columns)
    for (ptrdiff_t row = 0; row < pool.height; row++)
      for (ptrdiff_t column = 0; column < pool.width; column++) {
        type *at = u + (i * pool.down + row) * pool.source_columns + column;
        for (ptrdiff_t j = 0; j < pool.columns; j++) at[j * pool.across] += r[j] / count;
      }
}
