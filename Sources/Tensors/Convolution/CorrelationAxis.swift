/// A convolution or its adjoint along rows or along columns: which pixels of the source meet which taps
/// for each pixel of the target.
///
/// Every `targetStep`-th pixel of the target belongs to the same phase and meets the same taps: pixel
/// `start + targetStep j` meets, at tap `k`, the source pixel `origin + step j + shift_k`. A convolution has
/// one phase; the adjoint of one with stride `s` has `s`, each with its share of the taps.
struct CorrelationAxis {
  struct Tap {
    /// Its place in the kernel.
    let kernel: Int
    /// At least 0.
    let shift: Int
  }

  struct Phase {
    let start: Int
    let count: Int
    let taps: [Tap]
  }

  let step: Int
  let origin: Int
  let targetStep: Int
  let phases: [Phase]
  /// The greatest shift.
  var span: Int { phases.lazy.flatMap(\.taps).map(\.shift).max() ?? 0 }
  /// Pixels of the longest phase.
  var count: Int { phases[0].count }

  /// `z_i = sum_k w_k x_(stride i + dilation k - padding)`
  init(kernel: Int, stride: Int, padding: Int, dilation: Int, outputs: Int) {
    (step, origin, targetStep) = (stride, -padding, 1)
    let taps = (0..<kernel).map { Tap(kernel: $0, shift: dilation * $0) }
    phases = [Phase(start: 0, count: outputs, taps: taps)]
  }

  /// `u_i = sum_k w_k r_j`, over the taps for which `stride j + dilation k - padding = i` has a whole `j`.
  init(adjointOf kernel: Int, stride: Int, padding: Int, dilation: Int, inputs: Int) {
    // For i = stride j + phase the source is j + distance_k / stride.
    func taps(_ phase: Int) -> [(kernel: Int, source: Int)] {
      (0..<kernel).compactMap { k in
        let distance = phase + padding - dilation * k
        return distance.isMultiple(of: stride) ? (k, distance / stride) : nil
      }
    }
    let starts = 0..<min(stride, inputs)
    let nearest = starts.flatMap { taps($0).map(\.source) }.min() ?? 0
    (step, origin, targetStep) = (1, nearest, stride)
    phases = starts.map { start in
      Phase(
        start: start, count: (inputs - start + stride - 1) / stride,
        taps: taps(start).map { Tap(kernel: $0.kernel, shift: $0.source - nearest) })
    }
  }
}
