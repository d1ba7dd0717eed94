import Tensors
import Testing

@Suite struct TensorTests {
  @Test("Elements lie in row-major order")
  func rowMajor() throws {
    let tensor = try Tensor<Double>(shape: [2, 3, 4], scalars: (0..<24).map(Double.init))
    for i in 0..<2 {
      for j in 0..<3 {
        for k in 0..<4 { #expect(tensor[i, j, k] == Double((i * 3 + j) * 4 + k)) }
      }
    }
    #expect(tensor.rows == 2)
    #expect(tensor.columns == 12)
  }

  @Test("A wrong number of elements is refused with both numbers")
  func elementCount() {
    let error = ShapeError.elementCount(shape: [2, 3], expected: 6, found: 5)
    #expect(throws: error) { try Tensor<Float>(shape: [2, 3], scalars: [1, 2, 3, 4, 5]) }
    #expect(error.description == "shape [2, 3] holds 6 elements but 5 were given")
  }

  @Test("Negative extents are refused, also when their product fits")
  func negativeExtents() {
    #expect(throws: ShapeError.negativeExtent([-1, -2])) {
      try Tensor<Float>(shape: [-1, -2], scalars: [1, 2])
    }
  }

  @Test("A shape whose product overflows is refused, not a crash")
  func overflowingShape() {
    #expect(throws: ShapeError.self) { try Tensor<Float>(shape: [.max, 4], scalars: []) }
    #expect(throws: ShapeError.self) { try Tensor<Float>(shape: [1 << 40, 1 << 40], scalars: []) }
    #expect(throws: Never.self) { try Tensor<Float>(shape: [0, .max, .max], scalars: []) }
  }

  @Test("Copies share until one is written to, and then the other keeps its values")
  func copyOnWrite() {
    let original = Tensor<Float>(rows: [[1, 2], [3, 4]])
    var copy = original
    let before = original.withPointer { UInt(bitPattern: $0) }
    #expect(copy.withPointer { UInt(bitPattern: $0) } == before)
    copy[1, 0] = 9
    #expect(copy.withPointer { UInt(bitPattern: $0) } != before)
    #expect(original == Tensor(rows: [[1, 2], [3, 4]]))
    #expect(copy == Tensor(rows: [[1, 2], [9, 4]]))
  }

  @Test("Writing to a tensor that is not shared does not move it")
  func writesInPlace() {
    var tensor = Tensor<Double>(shape: [64])
    let before = tensor.withMutablePointer { UInt(bitPattern: $0) }
    tensor[3] = 1
    tensor.scale(by: 2)
    tensor.withMutableSpan { $0[4] = 5 }
    #expect(tensor.withMutablePointer { UInt(bitPattern: $0) } == before)
    #expect(tensor[3] == 2)
    #expect(tensor[4] == 5)
  }

  @Test("Reshaping keeps the elements and refuses another number of them")
  func reshape() throws {
    let tensor = Tensor<Float>(rows: [[1, 2, 3], [4, 5, 6]])
    let tall = try tensor.reshaped(to: [3, 2])
    #expect(tall[2, 0] == 5)
    #expect(tall.scalars == tensor.scalars)
    #expect(throws: ShapeError.elementCount(shape: [4, 2], expected: 8, found: 6)) {
      try tensor.reshaped(to: [4, 2])
    }
  }

  @Test("Rows of a batch are its samples")
  func rows() throws {
    let tensor = try Tensor<Double>(shape: [3, 2, 2], scalars: (0..<12).map(Double.init))
    let slice = tensor.rows(1..<3)
    #expect(slice.shape == [2, 2, 2])
    #expect(slice.scalars == (4..<12).map(Double.init))
  }

  @Test("Tensors without elements and scalars behave")
  func degenerate() throws {
    let empty = Tensor<Float>(shape: [0, 5])
    #expect(empty.count == 0 && empty.rows == 0 && empty.columns == 5)
    #expect(empty.squaredNorm == 0 && empty.isFinite)
    let scalar = try Tensor<Float>(shape: [], scalars: [3])
    #expect(scalar.rows == 1 && scalar.columns == 1 && scalar.squaredNorm == 9)
  }

  @Test("Sums, scalings and products act element by element")
  func arithmetic() {
    var x = Tensor<Double>(rows: [[1, -2], [3, 0.5]])
    let y = Tensor<Double>(rows: [[4, 1], [-1, 2]])
    #expect(x.dot(y) == 4 - 2 - 3 + 1)
    #expect(x.squaredNorm == 1 + 4 + 9 + 0.25)
    x.combine(2, -3, y)
    #expect(x == Tensor(rows: [[-10, -7], [9, -5]]))
    #expect(x.scaled(by: 0.5) == Tensor(rows: [[-5, -3.5], [4.5, -2.5]]))
    #expect(x.map { Float($0) } == Tensor<Float>(rows: [[-10, -7], [9, -5]]))
  }

  @Test("A single undefined or infinite number is found wherever it is", arguments: [0, 1, 17, 63])
  func finiteness(_ place: Int) {
    for bad in [Float.nan, .infinity, -.infinity] {
      var tensor = Tensor<Float>(repeating: 1, shape: [64])
      #expect(tensor.isFinite)
      tensor[place] = bad
      #expect(!tensor.isFinite)
    }
  }

  @Test("A dot product of Float adds up in Double")
  func dotProductInDouble() {
    // 2^24 + 1 is not a Float: a sum in Float would lose the ones.
    let x = Tensor<Float>(rows: [[4096] + Array(repeating: 1, count: 100)])
    #expect(x.squaredNorm == 16_777_216 + 100)
  }
}
