import Tensors

/// The standard deviation of normal noise on a picture, from the picture alone: the median of
/// `|y * N| / (6 0.6745)`, `N` the product of second differences along both axes, which natural pictures
/// are nearly free of; edges on more than a few per cent of the pixels make it too large.
///
/// Source: Immerkaer, Computer Vision and Image Understanding 64, 1996, for `N`.
enum NoiseEstimate {
  /// The estimate for a batch of one; `nil` for pictures below 3 x 3.
  static func sigma(of picture: Tensor<Float>) -> Double? {
    let (height, width) = (picture.shape[2], picture.shape[3])
    guard height >= 3, width >= 3 else { return nil }
    var responses: [Float] = []
    responses.reserveCapacity(picture.count)
    picture.withPointer { x in
      for c in 0..<picture.shape[1] {
        for i in 1..<height - 1 {
          let row = x + (c * height + i) * width
          for j in 1..<width - 1 {
            let corners = row[j - width - 1] + row[j - width + 1] + row[j + width - 1]
              + row[j + width + 1]
            let sides = row[j - width] + row[j - 1] + row[j + 1] + row[j + width]
            responses.append(abs(corners - 2 * sides + 4 * row[j]))
          }
        }
      }
    }
    responses.sort()
    return Double(responses[responses.count / 2]) / (6 * 0.6745)
  }
}
