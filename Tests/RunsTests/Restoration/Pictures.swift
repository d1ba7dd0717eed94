import Foundation
import Imaging
import Interchange
import Lifted

@testable import Runs

/// A smooth picture with edges, in [0.1, 0.9], no two alike.
func scene(_ number: Int, height: Int = 24, width: Int = 24) -> Tensor<Float> {
  var picture = Tensor<Float>(shape: [1, height, width])
  picture.withMutablePointer { x in
    for i in 0..<height {
      for j in 0..<width {
        let wave = sin(Double(i * (number + 2)) / 7) * cos(Double(j) / Double(3 + number % 5))
        let edge = (i + 2 * j + 5 * number) % 31 < 13 ? 0.2 : -0.2
        x[i * width + j] = Float(0.5 + 0.2 * wave + edge)
      }
    }
  }
  return picture
}

extension Scratch {
  /// A folder of PNG files.
  func pictures(_ count: Int, in folder: String, from first: Int = 0) throws -> String {
    let url = self.url.appendingPathComponent(folder)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    for number in first..<first + count {
      try PNGImage(planes: scene(number)).write(to: url.appendingPathComponent("\(number).png"))
    }
    return url.path
  }
}

/// A small recipe for restoration on the pictures of a folder.
func restorationRecipe(
  _ folder: String, data: String = "", network: String = "threshold: 0.05", methods: String = ""
) -> String {
  """
  name: tiny
  data:
    {source: pictures, folder: \(folder), task: restoration, noise: 0.1, patch: 12,
     trainingSamples: 8, validationSamples: 2, testSamples: 2\(data)}
  network:
    unrolled: {layers: 3, features: 4, kernel: 3, \(network)}
  training: {epochs: 2, batchSize: 4}
  methods:
    - {name: m, signal: contrast, update: {rule: adam}\(methods)}

  """
}
