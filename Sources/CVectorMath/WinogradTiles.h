/* Included by Winograd.c, once for each width of numbers and of vectors. A lane is a tile; lane `4 l + k` of a
   vector is the tile `lanes / 4 k + l` of it, so that blocks of 4 x 4 numbers are transposed where they are. */

typedef type NAME(vector) __attribute__((ext_vector_type(lanes), aligned(sizeof(type))));
typedef type NAME(quad) __attribute__((ext_vector_type(4), aligned(sizeof(type))));
enum { NAME(quads) = lanes / 4 };

/* Each 4 x 4 numbers of four vectors. */
INLINED void NAME(transpose)(NAME(vector) v[4]) {
#define SHUFFLED(x, y, ...) __builtin_shufflevector(x, y, QUADS(__VA_ARGS__))
  NAME(vector) a = SHUFFLED(v[0], v[1], 0, lanes, 1, lanes + 1);
  NAME(vector) b = SHUFFLED(v[0], v[1], 2, lanes + 2, 3, lanes + 3);
  NAME(vector) c = SHUFFLED(v[2], v[3], 0, lanes, 1, lanes + 1);
  NAME(vector) d = SHUFFLED(v[2], v[3], 2, lanes + 2, 3, lanes + 3);
  v[0] = SHUFFLED(a, c, 0, 1, lanes, lanes + 1);
  v[1] = SHUFFLED(a, c, 2, 3, lanes + 2, lanes + 3);
  v[2] = SHUFFLED(b, d, 0, 1, lanes, lanes + 1);
  v[3] = SHUFFLED(b, d, 2, 3, lanes + 2, lanes + 3);
#undef SHUFFLED
}

/* B^T d: from 6 vectors, a stride apart. */
INLINED void NAME(split)(const NAME(vector) *d, const int stride, NAME(vector) out[6]) {
  NAME(vector) d0 = d[0], d1 = d[stride], d2 = d[2 * stride], d3 = d[3 * stride];
  NAME(vector) d4 = d[4 * stride], d5 = d[5 * stride];
  NAME(vector) even = d4 - B * B * d2, odd = d3 - B * B * d1;
  out[1] = even + A * odd;
  out[2] = even - A * odd;
  even = d4 - A * A * d2;
  odd = d3 - A * A * d1;
  out[3] = even + B * odd;
  out[4] = even - B * odd;
  out[0] = d4 - (A * A + B * B) * d2 + A * A * B * B * d0;
  out[5] = d5 - (A * A + B * B) * d3 + A * A * B * B * d1;
}

/* A^T m: from 6 vectors, a stride apart. */
INLINED void NAME(join)(const NAME(vector) *m, const int stride, NAME(vector) out[4]) {
  NAME(vector) m1 = m[stride], m2 = m[2 * stride], m3 = m[3 * stride], m4 = m[4 * stride];
  NAME(vector) even = m1 + m2, odd = m1 - m2, far_even = m3 + m4, far_odd = m3 - m4;
  out[0] = m[0] + even + far_even;
  out[1] = A * odd + B * far_odd;
  out[2] = A * A * even + B * B * far_even;
  out[3] = m[5 * stride] + A * A * A * odd + B * B * B * far_odd;
}

/* Row `i` of the patches of a vector of tiles: number `j` of each in `line[j]`. */
INLINED void NAME(load)(const type *x, const place *places, NAME(vector) line[4]) {
  UNROLLED for (int k = 0; k < 4; k++)
    UNROLLED for (int q = 0; q < NAME(quads); q++) {
      NAME(quad) four = *(const NAME(quad) *)(x + places[k * NAME(quads) + q].from);
      UNROLLED for (int i = 0; i < 4; i++) line[k][4 * q + i] = four[i];
    }
  NAME(transpose)(line);
}

