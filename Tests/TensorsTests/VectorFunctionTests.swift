import Foundation
import Tensors
import Testing

@Suite struct VectorFunctionTests {
  /// The function in `Double`, by the C library.
  static func reference(_ function: VectorFunction, _ x: Double) -> Double {
    switch function {
    case .exp: exp(x)
    case .log: log(x)
    case .log1p: log1p(x)
    case .expm1: expm1(x)
    case .tanh: tanh(x)
    case .atan: atan(x)
    case .asinh: asinh(x)
    case .logistic: x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x))
    case .softplus: max(x, 0) + log1p(exp(-abs(x)))
    }
  }

  /// Both signs, many sizes, and what is special.
  static let arguments: [Double] =
    [
      0, -0.0, .infinity, -.infinity, .nan, 1, -1, 88, -88, 100, -100, 700, -700, 1e4, -1e4, 1e18,
      -1e18,
    ]
    + stride(from: -20.0, through: 20, by: 0.37)
    + (1...30).flatMap { [pow(0.3, Double($0)), -pow(0.3, Double($0))] }

  private func map<S: TensorScalar>(_ function: VectorFunction, _ x: [S]) -> [S] {
    var out = [S](repeating: 99, count: x.count)
    out.withPointer { S.map(function, x, into: $0, count: x.count) }
    return out
  }

  @Test("Vector functions agree with the C library in Float", arguments: VectorFunction.allCases)
  func float(_ function: VectorFunction) {
    let x = Self.arguments.map { Float($0) }
    for (x, y) in zip(x, map(function, x)) {
      let expected = Float(Self.reference(function, Double(x)))
      #expect(areClose(y, expected, units: 4), "\(function)(\(x)) = \(y), not \(expected)")
    }
  }

  @Test("Vector functions agree with the C library in Double", arguments: VectorFunction.allCases)
  func double(_ function: VectorFunction) {
    for (x, y) in zip(Self.arguments, map(function, Self.arguments)) {
      let expected = Self.reference(function, x)
      #expect(areClose(y, expected, units: 4), "\(function)(\(x)) = \(y), not \(expected)")
    }
  }

  @Test(
    "A number's value does not depend on its place in the array", arguments: VectorFunction.allCases
  )
  func tails(_ function: VectorFunction) {
    let x: [Float] = sample(41).map { abs($0) + 0.1 }
    let wide = x.map { Double($0) }
    let alone = x.map { map(function, [$0])[0] }
    let aloneWide = wide.map { map(function, [$0])[0] }
    for length in 0...40 {
      #expect(map(function, Array(x.prefix(length))) == Array(alone.prefix(length)))
      #expect(map(function, Array(wide.prefix(length))) == Array(aloneWide.prefix(length)))
    }
  }

  @Test("Nothing is written past the end", arguments: VectorFunction.allCases)
  func bounds(_ function: VectorFunction) {
    let x = [Float](repeating: 0.5, count: 64)
    for length in 0...40 {
      var out = [Float](repeating: -7, count: 64)
      out.withPointer { Float.map(function, x, into: $0, count: length) }
      #expect(out[length...].allSatisfy { $0 == -7 })
    }
  }

  @Test("The output may be the input", arguments: VectorFunction.allCases)
  func inPlace(_ function: VectorFunction) {
    let x: [Double] = sample(2500).map { abs($0) + 0.01 }
    var inPlace = x
    inPlace.withPointer { Double.map(function, $0, into: $0, count: x.count) }
    #expect(inPlace == map(function, x))
  }
}
