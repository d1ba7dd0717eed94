extension ImageShape {
  /// `scale` times the sum over samples and pixels of each channel of a batch of images.
  public func channelSums<S: TensorScalar>(
    of r: Tensor<S>, scale: S, on pool: WorkerPool
  ) -> Tensor<S> {
    precondition(r.columns == count, "rows of \(r.columns) numbers as images of \(self)")
    let (samples, plane) = (r.rows, height * width)
    var sums = Tensor<S>(shape: [samples, channels])
    r.withPointer { r in
      sums.withMutablePointer { sums in
        pool.forEach(samples) { sample in
          for c in 0..<channels {
            sums[sample * channels + c] = S.sum(r + sample * count + c * plane, count: plane)
          }
        }
      }
    }
    var total = Tensor<S>(shape: [channels])
    total.withMutablePointer { total in
      sums.withPointer { sums in
        for sample in 0..<samples { S.add(sums + sample * channels, to: total, count: channels) }
        S.combine(scale, total, 0, total, into: total, count: channels)
      }
    }
    return total
  }

  /// The sum over samples and pixels of the products of two batches of images, for each channel, added up
  /// in `Double`.
  public func channelDots<S: TensorScalar>(
    _ a: Tensor<S>, _ b: Tensor<S>, on pool: WorkerPool
  ) -> [Double] {
    precondition(
      a.shape == b.shape && a.columns == count,
      "rows of shapes \(a.shape) and \(b.shape) as images of \(self)")
    let (samples, plane) = (a.rows, height * width)
    var sums = Tensor<Double>(shape: [samples, channels])
    a.withPointer { a in
      b.withPointer { b in
        sums.withMutablePointer { sums in
          pool.forEach(samples) { sample in
            for c in 0..<channels {
              let start = sample * count + c * plane
              sums[sample * channels + c] = S.dot(a + start, b + start, count: plane)
            }
          }
        }
      }
    }
    return (0..<channels).map { c in (0..<samples).reduce(0) { $0 + sums[$1, c] } }
  }
}