/* B^T d B of the tiles of a vector, from number `first` on both ways, one after another a step apart. */
INLINED void NAME(split_tiles)(
    const int first, const type *x, ptrdiff_t row, const place *places, type *out, ptrdiff_t step) {
  NAME(vector) half[36], line[8];
  UNROLLED for (int i = first; i < 6; i++) {
    NAME(load)(x + i * row, places, line);
    NAME(load)(x + i * row + 4, places, line + 4);
    NAME(split)(line, 1, half + 6 * i);
  }
  UNROLLED for (int j = first; j < 6; j++) {
    NAME(split)(half + j, 6, line);
    UNROLLED for (int i = first; i < 6; i++)
      *(NAME(vector) *)(out + ((6 - first) * (i - first) + j - first) * step) = line[i];
  }
}

/* A^T m A of the tiles of a vector to the pixels of the target. */
INLINED void NAME(join_tiles)(
    const int first, const type *m, ptrdiff_t step, const place *places, type *z, ptrdiff_t down,
    ptrdiff_t across) {
  NAME(vector) half[24], line[6];
  UNROLLED for (int j = first; j < 6; j++) {
    line[0] = 0;
    UNROLLED for (int i = first; i < 6; i++)
      line[i] = *(const NAME(vector) *)(m + ((6 - first) * (i - first) + j - first) * step);
    NAME(join)(line, 1, line);
    UNROLLED for (int i = 0; i < 4; i++) half[6 * i + j] = line[i];
  }
  UNROLLED for (int i = 0; i < 4; i++) {
    if (first > 0) half[6 * i] = 0;
    NAME(join)(half + 6 * i, 1, line);
    NAME(transpose)(line);
    UNROLLED for (int k = 0; k < 4; k++)
      UNROLLED for (int q = 0; q < NAME(quads); q++) {
        const place *tile = places + k * NAME(quads) + q;
        if (i >= tile->rows) continue;
        type *target = z + tile->to + i * down;
        NAME(quad) four;
        UNROLLED for (int n = 0; n < 4; n++) four[n] = line[k][4 * q + n];
        if (across == 1 && tile->columns == 4) {
          *(NAME(quad) *)target = four;
          continue;
        }
        target[0] = four[0];
        if (tile->columns > 1) target[across] = four[1];
        if (tile->columns > 2) target[2 * across] = four[2];
        if (tile->columns > 3) target[3 * across] = four[3];
      }
  }
}

/* m <- u v for a block of weights and for each number of a tile: sums over channels. */
INLINED void NAME(multiply)(
    const int vectors, const int numbers, const type *u, const type *v, ptrdiff_t channels,
    ptrdiff_t width, type *m) {
  for (int i = 0; i < numbers; i++, u += SHIFT, v += SHIFT, m += BLOCK * width + SHIFT) {
    NAME(vector) sum[BLOCK][2];
    UNROLLED for (int o = 0; o < BLOCK; o++)
      UNROLLED for (int k = 0; k < vectors; k++) sum[o][k] = 0;
    for (ptrdiff_t c = 0; c < channels; c++, u += BLOCK, v += width)
      UNROLLED for (int k = 0; k < vectors; k++) {
        NAME(vector) source = *(const NAME(vector) *)(v + k * lanes);
        UNROLLED for (int o = 0; o < BLOCK; o++) sum[o][k] += source * u[o];
      }
    UNROLLED for (int o = 0; o < BLOCK; o++)
      UNROLLED for (int k = 0; k < vectors; k++)
        *(NAME(vector) *)(m + o * width + k * lanes) = sum[o][k];
  }
}

/* The pixels of a channel that lie a step apart, with zeros around them: what is inside the pictures. */
INLINED void NAME(pad)(
    cv_convolution shape, cv_tiles tiles, const type *x, ptrdiff_t x_row, ptrdiff_t down,
    ptrdiff_t across, type *planes) {
  const ptrdiff_t step = shape.step, height = 4 * tiles.rows + 2, width = 4 * tiles.columns + 4;
  ptrdiff_t top = 4 * step * tiles.top + shape.top + down;
  ptrdiff_t left = 4 * step * tiles.left + shape.left + across;
  ptrdiff_t first = top < 0 ? (step - 1 - top) / step : 0;
  ptrdiff_t start = left < 0 ? (step - 1 - left) / step : 0;
  ptrdiff_t last = (shape.height - top + step - 1) / step;
  ptrdiff_t end = (shape.width - left + step - 1) / step;
  if (last > height) last = height;
  if (end > width) end = width;
  for (ptrdiff_t s = 0; s < tiles.samples; s++, x += x_row, planes += height * width)
    for (ptrdiff_t i = first; i < last; i++) {
      const type *from = x + (top + step * i) * shape.width + left;
      type *to = planes + i * width;
      if (step > 1 || end - start < 4) {
        for (ptrdiff_t j = start; j < end; j++) to[j] = from[step * j];
        continue;
      }
      for (ptrdiff_t j = start; j < end - 4; j += 4)
        *(NAME(quad) *)(to + j) = *(const NAME(quad) *)(from + j);
      *(NAME(quad) *)(to + end - 4) = *(const NAME(quad) *)(from + end - 4);
    }
}

