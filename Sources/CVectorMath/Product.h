/* Included by LinearAlgebra.c, once for each width of numbers: products with vectors of 64 bytes, along the rows
   of B and C. Sums are in the order of the inner index, whatever the extents. */

typedef type NAME(wide) __attribute__((ext_vector_type(lanes), aligned(sizeof(type))));
typedef type NAME(quad) __attribute__((ext_vector_type(4), aligned(sizeof(type))));

/* 4 x 4 numbers, transposed. */
INLINED void NAME(transpose)(const type *b, ptrdiff_t step, type *out, ptrdiff_t width) {
  NAME(quad) v[4];
  UNROLLED for (int i = 0; i < 4; i++) v[i] = *(const NAME(quad) *)(b + i * step);
  NAME(quad) upper = __builtin_shufflevector(v[0], v[1], 0, 4, 1, 5);
  NAME(quad) lower = __builtin_shufflevector(v[0], v[1], 2, 6, 3, 7);
  NAME(quad) upper2 = __builtin_shufflevector(v[2], v[3], 0, 4, 1, 5);
  NAME(quad) lower2 = __builtin_shufflevector(v[2], v[3], 2, 6, 3, 7);
  *(NAME(quad) *)out = __builtin_shufflevector(upper, upper2, 0, 1, 4, 5);
  *(NAME(quad) *)(out + width) = __builtin_shufflevector(upper, upper2, 2, 3, 6, 7);
  *(NAME(quad) *)(out + 2 * width) = __builtin_shufflevector(lower, lower2, 0, 1, 4, 5);
  *(NAME(quad) *)(out + 3 * width) = __builtin_shufflevector(lower, lower2, 2, 3, 6, 7);
}

/* Columns of B beside one another, rows `width` long: 0 beyond the last column. */
INLINED void NAME(pack)(
    const type *b, steps step, ptrdiff_t k, ptrdiff_t columns, ptrdiff_t width, type *packed) {
  if (columns < width)
    for (ptrdiff_t i = 0; i < k * width; i++) packed[i] = 0;
  if (step.column == 1) {
    for (ptrdiff_t p = 0; p < k; p++, b += step.row, packed += width) {
      ptrdiff_t j = 0;
      for (; j + lanes <= columns; j += lanes)
        *(NAME(wide) *)(packed + j) = *(const NAME(wide) *)(b + j);
      for (; j < columns; j++) packed[j] = b[j];
    }
    return;
  }
  ptrdiff_t j = 0;
  for (; j + 4 <= columns; j += 4, b += 4 * step.column) {
    ptrdiff_t p = 0;
    for (; p + 4 <= k; p += 4)
      NAME(transpose)(b + p, step.column, packed + p * width + j, width);
    for (; p < k; p++)
      for (int i = 0; i < 4; i++) packed[p * width + j + i] = b[i * step.column + p];
  }
  for (; j < columns; j++, b += step.column)
    for (ptrdiff_t p = 0; p < k; p++) packed[p * width + j] = b[p];
}

/* Up to `ROWS` rows of A against packed columns of B. */
INLINED void NAME(multiply)(
    const int vectors, const type *a, steps step, const type *b, ptrdiff_t k, ptrdiff_t rows,
    ptrdiff_t columns, type alpha, type beta, type *c, ptrdiff_t c_row) {
  NAME(wide) sum[ROWS][VECTORS];
  const type *row[ROWS];
  UNROLLED for (int i = 0; i < ROWS; i++) {
    row[i] = a + (i < rows ? i : rows - 1) * step.row;
    UNROLLED for (int v = 0; v < vectors; v++) sum[i][v] = 0;
  }
  for (ptrdiff_t p = 0; p < k; p++, b += vectors * lanes) {
    NAME(wide) numbers[VECTORS];
    UNROLLED for (int v = 0; v < vectors; v++) numbers[v] = *(const NAME(wide) *)(b + v * lanes);
    UNROLLED for (int i = 0; i < ROWS; i++) {
      type factor = row[i][p * step.column];
      UNROLLED for (int v = 0; v < vectors; v++) sum[i][v] += numbers[v] * factor;
    }
  }
  UNROLLED for (int i = 0; i < ROWS; i++) {
    if (i >= rows) continue;
    UNROLLED for (int v = 0; v < vectors; v++) {
      type *to = c + i * c_row + v * lanes;
      ptrdiff_t live = columns - v * lanes;
      NAME(wide) result = alpha * sum[i][v];
      if (live >= lanes)
        *(NAME(wide) *)to = beta == 0 ? result : result + beta * *(const NAME(wide) *)to;
      else
        for (ptrdiff_t j = 0; j < live; j++) to[j] = beta == 0 ? result[j] : result[j] + beta * to[j];
    }
  }
}

/* C <- alpha A B + beta C. */
WIDE static void NAME(product)(
    ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, type alpha, const type *a, steps a_step, const type *b,
    steps b_step, type beta, type *c, ptrdiff_t c_row) {
  type packed[DEPTH * VECTORS * lanes] __attribute__((aligned(64)));
  ptrdiff_t count = (n + lanes - 1) / lanes, panels = (count + VECTORS - 1) / VECTORS;
  for (ptrdiff_t p = 0; p < k; p += DEPTH, a += DEPTH * a_step.column, b += DEPTH * b_step.row) {
    ptrdiff_t depth = k - p < DEPTH ? k - p : DEPTH;
    for (ptrdiff_t panel = 0; panel < panels; panel++) {
      ptrdiff_t first = count * panel / panels, vectors = count * (panel + 1) / panels - first;
      ptrdiff_t j = first * lanes, width = vectors * lanes, columns = n - j < width ? n - j : width;
      NAME(pack)(b + j * b_step.column, b_step, depth, columns, width, packed);
      for (ptrdiff_t i = 0; i < m; i += ROWS) {
#define CASE(v)                                                                                    \
  case v:                                                                                          \
    NAME(multiply)(                                                                                \
        v, a + i * a_step.row, a_step, packed, depth, m - i, columns, alpha, p == 0 ? beta : 1,    \
        c + i * c_row + j, c_row);                                                                 \
    break;
        switch (vectors) { CASE(1) CASE(2) CASE(3) }
#undef CASE
      }
    }
  }
}

#undef type
#undef lanes
#undef NAME
