import CPictures
import Tensors

/// The weights of one displacement at a time, row by row from running sums over the patch.
struct Displacement<S: TensorScalar> {
  let means: NonLocalMeans
  let picture: MirroredPicture<S>
  let rows: Range<Int>
  let y: UnsafePointer<S>
  let sums: UnsafeMutablePointer<S>
  let totals: UnsafeMutablePointer<S>
  let largest: UnsafeMutablePointer<S>
  /// Squared differences of all rows, their sum over a patch's rows, weights of a row.
  let buffer: UnsafeMutablePointer<S>

  func add(_ dy: Int, _ dx: Int) {
    let (width, patch, channels) = (picture.shape.width, means.patch, picture.shape.channels)
    let length = width + patch - 1
    let squares = buffer
    let column = buffer + (rows.count + patch - 1) * length
    let weights = column + length
    let shift = dy * picture.width + dx
    // Where the patch of the first pixel starts.
    let origin = y + (rows.lowerBound + means.window / 2) * picture.width + means.window / 2
    for k in 0..<rows.count + patch - 1 {
      let row = squares + k * length
      row.update(repeating: 0, count: length)
      for c in 0..<channels {
        let here = origin + c * picture.pixels + k * picture.width
        addSquare(here, here + shift, row, length)
      }
    }
    column.update(repeating: 0, count: length)
    for k in 0..<patch - 1 { S.add(squares + k * length, to: column, count: length) }
    for i in 0..<rows.count {
      S.add(squares + (i + patch - 1) * length, to: column, count: length)
      addRow(i, column, weights, shift)
      S.combine(1, column, -1, squares + i * length, into: column, count: length)
    }
  }

  private func addRow(
    _ i: Int, _ column: UnsafePointer<S>, _ weights: UnsafeMutablePointer<S>, _ shift: Int
  ) {
    let (width, count) = (picture.shape.width, rows.count * picture.shape.width)
    let squaredStrength = means.filtering * means.filtering
    let terms = Double(means.patch * means.patch * picture.shape.channels)
    exponents(
      column, weights, width, S(1 / (squaredStrength * terms)),
      S(2 * means.sigma * means.sigma / squaredStrength))
    S.map(.exp, weights, into: weights, count: width)
    S.add(weights, to: totals + i * width, count: width)
    maximum(weights, largest + i * width, width)
    let start = (rows.lowerBound + i + picture.margin) * picture.width + picture.margin + shift
    for c in 0..<picture.shape.channels {
      accumulate(weights, y + c * picture.pixels + start, sums + c * count + i * width, width)
    }
  }
}

// Dispatch of the kernels by scalar; see CPictures.h.
extension Displacement {
  private func addSquare(
    _ x: UnsafePointer<S>, _ y: UnsafePointer<S>, _ out: UnsafeMutablePointer<S>, _ count: Int
  ) {
    if S.self == Float.self {
      px_add_square_f32(
        concrete(x, Float.self), concrete(y, Float.self), concrete(out, Float.self), count)
    } else {
      px_add_square_f64(
        concrete(x, Double.self), concrete(y, Double.self), concrete(out, Double.self), count)
    }
  }

  private func exponents(
    _ x: UnsafePointer<S>, _ out: UnsafeMutablePointer<S>, _ count: Int, _ scale: S, _ offset: S
  ) {
    if S.self == Float.self {
      px_exponents_f32(
        concrete(x, Float.self), means.patch, concrete(out, Float.self), count, Float(scale),
        Float(offset))
    } else {
      px_exponents_f64(
        concrete(x, Double.self), means.patch, concrete(out, Double.self), count, Double(scale),
        Double(offset))
    }
  }

  private func maximum(_ w: UnsafePointer<S>, _ out: UnsafeMutablePointer<S>, _ count: Int) {
    if S.self == Float.self {
      px_maximum_f32(concrete(w, Float.self), concrete(out, Float.self), count)
    } else {
      px_maximum_f64(concrete(w, Double.self), concrete(out, Double.self), count)
    }
  }

  private func accumulate(
    _ w: UnsafePointer<S>, _ x: UnsafePointer<S>, _ sum: UnsafeMutablePointer<S>, _ count: Int
  ) {
    if S.self == Float.self {
      px_accumulate_f32(
        concrete(w, Float.self), concrete(x, Float.self), concrete(sum, Float.self), count)
    } else {
      px_accumulate_f64(
        concrete(w, Double.self), concrete(x, Double.self), concrete(sum, Double.self), count)
    }
  }
}