/* The places of the tiles, those beyond the last as it is, without pixels. */
INLINED ptrdiff_t NAME(lay_out)(
    cv_convolution shape, cv_tiles tiles, ptrdiff_t z_row, place *places) {
  ptrdiff_t height = 4 * tiles.rows + 2, width = 4 * tiles.columns + 4, count = 0;
  for (ptrdiff_t s = 0; s < tiles.samples; s++)
    for (ptrdiff_t i = 0; i < tiles.rows; i++)
      for (ptrdiff_t j = 0; j < tiles.columns; j++, count++) {
        ptrdiff_t row = 4 * (tiles.top + i), column = 4 * (tiles.left + j);
        places[count].from = (s * height + 4 * i) * width + 4 * j;
        places[count].to = s * z_row + row * shape.down + column * shape.across;
        places[count].columns = shape.columns - column < 4 ? shape.columns - column : 4;
        places[count].rows = column < shape.columns ? shape.rows - row : 0;
      }
  for (ptrdiff_t i = count; i < TILES; i++) {
    places[i] = places[0];
    places[i].rows = 0;
  }
  return count;
}

INLINED void NAME(convolve)(
    const int at_once, const int first, cv_convolution shape, cv_tiles tiles, const type *x,
    ptrdiff_t x_row, const type *u, type *z, ptrdiff_t z_row, type *room) {
  place places[TILES];
  const int numbers = (6 - first) * (6 - first);
  ptrdiff_t vectors = (NAME(lay_out)(shape, tiles, z_row, places) + lanes - 1) / lanes;
  ptrdiff_t channels = shape.channels * shape.step * shape.step;
  ptrdiff_t width = vectors * lanes, step = channels * width + SHIFT;
  ptrdiff_t row = 4 * tiles.columns + 4, plane = tiles.samples * (4 * tiles.rows + 2) * row;
  type *planes = room, *v = room + 48 * TILES, *m = v + numbers * step;
  for (ptrdiff_t phase = 0; phase < shape.step * shape.step; phase++) {
    for (ptrdiff_t i = 0; i < plane; i++) planes[i] = 0;
    for (ptrdiff_t c = 0; c < shape.channels; c++) {
      NAME(pad)(
          shape, tiles, x + c * shape.height * shape.width, x_row, phase / shape.step,
          phase % shape.step, planes);
      type *to = v + (phase * shape.channels + c) * width;
      for (ptrdiff_t k = 0; k < vectors; k++)
        NAME(split_tiles)(first, planes, row, places + k * lanes, to + k * lanes, step);
    }
  }
  for (ptrdiff_t o = 0; o < shape.outputs; o++, m += width) {
    if (o % BLOCK == 0) {
      m = v + numbers * step;
      for (ptrdiff_t k = 0; k < vectors; k += at_once)
        if (at_once == 1 || k + 1 == vectors)
          NAME(multiply)(1, numbers, u, v + k * lanes, channels, width, m + k * lanes);
        else NAME(multiply)(2, numbers, u, v + k * lanes, channels, width, m + k * lanes);
      u += numbers * (channels * BLOCK + SHIFT);
    }
    for (ptrdiff_t k = 0; k < vectors; k++)
      NAME(join_tiles)(
          first, m + k * lanes, BLOCK * width + SHIFT, places + k * lanes, z + o * shape.plane,
          shape.down, shape.across);
  }
}

#undef lanes
#undef QUADS
#undef NAME
